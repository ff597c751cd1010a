"""What happened, in the past tense. The events of a record are its timeline, its audit trail and its postmortem draft.

An event holds facts only: who and when stand in its `Stamp`. Grouped by subject; the union of all is `Event`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from bot.core.incident import (
    Answer,
    Assessor,
    Attempt,
    Call,
    Check,
    Checklist,
    Element,
    Figure,
    Grade,
    Loss,
    Measure,
    MomentKind,
    Outage,
    PersonId,
    Report,
    Ruling,
    Side,
    Stage,
    Trouble,
    Warning,
)  # fmt: skip
from bot.core.outward.events import DutyEvent, InquiryEvent, NoticeEvent
from bot.words import Text


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an event was recorded, by whom (None = the bot), and its place in the record (1, 2, 3 …)."""

    at: datetime
    by: PersonId | None
    seq: int


# --- report -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IncidentReported:
    record: str
    mode: Literal["real", "drill"]
    plan_hash: str
    plan_version: str
    report: Report


@dataclass(frozen=True, slots=True)
class WarningRaised:
    record: str
    mode: Literal["real", "drill"]
    plan_hash: str
    plan_version: str
    report: Report
    warning: Warning


@dataclass(frozen=True, slots=True)
class WarningCameTrue:
    """What was warned of has happened: the warning goes on as an incident."""

    note: str


@dataclass(frozen=True, slots=True)
class AssessorsCalled:
    """step 1: the commander on duty and one assessor per side, at the report; 2: their deputies, nobody having answered in ack_min."""

    assessors: tuple[Assessor, ...]
    step: int


@dataclass(frozen=True, slots=True)
class ReportAcknowledged:
    """A seat of the command centre has seen the report."""


@dataclass(frozen=True, slots=True)
class ReportAdded:
    """More is known: `report` is the whole report as it now stands, `text` what was added."""

    report: Report
    text: str


@dataclass(frozen=True, slots=True)
class MissingAsked:
    elements: tuple[Element, ...]


# --- grading ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OverridesAnswered:
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    answer: Answer


@dataclass(frozen=True, slots=True)
class GradingStopped:
    side: Side


@dataclass(frozen=True, slots=True)
class LevelSet:
    grade: Grade


@dataclass(frozen=True, slots=True)
class LossEstimated:
    loss: Loss


@dataclass(frozen=True, slots=True)
class EscalationPrompted:
    rule: str
    to: str


# --- activation, roles, calling ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResponseActivated:
    level: str
    pre: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ActivationConfirmed:
    level: str


@dataclass(frozen=True, slots=True)
class PreActivationCancelled:
    reason: str


@dataclass(frozen=True, slots=True)
class RoleTaken:
    role: str
    person: PersonId
    how: Literal["claimed", "assigned", "handover", "call"]


@dataclass(frozen=True, slots=True)
class HandoverOffered:
    role: str
    giver: PersonId
    taker: PersonId
    brief: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HandoverEnded:
    role: str
    taker: PersonId
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PostsCalled:
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Arrived:
    call: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class Declined:
    call: str
    person: PersonId
    reason: str


@dataclass(frozen=True, slots=True)
class NextCalled:
    """One more person for a post: a deputy after silence or a refusal, or somebody named by hand.

    again: who was called before and is silent, and is rung once more since a louder way begins at this rung.
    """

    call: str
    attempt: Attempt
    step: int
    again: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class LadderClimbed:
    """A rung without anybody new to call. exhausted: nobody is left; the commander was told. again: as in NextCalled."""

    call: str
    step: int
    exhausted: bool
    again: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class CalledAgain:
    call: str
    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class RollCalled:
    """点名: everybody still missing is asked again, by name."""

    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class CommanderSeen:
    """The commander talks in the room."""


@dataclass(frozen=True, slots=True)
class CommanderSilent:
    """No word from the commander for too long: the deputies of the command centre were told they may take over."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class PersonLeft:
    """Somebody who still has something to do here left a room; `slot` as the world knows it."""

    person: PersonId
    slot: str


@dataclass(frozen=True, slots=True)
class PersonBack:
    person: PersonId


# --- checklists -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChecklistLoaded:
    checklist: Checklist
    fault: bool  # a fault checklist of the technical side (else a playbook)
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class ChecklistDropped:
    checklist: str
    reason: str


@dataclass(frozen=True, slots=True)
class ItemChecked:
    checklist: str
    item: str
    note: str


@dataclass(frozen=True, slots=True)
class ItemSkipped:
    checklist: str
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class ItemBlocked:
    checklist: str
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class ItemReopened:
    checklist: str
    item: str


@dataclass(frozen=True, slots=True)
class ItemAssigned:
    checklist: str
    item: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class ItemAdded:
    checklist: str
    item: str
    text: str
    post: str
    minutes: int
    due_at: datetime | None
    owner: PersonId | None


@dataclass(frozen=True, slots=True)
class ItemChased:
    """whom 1: the owner was asked by name; 2: the lead was told."""

    checklist: str
    item: str
    whom: int


# --- tasks, broadcast, impact, causes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskGiven:
    task: str
    what: str
    owner: PersonId
    due_at: datetime


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    task: str


@dataclass(frozen=True, slots=True)
class TaskDeclined:
    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaskFinished:
    task: str
    result: str


@dataclass(frozen=True, slots=True)
class TaskExtended:
    task: str
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class TaskChased:
    task: str
    whom: int


@dataclass(frozen=True, slots=True)
class BroadcastSent:
    broadcast: str
    text: str
    to: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class BroadcastConfirmed:
    broadcast: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class BroadcastReminded:
    broadcast: str
    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class ImpactReported:
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class CauseSuspected:
    cause: str
    text: str


@dataclass(frozen=True, slots=True)
class CauseProven:
    cause: str
    evidence: str


@dataclass(frozen=True, slots=True)
class CauseExcluded:
    cause: str
    evidence: str


# --- major measures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeasureProposed:
    measure: Measure


@dataclass(frozen=True, slots=True)
class MeasureApproved:
    measure: str
    reason: str


@dataclass(frozen=True, slots=True)
class MeasureRejected:
    measure: str
    reason: str


@dataclass(frozen=True, slots=True)
class MeasureStarted:
    """The executor says: I did it / I am doing it. A two-person measure now waits for its checker."""

    measure: str
    executor: PersonId


@dataclass(frozen=True, slots=True)
class MeasureExecuted:
    measure: str
    checker: PersonId | None
    result: str


@dataclass(frozen=True, slots=True)
class MeasureChased:
    measure: str


# --- updates and timeline ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UpdateSent:
    number: int
    typed: Mapping[str, str]
    auto: Mapping[str, Text]
    next_at: datetime
    on_time: bool


@dataclass(frozen=True, slots=True)
class UpdateChased:
    times: int


@dataclass(frozen=True, slots=True)
class NoteTaken:
    """A line for the timeline. happened_at may lie before the stamp (back-dated); pin is the message it was taken from."""

    text: str
    happened_at: datetime
    author: PersonId | None
    pin: str
    link: str


@dataclass(frozen=True, slots=True)
class MomentReached:
    kind: MomentKind
    happened_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class MomentAsked:
    kind: MomentKind


# --- stages, recovery, end --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StageMoved:
    to: Stage


@dataclass(frozen=True, slots=True)
class DeviationNoted:
    what: Text
    reason: str


@dataclass(frozen=True, slots=True)
class VerificationStarted:
    checks: tuple[Check, ...]
    fixers: tuple[PersonId, ...]
    fix: str


@dataclass(frozen=True, slots=True)
class CheckPassed:
    check: str
    note: str


@dataclass(frozen=True, slots=True)
class CheckFailed:
    check: str
    note: str


@dataclass(frozen=True, slots=True)
class WaiverAsked:
    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class WaiverDecided:
    check: str
    approved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class VerifiersReminded:
    """Those with open verification items were asked by name."""

    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class ObservationStarted:
    until: datetime


@dataclass(frozen=True, slots=True)
class ObservationPassed:
    pass


@dataclass(frozen=True, slots=True)
class RecoveryFailed:
    """Back to responding: a check failed for good or the observation was broken."""

    reason: str


@dataclass(frozen=True, slots=True)
class ConditionAttested:
    condition: str
    note: str


@dataclass(frozen=True, slots=True)
class EndProposed:
    assessment: str


@dataclass(frozen=True, slots=True)
class EndApproved:
    seat: str


@dataclass(frozen=True, slots=True)
class SeatsReminded:
    """Those whose signature under the end is missing were asked by name."""

    people: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class IncidentEnded:
    review_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentReopened:
    """anew: its rooms had been archived, so it gets new ones."""

    reason: str
    anew: bool = False


@dataclass(frozen=True, slots=True)
class FalseAlarmDeclared:
    reason: str


@dataclass(frozen=True, slots=True)
class IncidentMerged:
    into: str
    reason: str


@dataclass(frozen=True, slots=True)
class IncidentAbsorbed:
    record: str
    text: str
    reporter: PersonId


# --- after ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SummarySubmitted:
    group: str
    text: str


@dataclass(frozen=True, slots=True)
class SummariesChased:
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewMoved:
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewReminded:
    """The review's time has come (1) or is past (2, 3 …) and nobody said that it was held."""

    times: int


@dataclass(frozen=True, slots=True)
class ReviewHeld:
    note: str


@dataclass(frozen=True, slots=True)
class ActionAdded:
    action: str
    text: str
    owner: PersonId
    due: date
    how: str


@dataclass(frozen=True, slots=True)
class ActionFinished:
    action: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ActionVerified:
    action: str
    ok: bool
    note: str


@dataclass(frozen=True, slots=True)
class ActionChased:
    action: str
    times: int


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    reason: str


@dataclass(frozen=True, slots=True)
class RoomsArchived:
    """The rooms of a record that is over were made silent. `slots` as the world knows them (bot.core.housing)."""

    slots: tuple[str, ...]


# --- what the bot did -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomOpened:
    slot: str


@dataclass(frozen=True, slots=True)
class TroubleNoted:
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class TroubleCleared:
    key: str


@dataclass(frozen=True, slots=True)
class OutageNoted:
    """refuges: every platform where the rooms of the incident are only because the others were lost."""

    platform: str
    outage: Outage
    refuges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutageOver:
    platform: str


# --- the team (record "team") -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeaveTaken:
    person: PersonId
    start: datetime
    end: datetime
    substitute: PersonId | None


@dataclass(frozen=True, slots=True)
class DutySwapped:
    post: str
    site: str | None
    person: PersonId
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    person: PersonId
    language: Literal["zh-CN", "en"]


@dataclass(frozen=True, slots=True)
class RoomBound:
    slot: str
    platform: str
    ref: str


@dataclass(frozen=True, slots=True)
class IdentityBound:
    person: PersonId
    platform: str
    identity: str


@dataclass(frozen=True, slots=True)
class GuestMet:
    person: PersonId
    name: str
    language: Literal["zh-CN", "en"] | None = None


@dataclass(frozen=True, slots=True)
class AccountMissing:
    person: PersonId
    platform: str


@dataclass(frozen=True, slots=True)
class PlatformLost:
    """It takes no calls."""

    platform: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PlatformBack:
    platform: str


ReportEvent = (
    IncidentReported | WarningRaised | WarningCameTrue | AssessorsCalled | ReportAcknowledged | ReportAdded | MissingAsked
    | FalseAlarmDeclared | IncidentMerged | IncidentAbsorbed
)  # fmt: skip
GradingEvent = OverridesAnswered | QuestionAnswered | GradingStopped | LevelSet | LossEstimated | EscalationPrompted
CallingEvent = (
    ResponseActivated | ActivationConfirmed | PreActivationCancelled | PostsCalled | Arrived | Declined | NextCalled | LadderClimbed
    | CalledAgain | RollCalled
)  # fmt: skip
CommandEvent = RoleTaken | HandoverOffered | HandoverEnded | CommanderSilent | CommanderSeen | PersonLeft | PersonBack
ChecklistEvent = (
    ChecklistLoaded | ChecklistDropped | ItemChecked | ItemSkipped | ItemBlocked | ItemReopened | ItemAssigned | ItemAdded | ItemChased
)
WorkEvent = (
    TaskGiven | TaskAccepted | TaskDeclined | TaskFinished | TaskExtended | TaskChased | BroadcastSent | BroadcastConfirmed
    | BroadcastReminded | ImpactReported | CauseSuspected | CauseProven | CauseExcluded
)  # fmt: skip
MeasureEvent = MeasureProposed | MeasureApproved | MeasureRejected | MeasureStarted | MeasureExecuted | MeasureChased
UpdateEvent = UpdateSent | UpdateChased | NoteTaken | MomentReached | MomentAsked
RecoveryEvent = (
    StageMoved | DeviationNoted | VerificationStarted | CheckPassed | CheckFailed | WaiverAsked | WaiverDecided | VerifiersReminded
    | ObservationStarted | ObservationPassed | RecoveryFailed | ConditionAttested | EndProposed | EndApproved | SeatsReminded
    | IncidentEnded | IncidentReopened
)  # fmt: skip
AfterEvent = (
    SummarySubmitted | SummariesChased | ReviewMoved | ReviewReminded | ReviewHeld | ActionAdded | ActionFinished | ActionVerified
    | ActionChased | IncidentClosed | RoomsArchived
)  # fmt: skip
BotEvent = RoomOpened | TroubleNoted | TroubleCleared
OutageEvent = OutageNoted | OutageOver
TeamEvent = LeaveTaken | DutySwapped | LanguageChosen | RoomBound | IdentityBound | GuestMet | AccountMissing | PlatformLost | PlatformBack
IncidentEvent = (
    ReportEvent | GradingEvent | CallingEvent | CommandEvent | ChecklistEvent | WorkEvent | MeasureEvent | UpdateEvent | RecoveryEvent
    | AfterEvent | NoticeEvent | InquiryEvent | DutyEvent | BotEvent | OutageEvent
)  # fmt: skip
Event = IncidentEvent | TeamEvent
