"""The whole core behind four functions: decide, evolve, deadlines, react. Each hands on to the subject that the value belongs to.

Adding a subject: its command and event unions stand in commands.py and events.py; its branch stands here in each function.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, assert_never

from bot.core import (
    after,
    calling,
    checklist,
    grading,
    housing,
    machine,
    measures,
    outage,
    people,
    post,
    recovery,
    report,
    rights,
    roster,
    updates,
    work,
)
from bot.core.commands import (
    AfterCommand,
    CallingCommand,
    ChecklistCommand,
    Command,
    CommandCommand,
    FollowPlatforms,
    GradingCommand,
    MeasureCommand,
    RaiseWarning,
    RecordOutcome,
    RecoveryCommand,
    ReportCommand,
    ReportIncident,
    Ring,
    TeamCommand,
    UpdateCommand,
    WorkCommand,
)  # fmt: skip
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import (
    AfterEvent,
    BotEvent,
    CallingEvent,
    ChecklistEvent,
    CommandEvent,
    Event,
    GradingEvent,
    IncidentEnded,
    IncidentReported,
    LevelSet,
    MeasureEvent,
    OutageEvent,
    PersonLeft,
    RecoveryEvent,
    ReportEvent,
    Stamp,
    TeamEvent,
    UpdateEvent,
    WarningRaised,
    WorkEvent,
)  # fmt: skip
from bot.core.incident import Incident
from bot.core.outward import clocks, duties, inquiries, notices
from bot.core.outward.commands import DutyCommand, InquiryCommand, NoticeCommand
from bot.core.outward.events import DutyEvent, InquiryEvent, NoticeEvent, TellingAsked
from bot.core.people import Team
from bot.core.world import World
from bot.effects import Effect, Invite, OpenRoom, StopPage
from bot.plan.schema import Plan
from bot.words import line

PersonId = str
Record = Incident | Team


class Subject(Protocol):
    """What a module of this package offers when it has deadlines of its own."""

    @property
    def KINDS(self) -> frozenset[str]: ...
    def deadlines(self, state: Incident, plan: Plan) -> tuple[Deadline, ...]: ...
    def ring(self, state: Incident, ring: Ring, world: World) -> tuple[Event, ...]: ...


SUBJECTS: tuple[Subject, ...] = (
    report, grading, calling, post, checklist, work, measures, updates, recovery, after, notices, inquiries, duties,
)  # fmt: skip


# --- decide -----------------------------------------------------------------------------------------------------------------


def decide(state: Record | None, command: Command, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """What happens when `by` (None = the bot) asks for this now; raises Refused with what would be right."""
    rights.admit(command, by, world)
    if isinstance(command, TeamCommand):
        return roster.decide(state if isinstance(state, Team) else Team(), command, by, world)
    if isinstance(state, Team):
        return ()
    if state is None:
        if isinstance(command, ReportIncident | RaiseWarning):
            return _aware(report.open_new(command, by, world), by, world)
        raise Refused(line("没有 {record} 这个事件。发「列表」看进行中的。", record=world.record))
    events = _reinforced(state, _incident(state, command, by, world), by, world)
    return _duties_asked(state, _asked_to_tell(state, events, by, world), by, world)


def _aware(opening: tuple[Event, ...], by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Opened while a platform is lost: the incident knows it from the first moment."""
    if not world.team.lost:
        return opening
    folded: Record | None = None
    for event in opening:
        folded = evolve(folded, event, Stamp(world.now, by, 0))
    assert isinstance(folded, Incident)
    return (*opening, *outage.decide(folded, world))


def _incident(state: Incident, command: Command, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if isinstance(command, ReportCommand):
        return report.decide(state, command, by, world)
    if isinstance(command, GradingCommand):
        return grading.decide(state, command, by, world)
    if isinstance(command, CallingCommand):
        return calling.decide(state, command, by, world)
    if isinstance(command, CommandCommand):
        return post.decide(state, command, by, world)
    if isinstance(command, ChecklistCommand):
        return checklist.decide(state, command, by, world)
    if isinstance(command, WorkCommand):
        return work.decide(state, command, by, world)
    if isinstance(command, MeasureCommand):
        return measures.decide(state, command, by, world)
    if isinstance(command, UpdateCommand):
        return updates.decide(state, command, by, world)
    if isinstance(command, RecoveryCommand):
        return recovery.decide(state, command, by, world)
    if isinstance(command, AfterCommand):
        return after.decide(state, command, by, world)
    if isinstance(command, NoticeCommand):
        return notices.decide(state, command, by, world)
    if isinstance(command, InquiryCommand):
        return inquiries.decide(state, command, by, world)
    if isinstance(command, DutyCommand):
        return duties.decide(state, command, by, world)
    if isinstance(command, Ring):
        return _ring(state, command, world)
    if isinstance(command, RecordOutcome):
        return machine.decide(state, command, world)
    if isinstance(command, FollowPlatforms):
        return outage.decide(state, world)
    if isinstance(command, TeamCommand):
        return ()
    assert_never(command)


def _reinforced(state: Incident, events: tuple[Event, ...], by: PersonId | None, world: World) -> tuple[Event, ...]:
    """A level that rises in a running response calls whoever is now needed, in the same decision (clause 4.3-2)."""
    if not state.responding or not any(isinstance(event, LevelSet) for event in events):
        return events
    folded: Record = state
    for event in events:
        folded = evolve(folded, event, Stamp(world.now, by, 0))
    assert isinstance(folded, Incident)
    return (*events, *calling.reinforce(folded, world))


def _asked_to_tell(state: Incident, events: tuple[Event, ...], by: PersonId | None, world: World) -> tuple[Event, ...]:
    """The end asks to tell everybody who was told of the trouble, in the same decision (clause 5.3-5)."""
    if not any(isinstance(event, IncidentEnded) for event in events):
        return events
    folded: Record = state
    for event in events:
        folded = evolve(folded, event, Stamp(world.now, by, 0))
    assert isinstance(folded, Incident)
    left = clocks.untold(folded, world.plan)
    return (*events, TellingAsked(left)) if left else events


def _duties_asked(state: Incident, events: tuple[Event, ...], by: PersonId | None, world: World) -> tuple[Event, ...]:
    """What may have to be reported is asked as soon as the grading or its cause can bring it, in the same decision."""
    if not any(isinstance(event, duties.RAISING) for event in events):
        return events
    folded: Record = state
    for event in events:
        folded = evolve(folded, event, Stamp(world.now, by, 0))
    assert isinstance(folded, Incident)
    return (*events, *duties.raised(folded, world))


def _ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    """A deadline that is no longer planned rings for nothing."""
    planned = any((d.kind, d.subject, d.at) == (ring.kind, ring.subject, ring.at) for d in deadlines(state, world.plan))
    if not planned or ring.at > world.now:
        return ()
    for subject in SUBJECTS:
        if ring.kind in subject.KINDS:
            return subject.ring(state, ring, world)
    return ()


# --- evolve -----------------------------------------------------------------------------------------------------------------


def evolve(state: Record | None, event: Event, stamp: Stamp) -> Record:
    """The record after the event; the only way a record changes."""
    if isinstance(event, TeamEvent):
        return people.evolve(state if isinstance(state, Team) else None, event, stamp)
    if state is None:
        assert isinstance(event, IncidentReported | WarningRaised), event
        return report.evolve_new(event, stamp)
    assert isinstance(state, Incident)
    after = _evolve(state, event, stamp)
    return after if isinstance(event, PersonLeft) else _seen(after, stamp)


def _evolve(state: Incident, event: Event, stamp: Stamp) -> Incident:
    if isinstance(event, ReportEvent):
        return report.evolve(state, event, stamp)
    if isinstance(event, GradingEvent):
        return grading.evolve(state, event, stamp)
    if isinstance(event, CallingEvent):
        return calling.evolve(state, event, stamp)
    if isinstance(event, CommandEvent):
        return post.evolve(state, event, stamp)
    if isinstance(event, ChecklistEvent):
        return checklist.evolve(state, event, stamp)
    if isinstance(event, WorkEvent):
        return work.evolve(state, event, stamp)
    if isinstance(event, MeasureEvent):
        return measures.evolve(state, event, stamp)
    if isinstance(event, UpdateEvent):
        return updates.evolve(state, event, stamp)
    if isinstance(event, RecoveryEvent):
        return recovery.evolve(state, event, stamp)
    if isinstance(event, AfterEvent):
        return after.evolve(state, event, stamp)
    if isinstance(event, NoticeEvent):
        return notices.evolve(state, event, stamp)
    if isinstance(event, InquiryEvent):
        return inquiries.evolve(state, event, stamp)
    if isinstance(event, DutyEvent):
        return duties.evolve(state, event, stamp)
    if isinstance(event, BotEvent):
        return machine.evolve(state, event, stamp)
    if isinstance(event, OutageEvent):
        return outage.evolve(state, event, stamp)
    assert not isinstance(event, TeamEvent)
    assert_never(event)


def _seen(state: Incident, stamp: Stamp) -> Incident:
    """Whatever somebody does is a sign of life: their phone need not ring any more, and a silent commander is not silent."""
    if stamp.by is None:
        return state
    if stamp.by in state.rings:
        state = replace(state, rings={who: slots for who, slots in state.rings.items() if who != stamp.by})
    if stamp.by == state.commander:
        state = replace(state, commander_seen_at=stamp.at, commander_silence_told=False)
    return state


# --- deadlines and reactions ------------------------------------------------------------------------------------------------


def deadlines(state: Record, plan: Plan) -> tuple[Deadline, ...]:
    """Every moment at which the record must be looked at again, as things stand; none of them is stored anywhere else."""
    if isinstance(state, Team):
        return ()
    return tuple(deadline for subject in SUBJECTS for deadline in subject.deadlines(state, plan))


def react(before: Record | None, events: tuple[tuple[Event, Stamp], ...], now: Record, world: World) -> tuple[Effect, ...]:
    """What the events ask of the world beside cards, in their order; the same effect twice is said once."""
    if isinstance(now, Team) or isinstance(before, Team):
        return ()
    found = [effect for event, stamp in events for effect in _react(before, event, stamp, now, world)]
    return (*(housing.addressed(effect, now) for effect in _together(found)), *_silence(before, now))


def _together(effects: list[Effect]) -> tuple[Effect, ...]:
    """One invitation per room, without those who are in it from its opening; the same effect twice is said once."""
    wanted: dict[str, tuple[list[str], list[str]]] = {}
    inside = {effect.slot: {*effect.members, *effect.groups} for effect in effects if isinstance(effect, OpenRoom)}
    for effect in effects:
        if isinstance(effect, Invite):
            persons, groups = wanted.setdefault(effect.room, ([], []))
            persons += [person for person in effect.people if person not in inside.get(effect.room, ())]
            groups += [group for group in effect.groups if group not in inside.get(effect.room, ())]
    found = [Invite(room, tuple(dict.fromkeys(persons)), tuple(dict.fromkeys(groups))) for room, (persons, groups) in wanted.items()]
    invites = [invite for invite in found if invite.people or invite.groups]
    return tuple(dict.fromkeys([*(effect for effect in effects if not isinstance(effect, Invite)), *invites]))


def _silence(before: Incident | None, now: Incident) -> tuple[Effect, ...]:
    """Phones that rang before and need not ring any more."""
    if before is None:
        return ()
    return tuple(StopPage(slot) for person, slots in before.rings.items() for slot in slots if slot not in now.rings.get(person, ()))


def _react(before: Incident | None, event: Event, stamp: Stamp, now: Incident, world: World) -> tuple[Effect, ...]:
    if isinstance(event, ReportEvent):
        return report.react(before, event, stamp, now, world)
    if isinstance(event, GradingEvent):
        regraded = calling.regraded(before, now, world) if isinstance(event, LevelSet) else ()
        return (*grading.react(before, event, stamp, now, world), *regraded)
    if isinstance(event, CallingEvent):
        return calling.react(before, event, stamp, now, world)
    if isinstance(event, CommandEvent):
        return post.react(before, event, stamp, now, world)
    if isinstance(event, ChecklistEvent):
        return checklist.react(before, event, stamp, now, world)
    if isinstance(event, WorkEvent):
        return work.react(before, event, stamp, now, world)
    if isinstance(event, MeasureEvent):
        return measures.react(before, event, stamp, now, world)
    if isinstance(event, UpdateEvent):
        return updates.react(before, event, stamp, now, world)
    if isinstance(event, RecoveryEvent):
        return recovery.react(before, event, stamp, now, world)
    if isinstance(event, AfterEvent):
        return after.react(before, event, stamp, now, world)
    if isinstance(event, NoticeEvent):
        return notices.react(before, event, stamp, now, world)
    if isinstance(event, InquiryEvent):
        return inquiries.react(before, event, stamp, now, world)
    if isinstance(event, DutyEvent):
        return duties.react(before, event, stamp, now, world)
    if isinstance(event, BotEvent):
        return machine.react(before, event, stamp, now, world)
    if isinstance(event, OutageEvent):
        return outage.react(before, event, stamp, now, world)
    assert not isinstance(event, TeamEvent)
    assert_never(event)
