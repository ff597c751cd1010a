"""Who signs a text before it leaves, and until when a signature is good (clause 2.4-4; plan, comms: approval).

Every seat of the plan's table signs. A seat is filled by its holder in this incident, else by who is on duty for it, else by those who
stand in. Nobody signs twice, and nobody signs what they drafted or changed last.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.model import Button, press
from bot.core import grading, people, rights, staffing
from bot.core.errors import Refused
from bot.core.events import Event
from bot.core.incident import Incident, PersonId
from bot.core.outward import facts, gate, wording
from bot.core.outward.commands import ApproveNotice, AskApproval, ReturnNotice
from bot.core.outward.events import ApprovalAsked, ApprovalChased, NoticeApproved, NoticeReturned, NoticeSigned
from bot.core.outward.state import Notice
from bot.core.world import World
from bot.plan.schema import Plan
from bot.words import LANGUAGES, Text, When, Who, joined, line

BEFORE_SENDING = ("recovered", "confirmed")
"""What a draft may run ahead of; a cause or a duty is not even drafted before it is known."""


# --- who signs --------------------------------------------------------------------------------------------------------------


def seats(plan: Plan, audience: str, severity: str) -> tuple[str, ...]:
    """The seats that must sign; of a severity that the table does not have, all that it names."""
    found = plan.comms.audiences.get(audience)
    if found is None:
        return ()
    if severity in found.approval:
        return found.approval[severity]
    return tuple(dict.fromkeys(seat for row in found.approval.values() for seat in row))


def seats_now(state: Incident, plan: Plan, notice: Notice) -> tuple[str, ...]:
    """By the level of this moment: a level that rises after the asking asks for more."""
    return seats(plan, notice.audience, grading.assumed_level(state, plan))


def authors(notice: Notice) -> frozenset[PersonId]:
    """Who wrote what stands: the drafter, and whoever changed it last."""
    return frozenset({notice.drafter, *(edit.by for edit in notice.edits[-1:])})


def holders(state: Incident, seat: str, world: World) -> tuple[PersonId, ...]:
    """Who fills the seat in this incident: the role's holder, else who has come for it, else who is on duty for it now."""
    if seat in state.roles:
        return (state.roles[seat].person,)
    here = [call.here for call in state.calls if call.post == seat and call.here]
    role = world.plan.roles.get(seat)
    posts = role.posts[:1] if role else (seat,)
    duty = [people.on_duty(world.plan, world.team, post, site, world.now) for post in posts for site in _sites(state, post, world.plan)]
    return tuple(dict.fromkeys(here or [found.person for found in duty if found]))


def stand_ins(state: Incident, seat: str, world: World) -> tuple[PersonId, ...]:
    """Everybody else who may be asked for the seat, in the order in which a call would go."""
    role = world.plan.roles.get(seat)
    sites = {site for post in (role.posts if role else (seat,)) for site in _sites(state, post, world.plan)}
    chain = [person for site in sorted(sites, key=str) for person in staffing.chain(seat, site, world)]
    return tuple(dict.fromkeys(person for person in chain if person not in holders(state, seat, world)))


def _sites(state: Incident, post: str, plan: Plan) -> tuple[str | None, ...]:
    known = plan.posts.get(post)
    return (state.report.sites or tuple(plan.sites)) if known and known.scoped else (None,)


def signers(state: Incident, notice: Notice, seat: str, world: World) -> tuple[PersonId, ...]:
    """Who may sign for the seat now. Stand-ins may once the ladder has asked them, and where nobody else is left to."""
    barred = authors(notice) | {signature.by for signature in notice.signatures}
    first = [person for person in holders(state, seat, world) if person not in barred]
    if first and not notice.chased:
        return tuple(first)
    return (*first, *(person for person in stand_ins(state, seat, world) if person not in barred))


def asked(state: Incident, notice: Notice, world: World) -> tuple[PersonId, ...]:
    """Who should look at the text now: for every seat that has not signed the first who may, all who may once the ladder climbs."""
    found = [signers(state, notice, seat, world) for seat in notice.waiting]
    return tuple(dict.fromkeys(person for able in found for person in (able if notice.chased else able[:1])))


def seat_for(state: Incident, notice: Notice, person: PersonId, world: World) -> str | None:
    """The seat that the person's signature would count for: their own before one they stand in for."""
    able = [seat for seat in notice.waiting if person in signers(state, notice, seat, world)]
    own = [seat for seat in able if person in holders(state, seat, world)]
    return next(iter([*own, *able]), None)


# --- asking -----------------------------------------------------------------------------------------------------------------


def ask(state: Incident, notice: Notice, command: AskApproval, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Before the seats it goes, with a reason where the wording check still has remarks. Nobody to ask: approved at once."""
    may_write(state, notice, by, world)
    needed = seats_now(state, world.plan, notice)
    match notice.state:
        case "asked" | "approved" if set(needed) <= set(notice.needed):
            return ()
        case "sending" | "sent" | "withdrawn":
            raise closed(state, notice)
        case _:
            pass
    _must_be_sayable(state, notice, world)
    defence = command.defence.strip() or notice.defence
    worded(state, notice, defence, world.plan)
    fresh = replace(notice, needed=needed, signatures=(), chased=0)
    asking = ApprovalAsked(notice.id, needed, defence, asked(state, fresh, world))
    return (asking,) if needed else (asking, _approved(notice, world))


def chase(state: Incident, notice: Notice, step: int, world: World) -> ApprovalChased:
    """First those who stand in; then nobody new, but the commander hears."""
    return ApprovalChased(notice.id, step, asked(state, replace(notice, chased=step), world) if step == 1 else ())


def _approved(notice: Notice, world: World) -> NoticeApproved:
    return NoticeApproved(notice.id, world.now + timedelta(minutes=world.plan.comms.valid_min))


def _must_be_sayable(state: Incident, notice: Notice, world: World) -> None:
    if not notice.to:
        raise Refused(line("还没有收件人。先选发给谁。"), _edit(state, notice), field="to")
    over = gate.hindrance(state, world.plan, notice)
    script = world.plan.comms.scripts.get(notice.script)
    unsaid = facts.lacking(state, world.plan, [one for one in script.requires if one != "confirmed"]) if script else ()
    for lack in (*((over,) if over and over.condition in ("over", "ended") else ()), *unsaid):
        raise Refused(lack.text, *((lack.fix,) if lack.fix else ()))
    timely(state, notice, world)


def timely(state: Incident, notice: Notice, world: World) -> None:
    """A promise that is past by now would be broken as it is read."""
    if notice.next_at and notice.next_at <= world.now:
        text = line("文中的下次更新时间 {at} 已经过了。改一个再发。", at=When(notice.next_at))
        raise Refused(text, _edit(state, notice), field="next_at")


def worded(state: Incident, notice: Notice, defence: str, plan: Plan) -> None:
    """What no reason excuses is not put forward at all; for the rest a person says why it stands."""
    texts = {"zh-CN": notice.text.zh, "en": notice.text.en}
    found = [one for language in LANGUAGES for one in wording.remarks(texts[language], language, plan, state, notice.audience)]
    forbidden = [one for one in found if one.forbids]
    if forbidden:
        first = forbidden[0]
        raise Refused(line("「{word}」不能对外说。{advice}", word=first.word, advice=first.advice), _edit(state, notice), field="text")
    if found and not defence:
        words = joined([line("「{word}」", word=one.word) for one in found[:3]])
        raise Refused(line("措辞还有 {n} 处要改：{words}。改掉，或写一句为什么这样说。", n=len(found), words=words),
                      _edit(state, notice), field="defence")  # fmt: skip


# --- signing and returning --------------------------------------------------------------------------------------------------


def approve(state: Incident, notice: Notice, command: ApproveNotice, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if by is None:
        raise Refused(line("对外的话要由人批准。"))
    if notice.state in ("asked", "approved") and any(signature.by == by for signature in notice.signatures):
        return ()
    if notice.state == "approved":
        return ()
    if notice.state != "asked":
        raise _not_asked(state, notice)
    if command.digest and command.digest != gate.digest(notice):
        raise Refused(line("这份文字刚改过，和你看到的不一样。看了新的再批。"), _show(state, notice))
    seat = seat_for(state, notice, by, world)
    if seat is None:
        raise _not_yours(state, notice, by, world)
    signed = NoticeSigned(notice.id, seat, gate.digest(notice))
    return (signed, _approved(notice, world)) if notice.waiting == (seat,) else (signed,)


def give_back(state: Incident, notice: Notice, command: ReturnNotice, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """By anybody who fills one of its seats, signed or not, as long as it has not left."""
    if notice.state == "returned":
        return ()
    if notice.state not in ("asked", "approved"):
        raise _not_asked(state, notice)
    able = [person for seat in notice.needed for person in (*holders(state, seat, world), *stand_ins(state, seat, world))]
    if by is None or by not in able:
        raise _not_yours(state, notice, by, world)
    if not command.reason.strip():
        raise Refused(line("写一句退回的理由，起草人好改。"), field="reason")
    return (NoticeReturned(notice.id, command.reason),)


def _not_asked(state: Incident, notice: Notice) -> Refused:
    if notice.state == "expired":
        return Refused(line("批准已经过期，要重新提交。"), _ask_button(state, notice))
    if notice.state in ("draft", "returned"):
        return Refused(line("这份还没有提交审批。"), _ask_button(state, notice))
    return closed(state, notice)


def closed(state: Incident, notice: Notice) -> Refused:
    """What has left or was withdrawn is not touched any more."""
    again = press("notice.draft", record=state.id, script=notice.script)
    if notice.state == "withdrawn":
        return Refused(line("这份已经撤回。要发就重新起草。"), Button(line("重新起草"), again, "primary"))
    return Refused(line("这份已经发出，改不了。有变化就起草下一份。"), Button(line("起草下一份"), again, "primary"))


def _not_yours(state: Incident, notice: Notice, by: PersonId | None, world: World) -> Refused:
    """Whose signature it waits for, and the way to them; the author hears why not."""
    seats, who, fix = _missing(state, notice, world)
    if by in authors(notice):
        return Refused(line("自己写的、改的要别人批。还差{seats}：{who}。", seats=seats, who=who), *fix)
    return Refused(line("这份要由{seats}批：{who}。", seats=seats, who=who), *fix)


def unsigned(state: Incident, notice: Notice, world: World) -> Refused:
    seats, who, fix = _missing(state, notice, world)
    return Refused(line("还没有批完，不能发。还差{seats}：{who}。", seats=seats, who=who), *fix)


def _missing(state: Incident, notice: Notice, world: World) -> tuple[Text, Text, tuple[Button, ...]]:
    able = asked(state, notice, world)
    call = press("task.ask", record=state.id, person=able[0], act="notice.approve") if able else None
    fix = (Button(line("叫{who}", who=Who(able[0])), call),) if call else ()
    seats: Text = joined([people.short(world.plan, seat) for seat in notice.waiting or notice.needed])
    who: Text = joined([Who(person) for person in able[:3]]) if able else line("（没有人在）")
    return seats, who, fix


def may_write(state: Incident, notice: Notice | None, by: PersonId | None, world: World) -> None:
    if notice is None or by != notice.drafter:
        rights.require("notice.draft", by, state, world)


def _edit(state: Incident, notice: Notice) -> Button:
    return Button(line("修改"), press("notice.edit", record=state.id, notice=notice.id), "primary")


def _show(state: Incident, notice: Notice) -> Button:
    return Button(line("看这份"), press("notice.show", record=state.id, notice=notice.id), "primary")


def _ask_button(state: Incident, notice: Notice) -> Button:
    return Button(line("提交审批"), press("notice.ask", record=state.id, notice=notice.id), "primary")
