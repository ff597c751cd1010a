"""The seven fields of a situation report that the bot fills from facts, each with its time where it is a number (clause 5.3-2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core import grading, people, response, work
from bot.core.incident import Figure, Incident
from bot.plan.schema import Plan, Severity
from bot.words import Line, Text, When, Who, joined, line

LINES = 6  # of what was done; a situation report is one screen
FIGURES: dict[str, Line] = {
    "orders": line("订单"),
    "customers": line("客户"),
    "amount": line("金额"),
    "goods": line("货品"),
    "vehicles": line("车辆"),
    "other": line("其他"),
}


def situation(state: Incident, plan: Plan, now: datetime, next_at: datetime) -> Mapping[str, Text]:
    """By field id of the plan's situation report. What is not known is said to be so, never left out."""
    return {
        "header": header(state, plan, now),
        "impact": impact(state, plan),
        "actions_done": actions_done(state, plan),
        "resources": resources(state, plan),
        "comms_out": comms_out(state, plan),
        "clocks": clocks(state, plan, now),
        "next_update": When(next_at),
    }


def _severity(state: Incident, plan: Plan) -> Severity | None:
    return plan.severities.get(state.level or "")


def header(state: Incident, plan: Plan, now: datetime) -> Text:
    severity = _severity(state, plan)
    level: Text = severity.short if severity else line("待定级")
    who: Text = Who(state.commander) if state.commander else line("还没有")
    return line(
        "{record} {level} · 第 {n} 报 · {at} · 总指挥 {who}",
        record=state.id,
        level=line("{level}（暂定）", level=level) if state.provisional else level,
        n=len(state.sitreps) + 1,
        at=When(now),
        who=who,
    )


def impact(state: Incident, plan: Plan) -> Text:
    """Where, then the newest figures with source and time, then the loss as a range."""
    where: list[Text] = [plan.links[link].name for link in grading.affected_links(state, plan) if link in plan.links]
    where += [plan.sites[site].name for site in state.report.sites if site in plan.sites]
    parts: list[Text] = [joined(where)] if where else []
    parts += [figure(each, plan) for each in work.latest(state).values()]
    if state.losses:
        loss = state.losses[-1]
        low = f"{loss.low:,}"
        amount = line("{low}–{high} 元", low=low, high=f"{loss.high:,}") if loss.high is not None else line("{low} 元以上", low=low)
        source = loss.source or line("按定级回答")
        parts.append(line("估损 {amount}（{at}，{source}）", amount=amount, at=When(loss.at), source=source))
    return joined(parts, by=" · ") if parts else line("不知道")


def figure(given: Figure, plan: Plan) -> Text:
    """A number is never shown without its time and its source."""
    site: Text = line("（{site}）", site=plan.sites[given.site].name) if given.site and given.site in plan.sites else ""
    return line(
        "{kind}{site} {value}（{at}，{source}）",
        kind=FIGURES[given.kind],
        site=site,
        value=given.value,
        at=When(given.at),
        source=people.source(plan, given.by, given.source),
    )


def actions_done(state: Incident, plan: Plan) -> Text:
    """Measures and lines done since the last report, the newest last; before anything is done, that too."""
    since = state.sitreps[-1].at if state.sitreps else state.reported_at
    done: list[tuple[datetime, Text]] = [
        (item.at, _with_note(item.text, item.note))
        for checklist in state.checklists
        for item in checklist.items
        if item.state == "done" and item.at and item.at >= since
    ]
    done += [
        (each.executed_at, _with_note(plan.measures[each.kind].name if each.kind in plan.measures else each.kind, each.result))
        for each in state.measures
        if each.executed_at and each.executed_at >= since
    ]
    done += [
        (task.changed_at, _with_note(response.brief(task.what), task.result))
        for task in state.tasks
        if task.state == "done" and task.changed_at and task.changed_at >= since
    ]
    done.sort(key=lambda entry: entry[0])
    settled = [item for checklist in state.checklists for item in checklist.items]
    count = line("清单 {done}/{all}", done=sum(item.state in ("done", "skipped") for item in settled), all=len(settled))
    shown: list[Text] = [line("{at} {what}", at=When(at), what=what) for at, what in done[-LINES:]]
    more: list[Text] = [line("另有 {n} 项", n=len(done) - LINES)] if len(done) > LINES else []
    return joined([count, *more, *shown], by=" · ") if settled or shown else line("还没有")


def _with_note(what: Text, note: str) -> Text:
    return line("{what}：{note}", what=what, note=response.brief(note)) if note.strip() else what


def resources(state: Incident, plan: Plan) -> Text:
    """Who is there and which posts are still empty."""
    needed = [call for call in state.calls if call.required]
    if not needed:
        return line("这一级没有要叫的人")
    missing = Counter(call.post for call in needed if not call.here)
    arrived = line("到位 {here}/{all}", here=len(needed) - missing.total(), all=len(needed))
    posts = [_times(people.short(plan, post), n) for post, n in missing.items()]
    return line("{arrived}，还差 {missing}", arrived=arrived, missing=joined(posts)) if posts else arrived


def _times(what: Text, n: int) -> Text:
    return line("{what}×{n}", what=what, n=n) if n > 1 else what


def comms_out(state: Incident, plan: Plan) -> Text:
    """What has been said outside. Nothing is while only pre-activated (clause 4.3-1)."""
    if not state.external_allowed:
        return line("预启动，不对外")
    inside: Text = line("内部广播 {n} 条", n=len(state.broadcasts))
    severity = _severity(state, plan)
    first = severity.response.external_first_min if severity else None
    if first is None or state.activation is None:
        return line("这一级不用对外；{inside}", inside=inside)
    due = state.activation.at + timedelta(minutes=first)
    return line("对外首次 {at} 前，由对外联络负责人发；{inside}", at=When(due), inside=inside)


def clocks(state: Incident, plan: Plan, now: datetime) -> Text:
    """The next hot window of the affected links, how long each service can be away, the recovery that is aimed at."""
    parts: list[Text] = []
    wait = grading.minutes_to_hot(plan, grading.affected_links(state, plan), now)
    if wait is not None:
        parts.append(line("在关键时段内") if wait <= 0 else line("关键时段 {at} 开始", at=When(now + timedelta(minutes=wait))))
    began = state.report.started_at or state.report.discovered_at
    for id in state.report.services:
        if id in plan.services:
            service = plan.services[id]
            limit = began + timedelta(minutes=service.mtpd_min)
            parts.append(
                line("{service}最多停到 {at}", service=service.name, at=When(limit, "day" if service.mtpd_min >= 720 else "clock"))
            )
    severity = _severity(state, plan)
    if state.activation and severity:
        aim = state.activation.at + timedelta(minutes=severity.response.target_recover_min)
        parts.append(line("目标 {at} 恢复", at=When(aim)))
    return joined(parts, by=" · ") if parts else line("不知道")
