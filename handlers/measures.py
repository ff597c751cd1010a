"""Major measures: propose, approve or reject, carry out, confirm."""

from __future__ import annotations

from bot.cards import forms
from bot.core.commands import ApproveMeasure, ConfirmMeasure, ExecuteMeasure, ProposeMeasure, RejectMeasure
from bot.core.errors import Refused
from bot.core.incident import Incident, Measure
from bot.service import Service
from bot.talk import Answer, Ask, Request
from bot.words import joined, line
from handlers.meant import ask, chosen, do, incident_of, need, rest


def propose(request: Request, service: Service) -> Answer:
    """提案重大措施：做什么、代价、退路、备选。总指挥批了才能做。
    Propose a major measure: what, cost, way back, Plan B. The commander approves.
    提案 回滚 v5.2
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    kind = request.args.get("kind", "")
    if words and not kind:
        spelled = {spelling: m.id for m in plan.measures.values() for spelling in (m.name.zh, m.name.en, m.id, *m.aliases)}
        kind = next((spelled[s] for s in sorted(spelled, key=len, reverse=True) if s.casefold() in words.casefold()), "")
    return Ask(forms.FORMS_BY_ID["measure.propose"](state, plan, kind=kind, what=words))


def proposed(request: Request, service: Service) -> Answer:
    kind = need(request, "kind", line("选是哪一种重大措施。"))
    values = {key: request.values.get(key, "") for key in ("what", "why", "cost", "way_back", "plan_b")}
    return do(request, service, ProposeMeasure(kind, **values), line("提案已送总指挥。批准前不要动手。"))


def approve(request: Request, service: Service) -> Answer:
    """总指挥批准提案。
    The commander approves the proposal.
    批准 m1
    """
    state = incident_of(request, service)
    measure, reason = _measure(request, state)
    return do(request, service, ApproveMeasure(measure.id, reason), line("已批准，执行人可以动手。"), state.id)


def reject(request: Request, service: Service) -> Answer:
    """总指挥驳回提案，写理由。
    The commander rejects the proposal, with a reason.
    驳回 m1 先试降级开关
    """
    state = incident_of(request, service)
    measure, reason = _measure(request, state)
    if not request.values and not reason:
        return ask(request, service, "measure.reject", measure=measure.id)
    reason = request.values.get("reason", reason)
    return do(request, service, RejectMeasure(measure.id, reason), line("已驳回，理由已告诉提案人。"), state.id)


def execute(request: Request, service: Service) -> Answer:
    """The executor says: done. A two-person measure then waits for its checker."""
    state = incident_of(request, service)
    measure, _ = _measure(request, state)
    kind = service.plan_of(state.id).measures.get(measure.kind)
    if kind is not None and not kind.two_person and measure.state == "approved" and not request.values:
        return ask(request, service, "measure.execute", measure=measure.id)
    said = line("已记为执行。复核人看过结果点「复核，登记结果」。") if kind and kind.two_person else line("已记为执行，结果在卡片上。")
    return do(request, service, ExecuteMeasure(measure.id, request.values.get("result", "")), said, state.id)


def confirm(request: Request, service: Service) -> Answer:
    """The second person confirms, with the result seen."""
    if not request.values:
        return ask(request, service, "measure.confirm")
    command = ConfirmMeasure(chosen(request, "measure"), request.values.get("result", ""))
    return do(request, service, command, line("复核已记，措施完成。看效果，好了就开始验证。"))


def _measure(request: Request, state: Incident) -> tuple[Measure, str]:
    """The measure meant, and what was said after it; without an id the only one that waits."""
    wanted, _, reason = rest(request.words).partition(" ")
    wanted = request.args.get("measure") or wanted
    found = next((m for m in state.measures if m.id == wanted.lower()), None)
    if found:
        return found, reason
    waiting = [m for m in state.measures if m.state in ("proposed", "approved")]
    if len(waiting) == 1:
        return waiting[0], rest(request.words)
    if not waiting:
        raise Refused(line("没有等决定的提案。要动重大措施先发「提案 …」。"))
    raise Refused(line("说是哪一个：{names}。", names=joined([m.id for m in waiting])))
