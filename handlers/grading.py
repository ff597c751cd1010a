"""Grading: overrides, one question a tap, the level by hand, the loss."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import forms
from bot.core import grading, people
from bot.core.commands import AnswerOverrides, AnswerQuestion, EstimateLoss, SetLevel, StopGrading
from bot.core.errors import Refused
from bot.core.hearing import read_number
from bot.core.incident import SIDES, Incident, Side
from bot.plan.schema import Plan
from bot.service import Outcome, Service
from bot.talk import Answer, Ask, Private, Request, Toast
from bot.words import Text, line
from handlers.meant import ask, incident_of, need, record_of, rest, severity, shown


def _side(request: Request) -> Side:
    side = request.args.get("side", "")
    if side not in SIDES:
        raise Refused(line("重新打开定级卡再答。"))
    return side


def _said(outcome: Outcome, side: Side, plan: Plan) -> Text:
    """What the tap led to: the level if it is there, else how many questions are left."""
    state = outcome.after
    assert isinstance(state, Incident)
    if state.grades and (not isinstance(outcome.before, Incident) or outcome.before.grades != state.grades):
        level = plan.severities[state.grades[-1].level].short
        if state.provisional:
            return line("现在是{level}（暂定）。另一方答完就定。", level=level)
        return line("定为{level}。指挥中心可以启动了。", level=level)
    left = [q.id for q in plan.grading.questions if f"{side}:{q.id}" not in state.answers]
    return line("记下了，还剩 {n} 问。", n=len(left)) if left else line("这一方答完了，谢谢。")


def override(request: Request, service: Service) -> Answer:
    """An override holds, none does, or nobody knows. Tapping one more adds it to those of this side."""
    side, state = _side(request), incident_of(request, service)
    hit = request.args.get("value") or request.args.get("hit", "")
    before = state.rulings.get(side)
    hits = tuple(dict.fromkeys((*(before.hits if before else ()), hit))) if hit not in ("", "none", "unknown") else ()
    command = AnswerOverrides(side, hits, unknown=hit == "unknown")
    return service.run(request, state.id, command, lambda o: Toast(_said(o, side, service.plan_of(state.id)), shown(request, o)))


def again(request: Request, service: Service) -> Answer:
    """One answer once more."""
    return ask(request, service, "grade.again")


def answered_again(request: Request, service: Service) -> Answer:
    """The form of one answer: an override question or another."""
    if "hit" in request.values:
        args = {**request.args, "hit": request.values["hit"], "value": ""}
        return override(replace(request, args=args), service)
    args = {**request.args, "score": need(request, "score", line("选一个答案；说不准就选「不知道」。")), "value": ""}
    return answer(replace(request, args=args), service)


def answer(request: Request, service: Service) -> Answer:
    """One question, one tap; 0 is 不知道."""
    side, state = _side(request), incident_of(request, service)
    score = request.args.get("value") or request.args.get("score", "")
    command = AnswerQuestion(side, request.args.get("question", ""), int(score) if score.isdigit() else -1)
    return service.run(request, state.id, command, lambda o: Toast(_said(o, side, service.plan_of(state.id)), shown(request, o)))


def stop(request: Request, service: Service) -> Answer:
    """Enough for now: a provisional level from what has been said."""
    side, record = _side(request), record_of(request, service)
    return service.run(request, record, StopGrading(side), lambda o: Toast(_said(o, side, service.plan_of(record)), shown(request, o)))


def grade(request: Request, service: Service) -> Answer:
    """看定级卡，或写级别和理由直接改级。
    Show the grading card, or set a level with a reason.
    定级 严重 替代方案已稳定 40 分钟
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    if not words:
        side = _side_of(request.who, plan)
        card = service.draw(state.id, "grading", {"side": side})
        assert card is not None
        return Private(card)
    level, _, reason = words.partition(" ")
    return _set(request, service, state.id, severity(level, plan), reason)


def _side_of(person: str, plan: Plan) -> Side:
    posts = people.posts_of(plan, person)
    return "technical" if set(posts) & set(plan.grading.sides["technical"].posts) else "business"


def level_form(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    return Ask(forms.FORMS_BY_ID["grade.level"](state, service.plan_of(state.id), **_ids(request)))


def level_set(request: Request, service: Service) -> Answer:
    """The form that sets a level by hand."""
    state = incident_of(request, service)
    level = severity(need(request, "level", line("选一个级别。")), service.plan_of(state.id))
    return _set(request, service, state.id, level, request.values.get("reason", ""))


def _set(request: Request, service: Service, record: str, level: str, reason: str) -> Answer:
    name = service.plan_of(record).severities[level].short
    return service.run(request, record, SetLevel(level, reason), lambda o: Toast(line("级别改为{level}，理由已记。", level=name)))


def raise_level(request: Request, service: Service) -> Answer:
    """Follow the bot's proposal to escalate."""
    state = incident_of(request, service)
    prompt = next((p for p in reversed(state.prompts) if p.rule == request.args.get("rule")), None)
    plan = service.plan_of(state.id)
    named = request.args.get("level", "")
    level = named if named in plan.severities else prompt.to if prompt else grading.next_up(plan, state.level or "minor")
    reason = "按方案升级提示" if request.language == "zh-CN" else "following the plan's prompt to escalate"
    return _set(request, service, state.id, level, reason)


def loss_form(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    return Ask(forms.FORMS_BY_ID["grade.loss"](state, service.plan_of(state.id)))


def loss(request: Request, service: Service) -> Answer:
    """The loss as a range, in yuan."""
    state = incident_of(request, service)
    low = read_number(need(request, "low", line("写最低估计，例如「8 万」。")))
    typed = request.values.get("high", "").strip()
    high = read_number(typed) if typed else None
    if low is None or (typed and high is None):
        raise Refused(line("写数字，例如「8 万」或「80000」。"), field="low" if low is None else "high")
    command = EstimateLoss(low, high, request.values.get("source", ""))
    return service.run(request, state.id, command, lambda o: Toast(line("损失范围已记，带时间和来源。")))


def _ids(request: Request) -> dict[str, str]:
    return {key: value for key, value in request.args.items() if key != "record"}
