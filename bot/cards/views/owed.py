"""What the headline says of the words to the outside: the most urgent notice that is owed, by when, and whose turn it is (clause 5.3-3)."""

from __future__ import annotations

from datetime import datetime

from bot.cards.model import Button, Fact
from bot.cards.views import letter
from bot.cards.views import phrases as p
from bot.core import response
from bot.core.incident import Incident
from bot.core.outward import clocks, gate
from bot.core.outward.clocks import Owed
from bot.plan.schema import Plan
from bot.words import Text, Who, line

DUE = 2  # the rung of a clock that rings at its time


def first(state: Incident, plan: Plan) -> tuple[Owed, ...]:
    """The most urgent that must be sent, with those of the same time. What is late is what has rung: nothing here knows the time."""
    found = [one for one in clocks.due(state, plan, state.stage_since) if one.need == "required"]
    return tuple(one for one in found if one.at == found[0].at)


def late(state: Incident, some: tuple[Owed, ...]) -> bool:
    return any(state.outward.chased.get(one.key, 0) >= DUE for one in some)


def fact(state: Incident, some: tuple[Owed, ...], plan: Plan) -> Fact | None:
    if not some:
        return None
    at, what = p.clock(state, some[0].at), _what(some, plan)
    small = line("{what}，在办", what=what) if all(one.notice for one in some) else what
    if late(state, some):
        return Fact(line("对外"), line("{at} 该发", at=at), small, some[0].at, "warn")
    return Fact(line("对外"), line("{at} 前", at=at), small, some[0].at)


def _what(some: tuple[Owed, ...], plan: Plan) -> Text:
    what = clocks.name(plan, some[0].audience, some[0].phase)
    return line("{what}等 {n} 份", what=what, n=len(some)) if len(some) > 1 else what


def following(state: Incident, some: tuple[Owed, ...], plan: Plan, before: datetime | None) -> Text | None:
    """The next thing, where it comes before the situation report or is late: first what nobody has begun."""
    if not some or not (late(state, some) or before is None or some[0].at < before):
        return None
    one = next((each for each in some if each.notice is None), some[0])
    what, at = clocks.name(plan, one.audience, one.phase), p.clock(state, one.at)
    under_way = gate.find(state, one.notice) if one.notice else None
    if under_way and under_way.state == "asked":
        return line("{who}看「{what}」，批准或退回。", who=letter.waited_for(state, plan, under_way), what=what)
    if under_way:
        return line("{who}把{what}办完，{at} 前发出。", who=Who(under_way.drafter), what=what, at=at)
    who = _writer(state, one.audience, plan)
    if late(state, some) and one.phase == "resolved":
        return line("{who}现在起草{what}：点「话术」。", who=who, what=what)
    if late(state, some):
        return line("{who}现在起草{what}：点「话术」。没有新进展也要发。", who=who, what=what)
    return line("{who} {at} 前发{what}：点「话术」。其他人按清单继续。", who=who, at=at, what=what)


def _writer(state: Incident, audience: str, plan: Plan) -> Text:
    known = plan.comms.audiences.get(audience)
    if known is None:
        return line("沟通组")
    here = response.filler(state, known.drafter)
    return Who(here) if here else p.post(plan, known.drafter)


def button(state: Incident, plan: Plan) -> Button | None:
    """While words may go out; after the end until everybody who was told has heard that it is over."""
    over = state.stage in ("ended", "reviewing") and clocks.untold(state, plan)
    if not state.external_allowed or not (state.responding or over):
        return None
    return p.plain(state, line("话术"), "notice.list")
