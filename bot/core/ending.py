"""Declare the end, tell everybody who was told before, and take it back when the fault returns (clause 4.5-2).

Only this module lets an incident become `ended`: all conditions met, the seats that the severity demands signed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.cards.model import Button, press
from bot.core import housing, rights, signatures
from bot.core.conditions import Unmet, conditions, unmet
from bot.core.errors import Refused
from bot.core.events import (
    EndApproved,
    EndProposed,
    Event,
    IncidentClosed,
    IncidentEnded,
    IncidentReopened,
    ObservationPassed,
    StageMoved,
)  # fmt: skip
from bot.core.incident import Approval, Ending, Incident, PersonId
from bot.core.response import group_of
from bot.core.verification import severity
from bot.core.world import World
from bot.plan.schema import Plan
from bot.words import joined, line

MEETING = time(10)  # the plan gives days; a meeting needs an hour at which people are at work
AFTER = ("ended", "reviewing", "closed")
FIXES = 3


# --- the end ------------------------------------------------------------------------------------------------------------------


def sign(state: Incident, assessment: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """One seat's signature. The first brings the assessment; the last that the severity demands ends the response."""
    if state.stage in AFTER and state.ending:
        return ()
    if not state.responding:
        raise Refused(line("{record} 没有在响应，没有什么可结束。", record=state.id))
    person = _seated(state, by, world)
    lacking = _lacking(state, world)
    if lacking:
        listed = joined([one.text for one in lacking], "\n")
        raise Refused(line("还不能结束，差 {n} 条：\n{what}", n=len(lacking), what=listed), *_fixes(lacking))
    if any(approval.by == person for approval in signatures.approvals(state)):
        return ()
    if state.ending is None and not assessment:
        raise Refused(line("写一句评估意见，例如「系统和业务都已平稳，剩余风险由运维盯到明早」。"), field="assessment")
    seat = signatures.seat_for(state, person, world)
    if seat is None:
        raise Refused(line("你代表的席位已经签过了。还差：{who}。", who=joined(signatures.outstanding(state, world.plan))))
    proposed = (EndProposed(assessment),) if state.ending is None else ()
    return (*_ripe(state), *proposed, EndApproved(seat), *_ended(state, person, seat, world))


def _seated(state: Incident, by: PersonId | None, world: World) -> PersonId:
    """Seats of the command centre only; a deputy on duty tonight signs for the seat, a commander without a seat as commander."""
    if by is None or not (signatures.seats_of(by, world) or by == state.commander):
        rights.require("incident.end", by, state, world)
    if by is None:
        raise Refused(line("结束要由人签认。"))
    return by


def _lacking(state: Incident, world: World) -> tuple[Unmet, ...]:
    """What is unmet, without the signature that is being given."""
    ours = {condition.id for condition in conditions(state, world.plan) if condition.check == "assessment_signed"}
    return tuple(one for one in unmet(state, world.plan, world.now) if one.condition not in ours)


def _fixes(lacking: tuple[Unmet, ...]) -> tuple[Button, ...]:
    return tuple(dict.fromkeys(one.fix for one in lacking if one.fix))[:FIXES]


def _ripe(state: Incident) -> tuple[Event, ...]:
    """The observation's time was over before its bell rang."""
    return (ObservationPassed(),) if state.observation and state.observation.passed_at is None else ()


def _ended(state: Incident, by: PersonId, seat: str, world: World) -> tuple[Event, ...]:
    """The end itself, once this signature completes what the severity demands."""
    given = (*signatures.approvals(state), Approval(seat, by, world.now))
    if signatures.outstanding(_signed(state, given, world.now), world.plan):
        return ()
    return (IncidentEnded(review_at(state, world.plan, world.now)), StageMoved("ended"))


def _signed(state: Incident, given: tuple[Approval, ...], now: datetime) -> Incident:
    """The state as it will be with these signatures, to look at only."""
    return replace(state, ending=Ending("", given[0].by, now, given))


# --- the review's date --------------------------------------------------------------------------------------------------------


def review_at(state: Incident, plan: Plan, ended: datetime) -> datetime:
    """When the review is held: by severity in days or working days, at ten in the morning of the plan's place (clause 4.5-3)."""
    zone, review = ZoneInfo(plan.time_zone), severity(state, plan).response.review
    today = ended.astimezone(zone).date()
    if review.meeting_due_days is None:
        day = working_day(today, review.report_due_business_days)
    elif review.meeting_business_days:
        day = working_day(today, review.meeting_due_days)
    else:
        day = today + timedelta(days=review.meeting_due_days)
    return morning(plan, day)


def working_day(start: date, days: int) -> date:
    """So many working days after `start`: Monday to Friday; public holidays are not known here, a person may move the date."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.isoweekday() <= 5
    return day


def morning(plan: Plan, day: date) -> datetime:
    """The hour of a day at which people are asked for what can wait until they are at work."""
    return datetime.combine(day, MEETING, ZoneInfo(plan.time_zone)).astimezone(UTC)


def archive(state: Incident, reason: str) -> tuple[Event, ...]:
    """Of the record, and of its rooms."""
    return (IncidentClosed(reason), StageMoved("closed"), housing.left(state))


# --- reopening ----------------------------------------------------------------------------------------------------------------


def reopen(state: Incident, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """The same incident goes on: within the plan's days, with a reason; verification, observation, signatures begin anew.

    After the archive it goes on in new rooms.
    """
    if state.stage == "responding" and state.reopened and state.reopen_reason == reason:
        return ()
    if state.stage not in AFTER or state.ending is None or state.ending.ended_at is None:
        raise Refused(line("{record} 没有宣布过结束，不用重开。", record=state.id))
    rights.require("incident.reopen", by, state, world)
    days = world.plan.closing.reopen_within_days
    if world.now > state.ending.ended_at + timedelta(days=days):
        raise Refused(
            line("{record} 结束已超过 {days} 天，请报一个新的事件，写上和它有关。", record=state.id, days=days),
            Button(line("报新事件"), press("report.form"), "primary"),
        )
    if not reason:
        raise Refused(line("写一句为什么重开，例如「20:40 起下单又报错」。"), field="reason")
    anew = state.stage == "closed"
    silenced = (housing.left(state),) if anew and state.rooms else ()  # closed before rooms were archived at the closing
    return (*silenced, IncidentReopened(reason, anew), StageMoved("responding"))


# --- who is told --------------------------------------------------------------------------------------------------------------


def groups_called(state: Incident, plan: Plan) -> tuple[str, ...]:
    """The groups that took part, in the plan's order; the command centre always did."""
    called = {group_of(plan, call.post) for call in state.calls} | {group_of(plan, role) for role in state.roles}
    return tuple(group for group in plan.groups if group == "ecc" or group in called)


def rooms_told(state: Incident, plan: Plan) -> tuple[str, ...]:
    """Every room that was told of this incident: its own rooms, the command centre, the report room, the groups called."""
    own = [housing.plain(slot) for slot in state.rooms if slot.startswith("sub:")]
    groups = [f"@{group}" for group in groups_called(state, plan)]
    return tuple(dict.fromkeys(["war", *own, "@ecc", "@report", *groups]))
