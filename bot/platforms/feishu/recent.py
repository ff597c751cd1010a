"""What was seen a moment ago, so that the same thing sent again is known."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Generic, TypeVar

V = TypeVar("V")
MOST = 20_000


class Recent(Generic[V]):
    """Values by key, each forgotten so many seconds after it was put (or sooner, should there be more than anybody sends)."""

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic, most: int = MOST) -> None:
        self._seconds, self._clock, self._most = seconds, clock, most
        self._kept: dict[str, tuple[float, V]] = {}

    def get(self, key: str) -> V | None:
        self._tidy()
        found = self._kept.get(key)
        return None if found is None else found[1]

    def put(self, key: str, value: V) -> None:
        self._kept.pop(key, None)
        self._kept[key] = (self._clock() + self._seconds, value)

    def drop(self, key: str) -> None:
        self._kept.pop(key, None)

    def _tidy(self) -> None:
        """Keys stand in the order they were put, so the old ones are in front."""
        now = self._clock()
        while self._kept and (len(self._kept) > self._most or next(iter(self._kept.values()))[0] <= now):
            del self._kept[next(iter(self._kept))]
