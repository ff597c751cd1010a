"""The plan as values: frozen, complete, checked; what `data/plan/` says and nothing else (docs/plan.md explains every key).

Ids are plain strings. Mappings are by id and keep the order of the file; every entry knows its own `id`.
Text that people read is `Bi`.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

from pydantic import Field

from bot.plan.schema.comms import (
    Address,
    Audience,
    Cell,
    Comms,
    Component,
    Contact,
    Room,
    Script,
    StatusPage,
    Variable,
    WordingRule,
)
from bot.plan.schema.knowledge import (
    ActionPlan,
    AlertPolicy,
    AlertRule,
    Cause,
    Checklist,
    DocumentField,
    Documents,
    Drill,
    DrillObjective,
    DrillProgram,
    DrillRating,
    FaultType,
    FollowUp,
    Inject,
    Item,
    Obligation,
    ObligationClock,
    ObligationTier,
    PaperForm,
    Playbook,
    Postmortem,
    Risk,
    RiskBand,
    RiskScale,
    Sitrep,
    Trigger,
    WarningColour,
    Warnings,
)
from bot.plan.schema.organisation import (
    Clock,
    Dependency,
    DutyRule,
    Group,
    Leave,
    Link,
    Measure,
    Pack,
    PackItem,
    Party,
    Person,
    Post,
    Role,
    Season,
    Service,
    Shift,
    Site,
    Window,
)
from bot.plan.schema.part import ById, Named, Part, PersonId, Ref, Score, ServiceId, Stage, Who
from bot.plan.schema.response import (
    Check,
    Closing,
    Combine,
    Condition,
    CountsWhen,
    Downgrade,
    Escalation,
    Grading,
    KeyMoment,
    Loss,
    LossRange,
    Observation,
    Option,
    Override,
    Question,
    Response,
    Review,
    Severity,
    Side,
    Staffing,
    Timing,
    Verification,
    VerificationItem,
)
from bot.words import Bi, Language

__all__ = [
    "ActionPlan",
    "Address",
    "AlertPolicy",
    "AlertRule",
    "Audience",
    "Bi",
    "Cause",
    "Cell",
    "Check",
    "Checklist",
    "Clock",
    "Closing",
    "Combine",
    "Comms",
    "Component",
    "Condition",
    "Contact",
    "CountsWhen",
    "Dependency",
    "DocumentField",
    "Documents",
    "Downgrade",
    "Drill",
    "DrillObjective",
    "DrillProgram",
    "DrillRating",
    "DutyRule",
    "Escalation",
    "FaultType",
    "FollowUp",
    "Grading",
    "Group",
    "Inject",
    "Item",
    "KeyMoment",
    "Leave",
    "Link",
    "Loss",
    "LossRange",
    "Measure",
    "Named",
    "Obligation",
    "ObligationClock",
    "ObligationTier",
    "Observation",
    "Option",
    "Override",
    "Pack",
    "PackItem",
    "PaperForm",
    "Part",
    "Party",
    "Person",
    "Plan",
    "Playbook",
    "Post",
    "Postmortem",
    "Question",
    "Ref",
    "Response",
    "Review",
    "Risk",
    "RiskBand",
    "RiskScale",
    "Role",
    "Room",
    "Score",
    "Script",
    "Season",
    "Service",
    "Severity",
    "Shift",
    "Side",
    "Site",
    "Sitrep",
    "Staffing",
    "Stage",
    "StatusPage",
    "Timing",
    "Trigger",
    "Variable",
    "Verification",
    "VerificationItem",
    "WarningColour",
    "Warnings",
    "Who",
    "Window",
    "WordingRule",
]


class Plan(Part):
    """The whole plan. Two plans with the same content have the same `hash`, whichever files they came from."""

    version: str = Field(description="The version people quote: 按方案 v3.1 执行.")
    name: Bi = Field(description="What the plan is called.")
    effective: date = Field(description="The day from which it holds.")
    approver: PersonId = Field(description="The person who approved it.")
    time_zone: str = Field(description="The zone of all its clock times, an IANA name.")
    language: Language = Field(description="The language where nothing else is known.")
    rooms: tuple[Literal["feishu", "slack", "sandbox"], ...] = Field(
        (), description="The platforms where an incident has its rooms and people are called first; none: all that are served."
    )

    groups: ById[Group] = Field(description="The four groups.")
    posts: ById[Post] = Field(description="The posts in them.")
    roles: ById[Role] = Field(description="The roles of an incident.")
    people: ById[Person] = Field(description="Everybody who can be called.")
    shifts: ById[Shift] = Field(description="The shifts of the day.")
    rota: tuple[DutyRule, ...] = Field(description="Who is on duty when.")
    leave: tuple[Leave, ...] = Field((), description="Who is away when.")

    links: ById[Link] = Field(description="The four links of the business.")
    sites: ById[Site] = Field(description="The warehouses.")
    services: ById[Service] = Field(description="The services of the platform.")
    dependencies: ById[Dependency] = Field(description="What services need.")
    restore_order: tuple[ServiceId, ...] = Field(description="Services and dependencies in the order they are brought back.")
    clock: Clock = Field(description="The operating clock.")
    packs: ById[Pack] = Field(description="Things kept ready.")
    parties: ById[Party] = Field(description="Those outside who must be told.")
    measures: ById[Measure] = Field(description="Major measures, which need the commander's approval.")

    grading: Grading = Field(description="How a fault gets its level.")
    severities: ById[Severity] = Field(description="The levels, the lightest first.")
    key_moments: ById[KeyMoment] = Field(description="Moments that must stand in the timeline.")
    timing: Timing = Field(description="Every delay that belongs to no severity.")
    verification: Verification = Field(description="What is verified after the repair.")
    observation: Observation = Field(description="What ends observation early.")
    closing: Closing = Field(description="What the end takes.")

    risks: ById[Risk] = Field(description="The eight risks.")
    risk_scale: RiskScale = Field(description="How risks are scored.")
    alert_rules: ById[AlertRule] = Field(description="What monitoring watches.")
    alert_policy: AlertPolicy = Field(description="How alerts are thinned out.")
    checklists: ById[Checklist] = Field(description="What the technical side does, cause by cause.")
    fault_types: ById[FaultType] = Field(description="Faults and their causes.")
    playbooks: ById[Playbook] = Field(description="What the business side does, link by link.")
    forms: ById[PaperForm] = Field(description="Forms on paper.")
    documents: Documents = Field(description="The shapes of what is written.")
    obligations: ById[Obligation] = Field(description="What may have to be reported.")
    drills: ById[Drill] = Field(description="The rehearsals.")
    drill_program: DrillProgram = Field(description="How often, which, and how they are judged.")
    warning: Warnings = Field(description="预警: before it happens.")
    comms: Comms = Field(default_factory=Comms, description="Words to the outside.")

    hash: str = Field("", min_length=0, description="Of the content; written by the loader, never in a file.")

    def content_hash(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 of the content; the order of entries counts, their files do not."""
        return hashlib.sha256(self.model_dump_json(exclude={"hash"}).encode()).hexdigest()[:12]
