"""Hear one line: what is wrong in the person's own words, since when, where, and which words nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.core.hearing.extent import scope_in, unknown_in
from bot.core.hearing.folding import fold
from bot.core.hearing.times import Time, times_in
from bot.core.hearing.vocabulary import Kind, Named, Vocabulary

_FAR = 2000
"""Characters of a report that are searched. A line longer than this is a document: it is kept whole, its beginning is heard."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A report as understood. `symptom` is everything the person typed; ids stand in the order in which they were named.

    `noticed` is when somebody saw it, which is not when it began. `unknown` are names to ask about.
    """

    symptom: str
    started: Time | None
    services: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    scope: str = ""
    unknown: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    noticed: Time | None = None


def hear(text: str, now: datetime, zone: tzinfo, vocabulary: Vocabulary) -> Heard:
    """Understand what can be understood of a typed line; never refuses, never loses a character of it."""
    folded = fold(text.strip()[:_FAR])
    times = times_in(folded, now, zone)
    named = [n for n in vocabulary.find(folded.text) if not _inside(n, times.taken)]
    affected = [n for n in named if not _WELL.match(folded.text, n.end)]
    known = [*times.taken, *((n.start, n.end) for n in named)]
    return Heard(
        symptom=text.strip(),
        started=times.started,
        noticed=times.noticed,
        services=_ids(affected, "service"),
        dependencies=_ids(affected, "dependency"),
        links=_links(affected),
        sites=_ids(affected, "site"),
        scope="、".join(dict.fromkeys(scope_in(folded, times.taken))),
        unknown=unknown_in(folded, known),
    )


_WELL = re.compile(
    r"(?:那边|这边|那里|都|倒是|倒|还|目前|是|的|一切|is|are|\s){0,3}(?:好的|正常的?|没问题的?|没事|可以的?|能用|没影响|不受影响|ok|fine|works)(?:吗)?"
    r"\s*(?:啊|呀|呢)?(?:$|[,，。;；!！?？\s])"
)
"""What follows a name that is only mentioned because nothing is wrong with it: 北京仓好的."""


def _inside(named: Named, taken: Iterable[tuple[int, int]]) -> bool:
    return any(start < named.end and named.start < end for start, end in taken)


def _ids(named: Sequence[Named], kind: Kind) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.id for n in named for word in n.words if word.kind == kind))


def _links(named: Sequence[Named]) -> tuple[str, ...]:
    """Links named, and those that live off the services and dependencies named."""
    words = [word for n in named for word in n.words]
    return tuple(dict.fromkeys(link for word in words for link in ((word.id,) if word.kind == "link" else word.also)))
