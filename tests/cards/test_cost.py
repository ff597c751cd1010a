"""What drawing costs, counted in calls of functions, which no busy machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

from bot.cards.views import VIEWS, desk
from bot.core import calling
from bot.core.incident import Incident
from tests.core.drive import plan, responding

PLAN = plan()


def calls_of(work: Callable[[], object]) -> int:
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def draw(state: Incident) -> None:
    for placed in desk(state, PLAN):
        VIEWS[placed.view](state, PLAN, dict(placed.args))


def doubled(state: Incident) -> Incident:
    """Twice as many posts are called, by twice as many people."""
    more = [
        replace(call, id=f"{call.id}b", attempts=tuple(replace(attempt, person=f"{attempt.person}2") for attempt in call.attempts))
        for call in state.calls
    ]
    return replace(state, calls=(*state.calls, *more))


def test_twice_the_calls_cost_twice_the_drawing_not_four_times() -> None:
    state = responding("major").incident
    draw(state)
    assert len(calling.missing(doubled(state))) > 30
    assert calls_of(lambda: draw(doubled(state))) < 2.5 * calls_of(lambda: draw(state))
