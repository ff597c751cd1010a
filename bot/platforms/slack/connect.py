"""Slack put together: one client, the book of people, hands, ears and the doors that settings ask for.

The house gives what only it knows (`Needs`); nothing is called and nothing connected before `start`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter
from slack_bolt.async_app import AsyncApp

from bot.platforms.needs import Needs
from bot.platforms.slack.adapter import Slack
from bot.platforms.slack.book import Book, Roll
from bot.platforms.slack.doors import Socket, http_router, introduced, make_bolt
from bot.platforms.slack.ears import SlackEars
from bot.platforms.slack.render import Reader
from bot.platforms.slack.web import Web


@dataclass(frozen=True, slots=True)
class Keys:
    """What Slack gave the app. With an app token it speaks over Socket Mode, else over signed HTTP."""

    bot_token: str
    signing_secret: str | None
    app_token: str | None
    api_url: str | None


class Connected:
    """Slack in this process."""

    def __init__(self, keys: Keys, needs: Needs) -> None:
        known = needs.entries
        roll = Roll(known.identity, known.person_of, known.email, known.by_email, known.people, known.bind, known.met, known.missed)
        self.web = Web(keys.bot_token, keys.api_url)
        self.book = Book(self.web, roll)

        def reader(person: str | None) -> Reader:
            eyes = needs.eyes(person)
            return Reader(eyes.language, eyes.zone, eyes.names, self.book.handle, eyes.catalogue)

        service = needs.service
        self.hands = Slack(self.web, self.book, reader, lambda ref: service.place("slack", ref) is not None)
        self.ears = SlackEars(needs.doors, service, self.book, self.web, reader, needs.now, needs.language_of, needs.home)
        self._keys = keys
        self._bolt: AsyncApp | None = None
        self._socket: Socket | None = None
        self._chores: list[asyncio.Task[None]] = []

    @property
    def bolt(self) -> AsyncApp:
        if self._bolt is None:
            self._bolt = make_bolt(self.ears, self.web, self._keys.signing_secret)
        return self._bolt

    @property
    def coming(self) -> str | None:
        """Slack can reach us when the socket stands, or (HTTP) it has said who we are."""
        connected = self._socket.connected if self._socket is not None else self.web.known is not None
        return None if connected else "connecting"

    def router(self) -> APIRouter | None:
        """POST /slack/events, where Slack comes to us; none over Socket Mode."""
        secret = self._keys.signing_secret
        return http_router(self.bolt, secret) if secret and not self._keys.app_token else None

    async def start(self, *, hands: bool, ears: bool) -> None:
        """Begin to listen (`ears`), and to look people up before they are needed (`hands`). Slack may be away meanwhile."""
        self._chores.append(asyncio.create_task(_introduce(self.web)))
        if hands:
            self._chores.append(asyncio.create_task(self.book.prefetch()))
        if ears and self._keys.app_token:
            self._socket = Socket(self.bolt, self._keys.app_token, self.web)
            await self._socket.start()

    async def hush(self) -> None:
        """Listen no more; what was heard is answered."""
        for chore in self._chores:
            chore.cancel()
        if self._socket is not None:
            await self._socket.stop()
        await self.ears.settle()

    async def stop(self) -> None:
        await self.web.close()


async def _introduce(web: Web, every: float = 10.0) -> None:
    """Find out who we are, however long Slack is away."""
    while True:
        if await introduced(web) is not None:
            return
        await asyncio.sleep(every)
