"""Duties to report: whether one holds is judged by a named person, the report is drafted here and submitted by a person (五(三), 2.4-6).

The bot asks, counts the time, drafts and keeps the receipt. It computes no level of an authority and submits nothing. Unsure counts as
yes: that a duty does not hold can only be judged once every question that decides was answered with no.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import response, rights
from bot.core.errors import Refused
from bot.core.events import ChecklistLoaded, Event, LevelSet, OverridesAnswered, Stamp
from bot.core.incident import Incident, PersonId
from bot.core.outward import duty_paper
from bot.core.outward.commands import (
    AnswerDuty,
    DraftDuty,
    DutyCommand,
    ExportDuty,
    JudgeDuty,
    OpenDuty,
    SubmitDuty,
    WaiveDuty,
)
from bot.core.outward.duty_clocks import GONE, KINDS, deadlines, find, react, ring
from bot.core.outward.events import (
    DutyAnswered,
    DutyChased,
    DutyDrafted,
    DutyEvent,
    DutyExported,
    DutyJudged,
    DutyRaised,
    DutySubmitted,
    DutyWaived,
)
from bot.core.outward.state import Duty, Finding, Paper, Submission, Verdict, Waiver
from bot.core.world import World
from bot.plan.schema import Obligation
from bot.words import Bi, line

__all__ = ["KINDS", "deadlines", "decide", "deciding", "evolve", "questions", "raised", "react", "ring", "suggested"]

RAISING = (LevelSet, OverridesAnswered, ChecklistLoaded)
"""What can make the bot ask."""


# --- looking ----------------------------------------------------------------------------------------------------------------


def raised(state: Incident, world: World) -> tuple[DutyRaised, ...]:
    """The duties that this incident may bring and that were not asked for yet."""
    there = {duty.id for duty in state.outward.duties}
    if state.stage in (*GONE, "warning"):
        return ()
    found = [(id, _reasons(state, known)) for id, known in world.plan.obligations.items() if id not in there]
    return tuple(DutyRaised(Duty(id, world.now, why)) for id, why in found if why)


def _reasons(state: Incident, known: Obligation) -> tuple[str, ...]:
    by, hits = known.raised_by, {hit for ruling in state.rulings.values() for hit in ruling.hits}
    loaded = {found.id for found in state.checklists}
    return (
        *(f"override:{one}" for one in by.overrides if one in hits),
        *(f"checklist:{one}" for one in by.checklists if one in loaded),
        *(f"level:{one}" for one in by.levels if one == state.level),
    )


def questions(known: Obligation) -> tuple[Bi, ...]:
    """What is asked; where the plan has no questions, whether it applies is the one."""
    return known.assessment or (known.applies_when,)


def deciding(known: Obligation) -> tuple[int, ...]:
    """The numbers of the questions that decide."""
    return known.deciding or tuple(range(1, len(questions(known)) + 1))


def suggested(duty: Duty, known: Obligation) -> bool | None:
    """What the answers say, unsure as yes; None while a no is not sure yet."""
    said = [duty.findings[str(n)].answer if str(n) in duty.findings else None for n in deciding(known)]
    if any(answer in ("yes", "unknown") for answer in said):
        return True
    return None if None in said else False


# --- deciding ---------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: DutyCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if state.stage in GONE:
        response.must_be_live(state)
    known = world.plan.obligations.get(command.duty)
    if known is None:
        raise Refused(line("方案里没有这一项上报。发「上报」看有哪些。"), _list(state))
    duty = find(state, command.duty)
    if isinstance(command, OpenDuty):
        return () if duty else (DutyRaised(Duty(known.id, world.now, ())),)
    if duty is None:
        open_ = Button(line("开始研判"), press("duty.open", record=state.id, duty=known.id), "primary")
        raise Refused(line("还没有开始研判这一项。"), open_)
    match command:
        case AnswerDuty():
            return _answer(state, duty, known, command, by, world)
        case JudgeDuty():
            return _judge(state, duty, known, command, by, world)
        case DraftDuty(values=values):
            return _draft(state, duty, known, {key: text.strip() for key, text in values.items() if text.strip()}, by, world)
        case SubmitDuty():
            return _submit(state, duty, known, command, by, world)
        case WaiveDuty(reason=reason):
            return _waive(state, duty, known, reason, by, world)
        case ExportDuty():
            rights.require("duty.report", by, state, world)
            if duty.draft is None:
                raise Refused(line("还没有草稿。先起草首报。"), _write(state, duty))
            return (DutyExported(duty.id),)
    assert_never(command)


def _answer(
    state: Incident, duty: Duty, known: Obligation, command: AnswerDuty, by: PersonId | None, world: World
) -> tuple[Event, ...]:
    rights.require("duty.report", by, state, world)
    if not 1 <= command.question <= len(questions(known)):
        raise Refused(line("没有这一题。"), _look(state, duty))
    given = duty.findings.get(str(command.question))
    if given and given.answer == command.answer:
        return ()
    return (DutyAnswered(duty.id, command.question, Finding(command.answer, by or "", world.now)),)


def _judge(state: Incident, duty: Duty, known: Obligation, command: JudgeDuty, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """By a named person with a reason. Not to apply: every deciding question answered with no."""
    rights.require("duty.judge", by, state, world)
    reason = response.typed(command.reason, line("写一句研判理由。"), "reason").strip()
    if command.tier is not None and not 0 <= command.tier < len(known.tiers):
        raise Refused(line("没有这种情形。"), field="tier")
    if command.official and command.official not in {str(n) for n in range(len(known.official_levels))}:
        raise Refused(line("没有这个级别。"), field="official")
    since = response.not_in_future(command.started_at, world.now, "started_at") if command.started_at else duty.started_at
    if not command.applies:
        _must_not_apply(state, duty, known)
    last = duty.verdict
    same = last and (last.applies, last.reason, duty.tier, duty.started_at, duty.official) == (
        command.applies, reason, command.tier, since, command.official,
    )  # fmt: skip
    verdict = Verdict(command.applies, reason, by or "", world.now)
    return () if same else (DutyJudged(duty.id, verdict, command.tier, since, command.official),)


def _must_not_apply(state: Incident, duty: Duty, known: Obligation) -> None:
    if duty.submitted():
        raise Refused(line("已经提交过了，不能再判不用报。情况变了就补报。"), _look(state, duty))
    for number in deciding(known):
        finding, question = duty.findings.get(str(number)), questions(known)[number - 1]
        if finding is None:
            raise Refused(line("第 {n} 题还没答，不能判不用报：{question}", n=number, question=question), _look(state, duty))
        if finding.answer != "no":
            raise Refused(line("第 {n} 题不是「否」，存疑按更严的来：{question}", n=number, question=question), _look(state, duty))


def _draft(
    state: Incident, duty: Duty, known: Obligation, values: dict[str, str], by: PersonId | None, world: World
) -> tuple[Event, ...]:
    rights.require("duty.report", by, state, world)
    if unknown := values.keys() - {str(n) for n in range(len(known.fields))}:
        raise Refused(line("报告里没有这一栏。"), field=f"f{min(unknown)}")
    if not values:
        raise Refused(line("至少写一栏。"), field="f0")
    if duty.draft and dict(duty.draft.values) == values:
        return ()
    return (DutyDrafted(duty.id, Paper(values, by or "", world.now)),)


def _submit(state: Incident, duty: Duty, known: Obligation, command: SubmitDuty, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """What a person did outside; a receipt that comes later is put to it."""
    rights.require("duty.report", by, state, world)
    once = _leg(state, duty, known, command.leg)
    channel = response.typed(command.channel, line("写怎么报的。"), "channel").strip()
    at = response.not_in_future(command.at, world.now, "at") if command.at else world.now
    now = duty_paper.digest(duty.draft) if duty.draft else ""
    if command.digest and command.digest != now:
        raise Refused(line("草稿刚改过，和你看到的不一样。看一遍，再记「已提交」。"), _look(state, duty))
    before = duty.submitted(command.leg) if once else None
    receipt, note = command.receipt.strip(), command.note.strip()
    done = Submission(command.leg, channel, receipt, command.who or by or "", at, before.digest if before else now, by or "", note)
    if before:
        if not receipt or before.receipt == receipt:
            return ()
        done = replace(before, receipt=receipt, note=note or before.note)
    twin = any(replace(one, at=at, noted_by=by or "") == done for one in duty.submissions)
    return () if twin else (DutySubmitted(duty.id, done),)


def _leg(state: Incident, duty: Duty, known: Obligation, leg: str) -> bool:
    """Whether it is owed once. A first report needs a verdict, everything later a first report."""
    if leg == "first":
        if duty.verdict is None or not duty.verdict.applies:
            judge = Button(line("研判"), press("duty.judge", record=state.id, duty=duty.id), "primary")
            raise Refused(line("先研判要不要报，由谁判的、凭什么。"), judge)
        return True
    if duty.submitted() is None:
        raise Refused(line("首报还没有提交。先记首报。"), _look(state, duty))
    if leg == "finish":
        return True
    if leg not in {str(n) for n in range(len(known.follow_ups))}:
        raise Refused(line("没有这一项后续。"), field="leg")
    return known.follow_ups[int(leg)].days is not None


def _waive(state: Incident, duty: Duty, known: Obligation, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    rights.require("duty.judge", by, state, world)
    if known.waiver is None:
        raise Refused(line("方案没有给这一项留豁免。"), _look(state, duty))
    if duty.waiver:
        return ()
    because = response.typed(reason, line("写凭什么可以不做，谁签认的。"), "reason").strip()
    return (DutyWaived(duty.id, Waiver(because, by or "", world.now)),)


def _list(state: Incident) -> Button:
    return Button(line("看上报"), press("duty.list", record=state.id), "primary")


def _look(state: Incident, duty: Duty) -> Button:
    return Button(line("看研判"), press("duty.show", record=state.id, duty=duty.id), "primary")


def _write(state: Incident, duty: Duty) -> Button:
    return Button(line("起草首报"), press("duty.draft", record=state.id, duty=duty.id), "primary")


# --- folding ----------------------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: DutyEvent, stamp: Stamp) -> Incident:
    outward = state.outward
    if isinstance(event, DutyRaised):
        return replace(state, outward=replace(outward, duties=(*outward.duties, event.duty)))
    changed = tuple(_evolve(one, event) if one.id == event.duty else one for one in outward.duties)
    return replace(state, outward=replace(outward, duties=changed))


def _evolve(duty: Duty, event: DutyEvent) -> Duty:
    match event:
        case DutyAnswered(question=number, finding=finding):
            return _answered(duty, number, finding)
        case DutyJudged():
            moved = (duty.tier, duty.started_at) != (event.tier, event.started_at)
            again = replace(duty, verdict=event.verdict, tier=event.tier, started_at=event.started_at, official=event.official)
            return replace(again, chased={}) if moved else again
        case DutyDrafted(paper=paper):
            return replace(duty, drafts=(*duty.drafts, paper))
        case DutySubmitted(submission=done):
            return replace(duty, submissions=_with(duty, done))
        case DutyWaived(waiver=waiver):
            return replace(duty, waiver=waiver)
        case DutyChased(leg=leg, step=step):
            return replace(duty, chased={**duty.chased, leg: step})
        case DutyExported() | DutyRaised():
            return duty
    assert_never(event)


def _answered(duty: Duty, number: int, finding: Finding) -> Duty:
    """What was judged not to apply is open again once somebody is not so sure."""
    doubted = finding.answer != "no" and duty.verdict is not None and not duty.verdict.applies
    return replace(duty, findings={**duty.findings, str(number): finding}, verdict=None if doubted else duty.verdict)


def _with(duty: Duty, done: Submission) -> tuple[Submission, ...]:
    """A receipt that came later belongs to what was submitted then."""
    same: Callable[[Submission], bool] = lambda one: (one.leg, one.at, one.channel) == (done.leg, done.at, done.channel)  # noqa: E731
    if any(same(one) for one in duty.submissions):
        return tuple(done if same(one) else one for one in duty.submissions)
    return (*duty.submissions, done)
