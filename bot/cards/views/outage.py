"""A platform that cannot be reached, on the headline: since when, over what people are called meanwhile, whom only a telephone finds."""

from __future__ import annotations

from bot.cards.model import Block, Words
from bot.cards.views import phrases as p
from bot.core import outage
from bot.core.incident import Incident
from bot.plan.schema import Plan
from bot.words import Text, joined, line


def blocks(state: Incident, plan: Plan) -> tuple[Block, ...]:
    """One line for each lost platform, and one for those who are left to dial; nothing when it is over."""
    if not state.live or not state.outages:
        return ()
    found: list[Text] = []
    for platform, gone in state.outages.items():
        lost, at = p.platforms([platform]), p.clock(state, gone.since)
        if gone.over:
            over = p.platforms(gone.over)
            found.append(line("{platform} {at} 起连不上，现在由{over}叫人，恢复后自动补齐。", platform=lost, at=at, over=over))
        else:
            found.append(line("{platform} {at} 起连不上，没有别的平台能叫人：按口袋卡打电话。", platform=lost, at=at))
    alone = {person for gone in state.outages.values() for person in gone.alone}
    dial = [p.phone(plan, person) for person in outage.awaited(state) if person in alone]
    if dial:
        found.append(line("还没应答、别处又叫不到的，打电话：{people}。", people=joined(dial)))
    return tuple(Words(text, "warn") for text in found)
