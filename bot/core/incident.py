"""The state of an incident: what its events add up to. Everything here is a value; `bot.core.life.evolve` is the only maker of new ones.

Times are aware UTC. Persons, posts, roles, severities, sites, links and services are ids of the plan that the incident has pinned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from bot.core.outward.state import Outward
from bot.words import Text

PersonId = str
Stage = Literal[
    "warning", "reported", "assessing", "activated", "responding", "verifying", "observing", "ended", "reviewing", "closed",
    "false_alarm", "merged",
]  # fmt: skip
Side = Literal["technical", "business"]
Element = Literal["symptom", "time", "scope"]
MomentKind = Literal["detected", "acknowledged", "assembled", "mitigated", "recovered"]

LIVE: frozenset[str] = frozenset({"warning", "reported", "assessing", "activated", "responding", "verifying", "observing"})
SIDES: tuple[Side, Side] = ("technical", "business")
UNKNOWN = 0  # the score of 不知道


@dataclass(frozen=True, slots=True)
class Report:
    """The three elements (clause 4.1-4) and what was recognised in them. `words` is what was typed, untouched."""

    symptom: str
    words: str
    started_at: datetime | None
    started_text: str
    discovered_at: datetime
    scope: str
    services: tuple[str, ...]
    links: tuple[str, ...]
    sites: tuple[str, ...]
    unknown: tuple[str, ...]
    reporter: PersonId
    source: str  # "chat", "message", "warning", "alert:<rule>"
    source_link: str = ""

    @property
    def missing(self) -> tuple[Element, ...]:
        """The elements still 待补. The scope is known once a site, a link, a service or words of extent are."""
        have: dict[Element, bool] = {
            "symptom": bool(self.symptom.strip()),
            "time": self.started_at is not None or bool(self.started_text),
            "scope": bool(self.scope.strip() or self.sites or self.services or self.links),
        }
        return tuple(element for element, known in have.items() if not known)


@dataclass(frozen=True, slots=True)
class Addition:
    text: str
    by: PersonId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Assessor:
    """Somebody called to grade before there is a level: the commander on duty (side None) or one assessor of a side."""

    person: PersonId
    post: str
    side: Side | None
    site: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    side: Side
    question: str
    score: int  # 1..3, or UNKNOWN
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """A side's answer about the overrides: which hold, or 不知道."""

    side: Side
    hits: tuple[str, ...]
    unknown: bool
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Grade:
    """One grading (clause 4.2-2, 4.2-3). `computed` comes from the answers, `ordered` from a person with a reason."""

    level: str
    kind: Literal["computed", "ordered"]
    provisional: bool
    impact: int | None
    urgency: int | None
    overrides: tuple[str, ...]
    reason: str
    by: PersonId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Loss:
    """A range of direct loss in CNY, never one number (clause 4.2-2). high None = open-ended."""

    low: Decimal
    high: Decimal | None
    source: str
    by: PersonId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Activation:
    """pre: nobody decided in time, so people, room and timeline only, nothing external, no major measure, until confirmed (4.3-1)."""

    level: str
    at: datetime
    by: PersonId | None
    pre: bool
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    role: str
    person: PersonId
    since: datetime


@dataclass(frozen=True, slots=True)
class Handover:
    """An offered handover; nothing changes until `taker` accepts. `brief` answers the nine points of the plan."""

    role: str
    giver: PersonId
    taker: PersonId
    brief: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One person called for a post. why: duty (tonight's rota) · role · deputy · ordered (somebody named them)."""

    person: PersonId
    at: datetime
    why: Literal["duty", "role", "deputy", "ordered"]
    ring: bool = False  # paged loudly, not only written to
    state: Literal["ringing", "here", "cannot"] = "ringing"
    answered_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A post that must be filled at a site, and everybody called for it so far. `step` is the rung of the ladder reached (0..3)."""

    id: str
    post: str  # a post or role id
    site: str | None
    links: tuple[str, ...]
    required: bool
    attempts: tuple[Attempt, ...]
    step: int
    step_at: datetime
    exhausted: bool = False

    @property
    def here(self) -> PersonId | None:
        return next((a.person for a in self.attempts if a.state == "here"), None)

    @property
    def ringing(self) -> tuple[PersonId, ...]:
        return tuple(a.person for a in self.attempts if a.state == "ringing")


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a checklist. `text` is a phrase of the plan, or typed when added on the fly. minutes: how long it should take."""

    id: str
    text: Text
    post: str
    minutes: int
    due_at: datetime | None
    gate: bool = False
    measure: str | None = None
    owner: PersonId | None = None
    state: Literal["todo", "done", "skipped", "blocked"] = "todo"
    note: str = ""
    by: PersonId | None = None
    at: datetime | None = None
    chased: int = 0  # 1 the owner was asked, 2 the lead was told


@dataclass(frozen=True, slots=True)
class Checklist:
    id: str  # a checklist or playbook id of the plan
    name: Text
    side: Side
    items: tuple[Item, ...]
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """An order with a name and a time (clause 2.1-2). asked -> accepted -> done, or declined with a reason."""

    id: str
    what: str
    owner: PersonId
    by: PersonId
    at: datetime
    due_at: datetime
    state: Literal["asked", "accepted", "declined", "done"] = "asked"
    result: str = ""
    changed_at: datetime | None = None
    chased: int = 0


@dataclass(frozen=True, slots=True)
class Broadcast:
    id: str
    text: str
    by: PersonId
    at: datetime
    to: tuple[PersonId, ...]
    confirmed: Mapping[PersonId, datetime] = field(default_factory=dict)
    reminded_at: datetime | None = None

    @property
    def waiting(self) -> tuple[PersonId, ...]:
        return tuple(person for person in self.to if person not in self.confirmed)


FigureKind = Literal["orders", "customers", "amount", "goods", "vehicles", "other"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number from the business side with its time and source (clause 2.3-3). `value` is kept as typed, `amount` as read."""

    kind: FigureKind
    value: str
    amount: Decimal | None
    site: str | None
    source: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Cause:
    id: str
    text: str
    state: Literal["suspected", "proven", "excluded"]
    evidence: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Measure:
    """A major measure (clauses 2.1-3, 2.2-4, 2.2-5): proposed -> approved | rejected -> executing -> executed.

    Two-person kinds need `executor` and a different `checker` before they count as executed.
    """

    id: str
    kind: str
    what: str
    why: str
    cost: str
    way_back: str
    plan_b: str
    proposer: PersonId
    at: datetime
    decide_by: datetime
    state: Literal["proposed", "approved", "rejected", "executing", "executed"] = "proposed"
    decided_by: PersonId | None = None
    decided_at: datetime | None = None
    reason: str = ""
    executor: PersonId | None = None
    executed_at: datetime | None = None
    checker: PersonId | None = None
    result: str = ""
    chased: bool = False


@dataclass(frozen=True, slots=True)
class Sitrep:
    """A situation report: `typed` by a person, `auto` filled by the bot at that moment (11_docs sitrep, twelve fields)."""

    number: int
    by: PersonId
    at: datetime
    typed: Mapping[str, str]
    auto: Mapping[str, Text]
    next_at: datetime
    on_time: bool


@dataclass(frozen=True, slots=True)
class Moment:
    kind: MomentKind
    at: datetime
    by: PersonId | None


@dataclass(frozen=True, slots=True)
class Check:
    """One verification item. Passed only by somebody who did not fix (clause 4.4-5); a waiver counts once approved."""

    id: str
    kind: Literal["functional", "data", "business"]
    role: str
    text: Text
    state: Literal["open", "passed", "failed", "waiver_asked", "waived"] = "open"
    by: PersonId | None = None
    at: datetime | None = None
    note: str = ""
    approver: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    started_at: datetime
    until: datetime
    passed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attestation:
    """人工签认: a named person vouches for a condition that no module can check yet (architecture 16)."""

    condition: str
    by: PersonId
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A command-centre seat's signature under the end. `seat` is the post it was given for."""

    seat: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    assessment: str
    by: PersonId
    at: datetime
    approvals: tuple[Approval, ...]
    ended_at: datetime | None = None
    reminded: int = 0
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    group: str
    text: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """An improvement (clause 4.5-5): open -> done (with evidence) -> verified by another person, or sent back to open."""

    id: str
    text: str
    owner: PersonId
    due: date
    how: str
    by: PersonId
    at: datetime
    state: Literal["open", "done", "verified"] = "open"
    evidence: str = ""
    done_by: PersonId | None = None
    checked_by: PersonId | None = None
    check_note: str = ""
    chased: int = 0


@dataclass(frozen=True, slots=True)
class Deviation:
    """A step of the plan that was skipped or taken early, with the reason given (only `ended` is gated; decision 16)."""

    what: Text
    reason: str
    by: PersonId | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something the bot could not do and people must know: a parked effect, somebody not invited, a room that waits its turn."""

    key: str
    kind: Literal["parked", "not_invited", "waiting"]
    why: Text
    people: tuple[PersonId, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """A platform that takes no calls. over: where people are called meanwhile. alone: who of everybody is reached on none of those."""

    since: datetime
    over: tuple[str, ...]
    alone: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody with something to do here left a room of the incident. over: they are back. times: how often it has happened."""

    person: PersonId
    slot: str
    at: datetime
    times: int = 1
    over: bool = False


@dataclass(frozen=True, slots=True)
class Warning:
    """预警: before it happens (clause 3.3-2)."""

    hazard: str
    colour: str
    site: str | None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A proposal to escalate that the bot has made, so that it is made once. rule: index in the plan's automatic escalation."""

    rule: str
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident or drill. `id` is what people say: INC-42."""

    id: str
    mode: Literal["real", "drill"]
    plan_hash: str
    plan_version: str
    stage: Stage
    stage_since: datetime
    reported_at: datetime
    report: Report
    additions: tuple[Addition, ...] = ()
    warning: Warning | None = None
    confidential: bool = False
    acknowledged_at: datetime | None = None
    centre_step: int = 0  # how often the command centre was called: 1 the commander on duty, 2 the deputies
    assessors: tuple[Assessor, ...] = ()
    missing_asked: int = 0
    missing_asked_at: datetime | None = None
    # grading
    answers: Mapping[str, Answer] = field(default_factory=dict)  # key "side:question"
    rulings: Mapping[str, Ruling] = field(default_factory=dict)  # key side
    stopped: tuple[Side, ...] = ()
    grades: tuple[Grade, ...] = ()
    losses: tuple[Loss, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    # response
    activation: Activation | None = None
    roles: Mapping[str, Holder] = field(default_factory=dict)
    handover: Handover | None = None
    commander_seen_at: datetime | None = None  # the commander's last sign of life
    commander_silence_told: bool = False
    absences: Mapping[PersonId, Absence] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    rings: Mapping[PersonId, tuple[str, ...]] = field(default_factory=dict)  # slots of pages that still ring
    roll_called_at: datetime | None = None
    faults: tuple[str, ...] = ()  # fault checklists chosen
    checklists: tuple[Checklist, ...] = ()
    tasks: tuple[Task, ...] = ()
    broadcasts: tuple[Broadcast, ...] = ()
    figures: tuple[Figure, ...] = ()
    causes: tuple[Cause, ...] = ()
    measures: tuple[Measure, ...] = ()
    sitreps: tuple[Sitrep, ...] = ()
    update_due: datetime | None = None
    update_chased: int = 0
    moments: Mapping[str, Moment] = field(default_factory=dict)
    moments_asked: tuple[str, ...] = ()
    notes: int = 0
    pinned: tuple[str, ...] = ()  # keys of messages taken to the timeline
    # recovery and after
    fixers: tuple[PersonId, ...] = ()
    checks: tuple[Check, ...] = ()
    verifiers_reminded: int = 0
    verifiers_reminded_at: datetime | None = None
    observation: Observation | None = None
    attestations: Mapping[str, Attestation] = field(default_factory=dict)
    ending: Ending | None = None
    reopened: int = 0
    reopen_reason: str = ""
    moves: int = 0  # reopenings after the archive: each has rooms of its own (bot.core.housing)
    moved_at: datetime | None = None
    summaries: Mapping[str, Summary] = field(default_factory=dict)
    summaries_chased: int = 0
    review_at: datetime | None = None
    review_reminded: int = 0
    review_held_at: datetime | None = None
    actions: tuple[Action, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    merged_into: str | None = None
    absorbed: tuple[str, ...] = ()
    close_reason: str = ""
    outward: Outward = field(default_factory=Outward)  # words to the outside
    # what the bot did for it
    rooms: tuple[str, ...] = ()  # slots of rooms that stand
    troubles: tuple[Trouble, ...] = ()
    waited: tuple[str, ...] = ()  # slots of rooms that could not open at once
    outages: Mapping[str, Outage] = field(default_factory=dict)  # by platform
    refuges: tuple[str, ...] = ()  # platforms where its rooms are only because every other one was lost

    @property
    def level(self) -> str | None:
        """The level in force: that of the response once started, else that of the newest grading."""
        return self.grades[-1].level if self.grades else None

    @property
    def provisional(self) -> bool:
        return bool(self.grades) and self.grades[-1].provisional

    @property
    def live(self) -> bool:
        return self.stage in LIVE

    @property
    def responding(self) -> bool:
        """The response runs: started (pre-started counts) and not yet ended."""
        return self.stage in ("activated", "responding", "verifying", "observing")

    @property
    def external_allowed(self) -> bool:
        """Nothing external and no major measure while only pre-activated (clause 4.3-1)."""
        return self.activation is not None and (not self.activation.pre or self.activation.confirmed_at is not None)

    @property
    def commander(self) -> PersonId | None:
        holder = self.roles.get("commander")
        return holder.person if holder else None

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Everybody who belongs in the room: reporter, assessors, role holders, and all who were called."""
        found = [self.report.reporter, *(a.person for a in self.assessors), *(h.person for h in self.roles.values())]
        found += [attempt.person for call in self.calls for attempt in call.attempts if attempt.state != "cannot"]
        return tuple(dict.fromkeys(found))
