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
