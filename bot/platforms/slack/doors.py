"""The two ways in which Slack reaches us, signed HTTP and Socket Mode: slack_bolt behind both, and the ears behind that."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.core.errors import Later, Never
from bot.platforms.slack.ears import SlackEars
from bot.platforms.slack.payload import TALK, Body, Malformed, part
from bot.platforms.slack.recent import Recent
from bot.platforms.slack.web import Me, Web
from bot.store.database import Unavailable

log = logging.getLogger("fenghuo.slack")
bolt_log = logging.getLogger("fenghuo.slack.bolt")
bolt_log.setLevel(logging.ERROR)  # it warns of tokens and unknown events, which are ours to judge; bolt gives its app's logger this level

ALL = re.compile(".*", re.DOTALL)
WINDOW = 300  # seconds by which a request's timestamp may differ from now
LARGEST = 1_000_000  # bytes
INTRODUCED = 1.0  # seconds that a request may spend on finding out who we are
BACKOFF = (0.5, 30.0)  # seconds: the first wait, and the longest
WATCH = 1.0  # seconds between two looks at the socket
PING = 10.0  # seconds
TROUBLES = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError, LookupError, AttributeError, TypeError)
"""What connecting may end in; slack_sdk trips over odd answers in its own ways."""
PARTING = 3.0  # seconds that the old socket may still be answered on


# --- bolt -----------------------------------------------------------------------------------------------------------------------


def make_bolt(ears: SlackEars, web: Web, signing_secret: str | None = None) -> AsyncApp:
    """An app that acknowledges everything: what the ears know is done first, what nobody knows is let pass quietly.

    Authorisation never fails because Slack is away: then we only do not know our own name yet, and a deed is committed all the same.
    """

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        us = await introduced(web)
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=us.team if us else team_id, bot_user_id=us.user if us else None,
            bot_id=us.bot if us else None, bot_token=web.client.token,
        )  # fmt: skip

    app = AsyncApp(
        logger=bolt_log, name=bolt_log.name, client=web.client, signing_secret=signing_secret or "", authorize=authorize,
        process_before_response=True, request_verification_enabled=False, ssl_check_enabled=False,
    )  # fmt: skip
    app.middleware(_strangers(web))
    for register, hear in (
        (app.command(ALL), ears.command), (app.event(ALL), ears.event), (app.action(ALL), ears.press), (app.view(ALL), ears.submit),
        (app.shortcut(ALL), ears.shortcut), (app.options(ALL), ears.suggest),
    ):  # fmt: skip
        register(_listener(hear))
    app.view_closed(ALL)(_listener(_nothing))
    app.error(_troubled)
    return app


async def introduced(web: Web) -> Me | None:
    """Who we are; None while Slack does not say."""
    if web.known is not None:
        return web.known
    try:
        async with asyncio.timeout(INTRODUCED):
            return await web.me()
    except (Later, Never, TimeoutError) as trouble:
        log.warning("Slack does not say who we are: %r", trouble)
        return None


def _listener(hear: Callable[[Body], Awaitable[dict[str, Any] | None]]) -> Callable[..., Awaitable[BoltResponse]]:
    async def listen(body: dict[str, Any], ack: AsyncAck) -> BoltResponse:
        try:
            answer = await hear(body)
        except Malformed as wrong:
            log.warning("a %s without %s", body.get("type") or "command", wrong)
            answer = None
        return await ack(answer) if answer else await ack()

    return listen


async def _nothing(body: Body) -> None:
    return None


def _strangers(web: Web) -> Callable[..., Awaitable[Any]]:
    """What comes from another workspace than ours is let pass without a look."""

    async def judge(body: dict[str, Any], ack: AsyncAck, next: Callable[[], Awaitable[Any]]) -> Any:
        us, team = web.known, team_of(body)
        if us is not None and not us.org and team and team != us.team:
            log.warning("ignored: %s of another workspace, %s", body.get("type") or "command", team)
            return await ack()
        return await next()

    return judge


def team_of(body: Body) -> str:
    """The workspace that a payload is for; "" where it does not say."""
    installs = body.get("authorizations")
    first = installs[0] if isinstance(installs, list) and installs and isinstance(installs[0], Mapping) else {}
    team, view = body.get("team"), part(body, "view")
    own = team.get("id") if isinstance(team, Mapping) else team
    found = next((each for each in (view.get("app_installed_team_id"), first.get("team_id"), body.get("team_id"), own) if each), "")
    return found if isinstance(found, str) else ""


async def dispatched(bolt: AsyncApp, body: dict[str, Any], headers: dict[str, str | Sequence[str]] | None = None) -> BoltResponse:
    """What bolt and the ears make of a payload that is verified. Bolt trips over odd shapes; they are let pass here."""
    if not legible(body):
        log.info("a payload of an unknown shape: %.40r", body.get("type"))
        return BoltResponse(status=200)
    if echo(body):
        return BoltResponse(status=200)
    try:
        return await bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body, headers=headers))
    except (AttributeError, LookupError, TypeError, ValueError) as odd:  # raised while bolt reads; what listeners raise, it answers
        log.error("bolt cannot read a %s: %r", body.get("type"), odd)
        return BoltResponse(status=200)


def echo(body: Body) -> bool:
    """Whether it is a message that no person has typed: a bot's, Slack's own remark (somebody joined), a change to an older one.

    There is one for every card of ours and for everybody who is invited, and no ear wants to hear it.
    """
    match body:
        case {"type": "event_callback", "event": {"type": "message", "bot_id": str()}}:
            return True
        case {"type": "event_callback", "event": {"type": "message", "subtype": str(subtype)}}:
            return subtype not in TALK
        case _:
            return False


def legible(body: Body) -> bool:
    """Whether a payload is of a kind that we know and has the parts by which bolt finds its listener."""
    match body:
        case {"command": str()}:
            return True
        case {"type": "event_callback", "event": {"type": str()} as event}:
            return all(isinstance(event.get(name), str | Mapping | None) for name in ("user", "channel", "item", "message"))
        case {"type": "block_actions", "actions": [{"action_id": str()}, *_]} | {"type": "block_suggestion", "action_id": str()}:
            return True
        case {"type": "view_submission" | "view_closed", "view": {"callback_id": str(), "type": str()}}:
            return True
        case {"type": "shortcut" | "message_action", "callback_id": str()}:
            return True
        case _:
            return False


async def _troubled(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """What could not be kept is sent again by Slack when it hears an error; over a socket, when it hears nothing."""
    away = isinstance(error, Unavailable | Later)
    log.error("%s was not heard: %s", body.get("type") or "command", type(error).__name__, exc_info=None if away else error)
    return BoltResponse(status=503 if away else 500, body="")


# --- HTTP -----------------------------------------------------------------------------------------------------------------------


def http_router(bolt: AsyncApp, signing_secret: str, now: Callable[[], float] = time.time) -> APIRouter:
    """POST /slack/events for events, commands and interactivity alike. `now` is the wall clock in seconds, which Slack signs."""
    router = APIRouter()
    verifier = SignatureVerifier(signing_secret)
    seen: Recent[bool] = Recent(2 * WINDOW)

    @router.post("/slack/events", include_in_schema=False)
    async def slack_events(request: Request) -> Response:
        body = await _within(request, LARGEST)
        if body is None:
            log.warning("refused: a request to /slack/events of more than %s bytes", LARGEST)
            return Response(status_code=413)
        stamp, signature = (request.headers.get(name, "") for name in ("x-slack-request-timestamp", "x-slack-signature"))
        wrong = _wrong(verifier, body, stamp, signature, now()) or ("replayed" if seen.get(f"{stamp}:{signature}") else "")
        if wrong:
            log.warning("refused: a request to /slack/events from %s: %s", request.client.host if request.client else "?", wrong)
            return Response(status_code=401)
        seen.put(f"{stamp}:{signature}", True)
        response = await heard(request, body)
        if response.status_code >= 500:  # Slack may send it again within the same second, and then it is signed alike
            seen.drop(f"{stamp}:{signature}")
        return response

    async def heard(request: Request, body: bytes) -> Response:
        payload = _read(body, request.headers.get("content-type", ""))
        if payload is None:
            log.warning("refused: a request to /slack/events that cannot be read")
            return Response(status_code=400)
        if payload.get("type") == "url_verification":
            return Response(str(payload.get("challenge", "")), media_type="text/plain")
        if "ssl_check" in payload:
            return Response()
        headers: dict[str, str | Sequence[str]] = {}
        headers |= {name: request.headers[name] for name in ("x-slack-retry-num", "x-slack-retry-reason") if name in request.headers}
        # bolt would lose a command whose text holds the word "payload", so the body is read here and goes in as a socket's would
        return to_starlette_response(await dispatched(bolt, payload, headers))

    return router


async def _within(request: Request, most: int) -> bytes | None:
    body = bytearray()
    async for part_ in request.stream():
        body += part_
        if len(body) > most:
            return None
    return bytes(body)


def _wrong(verifier: SignatureVerifier, body: bytes, stamp: str, signature: str, now: float) -> str:
    """Why a request is not Slack's, or not of now; "" when it is both."""
    if not (re.fullmatch(r"[0-9]{1,12}", stamp) and re.fullmatch(r"v0=[0-9a-f]{64}", signature)):
        return "not signed"
    if abs(now - int(stamp)) > WINDOW:
        return "signed at another time"
    try:
        good = verifier.generate_signature(timestamp=stamp, body=body)
    except UnicodeDecodeError:
        return "not a text"
    return "" if good is not None and hmac.compare_digest(good, signature) else "signed by somebody else"


def _read(body: bytes, kind: str) -> dict[str, Any] | None:
    """JSON as it is, or a form: a command's own fields, or one field with the payload of a press."""
    try:
        if kind.startswith("application/json") or body.startswith(b"{"):
            found = json.loads(body)
        else:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            found = json.loads(form["payload"]) if "payload" in form and "command" not in form else form
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


# --- Socket Mode ------------------------------------------------------------------------------------------------------------------


class Socket:
    """The connection that we open to Slack and keep open; it is opened again for ever, and starting never waits for it."""

    def __init__(self, bolt: AsyncApp, app_token: str, web: Web, watch: float = WATCH, backoff: tuple[float, float] = BACKOFF) -> None:
        self._bolt, self._token, self._web = bolt, app_token, web
        self._watch, self._backoff = watch, backoff
        self._line: _Line | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._hearing: set[asyncio.Task[Any]] = set()

    @property
    def connected(self) -> bool:
        return self._line is not None and self._line.stands

    async def start(self) -> None:
        self._line = _Line(self._token, self._web, self._backoff)
        self._line.socket_mode_request_listeners.append(self._heard)
        self._keeper = asyncio.create_task(self._keep(self._line))

    async def stop(self, seconds: float = 3.0) -> None:
        """What was heard is acknowledged first, as far as that can be in so many seconds."""
        if self._hearing:
            await asyncio.wait(self._hearing, timeout=seconds)
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        if self._line is not None:
            await self._line.close()

    async def _keep(self, line: _Line) -> None:
        """slack_sdk looks for a dropped socket only at its pings; a person's command should not wait for that."""
        await line.connect_to_new_endpoint()
        while True:
            await asyncio.sleep(self._watch)
            if not line.stands:
                log.warning("the socket to Slack was lost; connecting again")
                await line.connect_to_new_endpoint()

    async def _heard(self, line: Any, request: SocketModeRequest) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._hearing.add(task)
        task.add_done_callback(self._hearing.discard)
        arrived = line.current_session
        response = await dispatched(self._bolt, request.payload, build_headers(request))
        if response.status != 200:
            return  # not acknowledged: Slack sends it again
        answer = json.loads(response.body) if response.body else None
        try:
            await arrived.send_str(json.dumps(SocketModeResponse(request.envelope_id, answer).to_dict()))
        except (aiohttp.ClientError, ConnectionError) as lost:
            log.warning("a socket went before its acknowledgement: %s", type(lost).__name__)
            await self._tell(request.payload, answer)

    async def _tell(self, body: Body, answer: Mapping[str, Any] | None) -> None:
        """What was done stands; the answer to a command reaches the person by the address that came with it."""
        url, session = body.get("response_url"), self._web.client.session
        if isinstance(url, str) and session is not None and answer is not None and "text" in answer:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError, ValueError):
                async with session.post(url, json=answer):
                    return


class _Line(SocketModeClient):
    """slack_sdk's client, but for how it connects: each try asks for a new address, since one is good for one connection only.

    The new socket stands before the old one goes, so that what is under way can still be acknowledged where it came from.
    """

    def __init__(self, app_token: str, web: Web, backoff: tuple[float, float]) -> None:
        super().__init__(app_token, bolt_log, web.client, ping_interval=PING)
        self._backoff = backoff
        self._tried = -1e9
        self._going: set[asyncio.Task[None]] = set()

    @property
    def stands(self) -> bool:
        return not self.closed and not self.stale and self.current_session is not None and not self.current_session.closed

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Called for one loss from several sides; the first of them connects."""
        lost = self.current_session
        async with self.connect_operation_lock:
            if not self.stands or (force and self.current_session is lost):
                await self.connect()

    async def connect(self) -> None:
        """Until it stands, with longer and longer waits."""
        wait, longest = self._backoff
        while not self.closed:
            if time.monotonic() - self._tried < wait:
                await asyncio.sleep(wait)
                wait = min(2 * wait, longest)
            self._tried = time.monotonic()
            try:
                await self._connect_once()
                return
            except (
                SlackClientError,
                aiohttp.ClientError,
                TimeoutError,
                OSError,
                ValueError,
                LookupError,
                AttributeError,
                TypeError,
            ) as trouble:
                log.warning("no socket to Slack yet: %s", type(trouble).__name__)

    async def _connect_once(self) -> None:
        self.wss_uri = await self.issue_new_wss_url()
        old, ssl = self.current_session, self.web_client.ssl
        self.current_session = await self.aiohttp_client_session.ws_connect(
            self.wss_uri, autoping=False, heartbeat=self.ping_interval, proxy=self.proxy, ssl=True if ssl is None else ssl
        )
        self.stale, self.last_ping_pong_time = False, None
        for task in (self.current_session_monitor, self.message_receiver):
            if task is not None:
                task.cancel()
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())
        if old is not None and not old.closed:
            going = asyncio.create_task(_part(old))
            self._going.add(going)
            going.add_done_callback(self._going.discard)

    async def close(self) -> None:
        for going in self._going:
            going.cancel()
        if self._going:
            await asyncio.wait(self._going)
        await super().close()  # type: ignore[no-untyped-call]


async def _part(old: aiohttp.ClientWebSocketResponse) -> None:
    try:
        await asyncio.sleep(PARTING)
    finally:
        await old.close()
