"""What the world must be told, as values: each says *make it so*, so saying it twice is harmless (architecture, decisions 3, 4, 8).

A room or message is named by its slot, our name for it, never by the platform's id. Slots of a record: `war`, `sub:tech`, `status`,
`roll`, `dm:<person>` … Rooms that stand for good belong to the record `standing`: `@ecc`, `@tech`, `@biz`, `@comms`, `@report`,
and those with people from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.words import Language, Text

PersonId = str
Slot = str
Louder = Literal["sms", "phone"]


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """Fills `slot`. `name` is shown, `slug` is for platforms that allow only a-z0-9-. The members are invited at opening where possible.

    `groups` are groups of users that a platform keeps itself, each as `<platform>:<its id>`; their members are invited there.
    `only`: on that platform alone, or on the first one where it is not served or ""; None: wherever such rooms are.
    """

    slot: Slot
    name: Text
    slug: str
    members: tuple[PersonId, ...]
    topic: Text
    private: bool = False
    groups: tuple[str, ...] = ()
    only: str | None = None


@dataclass(frozen=True, slots=True)
class RenameRoom:
    room: Slot
    name: Text
    slug: str


@dataclass(frozen=True, slots=True)
class Invite:
    """The one who cannot be invited does not keep out the rest: the outcome names them. `groups` as in OpenRoom."""

    room: Slot
    people: tuple[PersonId, ...]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Show:
    """Make the card of `slot` stand in `room` and look like the record of this moment; created the first time, redrawn after.

    `view` names a function of bot.cards.views, `args` go to it. A Show still waiting is superseded by a later one of the same slot.
    """

    room: Slot
    slot: Slot
    view: str
    args: tuple[tuple[str, str], ...] = ()
    pin: bool = False
    mentions: tuple[PersonId, ...] = ()
    mention_all: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """One line in a room, once. `slot` identifies it for ever (it is the message's metadata key)."""

    room: Slot
    slot: Slot
    text: Text
    mentions: tuple[PersonId, ...] = ()
    mention_all: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """A card to one person alone (direct message); redrawn like Show when told again with the same slot."""

    person: PersonId
    slot: Slot
    view: str
    args: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Ring somebody. `slot` is the ring's identity; `call` is what answering it answers.

    `louder`: beyond the chat itself, where the platform can. It costs money, so the plan says when.
    """

    person: PersonId
    slot: Slot
    text: Text
    call: str
    louder: tuple[Louder, ...] = ()


@dataclass(frozen=True, slots=True)
class StopPage:
    """The ring is answered or pointless: make it quiet."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class SetTopic:
    room: Slot
    text: Text


@dataclass(frozen=True, slots=True)
class Link:
    """A bookmark at the top of a room. `path` is below PUBLIC_URL, a whole address, or `room:<slot>`: where that room is."""

    room: Slot
    title: Text
    path: str


@dataclass(frozen=True, slots=True)
class Attach:
    """A document as a file in a room. `document` names a template of templates/documents."""

    room: Slot
    slot: Slot
    name: str
    document: str


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """Archive: readable, silent."""

    room: Slot


@dataclass(frozen=True, slots=True)
class Deliver:
    """One text of a notice to one recipient outside, once. What it says is asked for when it leaves, never before.

    `notice`, `delivery`: ids of the core; `digest` is of what was approved. `to` is an address for `via`; of a room its slot, which stands
    on `platform` (not served or "": the first one). It ends sent, failed or in doubt, and is never parked: trying again is another one.
    """

    slot: Slot
    via: str
    notice: str
    delivery: str
    tries: int
    digest: str
    contact: str
    to: str
    language: Language
    platform: str = ""


Chat = OpenRoom | RenameRoom | Invite | Show | Say | Tell | Page | StopPage | SetTopic | Link | Attach | CloseRoom
Effect = Chat | Deliver
Priority = Literal[0, 1, 2, 3]  # 0 pages and rooms of 重大 · 1 the rest of 重大 and all pages · 2 严重 and 一般 · 3 drills


def fills(effect: Effect) -> Slot | None:
    """The slot whose platform reference this effect brings into the world."""
    match effect:
        case OpenRoom(slot=slot) | Show(slot=slot) | Say(slot=slot) | Tell(slot=slot) | Page(slot=slot) | Attach(slot=slot):
            return slot
        case Deliver(slot=slot):
            return slot
        case _:
            return None


def needs(effect: Effect) -> Slot | None:
    """The slot that must have a reference before this effect can be performed."""
    match effect:
        case RenameRoom(room=room) | Invite(room=room) | Show(room=room) | Say(room=room) | SetTopic(room=room):
            return room
        case Link(room=room) | Attach(room=room) | CloseRoom(room=room):
            return room
        case StopPage(slot=slot):
            return slot
        case Deliver(via=via, to=to):
            return to if via == "room" else None
        case OpenRoom() | Tell() | Page():
            return None
