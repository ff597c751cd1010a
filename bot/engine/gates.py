"""Keep to the limits that a platform declares, and to those it names by itself ("not now, in so many seconds").

Who must wait for a limit waits at its gate, and goes in order of rank when it opens: the room of a grave incident before the chatter of a
drill, whoever came first. After a "not now" one call is let through to find out, and the rest follow when it was answered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from bot.effects import Page, Tell
from bot.engine.graph import Job
from bot.platforms.port import Call, Capabilities, Pace

DRILLS = 3  # the priority that leaves a quarter of every limit to the others, so that these need not wait for the next minute
JUST_NOW = 1e-6  # seconds that are no difference
ANSWER = 2.0  # seconds for the call that finds out; then another one may try
FORGET_AT = 1000  # gates: rooms come and go


@dataclass(eq=False, slots=True)
class Gate:
    """One limit: the calls of the last while, what the platform said, and who waits until when."""

    pace: Pace | None
    made: deque[float] = field(default_factory=deque)
    closed: float = 0.0  # nothing goes before that
    doubtful: bool = False  # the platform has said "not now", and nothing that was sent since has been answered
    tried: float | None = None  # when the call was let through that is to find out
    waiting: dict[Job, float] = field(default_factory=dict)

    def opening(self, now: float, ahead: int, priority: int) -> float:
        """When a call of that priority may go that has so many before it."""
        start = max(now, self.closed)
        if self.pace is None:
            return start
        while self.made and self.made[0] <= now - self.pace.seconds + JUST_NOW:
            self.made.popleft()
        limit = self.pace.calls
        if priority >= DRILLS:
            limit = max(1, limit - limit // 4)
        windows = ahead // limit + 1
        before = len(self.made) + ahead - windows * limit
        first = start if before < 0 else max(start, self.made[before] + self.pace.seconds)
        return first + (windows - 1) * self.pace.seconds

    def let_through(self, now: float) -> None:
        if self.pace is not None:
            self.made.append(now)
        if self.doubtful:
            self.tried, self.closed = now, now + ANSWER

    def close(self, until: float) -> None:
        self.closed, self.doubtful, self.tried = max(self.closed, until), True, None

    def answered(self, sent: float) -> None:
        """A call got through; one that was on its way before the "not now" proves nothing."""
        if self.tried is not None and sent >= self.tried:
            self.closed, self.doubtful, self.tried = 0.0, False, None
            self.waiting = dict.fromkeys(self.waiting, 0.0)

    def due(self, now: float, patience: int) -> list[Job]:
        """Who may try again; one at a time while it is doubtful, and not always the same."""
        for job in [job for job in self.waiting if job.state != "held"]:
            del self.waiting[job]
        found = [job for job, at in self.waiting.items() if at <= now + JUST_NOW]
        if self.doubtful and found:
            first = min(found, key=lambda job: (job.snubs >= patience, job.rank))
            self.waiting.update(dict.fromkeys(found, now + ANSWER))
            found = [first]
        for job in found:
            del self.waiting[job]
        return found

    def idle(self, now: float) -> bool:
        return not self.waiting and not self.doubtful and self.opening(now, 0, 0) <= now and not self.made


class Gates:
    """All gates of one process."""

    def __init__(self, patience: int) -> None:
        """`patience`: so many "not now" in a row, and others may find out in the job's stead."""
        self._patience = patience
        self._gates: dict[Hashable, Gate] = {}
        self._crowded: set[Gate] = set()
        self.silent: set[str] = set()  # platforms that answer nobody

    def admit(self, job: Job, call: Call, capabilities: Capabilities, now: float) -> float | None:
        """None: the call may go and counts as made. Else the job waits here, and this is about when its turn comes."""
        gates = self._of(job, call, capabilities, now)
        openings = [gate.opening(now, 0, job.rank[0]) for gate in gates]
        latest = max(openings)
        if latest <= now + JUST_NOW:
            for gate in gates:
                gate.let_through(now)
            job.sent, job.gates = now, gates
            return None
        gate = gates[openings.index(latest)]
        ahead = sum(other.rank < job.rank for other in gate.waiting if other.state == "held")
        gate.waiting[job] = latest
        self._crowded.add(gate)
        return gate.opening(now, ahead, job.rank[0])

    def close(self, job: Job, until: float) -> None:
        """The platform has said "not now" to its call: that goes for everybody, in whatever room."""
        job.snubs += 1
        for gate in job.gates:
            if gate.pace is None or not gate.pace.per_room:
                gate.close(until)

    def shut(self, job: Job, until: float) -> None:
        """Its platform answers nobody: whoever wants to call it waits, and one at a time finds out. The others have all the room."""
        job.snubs += 1
        gate = self._gate((job.row.platform,), None, until)
        gate.closed, gate.doubtful, gate.tried = until, True, None
        self.silent.add(job.row.platform)

    def reopen(self, platform: str) -> None:
        """Somebody was answered: everybody may go."""
        self.silent.discard(platform)
        gate = self._gates.pop((platform,), None)
        if gate is not None:
            gate.closed, gate.doubtful = 0.0, False
            gate.waiting = dict.fromkeys(gate.waiting, 0.0)

    def answered(self, job: Job) -> None:
        job.snubs = 0
        for gate in job.gates:
            gate.answered(job.sent)

    def due(self, now: float) -> list[Job]:
        """Who has waited long enough to ask again."""
        found = [job for gate in self._crowded for job in gate.due(now, self._patience)]
        self._crowded = {gate for gate in self._crowded if gate.waiting}
        return found

    def next(self) -> float | None:
        """When somebody will be due."""
        return min((at for gate in self._crowded for at in gate.waiting.values()), default=None)

    def _of(self, job: Job, call: Call, capabilities: Capabilities, now: float) -> tuple[Gate, ...]:
        platform = job.row.platform
        paces = [pace for pace in capabilities.paces if call in pace.verbs]
        found = [self._gate((platform, pace, place(job) if pace.per_room else None), pace, now) for pace in paces]
        if all(pace.per_room for pace in paces):
            found.append(self._gate((platform, call), None, now))
        if platform in self.silent:
            found.append(self._gate((platform,), None, now))
        return tuple(found)

    def _gate(self, key: Hashable, pace: Pace | None, now: float) -> Gate:
        if key not in self._gates:
            if len(self._gates) >= FORGET_AT:
                self._gates = {old: gate for old, gate in self._gates.items() if not gate.idle(now)}
            self._gates[key] = Gate(pace)
        return self._gates[key]


def place(job: Job) -> Hashable:
    """Where the call is heard: a room, or one person's own chat."""
    match job.effect:
        case Tell(person=person) | Page(person=person):
            return person
        case _:
            return job.room
