"""What became of calls is written down together, and at once where somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.engine.ledger import Ledger, Lost
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import Result
from tests.engine.virtual import run

GATHER = 1.0
DONE = [Result(number, "INC-1", "done", 0) for number in range(1, 6)]


def written(database: Database, *results: Result, soon: bool = False) -> list[float]:
    """When a transaction began, each."""
    begun: list[float] = []

    async def threads(work: Callable[[], Any]) -> Any:
        begun.append(asyncio.get_running_loop().time())
        return work()

    async def scene() -> None:
        ledger = Ledger(database, "me", threads, GATHER)
        *most, last = results
        waiting = [asyncio.ensure_future(ledger.write(result)) for result in most]
        await asyncio.sleep(GATHER / 10)
        await asyncio.gather(ledger.write(last, soon=soon), *waiting)
        await ledger.settled()

    run(scene())
    return begun


@pytest.fixture
def lane(database: Database) -> Database:
    with database.write() as connection:
        outbox.open_lane(connection, "INC-1", "me")
    return database


def test_results_that_come_close_together_take_one_transaction(lane: Database) -> None:
    assert written(lane, *DONE) == pytest.approx([GATHER])


def test_what_somebody_waits_for_is_written_at_once_and_takes_the_others_along(lane: Database) -> None:
    assert written(lane, *DONE, soon=True) == pytest.approx([GATHER / 10])


def test_results_of_a_lane_that_is_not_ours_do_not_count(database: Database) -> None:
    with pytest.raises(Lost):
        written(database, *DONE)
