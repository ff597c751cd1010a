"""Grading, one question a tap: overrides first, then the questions of the plan, 不知道 always beside them (clause 4.2-3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import assert_never

from bot.cards.model import Block, Button, Buttons, Card, Choices, Fact, Facts, Option, Progress, Table, Words
from bot.cards.views import phrases as p
from bot.core import grading
from bot.core.incident import UNKNOWN, Incident, Side
from bot.plan.schema import Escalation, Plan, Question
from bot.words import Text, joined, line


def grade(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """The questions of one side. Both sides have their own card, the higher answer counts; a finished one keeps its answers."""
    side: Side = "business" if args.get("side") == "business" else "technical"
    over = settled(state, plan, side)
    return p.card(
        state,
        plan,
        line("{side}侧定级", side=p.SIDES[side]),
        _result(state, plan) if over else (),
        _answered(state, plan, side) if over else asking(state, plan, side),
        () if over else _result(state, plan),
        then=_after(state, side) if over else urge(state, plan, side),
        controls=_correct(state, plan, side),
        tone="calm" if over else "warn",
        chip=line("暂定") if over and side in state.stopped else None,
        meta=line("{id} {what}", id=state.id, what=p.what(state)),
        icon="scale",
        done=over,
    )


def settled(state: Incident, plan: Plan, side: Side) -> bool:
    """Nothing is asked any more: all answered, stopped early, or the response goes its way."""
    late = state.stage not in ("reported", "assessing")
    return late or side in state.stopped or grading.next_question(state, side, plan) is None


def asking(state: Incident, plan: Plan, side: Side) -> tuple[Block, ...]:
    """How far it is, and the one thing that is asked now."""
    wanted = grading.next_question(state, side, plan)
    if side in state.stopped or wanted is None:
        return _answered(state, plan, side)
    if wanted == "overrides":
        return (_progress(state, plan, side), *_overrides(state, plan, side))
    question = next((q for q in plan.grading.questions if q.id == wanted), None)
    return (_progress(state, plan, side), *(_question(state, plan, side, question) if question else ()))


def urge(state: Incident, plan: Plan, side: Side) -> Text:
    """Who answers, by when, in which spirit."""
    until = p.clock(state, state.reported_at + timedelta(minutes=plan.timing.assess_min))
    asked = tuple(a.person for a in state.assessors if a.side == side)
    who = p.people(asked) if asked else line("{side}侧任何一位", side=p.SIDES[side])
    return line("{who} {at} 前答完，一题一点。拿不准选高的，不知道就点「不知道」。", who=who, at=until)


def _progress(state: Incident, plan: Plan, side: Side) -> Progress:
    done = sum(1 for answer in state.answers.values() if answer.side == side) + (side in state.rulings)
    return Progress(line("已答"), done, len(plan.grading.questions) + 1)


def _overrides(state: Incident, plan: Plan, side: Side) -> tuple[Block, ...]:
    options = tuple(
        Option(key, override.name, line("至少{level}", level=p.level(plan, override.floor)))
        for key, override in plan.grading.overrides.items()
    )
    return (
        Words(line("有下面哪一件吗？有一件级别就直接上去。"), "lead"),
        Words(joined([option.label for option in options], " · ")),
        Buttons(
            (
                p.primary(state, line("都没有"), "grade.override", side=side, hit="none"),
                p.plain(state, p.UNKNOWN_WORD, "grade.override", side=side, hit="unknown"),
            )
        ),
        Choices(line("有，选一件"), options, p.act(state, "grade.override", side=side)),
    )


def _question(state: Incident, plan: Plan, side: Side, question: Question) -> tuple[Block, ...]:
    """The options lowest first; the one the operating clock suggests is marked, and 不知道 stands last."""
    suggested = grading.prefill(state, plan).get(question.id)
    buttons: list[Button] = []
    for option in question.options:
        press = p.act(state, "grade.answer", side=side, question=question.id, score=str(option.score))
        buttons.append(Button(option.text, press, "primary" if option.score == suggested else "plain"))
    unknown = p.act(state, "grade.answer", side=side, question=question.id, score=str(UNKNOWN))
    buttons.append(Button(p.UNKNOWN_WORD, unknown))
    hint: list[Block] = [Words(question.hint, "note")] if question.hint else []
    if suggested is not None:
        hint.append(Words(line("按作业时段先选好了一项，你来确认或改。"), "note"))
    stop = p.ghost(state, line("先到这里，给暂定级别"), "grade.stop", side=side)
    return (Words(question.text, "lead"), *hint, Buttons(tuple(buttons)), Buttons((stop,)))


def _answered(state: Incident, plan: Plan, side: Side) -> tuple[Block, ...]:
    """The answers of this side that carry its result; the lower ones are counted, those nobody gave are not invented."""
    given = [(q, state.answers[f"{side}:{q.id}"].score) for q in plan.grading.questions if f"{side}:{q.id}" in state.answers]
    ruling = state.rulings.get(side)
    if not given and ruling is None:
        return (Words(line("{side}侧还没有答案。", side=p.SIDES[side]), "note"),)
    worst = {kind: max((_weight(plan, score) for q, score in given if q.kind == kind), default=0) for kind in ("impact", "urgency")}
    decisive = [(q, score) for q, score in given if _weight(plan, score) == worst[q.kind]]
    rows: list[tuple[Text, ...]] = [(q.text, _option(q, score)) for q, score in decisive]
    if ruling is not None:
        rows.insert(0, (line("一票升级"), _ruled(plan, ruling.hits, ruling.unknown)))
    table = Table((line("决定级别的回答"), line("答案")), tuple(rows))
    rest = len(given) - len(decisive)
    return (table, Words(line("另外 {n} 题的答案更轻。", n=rest), "note")) if rest else (table,)


def _weight(plan: Plan, score: int) -> int:
    return plan.grading.unknown_score if score == UNKNOWN else score


def _ruled(plan: Plan, hits: tuple[str, ...], unknown: bool) -> Text:
    if hits:
        return joined([plan.grading.overrides[key].name if key in plan.grading.overrides else key for key in hits])
    return p.UNKNOWN_WORD if unknown else line("都没有")


def _option(question: Question, score: int) -> Text:
    return next((option.text for option in question.options if option.score == score), p.UNKNOWN_WORD)


def _result(state: Incident, plan: Plan) -> tuple[Block, ...]:
    """The level as it stands, with its reason: 影响 I2 × 紧急 U3 = 重大."""
    if not state.grades:
        return ()
    newest = state.grades[-1]
    facts = Facts((Fact(line("级别"), p.graded(state, plan), grading.explain(newest, plan)),))
    clause = p.clause(newest, plan)
    lost = state.losses[-1] if state.losses else None
    money = Facts((Fact(line("预计损失"), loss_range(lost.low, lost.high), lost.source or None),)) if lost else None
    return tuple(block for block in (facts, money, Words(clause, "note") if clause else None) if block is not None)


def loss_range(low: Decimal, high: Decimal | None) -> Text:
    return line("{low} 元以上", low=f"{low:,}") if high is None else line("{low} 到 {high} 元", low=f"{low:,}", high=f"{high:,}")


def _after(state: Incident, side: Side) -> Text:
    other: Side = "business" if side == "technical" else "technical"
    if state.activation is not None:
        return line("级别变了再答一次，或由总指挥改级别。")
    if state.provisional and other not in state.rulings:
        return line("等{side}侧答完，两边取高的。", side=p.SIDES[other])
    return line("指挥中心按级别启动响应；答错了在下面改。")


def _correct(state: Incident, plan: Plan, side: Side) -> tuple[Block, ...]:
    """Choosing a question asks it again; the level by hand is the other way, with a reason."""
    given = [q for q in plan.grading.questions if f"{side}:{q.id}" in state.answers]
    if not given or not state.live:
        return ()
    options = [Option(question.id, question.text) for question in given]
    if side in state.rulings:
        options.insert(0, Option("overrides", line("一票升级")))
    again = Choices(line("改一题"), tuple(options), p.act(state, "grade.again", side=side))
    return (again,)


def prompt(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """The bot proposes a higher level by the plan's clock; a person decides (clauses 4.2-4, 4.2-5)."""
    asked = next((found for found in state.prompts if found.rule == args.get("rule")), None)
    to = asked.to if asked else state.level
    name = p.level(plan, to)
    decided = asked is None or not state.live or any(g.kind == "ordered" and g.at > asked.at for g in state.grades)
    raised = to is not None and state.level is not None and to in plan.severities and _reached(plan, state.level, to)
    over = decided or raised
    who = p.acting(state, plan, "commander")
    rule = next((found for found in plan.grading.auto_escalate if asked and found.id == asked.rule), None)
    return p.card(
        state,
        plan,
        line("建议升为{level}", level=name),
        Words(_why(rule), "lead") if rule else None,
        Facts((Fact(line("现在"), p.graded(state, plan), grading.explain(state.grades[-1], plan) if state.grades else None),)),
        then=line("现在是{level}。", level=p.graded(state, plan)) if over else line("{who}决定：升，或写一句为什么不升。", who=who),
        controls=()
        if over
        else p.buttons(
            p.primary(state, line("升为{level}", level=name), "grade.raise", rule=asked.rule if asked else ""),
            p.plain(state, line("不升，写理由"), "grade.level", level=state.level or ""),
        ),
        tone="calm" if over else "warn",
        meta=line("{at} 提出", at=p.clock(state, asked.at)) if asked else None,
        icon="flag",
        done=over,
    )


def _reached(plan: Plan, level: str, to: str) -> bool:
    return grading.higher(plan, level, to) == level


def _why(rule: Escalation) -> Text:
    match rule.when:
        case "elapsed":
            return line("启动 {n} 分钟还没恢复。", n=rule.minutes)
        case "hot_window_without_workaround":
            return line("{n} 分钟后进入作业高峰，替代方案还没顶上。", n=rule.minutes)
        case "mtpd_near":
            return line("离最长可容忍中断只剩 {n} 分钟。", n=rule.minutes)
    assert_never(rule.when)
