"""Texts as Slack's mrkdwn or plain text: typed text stays literal, mentions are only those that the card asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import assert_never

from bot.catalogue import Catalogue, moment, pieces
from bot.platforms.slack.limits import size
from bot.words import Language, Text, When, Who

NOTHING = "—"
ADDRESS = re.compile(r"https?://[^\s<>|\"'*`，。；：！？、（）「」【】《》]+[^\s<>|\"'*`，。；：！？、（）「」【】《》.,;:!?)\]}]")
LONGEST_ADDRESS = 1_000
SURROGATE = re.compile(r"[\ud800-\udfff]")
WHOLE = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|\r\n|.[\u0300-\u036f\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*", re.DOTALL)
"""What is never cut in two: an address or mention, an escape, a letter with its marks."""
BREAKS = ("\n", "。", "；", ". ", "; ", "，", ", ", " ")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. `names`: display names in that language by person id. `handle`: a person's Slack id (U…) as far as it is known."""

    language: Language
    zone: tzinfo
    names: Mapping[str, str]
    handle: Callable[[str], str | None]
    catalogue: Catalogue


def words(text: Text, reader: Reader) -> str:
    """The words as mrkdwn. Slack is told to link nothing by itself (`verbatim`), so addresses are linked here."""
    return "".join(_piece(piece, reader) for piece in pieces(text, reader.language, reader.catalogue))


def _piece(piece: str | Who | When, reader: Reader) -> str:
    match piece:
        case str():
            return ADDRESS.sub(_linked, escape(piece))
        case Who(person=person, mention=mentioned):
            return mention(person, reader) if mentioned else escape(reader.names.get(person, person))
        case When():
            return moment(piece, reader.zone)
        case _:
            assert_never(piece)


def _linked(found: re.Match[str]) -> str:
    return f"<{found[0]}>" if len(found[0]) <= LONGEST_ADDRESS else found[0]


def plain(text: Text, reader: Reader) -> str:
    """The words for places that know no markup: titles, labels, buttons."""
    return "".join(_plain(piece, reader) for piece in pieces(text, reader.language, reader.catalogue))


def _plain(piece: str | Who | When, reader: Reader) -> str:
    match piece:
        case str():
            return tame(piece)
        case Who(person=person, mention=mentioned):
            return ("@" if mentioned else "") + tame(reader.names.get(person, person))
        case When():
            return moment(piece, reader.zone)
        case _:
            assert_never(piece)


def mention(person: str, reader: Reader) -> str:
    """Notifies; where the person's Slack account is not known yet, the name at least is there."""
    handle = reader.handle(person)
    return f"<@{handle}>" if handle else escape("@" + reader.names.get(person, person))


def tame(text: str) -> str:
    """Half a surrogate pair cannot be sent at all."""
    return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def escape(text: str) -> str:
    return tame(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def bold(marked: str) -> str:
    """Bold where that can be marked: Slack has no escape for a star, and bold ends at a line break."""
    clean = marked.strip()
    return f"*{clean}*" if clean and not re.search(r"[*`\n\r]", clean) else marked


def quoted(marked: str) -> str:
    return "\n".join(f">{row}" for row in marked.splitlines() or [""])


def shown(marked: str) -> str:
    """Slack refuses a text in which nothing is to be seen."""
    return marked if marked.strip() else NOTHING


def first(text: str, limit: int) -> str:
    """The text as far as it fits, ending in … where it was cut."""
    if size(text) <= limit:
        return text
    return next(split(text, limit - 1, breaks=())).rstrip() + "…"


def split(marked: str, limit: int, breaks: Sequence[str] = BREAKS) -> Iterator[str]:
    """The text in parts that fit, cut at a line end or stop where one is near, and never inside what is WHOLE."""
    rest = marked
    while size(rest) > limit:
        at = _cut(rest, limit, breaks)
        yield rest[:at]
        rest = rest[at:]
    yield rest


def _cut(text: str, limit: int, breaks: Sequence[str]) -> int:
    at = used = 0
    for found in WHOLE.finditer(text):
        used += size(found[0])
        if used > limit:
            break
        at = found.end()
    at = at or min(limit // 2, len(text))  # one letter under more marks than fit
    good = (text.rfind(stop, at * 2 // 3, at) + len(stop) for stop in breaks if text.rfind(stop, at * 2 // 3, at) >= 0)
    return next(good, at)


def filled(rows: Iterable[str], limit: int) -> Iterator[tuple[str, int]]:
    """Rows joined into as few texts as hold them, each with the number of rows that begin in it."""
    text, count = "", 0
    for row in rows:
        if text and size(text) + 1 + size(row) > limit:
            yield text, count
            text, count = "", 0
        *whole, last = split(row, limit)  # more than one only where the text before it has just gone out
        for part in whole:
            yield part, 1
        text, count = (f"{text}\n{last}" if text else last), count + 1
    if text:
        yield text, count
