"""Questions from outside: taken down, gathered into topics, answered with the words that were agreed (clauses 2.1-5, 2.4-5, 5.3-3).

A topic belongs to one audience, and so does its answer: what was agreed for customers is not what the press is told. An answer may be
given once it is signed as the plan's table says for the audience and the level of now; before that it is 待批 and nobody's answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import people, response, rights
from bot.core.errors import Refused
from bot.core.events import Event, Stamp
from bot.core.incident import Incident, PersonId
from bot.core.outward import approval, clocks, gate, wording
from bot.core.outward.agreed import as_notice, digest, find, mouth, mouths, ready, seats, usable
from bot.core.outward.commands import (
    AgreeAnswer,
    AnswerInquiry,
    ApproveAnswer,
    GroupInquiry,
    HoldInquiry,
    InquiryCommand,
    LogInquiry,
    OwnTopic,
    ReturnAnswer,
)
from bot.core.outward.events import (
    AnswerAgreed,
    AnswerChased,
    AnswerPutForward,
    AnswerReturned,
    AnswerSigned,
    InquiryAnswered,
    InquiryChased,
    InquiryEvent,
    InquiryGrouped,
    InquiryHeld,
    InquiryLogged,
    TopicOpened,
    TopicOwned,
)
from bot.core.outward.inquiry_clocks import KINDS, deadlines, react, ring
from bot.core.outward.state import Inquiry, Outward, Signature, Topic
from bot.core.world import World
from bot.words import Text, Who, joined, line

__all__ = ["KINDS", "deadlines", "decide", "evolve", "react", "ring", "usable"]

INQUIRY = "answer.agree"


# --- deciding ---------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: InquiryCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if state.stage in gate.OVER:
        response.must_be_live(state)
    match command:
        case LogInquiry():
            return _log(state, command, by, world)
        case GroupInquiry(inquiry=id, topic=topic):
            return _group(state, _inquiry(state, id), _topic(state, topic))
        case OwnTopic(topic=id, owner=owner):
            rights.require(INQUIRY, by, state, world)
            return () if _topic(state, id).owner == owner else (TopicOwned(id, owner),)
        case AgreeAnswer(topic=id):
            return _agree(state, _topic(state, id), command, by, world)
        case ApproveAnswer(topic=id):
            return _approve(state, _topic(state, id), command, by, world)
        case ReturnAnswer(topic=id, reason=reason):
            return _return(state, _topic(state, id), reason, by, world)
        case AnswerInquiry(inquiry=id, text=text):
            return _answer(state, _inquiry(state, id), text, by, world)
        case HoldInquiry(inquiry=id):
            asked = _inquiry(state, id)
            return () if asked.held_at or asked.answered_at else (InquiryHeld(id),)
    assert_never(command)


def _inquiry(state: Incident, id: str) -> Inquiry:
    found = next((one for one in state.outward.inquiries if one.id == id), None)
    if found is None:
        raise Refused(line("没有这条咨询。发「咨询」看编号。"), Button(line("看咨询"), press("inquiry.list", record=state.id), "primary"))
    return found


def _topic(state: Incident, id: str) -> Topic:
    found = find(state, id)
    if found is None:
        raise Refused(line("没有这个问题。发「咨询」看编号。"), Button(line("看咨询"), press("inquiry.list", record=state.id), "primary"))
    return found


def _log(state: Incident, command: LogInquiry, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Twice the same from the same is a double click while it is open."""
    audience = world.plan.comms.audiences.get(command.audience)
    if audience is None or audience.id == gate.INTERNAL:
        names = joined([one.name for one in world.plan.comms.audiences.values() if one.id != gate.INTERNAL])
        raise Refused(line("写谁来问的：{names}。", names=names), field="audience")
    question = response.typed(command.question, line("写问了什么。"), "question").strip()
    at = response.not_in_future(command.at, world.now, "at") if command.at else world.now
    same = (audience.id, command.who.strip(), question)
    if any((one.audience, one.who, one.question) == same and one.answered_at is None for one in state.outward.inquiries):
        return ()
    topic, opened = _belongs(state, command, question, audience.id, by, world)
    due = at + timedelta(minutes=audience.inquiry_min) if audience.inquiry_min else None
    id = f"q{len(state.outward.inquiries) + 1}"
    return (*opened, InquiryLogged(Inquiry(id, audience.id, command.who.strip(), question, topic, by or "", at, due)))


def _belongs(
    state: Incident, command: LogInquiry, question: str, audience: str, by: PersonId | None, world: World
) -> tuple[str, tuple[TopicOpened, ...]]:
    if command.topic:
        known = _topic(state, command.topic)
        _same_audience(known, audience)
        return known.id, ()
    alone = mouth(world.plan, audience)
    able = approval.holders(state, alone, world) if alone else clocks.writers(state, audience, world)
    opened = Topic(f"k{len(state.outward.topics) + 1}", audience, question, next(iter(able), by or ""))
    return opened.id, (TopicOpened(opened),)


def _same_audience(topic: Topic, audience: str) -> None:
    if topic.audience != audience:
        raise Refused(line("问的人不一样，口径也不一样，不能并在一起。"))


def _group(state: Incident, asked: Inquiry, topic: Topic) -> tuple[Event, ...]:
    _same_audience(topic, asked.audience)
    return () if asked.topic == topic.id else (InquiryGrouped(asked.id, topic.id),)


# --- the agreed answer --------------------------------------------------------------------------------------------------------


def _agree(state: Incident, topic: Topic, command: AgreeAnswer, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Put before the seats of the plan's table. What is agreed already and stays the same is nothing new."""
    may_agree(state, topic, by, world)
    text = response.typed(command.text, line("写怎么答。"), "text").strip()
    defence = command.defence.strip()
    _worded(state, topic, text, defence, world)
    fresh = replace(topic, text=text, by=by, at=world.now, needed=seats(state, world.plan, topic), signatures=(), chased=0, approved="")
    under_way = bool(topic.approved) or (topic.needed and not topic.reason)
    if under_way and topic.text == text and set(fresh.needed) <= set(topic.needed):
        return ()
    asked = approval.asked(state, as_notice(fresh), world)
    put = AnswerPutForward(topic.id, text, defence, fresh.needed, asked)
    return (put,) if fresh.needed else (put, AnswerAgreed(topic.id, digest(fresh)))


def may_agree(state: Incident, topic: Topic, by: PersonId | None, world: World) -> None:
    """Where one post alone speaks to them, that post and those who stand in for it; else the communications side."""
    alone = mouth(world.plan, topic.audience)
    if alone is None:
        rights.require(INQUIRY, by, state, world)
    elif by not in mouths(state, alone, world):
        raise _only(state, topic.audience, alone, world)


def _only(state: Incident, audience: str, alone: str, world: World) -> Refused:
    who = approval.holders(state, alone, world)
    names: Text = joined([Who(person) for person in who[:3]]) if who else line("（没有人在）")
    text = line("{audience}的问题只由{post}答：{who}。先回「收到，会答复」，把问题转过去。",
                audience=clocks.audience_name(world.plan, audience), post=people.short(world.plan, alone), who=names)  # fmt: skip
    call = Button(line("呼叫{post}", post=people.short(world.plan, alone)), press("roll.call", record=state.id, post=alone), "primary")
    return Refused(text, call)


def _worded(state: Incident, topic: Topic, text: str, defence: str, world: World) -> None:
    """Said by people rather than sent, it is held to the same words."""
    found = wording.remarks(text, "zh-CN", world.plan, state, topic.audience)
    forbidden = next((one for one in found if one.forbids), None)
    if forbidden:
        raise Refused(line("「{word}」不能对外说。{advice}", word=forbidden.word, advice=forbidden.advice), field="text")
    if found and not defence:
        words = joined([line("「{word}」", word=one.word) for one in found[:3]])
        raise Refused(line("措辞还有 {n} 处要改：{words}。改掉，或写一句为什么这样说。", n=len(found), words=words), field="defence")


def _approve(state: Incident, topic: Topic, command: ApproveAnswer, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if by is None:
        raise Refused(line("对外的话要由人批准。"))
    notice = as_notice(topic)
    if topic.approved or any(signature.by == by for signature in topic.signatures):
        return ()
    if not topic.text or topic.reason:
        raise Refused(line("还没有口径等着批。"), _write(state, topic))
    if command.digest and command.digest != digest(topic):
        raise Refused(line("这份文字刚改过，和你看到的不一样。看了新的再批。"), _look(state, topic))
    if not set(seats(state, world.plan, topic)) <= set(topic.needed):
        raise Refused(line("级别升了，要批的人多了。请写口径的人重新提交。"), _write(state, topic))
    seat = approval.seat_for(state, notice, by, world)
    if seat is None:
        raise _not_yours(state, topic, by, world)
    signed = AnswerSigned(topic.id, seat, digest(topic))
    return (signed, AnswerAgreed(topic.id, digest(topic))) if notice.waiting == (seat,) else (signed,)


def _not_yours(state: Incident, topic: Topic, by: PersonId, world: World) -> Refused:
    notice = as_notice(topic)
    able = approval.asked(state, notice, world)
    left = joined([people.short(world.plan, seat) for seat in notice.waiting])
    who: Text = joined([Who(person) for person in able[:3]]) if able else line("（没有人在）")
    call = press("task.ask", record=state.id, person=able[0], act="notice.approve") if able else None
    fix = (Button(line("叫{who}", who=Who(able[0])), call),) if call else ()
    if by == topic.by:
        return Refused(line("自己写的、改的要别人批。还差{seats}：{who}。", seats=left, who=who), *fix)
    return Refused(line("这份要由{seats}批：{who}。", seats=left, who=who), *fix)


def _return(state: Incident, topic: Topic, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """By anybody who fills one of its seats, signed or not: what turned out wrong is taken back the same way."""
    if topic.reason:
        return ()
    if not topic.text or not topic.needed:
        raise Refused(line("还没有口径等着批。"), _write(state, topic))
    able = [one for seat in topic.needed for one in (*approval.holders(state, seat, world), *approval.stand_ins(state, seat, world))]
    if by is None or by not in able:
        seated = joined([people.short(world.plan, seat) for seat in topic.needed])
        raise Refused(line("这份要由{seats}批：{who}。", seats=seated, who=joined([Who(one) for one in able[:3]])))
    return (AnswerReturned(topic.id, response.typed(reason, line("写一句退回的理由，起草人好改。"), "reason")),)


# --- answering ----------------------------------------------------------------------------------------------------------------


def _answer(state: Incident, asked: Inquiry, text: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """With the agreed answer; other words are what was said, and are kept as such. To the press only its one voice speaks."""
    if asked.answered_at:
        return ()
    alone = mouth(world.plan, asked.audience)
    if alone and by not in mouths(state, alone, world):
        raise _only(state, asked.audience, alone, world)
    topic = _topic(state, asked.topic)
    agreed = usable(state, world.plan, topic)
    said = text.strip() or agreed
    if said is None:
        raise Refused(ready(state, world.plan, topic), *_way(state, topic, asked))
    return (InquiryAnswered(asked.id, said, said == agreed),)


def _way(state: Incident, topic: Topic, asked: Inquiry) -> tuple[Button, ...]:
    hold = () if asked.held_at else (Button(line("先回「收到」"), press("inquiry.hold", record=state.id, inquiry=asked.id)),)
    return (_look(state, topic) if topic.text and not topic.reason else _write(state, topic), *hold)


def _write(state: Incident, topic: Topic) -> Button:
    return Button(line("写口径"), press("answer.agree", record=state.id, topic=topic.id), "primary")


def _look(state: Incident, topic: Topic) -> Button:
    return Button(line("看这个问题"), press("inquiry.topic", record=state.id, topic=topic.id), "primary")


# --- folding ----------------------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: InquiryEvent, stamp: Stamp) -> Incident:
    return replace(state, outward=_evolve(state.outward, event, stamp))


def _evolve(outward: Outward, event: InquiryEvent, stamp: Stamp) -> Outward:
    match event:
        case InquiryLogged(inquiry=inquiry):
            return replace(outward, inquiries=(*outward.inquiries, inquiry))
        case TopicOpened(topic=topic):
            return replace(outward, topics=(*outward.topics, topic))
        case InquiryGrouped(inquiry=id, topic=into):
            return _asked(outward, id, lambda one: replace(one, topic=into))
        case TopicOwned(topic=id, owner=owner):
            return _with(outward, id, lambda one: replace(one, owner=owner))
        case AnswerPutForward(topic=id):
            return _with(outward, id, lambda one: replace(
                one, text=event.text, by=stamp.by, at=stamp.at, needed=event.needed, signatures=(), defence=event.defence, approved="",
                reason="", chased=0,
            ))  # fmt: skip
        case AnswerSigned(topic=id, seat=seat, digest=signed):
            signature = Signature(seat, stamp.by or "", stamp.at, signed)
            return _with(outward, id, lambda one: replace(one, signatures=(*one.signatures, signature)))
        case AnswerAgreed(topic=id, digest=approved):
            return _with(outward, id, lambda one: replace(one, approved=approved))
        case AnswerReturned(topic=id, reason=reason):
            return _with(outward, id, lambda one: replace(one, reason=reason, signatures=(), approved=""))
        case AnswerChased(topic=id, step=step):
            return _with(outward, id, lambda one: replace(one, chased=step))
        case InquiryHeld(inquiry=id):
            return _asked(outward, id, lambda one: replace(one, held_at=stamp.at, held_by=stamp.by))
        case InquiryAnswered(inquiry=id, text=text, agreed=agreed):
            return _asked(outward, id, lambda one: replace(
                one, answered_at=stamp.at, answered_by=stamp.by, answer=text, agreed=agreed))  # fmt: skip
        case InquiryChased(inquiry=id, step=step):
            return _asked(outward, id, lambda one: replace(one, chased=step))
    assert_never(event)


def _asked(outward: Outward, id: str, change: Callable[[Inquiry], Inquiry]) -> Outward:
    return replace(outward, inquiries=tuple(change(one) if one.id == id else one for one in outward.inquiries))


def _with(outward: Outward, id: str, change: Callable[[Topic], Topic]) -> Outward:
    return replace(outward, topics=tuple(change(one) if one.id == id else one for one in outward.topics))
