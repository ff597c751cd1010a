"""Ring what is due, once a second. The only module that knows APScheduler; it remembers nothing (decision 11)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.store.records import Timer

EVERY = 1.0  # seconds
AT_A_TIME = 100


class Bell(Protocol):
    """What the clock needs of the service."""

    def due(self, limit: int = AT_A_TIME) -> tuple[Timer, ...]: ...
    def ring(self, timer: str) -> None: ...
    def next_deadline(self) -> datetime | None: ...


class Clock:
    """Any number of processes may run one: a timer's key is its request key, so it counts once whoever rings first."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)}, job_defaults={"coalesce": True, "max_instances": 1}, timezone="UTC"
        )

    def start(self) -> None:
        self._scheduler.add_job(self._tick, "interval", seconds=EVERY, id="tick", misfire_grace_time=None)
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=True)

    def ring_due(self) -> int:
        """Ring everything that is due now, oldest first, including what comes due by ringing. How many rang."""
        rung: set[str] = set()
        while fresh := [timer for timer in self._bell.due() if timer.key not in rung]:
            for timer in fresh:
                rung.add(timer.key)
                self._bell.ring(timer.key)
        return len(rung)

    def next_deadline(self) -> datetime | None:
        """When there will be something to ring; the sandbox moves its time there."""
        return self._bell.next_deadline()

    def _tick(self) -> None:
        """Each ring is a job of its own: one that fails is logged and does not keep back the rest."""
        for timer in self._bell.due():
            self._scheduler.add_job(self._bell.ring, args=[timer.key], id=timer.key, replace_existing=True, misfire_grace_time=None)
