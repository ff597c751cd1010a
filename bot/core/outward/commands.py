"""What people ask for: words to the outside. The texts come rendered from the handlers; the core never fills a template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.outward.state import Recipient
from bot.words import Bi, Text


@dataclass(frozen=True, slots=True)
class DraftNotice:
    """`first` as the script gave it with these values, `text` as it shall stand; `to` empty = whom the plan names for the audience."""

    script: str
    values: Mapping[str, str]
    first: Bi
    text: Bi
    to: tuple[Recipient, ...] = ()
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EditNotice:
    """Another text, other recipients or another promise. Every signature is void with it."""

    notice: str
    text: Bi
    to: tuple[Recipient, ...] | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskApproval:
    """Put it before the seats of the plan's table. `defence` is needed where the wording check still has remarks."""

    notice: str
    defence: str = ""


@dataclass(frozen=True, slots=True)
class ApproveNotice:
    notice: str
    digest: str = ""  # of the text that the approver saw; another one by now is refused


@dataclass(frozen=True, slots=True)
class ReturnNotice:
    notice: str
    reason: str


@dataclass(frozen=True, slots=True)
class WithdrawNotice:
    notice: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SendNotice:
    notice: str


@dataclass(frozen=True, slots=True)
class RetryDelivery:
    """Failed ones again; with `delivery` that one alone. One in doubt only by its name."""

    notice: str
    delivery: str = ""


@dataclass(frozen=True, slots=True)
class MarkDelivered:
    """已由 … 发出: a person sent it by hand (sms, phone), or asked and heard that it arrived."""

    notice: str
    delivery: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RecordDelivery:
    """The engine's word about one delivery."""

    notice: str
    delivery: str
    tries: int
    kind: Literal["sent", "failed", "doubt"]
    why: Text = ""


@dataclass(frozen=True, slots=True)
class LogTalk:
    """A word with somebody outside, by telephone or in person, and what was promised in it."""

    to: str
    via: str
    text: str
    promise: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeepPromise:
    promise: str


NoticeCommand = (
    DraftNotice | EditNotice | AskApproval | ApproveNotice | ReturnNotice | WithdrawNotice | SendNotice | RetryDelivery | MarkDelivered
    | RecordDelivery | LogTalk | KeepPromise
)  # fmt: skip


# --- questions from outside ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogInquiry:
    """`topic` where a person has said which question it is again; else it is a new one. `at` None: now."""

    audience: str
    who: str
    question: str
    at: datetime | None = None
    topic: str = ""


@dataclass(frozen=True, slots=True)
class GroupInquiry:
    """It is the question of that topic."""

    inquiry: str
    topic: str


@dataclass(frozen=True, slots=True)
class OwnTopic:
    topic: str
    owner: str


@dataclass(frozen=True, slots=True)
class AgreeAnswer:
    """The answer to be given. `defence` is needed where the wording check still has remarks."""

    topic: str
    text: str
    defence: str = ""


@dataclass(frozen=True, slots=True)
class ApproveAnswer:
    topic: str
    digest: str = ""  # of the text that the approver saw


@dataclass(frozen=True, slots=True)
class ReturnAnswer:
    topic: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerInquiry:
    """It was answered: with the agreed answer, or (`text`) with other words."""

    inquiry: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class HoldInquiry:
    """They were told that an answer will come."""

    inquiry: str


# --- duties to report ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenDuty:
    """A person asks whether this must be reported."""

    duty: str


@dataclass(frozen=True, slots=True)
class AnswerDuty:
    """`question` from 1, in the plan's order."""

    duty: str
    question: int
    answer: Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class JudgeDuty:
    """`tier` None: the usual case. `official` is the authority's level, where it has its own."""

    duty: str
    applies: bool
    reason: str
    tier: int | None = None
    started_at: datetime | None = None
    official: str = ""


@dataclass(frozen=True, slots=True)
class DraftDuty:
    duty: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SubmitDuty:
    """已提交: what a person did outside. `digest` is of the draft they saw; another one by now is refused. `who` empty: whoever says so."""

    duty: str
    leg: str
    channel: str
    receipt: str = ""
    who: str = ""
    at: datetime | None = None
    digest: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class WaiveDuty:
    """Leave out what the plan lets be left out."""

    duty: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExportDuty:
    """The draft as a file into the room."""

    duty: str


InquiryCommand = LogInquiry | GroupInquiry | OwnTopic | AgreeAnswer | ApproveAnswer | ReturnAnswer | AnswerInquiry | HoldInquiry
DutyCommand = OpenDuty | AnswerDuty | JudgeDuty | DraftDuty | SubmitDuty | WaiveDuty | ExportDuty
