"""Until when a question from outside is answered (plan, comms: inquiry_min), and who is reminded of it or of an answer to sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import response
from bot.core.commands import Ring
from bot.core.due import Deadline
from bot.core.events import Stamp
from bot.core.incident import Incident, PersonId
from bot.core.outward import approval, clocks, gate
from bot.core.outward.agreed import as_notice, find, mouth, mouths
from bot.core.outward.events import (
    AnswerAgreed,
    AnswerChased,
    AnswerPutForward,
    AnswerReturned,
    InquiryChased,
    InquiryEvent,
    InquiryLogged,
)
from bot.core.outward.state import Inquiry, Topic
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan.schema import Plan
from bot.words import Text, When, Who, line

CLOCK, CHASE = "inquiry.clock", "answer.chase"
KINDS = frozenset({CLOCK, CHASE})
RUNGS = 3


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    if state.stage in gate.OVER:
        return ()
    found = [
        Deadline(CLOCK, f"{one.id}:{one.chased + 1}", _rung(one, one.due_at, one.chased + 1, plan))
        for one in state.outward.inquiries
        if one.answered_at is None and one.due_at and one.chased < RUNGS
    ]
    for topic in state.outward.topics:
        if _asked(topic) and topic.at and topic.chased < 2:
            wait = timedelta(minutes=plan.comms.approve_min * (topic.chased + 1))
            found.append(Deadline(CHASE, f"{topic.id}:{topic.chased + 1}", topic.at + wait))
    return tuple(found)


def _asked(topic: Topic) -> bool:
    return bool(topic.text and topic.needed and not topic.approved and not topic.reason)


def _rung(one: Inquiry, due: datetime, step: int, plan: Plan) -> datetime:
    """1 shortly before, at most half of the time before · 2 when it is due · 3 as far behind it."""
    remind = timedelta(minutes=plan.comms.remind_min)
    return (due - min(remind, (due - one.at) / 2), due, due + remind)[step - 1]


def ring(state: Incident, ring: Ring, world: World) -> tuple[InquiryEvent, ...]:
    """All questions whose rung has come, in one breath; of one only the highest."""
    if ring.kind == CHASE:
        id, _, rung = ring.subject.partition(":")
        topic = find(state, id)
        return (_chased(state, topic, int(rung), world),) if topic else ()
    found: list[InquiryChased] = []
    for one in state.outward.inquiries:
        if one.answered_at is None and one.due_at:
            rungs = range(one.chased + 1, RUNGS + 1)
            step = max((n for n in rungs if _rung(one, one.due_at, n, world.plan) <= world.now), default=0)
            found += [InquiryChased(one.id, step)] if step else []
    return tuple(found)


def _chased(state: Incident, topic: Topic, step: int, world: World) -> AnswerChased:
    """First those who stand in; then nobody new, but the commander hears."""
    put = replace(as_notice(topic), chased=step)
    return AnswerChased(topic.id, step, approval.asked(state, put, world) if step == 1 else ())


# --- the world --------------------------------------------------------------------------------------------------------------


def react(before: Incident | None, event: InquiryEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """Who must act: the one voice that is asked for, who signs, who mends, whose question is late. The card shows the rest."""
    slot = f"inquiry:{stamp.seq}"
    match event:
        case InquiryLogged(inquiry=one) if (alone := mouth(world.plan, one.audience)) and stamp.by not in mouths(after, alone, world):
            who = approval.holders(after, alone, world) or mouths(after, alone, world)[:1]
            audience = clocks.audience_name(world.plan, one.audience)
            text = line("{who}：{audience}来问：{question}。别人都不答，先回「收到，会答复」。",
                        who=_names(who), audience=audience, question=response.brief(one.question))  # fmt: skip
            return _say(after, slot, text, who)
        case AnswerPutForward(topic=id, people=asked) if asked:
            text = line("{who}：「{name}」的口径等你批准。批准或退回。", who=response.names(asked), name=_name(after, id))
            return _say(after, slot, text, asked)
        case AnswerAgreed(topic=id) if (topic := find(after, id)) and topic.needed:
            text = line("{who}：「{name}」的口径批了，照它答。", who=Who(topic.owner, mention=True), name=_name(after, id))
            return _say(after, slot, text, (topic.owner,))
        case AnswerReturned(topic=id, reason=reason) if (topic := find(after, id)) and topic.by:
            text = line("{who}：「{name}」的口径退回了：{reason}。改好再提交。",
                        who=Who(topic.by, mention=True), name=_name(after, id), reason=response.brief(reason))  # fmt: skip
            return _say(after, slot, text, (topic.by,))
        case AnswerChased(topic=id, step=1, people=asked):
            text = line("{who}：「{name}」的口径还没人批，你可以代批。批准或退回。", who=_names(asked), name=_name(after, id))
            return _say(after, slot, text, asked)
        case AnswerChased(topic=id):
            boss = (after.commander,) if after.commander else clocks.group(after, world)
            text = line("{who}：「{name}」的口径一直没人批，没法答复。催一下，或换人担任。", who=_names(boss), name=_name(after, id))
            return _say(after, slot, text, boss)
        case InquiryChased():
            return _late(before, event, slot, after, world)
        case _:
            return ()


def _late(before: Incident | None, event: InquiryChased, slot: str, after: Incident, world: World) -> tuple[Effect, ...]:
    """One message for all questions that came to the same rung together."""
    earlier = {one.id: one.chased for one in before.outward.inquiries} if before else {}
    rung = [one for one in after.outward.inquiries if one.chased == event.step != earlier.get(one.id, 0) and one.answered_at is None]
    if not rung or rung[0].id != event.inquiry or rung[0].due_at is None:
        return ()
    owners = [topic.owner for one in rung if (topic := find(after, one.topic))]
    lead = response.lead(after, world.plan, clocks.COMMS)
    boss = [*([lead] if lead else []), *([after.commander] if event.step > 2 and after.commander else [])]
    who = tuple(dict.fromkeys(person for person in [*owners, *(boss if event.step > 1 else [])] if person))
    if event.step == 1:
        text = line("{who}：{n} 条咨询 {at} 前要答复：{question}。", who=_names(who), n=len(rung), at=When(rung[0].due_at),
                    question=response.brief(rung[0].question))  # fmt: skip
        return _say(after, slot, text, who, quiet=not after.confidential)
    text = line("{who}：{n} 条咨询过了时间还没答复：{question}。照口径答，没有口径先回「收到，会答复」。", who=_names(who), n=len(rung),
                question=response.brief(rung[0].question))  # fmt: skip
    return _say(after, slot, text, who)


def _say(state: Incident, slot: str, text: Text, who: tuple[PersonId, ...], *, quiet: bool = False) -> tuple[Effect, ...]:
    """Into the room of everybody; what is not yet for everybody, into that of the group that speaks to the outside."""
    if quiet:
        own = response.room(state, clocks.COMMS)
        return (Say("@comms" if own == "war" else own, slot, text, who),)
    return (*(invite for person in who for invite in response.bring_in(state, person)), Say("war", slot, text, who))


def _names(who: tuple[PersonId, ...]) -> Text:
    return response.names(who) if who else line("沟通组")


def _name(state: Incident, id: str) -> str:
    topic = find(state, id)
    return response.brief(topic.name) if topic else id
