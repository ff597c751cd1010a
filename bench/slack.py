"""The war room on Slack in round trips: a whole bot behind Slack's doors, real HTTP, 100 ms a call, the double in a process of its own.

From the moment Slack sends what somebody typed, to the end of the last call that counts. Another process at work on the same machine
adds to every figure, so the best of several runs is shown beside the median; how the calls hang together has tests, without a clock.
What the bot's own process computes is shown as well: that is what a busy machine makes of the rest.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from multiprocessing.connection import Connection
from typing import Any
from unittest.mock import patch

import uvicorn

from bench.table import Row
from bot import app
from bot.engine import Habits
from bot.platforms.slack.connect import Connected
from bot.settings import load
from tests.slack.double import SlackServer, Workspace
from tests.slack.double.model import Call

CALL = 0.1  # seconds
REPORTER, CENTRE = "wangmin", "linyuan"
REPEATS = 9
AT_ONCE = 50
SAID = "故障 下单报错，10 分钟前开始"


# --- Slack, in a process of its own ----------------------------------------------------------------------------------------------


def slack_process(orders: Connection) -> None:
    """Obey until told to stop: each order is a function of the server, by name, and its arguments."""
    with SlackServer(Workspace()) as server:
        ws = server.workspace
        orders.send((server.api_url, ws.bot_token, ws.signing_secret))
        doers: dict[str, Callable[..., Any]] = {
            "people": lambda people: [ws.user(*person) for person in people] and None,
            "heard": lambda url, latency: _heard(server, url, latency),
            "says": lambda who, text, where: _said(server, [(who, text, where)])[0],
            "storm": lambda said: _said(server, said),
            "calls": lambda: _taken(server),
            "connections": lambda: server.connections,
        }
        while (order := orders.recv()) is not None:
            orders.send(doers[order[0]](*order[1:]))


def _heard(server: SlackServer, url: str, latency: float) -> None:
    server.request_url, server.latency = url, latency


def _said(server: SlackServer, said: Sequence[tuple[str, str, str]]) -> list[tuple[float, float]]:
    """When each slash command went out, and how long it took until it was acknowledged."""

    def say(who: str, text: str, where: str) -> tuple[float, float]:
        begun = time.monotonic()
        seen = server.person(user_of(who)).command(text, where)
        assert seen.error is None, seen.error
        return begun, time.monotonic() - begun

    with ThreadPoolExecutor(len(said)) as pool:
        return list(pool.map(lambda one: say(*one), said))


def _taken(server: SlackServer) -> list[Call]:
    """The calls since the last time, ended or not."""
    found, server.calls[:] = list(server.calls), []
    return found


def user_of(person: str) -> str:
    return f"U{person.upper()}"


# --- the bot ------------------------------------------------------------------------------------------------------------------------


class Bot:
    """As it is deployed: one web server with ears, hands and clock inside, on a thread of its own."""

    def __init__(self, house: app.App, *, paced: bool) -> None:
        side = house.sides["slack"]
        assert isinstance(side, Connected)
        self.side = side
        if not paced:
            self.side.hands.capabilities = replace(self.side.hands.capabilities, paces=())
        self.engine = house.engine()
        setattr(house, "engine", lambda: self.engine)  # noqa: B010  # so that it can be waited for
        self._loop = asyncio.new_event_loop()
        self._server = uvicorn.Server(uvicorn.Config(app.web(house), "127.0.0.1", 0, log_level="error", access_log=False))
        self._door = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._server.serve([self._door])), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._door.getsockname()[1]}/slack/events"

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(300.0)


@dataclass
class Bench:
    """A bot, and a line to its Slack."""

    house: app.App
    bot: Bot
    orders: Connection

    def ask(self, *order: Any) -> Any:
        self.orders.send(order)
        return self.orders.recv()

    def settle(self) -> None:
        self.bot.do(self.bot.side.ears.settle())
        self.bot.do(self.bot.engine.idle())

    def ref(self, owner: str, slot: str) -> str:
        return self.house.service.refs(owner)[owner, slot, "slack"].ref


@contextmanager
def bench(*, paced: bool = False, latency: float = CALL) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder, patch("handlers.report.alike", lambda *_: ()):  # the same words again are another fault
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        slack = multiprocessing.get_context("spawn").Process(target=slack_process, args=(theirs,), daemon=True)
        slack.start()
        url, token, secret = ours.recv()
        chosen = load(
            {
                "database_url": f"sqlite:///{folder}/bench.db", "sandbox": False,
                "slack_bot_token": token, "slack_signing_secret": secret, "slack_api_url": url, "public_url": "https://fenghuo.example.com",
            },
            env_file=None,
        )  # fmt: skip
        with app.build(chosen) as house:
            bot = Bot(house, paced=paced)
            bench = Bench(house, bot, ours)
            bench.ask("people", [(user_of(p.id), p.name, p.email) for p in house.plans.current.people.values()])
            bench.ask("heard", bot.url, 0.0)
            bot.start()
            bench.settle()
            bench.ask("heard", bot.url, latency)
            bench.ask("calls")
            try:
                yield bench
            finally:
                bot.stop()
                ours.send(None)
                slack.join(5)


def key_of(call: Call) -> str:
    """Our name for the message, and nothing for what is none."""
    found = re.search(r'"key":\s*"([^"]+)"', str(call.args.get("metadata", "")))
    return found[1] if found else ""


def record_slots(calls: Sequence[Call], record: str) -> dict[str, float]:
    """When each message of the record was posted, by slot."""
    return {key_of(call).partition("/")[2]: call.end for call in calls if key_of(call).startswith(f"{record}/") and not call.error}


def room_seen(calls: Sequence[Call], record: str, reporter: str) -> float:
    """When the reporter sees the room with its card: it is open, they are in it, the card stands there."""
    (card,) = [call for call in calls if key_of(call) == f"{record}/status"]
    invited = [c.end for c in calls if c.method == "conversations.invite" and c.args["channel"] == card.args["channel"]]
    assert any(user_of(reporter) in str(c.args["users"]) for c in calls if c.method == "conversations.invite")
    return max(card.end, min(invited))


# --- the figures --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Timed:
    """Round trips: until the reporter sees the room; until everybody is invited and called; until all is done.

    And the seconds that our process computed for the report, and for the activation, with whatever Slack tells us of them.
    """

    room: float
    called: float
    done: float
    calls: int
    connections: int
    report_cpu: float
    activation_cpu: float


def measure() -> list[Timed]:
    found: list[Timed] = []
    with bench() as it:
        report_room = it.ref("standing", "@report")
        for number in range(1, REPEATS + 2):
            record = f"INC-{number}"
            it.settle()
            it.ask("calls")
            before = it.ask("connections")
            idle = time.process_time()
            begun, _ = it.ask("says", REPORTER, SAID, report_room)
            it.settle()
            reported = time.process_time()
            room = room_seen(it.ask("calls"), record, REPORTER) - begun
            started, _ = it.ask("says", CENTRE, "启动 重大 停摆", it.ref(record, "war"))
            it.settle()
            activated = time.process_time()
            calls = [call for call in it.ask("calls") if call.start >= started]
            called = [end for slot, end in record_slots(calls, record).items() if slot.startswith(("page:", "call:"))]
            called += [call.end for call in calls if call.method == "conversations.invite"]
            done = max(call.end for call in calls)
            fresh = it.ask("connections") - before
            trips = (room / CALL, (max(called) - started) / CALL, (done - started) / CALL)
            found.append(Timed(*trips, len(calls), fresh, reported - idle, activated - reported))
    return found[1:]


@dataclass(frozen=True)
class Storm:
    """What became of many reports at once."""

    acknowledged: float  # seconds, the worst
    rooms: float  # seconds from the first report to the last room with its card
    calls: int
    ideal: float
    cpu: float  # seconds that our process computed


def storm() -> Storm:
    with bench() as it:
        report_room = it.ref("standing", "@report")
        it.ask("says", REPORTER, SAID, report_room)  # one that warms up what a first one has to load
        it.settle()
        it.ask("calls")
        idle = time.process_time()
        heard = it.ask("storm", [(REPORTER, SAID, report_room) for _ in range(AT_ONCE)])
        it.settle()
        cpu = time.process_time() - idle
        calls: list[Call] = it.ask("calls")
        begun = min(start for start, _ in heard)
        last = max(room_seen(calls, f"INC-{number}", REPORTER) for number in range(2, AT_ONCE + 2))
        return Storm(max(took for _, took in heard), last - begun, len(calls), ideal(len(calls)), cpu)


def ideal(calls: int) -> float:
    """Seconds that so many calls take if as many fly at a time as the engine allows, and nothing but Slack takes any time."""
    return ceil(calls / Habits().at_once) * CALL


def rows() -> list[Row]:
    found = measure()
    swarm = storm()
    last = found[-1]
    return [
        _trips("Slack: report → reporter sees room and card", [each.room for each in found], "bound 2.0, target ≤ 2.3"),
        _trips("Slack: activation → everybody invited and called", [each.called for each in found], "bound 1.0, target ≤ 3.3"),
        _trips(f"Slack: activation → all assembled, {last.calls} calls", [each.done for each in found], "target ≤ 3.3"),
        Row("Slack: connections that the last incident opened", str(last.connections), "0"),
        Row(f"Slack: {AT_ONCE} reports at once, worst acknowledgement", f"{swarm.acknowledged:.2f} s", "< 1 s"),
        Row(
            f"Slack: {AT_ONCE} reports at once, all rooms with card and reporter, no limits",
            f"{swarm.rooms:.2f} s; {swarm.calls} calls, {Habits().at_once} at a time: ideal {swarm.ideal:.2f} s for all of them",
            f"≤ {1.5 * swarm.ideal:.2f} s",
        ),
        _computed("a report", [each.report_cpu for each in found]),
        _computed(f"an activation of {last.calls} calls", [each.activation_cpu for each in found]),
        Row(f"Slack: the bot computes for {AT_ONCE} reports at once", f"{swarm.cpu:.2f} s"),
    ]


def _trips(what: str, found: list[float], bound: str) -> Row:
    return Row(what, f"{statistics.median(found):.2f} round trips ({min(found):.2f}–{max(found):.2f})", bound)


def _computed(what: str, found: list[float]) -> Row:
    low, middle, high = (1000 * each for each in (min(found), statistics.median(found), max(found)))
    return Row(f"Slack: the bot computes for {what}", f"{middle:.0f} ms ({low:.0f}–{high:.0f})")
