"""Whether a platform answers anybody: one thing that fails over and over is that thing's trouble, several in a row are the platform's.

While it answers nobody its calls wait for one that gets through, so that nothing of it is in the way of the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable
from typing import Any

from bot.engine.gates import Gates
from bot.engine.graph import Job
from bot.engine.habits import Habits
from bot.engine.ledger import Threads
from bot.store.database import Conflict, Unavailable

AFRESH = 30  # beats: another worker may have called a platform lost, and died
Tell = Callable[[str, float | None], None]


class Pulse:
    """How the calls of one platform ended of late. Times are the loop's.

    `lost`: nobody has been answered for so long that people are to be called elsewhere. `told`: what those who keep the records were last
    told of that; None when they may have heard otherwise.
    """

    def __init__(self, habits: Habits) -> None:
        self._habits = habits
        self._silent: float | None = None
        self._misses = 0
        self._about: set[Hashable] = set()
        self.lost = False
        self.told: bool | None = None

    def answered(self) -> bool:
        """Somebody was: with success, with a refusal, with "not so fast". Whether that ends a silence."""
        if self._silent is None:
            return False
        self._silent, self._misses, self.lost = None, 0, False
        self._about.clear()
        return True

    def missed(self, about: Hashable, sent: float, now: float) -> float | None:
        """A call came to nothing that was sent then. Seconds until the next one may find out; None while the others may go on."""
        if self._silent is None:
            self._silent = sent
        self._misses += 1
        if len(self._about) < 2:
            self._about.add(about)
        if len(self._about) < 2 or self._misses < self._habits.suspect:
            return None
        self.lost = self.lost or now - self._silent >= self._habits.lost_after
        return self._habits.probing(self._misses - self._habits.suspect)

    def silence(self, now: float) -> float | None:
        """For how many seconds it has been lost; None when it is not."""
        return now - self._silent if self.lost and self._silent is not None else None


class Pulses:
    """Of every platform of one process. `tell` runs beside the loop; see Source.silence."""

    def __init__(
        self,
        platforms: Iterable[str],
        habits: Habits,
        gates: Gates,
        tell: Tell | None,
        threads: Threads,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._pulses = {name: Pulse(habits) for name in platforms}
        self._beat, self._gates, self._tell, self._threads, self._spawn = habits.beat, gates, tell, threads, spawn
        self._telling: set[str] = set()

    def answered(self, job: Job, reached: bool = True) -> None:
        """Its call is over. That says nothing of the platform where nothing had to be asked (no gate was passed), or nothing need be."""
        self._gates.answered(job)
        if reached and job.gates and not job.stopped:
            self.alive(job.row.platform)

    def alive(self, platform: str) -> None:
        """It speaks, whatever it says."""
        pulse = self._pulses.get(platform)
        if pulse is None:
            return
        if pulse.answered():
            self._gates.reopen(platform)
        self._news(platform, pulse)

    def unheard(self, job: Job) -> bool:
        """Its call came to nothing. Whether the platform answers nobody, so that the job waits with all others."""
        platform, now = job.row.platform, asyncio.get_running_loop().time()
        pulse = self._pulses[platform]
        pause = pulse.missed(job.subject, job.sent, now)
        if pause is not None:
            self._gates.shut(job, now + pause)
            self._news(platform, pulse)
        return pause is not None

    def afresh(self) -> None:
        """Who answers is said once more."""
        for pulse in self._pulses.values():
            pulse.told = pulse.told or None

    def _news(self, platform: str, pulse: Pulse) -> None:
        if self._tell is not None and pulse.told != pulse.lost and platform not in self._telling:
            self._telling.add(platform)
            self._spawn(self._tells(platform, pulse, self._tell))

    async def _tells(self, platform: str, pulse: Pulse, tell: Tell) -> None:
        """In the order in which it happened."""
        while pulse.told != pulse.lost:
            lost, silence = pulse.lost, pulse.silence(asyncio.get_running_loop().time())
            try:
                await self._threads(lambda: tell(platform, silence))  # noqa: B023  # awaited before it changes
                pulse.told = lost
            except (Conflict, Unavailable):
                await asyncio.sleep(self._beat)
        self._telling.discard(platform)
