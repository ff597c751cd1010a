"""What follows the end: each group's summary, the review, and the improvements until somebody else has checked them (clause 4.5-3…5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from bot.cards.model import Block, Card, Fact, Facts, Progress, Step, Steps, Words
from bot.cards.views import phrases as p
from bot.core import ending
from bot.core.incident import Action, Incident
from bot.plan.schema import Plan
from bot.words import Text, When, Who, joined, line


def after(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """Summaries, review, actions in one card; finished when all are in and the incident is closed."""
    owed = owing(state, plan)
    over = state.stage == "closed" or state.live
    return p.card(
        state,
        plan,
        line("总结与改进"),
        Facts(_summaries(state, plan), "rows"),
        _review(state),
        _progress(state),
        Steps(tuple(_action(state, plan, action, over) for action in state.actions)) if state.actions else None,
        Words(line("还没有改进项。复盘时每条写：改什么、谁、哪天、怎么验。"), "note") if not state.actions else None,
        then=_next(state, plan, owed),
        controls=() if over else _controls(state, plan, owed),
        tone="good" if state.stage == "closed" else "warn" if owed and state.summaries_chased else "calm",
        chip=line("差 {n} 份小结", n=len(owed)) if owed and not over else None,
        meta=line("{id} {what}", id=state.id, what=p.what(state)),
        icon="doc",
        done=over,
    )


def owing(state: Incident, plan: Plan) -> tuple[str, ...]:
    """The groups whose summary has not come."""
    return tuple(group for group in ending.groups_called(state, plan) if group not in state.summaries)


def _summaries(state: Incident, plan: Plan) -> tuple[Fact, ...]:
    facts = []
    for group in ending.groups_called(state, plan):
        found = state.summaries.get(group)
        if found is None:
            facts.append(Fact(p.group(plan, group), line("没交"), tone="warn"))
        else:
            said = line("{who} {at}", who=Who(found.by), at=When(found.at, "day"))
            facts.append(Fact(p.group(plan, group), p.shortened(found.text, 120), said))
    return tuple(facts)


def _review(state: Incident) -> Facts | None:
    if state.review_held_at is not None:
        return Facts((Fact(line("复盘会"), line("已开，{at}", at=When(state.review_held_at, "day"))),))
    if state.review_at is None:
        return None
    return Facts((Fact(line("复盘会"), When(state.review_at, "day"), due=state.review_at),))


def _progress(state: Incident) -> Progress | None:
    if not state.actions:
        return None
    return Progress(line("改进已复核"), sum(1 for action in state.actions if action.state == "verified"), len(state.actions))


def due_moment(plan: Plan, action: Action) -> When:
    """The date of an improvement as the plan's place writes it."""
    return When(datetime.combine(action.due, time(12), ZoneInfo(plan.time_zone)).astimezone(UTC), "date")


def _action(state: Incident, plan: Plan, action: Action, over: bool) -> Step:
    owner = line("{who} · {at} 前", who=Who(action.owner), at=due_moment(plan, action))
    late = action.chased > 0 and action.state == "open"
    match action.state:
        case "open":
            back = line("{owner}；退回：{note}", owner=owner, note=p.shortened(action.check_note, 60)) if action.check_note else owner
            tick = None if over else p.act(state, "after.done", action=action.id)
            return Step(action.id, action.text, "todo", back, late, press=tick)
        case "done":
            who = line("{who}做完，等别人复核", who=Who(action.done_by or action.owner))
            tick = None if over else p.act(state, "after.check", action=action.id)
            return Step(action.id, action.text, "doing", who, chip=line("等复核"), press=tick)
        case "verified":
            who = line("{who}复核通过", who=Who(action.checked_by or action.owner))
            return Step(action.id, action.text, "done", who)


def _next(state: Incident, plan: Plan, owed: tuple[str, ...]) -> Text | None:
    if state.stage == "closed":
        return line("已归档。")
    if state.live:
        return line("事件重开了，结束后再来。")
    if owed:
        return line("{groups}各写一份小结：做得好的、不顺的、要改的。", groups=joined([p.group(plan, group) for group in owed]))
    if state.review_held_at is None and state.review_at is not None:
        at = When(state.review_at, "day")
        return line("{who} {at} 主持复盘会，开完点「复盘开过了」。", who=p.acting(state, plan, "commander"), at=at)
    waiting = [action for action in state.actions if action.state != "verified"]
    if waiting:
        first = waiting[0]
        at = due_moment(plan, first)
        if first.state == "done":
            return line("换一个人复核「{what}」。", what=p.shortened(first.text, 20))
        return line("{who} {at} 前做完「{what}」，附证据。", who=Who(first.owner), at=at, what=p.shortened(first.text, 20))
    return line("{who}核对后归档。", who=p.acting(state, plan, "commander"))


def _controls(state: Incident, plan: Plan, owed: tuple[str, ...]) -> tuple[Block, ...]:
    held = state.review_held_at is not None
    write = p.primary(state, line("写小结"), "after.summary") if owed else None
    add = p.plain(state, line("加改进"), "after.action") if owed else p.primary(state, line("加改进"), "after.action")
    review = p.plain(state, line("改复盘时间"), "after.review") if not held else None
    last = p.plain(state, line("归档"), "after.close") if held or not owed else p.plain(state, line("复盘开过了"), "after.held")
    if not held and not owed:
        last = p.plain(state, line("复盘开过了"), "after.held")
    return p.buttons(write, add, last, review)
