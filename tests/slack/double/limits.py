"""Slack's limits per minute and per channel, and the faults that a test arranges."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.slack.double.methods import METHODS, PER_MINUTE
from tests.slack.double.model import Json

POSTS_A_MINUTE = 300
GRACE = 0.3  # seconds: what was under way when the answer left, and clocks that round


@dataclass
class Limits:
    """Off unless `on`. `clock` gives seconds and may be a test's own; `burst` messages may follow each other in one channel.

    Of "several hundred" messages a minute in the whole workspace, 300 are allowed.
    """

    clock: Callable[[], float]
    on: bool = False
    burst: int = 1
    eager: Callable[[str, str], None] = lambda method, place: None  # told of a call inside the time it was asked to wait
    _told: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _posts: dict[str, tuple[float, float]] = field(default_factory=dict)  # channel: tokens, when

    def wait(self, method: str, args: Json) -> int:
        """Seconds to wait, 0 when the call may pass; a call that passes counts."""
        place = str(args.get("channel", "")) if method == "chat.postMessage" else ""
        told, until = self._told.get((method, place), (0.0, 0.0))
        if told + GRACE < self.clock() < until - GRACE:
            self.eager(method, place)
        found = self._wait(method, args) if self.on and method in METHODS else 0
        if found:
            self.refuse(method, args, found)
        return found

    def refuse(self, method: str, args: Json, seconds: float) -> None:
        """Remember that the caller was told to wait; what was under way in that moment is forgiven."""
        place = str(args.get("channel", "")) if method == "chat.postMessage" else ""
        self._told[method, place] = (self.clock(), self.clock() + seconds)

    def _wait(self, method: str, args: Json) -> int:
        now = self.clock()
        if method == "chat.postMessage":
            return self._post(str(args.get("channel", "")), now)
        most = PER_MINUTE.get(METHODS[method].tier)
        if most is None:
            return 0
        calls = self._calls[method]
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= most:
            return max(1, math.ceil(calls[0] + 60 - now))
        calls.append(now)
        return 0

    def _post(self, channel: str, now: float) -> int:
        everywhere = self._calls["chat.postMessage"]
        while everywhere and everywhere[0] <= now - 60:
            everywhere.popleft()
        if len(everywhere) >= POSTS_A_MINUTE:
            return max(1, math.ceil(everywhere[0] + 60 - now))
        tokens, since = self._posts.get(channel, (float(self.burst), now))
        tokens = min(float(self.burst), tokens + now - since)
        if tokens < 1:
            self._posts[channel] = (tokens, now)
            return 1
        self._posts[channel] = (tokens - 1, now)
        everywhere.append(now)
        return 0


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call: before Slack acted, or `after` it did and only the answer is lost.

    `error` answers with `code`; `hang` and `slow` take `seconds`; `ratelimited` says them in Retry-After; `status` is of `http`.
    """

    kind: Literal["http", "reset", "hang", "ratelimited", "garbage", "slow", "error"]
    after: bool = False
    seconds: float = 30.0
    status: int = 503
    code: str = "internal_error"


Faults = Callable[[str, Json], Fault | None]
