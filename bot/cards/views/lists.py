"""Cards that answer one person's question about the incidents: lists, the timeline, who commands, who is missing, what is mine.

They are drawn once, for the one who asked; long ones are paged, ten rows a page, and say how many follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from bot.cards import headings
from bot.cards.model import Block, Button, Buttons, Card, Fact, Facts, Press, Progress, Table, Words, press
from bot.cards.views import phrases as p
from bot.cards.views import roll as rolls
from bot.cards.views import work
from bot.cards.views.after import due_moment
from bot.cards.views.checklist import current
from bot.cards.views.reference import drills, duty, help, identity, obligations, parties, plan, risk, risks, severity
from bot.cards.views.status import following, missing
from bot.core import checklist as core
from bot.core.incident import Checklist, Incident
from bot.core.timeline import Entry
from bot.plan.schema import Plan
from bot.words import Text, When, Who, joined, line

__all__ = [
    "actions",
    "causes",
    "checklists",
    "commander",
    "drills",
    "duty",
    "help",
    "identity",
    "incidents",
    "obligations",
    "parties",
    "plan",
    "risk",
    "risks",
    "rollcall",
    "severity",
    "tasks",
    "timeline",
]

ROWS = 10
T = TypeVar("T")


def paged(rows: Sequence[T], page: int) -> tuple[Sequence[T], int, int]:
    """The rows of a page (from 1), its number, and how many rows follow it. A page beyond the last is the last."""
    last = max(1, -(-len(rows) // ROWS))
    page = min(max(page, 1), last)
    return rows[(page - 1) * ROWS : page * ROWS], page, max(0, len(rows) - page * ROWS)


def onward(left: int, next_page: Press, *others: Button) -> tuple[Block, ...]:
    """还有 n 条, with the button to them; beside it whatever else helps."""
    more = (Button(line("还有 {n} 条", n=left), next_page),) if left else ()
    found = (*others, *more)
    return (Buttons(found[:4]),) if found else ()


# --- incidents --------------------------------------------------------------------------------------------------------------


def incidents(states: Sequence[Incident], plan: Plan, page: int = 1) -> Card:
    """One row an incident, the gravest first, with who commands and what is next."""
    ranks = list(plan.severities)
    found = sorted(states, key=lambda s: (not s.live, -ranks.index(s.level) if s.level in ranks else 1, s.reported_at))
    shown, page, left = paged(found, page)
    rows = tuple((state.id, p.what(state), p.graded(state, plan), p.STAGES[state.stage], _command(state)) for state in shown)
    report = Button(line("报故障"), press("report.form"), "primary")
    if not rows:
        text = line("现在没有进行中的事件。看到异常就发「报故障 …」，一句话就行。")
        return Card(line("事件"), (Words(text), Buttons((report,))), text, icon="list")
    first = shown[0]
    blocks: list[Block] = [Table((line("编号"), line("现象"), line("级别"), headings.STAGE, p.post(plan, "commander")), rows)]
    if first.live:
        blocks.append(Words(line("{id}：{then}", id=first.id, then=following(first, plan)), "next"))
    blocks += onward(left, press("incidents.show", page=str(page + 1)), report)
    alone = line("进行中 {n} 件。", n=sum(1 for state in states if state.live))
    return Card(line("事件"), tuple(blocks), alone, icon="list", meta=alone)


def _command(state: Incident) -> Text:
    return p.holder(state, "commander") or line("还没有")


# --- timeline ---------------------------------------------------------------------------------------------------------------


def timeline(record: str, entries: Sequence[Entry], page: int = 1) -> Card:
    """The newest first: in the middle of an incident people ask what just happened."""
    newest = tuple(reversed(entries))
    shown, page, left = paged(newest, page)
    rows = tuple((_at(entry), entry.text, Who(entry.by) if entry.by else line("烽火")) for entry in shown)
    note = Button(line("记一条"), press("timeline.note", record=record), "primary")
    whole = Button(line("看全部经过"), press("open.record", record=record))
    table: Block = Table((line("时间"), line("发生了什么"), line("谁")), rows) if rows else Words(line("还没有记录。"), "note")
    alone = line("{record} 时间线，共 {n} 条。", record=record, n=len(entries))
    blocks = (table, *onward(left, press("timeline.show", record=record, page=str(page + 1)), note, whole))
    return Card(line("时间线"), blocks, alone, icon="clock", meta=record)


def _at(entry: Entry) -> Text:
    return line("{at}（补记）", at=When(entry.at)) if entry.back_dated else When(entry.at)


# --- who ----------------------------------------------------------------------------------------------------------------------


def commander(state: Incident, plan: Plan) -> Card:
    """Who commands since when, who holds the other roles, and how to change it."""
    held = state.roles.get("commander")
    facts = [
        Fact(p.post(plan, role), Who(holder.person), line("{at} 起", at=p.clock(state, holder.since)))
        for role, holder in state.roles.items()
    ]
    if held is None:
        then: Text = line("指挥中心的人点「我来指挥」。")
        button = Button(line("我来指挥"), p.act(state, "role.take", role="commander"), "primary")
    else:
        then = line("听{who}的。要换人由{who}发起移交，对方接了才算。", who=Who(held.person))
        button = Button(line("移交指挥"), p.act(state, "handover.offer", role="commander"), "primary")
    body: Block = Facts(tuple(facts)) if facts else Words(line("还没有人担任角色。"), "note")
    blocks: tuple[Block, ...] = (body, Words(then, "next"), *p.buttons(button if state.live else None))
    return Card(
        line("谁在指挥"), blocks, p.marked(state, line("{head}。{then}", head=p.headline(state), then=then)), icon="people", meta=state.id
    )


def rollcall(state: Incident, plan: Plan) -> Card:
    """The roll as it stands, with the telephone numbers of those who are missing: the last rung is somebody who dials."""
    drawn = rolls.roll(state, plan, {})
    lacking = missing(state)
    phones = [
        Fact(Who(attempt.person), plan.people[attempt.person].phone, p.seat(plan, call))
        for call in lacking
        for attempt in call.attempts[-2:]
        if attempt.person in plan.people
    ]
    extra: tuple[Block, ...] = (Facts(tuple(phones), "rows"),) if phones else ()
    return Card(drawn.title, (*drawn.blocks, *extra), drawn.alone, drawn.tone, "open", None, "people", drawn.meta, drawn.chip, drawn.drill)


# --- work ---------------------------------------------------------------------------------------------------------------------


def checklists(state: Incident, plan: Plan, who: str) -> Card:
    """How far each list is and what is next in it; the lines of the one who asks stand below."""
    fault = Button(line("选故障类型"), p.act(state, "list.fault"), "primary")
    playbook = Button(line("启动替代方案"), p.act(state, "list.playbook"))
    if not state.checklists:
        text = line("还没有清单。选故障类型和原因，载入技术清单；业务按环节载入替代方案。")
        return Card(line("清单"), (Words(text), Buttons((fault, playbook))), text, icon="list", meta=state.id)
    bars = tuple(Progress(found.name, *core.progress(found), note=_turn(state, plan, found)) for found in state.checklists)
    mine = tuple(
        Fact(found.name, item.text, line("{at} 前", at=p.clock(state, item.due_at)) if item.due_at else None)
        for found in state.checklists
        for item in found.items
        if item.state in ("todo", "blocked") and core.owner(state, item) == who
    )
    mine_block: Block = Facts(mine[:ROWS], "rows") if mine else Words(line("清单里没有等你做的。"), "note")
    then = line("你有 {n} 步没做，做完在清单卡上打勾。", n=len(mine)) if mine else line("看谁缺人手，认领一步。")
    blocks = (*bars, mine_block, Words(then, "next"), Buttons((fault, playbook)))
    return Card(line("清单"), blocks, line("{id} 清单。{then}", id=state.id, then=then), icon="list", meta=state.id)


def _turn(state: Incident, plan: Plan, found: Checklist) -> Text | None:
    item = current(state, found)
    if item is None:
        return line("做完了")
    person = core.owner(state, item)
    who: Text = Who(person) if person else p.post(plan, item.post)
    return line("接下来 {who}：{what}", who=who, what=p.shortened(item.text, 40) if isinstance(item.text, str) else item.text)


def tasks(state: Incident, plan: Plan, who: str) -> Card:
    """The open orders of the one who asks, then all the others."""
    open_ = sorted((task for task in state.tasks if task.state in ("asked", "accepted")), key=lambda task: (task.owner != who, task.due_at))
    rows = tuple(
        (
            task.what,
            Who(task.owner),
            line("{at} 前", at=p.clock(state, task.due_at)),
            line("等接") if task.state == "asked" else line("在做"),
        )
        for task in open_[:ROWS]
    )
    mine = [task for task in open_ if task.owner == who]
    give = Button(line("派任务"), p.act(state, "task.give"), "primary")
    first = p.shortened(mine[0].what, 20) if mine else ""
    then = line("你先做「{what}」。", what=first) if mine else line("没有派给你的任务。")
    body: Block = (
        Table((headings.WHAT, line("谁"), line("几点前"), line("状态")), rows) if rows else Words(line("没有开着的任务。"), "note")
    )
    more = (Words(line("还有 {n} 件。", n=len(open_) - ROWS), "note"),) if len(open_) > ROWS else ()
    blocks = (body, *more, Words(then, "next"), Buttons((give,)))
    return Card(line("任务"), blocks, line("{id} 任务。{then}", id=state.id, then=then), icon="list", meta=state.id)


def causes(state: Incident, plan: Plan) -> Card:
    return work.causes(state, plan, {})


def actions(state: Incident, plan: Plan) -> Card:
    """Improvements with owner, date and state; who is late first."""
    order = {"open": 0, "done": 1, "verified": 2}
    words = {"open": line("没做完"), "done": line("等复核"), "verified": line("已复核")}
    found = sorted(state.actions, key=lambda action: (order[action.state], action.due))
    rows = tuple((action.text, Who(action.owner), due_moment(plan, action), words[action.state]) for action in found[:ROWS])
    left = [action for action in found if action.state != "verified"]
    then = (
        line("{who} {at} 前做完「{what}」。", who=Who(left[0].owner), at=due_moment(plan, left[0]), what=p.shortened(left[0].text, 20))
        if left
        else line("改进都复核过了。")
        if found
        else line("还没有改进项。复盘时每条写：改什么、谁、哪天、怎么验。")
    )
    table: tuple[Block, ...] = (Table((line("改什么"), line("谁"), line("哪天前"), line("状态")), rows),) if rows else ()
    more = (Words(line("还有 {n} 条。", n=len(found) - ROWS), "note"),) if len(found) > ROWS else ()
    add = Button(line("加改进"), p.act(state, "after.action"), "primary")
    whole = joined([state.id, p.what(state)], " ")
    return Card(
        line("改进"), (*table, *more, Words(then, "next"), Buttons((add,))), line("{id} 改进。{then}", id=state.id, then=then), meta=whole
    )
