"""Checklists: the fault's for the technical side, the playbooks' for the business side; gates, measures, evidence, chasing (4.4-1 … 4.4-3).

Who does a line is not stored but looked up (`owner`): the plan names a post, and whoever fills it changes with every handover and deputy.
Only a line that somebody took or was given by name keeps that name.
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
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan import schema
from bot.plan.schema import Plan
from bot.words import Text, When, Who, line

OWNER, LEAD = "checklist.overdue", "checklist.lead"
KINDS = frozenset({OWNER, LEAD})
STEP = {OWNER: 1, LEAD: 2}


# --- loading ----------------------------------------------------------------------------------------------------------------


def load(plan: Plan, id: str, state: Incident, now: datetime) -> Checklist:
    """A checklist or playbook of the plan as it stands in this incident, with the time by which each line should be done.

    The plan counts a line's minutes from the start of the response, the lines of one post following one another. Here they count from
    the loading: a list chosen half an hour after the activation is not late at birth. Lines of 0 minutes go on all the time and are
    never due; before the activation nothing is (`initial` gives the times then).
    """
    source: schema.Checklist | schema.Playbook = plan.checklists.get(id) or plan.playbooks[id]
    technical = id in plan.checklists
    items = tuple(Item(item.id, item.text, item.who, item.minutes, None, item.gate, item.measure) for item in source.items)
    loaded = Checklist(id, source.name, "technical" if technical else "business", items, now)
    return scheduled(loaded, now) if state.activation else loaded


def scheduled(checklist: Checklist, start: datetime) -> Checklist:
    """The same list with the due times of its open lines counted from `start`."""
    items = (replace(i, due_at=start + timedelta(minutes=i.minutes)) if i.state == "todo" and i.minutes else i for i in checklist.items)
    return replace(checklist, items=tuple(items))


def playbooks_for(plan: Plan, state: Incident) -> tuple[str, ...]:
    """How the affected links go on without the system: the affected services' playbooks, then for each link left its main one.

    Only those with a post that the level calls (一般 calls no business group, so it gets none unasked).
    """
    level = state.level or (state.activation.level if state.activation else None)
    if level is None or level not in plan.severities:
        return ()
    services = [plan.services[id] for id in state.report.services if id in plan.services]
    wanted = [service.fallback for service in services if service.fallback]
    links = dict.fromkeys([*state.report.links, *(service.link for service in services if service.link)])
    covered = {plan.playbooks[id].link for id in wanted}
    wanted += [main for link in links if link not in covered and (main := _main_playbook(plan, link))]
    return tuple(dict.fromkeys(id for id in wanted if _staffed(plan, plan.severities[level], plan.playbooks[id])))


def _main_playbook(plan: Plan, link: str) -> str | None:
    """What the first service of a link falls back on; any playbook of the link where none has a fallback."""
    named = (service.fallback for service in plan.services.values() if service.link == link and service.fallback)
    return next(named, None) or next((book.id for book in plan.playbooks.values() if book.link == link), None)


def _staffed(plan: Plan, severity: schema.Severity, playbook: schema.Playbook) -> bool:
    posts = {item.who for item in playbook.items}
    return severity.staffing.by_affected_link or not posts.isdisjoint((*severity.staffing.posts, *severity.staffing.roles))


def initial(state: Incident, world: World) -> tuple[Event, ...]:
    """What the activation loads: the playbooks of the affected links; lists chosen before it get their due times now.

    Asked again (a pre-activation is confirmed, the level rises) it returns only what is not there yet.
    """
    there = {checklist.id for checklist in state.checklists}
    waiting = [checklist for checklist in state.checklists if all(item.due_at is None for item in checklist.items)]
    timed = [(checklist, scheduled(checklist, world.now)) for checklist in waiting]
    again = [ChecklistLoaded(new, new.id in state.faults, state.confidential) for old, new in timed if new != old]
    fresh = [id for id in playbooks_for(world.plan, state) if id not in there]
    lists = [scheduled(load(world.plan, id, state, world.now), world.now) for id in fresh]
    return (*again, *(ChecklistLoaded(checklist, False) for checklist in lists))


# --- looking ----------------------------------------------------------------------------------------------------------------


def owner(state: Incident, item: Item) -> PersonId | None:
    """Who does the line now: who took it or was given it, else who fills its post; the commander only what is the command's own."""
    if item.owner:
        return item.owner
    found = response.filler(state, item.post)
    return None if found == state.commander and item.post not in state.roles else found


def find(state: Incident, checklist: str, item: str) -> tuple[Checklist, Item]:
    """The line, or a refusal that says the list is gone (an old card)."""
    found = next((each for each in state.checklists if each.id == checklist), None)
    line_ = next((each for each in found.items if each.id == item), None) if found else None
    if not found or not line_:
        raise Refused(line("这份清单已经换掉了，看群里新的那份。"))
    return found, line_


def gate_before(checklist: Checklist, item: Item) -> Item | None:
    """The first gate above the line that is still open."""
    above = checklist.items[: checklist.items.index(item)]
    return next((each for each in above if each.gate and each.state in ("todo", "blocked")), None)


def untouched(checklist: Checklist) -> bool:
    return all(item.state == "todo" and not item.note for item in checklist.items)


def current(checklist: Checklist) -> tuple[Item, ...]:
    """What can be worked on now: for each post the first open line that no gate holds back."""
    first: dict[str, Item] = {}
    for item in checklist.items:
        if item.state == "todo" and item.minutes and not gate_before(checklist, item):
            first.setdefault(item.owner or item.post or item.id, item)
    return tuple(first.values())


def expected(checklist: Checklist, item: Item) -> datetime | None:
    """When the line is late: at its due time; where the line before it was itself done late, so much later that its own time is left."""
    if item.due_at is None:
        return None
    above = [each for each in checklist.items[: checklist.items.index(item)] if each.post == item.post or each.gate]
    earlier = [each.due_at for each in above if each.due_at and each.due_at <= item.due_at]
    done = [each.at for each in above if each.at]
    if not earlier or not done:
        return item.due_at
    return max(item.due_at, max(done) + (item.due_at - max(earlier)))


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
            return _change(state, checklist, item, state="todo", note="", by=None, at=None, chased=0)
        case ItemAssigned(checklist=checklist, item=item, person=person):
            return _change(state, checklist, item, owner=person, chased=0)
        case ItemAdded():
            added = Item(event.item, event.text, event.post, event.minutes, event.due_at, owner=event.owner)
            lists = tuple(replace(c, items=(*c.items, added)) if c.id == event.checklist else c for c in state.checklists)
            return replace(state, checklists=lists)
        case ItemChased(checklist=checklist, item=item, whom=whom):
            return _change(state, checklist, item, chased=whom)
    assert_never(event)


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
    """The lines in hand that will be chased next, and when: the owner by name once, then the lead. Not before or after the response."""
    if state.stage not in ("activated", "responding"):
        return
    waits = {0: plan.timing.overdue_owner_min, 1: plan.timing.overdue_lead_min}
    for checklist in state.checklists:
        for item in current(checklist):
            due = expected(checklist, item)
            if due is not None and item.chased in waits:
                yield Late(checklist, item, item.chased + 1, response.minute_after(due + timedelta(minutes=waits[item.chased])))


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """One timer for each minute in which lines must be chased, however many they are."""
    kinds = {1: OWNER, 2: LEAD}
    return tuple(dict.fromkeys(Deadline(kinds[each.whom], "lists", each.at) for each in late(state, plan)))


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    return tuple(
        ItemChased(each.checklist.id, each.item.id, each.whom)
        for each in late(state, world.plan)
        if each.whom == STEP[ring.kind] and each.at <= ring.at
    )


def react(before: Incident | None, event: ChecklistEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """Everything chased in one step is said in one line for each room: the first of its events speaks for all of them."""
    match event:
        case ItemChased(checklist=checklist, item=id, whom=whom):
            together = _chased_together(before, after, whom) or ((find(after, checklist, id)),)
            room = _room(after, world.plan, find(after, checklist, id)[1])
            here = [(each, item) for each, item in together if _room(after, world.plan, item) == room]
            if (here[0][0].id, here[0][1].id) != (checklist, id):
                return ()
            return (_chase(after, world.plan, [item for _, item in here], whom, room, stamp),)
        case _:
            return ()


def _chased_together(before: Incident | None, after: Incident, whom: int) -> tuple[tuple[Checklist, Item], ...]:
    chased = {(c.id, item.id): item.chased for c in (before.checklists if before else ()) for item in c.items}
    return tuple((c, i) for c in after.checklists for i in c.items if i.chased == whom and chased.get((c.id, i.id), 0) < whom)


def _room(state: Incident, plan: Plan, item: Item) -> str:
    return response.room(state, response.group_of(plan, item.post))


def _chase(state: Incident, plan: Plan, items: list[Item], whom: int, room: str, stamp: Stamp) -> Say:
    """Names the person, the next action and what to press; the lead is asked about people, not about lines."""
    asked = [_asked(state, plan, item, whom) for item in items]
    texts = [_reminder(state, item, who, whom) for item, who in zip(items, asked, strict=True)]
    mentions = tuple(dict.fromkeys(who for who in asked if who))
    return Say(room, f"chase:list:{stamp.seq}", response.listed(texts), mentions)


def _asked(state: Incident, plan: Plan, item: Item, whom: int) -> PersonId | None:
    """1: the owner, or the lead for a line nobody has; 2: the lead, or the commander where the lead is late."""
    mine = owner(state, item)
    above = response.lead(state, plan, response.group_of(plan, item.post))
    if whom == 1:
        return mine or above
    return above if above not in (mine, None) and mine else state.commander


def _reminder(state: Incident, item: Item, who: PersonId | None, whom: int) -> Text:
    name: Text = Who(who, mention=True) if who else line("指挥中心")
    what: Text = response.brief(item.text) if isinstance(item.text, str) else item.text
    due: Text = When(item.due_at) if item.due_at else line("早些时候")
    mine = owner(state, item)
    if mine is None:
        return line("{who}：「{what}」{due} 到点，还没有人做，请指定一个人。", who=name, what=what, due=due)
    if whom == 1:
        return line("{who}：「{what}」{due} 到点。做完点完成，做不了写卡在哪里。", who=name, what=what, due=due)
    return line("{who}：{late}的「{what}」{due} 到点还没好。请问一句，或换人。", who=name, late=Who(mine), what=what, due=due)


def progress(checklist: Checklist) -> tuple[int, int]:
    """Lines settled (done or skipped) of all."""
    return sum(item.state in ("done", "skipped") for item in checklist.items), len(checklist.items)
