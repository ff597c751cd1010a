"""Looked up, never posted: what is owed to whom, what is under way, what was promised; the contact book (clauses 2.1-5, 5.3-4, 5.3-5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cards.model import Block, Button, Card, Choices, Fact, Facts, Option, Table, Words, press
from bot.cards.views import phrases as p
from bot.core.incident import Incident
from bot.core.outward import clocks, told
from bot.core.outward.clocks import Owed
from bot.core.outward.state import Notice, Promise
from bot.plan.schema import Contact, Plan
from bot.words import Text, Who, joined, line

LATEST = 8
OPTIONS = 90  # of a select; Slack carries 100


def overview(state: Incident, plan: Plan, now: datetime) -> Card:
    """Due ones first, each with its button; then what waits for somebody, promises that are not kept, and every script."""
    owed = clocks.due(state, plan, now)
    return p.card(
        state,
        plan,
        line("对外：该告诉谁"),
        _owed(state, plan, owed),
        _promises(state, plan, now),
        _under_way(state, plan),
        then=_next(plan, owed),
        controls=(*p.buttons(*(_draft(state, plan, one, first=not i) for i, one in enumerate(owed[:3]))), _others(state, plan)),
        tone="alarm" if any(one.late for one in owed) else "calm",
        icon="send",
    )


def _owed(state: Incident, plan: Plan, owed: tuple[Owed, ...]) -> Block:
    if not owed:
        return Words(line("现在没有到期要发的。有人问起，从下面选一份话术。"), "plain")
    return Facts(
        tuple(
            Fact(clocks.name(plan, one.audience, one.phase), _by(state, one), line("有一份在办") if one.notice else None, due=one.at,
                 tone="alarm" if one.late else "calm")
            for one in owed
        ),
        "rows",
    )  # fmt: skip


def _by(state: Incident, one: Owed) -> Text:
    at = p.clock(state, one.at)
    return line("{at} 该发，已经晚了", at=at) if one.late else line("{at} 前发", at=at)


def _draft(state: Incident, plan: Plan, one: Owed, *, first: bool) -> Button:
    style = p.primary if first else p.plain
    if one.notice:
        return style(state, line("看{what}", what=clocks.name(plan, one.audience, one.phase)), "notice.show", notice=one.notice)
    label = line("起草{what}", what=clocks.name(plan, one.audience, one.phase))
    return style(state, label, "notice.draft", audience=one.audience, phase=one.phase)


def _next(plan: Plan, owed: tuple[Owed, ...]) -> Text:
    if not owed:
        return line("选一份话术起草。没有到期的，不用急着发。")
    what = clocks.name(plan, owed[0].audience, owed[0].phase)
    return line("先把{what}办完。", what=what) if owed[0].notice else line("先起草{what}。", what=what)


def _others(state: Incident, plan: Plan) -> Choices:
    options = tuple(Option(script.id, script.name) for script in plan.comms.scripts.values())
    return Choices(line("起草别的"), options[:OPTIONS], p.act(state, "notice.draft"))


def _under_way(state: Incident, plan: Plan) -> tuple[Block, ...]:
    found = [one for one in state.outward.notices if one.state != "withdrawn"]
    if not found:
        return ()
    options = tuple(Option(one.id, _named(plan, one), _stage(one)) for one in reversed(found))
    return (Choices(line("看一份通知"), options[:OPTIONS], p.act(state, "notice.show")),)


def _named(plan: Plan, one: Notice) -> Text:
    return line("{id} {name}", id=one.id, name=told.called(plan, one.script))


def _stage(one: Notice) -> Text:
    match one.state:
        case "draft" | "returned" | "expired":
            return line("草稿")
        case "asked":
            return line("等批准")
        case "approved":
            return line("等发出")
        case "sending":
            return line("在发")
        case "sent" | "withdrawn":
            return line("已发出")


def _promises(state: Incident, plan: Plan, now: datetime) -> tuple[Block, ...]:
    """Unfulfilled ones first; the next update that a notice promised has its own clock above."""
    found = [one for one in state.outward.promises if not one.notice and one.kept_at is None]
    if not found:
        return ()
    rows = tuple(
        Fact(told.party(plan, one.to), one.text, _due(state, one), tone="warn" if _late(one, now) else "calm") for one in found[:LATEST]
    )
    options = tuple(Option(one.id, one.text if isinstance(one.text, str) else told.party(plan, one.to)) for one in found[:OPTIONS])
    return (Words(line("答应了还没做的"), "lead"), Facts(rows, "rows"), Choices(line("兑现了"), options, p.act(state, "promise.keep")))


def _due(state: Incident, one: Promise) -> Text:
    who = Who(one.by)
    return line("{who}答应 {at} 前", who=who, at=p.clock(state, one.due_at)) if one.due_at else line("{who}答应", who=who)


def _late(one: Promise, now: datetime) -> bool:
    return one.due_at is not None and one.due_at < now


# --- who told whom what -------------------------------------------------------------------------------------------------------


def log(state: Incident, plan: Plan, now: datetime) -> Card:
    """The log of who told whom what when: promises that are not kept on top, then the newest first (clause 2.1-5)."""
    rows = sorted(_said(state, plan), key=lambda row: row[0], reverse=True)
    table = Table(
        (line("时间"), line("谁对谁"), line("说了什么")),
        tuple((p.clock(state, at), between, what) for at, between, what in rows[: 2 * LATEST]),
    )
    more = len(rows) - 2 * LATEST
    return p.card(
        state,
        plan,
        line("外联记录"),
        _promises(state, plan, now),
        (table,) if rows else Words(line("还没有对外说过什么。"), "plain"),
        Words(line("还有 {n} 条，在记录页。", n=more), "note") if more > 0 else None,
        then=line("打过电话、当面说过的，也记一条。"),
        controls=p.buttons(p.primary(state, line("记一条外联"), "talk.log"), p.plain(state, line("该告诉谁"), "notice.list")),
        icon="send",
    )


def _said(state: Incident, plan: Plan) -> list[tuple[datetime, Text, Text]]:
    found: list[tuple[datetime, Text, Text]] = [
        (one.at, line("{who} → {to}", who=Who(one.by), to=told.party(plan, one.to)), p.shortened(one.text, 120))
        for one in state.outward.talks
    ]
    for notice in state.outward.notices:
        if notice.sent_at and notice.sent_by:
            to = clocks.audience_name(plan, notice.audience)
            words = line("「{name}」，{n} 处", name=told.called(plan, notice.script), n=len(notice.deliveries))
            found.append((notice.sent_at, line("{who} → {to}", who=Who(notice.sent_by), to=to), words))
    return found


# --- the contact book -----------------------------------------------------------------------------------------------------------


def contacts(plan: Plan, now: datetime) -> Card:
    """Every outside party with its ways, its keeper and its last check; those overdue for a check first."""
    book = sorted(plan.comms.contacts.values(), key=lambda one: not overdue(one, plan, now))
    rows = tuple((one.name, _ways(one), _checked(one, plan, now)) for one in book)
    late = sum(overdue(one, plan, now) for one in book)
    return Card(
        title=line("外部通讯录"),
        blocks=(
            Table((line("谁"), line("怎么找"), line("上次核对")), rows),
            *((Words(line("{n} 个该核对了：打一次电话，改方案里的日期。", n=late), "warn"),) if late else ()),
            Words(line("事件里发「外联 记录」看谁对谁说过什么。"), "next"),
        ),
        alone=line("外部通讯录，{n} 个。", n=len(rows)),
        icon="list",
    )


def contact(one: Contact, plan: Plan, now: datetime) -> Card:
    """One party: ways in order, when they are told, who approves, what not to say."""
    audience = plan.comms.audiences.get(one.audience)
    facts = [
        Fact(line("怎么找"), _ways(one)),
        Fact(line("归谁"), Who(one.owner), _checked(one, plan, now), tone="warn" if overdue(one, plan, now) else "calm"),
    ]
    if audience:
        levels = [level for level in audience.initial if level in plan.severities]
        facts += [Fact(plan.severities[level].short, _told_when(plan, audience.id, level)) for level in levels]
    button = Button(line("该告诉谁"), press("notice.list"), "primary")
    return Card(
        title=one.name,
        blocks=(Facts(tuple(facts), "rows"), *p.buttons(button)),
        alone=line("{name}：{ways}", name=one.name, ways=_ways(one)),
        icon="list",
    )


def _told_when(plan: Plan, audience: str, level: str) -> Text:
    known = plan.comms.audiences[audience]
    first, later = known.initial.get(level), known.update.get(level)
    seats = joined([p.post(plan, seat) for seat in known.approval.get(level, ())]) if known.approval.get(level) else line("不用批")
    if first is None or first.need == "none":
        return line("不用告诉")
    if first.due is None:
        return line("问起再说，{seats}批", seats=seats)
    if later is None or later.every is None:
        return line("{due} 分钟内首次，{seats}批", due=first.due, seats=seats)
    return line("{due} 分钟内首次，之后每 {every} 分钟，{seats}批", due=first.due, every=later.every, seats=seats)


def _ways(one: Contact) -> Text:
    return joined([line("{way} {to}", way=told.WAYS[address.via], to=address.to) for address in one.addresses])


def _checked(one: Contact, plan: Plan, now: datetime) -> Text:
    day = one.checked.isoformat()
    return line("{day}，该核对了", day=day) if overdue(one, plan, now) else day


def overdue(one: Contact, plan: Plan, now: datetime) -> bool:
    return now.date() - one.checked > timedelta(days=plan.comms.review_days)

