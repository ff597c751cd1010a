"""The names that the plan knows services, dependencies, links and sites by, found in what people write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bot.core.hearing.folding import fold
from bot.plan.schema import Plan
from bot.words import Bi

Kind = Literal["service", "dependency", "link", "site"]


@dataclass(frozen=True, slots=True)
class Word:
    """One name of one thing. `also`: the links that live off it."""

    alias: str
    kind: Kind
    id: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A stretch of the folded text that names something (or several things that share a name)."""

    start: int
    end: int
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Vocabulary:
    words: tuple[Word, ...]

    @classmethod
    def of(cls, plan: Plan) -> Vocabulary:
        """Names and aliases of the plan, cities of the sites, ids of the services."""
        return cls(tuple(_words(plan)))

    @cached_property
    def _by_first(self) -> dict[str, tuple[tuple[str, tuple[Word, ...]], ...]]:
        """Folded spellings by their first character, the longest first."""
        spelt: dict[str, dict[Word, None]] = {}
        for word in self.words:
            for spelling in _spellings(fold(word.alias.strip()).text):
                spelt.setdefault(spelling, {})[word] = None
        table: dict[str, list[tuple[str, tuple[Word, ...]]]] = {}
        for spelling, words in sorted(spelt.items(), key=lambda pair: (-len(pair[0]), pair[0])):
            if spelling:
                table.setdefault(spelling[0], []).append((spelling, tuple(words)))
        return {first: tuple(entries) for first, entries in table.items()}

    def find(self, text: str) -> Iterator[Named]:
        """The names in a folded text from left to right, the longest at each place. Latin names are found as whole words only."""
        place = 0
        while place < len(text):
            for spelling, words in self._by_first.get(text[place], ()):
                end = _reaches(spelling, text, place)
                if end and _stands_alone(text, place, end):
                    yield Named(place, end, words)
                    place = end
                    break
            else:
                place += 1


_BETWEEN = re.compile(r"(?:不[了上出到动进成]|了|过|个|一个|不|没法|得了)")


def _reaches(spelling: str, text: str, place: int) -> int:
    """Where a spelling that begins at a place ends; 0 when it is not there. 下单 is also found taken apart: 下不了单, 扫一个码."""
    if text.startswith(spelling, place):
        return place + len(spelling)
    if len(spelling) == 2 and not spelling.isascii():
        between = _BETWEEN.match(text, place + 1)
        if between and text.startswith(spelling[1], between.end()):
            return between.end() + 1
    return 0


def _words(plan: Plan) -> Iterator[Word]:
    for id, service in plan.services.items():
        yield from _named("service", id, service.name, (*service.aliases, id), (service.link,) if service.link else ())
    for id, dependency in plan.dependencies.items():
        yield from _named("dependency", id, dependency.name, dependency.aliases, dependency.links)
    for id, link in plan.links.items():
        yield from _named("link", id, link.name, link.aliases, ())
    for id, site in plan.sites.items():
        yield from _named("site", id, site.name, (*site.aliases, site.city.zh, site.city.en, id), ())


def _named(kind: Kind, id: str, name: Bi, aliases: Sequence[str], also: tuple[str, ...]) -> Iterator[Word]:
    for alias in dict.fromkeys((name.zh, name.en, *aliases)):
        yield Word(alias, kind, id, also)


def _spellings(alias: str) -> tuple[str, ...]:
    """An alias of mixed script is written with and without the space: 司机 app, 司机app."""
    closed = re.sub(r"(?<=[^\x00-\x7f])\s+(?=[\x21-\x7e])|(?<=[\x21-\x7e])\s+(?=[^\x00-\x7f])", "", alias)
    opened = re.sub(r"(?<=[^\x00-\x7f])(?=[\x21-\x7e])|(?<=[\x21-\x7e])(?=[^\x00-\x7f])", " ", closed)
    return tuple(dict.fromkeys((alias, closed, opened)))


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (_joined(text, start - 1, start) or _joined(text, end - 1, end))


def _joined(text: str, left: int, right: int) -> bool:
    """Whether two neighbours belong to one Latin word. A plural s after it is let be by the caller's spellings."""
    if left < 0 or right >= len(text):
        return False
    return _is_latin(text[left]) and _is_latin(text[right])


def _is_latin(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")
