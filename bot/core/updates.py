"""Situation reports on time, notes on the timeline, and the moments that every measurement needs (clauses 2.4-2, 5.3-2, 1-3).

`next_due` is the one rule for when the next report is owed; cards, reminders and the report itself all ask it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never, get_args

from bot.cards.model import Button, press
from bot.core import response, rights
from bot.core import situation as facts
from bot.core.commands import MarkMoment, Ring, SendUpdate, TakeNote, UpdateCommand
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import Event, MomentAsked, MomentReached, NoteTaken, Stamp, UpdateChased, UpdateEvent, UpdateSent
from bot.core.incident import Incident, Moment, MomentKind, PersonId, Sitrep
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan.schema import KeyMoment, Plan
from bot.words import Text, When, Who, line

UPDATE, MOMENT = "updates.due", "updates.moment"
KINDS = frozenset({UPDATE, MOMENT})
CHASES = 3  # for one report: before it, when it is due, and once more with the commander
APART = timedelta(minutes=5)
ORDER = ("reported", "assessing", "activated", "responding", "verifying", "observing")
"""Stages in which a moment may be missed, in their order."""


# --- when and what ----------------------------------------------------------------------------------------------------------


def every(state: Incident, plan: Plan, at: datetime) -> timedelta:
    """The cadence of the level at that time: slower once the response has run long, where the plan says so."""
    times = plan.severities[_level(state, plan)].response
    slow = state.activation is not None and at - state.activation.at >= timedelta(minutes=plan.timing.slow_updates_after_min)
    return timedelta(minutes=(times.update_every_after_2h_min if slow else None) or times.update_every_min)


def next_due(state: Incident, plan: Plan) -> datetime | None:
    """When the next situation report is owed; None while no response runs.

    The first counts from the activation. Afterwards it is the time promised in the last one; a level that changed since then changes
    it too, but a rise gives at least the time of a first report. After a reopening it counts from there.
    """
    if not state.responding or state.activation is None:
        return None
    first = timedelta(minutes=plan.severities[_level(state, plan)].response.first_update_min)
    if not state.sitreps:
        return state.activation.at + first
    last = state.sitreps[-1]
    if state.reopened and state.stage == "responding" and state.stage_since > last.next_at:
        return state.stage_since + first
    regraded = _regraded_since(state, last)
    if regraded is None:
        return last.next_at
    return max(last.at + every(state, plan, last.at), min(last.next_at, regraded + first))


def _level(state: Incident, plan: Plan) -> str:
    """The level in force; the one of the activation where nobody graded."""
    level = state.level or (state.activation.level if state.activation else None)
    return level if level and level in plan.severities else next(iter(plan.severities))


def _regraded_since(state: Incident, last: Sitrep) -> datetime | None:
    """When the level became another than the one the last report was sent under, if it did."""
    then = next((grade.level for grade in reversed(state.grades) if grade.at <= last.at), None)
    now = state.grades[-1] if state.grades else None
    return now.at if now and now.at > last.at and now.level != then else None


def owed_by(state: Incident) -> PersonId | None:
    """Who owes the report: the scribe, else the commander."""
    holder = state.roles.get("scribe") or state.roles.get("commander")
    return holder.person if holder else None


def situation(state: Incident, plan: Plan, now: datetime) -> Mapping[str, Text]:
    """The seven fields the bot fills, as they would stand in a report sent now (the form shows them beforehand)."""
    return facts.situation(state, plan, now, now + every(state, plan, now))


def fields(plan: Plan, sitrep: Sitrep) -> tuple[tuple[Text, Text], ...]:
    """All fields of a report with their headings, in the plan's order; what nobody typed is 「不知道」 in the reader's language."""
    found: list[tuple[Text, Text]] = []
    for field in plan.documents.sitrep.fields:
        typed = sitrep.typed.get(field.id, "").strip()
        found.append((field.name, typed or sitrep.auto.get(field.id) or line("不知道")))
    return tuple(found)


# --- deciding ---------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: UpdateCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    match command:
        case SendUpdate(typed=typed):
            return _send(state, typed, by, world)
        case TakeNote():
            return _note(state, command, by, world)
        case MarkMoment():
            return _mark(state, command, world)
    assert_never(command)


def _send(state: Incident, typed: Mapping[str, str], by: PersonId | None, world: World) -> tuple[Event, ...]:
    response.must_be_live(state)
    if not state.responding or state.activation is None:
        raise Refused(
            line("还没启动响应，不用发态势。有新情况先补充。"), Button(line("补充"), press("report.add", record=state.id), "primary")
        )
    rights.require("update.send", by, state, world)
    response.typed(typed.get("situation", ""), line("还差现状一句话。没有新进展也要发：写「仍在处理」。"), "situation")
    due = next_due(state, world.plan)
    return (
        UpdateSent(
            number=len(state.sitreps) + 1,
            typed=dict(typed),
            auto=situation(state, world.plan, world.now),
            next_at=world.now + every(state, world.plan, world.now),
            on_time=due is None or world.now <= due,
        ),
    )


def _note(state: Incident, command: TakeNote, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Notes may be added after the end too: the review needs them. The same message is taken once."""
    if state.stage in ("closed", "merged", "false_alarm"):
        response.must_be_live(state)
    response.typed(command.text, line("还差内容：发生了什么。"), "text")
    happened = response.not_in_future(command.happened_at or world.now, world.now, "happened_at")
    if command.pin and command.pin in state.pinned:
        return ()
    return (NoteTaken(command.text, happened, command.author or by, command.pin, command.link),)


def _mark(state: Incident, command: MarkMoment, world: World) -> tuple[Event, ...]:
    """A moment that stands is corrected only by naming another time for it."""
    if command.kind not in get_args(MomentKind):
        raise Refused(line("没有这个关键时刻。从名单里选。"), field="kind")
    known = state.moments.get(command.kind)
    if known and command.happened_at in (None, known.at):
        return ()
    happened = response.not_in_future(command.happened_at or world.now, world.now, "happened_at")
    return (MomentReached(command.kind, happened, command.note),)


# --- evolving ---------------------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: UpdateEvent, stamp: Stamp) -> Incident:
    match event:
        case UpdateSent():
            sitrep = Sitrep(event.number, stamp.by or "", stamp.at, event.typed, event.auto, event.next_at, event.on_time)
            return replace(state, sitreps=(*state.sitreps, sitrep), update_due=event.next_at, update_chased=0)
        case UpdateChased(times=times):
            return replace(state, update_chased=times)
        case NoteTaken(pin=pin):
            return replace(state, notes=state.notes + 1, pinned=(*state.pinned, pin) if pin else state.pinned)
        case MomentReached(kind=kind, happened_at=at):
            return replace(state, moments={**state.moments, kind: Moment(kind, at, stamp.by)})
        case MomentAsked(kind=kind):
            return replace(state, moments_asked=(*state.moments_asked, kind))
    assert_never(event)


# --- reminding --------------------------------------------------------------------------------------------------------------


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    chase = _chase_at(state, plan)
    owed = (Deadline(UPDATE, f"{len(state.sitreps) + 1}:{state.update_chased + 1}", chase),) if chase else ()
    return (*owed, *(Deadline(MOMENT, kind, at) for kind, at in _missing(state, plan)))


def _chase_at(state: Incident, plan: Plan) -> datetime | None:
    """Reminder 1 stands before the time, 2 at it, 3 after it with the commander; five minutes apart at least, never a fourth."""
    due = next_due(state, plan)
    if due is None or state.update_chased >= CHASES:
        return None
    before, late = timedelta(minutes=plan.timing.update_remind_before_min), timedelta(minutes=plan.timing.update_late_lead_min)
    second = max(due, due - before + APART)
    return (due - before, second, max(due + late, second + APART))[state.update_chased]


def _missing(state: Incident, plan: Plan) -> tuple[tuple[str, datetime], ...]:
    """Moments that are missed once the incident has been so far, each asked for once."""
    if state.stage not in ORDER:
        return ()
    wanted = [moment for moment in plan.key_moments.values() if moment.id not in state.moments and moment.id not in state.moments_asked]
    return tuple((m.id, _reached(state, m) + timedelta(minutes=m.nag_after_min)) for m in wanted if _is_due(state, m))


def _is_due(state: Incident, moment: KeyMoment) -> bool:
    return moment.stage in ORDER and ORDER.index(state.stage) >= ORDER.index(moment.stage)


def _reached(state: Incident, moment: KeyMoment) -> datetime:
    """When the incident came into the moment's stage, as far as the state still knows."""
    if moment.stage in ("reported", "assessing"):
        return state.reported_at
    if moment.stage == "activated" and state.activation:
        return state.activation.at
    return state.stage_since


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    if ring.kind == UPDATE:
        return (UpdateChased(state.update_chased + 1),)
    return tuple(MomentAsked(kind) for kind in get_args(MomentKind) if kind == ring.subject)


def react(before: Incident | None, event: UpdateEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """Reminders name who owes what by when. The report itself is a card in three rooms."""
    match event:
        case UpdateChased(times=times):
            return _remind(after, times, stamp, world)
        case MomentAsked(kind=kind):
            who = owed_by(after)
            ask: Text = world.plan.key_moments[kind].ask
            text = line("{who}：{ask}", who=Who(who, mention=True), ask=ask) if who else ask
            return (Say("war", f"moment:{kind}", text, (who,) if who else ()),)
        case _:
            return ()


def _remind(state: Incident, times: int, stamp: Stamp, world: World) -> tuple[Effect, ...]:
    who, due = owed_by(state), next_due(state, world.plan)
    if due is None:
        return ()
    name: Text = Who(who, mention=True) if who else line("指挥中心")
    number, asked = len(state.sitreps) + 1, [who] if who else []
    late = max(0, int((stamp.at - due).total_seconds() // 60))
    match times:
        case 1:
            text = line("{who}：第 {n} 报 {due} 前要发。没有新进展也要发。", who=name, n=number, due=When(due))
        case 2:
            text = line("{who}：第 {n} 报到点了。没有新进展写「仍在处理」和下次时间。", who=name, n=number)
        case _:
            boss = state.commander
            asked += [boss] if boss and boss != who else []
            names = response.names(tuple(asked)) if asked else name
            text = line("{who}：第 {n} 报晚了 {late} 分钟。谁手上有空谁发，写「仍在处理」也行。", who=names, n=number, late=late)
    return (Say("war", f"update:{number}:{times}:{stamp.seq}", text, tuple(asked)),)
