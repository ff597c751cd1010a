"""What happened with the words to the outside. Together they are the log of who told whom what when (clauses 2.1-5, 2.4-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.outward.state import Delivery, Notice, PersonId, Phase, Promise, Recipient, Talk
from bot.words import Bi, Text


@dataclass(frozen=True, slots=True)
class NoticeDrafted:
    notice: Notice


@dataclass(frozen=True, slots=True)
class NoticeEdited:
    """Signatures are void; an approved or asked one is a draft again."""

    notice: str
    text: Bi
    to: tuple[Recipient, ...]
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApprovalAsked:
    """`people` are put before it now."""

    notice: str
    needed: tuple[str, ...]
    defence: str
    people: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalChased:
    """step: 1 those who stand in are put before it too · 2 the commander hears."""

    notice: str
    step: int
    people: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeSigned:
    notice: str
    seat: str
    digest: str


@dataclass(frozen=True, slots=True)
class NoticeApproved:
    """Everybody needed has signed (or nobody is needed): it may leave until then."""

    notice: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class NoticeReturned:
    notice: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoticeWithdrawn:
    notice: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoticeExpired:
    notice: str


@dataclass(frozen=True, slots=True)
class NoticeSent:
    """From here on it leaves. `digest` is of what was signed."""

    notice: str
    digest: str
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class DeliveryRetried:
    notice: str
    deliveries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryEnded:
    """Of its last try; `sent` may still come after `failed` or `doubt`, for it did arrive."""

    notice: str
    delivery: str
    kind: Literal["sent", "failed", "doubt", "handed"]
    why: Text = ""


@dataclass(frozen=True, slots=True)
class PromiseMade:
    promise: Promise


@dataclass(frozen=True, slots=True)
class PromiseKept:
    promise: str


@dataclass(frozen=True, slots=True)
class PromiseChased:
    promise: str


@dataclass(frozen=True, slots=True)
class TalkLogged:
    talk: Talk


@dataclass(frozen=True, slots=True)
class ClockRung:
    """A notice to an audience is near or late. step: 1 soon due · 2 due · 3 late, the group's lead · 4 the commander."""

    audience: str
    phase: Phase
    step: int


@dataclass(frozen=True, slots=True)
class TellingAsked:
    """At the end of the response: whoever was told of the trouble is told that it is over."""

    audiences: tuple[str, ...]


NoticeEvent = (
    NoticeDrafted | NoticeEdited | ApprovalAsked | ApprovalChased | NoticeSigned | NoticeApproved | NoticeReturned | NoticeWithdrawn
    | NoticeExpired | NoticeSent | DeliveryRetried | DeliveryEnded | PromiseMade | PromiseKept | PromiseChased
    | TalkLogged | ClockRung | TellingAsked
)  # fmt: skip
