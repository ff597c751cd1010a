"""Sending what was approved: whom, how, what became of each, again where it failed, by hand where the bot has no way (clause 2.1-5).

An approval is good for `valid_min`, and once sent the text may go on leaving for as long again (`until`); what is still inside then has
failed. In a drill nothing leaves: each recipient is marked so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import rights
from bot.core.errors import Refused
from bot.core.events import Event
from bot.core.incident import Incident, PersonId
from bot.core.outward import approval, gate
from bot.core.outward.commands import AskApproval, MarkDelivered, RecordDelivery, RetryDelivery
from bot.core.outward.events import ApprovalAsked, DeliveryEnded, DeliveryRetried, NoticeApproved, NoticeSent, PromiseKept, PromiseMade
from bot.core.outward.state import BY_HAND, Delivery, Notice, Promise, Recipient
from bot.core.world import World
from bot.effects import Deliver
from bot.plan.schema import Plan
from bot.plan.schema.comms import Script
from bot.words import Text, When, line

OPEN = ("waiting", "by_hand")
REACHED = ("waiting", "sent", "doubt", "handed", "drill")


# --- whom -------------------------------------------------------------------------------------------------------------------


def recipients(state: Incident, plan: Plan, script: Script) -> tuple[Recipient, ...]:
    """Whom the plan names: the audience's contacts at the affected sites, each the best way that the audience has; the public last.

    A confidential incident does not go to the public unless somebody puts it there and it is approved so. A script with ways of its own
    is a word to some: the drafter names them.
    """
    known = plan.comms.audiences.get(script.audience)
    if known is None or script.vias:
        return ()
    if known.id == gate.INTERNAL:
        return () if state.confidential else (Recipient("", "room"),)
    sites = set(state.report.sites or plan.sites)
    found: list[Recipient] = []
    for contact in plan.comms.contacts.values():
        if contact.audience == known.id and (not contact.sites or sites & set(contact.sites)):
            found += [Recipient(contact.id, one.via) for one in contact.addresses if one.via in known.vias][:1]
    public = [via for via in known.vias if via == "file" or (via == "status" and not state.confidential)]
    return (*found, *(Recipient("", via) for via in public))


def told(notice: Notice) -> bool:
    """Whether it reached anybody or is on its way to them."""
    return notice.sent_at is not None and any(delivery.state in REACHED for delivery in notice.deliveries)


def until(notice: Notice, plan: Plan) -> datetime | None:
    """Until when a text that was sent may still leave."""
    return notice.sent_at + timedelta(minutes=plan.comms.valid_min) if notice.sent_at else None


# --- sending ----------------------------------------------------------------------------------------------------------------


def send(state: Incident, notice: Notice, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Approved as it stands, in time, and true now. A draft for which nobody needs to sign goes at once."""
    if notice.state in ("sending", "sent"):
        return ()
    may_send(state, notice, by, world)
    lack = gate.hindrance(state, world.plan, notice)
    if lack:
        raise Refused(lack.text, *((lack.fix,) if lack.fix else ()))
    free: tuple[Event, ...] = ()
    if notice.state in ("draft", "returned", "expired") and not approval.seats_now(state, world.plan, notice):
        free = approval.ask(state, notice, AskApproval(notice.id), by, world)
        assert isinstance(free[0], ApprovalAsked)
        assert isinstance(free[1], NoticeApproved)
        notice = replace(notice, needed=(), approved=gate.digest(notice), valid_until=free[1].valid_until)
    else:
        _must_be_approved(state, notice, world)
    approval.timely(state, notice, world)
    deliveries = tuple(_delivery(state, number, one, world.plan) for number, one in enumerate(notice.to, 1))
    return (*free, NoticeSent(notice.id, gate.digest(notice), deliveries), *_promises(state, notice, by, world))


def _must_be_approved(state: Incident, notice: Notice, world: World) -> None:
    button = Button(line("提交审批"), press("notice.ask", record=state.id, notice=notice.id), "primary")
    match notice.state:
        case "approved":
            pass
        case "expired":
            raise Refused(line("批准已经过期，要重新提交。"), button)
        case "asked":
            raise approval.unsigned(state, notice, world)
        case "draft" | "returned":
            raise Refused(line("还没有批准，不能发。先提交审批。"), button)
        case "sending" | "sent" | "withdrawn":
            raise approval.closed(state, notice)
        case _:
            assert_never(notice.state)
    if notice.valid_until is None or notice.valid_until <= world.now or notice.approved != gate.digest(notice):
        raise Refused(line("批准已经过期，要重新提交。"), button)
    signed = {signature.seat for signature in notice.signatures if signature.digest == notice.approved}
    if not set(notice.needed) <= signed or not set(approval.seats_now(state, world.plan, notice)) <= signed:
        raise Refused(line("批准以后级别变了，要更高一级批。重新提交审批。"), button)


def _delivery(state: Incident, number: int, recipient: Recipient, plan: Plan) -> Delivery:
    contact = plan.comms.contacts.get(recipient.contact)
    made = Delivery(f"d{number}", recipient, contact.language if contact else plan.language)
    if state.mode == "drill":
        return replace(made, state="drill", why=line("演练：不外发"))
    if recipient.via in BY_HAND:
        return replace(made, state="by_hand")
    return made


def _promises(state: Incident, notice: Notice, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """The next update that it promises; what earlier texts promised to the same people is kept with it."""
    open_ = [one for one in state.outward.promises if one.notice and one.kept_at is None and one.to == notice.audience]
    kept = tuple(PromiseKept(one.id) for one in open_)
    if notice.next_at is None:
        return kept
    id = f"p{len(state.outward.promises) + 1}"
    made = Promise(id, line("告知进展"), notice.audience, notice.next_at, by or notice.drafter, world.now, notice.id)
    return (*kept, PromiseMade(made))


def may_send(state: Incident, notice: Notice, by: PersonId | None, world: World) -> None:
    if by != notice.drafter:
        rights.require("notice.send", by, state, world)


def effects(state: Incident, notice: Notice, plan: Plan, only: tuple[str, ...] | None = None) -> tuple[Deliver, ...]:
    """The promise to deliver, for each delivery that the gate lets through."""
    found: list[Deliver] = []
    for one in notice.deliveries:
        written = gate.letter(state, plan, notice.id, one.id, notice.approved) if only is None or one.id in only else None
        if written:
            slot = f"out:{notice.id}:{one.id}:{one.tries}"
            found.append(Deliver(slot, one.recipient.via, notice.id, one.id, one.tries, notice.approved, one.recipient.contact,
                                 written.to, one.language, _platform(plan, written.to)))  # fmt: skip
    return tuple(found)


def _platform(plan: Plan, to: str) -> str:
    """Where the room of an address is; "" = on the first platform served."""
    room = plan.comms.rooms.get(to.removeprefix("@")) if to.startswith("@") else None
    return (room.platform or "") if room else ""


# --- what became of it ------------------------------------------------------------------------------------------------------


def retry(state: Incident, notice: Notice, command: RetryDelivery, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """What failed, again; what may have arrived only when named."""
    may_send(state, notice, by, world)
    wanted = (_delivered(notice, command.delivery),) if command.delivery else notice.deliveries
    states = ("failed", "doubt") if command.delivery else ("failed",)
    again = tuple(one for one in wanted if one.state in states)
    if not again:
        return ()
    if notice.state == "withdrawn":
        raise approval.closed(state, notice)
    lack, limit = gate.hindrance(state, world.plan, notice), until(notice, world.plan)
    if lack:
        raise Refused(lack.text, *((lack.fix,) if lack.fix else ()))
    if limit is None or world.now >= limit:
        raise Refused(
            line("这份 {at} 以后不能再发，内容可能旧了。起草一份新的，或打电话后记下来。", at=When(limit or world.now)),
            Button(line("起草新的"), press("notice.draft", record=state.id, script=notice.script), "primary"),
        )
    approval.timely(state, notice, world)
    return (DeliveryRetried(notice.id, tuple(one.id for one in again)),)


def mark(state: Incident, notice: Notice, command: MarkDelivered, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """已由 … 发出: by hand, or asked and heard that it arrived."""
    if by is None:
        raise Refused(line("由发出的人来记。"))
    may_send(state, notice, by, world)
    one = _delivered(notice, command.delivery)
    match one.state:
        case "sent" | "handed" | "drill":
            return ()
        case "waiting":
            raise Refused(line("系统正在发这一份。发不出去会告诉你。"))
        case "by_hand" | "failed" | "doubt":
            pass
        case _:
            assert_never(one.state)
    if notice.state == "withdrawn":
        raise approval.closed(state, notice)
    if one.state == "by_hand" and (lack := gate.hindrance(state, world.plan, notice)):
        raise Refused(lack.text, *((lack.fix,) if lack.fix else ()))
    return (DeliveryEnded(notice.id, one.id, "handed", command.note),)


def record(notice: Notice, command: RecordDelivery, by: PersonId | None) -> tuple[Event, ...]:
    """The engine's word, about the try that is on its way; that it arrived is true of any try."""
    one = next((each for each in notice.deliveries if each.id == command.delivery), None)
    if by is not None or one is None or one.state in ("sent", "handed", "drill", "by_hand"):
        return ()
    if command.kind == "sent":
        return (DeliveryEnded(notice.id, one.id, "sent", command.why),)
    if one.state != "waiting" or command.tries != one.tries:
        return ()
    return (DeliveryEnded(notice.id, one.id, command.kind, command.why),)


def overdue(notice: Notice) -> tuple[Event, ...]:
    """Its time is over: what has not left by now does not leave."""
    why: Text = line("有效时间内没发出去")
    return tuple(DeliveryEnded(notice.id, one.id, "failed", why) for one in notice.deliveries if one.state == "waiting")


def _delivered(notice: Notice, id: str) -> Delivery:
    found = next((one for one in notice.deliveries if one.id == id), None)
    if found is None:
        raise Refused(line("没有这个收件人。看发送结果。"))
    return found


# --- folding ----------------------------------------------------------------------------------------------------------------


def settled(notice: Notice) -> Notice:
    """sent once nothing is on its way and nothing waits for a hand; withdrawn stays so."""
    if notice.state not in ("sending", "sent"):
        return notice
    return replace(notice, state="sending" if any(one.state in OPEN for one in notice.deliveries) else "sent")


def ended(notice: Notice, event: DeliveryEnded, by: PersonId | None, at: datetime) -> Notice:
    changed = tuple(
        replace(one, state=event.kind, why=event.why, by=by, at=at) if one.id == event.delivery else one for one in notice.deliveries
    )
    return settled(replace(notice, deliveries=changed))


def retried(notice: Notice, event: DeliveryRetried) -> Notice:
    changed = tuple(
        replace(one, state="waiting", why="", by=None, at=None, tries=one.tries + 1) if one.id in event.deliveries else one
        for one in notice.deliveries
    )
    return settled(replace(notice, deliveries=changed))


def stopped(notice: Notice) -> Notice:
    """Withdrawn: what has not left stays."""
    why: Text = line("撤回了，没有发")
    changed = tuple(replace(one, state="failed", why=why) if one.state in OPEN else one for one in notice.deliveries)
    return replace(notice, deliveries=changed)
