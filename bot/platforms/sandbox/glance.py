"""What the sandbox shows around a conversation: the now-bar, the deadlines of the record, and who has arrived."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.core import calling, people, updates
from bot.core.due import Deadline
from bot.core.incident import Incident
from bot.plan.schema import Plan
from bot.platforms.sandbox.situation import Due, Situation, Standing
from bot.words import Line, Text, When, Who, joined, line

STAGES: Mapping[str, Line] = {
    "warning": line("预警"), "reported": line("已报告"), "assessing": line("评估分级"), "activated": line("已启动"),
    "responding": line("处置中"), "verifying": line("恢复验证"), "observing": line("观察期"), "ended": line("应急结束"),
    "reviewing": line("总结评估"), "closed": line("归档"), "false_alarm": line("误报关闭"), "merged": line("已合并"),
}  # fmt: skip
LABELS: Mapping[str, Line] = {
    "report.missing": line("补齐报告"), "report.deputies": line("没人应就叫替补"), "report.preactivate": line("没人决定就预启动"),
    "grading.escalate": line("提示升级"), "post.handover": line("等接任"), "post.silent": line("总指挥没有动静"),
    "checklist.overdue": line("清单到点"), "work.task": line("任务到点"), "measures.decide": line("提案等决定"),
    "updates.due": line("态势更新"), "recovery.observation": line("观察期满"), "recovery.verifiers": line("催验证"),
    "recovery.seats": line("催签认"), "after.summaries": line("催小结"), "after.review": line("复盘"), "after.action": line("改进到期"),
}  # fmt: skip
SHOWN = 6


def glance(state: Incident, plan: Plan, deadlines: tuple[Deadline, ...]) -> Situation:
    """The situation of a record as the sandbox's panes want it."""
    lacking = calling.missing(state)
    required = [call for call in state.calls if call.required]
    here = len(required) - len(lacking)
    arrived: Text = line("到位 {here}/{total}", here=here, total=len(required)) if required else ""
    due = updates.next_due(state, plan) if state.responding else None
    now: list[Text] = [STAGES[state.stage]]
    now += [arrived] if arrived and state.responding else []
    now += [line("下次更新 {at}", at=When(due))] if due else []
    return Situation(
        severity=state.level, drill=state.mode == "drill", over=not state.live, now=tuple(now), next=_next(state, plan),
        dues=tuple(_dues(state, plan, deadlines)), people=_people(state, plan), arrived=arrived,
    )  # fmt: skip


def _next(state: Incident, plan: Plan) -> Text | None:
    """Who must do what next; the same order of urgency as the status card."""
    waiting = next((m for m in state.measures if m.state == "proposed"), None)
    if waiting and state.commander:
        return line("等 {who} 决定「{what}」，{at} 前", who=Who(state.commander), what=waiting.what[:20], at=When(waiting.decide_by))
    if state.stage in ("reported", "assessing"):
        return line("定级，然后指挥中心启动")
    lacking = calling.missing(state)
    if lacking:
        posts = list(dict.fromkeys(call.post for call in lacking))[:3]
        return line("还差 {posts}", posts=joined([people.short(plan, post) for post in posts]))
    return {
        "responding": line("按清单处置，好了就开始验证"), "verifying": line("逐项验证，修的人不验"),
        "observing": line("看着指标，期满后签认结束"), "ended": line("各组交小结"), "reviewing": line("开复盘，改进落到人"),
    }.get(state.stage)  # fmt: skip


def _dues(state: Incident, plan: Plan, deadlines: tuple[Deadline, ...]) -> Iterator[Due]:
    seen: set[tuple[str, datetime]] = set()
    for deadline in sorted(deadlines, key=lambda d: d.at):
        label = _label(state, plan, deadline)
        if label is None or (key := (str(label), deadline.at)) in seen:
            continue
        seen.add(key)
        if len(seen) > SHOWN:
            return
        yield Due(label, _owner(state, plan, deadline), deadline.at)


def _label(state: Incident, plan: Plan, deadline: Deadline) -> Text | None:
    if deadline.kind == "call.ladder":
        call = next((c for c in state.calls if c.id == deadline.subject.partition(":")[0]), None)
        return line("{post} 再呼一级", post=people.short(plan, call.post)) if call else None
    return LABELS.get(deadline.kind)


def _owner(state: Incident, plan: Plan, deadline: Deadline) -> Text:
    match deadline.kind:
        case "call.ladder":
            call = next((c for c in state.calls if c.id == deadline.subject.partition(":")[0]), None)
            return joined([Who(person) for person in call.ringing]) if call else ""
        case "updates.due":
            owed = updates.owed_by(state)
            return Who(owed) if owed else ""
        case "measures.decide" | "post.silent":
            return Who(state.commander) if state.commander else ""
        case _:
            return ""


def _people(state: Incident, plan: Plan) -> Mapping[str, Standing]:
    found: dict[str, Standing] = {assessor.person: Standing(role=people.short(plan, assessor.post)) for assessor in state.assessors}
    for call in state.calls:
        for attempt in call.attempts:
            role = people.short(plan, call.post)
            match attempt.state:
                case "here":
                    at = attempt.answered_at or attempt.at
                    found[attempt.person] = Standing(role, line("{at} 到位", at=When(at)), "good")
                case "cannot":
                    found.setdefault(attempt.person, Standing(role, line("来不了"), "calm"))
                case "ringing" if call.here:
                    found.setdefault(attempt.person, Standing(role, line("已有人顶上"), "calm"))
                case "ringing":
                    found[attempt.person] = Standing(role, line("{at} 起在叫", at=When(attempt.at)), "warn", missing=True)
    for person in dict.fromkeys(holder.person for holder in state.roles.values()):
        held: list[Text] = [people.short(plan, role) for role in plan.roles if role in state.roles and state.roles[role].person == person]
        before = found.get(person, Standing())
        found[person] = Standing(joined(held) if held else before.role, before.state, before.tone, before.missing)
    if state.commander:
        before = found.get(state.commander, Standing())
        found[state.commander] = Standing(people.short(plan, "commander"), before.state or line("在指挥"), "good")
    return found
