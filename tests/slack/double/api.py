"""The Web API: one request in, Slack's answer out, and a note of everything odd about it."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.slack.double.args import Args, require
from tests.slack.double.limits import Fault, Faults, Limits
from tests.slack.double.methods import METHODS, Method
from tests.slack.double.model import ApiError, Call, File, Json
from tests.slack.double.response_urls import use
from tests.slack.double.workspace import URL_SECONDS, URL_USES, Workspace

ONE_AT_A_TIME = {"bookmarks.add", "bookmarks.edit", "bookmarks.remove"}


class Api:
    """Answers /api/<method>, uploads and response URLs on the server's loop."""

    def __init__(self, ws: Workspace, base: Callable[[], str]) -> None:
        self.ws, self._base = ws, base
        self.limits = Limits(lambda: asyncio.get_running_loop().time(), eager=self._eager)
        self.fault: Faults = lambda method, args: None
        self.latency: Callable[[str], float] = lambda method: 0.0
        self.calls: list[Call] = []
        self.peers: set[tuple[str, int]] = set()
        self._numbers = itertools.count(1)

    # --- one call -----------------------------------------------------------------------------------------------------------

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.peers.add(request.get_extra_info("peername")[:2])
        method = request.match_info["method"]
        given, token, json_body = await self._given(request, method)
        call = Call(method, dict(given), asyncio.get_running_loop().time())
        self.calls.append(call)
        fault = self.fault(method, dict(given))
        try:
            if fault is not None and not fault.after:
                early = await self._fail(request, call, fault)
                if early is not None:
                    return early
            body, status, headers = await self._act(call, given, token, json_body)
            call.answer = body
            if fault is not None and fault.after:
                late = await self._fail(request, call, fault)
                if late is not None:
                    return late
            call.status, call.error = status, None if body["ok"] else body["error"]
            return web.json_response(body, status=status, headers=headers)
        finally:
            call.end = asyncio.get_running_loop().time()

    async def _given(self, request: web.Request, method: str) -> tuple[Json, str | None, bool]:
        given: Json = dict(request.query)
        json_body = request.content_type == "application/json"
        if json_body:
            try:
                body = json.loads(await request.text() or "{}")
            except ValueError:
                body = {}
            if method in METHODS and METHODS[method].reads and body:
                self.ws.frown("arguments", method, "this method does not read a JSON body")
            elif isinstance(body, dict):
                given |= body
        elif request.method == "POST":
            given |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        bearer = request.headers.get("Authorization", "")
        token = given.pop("token", None) or (bearer.removeprefix("Bearer ") if bearer.startswith("Bearer ") else None)
        return given, token, json_body

    async def _act(self, call: Call, given: Json, token: str | None, json_body: bool) -> tuple[Json, int, dict[str, str]]:
        ws, method = self.ws, call.method
        wait = self.limits.wait(method, given)
        if wait:
            if method == "chat.postMessage":
                ws.frown("pace", method, f"more than one message a second in {given.get('channel')}")
            return {"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(wait)}
        place = f"{method.partition('.')[0]}:{given.get('channel_id')}" if method in ONE_AT_A_TIME else ""
        ws.in_flight[place] += 1
        try:
            crowded = bool(place) and ws.in_flight[place] > 1
            delay = self.latency(method)
            if delay:
                await asyncio.sleep(delay / 2)
            with ws.lock:
                body = self._acted(method, given, token, json_body, crowded)
            if delay:
                await asyncio.sleep(delay / 2)
        finally:
            ws.in_flight[place] -= 1
        headers = {"x-oauth-scopes": ",".join(sorted(ws.scopes)), "x-slack-req-id": secrets.token_hex(8)}
        if method in METHODS and METHODS[method].scopes:
            headers["x-accepted-oauth-scopes"] = METHODS[method].scopes.replace(" ", ",")
        return body, 200, headers

    def _acted(self, method: str, given: Json, token: str | None, json_body: bool, crowded: bool) -> Json:
        ws = self.ws
        try:
            if method not in METHODS:
                ws.frown("method", method, "no such method")
                raise ApiError("unknown_method", req_method=method)
            known = METHODS[method]
            self._allowed(method, known, token)
            if given.pop("team_id", ws.team) != ws.team:  # Bolt adds it to every call
                raise ApiError("team_not_found")
            for name in sorted(set(given) - known.names):
                ws.frown("arguments", method, f"{name} is no argument of {method}")
            for name in (name for name, value in given.items() if value is None):
                ws.frown("arguments", method, f"{name} is null")
            missing = [name for name in known.needed if name not in given]
            if missing:
                raise ApiError("invalid_arguments", *(f"[ERROR] missing required field: {name}" for name in missing))
            if crowded:
                ws.frown("pace", method, "bookmarks of one channel are changed one at a time")
                raise ApiError("too_many_requests")
            if method == "apps.connections.open":
                return {"ok": True, "url": self._ticket()}
            return {"ok": True, **known.act(Args(ws, method, given, f"{self._base()}/upload", json_body))}
        except ApiError as error:
            found: Json = {"ok": False, "error": error.code, **error.more}
            if error.messages:
                found["response_metadata"] = {"messages": list(error.messages)}
            return found

    def _allowed(self, method: str, known: Method, token: str | None) -> None:
        ws = self.ws
        if method == "api.test":
            return
        if token is None:
            raise ApiError("not_authed")
        if ws.revoked:
            raise ApiError("token_revoked")
        wanted = ws.app_token if method == "apps.connections.open" else ws.bot_token
        if token != wanted:
            raise ApiError("not_allowed_token_type" if token in (ws.app_token, ws.bot_token) else "invalid_auth")
        if method == "apps.connections.open":
            if "connections:write" not in ws.app_scopes:
                raise ApiError("missing_scope", needed="connections:write", provided=",".join(sorted(ws.app_scopes)))
        elif known.scopes:
            require(ws, *known.scopes.split())

    def _eager(self, method: str, place: str) -> None:
        self.ws.frown("pace", method, f"called again{' in ' + place if place else ''} before Retry-After was over")

    def _ticket(self) -> str:
        ticket = secrets.token_urlsafe(12)
        self.ws.tickets.add(ticket)
        return f"{self._base().replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self.ws.app_id}"

    async def _fail(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse | None:
        call.error, call.status = f"fault:{fault.kind}", 0
        match fault.kind:
            case "http":
                call.status = fault.status
                return web.Response(status=fault.status, text="upstream error", content_type="text/html")
            case "reset":
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=500)
            case "hang":
                await asyncio.sleep(fault.seconds)
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=500)
            case "ratelimited":
                call.status = 429
                self.limits.refuse(call.method, call.args, fault.seconds)
                headers = {"Retry-After": str(int(fault.seconds))}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case "garbage":
                return web.Response(text="<html>proxy</html>", content_type="application/json")
            case "error":
                call.status = 200
                return web.json_response({"ok": False, "error": fault.code})
            case "slow":
                await asyncio.sleep(fault.seconds)
                return None

    # --- uploads and response URLs ------------------------------------------------------------------------------------------

    async def upload(self, request: web.Request) -> web.Response:
        found: File | None = next((file for file in self.ws.files.values() if file.ticket == request.match_info["ticket"]), None)
        if found is None:
            return web.Response(status=404, text="no such upload")
        content = b""
        if request.content_type == "multipart/form-data":
            for value in (await request.post()).values():
                if isinstance(value, web.FileField):
                    content = value.file.read()
        else:
            content = await request.read()
        if len(content) != found.length:
            self.ws.frown("upload", "upload", f"{found.name} was announced with {found.length} bytes and has {len(content)}")
            return web.Response(status=400, text="length mismatch")
        found.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def respond(self, request: web.Request) -> web.Response:
        """A message to a response URL: five of them, within half an hour."""
        ws, found = self.ws, self.ws.response_urls.get(str(request.url.path).rpartition("/")[2])
        try:
            body: Any = await request.json()
        except ValueError:
            body = None
        with ws.lock:
            if found is None or not isinstance(body, dict):
                return web.json_response({"ok": False, "error": "invalid_payload"}, status=400 if found else 404)
            if ws.clock() - found.born > URL_SECONDS:
                ws.frown("response_url", "response_url", "older than half an hour")
                return web.json_response({"ok": False, "error": "expired_url"}, status=404)
            if found.uses >= URL_USES:
                ws.frown("response_url", "response_url", "used more than five times")
                return web.json_response({"ok": False, "error": "used_url"}, status=404)
            found.uses += 1
            try:
                use(ws, found, body)
            except ApiError as error:
                return web.json_response({"ok": False, "error": error.code}, status=500)
        return web.Response(text="ok")
