"""Questions from outside: what nobody has answered yet, the agreed answer of a topic on its way, how well we answer (clauses 2.1-5, 2.4-5).

An answer that may not be given yet is shown to those who sign it and never as an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.cards.model import Block, Card, Choices, Fact, Facts, Option, Table, Tone, Words
from bot.cards.views import phrases as p
from bot.core.incident import Incident
from bot.core.outward import agreed, clocks, told
from bot.core.outward.state import Inquiry, Topic
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

LISTED = 6
OPTIONS = 90  # of a select; Slack carries 100
TITLE = 40


def inquiries(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """In the room: the oldest first, each until when; how many were answered in time."""
    return _overview(state, plan, None)


def overview(state: Incident, plan: Plan, now: datetime) -> Card:
    """Looked up: the same, with how long each has waited."""
    return _overview(state, plan, now)


def _overview(state: Incident, plan: Plan, now: datetime | None) -> Card:
    open_, done = agreed.waiting(state), agreed.served(state)
    over = not open_ and not state.live
    return p.card(
        state,
        plan,
        line("外面来问的"),
        _rows(state, plan, open_, now),
        Words(line("还有 {n} 条，从下面选。", n=len(open_) - LISTED), "note") if len(open_) > LISTED else None,
        Words(line("答了 {n} 条，{late} 条晚了。", n=done.answered, late=done.late), "note") if done.answered else None,
        then=None if over else _next(open_),
        controls=() if state.stage == "closed" else _controls(state, plan, open_),
        tone=_tone(open_, now),
        chip=line("{n} 条没答", n=len(open_)) if open_ else None,
        icon="phone",
        done=over,
    )


def _tone(open_: tuple[Inquiry, ...], now: datetime | None) -> Tone:
    late = any(one.chased >= 2 or (now and one.due_at and one.due_at < now) for one in open_)
    return "alarm" if late else "calm"


def _rows(state: Incident, plan: Plan, open_: tuple[Inquiry, ...], now: datetime | None) -> Block:
    if not open_:
        return Words(line("没有等着答复的。"), "plain")
    return Facts(tuple(_row(state, plan, one, now) for one in open_[:LISTED]), "rows")


def _row(state: Incident, plan: Plan, one: Inquiry, now: datetime | None) -> Fact:
    topic = agreed.find(state, one.topic)
    ready = topic is not None and agreed.usable(state, plan, topic) is not None
    how: Text = line("有口径，照它答") if ready else line("先回过「收到」") if one.held_at else line("还没有口径")
    late = one.chased >= 2 or bool(now and one.due_at and one.due_at < now)
    age = _age(state, one, now)
    return Fact(p.shortened(one.question, TITLE), line("{who}，{age}", who=asker(one, plan), age=age), how, due=one.due_at,
                tone="alarm" if late else "calm")  # fmt: skip


def _age(state: Incident, one: Inquiry, now: datetime | None) -> Text:
    if now is None:
        return line("{at} 问的", at=p.clock(state, one.at))
    minutes = max(int((now - one.at).total_seconds() // 60), 0)
    return line("等了 {n} 分钟", n=minutes)


def asker(one: Inquiry, plan: Plan) -> Text:
    audience = clocks.audience_name(plan, one.audience)
    return line("{audience} {who}", audience=audience, who=told.party(plan, one.who)) if one.who else audience


def _next(open_: tuple[Inquiry, ...]) -> Text:
    if open_:
        return line("从最早的答起。没有口径先写口径，别各答各的。")
    return line("有人来问就记一条：谁问的、问什么。")


def _controls(state: Incident, plan: Plan, open_: tuple[Inquiry, ...]) -> tuple[Block, ...]:
    log = p.plain(state, line("记一条咨询"), "inquiry.log")
    tops = p.plain(state, line("问得最多的"), "inquiry.tops") if state.outward.topics else None
    if not open_:
        return p.buttons(log, tops)
    first = p.primary(state, line("答最早的一条"), "inquiry.show", inquiry=open_[0].id)
    options = tuple(Option(one.id, p.shortened(one.question, TITLE), asker(one, plan)) for one in open_[:OPTIONS])
    return (*p.buttons(first, log, tops), Choices(line("看一条"), options, p.act(state, "inquiry.show")))


# --- one question -------------------------------------------------------------------------------------------------------------


def inquiry(state: Incident, plan: Plan, id: str, *, near: tuple[Topic, ...] = (), holding: Text | None = None) -> Card:
    """Shown to one person: the agreed answer where there is one. `near` are topics that ask much the same, `holding` the first word."""
    one = next((each for each in state.outward.inquiries if each.id == id), None)
    topic = agreed.find(state, one.topic) if one else None
    if one is None or topic is None:
        return p.card(state, plan, line("咨询"), then=line("这条不在了。"), icon="phone", done=True)
    answer = agreed.usable(state, plan, topic)
    return p.card(
        state,
        plan,
        line("一条咨询"),
        Words(one.question, "lead"),
        Facts((Fact(line("谁问的"), asker(one, plan), line("{at} 问的", at=p.clock(state, one.at)), due=_due(one)),
               Fact(line("谁负责口径"), Who(topic.owner))), "rows"),
        _answered(one) if one.answered_at else _said(state, plan, topic, answer),
        (Words(line("先这样回："), "plain"), Words(holding, "quote")) if holding is not None and not one.answered_at else None,
        then=None if one.answered_at else _then(answer, one),
        controls=() if one.answered_at else _answering(state, plan, one, topic, answer, near),
        icon="phone",
        done=one.answered_at is not None,
    )  # fmt: skip


def _due(one: Inquiry) -> datetime | None:
    return None if one.answered_at else one.due_at


def _answered(one: Inquiry) -> tuple[Block, ...]:
    who = Who(one.answered_by or "")
    how = line("{who}按口径答复了。", who=who) if one.agreed else line("{who}没按口径答复：", who=who)
    return (Words(how, "plain"), Words(one.answer, "quote"))


def _said(state: Incident, plan: Plan, topic: Topic, answer: str | None) -> tuple[Block, ...]:
    if answer is not None:
        return (Words(line("统一口径："), "plain"), Words(answer, "quote"))
    return (Words(agreed.ready(state, plan, topic), "warn"),)


def _then(answer: str | None, one: Inquiry) -> Text:
    if answer is not None:
        return line("照口径答，答完记下来。")
    return line("等口径。") if one.held_at else line("先回一句「收到，会答复」，再催口径。")


def _answering(
    state: Incident, plan: Plan, one: Inquiry, topic: Topic, answer: str | None, near: tuple[Topic, ...]
) -> tuple[Block, ...]:
    done = p.primary(state, line("按口径答了"), "inquiry.answer", inquiry=one.id, agreed="yes") if answer is not None else None
    hold = None if one.held_at or answer is not None else p.primary(state, line("回过「收到」了"), "inquiry.hold", inquiry=one.id)
    write = p.plain(state, line("改口径") if topic.text else line("写口径"), "answer.agree", topic=topic.id)
    own = p.plain(state, line("答了别的话"), "inquiry.answer", inquiry=one.id)
    others = [each for each, _ in agreed.topics(state) if each.audience == one.audience and each.id != one.topic]
    ordered = [*(each for each in near if each.id != one.topic), *(each for each in others if each not in near)]
    options = tuple(Option(each.id, p.shortened(each.name, TITLE)) for each in ordered[:OPTIONS])
    select = (Choices(line("和这条是同一个问题"), options, p.act(state, "inquiry.group", inquiry=one.id)),) if options else ()
    return (*p.buttons(done, hold, write, own), *select)


# --- an answer on its way to be agreed ------------------------------------------------------------------------------------------


def answer(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """For those who sign: what is to be said to whom, and who has signed."""
    topic = agreed.find(state, args.get("topic", ""))
    if topic is None or not topic.text:
        return p.card(state, plan, line("口径"), then=line("还没有统一口径。先写口径，别各答各的。"), icon="scale", done=True)
    usable, notice = agreed.usable(state, plan, topic), agreed.as_notice(topic)
    waits = bool(notice.waiting) and not topic.reason
    return p.card(
        state,
        plan,
        _title(topic, usable),
        Words(topic.name, "lead"),
        Facts((Fact(line("答给谁"), clocks.audience_name(plan, topic.audience), line("{who}负责", who=Who(topic.owner))),), "rows"),
        Words(line("{who}退回：{reason}", who=line("批的人"), reason=topic.reason), "warn") if topic.reason else None,
        Words(topic.text, "quote"),
        Words(line("措辞说明：{reason}", reason=topic.defence), "note") if topic.defence else None,
        _seats(state, plan, topic),
        then=None if usable else _awaited(state, plan, topic, waits),
        controls=_signing(state, topic, waits=waits),
        tone="good" if usable else "warn",
        chip=line("待批") if waits else None,
        meta=line("{who} 写的 {at}", who=Who(topic.by), at=p.clock(state, topic.at)) if topic.by and topic.at else None,
        icon="scale",
        done=usable is not None or state.stage == "closed",
    )  # fmt: skip


def _title(topic: Topic, usable: str | None) -> Text:
    if usable is not None:
        return line("口径可以用了")
    return line("口径退回了") if topic.reason else line("口径还不能用")


def _seats(state: Incident, plan: Plan, topic: Topic) -> Facts | None:
    signed = {one.seat: one for one in topic.signatures}
    rows = [
        Fact(p.post(plan, seat), line("{who} {at} 批准", who=Who(signed[seat].by), at=p.clock(state, signed[seat].at)))
        if seat in signed
        else Fact(p.post(plan, seat), line("还没批"), p.holder(state, seat), tone="warn")
        for seat in topic.needed
    ]
    return Facts(tuple(rows), "rows") if rows else None


def _awaited(state: Incident, plan: Plan, topic: Topic, waits: bool) -> Text:
    if waits:
        left = agreed.as_notice(topic).waiting
        return line("{seats}看完批准或退回。", seats=joined([p.acting(state, plan, seat) for seat in left]))
    return agreed.ready(state, plan, topic)


def _signing(state: Incident, topic: Topic, *, waits: bool) -> tuple[Block, ...]:
    if state.stage == "closed":
        return ()
    yes = p.primary(state, line("批准"), "answer.approve", topic=topic.id, digest=agreed.digest(topic)) if waits else None
    back = p.danger(state, line("退回"), "answer.return", topic=topic.id) if waits else None
    return p.buttons(yes, back, p.plain(state, line("改口径"), "answer.agree", topic=topic.id))


def tops(state: Incident, plan: Plan) -> Card:
    """What is asked most, with the answer that may be given."""
    rows = tuple(
        (p.shortened(topic.name, TITLE), str(count), _standing(state, plan, topic)) for topic, count in agreed.topics(state)[: 2 * LISTED]
    )
    options = tuple(Option(topic.id, p.shortened(topic.name, TITLE)) for topic, _ in agreed.topics(state)[:OPTIONS])
    return p.card(
        state,
        plan,
        line("问得最多的"),
        Table((line("问题"), line("次数"), line("口径")), rows, (1,)) if rows else Words(line("还没有人来问。"), "plain"),
        then=line("问得多的先定口径。"),
        controls=(Choices(line("写口径或改口径"), options, p.act(state, "answer.agree")),) if options else (),
        icon="phone",
    )


def _standing(state: Incident, plan: Plan, topic: Topic) -> Text:
    said = agreed.usable(state, plan, topic)
    if said is not None:
        return said
    return line("待批") if topic.text and not topic.reason else line("还没有")
