"""What is known beforehand: risks, alerts, checklists, playbooks, documents, obligations, drills (plan, sections 3, 4, 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from bot.plan.schema.part import (
    ById,
    CauseId,
    ChecklistId,
    Days,
    DrillId,
    FormId,
    LinkId,
    MeasureId,
    Minutes,
    Named,
    ObjectiveId,
    OverrideId,
    Part,
    PlaybookId,
    PostId,
    QuestionId,
    Ref,
    RiskId,
    RunbookId,
    Score,
    ServiceId,
    SeverityId,
    Who,
)
from bot.words import Bi


class Trigger(Part):
    text: Bi = Field(description="What is seen.")
    suggest: Annotated[str, Ref("severity", ("severities", "=warning"))] | None = Field(
        None, description="The level it suggests; `warning` = 预警, null = none."
    )


class Risk(Named):
    """A risk of the plan, section 3."""

    name: Bi = Field(description="What people call it.")
    kind: Literal["technical", "business", "external"] = Field(description="Which of the three kinds it is.")
    clause: str = Field(description="Where the plan names it.")
    likelihood: int = Field(description="1 (rare) to 5 (weekly).", ge=1, le=5)
    impact: int = Field(description="1 (slight) to 5 (disaster).", ge=1, le=5)
    owner: PostId = Field(description="The post that watches it.")
    causes: tuple[CauseId, ...] = Field((), description="Causes of the fault types that it can come from.")
    triggers: tuple[Trigger, ...] = Field(description="What shows that it is happening.", min_length=1)
    prevention: tuple[Bi, ...] = Field(description="What keeps it from happening.", min_length=1)
    mitigation: tuple[RunbookId, ...] = Field(description="Checklists and playbooks for when it happens.", min_length=1)
    early_signs: tuple[Bi, ...] = Field((), description="What is seen before.")


class RiskBand(Named):
    name: Bi = Field(description="What people call it.")
    low: int = Field(description="From this product of likelihood and impact.", ge=1, le=25)
    high: int = Field(description="To this one.", ge=1, le=25)


class RiskScale(Part):
    likelihood: Mapping[Annotated[int, Field(ge=1, le=5)], Bi] = Field(description="What the five steps of likelihood mean.")
    impact: Mapping[Annotated[int, Field(ge=1, le=5)], Bi] = Field(description="What the five steps of impact mean.")
    bands: ById[RiskBand] = Field(description="What their product means.")
    review_days: Days = Field(description="Days until the scores are looked at again.")


class AlertRule(Named):
    """What monitoring watches and from where on it is a fault (clause 4.1-2)."""

    category: Literal["running", "performance", "traffic", "business", "cold_chain"] = Field(description="Which kind of watching it is.")
    metric: Bi = Field(description="What is measured.")
    service: ServiceId | None = Field(description="The service or dependency that is measured; null = every one.")
    op: Literal["fail", "missing", ">", "<", "=="] = Field(description="How it is compared.")
    threshold: str = Field(description="With what.")
    for_sec: int = Field(description="Seconds it must last.", ge=0)
    suggest: SeverityId = Field(description="The level it suggests.")
    runbook: RunbookId | None = Field(None, description="The checklist or playbook it leads to.")
    owner: PostId = Field(description="Who keeps the threshold right.")
    review_days: Days = Field(description="Days until the threshold is looked at again.")


class AlertPolicy(Part):
    dedup_window_min: Minutes = Field(description="The same alert within this time is the same alert.")
    storm_limit_per_min: int = Field(description="More alerts a minute than this are a storm.", ge=1)
    storm_action: Bi = Field(description="What happens to a storm.")
    hot_window_lower_threshold: bool = Field(description="Whether suggestions rise by one level in hot windows.")
    false_positive_target_pct: int = Field(description="More false alarms than this are too many.", ge=0, le=100)


class Item(Part):
    """One line of a checklist: one person, one action, one time."""

    n: int = Field(description="Its number in the list, from 1 without gaps.", ge=1)
    who: Who = Field(description="The post or role that does it.")
    minutes: Minutes = Field(description="Minutes after activation by which it should be done; 0 = goes on all the time.")
    text: Bi = Field(description="What to do.")
    gate: bool = Field(False, description="Must be done before the next lines.")
    measure: MeasureId | None = Field(None, description="The major measure it is; needs the commander's approval.")
    playbook: PlaybookId | None = Field(None, description="The playbook it starts.")
    obligations: bool = Field(False, description="Opens the regulatory questions.")

    @property
    def id(self) -> str:
        return str(self.n)


class Checklist(Named):
    """What the technical side does against one cause of a fault."""

    name: Bi = Field(description="Fault and cause: 系统崩溃 · 代码缺陷.")
    risk: RiskId = Field(description="The risk it answers.")
    confidential: bool = Field(False, description="Loading it makes the incident confidential.")
    items: tuple[Item, ...] = Field(description="The lines, in order.", min_length=1)
    stop_rule: Bi | None = Field(None, description="When to stop following it.")


class Cause(Named):
    name: Bi = Field(description="What people call it.")
    aliases: tuple[str, ...] = Field((), description="Words by which it is recognised.")
    checklist: ChecklistId = Field(description="The checklist against it.")


class FaultType(Named):
    """A kind of fault with the causes it can have; the cause chooses the checklist (clause 4.4-1)."""

    name: Bi = Field(description="What people call it.")
    aliases: tuple[str, ...] = Field((), description="Words by which it is recognised.")
    causes: ById[Cause] = Field(description="What it can come from.")


class Playbook(Named):
    """How a link of the business goes on without its system (替代方案)."""

    name: Bi = Field(description="What people call it.")
    aliases: tuple[str, ...] = Field((), description="Words by which it is recognised.")
    link: LinkId | None = Field(description="The link it is for; null = every link.")
    approver: Who = Field(description="Who starts and stops it.")
    start_when: Bi = Field(description="When it is started.")
    start_min: Minutes = Field(description="Minutes until it should be running.")
    stop_when: Bi = Field(description="When it is stopped.")
    capacity: Bi | None = Field(None, description="How much it can carry.")
    items: tuple[Item, ...] = Field(description="The lines, in order.", min_length=1)
    limits: tuple[Bi, ...] = Field((), description="What is not done even now.")
    reconcile: tuple[Bi, ...] = Field(description="What is done afterwards so that the books are right.", min_length=1)
    forms: tuple[FormId, ...] = Field((), description="The paper forms it uses.")


class PaperForm(Named):
    """A form on paper."""

    name: Bi = Field(description="What people call it.")
    fields: tuple[Bi, ...] = Field(description="Its columns.", min_length=1)


class DocumentField(Part):
    id: str = Field(description="Its name in the record.")
    name: Bi = Field(description="Its heading.")
    auto: bool = Field(False, description="The bot fills it; people correct it.")
    hint: Bi | None = Field(None, description="What belongs here.")


class Sitrep(Part):
    fields: tuple[DocumentField, ...] = Field(description="The twelve fields of a situation report.", min_length=1)


class ActionPlan(Part):
    period_hours: int = Field(description="Hours that one plan covers.", ge=1)
    fields: tuple[DocumentField, ...] = Field(description="What it says.", min_length=1)


class Postmortem(Part):
    sections: tuple[DocumentField, ...] = Field(description="Its sections.", min_length=1)
    questions: tuple[Bi, ...] = Field((), description="Questions that help to learn rather than to blame.")
    quiet_time_min: Minutes = Field(description="Minutes of silent reading at the start of the meeting.")
    publish_within_business_days: Days = Field(description="Working days until everybody may read it.")


class Documents(Part):
    """What the bot fills in, and what it asks people to write."""

    sitrep: Sitrep = Field(description="The situation report.")
    handover: tuple[DocumentField, ...] = Field(description="The nine points the successor in command must have heard.", min_length=1)
    action_plan: ActionPlan = Field(description="The plan of a long incident, period by period.")
    summary: tuple[DocumentField, ...] = Field(description="What each group writes afterwards.", min_length=1)
    postmortem: Postmortem = Field(description="What everybody learns from.")


FillSource = Literal["time_place", "level", "impact", "measures", "cause", "outlook"]
"""What an incident knows that a report asks for."""


class ObligationClock(Part):
    start: Literal["discovered", "suspected", "known", "ended"] = Field(description="What starts it.")
    hours: float | None = Field(None, description="Hours until it is due; null = at once.", gt=0)
    policy: bool = Field(False, description="The company's own aim, not the law's.")
    remind_before_min: tuple[Minutes, ...] = Field((), description="Minutes before it is due at which to remind.")
    note: Bi | None = Field(None, description="What the law says.")


class ObligationTier(Part):
    name: Bi = Field(description="Which case.")
    start_hours: float = Field(description="Hours until it must have begun.", gt=0)
    finish_days: Days | None = Field(None, description="Working days until it must be over.")
    to: Bi | None = Field(None, description="Who is told, where that differs.")


class Raiser(Part):
    """What makes the bot ask whether something has to be reported; any one of them is enough."""

    overrides: tuple[OverrideId, ...] = Field((), description="One of these overrides of the grading was answered with yes.")
    checklists: tuple[ChecklistId, ...] = Field((), description="One of these fault checklists was loaded.")
    levels: tuple[SeverityId, ...] = Field((), description="The incident has one of these levels.")


class FollowUp(Part):
    """What is owed after the first report."""

    name: Bi = Field(description="What people call it.")
    days: Days | None = Field(None, description="Days after the first report; null = as soon as there is something to say.")


def _with_name(value: Any) -> Any:
    """A bare phrase is the name."""
    return {"name": value} if isinstance(value, Bi) or (isinstance(value, Mapping) and set(value) == {"zh", "en"}) else value


class Obligation(Named):
    """Something that may have to be reported. The bot drafts and reminds; a person decides. Not legal advice."""

    name: Bi = Field(description="What people call it.")
    basis: Bi = Field(description="Where it comes from.")
    applies_when: Bi = Field(description="When it applies.")
    clock: ObligationClock = Field(description="By when.")
    tiers: tuple[ObligationTier, ...] = Field((), description="Cases that have their own times.")
    to: Bi = Field(description="Who is told.")
    channels: tuple[Bi, ...] = Field((), description="How.")
    fields: tuple[Bi, ...] = Field(description="What must be said.", min_length=1)
    first_fields: tuple[Bi, ...] = Field((), description="What the first report must say at least.")
    assessment: tuple[Bi, ...] = Field((), description="Questions that show whether it applies.")
    follow_ups: tuple[Annotated[FollowUp, BeforeValidator(_with_name)], ...] = Field((), description="What is owed afterwards.")
    evidence: tuple[Bi, ...] = Field((), description="What proves that it was done.")
    do_not: tuple[Bi, ...] = Field((), description="What is never done.")
    raised_by: Raiser = Field(default_factory=Raiser, description="What makes the bot ask; people may always ask.")
    owner: Who | None = Field(None, description="The post or role that drafts and submits; null = the commander.")
    deciding: tuple[int, ...] = Field((), description="Numbers of the questions that decide: one yes or unknown, it applies; none = all.")
    official_levels: tuple[Bi, ...] = Field((), description="The authority's own levels, lightest first: asked, never computed.")
    fill: Mapping[FillSource, str] = Field({}, description="What the bot fills in from the record: the field, by its Chinese name.")
    waiver: Bi | None = Field(None, description="What may be left out, and under which condition.")
    note: Bi | None = Field(None, description="What else to know.")


class Inject(Part):
    """Something that happens in a drill."""

    t: Minutes = Field(description="Minutes after the start.")
    channel: Bi = Field(description="Where it comes from.")
    text: Bi = Field(description="What happens.")
    expect: Bi = Field(description="What the players should do.")
    within: Minutes = Field(description="Minutes in which they should.", ge=1)


class Drill(Named):
    """A rehearsal (clause 七(二))."""

    name: Bi = Field(description="What people call it.")
    kind: Bi = Field(description="Table-top, practical, functional, comprehensive.")
    duration_min: Minutes = Field(description="Minutes it takes.", ge=1)
    risks: tuple[RiskId, ...] = Field(description="The risks it rehearses.", min_length=1)
    clock: Bi = Field(description="When it pretends to happen.")
    setting: Bi = Field(description="What is going on.")
    grading_answers: Mapping[QuestionId, Score] = Field(description="The right answer to every grading question.")
    expected_level: SeverityId = Field(description="The level they give.")
    downgrade: Bi | None = Field(None, description="When the level may be lowered in its course.")
    objectives: tuple[ObjectiveId, ...] = Field(description="What it tests, beside what every drill tests.", min_length=1)
    injects: tuple[Inject, ...] = Field(description="What happens, in order.", min_length=1)


class DrillObjective(Named):
    name: Bi = Field(description="What people call it.")
    measure: Bi = Field(description="What is measured.")
    target: Bi = Field(description="What is good enough.")


class DrillRating(Named):
    name: Bi = Field(description="What people call it.")
    points: int = Field(description="What it counts.", ge=0, le=100)
    rule: Bi = Field(description="When it is given.")


class DrillProgram(Part):
    """The rehearsals of a year (clauses 7.2-1 to 7.2-6)."""

    per_quarter_min: int = Field(description="At least so many a quarter.", ge=1)
    calendar: Mapping[Literal["q1", "q2", "q3", "q4"], DrillId] = Field(description="The drill of each quarter.")
    coverage: Bi = Field(description="What a year's drills must cover.")
    may_replace: Bi = Field(description="When an incident counts as a drill.")
    always_objectives: tuple[ObjectiveId, ...] = Field(description="What every drill tests.")
    objectives: ById[DrillObjective] = Field(description="What can be tested.")
    ratings: ById[DrillRating] = Field(description="How each is rated.")
    pass_points: int = Field(description="So many points are a pass.", ge=0, le=100)
    never_failed: tuple[ObjectiveId, ...] = Field((), description="Objectives that may not be rated worst.")
    stop_word: Bi = Field(description="The word that ends a drill because something real happens.")
    pause_word: Bi = Field(description="The word that halts a drill.")
    block_external: bool = Field(True, description="No word leaves the company in a drill.")
    report_business_days: Days = Field(description="Working days until the report.")
    hot_wash_min: Minutes = Field(description="Minutes of talk right after it.")
    hot_wash_questions: tuple[Bi, ...] = Field((), description="What is asked then.")


class WarningColour(Named):
    name: Bi = Field(description="What people call it.")
    meaning: Bi = Field(description="What the authority means by it.")
    posts: tuple[PostId, ...] = Field(description="Who is told.", min_length=1)
    items: tuple[Item, ...] = Field((), description="What is done beforehand.")


class Warnings(Part):
    """预警: before it happens (clause 3.3-2)."""

    colours: ById[WarningColour] = Field(description="From blue to red.")
    kinds: tuple[Bi, ...] = Field(description="What is warned of: typhoon, rainstorm …", min_length=1)
    playbook: PlaybookId = Field(description="The playbook that follows when it happens.")
    review_hours: int = Field(description="Hours after which somebody must say whether it still holds.", ge=1)
