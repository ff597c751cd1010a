"""A major measure on its way: proposed with its price, decided by the commander, done by one and checked by another (clause 2.1-3)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import headings
from bot.cards.model import Block, Card, Fact, Facts, Tone, Words
from bot.cards.views import phrases as p
from bot.core import measures
from bot.core.incident import Incident, Measure
from bot.plan.schema import Plan
from bot.words import Text, Who, line

TONES: Mapping[str, Tone] = {"proposed": "warn", "approved": "calm", "rejected": "calm", "executing": "calm", "executed": "good"}


def measure(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """Price, way back and Plan B stand before 批准; a decided one keeps the decision and the next thing."""
    found = next((one for one in state.measures if one.id == args.get("measure")), None)
    if found is None:
        return p.card(state, plan, line("重大措施"), then=line("这个提案不在了。"), icon="shield", done=True)
    over = found.state in ("rejected", "executed") or not state.live
    return p.card(
        state,
        plan,
        _title(plan, found),
        _proposal(state, plan, found) if found.state == "proposed" else _decision(state, found),
        _cautions(plan, found) if found.state in ("proposed", "approved") else (),
        then=_next(state, plan, found) if state.live else None,
        controls=() if over else _controls(state, plan, found),
        tone="alarm" if found.state == "proposed" and found.chased else TONES[found.state],
        chip=line("{at} 前决定", at=p.clock(state, found.decide_by)) if found.state == "proposed" else None,
        meta=line("{who} 提案 {at}", who=Who(found.proposer), at=p.clock(state, found.at)),
        icon="shield",
        done=over,
    )


def _title(plan: Plan, found: Measure) -> Text:
    kind = measures.name(plan, found.kind)
    match found.state:
        case "proposed":
            return line("要批准：{kind}", kind=kind)
        case "approved":
            return line("已批准：{kind}", kind=kind)
        case "rejected":
            return line("已驳回：{kind}", kind=kind)
        case "executing":
            return line("在执行：{kind}", kind=kind)
        case "executed":
            return line("已执行：{kind}", kind=kind)


def _proposal(state: Incident, plan: Plan, found: Measure) -> Facts:
    return Facts(
        (
            Fact(headings.WHAT, found.what or p.UNKNOWN_WORD),
            Fact(headings.WHY, found.why or p.UNKNOWN_WORD),
            Fact(line("代价"), found.cost or p.UNKNOWN_WORD),
            Fact(line("退路"), found.way_back or p.UNKNOWN_WORD),
            Fact(line("Plan B"), found.plan_b or p.UNKNOWN_WORD),
        ),
        "rows",
    )


def _cautions(plan: Plan, found: Measure) -> tuple[Block, ...]:
    known = plan.measures.get(found.kind)
    notes: list[Block] = [Words(known.warns, "note")] if known and known.warns else []
    if measures.two_person(plan, found.kind):
        notes.append(Words(line("双人：一人执行，另一人复核登记结果才算做完。"), "note"))
    return tuple(notes)


def _decision(state: Incident, found: Measure) -> Facts:
    facts: list[Fact] = [Fact(headings.WHAT, found.what or p.UNKNOWN_WORD)]
    if found.decided_by and found.decided_at:
        verb = line("{who} {at} 驳回") if found.state == "rejected" else line("{who} {at} 批准")
        facts.append(Fact(line("决定"), line(verb.text, who=Who(found.decided_by), at=p.clock(state, found.decided_at))))
    if found.reason:
        facts.append(Fact(line("理由"), found.reason))
    if found.executor:
        at = p.clock(state, found.executed_at) if found.executed_at else None
        facts.append(Fact(headings.EXECUTOR, Who(found.executor), at))
    if found.checker:
        facts.append(Fact(headings.CHECKER, Who(found.checker)))
    if found.result:
        facts.append(Fact(line("结果"), found.result))
    if found.state in ("approved", "executing"):
        facts.append(Fact(line("退路"), found.way_back or p.UNKNOWN_WORD))
    return Facts(tuple(facts), "rows")


def _next(state: Incident, plan: Plan, found: Measure) -> Text:
    commander = p.acting(state, plan, "commander")
    match found.state:
        case "proposed":
            return line("{who} {at} 前批准或驳回。其他人先按清单做。", who=commander, at=p.clock(state, found.decide_by))
        case "approved" if measures.two_person(plan, found.kind):
            return line("执行的人点「我来执行」，另找一人复核。不灵就按退路停。")
        case "approved":
            return line("执行的人做完点「执行完了」，写结果。不灵就按退路停。")
        case "executing":
            doer: Text = Who(found.executor) if found.executor else line("执行人")
            return line("换一个人复核：看到效果点「复核，登记结果」。{who}不能复核自己。", who=doer)
        case "rejected":
            return line(
                "{who}改了再提，或走 Plan B：{plan_b}", who=Who(found.proposer), plan_b=p.shortened(found.plan_b, 80) or p.UNKNOWN_WORD
            )
        case "executed":
            return line("{who}看效果，写进下次态势更新。", who=commander)


def _controls(state: Incident, plan: Plan, found: Measure) -> tuple[Block, ...]:
    match found.state:
        case "proposed":
            approve = p.primary(state, line("批准{kind}", kind=measures.name(plan, found.kind)), "measure.approve", measure=found.id)
            return p.buttons(approve, p.danger(state, line("驳回"), "measure.reject", measure=found.id))
        case "approved":
            label = line("我来执行") if measures.two_person(plan, found.kind) else line("执行完了")
            return p.buttons(p.primary(state, label, "measure.execute", measure=found.id))
        case "executing":
            return p.buttons(p.primary(state, line("复核，登记结果"), "measure.confirm", measure=found.id))
        case "rejected" | "executed":
            return ()
