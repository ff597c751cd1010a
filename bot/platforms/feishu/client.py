"""Call Feishu's open API: one pool of kept-alive connections, one token, errors said as `Later` and `Never`.

lark-oapi's own calls open a connection each and fetch the token with the loop standing still; the figures are in the decision record.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from bot.core.errors import Later
from bot.platforms.feishu.faults import CROWDED, OPERATOR, STALE, Denied, Wait, meaning, unheard
from bot.platforms.feishu.tokens import Tokens

log = logging.getLogger("fenghuo.feishu")

FEISHU = "https://open.feishu.cn"
CONNECTIONS = 200  # more than the engine's calls in flight, so that a burst waits for Feishu and not for us
KEPT_ALIVE = 50.0  # seconds; balancers in front of such services close after 60, and a request must not meet the closing
CONNECT = 4.0  # seconds
UNREACHED = 2.0  # seconds until the next try where nobody answered the door
LONGEST = 3600.0  # seconds that we let Feishu make us wait
TOKEN = "auth/v3/tenant_access_token/internal"

Scalar = str | int | bool
Query = Mapping[str, Scalar | Sequence[str] | None]
Payload = bytes | aiohttp.FormData | None


@dataclass(frozen=True, slots=True)
class Me:
    """Who we are in the tenant: the bot's own open_id, by which mentions are told apart, and its name."""

    open_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `code` None: no answer of Feishu's, but of something in between."""

    call: str
    status: int
    code: int | None
    data: Mapping[str, Any]
    log_id: str
    reset: float

    def __str__(self) -> str:
        return f"{self.call}: {self.code if self.code is not None else f'HTTP {self.status}'} (log_id {self.log_id or '?'})"


class Client:
    """One per process. Connections belong to the running event loop and end with it."""

    def __init__(self, app_id: str, app_secret: str, domain: str | None = None, timeout: float = 10.0) -> None:
        self.app_id, self.domain = app_id, (domain or FEISHU).rstrip("/")
        self._secret = app_secret
        self._patience = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT)
        self._tokens = Tokens(self._token)
        self._me: Me | None = None
        self._pool: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._repairs: set[int] = set()

    @property
    def known(self) -> Me | None:
        """Who we are, if anybody has asked already."""
        return self._me

    async def me(self) -> Me:
        """Who we are; asked once."""
        if self._me is None:
            answer = await self.call("GET", "bot/v3/info")
            self._me = Me(dig(answer, "bot", "open_id"), str(answer["bot"].get("app_name") or ""))
        return self._me

    async def call(self, method: str, path: str, query: Query | None = None, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """`data` of Feishu's answer. Later where it may work another time, Denied (a Never) where it says no.

        `path` is below /open-apis. None among the query is left out.
        """
        payload = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return await self._asked(method, path, query, lambda: payload)

    async def upload(self, path: str, fields: Mapping[str, str], name: str, content: bytes) -> Mapping[str, Any]:
        """A call whose body is a file. Nothing is shared by this."""

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData(dict(fields))
            data.add_field("file", content, filename=name, content_type="application/octet-stream")
            return data

        return await self._asked("POST", path, None, form)

    async def pages(self, path: str, most: int, query: Query) -> AsyncIterator[Mapping[str, Any]]:
        """The answers of a GET that pages, at most so many."""
        token = None
        for _ in range(most):
            answer = await self.call("GET", path, {**query, "page_token": token})
            yield answer
            token = answer.get("page_token")
            if not answer.get("has_more") or not isinstance(token, str) or not token:
                return

    async def close(self) -> None:
        self._tokens.close()
        keeper, self._keeper, self._pool = self._keeper, None, None
        if keeper is not None and self._loop is asyncio.get_running_loop():
            keeper.cancel()
            await asyncio.wait({keeper})

    # --- one call -----------------------------------------------------------------------------------------------------------

    async def _asked(self, method: str, path: str, query: Query | None, payload: Callable[[], Payload]) -> Mapping[str, Any]:
        token = await self._tokens.get()
        answer = await self._sent(method, path, query, payload(), token)
        if answer.code in STALE:
            token = await self._tokens.renew(token)
            answer = await self._sent(method, path, query, payload(), token)
        return self._judged(answer)

    async def _sent(self, method: str, path: str, query: Query | None, payload: Payload, token: str | None) -> Answer:
        call = f"{method} {path}"
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if isinstance(payload, bytes):
            headers["Content-Type"] = "application/json; charset=utf-8"
        url = f"{self.domain}/open-apis/{path}"
        try:
            async with self._open().request(
                method, url, params=_pairs(query or {}), data=payload, headers=headers, allow_redirects=False
            ) as response:
                raw, status, heard = await response.read(), response.status, response.headers
        except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError) as unreached:
            raise Later(UNREACHED, f"{call}: {type(unreached).__name__}", reached=False) from unreached
        except (aiohttp.ClientError, TimeoutError, OSError) as broken:
            raise Later(None, f"{call}: {type(broken).__name__}") from broken
        data = _read(raw)
        code = data.get("code")
        return Answer(call, status, code if type(code) is int else None, data, heard.get("X-Tt-Logid") or _log_id(data), _seconds(heard))

    def _judged(self, answer: Answer) -> Mapping[str, Any]:
        if answer.code == 0:
            self._repairs.clear()
            data = answer.data.get("data")
            return data if isinstance(data, Mapping) else answer.data
        if answer.status == 429 or answer.code == 99991400:
            raise Later(answer.reset, str(answer))
        if answer.code is None:
            raise Later(None, str(answer))
        found = meaning(answer.code, answer.data)
        if isinstance(found, Wait):
            self._shout(answer.code, found)
            raise Later(found.seconds, str(answer), reached=not found.loud)
        if found is None and answer.status >= 500:
            raise Later(None, str(answer))
        found = found or unheard(answer.code)
        if found.ours:
            log.error("Feishu cannot read our %s: %s", answer, answer.data.get("msg"))
        else:
            log.info("Feishu refuses %s: %s", answer, answer.data.get("msg"))
        raise Denied(found.why, answer.call, answer.code, answer.data, answer.log_id)

    async def _token(self) -> tuple[str, float]:
        """A new token and its seconds. Whatever goes wrong here, the call for which it was wanted was surely not made."""
        body = json.dumps({"app_id": self.app_id, "app_secret": self._secret}).encode()
        try:
            answer = await self._sent("POST", TOKEN, None, body, None)
        except Later as later:
            raise Later(later.seconds or UNREACHED, later.why, reached=later.reached) from later
        token, seconds = answer.data.get("tenant_access_token"), answer.data.get("expire")
        if answer.code == 0 and isinstance(token, str) and token and isinstance(seconds, int):
            return token, float(seconds)
        if answer.status == 429 or answer.code == 99991400:
            raise Later(answer.reset, str(answer))
        if answer.code is None or answer.status >= 500:
            raise Later(UNREACHED, str(answer), reached=False)
        found = meaning(answer.code, answer.data)
        loud = found.loud if isinstance(found, Wait) and found.loud else "Feishu gives us no token (%s); all that is due waits"
        self._shout(answer.code, Wait(OPERATOR, loud))
        raise Later(OPERATOR, str(answer), reached=False)

    def _shout(self, code: int, wait: Wait) -> None:
        """Once per trouble, until a call succeeds again."""
        if wait.loud and code not in self._repairs:
            self._repairs.add(code)
            log.critical(wait.loud, code)

    def _open(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._pool is None or self._pool.closed or self._loop is not loop:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEPT_ALIVE, ttl_dns_cache=300)
            self._pool, self._loop = aiohttp.ClientSession(connector=connector, timeout=self._patience, proxy=_proxy(self.domain)), loop
            self._keeper = loop.create_task(_keep(self._pool))
        return self._pool


def _proxy(url: str) -> str | None:
    """The proxy of the environment for that address. aiohttp would look for it, and for a .netrc, in a thread at every call."""
    there = urlsplit(url)
    return None if proxy_bypass(there.netloc) else getproxies().get(there.scheme) or None


async def _keep(session: aiohttp.ClientSession) -> None:
    """A loop that ends cancels its tasks, and with this one goes what would be left open."""
    try:
        await asyncio.Event().wait()
    finally:
        await session.close()


def part(text: str) -> str:
    """One segment of a path, whatever is in it."""
    return quote(text, safe="")


def dig(answer: Mapping[str, Any], *path: str) -> str:
    """A word that Feishu's answer must have. Without it we cannot know what happened."""
    found: Any = answer
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not found:
        raise Later(None, f"an answer without {'.'.join(path)}")
    return found


def rows(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list in Feishu's answer; what is none is left out."""
    found = answer.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def words_of(answer: Mapping[str, Any], name: str) -> list[str]:
    """The strings of a list in Feishu's answer."""
    found = answer.get(name)
    return [row for row in found if isinstance(row, str)] if isinstance(found, list) else []


def _pairs(query: Query) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        match value:
            case None:
                pass
            case bool():
                pairs.append((name, "true" if value else "false"))
            case str() | int():
                pairs.append((name, str(value)))
            case _:
                pairs += [(name, each) for each in value]
    return pairs


def _read(raw: bytes) -> Mapping[str, Any]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):  # no JSON, not UTF-8, or somebody's joke
        return {}
    return data if isinstance(data, dict) else {}


def _log_id(data: Mapping[str, Any]) -> str:
    error = data.get("error")
    found = error.get("log_id") if isinstance(error, Mapping) else None
    return found if isinstance(found, str) else ""


def _seconds(headers: Mapping[str, str]) -> float:
    try:
        return min(LONGEST, max(0.0, float(headers.get("x-ogw-ratelimit-reset") or headers.get("Retry-After") or CROWDED)))
    except ValueError:
        return CROWDED
