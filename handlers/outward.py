"""Words to the outside: draft from a script, mend, have it signed, send, say what became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import scripts
from bot.cards import forms
from bot.cards.forms.outward import NEXT, PAST, moment
from bot.cards.views import letter, outward
from bot.core import people
from bot.core.errors import Refused
from bot.core.incident import Incident
from bot.core.outward import clocks, facts, gate, told, variables, wording
from bot.core.outward.commands import (
    ApproveNotice,
    AskApproval,
    DraftNotice,
    EditNotice,
    MarkDelivered,
    RetryDelivery,
    ReturnNotice,
    SendNotice,
    WithdrawNotice,
)
from bot.core.outward.state import BY_HAND, Notice, Phase, Recipient
from bot.plan.schema import Plan, Script, Variable
from bot.service import Outcome, Service
from bot.talk import Answer, Ask, Private, Request, Toast
from bot.words import Bi, Text, When, Who, joined, line
from handlers import meant, measures
from handlers.meant import ALREADY, ahead, ask, by_name, chosen, do, incident_of, need, rest

NUMBER = re.compile(r"^(n\d+)\b\s*(.*)$", re.IGNORECASE | re.DOTALL)
PHASES: Mapping[str, Phase] = {
    "首次": "initial", "首发": "initial", "初次": "initial", "initial": "initial", "first": "initial",
    "更新": "update", "进展": "update", "后续": "update", "update": "update",
    "恢复": "resolved", "解决": "resolved", "resolved": "resolved", "restored": "resolved",
}  # fmt: skip
WAYS: frozenset[str] = frozenset(told.WAYS)
UNKNOWN = frozenset({"待核实", "不知道", "正在核实", "unknown", "to be confirmed", "tbc", "being checked", "not known"})
CHECKING = Bi("待核实", "to be confirmed")
BARE = re.compile(r"\d{1,2}\s*[:：点]\s*\d{0,2}\s*分?")


# --- drafting -----------------------------------------------------------------------------------------------------------------


def script(request: Request, service: Service) -> Answer:
    """对外话术：该告诉谁、什么时候前；写「话术 客户 首次」直接起草。
    Scripts for the outside: who is owed what; with an audience and phase it drafts.
    话术 客户 首次
    """
    state, words = incident_of(request, service), rest(request.words)
    if not words:
        return Private(outward.overview(state, service.plan_of(state.id), service.now()))
    if (named := NUMBER.match(words)) and gate.find(state, named[1].lower()):
        return Private(letter.letter(state, service.plan_of(state.id), {"letter": named[1].lower()}))
    return _begin(state, _spoken(words, state, service), request, service)


def listing(request: Request, service: Service) -> Answer:
    """What is owed to whom, from a button."""
    state = incident_of(request, service)
    return Private(outward.overview(state, service.plan_of(state.id), service.now()))


def draft(request: Request, service: Service) -> Answer:
    """From a button: an audience and phase that is owed, or a script by its id."""
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    wanted = request.args.get("script") or request.args.get("value", "")
    if wanted:
        found = plan.comms.scripts.get(wanted)
    else:
        found = _fitting(state, plan, request.args.get("audience", ""), _phase(request.args.get("phase", "")))
    if found is None:
        raise Refused(line("方案里没有这份话术。从名单里选。"))
    return _begin(state, found, request, service)


def _phase(word: str) -> Phase:
    return PHASES.get(word, "initial")


def _spoken(words: str, state: Incident, service: Service) -> Script:
    """客户 首次, supplier update, or a script by its name; a severity beside it is the incident's own and may be left out."""
    plan, said = service.plan_of(state.id), words.casefold()
    named = {spelling.casefold(): s for s in plan.comms.scripts.values() for spelling in (s.id, s.name.zh, s.name.en)}
    whole = next((named[spelling] for spelling in sorted(named, key=len, reverse=True) if spelling in said), None)
    if whole:
        return whole
    parts = said.split()
    audience = next((id for part in parts if (id := _audience(part, plan))), None)
    if audience is None:
        names = joined([one.name for one in plan.comms.audiences.values()])
        raise Refused(line("说是对谁：{names}。例如「话术 客户 首次」。", names=names))
    phase = next((PHASES[part] for part in parts if part in PHASES), None)
    owed = next((one.phase for one in clocks.due(state, plan, service.now()) if one.audience == audience), None)
    found = _fitting(state, plan, audience, phase or owed or ("update" if clocks.told(state, audience) else "initial"))
    if found is None:
        name = plan.comms.audiences[audience].name
        raise Refused(line("方案里没有对{audience}的这份话术。发「话术」看有哪些。", audience=name))
    return found


def _audience(word: str, plan: Plan) -> str | None:
    return by_name(word, [(a.id, (a.id, a.name.zh, a.name.en, a.name.en.rstrip("s"))) for a in plan.comms.audiences.values()])


def _fitting(state: Incident, plan: Plan, audience: str, phase: Phase) -> Script | None:
    """The script for the audience and phase; of several the first that may be said of what is known."""
    able = [one for one in plan.comms.scripts.values() if (one.audience, one.phase) == (audience, phase) and not one.vias]
    return next((one for one in able if not facts.lacking(state, plan, one.requires)), able[0] if able else None)


def _begin(state: Incident, found: Script, request: Request, service: Service) -> Answer:
    """A form for what is missing; nothing missing, the draft at once."""
    plan, now = service.plan_of(state.id), service.now()
    for lack in facts.lacking(state, plan, [one for one in found.requires if one not in ("recovered", "confirmed")]):
        raise Refused(lack.text, *((lack.fix,) if lack.fix else ()))
    if not variables.missing(state, plan, found, now):
        return _drafted(state, found, {}, request, service)
    text = _so_far(state, found, {}, request, service)
    return Ask(forms.FORMS_BY_ID["notice.draft"](state, plan, script=found.id, preview=text, now=now))


def preview(request: Request, service: Service) -> Bi | None:
    """The text as it will read with what is typed so far, each blank as its question; nothing is kept."""
    state = incident_of(request, service)
    found = service.plan_of(state.id).comms.scripts.get(request.args.get("script", ""))
    return _so_far(state, found, request.values, request, service) if found else None


def _so_far(state: Incident, found: Script, values: Mapping[str, str], request: Request, service: Service) -> Bi:
    plan, now = service.plan_of(state.id), service.now()
    filled = dict(variables.known(state, plan, found, now))
    for one in variables.missing(state, plan, found, now):
        said = values.get(one.id, "").strip()
        try:
            filled[one.id] = _answered(one, said, request, plan).words if said else Bi(f"〔{one.name.zh}〕", f"[{one.name.en}]")
        except Refused:  # a time half typed: the form says so once it is sent
            filled[one.id] = said
    return scripts.script(found.id, filled)


def drafted(request: Request, service: Service) -> Answer:
    """The form comes back."""
    state = incident_of(request, service)
    found = service.plan_of(state.id).comms.scripts.get(request.args.get("script", ""))
    if found is None:
        raise Refused(line("方案里没有这份话术。从名单里选。"))
    return _drafted(state, found, request.values, request, service)


def _drafted(state: Incident, found: Script, values: Mapping[str, str], request: Request, service: Service) -> Answer:
    plan, now = service.plan_of(state.id), service.now()
    filled, typed = dict(variables.known(state, plan, found, now)), dict[str, str]()
    next_at = clocks.suggested(state, plan, found.audience, now) if set(NEXT) & filled.keys() else None
    for one in variables.missing(state, plan, found, now):
        said = values.get(one.id, "").strip()
        if not said:
            raise Refused(line("「{name}」还没写。不知道就写「待核实」。", name=one.name), field=one.id)
        answer = _answered(one, said, request, plan)
        typed[one.id], filled[one.id] = said, answer.words
        next_at = answer.at if one.id in NEXT else next_at
    text = scripts.script(found.id, filled)

    def reply(outcome: Outcome) -> Answer:
        assert isinstance(outcome.after, Incident)
        if not outcome.events:
            return Toast(ALREADY)
        return Private(letter.letter(outcome.after, plan, {"letter": outcome.after.outward.notices[-1].id}))

    return service.run(request, state.id, DraftNotice(found.id, typed, text, text, (), next_at), reply)


@dataclass(frozen=True, slots=True)
class _Answered:
    """What stands in the text for an answer, and the moment that it names."""

    words: Bi | str
    at: datetime | None = None


def _answered(one: Variable, said: str, request: Request, plan: Plan) -> _Answered:
    unknown = said.casefold() in UNKNOWN
    if one.kind != "time":
        return _Answered(CHECKING if unknown else said)
    if one.id not in PAST:
        at = later(said, request, plan, one.id)
        return _Answered(variables.shown(at, plan), at)
    past = None if unknown else meant.moment(said, request, plan, one.id)
    return _Answered(variables.shown(past, plan) if past else CHECKING)


def later(said: str, request: Request, plan: Plan, field: str) -> datetime:
    """A moment ahead. Late in the evening 0:20 is of the night that comes."""
    at = ahead(said, request, plan, field)
    if at <= request.at and BARE.fullmatch(said.strip()) and at + timedelta(days=1) - request.at <= timedelta(hours=12):
        at += timedelta(days=1)
    if at <= request.at:
        raise Refused(line("「{text}」已经过了。写以后的时间，例如「明天 8:00」。", text=said), field=field)
    return at


def show(request: Request, service: Service) -> Answer:
    state, found = _notice(request, service)
    return Private(letter.letter(state, service.plan_of(state.id), {"letter": found.id}))


def _notice(request: Request, service: Service) -> tuple[Incident, Notice]:
    state = incident_of(request, service)
    found = gate.find(state, request.args.get("notice") or request.args.get("value", ""))
    if found is None:
        raise Refused(line("没有这份对外通知。看话术卡上的编号。"))
    return state, found


def edit(request: Request, service: Service) -> Answer:
    return ask(request, service, "notice.edit", notice=_notice(request, service)[1].id)


def edited(request: Request, service: Service) -> Answer:
    state, found = _notice(request, service)
    plan = service.plan_of(state.id)
    text = Bi(need(request, "text_zh", line("中文和英文都要有内容。")), need(request, "text_en", line("中文和英文都要有内容。")))
    typed = request.values.get("next_at", moment(found.next_at, plan)).strip()
    next_at = found.next_at
    if typed != moment(found.next_at, plan):
        next_at = later(typed, request, plan, "next_at") if typed else None
        text = _retimed(text, found.next_at, next_at, plan)
    command = EditNotice(found.id, text, _recipients(request.values.get("to")), next_at)
    return do(request, service, command, line("改好了。看一遍，再提交审批。"), state.id)


def _retimed(text: Bi, before: datetime | None, after: datetime | None, plan: Plan) -> Bi:
    """The promised time changes where the text says it, too."""
    if before is None or after is None:
        return text
    old, new = variables.shown(before, plan), variables.shown(after, plan)
    return Bi(text.zh.replace(old.zh, new.zh), text.en.replace(old.en, new.en))


def _recipients(ticked: str | None) -> tuple[Recipient, ...] | None:
    """The ticks of the form; what a form without them leaves out stays as it is."""
    if ticked is None:
        return None
    made = [(via, contact) for one in ticked.split(",") if one.strip() for via, _, contact in (one.strip().partition(":"),)]
    return tuple(Recipient(contact, via) for via, contact in made if via in WAYS)  # type: ignore[arg-type]  # WAYS are what Via names


def better(request: Request, service: Service) -> Answer:
    """Every better wording in place."""
    state, found = _notice(request, service)
    plan = service.plan_of(state.id)
    zh = wording.improved(found.text.zh, "zh-CN", plan, state, found.audience)
    text = Bi(zh, wording.improved(found.text.en, "en", plan, state, found.audience))
    left = (*wording.remarks(text.zh, "zh-CN", plan, state, found.audience), *wording.remarks(text.en, "en", plan, state, found.audience))
    if left:
        said = line("换好了。还标着的点「修改」自己改。")
    elif letter.half_english(plan, replace(found, text=text)):
        said = line("换好了。英文里还有中文，点「修改」补上。")
    else:
        said = line("换好了。看一遍，提交审批。")
    return do(request, service, EditNotice(found.id, text, None, found.next_at), said, state.id)


# --- signing and sending ------------------------------------------------------------------------------------------------------


def put_forward(request: Request, service: Service) -> Answer:
    """To those who sign. What the wording check still marks needs a reason, asked for in a form."""
    state, found = _notice(request, service)
    plan, defence = service.plan_of(state.id), request.values.get("defence", "")
    zh = wording.remarks(found.text.zh, "zh-CN", plan, state, found.audience)
    remarks = (*zh, *wording.remarks(found.text.en, "en", plan, state, found.audience))
    if remarks and not found.defence and not request.values and not any(one.forbids for one in remarks):
        return ask(request, service, "notice.ask", notice=found.id)

    def reply(outcome: Outcome) -> Answer:
        after = gate.find(outcome.after, found.id) if isinstance(outcome.after, Incident) else None
        if not outcome.events or after is None:
            return Toast(ALREADY)
        if after.state == "approved":
            return Toast(line("不用审批，现在就能发出。"))
        return Toast(line("提交了，要批的人已经叫到。批完会告诉你。"))

    return service.run(request, state.id, AskApproval(found.id, defence), reply)


def approve(request: Request, service: Service) -> Answer:
    """批准：重大措施由总指挥批；对外通知写编号，由方案定的人批。
    Approve a major measure, or a notice by its number.
    批准 m1
    """
    named = NUMBER.match(rest(request.words))
    if named is None and not request.args.get("notice"):
        return measures.approve(request, service)
    state = incident_of(request, service)
    wanted = request.args.get("notice") or (named[1].lower() if named else "")

    def reply(outcome: Outcome) -> Answer:
        after = gate.find(outcome.after, wanted) if isinstance(outcome.after, Incident) else None
        return Toast(_signed(after, service.plan_of(state.id)) if outcome.events and after else ALREADY)

    return service.run(request, state.id, ApproveNotice(wanted, request.args.get("digest", "")), reply)


def _signed(after: Notice, plan: Plan) -> Text:
    if after.state == "approved" and after.valid_until:
        return line("批齐了，{who} {at} 前发出。", who=Who(after.drafter), at=When(after.valid_until))
    return line("批准了，还差{seats}。", seats=joined([people.short(plan, seat) for seat in after.waiting]))


def give_back(request: Request, service: Service) -> Answer:
    """驳回提案，或退回对外通知，写理由。
    Reject a measure, or return a notice, with a reason.
    驳回 m1 先试降级开关
    """
    named = NUMBER.match(rest(request.words))
    if named is None and not request.args.get("notice"):
        return measures.reject(request, service)
    state = incident_of(request, service)
    wanted, said = request.args.get("notice") or (named[1].lower() if named else ""), named[2] if named else ""
    if not request.values and not said:
        return ask(request, service, "notice.return", notice=wanted)
    return do(request, service, ReturnNotice(wanted, request.values.get("reason", said)), line("退回了，理由已告诉起草人。"), state.id)


def withdraw(request: Request, service: Service) -> Answer:
    state, found = _notice(request, service)
    if not request.values:
        return ask(request, service, "notice.withdraw", notice=found.id)
    return do(request, service, WithdrawNotice(found.id, request.values.get("reason", "")), line("撤回了，没发的不再发。"), state.id)


def send(request: Request, service: Service) -> Answer:
    state, found = _notice(request, service)
    if state.mode == "drill":
        said = line("演练：没有外发，每一处都记了「演练，不外发」。")
    elif any(to.via in BY_HAND for to in found.to):
        said = line("在发。短信、电话的由人来发，发完在卡片上记一下。")
    else:
        said = line("在发，结果看卡片。")
    return do(request, service, SendNotice(found.id), said, state.id)


def retry(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    named = request.args.get("delivery") or request.args.get("value", "")
    return do(request, service, RetryDelivery(request.args.get("notice", ""), named), line("在重发，结果看卡片。"), state.id)


def mark(request: Request, service: Service) -> Answer:
    """已由 … 发出."""
    state = incident_of(request, service)
    delivery = chosen(request, "delivery")
    if not request.values:
        return ask(request, service, "notice.mark", notice=request.args.get("notice", ""), delivery=delivery)
    wanted = request.args.get("notice", "")

    def reply(outcome: Outcome) -> Answer:
        after = gate.find(outcome.after, wanted) if isinstance(outcome.after, Incident) else None
        if not outcome.events or after is None:
            return Toast(ALREADY)
        left = len(letter.open_deliveries(after))
        return Toast(line("记下了。还有 {n} 处要人管，看卡片。", n=left) if left else line("记下了。这份都有着落了。"))

    return service.run(request, state.id, MarkDelivered(wanted, delivery, request.values.get("note", "")), reply)
