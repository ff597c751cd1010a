"""A notice to the outside on its way: what it says, what is wrong with it, who signs, who got it (clauses 2.4-4, 2.4-6, 5.3-3).

The text stands on the card in both languages, for both are signed. Every state has one next thing and its button first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from bot.cards.model import Block, Button, Card, Choices, Fact, Facts, Option, Table, Tone, Words
from bot.cards.views import phrases as p
from bot.core.incident import Incident
from bot.core.outward import approval, gate, length, told, wording
from bot.core.outward.state import Delivery, Edit, Notice
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

TONES: Mapping[str, Tone] = {
    "draft": "calm", "asked": "warn", "returned": "warn", "approved": "calm", "sending": "calm", "sent": "good", "withdrawn": "calm",
    "expired": "warn",
}  # fmt: skip
LISTED = 12  # recipients on the card; the record page has the rest
CHANGES = 3  # of the last edit
MARK = ("〖", "〗")
UNSENT = ("draft", "returned", "asked", "expired")  # somebody may still change a word
WORD = re.compile(r"[A-Za-z0-9:.@-]+|.", re.DOTALL)  # what a difference is told in: a word, a number, a Chinese character
CHINESE = re.compile(r"[\u3400-\u9fff]")


def letter(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    found = gate.find(state, args.get("letter", ""))
    if found is None:
        return p.card(state, plan, line("对外通知"), then=line("这份不在了。"), icon="send", done=True)
    remarks = _remarks(state, plan, found) if found.state in UNSENT else ()
    over = found.state == "withdrawn" or (found.state == "sent" and not open_deliveries(found))
    return p.card(
        state,
        plan,
        _title(plan, found),
        Facts((_to(plan, found), *_times(state, found)), "rows"),
        _returned(found),
        _text(found, remarks),
        _advice(remarks),
        _untranslated(plan, found),
        _signatures(state, plan, found),
        _changed(found),
        _results(state, plan, found),
        then=_next(state, plan, found, remarks),
        controls=_controls(state, plan, found, remarks),
        tone=_tone(found),
        chip=_chip(state, found),
        meta=line("{who} 起草 {at}", who=Who(found.drafter), at=p.clock(state, found.at)),
        icon="send",
        done=over,
    )


def _title(plan: Plan, found: Notice) -> Text:
    name = told.called(plan, found.script)
    match found.state:
        case "draft":
            return line("草稿：{name}", name=name)
        case "asked":
            return line("等批准：{name}", name=name)
        case "returned":
            return line("退回：{name}", name=name)
        case "approved":
            return line("已批准：{name}", name=name)
        case "sending":
            return line("在发：{name}", name=name)
        case "sent":
            return line("演练完：{name}", name=name) if _rehearsed(found) else line("已发出：{name}", name=name)
        case "withdrawn":
            return line("撤回：{name}", name=name)
        case "expired":
            return line("过期：{name}", name=name)


def _rehearsed(found: Notice) -> bool:
    return any(one.state == "drill" for one in found.deliveries)


def _tone(found: Notice) -> Tone:
    if found.state == "asked" and found.chased:
        return "alarm"
    if any(one.state in ("failed", "doubt") for one in found.deliveries) and found.state != "withdrawn":
        return "warn"
    return TONES[found.state]


def _chip(state: Incident, found: Notice) -> Text | None:
    if found.state == "approved" and found.valid_until:
        return line("{at} 前有效", at=p.clock(state, found.valid_until))
    if found.state == "asked":
        return line("差 {n} 个签字", n=len(found.waiting))
    return None


# --- what it says -----------------------------------------------------------------------------------------------------------


def _to(plan: Plan, found: Notice) -> Fact:
    """Whom it is for and which ways it goes, with what a way makes of its length."""
    names = joined([told.recipient(plan, one) for one in found.to[:6]])
    whom: Text = line("{names} 等 {n} 处", names=names, n=len(found.to)) if len(found.to) > 6 else names
    lacking = not found.to and found.state in UNSENT
    return Fact(line("发给"), whom if found.to else line("还没有收件人"), _lengths(found), tone="warn" if lacking else "calm")


def _lengths(found: Notice) -> Text | None:
    ways = dict.fromkeys(one.via for one in found.to)
    if "sms" in ways:
        measured = length.measure(found.text.zh, "sms")
        return line("{n} 字，短信 {parts} 条", n=measured.characters, parts=measured.parts)
    return line("{n} 字", n=len(found.text.zh))


def _times(state: Incident, found: Notice) -> tuple[Fact, ...]:
    if found.next_at is None or found.state == "withdrawn":
        return ()
    due = found.next_at if found.state in (*UNSENT, "approved") else None  # once sent, the headline card counts
    return (Fact(line("下次更新"), p.clock(state, found.next_at), line("写在文中，到点会提醒"), due=due),)


def _returned(found: Notice) -> Words | None:
    if found.state == "returned" and found.returned_by:
        return Words(line("{who}退回：{reason}", who=Who(found.returned_by), reason=found.reason), "warn")
    if found.state == "withdrawn" and found.reason:
        return Words(line("撤回：{name}", name=found.reason), "note")
    return None


def _text(found: Notice, remarks: Sequence[tuple[bool, wording.Remark]]) -> tuple[Block, ...]:
    zh = _marked(found.text.zh, [one for english, one in remarks if not english])
    en = _marked(found.text.en, [one for english, one in remarks if english])
    return (Words(zh, "quote"), Words(en, "quote"))


def _marked(text: str, remarks: Sequence[wording.Remark]) -> str:
    for one in sorted(remarks, key=lambda one: one.start, reverse=True):
        text = text[: one.start] + MARK[0] + one.word + MARK[1] + text[one.end :]
    return text


def _remarks(state: Incident, plan: Plan, found: Notice) -> tuple[tuple[bool, wording.Remark], ...]:
    """Whether it is of the English text, and the remark."""
    zh = wording.remarks(found.text.zh, "zh-CN", plan, state, found.audience)
    en = wording.remarks(found.text.en, "en", plan, state, found.audience)
    return (*((False, one) for one in zh), *((True, one) for one in en))


def _advice(remarks: Sequence[tuple[bool, wording.Remark]]) -> Facts | None:
    rows = [Fact(line("「{word}」", word=one.word), one.advice, _better(one), tone="warn") for _, one in remarks]
    return Facts(tuple(dict.fromkeys(rows))[:6], "rows") if rows else None


def _better(one: wording.Remark) -> Text | None:
    if one.better is None:
        return None
    return line("改成「{words}」", words=one.better) if one.better else line("删掉")


def half_english(plan: Plan, found: Notice) -> bool:
    """The English has Chinese in it, typed once for both languages, and somebody will read it."""
    languages = {plan.comms.contacts[one.contact].language for one in found.to if one.contact in plan.comms.contacts}
    public = any(one.via in ("status", "file") for one in found.to if not one.contact)
    return ("en" in languages or public) and CHINESE.search(found.text.en) is not None


def _untranslated(plan: Plan, found: Notice) -> Words | None:
    if found.state not in UNSENT or not half_english(plan, found):
        return None
    if found.state == "asked":
        return Words(line("英文里还有中文，读英文的人也会收到。"), "warn")
    return Words(line("英文里还有中文，补上英文再提交。"), "warn")


# --- who has done what --------------------------------------------------------------------------------------------------------


def _signatures(state: Incident, plan: Plan, found: Notice) -> Facts | None:
    if not found.needed:
        return None
    signed = {one.seat: one for one in found.signatures}
    rows = [
        Fact(p.post(plan, seat), line("{who} {at} 批准", who=Who(signed[seat].by), at=p.clock(state, signed[seat].at)))
        if seat in signed
        else Fact(p.post(plan, seat), line("还没批"), p.holder(state, seat), tone="warn" if found.state == "asked" else "calm")
        for seat in found.needed
    ]
    if found.defence:
        rows.append(Fact(line("措辞说明"), found.defence))
    return Facts(tuple(rows), "rows")


def _changed(found: Notice) -> Facts | None:
    """The difference of the last edit, for those who still decide on it; the record keeps all of them."""
    if not found.edits or found.state in ("sending", "sent", "withdrawn"):
        return None
    last = found.edits[-1]
    rows = [Fact(line("改了"), change) for change in _differences(last)[:CHANGES]]
    return Facts(tuple(rows), "rows") if rows else None


def _differences(edit: Edit) -> list[Text]:
    found: list[Text] = []
    for before, after in ((edit.before.zh, edit.after.zh), (edit.before.en, edit.after.en)):
        olds, news = WORD.findall(before), WORD.findall(after)
        for kind, i, j, k, m in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
            old, new = p.shortened("".join(olds[i:j]), 40), p.shortened("".join(news[k:m]), 40)
            if kind != "equal" and old and new:
                found.append(line("「{old}」→「{new}」", old=old, new=new))
            elif kind != "equal" and old:
                found.append(line("删「{old}」", old=old))
            elif kind != "equal" and new:
                found.append(line("加「{new}」", new=new))
    return found


def _results(state: Incident, plan: Plan, found: Notice) -> tuple[Block, ...]:
    """What became of it, the trouble first."""
    if not found.deliveries:
        return ()
    order = {"failed": 0, "doubt": 1, "by_hand": 2, "waiting": 3, "handed": 4, "sent": 5, "drill": 6}
    ordered = sorted(found.deliveries, key=lambda one: order[one.state])
    rows = tuple((told.recipient(plan, one.recipient), _fate(state, one)) for one in ordered[:LISTED])
    more = len(found.deliveries) - LISTED
    table = Table((line("收件人"), line("结果")), rows)
    return (table, Words(line("还有 {n} 处，在记录页。", n=more), "note")) if more > 0 else (table,)


def _fate(state: Incident, one: Delivery) -> Text:
    at = p.clock(state, one.at) if one.at else None
    match one.state:
        case "waiting":
            return line("在发")
        case "sent":
            return line("{at} 发到", at=at) if at else line("发到了")
        case "failed":
            return line("没发到：{why}", why=one.why)
        case "doubt":
            return line("不确定：{why}", why=one.why)
        case "by_hand":
            return line("等人发")
        case "handed":
            return line("已由{who} {at} 发出", who=Who(one.by), at=at) if one.by and at else line("人工发出了")
        case "drill":
            return line("演练，不外发")


def open_deliveries(found: Notice) -> tuple[Delivery, ...]:
    """What a person can still say something about."""
    return tuple(one for one in found.deliveries if one.state in ("by_hand", "failed", "doubt"))


# --- what to do -------------------------------------------------------------------------------------------------------------


def _next(state: Incident, plan: Plan, found: Notice, remarks: Sequence[tuple[bool, wording.Remark]]) -> Text | None:
    drafter = Who(found.drafter)
    match found.state:
        case "draft" | "returned" | "expired" if not found.to:
            return line("{who}点「修改」选发给谁。", who=drafter)
        case "draft" | "returned" | "expired" if remarks:
            return line("{who}先改掉标出来的词，再提交。改不了的写一句为什么。", who=drafter)
        case "draft" | "returned" | "expired" if half_english(plan, found):
            return line("{who}点「修改」补上英文，再提交。", who=drafter)
        case "draft" | "expired" if not approval.seats_now(state, plan, found):
            return line("{who}看一遍，不用审批，直接发出。", who=drafter)
        case "draft" | "expired":
            return line("{who}看一遍，提交审批。", who=drafter)
        case "returned":
            return line("{who}改好再提交。", who=drafter)
        case "asked":
            return line("{who}看完批准或退回。", who=waited_for(state, plan, found))
        case "approved":
            lack = gate.hindrance(state, plan, found)
            return lack.text if lack else line("{who}现在发出。改一个字就要重新批。", who=drafter)
        case "sending" | "sent":
            return _follow(found)
        case "withdrawn":
            return None


def waited_for(state: Incident, plan: Plan, found: Notice) -> Text:
    """Those before whom it is and who have not signed; their seats while nobody has been found."""
    signed = {one.by for one in found.signatures}
    waiting = [person for person in found.asked if person not in signed]
    return p.people(waiting) if waiting else joined([p.acting(state, plan, seat) for seat in found.waiting])


def _follow(found: Notice) -> Text | None:
    states = {one.state for one in found.deliveries}
    if "failed" in states:
        return line("重发，或打电话告诉他们，再记「已由人发出」。")
    if "doubt" in states:
        return line("问一声收到没有：收到了记下来，没收到再重发。")
    if "by_hand" in states:
        return line("照上面的文字发短信或打电话，发完记「已由人发出」。")
    if "waiting" in states:
        return line("等结果，发不到会在这里说。")
    return None


def _controls(state: Incident, plan: Plan, found: Notice, remarks: Sequence[tuple[bool, wording.Remark]]) -> tuple[Block, ...]:
    edit = p.plain(state, line("修改"), "notice.edit", notice=found.id)
    drop = p.ghost(state, line("撤回"), "notice.withdraw", notice=found.id)
    back = p.danger(state, line("退回"), "notice.return", notice=found.id)
    match found.state:
        case "draft" | "returned" | "expired":
            return _before_asking(state, plan, found, remarks, edit, drop)
        case "asked":
            return p.buttons(p.primary(state, line("批准"), "notice.approve", notice=found.id, digest=gate.digest(found)), back, edit, drop)
        case "approved":
            return p.buttons(_send(state, found, first=True), edit, back, drop)
        case "sending" | "sent":
            return _after(state, plan, found)
        case "withdrawn":
            return ()


def _before_asking(
    state: Incident, plan: Plan, found: Notice, remarks: Sequence[tuple[bool, wording.Remark]], edit: Button, drop: Button
) -> tuple[Block, ...]:
    """The better wording first, then what is still to be written, then whom to ask: one of them is the button to press."""
    mendable = any(one.better is not None for _, one in remarks)
    lacking = not found.to or (not remarks and (found.state == "returned" or half_english(plan, found)))
    better = p.primary(state, line("换成建议的说法"), "notice.better", notice=found.id) if mendable and not lacking else None
    first = not mendable and not lacking
    if remarks or approval.seats_now(state, plan, found):
        on = (p.primary if first else p.plain)(state, line("提交审批"), "notice.ask", notice=found.id)
    else:
        on = _send(state, found, first=first)
    if lacking:
        return p.buttons(replace(edit, style="primary"), on if found.to else None, drop)
    return p.buttons(better, on, edit, drop)


def _send(state: Incident, found: Notice, *, first: bool) -> Button:
    return (p.primary if first else p.plain)(state, line("发出（{n} 处）", n=len(found.to)), "notice.send", notice=found.id)


def _after(state: Incident, plan: Plan, found: Notice) -> tuple[Block, ...]:
    failed = [one for one in found.deliveries if one.state == "failed"]
    again = p.primary(state, line("重发没发到的 {n} 处", n=len(failed)), "notice.retry", notice=found.id) if failed else None
    doubted = [one for one in found.deliveries if one.state == "doubt"]
    blocks: list[Block] = [*p.buttons(again)]
    if open_deliveries(found):
        blocks.append(_choose(state, plan, line("已由人发出，或问过收到了"), "notice.mark", found, open_deliveries(found)))
    if doubted:
        blocks.append(_choose(state, plan, line("没收到，重发"), "notice.retry", found, doubted))
    return tuple(blocks)


def _choose(state: Incident, plan: Plan, label: Text, action: str, found: Notice, some: Sequence[Delivery]) -> Choices:
    options = tuple(Option(one.id, told.recipient(plan, one.recipient)) for one in some)
    return Choices(label, options, p.act(state, action, notice=found.id))
