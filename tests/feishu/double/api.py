"""The open API: one request in, Feishu's answer out, and a note of everything odd about it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.feishu.double.args import Args, fields, meant, violations
from tests.feishu.double.limits import Fault, Faults, Limits
from tests.feishu.double.methods import Method, find
from tests.feishu.double.model import ApiError, Call, Json
from tests.feishu.double.tenant import Tenant

TOKEN = "auth.v3.tenant_access_token.internal"
HELP = "https://open.feishu.cn/search?from=openapi&log_id="


class Api:
    """Answers /open-apis/** on the server's loop."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.limits = Limits(lambda: asyncio.get_running_loop().time(), eager=self._eager)
        self.fault: Faults = lambda method, args: None
        self.latency: Callable[[str], float] = lambda method: 0.0
        self.calls: list[Call] = []
        self.peers: set[tuple[str, int]] = set()

    # --- one call -----------------------------------------------------------------------------------------------------------

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.peers.add(request.get_extra_info("peername")[:2])
        path = request.path.removeprefix("/open-apis")
        found = find(request.method, path)
        name = TOKEN if path == "/auth/v3/tenant_access_token/internal" else found[0].name if found else f"{request.method} {path}"
        query: Json = {
            key: request.query.getall(key) if len(request.query.getall(key)) > 1 else request.query[key] for key in request.query
        }
        body, wrong = await self._body(request, name, found[0] if found else None)
        given = {**(found[1] if found else {}), **query, **(body if isinstance(body, dict) else {})}
        call = Call(name, given, asyncio.get_running_loop().time(), request.method, request.path, query, body)
        self.calls.append(call)
        fault = self.fault(name, given)
        try:
            if fault is not None and not fault.after:
                early = await self._fail(request, call, fault)
                if early is not None:
                    return early
            answer, status, headers = await self._act(request, call, found, wrong)
            call.answer = answer
            if fault is not None and fault.after:
                late = await self._fail(request, call, fault)
                if late is not None:
                    return late
            call.status, call.error = status, answer.get("code") or None
            if status == 404:
                return web.Response(status=404, text="404 page not found")
            return web.json_response(answer, status=status, headers={"X-Tt-Logid": secrets.token_hex(16), **headers})
        finally:
            call.end = asyncio.get_running_loop().time()

    async def _body(self, request: web.Request, name: str, method: Method | None) -> tuple[Any, str]:
        """What was sent, and what was wrong with how it was sent."""
        if request.method == "GET":
            if await request.read():
                self.tenant.frown("body", name, "a GET takes no body")
            return {}, ""
        if method is not None and method.multipart:
            if request.content_type != "multipart/form-data":
                return {}, "multipart/form-data"
            post = await request.post()
            return {key: value.file.read() if isinstance(value, web.FileField) else value for key, value in post.items()}, ""
        text = await request.text()
        if not text:
            return {}, ""
        if request.content_type != "application/json":
            self.tenant.frown("body", name, f"content type {request.content_type}")
        try:
            body = json.loads(text)
        except ValueError:
            return {}, "invalid json"
        return (body, "") if isinstance(body, dict) else ({}, "the body is no object")

    async def _act(
        self, request: web.Request, call: Call, found: tuple[Method, Json] | None, wrong: str
    ) -> tuple[Json, int, dict[str, str]]:
        wait = self.limits.wait(call.method)
        if wait:
            return _refused(99991400, "request trigger frequency limit", {}), 429, _reset(wait)
        place = f"chat:{call.args.get('chat_id')}" if found is not None and found[0].alone else ""
        self.tenant.in_flight[place] += 1
        try:
            crowded = bool(place) and self.tenant.in_flight[place] > 1
            delay = self.latency(call.method)
            if delay:
                await asyncio.sleep(delay / 2)
            with self.tenant.lock:
                answer = self._acted(request, call, found, wrong, crowded)
            if delay:
                await asyncio.sleep(delay / 2)
        finally:
            self.tenant.in_flight[place] -= 1
        return answer

    def _acted(
        self, request: web.Request, call: Call, found: tuple[Method, Json] | None, wrong: str, crowded: bool
    ) -> tuple[Json, int, dict[str, str]]:
        tenant = self.tenant
        try:
            if call.method == TOKEN:
                return self._token(call.body), 200, {}
            if found is None:
                tenant.frown("method", call.method, "no such API")
                return {"code": 404, "msg": "404 page not found"}, 404, {}
            method, path = found
            self._allowed(method, request.headers.get("Authorization", ""))
            if wrong:
                raise ApiError(9499, f"Bad Request: {wrong}")
            self._checked(method, call.query, call.body)
            if crowded:
                tenant.frown("pace", method.name, "operations on one group follow one another")
                raise ApiError(232019, "The request has been rate limited.")
            self._paced(method, call.args)
            data = method.act(Args(tenant, method.name, path, call.query, call.body))
            return {"code": 0, "msg": "ok" if method.bare else "success", **(data if method.bare else {"data": data})}, 200, {}
        except ApiError as error:
            return _refused(error.code, error.msg, error.error), error.status, error.headers

    def _token(self, body: Json) -> Json:
        tenant = self.tenant
        if body.get("app_id") != tenant.app_id:
            return {"code": 10003, "msg": "invalid param"}
        if body.get("app_secret") != tenant.app_secret:
            return {"code": 10014, "msg": "app secret invalid"}
        token, seconds = tenant.token()
        return {"code": 0, "msg": "ok", "tenant_access_token": token, "expire": seconds}

    def _allowed(self, method: Method, bearer: str) -> None:
        tenant, token = self.tenant, bearer.removeprefix("Bearer ")
        if not bearer.startswith("Bearer ") or not token:
            raise ApiError(99991661, "Missing access token for authorization. Please make a request with token attached.")
        if tenant.tokens.get(token, 0.0) <= tenant.clock():
            raise ApiError(99991663, "Invalid access token for authorization. Please make a request with token attached.")
        scopes = method.scopes.split()
        if scopes and (not tenant.published or not set(scopes) & tenant.scopes):
            link = f"https://open.feishu.cn/app/{tenant.app_id}/auth?q={','.join(scopes)}&op_from=openapi&token_type=tenant"
            words = f"Access denied. One of the following scopes is required: [{', '.join(scopes)}].应用尚未开通所需的应用身份权限：{link}"
            needed = [{"type": "action_scope_required", "subject": scope} for scope in scopes]
            raise ApiError(99991672, words, permission_violations=needed, helps=[{"url": link, "description": "申请权限"}])
        if method.name.startswith("im.") and not tenant.bot_active:
            raise ApiError(230006 if "message" in method.name or "pin" in method.name else 232025, "Bot ability is not activated.")

    def _checked(self, method: Method, query: Json, body: Json) -> None:
        for given, spec in ((query, method.query), (body, method.body)):
            for name in sorted(set(given) - {field.name for field in fields(spec)}):
                self.tenant.frown("parameter", method.name, f"{name} is no parameter of {method.verb} {method.path}")
        body_spec = " ".join(word for word in method.body.split() if not word.endswith(":bytes"))
        found = violations(method.query, query, query=True) + violations(body_spec, body, query=False)
        if found:
            raise ApiError(99992402, "field validation failed", field_violations=found)

    def _paced(self, method: Method, args: Json) -> None:
        """Five a second to one group, to one person, of one card."""
        target = ""
        if method.name == "im.v1.message.create":
            target = f"to {args.get('receive_id')}"
        elif method.name == "im.v1.message.reply" and args["message_id"] in self.tenant.messages:
            target = f"to {self.tenant.messages[args['message_id']].chat}"
        elif method.name == "im.v1.message.patch":
            target = f"of {args['message_id']}"
        if target and not self.limits.target(target):
            self.tenant.frown("pace", method.name, f"more than {self.limits.per_target} a second {target}")
            raise ApiError(230020, "This operation triggers the frequency limit.")

    def _eager(self, method: str) -> None:
        self.tenant.frown("pace", method, "called again before x-ogw-ratelimit-reset was over")

    async def _fail(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse | None:
        call.error, call.status = f"fault:{fault.kind}", 0
        match fault.kind:
            case "http":
                call.status = fault.status or 503
                return web.Response(status=call.status, text="upstream error", content_type="text/html")
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
                call.status, call.error = fault.status or 429, 99991400
                self.limits.refuse(call.method, fault.seconds)
                body = _refused(99991400, "request trigger frequency limit", {})
                return web.json_response(body, status=call.status, headers=_reset(fault.seconds))
            case "garbage":
                return web.Response(text="<html>proxy</html>", content_type="application/json")
            case "error":
                call.status, call.error = fault.status or 400, fault.code
                return web.json_response(_refused(fault.code, fault.msg, {}), status=call.status)
            case "slow":
                await asyncio.sleep(fault.seconds)
                return None


def _reset(seconds: float) -> dict[str, str]:
    return {"x-ogw-ratelimit-limit": "1000", "x-ogw-ratelimit-reset": str(int(seconds))}


def _refused(code: int, msg: str, error: Json) -> Json:
    log_id = secrets.token_hex(16)
    return {
        "code": code,
        "msg": msg,
        "error": {"log_id": log_id, "troubleshooter": f"排查建议查看(Troubleshooting suggestions): {HELP}{log_id}", **error},
    }


def meanings(call: Call) -> Json:
    """The query of a call, with arrays where the API takes arrays."""
    found = find(call.verb, call.path.removeprefix("/open-apis"))
    arrays = {field.name for field in fields(found[0].query) if field.kind == "list"} if found else set()
    return {name: meant(value, "list") if name in arrays else value for name, value in call.query.items()}
