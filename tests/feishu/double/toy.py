"""A small bot for the double's own tests: a plain client, a webhook, or the real lark_oapi on a long connection."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sys
import threading
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from Crypto.Cipher import AES

from tests.feishu.double.model import Json
from tests.feishu.double.server import FeishuServer

T = TypeVar("T")
TAKE: Json = {"a": "take", "p": {"role": "IC"}, "k": "INC-1/status"}


def plain(text: str) -> Json:
    return {"tag": "plain_text", "content": text}


def button(text: str, value: Json, **more: Any) -> Json:
    return {"tag": "button", "text": plain(text), "behaviors": [{"type": "callback", "value": value}], **more}


def card(title: str, *elements: Json) -> Json:
    header = {"title": plain(title), "template": "red"}
    return {"schema": "2.0", "config": {"update_multi": True}, "header": header, "body": {"elements": list(elements)}}


STATUS = card("【严重】下单报错", {"tag": "markdown", "content": "**指挥官** <at id=ou_2></at>"}, button("认领", TAKE))


def form(error: str = "", typed: str = "") -> Json:
    """A form with a text and a choice; `error` stands red under the text."""
    red = [{"tag": "markdown", "content": f"<font color='red'>{error}</font>"}] if error else []
    options = [{"text": plain("重大"), "value": "major"}, {"text": plain("一般"), "value": "minor"}]
    elements = [
        {"tag": "input", "name": "title", "label": plain("标题"), "required": True, "max_length": 20, "default_value": typed},
        *red,
        {"tag": "markdown", "content": "**等级**"},
        {"tag": "select_static", "name": "level", "options": options, "placeholder": plain("请选择")},
        button("报告", {"a": "submit", "p": {"form": "F1"}}, name="send", form_action_type="submit", type="primary"),
    ]
    return card("报故障", {"tag": "form", "name": "report", "elements": elements})


Ear = Callable[[str, Json], Any]


class ToyBot:
    """`ear(kind, event)` hears everything; what it returns for a press is the answer."""

    def __init__(self, server: FeishuServer, ear: Ear = lambda kind, event: None) -> None:
        self.server, self.ear = server, ear
        self.heard: list[tuple[str, Json]] = []
        self.token = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="toy-bot", daemon=True)
        self._thread.start()
        self.run(self._start())

    async def _start(self) -> None:
        self._session = aiohttp.ClientSession()
        app = web.Application()
        app.router.add_post("/feishu/events", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.server.request_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/feishu/events"

    async def _answer(self, request: web.Request) -> web.Response:
        raw, key = await request.read(), self.server.tenant.encrypt_key
        body = json.loads(raw)
        if key:
            headers = request.headers
            words = headers.get("X-Lark-Request-Timestamp", "") + headers.get("X-Lark-Request-Nonce", "") + key
            if hashlib.sha256(words.encode() + raw).hexdigest() != headers.get("X-Lark-Signature"):
                return web.Response(status=401)
            sealed = base64.b64decode(body["encrypt"])
            text = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, sealed[:16]).decrypt(sealed[16:])
            body = json.loads(text[: -text[-1]])
        if body.get("type") == "url_verification":
            return web.json_response({"challenge": body["challenge"]})
        return web.json_response(self.hear(body) or {})

    def hear(self, body: Json) -> Any:
        kind = body["header"]["event_type"]
        self.heard.append((kind, body["event"]))
        return self.ear(kind, body["event"])

    # --- calling ------------------------------------------------------------------------------------------------------------

    async def request(self, verb: str, path: str, query: Json | None = None, body: Any = None) -> tuple[int, Json, Any]:
        """One call with a fresh token when there is none: status, body, headers."""
        if not self.token:
            who = {"app_id": self.server.tenant.app_id, "app_secret": self.server.tenant.app_secret}
            async with self._session.post(f"{self.server.api_url}/auth/v3/tenant_access_token/internal", json=who) as got:
                self.token = (await got.json())["tenant_access_token"]
        headers = {"Authorization": f"Bearer {self.token}"}
        given: Any = {"data": body} if isinstance(body, aiohttp.FormData) else {} if body is None else {"json": body}
        async with self._session.request(verb, self.server.api_url + path, params=query, headers=headers, **given) as got:
            text = await got.text()
            return got.status, json.loads(text) if text.startswith("{") else {"text": text}, got.headers

    def ask(self, verb: str, path: str, query: Json | None = None, body: Any = None) -> tuple[int, Json, Any]:
        return self.run(self.request(verb, path, query, body))

    def call(self, verb: str, path: str, query: Json | None = None, body: Any = None) -> Any:
        """The data of a call that Feishu grants."""
        _, found, _ = self.ask(verb, path, query, body)
        assert found["code"] == 0, found
        return found.get("data", found)

    def refused(self, verb: str, path: str, query: Json | None = None, body: Any = None) -> int:
        """The code of a call that Feishu refuses."""
        return int(self.ask(verb, path, query, body)[1]["code"])

    def together(self, times: int, verb: str, path: str, query: Json | None = None, body: Any = None) -> list[int]:
        """The same call several times at once: the codes."""

        async def all_of_them() -> list[int]:
            found = await asyncio.gather(*(self.request(verb, path, query, body) for _ in range(times)))
            return [answer["code"] for _, answer, _ in found]

        return self.run(all_of_them())

    def sends(self, to: str, what: Json | str, uuid: str = "u", kind: str = "chat_id") -> str:
        """A card or a text; the id of the message."""
        content: Json = {"text": what} if isinstance(what, str) else what
        sort = "text" if isinstance(what, str) else "interactive"
        body = {"receive_id": to, "msg_type": sort, "content": json.dumps(content, ensure_ascii=False), "uuid": uuid}
        return str(self.call("POST", "/im/v1/messages", {"receive_id_type": kind}, body)["message_id"])

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    def stop(self) -> None:
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


class LarkBot:
    """The real lark_oapi client on a long connection, in a thread of its own. `ear(payload)` answers; what it raises is a failure."""

    def __init__(self, server: FeishuServer, ear: Callable[[Json], Any] = lambda payload: None, *, secret: str = "") -> None:
        self.server, self.ear, self._secret = server, ear, secret or server.tenant.app_secret
        self.heard: list[Json] = []
        self.errors: list[BaseException] = []
        self.client: Any = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, name="lark-bot", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        ws = lark_ws()
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(
            lambda loop, context: self.errors.append(context.get("exception", RuntimeError(context["message"])))
        )
        ws.loop = self._loop
        self.client = ws.Client(self.server.tenant.app_id, self._secret, event_handler=self, domain=self.server.url)
        try:
            self.client.start()
        except RuntimeError:  # the loop was stopped
            self._loop.run_until_complete(self._end())
        except BaseException as error:
            self.errors.append(error)
        self._loop.close()

    async def _end(self) -> None:
        me = asyncio.current_task()
        if self.client._conn is not None:
            self.client._conn.transport.abort()
        rest = [task for task in asyncio.all_tasks() if task is not me]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _do_without_validation(self, payload: bytes) -> Any:
        found = json.loads(payload)
        self.heard.append(found)
        return self.ear(found)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


def lark_ws() -> Any:
    """The module of the SDK's long connection, quiet. It opens a loop as it is imported, which nobody else would close."""
    first = "lark_oapi.ws.client" not in sys.modules
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lark_oapi.core.log import logger
        from lark_oapi.ws import client
    logger.disabled = True
    if first:
        client.loop.close()
    return client
