"""When a job sets out: the most urgent first, one at a turn of the loop, so many at a time, no limit in its way, and no crowd waiting."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from bot.effects import OpenRoom
from bot.engine.gates import Gates
from bot.engine.graph import Graph, Job, Rank
from bot.engine.habits import Habits
from bot.engine.hands import Slots, call_of
from bot.platforms.port import Platform

JUST_NOW = 0.1  # seconds: newcomers within it came together
MOMENT = 1e-6  # seconds: a timer may ring a little early


class Launch:
    """`fly` performs a job; `held` hears of one that must wait, of the moment, and of the one when its turn is to come."""

    def __init__(
        self,
        graph: Graph,
        platforms: Mapping[str, Platform],
        habits: Habits,
        refs: Slots,
        fly: Callable[[Job], None],
        held: Callable[[Job, float, float], None],
    ) -> None:
        self.gates = Gates(habits.patience)
        self._graph, self._platforms, self._habits, self._refs, self._fly, self._held = graph, platforms, habits, refs, fly, held
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flying = 0
        self._share = habits.at_once * 3 // 4 if len(platforms) > 1 else habits.at_once
        self._out: Counter[str] = Counter()  # calls in flight by platform
        self._aside: defaultdict[str, list[tuple[Rank, int, Job]]] = defaultdict(list)  # more than a platform's share
        self._at_it = False
        self._first = True  # of those that set out together
        self._opening: asyncio.TimerHandle | None = None
        self._newcomers: list[float] = []
        self._crowd = self._hushed = float("-inf")  # when it began, and until when nothing sets out

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Nothing sets out any more."""
        self._loop = None
        if self._opening is not None:
            self._opening.cancel()

    def landed(self, platform: str) -> None:
        self._flying -= 1
        self._out[platform] -= 1
        aside = self._aside[platform]
        while aside:
            job = heapq.heappop(aside)[-1]
            if job.state == "held":
                self._graph.resume(job)
                return

    def pump(self) -> None:
        """Let go whatever may go. The urgent one is on its way before the next is prepared."""
        if self._loop is None:
            return
        for due in self.gates.due(self._loop.time()):
            self._graph.resume(due)
        if not self._at_it:
            self._next()

    def may_go(self, job: Job, now: float) -> bool:
        """Whether no limit is in its way; else it is held until its turn comes."""
        platform = self._platforms.get(job.row.platform)
        call = call_of(job, self._refs)
        if platform is None or call is None or call in platform.capabilities.cannot:
            job.gates = ()
            return True
        turn = self.gates.admit(job, call, platform.capabilities, now)
        if turn is None:
            return True
        self._graph.hold(job)
        self._held(job, now, turn)
        return False

    def make_way(self) -> None:
        """A new record. When many come at once their answers come first, and then, for all of them, what was promised; not for long."""
        if self._loop is None:
            return
        now, habits = self._loop.time(), self._habits
        self._newcomers = [at for at in self._newcomers if at > now - JUST_NOW] + [now]
        if len(self._newcomers) < habits.crowd:
            return
        if now > self._crowd + 2 * habits.longest_hush:
            self._crowd = now
        self._hushed = min(now + habits.hush, self._crowd + habits.longest_hush)
        self._loop.call_at(self._hushed, self.pump)

    def _next(self) -> None:
        self._at_it = False
        loop = self._loop
        if loop is None:
            return
        while self._flying < self._habits.at_once and loop.time() >= self._hushed - MOMENT:
            job = self._graph.take()
            if job is None:
                break
            if self._out[job.row.platform] >= self._share:  # it may hang, and the others must not wait for it
                self._graph.hold(job)
                heapq.heappush(self._aside[job.row.platform], (job.rank, job.row.id, job))
                continue
            if self.may_go(job, loop.time()):
                self._flying += 1
                self._out[job.row.platform] += 1
                self._fly(job)
                self._at_it = True
                first, self._first = self._first and isinstance(job.effect, OpenRoom), False
                if first:  # everybody waits for it: it is on the wire before the next is prepared
                    loop.call_later(self._habits.head_start, self._next)
                else:
                    loop.call_soon(self._next)
                return
        self._first = True
        self._await_gates(loop)

    def _await_gates(self, loop: asyncio.AbstractEventLoop) -> None:
        """Come back when the next one who waits may try."""
        soonest = self.gates.next()
        if self._opening is not None and self._opening.when() == soonest:
            return
        if self._opening is not None:
            self._opening.cancel()
        self._opening = None if soonest is None else loop.call_at(soonest, self._opened)

    def _opened(self) -> None:
        self._opening = None
        self.pump()


class Turn:
    """One of the calls in flight, given back once."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back: Callable[[], None] | None = give_back

    def over(self) -> None:
        if self._give_back is not None:
            give_back, self._give_back = self._give_back, None
            give_back()
