"""Both ways to the bot: sealed and signed requests to its URL, and frames over a long connection that it opened."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp

from tests.feishu.double.crypt import encrypted, signature
from tests.feishu.double.links import Links, Lost
from tests.feishu.double.model import Json
from tests.feishu.double.tenant import Tenant

Kind = Literal["event", "callback"]
STAMP, NONCE, SIGNATURE = "X-Lark-Request-Timestamp", "X-Lark-Request-Nonce", "X-Lark-Signature"


@dataclass(frozen=True)
class Reply:
    """What came back: `body` parsed when it was JSON, `error` as the person sees it (`timeout`, `failed`)."""

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
    wire: tuple[bytes, Mapping[str, str]] = (b"", {})  # body and headers as they went out, for webhooks

    @property
    def type(self) -> str:
        return str(self.payload["header"]["event_type"])


class Delivery:
    """Takes payloads to the bot and remembers every attempt.

    An event that is not answered 200 within `ack_seconds` comes again after each of `retry_waits`; a press never does. Feishu waits 15
    seconds, five minutes, an hour and six; tests need not. Over the long connection an event waits up to `reconnect_seconds` for one.
    """

    def __init__(self, tenant: Tenant, transport: Literal["webhook", "socket"]) -> None:
        self.tenant, self.transport = tenant, transport
        self.request_url, self.callback_url = "", ""
        self.ack_seconds = 3.0
        self.retry_waits: tuple[float, ...] = (0.0, 0.01, 0.02, 0.02)
        self.reconnect_seconds = 5.0
        self.signed_at: Callable[[], float] = time.time
        self.delivered: list[Delivered] = []
        self.links = Links(tenant)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        await self.links.close()
        if self._session is not None:
            await self._session.close()

    async def deliver(self, kind: Kind, payload: Json) -> Reply:
        """Until answered well, or given up."""
        reply, waits = Reply(), self.retry_waits if kind == "event" else ()
        for attempt in range(len(waits) + 1):
            if attempt:
                await asyncio.sleep(waits[attempt - 1])
            reply = await self.once(kind, payload, attempt)
            if reply.error is None:
                break
        return reply

    async def once(self, kind: Kind, payload: Json, attempt: int = 0) -> Reply:
        start = time.monotonic()
        wire: tuple[bytes, Mapping[str, str]] = (b"", {})
        if self.transport == "webhook":
            wire = self.signed(payload)
            reply = await self.send(*wire, kind=kind)
        else:
            reply = await self._over_link(kind, payload)
        self.delivered.append(Delivered(kind, payload, attempt, reply, time.monotonic() - start, wire))
        return reply

    # --- webhook ------------------------------------------------------------------------------------------------------------

    def signed(self, payload: Json) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a request made now: sealed and signed when there is an Encrypt Key, else plain with its token."""
        key, text = self.tenant.encrypt_key, json.dumps(payload, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json;charset=UTF-8", "User-Agent": "Go-http-client/1.1"}
        if not key:
            return text, headers
        body = json.dumps({"encrypt": encrypted(key, text)}).encode()
        return body, headers | self.seal(body)

    def seal(self, body: bytes, key: str | None = None, at: float | None = None) -> dict[str, str]:
        stamp, nonce = str(int(self.signed_at() if at is None else at)), str(secrets.randbelow(10**10))
        found = signature(self.tenant.encrypt_key if key is None else key, stamp, nonce, body)
        return {STAMP: stamp, NONCE: nonce, SIGNATURE: found}

    async def send(self, body: bytes, headers: Mapping[str, str], *, kind: Kind = "event", seconds: float | None = None) -> Reply:
        """One request as it is."""
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        url = self.callback_url or self.request_url if kind == "callback" else self.request_url
        try:
            timeout = aiohttp.ClientTimeout(total=seconds or self.ack_seconds)
            async with self._session.post(url, data=body, headers=headers, timeout=timeout, allow_redirects=False) as got:
                text = await got.text()
                found = Reply(got.status, parsed(text), None, tuple(got.headers.items()))
        except TimeoutError:
            return Reply(error="timeout")
        except (aiohttp.ClientError, ValueError):
            return Reply(error="failed")
        return found if found.status == 200 else Reply(found.status, found.body, "failed", found.headers)

    # --- long connection ----------------------------------------------------------------------------------------------------

    async def _over_link(self, kind: Kind, payload: Json) -> Reply:
        if kind == "event":
            await self.links.awaited(self.reconnect_seconds)
        try:
            code, body = await self.links.carry(json.dumps(payload, ensure_ascii=False).encode(), self.ack_seconds)
        except TimeoutError:
            return Reply(error="timeout")
        except Lost:
            return Reply(error="failed")
        return Reply(code, body, None if code == 200 else "failed")


def parsed(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
