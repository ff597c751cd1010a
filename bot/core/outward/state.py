"""What an incident knows of its words to the outside. Times are aware UTC; persons, posts, roles, contacts, scripts are ids of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.words import Bi, Language, Text

PersonId = str
Via = Literal["mail", "webhook", "room", "status", "file", "sms", "phone"]
"""How a text goes out. sms and phone are never sent by the bot: it shows the text, and a person says 已由 … 于 … 发出."""
BY_HAND: frozenset[Via] = frozenset({"sms", "phone"})
Phase = Literal["initial", "update", "resolved", "special"]
NoticeState = Literal["draft", "asked", "returned", "approved", "sending", "sent", "withdrawn", "expired"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """`contact` is an entry of the plan's contact book; "" is the public: the status page, or a file for whoever wants it."""

    contact: str
    via: Via


@dataclass(frozen=True, slots=True)
class Signature:
    """A seat's approval of exactly the text whose digest this is."""

    seat: str  # a post or role of the plan's approval table
    by: PersonId
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A text changed by hand: the difference is kept."""

    by: PersonId
    at: datetime
    before: Bi
    after: Bi


@dataclass(frozen=True, slots=True)
class Delivery:
    """One text on its way to one recipient.

    waiting: promised · sent · failed: why says what to do · doubt: it may have arrived, a person asks and says · by_hand: a person
    still has to send it · handed: a person has · drill: an exercise, nothing leaves.
    """

    id: str  # "d1", within its notice
    recipient: Recipient
    language: Language
    state: Literal["waiting", "sent", "failed", "doubt", "by_hand", "handed", "drill"] = "waiting"
    why: Text = ""
    by: PersonId | None = None
    at: datetime | None = None
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Notice:
    """One text to one audience, from its draft to the last recipient.

    `first` is what the script gave, `text` what stands now. `needed` are the seats that must sign, from the plan's table for the
    audience and severity at the moment of asking; none for internal updates.
    """

    id: str  # "n1"
    script: str
    audience: str
    phase: Phase
    severity: str
    values: Mapping[str, str]
    first: Bi
    text: Bi
    to: tuple[Recipient, ...]
    drafter: PersonId
    at: datetime
    next_at: datetime | None = None  # the next update that the text promises
    state: NoticeState = "draft"
    needed: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    edits: tuple[Edit, ...] = ()
    defence: str = ""  # why it is put forward in spite of the wording check's remarks
    approved: str = ""  # the digest of what was approved; empty while nothing is
    returned_by: PersonId | None = None
    reason: str = ""  # why it was returned or withdrawn
    asked_at: datetime | None = None
    asked: tuple[PersonId, ...] = ()  # who was put before it so far: for every seat the first who may, then those who stand in
    chased: int = 0  # 1 the deputies were asked, 2 the commander was told
    valid_until: datetime | None = None
    deliveries: tuple[Delivery, ...] = ()
    sent_at: datetime | None = None
    sent_by: PersonId | None = None

    @property
    def waiting(self) -> tuple[str, ...]:
        """The seats that have not signed yet."""
        return tuple(seat for seat in self.needed if all(signature.seat != seat for signature in self.signatures))


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that somebody outside was promised (clause 2.1-5): unfulfilled ones come first."""

    id: str  # "p1"
    text: Text  # as typed; a sentence of ours for the next update that a notice promised
    to: str  # a contact, an audience, or a name as typed
    due_at: datetime | None
    by: PersonId
    at: datetime
    notice: str = ""  # the notice that said so
    kept_at: datetime | None = None
    kept_by: PersonId | None = None
    chased: bool = False  # its maker was reminded when it fell due


@dataclass(frozen=True, slots=True)
class Talk:
    """A word with somebody outside that the bot did not carry: who told whom what, when, how (clause 2.1-5)."""

    to: str  # a contact, or a name as typed
    via: str
    text: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Outward:
    """The part of an incident's state that this package keeps."""

    notices: tuple[Notice, ...] = ()
    promises: tuple[Promise, ...] = ()
    talks: tuple[Talk, ...] = ()
    chased: Mapping[str, int] = field(default_factory=dict)  # "audience:phase" -> rungs of the clock rung since its last notice
    told_asked: bool = False  # at the end: tell everybody who was told
