"""Three seconds as Slack means them, on a machine that is busy with other things.

Time in which our threads were ready and got no processor is not the bot's fault, and is not counted, up to three times the limit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
TASKS = Path("/proc/self/task")
MOST = 4  # a limit ends at the latest when so many times its length has passed


def waited() -> float:
    """Seconds that the threads of this process have waited for a processor so far; 0 where the system does not say."""
    found = 0
    for task in TASKS.glob("*/schedstat"):
        try:
            found += int(task.read_text().split()[1])
        except OSError:  # the thread has just ended
            continue
    return found / 1e9


class Since:
    """Seconds from now on, less those that we waited for a processor."""

    def __init__(self) -> None:
        self._start, self._waited = time.monotonic(), waited()

    @property
    def lost(self) -> float:
        return max(0.0, min(waited() - self._waited, (time.monotonic() - self._start) * (1 - 1 / MOST)))

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start - self.lost


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Wait that long for something; TimeoutError when it took longer."""
    since, task = Since(), asyncio.ensure_future(work)
    left = seconds
    while True:
        done, _ = await asyncio.wait({task}, timeout=left)
        if done:
            return task.result()
        left = seconds - since.seconds
        if left <= 0.001:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise TimeoutError
