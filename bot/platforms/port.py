"""The border to a chat platform: a dozen verbs, each meaning *make it so* (decision 8).

Every verb may be called again with the same arguments and must then change nothing. Where the platform alone cannot see to that (a
message would be posted twice), the verb is given two things:

`key`       our name for the thing, the same for ever. The adapter leaves it where it can find it again: message metadata, a request
            uuid, the slug of a room.
`in_doubt`  an earlier call with this key may have reached the platform (a crash, a time-out, an answer that made no sense). Look for
            the key first, and return what is there. When False the key was never sent: do not look, it costs a call.

People are ids of the plan; the adapter knows their identities on its platform. Texts and cards are neutral; the adapter draws them in
the reader's language. A `ref` is the platform's id of a room or message, one string that only the adapter reads.

Two errors cross the border: `Later(seconds, why)` (not now) and `Never(why)` (not as things stand: archived room, missing right).
`Later` with seconds says that surely nothing was done (429 with Retry-After). `Later(None)` leaves it open (5xx, a broken connection):
the engine comes back on its own time, with `in_doubt`. Anything else that is raised is a bug of the adapter and treated the same way,
but not for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.cards.model import Card
from bot.effects import Louder, PersonId
from bot.words import Text

Ref = str
Verb = Literal[
    "open_room", "rename", "invite", "show", "say", "tell", "whisper", "page", "stop_page", "pin", "set_topic", "link", "attach",
    "people", "close_room",
]  # fmt: skip
VERBS: tuple[Verb, ...] = Verb.__args__  # type: ignore[attr-defined]  # a Literal does have its values
Call = Verb | Literal["redraw"]  # redraw: a show or a tell whose message stands already; platforms count those by themselves


@dataclass(frozen=True, slots=True)
class Pace:
    """So many calls of these kinds together in so many seconds: over all, or in each room (`per_room`). The engine keeps to it by itself.

    A person's own chat is a room too. Kinds that share a pace without `per_room` share one method of the platform: when it says "not
    now" (`Later` with seconds) to one of them, all of them wait.
    """

    verbs: tuple[Call, ...]
    calls: int
    seconds: float
    per_room: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform cannot do is declared, with the reason that people are shown; the contract suite holds an adapter to it.

    An effect whose verb is in `cannot` counts as done: it was never promised on this platform. A call that would break one of the
    `paces` waits, and everything else goes on. `opens_empty`: one call opens a room and no more, so who belongs in it and what it is
    about are promised as effects of their own, and `open_room` is given neither members nor topic.
    """

    cannot: Mapping[Verb, Text] = field(default_factory=dict)
    paces: tuple[Pace, ...] = ()
    opens_empty: bool = False


class Platform(Protocol):
    """Slack, Feishu or the sandbox."""

    @property
    def name(self) -> str:
        """The name in settings, identities and slots: slack, feishu or sandbox."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def open_room(
        self, name: Text, slug: str, members: tuple[PersonId, ...], topic: Text, private: bool, key: str, in_doubt: bool, /
    ) -> Ref:
        """A room stands, with this name, topic and (as far as one call allows) these people in it."""

    async def rename(self, room: Ref, name: Text, slug: str, /) -> None:
        """The room has this name."""

    async def invite(self, room: Ref, people: tuple[PersonId, ...], groups: tuple[str, ...] = (), /) -> tuple[PersonId, ...]:
        """All who can be are in the room. Returns those who could not be; the one does not keep out the rest.

        `groups` are the platform's own ids of groups of its users, whose members come too.
        """

    async def show(
        self, room: Ref, card: Card, ref: Ref | None, key: str, in_doubt: bool, mentions: tuple[PersonId, ...], mention_all: bool, /
    ) -> Ref:
        """The card stands in the room and looks like this. `ref` is the message to redraw, None the first time.

        A message that was deleted is posted anew, so the ref that comes back may be another one. Only the first posting mentions.
        """

    async def say(self, room: Ref, text: Text, key: str, in_doubt: bool, mentions: tuple[PersonId, ...], mention_all: bool, /) -> Ref:
        """The line has been said in the room, once."""

    async def tell(self, person: PersonId, card: Card, ref: Ref | None, key: str, in_doubt: bool, /) -> Ref:
        """The card stands in the person's own chat with the bot and looks like this."""

    async def whisper(self, room: Ref, person: PersonId, card: Card, key: str, in_doubt: bool, /) -> Ref:
        """The card was shown to this person alone, in the room. Platforms may forget it; nobody promises it again."""

    async def page(
        self, person: PersonId, text: Text, key: str, call: str, record: str, in_doubt: bool, louder: tuple[Louder, ...] = (), /
    ) -> Ref:
        """It rings at the person; by SMS or telephone too where asked for and possible. `call`, `record` come back with the answer."""

    async def rung(self, person: PersonId, key: str, /) -> Ref | None:
        """The page that an earlier call in doubt may have left, as far as it can be found; nothing is sent."""

    async def stop_page(self, ref: Ref, /) -> None:
        """It rings no more."""

    async def pin(self, room: Ref, ref: Ref, /) -> None:
        """The message is pinned in the room."""

    async def set_topic(self, room: Ref, text: Text, /) -> None:
        """The room has this topic."""

    async def link(self, room: Ref, title: Text, url: str, /) -> None:
        """The address stands at the top of the room, once."""

    async def attach(self, room: Ref, name: str, content: bytes, key: str, in_doubt: bool, /) -> Ref:
        """The file is in the room, once."""

    async def people(self, room: Ref, /) -> tuple[PersonId, ...]:
        """Who of the plan's people is in the room."""

    async def close_room(self, room: Ref, /) -> None:
        """The room is readable and silent."""

    def room_url(self, room: Ref, /) -> str:
        """Where a browser finds the room: a whole address, or a path below PUBLIC_URL."""
