"""A handover of command: the nine points, and the successor's word; nothing changes before it (clause 2.1-2)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.model import Card, Fact, Facts
from bot.cards.views import phrases as p
from bot.core.incident import Incident
from bot.plan.schema import Plan
from bot.words import Who, line


def handover(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """Offered: the brief with what is unknown marked. Over: who holds the role now."""
    offer = state.handover
    role = offer.role if offer else args.get("role", "commander")
    name = p.post(plan, role)
    if offer is None:
        return p.card(
            state,
            plan,
            line("移交：{role}", role=name),
            Facts((Fact(name, p.holder(state, role) or line("还没有")),)),
            then=line("移交有了结果，现在是{who}。", who=p.acting(state, plan, role)),
            icon="swap",
            done=True,
        )
    rows = tuple(Fact(field.name, offer.brief.get(field.id, "").strip() or p.UNKNOWN_WORD) for field in plan.documents.handover)
    return p.card(
        state,
        plan,
        line("移交：{role}", role=name),
        Facts(rows, "rows"),
        then=line("{who}逐条看过，点「我接任」才换人。这之前听{giver}的。", who=Who(offer.taker), giver=Who(offer.giver)),
        controls=p.buttons(p.primary(state, line("我接任"), "handover.accept"), p.plain(state, line("接不了"), "handover.decline")),
        tone="warn",
        chip=line("等{who}接", who=Who(offer.taker)),
        meta=line("{who} {at} 提出", who=Who(offer.giver), at=p.clock(state, offer.at)),
        icon="swap",
    )
