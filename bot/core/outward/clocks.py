"""When which audience must hear again (clauses 5.3-3 … 5.3-5; plan, comms: matrix), and who is reminded of it.

The first notice counts from the activation, the updates from the last one sent, or from the time that it promised; the word that it is
over from the recovery. Ourselves have the situation report, which is the one clock of the inside; it is not doubled here.

Rungs of a clock: 1 shortly before · 2 when it is due · 3 later, with the lead of the communications group · 4 with the commander.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from bot.core import grading, people, response, staffing
from bot.core.due import Deadline
from bot.core.incident import Incident, PersonId
from bot.core.outward import deliveries, facts, gate
from bot.core.outward.events import ClockRung
from bot.core.outward.state import Notice, Phase
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan.schema import Plan
from bot.plan.schema.comms import Audience, Cell
from bot.words import Line, Text, When, joined, line

CLOCK = "notice.clock"
RUNGS = 4
LONG = timedelta(hours=2)  # of `every_after_2h`
COMMS = "comms"
PHASES: dict[Phase, Line] = {
    "initial": line("首次通知"), "update": line("进展更新"), "resolved": line("恢复通知"), "special": line("专项通知"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owed:
    """An audience that must hear something. `notice` is the draft or approval under way for it; it is counted from `since`."""

    audience: str
    phase: Phase
    at: datetime
    need: str  # required / optional: only what is required is chased
    late: bool
    notice: str | None
    since: datetime

    @property
    def key(self) -> str:
        return f"{self.audience}:{self.phase}"


def due(state: Incident, plan: Plan, now: datetime) -> tuple[Owed, ...]:
    """Everything owed to the outside, the most urgent first."""
    found = sorted(_clocks(state, plan), key=lambda owed: owed.at)
    return tuple(replace(owed, late=owed.need == "required" and now > owed.at) for owed in found)


def suggested(state: Incident, plan: Plan, audience: str, now: datetime) -> datetime | None:
    """The next update that a text sent now would promise, by the audience's cadence; None where there is none."""
    known = plan.comms.audiences.get(audience)
    cell = known.update.get(grading.assumed_level(state, plan)) if known else None
    wait = _every(state, cell, now) if cell else None
    return now + wait if wait else None


def told(state: Incident, audience: str) -> tuple[Notice, ...]:
    """What the audience has been told, in order."""
    found = [notice for notice in state.outward.notices if notice.audience == audience and deliveries.told(notice)]
    return tuple(sorted(found, key=lambda notice: notice.sent_at or notice.at))


def listening(state: Incident, plan: Plan) -> Mapping[str, tuple[Notice, ...]]:
    """The audiences outside that were told of the trouble, with what they were told, in order.

    A word to some (a script with ways of its own, a report to an authority) is no news to the audience.
    """
    ends = {script.audience for script in plan.comms.scripts.values() if script.phase == "resolved"} - {gate.INTERNAL}
    some = {script.id for script in plan.comms.scripts.values() if script.vias}
    heard = {id: tuple(one for one in told(state, id) if one.script not in some) for id in plan.comms.audiences if id in ends}
    return {audience: notices for audience, notices in heard.items() if notices}


def untold(state: Incident, plan: Plan) -> tuple[str, ...]:
    """Those of them who have not heard that it is over."""
    heard = listening(state, plan)
    return tuple(audience for audience in heard if not any(notice.phase == "resolved" for notice in _last(heard[audience])))


def _last(heard: Sequence[Notice]) -> tuple[Notice, ...]:
    """The last that says how it goes; a special text says something else."""
    return tuple(notice for notice in heard if notice.phase != "special")[-1:]


# --- what is owed -----------------------------------------------------------------------------------------------------------


def _clocks(state: Incident, plan: Plan) -> Iterator[Owed]:
    over = facts.recovered_at(state, plan)
    if not state.external_allowed or state.stage in gate.OVER or not (state.responding or over):
        return
    for audience in plan.comms.audiences.values():
        if audience.id == gate.INTERNAL:
            continue
        found = _resolved(state, plan, audience, over) if over else _going_on(state, plan, audience)
        if found:
            yield replace(found, notice=_under_way(state, audience.id, found.phase))


def _resolved(state: Incident, plan: Plan, audience: Audience, over: datetime) -> Owed | None:
    """Owed to whom the plan says, and to everybody who was told of the trouble."""
    heard = told(state, audience.id)
    if any(notice.phase == "resolved" for notice in _last(heard)):
        return None
    cell = audience.resolved.get(grading.assumed_level(state, plan))
    required = cell is not None and cell.need == "required"
    if not required and not heard:
        return None
    at = over + timedelta(minutes=(cell.due if cell else None) or 0)
    return Owed(audience.id, "resolved", at, "required" if required else "optional", False, None, over)


def _going_on(state: Incident, plan: Plan, audience: Audience) -> Owed | None:
    """The first notice; then what the last one promised, else the plan's cadence."""
    heard, level = told(state, audience.id), grading.assumed_level(state, plan)
    last = next(iter(_last(heard)), None)
    if last is None or last.phase == "resolved":
        cell, since = audience.initial.get(level), _begun(state, last)
        if cell is None or cell.need != "required" or cell.due is None:
            return None
        return Owed(audience.id, "initial", _fair(state, since, timedelta(minutes=cell.due)), "required", False, None, since)
    since = heard[-1].sent_at or heard[-1].at
    cell = audience.update.get(level)
    wait = _every(state, cell, since) if cell and cell.need == "required" else None
    at = heard[-1].next_at or last.next_at or (since + wait if wait else None)
    return Owed(audience.id, "update", at, "required", False, None, min(since, at)) if at else None


def _begun(state: Incident, over: Notice | None) -> datetime:
    """From when a first notice counts: the activation, its confirmation, or the fault's return after people heard that it was over."""
    assert state.activation is not None
    start = state.activation.confirmed_at or state.activation.at
    return max(start, state.stage_since) if over else start


def _fair(state: Incident, since: datetime, wait: timedelta) -> datetime:
    """A level that came when its time was already over gives the time anew."""
    same = [grade.at for grade in takewhile(lambda grade: grade.level == state.level, reversed(state.grades))]
    raised = same[-1] if same else since
    return since + wait if raised <= since + wait else raised + wait


def _every(state: Incident, cell: Cell, at: datetime) -> timedelta | None:
    """From one update to the next; slower once the response has run for two hours, where the plan says so."""
    start = state.activation.at if state.activation else at
    minutes = (cell.every_after_2h if at - start >= LONG else None) or cell.every
    return timedelta(minutes=minutes) if minutes else None


def _under_way(state: Incident, audience: str, phase: Phase) -> str | None:
    fitting = [one for one in state.outward.notices if (one.audience, one.phase) == (audience, phase)]
    open_ = [one.id for one in fitting if one.state not in ("sending", "sent", "withdrawn")]
    return open_[-1] if open_ else None


# --- reminding --------------------------------------------------------------------------------------------------------------


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    found: list[Deadline] = []
    for owed in _clocks(state, plan):
        step = state.outward.chased.get(owed.key, 0) + 1
        if owed.need == "required" and step <= RUNGS:
            found.append(Deadline(CLOCK, f"{owed.key}:{step}", _rung(owed, step, plan)))
    return tuple(found)


def _rung(owed: Owed, step: int, plan: Plan) -> datetime:
    """The first stands before the time, at most half of it before; the later ones as far behind it."""
    remind = timedelta(minutes=plan.comms.remind_min)
    return (owed.at - min(remind, (owed.at - owed.since) / 2), owed.at, owed.at + remind, owed.at + 2 * remind)[step - 1]


def ring(state: Incident, world: World) -> tuple[ClockRung, ...]:
    """Everything that has come by now, in one breath; of one clock only the highest rung."""
    found: list[ClockRung] = []
    for owed in due(state, world.plan, world.now):
        before = state.outward.chased.get(owed.key, 0)
        step = max((n for n in range(before + 1, RUNGS + 1) if _rung(owed, n, world.plan) <= world.now), default=0)
        if owed.need == "required" and step:
            found.append(ClockRung(owed.audience, owed.phase, step))
    return tuple(found)


def react(before: Incident | None, event: ClockRung, slot: str, after: Incident, world: World) -> tuple[Effect, ...]:
    """One message for all clocks that rang together on one rung: what, until when, and whose turn it is."""
    earlier: Mapping[str, int] = before.outward.chased if before else {}
    rung = [
        owed for owed in due(after, world.plan, world.now)
        if after.outward.chased.get(owed.key) == event.step != earlier.get(owed.key, 0)
    ]  # fmt: skip
    if not rung or rung[0].key != f"{event.audience}:{event.phase}":
        return ()
    who = _turn(after, rung, event.step, world)
    whom: Text = response.names(who) if who else line("沟通组")
    what = joined([name(world.plan, owed.audience, owed.phase) for owed in rung])
    over = all(owed.phase == "resolved" for owed in rung)
    match event.step:
        case 1 if over:
            text = line("{who}：{at} 前要发：{what}。点「话术」起草。", who=whom, at=When(rung[0].at), what=what)
        case 2 if over:
            text = line("{who}：到点了，还没发：{what}。点「话术」起草，批了就发。", who=whom, what=what)
        case 1:
            text = line("{who}：{at} 前要发：{what}。现在起草，没有新进展也要发。", who=whom, at=When(rung[0].at), what=what)
        case 2:
            text = line("{who}：到点了，还没发：{what}。先发「仍在处理」和下次时间。", who=whom, what=what)
        case _:
            late = max(int((world.now - owed.at).total_seconds() // 60) for owed in rung)
            text = line("{who}：晚了 {n} 分钟，还没发：{what}。谁手上有空谁起草。", who=whom, n=late, what=what)
    if event.step == 1 and not after.confidential:  # not yet for everybody: the group that speaks to the outside has it in its own room
        room = response.room(after, COMMS)
        return (Say("@comms" if room == "war" else room, slot, text, who),)
    return (*(invite for person in who for invite in response.bring_in(after, person)), Say("war", slot, text, who))


def name(plan: Plan, audience: str, phase: Phase) -> Text:
    """给客户的首次通知."""
    return line("给{audience}的{phase}", audience=audience_name(plan, audience), phase=PHASES[phase])


def audience_name(plan: Plan, audience: str) -> Text:
    return plan.comms.audiences[audience].name if audience in plan.comms.audiences else audience


def _turn(state: Incident, rung: list[Owed], step: int, world: World) -> tuple[PersonId, ...]:
    """Who writes; then the communications group; then its lead; then the commander."""
    if step == 1:
        found = [person for owed in rung for person in writers(state, owed.audience, world)[:1]]
    elif step == 2:
        found = list(group(state, world))
    else:
        lead = response.lead(state, world.plan, COMMS)
        found = [person for person in (lead, state.commander if step > 3 else None) if person] or list(group(state, world))[:1]
    return tuple(dict.fromkeys(found))


def writers(state: Incident, audience: str, world: World) -> tuple[PersonId, ...]:
    """Who writes to the audience: whoever fills the plan's post or role here, else who is on duty for it."""
    known = world.plan.comms.audiences.get(audience)
    if known is None:
        return ()
    filler = response.filler(state, known.drafter)
    post = world.plan.posts.get(known.drafter)
    site = (state.report.sites or tuple(world.plan.sites))[0] if post and post.scoped else None
    return tuple(dict.fromkeys([*([filler] if filler else []), *staffing.chain(known.drafter, site, world)]))


def group(state: Incident, world: World) -> tuple[PersonId, ...]:
    """The communications group as it is here: its lead, whoever fills its posts, else who is on duty."""
    plan = world.plan
    lead = state.roles.get(plan.groups[COMMS].lead)
    found = [lead.person] if lead else []
    for post in plan.groups[COMMS].seats:
        duty = people.on_duty(plan, world.team, post, None, world.now)
        filler = response.filler(state, post)
        found += [filler] if filler else [duty.person] if duty else []
    return tuple(dict.fromkeys(found))
