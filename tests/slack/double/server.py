"""A Slack on 127.0.0.1, on a thread and a loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from aiohttp import web

from tests.slack.double import payloads
from tests.slack.double.api import Api
from tests.slack.double.delivery import Delivered, Delivery, Kind, Reply
from tests.slack.double.limits import Faults, Limits
from tests.slack.double.model import Call, Json, Sent, Violation
from tests.slack.double.person import Person
from tests.slack.double.workspace import Workspace

T = TypeVar("T")


class SlackServer:
    """Start it, point the bot at `api_url`, point it at the bot with `request_url` (or let the bot open sockets), and let people act."""

    def __init__(self, workspace: Workspace | None = None, *, transport: Literal["http", "socket"] = "http") -> None:
        self.workspace = workspace or Workspace()
        self.port = 0
        self.api = Api(self.workspace, lambda: self.url)
        self.delivery = Delivery(self.workspace, transport)
        self.patience = 60.0
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None
        self._pending: set[Future[Any]] = set()
        self._collected: list[Future[Any]] | None = None
        self.workspace.listeners.append(self._heard)

    # --- life ---------------------------------------------------------------------------------------------------------------

    def start(self) -> SlackServer:
        self._thread = threading.Thread(target=self._loop.run_forever, name="slack-double", daemon=True)
        self._thread.start()
        self.run(self._serve())
        return self

    def stop(self) -> None:
        self.run(self._unserve())
        self._loop.call_soon_threadsafe(self._loop.stop)
        assert self._thread is not None
        self._thread.join(5)
        self._loop.close()

    def __enter__(self) -> SlackServer:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    async def __aenter__(self) -> SlackServer:
        return await asyncio.to_thread(self.start)

    async def __aexit__(self, *error: object) -> None:
        await asyncio.to_thread(self.stop)

    async def _serve(self) -> None:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/api/{method}", self.api.answer)
        app.router.add_post("/upload/{ticket}", self.api.upload)
        app.router.add_post("/respond/{name}", self.api.respond)
        app.router.add_get("/link/", self.delivery.link)
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
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """For `AsyncWebClient(base_url=…)`."""
        return f"{self.url}/api/"

    @property
    def request_url(self) -> str:
        return self.delivery.request_url

    @request_url.setter
    def request_url(self, url: str) -> None:
        self.delivery.request_url = url

    @property
    def violations(self) -> list[Violation]:
        return self.workspace.violations

    @property
    def sent(self) -> list[Sent]:
        return self.workspace.sent

    @property
    def calls(self) -> list[Call]:
        return self.api.calls

    @property
    def delivered(self) -> list[Delivered]:
        return self.delivery.delivered

    @property
    def connections(self) -> int:
        """TCP connections that the bot opened to the Web API."""
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
        return [call for call in self.api.calls if call.method == method]

    def chain(self, calls: Iterable[Call] | None = None) -> int:
        """How many round trips followed one another: the longest row of calls of which each began after the one before had ended."""
        end, found = float("-inf"), 0
        for call in sorted(self.api.calls if calls is None else calls, key=lambda call: call.end):
            if call.start >= end:
                end, found = call.end, found + 1
        return found

    # --- people and deliveries ----------------------------------------------------------------------------------------------

    def person(self, id: str) -> Person:
        """Somebody at their screen, by id or by name."""
        return Person(self, self.workspace.by_name(id).id)

    def deliver(self, kind: Kind, payload: Json) -> Reply:
        """Take a payload to the bot and wait for the answer."""
        future = asyncio.run_coroutine_threadsafe(self.delivery.deliver(kind, payload), self._loop)
        return future.result(self.patience)

    def event(self, inner: Json) -> Reply:
        """An event that happened, whoever subscribed."""
        return self.deliver("events_api", payloads.event(self.workspace, inner))

    def again(self, it: Delivered, attempt: int = 1, reason: str = "http_timeout") -> Reply:
        """The same payload once more, as when its acknowledgement was lost: a new signature, and a retry number on events."""
        if self.delivery.transport == "socket":
            return self.run(self.delivery.redeliver(it.kind, it.payload, attempt, reason))
        retry = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason} if it.kind == "events_api" else {}
        return self.run(self.delivery.send(*self.delivery.signed(it.kind, it.payload, retry)))[0]

    def verifies_url(self) -> bool:
        """Slack asks a new request URL for its challenge."""
        body: Json = {"token": "deprecated", "challenge": "a-challenge", "type": "url_verification"}
        reply = self.run(self.delivery.send(*self.delivery.signed("events_api", body)))[0]
        said = reply.body.get("challenge") if isinstance(reply.body, dict) else reply.body
        return reply.status == 200 and said == body["challenge"]

    def _heard(self, inner: Json) -> None:
        payload = payloads.event(self.workspace, inner)
        future = asyncio.run_coroutine_threadsafe(self.delivery.deliver("events_api", payload), self._loop)
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        if self._collected is not None:
            self._collected.append(future)

    @contextmanager
    def doing(self) -> Iterator[None]:
        """Act on the workspace as a person does, and wait until the bot has heard of everything that came of it."""
        with self.workspace.lock:
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

    def connected(self, count: int = 1) -> None:
        """Return when the bot has that many sockets open."""
        self.run(self.delivery.connected(count))

    def refresh_sockets(self) -> None:
        self.run(self.delivery.refresh())

    def drop_sockets(self) -> None:
        self.run(self.delivery.drop())

    @property
    def sockets(self) -> int:
        return len(self.delivery.sockets)
