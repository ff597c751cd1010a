"""The HTTP house: health, static files, security headers; the rooms in it (sandbox, webhooks, pages) are routers handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.templates import STATIC

POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FOREIGN = frozenset({"cross-site", "same-site"})

Ready = Callable[[], Mapping[str, bool | str]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_app(routers: Sequence[APIRouter], ready: Ready, front: str | None, lifespan: Lifespan | None = None) -> FastAPI:
    """`ready` names what must work: True, or what is in the way (False, or a word for what is coming). `front` is where / leads."""
    app = FastAPI(title="Fenghuo", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.add_middleware(Guard)
    app.mount("/static", Static(directory=STATIC), name="static")

    @app.get("/healthz")
    def healthz() -> Response:
        return PlainTextResponse("ok\n")

    @app.get("/readyz")
    def readyz() -> Response:
        parts = dict(ready())
        return JSONResponse(parts, 200 if all(part is True for part in parts.values()) else 503)

    if front is not None:
        app.add_api_route("/", lambda: RedirectResponse(front, 307), methods=["GET"], include_in_schema=False, response_model=None)
    for router in routers:
        app.include_router(router)
    return app


class Static(StaticFiles):
    """Files asked for by their content's hash never change; others are checked each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        hashed = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return response


class Guard:
    """Security headers on every answer, and no deed in the sandbox that another site's page has sent. Streams pass unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        foreign = Headers(scope=scope).get("sec-fetch-site", "none") in FOREIGN
        if foreign and scope["method"] == "POST" and scope["path"].startswith("/sandbox/"):
            await PlainTextResponse("from another site\n", 403)(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
