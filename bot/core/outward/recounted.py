"""The sentence of the timeline for what was asked from outside and answered, and for what had to be reported and was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from bot.core import people
from bot.core.outward import clocks, told
from bot.core.outward.duty_clocks import name_of
from bot.core.outward.events import (
    AnswerAgreed,
    AnswerChased,
    AnswerPutForward,
    AnswerReturned,
    AnswerSigned,
    DutyAnswered,
    DutyChased,
    DutyDrafted,
    DutyEvent,
    DutyExported,
    DutyJudged,
    DutyRaised,
    DutySubmitted,
    DutyWaived,
    InquiryAnswered,
    InquiryChased,
    InquiryEvent,
    InquiryGrouped,
    InquiryHeld,
    InquiryLogged,
    TopicOpened,
    TopicOwned,
)
from bot.core.outward.state import Inquiry, Submission
from bot.core.outward.told import Kind
from bot.plan.schema import Plan
from bot.words import Line, Text, When, Who, joined, line

ANSWERS: Mapping[str, Line] = {"yes": line("是"), "no": line("否"), "unknown": line("不知道，按更严的来")}


SHORT: Mapping[str, Line] = {"yes": line("是"), "no": line("否"), "unknown": line("不知道")}


def inquiry(event: InquiryEvent, plan: Plan, known: Mapping[str, Text]) -> tuple[Text, Kind]:
    """`known` are the names of topics and the questions that earlier events gave."""
    match event:
        case InquiryLogged(inquiry=one):
            return line("{who}来问：{question}", who=_who(one, plan), question=one.question), "fact"
        case TopicOpened(topic=topic):
            return line("新问题（{audience}）：{name}", audience=clocks.audience_name(plan, topic.audience), name=topic.name), "note"
        case InquiryGrouped(inquiry=id, topic=topic):
            return line("咨询「{question}」并到「{name}」", question=known.get(id, id), name=known.get(topic, topic)), "note"
        case TopicOwned(topic=id, owner=owner):
            return line("「{name}」的口径由{who}负责", name=known.get(id, id), who=Who(owner)), "fact"
        case AnswerPutForward(topic=id, text=text, needed=needed):
            seats = joined([people.short(plan, seat) for seat in needed]) if needed else line("不用批")
            return line("写口径「{name}」（{seats}）：{text}", name=known.get(id, id), seats=seats, text=text), "fact"
        case AnswerSigned(topic=id, seat=seat):
            return line("{seat}批准口径「{name}」", seat=people.short(plan, seat), name=known.get(id, id)), "decision"
        case AnswerAgreed(topic=id):
            return line("口径「{name}」可以用", name=known.get(id, id)), "decision"
        case AnswerReturned(topic=id, reason=reason):
            return line("退回口径「{name}」：{reason}", name=known.get(id, id), reason=reason), "decision"
        case AnswerChased(topic=id):
            return line("口径「{name}」还没批，催", name=known.get(id, id)), "chase"
        case InquiryHeld(inquiry=id):
            return line("先回「收到，会答复」：{question}", question=known.get(id, id)), "fact"
        case InquiryAnswered(inquiry=id, text=text, agreed=True):
            return line("按口径答复「{question}」：{text}", question=known.get(id, id), text=text), "fact"
        case InquiryAnswered(inquiry=id, text=text):
            return line("没按口径答复「{question}」：{text}", question=known.get(id, id), text=text), "fact"
        case InquiryChased(inquiry=id, step=step):
            what = known.get(id, id)
            late = line("过了时间没答复，催：{question}", question=what)
            return line("快到时间，提醒答复：{question}", question=what) if step == 1 else late, "chase"
    assert_never(event)


def _who(one: Inquiry, plan: Plan) -> Text:
    audience = clocks.audience_name(plan, one.audience)
    return line("{audience} {who}", audience=audience, who=told.party(plan, one.who)) if one.who else audience


def duty(event: DutyEvent, plan: Plan) -> tuple[Text, Kind]:
    name = name_of(plan, event.duty.id if isinstance(event, DutyRaised) else event.duty)
    match event:
        case DutyRaised(duty=one):
            because = joined([reason(plan, why) for why in one.why]) if one.why else line("人问起")
            return line("要不要上报，开始研判：{name}（{why}）", name=name, why=because), "fact"
        case DutyAnswered(question=number, finding=finding):
            return line("研判「{name}」第 {n} 题：{answer}", name=name, n=number, answer=ANSWERS[finding.answer]), "fact"
        case DutyJudged(verdict=verdict) if verdict.applies:
            return line("研判要上报「{name}」：{reason}", name=name, reason=verdict.reason), "decision"
        case DutyJudged(verdict=verdict):
            return line("研判不用上报「{name}」：{reason}", name=name, reason=verdict.reason), "decision"
        case DutyDrafted():
            return line("起草上报「{name}」", name=name), "fact"
        case DutySubmitted(submission=done):
            return _submitted(name, done), "decision"
        case DutyWaived(waiver=waiver):
            return line("豁免「{name}」中可不做的部分：{reason}", name=name, reason=waiver.reason), "decision"
        case DutyExported():
            return line("导出「{name}」的草稿", name=name), "fact"
        case DutyChased():
            return line("上报到时间，提醒：{name}", name=name), "chase"
    assert_never(event)


def _submitted(name: Text, done: Submission) -> Text:
    receipt: Text = done.receipt or line("受理号待补")
    return line("{who} {at} 提交「{name}」（{channel}，{receipt}）", who=Who(done.who), at=When(done.at, "day"), name=name,
                channel=done.channel, receipt=receipt)  # fmt: skip


def reason(plan: Plan, why: str) -> Text:
    """What made the bot ask, in words."""
    kind, _, id = why.partition(":")
    if kind == "override" and id in plan.grading.overrides:
        return plan.grading.overrides[id].name
    if kind == "checklist" and id in plan.checklists:
        return plan.checklists[id].name
    if kind == "level" and id in plan.severities:
        return plan.severities[id].name
    return id
