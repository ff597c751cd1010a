"""Forms of the words to the outside: what a script still has to know, the text by hand, why it is sent so, what was said by telephone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.cards.forms.asking import LONG, choice, choices, form, long, named, note, one, reason, when
from bot.cards.model import Field, Form, Option
from bot.core.incident import Incident
from bot.core.outward import gate, told, variables, wording
from bot.core.outward.state import BY_HAND, Delivery, Notice, Recipient
from bot.plan.schema import Plan, Variable
from bot.words import Bi, Text, joined, line

NEXT = ("next_update", "reply_by")
"""The variables that promise a next time; what they say becomes a deadline."""
PAST = frozenset({"started_at", "found_at", "as_of", "recovered_at"})
"""Times that lie behind; every other time that is asked lies ahead."""
PREVIEW = "preview"
"""The note that shows the text as it will read; where a page can, it is redrawn while somebody types."""
GONE = line("这份不在了。发「话术」看现在有哪些。")


def notice_draft(
    state: Incident, plan: Plan, *, script: str = "", preview: Bi | None = None, now: datetime | None = None, **_: str
) -> Form:
    """What the incident does not know of itself; above it the text as it stands, so that each answer finds its place."""
    known = plan.comms.scripts.get(script)
    if known is None:
        return form("notice.draft", state, line("起草"), (note("gone", GONE),), line("看成稿"), intro=named(state))
    missing = variables.missing(state, plan, known, now or state.stage_since)
    ready = None if missing else note("ready", line("要填的都有了，直接看成稿。"))
    return form(
        "notice.draft",
        state,
        line("起草：{name}", name=known.name),
        (note(PREVIEW, preview) if preview else None, ready, *(_asked(variable) for variable in missing)),
        line("看成稿"),
        carry={"script": known.id},
        intro=line("{what}。不知道的写「待核实」，后面还能改。", what=named(state)) if missing else named(state),
    )


def _asked(variable: Variable) -> Field:
    if variable.kind == "time":
        past = variable.id in PAST
        hint = line("写成「19:50」或「10 分钟前」，不知道就写「待核实」") if past else line("写成「21:30」或「明天 8:00」")
        return when(variable.id, variable.name, hint, required=True)
    example = line("例如：{example}", example=variable.example)
    hint = line("{hint}。{example}", hint=variable.hint, example=example) if variable.hint else example
    return Field(variable.id, variable.name, "text", True, hint, "", limit=LONG // 4)


def notice_edit(state: Incident, plan: Plan, *, notice: str = "", value: str = "", **_: str) -> Form:
    found = gate.find(state, notice or value)
    if found is None:
        return form("notice.edit", state, line("修改"), (note("gone", GONE),), line("保存"), intro=named(state))
    return form(
        "notice.edit",
        state,
        line("修改：{name}", name=told.called(plan, found.script)),
        (
            long("text_zh", line("中文"), line("照收件人会读到的写"), initial=found.text.zh, required=True),
            long("text_en", line("英文"), line("和中文说一样的事"), initial=found.text.en, required=True),
            choices("to", line("发给"), recipients(plan, found), initial=[spelled(to) for to in found.to]),
            when("next_at", line("文中答应的下次更新时间"), line("改了，文中的时间一起改；没有就空着。例如：11-24 08:00"),
                 initial=moment(found.next_at, plan)),
        ),
        line("保存"),
        carry={"notice": found.id},
        intro=line("改了就要重新批。") if found.state in ("asked", "approved") else None,
    )  # fmt: skip


def moment(at: datetime | None, plan: Plan) -> str:
    """A time as it is typed into the form; what comes back the same has not been changed."""
    return f"{at.astimezone(ZoneInfo(plan.time_zone)):%m-%d %H:%M}" if at else ""


def recipients(plan: Plan, found: Notice) -> tuple[Option, ...]:
    """Everybody of the contact book whom this script may be for, by every way that it may go; and the public."""
    return tuple(Option(spelled(to), told.recipient(plan, to)) for to in dict.fromkeys((*_possible(plan, found), *found.to)))


def _possible(plan: Plan, found: Notice) -> Iterator[Recipient]:
    script = plan.comms.scripts.get(found.script)
    audience = plan.comms.audiences.get(found.audience)
    ways = script.vias if script and script.vias else audience.vias if audience else ()
    for via in ways:
        if gate.address(plan, found.audience, Recipient("", via)) is not None and not (script and script.vias):
            yield Recipient("", via)
    for contact in plan.comms.contacts.values():
        if contact.audience == found.audience:
            yield from (Recipient(contact.id, address.via) for address in contact.addresses if address.via in ways)


def spelled(to: Recipient) -> str:
    """How a recipient travels through a form: `via:contact`."""
    return f"{to.via}:{to.contact}"


def notice_ask(state: Incident, plan: Plan, *, notice: str = "", value: str = "", **_: str) -> Form:
    """Only where the wording check still has remarks: why it stands all the same, for those who sign."""
    found = gate.find(state, notice or value)
    if found is None:
        return form("notice.ask", state, line("提交审批"), (note("gone", GONE),), line("提交审批"), intro=named(state))
    zh = wording.remarks(found.text.zh, "zh-CN", plan, state, found.audience)
    en = wording.remarks(found.text.en, "en", plan, state, found.audience)
    words = joined([line("「{word}」", word=word) for word in dict.fromkeys(each.word for each in (*zh, *en))])
    return form(
        "notice.ask",
        state,
        line("提交审批"),
        (reason(line("为什么还要这样说"), line("批的人会看到。例如：数字已由仓储核实"), key="defence", required=bool(zh or en)),),
        line("提交审批"),
        carry={"notice": found.id},
        intro=line("还有 {words} 没改。能改就先回去改。", words=words) if zh or en else named(state),
    )


def notice_return(state: Incident, plan: Plan, *, notice: str = "", value: str = "", **_: str) -> Form:
    return form(
        "notice.return",
        state,
        line("退回"),
        (reason(line("要改什么"), line("例如：恢复时间没把握，改成下次更新时间")),),
        line("退回给起草人"),
        carry={"notice": notice or value},
        intro=_about(state, plan, notice or value),
    )


def notice_withdraw(state: Incident, plan: Plan, *, notice: str = "", value: str = "", **_: str) -> Form:
    return form(
        "notice.withdraw",
        state,
        line("撤回"),
        (reason(line("为什么撤回"), line("可以空着。例如：情况变了，另起一份"), required=False),),
        line("撤回"),
        carry={"notice": notice or value},
        intro=line("已经发出去的收不回来，没发的不再发。"),
        danger=True,
    )


def _about(state: Incident, plan: Plan, notice: str) -> Text:
    found = gate.find(state, notice)
    return line("{id} {name}", id=found.id, name=told.called(plan, found.script)) if found else named(state)


def notice_mark(state: Incident, plan: Plan, *, notice: str = "", delivery: str = "", value: str = "", **_: str) -> Form:
    found = _delivery(state, notice, delivery or value)
    return form(
        "notice.mark",
        state,
        line("已由人发出") if found and found.recipient.via in BY_HAND else line("收到了"),
        (one("note", line("怎么发的，谁收的"), line("可以空着。例如：电话，对方值班经理王女士")),),
        line("记下来"),
        carry={"notice": notice, "delivery": delivery or value},
        intro=told.recipient(plan, found.recipient) if found else named(state),
    )


def _delivery(state: Incident, notice: str, id: str) -> Delivery | None:
    found = gate.find(state, notice)
    return next((each for each in found.deliveries if each.id == id), None) if found else None


def talk_log(state: Incident, plan: Plan, *, to: str = "", text: str = "", **_: str) -> Form:
    ways = tuple(Option(via, name) for via, name in told.WAYS.items() if via not in ("webhook", "status", "file"))
    return form(
        "talk.log",
        state,
        line("记一条外联"),
        (
            one("to", line("和谁"), line("例如：承运商王经理"), initial=to, required=True),
            choice("via", line("怎么说的"), ways, initial="phone"),
            long("text", line("说了什么"), line("例如：告诉他们今晚改人工派车，对方同意"), initial=text, required=True),
            one("promise", line("答应了什么"), line("没有就空着。例如：把司机名单发过去")),
            when("due_at", line("什么时候前"), line("没有就空着。写成「21:30」或「明天 8:00」")),
        ),
        line("记下来"),
        intro=named(state),
    )
