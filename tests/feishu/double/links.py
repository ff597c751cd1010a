"""The server's side of the long connection: where to connect, who is connected, what is carried and answered."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
import secrets
from typing import Any, Literal

from aiohttp import WSMsgType, web

from tests.feishu.double import frames
from tests.feishu.double.frames import CONTROL, DATA, Frame
from tests.feishu.double.model import Json
from tests.feishu.double.tenant import Tenant

CONNECTIONS_MOST, SERVICE = 50, 33554678
TOO_MANY, BUSY, INTERNAL = 1000040350, 1, 1000040343
Refusal = Literal["busy", "internal", "http", "secret", "connections", "forbidden", "closed"]


class Lost(Exception):
    """No connection, or the one that carried it broke."""


class Links:
    """`config` is what clients are told: seconds between pings and tries. `refuse` turns new ones away:

    at the endpoint: `busy` and `internal` (the client tries again), `http` (a 502), `secret` (the client gives up for good);
    at the handshake: `connections` (too many), `forbidden` (both for good), `closed` (the door is shut at once).
    """

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.config: Json = {"ReconnectCount": -1, "ReconnectInterval": 1, "ReconnectNonce": 0, "PingInterval": 2}
        self.refuse: Refusal | None = None
        self.mute = False  # connections stand, and nothing comes over them: no answers to pings either
        self.most = CONNECTIONS_MOST
        self.split = 0  # bytes of payload in one frame, 0 for all of them
        self.drop_next = False  # cut the connection right after the next payload went out
        self.sockets: list[web.WebSocketResponse] = []
        self.discovered = self.opened = self.refused = self.pings = 0
        self.carried: list[tuple[int, str]] = []  # which connection got which message, in order
        self._tickets: set[str] = set()
        self._acks: dict[str, asyncio.Future[Frame]] = {}
        self._on: dict[str, web.WebSocketResponse] = {}
        self._numbers: dict[int, int] = {}
        self._random = random.Random(7)
        self._arrived = asyncio.Event()

    # --- opening ------------------------------------------------------------------------------------------------------------

    async def endpoint(self, request: web.Request) -> web.Response:
        self.discovered += 1
        body = await request.json()
        code, msg = 0, ""
        match self.refuse:
            case "http":
                self.refused += 1
                return web.Response(status=502, text="bad gateway")
            case "busy":
                code, msg = BUSY, "system busy"
            case "internal":
                code, msg = INTERNAL, "internal error"
            case "secret":
                code, msg = 514, "app_id or app_secret is invalid"
        if (body.get("AppID"), body.get("AppSecret")) != (self.tenant.app_id, self.tenant.app_secret):
            code, msg = 514, "app_id or app_secret is invalid"
        if code:
            self.refused += 1
            return web.json_response({"code": code, "msg": msg})
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        query = f"device_id={secrets.randbelow(10**15)}&service_id={SERVICE}&access_key=double&ticket={ticket}"
        url = f"ws://{request.host}/ws/v2?{query}"
        return web.json_response({"code": 0, "msg": "", "data": {"URL": url, "ClientConfig": self.config}})

    async def link(self, request: web.Request) -> web.StreamResponse:
        """One connection of the bot, for as long as it stands."""
        ticket = request.query.get("ticket", "")
        if self.refuse == "connections" or len(self.sockets) >= self.most:
            self.refused += 1
            more = {"handshake-autherrcode": str(TOO_MANY)}
            return web.Response(status=403, headers={"handshake-status": "514", "handshake-msg": "too many connections", **more})
        if self.refuse == "forbidden" or ticket not in self._tickets:
            self.refused += 1
            return web.Response(status=403, headers={"handshake-status": "403", "handshake-msg": "forbidden"})
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.refuse == "closed":
            await socket.close()
            return socket
        self.opened += 1
        self._numbers[id(socket)] = self.opened
        self.sockets.append(socket)
        self._arrived.set()
        try:
            async for message in socket:
                if message.type == WSMsgType.BINARY:
                    await self._heard(socket, message.data)
        finally:
            self._lost(socket)
        return socket

    def _lost(self, socket: web.WebSocketResponse) -> None:
        """Whatever waited for an answer on it waits in vain."""
        if socket in self.sockets:
            self.sockets.remove(socket)
        if not self.sockets:
            self._arrived.clear()
        for id in [id for id, on in self._on.items() if on is socket]:
            waiting = self._acks.get(id)
            if waiting is not None and not waiting.done():
                waiting.set_exception(Lost())

    async def awaited(self, seconds: float) -> None:
        """Until somebody is connected, or that long."""
        try:
            await asyncio.wait_for(self._arrived.wait(), seconds)
        except TimeoutError:
            return

    # --- carrying -----------------------------------------------------------------------------------------------------------

    async def _heard(self, socket: web.WebSocketResponse, data: bytes) -> None:
        try:
            frame = frames.read(data)
        except (ValueError, IndexError, KeyError) as error:
            self.tenant.frown("frame", "socket", f"no frame: {error}")
            return
        if frame.method == CONTROL:
            self.pings += 1
            if not self.mute and frame.headers.get("type") == "ping":
                answer = Frame(CONTROL, {"type": "pong"}, json.dumps(self.config).encode(), frame.service)
                with contextlib.suppress(ConnectionError):  # it may be cut in this moment
                    await socket.send_bytes(frames.written(answer))
            return
        id = frame.headers.get("message_id", "")
        if id not in self._on:
            self.tenant.frown("frame", "socket", f"an answer to nothing: {frame.headers}")
        elif id in self._acks and not self._acks[id].done():
            self._acks[id].set_result(frame)
        elif id in self._acks:
            self.tenant.frown("frame", "socket", f"answered twice: {id}")

    async def carry(self, payload: bytes, seconds: float) -> tuple[int, Any]:
        """To one connection by chance; the code and the data of its answer."""
        alive = [socket for socket in self.sockets if not socket.closed]
        if not alive:
            raise Lost
        socket, id = self._random.choice(alive), self.tenant.id("msg")
        waiting = self._acks[id] = asyncio.get_running_loop().create_future()
        self._on[id] = socket
        self.carried.append((self._number(socket), id))
        size = self.split or len(payload)
        parts = [payload[at : at + size] for at in range(0, len(payload), size)]
        try:
            if not self.mute:
                for seq, part in enumerate(parts):
                    headers = {"type": "event", "message_id": id, "trace_id": secrets.token_hex(8)}
                    headers |= {"sum": str(len(parts)), "seq": str(seq)}
                    await socket.send_bytes(frames.written(Frame(DATA, headers, part, SERVICE)))
            if self.drop_next:
                self.drop_next = False
                await self.drop(socket)
            answer = json.loads((await asyncio.wait_for(waiting, seconds)).payload)
        except ConnectionError:
            raise Lost from None
        finally:
            del self._acks[id]
        data = answer.get("data")
        return int(answer.get("code", 0)), json.loads(base64.b64decode(data)) if data else None

    def _number(self, socket: web.WebSocketResponse) -> int:
        return self._numbers.get(id(socket), 0)

    async def drop(self, socket: web.WebSocketResponse | None = None) -> None:
        """Cut one connection, or all, without a word."""
        for cut in [socket] if socket is not None else list(self.sockets):
            self._lost(cut)
            await cut.close(code=1011)

    async def close(self) -> None:
        for socket in list(self.sockets):
            await socket.close()
