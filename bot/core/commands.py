"""What somebody asks for, in the imperative. Who asks and when are given to `decide` beside the command.

Grouped by subject; the union of all is `Command`. Fields that people type are plain strings and are kept as typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from bot.core.incident import Figure, MomentKind, PersonId, Report, Side, Stage, Warning
from bot.core.outward.commands import DutyCommand, InquiryCommand, NoticeCommand
from bot.words import Text

# --- report -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportIncident:
    """A fault is reported. Nothing in it may be missing enough to refuse it except the symptom itself."""

    report: Report
    mode: Literal["real", "drill"] = "real"


@dataclass(frozen=True, slots=True)
class RaiseWarning:
    report: Report
    warning: Warning
    mode: Literal["real", "drill"] = "real"


@dataclass(frozen=True, slots=True)
class TurnWarningIntoIncident:
    note: str


@dataclass(frozen=True, slots=True)
class AcknowledgeReport:
    pass


@dataclass(frozen=True, slots=True)
class AddToReport:
    """Fields that are None stay as they are; services, links and sites are added to what is known."""

    text: str
    symptom: str | None = None
    started_at: datetime | None = None
    started_text: str = ""
    scope: str | None = None
    services: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeclareFalseAlarm:
    reason: str


@dataclass(frozen=True, slots=True)
class MergeInto:
    record: str
    reason: str


@dataclass(frozen=True, slots=True)
class Absorb:
    """The other half of a merge, or a second report of the same fault: what it said is added here."""

    record: str
    text: str
    reporter: PersonId


# --- grading ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerOverrides:
    side: Side
    hits: tuple[str, ...]
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    side: Side
    question: str
    score: int


@dataclass(frozen=True, slots=True)
class StopGrading:
    side: Side


@dataclass(frozen=True, slots=True)
class SetLevel:
    level: str
    reason: str


@dataclass(frozen=True, slots=True)
class EstimateLoss:
    low: Decimal
    high: Decimal | None
    source: str


# --- activation, roles, calling ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Activate:
    """The command centre starts the response at `level` (None: the graded one), or confirms a pre-activation."""

    level: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CancelPreActivation:
    reason: str


@dataclass(frozen=True, slots=True)
class TakeRole:
    role: str


@dataclass(frozen=True, slots=True)
class AssignRole:
    role: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class OfferHandover:
    role: str
    taker: PersonId
    brief: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AcceptHandover:
    pass


@dataclass(frozen=True, slots=True)
class DeclineHandover:
    reason: str


@dataclass(frozen=True, slots=True)
class ShowLife:
    """The commander talks in the room: a sign of life, kept when the last one is getting old."""


@dataclass(frozen=True, slots=True)
class LeaveRoom:
    """The person is no longer in a room of the incident. Asked about when they still have something to do, else nothing."""

    person: PersonId
    slot: str


@dataclass(frozen=True, slots=True)
class BringBack:
    """Invite somebody who left again; or they came by themselves."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class Arrive:
    """我到了: for one call, or for all one's calls when None."""

    call: str | None = None


@dataclass(frozen=True, slots=True)
class CannotCome:
    call: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallPost:
    """Call a post (at a site) by hand, or a named person for it."""

    post: str
    site: str | None = None
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class CallAgain:
    call: str


@dataclass(frozen=True, slots=True)
class CallDeputy:
    call: str


@dataclass(frozen=True, slots=True)
class CallRoll:
    pass


# --- checklists -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChooseFault:
    """Load the fault checklist of a type and cause; the earlier one with nothing done in it goes."""

    checklist: str


@dataclass(frozen=True, slots=True)
class LoadPlaybook:
    playbook: str


@dataclass(frozen=True, slots=True)
class DropChecklist:
    checklist: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckItem:
    checklist: str
    item: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SkipItem:
    checklist: str
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class BlockItem:
    checklist: str
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReopenItem:
    checklist: str
    item: str


@dataclass(frozen=True, slots=True)
class AssignItem:
    checklist: str
    item: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class AddItem:
    checklist: str
    text: str
    post: str = ""
    owner: PersonId | None = None
    minutes: int = 15


# --- tasks, broadcast, impact, causes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GiveTask:
    what: str
    owner: PersonId
    minutes: int


@dataclass(frozen=True, slots=True)
class AcceptTask:
    task: str


@dataclass(frozen=True, slots=True)
class DeclineTask:
    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class FinishTask:
    task: str
    result: str


@dataclass(frozen=True, slots=True)
class ExtendTask:
    task: str
    minutes: int
    reason: str


@dataclass(frozen=True, slots=True)
class SendBroadcast:
    """To the groups named, or to everybody of the incident when none is."""

    text: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfirmBroadcast:
    broadcast: str


@dataclass(frozen=True, slots=True)
class RemindBroadcast:
    broadcast: str


@dataclass(frozen=True, slots=True)
class ReportImpact:
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class SuspectCause:
    text: str


@dataclass(frozen=True, slots=True)
class ProveCause:
    cause: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ExcludeCause:
    cause: str
    evidence: str


# --- major measures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProposeMeasure:
    kind: str
    what: str
    why: str
    cost: str
    way_back: str
    plan_b: str


@dataclass(frozen=True, slots=True)
class ApproveMeasure:
    measure: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RejectMeasure:
    measure: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExecuteMeasure:
    measure: str
    result: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmMeasure:
    """The second person: checked, with the result seen."""

    measure: str
    result: str


# --- updates and timeline ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendUpdate:
    """The five typed fields of the situation report; the bot fills the seven others at the moment of sending."""

    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TakeNote:
    text: str
    happened_at: datetime | None = None
    author: PersonId | None = None
    pin: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class MarkMoment:
    kind: MomentKind
    happened_at: datetime | None = None
    note: str = ""


# --- stages, recovery, end --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoveStage:
    """Leave a stage early, with a reason: recorded as a deviation. `ended` is never reached this way."""

    to: Stage
    reason: str


@dataclass(frozen=True, slots=True)
class StartVerification:
    """It is fixed, says who fixed it; what was done and by whom decides who may verify."""

    fix: str
    fixers: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class PassCheck:
    check: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FailCheck:
    check: str
    note: str


@dataclass(frozen=True, slots=True)
class AskWaiver:
    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecideWaiver:
    check: str
    approved: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnToResponse:
    """The fault is back or a check failed for good: verification or observation is broken off."""

    reason: str


@dataclass(frozen=True, slots=True)
class Attest:
    condition: str
    note: str


@dataclass(frozen=True, slots=True)
class EndResponse:
    """A command-centre seat signs the end (with the assessment, the first one); the last needed signature ends it."""

    assessment: str = ""


@dataclass(frozen=True, slots=True)
class Reopen:
    reason: str


# --- after ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SubmitSummary:
    group: str
    text: str


@dataclass(frozen=True, slots=True)
class MoveReview:
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldReview:
    note: str = ""


@dataclass(frozen=True, slots=True)
class AddAction:
    text: str
    owner: PersonId
    due: date
    how: str


@dataclass(frozen=True, slots=True)
class FinishAction:
    action: str
    evidence: str


@dataclass(frozen=True, slots=True)
class VerifyAction:
    action: str
    ok: bool
    note: str


@dataclass(frozen=True, slots=True)
class CloseIncident:
    reason: str = ""


# --- from the bot itself ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ring:
    """A deadline has come (bot.core.due). Decided like anything else: nothing happens when it is no longer planned."""

    kind: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """What became of an effect, where people must see it. effect: the slot or room it was about, or the parked effect's id.

    waiting: the room of the slot has to wait its turn on the platform; `text` says until when.
    """

    effect: str
    kind: Literal["room_opened", "waiting", "not_invited", "parked", "unparked"]
    text: Text = ""
    people: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowPlatforms:
    """A platform was lost or is back, says the team's record; the incident does what follows for its people."""


# --- the team ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakeLeave:
    person: PersonId
    start: datetime
    end: datetime
    substitute: PersonId | None = None


@dataclass(frozen=True, slots=True)
class SwapDuty:
    post: str
    site: str | None
    person: PersonId
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    language: Literal["zh-CN", "en"]


@dataclass(frozen=True, slots=True)
class BindRoom:
    slot: str
    platform: str
    ref: str


@dataclass(frozen=True, slots=True)
class BindIdentity:
    person: PersonId
    platform: str
    identity: str


@dataclass(frozen=True, slots=True)
class MeetGuest:
    """Somebody whom a platform knows and the plan does not ("slack:U123") has turned up, under this name."""

    person: PersonId
    name: str
    language: Literal["zh-CN", "en"] | None = None


@dataclass(frozen=True, slots=True)
class MissAccount:
    """The platform was asked by every address of the plan and knows nobody by them."""

    person: PersonId
    platform: str


@dataclass(frozen=True, slots=True)
class MarkPlatform:
    """The engine's word: since then the platform takes no calls, or (None) it takes them again."""

    platform: str
    since: datetime | None


ReportCommand = (
    ReportIncident | RaiseWarning | TurnWarningIntoIncident | AcknowledgeReport | AddToReport | DeclareFalseAlarm | MergeInto | Absorb
)
GradingCommand = AnswerOverrides | AnswerQuestion | StopGrading | SetLevel | EstimateLoss
CallingCommand = (
    Activate | CancelPreActivation | Arrive | CannotCome | CallPost | CallAgain | CallDeputy | CallRoll
)
CommandCommand = TakeRole | AssignRole | OfferHandover | AcceptHandover | DeclineHandover | ShowLife | LeaveRoom | BringBack
ChecklistCommand = (
    ChooseFault | LoadPlaybook | DropChecklist | CheckItem | SkipItem | BlockItem | ReopenItem | AssignItem | AddItem
)
WorkCommand = (
    GiveTask | AcceptTask | DeclineTask | FinishTask | ExtendTask | SendBroadcast | ConfirmBroadcast | RemindBroadcast | ReportImpact
    | SuspectCause | ProveCause | ExcludeCause
)  # fmt: skip
MeasureCommand = ProposeMeasure | ApproveMeasure | RejectMeasure | ExecuteMeasure | ConfirmMeasure
UpdateCommand = SendUpdate | TakeNote | MarkMoment
RecoveryCommand = (
    MoveStage | StartVerification | PassCheck | FailCheck | AskWaiver | DecideWaiver | ReturnToResponse | Attest | EndResponse | Reopen
)
AfterCommand = SubmitSummary | MoveReview | HoldReview | AddAction | FinishAction | VerifyAction | CloseIncident
BotCommand = Ring | RecordOutcome | FollowPlatforms
TeamCommand = TakeLeave | SwapDuty | ChooseLanguage | BindRoom | BindIdentity | MeetGuest | MarkPlatform | MissAccount
IncidentCommand = (
    ReportCommand | GradingCommand | CallingCommand | CommandCommand | ChecklistCommand | WorkCommand | MeasureCommand | UpdateCommand
    | RecoveryCommand | AfterCommand | NoticeCommand | InquiryCommand | DutyCommand | BotCommand
)  # fmt: skip
Command = IncidentCommand | TeamCommand
