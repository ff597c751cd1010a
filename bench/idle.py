"""What a bot costs that has nothing to do: service, engine and clock on SQLite, one open incident, all of it at rest."""

from __future__ import annotations

import asyncio
import resource
import time

from bench.rounds import REPORTER, ask, house, report
from bench.table import Row
from bot import app

SECONDS = 15.0


async def rest(built: app.App) -> float:
    """Per cent of one processor."""
    async with app.running(built):
        ask(built, REPORTER, None, report(built))
        await asyncio.sleep(3.0)
        start = time.process_time()
        await asyncio.sleep(SECONDS)
        return (time.process_time() - start) / SECONDS * 100


def rows() -> list[Row]:
    with house() as built:
        idle = asyncio.run(rest(built))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return [Row("idle, engine and clock, SQLite", f"{idle:.2f} % of a processor, {memory:.0f} MB resident at most", "< 1 %")]
