"""What follows the end: each group's summary, the review, improvements checked by somebody else, and closing (clauses 4.5-3 to 4.5-6).

Closing archives the rooms after the last words; a reopened incident moves into new ones (bot.core.housing).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.cards.model import Button, press
from bot.core import ending, housing, people, rights
from bot.core.commands import (
    AddAction,
    AfterCommand,
    CloseIncident,
    FinishAction,
    HoldReview,
    MoveReview,
    Ring,
    SubmitSummary,
    VerifyAction,
)  # fmt: skip
from bot.core.conditions import PLACES, Unmet
from bot.core.due import Deadline
from bot.core.ending import groups_called, morning
from bot.core.errors import Refused
from bot.core.events import (
    ActionAdded,
    ActionChased,
    ActionFinished,
    ActionVerified,
    AfterEvent,
    DeviationNoted,
    Event,
    IncidentClosed,
    ReviewHeld,
    ReviewMoved,
    ReviewReminded,
    RoomsArchived,
    StageMoved,
    Stamp,
    SummariesChased,
    SummarySubmitted,
)  # fmt: skip
from bot.core.incident import Action, Incident, PersonId, Summary
from bot.core.response import lead
from bot.core.world import World
from bot.effects import Attach, Effect, Say
from bot.plan.schema import Plan
from bot.words import Text, When, Who, joined, line

KINDS = frozenset({"after.summaries", "after.review", "after.action"})
REVIEW_AGAIN = (timedelta(), timedelta(days=1), timedelta(days=3), timedelta(days=7))
OVERDUE_AGAIN = (1, 8, 15, 22)
"""Days after an improvement's date on which the command centre hears that it is late."""


# --- deciding -----------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: AfterCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    match command:
        case SubmitSummary(group=group, text=text):
            return _summarise(state, group, text, by, world)
        case MoveReview(at=at):
            return _move_review(state, at, by, world)
        case HoldReview(note=note):
            return _hold_review(state, note.strip(), by, world)
        case AddAction():
            return _add(state, command, world)
        case FinishAction(action=action, evidence=evidence):
            return _finish(state, action, evidence.strip(), by)
        case VerifyAction(action=action, ok=ok, note=note):
            return _verify(state, action, ok, note.strip(), by, world)
        case CloseIncident(reason=reason):
            return _close(state, reason.strip(), by, world)
    assert_never(command)


def _summarise(state: Incident, group: str, text: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """A member writes for the group; the first summary begins the review stage. A later text replaces the earlier one."""
    plan = world.plan
    if group not in plan.groups:
        raise Refused(line("方案里没有「{group}」这个小组。从四个组里选。", group=group), field="group")
    if state.stage not in ("ended", "reviewing", "closed"):
        raise Refused(line("小结在应急结束后交。现在想到的先记进时间线。"), _note(state))
    if by is not None and group not in people.groups_of(plan, by) and group not in _called_in(state, by, plan):
        raise Refused(*_only_members(state, group, plan))
    if not text.strip():
        raise Refused(line("写几句：做了什么、哪里顺、哪里卡、哪里靠运气、下次先改哪一件。"), field="text")
    known = state.summaries.get(group)
    if known and (known.text, known.by) == (text, by):
        return ()
    return (SummarySubmitted(group, text), *_reviewing(state))


def _note(state: Incident) -> Button:
    return Button(line("记进时间线"), press("timeline.note", record=state.id), "primary")


def _called_in(state: Incident, person: PersonId, plan: Plan) -> tuple[str, ...]:
    """The groups for whose posts or roles the person was called here, whatever the roster says."""
    roles = [role for role, holder in state.roles.items() if holder.person == person]
    return tuple(group for group in plan.groups if plan.groups[group].lead in roles)


def _only_members(state: Incident, group: str, plan: Plan) -> tuple[Text, *tuple[Button, ...]]:
    who = lead(state, plan, group)
    name = plan.groups[group].name
    if who is None:
        return (line("{group}的小结由组里的人交。", group=name),)
    ask = Button(line("叫{who}", who=Who(who)), press("task.ask", record=state.id, person=who, act="after.summary"), "primary")
    return line("{group}的小结由组里的人交，例如{who}。", group=name, who=Who(who)), ask


def _reviewing(state: Incident) -> tuple[Event, ...]:
    return (StageMoved("reviewing"),) if state.stage == "ended" else ()


def _move_review(state: Incident, at: datetime, by: PersonId | None, world: World) -> tuple[Event, ...]:
    _require_ended(state)
    rights.require("review.lead", by, state, world)
    if state.review_held_at:
        raise Refused(line("复盘已在 {at} 开过。", at=When(state.review_held_at, "day")))
    if at <= world.now:
        raise Refused(line("复盘时间要在以后。已经开过就点「复盘开过了」。"), field="at")
    return () if at == state.review_at else (ReviewMoved(at),)


def _hold_review(state: Incident, note: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    _require_ended(state)
    rights.require("review.lead", by, state, world)
    return () if state.review_held_at else (ReviewHeld(note), *_reviewing(state))


def _require_ended(state: Incident) -> None:
    if state.stage not in ("ended", "reviewing"):
        raise Refused(line("复盘在应急结束之后、归档之前开。看状态卡现在到哪一步。"))


def _add(state: Incident, command: AddAction, world: World) -> tuple[Event, ...]:
    """An improvement has an owner and a date from the first; it may be noted at any time, even in the middle of the response."""
    text, how = command.text.strip(), command.how.strip()
    if not text:
        raise Refused(line("写要改什么，例如「回滚脚本加库表检查」。"), field="text")
    if state.stage in ("false_alarm", "merged"):
        raise Refused(line("{record} 已关闭，改进项请记到还在的事件。", record=state.id))
    people.check_person(world.plan, command.owner, "owner")
    if command.due < world.now.astimezone(world.zone).date():
        raise Refused(line("截止日已经过去，写以后的一天。"), field="due")
    if any((a.text, a.owner, a.due) == (text, command.owner, command.due) for a in state.actions):
        return ()
    return (ActionAdded(f"a{len(state.actions) + 1}", text, command.owner, command.due, how),)


def _finish(state: Incident, action_id: str, evidence: str, by: PersonId | None) -> tuple[Event, ...]:
    action = _action(state, action_id)
    if by is not None and by != action.owner:
        ask = Button(line("叫{who}", who=Who(action.owner)), press("task.ask", record=state.id, person=action.owner, act="after.done"))
        raise Refused(line("这条改进归{who}，由本人交证据。", who=Who(action.owner)), ask)
    if action.state == "verified" or (action.state == "done" and action.evidence == evidence):
        return ()
    if not evidence:
        raise Refused(line("写上证据：链接、单号或看得到的结果。"), field="evidence")
    return (ActionFinished(action_id, evidence),)


def _verify(state: Incident, action_id: str, ok: bool, note: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Checked by a person who neither owns nor did it; not good enough sends it back to its owner."""
    action = _action(state, action_id)
    if action.state == "verified" and ok:
        return ()
    if action.state != "done":
        raise Refused(line("这条改进还没交证据，等{who}做完再复核。", who=Who(action.owner)))
    if by in (action.owner, action.done_by):
        raise Refused(line("自己做的改进要别人复核。"))
    rights.require("action.verify", by, state, world)
    if not ok and not note:
        raise Refused(line("写一句还差什么，好让{who}知道怎么补。", who=Who(action.owner)), field="note")
    return (ActionVerified(action_id, ok, note),)


def _action(state: Incident, action_id: str) -> Action:
    found = next((action for action in state.actions if action.id == action_id), None)
    if found is None:
        raise Refused(line("没有「{id}」这条改进项。发「改进」看全部。", id=action_id))
    return found


# --- closing ------------------------------------------------------------------------------------------------------------------


def missing(state: Incident, plan: Plan) -> tuple[Unmet, ...]:
    """What closing now would skip: summaries, the review, owners, and the three places that somebody must attest."""
    found = [_no_summary(state, group, plan) for group in owed(state, plan)]
    if state.review_held_at is None:
        held = Button(line("复盘开过了"), press("after.held", record=state.id), "primary")
        found.append(Unmet("review", line("复盘还没开"), held))
    if not state.actions:
        add = Button(line("加改进项"), press("after.action", record=state.id), "primary")
        found.append(Unmet("actions", line("没有一条改进项"), add))
    lost = [action for action in state.actions if action.state != "verified" and action.owner not in plan.people]
    if lost:
        found.append(Unmet("owners", line("{n} 条改进项没有责任人", n=len(lost))))
    found += [_no_place(state, place) for place in PLACES if place not in state.attestations]
    return tuple(found)


def owed(state: Incident, plan: Plan) -> tuple[str, ...]:
    """The groups that took part and have not handed in their summary."""
    return tuple(group for group in groups_called(state, plan) if group not in state.summaries)


def _no_summary(state: Incident, group: str, plan: Plan) -> Unmet:
    write = Button(line("写小结"), press("after.summary", record=state.id, group=group), "primary")
    return Unmet(f"summary:{group}", line("{group}还没交小结", group=plan.groups[group].name), write)


def _no_place(state: Incident, place: str) -> Unmet:
    sign = Button(line("签认"), press("end.attest", record=state.id, condition=place))
    return Unmet(place, line("还没签认：{what}", what=PLACES[place]), sign)


def _close(state: Incident, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Complete, or early with a reason: what is missing is then kept as a deviation."""
    if state.stage == "closed":
        return ()
    if state.stage not in ("ended", "reviewing"):
        raise Refused(line("还没宣布应急结束，不能归档。"), Button(line("看还差什么"), press("end.sign", record=state.id), "primary"))
    rights.require("incident.close", by, state, world)
    lacking = missing(state, world.plan)
    if not lacking:
        return ending.archive(state, reason)
    if not reason:
        listed = joined([one.text for one in lacking], "\n")
        early = Button(line("提前归档，写理由"), press("after.close", record=state.id, form="yes"))
        fixes = [*[one.fix for one in lacking if one.fix][:3], early]
        raise Refused(line("归档还差 {n} 条：\n{what}\n要提前归档，写一句为什么。", n=len(lacking), what=listed), *fixes, field="reason")
    skipped = line("提前归档，缺：{what}", what=joined([one.text for one in lacking], "；"))
    return (DeviationNoted(skipped, reason), *ending.archive(state, reason))


# --- folding ------------------------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: AfterEvent, stamp: Stamp) -> Incident:
    match event:
        case SummarySubmitted(group=group, text=text):
            assert stamp.by is not None, "only a person writes a summary"
            return replace(state, summaries={**state.summaries, group: Summary(group, text, stamp.by, stamp.at)})
        case SummariesChased():
            return replace(state, summaries_chased=state.summaries_chased + 1)
        case ReviewMoved(at=at):
            return replace(state, review_at=at, review_reminded=0)
        case ReviewReminded(times=times):
            return replace(state, review_reminded=times)
        case ReviewHeld():
            return replace(state, review_held_at=stamp.at)
        case ActionAdded(action=action, text=text, owner=owner, due=due, how=how):
            assert stamp.by is not None, "only a person adds an improvement"
            return replace(state, actions=(*state.actions, Action(action, text, owner, due, how, stamp.by, stamp.at)))
        case ActionFinished(action=action, evidence=evidence):
            done = replace(_action(state, action), state="done", evidence=evidence, done_by=stamp.by)
            return _with(state, done)
        case ActionVerified(action=action, ok=ok, note=note):
            checked = replace(_action(state, action), state="verified" if ok else "open", checked_by=stamp.by, check_note=note)
            return _with(state, checked)
        case ActionChased(action=action, times=times):
            return _with(state, replace(_action(state, action), chased=times))
        case IncidentClosed(reason=reason):
            return replace(state, close_reason=reason)
        case RoomsArchived(slots=slots):
            return replace(state, rooms=tuple(slot for slot in state.rooms if slot not in slots))
    assert_never(event)


def _with(state: Incident, changed: Action) -> Incident:
    return replace(state, actions=tuple(changed if action.id == changed.id else action for action in state.actions))


# --- time ---------------------------------------------------------------------------------------------------------------------


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """Missing summaries, a review not held, improvements due and overdue."""
    found = [Deadline("after.action", action.id, at) for action in state.actions if (at := _action_due(action, plan))]
    ended_at = state.ending.ended_at if state.ending else None
    if state.stage in ("ended", "reviewing") and ended_at:
        days = plan.timing.summary_remind_days
        if owed(state, plan) and state.summaries_chased < len(days):
            found.append(Deadline("after.summaries", "summaries", _day(plan, ended_at, days[state.summaries_chased])))
        if state.review_at and state.review_held_at is None and state.review_reminded < len(REVIEW_AGAIN):
            found.append(Deadline("after.review", "review", state.review_at + REVIEW_AGAIN[state.review_reminded]))
    return tuple(found)


def _day(plan: Plan, start: datetime, days: int) -> datetime:
    return morning(plan, (start.astimezone(ZoneInfo(plan.time_zone)) + timedelta(days=days)).date())


def _action_due(action: Action, plan: Plan) -> datetime | None:
    """The next reminder of an open improvement: before its date, on it, and after it; None when all were given."""
    if action.state != "open":
        return None
    days = [action.due - timedelta(days=days) for days in sorted(plan.timing.action_remind_days, reverse=True)]
    days += [action.due + timedelta(days=days) for days in OVERDUE_AGAIN]
    ahead = [at for day in days if (at := morning(plan, day)) > action.at]
    return ahead[action.chased] if action.chased < len(ahead) else None


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    match ring.kind:
        case "after.summaries":
            return (SummariesChased(owed(state, world.plan)),)
        case "after.review":
            return (ReviewReminded(state.review_reminded + 1),)
        case "after.action":
            return (ActionChased(ring.subject, _action(state, ring.subject).chased + 1),)
        case _:
            return ()


# --- the world ----------------------------------------------------------------------------------------------------------------


def react(before: Incident | None, event: AfterEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """Chases go to the group's standing room with a mention of who owes it; what is late also to the command centre.

    The draft of the postmortem lies in the room when the last summary is in, the whole of it when the incident is closed.
    """
    plan = world.plan
    match event:
        case SummariesChased(groups=groups):
            return tuple(_chase_summary(after, group, stamp, plan) for group in groups)
        case ReviewMoved(at=at):
            return (Say("war", f"say:{stamp.seq}", line("复盘改到 {at}。", at=When(at, "day"))),)
        case ReviewReminded(times=times):
            return (_remind_review(after, times, stamp),)
        case ActionVerified(action=action, ok=ok, note=note) if not ok:
            owner = _action(after, action).owner
            text = line("{record} 改进「{what}」复核没过：{note}。", record=after.id, what=_action(after, action).text, note=note)
            return (Say(_room_of(owner, plan), f"say:{stamp.seq}", text, (owner,)),)
        case ActionChased(action=action):
            return _chase_action(after, _action(after, action), stamp, world)
        case RoomsArchived():
            return housing.closing(event)
        case SummarySubmitted():
            whole = before is not None and owed(before, plan) and not owed(after, plan)
            return _postmortem(before, after, stamp) if whole else ()
        case IncidentClosed():
            return (*_postmortem(before, after, stamp), *_last_words(after, stamp, plan))
        case ReviewHeld() | ActionAdded() | ActionFinished() | ActionVerified():
            return ()
    assert_never(event)


def _postmortem(before: Incident | None, after: Incident, stamp: Stamp) -> tuple[Effect, ...]:
    """Into the war room while it takes anything; a summary that comes after the archive brings it to the command centre's."""
    late = before is not None and before.stage == "closed"
    name = f"{after.id}-postmortem.md" if after.stage == "closed" else f"{after.id}-postmortem-draft.md"
    return (Attach("@ecc" if late else "war", f"postmortem:{stamp.seq}", name, "postmortem"),)


def _last_words(state: Incident, stamp: Stamp, plan: Plan) -> tuple[Effect, ...]:
    """Where a return of the fault leads, said while the room can still be written to."""
    ended = state.ending.ended_at if state.ending else None
    if ended is None:
        again: Text = line("又坏了就另报一条")
    else:
        until = When(ended + timedelta(days=plan.closing.reopen_within_days), "day")
        again = line("{until} 前又坏了，在别处发「重开 {record} 原因」，会有新的群", until=until, record=state.id)
    text = line("{record} 已归档，这个群到此为止。{again}。经过都在「事件记录」。", record=state.id, again=again)
    return (Say("war", f"say:{stamp.seq}", text),)


def _chase_summary(state: Incident, group: str, stamp: Stamp, plan: Plan) -> Say:
    who = lead(state, plan, group)
    text = line("{record} 还差{group}的小结。五句就够：做了什么、顺、卡、运气、先改什么。", record=state.id, group=plan.groups[group].name)
    return Say(f"@{group}", f"say:{stamp.seq}:{group}", text, (who,) if who else ())


def _remind_review(state: Incident, times: int, stamp: Stamp) -> Say:
    """At its time to the war room; later to the command centre, which owes it."""
    who = (state.commander,) if state.commander else ()
    if times == 1:
        return Say("war", f"say:{stamp.seq}", line("复盘现在开始。开完在总结卡上点「复盘开过了」，没开就改时间。"), who)
    planned = When(state.review_at or stamp.at, "day")
    text = line("{record} 的复盘原定 {at}，还没记开过。开过就点一下，没开请改时间。", record=state.id, at=planned)
    return Say("@ecc", f"say:{stamp.seq}", text, who)


def _chase_action(state: Incident, action: Action, stamp: Stamp, world: World) -> tuple[Effect, ...]:
    plan, due, who = world.plan, When(morning(world.plan, action.due), "date"), Who(action.owner)
    today = stamp.at.astimezone(world.zone).date()
    if today <= action.due:
        soon = line("{who}：{record} 改进「{what}」{due} 到期。做完交证据。", who=who, record=state.id, what=action.text, due=due)
        return (Say(_room_of(action.owner, plan), f"say:{stamp.seq}", soon, (action.owner,)),)
    late = line(
        "{who}：{record} 改进「{what}」{due} 已过期。做完交证据；做不了请总指挥定。", who=who, record=state.id, what=action.text, due=due
    )
    asked = tuple(dict.fromkeys([action.owner, *([state.commander] if state.commander else [])]))
    return (Say("@ecc", f"say:{stamp.seq}", late, asked),)


def _room_of(person: PersonId, plan: Plan) -> str:
    """The standing room of the person's first group; the command centre's for somebody the plan no longer knows."""
    groups = people.groups_of(plan, person)
    return f"@{groups[0]}" if groups else "@ecc"


def overdue(action: Action, today: date) -> bool:
    return action.state == "open" and action.due < today
