"""A tenant with a few people, the house's knowledge of them, and our hands in it over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bot.cards.model import Card, Words
from bot.catalogue import Catalogue
from bot.platforms.feishu.adapter import Feishu
from bot.platforms.feishu.book import Book, Roll, dialled
from bot.platforms.feishu.client import Client
from bot.platforms.feishu.render import Reader
from bot.words import Language
from tests.feishu.double.limits import Fault
from tests.feishu.double.model import BOT, Chat, Json, Message, User
from tests.feishu.double.server import FeishuServer

T = TypeVar("T")
FIRST = Card("first", (Words("one"),), "first look")
SECOND = Card("second", (Words("two"),), "second look")
PATIENCE = 20.0  # seconds that the client of a test waits for an answer; a busy machine answers late
IMPATIENCE = 0.2


@dataclass
class Team:
    """What the house knows: identities of the plan and bound ones, e-mails, mobiles, guests."""

    emails: dict[str, str] = field(default_factory=dict)
    mobiles: dict[str, str] = field(default_factory=dict)
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
            self.mobiles.get,
            lambda email: next((person for person, each in self.emails.items() if each == email.casefold()), None),
            lambda: sorted({*self.emails, *self.mobiles, *self.identities}),
            self.bind,
            lambda user, name, language: self.guests.append((user, name, language)),
        )


class Ward:
    """One tenant on the network, and everything of ours that works in it. `new` is the process after a crash."""

    def __init__(self, server: FeishuServer) -> None:
        self.server, self.tenant, self.team = server, server.tenant, Team()
        self.taken: set[str] = set()
        self.naps: list[float] = []
        for person in ("ann", "bob"):
            self.member(person)
        self.new()

    def member(self, person: str, **more: Any) -> User:
        """Somebody of the plan, in the tenant under the same e-mail."""
        self.team.emails[person] = f"{person}@example.com"
        return self.tenant.user(person, person.title(), f"{person}@example.com", **more)

    def dialled(self, person: str, mobile: str, there: str = "") -> User:
        """Somebody of the plan whom only the telephone number gives away."""
        self.team.mobiles[person] = mobile
        return self.tenant.user(person, person.title(), None, there or dialled(mobile))

    def new(self, patience: float = PATIENCE) -> None:
        self.client = Client(self.tenant.app_id, self.tenant.app_secret, self.server.url, timeout=patience)
        self.book = Book(self.client, self.team.roll(), sleep=self._nap, glance=PATIENCE)
        self.feishu = Feishu(self.client, self.book, self.reader, lambda ref: ref in self.taken, clock=self.tenant.clock)

    async def _nap(self, seconds: float) -> None:
        self.naps.append(seconds)

    def reader(self, person: str | None) -> Reader:
        return Reader("zh-CN", ZoneInfo("Asia/Shanghai"), {"ann": "Ann", "bob": "Bob"}, self.book.handle, Catalogue())

    # --- what stands there --------------------------------------------------------------------------------------------------

    def rooms(self) -> list[Chat]:
        return [chat for chat in self.tenant.chats.values() if not chat.p2p]

    def room(self, ref: str) -> Chat:
        return self.tenant.chats[ref]

    def posts(self, ref: str) -> list[Message]:
        """Our messages in the room."""
        return [message for message in self.room(ref).messages.values() if message.sender == BOT and not message.recalled]

    def told(self, person: str) -> list[Message]:
        chats = [chat for chat in self.tenant.chats.values() if chat.p2p == f"ou_{person}"]
        return [message for chat in chats for message in self.posts(chat.id)]

    def calls(self) -> list[str]:
        """What we called, by its end in the SDK, but for the token."""
        return [call.method.partition(".v")[2][2:] for call in self.server.calls if "token" not in call.method]

    def faulty(self, method: str, *faults: Fault) -> None:
        """The next calls of the method go wrong, one after the other."""
        coming = list(faults)

        def fault(called: str, args: Json) -> Fault | None:
            return coming.pop(0) if coming and f".{called}".endswith(f".{method}") else None

        self.server.fault = fault

    async def open(self, key: str = "INC-1/war", in_doubt: bool = False, name: str = "【严重】INC-1 war") -> str:
        return await self.feishu.open_room(name, "inc-1-war", (), "", False, key, in_doubt)

    async def show(self, room: str, ref: str | None = None, card: Card = FIRST, in_doubt: bool = False) -> str:
        return await self.feishu.show(room, card, ref, "INC-1/status", in_doubt, (), False)


def title(message: Message) -> str:
    assert message.card is not None
    return str(message.card["header"]["title"]["content"]) if "header" in message.card else ""


def do(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def counted(clock: list[float]) -> Callable[[], float]:
    return lambda: clock[0]
