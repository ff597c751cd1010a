"""Turn a `Text` into words for one reader: the Chinese sentence is the key, English comes from data/locale/en/*.po.

What a person typed passes through untouched: only catalogue sentences have braces that mean anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import assert_never

from babel.messages.pofile import read_po

from bot.words import Arg, Bi, Joined, Language, Line, Text, When, Who

WHEN_FORMATS = {"clock": "%H:%M", "day": "%m-%d %H:%M", "date": "%Y-%m-%d"}
SEPARATORS: Mapping[Language, str] = {"zh-CN": "、", "en": ", "}
STOPS: Mapping[str, str] = {"；": "; ", "，": ", ", "。": ". "}  # Chinese stops between parts, as English writes them


@dataclass(frozen=True, slots=True)
class Catalogue:
    """English by Chinese key. A key without English is shown in Chinese: words are never lost (a test keeps the list complete)."""

    english: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """All .po files of `folder` as one catalogue, e.g. data/locale/en."""
        english: dict[str, str] = {}
        for path in sorted(folder.glob("*.po")):
            with path.open("rb") as file:
                english.update({str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and entry.string})
        return cls(english)

    def sentence(self, key: str, language: Language) -> str:
        return key if language == "zh-CN" else self.english.get(key, key)


def pieces(text: Arg, language: Language, catalogue: Catalogue) -> Iterator[str | Who | When]:
    """The text as plain strings, people and moments in order, so that each platform draws the last two its own way."""
    match text:
        case str():
            yield text
        case int():
            yield str(text)
        case Who() | When():
            yield text
        case Bi(zh=zh, en=en):
            yield zh if language == "zh-CN" else en
        case Joined(parts=parts, by=by):
            for place, part in enumerate(parts):
                if place:
                    yield _between(by, language)
                yield from pieces(part, language, catalogue)
        case Line():
            yield from _filled(text, language, catalogue)
        case _:
            assert_never(text)


def _between(by: str | None, language: Language) -> str:
    if by is None:
        return SEPARATORS[language]
    return by if language == "zh-CN" else STOPS.get(by, by)


def _filled(text: Line, language: Language, catalogue: Catalogue) -> Iterator[str | Who | When]:
    given = dict(text.args)
    for literal, name in _parsed(catalogue.sentence(text.text, language)):
        if literal:
            yield literal
        if name is not None:
            yield from pieces(given[name], language, catalogue) if name in given else iter(("{" + name + "}",))


@lru_cache(maxsize=4096)
def _parsed(sentence: str) -> tuple[tuple[str, str | None], ...]:
    """Literal words, each with the name of the value after them."""
    return tuple((literal, name) for literal, name, _, _ in Formatter().parse(sentence))


def moment(when: When, zone: tzinfo) -> str:
    return when.at.astimezone(zone).strftime(WHEN_FORMATS[when.style])


def render(text: Text, language: Language, zone: tzinfo, names: Mapping[str, str], catalogue: Catalogue) -> str:
    """The words of `text` for a reader of `language`, with moments in `zone` and people by `names` (their id where unknown)."""

    def words(piece: str | Who | When) -> str:
        match piece:
            case str():
                return piece
            case Who(person=person):
                return names.get(person, person)
            case When():
                return moment(piece, zone)
            case _:
                assert_never(piece)

    return "".join(map(words, pieces(text, language, catalogue)))
