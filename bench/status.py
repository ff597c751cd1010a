"""The public page while an incident is updated every second, against the page while nothing happens: p99, side by side.

One process serves the bot with the real plan on SQLite, and writes the updates itself (a note in the incident, and a text to the
page), which is the hardest case: answers and updates share its interpreter. This process asks for /status on kept-alive connections at
a fixed rate and counts each answer from the moment it was due, so that a wait counts for every request that it held up. Quiet and busy
spells alternate, and the lower quartiles of their p99 are compared: what else runs on the machine only adds to a spell.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.synchronize import Event

from bench.rounds import REPORTER, ask, report
from bench.table import Row
from bot import app
from bot.core.commands import TakeNote
from bot.core.outward.publicity import Publication
from bot.settings import load
from bot.store import publications
from bot.web.server import Server
from bot.words import Bi

RATE = 1000  # requests a second
SHARE = 0.5  # of what the machine can do, where that is less than RATE
CONNECTIONS = 32
SPELLS, SECONDS, WARM = 16, 1.5, 2.0
REQUEST = b"GET /status HTTP/1.1\r\nHost: fire.example\r\nAccept-Encoding: gzip\r\nAccept-Language: zh-CN\r\n\r\n"


# --- the one that serves ------------------------------------------------------------------------------------------------------


def served(folder: str, port: int, busy: Event) -> None:
    with app.build(load({"DATABASE_URL": f"sqlite:///{folder}/bench.db", "PORT": str(port)}, env_file=None)) as house:
        record = ask(house, REPORTER, None, report(house))
        tell(house, record, "initial")
        threading.Thread(target=update, args=(house, record, busy), daemon=True).start()
        Server(app.web(house), "127.0.0.1", port, house.bell.close).run()


def update(house: app.App, record: str, busy: Event) -> None:
    """Once a second while `busy`."""
    while True:
        busy.wait()
        ask(house, REPORTER, record, TakeNote("又有 12 单转人工"))
        tell(house, record, "update")
        time.sleep(1.0)


def tell(house: app.App, record: str, phase: str) -> None:
    now, components = house.now(), tuple(house.plans.current.comms.status.components)[:2]
    title = Bi("上海、杭州线上下单异常，正在人工接单", "Online ordering fails in Shanghai and Hangzhou")
    clock = now.strftime("%H:%M:%S")
    text = Bi(f"截至 {clock} 已转人工接单。您可以：拨打热线人工下单。", f"By {clock} orders are taken by phone. You can: call us.")
    told = Publication(
        uuid.uuid4().hex, record, now, "initial" if phase == "initial" else "update", title, text, components, "partial",
        now + timedelta(minutes=30),
    )  # fmt: skip
    with house.database.write() as connection:
        publications.add(connection, told)


@contextmanager
def serving() -> Iterator[tuple[int, Event]]:
    """Its port, and what makes it busy."""
    processes = multiprocessing.get_context("spawn")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        busy = processes.Event()
        running = processes.Process(target=served, args=(folder, port, busy), daemon=True)
        running.start()
        try:
            yield port, busy
        finally:
            running.terminate()
            running.join(10)


# --- the one that asks --------------------------------------------------------------------------------------------------------


@dataclass
class Line:
    """A connection that is kept; one request at a time."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def get(self) -> int:
        """The status; the answer is read to its end."""
        self.writer.write(REQUEST)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await self.reader.readexactly(int(length.split(b":")[1]))
        return int(head.split(b" ", 2)[1])


async def connect(port: int) -> list[Line]:
    until = time.monotonic() + 60
    while True:
        try:
            lines = [Line(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(CONNECTIONS)]
            if await lines[0].get() == 200:
                return lines
        except OSError:
            pass
        if time.monotonic() > until:
            raise SystemExit("the status page does not answer")
        await asyncio.sleep(0.2)


async def ceiling(lines: list[Line], seconds: float = 2.0) -> float:
    """Answers a second when every connection asks again at once."""
    until, answers = time.perf_counter() + seconds, 0

    async def ask_on(line: Line) -> None:
        nonlocal answers
        while time.perf_counter() < until:
            await line.get()
            answers += 1

    await asyncio.gather(*map(ask_on, lines))
    return answers / seconds


async def spell(lines: list[Line], rate: float, seconds: float) -> list[float]:
    """Milliseconds from when each request was due to the end of its answer."""
    start, taken = time.perf_counter(), list[float]()

    async def ask_on(line: Line, place: int) -> None:
        for number in range(place, int(rate * seconds), len(lines)):
            due = start + number / rate
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            if await line.get() != 200:
                raise SystemExit("the status page answers with a fault")
            taken.append((time.perf_counter() - due) * 1000)

    await asyncio.gather(*(ask_on(line, place) for place, line in enumerate(lines)))
    return taken


def p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[98]


async def compare(port: int, busy: Event) -> tuple[float, float, list[float], list[float]]:
    """The machine's ceiling, the rate that was asked, and the p99 of each quiet and each busy spell."""
    lines = await connect(port)
    await spell(lines, 100, WARM)
    most = await ceiling(lines)
    rate = min(RATE, most * SHARE)
    quiet, worked = list[float](), list[float]()
    sides: list[tuple[Callable[[], None], list[float]]] = [(busy.clear, quiet), (busy.set, worked)]
    for number in range(SPELLS):
        for turn, found in sides if number % 2 == 0 else sides[::-1]:
            turn()
            await spell(lines, rate, 0.5)  # until the turn is felt
            found.append(p99(await spell(lines, rate, SECONDS)))
    return most, rate, quiet, worked


def rows() -> list[Row]:
    with serving() as (port, busy):
        most, rate, quiet, worked = asyncio.run(compare(port, busy))

    def low(found: list[float]) -> float:
        return statistics.quantiles(found, n=4)[0]

    def span(found: list[float]) -> str:
        return f"{low(found):.1f} ms ({min(found):.1f}–{max(found):.1f})"

    return [
        Row(
            f"/status, p99 at {rate:.0f} requests a second of the {most:.0f} this machine can do, SQLite",
            f"{span(quiet)} at rest, {span(worked)} with an incident updated each second: ratio {low(worked) / low(quiet):.2f}",
            "target ratio ≤ 1.5",
        )
    ]
