"""Questions from outside: take one down, say which one it is again, agree on an answer, record how it was answered."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from bot import scripts
from bot.cards.views import inquiry as views
from bot.core import grading
from bot.core.incident import Incident
from bot.core.outward import agreed, variables
from bot.core.outward.commands import (
    AgreeAnswer,
    AnswerInquiry,
    ApproveAnswer,
    GroupInquiry,
    HoldInquiry,
    LogInquiry,
    ReturnAnswer,
)
from bot.core.outward.state import Inquiry, Topic
from bot.plan.schema import Plan
from bot.service import Outcome, Service
from bot.talk import Answer, Private, Request, Toast
from bot.words import Bi, Text, When, line
from handlers.meant import ALREADY, ask, by_name, chosen, do, incident_of, moment, need, rest

NUMBER = re.compile(r"^(q\d+)\b", re.IGNORECASE)
ALIKE = 55  # of 100: what is suggested as the same question; a person decides
HOLDING = "media_holding_reply"


def inquiry(request: Request, service: Service) -> Answer:
    """外面来问的：谁等了多久、统一口径；写「咨询 客户 问题」记一条。
    Questions from outside: who waits how long, the agreed answer; with an audience and a question it notes one.
    咨询 客户 配送还能到吗
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    if not words:
        return Private(views.overview(state, plan, service.now()))
    if words.casefold() in ("最多", "问得最多", "top"):
        return Private(views.tops(state, plan))
    if (named := NUMBER.match(words)) and any(one.id == named[1].lower() for one in state.outward.inquiries):
        return _shown(state, named[1].lower(), service)
    first, _, said = words.partition(" ")
    audience = by_name(first, [(a.id, (a.id, a.name.zh, a.name.en, a.name.en.rstrip("s"))) for a in plan.comms.audiences.values()])
    if audience is None or not said.strip():
        return ask(request, service, "inquiry.log", audience=audience or "", question=said.strip() if audience else words)
    who, question = _asker(said.strip(), audience, plan)
    return _log(LogInquiry(audience, who, question), state, request, service)


def _asker(said: str, audience: str, plan: Plan) -> tuple[str, str]:
    """A contact of the book named at the front; the rest is the question."""
    for one in plan.comms.contacts.values():
        for name in (one.name.zh, one.name.en, one.id):
            left = said.removeprefix(name).lstrip(" ：:，,")
            if one.audience == audience and left != said and left:
                return one.id, left
    return "", said


def log(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "inquiry.log")
    state = incident_of(request, service)
    at = moment(request.values.get("at", ""), request, service.plan_of(state.id), "at")
    question = need(request, "question", line("写问了什么。"))
    return _log(LogInquiry(request.values.get("audience", ""), request.values.get("who", ""), question, at), state, request, service)


def _log(command: LogInquiry, state: Incident, request: Request, service: Service) -> Answer:
    near = _near(state, command)

    def reply(outcome: Outcome) -> Answer:
        assert isinstance(outcome.after, Incident)
        if not outcome.events:
            return Toast(ALREADY)
        return _shown(outcome.after, outcome.after.outward.inquiries[-1].id, service, near)

    return service.run(request, state.id, command, reply)


def _near(state: Incident, command: LogInquiry) -> tuple[Topic, ...]:
    """Topics of the same audience that ask much the same, the likest first."""
    there = {topic.id: topic for topic, _ in agreed.topics(state) if topic.audience == command.audience}
    found = process.extract(command.question, {id: topic.name for id, topic in there.items()}, scorer=fuzz.WRatio, score_cutoff=ALIKE)
    return tuple(there[id] for _, _, id in found)


def _shown(state: Incident, id: str, service: Service, near: tuple[Topic, ...] = ()) -> Answer:
    plan = service.plan_of(state.id)
    one = next((each for each in state.outward.inquiries if each.id == id), None)
    topic = agreed.find(state, one.topic) if one else None
    ready = one is None or topic is None or agreed.usable(state, plan, topic) is not None
    holding = None if ready or one is None else _holding(state, plan, one)
    return Private(views.inquiry(state, plan, id, near=near, holding=holding))


def _holding(state: Incident, plan: Plan, one: Inquiry) -> Text:
    """The first word: the press gets the plan's own, everybody else that an answer will come."""
    pr = plan.comms.variables.get("pr_contact")
    line_ = plan.comms.audiences[one.audience].insert if one.audience in plan.comms.audiences else {}
    said = line_.get(grading.assumed_level(state, plan))
    if one.audience == "media" and HOLDING in plan.comms.scripts and state.external_allowed and pr and pr.fill and said and one.due_at:
        contact = plan.comms.contacts.get(one.who)
        reporter = contact.name if contact else one.who or Bi("记者", "journalist")
        values = {"reporter": reporter, "reply_by": variables.shown(one.due_at, plan), "approved_line": said, "pr_contact": pr.fill}
        return scripts.script(HOLDING, values)
    if one.due_at is None:
        return line("您的问题收到了，核实后答复您。")
    return line("您的问题收到了，{at} 前答复您。", at=When(one.due_at))


# --- one question ---------------------------------------------------------------------------------------------------------------


def listing(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    return Private(views.overview(state, service.plan_of(state.id), service.now()))


def tops(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    return Private(views.tops(state, service.plan_of(state.id)))


def show(request: Request, service: Service) -> Answer:
    state, id = incident_of(request, service), chosen(request, "inquiry")
    one = next((each for each in state.outward.inquiries if each.id == id), None)
    near = _near(state, LogInquiry(one.audience, one.who, one.question)) if one else ()
    return _shown(state, id, service, near)


def topic(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    return Private(views.answer(state, service.plan_of(state.id), {"topic": chosen(request, "topic")}))


def group(request: Request, service: Service) -> Answer:
    """A person has said that it is the same question."""
    return do(request, service, GroupInquiry(request.args.get("inquiry", ""), chosen(request, "topic")), line("并到一起了，用同一个口径。"))


def hold(request: Request, service: Service) -> Answer:
    return do(request, service, HoldInquiry(chosen(request, "inquiry")), line("记下了。有了口径再答。"))


def answered(request: Request, service: Service) -> Answer:
    """With the agreed answer from its button; other words in a form."""
    id, by_the_book = chosen(request, "inquiry"), request.args.get("agreed", "")
    if not by_the_book and not request.values:
        return ask(request, service, "inquiry.answer", inquiry=id)
    text = "" if by_the_book else need(request, "text", line("写怎么答的。"))
    return do(request, service, AnswerInquiry(id, text), line("记下了，答复了。"))


# --- the agreed answer ----------------------------------------------------------------------------------------------------------


def agree(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "answer.agree", topic=chosen(request, "topic"))
    text = need(request, "text", line("写怎么答。"))
    command = AgreeAnswer(request.args.get("topic", ""), text, request.values.get("defence", ""))
    return do(request, service, command, line("口径提交了。批完才能用。"))


def approve(request: Request, service: Service) -> Answer:
    command = ApproveAnswer(request.args.get("topic", ""), request.args.get("digest", ""))
    return do(request, service, command, line("批准了。都批完就能用。"), seen=True)


def give_back(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "answer.return", topic=chosen(request, "topic"))
    command = ReturnAnswer(request.args.get("topic", ""), request.values.get("reason", ""))
    return do(request, service, command, line("退回了，理由已告诉起草人。"))
