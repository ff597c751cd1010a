"""Work given by word: tasks with a name, a time and a call-back; broadcasts with receipts; impact figures; causes.

Clauses 2.1-2, 2.2-3, 2.3-3, 2.4-2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import people, response, rights
from bot.core.commands import (
    AcceptTask,
    ConfirmBroadcast,
    DeclineTask,
    ExcludeCause,
    ExtendTask,
    FinishTask,
    GiveTask,
    ProveCause,
    RemindBroadcast,
    ReportImpact,
    Ring,
    SendBroadcast,
    SuspectCause,
    WorkCommand,
)
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import (
    BroadcastConfirmed,
    BroadcastReminded,
    BroadcastSent,
    CauseExcluded,
    CauseProven,
    CauseSuspected,
    Event,
    ImpactReported,
    Stamp,
    TaskAccepted,
    TaskChased,
    TaskDeclined,
    TaskExtended,
    TaskFinished,
    TaskGiven,
    WorkEvent,
)
from bot.core.incident import Broadcast, Cause, Figure, Incident, PersonId, Task
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan.schema import Plan
from bot.words import Text, When, Who, line

TASK, REMIND = "work.task", "work.remind"
KINDS = frozenset({TASK, REMIND})
LONGEST = 7 * 24 * 60  # minutes a task may have

NOBODY = re.compile(
    r"谁(?:能|可以|来|去|有空|有时间|方便|帮|负责)"
    r"|(?:哪位|有没有人|有人|大家谁|麻烦谁)(?=.{0,3}?(?:能|可以|来|去|帮|看|查|跟|处理|负责|有空|方便|在))"
    r"|\b(?:can|could|will|would|is there) (?:some|any)(?:one|body)\b|\bwho (?:can|could|will)\b"
    r"|\bany(?:one|body) (?:able|free|available)\b",
    re.IGNORECASE,
)


def asks_nobody(text: str, names: Iterable[str] = ()) -> bool:
    """「谁能…」「有没有人…」, "can someone …" without anybody's name: an order that nobody carries out. `names` are looked for too."""
    if "@" in text or "＠" in text or any(name and name in text for name in names):
        return False
    return NOBODY.search(text) is not None


def latest(state: Incident) -> Mapping[tuple[str, str | None], Figure]:
    """The newest figure of each kind and site: key (kind, site), in the order in which they were first given."""
    newest: dict[tuple[str, str | None], Figure] = {}
    for figure in state.figures:
        known = newest.get((figure.kind, figure.site))
        if known is None or figure.at >= known.at:
            newest[figure.kind, figure.site] = figure
    return newest


# --- deciding ---------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: WorkCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    response.must_be_live(state)
    match command:
        case GiveTask():
            return _give(state, command, by, world)
        case AcceptTask(task=id):
            return _accept(state, id, by)
        case DeclineTask():
            return _decline(state, command, by)
        case FinishTask():
            return _finish(state, command, by)
        case ExtendTask():
            return _extend(state, command, by, world)
        case SendBroadcast():
            return _send(state, command, by, world)
        case ConfirmBroadcast(broadcast=id):
            return _confirm(_broadcast(state, id), by)
        case RemindBroadcast(broadcast=id):
            rights.require("broadcast.send", by, state, world)
            return _remind(_broadcast(state, id), world)
        case ReportImpact(figures=figures):
            return _report(figures, world)
        case SuspectCause(text=text):
            return _suspect(state, text)
        case ProveCause(cause=id, evidence=evidence):
            return _judge(_cause(state, id), "proven", evidence, CauseProven(id, evidence))
        case ExcludeCause(cause=id, evidence=evidence):
            return _judge(_cause(state, id), "excluded", evidence, CauseExcluded(id, evidence))
    assert_never(command)


def _give(state: Incident, command: GiveTask, by: PersonId | None, world: World) -> tuple[Event, ...]:
    rights.require("task.give", by, state, world)
    response.typed(command.what, line("还差内容：要他做什么。"), "what")
    if not command.owner:
        raise Refused(line("任务要指定一个人。「谁能」没有人会动。"), field="owner")
    people.check_person(world.plan, command.owner, "owner")
    leads = (response.filler(state, group.lead) for group in world.plan.groups.values())
    response.keep_hands_off(state, command.owner, next((lead for lead in leads if lead and lead != state.commander), None), field="owner")
    minutes = _minutes(command.minutes or world.plan.timing.task_default_min)
    return (TaskGiven(f"t{len(state.tasks) + 1}", command.what, command.owner, world.now + timedelta(minutes=minutes)),)


def _minutes(minutes: int) -> int:
    if not 1 <= minutes <= LONGEST:
        raise Refused(line("时间写 1 到 {most} 分钟。", most=LONGEST), field="minutes")
    return minutes


def _task(state: Incident, id: str) -> Task:
    found = next((task for task in state.tasks if task.id == id), None)
    if found is None:
        raise Refused(line("没有这个任务。看任务卡上的编号。"))
    return found


def _accept(state: Incident, id: str, by: PersonId | None) -> tuple[Event, ...]:
    task = _task(state, id)
    _only_owner(task, by)
    if task.state in ("accepted", "done"):
        return ()
    if task.state == "declined":
        raise Refused(line("这个任务你已经说做不了。要接就请{giver}重新派一次。", giver=Who(task.by)))
    return (TaskAccepted(id),)


def _decline(state: Incident, command: DeclineTask, by: PersonId | None) -> tuple[Event, ...]:
    task = _task(state, command.task)
    _only_owner(task, by)
    if task.state == "declined":
        return ()
    if task.state == "done":
        raise Refused(line("这个任务已经做完了。"))
    response.typed(command.reason, line("还差理由：为什么做不了，谁更合适。"), "reason")
    return (TaskDeclined(task.id, command.reason),)


def _finish(state: Incident, command: FinishTask, by: PersonId | None) -> tuple[Event, ...]:
    task = _task(state, command.task)
    _owner_or_giver(task, by)
    if task.state == "done":
        return ()
    response.typed(command.result, line("还差结果：做成什么样了，一句话。"), "result")
    return (TaskFinished(task.id, command.result),)


def _extend(state: Incident, command: ExtendTask, by: PersonId | None, world: World) -> tuple[Event, ...]:
    task = _task(state, command.task)
    _owner_or_giver(task, by)
    if task.state in ("done", "declined"):
        raise Refused(line("这个任务已经了结，不用延时。要继续就派一个新的。"))
    response.typed(command.reason, line("还差理由：为什么要延时。"), "reason")
    return (TaskExtended(task.id, max(task.due_at, world.now) + timedelta(minutes=_minutes(command.minutes)), command.reason),)


def _only_owner(task: Task, by: PersonId | None) -> None:
    if by != task.owner:
        raise Refused(line("这个任务是给{owner}的，由{owner}来答。", owner=Who(task.owner)))


def _owner_or_giver(task: Task, by: PersonId | None) -> None:
    if by not in (task.owner, task.by):
        raise Refused(line("这个任务是{giver}派给{owner}的，由他们来答。", giver=Who(task.by), owner=Who(task.owner)))


def _send(state: Incident, command: SendBroadcast, by: PersonId | None, world: World) -> tuple[Event, ...]:
    rights.require("broadcast.send", by, state, world)
    response.typed(command.text, line("还差内容：要大家知道什么。"), "text")
    if unknown := [group for group in command.groups if group not in world.plan.groups]:
        raise Refused(line("没有「{group}」这个组。从四个组里选。", group=unknown[0]), field="groups")
    wanted = set(command.groups)
    groups = response.groups_in(state, world.plan)
    to = tuple(person for person in state.people if person != by and (not wanted or wanted.intersection(groups[person])))
    if not to:
        raise Refused(
            line("这几个组还没有叫来的人，广播没有人收。"),
            Button(line("呼叫人员"), press("roll.call", record=state.id)),
            field="groups",
        )
    return (BroadcastSent(f"b{len(state.broadcasts) + 1}", command.text, to),)


def _broadcast(state: Incident, id: str) -> Broadcast:
    found = next((each for each in state.broadcasts if each.id == id), None)
    if found is None:
        raise Refused(line("没有这条广播。看广播卡上的那条。"))
    return found


def _confirm(broadcast: Broadcast, by: PersonId | None) -> tuple[Event, ...]:
    if by is None or by not in broadcast.to:
        raise Refused(line("这条广播没有发给你，不用确认。"))
    return () if by in broadcast.confirmed else (BroadcastConfirmed(broadcast.id, by),)


def _remind(broadcast: Broadcast, world: World) -> tuple[Event, ...]:
    if not broadcast.waiting:
        raise Refused(line("都确认了，不用再催。"))
    last = broadcast.reminded_at
    again = last + timedelta(minutes=world.plan.timing.broadcast_remind_min) if last else world.now
    if world.now < again:
        raise Refused(line("{last} 刚催过。{again} 以后可以再催一次。", last=When(last or again), again=When(again)))
    return (BroadcastReminded(broadcast.id, broadcast.waiting),)


def _report(figures: tuple[Figure, ...], world: World) -> tuple[Event, ...]:
    """Each figure with its time and its source; an old number that looks fresh is worse than none."""
    given = tuple(figure for figure in figures if figure.value.strip())
    if not given:
        raise Refused(line("至少写一个数，例如未接订单 412。"), field="orders")
    for figure in given:
        response.typed(figure.source, line("还差来源：这个数从哪里来，例如「客服台账」。"), "source")
        response.not_in_future(figure.at, world.now, "at")
        if figure.site and figure.site not in world.plan.sites:
            raise Refused(line("没有「{site}」这个仓。从名单里选一个。", site=figure.site), field="site")
    return (ImpactReported(given),)


def _suspect(state: Incident, text: str) -> tuple[Event, ...]:
    response.typed(text, line("还差内容：怀疑是什么原因。"), "text")
    if any(cause.text.strip() == text.strip() and cause.state == "suspected" for cause in state.causes):
        return ()
    return (CauseSuspected(f"x{len(state.causes) + 1}", text),)


def _cause(state: Incident, id: str) -> Cause:
    found = next((cause for cause in state.causes if cause.id == id), None)
    if found is None:
        raise Refused(line("没有这条原因。看原因卡上的编号。"))
    return found


def _judge(cause: Cause, to: str, evidence: str, event: CauseProven | CauseExcluded) -> tuple[Event, ...]:
    """Proven or excluded only with evidence; new evidence may turn it round (clause 2.2-3)."""
    response.typed(evidence, line("还差证据：凭什么这样说，例如日志、对比、复现。"), "evidence")
    return () if cause.state == to and cause.evidence == evidence else (event,)


# --- evolving ---------------------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: WorkEvent, stamp: Stamp) -> Incident:
    match event:
        case TaskGiven(task=id, what=what, owner=owner, due_at=due):
            task = Task(id, what, owner, stamp.by or owner, stamp.at, due)
            return replace(state, tasks=(*state.tasks, task))
        case TaskAccepted(task=id):
            return replace(state, tasks=response.changed(state.tasks, id, state="accepted", changed_at=stamp.at, chased=0))
        case TaskDeclined(task=id, reason=reason):
            return replace(state, tasks=response.changed(state.tasks, id, state="declined", result=reason, changed_at=stamp.at))
        case TaskFinished(task=id, result=result):
            return replace(state, tasks=response.changed(state.tasks, id, state="done", result=result, changed_at=stamp.at))
        case TaskExtended(task=id, due_at=due):
            return replace(state, tasks=response.changed(state.tasks, id, state="accepted", due_at=due, changed_at=stamp.at, chased=0))
        case TaskChased(task=id, whom=whom):
            return replace(state, tasks=response.changed(state.tasks, id, chased=whom))
        case BroadcastSent(broadcast=id, text=text, to=to):
            return replace(state, broadcasts=(*state.broadcasts, Broadcast(id, text, stamp.by or "", stamp.at, to)))
        case BroadcastConfirmed(broadcast=id, person=person):
            confirmed = {**_broadcast(state, id).confirmed, person: stamp.at}
            return replace(state, broadcasts=response.changed(state.broadcasts, id, confirmed=confirmed))
        case BroadcastReminded(broadcast=id):
            return replace(state, broadcasts=response.changed(state.broadcasts, id, reminded_at=stamp.at))
        case ImpactReported(figures=figures):
            return replace(state, figures=(*state.figures, *figures))
        case CauseSuspected(cause=id, text=text):
            return replace(state, causes=(*state.causes, Cause(id, text, "suspected", "", stamp.by or "", stamp.at)))
        case CauseProven(cause=id, evidence=evidence):
            return replace(
                state, causes=response.changed(state.causes, id, state="proven", evidence=evidence, by=stamp.by or "", at=stamp.at)
            )
        case CauseExcluded(cause=id, evidence=evidence):
            return replace(
                state, causes=response.changed(state.causes, id, state="excluded", evidence=evidence, by=stamp.by or "", at=stamp.at)
            )
    assert_never(event)


# --- chasing ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Late:
    """A task that is chased at `at` for the `whom`-th time."""

    task: Task
    whom: int
    at: datetime


def late(state: Incident, plan: Plan) -> Iterator[Late]:
    """Tasks that nobody acknowledged, then accepted ones past their time: the owner by name once, then the giver."""
    timing = plan.timing
    after = {"asked": (timing.task_ack_min, 2 * timing.task_ack_min), "accepted": (timing.overdue_owner_min, timing.overdue_lead_min)}
    for task in state.tasks if state.live else ():
        if task.state in after and task.chased < 2:
            start = task.at if task.state == "asked" else task.due_at
            at = response.minute_after(start + timedelta(minutes=after[task.state][task.chased]))
            yield Late(task, task.chased + 1, at)


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """One timer for each minute in which tasks must be chased; one for each broadcast whose first reminder is still to come."""
    first: dict[datetime, Late] = {}
    for each in late(state, plan):
        first.setdefault(each.at, each)
    tasks = (Deadline(TASK, f"{each.task.id}:{each.task.state}:{each.whom}", at) for at, each in first.items())
    wait = timedelta(minutes=plan.timing.broadcast_remind_min)
    silent = [sent for sent in state.broadcasts if sent.waiting and sent.reminded_at is None] if state.live else []
    return (*tasks, *(Deadline(REMIND, sent.id, sent.at + wait) for sent in silent))


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    if ring.kind == REMIND:
        return (BroadcastReminded(ring.subject, _broadcast(state, ring.subject).waiting),)
    return tuple(TaskChased(each.task.id, each.whom) for each in late(state, world.plan) if each.at <= ring.at)


def react(before: Incident | None, event: WorkEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """Names go to those who must act next: the giver on a refusal or a result, the owner when late, the silent on a broadcast."""
    match event:
        case TaskGiven(owner=owner):
            return response.bring_in(after, owner)
        case TaskDeclined(task=id, reason=reason):
            task = _task(after, id)
            text = line(
                "{giver}：{owner}做不了「{what}」：{reason}。请换一个人。",
                giver=Who(task.by, mention=True), owner=Who(task.owner), what=response.brief(task.what), reason=response.brief(reason),
            )  # fmt: skip
            return (Say("war", f"task:{id}:{stamp.seq}", text, (task.by,)),)
        case TaskFinished(task=id, result=result) if stamp.by != _task(after, id).by:
            task = _task(after, id)
            text = line(
                "{giver}：{owner}做完了「{what}」：{result}",
                giver=Who(task.by, mention=True), owner=Who(task.owner), what=response.brief(task.what), result=response.brief(result),
            )  # fmt: skip
            return (Say("war", f"task:{id}:{stamp.seq}", text, (task.by,)),)
        case TaskChased(task=id):
            return _chase(before, after, id, stamp)
        case BroadcastReminded(broadcast=id, people=waiting):
            sent = _broadcast(after, id)
            text = line(
                "{who}：还没确认广播「{text}」。看到点收到。",
                who=response.names(waiting), text=response.brief(sent.text),
            )  # fmt: skip
            return (Say("war", f"{id}:remind:{stamp.seq}", text, waiting),)
        case _:
            return ()


def _chase(before: Incident | None, after: Incident, id: str, stamp: Stamp) -> tuple[Effect, ...]:
    """Everything chased in one step is one line: the first of its events speaks for all of them."""
    earlier = {task.id: task.chased for task in before.tasks} if before else {}
    together = [task for task in after.tasks if task.chased > earlier.get(task.id, 0)] or [_task(after, id)]
    if together[0].id != id:
        return ()
    asked = [_asked(after, task) for task in together]
    texts = [_reminder(task, who) for task, who in zip(together, asked, strict=True)]
    return (Say("war", f"chase:task:{stamp.seq}", response.listed(texts), tuple(dict.fromkeys(asked))),)


def _asked(state: Incident, task: Task) -> PersonId:
    above = task.by if task.by != task.owner else state.commander or task.by
    return task.owner if task.chased == 1 else above


def _reminder(task: Task, who: PersonId) -> Text:
    name, what = Who(who, mention=True), response.brief(task.what)
    match task.state, task.chased:
        case "asked", 1:
            return line("{who}：任务「{what}」{due} 前要，接还是不接，请答一声。", who=name, what=what, due=When(task.due_at))
        case "asked", _:
            return line("{who}：{owner}没有答应任务「{what}」。打个电话，或换人。", who=name, owner=Who(task.owner), what=what)
        case _, 1:
            return line("{who}：任务「{what}」{due} 到点。做完写结果，做不完就延时。", who=name, what=what, due=When(task.due_at))
        case _:
            return line(
                "{who}：{owner}的任务「{what}」{due} 到点还没有结果。问一句，或换人。",
                who=name,
                owner=Who(task.owner),
                what=what,
                due=When(task.due_at),
            )
