"""What serving Feishu costs a process, and the thin client beside lark-oapi's own calls: CPU, connections, import (decision 0025)."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal
from urllib.error import URLError
from urllib.request import urlopen

from bench.demo import resident
from bench.feishu import SPAWN, feishu
from bench.table import Row
from bot.platforms.feishu.client import Client

MESSAGES, PARALLEL = 150, 20
STARTS = 3


# --- what it costs a process ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """Of `fenghuo serve`: seconds until it answers at all, until all is connected, and MB in memory then."""

    answers: float
    ready: float
    memory: float


def serving(**settings: str) -> Cost:
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("FEISHU_", "SLACK_", "PLATFORMS", "SANDBOX"))}
        own = {**bare, "DATABASE_URL": f"sqlite:///{folder}/fenghuo.db", "PORT": str(port), **settings}
        begun = time.monotonic()
        running = subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            answers, ready = (_until(port, page, begun) for page in ("healthz", "readyz"))
            time.sleep(1.0)
            return Cost(answers, ready, resident(running.pid))
        finally:
            running.terminate()
            running.wait(20)


def _until(port: int, page: str, begun: float) -> float:
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/{page}", timeout=1):
                return time.monotonic() - begun
        except (URLError, OSError):
            if time.monotonic() - begun > 60.0:
                raise SystemExit(f"fenghuo serve: no /{page}") from None
            time.sleep(0.01)


def costs() -> dict[str, Cost]:
    """The median of several starts each."""
    found: dict[str, Cost] = {"without": _median([serving() for _ in range(STARTS)])}
    for transport, mode in (("webhook", "webhook"), ("socket", "websocket")):
        with feishu("webhook" if transport == "webhook" else "socket") as there:
            keys = {"FEISHU_APP_ID": there.app_id, "FEISHU_APP_SECRET": there.secret, "FEISHU_DOMAIN": there.url, "FEISHU_MODE": mode}
            seal = {"FEISHU_ENCRYPT_KEY": there.encrypt_key} if mode == "webhook" else {}
            found[mode] = _median([serving(**keys, **seal, SANDBOX="on") for _ in range(STARTS)])
    return found


def _median(found: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(each, name) for each in found) for name in ("answers", "ready", "memory")))


# --- the client -------------------------------------------------------------------------------------------------------------------------

Send = Callable[[int], Awaitable[object]]


@dataclass(frozen=True)
class Used:
    """By a client: seconds and MB of its import, CPU milliseconds a message, and how many connections so many at a time opened."""

    loading: float
    memory: float
    cpu: float
    connections: int


def used(kind: Literal["thin", "lark"]) -> Used:
    with feishu() as there:
        there.ask("people", [("ou_ann", "安", None, None)])
        chat = there.ask("chat")
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=client_process, args=(theirs, kind, there.url, there.app_id, there.secret, chat), daemon=True)
        process.start()
        loading, memory, cpu = ours.recv()
        before = there.ask("connections")
        ours.send(None)
        ours.recv()
        opened = there.ask("connections") - before
        process.join(10)
        return Used(loading, memory, cpu, opened + (1 if kind == "thin" else 0))  # the thin one keeps the connection it had


def client_process(orders: Connection, kind: Literal["thin", "lark"], url: str, app_id: str, secret: str, chat: str) -> None:
    """Import the client, send messages one after another, and many at a time when told to."""
    program = [sys.executable, "-c", _IMPORT[kind]]
    loading, memory = map(float, subprocess.run(program, capture_output=True, text=True, check=True).stdout.split())
    asyncio.run(_sends(orders, (thin if kind == "thin" else lark)(url, app_id, secret, chat), loading, memory))


_MEASURED = """
import os, time
def mb(): return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
before, begun = mb(), time.monotonic()
import {module}
print(time.monotonic() - begun, mb() - before)
"""
_IMPORT = {"thin": _MEASURED.format(module="bot.platforms.feishu.client"), "lark": _MEASURED.format(module="lark_oapi")}


async def _sends(orders: Connection, made: tuple[Send, Callable[[], Awaitable[None]]], loading: float, memory: float) -> None:
    send, close = made
    for n in range(10):
        await send(-n - 1)
    begun = time.process_time()
    for n in range(MESSAGES):
        await send(n)
    orders.send((loading, memory, (time.process_time() - begun) / MESSAGES * 1000))
    orders.recv()
    for start in range(MESSAGES, 2 * MESSAGES, PARALLEL):
        await asyncio.gather(*(send(n) for n in range(start, start + PARALLEL)))
    orders.send(None)
    await close()


def thin(url: str, app_id: str, secret: str, chat: str) -> tuple[Send, Callable[[], Awaitable[None]]]:
    client = Client(app_id, secret, url)
    return lambda n: client.call("POST", "im/v1/messages", {"receive_id_type": "chat_id"}, _message(chat, n)), client.close


def lark(url: str, app_id: str, secret: str, chat: str) -> tuple[Send, Callable[[], Awaitable[None]]]:
    import lark_oapi
    from lark_oapi.api.im.v1 import CreateMessageRequest, CreateMessageRequestBody

    client = lark_oapi.Client.builder().app_id(app_id).app_secret(secret).domain(url).build()

    async def send(n: int) -> None:
        body = CreateMessageRequestBody(_message(chat, n))
        answer = await client.im.v1.message.acreate(CreateMessageRequest.builder().receive_id_type("chat_id").request_body(body).build())
        assert answer.success(), answer.msg

    async def close() -> None:
        pass

    return send, close


def _message(chat: str, n: int) -> dict[str, str]:
    return {"receive_id": chat, "msg_type": "text", "content": json.dumps({"text": f"{n}"}), "uuid": f"bench{n}"}


# --- the table --------------------------------------------------------------------------------------------------------------------------


def rows() -> list[Row]:
    cost, ours, theirs = costs(), used("thin"), used("lark")
    names = {"without": "serve without Feishu", "webhook": "serve with Feishu's webhook", "websocket": "serve with its long connection"}
    return [
        *(
            Row(name, f"answers after {it.answers:.2f} s, ready after {it.ready:.2f} s, {it.memory:.0f} MB resident")
            for it, name in ((cost[mode], name) for mode, name in names.items())
        ),
        Row("Feishu client: CPU a message", f"{ours.cpu:.1f} ms; lark-oapi {theirs.cpu:.1f} ms, {theirs.cpu / ours.cpu:.0f} times as much"),
        Row(f"Feishu client: connections, {PARALLEL} at a time", f"{ours.connections}; lark-oapi {theirs.connections}", f"≤ {PARALLEL}"),
        Row(
            "Feishu client: import",
            f"{ours.loading:.1f} s, {ours.memory:.0f} MB; lark-oapi {theirs.loading:.1f} s, {theirs.memory:.0f} MB",
        ),
    ]
