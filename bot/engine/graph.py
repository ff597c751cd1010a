"""Who waits for whom among promised effects: pure bookkeeping, no clock, no network.

Three things hold a job up, nothing else: the room it goes to does not stand yet; an earlier job about the same thing is not finished;
an earlier message into the same room is not posted. A line keeps its place among all messages of its room; new cards between two lines
go side by side, behind the pinned one. Jobs about the same thing that all wait become one: the newest says how it looks.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, assert_never

from bot.effects import (
    Attach,
    CloseRoom,
    Deliver,
    Effect,
    Invite,
    Link,
    OpenRoom,
    Page,
    RenameRoom,
    Say,
    SetTopic,
    Show,
    StopPage,
    Tell,
    fills,
    needs,
)
from bot.store.outbox import STANDING, Ref, Row, SlotKey
from bot.words import Text

if TYPE_CHECKING:
    from bot.engine.gates import Gate

NOT_OUT = ("waiting", "ready", "held", "resting")  # the platform has not been asked, or said no


Rank = tuple[int, int, int]


def weight(effect: Effect) -> int:
    """0: a room, who is in it, what stands in it, who is called · 1: news in the standing rooms, or outside · 2: a room's trimmings."""
    match effect:
        case OpenRoom() | Invite() | Page() | StopPage() | Tell():
            return 0
        case Show(room=room) | Say(room=room):
            return 1 if room.startswith("@") else 0
        case Deliver():
            return 1
        case SetTopic() | Link() | RenameRoom() | Attach() | CloseRoom():
            return 2
    assert_never(effect)


@dataclass(eq=False, slots=True)
class Job:
    """One or more rows about one thing, performed together. `behind`: the jobs that must be out of the way first."""

    rows: list[Row]
    effect: Effect
    subject: Hashable
    room: SlotKey | None
    in_doubt: bool
    attempts: int
    behind: set[Job] = field(default_factory=set)
    ahead: list[Job] = field(default_factory=list)
    state: Literal["waiting", "ready", "held", "flying", "resting", "gone"] = "waiting"
    lent: int = 9  # the priority of the most urgent job that waits for it
    verdict: Text | None = None  # why it can never succeed; parking it is all that is left to do
    stopped: bool = False  # a page that was answered before anybody knew whether it rings
    shown: bool = False  # the message stands, what is left is to pin it
    gates: tuple[Gate, ...] = ()  # those that its call has passed
    sent: float = 0.0  # when it passed them
    snubs: int = 0  # "not now" in a row
    held_since: float | None = None  # when it was first held at a gate
    homeless: float = 0.0  # seconds for which its room outside has not stood
    announced: bool = False  # people know that it has to wait

    @property
    def row(self) -> Row:
        return self.rows[-1]

    @property
    def fills(self) -> SlotKey | None:
        slot = fills(self.effect)
        return None if slot is None else slot_key(self.row, slot)

    @property
    def needs(self) -> SlotKey | None:
        slot = needs(self.effect)
        return None if slot is None else slot_key(self.row, slot)

    @property
    def rank(self) -> Rank:
        """Urgent first, then what people wait for before its trimmings, then old before new.

        What urgent ones wait for is as urgent as they are.
        """
        return min(self.lent, *(row.priority for row in self.rows)), weight(self.effect), self.rows[0].id


def slot_key(row: Row, slot: str) -> SlotKey:
    """Standing rooms belong to nobody's record."""
    return (STANDING if slot.startswith("@") else row.record, slot, row.platform)


def subject(row: Row) -> Hashable:
    """What the effect is about. Two effects about the same thing never run side by side, and the later one decides how it ends."""
    effect = row.effect
    match effect:
        case OpenRoom(slot=slot) | Show(slot=slot) | Say(slot=slot) | Tell(slot=slot) | Page(slot=slot) | Attach(slot=slot):
            return slot_key(row, slot)
        case StopPage(slot=slot) | Deliver(slot=slot):
            return slot_key(row, slot)
        case RenameRoom(room=room) | SetTopic(room=room) | CloseRoom(room=room):
            return (type(effect).__name__, *slot_key(row, room))
        case Invite() | Link():
            return row.id


class Graph:
    """The jobs of this worker that are not finished, and the slots they know."""

    def __init__(self) -> None:
        self.slots: dict[SlotKey, Ref] = {}
        self._stored: set[SlotKey] = set()
        self._jobs: dict[int, Job] = {}
        self._newest: dict[Hashable, Job] = {}
        self._line: dict[SlotKey, Job] = {}  # the last line promised into a room
        self._cards: defaultdict[SlotKey, list[Job]] = defaultdict(list)  # the new cards since
        self._in_room: defaultdict[SlotKey, set[Job]] = defaultdict(set)
        self._missing: defaultdict[SlotKey, set[Job]] = defaultdict(set)
        self._ready: list[tuple[Rank, int, Job]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, row: int) -> bool:
        return row in self._jobs

    # --- in -----------------------------------------------------------------------------------------------------------------

    def admit(self, row: Row) -> list[Row]:
        """Take a row in, once. Returns rows that need not be performed any more because of it."""
        if row.id in self._jobs:
            return []
        about = subject(row)
        before = self._newest.get(about)
        if isinstance(row.effect, StopPage):
            pointless, before = self._unring(row, before)
            if row not in pointless:
                self._add(row, about, before)
            return pointless
        if before is not None and before.state in NOT_OUT and not isinstance(before.effect, StopPage):
            self._join(before, row)
            return []
        self._add(row, about, before)
        return []

    def _join(self, job: Job, row: Row) -> None:
        job.rows.append(row)
        job.in_doubt = job.in_doubt or row.doubt
        job.effect = _merged(job.effect, row.effect)
        job.verdict = None
        self._jobs[row.id] = job
        if job.shown:  # only its pin was still to come, and that may take long: show the new look at once
            job.shown = False
            self.resume(job)
        elif job.state == "ready":
            self._push(job)
        self._lend(job)

    def _add(self, row: Row, about: Hashable, before: Job | None) -> None:
        room = needs(row.effect)
        job = Job([row], row.effect, about, None if room is None else slot_key(row, room), row.doubt, row.attempts)
        self._jobs[row.id] = job
        self._newest[about] = job
        if before is not None:
            _follow(job, before)
        if job.room is not None and not isinstance(row.effect, StopPage):
            if isinstance(row.effect, CloseRoom):
                for other in self._in_room[job.room]:
                    _follow(job, other)
            elif self._is_posting(job, before):
                self._queue(job, job.room)
            self._in_room[job.room].add(job)
        if job.needs is not None and job.needs not in self._stored and not isinstance(row.effect, StopPage):
            self._missing[job.needs].add(job)
        self._lend(job)
        self._settle(job)

    def _lend(self, job: Job) -> None:
        """What it waits for becomes as urgent as itself."""
        urgent = [job]
        while urgent:
            job = urgent.pop()
            opener = self._newest.get(job.needs) if job.needs is not None and job in self._missing.get(job.needs, ()) else None
            for before in (*job.behind, *([opener] if opener is not None and opener is not job else [])):
                if before.rank[0] > job.rank[0]:
                    before.lent = job.rank[0]
                    urgent.append(before)
                    if before.state == "ready":
                        self._push(before)

    def _queue(self, job: Job, room: SlotKey) -> None:
        """Its place among the new messages of the room."""
        line = self._line.get(room)
        if line is not None:
            _follow(job, line)
        is_card = isinstance(job.effect, Show)
        for card in self._cards[room]:
            if not is_card or (isinstance(card.effect, Show) and card.effect.pin):
                _follow(job, card)
        if is_card:
            self._cards[room].append(job)
        else:
            self._line[room] = job
            self._cards[room].clear()

    def _leave_queue(self, job: Job) -> None:
        if job.room is None:
            return
        if self._line.get(job.room) is job:
            del self._line[job.room]
        if job in self._cards.get(job.room, ()):
            self._cards[job.room].remove(job)

    def _is_posting(self, job: Job, before: Job | None) -> bool:
        """Whether it puts a new message into its room; a redraw may overtake."""
        match job.effect:
            case Say() | Attach() | Deliver():
                return True
            case Show():
                return before is None and job.fills not in self.slots
            case _:
                return False

    def _unring(self, row: Row, newest: Job | None) -> tuple[list[Row], Job | None]:
        """The rows that are pointless now, and whom the end of the ring comes after.

        A page that was never sent, or is gone without having rung, needs no stopping. One in doubt, or on its way, is only looked for.
        """
        pages = [] if newest is None else [newest, *(job for job in newest.behind if job.subject == newest.subject)]
        unsent = [job for job in pages if job.state in NOT_OUT and not job.in_doubt and isinstance(job.effect, Page)]
        sent = [job for job in pages if job not in unsent]
        for job in unsent:
            self.finish(job)
        for job in sent:
            job.stopped = isinstance(job.effect, Page)
        rows = [other for job in unsent for other in job.rows]
        needless = not sent and subject(row) not in self.slots
        return ([*rows, row] if needless else rows), next(iter(sent), None)

    # --- on -----------------------------------------------------------------------------------------------------------------

    def take(self) -> Job | None:
        """The most urgent job that nothing holds up; it is flying from now on."""
        while self._ready:
            rank, _, job = heapq.heappop(self._ready)
            if job.state == "ready" and rank == job.rank:
                job.state = "flying"
                return job
        return None

    def know(self, refs: Mapping[SlotKey, Ref]) -> None:
        """These slots are filled, says the database."""
        for key, ref in refs.items():
            self.slots[key] = ref
            self.stored(key)

    def stored(self, key: SlotKey | None) -> None:
        """The slot's reference is written down: what needed it may go."""
        if key is None:
            return
        self._stored.add(key)
        for job in self._missing.pop(key, ()):
            self._settle(job)

    def missing(self) -> frozenset[SlotKey]:
        """Slots that somebody waits for."""
        return frozenset(key for key, jobs in self._missing.items() if jobs)

    def homeless(self) -> tuple[Job, ...]:
        """Texts for people outside whose room does not stand."""
        return tuple(job for jobs in self._missing.values() for job in jobs if isinstance(job.effect, Deliver))

    def give_up(self, job: Job, verdict: Text) -> None:
        """Nobody will open its room any more."""
        job.verdict = verdict
        self._missing.get(job.needs or ("", "", ""), set()).discard(job)
        self._settle(job)

    def rest(self, job: Job, *, keep_place: bool) -> None:
        """Not now. Messages behind it wait as well, unless it has had its chances: then they overtake."""
        job.state = "resting"
        if keep_place:
            return
        overtaking = [other for other in job.ahead if other.subject != job.subject and not isinstance(other.effect, CloseRoom)]
        job.ahead = [other for other in job.ahead if other not in overtaking]
        for other in overtaking:
            other.behind.discard(job)
            self._settle(other)
        self._leave_queue(job)

    def hold(self, job: Job) -> None:
        """A limit is in its way and nothing else; it keeps its place."""
        job.state = "held"

    def resume(self, job: Job) -> None:
        if job.state in ("resting", "held"):
            self._settle(job)

    def release(self, job: Job) -> None:
        """What had to come after it may go."""
        for follower in job.ahead:
            follower.behind.discard(job)
            self._settle(follower)
        job.ahead.clear()

    def finish(self, job: Job) -> None:
        """It is out of the way, done or parked."""
        job.state = "gone"
        for row in job.rows:
            self._jobs.pop(row.id, None)
        if self._newest.get(job.subject) is job:
            del self._newest[job.subject]
        if job.room is not None:
            self._in_room[job.room].discard(job)
            if not self._in_room[job.room]:
                del self._in_room[job.room]
                self._cards.pop(job.room, None)
            self._leave_queue(job)
            self._missing.get(job.room, set()).discard(job)
        self.release(job)

    def drop(self, record: str) -> None:
        """The lane is somebody else's now."""
        for job in {id(job): job for job in self._jobs.values() if job.row.record == record}.values():
            self.finish(job)

    def forget(self, record: str) -> None:
        """Its slots are read again when it wakes."""
        for key in [key for key in self.slots if key[0] == record]:
            del self.slots[key]
            self._stored.discard(key)

    def records(self) -> frozenset[str]:
        return frozenset(job.row.record for job in self._jobs.values())

    def jobs(self) -> Mapping[int, Job]:
        """By row."""
        return self._jobs

    def _settle(self, job: Job) -> None:
        if job.state not in ("waiting", "held", "resting") or job.behind:
            return
        if job in self._missing.get(job.needs or ("", "", ""), ()):
            job.state = "waiting"
            return
        job.state = "ready"
        self._push(job)

    def _push(self, job: Job) -> None:
        self._count += 1
        heapq.heappush(self._ready, (job.rank, self._count, job))


def _follow(job: Job, before: Job) -> None:
    if before.state != "gone" and before is not job:
        job.behind.add(before)
        before.ahead.append(job)


def _merged(old: Effect, new: Effect) -> Effect:
    """The newer one, which must not lose what the older one had still to do."""
    if isinstance(old, Show) and isinstance(new, Show):
        mentions = tuple(dict.fromkeys((*old.mentions, *new.mentions)))
        return replace(new, pin=old.pin or new.pin, mentions=mentions, mention_all=old.mention_all or new.mention_all)
    if isinstance(old, OpenRoom) and isinstance(new, OpenRoom):
        return replace(new, members=tuple(dict.fromkeys((*old.members, *new.members))))
    return new
