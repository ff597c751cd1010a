"""Situation reports, the timeline, notes and key moments."""

from __future__ import annotations

from typing import cast
from zoneinfo import ZoneInfo

from bot.cards import forms
from bot.cards.views import lists
from bot.core import timeline as timelines
from bot.core.commands import MarkMoment, SendUpdate, TakeNote
from bot.core.errors import Refused
from bot.core.hearing import read_time
from bot.core.incident import MomentKind
from bot.plan.schema import Plan
from bot.service import Service
from bot.talk import Answer, Ask, Private, Request
from bot.words import joined, line
from handlers.meant import ask, by_name, do, incident_of, moment, need, record_of, rest


def update(request: Request, service: Service) -> Answer:
    """发态势更新：机器人填七项，你填五项；没有新进展也要发。
    Send a situation report: the bot fills seven fields, you five.
    态势
    """
    state, words = incident_of(request, service), rest(request.words)
    if words:
        return do(request, service, SendUpdate({"situation": words}), line("态势已发到作战群、指挥中心和上报群。"), state.id)
    form = forms.FORMS_BY_ID["update.send"](state, service.plan_of(state.id), now=service.now())
    return Ask(form)


def sent(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    typed = {f.id: request.values.get(f.id, "").strip() for f in service.plan_of(state.id).documents.sitrep.fields if not f.auto}
    return do(request, service, SendUpdate(typed), line("态势已发到作战群、指挥中心和上报群。"), state.id)


def timeline(request: Request, service: Service) -> Answer:
    """看时间线：谁、何时、做了什么。
    The timeline: who did what when.
    时间线
    """
    record = record_of(request, service)
    page = request.args.get("page", "")
    entries = timelines.timeline(service.events(record), service.plan_of(record))
    return Private(lists.timeline(record, entries, int(page) if page.isdigit() else 1))


def note(request: Request, service: Service) -> Answer:
    """往时间线记一条，可以补记以前的时间。
    Add a line to the timeline, back-dated if a time comes first.
    记 20:21 5xx 从 19:52 开始抬头
    """
    record, words = record_of(request, service), rest(request.words)
    if not words:
        return ask(request, service, "timeline.note")
    first, _, left = words.partition(" ")
    plan = service.plan_of(record)
    found = read_time(first, request.at, ZoneInfo(plan.time_zone)) if left and any(c.isdigit() for c in first) else None
    command = TakeNote(left.strip() if found else words, found.at if found else None)
    return do(request, service, command, line("记到时间线了。"), record)


def noted(request: Request, service: Service) -> Answer:
    record = record_of(request, service)
    text = need(request, "text", line("写一句发生了什么。"))
    happened = moment(request.values.get("at", ""), request, service.plan_of(record), "at")
    return do(request, service, TakeNote(text, happened), line("记到时间线了。"), record)


def pin(request: Request, service: Service) -> Answer:
    """📌 on a message: it goes to the timeline with its author and its time."""
    if request.message is None:
        raise Refused(line("在一条消息上点 📌，把它记到时间线。"))
    author, text, link = request.message
    known = author if author in service.plan().people else None
    said = request.args.get("at", "")
    happened = moment(said, request, service.plan(), "at") if said else None
    command = TakeNote(text, happened, known, request.args.get("message") or link, link)
    return do(request, service, command, line("记到时间线了。"))


def moment_form(request: Request, service: Service) -> Answer:
    return ask(request, service, "timeline.moment")


def moment_marked(request: Request, service: Service) -> Answer:
    """A key moment that was missed, with its time."""
    record = record_of(request, service)
    plan = service.plan_of(record)
    kind = _moment_kind(request.values.get("kind") or request.args.get("kind", ""), plan)
    happened = moment(request.values.get("at", ""), request, plan, "at")
    command = MarkMoment(kind, happened, request.values.get("note", ""))
    return do(request, service, command, line("时刻已记：{name}。", name=plan.key_moments[kind].name), record)


def _moment_kind(word: str, plan: Plan) -> MomentKind:
    found = by_name(word, [(m.id, (m.id, m.name.zh, m.name.en)) for m in plan.key_moments.values()])
    if found is None:
        raise Refused(line("时刻只有{names}。", names=joined([m.name for m in plan.key_moments.values()])), field="kind")
    return cast(MomentKind, found)
