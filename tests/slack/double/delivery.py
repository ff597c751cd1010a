"""Both ways to the bot: signed requests to its URL, and envelopes over a websocket that it opened."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

from tests.slack.double.model import Json
from tests.slack.double.patience import within
from tests.slack.double.workspace import Workspace

Kind = Literal["events_api", "slash_commands", "interactive"]
SOCKETS_MOST = 10
NO_TIMEOUT = aiohttp.ClientTimeout(total=None)
STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


@dataclass(frozen=True)
class Reply:
    """What came back: `body` parsed when it was JSON, `error` as the person sees it (`operation_timeout`, `dispatch_failed`)."""

    status: int = 0
    body: Any = None
    error: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Delivered:
    """One attempt. `attempt` 0 is the first."""

    kind: Kind
    payload: Json
    attempt: int
    reply: Reply
    seconds: float
    wire: tuple[bytes, Mapping[str, str]] = (b"", {})  # body and headers as they went out, for HTTP


def signature(secret: str, timestamp: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def encoded(kind: Kind, payload: Json) -> tuple[bytes, str]:
    """The raw body and its content type."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


class Delivery:
    """Takes payloads to the bot and remembers every attempt.

    An event that is not acknowledged within `ack_seconds` comes again after each of `retry_waits`; a command or a press never does.
    Slack waits a moment, a minute and five; tests need not. Over sockets an event waits up to `reconnect_seconds` for the bot to be back.
    """

    def __init__(self, ws: Workspace, transport: Literal["http", "socket"]) -> None:
        self.ws, self.transport = ws, transport
        self.request_url = ""
        self.ack_seconds = 3.0
        self.retry_waits: tuple[float, ...] = (0.0, 0.01, 0.02)
        self.reconnect_seconds = 5.0
        self.signed_at: Callable[[], float] = time.time
        self.delivered: list[Delivered] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.drop_next = False  # cut the socket right after the next envelope went out
        self.opened = 0
        self._session: aiohttp.ClientSession | None = None
        self._acks: dict[str, asyncio.Future[Any]] = {}
        self._carried: dict[str, web.WebSocketResponse] = {}
        self._acked_ids: set[str] = set()
        self._came = asyncio.Event()
        self._random = random.Random(7)

    async def close(self) -> None:
        for socket in list(self.sockets):
            await socket.close()
        if self._session is not None:
            await self._session.close()

    async def deliver(self, kind: Kind, payload: Json) -> Reply:
        """Until acknowledged, or given up."""
        reply, reason, waits = Reply(), "", self.retry_waits if kind == "events_api" else ()
        for attempt in range(len(waits) + 1):
            if attempt:
                await asyncio.sleep(waits[attempt - 1])
            start = time.monotonic()
            wire: tuple[bytes, Mapping[str, str]] = (b"", {})
            if self.transport == "http":
                wire = self.signed(kind, payload, {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason} if attempt else {})
                reply, reason = await self.send(*wire)
            else:
                reply, reason = await self._over_socket(kind, payload, attempt, reason)
            self.delivered.append(Delivered(kind, payload, attempt, reply, time.monotonic() - start, wire))
            if reply.error is None or ("X-Slack-No-Retry", "1") in reply.headers:
                break
        return reply

    # --- HTTP ---------------------------------------------------------------------------------------------------------------

    def signed(self, kind: Kind, payload: Json, more: Mapping[str, str] | None = None) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a request, signed now."""
        body, content_type = encoded(kind, payload)
        stamp = str(int(self.signed_at()))
        headers = {"Content-Type": content_type, "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)", **(more or {})}
        return body, {**headers, STAMP: stamp, SIGNATURE: signature(self.ws.signing_secret, stamp, body)}

    async def send(self, body: bytes, headers: Mapping[str, str]) -> tuple[Reply, str]:
        """One request as it is, and why it would be retried."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        try:
            found = await within(self.ack_seconds, self._post(self._session, body, headers))
        except TimeoutError:
            return Reply(error="operation_timeout"), "http_timeout"
        except aiohttp.ClientError:
            return Reply(error="dispatch_failed"), "connection_failed"
        if found.status != 200:
            return Reply(found.status, found.body, "dispatch_failed", found.headers), "http_error"
        return found, ""

    async def _post(self, session: aiohttp.ClientSession, body: bytes, headers: Mapping[str, str]) -> Reply:
        async with session.post(self.request_url, data=body, headers=headers, timeout=NO_TIMEOUT, allow_redirects=False) as got:
            return Reply(got.status, parsed(await got.text(), got.content_type), None, tuple(got.headers.items()))

    # --- socket -------------------------------------------------------------------------------------------------------------

    async def link(self, request: web.Request) -> web.StreamResponse:
        """One connection of the bot, for as long as it stands."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.ws.tickets:
            return web.Response(status=403, text="bad ticket")
        self.ws.tickets.remove(ticket)
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        if len(self.sockets) >= SOCKETS_MOST:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": "double"}})
            await socket.close()
            return socket
        self.sockets.append(socket)
        self.opened += 1
        self._came.set()
        debug = {"host": "double", "build_number": 1, "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": len(self.sockets), "debug_info": debug}
        await socket.send_json({**hello, "connection_info": {"app_id": self.ws.app_id}})
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._heard(json.loads(message.data))
        finally:
            self._lost(socket)
        return socket

    def _lost(self, socket: web.WebSocketResponse) -> None:
        """Whatever waited for an answer on it waits in vain."""
        if socket in self.sockets:
            self.sockets.remove(socket)
        for id in [id for id, on in self._carried.items() if on is socket]:
            waiting = self._acks.get(id)
            if waiting is not None and not waiting.done():
                waiting.set_exception(ConnectionError("the socket closed"))

    def _heard(self, answer: Json) -> None:
        id = answer.get("envelope_id", "")
        if id not in self._carried:
            self.ws.frown("socket", "ack", f"no such envelope: {answer}")
        elif id in self._acked_ids:
            self.ws.frown("socket", "ack", f"acknowledged twice: {answer}")
        elif id in self._acks and not self._acks[id].done():
            self._acks[id].set_result(answer.get("payload"))
        self._acked_ids.add(id)

    async def _over_socket(self, kind: Kind, payload: Json, attempt: int, reason: str) -> tuple[Reply, str]:
        if kind == "events_api" and not self.sockets:
            with suppress(TimeoutError):
                await within(self.reconnect_seconds, self.connected(1))
        alive = [socket for socket in self.sockets if not socket.closed]
        if not alive:
            return Reply(error="dispatch_failed"), "connection_failed"
        socket, id = self._random.choice(alive), self.ws.id("envelope-")
        answers = kind == "slash_commands" or payload.get("type") in ("view_submission", "block_suggestion")
        envelope: Json = {"envelope_id": id, "type": kind, "payload": payload, "accepts_response_payload": answers}
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        waiting = self._acks[id] = asyncio.get_running_loop().create_future()
        self._carried[id] = socket
        try:
            await socket.send_json(envelope)
            if self.drop_next:
                self.drop_next = False
                await self.drop(socket)
            body = await within(self.ack_seconds, waiting)
        except (TimeoutError, ConnectionError):
            return Reply(error="operation_timeout"), "timeout"
        finally:
            del self._acks[id]
        return Reply(200, body if answers else None), ""

    async def connected(self, count: int) -> None:
        """Until that many sockets stand."""
        while len(self.sockets) < count:
            self._came.clear()
            await self._came.wait()

    async def redeliver(self, kind: Kind, payload: Json, attempt: int, reason: str) -> Reply:
        return (await self._over_socket(kind, payload, attempt, reason))[0]

    async def refresh(self) -> None:
        """Slack recycles every connection: it says so and waits for new ones."""
        for socket in list(self.sockets):
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "double"}})

    async def drop(self, socket: web.WebSocketResponse | None = None) -> None:
        """Cut one connection, or all, without a word."""
        for cut in [socket] if socket is not None else list(self.sockets):
            self._lost(cut)
            await cut.close(code=1011)


def parsed(text: str, content_type: str) -> Any:
    if not text.strip():
        return None
    if content_type == "application/json" or text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
