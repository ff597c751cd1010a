"""The war room in round trips: the real plan and core, a platform on which every call takes 100 ms, SQLite and the real clock.

From the moment the request reaches the service to the end of the last call. A round trip is one call's time; the bound is what the
dependencies alone cost: a room, then everything in it side by side, then what comes behind the first message (its pin, the next one).
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.table import Row
from bot import app
from bot.core.commands import Activate, Command, ReportIncident
from bot.core.incident import Report
from bot.engine import Engine, Habits, Source
from bot.engine.ledger import Threads
from bot.service import Outcome
from bot.settings import load
from bot.talk import Answer, RecordId, Request, Toast
from tests.engine import virtual
from tests.engine.toy import inline
from tests.platforms.double import Double

CALL = 0.1  # seconds
REPORTER, CENTRE = "wangmin", "linyuan"
REPEATS = 7
REPORTS = 300


@dataclass(frozen=True)
class Timed:
    """Round trips to the end of the last call, and how many calls there were."""

    trips: float
    calls: int
    most: int


@contextmanager
def house() -> Iterator[app.App]:
    with tempfile.TemporaryDirectory() as folder, app.build(load({"DATABASE_URL": f"sqlite:///{Path(folder) / 'bench.db'}"})) as built:
        yield built


def ask(built: app.App, who: str, record: RecordId | None, command: Command) -> RecordId:
    """Carry it out for the person, as an ear would; the record it was about."""
    found: list[RecordId] = []

    def reply(outcome: Outcome) -> Answer:
        found.append(outcome.record)
        return Toast(outcome.record)

    answer = built.service.run(Request(uuid.uuid4().hex, who, "sandbox", built.now()), record, command, reply)
    if not found:
        raise RuntimeError(f"refused: {answer}")
    return found[0]


def report(built: app.App) -> Command:
    now = built.now()
    words = "上海仓下单报错，10 分钟前开始"
    begun = now - timedelta(minutes=10)
    return ReportIncident(Report("下单报错", words, begun, "10 分钟前", now, "", (), (), (), (), REPORTER, "chat"))


async def timed(
    double: Double, engine: Engine, built: app.App, who: str, record: RecordId | None, command: Command
) -> tuple[Timed, RecordId]:
    double.calls.clear()
    double.most_in_flight = 0
    start = asyncio.get_running_loop().time()
    record = ask(built, who, record, command)
    await engine.idle()
    end = max(call.end or 0.0 for call in double.calls)
    return Timed((end - start) / CALL, len(double.calls), double.most_in_flight), record


async def measure(built: app.App, threads: Threads | None = None) -> tuple[list[Timed], list[Timed]]:
    """`threads`: None for real ones."""
    double = Double("sandbox", CALL)
    source = Source(built.service.draw, built.file, built.address, built.service.record_outcome, None, built.service.drawn)
    engine = Engine(built.database, {"sandbox": double}, source, built.name, Habits(alone=True), threads)
    built.service.on_promise(engine.wake)
    await engine.start()
    built.service.ensure_standing()
    await engine.idle()
    opened, assembled = [], []
    for _ in range(REPEATS + 1):
        first, record = await timed(double, engine, built, REPORTER, None, report(built))
        second, _ = await timed(double, engine, built, CENTRE, record, Activate("major", "停摆"))
        opened.append(first)
        assembled.append(second)
    await engine.stop()
    return opened[1:], assembled[1:]


def reports_a_second(built: app.App, threads: int) -> float:
    """Committed reports, effects promised and not performed."""
    with ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        list(pool.map(lambda _: ask(built, REPORTER, None, report(built)), range(REPORTS)))
        return REPORTS / (time.perf_counter() - start)


def cpu_of_a_report(built: app.App) -> float:
    """Milliseconds of processor time; unlike the clock's, they do not depend on what else the machine does."""
    start = time.process_time()
    for _ in range(100):
        ask(built, REPORTER, None, report(built))
    return (time.process_time() - start) * 10


def rows() -> list[Row]:
    with house() as built:
        structure = [found[0] for found in virtual.run(measure(built, inline))]
    with house() as built:
        opened, assembled = asyncio.run(measure(built))
    with house() as built:
        one, eight = reports_a_second(built, 1), reports_a_second(built, 8)
        cost = cpu_of_a_report(built)
    return [
        _trips("report → room", opened, structure[0]),
        _trips("activation → assembled", assembled, structure[1]),
        Row("reports a second, SQLite, 1 / 8 threads", f"{one:.0f} / {eight:.0f}; {cost:.1f} ms of processor time each"),
    ]


def _trips(what: str, found: list[Timed], structure: Timed) -> Row:
    """The median; and how many there would be if everything but the platform took no time at all (virtual time)."""
    trips = [each.trips for each in found]
    measured = f"{statistics.median(trips):.2f} round trips ({min(trips):.2f}–{max(trips):.2f})"
    figure = f"{measured}, {found[0].calls} calls, {found[0].most} at once; dependencies alone {structure.trips:.2f}"
    return Row(f"{what}, {CALL * 1000:.0f} ms a call, SQLite", figure, "bound 3.0, target ≤ 3.3")
