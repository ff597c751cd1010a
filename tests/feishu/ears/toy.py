"""A few verbs, buttons and forms behind the real ears and doors, and a double of Feishu before them."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI

from bot.cards.model import Button, Buttons, Card, Choices, Field, Form, Option, Words, press
from bot.catalogue import Catalogue
from bot.platforms.feishu import render
from bot.platforms.feishu.book import Book, Roll
from bot.platforms.feishu.client import Client
from bot.platforms.feishu.connection import LongConnection, Times
from bot.platforms.feishu.doors import Seal, router
from bot.platforms.feishu.ears import FeishuEars
from bot.platforms.feishu.markdown import Reader
from bot.platforms.spoken import Doors, Handler
from bot.service import Service
from bot.talk import Answer, Ask, Invalid, Private, Refusal, Request, Toast
from bot.words import Text
from tests.feishu.double import Chat, FeishuServer, Message, Person, Tenant
from tests.feishu.double.toy import lark_ws

T = TypeVar("T")
Transport = Literal["webhook", "socket"]
NOW = datetime(2026, 11, 23, 12, 10, tzinfo=UTC)
PEOPLE = {"ou_wang": "wangmin", "ou_chen": "chenhai"}
NAMES = {"wangmin": "王敏", "chenhai": "陈海"}
REPORT = Form(
    "report.form",
    "报故障",
    (
        Field("symptom", "看到了什么", "text", required=True),
        Field("scope", "范围"),
        Field("sites", "哪个仓", "choices", options=(Option("sh", "上海仓"), Option("nb", "宁波仓"))),
    ),
    "报上去",
)
NEXT = Form("next.form", "还差一项", (Field("started", "几点开始", "time"),), "补上", args=(("record", "INC-1"),))
LONG = Card("方案", tuple(Words(f"第 {n} 条。" + "字" * 900) for n in range(40)), alone="方案全文")
SITES = Choices("哪个仓", (Option("sh", "上海仓"), Option("nb", "宁波仓")), press("site.pick"))
CARD = Card(
    "事件",
    (
        SITES,
        Buttons(
            tuple(
                Button(label, press(action, record="INC-1"))
                for label, action in (
                    ("完成", "task.done"), ("派一个", "task.give"), ("停", "grade.stop"), ("慢", "slow.press"), ("打钩", "step.tick"),
                    ("旧的", "long.gone"), ("看", "plan.show"), ("报故障", "report.form"),
                )
            )
        ),
    ),
    alone="事件",
)  # fmt: skip
FAST = Times(watch=0.02, backoff=(0.02, 0.1), deaf=0.3)


@dataclass(frozen=True)
class Spelled:
    zh: str
    en: str
    handler: Handler
    aliases: tuple[str, ...] = ()
    help: Text = ""


@dataclass
class Toy:
    """Plays service and handlers: remembers what was asked, keeps answers by key as the service does, and is as slow as a test says."""

    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    deeds: list[str] = field(default_factory=list)
    kept: dict[str, Answer] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    trouble: list[Exception] = field(default_factory=list)
    homes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def place(self, platform: str, ref: str) -> tuple[str, str] | None:
        assert platform == "feishu"
        return self.places.get(ref)

    def card_at(self, record: str, slot: str) -> Card | None:
        return LONG if (record, slot) == ("INC-1", "plan") else None

    def keep_form(self, form: Form) -> str:
        self.forms[f"F{len(self.forms) + 1}"] = form
        return f"F{len(self.forms)}"

    def form(self, id_: str) -> Form | None:
        return self.forms.get(id_)

    def once(self, request: Request, said: str) -> Answer:
        """What is done once for a key."""
        with self.lock:
            if request.key not in self.kept:
                self.deeds.append(said)
                self.kept[request.key] = Toast(f"收到 {len(self.deeds)}：{said}")
            return self.kept[request.key]

    # --- handlers -------------------------------------------------------------------------------------------------------------

    def noted(self, handler: Callable[[Request], Answer]) -> Handler:
        def handle(request: Request, service: Any) -> Answer:
            assert service is self
            self.asked.append(request)
            if self.trouble:
                raise self.trouble.pop(0)
            return handler(request)

        return handle

    def report(self, request: Request) -> Answer:
        return self.once(request, request.words) if request.words else Ask(REPORT)

    def slowly(self, request: Request) -> Answer:
        assert self.gate.wait(10)
        return Ask(NEXT) if request.words == "form" else self.once(request, request.words or "slow")

    def submitted(self, request: Request) -> Answer:
        match request.values["symptom"]:
            case "短":
                return Invalid({"symptom": "再写长一点。"})
            case "别报":
                return Invalid({"": "这张表现在不能交。"})
            case "没权":
                return Refusal("只有指挥能做。", (Button("找指挥", press("ask.commander")),))
            case "还有":
                return Ask(NEXT)
            case "看":
                return Private(Card("结果", (Words("就是这样"),), alone="就是这样"))
            case "慢":
                assert self.gate.wait(10)
                return Invalid({"scope": "范围写错了。"}) if request.values["scope"] == "错" else self.once(request, "慢")
            case symptom:
                return self.once(request, symptom)

    def listened(self, request: Request, service: Any) -> Answer | None:
        self.heard.append(f"{request.who}: {request.words}")
        return Refusal("点名一个人。", (Button("派给一个人", press("task.give", record="INC-1")),)) if "谁能" in request.words else None

    def left(self, request: Request, service: Any) -> Answer | None:
        self.heard.append(f"{request.who} left {request.record}")
        return None

    def joined(self, request: Request, service: Any) -> Answer | None:
        self.heard.append(f"{request.who} joined {request.record}")
        return None

    def home(self, person: str) -> Card:
        self.homes += 1
        tasks = Buttons((Button("完成", press("task.done", record="INC-1")), Button("报故障", press("report.form"))))
        return Card(f"我的 {self.homes}", (Words(f"{person} 的任务"), tasks), alone="我的")

    def doors(self) -> Doors:
        verbs = {
            ("报故障", "report"): self.report,
            ("帮助", "help"): lambda request: Private(Card("能做什么", (Words("报故障"),), alone="能做什么")),
            ("方案", "plan"): lambda request: Private(LONG),
            ("慢", "slow"): self.slowly,
        }
        actions: Mapping[str, Callable[[Request], Answer]] = {
            "report.form": lambda request: Ask(REPORT),
            "timeline.pin": lambda request: self.once(request, "|".join(request.message or ("nothing",))),
            "task.done": lambda request: self.once(request, "task"),
            "task.give": lambda request: Ask(NEXT),
            "step.tick": lambda request: Toast("打钩了", shown=True),
            "site.pick": lambda request: self.once(request, request.args["value"]),
            "plan.show": lambda request: Private(LONG),
            "ask.commander": lambda request: Toast("叫了指挥"),
            "grade.stop": lambda request: Refusal("只有指挥能停。", (Button("请指挥来停", press("ask.commander")),)),
            "slow.press": self.slowly,
        }
        forms: Mapping[str, Callable[[Request], Answer]] = {
            "report.form": self.submitted,
            "next.form": lambda request: self.once(request, f"{request.args['record']} {request.values['started']}"),
        }
        return Doors(
            tuple(Spelled(*names, self.noted(handler)) for names, handler in verbs.items()),
            {name: self.noted(handler) for name, handler in actions.items()},
            {name: self.noted(handler) for name, handler in forms.items()},
            {"on_message": self.listened, "on_left": self.left, "on_joined": self.joined},
        )


class Stage:
    """Feishu's double, and everything of ours behind it, on a loop of its own."""

    def __init__(self, feishu: FeishuServer, longest: float, times: Times) -> None:
        self.feishu, self.ws, self.toy = feishu, feishu.tenant, Toy()
        for user, person in PEOPLE.items():
            self.ws.user(user, NAMES[person], f"{person}@example.com")
        self.ws.user("ou_guest", "李外")
        self.room: Chat = self.ws.chat("【严重】INC-1 下单报错", [*PEOPLE, "ou_guest"])
        self.hall: Chat = self.ws.chat("大厅", [*PEOPLE, "ou_guest"])
        self.toy.places[self.room.id] = ("INC-1", "war")
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.client = Client(self.ws.app_id, self.ws.app_secret, feishu.url, timeout=3.0)
        nobody: Callable[[str], None] = lambda it: None  # noqa: E731
        roll = Roll(nobody, PEOPLE.get, nobody, nobody, nobody, tuple, lambda *_: None, lambda *_: None)
        self.book = Book(self.client, roll)
        self.ears = self.new_ears(longest)
        self.line = LongConnection(self.ws.app_id, self.ws.app_secret, feishu.url, lambda body: self.ears.hear(body), times)
        self._server: uvicorn.Server | None = None

    def reader(self, person: str | None) -> Reader:
        return Reader("zh-CN", ZoneInfo("Asia/Shanghai"), NAMES, lambda person: None, Catalogue())

    def new_ears(self, longest: float = 2.2) -> FeishuEars:
        """Those of a process that has just started."""
        return FeishuEars(
            self.toy.doors(), cast(Service, self.toy), self.book, self.client, self.reader, lambda: NOW, lambda person: "zh-CN",
            self.toy.home, longest=longest,
        )  # fmt: skip

    def wang(self) -> Person:
        return self.feishu.person("王敏")

    def chen(self) -> Person:
        return self.feishu.person("陈海")

    def posted(self, card: Card = CARD, key: str = "INC-1/status", room: Chat | None = None) -> Message:
        """A card of ours in a room."""
        content = json.dumps(render.card(card, self.reader(None), key), ensure_ascii=False)
        body = {
            "receive_id": (room or self.room).id,
            "msg_type": "interactive",
            "content": content,
            "uuid": f"{key}{len(self.ws.messages)}",
        }
        answer = self.run(self.client.call("POST", "im/v1/messages", {"receive_id_type": "chat_id"}, body))
        return self.ws.messages[answer["message_id"]]

    def told(self, person: Person | None = None) -> list[str]:
        """What somebody reads from us in their own chat with the bot."""
        self.settle()
        who = person or self.wang()
        return [who.reads(it) for it in who.sees(who.bot_chat) if it.sender != who.id]

    def newest(self, person: Person | None = None) -> Message:
        self.settle()
        who = person or self.wang()
        return [it for it in who.sees(who.bot_chat) if it.sender != who.id][-1]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def settle(self) -> None:
        """Everything said has been heard, done and answered."""
        self.feishu.settle()
        self.run(self.ears.settle())

    def connect(self, transport: Transport) -> None:
        if transport == "socket":
            lark_ws()  # imported here, where what it warns of is let pass
            self.run(self.line.start())
            self.until(lambda: self.line.connected)
            return
        app = FastAPI()
        app.include_router(router(lambda body: self.ears.hear(body), Seal(self.ws.encrypt_key, self.ws.verification_token)))
        listening = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        asyncio.run_coroutine_threadsafe(self._server.serve([listening]), self.loop)
        self.feishu.request_url = f"http://127.0.0.1:{listening.getsockname()[1]}/feishu/events"
        self.until(lambda: self._server is not None and self._server.started)

    def until(self, there: Callable[[], bool]) -> None:
        """Polls what another thread brings about."""
        waiting = threading.Event()
        for _ in range(1000):
            if there():
                return
            waiting.wait(0.01)
        raise AssertionError("it never came")

    def stop(self) -> None:
        self.toy.gate.set()
        self.run(self.ears.settle())
        self.run(self._stop())
        self.ears.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)
        self.loop.close()

    async def _stop(self) -> None:
        await self.line.stop()
        if self._server is not None:
            self._server.should_exit = True
        await self.client.close()
        me = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not me]
        await asyncio.wait(left, timeout=3) if left else None


@contextmanager
def stage(transport: Transport | None = None, longest: float = 2.2, times: Times = FAST) -> Iterator[Stage]:
    with FeishuServer(Tenant(), transport=transport or "socket") as feishu:
        feishu.delivery.reconnect_seconds = 5.0
        made = Stage(feishu, longest, times)
        try:
            if transport is not None:
                made.connect(transport)
            yield made
        finally:
            made.stop()
