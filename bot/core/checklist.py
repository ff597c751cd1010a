"""Checklists at work: loaded, ticked with evidence, skipped with a reason, stuck, given to somebody, and chased (clauses 4.4-1 … 4.4-3).

How a list stands, whose a line is and what holds it back is read off in `bot.core.lists`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import people, response, rights
from bot.core.commands import (
    AddItem,
    AssignItem,
    BlockItem,
    CheckItem,
    ChecklistCommand,
    ChooseFault,
    DropChecklist,
    LoadPlaybook,
    ReopenItem,
    Ring,
    SkipItem,
)
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import (
    ChecklistDropped,
    ChecklistEvent,
    ChecklistLoaded,
    DeviationNoted,
    Event,
    ItemAdded,
    ItemAssigned,
    ItemBlocked,
    ItemChased,
    ItemChecked,
    ItemReopened,
    ItemSkipped,
    Stamp,
)
from bot.core.incident import Checklist, Incident, Item, Measure, PersonId
from bot.core.lists import current, expected, find, gate_before, initial, load, owner, playbooks_for, progress, span, untouched
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan.schema import Plan
from bot.words import Text, When, Who, joined, line

__all__ = [
    "KINDS",
    "current",
    "deadlines",
    "decide",
    "evolve",
    "gate_before",
    "initial",
    "load",
    "owner",
    "playbooks_for",
    "progress",
    "react",
    "ring",
]

OVERDUE = "checklist.overdue"
KINDS = frozenset({OVERDUE})


# --- deciding ---------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: ChecklistCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    response.must_be_live(state)
    match command:
        case ChooseFault(checklist=id):
            return _choose(state, id, by, world)
        case LoadPlaybook(playbook=id):
            return _load_playbook(state, id, by, world)
        case DropChecklist():
            return _drop(state, command, by, world)
        case CheckItem():
            return _check(state, command, by, world)
        case SkipItem():
            return _skip(state, command, by, world)
        case BlockItem():
            return _block(state, command, by, world)
        case ReopenItem(checklist=checklist, item=id):
            rights.require("checklist.work", by, state, world)
            _, item = find(state, checklist, id)
            return () if item.state == "todo" else (ItemReopened(checklist, id),)
        case AssignItem():
            return _assign(state, command, by, world)
        case AddItem():
            return _add(state, command, by, world)
    assert_never(command)


def _choose(state: Incident, id: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Another cause, another list: what was chosen before and never touched goes, what was begun stays."""
    rights.require("checklist.change", by, state, world)
    if id not in world.plan.checklists:
        raise Refused(
            line("方案里没有这份清单。选一种故障和原因。"),
            Button(line("选故障类型"), press("list.fault", record=state.id)),
            field="checklist",
        )
    if any(checklist.id == id for checklist in state.checklists):
        return ()
    idle = [each.id for each in state.checklists if each.id in state.faults and untouched(each)]
    loaded = load(world.plan, id, state, world.now)
    return (*(ChecklistDropped(each, "") for each in idle), ChecklistLoaded(loaded, True, world.plan.checklists[id].confidential))


def _load_playbook(state: Incident, id: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    rights.require("checklist.change", by, state, world)
    if id not in world.plan.playbooks:
        raise Refused(line("方案里没有这本手册。从名单里选一本。"), field="playbook")
    if any(checklist.id == id for checklist in state.checklists):
        return ()
    return (ChecklistLoaded(load(world.plan, id, state, world.now), False),)


def _drop(state: Incident, command: DropChecklist, by: PersonId | None, world: World) -> tuple[Event, ...]:
    rights.require("checklist.change", by, state, world)
    response.typed(command.reason, line("还差理由：为什么不用这份清单了。"), "reason")
    known = any(checklist.id == command.checklist for checklist in state.checklists)
    return (ChecklistDropped(command.checklist, command.reason),) if known else ()


def _check(state: Incident, command: CheckItem, by: PersonId | None, world: World) -> tuple[Event, ...]:
    checklist, item = find(state, command.checklist, command.item)
    if item.state == "done":
        return ()
    _may_work(state, item, by, world)
    if gate := gate_before(checklist, item):
        raise Refused(
            line("先做第 {n} 步：{gate}。它是关卡，没做完不能往下。", n=checklist.items.index(gate) + 1, gate=gate.text),
            Button(line("关卡做完了"), press("list.check", record=state.id, list=checklist.id, item=gate.id), "primary"),
        )
    _measure_done(state, item, world.plan)
    return (ItemChecked(checklist.id, item.id, command.note), *response.begun(state))


def _may_work(state: Incident, item: Item, by: PersonId | None, world: World) -> None:
    if not response.decides(world.plan, item.post):
        lead = response.lead(state, world.plan, response.group_of(world.plan, item.post))
        response.keep_hands_off(state, by, owner(state, item) or lead)
    rights.require("checklist.work", by, state, world)


def _measure_done(state: Incident, item: Item, plan: Plan) -> None:
    """A line that is a major measure counts as done when such a measure was carried out, approved (clause 2.1-3)."""
    kind = item.measure
    if kind is None or any(measure.kind == kind and measure.state == "executed" for measure in state.measures):
        return
    name: Text = plan.measures[kind].name if kind in plan.measures else kind
    running = [measure for measure in state.measures if measure.kind == kind and measure.state != "rejected"]
    if not running:
        raise Refused(
            line("「{name}」是重大措施，要先提案、批准、执行，才能打勾。", name=name),
            Button(line("提案：{name}", name=name), press("measure.propose", record=state.id, kind=kind), "primary"),
        )
    raise _unfinished(state, running[-1], name)


def _unfinished(state: Incident, measure: Measure, name: Text) -> Refused:
    match measure.state:
        case "proposed":
            waits = line("「{name}」还在等总指挥批准。", name=name)
            button = Button(line("批准"), press("measure.approve", record=state.id, measure=measure.id))
        case "approved":
            waits = line("「{name}」已经批准，还没执行。", name=name)
            button = Button(line("执行"), press("measure.execute", record=state.id, measure=measure.id), "primary")
        case _:
            waits = line("「{name}」已经执行，还没有第二个人复核。", name=name)
            button = Button(line("复核"), press("measure.confirm", record=state.id, measure=measure.id), "primary")
    return Refused(waits, button)


def _skip(state: Incident, command: SkipItem, by: PersonId | None, world: World) -> tuple[Event, ...]:
    _, item = find(state, command.checklist, command.item)
    if item.state == "skipped":
        return ()
    _may_work(state, item, by, world)
    _not_done(state, command.checklist, item)
    response.typed(command.reason, line("还差理由：为什么跳过这一步。"), "reason")
    skipped = ItemSkipped(command.checklist, command.item, command.reason)
    early = (DeviationNoted(line("跳过关卡：{item}", item=item.text), command.reason),) if item.gate else ()
    return (skipped, *early, *response.begun(state))


def _block(state: Incident, command: BlockItem, by: PersonId | None, world: World) -> tuple[Event, ...]:
    _, item = find(state, command.checklist, command.item)
    if item.state == "blocked" and item.note == command.reason:
        return ()
    _may_work(state, item, by, world)
    _not_done(state, command.checklist, item)
    response.typed(command.reason, line("还差理由：卡在哪里，等谁。"), "reason")
    return (ItemBlocked(command.checklist, command.item, command.reason), *response.begun(state))


def _not_done(state: Incident, checklist: str, item: Item) -> None:
    if item.state == "done":
        raise Refused(
            line("这一步已经做完了。要改先撤回打勾。"),
            Button(line("撤回打勾"), press("list.reopen", record=state.id, list=checklist, item=item.id)),
        )


def _assign(state: Incident, command: AssignItem, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Taking a line oneself and giving it to somebody are the same act."""
    _, item = find(state, command.checklist, command.item)
    rights.require("checklist.work", by, state, world)
    people.check_person(world.plan, command.person, "person")
    if not response.decides(world.plan, item.post):
        lead = response.lead(state, world.plan, response.group_of(world.plan, item.post))
        response.keep_hands_off(state, command.person, owner(state, item) or lead, field="person")
    if item.owner == command.person:
        return ()
    _not_done(state, command.checklist, item)
    return (ItemAssigned(command.checklist, command.item, command.person), *response.begun(state))


def _add(state: Incident, command: AddItem, by: PersonId | None, world: World) -> tuple[Event, ...]:
    rights.require("checklist.work", by, state, world)
    checklist = next((each for each in state.checklists if each.id == command.checklist), None)
    if checklist is None:
        raise Refused(line("这份清单已经换掉了，看群里新的那份。"))
    response.typed(command.text, line("还差内容：这一步要做什么。"), "text")
    if not 0 <= command.minutes <= 24 * 60:
        raise Refused(line("时间写 0 到 1440 分钟。0 是一直做下去。"), field="minutes")
    if command.owner:
        people.check_person(world.plan, command.owner, "owner")
        response.keep_hands_off(state, command.owner, response.filler(state, command.post), field="owner")
    number = 1 + sum(item.id.startswith("x") for item in checklist.items)
    due = world.now + timedelta(minutes=command.minutes) if state.activation and command.minutes else None
    return (ItemAdded(checklist.id, f"x{number}", command.text, command.post, command.minutes, due, command.owner),)


# --- evolving ---------------------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: ChecklistEvent, stamp: Stamp) -> Incident:
    match event:
        case ChecklistLoaded(checklist=checklist, fault=fault, confidential=confidential):
            known = any(each.id == checklist.id for each in state.checklists)
            lists = tuple(checklist if each.id == checklist.id else each for each in state.checklists)
            return replace(
                state,
                checklists=lists if known else (*lists, checklist),
                faults=tuple(dict.fromkeys((*state.faults, checklist.id))) if fault else state.faults,
                confidential=state.confidential or confidential,
            )
        case ChecklistDropped(checklist=id):
            return replace(
                state,
                checklists=tuple(each for each in state.checklists if each.id != id),
                faults=tuple(fault for fault in state.faults if fault != id),
            )
        case ItemChecked(checklist=checklist, item=item, note=note):
            return _change(state, checklist, item, state="done", note=note, by=stamp.by, at=stamp.at)
        case ItemSkipped(checklist=checklist, item=item, reason=reason):
            return _change(state, checklist, item, state="skipped", note=reason, by=stamp.by, at=stamp.at)
        case ItemBlocked(checklist=checklist, item=item, reason=reason):
            return _change(state, checklist, item, state="blocked", note=reason, by=stamp.by, at=stamp.at)
        case ItemReopened(checklist=checklist, item=item):
            due = _due_again(state, checklist, item, stamp)
            _, line_ = find(state, checklist, item)
            owner = None if line_.owner == state.commander else line_.owner  # who commands now keeps their hands off
            return _change(state, checklist, item, state="todo", note="", by=None, at=None, chased=0, due_at=due, owner=owner)
        case ItemAssigned(checklist=checklist, item=item, person=person):
            due = _due_again(state, checklist, item, stamp)
            return _change(state, checklist, item, owner=person, chased=0, due_at=due)
        case ItemAdded():
            added = Item(event.item, event.text, event.post, event.minutes, event.due_at, owner=event.owner)
            lists = tuple(replace(c, items=(*c.items, added)) if c.id == event.checklist else c for c in state.checklists)
            return replace(state, checklists=lists)
        case ItemChased(checklist=checklist, item=item, whom=whom):
            return _change(state, checklist, item, chased=whom)
    assert_never(event)


def _due_again(state: Incident, checklist: str, id: str, stamp: Stamp) -> datetime | None:
    """Whoever takes up a line whose time is over gets as long for it as it had."""
    found, item = find(state, checklist, id)
    if item.due_at is None or item.due_at > stamp.at:
        return item.due_at
    return stamp.at + span(found, item)


def _change(incident: Incident, checklist: str, item: str, /, **changes: object) -> Incident:
    return replace(
        incident,
        checklists=tuple(
            replace(each, items=tuple(replace(i, **changes) if i.id == item else i for i in each.items))  # type: ignore[arg-type]
            if each.id == checklist
            else each
            for each in incident.checklists
        ),
    )


# --- chasing ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Late:
    """A line that is chased at `at` for the `whom`-th time."""

    checklist: Checklist
    item: Item
    whom: int
    at: datetime


def late(state: Incident, plan: Plan) -> Iterator[Late]:
    """The lines in hand that will be chased next, and when: the owner by name once, then the lead; a line that nobody has, the lead at
    once and once only. Not before or after the response.
    """
    if state.stage not in ("activated", "responding"):
        return
    waits = {0: plan.timing.overdue_owner_min, 1: plan.timing.overdue_lead_min}
    for checklist in state.checklists:
        for item in current(checklist):
            due = expected(state, checklist, item)
            if due is not None and item.chased in waits:
                whom = item.chased + 1 if owner(state, item) else 2
                yield Late(checklist, item, whom, response.minute_after(due + timedelta(minutes=waits[item.chased])))


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """One timer for each minute in which lines must be chased, however many they are; named after the first of them."""
    minutes: dict[datetime, Late] = {}
    for each in late(state, plan):
        minutes.setdefault(each.at, each)
    return tuple(Deadline(OVERDUE, f"{each.checklist.id}:{each.item.id}:{each.whom}", at) for at, each in minutes.items())


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    due = (each for each in late(state, world.plan) if each.at <= ring.at)
    return tuple(ItemChased(each.checklist.id, each.item.id, each.whom) for each in due)


def react(before: Incident | None, event: ChecklistEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """Everything chased in one step is said in one line for each room: the first of its events speaks for all of them."""
    match event:
        case ItemChased(checklist=checklist, item=id):
            own = find(after, checklist, id)[1]
            room = _room(after, world.plan, own)
            here = [item for item in _chased_together(before, after) if _room(after, world.plan, item) == room] or [own]
            return (_chase(after, world.plan, here, room, stamp),) if here[0] is own else ()
        case ItemAssigned(person=person) | ItemAdded(owner=person):
            return response.bring_in(after, person)
        case _:
            return ()


def _chased_together(before: Incident | None, after: Incident) -> list[Item]:
    earlier = {(c.id, item.id): item.chased for c in (before.checklists if before else ()) for item in c.items}
    return [item for c in after.checklists for item in c.items if item.chased > earlier.get((c.id, item.id), 0)]


def _room(state: Incident, plan: Plan, item: Item) -> str:
    return response.room(state, response.group_of(plan, item.post))


def _chase(state: Incident, plan: Plan, items: list[Item], room: str, stamp: Stamp) -> Say:
    """One sentence for each person who is asked about the same thing: their lines together, and what to press."""
    sentences: dict[tuple[PersonId | None, int, PersonId | None], list[Item]] = {}
    for item in items:
        sentences.setdefault((_asked(state, plan, item), item.chased, owner(state, item)), []).append(item)
    texts = [_reminder(asked, times, mine, lines) for (asked, times, mine), lines in sentences.items()]
    mentions = tuple(dict.fromkeys(asked for asked, _, _ in sentences if asked))
    return Say(room, f"chase:list:{stamp.seq}", response.listed(texts), mentions)


def _asked(state: Incident, plan: Plan, item: Item) -> PersonId | None:
    """First the owner, then the lead; the commander where the lead is the one who is late."""
    mine = owner(state, item)
    if item.chased == 1 and mine:
        return mine
    above = response.lead(state, plan, response.group_of(plan, item.post))
    return state.commander if above == mine else above


def _reminder(asked: PersonId | None, times: int, mine: PersonId | None, items: list[Item]) -> Text:
    """The lead is asked about people, not about lines."""
    name: Text = Who(asked, mention=True) if asked else line("指挥中心")
    lines = joined([line("「{what}」", what=response.brief(i.text) if isinstance(i.text, str) else i.text) for i in items])
    due = min((When(item.due_at) for item in items if item.due_at), key=lambda when: when.at)
    if mine is None:
        return line("{who}：{lines} {due} 到点，还没有人做，请指定一个人。", who=name, lines=lines, due=due)
    if times == 1:
        return line("{who}：{lines} {due} 到点。做完打勾，做不了写卡在哪里。", who=name, lines=lines, due=due)
    return line("{who}：{late}的{lines} {due} 到点还没好。请问一句，或换人。", who=name, late=Who(mine), lines=lines, due=due)
