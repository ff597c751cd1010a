"""One transaction per request: decide, evolve, append events, save, set timers, promise effects, keep the answer (decision 2).

Whatever a handler needs to know or to change goes through here. Nothing in this module calls a platform, and nothing in it knows
what an incident is: the `Rules` say what may happen, the service sees to it that all of it or nothing is remembered.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, cast

from bot.cards.model import Card, Form
from bot.core.commands import Command, FollowPlatforms, MarkPlatform, RecordOutcome, Ring
from bot.core.errors import Refused
from bot.core.events import Event, Stamp
from bot.core.outward.commands import RecordDelivery
from bot.effects import Effect, OpenRoom, PersonId, Show, Tell
from bot.store import outbox, records
from bot.store.codec import Codec, Named
from bot.store.database import Conflict, Connection, Database
from bot.store.outbox import STANDING as STANDING  # handlers name the standing rooms too
from bot.store.outbox import Ref, Row
from bot.store.plans import KeptPlans
from bot.store.promises import Promises
from bot.store.records import Happening, Saved, Timer
from bot.talk import Answer, Ask, Invalid, RecordId, Refusal, Request, Toast
from bot.words import Text, line

if TYPE_CHECKING:
    from bot.cards.views.placed import Placed
    from bot.core.due import Deadline
    from bot.core.incident import Incident
    from bot.core.people import Team
    from bot.core.spread import Spread
    from bot.core.world import World
    from bot.plan.schema import Plan

    State = Incident | Team
    _Looks = dict[str, tuple[Placed, Card]]

TEAM: RecordId = "team"
INCIDENTS = ("INC", "DRILL")
TRIES = 5
LONGEST_KEY = 200
REMEMBERED = 200  # records
ANSWERS_KEPT = timedelta(days=30)
NOTHING_MORE = Toast("")

Stamped = tuple["Event", "Stamp"]
Kind = Literal["room_opened", "waiting", "not_invited", "parked", "unparked"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What may happen, as functions: bot/app.py gives those of bot/core and bot/cards/views, a test may give a toy's.

    kind: "INC" or "DRILL" for a command that opens a record. outline: the stage's name and whether the record is still open.
    spread: on which platforms a record lives. standing: the rooms that stand for good, as effects that open them.
    """

    decide: Callable[[State | None, Command, PersonId | None, World], tuple[Event, ...]]
    evolve: Callable[[State | None, Event, Stamp], State]
    react: Callable[[State | None, tuple[Stamped, ...], State, World], tuple[Effect, ...]]
    deadlines: Callable[[State, Plan], tuple[Deadline, ...]]
    desk: Callable[[State, Plan], tuple[Placed, ...]]
    draw: Callable[[str, State, Plan, Mapping[str, str]], Card]
    priority: Callable[[State, Effect], int]
    kind: Callable[[Command], str]
    outline: Callable[[State], tuple[str, bool]]
    spread: Callable[[State, World], Spread]
    standing: Callable[[Plan], tuple[OpenRoom, ...]]
    world: Callable[[Plan, datetime, Team, RecordId, tuple[str, ...]], World]
    no_team: Team
    states: Codec[State]
    events: Named[Event]
    dump_plan: Callable[[Plan], str]
    load_plan: Callable[[str], Plan]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did, for the words of the answer. `before` is None when it opened the record."""

    record: RecordId
    before: State | None
    after: State
    events: tuple[Stamped, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """An incident or drill at one moment: its state and events, each as it is kept (JSON) and as a value."""

    kept: str
    happened: tuple[Happening, ...]
    state: Incident
    events: tuple[Stamped, ...]


@dataclass(frozen=True, slots=True)
class Stuck:
    """A promised effect that an operator should look at."""

    id: int
    record: RecordId
    platform: str
    effect: Effect
    status: str
    attempts: int
    why: Text


@dataclass(frozen=True, slots=True)
class _Read:
    """A record as one transaction found it."""

    saved: Saved | None
    state: State | None
    plan: Plan


@dataclass(frozen=True, slots=True)
class _Known:
    """What a committed version of a record is, so that it need not be read and drawn again."""

    version: int
    state: State
    looks: _Looks


class _Recent(dict[RecordId, _Known]):
    """The records that were touched of late; the one that came first goes first."""

    def __setitem__(self, record: RecordId, known: _Known) -> None:
        if record not in self and len(self) >= REMEMBERED:
            self.pop(next(iter(self)), None)
        super().__setitem__(record, known)


ANSWERS: Codec[Answer] = Codec(Answer)


class Service:
    """The one door for handlers, ears, clock and pages. Safe to use from several threads; every call is one short transaction."""

    def __init__(
        self,
        database: Database,
        rules: Rules,
        plan: Callable[[], Plan],
        now: Callable[[], datetime],
        platforms: Sequence[str],
        worker: str | None = None,
        opens_empty: Collection[str] = (),
    ) -> None:
        """`plan` gives the current plan, `now` aware UTC. `worker` is the engine of this process, None where it has none.

        `opens_empty` names the platforms on which one call opens a room and no more.
        """
        self.database = database
        self.promises = Promises(database.clock, worker, frozenset(opens_empty))
        self._rules, self._now, self.served = rules, now, tuple(platforms)
        self._wake: Callable[[Sequence[Row]], None] = lambda rows: None
        self._known: _Recent = _Recent()
        self.record_link: Callable[[PersonId, RecordId], str] = lambda person, record: ""
        """The personal address of a record's page; whoever serves pages says how it is made."""
        self._plans = KeptPlans(plan, rules.dump_plan, rules.load_plan)

    def on_promise(self, wake: Callable[[Sequence[Row]], None]) -> None:
        """Who is handed the committed rows of our own lanes (the engine's `wake`), in the committing thread."""
        self._wake = wake

    # --- reading ------------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self._now()

    def plan(self) -> Plan:
        """The plan in force now; a running incident has its own, `plan_of`."""
        return self._plans.current()

    def plan_of(self, record: RecordId) -> Plan:
        """The plan the record was opened under; the current one where there is no such record (and for the team)."""
        with self.database.read() as connection:
            saved = records.load(connection, record)
            return self._plans.current() if saved is None else self._pinned(connection, saved)

    def team(self) -> Team:
        with self.database.read() as connection:
            return self._team(connection)

    def incident(self, record: RecordId) -> Incident | None:
        with self.database.read() as connection:
            state = self._state(connection, record)
        return None if record == TEAM else cast("Incident | None", state)

    def incidents(self, open_only: bool = True) -> tuple[Incident, ...]:
        """Incidents and drills, each kind in the order of its numbers."""
        with self.database.read() as connection:
            found = records.versions(connection, INCIDENTS, open_only=open_only)
            states = [self._state(connection, record, version) for record, version in found]
        return tuple(cast("Incident", state) for state in states if state is not None)

    def events(self, record: RecordId) -> tuple[Stamped, ...]:
        """Everything that happened to the record, oldest first."""
        with self.database.read() as connection:
            kept = records.history(connection, record)
        return self._stamps(kept)

    def _stamps(self, kept: Sequence[Happening]) -> tuple[Stamped, ...]:
        return tuple((self._rules.events.load(h.kind, h.body), Stamp(h.at, h.by, h.seq)) for h in kept)

    def whole(self, record: RecordId) -> Whole | None:
        """The record as it is kept, state and events of one moment; None when there is none."""
        with self.database.read() as connection:
            saved = None if record == TEAM else records.load(connection, record)
            if saved is None:
                return None
            happened = tuple(records.history(connection, record)[: saved.version])
        return Whole(saved.state, happened, cast("Incident", self._rules.states.load(saved.state)), self._stamps(happened))

    def world(self, record: RecordId = "") -> World:
        """What a decision about this record would see now."""
        return self._rules.world(self.plan_of(record), self.now(), self.team(), record, self.served)

    def draw(self, record: RecordId, view: str, args: Mapping[str, str]) -> Card | None:
        """The card as the record looks at this moment; None when there is no such record."""
        with self.database.read() as connection:
            read = self._read(connection, record, lock=False)
        if read.state is None or read.saved is None:
            return None
        known = self._known.get(record)
        if known is not None and known.version == read.saved.version:  # the decision has drawn it already
            for placed, card in known.looks.values():
                if placed.view == view and dict(placed.args) == args:
                    return card
        return self._rules.draw(view, read.state, read.plan, args)

    def drawn(self, effect: Show | Tell, record: RecordId, version: int) -> Card | None:
        """What it shows, from memory: as of that version of the record or a later one. None: it must be read.

        What another process has changed since is no matter: it has promised the card again, and for that promise it is read.
        """
        known = self._known.get(record)
        if known is None or known.version < version or effect.slot not in known.looks:
            return None
        placed, card = known.looks[effect.slot]
        return card if (placed.view, placed.args) == (effect.view, effect.args) else None

    def card_at(self, record: RecordId, slot: str) -> Card | None:
        """The card that now stands in this slot of the record; None when there is none (any more)."""
        with self.database.read() as connection:
            read = self._read(connection, record, lock=False)
        if read.state is None:
            return None
        placed = next((placed for placed in self._rules.desk(read.state, read.plan) if placed.slot == slot), None)
        return None if placed is None else self._rules.draw(placed.view, read.state, read.plan, dict(placed.args))

    def refs(self, *owners: RecordId) -> dict[outbox.SlotKey, Ref]:
        """The platforms' ids of what these records (or "standing") have brought into the world."""
        with self.database.read() as connection:
            return outbox.refs(connection, owners)

    def place(self, platform: str, ref: str) -> tuple[RecordId, str] | None:
        """Which record and slot a room or message of a platform is, so that ears know where something was said."""
        with self.database.read() as connection:
            return outbox.place(connection, platform, ref)

    def stuck(self, seconds: float = 60.0) -> tuple[Stuck, ...]:
        """Parked effects, and those that have waited for longer than so many seconds."""
        with self.database.read() as connection:
            rows = outbox.stuck(connection, self.database.clock, seconds)
        return tuple(Stuck(r.id, r.record, r.platform, r.effect, r.status, r.attempts, r.why) for r in rows)

    # --- doing --------------------------------------------------------------------------------------------------------------

    def run(self, request: Request, record: RecordId | None, command: Command, reply: Callable[[Outcome], Answer]) -> Answer:
        """Carry out the command for the person of the request; `record` None opens a new one. `reply` words the answer.

        The same request key again returns the kept answer and changes nothing. A refusal is worded, not kept: a retry may succeed.
        """
        try:
            return self._carry_out(request.key, request.who, record, command, reply)
        except Refused as refused:
            return self.refusal(request, refused)

    @staticmethod
    def refusal(request: Request, refused: Refused) -> Answer:
        """At its field while a form is open, so that what was typed stays; aloud where there is none."""
        return Invalid({refused.field: refused.text}) if refused.field and request.values else Refusal(refused.text, refused.fix)

    def kept(self, key: str) -> Answer | None:
        """What this request was answered the first time, None when it is new (or was refused)."""
        with self.database.read() as connection:
            found = records.answer(connection, _short(key))
        return None if found is None else ANSWERS.load(found)

    def keep(self, body: str) -> str:
        """Remember something for whoever comes back with the id that this returns; kept as long as answers are."""
        id_ = secrets.token_urlsafe(12)
        with self.database.write() as connection:
            records.keep_answer(connection, f"kept:{id_}", body, self.now())
        return id_

    def recall(self, id_: str) -> str | None:
        with self.database.read() as connection:
            return records.answer(connection, f"kept:{id_}")

    def keep_form(self, form: Form) -> str:
        """Remember a form that goes out as a message, for whoever fills it in later. Returns its id."""
        return self.keep(ANSWERS.dump(Ask(form)))

    def form(self, id_: str) -> Form | None:
        """The form kept under this id."""
        body = self.recall(id_)
        kept = None if body is None else ANSWERS.load(body)
        return kept.form if isinstance(kept, Ask) else None

    def ring(self, timer: str) -> None:
        """A timer has come due. The key is also the request's, so any number of workers may ring, and it counts once."""
        with self.database.read() as connection:
            found = records.timer(connection, timer)
        if found is None:
            return
        command = Ring(found.kind, found.subject, found.at)
        try:
            self._carry_out(timer, None, found.record, command, lambda outcome: NOTHING_MORE)
        except Refused:
            self._forget_timer(timer)

    def record_outcome(self, record: RecordId, effect: str, kind: Kind, text: Text, people: tuple[PersonId, ...], key: str) -> None:
        """What became of an effect, where people must see it. Standing rooms have no record, so nothing is recorded of them."""
        if record == STANDING:
            return
        command = RecordOutcome(effect, kind, text, people)
        try:
            self._carry_out(key, None, record, command, lambda outcome: NOTHING_MORE)
        except Refused:
            return

    def record_delivery(
        self, record: RecordId, notice: str, delivery: str, tries: int, kind: Literal["sent", "failed", "doubt"], why: Text, key: str
    ) -> None:
        """How a text's way to one recipient ended, says the engine. What the record has ended otherwise meanwhile stays so."""
        with contextlib.suppress(Refused):
            self.note(record, RecordDelivery(notice, delivery, tries, kind, why), key)

    def note(self, record: RecordId, command: Command, key: str) -> None:
        """Carry it out in the bot's own name, with nobody to answer to. Raises Refused."""
        self._carry_out(key, None, record, command, lambda outcome: NOTHING_MORE)

    def mark_platform(self, platform: str, silent: float | None) -> None:
        """It has answered nothing for so many seconds, or (None) it answers: the team knows it, and every open record follows.

        Said twice it changes nothing; what a worker that died has left half said is made good by the next one who says it.
        """
        if (platform in self.team().lost) != (silent is not None):
            since = None if silent is None else self.now() - timedelta(seconds=silent)
            self.note(TEAM, MarkPlatform(platform, since), f"platform:{secrets.token_hex(8)}")
        for state in self.incidents():
            if self._rules.decide(state, FollowPlatforms(), None, self.world(state.id)):
                self.note(state.id, FollowPlatforms(), f"platform:{secrets.token_hex(8)}")

    def due(self, limit: int = 100) -> tuple[Timer, ...]:
        """The timers whose moment has come, oldest first."""
        with self.database.read() as connection:
            return tuple(records.due(connection, self.now(), limit))

    def next_deadline(self) -> datetime | None:
        with self.database.read() as connection:
            return records.next_due(connection)

    def bind_room(self, slot: str, platform: str, ref: str) -> None:
        """A standing room that exists already: from now on it is ours under this slot."""
        with self.database.write() as connection:
            outbox.fill(connection, (STANDING, slot, platform), Ref(ref))

    def ensure_standing(self) -> None:
        """Promise every standing room that neither stands nor is promised yet, on every platform."""
        with self.database.write() as connection:
            world = self._rules.world(self.plan(), self.now(), self._team(connection), STANDING, self.served)
            rows = self.promises.ensure(connection, self._rules.standing(world.plan), self._rules.spread(world.team, world))
        self._wake(rows)

    def tidy(self) -> int:
        """Forget the answers to requests that no platform would send again (a month is far longer than any retry). How many there were."""
        with self.database.write() as connection:
            return records.forget_answers(connection, self.now() - ANSWERS_KEPT)

    def retry(self, *ids: int) -> int:
        """Parked effects are tried again. How many there were."""
        with self.database.write() as connection:
            count, ours = self.promises.retry(connection, ids)
        self._wake(ours)
        return count

    def retry_record(self, record: RecordId) -> int:
        """The retry button: everything of the record that is parked is tried again."""
        with self.database.read() as connection:
            ids = [row.id for row in outbox.parked(connection, record=record)]
        return self.retry(*ids) if ids else 0

    # --- the transaction ----------------------------------------------------------------------------------------------------

    def _carry_out(
        self, key: str, who: PersonId | None, record: RecordId | None, command: Command, reply: Callable[[Outcome], Answer]
    ) -> Answer:
        """Try, and decide again when somebody else was first: from the second try on with the record locked."""
        for attempt in range(TRIES):
            try:
                answer, rows = self._once(_short(key), who, record, command, reply, lock=attempt > 0)
            except Conflict:
                continue
            self._wake(rows)
            return answer
        raise Conflict(f"{record}: {TRIES} times somebody else was first")

    def _once(
        self,
        key: str,
        who: PersonId | None,
        record: RecordId | None,
        command: Command,
        reply: Callable[[Outcome], Answer],
        *,
        lock: bool,
    ) -> tuple[Answer, list[Row]]:
        rules, at = self._rules, self.now()
        with self.database.write() as connection:
            kept = records.answer(connection, key)
            if kept is not None:
                return ANSWERS.load(kept), []
            name, number = self._name(connection, record, command)
            read = _Read(None, None, self._plans.current()) if number is not None else self._read(connection, name, lock=lock)
            if read.state is None and record not in (None, TEAM):
                raise Refused(line("没有 {record} 这个编号", record=name))
            world = rules.world(read.plan, at, self._team(connection), name, self.served)
            happened = self._stamped(rules.decide(read.state, command, who, world), read.saved, who, at)
            after = read.state
            for event, stamp in happened:
                after = rules.evolve(after, event, stamp)
            if after is None:
                raise ValueError(f"{command!r} opened no record")
            outcome = Outcome(name, read.state, after, happened)
            rows: list[Row] = []
            looks: _Looks = {}
            if happened:
                self._keep(connection, read, outcome, command, number, key)
                looks = self._look(after, read.plan)
                moved = read.state is not None and rules.spread(read.state, world).rooms != rules.spread(after, world).rooms
                effects = (*self._redraws(read, looks, everything=moved), *rules.react(read.state, happened, after, world))
                rows = self._promise(connection, world, outcome, effects)
            self._set_timers(connection, name, after, read.plan, key, fresh=read.saved is None)
            answer = reply(outcome)
            records.keep_answer(connection, key, ANSWERS.dump(answer), at)
        if happened:
            self._plans.committed(read.plan)
            self._known[name] = _Known(happened[-1][1].seq, after, looks)
        return answer, rows

    def _name(self, connection: Connection, record: RecordId | None, command: Command) -> tuple[RecordId, int | None]:
        if record is not None:
            return record, None
        kind = self._rules.kind(command)
        number = records.next_number(connection, kind)
        return f"{kind}-{number}", number

    def _read(self, connection: Connection, record: RecordId, *, lock: bool) -> _Read:
        known = None if lock else self._known.get(record)
        head = None if known is None else records.head(connection, record)
        if known is not None and head is not None and head.version == known.version:
            return _Read(head, known.state, self._pinned(connection, head))
        saved = records.load(connection, record, lock=lock)
        if saved is None:
            return _Read(None, None, self._plans.current())
        state = self._rules.states.load(saved.state)
        self._known[record] = _Known(saved.version, state, {})
        return _Read(saved, state, self._pinned(connection, saved))

    def _state(self, connection: Connection, record: RecordId, version: int | None = None) -> State | None:
        known = self._known.get(record)
        if known is not None and known.version == version:
            return known.state
        return self._read(connection, record, lock=False).state

    def _team(self, connection: Connection) -> Team:
        state = self._read(connection, TEAM, lock=False).state
        return self._rules.no_team if state is None else cast("Team", state)

    def _pinned(self, connection: Connection, saved: Saved) -> Plan:
        return self._plans.current() if saved.id == TEAM else self._plans.of(connection, saved)

    def _stamped(self, events: tuple[Event, ...], saved: Saved | None, who: PersonId | None, at: datetime) -> tuple[Stamped, ...]:
        first = 1 if saved is None else saved.version + 1
        return tuple((event, Stamp(at, who, seq)) for seq, event in enumerate(events, start=first))

    def _keep(self, connection: Connection, read: _Read, outcome: Outcome, command: Command, number: int | None, key: str) -> None:
        """The state and its events."""
        stage, is_open = self._rules.outline(outcome.after)
        stamp = outcome.events[-1][1]
        body = self._rules.states.dump(outcome.after)
        if read.saved is None:
            kind = TEAM if outcome.record == TEAM else self._rules.kind(command)
            self._plans.keep(connection, read.plan, stamp.at)
            saved = Saved(outcome.record, kind, number, stamp.seq, stage, is_open, read.plan.hash, body)
            records.create(connection, saved, stamp.at)
        else:
            saved = replace(read.saved, version=stamp.seq, stage=stage, open=is_open, state=body)
            records.save(connection, saved, read.saved.version, stamp.at)
        named = [(*self._rules.events.dump(event), stamp) for event, stamp in outcome.events]
        records.append(connection, outcome.record, [Happening(s.seq, kind, body, s.by, s.at, key) for kind, body, s in named])

    def _redraws(self, read: _Read, looks: _Looks, *, everything: bool) -> tuple[Effect, ...]:
        """What is new or looks different now, so that no handler forgets a redraw; `everything` where rooms open elsewhere too."""
        old: _Looks = {}
        if read.saved is not None and read.state is not None:
            known = self._known.get(read.saved.id)
            there = known is not None and known.version == read.saved.version and known.looks
            old = there or self._look(read.state, read.plan)
        changed = [placed for slot, (placed, card) in looks.items() if everything or old.get(slot) != (placed, card)]
        left = {placed.room for placed, _ in old.values()} - {placed.room for placed, _ in looks.values()}
        moved_out = {room for room in left if not room.startswith("dm:")}  # archived: nothing in it is drawn any more
        gone = [placed for slot, (placed, _) in old.items() if slot not in looks and placed.room not in moved_out]
        # they stay in their room: without buttons that still act
        return tuple(_show(placed) for placed in (*changed, *gone))

    def _look(self, state: State, plan: Plan) -> _Looks:
        desk = self._rules.desk(state, plan)
        return {placed.slot: (placed, self._rules.draw(placed.view, state, plan, dict(placed.args))) for placed in desk}

    def _promise(self, connection: Connection, world: World, outcome: Outcome, effects: Sequence[Effect]) -> list[Row]:
        ranked = [(effect, self._rules.priority(outcome.after, effect)) for effect in effects]
        spread = self._rules.spread(outcome.after, world)
        rows = self.promises.keep(connection, outcome.record, ranked, spread, fresh=outcome.before is None)
        made = outcome.events[-1][1].seq  # what an earlier version has promised may be among them
        return [replace(row, made=made) for row in rows]

    def _set_timers(self, connection: Connection, record: RecordId, state: State, plan: Plan, ringing: str, *, fresh: bool) -> None:
        """Timer rows are what the state says."""
        wanted = [_timer(record, deadline) for deadline in self._rules.deadlines(state, plan)]
        records.follow(connection, record, wanted, ringing, fresh=fresh)

    def _forget_timer(self, key: str) -> None:
        with self.database.write() as connection:
            records.drop_timers(connection, [key])


def _timer(record: RecordId, deadline: Deadline) -> Timer:
    key = f"{record}:{deadline.kind}:{deadline.subject}:{deadline.at.isoformat()}"
    return Timer(_short(key), record, deadline.kind, deadline.subject, deadline.at)


def _show(placed: Placed) -> Effect:
    if placed.room.startswith("dm:"):
        return Tell(placed.room.removeprefix("dm:"), placed.slot, placed.view, placed.args)
    return Show(placed.room, placed.slot, placed.view, placed.args, placed.pin, placed.mentions, placed.mention_all)


def _short(key: str) -> str:
    """Keys longer than the column are kept as their digest: still the same for the same key."""
    return key if len(key) <= LONGEST_KEY else "sha256:" + hashlib.sha256(key.encode()).hexdigest()
