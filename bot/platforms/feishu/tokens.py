"""The tenant access token: fetched ahead of its end so that no call waits for it, and never twice at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from bot.core.errors import Later

log = logging.getLogger("fenghuo.feishu")

AHEAD = 1500.0  # seconds before its end; Feishu hands out a new one from 1800 on, and the old one stays good
AGAIN = 30.0  # seconds until the next try, while the old one is still good
LEAST = 30.0  # seconds that a token must still have to be used

Fetch = Callable[[], Awaitable[tuple[str, float]]]


class Tokens:
    """`fetch` gives a token and its seconds, or raises Later. `clock` counts seconds."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float] = time.monotonic, ahead: float = AHEAD, again: float = AGAIN) -> None:
        self._fetch, self._clock, self._ahead, self._again = fetch, clock, ahead, again
        self._token, self._ends = "", 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fetching: asyncio.Task[str] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    async def get(self) -> str:
        """A token that is good. Raises Later with seconds: nothing was sent yet."""
        if not self._good():
            return await self._fetched()
        if self._loop is not asyncio.get_running_loop():
            self._settle(asyncio.get_running_loop())
            self._wind(self._ends - self._clock() - self._ahead)
        return self._token

    async def renew(self, refused: str) -> str:
        """Another one than Feishu has just refused, if there is one."""
        if self._token == refused:
            self._ends = 0.0
        return await self.get()

    def close(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        if self._fetching is not None:
            self._fetching.cancel()
        self._loop = self._alarm = self._fetching = None

    def _good(self) -> bool:
        return self._clock() < self._ends - LEAST

    def _settle(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not loop:
            self._loop, self._fetching, self._alarm = loop, None, None

    async def _fetched(self) -> str:
        """Everybody who asks while one is fetched gets that one; one of them giving up does not stop it for the others."""
        return await asyncio.shield(self._task())

    def _task(self) -> asyncio.Task[str]:
        loop = asyncio.get_running_loop()
        self._settle(loop)
        if self._fetching is None or self._fetching.done():
            self._fetching = loop.create_task(self._renewed())
            self._fetching.add_done_callback(_heard)
        return self._fetching

    async def _renewed(self) -> str:
        token, seconds = await self._fetch()
        self._token, self._ends = token, self._clock() + seconds
        self._wind(seconds - self._ahead)
        return token

    def _wind(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(max(seconds, self._again), lambda: self._task().add_done_callback(self._tried))

    def _tried(self, task: asyncio.Task[str]) -> None:
        """A fetch ahead that failed leaves the old one in use."""
        if not task.cancelled() and task.exception() is not None:
            log.warning("the next token cannot be fetched yet: %s", task.exception())
            self._wind(self._again)


def _heard(task: asyncio.Task[str]) -> None:
    """Read here, as whoever asked may have gone."""
    if not task.cancelled() and not isinstance(task.exception(), Later | None):
        log.error("a token cannot be fetched", exc_info=task.exception())
