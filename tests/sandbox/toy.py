"""A toy behind the sandbox: the status card of the mock, a roll call, a checklist, a form; enough to press everything there is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.cards.model import (
    Button,
    Buttons,
    Card,
    Choices,
    Divider,
    Fact,
    Facts,
    Field,
    Form,
    LinkOut,
    Option,
    Progress,
    Stage,
    Stages,
    Step,
    Steps,
    Table,
    Words,
    press,
)
from bot.catalogue import Catalogue
from bot.html.ink import Viewer
from bot.platforms.sandbox.adapter import Sandbox
from bot.platforms.sandbox.bell import Bell
from bot.platforms.sandbox.ears import Human, SandboxEars
from bot.platforms.sandbox.pages import Presence, SandboxPages, Wiring
from bot.platforms.sandbox.panes import Scenery
from bot.platforms.sandbox.scene import Player, Scene
from bot.platforms.sandbox.situation import Due, Situation, Standing
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import Ref
from bot.store.sandbox import SandboxStore
from bot.store.tables import metadata
from bot.talk import Answer, Ask, Invalid, Private, Refusal, Request, Toast
from bot.web.app import make_app
from bot.web.templates import environment
from bot.words import Bi, Language, Text, When, Who, line

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 23, 12, 38, 40, tzinfo=UTC)
NAMES = "陈海 项目负责人 Chen Hai|赵静 业务负责人 Zhao Jing|周牧 架构师 Zhou Mu|吴昊 开发 Wu Hao|孙悦 测试 Sun Yue|何川 运维 He Chuan|郑岩 采购 Zheng Yan|马骏 仓储 Ma Jun|丁磊 物流配送 Ding Lei|王敏 销售客服 Wang Min|苏晴 行政 Su Qing|许诺 公关 Xu Nuo"  # noqa: E501
POSTS = {"项目负责人": "Project lead", "业务负责人": "Business lead", "销售客服": "Customer service", "开发": "Developer"}


def _humans() -> tuple[Human, ...]:
    out = []
    for row in NAMES.split("|"):
        name, post, family, given = row.split()
        out.append(Human(f"{family}{given}".lower(), name, f"{family} {given}", Bi(post, POSTS.get(post, post)), Bi("演示名单", "Roster")))
    return tuple(out)


HUMANS = _humans()


@dataclass
class Clock:
    now: datetime = START
    real: bool = False
    offset: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset if self.real else self.now


@dataclass(frozen=True)
class Spoken:
    zh: str
    en: str
    handler: Any
    help: Text
    aliases: tuple[str, ...] = ()


@dataclass
class Toy:
    """Handlers get this as their service; it plays plan, record and engine at once."""

    clock: Clock
    store: SandboxStore
    platform: Sandbox
    database: Database
    ticked: set[str] = field(default_factory=set)
    here: set[str] = field(default_factory=set)
    asked: list[Request] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    languages: dict[str, Language] = field(default_factory=dict)
    symptom: str = ""

    def opened(self) -> str | None:
        return self.store.ref_of("INC-42", "war")

    def do(self, coroutine: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, coroutine).result()

    def fill(self, slot: str, ref: str) -> None:
        with self.database.write() as tx:
            outbox.fill(tx, ("INC-42", slot, "sandbox"), Ref(ref))

    def show(self, slot: str, card: Card, pin: bool = False, mentions: tuple[str, ...] = ()) -> None:
        room = self.opened()
        assert room
        ref = self.do(self.platform.show(room, card, self.store.ref_of("INC-42", slot), f"INC-42:{slot}", False, mentions, False))
        self.fill(slot, ref)
        if pin:
            self.do(self.platform.pin(room, ref))

    def redraw(self) -> None:
        self.show("status", status_card(self), pin=True)
        self.show("roll", roll_card(self), pin=True)
        self.show("check", check_card(self), pin=True)
        self.show("approve", approve_card(self))

    def situation(self, record: str) -> Situation | None:
        if record != "INC-42":
            return None
        people = {
            human.id: Standing("", line("到位 {at}", at=When(START)))
            if human.id in self.here
            else Standing("", line("没应答"), "alarm", True)
            for human in HUMANS
        }
        dues = (
            Due(line("态势更新 第 {n} 报", n=2), Who("suqing"), START + timedelta(minutes=3, seconds=20)),
            Due(line("决定是否回滚"), Who("chenhai"), START + timedelta(minutes=14, seconds=20)),
        )
        now = (line("处置中"), line("到位 {n}/{all}", n=len(self.here), all=12))
        return Situation("major", now=now, next=line("等{who}决定回滚，20:43 前", who=Who("chenhai")), dues=dues, people=people)


def status_card(toy: Toy) -> Card:
    names = ("报告", "定级", "启动", "处置", "验证", "观察", "结束")
    stages = tuple(
        Stage(line(name), "done" if n < 3 else "now" if n == 3 else "todo", START if n <= 3 else None) for n, name in enumerate(names)
    )
    return Card(
        title=line("INC-42 {what}", what="下单报错"),
        badge="major",
        alone=line("重大 INC-42"),
        meta=line("{at} 更新 · 按方案 {v}", at=When(START), v="v3.1"),
        blocks=(
            Stages(stages),
            Facts(
                (
                    Fact(line("现象"), toy.symptom or "下单提交报 5xx，比例 12% 降到 7%；页面正常，点下单无反应"),
                    Fact(line("时间"), "19:52 起（20:10 报告），与 19:50 灰度发布 v5.2 吻合"),
                    Fact(line("范围"), "上海仓、杭州仓全部下单；412 单未接；含学校食堂 9 家"),
                ),
                "rows",
            ),
            Divider(),
            Facts(
                (
                    Fact(line("总指挥"), Who("chenhai"), line("项目负责人")),
                    Fact(line("到位"), line("{n}/{all}", n=len(toy.here), all=12), line("差 {who}", who="采购、物流")),
                    Fact(line("替代方案"), line("手工记单 · 已启动"), line("{at} 起", at=When(START))),
                    Fact(line("下次更新"), When(START + timedelta(seconds=200)), due=START + timedelta(seconds=200), tone="warn"),
                )
            ),
            Words(line("{who} 20:43 前决定是否回滚 v5.2。其他人按清单继续，不用等。", who=Who("chenhai", mention=True)), "next"),
            Buttons(
                (
                    Button(line("发态势更新"), press("update.form"), "primary", icon="doc"),
                    Button(line("提案重大措施"), press("propose.form"), icon="scale"),
                    Button(line("启动替代方案"), press("nothing"), icon="swap"),
                    Button(line("移交指挥"), press("nothing"), "ghost", icon="people"),
                )
            ),
        ),
    )


def roll_card(toy: Toy) -> Card:
    missing = [human for human in HUMANS if human.id not in toy.here]
    rows: list[tuple[Text, ...]] = [(human.post, Who(human.id), line("无应答 · 已呼 {n} 次", n=2)) for human in missing[:3]]
    rows.append((line("其余 {n} 岗", n=len(toy.here)), "", line("已到位")))
    done = len(toy.here)
    return Card(
        title=line("点名"),
        icon="people",
        tone="warn" if missing else "good",
        chip=line("差 {n} 人", n=len(missing)) if missing else line("到齐"),
        meta=line("{at} 发起", at=When(START)),
        alone=line("点名"),
        blocks=(
            Progress(line("到位"), done, 12, line("目标 5 分钟内应答，已 20 分钟"), "warn" if missing else "good"),
            Table((line("岗位"), line("姓名"), line("状态")), tuple(rows)),
            Buttons(
                (
                    Button(line("我到位"), press("roll.here", record="INC-42"), "primary", icon="check"),
                    Button(line("再呼一次"), press("roll.again"), icon="phone"),
                )
            ),
        ),
    )


def check_card(toy: Toy) -> Card:
    texts = (
        "冻结所有发布与配置变更，记录最近 24 小时变更清单",
        "确认症状与范围：哪些接口、哪些城市仓、开始时间",
        "保留现场：线程栈、堆、日志片段（先取证再重启）",
        "回滚到上一稳定版本（确认库表兼容与回滚影响）",
        "核心链路冒烟：下单→拣货→派车→签收",
    )
    steps = []
    for n, text in enumerate(texts, 1):
        ident, locked = str(n), line("要总指挥先批准这项重大措施。") if n == 4 else None
        state: Any = "done" if ident in toy.ticked else "blocked" if n == 5 else "doing" if n == 3 else "todo"
        more = (Button(line("跳过"), press("check.skip", item=ident), "ghost"), Button(line("卡住了"), press("nothing"), "ghost"))
        steps.append(
            Step(
                ident,
                text,
                state,
                line("{who} · {at}", who=Who("hechuan"), at=When(START)),
                late=n == 3,
                chip=line("重大措施") if n == 4 else None,
                press=press("check.done", item=ident),
                locked=locked,
                more=more if n == 3 else (),
            )
        )
    return Card(
        title=line("处置清单：{name}", name="系统崩溃 · 代码缺陷"),
        icon="list",
        meta=line("技术组长 {who}", who=Who("zhoumu")),
        alone=line("清单"),
        blocks=(
            Progress(line("完成"), len(toy.ticked), len(texts), line("已用 17 分钟，参考 33 分钟")),
            Steps(tuple(steps)),
            Words(line("回滚后 10 分钟错误率未降则停止，转数据库与依赖方向排查。"), "note"),
            Choices(
                line("换一份清单"), (Option("net", line("网络中断")), Option("db", line("数据库"), line("主备切换"))), press("check.other")
            ),
        ),
    )


def approve_card(toy: Toy) -> Card:
    return Card(
        title=line("要批准：回滚 {v}", v="v5.2"),
        icon="scale",
        tone="alarm",
        chip=line("{at} 前决定", at="20:43"),
        alone=line("要批准"),
        blocks=(
            Words(line("下单在上海、杭州两仓大面积失败，正在评估回滚。"), "lead"),
            Words("尊敬的客户：<b>目前线上服务不可用</b> {{ 7*7 }} <!channel> @所有人", "quote"),
            Words(line("备份 02:00 全量，校验通过。"), "warn"),
            Buttons(
                (
                    Button(line("批准回滚"), press("approve"), "primary", icon="check"),
                    Button(line("驳回"), press("nothing"), "danger", icon="x"),
                    Button(line("执行回滚"), press("nothing"), locked=line("还没批准，不能执行。")),
                    LinkOut(line("看方案"), "/sandbox/gallery"),
                )
            ),
        ),
    )


def update_form(error: str = "") -> Form:
    return Form(
        "update.send",
        line("发态势更新"),
        (
            Field("preview", line("现在：{name}", name="…"), "note"),
            Field("lead", line("一句话"), "line", True, line("现在怎么样，先说结论")),
            Field("unknown", line("还不知道什么"), "text", False, line("不知道就写「不知道」")),
            Field("when", line("下次什么时候"), "time", True, line("例如「15 分钟后」"), "15 分钟后"),
            Field(
                "trend",
                line("事态"),
                "choice",
                True,
                options=(Option("up", line("扩散")), Option("same", line("平稳"), line("默认")), Option("down", line("收敛"))),
            ),
            Field(
                "links",
                line("受影响环节"),
                "choices",
                options=tuple(Option(v, line(v)) for v in ("采购", "仓储", "物流", "销售")),
                initial="销售",
            ),
            Field("owner", line("谁盯着"), "person", initial="suqing"),
            Field("told", line("抄送"), "people"),
            Field("orders", line("订单数"), "number"),
            Field("n", line("发出后 21 人要回执。"), "note"),
        ),
        line("发给 21 人"),
        (("record", "INC-42"),),
        intro=line("没有新进展也要发。"),
    )


def _once(handle: Any) -> Any:
    def handler(request: Request, toy: Toy) -> Answer:
        if request.key not in toy.answers:
            toy.asked.append(request)
            toy.answers[request.key] = handle(request, toy)
        return toy.answers[request.key]

    return handler


@_once
def report(request: Request, toy: Toy) -> Answer:
    toy.symptom = request.words
    people = tuple(human.id for human in HUMANS)
    ref = toy.do(toy.platform.open_room(line("【重大】INC-42 {what}", what="下单报错"), "inc-42", people, line("上海仓、杭州仓下单失败 · 总指挥 {who} · 只在本群说进展", who=Who("chenhai")), False, "INC-42:war", False))  # fmt: skip  # noqa: E501
    toy.fill("war", ref)
    toy.redraw()
    toy.do(toy.platform.link(ref, line("语音会议"), "https://meet.example/812"))
    toy.do(toy.platform.page("dinglei", line("上海仓下单报错，重大。你的岗位：物流。"), "INC-42:page:dinglei", "call-1", "INC-42", False))
    return Toast(line("记下了，{record}。房间开好了。", record="INC-42"))


@_once
def here(request: Request, toy: Toy) -> Answer:
    toy.here.add(request.who)
    toy.redraw()
    return Toast(line("到位了。"))


@_once
def tick(request: Request, toy: Toy) -> Answer:
    toy.ticked.add(request.args["item"])
    toy.redraw()
    return Toast(line("打勾了。"))


@_once
def approve(request: Request, toy: Toy) -> Answer:
    if request.who != "chenhai":
        return Refusal(line("只有总指挥{who}能批。", who=Who("chenhai")), (Button(line("问一句"), press("update.form")),))
    return Toast(line("批准了。"))


@_once
def send_update(request: Request, toy: Toy) -> Answer:
    wrong: dict[str, Text] = {}
    if not request.values.get("lead", "").strip():
        wrong["lead"] = line("还差一句话，例如「仍在处理」。")
    if not request.values.get("trend"):
        wrong["trend"] = line("选一个；拿不准选「平稳」。")
    if wrong:
        return Invalid(wrong)
    room = toy.opened()
    assert room
    toy.do(
        toy.platform.say(
            room, line("{who} 发了态势：{text}", who=Who(request.who), text=request.values["lead"]), request.key, False, (), False
        )
    )
    return Toast(line("发出去了，21 人要回执。"))


def help_(request: Request, toy: Toy) -> Answer:
    return Private(Card(line("帮助"), (Words(line("直接说「报故障」加一句话。")),), line("帮助"), icon="info"))


COMMANDS = (
    Spoken("报故障", "report", report, Bi("一句话报告故障", "Report a fault in one line"), ("故障",)),
    Spoken("态势", "update", _once(lambda request, toy: Ask(update_form())), Bi("发一份态势更新", "Send a situation update")),
    Spoken("帮助", "help", help_, Bi("看能说什么", "What you can say")),
    Spoken("点名", "rollcall", here, Bi("看谁到了", "See who is here")),
)
ACTIONS = {
    "roll.here": here,
    "check.done": tick,
    "check.skip": tick,
    "approve": approve,
    "update.form": lambda request, toy: Ask(update_form()),
    "timeline.pin": _once(lambda request, toy: Toast(line("记进时间线了。"))),
    "check.other": _once(lambda request, toy: Toast(line("换成「{name}」了。", name=request.args["value"]))),
    "roll.again": lambda request, toy: Toast(line("又呼了一次。")),
}
FORMS = {"update.send": send_update}
PREVIEWS = {"update.send": lambda request, toy: line("现在：{name}", name=request.values.get("lead", ""))}


@dataclass(frozen=True)
class House:
    toy: Toy
    store: SandboxStore
    ears: SandboxEars
    player: Player
    presence: Presence
    bell: Bell
    app: Any
    pages: SandboxPages


def house(url: str, scenes: tuple[Scene, ...] = (), clock: Clock | None = None) -> House:
    """The whole sandbox around the toy, wired as app.py wires it."""
    database, clock, bell, presence = Database(url), clock or Clock(), Bell(), Presence()
    metadata.create_all(database.engine)
    store = SandboxStore(database, bell.ring)
    platform = Sandbox(store, clock, lambda person: any(human.id == person for human in HUMANS))
    toy = Toy(clock, store, platform, database)
    language = lambda person: toy.languages.get(person, "zh-CN")  # noqa: E731
    ears = SandboxEars(COMMANDS, ACTIONS, FORMS, {}, toy, store, clock, lambda: HUMANS, language, PREVIEWS)
    player = Player(scenes, ears, store, presence.__contains__)
    catalogue = Catalogue.load(ROOT / "data/locale/en")
    scenery = Scenery(store, lambda: HUMANS, toy.situation, catalogue, ZONE, clock, language)

    def advance() -> Text:
        clock.offset += timedelta(minutes=5)
        store.set("sandbox.offset", str(clock.offset.total_seconds()))
        return line("快进到 {at}。", at=When(clock()))

    wiring = Wiring(
        ears, scenery, bell, environment(ROOT / "templates/web"), player, presence,
        ("wangmin", "/报故障 十几个客户说点下单没反应，页面能打开，上海仓，大约 10 分钟前开始"), advance, toy.languages.__setitem__,
    )  # fmt: skip
    pages = SandboxPages(wiring)
    app = make_app([pages.router()], lambda: {"database": True}, "/sandbox/")
    return House(toy, store, ears, player, presence, bell, app, pages)


def example_viewer(language: Language = "zh-CN", names: Mapping[str, str] | None = None) -> Viewer:
    known = {human.id: human.called(language) for human in HUMANS}
    return Viewer("wangmin", language, ZONE, START, names or known, Catalogue.load(ROOT / "data/locale/en"))
