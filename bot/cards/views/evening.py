"""The first half of the story: reported, graded, started, at work, decisions waiting and taken."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.cards.views import night
from bot.cards.views.night import REPORT, at
from bot.core.incident import (
    Activation,
    Addition,
    Assessor,
    Attempt,
    Call,
    Grade,
    Handover,
    Holder,
    Incident,
    Loss,
    Moment,
    Prompt,
    Ruling,
)

# --- before the start -------------------------------------------------------------------------------------------------------


def just_reported() -> Incident:
    """One line was said; where and since when is still open."""
    report = replace(
        REPORT, symptom="十几个客户说点下单没反应，页面能打开", started_at=None, started_text="", scope="", services=(), links=(), sites=()
    )
    return Incident(
        id="INC-42",
        mode="real",
        plan_hash="",
        plan_version="3.1",
        stage="reported",
        stage_since=at("20:10"),
        reported_at=at("20:10"),
        report=report,
        rooms=("war",),
        centre_step=1,
        moments={"detected": Moment("detected", at("20:05"), "wangmin")},
        assessors=(
            Assessor("chenhai", "project_lead", None, None, at("20:10")),
            Assessor("zhoumu", "architect", "technical", None, at("20:10")),
            Assessor("wangmin", "service", "business", None, at("20:10")),
        ),
    )


def complete() -> Incident:
    """All three elements are known and the command centre has seen it."""
    return replace(
        just_reported(),
        report=REPORT,
        acknowledged_at=at("20:12"),
        additions=(Addition("上海、杭州两仓，19:52 起", "wangmin", at("20:11")),),
    )


def half_graded() -> Incident:
    """The technical side is at its fourth question."""
    return replace(
        complete(),
        stage="assessing",
        stage_since=at("20:12"),
        rulings={"technical": Ruling("technical", (), False, "zhoumu", at("20:12"))},
        answers=night.answers("technical", "zhoumu", 3),
    )


def provisional() -> Incident:
    """One side is done: there is a level, but only a provisional one."""
    return replace(
        half_graded(),
        answers=night.answers("technical", "zhoumu", 10),
        grades=(Grade("major", "computed", True, 2, 3, (), "", None, at("20:14")),),
        losses=(Loss(Decimal(50000), Decimal(500000), "", "zhoumu", at("20:14")),),
    )


def graded() -> Incident:
    """Both sides have answered: 影响 I2 × 紧急 U3 = 重大."""
    before = provisional()
    return replace(
        before,
        answers={**before.answers, **night.answers("business", "wangmin", 10)},
        rulings={**before.rulings, "business": Ruling("business", (), False, "wangmin", at("20:15"))},
        grades=(*before.grades, Grade("major", "computed", False, 2, 3, (), "", None, at("20:16"))),
    )


def clock_asked() -> Incident:
    """The question that the operating clock answers beforehand."""
    return replace(complete(), rulings=half_graded().rulings, answers=night.answers("technical", "zhoumu", 6))


def stopped() -> Incident:
    """Enough for now: the level is provisional, what is open counts as 不知道."""
    grade = Grade("severe", "computed", True, 2, 2, (), "", None, at("20:14"))
    return replace(half_graded(), stopped=("technical",), grades=(grade,))


def overridden() -> Incident:
    """An override holds: whole key accounts cannot order."""
    before = graded()
    return replace(
        before,
        rulings={**before.rulings, "business": Ruling("business", ("key_account_all_blocked",), False, "wangmin", at("20:15"))},
        grades=(*before.grades[:1], Grade("major", "computed", False, 2, 3, ("key_account_all_blocked",), "", None, at("20:16"))),
    )


# --- the response -----------------------------------------------------------------------------------------------------------


def pre_activated() -> Incident:
    """Nobody decided in time: people, room and timeline only."""
    return replace(
        graded(), stage="activated", stage_since=at("20:20"), activation=Activation("major", at("20:20"), None, True), calls=night.calls()
    )


def activated() -> Incident:
    """Ten of twelve are here; procurement is silent, logistics rings for the second time."""
    return replace(
        graded(),
        stage="activated",
        stage_since=at("20:18"),
        activation=Activation("major", at("20:18"), "chenhai", False),
        roles=night.roles(),
        calls=night.calls(),
        update_due=at("20:28"),
    )


def assembled() -> Incident:
    """Everybody is here, two posts by their deputies."""
    before = responding()
    calls = tuple(
        replace(call, attempts=(*call.attempts[:-1], night.attempt(call.attempts[-1].person, "20:19", "here", "20:44")))
        if call.id == "c12"
        else replace(call, attempts=(*call.attempts, Attempt("fangxiao", at("20:28"), "deputy", state="here", answered_at=at("20:43"))))
        if call.id == "c11"
        else call
        for call in before.calls
    )
    return replace(before, calls=calls, moments={**before.moments, "assembled": Moment("assembled", at("20:44"), None)})


def nobody_left() -> Incident:
    """Nobody is left to call for a post: the commander must name somebody."""
    before = activated()
    return replace(before, calls=tuple(replace(call, exhausted=call.id == "c11", step=3) for call in before.calls))


def one_missing() -> Incident:
    """Only procurement is missing."""
    before = assembled()
    return replace(before, calls=tuple(call for call in activated().calls if call.id != "c12"))


def responding() -> Incident:
    """At work: lists, orders, a broadcast, numbers, a suspicion, the first situation report."""
    return replace(
        activated(),
        stage="responding",
        stage_since=at("20:26"),
        faults=("fc_code_defect",),
        checklists=(night.technical(), night.manual_orders()),
        tasks=night.tasks(),
        broadcasts=(night.broadcast(),),
        figures=night.figures(),
        causes=night.causes(),
        sitreps=(night.sitrep(1, "20:27", "20:42"),),
        update_due=at("20:42"),
    )


def gate_locked() -> Incident:
    """The first line is a gate and nobody has passed it; the second is stuck."""
    before = responding()
    first, second, *rest = night.technical().items
    items = (
        replace(first, state="todo", by=None, at=None, chased=1),
        replace(second, state="blocked", by=None, at=None, note="没有日志权限，等罗成"),
        *(replace(item, state="todo", by=None, at=None, note="") for item in rest),
    )
    return replace(before, checklists=(replace(night.technical(), items=items), night.manual_orders()))


def update_late() -> Incident:
    """The situation report did not come: the status card turns to alarm."""
    return replace(assembled(), update_chased=3)


def second_report() -> Incident:
    """A report that came late follows the first."""
    before = assembled()
    late = replace(night.sitrep(2, "20:50", "21:05"), on_time=False, typed={"situation": "仍在处理，回滚已批准，20:52 看效果。"})
    return replace(before, sitreps=(*before.sitreps, late), update_due=at("21:05"))


# --- decisions --------------------------------------------------------------------------------------------------------------


def proposed() -> Incident:
    return replace(responding(), measures=(night.rollback(),))


def rejected() -> Incident:
    decided = {"state": "rejected", "decided_by": "chenhai", "decided_at": at("20:41"), "reason": "先试 Plan B，降不到 3% 再提"}
    return replace(responding(), measures=(replace(night.rollback(), **decided),))  # type: ignore[arg-type]  # fields of Measure


def approved() -> Incident:
    measure = replace(
        night.rollback(), state="approved", decided_by="chenhai", decided_at=at("20:41"), reason="时间与范围都吻合，代价可补，Plan B 不根治"
    )
    return replace(assembled(), measures=(measure,))


def executing() -> Incident:
    before = approved()
    return replace(before, measures=(replace(before.measures[0], state="executing", executor="hechuan", executed_at=at("20:46")),))


def executed() -> Incident:
    before = executing()
    done = replace(before.measures[0], state="executed", checker="sunyue", result="看板错误率 0.3%，抽 3 单正常")
    return replace(before, measures=(done,), sitreps=second_report().sitreps, update_due=at("21:05"))


def handover_offered() -> Incident:
    brief = {
        "state": "下单错误率 7%，手工记单顶着",
        "level": "重大，影响 I2 × 紧急 U3",
        "aim": "今晚截单前恢复下单；先回滚，不行摘缓存",
        "done": "冻结发布；手工记单 137 单",
        "doing": "回滚等批准",
        "resources": "到位 10/12，差采购、物流",
        "outside": "还没对外发",
        "open": "",
        "next_update": "20:42",
    }
    return replace(proposed(), handover=Handover("commander", "chenhai", "linyuan", brief, at("20:36")))


def escalation() -> Incident:
    """Two hours without recovery at 一般: the bot proposes 严重."""
    return replace(minor(), prompts=(Prompt("minor_long", "severe", at("17:10")),))


def escalated() -> Incident:
    before = escalation()
    raised = Grade("severe", "ordered", False, None, None, (), "两小时没恢复", "linyuan", at("17:12"))
    return replace(before, grades=(*before.grades, raised))


def minor() -> Incident:
    """一般 stays quiet: a short card, one person at work."""
    report = replace(
        REPORT,
        symptom="优惠券列表空白，下单正常",
        started_at=at("14:55"),
        started_text="14:55",
        scope="App 安卓端，约 40 位客户反馈",
        services=(),
        links=("sales",),
        sites=(),
        reporter="lixiang",
    )
    calls = (Call("c1", "tech_lead_on_incident", None, (), True, (night.attempt("wuhao", "15:10", "here", "15:12"),), 0, at("15:10")),)
    return Incident(
        id="INC-43",
        mode="real",
        plan_hash="",
        plan_version="3.1",
        stage="responding",
        stage_since=at("15:12"),
        reported_at=at("15:02"),
        report=report,
        acknowledged_at=at("15:04"),
        rooms=("war",),
        calls=calls,
        update_due=at("16:10"),
        grades=(Grade("minor", "computed", False, 1, 2, (), "", None, at("15:08")),),
        activation=Activation("minor", at("15:10"), "linyuan", False),
        roles={role: Holder(role, who, at("15:10")) for role, who in (("commander", "linyuan"), ("tech_lead_on_incident", "wuhao"))},
    )
