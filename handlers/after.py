"""After the end: summaries, the review, improvements, closing."""

from __future__ import annotations

import re
from datetime import date

from bot.cards import forms
from bot.cards.views import lists
from bot.core import people
from bot.core.commands import AddAction, CloseIncident, FinishAction, HoldReview, MoveReview, SubmitSummary, VerifyAction
from bot.core.errors import Refused
from bot.plan.schema import Plan
from bot.service import Service
from bot.talk import Answer, Ask, Private, Request
from bot.words import When, line
from handlers.meant import ahead, ask, chosen, do, group, incident_of, need, person, rest


def summary(request: Request, service: Service) -> Answer:
    """交本组小结：做得好的、不顺的、下次改什么。
    Hand in your group's summary.
    小结 回滚快，定级慢了 5 分钟
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    first, _, left = words.partition(" ")
    team = request.args.get("group") or (group(first, plan) if left else None)
    if not words and not request.values:
        return Ask(forms.FORMS_BY_ID["after.summary"](state, plan, group=team or _own_group(request.who, plan)))
    text = request.values.get("text", left if team and left and not request.args.get("group") else words)
    own = request.values.get("group") or team or _own_group(request.who, plan)
    return do(request, service, SubmitSummary(own, text), line("本组小结已交。"), state.id)


def _own_group(who: str, plan: Plan) -> str:
    return next(iter(people.groups_of(plan, who)), next(iter(plan.groups)))


def review(request: Request, service: Service) -> Answer:
    """看复盘进度，导出复盘草稿。
    The state of the review, and the draft of its document.
    复盘
    """
    state = incident_of(request, service)
    card = service.draw(state.id, "after", {})
    if card is None or state.ending is None:
        raise Refused(line("结束之后才复盘。现在先把事情处理完。"))
    return Private(card)


def review_moved(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "after.review")
    state = incident_of(request, service)
    at = ahead(need(request, "at", line("写日期和时间，例如「11-26 15:00」。")), request, service.plan_of(state.id), "at")
    return do(request, service, MoveReview(at), line("复盘定在 {at}。", at=When(at, "day")), state.id)


def held(request: Request, service: Service) -> Answer:
    return do(request, service, HoldReview(request.values.get("note", "")), line("复盘已开，记下了。接着把改进项落到人。"))


def actions(request: Request, service: Service) -> Answer:
    """看改进项；在卡片上新增、完成、复核。
    The improvements; add, finish and check them on the card.
    改进
    """
    state = incident_of(request, service)
    return Private(lists.actions(state, service.plan_of(state.id)))


def action_added(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "after.action")
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    text = need(request, "text", line("写要改什么。"))
    owner = person(need(request, "owner", line("选责任人。")), plan, "owner")
    due = _date(need(request, "due", line("写截止日，例如「12-10」。")), request, plan, "due")
    command = AddAction(text, owner, due, request.values.get("how", ""))
    return do(request, service, command, line("改进项已加，到期会提醒责任人。"), state.id)


def action_done(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "after.done")
    command = FinishAction(chosen(request, "action"), request.values.get("evidence", ""))
    return do(request, service, command, line("记为完成，等另一个人复核。"))


def action_checked(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "after.check")
    ok = request.values.get("ok", "yes") == "yes"
    command = VerifyAction(chosen(request, "action"), ok, request.values.get("note", ""))
    return do(request, service, command, line("复核通过，这条关闭。") if ok else line("没通过，退回责任人。"))


def close(request: Request, service: Service) -> Answer:
    """The incident is archived; what is missing is kept as a deviation with its reason."""
    state = incident_of(request, service)
    if not request.values and request.args.get("form") == "yes":
        return Ask(forms.FORMS_BY_ID["after.close"](state, service.plan_of(state.id)))
    return do(request, service, CloseIncident(request.values.get("reason", "")), line("{record} 已归档。", record=state.id), state.id)


def _date(text: str, request: Request, plan: Plan, field: str) -> date:
    """2026-12-10, 12-10 or 12 月 10 日: the next one that is not past."""
    found = re.fullmatch(r"\s*(?:(\d{4})[-/年.])?\s*(\d{1,2})[-/月.]\s*(\d{1,2})\s*日?\s*", text)
    today = request.at.astimezone(people.day_start(plan, request.at.date()).tzinfo).date()
    try:
        if found is None:
            raise ValueError(text)
        day = date(int(found[1] or today.year), int(found[2]), int(found[3]))
        return day if found[1] or day >= today else day.replace(year=day.year + 1)
    except ValueError:
        raise Refused(line("看不懂「{text}」。写成「12-10」或「2026-12-10」。", text=text), field=field) from None
