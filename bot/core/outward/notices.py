"""Notices: drafted from a script, approved, sent, and what was promised in them (clauses 2.1-5, 2.4-4, 5.3-3).

draft -> asked -> approved -> sending -> sent, and from before the sending also returned, expired, withdrawn. An edit makes it a draft
again, and every signature void. `letter` is the only way in which a text reaches a channel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import grading, response
from bot.core.commands import Ring
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import Event, Stamp
from bot.core.incident import Incident, PersonId
from bot.core.outward import approval, clocks, deliveries, facts, gate, told
from bot.core.outward.commands import (
    ApproveNotice,
    AskApproval,
    DraftNotice,
    EditNotice,
    KeepPromise,
    LogTalk,
    MarkDelivered,
    NoticeCommand,
    RecordDelivery,
    RetryDelivery,
    ReturnNotice,
    SendNotice,
    WithdrawNotice,
)
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
from bot.core.outward.gate import digest, find, letter
from bot.core.outward.state import Delivery, Edit, Notice, Outward, Promise, Recipient, Signature, Talk
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan.schema import Plan
from bot.words import Bi, Text, When, Who, joined, line

__all__ = ["KINDS", "deadlines", "decide", "digest", "evolve", "find", "letter", "react", "ring"]

CHASE, EXPIRE, STUCK, PROMISE = "notice.chase", "notice.expire", "notice.stuck", "notice.promise"
KINDS = frozenset({CHASE, EXPIRE, STUCK, PROMISE, clocks.CLOCK})
EDITABLE = ("draft", "asked", "returned", "approved", "expired")


# --- deciding ---------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: NoticeCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    match command:
        case DraftNotice():
            return _draft(state, command, by, world)
        case EditNotice(notice=id):
            return _edit(state, _found(state, id), command, by, world)
        case AskApproval(notice=id):
            return approval.ask(state, _found(state, id), command, by, world)
        case ApproveNotice(notice=id):
            return approval.approve(state, _found(state, id), command, by, world)
        case ReturnNotice(notice=id):
            return approval.give_back(state, _found(state, id), command, by, world)
        case WithdrawNotice(notice=id, reason=reason):
            return _withdraw(state, _found(state, id), reason, by, world)
        case SendNotice(notice=id):
            return deliveries.send(state, _found(state, id), by, world)
        case RetryDelivery(notice=id):
            return deliveries.retry(state, _found(state, id), command, by, world)
        case MarkDelivered(notice=id):
            return deliveries.mark(state, _found(state, id), command, by, world)
        case RecordDelivery(notice=id):
            found = find(state, id)
            return deliveries.record(found, command, by) if found else ()
        case LogTalk():
            return _log(state, command, by, world)
        case KeepPromise(promise=id):
            return _keep(state, id)
    assert_never(command)


def _found(state: Incident, id: str) -> Notice:
    found = find(state, id)
    if found is None:
        raise Refused(line("没有这份对外通知。看话术卡上的编号。"), Button(line("看话术"), press("notice.list", record=state.id)))
    return found


def _draft(state: Incident, command: DraftNotice, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """From a script that may be said of what is known; the texts come filled in and are kept as they are."""
    _open(state)
    approval.may_write(state, None, by, world)
    script = world.plan.comms.scripts.get(command.script)
    if script is None:
        raise Refused(line("方案里没有这份话术。从名单里选。"), field="script")
    known = [one for one in script.requires if one not in approval.BEFORE_SENDING]
    for lack in facts.lacking(state, world.plan, known):
        raise Refused(lack.text, *((lack.fix,) if lack.fix else ()))
    _whole(command.text)
    to = command.to or deliveries.recipients(state, world.plan, script)
    _reachable(to, script.id, script.audience, world.plan)
    _ahead(command.next_at, world)
    made = Notice(
        f"n{len(state.outward.notices) + 1}", script.id, script.audience, script.phase, grading.assumed_level(state, world.plan),
        dict(command.values), command.first, command.text, to, by or "", world.now, command.next_at,
    )  # fmt: skip
    twin = any(one.state == "draft" and (one.script, one.drafter, digest(one)) == (made.script, made.drafter, digest(made))
               for one in state.outward.notices)  # fmt: skip
    return () if twin else (NoticeDrafted(made),)


def _open(state: Incident) -> None:
    if state.stage not in ("ended", "reviewing"):
        response.must_be_live(state)


def _whole(text: Bi) -> None:
    for language, words in (("zh", text.zh), ("en", text.en)):
        if not words.strip():
            raise Refused(line("中文和英文都要有内容。"), field=f"text_{language}")


def _reachable(to: tuple[Recipient, ...], script: str, audience: str, plan: Plan) -> None:
    """Everybody named is in the contact book for this audience, that way; a word to some only goes the ways that its script has."""
    known = plan.comms.scripts.get(script)
    ways = known.vias if known else ()
    for one in to:
        contact = plan.comms.contacts.get(one.contact)
        if ways and one.via not in ways:
            raise Refused(line("这份话术不走{way}，只发给有关的人。换一种方式。", way=told.WAYS[one.via]), field="to")
        if gate.address(plan, audience, one) is None or (contact and contact.audience != audience):
            name: Text = contact.name if contact else one.contact or one.via
            raise Refused(line("通讯录里「{name}」没有这种联系方式，或不归这份话术。换一个收件人。", name=name), field="to")


def _ahead(next_at: datetime | None, world: World) -> None:
    if next_at and next_at <= world.now:
        raise Refused(line("下次更新时间要在以后。"), field="next_at")


def _edit(state: Incident, notice: Notice, command: EditNotice, by: PersonId | None, world: World) -> tuple[Event, ...]:
    _open(state)
    approval.may_write(state, notice, by, world)
    if notice.state not in EDITABLE:
        raise approval.closed(state, notice)
    to = notice.to if command.to is None else command.to
    if (command.text, to, command.next_at) == (notice.text, notice.to, notice.next_at):
        return ()
    _whole(command.text)
    _reachable(to, notice.script, notice.audience, world.plan)
    _ahead(command.next_at, world)
    return (NoticeEdited(notice.id, command.text, to, command.next_at),)


def _withdraw(state: Incident, notice: Notice, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Also while it is going out: what has not left stays."""
    if notice.state == "withdrawn":
        return ()
    deliveries.may_send(state, notice, by, world)
    if notice.state == "sent":
        raise approval.closed(state, notice)
    return (NoticeWithdrawn(notice.id, reason.strip()),)


def _log(state: Incident, command: LogTalk, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if state.stage in ("merged", "false_alarm"):
        response.must_be_live(state)
    response.typed(command.to, line("写和谁说的。"), "to")
    response.typed(command.text, line("写说了什么。"), "text")
    logged = TalkLogged(Talk(command.to, command.via, command.text, by or "", world.now))
    if not command.promise.strip():
        return (logged,)
    promise = Promise(f"p{len(state.outward.promises) + 1}", command.promise, command.to, command.due_at, by or "", world.now)
    return (logged, PromiseMade(promise))


def _keep(state: Incident, id: str) -> tuple[Event, ...]:
    found = next((one for one in state.outward.promises if one.id == id), None)
    if found is None:
        raise Refused(line("没有这条承诺。看外联卡上的编号。"))
    return () if found.kept_at else (PromiseKept(id),)


# --- folding ----------------------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: NoticeEvent, stamp: Stamp) -> Incident:
    return replace(state, outward=_evolve(state.outward, event, stamp))


def _evolve(outward: Outward, event: NoticeEvent, stamp: Stamp) -> Outward:
    match event:
        case NoticeDrafted(notice=notice):
            return replace(outward, notices=(*outward.notices, notice))
        case NoticeEdited(notice=id):
            return _with(outward, id, lambda one: _edited(one, event, stamp))
        case ApprovalAsked(notice=id, needed=needed, defence=defence, people=people):
            asked = replace(_void(outward, id), state="asked", needed=needed, defence=defence, asked_at=stamp.at, asked=people, chased=0)
            return _with(outward, id, lambda one: asked)
        case ApprovalChased(notice=id, step=step, people=people):
            return _with(outward, id, lambda one: replace(one, chased=step, asked=tuple(dict.fromkeys([*one.asked, *people]))))
        case NoticeSigned(notice=id, seat=seat, digest=signed):
            signature = Signature(seat, stamp.by or "", stamp.at, signed)
            return _with(outward, id, lambda one: replace(one, signatures=(*one.signatures, signature)))
        case NoticeApproved(notice=id, valid_until=until):
            return _with(outward, id, lambda one: replace(one, state="approved", approved=digest(one), valid_until=until))
        case NoticeReturned(notice=id, reason=reason):
            returned = replace(_void(outward, id), state="returned", reason=reason, returned_by=stamp.by)
            return _with(outward, id, lambda one: returned)
        case NoticeExpired(notice=id):
            return _with(outward, id, lambda one: replace(_void(outward, id), state="expired"))
        case NoticeWithdrawn(notice=id, reason=reason):
            return _with(outward, id, lambda one: deliveries.stopped(replace(one, state="withdrawn", reason=reason, approved="")))
        case NoticeSent(notice=id, deliveries=made):
            return _sent(outward, id, made, stamp)
        case DeliveryRetried(notice=id):
            return _with(outward, id, lambda one: deliveries.retried(one, event))
        case DeliveryEnded(notice=id):
            return _with(outward, id, lambda one: deliveries.ended(one, event, stamp.by, stamp.at))
        case PromiseMade(promise=promise):
            return replace(outward, promises=(*outward.promises, promise))
        case PromiseKept(promise=id):
            return _promise(outward, id, kept_at=stamp.at, kept_by=stamp.by)
        case PromiseChased(promise=id):
            return _promise(outward, id, chased=True)
        case TalkLogged(talk=talk):
            return replace(outward, talks=(*outward.talks, talk))
        case ClockRung(audience=audience, phase=phase, step=step):
            return replace(outward, chased={**outward.chased, f"{audience}:{phase}": step})
        case TellingAsked():
            return replace(outward, told_asked=True)
    assert_never(event)


def again(state: Incident) -> Incident:
    """The fault is back: the clocks begin anew, and the end asks anew."""
    return replace(state, outward=replace(state.outward, chased={}, told_asked=False))


def _with(outward: Outward, id: str, change: Callable[[Notice], Notice]) -> Outward:
    return replace(outward, notices=tuple(change(one) if one.id == id else one for one in outward.notices))


def _void(outward: Outward, id: str) -> Notice:
    """Without a signature or an approval."""
    found = next(one for one in outward.notices if one.id == id)
    return replace(found, signatures=(), approved="", valid_until=None)


def _edited(one: Notice, event: NoticeEdited, stamp: Stamp) -> Notice:
    edit = Edit(stamp.by or "", stamp.at, one.text, event.text)
    return replace(
        one, text=event.text, to=event.to, next_at=event.next_at, edits=(*one.edits, edit), state="draft", needed=(), signatures=(),
        approved="", valid_until=None, defence="", chased=0,
    )  # fmt: skip


def _sent(outward: Outward, id: str, made: tuple[Delivery, ...], stamp: Stamp) -> Outward:
    """The clocks of its audience begin anew with it."""
    after = _with(outward, id, lambda one: deliveries.settled(
        replace(one, state="sending", deliveries=made, sent_at=stamp.at, sent_by=stamp.by)))  # fmt: skip
    audience = next(one.audience for one in after.notices if one.id == id)
    left = {key: step for key, step in after.chased.items() if key.partition(":")[0] != audience}
    return replace(after, chased=left)


def _promise(outward: Outward, id: str, /, **changes: object) -> Outward:
    made = tuple(replace(one, **changes) if one.id == id else one for one in outward.promises)  # type: ignore[arg-type]  # as _evolve names
    return replace(outward, promises=made)


# --- time -------------------------------------------------------------------------------------------------------------------


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """Signatures that are missing, approvals that end, texts that do not get out, promises that fall due, and the audiences' clocks."""
    if state.stage in gate.OVER:
        return ()
    found: list[Deadline] = []
    for one in state.outward.notices:
        if one.state == "asked" and one.asked_at and one.chased < 2:
            wait = timedelta(minutes=plan.comms.approve_min * (one.chased + 1))
            found.append(Deadline(CHASE, f"{one.id}:{one.chased + 1}", one.asked_at + wait))
        if one.state == "approved" and one.valid_until:
            found.append(Deadline(EXPIRE, one.id, one.valid_until))
        limit = deliveries.until(one, plan)
        if limit and any(delivery.state == "waiting" for delivery in one.deliveries):
            found.append(Deadline(STUCK, one.id, limit))
    typed = [one for one in state.outward.promises if not one.notice and one.due_at and one.kept_at is None and not one.chased]
    found += [Deadline(PROMISE, one.id, one.due_at) for one in typed if one.due_at]
    return (*found, *clocks.deadlines(state, plan))


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    match ring.kind:
        case "notice.chase":
            id, _, step = ring.subject.partition(":")
            found = find(state, id)
            return (approval.chase(state, found, int(step), world),) if found else ()
        case "notice.expire":
            return (NoticeExpired(ring.subject),)
        case "notice.stuck":
            late = find(state, ring.subject)
            return deliveries.overdue(late) if late else ()
        case "notice.promise":
            return (PromiseChased(ring.subject),)
        case _:
            return clocks.ring(state, world)


# --- the world --------------------------------------------------------------------------------------------------------------


def react(before: Incident | None, event: NoticeEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """What leaves, and who must act next: who signs, who mends, who sends, who calls. The cards show the rest."""
    slot = f"notice:{stamp.seq}"
    match event:
        case ApprovalAsked(notice=id):
            return _ask(after, _found(after, id), slot, world)
        case ApprovalChased(notice=id, step=step):
            return _chase(after, _found(after, id), step, slot, world)
        case NoticeApproved(notice=id, valid_until=until) if _found(after, id).needed and _found(after, id).state == "approved":
            one = _found(after, id)
            text = line("{who}：批准了「{name}」，{at} 前发出。",
                        who=Who(one.drafter, mention=True), name=called(world.plan, one), at=When(until))  # fmt: skip
            return (Say("war", slot, text, (one.drafter,)),)
        case NoticeReturned(notice=id, reason=reason):
            one = _found(after, id)
            text = line("{who}：「{name}」退回了：{reason}。改好再提交。",
                        who=Who(one.drafter, mention=True), name=called(world.plan, one), reason=response.brief(reason))  # fmt: skip
            return (Say("war", slot, text, (one.drafter,)),)
        case NoticeExpired(notice=id):
            one = _found(after, id)
            text = line("{who}：「{name}」的批准过期了，没有发。还要发就重新提交。",
                        who=Who(one.drafter, mention=True), name=called(world.plan, one))  # fmt: skip
            return (Say("war", slot, text, (one.drafter,)),)
        case NoticeSent(notice=id):
            return deliveries.effects(after, _found(after, id), world.plan)
        case DeliveryRetried(notice=id, deliveries=ids):
            return deliveries.effects(after, _found(after, id), world.plan, ids)
        case DeliveryEnded(notice=id, delivery=delivery, kind="failed" | "doubt"):
            return _failed(after, _found(after, id), delivery, slot, world)
        case PromiseChased(promise=id):
            found = next(one for one in after.outward.promises if one.id == id)
            text = line("{who}：答应{to}的到时间了：{text}。做到了就记下来。",
                        who=Who(found.by, mention=True), to=found.to, text=found.text)  # fmt: skip
            return (Say("war", slot, text, (found.by,)),)
        case ClockRung():
            return clocks.react(before, event, slot, after, world)
        case TellingAsked(audiences=audiences):
            who = clocks.group(after, world)
            names = joined([clocks.audience_name(world.plan, audience) for audience in audiences])
            text = line("{who}：响应结束了，还没告诉{audiences}已经恢复。现在起草恢复通知。", who=response.names(who), audiences=names)
            return (Say("war", slot, text, who),)
        case _:
            return ()


def called(plan: Plan, notice: Notice) -> Text:
    script = plan.comms.scripts.get(notice.script)
    return script.name if script else notice.script


def _ask(state: Incident, notice: Notice, slot: str, world: World) -> tuple[Effect, ...]:
    if notice.state != "asked":
        return ()
    who = approval.asked(state, notice, world)
    text = line("{who}：「{name}」等你批准，{drafter}起草的。批准或退回。",
                who=response.names(who) if who else _nobody(), name=called(world.plan, notice), drafter=Who(notice.drafter))  # fmt: skip
    return (*_let_in(state, who), Say("war", slot, text, who))


def _chase(state: Incident, notice: Notice, step: int, slot: str, world: World) -> tuple[Effect, ...]:
    """First those who stand in; then the commander, who can find somebody."""
    if notice.state != "asked":
        return ()
    who = approval.asked(state, notice, world)
    if step == 1:
        text = line("{who}：「{name}」还没人批，你可以代批。批准或退回。",
                    who=response.names(who) if who else _nobody(), name=called(world.plan, notice))  # fmt: skip
        return (*_let_in(state, who), Say("war", slot, text, who))
    boss = (state.commander,) if state.commander else clocks.group(state, world)
    text = line("{who}：「{name}」一直没人批，还没发出。催一下，或换人担任。", who=response.names(boss), name=called(world.plan, notice))
    return (*_let_in(state, boss), Say("war", slot, text, boss))


def _nobody() -> Text:
    return line("指挥中心")


def _let_in(state: Incident, who: tuple[PersonId, ...]) -> tuple[Effect, ...]:
    return tuple(invite for person in who for invite in response.bring_in(state, person))


def _failed(state: Incident, notice: Notice, delivery: str, slot: str, world: World) -> tuple[Effect, ...]:
    one = next(each for each in notice.deliveries if each.id == delivery)
    contact = world.plan.comms.contacts.get(one.recipient.contact)
    whom: Text = contact.name if contact else line("公开发布")
    who = notice.sent_by or notice.drafter
    if one.state == "doubt":
        text = line("{who}：不确定{contact}收到「{name}」没有：{why}。问一声：收到就记下来，没收到再重发。",
                    who=Who(who, mention=True), contact=whom, name=called(world.plan, notice), why=one.why)  # fmt: skip
    else:
        text = line("{who}：没发到{contact}「{name}」：{why}。重发，或打电话告诉他们，再记下来。",
                    who=Who(who, mention=True), contact=whom, name=called(world.plan, notice), why=one.why)  # fmt: skip
    return (Say("war", slot, text, (who,)),)
