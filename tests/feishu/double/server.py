"""A Feishu on 127.0.0.1, on a thread and a loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from aiohttp import web

from tests.feishu.double import payloads
from tests.feishu.double.api import Api, meanings
from tests.feishu.double.delivery import Delivered, Delivery, Kind, Reply
from tests.feishu.double.limits import Faults, Limits
from tests.feishu.double.links import Links
from tests.feishu.double.model import Call, Json, Sent, Violation
from tests.feishu.double.person import Person
from tests.feishu.double.tenant import Tenant

T = TypeVar("T")


class FeishuServer:
    """Start it, point the bot at `url`, point it at the bot with `request_url` (or let the bot connect), and let people act."""

    def __init__(self, tenant: Tenant | None = None, *, transport: Literal["webhook", "socket"] = "webhook") -> None:
        self.tenant = tenant or Tenant()
        self.port = 0
        self.api = Api(self.tenant)
        self.delivery = Delivery(self.tenant, transport)
        self.patience = 20.0
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None
        self._pending: set[Future[Any]] = set()
        self._collected: list[Future[Any]] | None = None
        self.tenant.listeners.append(self._heard)

    # --- life ---------------------------------------------------------------------------------------------------------------

    def start(self) -> FeishuServer:
        self._thread = threading.Thread(target=self._loop.run_forever, name="feishu-double", daemon=True)
        self._thread.start()
        self.run(self._serve())
        return self

    def stop(self) -> None:
        self.run(self._unserve())
        self._loop.call_soon_threadsafe(self._loop.stop)
        assert self._thread is not None
        self._thread.join(5)
        self._loop.close()

    def __enter__(self) -> FeishuServer:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    async def __aenter__(self) -> FeishuServer:
        return await asyncio.to_thread(self.start)

    async def __aexit__(self, *error: object) -> None:
        await asyncio.to_thread(self.stop)

    async def _serve(self) -> None:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/open-apis/{path:.*}", self.api.answer)
        app.router.add_post("/callback/ws/endpoint", self.links.endpoint)
        app.router.add_get("/ws/v2", self.links.link)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _unserve(self) -> None:
        me = asyncio.current_task()
        await self.delivery.close()
        if self._runner is not None:
            await self._runner.cleanup()
        rest = [task for task in asyncio.all_tasks() if task is not me]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the server's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(self.patience)

    # --- where it is, what it saw -------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The domain, in place of https://open.feishu.cn."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/open-apis"

    @property
    def request_url(self) -> str:
        return self.delivery.request_url

    @request_url.setter
    def request_url(self, url: str) -> None:
        self.delivery.request_url = url

    @property
    def links(self) -> Links:
        return self.delivery.links

    @property
    def violations(self) -> list[Violation]:
        return self.tenant.violations

    @property
    def sent(self) -> list[Sent]:
        return self.tenant.sent

    @property
    def calls(self) -> list[Call]:
        return self.api.calls

    @property
    def delivered(self) -> list[Delivered]:
        return self.delivery.delivered

    @property
    def connections(self) -> int:
        """TCP connections that the bot opened to the open API."""
        return len(self.api.peers)

    @property
    def limits(self) -> Limits:
        return self.api.limits

    @property
    def fault(self) -> Faults:
        return self.api.fault

    @fault.setter
    def fault(self, fault: Faults) -> None:
        self.api.fault = fault

    @property
    def latency(self) -> Callable[[str], float]:
        return self.api.latency

    @latency.setter
    def latency(self, latency: float | Callable[[str], float]) -> None:
        self.api.latency = latency if callable(latency) else lambda method: latency

    def called(self, method: str) -> list[Call]:
        """Calls by their name in the SDK, whole or its end: `im.v1.message.create`, `message.create`."""
        return [call for call in self.api.calls if f".{call.method}".endswith(f".{method}")]

    def requests(self) -> list[Json]:
        """Every call of the open API but the token's, as judges of requests take them."""
        calls = [call for call in self.api.calls if "tenant_access_token" not in call.path]
        return [{"method": it.verb, "path": it.path, "query": meanings(it), "body": it.body} for it in calls]

    def chain(self, calls: Iterable[Call] | None = None) -> int:
        """How many round trips followed one another: the longest row of calls of which each began after the one before had ended."""
        end, found = float("-inf"), 0
        for call in sorted(self.api.calls if calls is None else calls, key=lambda call: call.end):
            if call.start >= end:
                end, found = call.end, found + 1
        return found

    # --- people and deliveries ----------------------------------------------------------------------------------------------

    def person(self, name: str) -> Person:
        """Somebody at their screen, by open_id or name."""
        return Person(self, self.tenant.by_name(name).open_id)

    def deliver(self, kind: Kind, payload: Json) -> Reply:
        """Take a payload to the bot and wait for the answer."""
        future = asyncio.run_coroutine_threadsafe(self.delivery.deliver(kind, payload), self._loop)
        return future.result(self.patience)

    def event(self, kind: str, inner: Json) -> Reply:
        """An event that happened, whoever subscribed."""
        return self.deliver("event", payloads.event(self.tenant, kind, inner))

    def again(self, it: Delivered) -> Reply:
        """The same payload once more, as when its answer was lost: the same event_id, a new signature."""
        return self.run(self.delivery.once(it.kind, it.payload, it.attempt + 1))

    def verifies_url(self, seconds: float = 1.0) -> bool:
        """Feishu asks a new URL for its challenge, and waits one second."""
        body: Json = {"challenge": "a-challenge", "token": self.tenant.verification_token, "type": "url_verification"}
        reply = self.run(self.delivery.send(*self.delivery.signed(body), seconds=seconds))
        return reply.status == 200 and isinstance(reply.body, dict) and reply.body.get("challenge") == body["challenge"]

    def _heard(self, kind: str, inner: Json) -> None:
        payload = payloads.event(self.tenant, kind, inner)
        future = asyncio.run_coroutine_threadsafe(self.delivery.deliver("event", payload), self._loop)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        if self._collected is not None:
            self._collected.append(future)

    @contextmanager
    def doing(self) -> Iterator[None]:
        """Act on the tenant as a person does, and wait until the bot has heard of everything that came of it."""
        with self.tenant.lock:
            collected: list[Future[Any]] = []
            self._collected = collected
            try:
                yield
            finally:
                self._collected = None
        for future in collected:
            future.result(self.patience)

    def settle(self) -> None:
        """Return when everything that happened so far has been told."""
        while self._pending:
            for future in list(self._pending):
                future.result(self.patience)

    # --- the long connection ------------------------------------------------------------------------------------------------

    def drop_sockets(self) -> None:
        self.run(self.links.drop())

    @property
    def sockets(self) -> int:
        return len(self.links.sockets)

    def await_socket(self, seconds: float = 10.0) -> bool:
        """Whether a connection stands, or comes within that time."""
        asyncio.run_coroutine_threadsafe(self.links.awaited(seconds), self._loop).result(seconds + self.patience)
        return self.sockets > 0
