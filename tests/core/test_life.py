"""Whatever anybody asks of an incident at whatever moment: no sequence of commands breaks what must always hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from bot.core import commands as c
from bot.core import events as e
from bot.core import life, response, signatures
from bot.core.conditions import conditions, unmet
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import Event, Stamp
from bot.core.incident import Incident, Warning
from bot.core.outward.events import NoticeSent, NoticeSigned
from bot.core.verification import repairers
from bot.core.world import World
from bot.store.codec import Codec, Named
from tests.core.chance import anything, usual, waiting
from tests.core.drive import Drive, plan, report_of
from tests.core.walk import ended, observed, verifying

STATES: Codec[Incident] = Codec(Incident)
EVENTS: Named[Event] = Named(Event)
SEED = st.integers(0, 2**32)
WAYS = {
    "warning": {"reported", "closed", "merged", "false_alarm"},
    "reported": {"assessing", "activated", "closed", "merged", "false_alarm"},
    "assessing": {"activated", "closed", "merged", "false_alarm"},
    "activated": {"responding", "assessing", "verifying", "observing", "merged", "false_alarm"},
    "responding": {"assessing", "verifying", "observing", "merged", "false_alarm"},
    "verifying": {"observing", "responding", "assessing", "merged", "false_alarm"},
    "observing": {"verifying", "responding", "ended", "assessing", "merged", "false_alarm"},
    "ended": {"reviewing", "closed", "responding"},
    "reviewing": {"closed", "responding"},
    "closed": {"responding"},
    "merged": set(),
    "false_alarm": set(),
}
"""Every way from stage to stage; `assessing` again is a cancelled pre-activation."""


def watch(before: Incident, event: Event, stamp: Stamp, after: Incident) -> None:
    """What must hold of one event in the state that it meets."""
    match event:
        case e.StageMoved(to=to):
            assert to == before.stage or to in WAYS[before.stage], f"{before.stage} -> {to}"
        case e.CheckPassed():
            assert stamp.by not in repairers(before, plan()), "a fixer verified"
            assert stamp.by != before.commander, "the commander verified"
        case e.MeasureStarted(measure=id, executor=executor):
            assert next(m for m in before.measures if m.id == id).state == "approved"
            assert executor != before.commander
        case e.MeasureExecuted(measure=id, checker=checker):
            measure = next(m for m in before.measures if m.id == id)
            assert measure.state == "executing"
            assert measure.decided_by is not None
            assert checker is None or checker not in (measure.executor, before.commander)
        case e.IncidentEnded():
            _ended_rightly(after, stamp)
        case e.WaiverDecided(check=id, approved=True):
            assert stamp.by != next(check for check in before.checks if check.id == id).by, "waived one's own"
        case NoticeSigned(notice=id):
            notice = next(notice for notice in before.outward.notices if notice.id == id)
            authors = {notice.drafter, *(edit.by for edit in notice.edits[-1:])}
            assert stamp.by not in authors, "approved one's own words"
            assert stamp.by not in {signature.by for signature in notice.signatures}, "signed for two seats"
        case NoticeSent(notice=id, digest=digest):
            notice = next(notice for notice in before.outward.notices if notice.id == id)
            assert notice.state == "approved"
            assert not notice.waiting
            assert {signature.digest for signature in notice.signatures} <= {digest}
        case e.ActionVerified(action=id):
            action = next(action for action in before.actions if action.id == id)
            assert stamp.by not in (action.owner, action.done_by), "checked one's own"
        case _:
            pass


def _ended_rightly(after: Incident, stamp: Stamp) -> None:
    """All conditions met, and as many different people as signatures, for as many different seats, those that the level demands."""
    assert unmet(after, plan(), stamp.at) == ()
    given = signatures.approvals(after)
    people, seats = {approval.by for approval in given}, {approval.seat for approval in given}
    assert len(people) == len(seats) == len(given) > 0
    match after.level:
        case "severe":
            assert after.commander in people
            assert len(people) >= 2
        case "major":
            assert seats >= {"project_lead", "tech_lead", "business_lead"}


class Life(RuleBasedStateMachine):
    """One incident, anybody, any command, any time between two of them."""

    def __init__(self) -> None:
        super().__init__()
        self.drive = Drive()
        self.stored = ""

    @initialize(begin=st.sampled_from(["reported", "warning", "alone", "approved", "verifying", "observed", "ended", "major"]))
    def it_begins(self, begin: str) -> None:
        match begin:
            case "verifying":
                self.drive = verifying()
            case "approved":  # a rollback that somebody may now carry out
                self.drive = verifying()
                self.drive.do(c.ProposeMeasure("rollback", "回滚", "新版报错", "2 分钟", "再发布", "限流"), "wuhao")
                self.drive.do(c.ApproveMeasure("m1"), "linyuan")
            case "observed":
                self.drive = observed()
            case "ended":
                self.drive = ended()
            case "warning":
                self.drive.do(c.RaiseWarning(report_of("台风"), Warning("typhoon", "orange", "shanghai")), "suqing")
            case "alone":  # nobody decides, so the bot starts it before anybody does
                self.drive.do(c.ReportIncident(report_of()), "wangmin")
                self.drive.wait(hours=1)
            case "major":
                self.drive = verifying("major")
            case _:
                self.drive.do(c.ReportIncident(report_of()), "wangmin")

    @rule(seed=SEED, times=st.sampled_from([1, 10, 30]))
    def people_ask_for_anything(self, seed: int, times: int) -> None:
        random = Random(seed)
        for _ in range(times):
            self.ask(*anything(self.drive, random))

    @rule(seed=SEED, times=st.sampled_from([1, 5]))
    def somebody_answers_what_waits(self, seed: int, times: int) -> None:
        random = Random(seed)
        for _ in range(times):
            self.ask(*random.choice(random.choice(waiting(self.drive))))

    @rule(seed=SEED)
    def somebody_does_the_next_sensible_thing(self, seed: int) -> None:
        self.ask(*Random(seed).choice(usual(self.drive)))

    @precondition(lambda self: self.drive.incident.stage in ("verifying", "observing"))
    @rule()
    def everybody_does_what_is_left(self) -> None:
        for command, by in usual(self.drive):
            self.ask(command, by)

    @rule(minutes=st.sampled_from([0, 1, 7, 31, 61, 300, 60 * 24 * 3, 60 * 24 * 9]))
    def time_passes(self, minutes: int) -> None:
        """Deadlines ring in order; each is gone once it rang."""
        until = self.drive.now + timedelta(minutes=minutes)
        for _ in range(400):
            due = [d for d in self.deadlines() if d.at <= until]
            if not due:
                break
            first = min(due, key=lambda deadline: deadline.at)
            self.drive.now = max(self.drive.now, first.at)
            self.ask(c.Ring(first.kind, first.subject, first.at), None)
            assert first not in self.deadlines(), f"{first} rang and is still planned"
        else:
            raise AssertionError(f"no end of deadlines: {due[:3]}")
        self.drive.now = until

    def deadlines(self) -> tuple[Deadline, ...]:
        return life.deadlines(self.drive.incident, plan())

    def ask(self, command: c.IncidentCommand, by: str | None) -> None:
        """Refused changes nothing; decided is watched event by event."""
        before, world = self.drive.incident, self.drive.world
        try:
            events = life.decide(before, command, by, world)
        except Refused:
            return
        self.fold(before, events, by, world)

    def fold(self, before: Incident, events: tuple[Event, ...], by: str | None, world: World) -> None:
        state = before
        stamped: list[tuple[Event, Stamp]] = []
        for event in events:
            stamp = Stamp(world.now, by, len(self.drive.log) + len(stamped) + 1)
            after = life.evolve(state, event, stamp)
            assert isinstance(after, Incident)
            watch(state, event, stamp, after)
            stamped.append((event, stamp))
            state = after
        self.drive.log.extend(stamped)
        self.drive.state = state
        effects = life.react(before, tuple(stamped), state, world)
        slots = [effect.slot for effect in effects if hasattr(effect, "slot")]
        assert len(slots) == len(set(slots)), "one slot for two effects"
        _command_changed_hands_rightly(before, events, by, state, world)

    @invariant()
    def the_commander_owns_nothing_hands_on(self) -> None:
        state = self.drive.state
        if state is None or state.commander is None:
            return
        owned = [item for checklist in state.checklists for item in checklist.items if item.owner == state.commander]
        assert not [item for item in owned if item.state == "todo" and not response.decides(plan(), item.post)]

    @invariant()
    def the_end_is_signed(self) -> None:
        state = self.drive.state
        if state is not None and state.stage in ("ended", "reviewing"):
            assert state.ending is not None
            assert state.ending.ended_at is not None

    def teardown(self) -> None:
        """The events add up to the state, and both come back from their stored form as they were."""
        folded: Incident | None = None
        for place, (event, stamp) in enumerate(self.drive.log, 1):
            assert stamp.seq == place
            again = EVENTS.load(*EVENTS.dump(event))
            assert same(again, event)
            made = life.evolve(folded, again, stamp)
            assert isinstance(made, Incident)
            folded = made
        assert folded == self.drive.state
        if folded is not None:
            assert STATES.load(STATES.dump(folded)) == folded


def same(one: object, other: object) -> bool:
    """As objects: a type checker takes seconds to compare every event with every other."""
    return one == other


def _command_changed_hands_rightly(before: Incident, events: tuple[Event, ...], by: str | None, after: Incident, world: World) -> None:
    """A commander is replaced only by a successor who accepted, or where nothing was heard of the old one for the plan's time."""
    if before.commander is None or after.commander == before.commander:
        return
    accepted = any(isinstance(event, e.HandoverEnded) and event.accepted for event in events)
    heard = before.commander_seen_at
    left = before.commander in before.absences
    silent = left or heard is None or world.now - heard >= timedelta(minutes=plan().timing.silence_commander_min)
    assert (accepted and before.handover is not None and before.handover.taker == by) or silent


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=examples < 100,
        ),
    )


def test_no_sequence_of_commands_breaks_an_invariant() -> None:
    run(examples=30, steps=40)


@pytest.mark.soak
def test_no_long_sequence_of_commands_breaks_an_invariant() -> None:
    run(examples=400, steps=60)


def test_a_deadline_that_is_not_planned_rings_for_nothing() -> None:
    drive = verifying()
    assert drive.do(c.Ring("recovery.verifiers", "checks", drive.now - timedelta(days=1))) == ()
    assert drive.do(c.Ring("nonsense", "x", drive.now)) == ()


def test_a_deadline_rung_twice_happens_once() -> None:
    drive = verifying()
    [at] = [d.at for d in life.deadlines(drive.incident, plan()) if d.kind == "recovery.verifiers"]
    drive.now = at
    assert drive.do(c.Ring("recovery.verifiers", "checks", at))
    assert drive.do(c.Ring("recovery.verifiers", "checks", at)) == ()


def test_conditions_are_those_of_the_pinned_plan() -> None:
    drive = verifying()
    fewer = plan().model_copy(update={"closing": plan().closing.model_copy(update={"conditions": plan().closing.conditions[:1]})})
    assert len(conditions(drive.incident, fewer)) == 1
    assert replace(drive.incident, plan_hash="x").plan_hash == "x"
