"""A small bot made of the real slack_bolt, on a loop of its own, for the double's own tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.double.server import SlackServer

T = TypeVar("T")
BUTTON = {"type": "button", "action_id": "take", "text": {"type": "plain_text", "text": "认领"}, "value": '{"role":"IC"}'}
CARD: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "下单报错 &amp; 超时 <@U2>"}},
    {"type": "actions", "block_id": "a", "elements": [BUTTON]},
]
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "report",
    "private_metadata": "INC-1",
    "title": {"type": "plain_text", "text": "报故障"},
    "submit": {"type": "plain_text", "text": "报告"},
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "标题"},
            "element": {"type": "plain_text_input", "action_id": "title", "max_length": 20},
        }
    ],
}


def register(bolt: AsyncApp) -> None:
    async def command(ack: Any, command: Any, client: Any, body: Any) -> None:
        if command["text"] == "表单":
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)
            await ack()
        else:
            await ack(text=f"你说：{command['text']}")

    async def press(ack: Any, body: Any, action: Any, respond: Any) -> None:
        await ack()
        await respond(text=f"按了 {action['value']}", replace_original=False)

    async def submit(ack: Any, view: Any) -> None:
        said = view["state"]["values"]["title"]["title"]["value"]
        await (ack(response_action="errors", errors={"title": "太短"}) if said == "短" else ack())

    async def heard(event: Any, client: Any) -> None:
        await client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")

    async def nothing() -> None:
        return None

    bolt.command("/incident")(command)
    bolt.action("take")(press)
    bolt.view("report")(submit)
    bolt.event("app_mention")(heard)
    bolt.event("message")(nothing)


class ToyBot:
    """`register(bolt)` adds the listeners; the bot then hears `server` over HTTP or sockets, as the server's transport says."""

    def __init__(self, server: SlackServer, register: Callable[[AsyncApp], None] = lambda bolt: None) -> None:
        self.server, self._register = server, register
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="toy-bot", daemon=True)
        self._sockets: list[AsyncSocketModeHandler] = []
        self._thread.start()
        self.run(self._start())
        self.server.connected(len(self._sockets))

    async def _start(self) -> None:
        ws = self.server.workspace
        self._session = aiohttp.ClientSession()
        self.client = AsyncWebClient(ws.bot_token, base_url=self.server.api_url, session=self._session, retry_handlers=[])
        self.bolt = AsyncApp(client=self.client, signing_secret=ws.signing_secret, process_before_response=True)
        self._register(self.bolt)
        if self.server.delivery.transport == "socket":
            await self._connect()
            return
        app = web.Application()
        app.router.add_post("/slack/events", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.server.request_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    async def _answer(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self.bolt.async_dispatch(await to_bolt_request(request)))

    async def _connect(self) -> None:
        handler = AsyncSocketModeHandler(self.bolt, self.server.workspace.app_token, ping_interval=0.1)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves these two untyped
        self._sockets.append(handler)

    def connect(self) -> None:
        """One more socket."""
        self.run(self._connect())
        self.server.connected(len(self._sockets))

    async def _stop(self) -> None:
        for handler in self._sockets:
            await handler.close_async()  # type: ignore[no-untyped-call]
        if self.server.delivery.transport == "http":
            await self._runner.cleanup()
        await self._session.close()
        me = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not me]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def call(self, method: str, **params: Any) -> Any:
        """One call of the Web API, as slack_sdk sends it; raises SlackApiError."""
        return self.run(getattr(self.client, method)(**params)).data

    def error(self, method: str, **params: Any) -> Any:
        """The body of a call that Slack refuses."""
        try:
            self.call(method, **params)
        except SlackApiError as error:
            return error.response.data
        raise AssertionError(f"{method} was not refused")

    def refused(self, method: str, **params: Any) -> str:
        return str(self.error(method, **params)["error"])

    def headers(self, method: str, **params: Any) -> Mapping[str, str]:
        found: Mapping[str, str] = self.run(getattr(self.client, method)(**params)).headers
        return found

    def together(self, times: int, method: str, **params: Any) -> list[str]:
        """The same call several times at once: `ok` or the code, each."""

        async def once() -> str:
            try:
                await getattr(self.client, method)(**params)
            except SlackApiError as error:
                return str(error.response["error"])
            return "ok"

        async def all_of_them() -> list[str]:
            return list(await asyncio.gather(*(once() for _ in range(times))))

        return self.run(all_of_them())

    def stop(self) -> None:
        """Not before everything was told: a connection that comes while a server closes is never closed by anybody."""
        self.server.settle()
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
