"""The war room on Feishu in round trips: a whole bot behind its webhook, real HTTP, 100 ms a call, the double in a process of its own.

From the moment Feishu sends what somebody said to the end of the last call that counts. Another process at work on the same machine adds
to every figure, so the best of several runs is shown beside the median; how the calls hang together has tests, without a clock. What the
bot's own process computes is shown as well: that is what a busy machine makes of the rest.
"""

from __future__ import annotations

import asyncio
import multiprocessing
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
from typing import Any, Literal
from unittest.mock import patch

import uvicorn

from bench.table import Row
from bot import app
from bot.engine import Habits
from bot.platforms.feishu.connect import Connected
from bot.platforms.feishu.traces import uuid
from bot.settings import load
from tests.feishu.double import FeishuServer, Tenant
from tests.feishu.double.model import Call

CALL = 0.1  # seconds
REPORTER, CENTRE = "wangmin", "linyuan"
REPEATS = 9
AT_ONCE = 50
SAID = "故障 下单报错，10 分钟前开始"
POST, INVITE, RING = "im.v1.message.create", "im.v1.chat_members.create", "im.v1.message.urgent_app"
CHAT = "值班群"
SPAWN = multiprocessing.get_context("spawn")


# --- Feishu, in a process of its own ---------------------------------------------------------------------------------------------


def feishu_process(orders: Connection, transport: Literal["webhook", "socket"]) -> None:
    """Obey until told to stop: each order is a function of the server, by name, and its arguments."""
    with FeishuServer(Tenant(), transport=transport) as server:
        tenant = server.tenant
        server.limits.on = False
        orders.send((server.url, tenant.app_id, tenant.app_secret, tenant.encrypt_key, tenant.verification_token))
        doers: dict[str, Callable[..., Any]] = {
            "people": lambda people: [tenant.user(*person) for person in people] and None,
            "chat": lambda: tenant.chat(CHAT, ["ou_ann"]).id,
            "heard": lambda url, latency: _heard(server, url, latency),
            "says": lambda who, text, where: _said(server, [(who, text, where)])[0],
            "storm": lambda said: _said(server, said),
            "calls": lambda: _taken(server),
            "connections": lambda: server.connections,
        }
        while (order := orders.recv()) is not None:
            orders.send(doers[order[0]](*order[1:]))


def _heard(server: FeishuServer, url: str, latency: float) -> None:
    server.request_url, server.latency = url, latency


def _said(server: FeishuServer, said: Sequence[tuple[str, str, str]]) -> list[tuple[float, float]]:
    """When each message was said, and how long it took until Feishu had its 200."""

    def say(who: str, text: str, where: str) -> tuple[float, float]:
        begun = time.monotonic()
        server.person(user_of(who)).mentions_bot(where, text)
        return begun, time.monotonic() - begun

    with ThreadPoolExecutor(len(said)) as pool:
        return list(pool.map(lambda one: say(*one), said))


def _taken(server: FeishuServer) -> list[Call]:
    """The calls since the last time, ended or not."""
    found, server.calls[:] = list(server.calls), []
    return found


def user_of(person: str) -> str:
    return f"ou_{person}"


@dataclass
class There:
    """A Feishu, and the line to it."""

    orders: Connection
    url: str
    app_id: str
    secret: str
    encrypt_key: str
    token: str

    def ask(self, *order: Any) -> Any:
        self.orders.send(order)
        return self.orders.recv()


@contextmanager
def feishu(transport: Literal["webhook", "socket"] = "webhook") -> Iterator[There]:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=feishu_process, args=(theirs, transport), daemon=True)
    process.start()
    try:
        yield There(ours, *ours.recv())
    finally:
        ours.send(None)
        process.join(5)


# --- the bot ------------------------------------------------------------------------------------------------------------------------


class Bot:
    """As it is deployed: one web server with ears, hands and clock inside, on a thread of its own."""

    def __init__(self, house: app.App) -> None:
        side = house.sides["feishu"]
        assert isinstance(side, Connected)
        self.side = side
        self.side.hands.capabilities = replace(self.side.hands.capabilities, paces=())
        self.engine = house.engine()
        setattr(house, "engine", lambda: self.engine)  # noqa: B010  # so that it can be waited for
        self._loop = asyncio.new_event_loop()
        self._server = uvicorn.Server(uvicorn.Config(app.web(house), "127.0.0.1", 0, log_level="error", access_log=False))
        self._door = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._server.serve([self._door])), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._door.getsockname()[1]}/feishu/events"

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
    """A bot and its Feishu."""

    house: app.App
    bot: Bot
    there: There

    def settle(self) -> None:
        self.bot.do(self.bot.side.ears.settle())
        self.bot.do(self.bot.engine.idle())

    def ref(self, owner: str, slot: str) -> str:
        return self.house.service.refs(owner)[owner, slot, "feishu"].ref


@contextmanager
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder, patch("handlers.report.alike", lambda *_: ()), feishu() as there:  # alike: another fault
        chosen = load(
            {
                "database_url": f"sqlite:///{folder}/bench.db", "sandbox": False, "public_url": "https://fenghuo.example.com",
                "feishu_app_id": there.app_id, "feishu_app_secret": there.secret, "feishu_domain": there.url, "feishu_mode": "webhook",
                "feishu_encrypt_key": there.encrypt_key, "feishu_verification_token": there.token,
            },
            env_file=None,
        )  # fmt: skip
        with app.build(chosen) as house:
            bot = Bot(house)
            made = Bench(house, bot, there)
            there.ask("people", [(user_of(p.id), p.name, p.email, p.phone) for p in house.plans.current.people.values()])
            there.ask("heard", bot.url, 0.0)
            bot.start()
            made.settle()
            there.ask("heard", bot.url, CALL)
            there.ask("calls")
            try:
                yield made
            finally:
                bot.stop()


def room_seen(calls: Sequence[Call], record: str, reporter: str) -> float:
    """When the reporter sees the room with its card: it is open, they are in it, the card stands there."""
    (card,) = [call for call in calls if call.method == POST and call.body["uuid"] == uuid(f"{record}/status")]
    room = card.body["receive_id"]
    invited = [call.end for call in calls if call.method == INVITE and room in call.path and user_of(reporter) in call.body["id_list"]]
    return max(card.end, min(invited))


# --- the war room ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Timed:
    """Round trips: until the reporter sees the room; until everybody is invited and rung; until all is done.

    And the seconds that our process computed for the report, and for the activation, with whatever Feishu tells us of them.
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
        ask, report_room = it.there.ask, it.ref("standing", "@report")
        for number in range(1, REPEATS + 2):
            record = f"INC-{number}"
            it.settle()
            ask("calls")
            before = ask("connections")
            idle = time.process_time()
            begun, _ = ask("says", REPORTER, SAID, report_room)
            it.settle()
            reported = time.process_time()
            room = room_seen(ask("calls"), record, REPORTER) - begun
            started, _ = ask("says", CENTRE, "启动 重大 停摆", it.ref(record, "war"))
            it.settle()
            activated = time.process_time()
            calls = [call for call in ask("calls") if call.start >= started]
            called = max(call.end for call in calls if call.method in (INVITE, RING))
            done = max(call.end for call in calls)
            fresh = ask("connections") - before
            trips = (room / CALL, (called - started) / CALL, (done - started) / CALL)
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
        ask, report_room = it.there.ask, it.ref("standing", "@report")
        ask("says", REPORTER, SAID, report_room)  # one that warms up what a first one has to load
        it.settle()
        ask("calls")
        idle = time.process_time()
        heard = ask("storm", [(REPORTER, SAID, report_room) for _ in range(AT_ONCE)])
        it.settle()
        cpu = time.process_time() - idle
        calls: list[Call] = ask("calls")
        begun = min(start for start, _ in heard)
        last = max(room_seen(calls, f"INC-{number}", REPORTER) for number in range(2, AT_ONCE + 2))
        return Storm(max(took for _, took in heard), last - begun, len(calls), ceil(len(calls) / Habits().at_once) * CALL, cpu)


# --- the table --------------------------------------------------------------------------------------------------------------------------


def rows() -> list[Row]:
    found, swarm = measure(), storm()
    last = found[-1]
    return [
        _trips("Feishu: report → reporter sees room and card", [each.room for each in found], "bound 2.0, target ≤ 2.3"),
        _trips("Feishu: activation → everybody invited and rung", [each.called for each in found], "bound 2.0, target ≤ 3.3"),
        _trips(f"Feishu: activation → all assembled, {last.calls} calls", [each.done for each in found], "target ≤ 3.3"),
        Row("Feishu: connections that the last incident opened", str(last.connections), "0"),
        Row(f"Feishu: {AT_ONCE} reports at once, worst answer to Feishu", f"{swarm.acknowledged:.2f} s", "< 1 s"),
        Row(
            f"Feishu: {AT_ONCE} reports at once, all rooms with card and reporter, no limits",
            f"{swarm.rooms:.2f} s; {swarm.calls} calls, {Habits().at_once} at a time: ideal {swarm.ideal:.2f} s for all of them",
            f"≤ {1.5 * swarm.ideal:.2f} s",
        ),
        _computed("a report", [each.report_cpu for each in found]),
        _computed(f"an activation of {last.calls} calls", [each.activation_cpu for each in found]),
        Row(f"Feishu: the bot computes for {AT_ONCE} reports at once", f"{swarm.cpu:.2f} s"),
    ]


def _trips(what: str, found: list[float], bound: str) -> Row:
    return Row(what, f"{statistics.median(found):.2f} round trips ({min(found):.2f}–{max(found):.2f})", bound)


def _computed(what: str, found: list[float]) -> Row:
    low, middle, high = (1000 * each for each in (min(found), statistics.median(found), max(found)))
    return Row(f"Feishu: the bot computes for {what}", f"{middle:.0f} ms ({low:.0f}–{high:.0f})")
