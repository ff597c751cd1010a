"""How bad it is and what follows: grading, severities, verification, closing, timing (plan, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from bot.plan.schema.part import ById, Days, LinkId, Minutes, Named, PackId, Part, PostId, QuestionId, RoleId, Score, SeverityId, Stage, Who
from bot.words import Bi


class Side(Named):
    """One of the two sides that must both assess a fault before its level is final (clause 4.2-1)."""

    name: Bi = Field(description="What people call it.")
    posts: tuple[PostId, ...] = Field(description="Whose answers count for this side; the first is asked first.", min_length=1)


class Override(Named):
    """A question whose yes sets the level at once, whatever else is answered (一票升级)."""

    name: Bi = Field(description="What is asked.")
    floor: SeverityId = Field(description="The level is at least this.")
    confidential: bool = Field(False, description="A yes makes the incident confidential.")


class LossRange(Part):
    low: int = Field(description="At least so many yuan.", ge=0)
    high: int | None = Field(None, description="At most so many yuan; null = no limit known.", ge=0)


class Option(Part):
    """An answer that can be tapped."""

    score: Score = Field(description="What it counts, 1 to 3.")
    text: Bi = Field(description="What is written on it.")
    loss: LossRange | None = Field(None, description="The loss it stands for, where the question is about money.")


class Question(Part):
    """One question a tap; 不知道 is always offered beside the options."""

    id: str = Field(description="Its name in answers and drills.")
    kind: Literal["impact", "urgency"] = Field(description="Which axis of the matrix it feeds.")
    text: Bi = Field(description="What is asked.")
    hint: Bi | None = Field(None, description="A second line that helps to answer.")
    options: tuple[Option, ...] = Field(description="The answers, lowest score first.", min_length=2)
    prefill: Literal["clock"] | None = Field(None, description="Filled from the hot windows of the affected links; people confirm.")


class CountsWhen(Part):
    """A question that counts only while another one is answered above a score."""

    question: QuestionId = Field(description="The question that may not count.")
    other: QuestionId = Field(description="The question that decides.")
    above: Score = Field(description="It counts while the other's score is above this; otherwise it is 1.")


class Combine(Part):
    """How answers become the two coordinates of the matrix."""

    impact: Literal["worst"] = Field("worst", description="The worst answer of the impact questions.")
    urgency: Literal["worst"] = Field("worst", description="The worst answer of the urgency questions.")
    counts_when: tuple[CountsWhen, ...] = Field((), description="Exceptions: questions that count only sometimes.")


class Escalation(Part):
    """A prompt to raise the level; people decide, the bot only asks."""

    id: str = Field(description="Its name in the timeline.")
    level: SeverityId | None = Field(None, description="Only at this level; null = at any below `to`.")
    when: Literal["elapsed", "hot_window_without_workaround", "mtpd_near"] = Field(description="What makes it due.")
    minutes: Minutes = Field(description="Minutes since activation (elapsed), or minutes that are left (the other two).")
    to: SeverityId | None = Field(None, description="The level proposed; null = the next one up.")


class Downgrade(Part):
    """Lowering a level is easier to regret than raising it: it takes calm, a name and a reason."""

    min_stable_min: Minutes = Field(description="Minutes without a change for the worse.")


class Loss(Part):
    """The loss at the time of grading, as a range."""

    currency: Literal["CNY"] = Field("CNY", description="The currency of all amounts.")
    question: QuestionId = Field(description="The question whose answer gives the range.")
    note: Bi = Field(description="What is written beside the figure.")


class Grading(Part):
    """How a fault gets its level: overrides first, then questions, then the matrix (clause 4.2-3)."""

    method: Bi = Field(description="The rule in one sentence, shown with the result.")
    sides: ById[Side] = Field(description="The two sides.")
    overrides: ById[Override] = Field(description="Asked first.")
    override_unknown_floor: SeverityId | None = Field(description="The floor while somebody answers 不知道 to an override; null = none.")
    questions: tuple[Question, ...] = Field(description="Asked in this order.", min_length=1)
    unknown_score: Score = Field(description="What 不知道 counts.")
    matrix: Mapping[Score, tuple[SeverityId, ...]] = Field(description="Rows: impact 1 to 3. Columns: urgency 1 to 3.")
    combine: Combine = Field(description="How answers become impact and urgency.")
    auto_escalate: tuple[Escalation, ...] = Field((), description="When the bot proposes a higher level.")
    downgrade: Downgrade = Field(description="What lowering the level takes.")
    loss: Loss = Field(description="Where the loss range comes from.")
    regulatory_levels: tuple[Bi, ...] = Field((), description="The state's own levels, never shown as the same word as ours.")
    regulatory_note: Bi = Field(description="What keeps the two apart.")


class Review(Part):
    """What must be learnt afterwards and by when."""

    kind: Literal["short_note", "full"] = Field(description="A short note, or a meeting and a report.")
    meeting_due_days: Days | None = Field(None, description="Days until the meeting; null = no meeting.")
    meeting_business_days: bool = Field(False, description="Whether these are working days.")
    report_due_business_days: Days = Field(description="Working days until the note or report.")


class Response(Part):
    """The times and rooms of a level."""

    ack_min: Minutes = Field(description="Minutes to confirm a report or a call.", ge=1)
    room: Literal["quiet", "dedicated", "dedicated_plus_subrooms"] = Field(description="What room it gets.")
    room_min: Minutes = Field(description="Minutes until the room stands.")
    first_update_min: Minutes = Field(description="Minutes until the first situation report.", ge=1)
    update_every_min: Minutes = Field(description="Minutes between situation reports.", ge=1)
    update_every_after_2h_min: Minutes | None = Field(None, description="The same after two hours; null = unchanged.", ge=1)
    external_first_min: Minutes | None = Field(None, description="Minutes until the first word outside; null = none is due.")
    target_recover_min: Minutes = Field(description="Minutes in which recovery is aimed at.", ge=1)
    observe_min: Minutes = Field(description="Minutes of observation after verification.", ge=1)
    review: Review = Field(description="What must be learnt afterwards.")


class Staffing(Part):
    """Who is called at a level (编成表)."""

    roles: tuple[RoleId, ...] = Field(description="Roles that must be filled.")
    posts: tuple[PostId, ...] = Field(description="Posts that must be there.")
    optional: tuple[PostId, ...] = Field((), description="Posts that are told but not counted.")
    by_affected_link: bool = Field(False, description="Also the business posts of the affected links.")
    packs: tuple[PackId, ...] = Field((), description="Resource packs that are made ready.")


class Urgent(Part):
    """When a call also comes by SMS or telephone, where the platform can (Feishu's 加急). It costs money, so never by default.

    Rungs of the ladder: 0 the first call · 1 the second, urgent page · 2 phone number and deputy · 3 next deputy and commander.
    """

    sms_from: int | None = Field(None, description="From this rung of the ladder on also by SMS; null = never.", ge=0, le=3)
    phone_from: int | None = Field(None, description="From this rung of the ladder on also by telephone; null = never.", ge=0, le=3)


class Severity(Named):
    """A level of the plan, clause 4.2-3."""

    name: Bi = Field(description="In full: 重大故障.")
    short: Bi = Field(description="On a badge: 重大.")
    definition: Bi = Field(description="What the plan means by it.")
    clause: str = Field(description="Where the plan says so.")
    response: Response = Field(description="Times and rooms.")
    staffing: Staffing = Field(description="Who is called.")
    ladder_min: tuple[Minutes, Minutes, Minutes] = Field(
        description="Minutes of silence until: urgent page; phone number and deputy; next deputy and commander."
    )
    urgent: Urgent = Field(default_factory=Urgent, description="When calls are also sent by SMS and telephone; never in a drill.")
    close_approval: Literal["any_ecc_seat", "commander_plus_one_seat", "all_three_ecc_seats"] = Field(description="Whose yes ends it.")
    verification_max: int | None = Field(None, description="At most so many verification items; null = no limit.", ge=1)
    mention_all: bool = Field(False, description="Whether its call mentions everybody in the room.")
    regulatory_card: bool = Field(False, description="Whether the regulatory questions are shown unasked.")


class VerificationItem(Part):
    """One thing that must be true before anyone says it is repaired; who repaired it does not verify it (clause 4.4-5)."""

    id: str = Field(description="Its name in the record.")
    kind: Literal["functional", "data", "business"] = Field(description="Which part of the list it stands in.")
    by: RoleId = Field(description="The role that verifies it.")
    text: Bi = Field(description="What must be true.")
    levels: tuple[SeverityId, ...] = Field(description="The levels at which it is asked.", min_length=1)
    only_when: Literal["confidential"] | None = Field(None, description="Asked only then.")
    links: tuple[LinkId, ...] = Field((), description="Asked only when one of these is affected; empty = always.")


class Verification(Part):
    items: tuple[VerificationItem, ...] = Field(description="In the order they are shown.", min_length=1)
    not_the_fixer: bool = Field(True, description="Who repaired it may not verify it.")


class Observation(Part):
    """What sends an incident from observation back to work; its length is the severity's `observe_min`."""

    break_error_rate_pct: float = Field(description="A rate of new errors above this breaks it.", gt=0, le=100)
    break_at_alert: SeverityId = Field(description="An alert that suggests this level or higher breaks it.")


Check = Literal["verification_passed", "business_unaffected", "observation_over", "assessment_signed", "audiences_told", "attest"]


class Condition(Part):
    """Something that must hold before the end may be declared (clause 4.5-1)."""

    id: str = Field(description="Its name in the record.")
    text: Bi = Field(description="What must hold.")
    short: Bi = Field(description="The same where room is scarce.")
    check: Check = Field(description="What the bot looks up to know, or `attest`: somebody signs for it.")
    attest_by: tuple[Who, ...] = Field((), description="Who may sign for it: roles or posts. With a check: who may sign in its stead.")
    levels: tuple[SeverityId, ...] = Field(description="The levels at which it is demanded.", min_length=1)
    clause: str | None = Field(None, description="Where the plan demands it.")


class Closing(Part):
    conditions: tuple[Condition, ...] = Field(description="In the order they are shown.", min_length=1)
    announce: tuple[Literal["internal_all", "groups", "external_notified_parties"], ...] = Field(description="Who hears of the end.")
    reopen_within_days: Days = Field(description="Days in which it may be reopened.")
    ask_at_close: tuple[Bi, ...] = Field((), description="Asked of those who were there.")


class KeyMoment(Named):
    """A moment that must stand in the timeline, because every measurement of the response needs it."""

    name: Bi = Field(description="What people call it.")
    stage: Stage = Field(description="From which stage on it is missed.")
    nag_after_min: Minutes = Field(description="Minutes in that stage until the bot asks for it.", ge=1)
    ask: Bi = Field(description="How it asks.")


class Timing(Part):
    """The delays between what the bot sees and what it says, where no severity has its own."""

    assess_min: Minutes = Field(description="From report until both sides should have answered.", ge=1)
    missing_again_min: Minutes = Field(description="Until missing elements of a report (待补) are asked for again.", ge=1)
    missing_asks_max: int = Field(description="How often they are asked for.", ge=1)
    activation_ack_factor: int = Field(description="Nobody decided to activate within so many `ack_min`: pre-activation.", ge=1)
    duplicate_window_min: Minutes = Field(description="How far back an open incident may be the same as a new report.")
    room_reminder_min: Minutes = Field(description="Until a room that does not stand is shouted about.", ge=1)
    ecc_told_min: Minutes = Field(description="Minutes in which the command centre must know of a report (clause 4.1-3).", ge=1)
    measure_decide_min: Minutes = Field(description="Until an undecided proposal is put before the commander again.", ge=1)
    objection_sec: int = Field(description="Seconds in which a strong objection may be raised after an approval.", ge=0)
    overdue_owner_min: Minutes = Field(description="After its time: the owner of a line or task is reminded by name.")
    overdue_lead_min: Minutes = Field(description="After its time: the lead of the group is told.", ge=1)
    task_ack_min: Minutes = Field(description="Until a task that nobody acknowledged is offered again.", ge=1)
    task_default_min: Minutes = Field(description="The time a task has when none is said.", ge=1)
    broadcast_remind_min: Minutes = Field(description="Until those who did not confirm a broadcast are reminded.", ge=1)
    update_remind_before_min: Minutes = Field(description="Before a situation report is due: its owner is reminded.")
    update_late_lead_min: Minutes = Field(description="After it was due: the commander is told.", ge=1)
    slow_updates_after_min: Minutes = Field(description="When the slower cadence begins (`update_every_after_2h_min`).", ge=1)
    handover_ask_min: Minutes = Field(description="Until a successor who did not answer a handover is asked again.", ge=1)
    silence_commander_min: Minutes = Field(description="Minutes without a word from the commander until the deputy is asked.", ge=1)
    verification_remind_min: Minutes = Field(description="Until verifiers with open items are reminded.", ge=1)
    close_remind_min: Minutes = Field(description="Until an ending that waits for a seat's yes is put before it again.", ge=1)
    summary_due_days: Days = Field(description="Days until each group's summary is due after the end.")
    summary_remind_days: tuple[Days, ...] = Field(description="Days after the end on which a missing summary is asked for.")
    action_remind_days: tuple[Days, ...] = Field(description="Days before (0 = on) an improvement's date on which its owner is reminded.")
    shift_remind_hours: int = Field(description="Hours at work until somebody is asked to hand over.", ge=1)
    shift_limit_hours: int = Field(description="Hours at work until the commander is asked to send them home.", ge=1)
    urgency_hot_min: tuple[Minutes, Minutes] = Field(
        description="Minutes to the next hot window: below the first counts 3, below the second 2, otherwise 1."
    )
    span_ideal: int = Field(description="People that one lead can lead well.", ge=1)
    span_max: int = Field(description="Above so many the bot proposes to split the group.", ge=1)
