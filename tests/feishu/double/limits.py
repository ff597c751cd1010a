"""Feishu's limits: per API, per group or person, per message; and the faults that a test arranges."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.feishu.double.model import Json

PER_MINUTE, PER_SECOND, PER_TARGET = 1000, 50, 5
GRACE = 0.3  # seconds: what was under way when the answer left, and clocks that round


@dataclass
class Limits:
    """Off unless `on`. `clock` gives seconds and may be a test's own; the three numbers may be made smaller."""

    clock: Callable[[], float]
    on: bool = False
    per_minute: int = PER_MINUTE
    per_second: int = PER_SECOND
    per_target: int = PER_TARGET
    eager: Callable[[str], None] = lambda method: None  # told of a call inside the time it was asked to wait
    _told: dict[str, tuple[float, float]] = field(default_factory=dict)
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def wait(self, method: str) -> int:
        """Seconds that x-ogw-ratelimit-reset says, 0 when the call may pass; a call that passes counts."""
        told, until = self._told.get(method, (0.0, 0.0))
        if told + GRACE < self.clock() < until - GRACE:
            self.eager(method)
        if not self.on:
            return 0
        minute, second = self._free(f"{method}/min", self.per_minute, 60), self._free(f"{method}/s", self.per_second, 1)
        found = max(minute, second)
        if found:
            seconds = max(1, math.ceil(found))
            self.refuse(method, seconds)
            return seconds
        self._calls[f"{method}/min"].append(self.clock())
        self._calls[f"{method}/s"].append(self.clock())
        return 0

    def target(self, name: str) -> bool:
        """Whether one more may go to this group, person or message now."""
        if not self.on:
            return True
        if self._free(name, self.per_target, 1):
            return False
        self._calls[name].append(self.clock())
        return True

    def refuse(self, method: str, seconds: float) -> None:
        """Remember that the caller was told to wait; what was under way in that moment is forgiven."""
        self._told[method] = (self.clock(), self.clock() + seconds)

    def _free(self, key: str, most: int, window: float) -> float:
        calls, now = self._calls[key], self.clock()
        while calls and calls[0] <= now - window:
            calls.popleft()
        return calls[0] + window - now if len(calls) >= most else 0.0


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call: before Feishu acted, or `after` it did and only the answer is lost.

    `error` answers with `code` under `status`; `hang` and `slow` take `seconds`; `ratelimited` says them in x-ogw-ratelimit-reset,
    under `status` 429 (older APIs: 400); `http` answers a page with `status`.
    """

    kind: Literal["http", "reset", "hang", "ratelimited", "garbage", "slow", "error"]
    after: bool = False
    seconds: float = 30.0
    status: int = 0
    code: int = 2200
    msg: str = "Internal Error"


Faults = Callable[[str, Json], Fault | None]
