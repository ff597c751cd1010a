"""A checklist at work: what is done, by whom; what waits for a gate or an approval; the one line that is next."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.model import Block, Button, Card, Progress, Step, Steps, Tone, Words
from bot.cards.views import phrases as p
from bot.core import checklist as core
from bot.core.incident import Checklist, Incident, Item
from bot.plan.schema import Plan
from bot.words import Bi, Text, Who, joined, line


def checklist(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """One list. A line is ticked in place; the line that is next also offers 跳过 and 卡住."""
    found = next((one for one in state.checklists if one.id == args.get("list")), None)
    if found is None:
        return _gone(state, plan, args.get("list", ""))
    over = all(item.state in ("done", "skipped") for item in found.items)
    turn = current(state, found)
    closed = over or not state.live
    return p.card(
        state,
        plan,
        found.name,
        Progress(line("完成"), *core.progress(found)),
        Steps(tuple(_step(state, plan, found, item, turn, closed) for item in found.items)),
        _rules(plan, found),
        then=_next(state, plan, found, turn, over),
        controls=() if closed else _controls(state, found, turn),
        tone=_tone(found, over),
        chip=_chip(found),
        meta=line("{side} · {id}", side=_lead(state, plan, found), id=state.id),
        icon="list",
        done=closed,
    )


def _gone(state: Incident, plan: Plan, list_id: str) -> Card:
    known = plan.checklists.get(list_id) or plan.playbooks.get(list_id)
    title: Text = known.name if known else line("清单")
    return p.card(state, plan, title, then=line("这份清单已换掉，看新的那份。"), icon="list", done=True)


def _lead(state: Incident, plan: Plan, found: Checklist) -> Text:
    role = "tech_lead_on_incident" if found.side == "technical" else "biz_lead_on_incident"
    held = p.holder(state, role)
    return line("{role} {who}", role=p.post(plan, role), who=held) if held else p.post(plan, role)


def _tone(found: Checklist, over: bool) -> Tone:
    if over:
        return "good"
    open_ = [item for item in found.items if item.state in ("todo", "blocked")]
    if any(item.chased >= 2 for item in open_):
        return "alarm"
    return "warn" if any(item.state == "blocked" or item.chased for item in open_) else "calm"


def _chip(found: Checklist) -> Text | None:
    blocked = sum(1 for item in found.items if item.state == "blocked")
    if blocked:
        return line("卡住 {n} 步", n=blocked)
    late = sum(1 for item in found.items if item.state == "todo" and item.chased)
    return line("晚了 {n} 步", n=late) if late else None


def unapproved(state: Incident, item: Item) -> bool:
    """The line is a major measure that the commander has not approved yet (clause 2.1-3)."""
    allowed = ("approved", "executing", "executed")
    return item.measure is not None and not any(m.kind == item.measure and m.state in allowed for m in state.measures)


def current(state: Incident, found: Checklist) -> Item | None:
    """The line that the card speaks of: the first that can be done now, else the first that is open."""
    ready = [item for item in core.current(found) if not unapproved(state, item)]
    open_ = [item for item in found.items if item.state in ("todo", "blocked")]
    return next(iter(ready or open_), None)


def _step(state: Incident, plan: Plan, found: Checklist, item: Item, turn: Item | None, closed: bool) -> Step:
    mine = turn is not None and item.id == turn.id and not closed
    doing = not closed and item in core.current(found) and not unapproved(state, item)
    open_ = item.state in ("todo", "blocked")
    where = {"list": found.id, "item": item.id}
    tick = p.act(state, "list.check", **where) if open_ and not closed else None
    return Step(
        id=item.id,
        text=line("{what}（卡住：{note}）", what=item.text, note=p.shortened(item.note, 60))
        if item.state == "blocked" and item.note
        else item.text,
        state="doing" if doing else item.state,
        who=_who(state, plan, item),
        late=open_ and item.chased > 0,
        chip=line("重大措施") if item.measure else line("关卡") if item.gate else None,
        press=tick,
        locked=_locked(state, found, item) if open_ else None,
        more=_more(state, item, where) if mine else (),
    )


def _who(state: Incident, plan: Plan, item: Item) -> Text:
    """何川 · 20:21 once done; the owner or the post and the time before; the reason where it was skipped or is stuck."""
    if item.state in ("done", "skipped") and item.at is not None:
        who: Text = Who(item.by) if item.by else line("烽火")
        shown = line("{who} · {at}", who=who, at=p.clock(state, item.at))
        return line("{who}：{note}", who=shown, note=p.shortened(item.note, 24)) if item.note else shown
    person = core.owner(state, item)
    owner: Text = Who(person) if person else line("{post} · 没人认领", post=p.post(plan, item.post))
    return line("{who} · {at} 前", who=owner, at=p.clock(state, item.due_at)) if item.due_at else owner


def _locked(state: Incident, found: Checklist, item: Item) -> Text | None:
    waits = core.gate_before(found, item)
    if waits is not None:
        return line("先做完第 {n} 步", n=[one.id for one in found.items].index(waits.id) + 1)
    return line("等总指挥批准，先提案") if unapproved(state, item) else None


def _more(state: Incident, item: Item, where: Mapping[str, str]) -> tuple[Button, ...]:
    found = [] if core.owner(state, item) else [p.plain(state, line("我来做"), "list.claim", **where)]
    if unapproved(state, item) and item.measure:
        found.append(p.plain(state, line("提案"), "measure.propose", kind=item.measure))
    found.append(p.ghost(state, line("跳过这一步"), "list.skip", **where))
    if item.state == "todo":
        found.append(p.ghost(state, line("卡住了"), "list.block", **where))
    return tuple(found[:4])


def _rules(plan: Plan, found: Checklist) -> tuple[Block, ...]:
    """When to stop following it (technical), what is not done even now (business)."""
    technical, business = plan.checklists.get(found.id), plan.playbooks.get(found.id)
    rules: list[Block] = []
    if technical and technical.stop_rule:
        rules.append(Words(technical.stop_rule, "note"))
    if business:
        rules.append(Words(line("停用条件：{when}", when=business.stop_when), "note"))
        if business.limits:
            limits: list[Text] = [Bi(limit.zh, limit.en) for limit in business.limits]
            rules.append(Words(line("不做：{limits}", limits=joined(limits)), "note"))
    return tuple(rules)


def _next(state: Incident, plan: Plan, found: Checklist, turn: Item | None, over: bool) -> Text | None:
    if over:
        return line("这份清单做完了。")
    if turn is None or not state.live:
        return None
    person = core.owner(state, turn)
    who: Text = Who(person) if person else line("{post}的人", post=p.post(plan, turn.post))
    number = [item.id for item in found.items].index(turn.id) + 1
    if turn.state == "blocked":
        return line("第 {n} 步卡住了，{who}说清要谁帮什么。", n=number, who=p.acting(state, plan, _lead_role(found)))
    if unapproved(state, turn):
        return line("第 {n} 步是重大措施，{who}先提案等批。", n=number, who=who)
    if turn.due_at is None:
        return line("{who}做第 {n} 步，做完打勾。", who=who, n=number)
    return line("{who} {at} 前做完第 {n} 步，做完打勾。", who=who, at=p.clock(state, turn.due_at), n=number)


def _lead_role(found: Checklist) -> str:
    return "tech_lead_on_incident" if found.side == "technical" else "biz_lead_on_incident"


def _controls(state: Incident, found: Checklist, turn: Item | None) -> tuple[Block, ...]:
    done = p.primary(state, line("完成这一步，留证据"), "list.note", list=found.id, item=turn.id) if turn else None
    add = p.plain(state, line("加一步"), "list.add", list=found.id)
    assign = p.plain(state, line("指派这一步"), "list.assign", list=found.id, item=turn.id) if turn else None
    swap = (
        p.plain(state, line("换一份清单"), "list.fault") if found.side == "technical" else p.plain(state, line("再加一份"), "list.playbook")
    )
    return p.buttons(done, assign, add, swap)
