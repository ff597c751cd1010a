"""INC-42「下单报错」 at every stage of its life, as values: what the golden files, the gallery and the docs show.

Told once: 19:52 it breaks, 20:10 somebody reports, 20:18 the response starts, 20:41 the rollback is approved, 22:52 it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from bot.cards.views import night
from bot.cards.views.abroad import telling, telling_drill, telling_late, told
from bot.cards.views.evening import (
    activated,
    approved,
    assembled,
    clock_asked,
    complete,
    escalated,
    escalation,
    executed,
    executing,
    gate_locked,
    graded,
    half_graded,
    handover_offered,
    just_reported,
    minor,
    nobody_left,
    one_missing,
    overridden,
    pre_activated,
    proposed,
    provisional,
    rejected,
    responding,
    second_report,
    stopped,
    update_late,
)
from bot.cards.views.night import REPORT, at
from bot.cards.views.reporting import duty_asked, duty_late, duty_owed, duty_reported, duty_unneeded, inquired, inquired_back
from bot.core.incident import (
    Absence,
    Action,
    Approval,
    Attestation,
    Ending,
    Incident,
    Moment,
    Observation,
    Outage,
    Sitrep,
    Summary,
    Trouble,
    Warning,
)
from bot.words import When, line

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


def cause_proven() -> Incident:
    before = verifying()
    first, *rest = before.causes
    return replace(
        before, causes=(replace(first, state="proven", evidence="回滚后 8 分钟错误率降到 0.3%", by="wuhao", at=at("20:58")), *rest)
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


def cut_off() -> Incident:
    """One of two platforms takes no calls; two of those who have not answered are reached nowhere else."""
    return replace(activated(), outages={"feishu": Outage(at("20:20"), ("slack",), ("dinglei", "shenlei"))})


def cut_off_everywhere() -> Incident:
    """The only platform takes no calls: who reads this looks at the record's page."""
    return replace(activated(), outages={"feishu": Outage(at("20:20"), (), ("dinglei",))})


def commander_left() -> Incident:
    return replace(responding(), absences={"chenhai": Absence("chenhai", "war", at("20:40"))})


def left_and_back() -> Incident:
    """Operations left twice and came back; a colleague who left has only a task."""
    gone = {"hechuan": Absence("hechuan", "war", at("20:41"), 2, over=True), "wuhao": Absence("wuhao", "sub:tech", at("20:42"))}
    return replace(responding(), absences=gone)


def queued() -> Incident:
    """More rooms at once than the platform opens: this one waits its turn."""
    waits = Trouble("waiting:war", "waiting", line("建群在排队，约 {at} 开", at=When(at("20:14"))), (), at("20:11"))
    return replace(just_reported(), rooms=(), troubles=(waits,), waited=("war",))


def unqueued() -> Incident:
    """Its turn has come."""
    return replace(complete(), rooms=("war",), waited=("war",))


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
    parts = (
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
        cut_off,
        cut_off_everywhere,
        commander_left,
        left_and_back,
        queued,
        unqueued,
        false_alarm,
        merged,
        drill,
        telling,
        told,
        telling_late,
        telling_drill,
        inquired,
        inquired_back,
        duty_asked,
        duty_owed,
        duty_late,
        duty_reported,
        duty_unneeded,
        shouted,
    )
    return {chapter.__name__: chapter() for chapter in parts}
