"""Write down what became of effects: many results in one transaction, and only while the lane is ours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bot.store import outbox
from bot.store.database import Database, Unavailable
from bot.store.outbox import Result

Threads = Callable[[Callable[[], Any]], Awaitable[Any]]
BUSY_WAIT = 0.5  # seconds until a database that did not answer is asked again


class Lost(Exception):
    """The lane belongs to another worker by now; what we did does not count."""


class Ledger:
    """Results queue up for `gather` seconds and while a transaction runs, and the next one takes them all (group commit)."""

    def __init__(self, database: Database, owner: str, threads: Threads, gather: float) -> None:
        self._database, self._owner, self._threads, self._gather = database, owner, threads, gather
        self._hurry = asyncio.Event()
        self._queue: list[tuple[Sequence[Result], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, *results: Result, soon: bool = False) -> None:
        """Return when they are committed; raise Lost when they do not count. `soon`: somebody waits for it, nothing is gathered first."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((results, future))
        if soon:
            self._hurry.set()
        if self._writing is None:
            self._writing = asyncio.create_task(self._drain())
        await future

    async def settled(self) -> None:
        """Nothing is left to write."""
        while self._writing is not None:
            await asyncio.wait([self._writing])

    async def _drain(self) -> None:
        try:
            while self._queue:
                await self._more()
                batch, self._queue = self._queue, []
                results = [result for some, _ in batch for result in some]
                lost = await self._commit(results)
                for some, future in batch:
                    if future.done():
                        continue
                    if any(result.record in lost for result in some):
                        future.set_exception(Lost(some[0].record))
                    else:
                        future.set_result(None)
        finally:
            self._writing = None

    async def _more(self) -> None:
        """A transaction costs as much for one as for many."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._gather):
                await self._hurry.wait()
        self._hurry.clear()

    async def _commit(self, results: list[Result]) -> frozenset[str]:
        def transaction() -> frozenset[str]:
            with self._database.write() as connection:
                return outbox.settle(connection, self._owner, results)

        while True:
            try:
                lost: frozenset[str] = await self._threads(transaction)
                return lost
            except Unavailable:
                await asyncio.sleep(BUSY_WAIT)
