"""A situation report: one sentence first, then what the twelve fields of the plan ask, then when the next one comes."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.model import Card, Fact, Facts, Words
from bot.cards.views import phrases as p
from bot.cards.views.status import reporter
from bot.core import updates
from bot.core.incident import Incident, Sitrep
from bot.plan.schema import Plan
from bot.words import Line, Text, Who, line


def sitrep(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """As it was sent: a report never changes. 不知道 is written where nothing was known."""
    found = next((one for one in state.sitreps if str(one.number) == args.get("number")), None)
    if found is None:
        return p.card(state, plan, line("态势更新"), then=line("这一报不在了。"), icon="doc", done=True)
    newest = state.sitreps[-1].number == found.number
    lead = found.typed.get("situation", "").strip()
    return p.card(
        state,
        plan,
        line("态势第 {n} 报", n=found.number),
        Words(lead, "lead") if lead else None,
        Facts(_rows(plan, found), "rows"),
        then=_next(state, plan, found) if newest else None,
        chip=None if found.on_time else line("晚了"),
        meta=line("{who} {at}", who=Who(found.by), at=p.clock(state, found.at)),
        badge=True,
        icon="doc",
        done=not newest,
    )


def _rows(plan: Plan, found: Sitrep) -> tuple[Fact, ...]:
    """The fields in the plan's order; the heading stands in the title, the sentence above, the next time below."""
    rows = []
    for field in plan.documents.sitrep.fields:
        if field.id in ("header", "situation", "next_update"):
            continue
        value: Text = found.auto.get(field.id) or found.typed.get(field.id, "").strip()
        rows.append(Fact(FIELD_NAMES.get(field.id, field.name), value or p.UNKNOWN_WORD))
    return tuple(rows)


FIELD_NAMES: Mapping[str, Line] = {
    "impact": line("影响"),
    "actions_done": line("已做"),
    "actions_doing": line("在做"),
    "next": line("接下来"),
    "resources": line("资源"),
    "comms_out": line("对外"),
    "risks": line("风险与未知"),
    "decisions": line("要决定"),
    "clocks": line("时钟"),
}


def _next(state: Incident, plan: Plan, found: Sitrep) -> Text:
    if not state.responding:
        return line("这是最后一报。")
    at = p.clock(state, updates.next_due(state, plan) or found.next_at)
    return line("下一报 {at} 前，{who}发。", at=at, who=reporter(state, plan))
