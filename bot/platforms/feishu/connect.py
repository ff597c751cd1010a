"""Feishu put together: one client, the book of people, hands, ears and the doors that settings ask for.

The house gives what only it knows (`Needs`); nothing is called and nothing connected before `start`.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter

from bot.core.errors import Later, Never
from bot.platforms.feishu.adapter import Feishu
from bot.platforms.feishu.book import Book, Roll
from bot.platforms.feishu.client import Client
from bot.platforms.feishu.connection import LongConnection
from bot.platforms.feishu.doors import Seal, router
from bot.platforms.feishu.ears import FeishuEars
from bot.platforms.feishu.markdown import Reader
from bot.platforms.needs import Needs

log = logging.getLogger("fenghuo.feishu")


@dataclass(frozen=True, slots=True)
class Keys:
    """What Feishu gave the app, and how it comes to us."""

    app_id: str
    app_secret: str
    mode: Literal["websocket", "webhook"]
    encrypt_key: str | None
    verification_token: str | None
    domain: str | None


class Connected:
    """Feishu in this process."""

    def __init__(self, keys: Keys, needs: Needs) -> None:
        known = needs.entries
        roll = Roll(
            known.identity, known.person_of, known.email, known.phone, known.by_email, known.people, known.bind, known.met,
            known.missed,
        )  # fmt: skip
        self.client = Client(keys.app_id, keys.app_secret, keys.domain)
        self.book = Book(self.client, roll, needs.eyes(None).language)

        def reader(person: str | None) -> Reader:
            eyes = needs.eyes(person)
            return Reader(eyes.language, eyes.zone, eyes.names, self.book.handle, eyes.catalogue)

        service = needs.service
        self.hands = Feishu(self.client, self.book, reader, lambda ref: service.place("feishu", ref) is not None)
        self.ears = FeishuEars(needs.doors, service, self.book, self.client, reader, needs.now, needs.language_of, needs.home)
        self._keys = keys
        self._line: LongConnection | None = None
        self._chores: list[asyncio.Task[None]] = []

    @property
    def coming(self) -> str | None:
        """Feishu can reach us when the long connection stands, or (webhook) it has said who we are.

        `loading`: lark-oapi is being imported. `deaf`: the long connection has been away for a while.
        """
        if self._line is None:
            return None if self.client.known is not None else "connecting"
        return None if self._line.state == "connected" else self._line.state

    def router(self) -> APIRouter | None:
        """POST /feishu/events, where Feishu comes to us; none over the long connection."""
        if self._keys.mode == "websocket":
            return None
        return router(self.ears.hear, Seal(self._keys.encrypt_key, self._keys.verification_token))

    async def start(self, *, hands: bool, ears: bool) -> None:
        self._chores.append(asyncio.create_task(_introduce(self.client)))
        if hands:
            self._chores.append(asyncio.create_task(self.book.prefetch()))
        if ears and self._keys.mode == "websocket":
            self._line = LongConnection(self._keys.app_id, self._keys.app_secret, self._keys.domain, self.ears.hear)
            await self._line.start()

    async def hush(self) -> None:
        for chore in self._chores:
            chore.cancel()
        if self._line is not None:
            await self._line.stop()
        await self.ears.settle()

    async def stop(self) -> None:
        self.ears.close()
        await self.client.close()


async def _introduce(client: Client, every: float = 10.0) -> None:
    """Find out who we are, however long Feishu is away."""
    while True:
        try:
            await client.me()
            return
        except (Later, Never) as trouble:
            log.warning("Feishu does not say who we are: %s", trouble)
        await asyncio.sleep(every)
