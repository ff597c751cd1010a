"""Call Slack's Web API: one client on one kept-alive pool of connections, errors said as `Later` and `Never`.

slack_sdk's own retries are off: it sends again after a reset, and the message stands there twice. Whoever calls looks for its key first.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.errors import Later
from bot.platforms.slack.faults import CROWDED, DONE, Denied, Wait, meaning

log = logging.getLogger("fenghuo.slack")

CONNECTIONS = 200  # more than the engine's calls in flight, so that a burst waits for Slack and not for us
KEPT_ALIVE = 50.0  # seconds; balancers in front of such services close after 60, and a request must not meet the closing
CONNECT = 4.0  # seconds
UNREACHED = 2.0  # seconds until the next try where nobody answered the door


@dataclass(frozen=True, slots=True)
class Me:
    """Who we are in the workspace. `org`: the token is an organisation's, so whatever makes a thing must name the team."""

    user: str
    bot: str
    team: str
    org: bool


class Web:
    """One per process. Connections belong to the running event loop and end with it."""

    def __init__(self, token: str, base_url: str | None = None, timeout: float = 10.0) -> None:
        self._client = _Pooled(token, timeout, base_url or AsyncWebClient.BASE_URL)
        self._me: Me | None = None
        self._repairs: set[str] = set()

    @property
    def client(self) -> AsyncWebClient:
        """For Bolt, which copies it per request together with the one session."""
        return self._client

    @property
    def known(self) -> Me | None:
        """Who we are, if anybody has asked already."""
        return self._me

    async def me(self) -> Me:
        """Who we are; asked once."""
        if self._me is None:
            answer = await self.call("auth.test")
            self._me = Me(
                dig(answer, "user_id"), str(answer.get("bot_id") or ""), dig(answer, "team_id"), bool(answer.get("is_enterprise_install"))
            )
        return self._me

    async def call(self, method: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Slack's answer. Later where it may work another time, Denied (a Never) where it says no; None among arguments is left out.

        Everything travels as a form, which every method takes; JSON is taken by some.
        """
        try:
            answer = await self._client.api_call(method, data=_form(arguments))
        except SlackApiError as error:
            return self._judged(method, error)
        except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError) as unreached:
            raise Later(UNREACHED, f"{method}: {type(unreached).__name__}", reached=False) from unreached
        except (aiohttp.ClientError, TimeoutError, OSError) as broken:
            raise Later(None, f"{method}: {type(broken).__name__}") from broken
        except (AttributeError, TypeError, ValueError) as odd:  # slack_sdk trips over a body that is a list, a string or not UTF-8
            raise Later(None, f"{method}: an answer that makes no sense") from odd
        self._repairs.clear()
        return answer.data if isinstance(answer.data, dict) else {}

    async def pages(self, method: str, /, most: int, **arguments: Any) -> AsyncIterator[Mapping[str, Any]]:
        """The answers of a method that pages, at most so many."""
        cursor = None
        for _ in range(most):
            answer = await self.call(method, cursor=cursor, **arguments)
            yield answer
            following = answer.get("response_metadata")
            cursor = following.get("next_cursor") if isinstance(following, Mapping) else None
            if not cursor:
                return

    async def upload(self, url: str, content: bytes) -> None:
        """The bytes of a file, to the address that Slack gave for them. Nothing is shared by this."""
        try:
            async with self._client.open().post(url, data=content, proxy=self._client.proxy) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as broken:
            raise Later(None, f"upload: {type(broken).__name__}") from broken
        if status != 200:
            raise Later(None, f"upload: HTTP {status}")

    async def close(self) -> None:
        await self._client.close()

    def _judged(self, method: str, error: SlackApiError) -> Mapping[str, Any]:
        response = error.response
        if not isinstance(response, AsyncSlackResponse):
            raise Later(None, f"{method}: an answer that is no JSON") from error
        data: Mapping[str, Any] = response.data if isinstance(response.data, dict) else {}
        code = data.get("error")
        if response.status_code == 429 or code in ("ratelimited", "rate_limited"):
            raise Later(_seconds(response.headers), f"{method}: ratelimited") from error
        if response.status_code >= 500 or not isinstance(code, str):
            raise Later(None, f"{method}: HTTP {response.status_code}") from error
        if code in DONE.get(method, ()):
            return data
        found = meaning(code, data)
        if isinstance(found, Wait):
            self._shout(code, found)
            raise Later(found.seconds, f"{method}: {code}", reached=not found.loud) from error
        if found.ours:
            log.error("Slack cannot read our %s (%s): %s", method, code, data.get("response_metadata"))
        raise Denied(found.why, method, code, data) from error

    def _shout(self, code: str, wait: Wait) -> None:
        """Once per trouble, until a call succeeds again."""
        if wait.loud and code not in self._repairs:
            self._repairs.add(code)
            log.critical(wait.loud, code)


class _Pooled(AsyncWebClient):
    """A client whose session is made when first wanted, in the running loop, and ends with that loop.

    slack_sdk knows the proxy of the environment. aiohttp would look for it, and for a .netrc, in a thread of its own at every call.
    """

    def __init__(self, token: str, timeout: float, base_url: str) -> None:
        self._patience = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT)
        self._pool: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keeper: asyncio.Task[None] | None = None
        super().__init__(token, base_url, timeout=round(timeout), retry_handlers=[])

    @property
    def session(self) -> aiohttp.ClientSession | None:
        """slack_sdk reads it anew for every request, and Bolt for every copy."""
        try:
            return self.open()
        except RuntimeError:  # no loop runs: whoever asks is only being built
            return None

    @session.setter
    def session(self, _: object) -> None:
        """slack_sdk says None at the start."""

    def open(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._pool is None or self._pool.closed or self._loop is not loop:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEPT_ALIVE, ttl_dns_cache=300)
            self._pool, self._loop = aiohttp.ClientSession(connector=connector, timeout=self._patience), loop
            self._keeper = loop.create_task(_keep(self._pool))
        return self._pool

    async def close(self) -> None:
        keeper, self._keeper, self._pool = self._keeper, None, None
        if keeper is not None and self._loop is asyncio.get_running_loop():
            keeper.cancel()
            await asyncio.wait({keeper})


async def _keep(session: aiohttp.ClientSession) -> None:
    """A loop that ends cancels its tasks, and with this one goes what would be left open."""
    try:
        await asyncio.Event().wait()
    finally:
        await session.close()


def dig(answer: Mapping[str, Any], *path: str) -> str:
    """A word that Slack's answer must have. Without it we cannot know what happened."""
    found: Any = answer
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not found:
        raise Later(None, f"an answer without {'.'.join(path)}")
    return found


def rows(answer: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list in Slack's answer; what is none is left out."""
    found = answer.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def words_of(answer: Mapping[str, Any], name: str) -> list[str]:
    """The strings of a list in Slack's answer."""
    found = answer.get(name)
    return [row for row in found if isinstance(row, str)] if isinstance(found, list) else []


def _form(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: _said(value) for name, value in arguments.items() if value is not None}


def _said(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _seconds(headers: Mapping[str, str]) -> float:
    try:
        return min(3600.0, max(0.0, float(headers.get("Retry-After", CROWDED))))
    except ValueError:
        return CROWDED
