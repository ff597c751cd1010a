"""The long connection: lark-oapi's client in a thread and a loop of its own, and a keeper that notices when it has gone deaf.

lark-oapi is imported in that thread, which takes seconds, and nobody waits for it. Its client cannot be stopped and, after some errors,
stays alive without hearing anything. So it may not connect again by itself: the keeper ends it and begins with a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal

from bot.core.errors import Later
from bot.platforms.feishu.client import FEISHU
from bot.platforms.feishu.payload import Ack, Body
from bot.store.database import Unavailable

log = logging.getLogger("fenghuo.feishu")

State = Literal["loading", "connecting", "connected", "deaf"]
Hear = Callable[[Body], Awaitable[Ack]]


@dataclass(frozen=True, slots=True)
class Times:
    """All in seconds but `silent`, which counts the client's pings: without an answer to so many of them the line is dead.

    watch: between two looks of the keeper. patience: until Feishu must be answered. opening: until a client that does not connect is given
    up. backoff: the first wait before the next one, and the longest. deaf: without a connection until we call it so.
    """

    watch: float = 0.5
    patience: float = 2.5
    opening: float = 30.0
    backoff: tuple[float, float] = (0.5, 30.0)
    silent: float = 2.5
    deaf: float = 20.0


class LongConnection:
    """`hear` belongs to the running event loop, as do `start` and `stop`; `state` and `connected` may be read from any thread."""

    def __init__(self, app_id: str, app_secret: str, domain: str | None, hear: Hear, times: Times = Times()) -> None:
        self._app_id, self._secret, self._domain = app_id, app_secret, (domain or FEISHU).rstrip("/")
        self._hear, self._times = hear, times
        self._line: _Line | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._hearing: set[asyncio.Task[Ack]] = set()
        self._loaded = False
        self._lost_at = time.monotonic()

    @property
    def connected(self) -> bool:
        return self._line is not None and self._line.trouble(self._times) is None and self._line.connected

    @property
    def state(self) -> State:
        """loading: lark-oapi is still being imported. deaf: nothing has been heard for a while, and nothing will be as things stand."""
        if self.connected:
            return "connected"
        if not self._loaded and (self._line is None or not self._line.loaded):
            return "loading"
        return "deaf" if time.monotonic() - self._lost_at > self._times.deaf else "connecting"

    async def start(self) -> None:
        """Returns at once; the connection comes by itself, and again whenever it goes."""
        self._keeper = asyncio.create_task(self._keep(asyncio.get_running_loop()))

    async def stop(self, seconds: float = 3.0) -> None:
        """What was heard is answered first, as far as that can be in so many seconds."""
        if self._hearing:
            await asyncio.wait(self._hearing, timeout=seconds)
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        if self._line is not None:
            await self._line.end(seconds)

    async def _keep(self, loop: asyncio.AbstractEventLoop) -> None:
        first, longest = self._times.backoff
        wait = first
        while True:
            line = self._line = _Line(self._app_id, self._secret, self._domain, _Dispatcher(self._heard, loop, self._times.patience))
            line.start()
            why = await self._watched(line)
            wait = first if line.was_connected else wait
            log.warning("no long connection to Feishu (%s); again in %.1f s", why, wait)
            await line.end(1.0)
            await asyncio.sleep(wait)
            wait = min(2 * wait, longest)

    async def _watched(self, line: _Line) -> str:
        """Until it is of no use any more: why."""
        known = False
        while True:
            if line.loaded and not self._loaded:
                self._loaded, self._lost_at = True, time.monotonic()
            why = line.trouble(self._times)
            if why is not None:
                return why
            if line.connected:
                self._lost_at = time.monotonic()
                if not known:
                    log.info("the long connection to Feishu stands")
                known = True
            await asyncio.sleep(self._times.watch)

    async def _heard(self, payload: bytes) -> Ack:
        """In our own loop. What is raised goes back as a failure, and Feishu sends the payload again."""
        task = asyncio.current_task()
        if task is not None:
            self._hearing.add(task)
            task.add_done_callback(self._hearing.discard)
        try:
            body = json.loads(payload)
        except (ValueError, RecursionError):
            log.warning("a payload of the long connection cannot be read")
            return None
        try:
            return await self._hear(body) if isinstance(body, dict) else None
        except (Unavailable, Later):
            raise
        except Exception:
            log.exception("a payload of the long connection was not heard")
            raise


class _Dispatcher:
    """Stands where lark-oapi's own would: it is handed raw payloads, and what it returns goes back as the answer."""

    def __init__(self, heard: Callable[[bytes], Any], loop: asyncio.AbstractEventLoop, patience: float) -> None:
        self._heard, self._loop, self._patience = heard, loop, patience
        self._ready: dict[bytes, Future[Ack]] = {}

    async def prepare(self, payload: bytes) -> None:
        """In the client's loop: hand the payload over and wait without holding up the others."""
        future = self._handed(payload)
        self._ready[payload] = future
        waiting = asyncio.wrap_future(future)
        waiting.add_done_callback(_read)
        await asyncio.wait({waiting}, timeout=self._patience)

    def _do_without_validation(self, payload: bytes) -> Ack:
        """What the client calls, in its own loop. Too late is a failure: Feishu sends it again, and finds it done."""
        future = self._ready.pop(payload, None)
        if future is not None:
            return future.result(0.0)
        return self._handed(payload).result(self._patience)

    def _handed(self, payload: bytes) -> Future[Ack]:
        return asyncio.run_coroutine_threadsafe(self._heard(payload), self._loop)


def _read(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


class _Line:
    """One client of lark-oapi from its beginning to its end."""

    def __init__(self, app_id: str, secret: str, domain: str, dispatcher: _Dispatcher) -> None:
        self._app_id, self._secret, self._domain, self._dispatcher = app_id, secret, domain, dispatcher
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Any = None
        self._thread = threading.Thread(target=self._live, name="feishu-long-connection", daemon=True)
        self._began = 0.0
        self.loaded = self.was_connected = self.ended = False
        self.heard_at = 0.0
        self.answering: set[asyncio.Task[Any]] = set()
        self.failure: BaseException | None = None

    def start(self) -> None:
        self._thread.start()

    @property
    def connected(self) -> bool:
        return self._client is not None and self._client._conn is not None and not self.ended

    def trouble(self, times: Times) -> str | None:
        """Why it is of no use any more."""
        now = time.monotonic()
        if self.failure is not None:
            return f"{type(self.failure).__name__}: {str(self.failure)[:200]}"
        if not self._thread.is_alive():
            return "the client ended"
        if not self.loaded:
            return None
        if not self.connected:
            late = self.was_connected or now - self._began > times.opening
            return ("it was lost" if self.was_connected else "it does not open") if late else None
        silent = now - self.heard_at > times.silent * max(1, self._client._ping_interval)
        return "it is silent" if silent else None

    async def end(self, seconds: float) -> None:
        """It hears nothing more. A thread that hangs (in a call without a time-out) is left to itself, and comes to nothing."""
        self.ended = True
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # closed in this moment
                self._loop.call_soon_threadsafe(lambda: asyncio.ensure_future(self._finish(seconds)))
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, seconds + 0.5)

    # --- in the thread ------------------------------------------------------------------------------------------------------

    def _live(self) -> None:
        try:
            ws = _imported()
        except Exception as broken:
            self.failure = broken
            return
        loop = self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(self._troubled)
        try:
            if not self.ended:
                ws.loop = loop
                self._client = _client(ws, loop, self, self._dispatcher)(
                    self._app_id, self._secret, event_handler=self._dispatcher, domain=self._domain, auto_reconnect=False
                )
                self._began, self.loaded = time.monotonic(), True
                self._client.start()
        except Exception as trouble:
            if not self.ended:
                self.failure = trouble
        finally:
            with contextlib.suppress(Exception):
                loop.run_until_complete(self._swept())
            loop.close()

    def _troubled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A task of the client's came to an end that nobody reads: with it goes the connection."""
        found = context.get("exception")
        if isinstance(found, Exception) and not self.ended and self.failure is None:
            self.failure = found

    async def _finish(self, seconds: float) -> None:
        """What is being answered is answered, then the loop stops, and `start` with it."""
        if self.answering:
            await asyncio.wait(self.answering, timeout=seconds)
        asyncio.get_running_loop().stop()

    async def _swept(self) -> None:
        conn = self._client._conn if self._client is not None else None
        if conn is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(conn.close(), 0.5)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


def _imported() -> Any:
    """lark-oapi's long connection. It logs addresses with keys in them to stdout, and we say ourselves what there is to say."""
    first = "lark_oapi.ws.client" not in sys.modules
    from lark_oapi.core.log import logger
    from lark_oapi.ws import client

    logger.disabled = True
    if first:
        client.loop.close()  # it opens one as it is imported, which nobody would ever close
    return client


def _client(ws: Any, loop: asyncio.AbstractEventLoop, line: _Line, dispatcher: _Dispatcher) -> Any:
    """lark-oapi's client, but for what it lacks: it notes when it heard something, and answers many at a time."""

    class Client(ws.Client):  # type: ignore[misc]  # untyped
        def _get_conn_url(self) -> str:
            url: str = super()._get_conn_url()
            if line.ended or ws.loop is not loop:  # this call has no time-out, and meanwhile another line has begun
                raise ws.ClientException(0, "given up")
            return url

        async def _connect(self) -> None:
            await super()._connect()
            line.heard_at = time.monotonic()
            line.was_connected = self._conn is not None

        async def _handle_message(self, msg: bytes) -> None:
            line.heard_at = time.monotonic()
            await super()._handle_message(msg)

        async def _handle_data_frame(self, frame: Any) -> None:
            task = asyncio.current_task()
            assert task is not None
            line.answering.add(task)
            task.add_done_callback(line.answering.discard)
            if next((header.value for header in frame.headers if header.key == "sum"), "1") == "1":
                await dispatcher.prepare(frame.payload)
            await super()._handle_data_frame(frame)

    return Client
