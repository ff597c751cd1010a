"""By when a duty is due, counted from its own start and not from our judgement of it; who is reminded, and who hears when it is late.

A leg is one thing that is owed: "first" the first report, "0", "1" … the plan's follow-ups that have a day, "finish" the end of a recall.
Until a person judges that it does not apply, the time runs; where the case is not chosen yet, the strictest one counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core import response, rights
from bot.core.commands import Ring
from bot.core.due import Deadline
from bot.core.ending import morning, working_day
from bot.core.events import Stamp
from bot.core.incident import Incident, PersonId
from bot.core.outward import approval
from bot.core.outward.events import DutyChased, DutyEvent, DutyExported, DutyJudged, DutySubmitted
from bot.core.outward.state import Duty
from bot.core.world import World
from bot.effects import Attach, Effect, Say
from bot.plan.schema import Obligation, ObligationTier, Plan
from bot.words import Text, When, line

CLOCK = "duty.clock"
KINDS = frozenset({CLOCK})
GONE = ("merged", "false_alarm")
LATER = (timedelta(minutes=30), timedelta(hours=2))  # after the time: the commander, then the whole centre
BEFORE_LONG, AFTER_LONG = (timedelta(days=3), timedelta(days=1)), (timedelta(days=1),)  # of what is owed in days


@dataclass(frozen=True, slots=True)
class Leg:
    """Something owed: `rungs` are the moments at which to say so, of which the first `before` stand before the time."""

    duty: str
    name: str
    at: datetime
    rungs: tuple[datetime, ...]
    before: int


# --- what is owed -----------------------------------------------------------------------------------------------------------


def find(state: Incident, id: str) -> Duty | None:
    return next((one for one in state.outward.duties if one.id == id), None)


def started(state: Incident, duty: Duty, known: Obligation) -> datetime | None:
    """From when the time counts; None while what starts it has not come."""
    if duty.started_at:
        return duty.started_at
    match known.clock.start:
        case "discovered":
            return state.report.discovered_at
        case "known" | "suspected":
            return duty.at
        case "ended":
            return state.ending.ended_at if state.ending else None


def tier(duty: Duty, known: Obligation) -> ObligationTier | None:
    """The case that counts: as chosen, else the plan's usual one (None), else the strictest."""
    if duty.tier is not None and duty.tier < len(known.tiers):
        return known.tiers[duty.tier]
    return min(known.tiers, key=lambda one: one.start_hours) if known.tiers and known.clock.hours is None else None


def hours(duty: Duty, known: Obligation) -> float | None:
    """None: at once."""
    case = tier(duty, known)
    return case.start_hours if case else known.clock.hours


def due(state: Incident, plan: Plan, duty: Duty) -> datetime | None:
    """When the first report is due; None while its time has not begun."""
    known = plan.obligations.get(duty.id)
    since = started(state, duty, known) if known else None
    return since + timedelta(hours=hours(duty, known) or 0) if known and since else None


def open_(duty: Duty) -> bool:
    """Its first report is still owed, or may be."""
    return duty.submitted() is None and (duty.verdict is None or duty.verdict.applies)


def legs(state: Incident, plan: Plan, duty: Duty) -> Iterator[Leg]:
    known = plan.obligations.get(duty.id)
    if known is None:
        return
    at = due(state, plan, duty)
    if open_(duty):
        if at:
            yield _first(duty, known, at)
        return
    first = duty.submitted()
    if first is None:
        return
    for index, follow in enumerate(known.follow_ups):
        if follow.days is not None and duty.submitted(str(index)) is None:
            yield _long(duty, str(index), first.at + timedelta(days=follow.days))
    case, since = tier(duty, known), started(state, duty, known)
    if case and case.finish_days is not None and since and duty.submitted("finish") is None:
        day = working_day(since.astimezone(ZoneInfo(plan.time_zone)).date(), case.finish_days)
        yield _long(duty, "finish", morning(plan, day))


def _first(duty: Duty, known: Obligation, at: datetime) -> Leg:
    before = tuple(at - timedelta(minutes=minutes) for minutes in sorted(known.clock.remind_before_min, reverse=True))
    ahead = tuple(one for one in before if one > duty.at)
    return Leg(duty.id, "first", at, (*ahead, at, *(at + late for late in LATER)), len(ahead))


def _long(duty: Duty, name: str, at: datetime) -> Leg:
    return Leg(duty.id, name, at, (*(at - early for early in BEFORE_LONG), at, *(at + late for late in AFTER_LONG)), len(BEFORE_LONG))


# --- reminding --------------------------------------------------------------------------------------------------------------


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """Also after the archive: what is owed in thirty days is owed then."""
    found: list[Deadline] = []
    for duty in state.outward.duties if state.stage not in GONE else ():
        for leg in legs(state, plan, duty):
            step = duty.chased.get(leg.name, 0) + 1
            if step <= len(leg.rungs):
                found.append(Deadline(CLOCK, f"{duty.id}:{leg.name}:{step}", leg.rungs[step - 1]))
    return tuple(found)


def ring(state: Incident, ring: Ring, world: World) -> tuple[DutyChased, ...]:
    """Everything that has come by now, in one breath; of one leg only the highest rung."""
    found: list[DutyChased] = []
    for duty in state.outward.duties:
        for leg in legs(state, world.plan, duty):
            step = sum(rung <= world.now for rung in leg.rungs)
            found += [DutyChased(duty.id, leg.name, step)] if step > duty.chased.get(leg.name, 0) else []
    return tuple(found)


def react(before: Incident | None, event: DutyEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """Who must act by when; the draft as a file for whoever submits it. The bot itself submits nothing."""
    slot = f"duty:{stamp.seq}"
    match event:
        case DutyChased(duty=id, leg=name, step=step) if (duty := find(after, id)) is not None:
            leg = next((one for one in legs(after, world.plan, duty) if one.name == name), None)
            return _chase(after, duty, leg, step, slot, world) if leg else ()
        case DutyJudged(duty=id, verdict=verdict) if verdict.applies and (duty := find(after, id)) is not None and open_(duty):
            at, who = due(after, world.plan, duty), owners(after, duty, world)
            until: Text = When(at, "day") if at else line("事情结束后")
            text = line("{who}：研判要上报：{name}。起草首报，{at} 前由人提交。", who=_names(who), name=name_of(world.plan, id), at=until)
            return _say(after, slot, text, who)
        case DutyExported(duty=id):
            return (Attach(room(after), slot, f"{after.id}-{id}.txt", f"duty:{id}"),)
        case DutySubmitted(duty=id, submission=done):
            what = name_of(world.plan, id)
            return _say(after, slot, line("{name}：由人提交了（{channel}），记在卡片上。", name=what, channel=done.channel), ())
        case _:
            return ()


def _chase(state: Incident, duty: Duty, leg: Leg, step: int, slot: str, world: World) -> tuple[Effect, ...]:
    """Before its time whoever submits; at the time the commander too; later the whole centre."""
    late, plan = step - leg.before, world.plan
    boss = [state.commander] if state.commander and late > 0 else []
    centre = rights.centre_now(world) if late > 1 else ()
    who = tuple(dict.fromkeys([*owners(state, duty, world), *boss, *centre]))
    what = leg_name(plan, duty, leg.name)
    at = When(leg.at, "day")
    if late > 0:
        text = line("{who}：到点了还没上报：{what}（{at}）。现在就报，写得少也先报，报完记「已提交」。", who=_names(who), what=what, at=at)
    elif duty.verdict is None and leg.name == "first":
        text = line("{who}：{at} 前可能要上报：{what}。先研判，存疑按更严的来。", who=_names(who), what=what, at=at)
    else:
        text = line("{who}：{at} 前要上报：{what}。由人提交，报完记「已提交」。", who=_names(who), what=what, at=at)
    return _say(state, slot, text, who)


def owners(state: Incident, duty: Duty, world: World) -> tuple[PersonId, ...]:
    """Who drafts and submits: whoever fills the plan's post here, else who is on duty for it, else the commander."""
    known = world.plan.obligations.get(duty.id)
    found = approval.holders(state, known.owner, world)[:1] if known and known.owner else ()
    return found or ((state.commander,) if state.commander else ())


def room(state: Incident) -> str:
    """Where it is spoken of: the archive's rooms take nothing any more."""
    return "@ecc" if state.stage == "closed" else "war"


def leg_name(plan: Plan, duty: Duty, name: str) -> Text:
    known = plan.obligations.get(duty.id)
    if name == "first" or known is None:
        return name_of(plan, duty.id)
    if name == "finish":
        return line("{name}：完成", name=known.name)
    return line("{name}：{what}", name=known.name, what=known.follow_ups[int(name)].name)


def name_of(plan: Plan, id: str) -> Text:
    return plan.obligations[id].name if id in plan.obligations else id


def _say(state: Incident, slot: str, text: Text, who: tuple[PersonId, ...]) -> tuple[Effect, ...]:
    where = room(state)
    invites = (invite for person in who for invite in response.bring_in(state, person)) if where == "war" else ()
    said = line("{record} {text}", record=state.id, text=text) if where != "war" else text
    return (*invites, Say(where, slot, said, who))


def _names(who: tuple[PersonId, ...]) -> Text:
    return response.names(who) if who else line("指挥中心")
