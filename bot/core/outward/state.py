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
class Inquiry:
    """Somebody outside asked something. It belongs to one topic, is held off at most once, and is answered once."""

    id: str  # "q1"
    audience: str
    who: str  # a contact, or a name as typed; empty where nobody knows
    question: str
    topic: str  # "k1"
    by: PersonId  # who took it down
    at: datetime  # when they asked
    due_at: datetime | None  # by the plan's service time of the audience
    held_at: datetime | None = None
    held_by: PersonId | None = None
    answered_at: datetime | None = None
    answered_by: PersonId | None = None
    answer: str = ""  # what was said, word for word
    agreed: bool = False  # it was the agreed answer
    chased: int = 0  # rungs of its clock


@dataclass(frozen=True, slots=True)
class Topic:
    """The same question from one audience, with one answer that may be given once everybody needed has signed it."""

    id: str  # "k1"
    audience: str
    name: str
    owner: PersonId
    text: str = ""  # the answer put forward; empty = none yet
    by: PersonId | None = None  # who wrote it
    at: datetime | None = None
    needed: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    defence: str = ""
    approved: str = ""  # the digest of what was signed by all; empty while it was not
    reason: str = ""  # why it was returned
    chased: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer to a question of a duty."""

    answer: Literal["yes", "no", "unknown"]
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """A named person's judgement whether a duty holds."""

    applies: bool
    reason: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Paper:
    """A draft of the report: field -> words, each by its number in the plan's list ("0", "1")."""

    values: Mapping[str, str]
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Submission:
    """已提交: by a person, never by the bot. `leg` is "first" or the number of a follow-up ("0"); `digest` is of the draft as it stood."""

    leg: str
    channel: str
    receipt: str
    who: PersonId
    at: datetime
    digest: str
    noted_by: PersonId
    note: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """What the plan lets be left out was left out; the rest of the duty stays."""

    reason: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """An obligation of the plan, asked for in this incident. `id` is the obligation's."""

    id: str
    at: datetime
    why: tuple[str, ...]  # "override:…", "checklist:…", "level:…"; none = a person asked
    findings: Mapping[str, Finding] = field(default_factory=dict)  # by the question's number from 1
    started_at: datetime | None = None  # from when a person says that the time counts; None = what the record knows
    tier: int | None = None  # index of the plan's tiers
    official: str = ""  # the authority's level as a person judged it; never one of the company's
    verdict: Verdict | None = None
    drafts: tuple[Paper, ...] = ()
    submissions: tuple[Submission, ...] = ()
    waiver: Waiver | None = None
    chased: Mapping[str, int] = field(default_factory=dict)  # leg -> rungs of its clock

    @property
    def draft(self) -> Paper | None:
        return self.drafts[-1] if self.drafts else None

    def submitted(self, leg: str = "first") -> Submission | None:
        return next((one for one in self.submissions if one.leg == leg), None)


@dataclass(frozen=True, slots=True)
class Outward:
    """The part of an incident's state that this package keeps."""

    notices: tuple[Notice, ...] = ()
    promises: tuple[Promise, ...] = ()
    talks: tuple[Talk, ...] = ()
    chased: Mapping[str, int] = field(default_factory=dict)  # "audience:phase" -> rungs of the clock rung since its last notice
    told_asked: bool = False  # at the end: tell everybody who was told
    inquiries: tuple[Inquiry, ...] = ()
    topics: tuple[Topic, ...] = ()
    duties: tuple[Duty, ...] = ()
