"""The end: every closing condition with how it is known, the button that mends it, and the signatures the level demands (clause 4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.cards.model import Block, Button, Card, Fact, Facts, Step, Steps
from bot.cards.views import phrases as p
from bot.core import conditions, people, signatures
from bot.core.conditions import Unmet
from bot.core.incident import Incident
from bot.plan.schema import Condition, Plan
from bot.words import Text, Who, joined, line


def end(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """Asked for and refused it says what is missing; complete it says whose signature remains; ended it keeps the assessment."""
    left = remaining(state, plan)
    ended = state.ending is not None and state.ending.ended_at is not None
    outstanding = signatures.outstanding(state, plan) if state.ending else ()
    return p.card(
        state,
        plan,
        line("应急结束") if ended else line("还不能结束") if left else line("可以结束了"),
        Steps(tuple(_step(state, plan, condition, left) for condition in conditions.conditions(state, plan)) + _ours(left, plan, state)),
        _ending(state, plan, outstanding),
        then=_next(state, plan, left, outstanding, ended),
        controls=() if ended or not state.live else _controls(state, left),
        tone="good" if ended else "warn" if left else "calm",
        chip=line("差 {n} 项", n=len(left)) if left and not ended else None,
        meta=line("{who} {at} 申请", who=Who(state.ending.by), at=p.clock(state, state.ending.at)) if state.ending else None,
        icon="flag",
        done=ended or not state.live,
    )


def remaining(state: Incident, plan: Plan) -> tuple[Unmet, ...]:
    """What does not hold by the state alone: an observation counts as over once the bot has recorded that it is."""
    begun = state.observation.started_at if state.observation else state.reported_at
    return conditions.unmet(state, plan, begun) if state.live else ()


def _step(state: Incident, plan: Plan, condition: Condition, left: tuple[Unmet, ...]) -> Step:
    missing = next((one for one in left if one.condition == condition.id), None)
    if missing is not None:
        return Step(condition.id, _lacking(state, condition, missing), "todo", more=_fix(missing))
    vouched = state.attestations.get(condition.id)
    if vouched is not None:
        by = line("人工签认 · {who} {at}", who=Who(vouched.by), at=p.clock(state, vouched.at))
        note = line("{by}：{note}", by=by, note=p.shortened(vouched.note, 24)) if vouched.note else by
        return Step(condition.id, condition.text, "done", note)
    return Step(condition.id, condition.text, "done", line("已核对"))


def _lacking(state: Incident, condition: Condition, missing: Unmet) -> Text:
    if condition.check == "observation_over" and state.observation is not None:
        return line("{condition}：观察到 {at}", condition=condition.short, at=p.clock(state, state.observation.until))
    return missing.text


def _fix(missing: Unmet) -> tuple[Button, ...]:
    """The button that mends it, plain: the card has one primary, the signature."""
    return (replace(missing.fix, style="plain"),) if missing.fix else ()


def _ours(left: tuple[Unmet, ...], plan: Plan, state: Incident) -> tuple[Step, ...]:
    """Undecided measures and open orders stand beside the plan's conditions."""
    known = {condition.id for condition in conditions.conditions(state, plan)}
    extra = [one for one in left if one.condition not in known]
    return tuple(Step(one.condition, one.text, "todo", more=_fix(one)) for one in extra)


def _ending(state: Incident, plan: Plan, outstanding: tuple[Text, ...]) -> Facts | None:
    if state.ending is None:
        return Facts((Fact(line("要谁签认"), signatures.wanted(state, plan)),), "rows")
    facts = [Fact(line("评估意见"), state.ending.assessment or p.PENDING)]
    if state.ending.approvals:
        signed: list[Text] = [
            line("{who}（{seat}）{at}", who=Who(one.by), seat=people.short(plan, one.seat), at=p.clock(state, one.at))
            for one in state.ending.approvals
        ]
        facts.append(Fact(line("已签认"), joined(signed)))
    if outstanding:
        facts.append(Fact(line("还差签认"), joined(outstanding)))
    return Facts(tuple(facts), "rows")


def _next(state: Incident, plan: Plan, left: tuple[Unmet, ...], outstanding: tuple[Text, ...], ended: bool) -> Text | None:
    if ended or not state.live:
        return line("应急结束。各组交小结，复盘见「总结与改进」卡。") if ended else None
    unsigned = [one for one in left if not _is_signature(state, plan, one)]
    if unsigned:
        first = unsigned[0]
        return line("先办：{what}。办一项勾一项。", what=_short(plan, state, first))
    if outstanding:
        return line("{seats}点「签认结束」。", seats=joined(outstanding))
    return line("{who}点「填评估意见并签认」。", who=p.acting(state, plan, "commander"))


def _is_signature(state: Incident, plan: Plan, one: Unmet) -> bool:
    known = next((condition for condition in plan.closing.conditions if condition.id == one.condition), None)
    return known is not None and known.check == "assessment_signed"


def _short(plan: Plan, state: Incident, one: Unmet) -> Text:
    known = next((condition for condition in plan.closing.conditions if condition.id == one.condition), None)
    if known is not None and known.check == "observation_over":
        return _lacking(state, known, one)
    return one.text


def _controls(state: Incident, left: tuple[Unmet, ...]) -> tuple[Block, ...]:
    label = line("签认结束") if state.ending else line("填评估意见并签认")
    sign = p.primary(state, label, "end.sign")
    return p.buttons(sign, p.plain(state, line("发态势更新"), "update.send"), p.plain(state, line("退回处置"), "recovery.return"))
