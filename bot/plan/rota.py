"""Whether the rota leaves nobody out: every post, at every site where it is filled by site, at every minute of the week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from bot.plan.schema import DutyRule, Plan, Shift

DAY = 24 * 60
WEEK = 7 * DAY
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Span = tuple[int, int]
"""Minutes of the week from Monday 00:00, the second exclusive."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of the week when a post has nobody; `site` only for posts filled by site."""

    post: str
    site: str | None
    start: int
    end: int

    @property
    def when(self) -> str:
        return f"from {_clock(self.start)} to {_clock(self.end)}"


def gaps(plan: Plan) -> Iterator[Gap]:
    """The first gap of each post and site. Rules that name an unknown shift count as filled: that fault is said elsewhere."""
    for post in plan.posts.values():
        for site in plan.sites if post.scoped else (None,):
            rules = [rule for rule in plan.rota if rule.post == post.id and (rule.site is None or rule.site == site)]
            gap = _first_gap([span for rule in rules for span in spans(rule, plan.shifts.get(rule.shift))])
            if gap:
                yield Gap(post.id, site, *gap)


def spans(rule: DutyRule, shift: Shift | None) -> Iterator[Span]:
    """The times of the week that a rule fills; a shift belongs to the day on which it starts."""
    start, end = (_minute(shift.start), _minute(shift.end)) if shift else (0, 0)
    length = (end - start) % DAY or DAY
    for day in rule.weekdays:
        begin = (day - 1) * DAY + start
        yield begin, min(begin + length, WEEK)
        if begin + length > WEEK:
            yield 0, begin + length - WEEK


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _first_gap(filled: list[Span]) -> Span | None:
    reached = 0
    for start, end in sorted(filled):
        if start > reached:
            return reached, start
        reached = max(reached, end)
    return (reached, WEEK) if reached < WEEK else None


def _clock(minute: int) -> str:
    day, rest = divmod(minute % WEEK if minute < WEEK else minute - 1, DAY)
    hour, minutes = divmod(rest if minute < WEEK else rest + 1, 60)
    return f"{NAMES[day]} {hour:02}:{minutes:02}"
