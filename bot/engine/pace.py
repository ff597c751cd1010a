"""Keep to the limits that a platform declares, so that it need not say 429: so many calls of a verb in so many seconds."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable

from bot.platforms.port import Call, Capabilities


class Pacer:
    """The calls of the last while, per limit."""

    def __init__(self) -> None:
        self._calls: defaultdict[Hashable, deque[float]] = defaultdict(deque)

    def wait(self, platform: str, capabilities: Capabilities, verb: Call, room: Hashable, now: float) -> float:
        """Seconds until the call may go; 0 counts it as made now."""
        kept = [pace for pace in capabilities.paces if verb in pace.verbs]
        windows = [(pace, self._calls[platform, pace, room if pace.per_room else None]) for pace in kept]
        longest = 0.0
        for pace, calls in windows:
            while calls and calls[0] <= now - pace.seconds:
                calls.popleft()
            if len(calls) >= pace.calls:
                longest = max(longest, calls[0] + pace.seconds - now)
        if longest == 0.0:
            for _, calls in windows:
                calls.append(now)
        return longest
