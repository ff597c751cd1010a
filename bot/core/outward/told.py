"""The sentence of the timeline for each thing that happens with the words to the outside: who was told what, how, by whose leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

from bot.core import people
from bot.core.outward import clocks
from bot.core.outward.events import (
    ApprovalAsked,
    ApprovalChased,
    ClockRung,
    DeliveryEnded,
    DeliveryRetried,
    NoticeApproved,
    NoticeDrafted,
    NoticeEdited,
    NoticeEvent,
    NoticeExpired,
    NoticeReturned,
    NoticeSent,
    NoticeSigned,
    NoticeWithdrawn,
    PromiseChased,
    PromiseKept,
    PromiseMade,
    TalkLogged,
    TellingAsked,
)
from bot.core.outward.state import Delivery, Recipient
from bot.plan.schema import Plan
from bot.words import Line, Text, When, joined, line

Kind = Literal["fact", "decision", "note", "call", "chase"]
NAMED = 5  # recipients named in a sentence
WAYS: dict[str, Line] = {
    "mail": line("邮件"), "webhook": line("接口"), "room": line("群"), "status": line("状态页"), "file": line("文件"), "sms": line("短信"),
    "phone": line("电话"),
}  # fmt: skip


def tell(event: NoticeEvent, plan: Plan, known: Mapping[str, Text]) -> tuple[Text, Kind]:
    """`known` are the names of notices, promises and `notice:delivery` that earlier events gave."""
    match event:
        case NoticeDrafted(notice=notice):
            return line("起草对外通知：{name}", name=called(plan, notice.script)), "fact"
        case NoticeEdited(notice=id):
            return line("修改「{name}」，先前的签字作废", name=_name(id, known)), "fact"
        case ApprovalAsked(notice=id, needed=(), defence=defence):
            return _because(line("「{name}」不用审批", name=_name(id, known)), defence), "fact"
        case ApprovalAsked(notice=id, needed=needed, defence=defence):
            seats = joined([people.short(plan, seat) for seat in needed])
            return _because(line("「{name}」提交审批：{seats}", name=_name(id, known), seats=seats), defence), "call"
        case ApprovalChased(notice=id):
            return line("「{name}」还没批，催", name=_name(id, known)), "chase"
        case NoticeSigned(notice=id, seat=seat):
            return line("{seat}批准「{name}」", seat=people.short(plan, seat), name=_name(id, known)), "decision"
        case NoticeApproved(notice=id, valid_until=until):
            return line("「{name}」可以发，{at} 前有效", name=_name(id, known), at=When(until)), "decision"
        case NoticeReturned(notice=id, reason=reason):
            return line("退回「{name}」：{reason}", name=_name(id, known), reason=reason), "decision"
        case NoticeWithdrawn(notice=id, reason=reason):
            return _because(line("撤回「{name}」", name=_name(id, known)), reason), "decision"
        case NoticeExpired(notice=id):
            return line("「{name}」的批准过期，没有发", name=_name(id, known)), "fact"
        case NoticeSent(notice=id, deliveries=deliveries):
            return _sent(_name(id, known), deliveries, plan), "decision"
        case DeliveryRetried(notice=id, deliveries=ids):
            whom = joined([known.get(f"{id}:{one}", one) for one in ids[:NAMED]])
            return line("重发「{name}」给{whom}", name=_name(id, known), whom=whom), "fact"
        case DeliveryEnded():
            return _ended(event, known), "fact"
        case PromiseMade(promise=promise):
            to = party(plan, promise.to)
            if promise.due_at is None:
                return line("答应{to}：{text}", to=to, text=promise.text), "fact"
            return line("答应{to} {at} 前：{text}", to=to, at=When(promise.due_at, "day"), text=promise.text), "fact"
        case PromiseKept(promise=id):
            return line("兑现承诺：{text}", text=known.get(id, id)), "fact"
        case PromiseChased(promise=id):
            return line("承诺到时间，提醒：{text}", text=known.get(id, id)), "chase"
        case TalkLogged(talk=talk):
            to, via = party(plan, talk.to), WAYS.get(talk.via, talk.via)
            if not talk.via:
                return line("和{to}说：{text}", to=to, text=talk.text), "fact"
            return line("和{to}说（{via}）：{text}", to=to, via=via, text=talk.text), "fact"
        case ClockRung(audience=audience, phase=phase, step=step):
            what = clocks.name(plan, audience, phase)
            return line("快到时间，提醒：{what}", what=what) if step == 1 else line("到时间还没发，催：{what}", what=what), "chase"
        case TellingAsked(audiences=audiences):
            names = joined([clocks.audience_name(plan, audience) for audience in audiences])
            return line("还没告诉{audiences}已经恢复，提醒", audiences=names), "chase"
    assert_never(event)


def called(plan: Plan, script: str) -> Text:
    return plan.comms.scripts[script].name if script in plan.comms.scripts else script


def recipient(plan: Plan, one: Recipient) -> Text:
    """生鲜一号（邮件）; the public by its way alone."""
    way: Text = WAYS.get(one.via, one.via)
    contact = plan.comms.contacts.get(one.contact)
    if contact is None:
        return line("{name}（{way}）", name=one.contact, way=way) if one.contact else way
    return line("{name}（{way}）", name=contact.name, way=way)


def _name(id: str, known: Mapping[str, Text]) -> Text:
    return known.get(id, id)


def _because(what: Text, reason: str) -> Text:
    return line("{what}（{reason}）", what=what, reason=reason) if reason.strip() else what


def _sent(name: Text, deliveries: tuple[Delivery, ...], plan: Plan) -> Text:
    whom: Text = joined([recipient(plan, one.recipient) for one in deliveries[:NAMED]])
    if len(deliveries) > NAMED:
        whom = line("{names} 等 {n} 处", names=whom, n=len(deliveries))
    if deliveries and all(one.state == "drill" for one in deliveries):
        return line("【演练】发出「{name}」：{whom}，不外发", name=name, whom=whom)
    return line("发出「{name}」：{whom}", name=name, whom=whom)


def _ended(event: DeliveryEnded, known: Mapping[str, Text]) -> Text:
    name, whom = _name(event.notice, known), known.get(f"{event.notice}:{event.delivery}", event.delivery)
    match event.kind:
        case "sent":
            return line("「{name}」发到了：{whom}", name=name, whom=whom)
        case "handed":
            said = line("「{name}」人工发出：{whom}", name=name, whom=whom)
            return line("{what}（{reason}）", what=said, reason=event.why) if event.why else said
        case "failed":
            return line("「{name}」没发到{whom}：{why}", name=name, whom=whom, why=event.why)
        case "doubt":
            return line("「{name}」不确定发到{whom}没有：{why}", name=name, whom=whom, why=event.why)
    assert_never(event.kind)


def party(plan: Plan, to: str) -> Text:
    """A contact or an audience by its name, anybody else as typed."""
    if to in plan.comms.contacts:
        return plan.comms.contacts[to].name
    return clocks.audience_name(plan, to)
