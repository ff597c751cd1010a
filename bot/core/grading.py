"""Grading: overrides first, then one question a tap, 不知道 always allowed, the higher answer of the sides, the matrix (clause 4.2).

A level never waits for the last answer: what is open counts as 不知道, so stopping early still yields a provisional level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.cards.model import Button, press
from bot.core import rights
from bot.core.commands import AnswerOverrides, AnswerQuestion, EstimateLoss, GradingCommand, Ring, SetLevel, StopGrading
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import (
    EscalationPrompted,
    Event,
    GradingEvent,
    GradingStopped,
    LevelSet,
    LossEstimated,
    OverridesAnswered,
    QuestionAnswered,
    StageMoved,
    Stamp,
)  # fmt: skip
from bot.core.incident import SIDES, UNKNOWN, Answer, Grade, Incident, Loss, Prompt, Ruling, Side
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan.schema import Escalation, Plan, Question
from bot.words import Text, When, joined, line

KINDS: frozenset[str] = frozenset({"grading.escalate"})
PersonId = str


@dataclass(frozen=True, slots=True)
class Assessed:
    """What the answers so far amount to; provisional while a side is silent or a question is open (it counts as 不知道)."""

    level: str
    impact: int
    urgency: int
    overrides: tuple[str, ...]
    provisional: bool


# --- reading the plan -------------------------------------------------------------------------------------------------------


def order(plan: Plan) -> tuple[str, ...]:
    """Severity ids from the lightest to the gravest."""
    return tuple(plan.severities)


def higher(plan: Plan, one: str, other: str) -> str:
    ranks = order(plan)
    return one if ranks.index(one) >= ranks.index(other) else other


def next_up(plan: Plan, level: str) -> str:
    ranks = order(plan)
    return ranks[min(ranks.index(level) + 1, len(ranks) - 1)]


def question(plan: Plan, question_id: str) -> Question | None:
    return next((found for found in plan.grading.questions if found.id == question_id), None)


def affected_links(state: Incident, plan: Plan) -> tuple[str, ...]:
    """Links said, and the links that live off the services said; all of them when a service serves every link."""
    found: list[str] = list(state.report.links)
    for service in state.report.services:
        known = plan.services.get(service)
        if known:
            found += [known.link] if known.link else list(plan.links)
    return tuple(dict.fromkeys(found))


def minutes_to_hot(plan: Plan, links: tuple[str, ...], at: datetime) -> float | None:
    """Minutes until the next hot window of these links (any hot window when no link is known); 0 inside one."""
    local = at.astimezone(ZoneInfo(plan.time_zone))
    waits: list[float] = []
    for window in plan.clock.windows.values():
        start, end = window.start or window.at, window.end or window.at
        if not window.hot or start is None or end is None or (links and not set(links) & set(window.links)):
            continue
        for day in (-1, 0, 1):
            opens = datetime.combine(local.date() + timedelta(days=day), start, local.tzinfo)
            closes = datetime.combine(local.date() + timedelta(days=day + (1 if end < start else 0)), end, local.tzinfo)
            if opens <= local < closes:
                waits.append(0)
            elif opens > local:
                waits.append((opens - local).total_seconds() / 60)
    return min(waits, default=None)


def prefill(state: Incident, plan: Plan) -> Mapping[str, int]:
    """Answers that the plan knows by itself: the clock question, from the hot windows of the affected links at the time of the report."""
    found: dict[str, int] = {}
    soon, near = plan.timing.urgency_hot_min
    for asked in plan.grading.questions:
        if asked.prefill == "clock":
            wait = minutes_to_hot(plan, affected_links(state, plan), state.reported_at)
            found[asked.id] = 1 if wait is None or wait >= near else 2 if wait >= soon else 3
    return found


# --- adding up --------------------------------------------------------------------------------------------------------------


def next_question(state: Incident, side: Side, plan: Plan) -> str | None:
    """What to ask a side next: "overrides", a question id, or None when it has answered all or stopped."""
    if side in state.stopped:
        return None
    if side not in state.rulings:
        return "overrides"
    return next((q.id for q in plan.grading.questions if f"{side}:{q.id}" not in state.answers), None)


def spoke(state: Incident, side: Side) -> bool:
    """Whether anybody of the side is awake and grading."""
    return side in state.rulings or answered(state, side)


def answered(state: Incident, side: Side) -> bool:
    """Whether the side has answered a question, or named an override that holds (clause 4.2-1 asks for an answer from each)."""
    hit = side in state.rulings and bool(state.rulings[side].hits)
    return hit or any(answer.side == side for answer in state.answers.values())


def scores(state: Incident, plan: Plan) -> tuple[Mapping[str, int], bool]:
    """The score of every question, and whether all of them were really answered (a prefilled one counts as answered)."""
    known, found, complete = prefill(state, plan), {}, True
    for asked in plan.grading.questions:
        given = [state.answers[key].score for side in SIDES if (key := f"{side}:{asked.id}") in state.answers]
        counted = [plan.grading.unknown_score if score == UNKNOWN else score for score in given]
        if not counted and asked.id in known:
            counted = [known[asked.id]]
        complete = complete and bool(counted)
        found[asked.id] = max(counted, default=plan.grading.unknown_score)
    return found, complete


def assess(state: Incident, plan: Plan) -> Assessed:
    """The level by the plan's table, whatever has been answered so far (clause 4.2-3)."""
    found, complete = scores(state, plan)
    for rule in plan.grading.combine.counts_when:
        if found.get(rule.other, plan.grading.unknown_score) <= rule.above:
            found = {**found, rule.question: 1}
    impact = max((found[q.id] for q in plan.grading.questions if q.kind == "impact"), default=1)
    urgency = max((found[q.id] for q in plan.grading.questions if q.kind == "urgency"), default=1)
    level = plan.grading.matrix[impact][urgency - 1]
    hits = tuple(dict.fromkeys(hit for side in SIDES if side in state.rulings for hit in state.rulings[side].hits))
    for hit in hits:
        level = higher(plan, level, plan.grading.overrides[hit].floor)
    floor = plan.grading.override_unknown_floor
    if floor and any(ruling.unknown for ruling in state.rulings.values()):
        level = higher(plan, level, floor)
    both = all(answered(state, side) for side in SIDES)
    return Assessed(level, impact, urgency, hits, provisional=not (both and complete))


def assumed_level(state: Incident, plan: Plan) -> str:
    """The level to act on: the one given, else what the plan makes of 不知道 everywhere."""
    return state.level or assess(state, plan).level


def explain(grade: Grade, plan: Plan) -> Text:
    """Why this level: 「影响 I2 × 紧急 U3 = 重大；一票升级：…」, or the reason somebody gave."""
    level = plan.severities[grade.level].short
    if grade.kind == "ordered":
        return line("人工定为{level}：{reason}", level=level, reason=grade.reason)
    if grade.impact is None or grade.urgency is None:
        return line("定为{level}", level=level)
    cell = plan.severities[plan.grading.matrix[grade.impact][grade.urgency - 1]].short
    told = line("影响 I{impact} × 紧急 U{urgency} = {level}", impact=grade.impact, urgency=grade.urgency, level=cell)
    if not grade.overrides:
        return told if cell == level else line("{told}；一票升级有人答「不知道」，按{level}", told=told, level=level)
    names = joined([plan.grading.overrides[hit].name for hit in grade.overrides if hit in plan.grading.overrides])
    return line("{told}；一票升级「{names}」→ {level}", told=told, names=names, level=level)


# --- deciding ---------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: GradingCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if not state.live:
        raise Refused(line("{record} 已经结束，不能再定级。要改先重开。", record=state.id))
    if by is None:
        raise Refused(line("定级要有人来答。"))
    match command:
        case AnswerOverrides(side=side, hits=hits, unknown=unknown):
            return _rule(state, Ruling(side, hits, unknown, by, world.now), world)
        case AnswerQuestion(side=side, question=asked, score=score):
            return _answer(state, Answer(side, asked, score, by, world.now), world)
        case StopGrading(side=side):
            if side in state.stopped or next_question(state, side, world.plan) is None:
                return ()
            return _with_level(state, (GradingStopped(side),), world, by)
        case SetLevel(level=level, reason=reason):
            return _set_level(state, level, reason.strip(), by, world)
        case EstimateLoss(low=low, high=high, source=source):
            return _estimate(low, high, source.strip(), by, world)
    assert_never(command)


def _rule(state: Incident, ruling: Ruling, world: World) -> tuple[Event, ...]:
    unknown_ids = [hit for hit in ruling.hits if hit not in world.plan.grading.overrides]
    if unknown_ids:
        raise Refused(line("没有「{id}」这条一票升级。重新打开定级卡再选。", id=unknown_ids[0]))
    before = state.rulings.get(ruling.side)
    if before and (before.hits, before.unknown) == (ruling.hits, ruling.unknown):
        return ()
    return _with_level(state, (OverridesAnswered(ruling),), world, ruling.by)


def _answer(state: Incident, answer: Answer, world: World) -> tuple[Event, ...]:
    asked = question(world.plan, answer.question)
    if asked is None or answer.score not in {UNKNOWN, *(option.score for option in asked.options)}:
        raise Refused(line("没有这个问题或这个答案。重新打开定级卡再选。"))
    before = state.answers.get(f"{answer.side}:{answer.question}")
    if before and before.score == answer.score:
        return ()
    return _with_level(state, (QuestionAnswered(answer),), world, answer.by)


def _with_level(state: Incident, said: tuple[Event, ...], world: World, by: PersonId) -> tuple[Event, ...]:
    """The answers, the stage they begin, and the level once it may be shown: an override, a side that is done, or a level to correct."""
    after = state
    for event in said:
        assert isinstance(event, OverridesAnswered | QuestionAnswered | GradingStopped)
        after = evolve(after, event, Stamp(world.now, by, 0))
    moved: tuple[Event, ...] = (StageMoved("assessing"),) if state.stage == "reported" else ()
    due = state.grades or any(r.hits for r in after.rulings.values()) or any(next_question(after, s, world.plan) is None for s in SIDES)
    if not due:
        return (*said, *moved)
    found = assess(after, world.plan)
    grade = Grade(found.level, "computed", found.provisional, found.impact, found.urgency, found.overrides, "", None, world.now)
    if not _changes(state, grade, world.plan):
        return (*said, *moved)
    return (*said, *moved, LevelSet(grade), *_loss(state, after, world))


def _changes(state: Incident, grade: Grade, plan: Plan) -> bool:
    """A computed level replaces a computed one; over one that a person ordered it only rises."""
    if not state.grades:
        return True
    last = state.grades[-1]
    if last.kind == "ordered":
        return last.level != grade.level and higher(plan, last.level, grade.level) == grade.level
    if state.responding and last.level != grade.level and higher(plan, last.level, grade.level) == last.level:
        return False  # lowering a running response is a person's decision, with a reason
    return replace(grade, at=last.at) != last


def _loss(before: Incident, after: Incident, world: World) -> tuple[Event, ...]:
    """The loss range that stands beside the answer about money, the higher of the two sides."""
    asked = question(world.plan, world.plan.grading.loss.question)
    if asked is None:
        return ()
    given = [after.answers[key] for side in SIDES if (key := f"{side}:{asked.id}") in after.answers]
    worst = max((answer for answer in given if answer.score != UNKNOWN), key=lambda answer: answer.score, default=None)
    found = next((option.loss for option in asked.options if worst and option.score == worst.score), None)
    if found is None or worst is None:
        return ()
    high = Decimal(found.high) if found.high is not None else None
    if before.losses and (before.losses[-1].low, before.losses[-1].high) == (Decimal(found.low), high):
        return ()
    return (LossEstimated(Loss(Decimal(found.low), high, "", worst.by, world.now)),)


def _set_level(state: Incident, level: str, reason: str, by: PersonId, world: World) -> tuple[Event, ...]:
    plan = world.plan
    if level not in plan.severities:
        names = joined([severity.short for severity in plan.severities.values()])
        raise Refused(line("级别只有{names}。", names=names), field="level")
    if not reason:
        raise Refused(line("写一句为什么改级别，例如「替代方案已稳定 40 分钟」。"), field="reason")
    now_level = state.level
    if now_level == level and not state.provisional:
        return ()
    lowering = now_level is not None and now_level != level and higher(plan, now_level, level) == now_level
    rights.require("incident.lower_level" if lowering and state.activation else "incident.set_level", by, state, world)
    if lowering and state.activation:
        _require_stable(state, world)
    grade = Grade(level, "ordered", False, None, None, (), reason, by, world.now)
    moved: tuple[Event, ...] = (StageMoved("assessing"),) if state.stage == "reported" else ()
    return (*moved, LevelSet(grade))


def _require_stable(state: Incident, world: World) -> None:
    """Down only after a stable time: nothing graded, recovered or broken within it (clause 4.2-3)."""
    needed = timedelta(minutes=world.plan.grading.downgrade.min_stable_min)
    since = max(state.grades[-1].at, state.activation.at if state.activation else state.reported_at)
    if world.now - since < needed:
        raise Refused(
            line("降级要先稳定 {n} 分钟，最早 {at}。到时再点一次。", n=int(needed.total_seconds() // 60), at=When(since + needed)),
            Button(line("先发态势更新"), press("update.send", record=state.id)),
        )


def _estimate(low: Decimal, high: Decimal | None, source: str, by: PersonId, world: World) -> tuple[Event, ...]:
    if low < 0 or (high is not None and high < low):
        raise Refused(line("损失是一个范围，低的在前，例如「8 万 到 20 万」。"), field="high")
    return (LossEstimated(Loss(low, high, source, by, world.now)),)


# --- folding, time, world ---------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: GradingEvent, stamp: Stamp) -> Incident:
    match event:
        case OverridesAnswered(ruling=ruling):
            return replace(state, rulings={**state.rulings, ruling.side: ruling})
        case QuestionAnswered(answer=answer):
            return replace(state, answers={**state.answers, f"{answer.side}:{answer.question}": answer})
        case GradingStopped(side=side):
            return replace(state, stopped=(*state.stopped, side))
        case LevelSet(grade=grade):
            return replace(state, grades=(*state.grades, grade))
        case LossEstimated(loss=loss):
            return replace(state, losses=(*state.losses, loss))
        case EscalationPrompted(rule=rule, to=to):
            return replace(state, prompts=(*state.prompts, Prompt(rule, to, stamp.at)))
    assert_never(event)


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """When the plan proposes a higher level (clauses 4.2-4, 4.2-5); each rule proposes once."""
    if not state.responding or state.stage == "observing" or state.level is None or state.activation is None:
        return ()
    asked = {prompt.rule for prompt in state.prompts}
    found = [(rule, _due(state, rule, plan)) for rule in plan.grading.auto_escalate if rule.id not in asked]
    return tuple(Deadline("grading.escalate", rule.id, at) for rule, at in found if at is not None and _target(state, rule, plan))


def _target(state: Incident, rule: Escalation, plan: Plan) -> str | None:
    """The level a rule proposes, if that is higher than the one in force."""
    assert state.level is not None
    to = rule.to or next_up(plan, state.level)
    return to if to != state.level and higher(plan, to, state.level) == to and rule.level in (None, state.level) else None


def _due(state: Incident, rule: Escalation, plan: Plan) -> datetime | None:
    assert state.activation is not None
    match rule.when:
        case "elapsed":
            return max(state.activation.at, state.grades[-1].at) + timedelta(minutes=rule.minutes)
        case "hot_window_without_workaround":
            if any(item.state == "done" for found in state.checklists if found.side == "business" for item in found.items):
                return None
            wait = minutes_to_hot(plan, affected_links(state, plan), state.activation.at)
            if wait is None or wait == 0:
                return None
            return state.activation.at + timedelta(minutes=max(wait - rule.minutes, 0))
        case "mtpd_near":
            borne = [plan.services[s].mtpd_min for s in state.report.services if s in plan.services]
            began = state.report.started_at or state.reported_at
            return began + timedelta(minutes=min(borne) - rule.minutes) if borne else None
    assert_never(rule.when)


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    rule = next((found for found in world.plan.grading.auto_escalate if found.id == ring.subject), None)
    to = _target(state, rule, world.plan) if rule and state.level else None
    return (EscalationPrompted(ring.subject, to),) if to else ()


def react(before: Incident | None, event: GradingEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    match event:
        case EscalationPrompted(to=to):
            who = after.commander
            text = line("建议升级为{level}。请在状态卡上决定：升级，或写一句为什么不升。", level=world.plan.severities[to].short)
            return (Say("war", f"say:{stamp.seq}", text, mentions=(who,) if who else ()),)
        case OverridesAnswered() | QuestionAnswered() | GradingStopped() | LevelSet() | LossEstimated():
            return ()
    assert_never(event)


