"""Orders, broadcasts, the numbers of the business side, and the causes that are weighed."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import headings
from bot.cards.model import Block, Card, Choices, Fact, Facts, Option, Progress, Step, Steps, Table, Words
from bot.cards.views import phrases as p
from bot.core import people, work
from bot.core.incident import Broadcast, Cause, Figure, Incident, Task
from bot.core.situation import FIGURES
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

SHOWN = 10
CAUSES: Mapping[str, Text] = {"suspected": line("疑似"), "proven": line("已证实"), "excluded": line("已排除")}


# --- tasks ------------------------------------------------------------------------------------------------------------------


def tasks(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """Open orders, the most pressing first; what is done is counted."""
    open_ = sorted((task for task in state.tasks if task.state != "done"), key=lambda task: (task.state == "accepted", task.due_at))
    done = len(state.tasks) - len(open_)
    lacking = [task for task in open_ if task.state in ("asked", "declined")]
    late = any(task.chased for task in open_)
    more = Words(line("还有 {n} 件，发「任务」看全部。", n=len(open_) - SHOWN), "note") if len(open_) > SHOWN else None
    return p.card(
        state,
        plan,
        line("任务"),
        Progress(line("完成"), done, len(state.tasks)) if state.tasks else None,
        Steps(tuple(_order(state, task) for task in open_[:SHOWN])) if open_ else None,
        more,
        Words(line("没有开着的任务。发「任务 @谁 做什么 几分钟」就派一件。"), "note") if not open_ else None,
        then=_tasks_next(state, open_) if state.live else None,
        controls=p.buttons(p.primary(state, line("派任务"), "task.give")) if state.live else (),
        tone="alarm" if any(task.chased >= 2 for task in open_) else "warn" if lacking or late else "calm",
        chip=line("{n} 件没人接", n=len(lacking)) if lacking else None,
        meta=state.id,
        icon="list",
        done=not state.live,
    )


def _order(state: Incident, task: Task) -> Step:
    who = line("{who} · {at} 前", who=Who(task.owner), at=p.clock(state, task.due_at))
    late = task.chased > 0
    match task.state:
        case "asked":
            return Step(task.id, task.what, "todo", who, late, line("等接"), p.act(state, "task.accept", task=task.id))
        case "declined":
            why = line("{who} 做不了：{why}", who=Who(task.owner), why=p.shortened(task.result, 60) or p.UNKNOWN_WORD)
            again = p.plain(state, line("另派"), "task.give", task=task.id)
            return Step(task.id, task.what, "blocked", why, late, line("没接"), more=(again,))
        case "accepted":
            return Step(task.id, task.what, "doing", who, late, None, p.act(state, "task.done", task=task.id))
        case "done":
            return Step(task.id, task.what, "done", Who(task.owner))


def _tasks_next(state: Incident, open_: list[Task]) -> Text | None:
    if not open_:
        return None
    first = open_[0]
    if first.state == "declined":
        return line("「{what}」没人接，{who}另派一个人。", what=p.shortened(first.what, 20), who=Who(first.by))
    if first.state == "asked":
        return line("{who}点「{what}」前的圈接下，或说做不了。", who=Who(first.owner), what=p.shortened(first.what, 20))
    soon = min(open_, key=lambda one: one.due_at)
    return line(
        "{who} {at} 前做完「{what}」，做完回一句结果。",
        who=Who(soon.owner),
        at=p.clock(state, soon.due_at),
        what=p.shortened(soon.what, 20),
    )


def task(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """To its owner alone: what, by when, from whom; 接下 or 做不了, then 做完了 with one line of result."""
    found = next((one for one in state.tasks if one.id == args.get("task")), None)
    if found is None:
        return p.card(state, plan, line("任务"), then=line("这件任务不在了。"), icon="list", done=True)
    over = found.state in ("done", "declined") or not state.live
    facts = (
        Fact(headings.WHAT, found.what),
        Fact(line("几点前"), p.clock(state, found.due_at), due=None if over else found.due_at, tone="alarm" if found.chased else "calm"),
        Fact(line("谁派的"), Who(found.by)),
        *((Fact(line("结果"), found.result),) if found.result else ()),
    )
    return p.card(
        state,
        plan,
        line("给你的任务"),
        Facts(facts, "rows"),
        then=_task_next(state, found),
        controls=() if over else _task_controls(state, found),
        tone="good" if found.state == "done" else "alarm" if found.chased and not over else "warn" if found.state == "asked" else "calm",
        meta=line("{id} {what}", id=state.id, what=p.what(state)),
        icon="list",
        done=over,
    )


def _task_next(state: Incident, found: Task) -> Text:
    at = p.clock(state, found.due_at)
    match found.state:
        case "asked":
            return line("现在点「接下」；做不了就说，{who}好另派。", who=Who(found.by))
        case "accepted":
            return line("{at} 前做完，点「做完了」回一句结果。", at=at)
        case "declined":
            return line("你没接，{who}另派。", who=Who(found.by))
        case "done":
            return line("做完了，{who}已看到。", who=Who(found.by))


def _task_controls(state: Incident, found: Task) -> tuple[Block, ...]:
    if found.state == "asked":
        accept = p.primary(state, line("接下"), "task.accept", task=found.id)
        return p.buttons(accept, p.plain(state, line("做不了"), "task.decline", task=found.id))
    done = p.primary(state, line("做完了"), "task.done", task=found.id)
    extend = p.plain(state, line("要更多时间"), "task.extend", task=found.id)
    return p.buttons(done, extend, p.plain(state, line("做不了"), "task.decline", task=found.id))


# --- broadcast --------------------------------------------------------------------------------------------------------------


def broadcast(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """What was said to all, and who has not confirmed it yet: 18/21."""
    found = next((one for one in state.broadcasts if one.id == args.get("broadcast")), None)
    if found is None:
        return p.card(state, plan, line("广播"), then=line("这条广播不在了。"), icon="horn", done=True)
    waiting = found.waiting
    over = not waiting or not state.live
    return p.card(
        state,
        plan,
        line("广播"),
        Words(found.text, "quote"),
        Progress(line("收到"), len(found.to) - len(waiting), len(found.to), tone="warn" if waiting else "good"),
        Facts((Fact(line("还没回"), p.people(waiting)),), "rows") if waiting else None,
        then=_receipts(state, found),
        controls=() if over else _confirm(state, found),
        tone="warn" if waiting and found.reminded_at else "calm" if waiting else "good",
        chip=line("差 {n} 人", n=len(waiting)) if waiting else None,
        meta=line("{who} {at}", who=Who(found.by), at=p.clock(state, found.at)),
        icon="horn",
        done=over,
    )


def _receipts(state: Incident, found: Broadcast) -> Text | None:
    if not found.waiting:
        return line("都收到了。")
    if found.reminded_at:
        return line("{who}点「收到」。{at} 提醒过一次，再没回就打电话。", who=p.people(found.waiting), at=p.clock(state, found.reminded_at))
    return line("看到的人点「收到」。")


def _confirm(state: Incident, found: Broadcast) -> tuple[Block, ...]:
    got = p.primary(state, line("收到"), "broadcast.confirm", broadcast=found.id)
    return p.buttons(got, p.plain(state, line("提醒没回的人"), "broadcast.remind", broadcast=found.id))


# --- impact -----------------------------------------------------------------------------------------------------------------


def impact(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """The newest number of each kind and site, each with its time and source; an old number says how old it is (clause 2.3-3)."""
    newest = latest(state)
    rows = tuple(
        (FIGURES[one.kind], one.value, p.site(plan, one.site) if one.site else line("全部"), _source(state, plan, one))
        for one in newest[:SHOWN]
    )
    lead = p.acting(state, plan, "biz_lead_on_incident")
    return p.card(
        state,
        plan,
        line("业务影响"),
        Table((line("项目"), line("数"), line("仓"), line("口径")), rows, (1,)) if rows else None,
        Words(line("还没有数字。业务各岗报订单、客户、金额、货品、车辆。"), "note") if not rows else None,
        then=line("{who}每次态势前更新一遍；估的写「约」。", who=lead) if state.live else None,
        controls=p.buttons(p.primary(state, line("报影响"), "impact.report")) if state.live else (),
        meta=line("{at} 口径", at=p.clock(state, max(one.at for one in newest))) if newest else None,
        icon="pulse",
        done=not state.live,
    )


def latest(state: Incident) -> tuple[Figure, ...]:
    """One figure a kind and site, the last one said, in the order of kinds."""
    return tuple(sorted(work.latest(state).values(), key=lambda figure: (list(FIGURES).index(figure.kind), figure.site or "")))


def _source(state: Incident, plan: Plan, figure: Figure) -> Text:
    at = p.clock(state, figure.at)
    if people.source(plan, figure.by, figure.source) != Who(figure.by):
        return line("{at} {who}，{source}", at=at, who=Who(figure.by), source=p.shortened(figure.source, 40))
    return line("{at} {who}", at=at, who=Who(figure.by))


# --- causes -----------------------------------------------------------------------------------------------------------------


def causes(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """Suspected, proven, excluded, with evidence. Only a proven one may be said outside (clause 2.2-3)."""
    order = {"proven": 0, "suspected": 1, "excluded": 2}
    found = sorted(state.causes, key=lambda cause: (order[cause.state], cause.at))
    rows = tuple(Fact(CAUSES[cause.state], cause.text, _evidence(state, cause)) for cause in found[:SHOWN])
    open_ = tuple(Option(cause.id, p.shortened(cause.text, 60)) for cause in found if cause.state == "suspected")
    controls: list[Block] = list(p.buttons(p.primary(state, line("加一条疑似"), "cause.suspect"))) if state.live else []
    if open_ and state.live:
        controls.append(Choices(line("证实一条"), open_, p.act(state, "cause.prove")))
        controls.append(Choices(line("排除一条"), open_, p.act(state, "cause.exclude")))
    return p.card(
        state,
        plan,
        line("原因"),
        Facts(rows, "rows") if rows else Words(line("还没有猜测。看到像的先记「疑似」，附上依据。"), "note"),
        Words(line("没证实的原因不对外说。"), "note") if not any(cause.state == "proven" for cause in found) else None,
        then=_causes_next(state, plan, tuple(found)),
        controls=tuple(controls),
        chip=line("已证实") if any(cause.state == "proven" for cause in found) else None,
        meta=state.id,
        icon="note",
        done=not state.live,
    )


def _evidence(state: Incident, cause: Cause) -> Text:
    said = line("{who} {at}", who=Who(cause.by), at=p.clock(state, cause.at))
    return joined([cause.evidence, said], " · ") if cause.evidence else said


def _causes_next(state: Incident, plan: Plan, found: tuple[Cause, ...]) -> Text | None:
    open_ = sum(1 for cause in found if cause.state == "suspected")
    if not state.live:
        return None
    if not open_:
        return line("有新的怀疑就记下来，附上依据。")
    return line("{who}安排查证：还有 {n} 条疑似，证实或排除都写依据。", who=p.acting(state, plan, "tech_lead_on_incident"), n=open_)
