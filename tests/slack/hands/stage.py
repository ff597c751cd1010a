"""A workspace with a few people, the house's knowledge of them, and our hands in it through the real slack_sdk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.cards.model import Card, Words
from bot.catalogue import Catalogue
from bot.platforms.slack.adapter import Slack
from bot.platforms.slack.book import Book, Roll
from bot.platforms.slack.mrkdwn import Reader
from bot.platforms.slack.web import Web
from bot.words import Language
from tests.slack.double.limits import Fault
from tests.slack.double.model import Channel, Json, Message
from tests.slack.double.server import SlackServer

T = TypeVar("T")
FIRST = Card("first", (Words("one"),), "first look")
SECOND = Card("second", (Words("two"),), "second look")
PATIENCE = 20.0  # seconds that the client of a test waits for an answer; a busy machine answers late
IMPATIENCE = 0.2


@dataclass
class Team:
    """What the house knows: identities of the plan and bound ones, e-mails, guests."""

    emails: dict[str, str] = field(default_factory=dict)
    identities: dict[str, str] = field(default_factory=dict)
    guests: list[tuple[str, str, Language]] = field(default_factory=list)
    bound: list[tuple[str, str]] = field(default_factory=list)

    def bind(self, person: str, user: str) -> None:
        self.bound.append((person, user))
        self.identities[person] = user

    def roll(self) -> Roll:
        return Roll(
            self.identities.get,
            lambda user: next((person for person, each in self.identities.items() if each == user), None),
            self.emails.get,
            lambda email: next((person for person, each in self.emails.items() if each == email.casefold()), None),
            lambda: sorted({*self.emails, *self.identities}),
            self.bind,
            lambda user, name, language: self.guests.append((user, name, language)),
        )


class Ward:
    """One workspace on the network, and everything of ours that works in it. `new` is the process after a crash."""

    def __init__(self, server: SlackServer) -> None:
        self.server, self.workspace, self.team = server, server.workspace, Team()
        self.taken: set[str] = set()
        self.naps: list[float] = []
        for person in ("ann", "bob"):
            self.member(person)
        self.new()

    def member(self, person: str, **more: Any) -> str:
        """Somebody of the plan, in the workspace under the same e-mail."""
        user = f"U{person.upper()}"
        self.workspace.user(user, person.title(), f"{person}@example.com", **more)
        self.team.emails[person] = f"{person}@example.com"
        return user

    def new(self, patience: float = PATIENCE) -> None:
        self.web = Web(self.workspace.bot_token, self.server.api_url, timeout=patience)
        self.book = Book(self.web, self.team.roll(), sleep=self._nap, glance=PATIENCE)
        self.slack = Slack(self.web, self.book, self.reader, lambda ref: ref in self.taken)

    async def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)

    def reader(self, person: str | None) -> Reader:
        return Reader("zh-CN", ZoneInfo("Asia/Shanghai"), {"ann": "Ann", "bob": "Bob"}, self.book.handle, Catalogue())

    # --- what stands there --------------------------------------------------------------------------------------------------

    def rooms(self) -> list[Channel]:
        return [channel for channel in self.workspace.channels.values() if not channel.im]

    def room(self, ref: str) -> Channel:
        return self.workspace.channels[ref]

    def posts(self, ref: str) -> list[Message]:
        """Our messages in the room."""
        return [message for message in self.room(ref).messages.values() if message.bot_id is not None]

    def calls(self) -> list[str]:
        return [call.method for call in self.server.calls]

    def faulty(self, method: str, *faults: Fault) -> None:
        """The next calls of the method go wrong, one after the other."""
        coming = list(faults)

        def fault(called: str, args: Json) -> Fault | None:
            return coming.pop(0) if coming and called == method else None

        self.server.fault = fault

    async def open(self, key: str = "INC-1/war", in_doubt: bool = False) -> str:
        return await self.slack.open_room("war room", "inc-1-war", (), "", False, key, in_doubt)

    async def show(self, room: str, ref: str | None = None, card: Card = FIRST, in_doubt: bool = False) -> str:
        return await self.slack.show(room, card, ref, "INC-1/status", in_doubt, (), False)


def do(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def counted(clock: list[float]) -> Callable[[], float]:
    return lambda: clock[0]
