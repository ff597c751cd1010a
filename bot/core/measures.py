"""Major measures: proposed with cost, way back and Plan B, approved by the commander alone, carried out by one and checked by another.

Clauses 2.1-3, 2.2-4, 2.2-5. While the response is only pre-activated none is proposed, approved or carried out (4.3-1).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import response, rights
from bot.core.commands import ApproveMeasure, ConfirmMeasure, ExecuteMeasure, MeasureCommand, ProposeMeasure, RejectMeasure, Ring
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import (
    Event,
    MeasureApproved,
    MeasureChased,
    MeasureEvent,
    MeasureExecuted,
    MeasureProposed,
    MeasureRejected,
    MeasureStarted,
    Stamp,
)
from bot.core.incident import Incident, Measure, PersonId
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan.schema import Plan
from bot.words import Line, Text, When, Who, joined, line

DECIDE = "measures.decide"
KINDS = frozenset({DECIDE})

PARTS: dict[str, Line] = {
    "what": line("做什么"),
    "why": line("为什么"),
    "cost": line("代价和风险"),
    "way_back": line("怎么退回"),
    "plan_b": line("备选方案"),
}
"""What a proposal must say, by form field: without a way back and a Plan B it is not put before the commander."""


def decide(state: Incident, command: MeasureCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    response.must_be_live(state)
    _only_when_started(state)
    match command:
        case ProposeMeasure():
            return _propose(state, command, by, world)
        case ApproveMeasure(measure=id, reason=reason):
            return _approve(state, _measure(state, id), reason, by, world)
        case RejectMeasure(measure=id, reason=reason):
            return _reject(state, _measure(state, id), reason, by, world)
        case ExecuteMeasure(measure=id, result=result):
            return _execute(state, _measure(state, id), result, by, world)
        case ConfirmMeasure(measure=id, result=result):
            return _confirm(state, _measure(state, id), result, by, world)
    assert_never(command)


def name(plan: Plan, kind: str) -> Text:
    """The measure in the plan's words; its id where the plan no longer has it."""
    return plan.measures[kind].name if kind in plan.measures else kind


def two_person(plan: Plan, kind: str) -> bool:
    """Whether one carries it out and another checks; a kind that the plan no longer has is treated as the stricter one."""
    return kind not in plan.measures or plan.measures[kind].two_person


def _only_when_started(state: Incident) -> None:
    if state.external_allowed:
        return
    button = Button(line("启动响应"), press("incident.activate_form", record=state.id), "primary")
    if state.activation:
        raise Refused(line("现在只是预启动，指挥中心确认以后才能做重大措施。"), button)
    raise Refused(line("还没启动响应。指挥中心启动以后才能提重大措施。"), button)


def _measure(state: Incident, id: str) -> Measure:
    found = next((measure for measure in state.measures if measure.id == id), None)
    if found is None:
        raise Refused(line("没有这个提案。看提案卡上的编号。"))
    return found


def _propose(state: Incident, command: ProposeMeasure, by: PersonId | None, world: World) -> tuple[Event, ...]:
    rights.require("measure.propose", by, state, world)
    if command.kind not in world.plan.measures:
        raise Refused(line("方案里没有这种重大措施。从名单里选一种。"), field="kind")
    given = {part: getattr(command, part) for part in PARTS}
    missing = [part for part, words in given.items() if not words.strip()]
    if missing:
        raise Refused(line("提案还差：{missing}。", missing=joined([PARTS[part] for part in missing])), field=missing[0])
    if any(m.kind == command.kind and m.what == command.what and m.state in ("proposed", "approved", "executing") for m in state.measures):
        return ()
    decide_by = world.now + timedelta(minutes=world.plan.timing.measure_decide_min)
    id = f"m{len(state.measures) + 1}"
    return (MeasureProposed(Measure(id, command.kind, **given, proposer=by or "", at=world.now, decide_by=decide_by)),)


def _approve(state: Incident, measure: Measure, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    rights.require("measure.approve", by, state, world)
    match measure.state:
        case "proposed":
            return (MeasureApproved(measure.id, reason),)
        case "rejected":
            raise _rejected(state, measure)
        case "approved" | "executing" | "executed":
            return ()
    assert_never(measure.state)


def _reject(state: Incident, measure: Measure, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """An approval may be taken back as long as nobody has begun."""
    rights.require("measure.approve", by, state, world)
    match measure.state:
        case "rejected":
            return ()
        case "executing" | "executed":
            raise Refused(line("{who}已经在执行，驳回来不及了。要退回就提新的措施。", who=_who(measure.executor)))
        case "proposed" | "approved":
            response.typed(reason, line("还差理由：为什么不做，提案人好改。"), "reason")
            return (MeasureRejected(measure.id, reason),)
    assert_never(measure.state)


def _execute(state: Incident, measure: Measure, result: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Approved first; then one-person kinds are over with their result, two-person kinds wait for the checker."""
    _not_the_commander(state, measure, by)
    rights.require("measure.execute", by, state, world)
    match measure.state:
        case "proposed":
            raise _unapproved(state, measure)
        case "rejected":
            raise _rejected(state, measure)
        case "executing" | "executed":
            return ()
        case "approved":
            pass
        case _:
            assert_never(measure.state)
    started = MeasureStarted(measure.id, by or "")
    if two_person(world.plan, measure.kind):
        return (started,)
    response.typed(result, line("还差结果：做成什么样了，没成也写。"), "result")
    return (started, MeasureExecuted(measure.id, None, result), *response.begun(state))


def _confirm(state: Incident, measure: Measure, result: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    _not_the_commander(state, measure, by)
    rights.require("measure.execute", by, state, world)
    match measure.state:
        case "proposed":
            raise _unapproved(state, measure)
        case "rejected":
            raise _rejected(state, measure)
        case "approved":
            raise Refused(
                line("还没有人执行。执行的人先点执行，再由另一个人复核。"),
                Button(line("执行"), press("measure.execute", record=state.id, measure=measure.id), "primary"),
            )
        case "executed":
            return ()
        case "executing":
            pass
        case _:
            assert_never(measure.state)
    if by == measure.executor:
        raise Refused(line("{who}自己执行的，要另一个人复核。", who=_who(by)))
    response.typed(result, line("还差结果：看到了什么，没成也写。"), "result")
    return (MeasureExecuted(measure.id, by, result), *response.begun(state))


def _not_the_commander(state: Incident, measure: Measure, by: PersonId | None) -> None:
    response.keep_hands_off(state, by, measure.executor or measure.proposer)


def _who(person: PersonId | None) -> Text:
    return Who(person) if person else line("有人")


def _unapproved(state: Incident, measure: Measure) -> Refused:
    """Carrying out unapproved is refused, with the one who can approve and the way to the approval."""
    who: Text = Who(state.commander) if state.commander else line("（还没有人担任）")
    return Refused(
        line("还没批准。只有总指挥{who}能批。", who=who),
        Button(line("批准"), press("measure.approve", record=state.id, measure=measure.id)),
    )


def _rejected(state: Incident, measure: Measure) -> Refused:
    return Refused(
        line("这个提案已经驳回：{reason}。要做就改好重新提。", reason=measure.reason),
        Button(line("重新提案"), press("measure.propose", record=state.id, kind=measure.kind)),
    )


def evolve(state: Incident, event: MeasureEvent, stamp: Stamp) -> Incident:
    match event:
        case MeasureProposed(measure=measure):
            return replace(state, measures=(*state.measures, measure))
        case MeasureApproved(measure=id, reason=reason):
            return _with(state, id, state="approved", decided_by=stamp.by, decided_at=stamp.at, reason=reason)
        case MeasureRejected(measure=id, reason=reason):
            return _with(state, id, state="rejected", decided_by=stamp.by, decided_at=stamp.at, reason=reason)
        case MeasureStarted(measure=id, executor=executor):
            return _with(state, id, state="executing", executor=executor)
        case MeasureExecuted(measure=id, checker=checker, result=result):
            return _with(state, id, state="executed", checker=checker, result=result, executed_at=stamp.at)
        case MeasureChased(measure=id):
            return _with(state, id, chased=True)
    assert_never(event)


def _with(incident: Incident, id: str, /, **changes: object) -> Incident:
    return replace(incident, measures=response.changed(incident.measures, id, **changes))


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """A proposal that is not decided in time is put before the commander once more."""
    waiting = [m for m in state.measures if m.state == "proposed" and not m.chased] if state.live else []
    return tuple(Deadline(DECIDE, measure.id, measure.decide_by) for measure in waiting)


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    return (MeasureChased(ring.subject),)


def react(before: Incident | None, event: MeasureEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """Whoever must act next is named: the commander to decide, the proposer to go on, somebody to check. The card shows the rest."""
    match event:
        case MeasureChased(measure=id):
            measure = _measure(after, id)
            who, mentions = _commander(after)
            text = line(
                "{who}：「{what}」还在等你决定，{proposer} {at} 提的。批准或驳回。",
                who=who, what=response.brief(measure.what), proposer=Who(measure.proposer), at=When(measure.at),
            )  # fmt: skip
            return (Say("war", f"{id}:decide", text, mentions),)
        case MeasureApproved(measure=id):
            measure = _measure(after, id)
            ask = (
                line(
                    "{who}：批准了「{what}」。一个人执行，另一个人复核。",
                    who=Who(measure.proposer, mention=True),
                    what=response.brief(measure.what),
                )
                if two_person(world.plan, measure.kind)
                else line(
                    "{who}：批准了「{what}」。执行完写结果。", who=Who(measure.proposer, mention=True), what=response.brief(measure.what)
                )
            )
            return (Say("war", f"{id}:approved", ask, (measure.proposer,)),)
        case MeasureRejected(measure=id, reason=reason):
            measure = _measure(after, id)
            text = line(
                "{who}：没有批准「{what}」：{reason}",
                who=Who(measure.proposer, mention=True), what=response.brief(measure.what), reason=response.brief(reason),
            )  # fmt: skip
            return (Say("war", f"{id}:rejected", text, (measure.proposer,)),)
        case _:
            return ()


def _commander(state: Incident) -> tuple[Text, tuple[PersonId, ...]]:
    if state.commander:
        return Who(state.commander, mention=True), (state.commander,)
    return line("指挥中心"), ()
