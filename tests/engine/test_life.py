"""Whatever happens, in whatever order: every promised effect is done or parked, and what is posted is posted once.

A machine makes boards, writes on them, lets calls fail in every way there is, kills the process and starts another. In the end all is
calm, everything parked is tried again, and the oracle looks at what stands.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from bot.engine import Habits
from bot.platforms.port import Capabilities, Pace
from bot.store import outbox
from bot.store.database import Database
from tests.engine import toy
from tests.engine.toy import Answered, Assemble, Board, Bot, SetAlarm, Write
from tests.engine.virtual import VirtualLoop
from tests.platforms.double import Double, Fault

FAULTS = st.builds(
    Fault,
    st.sampled_from(["later", "never", "bug", "hang"]),
    st.sampled_from([None, 1.0, 30.0]),
).flatmap(lambda fault: st.booleans().map(lambda done: Fault(fault.kind, fault.seconds, done and _leaves_doubt(fault))))


def _leaves_doubt(fault: Fault) -> bool:
    """Only such a failure may have been done all the same."""
    return fault.kind in ("bug", "hang") or (fault.kind == "later" and fault.seconds is None)


PACES: tuple[tuple[Pace, ...], ...] = (
    (),
    (Pace(("show", "say", "tell", "page"), 3, 5.0), Pace(("redraw",), 1, 5.0), Pace(("pin",), 1, 20.0)),
    (Pace(("show", "say", "attach"), 1, 1.0, per_room=True), Pace(("open_room",), 1, 30.0), Pace(("invite", "set_topic"), 2, 10.0)),
)


class Machine(RuleBasedStateMachine):
    """One database, one platform, one process after another. Time is virtual."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.empty, self.folder / "db")
        self.loop = VirtualLoop()
        self.double = Double(latency=0.3)
        self.double.fault = self.next_fault
        self.faults: list[Fault] = []
        self.boards: list[str] = []
        self.said: dict[str, list[str]] = {}
        self.answered: set[str] = set()
        self.bot: Bot | None = None
        self.dead: list[Bot] = []
        self.database: Database | None = None

    def next_fault(self, verb: str, about: str) -> Fault | None:
        return self.faults.pop() if self.faults else None

    @property
    def living(self) -> Bot:
        assert self.bot is not None
        return self.bot

    @initialize(seed=st.integers(0, 2**16))
    def begin_life(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.double.capabilities = Capabilities(paces=self.dice.choice(PACES), opens_empty=self.dice.random() < 0.5)
        self.start()

    def start(self) -> None:
        self.database = Database(f"sqlite:///{self.folder / 'db'}")
        habits = Habits(alone=True, at_once=self.dice.choice([1, 3, 64]))
        self.bot = Bot(self.database, self.double, habits=habits, threads=toy.shaky(self.dice), dice=self.dice)
        self.loop.run_until_complete(self.bot.__aenter__())

    @rule(urgent=st.booleans())
    def report(self, urgent: bool) -> None:
        self.boards.append(self.loop.run_until_complete(self.living.begin(urgent=urgent)))

    @precondition(lambda self: self.boards)
    @rule(data=st.data(), text=st.sampled_from("abcdef"))
    def write(self, data: st.DataObject, text: str) -> None:
        record = data.draw(st.sampled_from(self.boards))
        self.living.do(Write(text), record)
        self.said.setdefault(record, []).append(text)

    @precondition(lambda self: self.boards)
    @rule(data=st.data())
    def assemble(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(self.boards))
        self.living.do(Assemble(), record)
        self.answered -= {f"{record}/page:{person}" for person in toy.PEOPLE}  # whoever has answered may be called anew

    @precondition(lambda self: self.boards)
    @rule(data=st.data(), person=st.sampled_from(toy.PEOPLE))
    def answer(self, data: st.DataObject, person: str) -> None:
        record = data.draw(st.sampled_from(self.boards))
        if cast(Board, self.living.service.incident(record)).assembled:
            self.living.do(Answered(person), record)
            self.answered.add(f"{record}/page:{person}")

    @precondition(lambda self: self.boards)
    @rule(data=st.data())
    def ring(self, data: st.DataObject) -> None:
        record = data.draw(st.sampled_from(self.boards))
        self.living.do(SetAlarm(toy.START), record)
        for timer in self.living.service.due():
            self.living.service.ring(timer.key)
            self.living.service.ring(timer.key)

    @rule(faults=st.lists(FAULTS, min_size=1, max_size=5))
    def misbehave(self, faults: list[Fault]) -> None:
        self.faults += faults

    @rule(seconds=st.sampled_from([0.05, 0.29, 0.31, 0.7, 2.0, 20.0, 100.0]))
    def live(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @rule()
    def kill(self) -> None:
        """What was on its way to the platform arrives; a process takes longer to start than that."""
        self.living.die()
        self.dead.append(self.living)
        self.live(self.double.latency)
        self.start()

    @rule()
    def restart_in_peace(self) -> None:
        self.loop.run_until_complete(self.living.engine.stop())
        self.start()

    @rule()
    def retry_what_is_parked(self) -> None:
        self.living.service.retry(*(stuck.id for stuck in self.living.service.stuck() if stuck.status == "parked"))

    @invariant()
    def nothing_stands_twice(self) -> None:
        assert self.double.doubled() == []

    def teardown(self) -> None:
        try:
            if self.bot is not None:
                self.come_to_rest()
                self.judge()
        finally:
            self.end()

    def come_to_rest(self) -> None:
        self.faults.clear()
        for _ in range(3):  # what waits for a room that is parked comes to rest when somebody has the room tried again
            self.live_until_calm()
            self.retry_what_is_parked()
        self.loop.run_until_complete(self.living.idle(2_000.0))

    def live_until_calm(self) -> None:
        """Two hundred seconds, but of calm not more than what outlasts the longest call: each second costs a look at the database."""
        for _ in range(8):
            calm = not self.unfinished()
            self.live(25.0)
            if calm:
                break

    def unfinished(self) -> list[outbox.Row]:
        assert self.database is not None
        with self.database.read() as connection:
            return outbox.stuck(connection, self.database.clock, -1.0)

    def judge(self) -> None:
        """Everything promised is done, everything said stands once, every card looks like its record."""
        service = self.living.service
        assert self.unfinished() == []
        assert self.double.doubled() == []
        for record in self.boards:
            state: Any = None
            for event, stamp in service.events(record):
                state = toy.evolve(state, event, stamp)
            assert state == service.incident(record)
            room = self.double.room(f"{record}/war")
            assert sorted(room.people) == sorted(toy.PEOPLE)
            assert max(room.invited.values()) == 1
            lines = [m.looks[0].strip("'") for m in self.double.messages.values() if m.key.startswith(f"{record}/line:")]
            assert sorted(lines) == sorted(self.said.get(record, []))
            for key in (f"{record}/status", f"{record}/digest"):
                (card,) = self.double.posts(key)
                assert card.looks[-1] == repr(service.draw(record, "status", {}))
            assert len(room.pins) == 1
            if state.assembled:
                assert len(self.double.posts(f"{record}/roll")) == 1
                assert room.topic == "'assembled'"
                assert all(len(self.double.posts(f"{record}/dm:{person}")) == 1 for person in toy.PEOPLE)
        for key in self.answered:
            assert not any(message.ringing for message in self.double.posts(key))

    def end(self) -> None:
        if self.bot is not None:
            self.living.die()
        while tasks := asyncio.all_tasks(self.loop):  # an engine that nobody stopped puts the next job in the place of a cancelled one
            for task in tasks:
                task.cancel()
            self.loop.run_until_complete(asyncio.wait(tasks))
        self.loop.close()
        if self.database is not None:
            self.database.close()
        shutil.rmtree(self.folder)


def live_many_lives(empty: Path, examples: int, steps: int) -> None:
    class Here(Machine):
        pass

    Here.empty = empty
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
        ),
    )


def test_every_promise_is_kept_through_kills_and_failures(migrated: Path) -> None:
    live_many_lives(migrated, examples=8, steps=15)


@pytest.mark.soak
def test_every_promise_is_kept_through_thousands_of_kills_and_failures(migrated: Path) -> None:
    live_many_lives(migrated, examples=1500, steps=60)
