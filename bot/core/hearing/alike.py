"""Is this report about an incident that is already open? Offered to people as "add to it", never decided for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.core.hearing.ear import Heard
from bot.core.hearing.folding import fold

Reason = Literal["service", "link", "site", "time", "words"]


@dataclass(frozen=True, slots=True)
class Known:
    """An open incident as far as likeness needs it. `started`: when it began or, where nobody knows, when it was reported."""

    record: str
    symptom: str
    services: tuple[str, ...]
    links: tuple[str, ...]
    sites: tuple[str, ...]
    started: datetime | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """`score` is 0 to 1; `why` names what the two share."""

    record: str
    score: float
    why: tuple[Reason, ...]


_ENOUGH = 0.5
_NEAR = timedelta(minutes=45)
_FAR = timedelta(hours=4)
_FEW_WORDS = 0.12
_MANY_WORDS = 0.5
_SPOKEN = 600


def alike(heard: Heard, open_reports: Sequence[Known], now: datetime | None = None) -> tuple[Likeness, ...]:
    """Open incidents that a report likely belongs to, the likeliest first, at most three.

    Named services that differ, or named sites that differ, speak against it whatever else is shared: two sites without network
    are two incidents until somebody merges them. A report without a time counts as of `now`, if that is given.
    """
    likely = [likeness for known in open_reports if (likeness := _likeness(heard, known, now)).score >= _ENOUGH]
    return tuple(sorted(likely, key=lambda one: (-one.score, one.record))[:3])


def _likeness(heard: Heard, known: Known, now: datetime | None) -> Likeness:
    why: list[Reason] = []
    score = _subject(heard, known, why) + _place(heard, known, why)
    score += _nearness(heard.started.at if heard.started else now, known.started, why)
    words = _shared_words(heard.symptom, known.symptom)
    if words >= _FEW_WORDS:
        why.append("words")
    score += min(words, _MANY_WORDS)
    return Likeness(known.record, round(min(max(score, 0.0), 1.0), 3), tuple(why))


def _subject(heard: Heard, known: Known, why: list[Reason]) -> float:
    if set(heard.services) & set(known.services):
        why.append("service")
        return 0.4
    if heard.services and known.services:
        return -0.15 if set(heard.links) & set(known.links) else -0.35
    if set(heard.links) & set(known.links):
        why.append("link")
        return 0.25
    return -0.2 if heard.links and known.links else 0.0


def _place(heard: Heard, known: Known, why: list[Reason]) -> float:
    if set(heard.sites) & set(known.sites):
        why.append("site")
        return 0.2
    return -0.7 if heard.sites and known.sites else 0.0


def _nearness(said: datetime | None, known: datetime | None, why: list[Reason]) -> float:
    if said is None or known is None:
        return 0.0
    apart = abs(said - known)
    if apart <= _NEAR:
        why.append("time")
        return 0.2
    return 0.0 if apart <= _FAR else -0.25


_NOISE = re.compile(r"[\W\d_]+")


def _shared_words(one: str, other: str) -> float:
    """Dice's coefficient of the character pairs of two texts: 0 nothing shared, 1 the same."""
    left, right = _pairs(one), _pairs(other)
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0


def _pairs(text: str) -> set[str]:
    letters = _NOISE.sub("", fold(text[:_SPOKEN]).text)
    return {letters[i : i + 2] for i in range(len(letters) - 1)}
