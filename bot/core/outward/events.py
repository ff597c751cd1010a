"""What happened with the words to the outside. Together they are the log of who told whom what when (clauses 2.1-5, 2.4-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.outward.state import (
    Delivery,
    Duty,
    Finding,
    Inquiry,
    Notice,
    Paper,
    PersonId,
    Phase,
    Promise,
    Recipient,
    Submission,
    Talk,
    Topic,
    Verdict,
    Waiver,
)
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


# --- questions from outside ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InquiryLogged:
    inquiry: Inquiry


@dataclass(frozen=True, slots=True)
class TopicOpened:
    topic: Topic


@dataclass(frozen=True, slots=True)
class InquiryGrouped:
    inquiry: str
    topic: str


@dataclass(frozen=True, slots=True)
class TopicOwned:
    topic: str
    owner: PersonId


@dataclass(frozen=True, slots=True)
class AnswerPutForward:
    """Every earlier signature is void. `people` are put before it now; nobody is `needed`: it is agreed at once."""

    topic: str
    text: str
    defence: str
    needed: tuple[str, ...]
    people: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSigned:
    topic: str
    seat: str
    digest: str


@dataclass(frozen=True, slots=True)
class AnswerAgreed:
    """From here on it may be given."""

    topic: str
    digest: str


@dataclass(frozen=True, slots=True)
class AnswerReturned:
    topic: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerChased:
    """step: 1 those who stand in are put before it too · 2 the commander hears."""

    topic: str
    step: int
    people: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class InquiryHeld:
    inquiry: str


@dataclass(frozen=True, slots=True)
class InquiryAnswered:
    """`agreed`: it was the agreed answer, as it stood then."""

    inquiry: str
    text: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class InquiryChased:
    """step: 1 soon due, its owner · 2 late, the group's lead · 3 the commander."""

    inquiry: str
    step: int


# --- duties to report ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DutyRaised:
    duty: Duty


@dataclass(frozen=True, slots=True)
class DutyAnswered:
    """A yes or unknown takes back a verdict that it does not apply."""

    duty: str
    question: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class DutyJudged:
    duty: str
    verdict: Verdict
    tier: int | None
    started_at: datetime | None
    official: str


@dataclass(frozen=True, slots=True)
class DutyDrafted:
    duty: str
    paper: Paper


@dataclass(frozen=True, slots=True)
class DutySubmitted:
    duty: str
    submission: Submission


@dataclass(frozen=True, slots=True)
class DutyWaived:
    duty: str
    waiver: Waiver


@dataclass(frozen=True, slots=True)
class DutyExported:
    duty: str


@dataclass(frozen=True, slots=True)
class DutyChased:
    """The highest rung of the leg's clock that has come by now."""

    duty: str
    leg: str
    step: int


InquiryEvent = (
    InquiryLogged | TopicOpened | InquiryGrouped | TopicOwned | AnswerPutForward | AnswerSigned | AnswerAgreed | AnswerReturned
    | AnswerChased | InquiryHeld | InquiryAnswered | InquiryChased
)  # fmt: skip
DutyEvent = DutyRaised | DutyAnswered | DutyJudged | DutyDrafted | DutySubmitted | DutyWaived | DutyExported | DutyChased
