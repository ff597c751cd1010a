"""INC-42「下单报错」 at every stage of its life, as values: what the golden files, the gallery and the docs show.

Told once: 19:52 it breaks, 20:10 somebody reports, 20:18 the response starts, 20:41 the rollback is approved, 22:52 it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

from bot.cards.views import night
from bot.cards.views.night import REPORT, at
from bot.core.incident import (
    Action,
    Activation,
    Addition,
    Approval,
    Assessor,
    Attempt,
    Attestation,
    Call,
    Ending,
    Grade,
    Handover,
    Holder,
    Incident,
    Loss,
    Moment,
    Observation,
    Prompt,
    Ruling,
    Sitrep,
    Summary,
    Trouble,
    Warning,
)
from bot.words import line

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


def cause_proven() -> Incident:
    before = verifying()
    first, *rest = before.causes
    return replace(
        before, causes=(replace(first, state="proven", evidence="回滚后 8 分钟错误率降到 0.3%", by="wuhao", at=at("20:58")), *rest)
    )


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


# --- recovery and after -----------------------------------------------------------------------------------------------------


def verifying() -> Incident:
    before = executed()
    return replace(
        before,
        stage="verifying",
        stage_since=at("20:58"),
        checks=night.checks(),
        fixers=("hechuan",),
        update_due=at("21:20"),
        moments={**before.moments, "mitigated": Moment("mitigated", at("20:54"), None)},
    )


def _kept(before: Incident, *told: tuple[str, str]) -> tuple[Sitrep, ...]:
    """The reports so far and those that followed on time, as (sent, next)."""
    first = len(before.sitreps) + 1
    more = (night.sitrep(first + place, sent, then) for place, (sent, then) in enumerate(told))
    return (*before.sitreps, *(replace(one, typed={"situation": "恢复，正在观察。"}) for one in more))


def observing() -> Incident:
    before = verifying()
    checks = tuple(replace(check, state="passed", by="sunyue", at=at("21:36"), note="") for check in before.checks)
    return replace(
        before,
        stage="observing",
        stage_since=at("21:38"),
        checks=checks,
        observation=Observation(at("21:38"), at("22:38")),
        sitreps=_kept(before, ("20:58", "21:28"), ("21:40", "22:10")),
        update_due=at("22:10"),
        moments={**before.moments, "recovered": Moment("recovered", at("21:38"), None)},
    )


def end_refused() -> Incident:
    """Asked for too early: the observation runs and two conditions have no name under them."""
    before = observing()
    attested = {"c4": Attestation("c4", "xunuo", "咨询 6 条全部回复", at("22:20"))}
    return replace(before, attestations=attested, tasks=(), sitreps=_kept(before, ("22:08", "22:38")))


def end_signed() -> Incident:
    """All conditions hold; one seat of three has signed."""
    before = end_refused()
    attested = {
        name: Attestation(name, who, "已核对", at("22:40"))
        for name, who in (("c2", "zhaojing"), ("c4", "xunuo"), ("c5", "chenhai"), ("c6", "suqing"))
    }
    given = (Approval("project_lead", "chenhai", at("22:45")),)
    seen = Observation(at("21:38"), at("22:38"), at("22:38"))
    told = tuple(replace(sent, confirmed={person: at("20:40") for person in sent.to}) for sent in before.broadcasts)
    closed = tuple(
        replace(found, items=tuple(replace(item, state="done", by=item.by or "wangmin", at=item.at or at("22:10")) for item in found.items))
        for found in before.checklists
    )
    return replace(
        before,
        attestations=attested,
        observation=seen,
        broadcasts=told,
        checklists=closed,
        sitreps=_kept(before, ("22:36", "23:06")),
        ending=Ending("系统和业务都已平稳，剩余风险由运维盯到明早", "chenhai", at("22:45"), given),
    )


def ended() -> Incident:
    before = end_signed()
    assert before.ending is not None
    signed = tuple(Approval(seat, who, at("22:52")) for seat, who in (("tech_lead", "linyuan"), ("business_lead", "zhaojing")))
    ending = replace(before.ending, approvals=(*before.ending.approvals, *signed), ended_at=at("22:52"))
    return replace(before, stage="ended", stage_since=at("22:52"), ending=ending, review_at=at("15:00", 26), update_due=None)


def reviewing() -> Incident:
    summaries = {
        "tech": Summary("tech", "回滚快；取证和摘流抢了 6 分钟。先改：回滚脚本加库表检查。", "zhoumu", at("10:20", 24)),
        "biz": Summary("biz", "号段清楚；手工价口径晚了 10 分钟。", "zhaojing", at("11:00", 24)),
    }
    actions = (
        Action("a1", "回滚脚本加库表检查", "hechuan", date(2026, 12, 10), "演练里跑一遍，10 分钟内完成", "zhoumu", at("15:40", 26)),
        Action(
            "a2",
            "手工价口径写进手册",
            "zhaojing",
            date(2026, 12, 3),
            "抽 5 人会用",
            "suqing",
            at("15:45", 26),
            "done",
            "手册 3.2 页",
            "zhaojing",
        ),
        Action(
            "a3",
            "灰度发布避开下单高峰",
            "wuhao",
            date(2026, 11, 30),
            "发布日历",
            "suqing",
            at("15:50", 26),
            "verified",
            "日历已改",
            "wuhao",
            "sunyue",
            "看过",
        ),
    )
    return replace(
        ended(), stage="reviewing", stage_since=at("10:20", 24), summaries=summaries, actions=actions, review_held_at=at("15:00", 26)
    )


def closed() -> Incident:
    before = reviewing()
    summaries = {**before.summaries, **{g: Summary(g, "按时到位，更新准点。", "suqing", at("12:00", 24)) for g in ("ecc", "comms")}}
    actions = tuple(replace(action, state="verified", done_by=action.owner, checked_by="sunyue") for action in before.actions)
    return replace(before, stage="closed", stage_since=at("17:00", 27), summaries=summaries, actions=actions)


def reopened() -> Incident:
    return replace(
        responding(),
        reopened=1,
        reopen_reason="23:40 起下单又报错",
        stage_since=at("23:41"),
        handover=None,
        activation=activated().activation,
    )


# --- side ways --------------------------------------------------------------------------------------------------------------


def warned() -> Incident:
    report = replace(
        REPORT,
        symptom="台风橙色预警，今晚 22:00 前后影响宁波仓",
        scope="",
        services=(),
        links=(),
        sites=("ningbo",),
        started_at=None,
        started_text="今晚 22:00",
        source="warning",
    )
    return replace(just_reported(), id="INC-44", stage="warning", report=report, warning=Warning("台风", "orange", "ningbo"))


def trouble() -> Incident:
    """The room could not be opened, and two people could not be invited."""
    parked = Trouble("12", "parked", line("作战群没建成，平台缺少权限"), (), at("20:18"))
    absent = Trouble("war", "not_invited", line("平台上没有账号"), ("dinglei", "shenlei"), at("20:19"))
    return replace(activated(), troubles=(parked, absent))


def false_alarm() -> Incident:
    return replace(complete(), stage="false_alarm", stage_since=at("20:20"), close_reason="监控探针断了，业务正常")


def merged() -> Incident:
    return replace(complete(), stage="merged", stage_since=at("20:20"), merged_into="INC-41")


def drill() -> Incident:
    """The same night as a rehearsal: marked everywhere."""
    return replace(responding(), id="DRILL-7", mode="drill")


def shouted() -> Incident:
    """Hostile and endless input in every typed field: shown as it is, in full where there is room."""
    nasty = "<!channel> @所有人 <script>alert(1)</script> {{ 7*7 }} {name} " + "长" * 400
    report = replace(
        REPORT, symptom=nasty, scope=nasty, started_at=None, started_text=nasty[:60], sites=("nowhere",), services=("nothing",)
    )
    before = proposed()
    return replace(
        before,
        report=report,
        measures=(replace(before.measures[0], what=nasty, cost=nasty, kind="unheard_of"),),
        tasks=(replace(before.tasks[0], what=nasty),),
        broadcasts=(replace(before.broadcasts[0], text=nasty),),
        sitreps=(replace(before.sitreps[0], typed={"situation": nasty}),),
    )


@cache
def chapters() -> Mapping[str, Incident]:
    """Every stage by its name, in the order it is told above."""
    told = (
        just_reported,
        complete,
        half_graded,
        provisional,
        graded,
        clock_asked,
        stopped,
        overridden,
        pre_activated,
        activated,
        assembled,
        nobody_left,
        one_missing,
        responding,
        gate_locked,
        cause_proven,
        update_late,
        second_report,
        proposed,
        rejected,
        approved,
        executing,
        executed,
        handover_offered,
        escalation,
        escalated,
        minor,
        verifying,
        observing,
        end_refused,
        end_signed,
        ended,
        reviewing,
        closed,
        reopened,
        warned,
        trouble,
        false_alarm,
        merged,
        drill,
        shouted,
    )
    return {chapter.__name__: chapter() for chapter in told}
