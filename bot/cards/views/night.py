"""The pieces that the story is made of: that night's report, answers, calls, lists, orders, numbers, reports and checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from bot.core.incident import (
    Answer,
    Attempt,
    Broadcast,
    Call,
    Cause,
    Check,
    Checklist,
    Figure,
    Holder,
    Item,
    Measure,
    Report,
    Side,
    Sitrep,
    Task,
)
from bot.words import Bi, Text, When, line

SHANGHAI = timezone(timedelta(hours=8))
QUESTIONS = (
    "q_scope",
    "q_users",
    "q_money",
    "q_safety",
    "q_data",
    "q_reputation",
    "u_clock",
    "u_workaround",
    "u_trend",
    "u_perish",
)
SCORES = (2, 2, 2, 1, 1, 2, 3, 3, 2, 1)


def at(clock: str, day: int = 23) -> datetime:
    """A clock time of that night in Shanghai."""
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=SHANGHAI).astimezone(UTC)


REPORT = Report(
    symptom="下单报错，提交报 5xx，比例 12%；页面正常，点下单无反应",
    words="上海、杭州仓下单报错，19:52 起",
    started_at=at("19:52"),
    started_text="19:52",
    discovered_at=at("20:05"),
    scope="全部下单；含学校食堂 9 家",
    services=("order",),
    links=("sales",),
    sites=("shanghai", "hangzhou"),
    unknown=(),
    reporter="wangmin",
    source="chat",
)


def answers(side: Side, who: str, count: int) -> dict[str, Answer]:
    pairs = list(zip(QUESTIONS, SCORES, strict=True))[:count]
    return {f"{side}:{q}": Answer(side, q, score, who, at("20:13")) for q, score in pairs}


def roles() -> dict[str, Holder]:
    held = {
        "commander": "chenhai",
        "scribe": "suqing",
        "tech_lead_on_incident": "zhoumu",
        "biz_lead_on_incident": "zhaojing",
        "external_liaison": "xunuo",
        "verifier_tech": "sunyue",
        "verifier_biz": "lixiang",
    }
    return {role: Holder(role, who, at("20:18")) for role, who in held.items()}


def calls() -> tuple[Call, ...]:
    here = (
        ("commander", "chenhai", None),
        ("scribe", "suqing", None),
        ("architect", "zhoumu", None),
        ("developer", "wuhao", None),
        ("tester", "sunyue", None),
        ("ops", "hechuan", None),
        ("warehouse", "shenlei", "shanghai"),
        ("service", "wangmin", None),
        ("admin", "suqing", None),
        ("pr", "xunuo", None),
    )
    found = [
        Call(f"c{n}", post, site, (), True, (attempt(who, "20:18", "here", f"20:{20 + n}"),), 0, at("20:18"))
        for n, (post, who, site) in enumerate(here, 1)
    ]
    silent = Call("c11", "procurement", "shanghai", (), True, (attempt("zhengyan", "20:18", "ringing"),), 1, at("20:23"))
    rung = (attempt("fanyu", "20:18", "cannot", "20:19"), Attempt("dinglei", at("20:19"), "deputy"))
    return (*found, silent, Call("c12", "logistics", "shanghai", (), True, rung, 2, at("20:19")))


def attempt(who: str, called: str, state: str, answered: str = "") -> Attempt:
    match state:
        case "here":
            return Attempt(who, at(called), "duty", state="here", answered_at=at(answered))
        case "cannot":
            return Attempt(who, at(called), "duty", state="cannot", answered_at=at(answered), note="在路上")
        case _:
            return Attempt(who, at(called), "duty")


def item(n: int, zh: str, en: str, post: str, due: str, *, done: str = "", by: str = "", **more: object) -> Item:
    made = Item(str(n), Bi(zh, en), post, 5, at(due), state="done" if done else "todo", by=by or None, at=at(done) if done else None)
    return replace(made, **more)  # type: ignore[arg-type]  # the callers name fields of Item


def technical() -> Checklist:
    items = (
        item(
            1,
            "冻结所有发布与配置变更，记录最近 24 小时变更清单",
            "Freeze releases and config; list the last 24 h of changes",
            "ops",
            "20:21",
            done="20:21",
            by="hechuan",
            gate=True,
        ),
        item(
            2,
            "确认症状与范围：哪些接口、哪些城市仓、开始时间",
            "Confirm symptom and scope: APIs, sites, start time",
            "ops",
            "20:26",
            done="20:23",
            by="hechuan",
        ),
        item(
            3,
            "保留现场：线程栈、堆、日志片段（先取证再重启）",
            "Keep evidence: stacks, heap, logs before any restart",
            "developer",
            "20:31",
            done="20:30",
            by="wuhao",
            note="栈和堆在证据盘",
        ),
        item(
            4,
            "判断是否与最近变更相关（时间吻合且范围吻合）",
            "Does a recent change match in time and scope?",
            "developer",
            "20:36",
            done="20:31",
            by="wuhao",
            note="与 19:50 灰度 v5.2 吻合",
        ),
        item(
            5,
            "先缓解：降级开关、限流、摘除坏节点",
            "Mitigate first: degrade, throttle, drain bad nodes",
            "tech_lead_on_incident",
            "20:41",
            done="20:32",
            by="zhoumu",
        ),
        item(
            6,
            "回滚到上一稳定版本（确认库表兼容与回滚影响）",
            "Roll back to the last good version after checking schema compatibility",
            "ops",
            "20:51",
            measure="rollback",
        ),
        item(7, "不能回滚时准备热修，双人评审后灰度", "If no rollback: hotfix, two-person review, canary", "developer", "21:18"),
        item(8, "核心链路冒烟：下单→拣货→派车→签收", "Smoke test order, pick, dispatch, sign-off", "tester", "21:28"),
        item(
            9, "清理副作用：重复消息、卡住任务、缓存脏数据", "Clean up: duplicate messages, stuck jobs, stale cache", "developer", "21:43"
        ),
    )
    return Checklist("fc_code_defect", Bi("系统崩溃 · 代码缺陷", "Crash from a code defect"), "technical", items, at("20:20"))


def manual_orders() -> Checklist:
    items = (
        item(
            1,
            "领号段，一人一段，禁止借号",
            "Take a number block, one per person, no borrowing",
            "service",
            "20:23",
            done="20:24",
            by="wangmin",
        ),
        item(
            2,
            "打开离线副本：重点客户常购清单、昨日价、停售清单",
            "Open offline copies: usual lists, yesterday's prices, stop-sale list",
            "service",
            "20:28",
            done="20:29",
            by="wangmin",
        ),
        item(
            3,
            "按可用库存（纸账）承诺，超出即标「待定」",
            "Promise against paper stock only; mark the rest pending",
            "warehouse",
            "20:35",
            chased=1,
        ),
        item(4, "号段回收：已用、作废、未用三栏签字", "Return blocks: used, void, unused, signed", "biz_lead_on_incident", "22:30"),
    )
    return Checklist("pb_manual_order", Bi("手工记录订单", "Manual order taking"), "business", items, at("20:20"))


def tasks() -> tuple[Task, ...]:
    return (
        Task("t1", "核对北京仓有没有同样的报错", "hechuan", "chenhai", at("20:24"), at("20:39"), "asked"),
        Task("t2", "查支付回调日志有没有重复扣款", "wuhao", "zhoumu", at("20:22"), at("20:37"), "accepted", chased=1),
        Task("t3", "给学校食堂 9 家打电话", "lixiang", "zhaojing", at("20:25"), at("20:55"), "declined", "热线走不开", at("20:26")),
        Task("t4", "把号段发给 5 个人", "wangmin", "zhaojing", at("20:22"), at("20:30"), "done", "每人 50 号", at("20:25")),
    )


def broadcast() -> Broadcast:
    to = ("zhoumu", "wuhao", "sunyue", "hechuan", "shenlei", "wangmin", "zhaojing", "xunuo", "suqing")
    confirmed = {person: at("20:31") for person in to[:6]}
    return Broadcast("b1", "已转手工记单，号段找王敏领。外部询问一律转许诺。", "chenhai", at("20:30"), to, confirmed, at("20:35"))


def figures() -> tuple[Figure, ...]:
    return (
        Figure("orders", "390 单", Decimal(390), None, "客服台账", "wangmin", at("20:20")),
        Figure("orders", "412 单", Decimal(412), None, "客服台账", "wangmin", at("20:25")),
        Figure("customers", "约 380 家", Decimal(380), None, "客服台账", "wangmin", at("20:25")),
        Figure("vehicles", "9 车", Decimal(9), "shanghai", "调度口报", "dinglei", at("20:32")),
    )


def causes() -> tuple[Cause, ...]:
    return (
        Cause("x1", "19:50 灰度发布 v5.2 的价格缓存", "suspected", "时间和范围都吻合", "wuhao", at("20:31")),
        Cause("x2", "数据库慢查询", "excluded", "慢查询为 0", "hechuan", at("20:24")),
    )


def sitrep(number: int, sent: str, then: str) -> Sitrep:
    typed = {
        "situation": "下单在上海、杭州两仓大面积失败，已转手工记单，正在评估回滚。",
        "actions_doing": "降级开关（周牧，20:33）；取证（吴昊，20:31）",
        "next": "20:43 前定回滚；手工单 20:44 报合计",
        "risks": "不知道北京仓是否会受影响；重复单数量不知道",
        "decisions": "是否回滚；价格按恢复后系统价还是锁昨日价",
    }
    auto: dict[str, Text] = {
        "header": line("{id} {what}", id="INC-42", what="下单报错"),
        "impact": "412 单未接，客户约 380 家（20:25 客服台账）",
        "actions_done": "冻结发布；锁定 v5.2；启动手工记单",
        "resources": "到位 10/12，差采购、物流",
        "comms_out": "还没对外发，首报 20:48 前",
        "clocks": "正在下单高峰；最长可容忍到 21:52",
        "next_update": When(at(then)),
    }
    return Sitrep(number, "suqing", at(sent), typed, auto, at(then), True)


def rollback() -> Measure:
    return Measure(
        id="m1",
        kind="rollback",
        what="v5.2 回滚到 v5.1，上海、杭州两仓，约 8 分钟",
        why="报错始于 19:52，与发布吻合；降级后仍有 7%",
        cost="购物车新字段丢 19 分钟写入，影响约 260 个购物车，不影响订单",
        way_back="10 分钟错误率未降即停，转数据库方向",
        plan_b="只摘价格缓存，预计降到 3%，不根治",
        proposer="zhoumu",
        at=at("20:33"),
        decide_by=at("20:43"),
    )


def checks() -> tuple[Check, ...]:
    return (
        Check(
            "v1",
            "functional",
            "verifier_tech",
            Bi("健康检查与错误率恢复到基线 15 分钟", "Health and error rate at baseline for 15 min"),
            "passed",
            "sunyue",
            at("21:12"),
        ),
        Check(
            "v2",
            "functional",
            "verifier_tech",
            Bi("核心链路冒烟：下单→支付→锁库→拣货→派车→签收 3 单", "End-to-end smoke of three orders"),
            "failed",
            "sunyue",
            at("21:10"),
            "第 3 单没有派车",
        ),
        Check("v3", "functional", "verifier_biz", Bi("各仓打印、扫码、温度上报抽验", "Printing, scanning, temperature upload per site")),
        Check(
            "v10",
            "data",
            "verifier_biz",
            Bi("手工单补录率 100%，缺号 0，重复 0", "Manual slips 100% entered, no missing or duplicates"),
            "waiver_asked",
            "lixiang",
            at("21:14"),
            "剩 12 单等客户回电，明早补",
        ),
        Check(
            "v15",
            "business",
            "verifier_biz",
            Bi("替代方案已停用，临时权限与授信已收回", "Workarounds stopped, temporary rights withdrawn"),
            "waived",
            "lixiang",
            at("21:15"),
            "手工记单留到截单",
            "chenhai",
        ),
    )
