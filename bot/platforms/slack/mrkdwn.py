"""Texts as Slack's mrkdwn or plain text: typed text stays literal, mentions are only those that the card asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import assert_never

from bot.catalogue import Catalogue, moment, pieces
from bot.platforms.slack.limits import WALL, size
from bot.words import Language, Text, When, Who

NOTHING = "—"
ADDRESS = re.compile(r"https?://[^\s<>|\"'*`，。；：！？、（）「」【】《》]+[^\s<>|\"'*`，。；：！？、（）「」【】《》.,;:!?)\]}]")
LONGEST_ADDRESS = 1_000
LONGEST_BOLD = 400
SURROGATE = re.compile(r"[\ud800-\udfff]")
MARK = re.compile(r"[\u0300-\u036f\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
"""What belongs to the letter before it."""
MOST_MARKS = 30
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
            return linked(piece)
        case Who(person=person, mention=mentioned):
            return mention(person, reader) if mentioned else escape(reader.names.get(person, person))
        case When():
            return moment(piece, reader.zone)
        case _:
            assert_never(piece)


def linked(typed: str) -> str:
    """What was typed, escaped, with its addresses as links."""
    parts: list[str] = []
    upto = 0
    for found in ADDRESS.finditer(typed):
        if size(escape(found[0])) <= LONGEST_ADDRESS:
            parts += [escape(typed[upto : found.start()]), f"<{escape(found[0])}>"]
            upto = found.end()
    return "".join([*parts, escape(typed[upto:])])


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
    """Bold where that can be marked: Slack has no escape for a star, and bold ends at a line break or where the text is cut."""
    clean = marked.strip()
    return f"*{clean}*" if clean and size(clean) <= LONGEST_BOLD and not re.search(r"[*`\n\r]", clean) else marked


def quoted(marked: str) -> str:
    return "\n".join(f">{row}" for row in marked.splitlines() or [""])


def shown(marked: str) -> str:
    """Slack refuses a text in which nothing is to be seen."""
    return marked if marked.strip() else NOTHING


def first(text: str, limit: int) -> str:
    """The plain text as far as it fits, ending in … where it was cut."""
    if size(text) <= limit:
        return text
    return fitting(text, limit - 1).rstrip() + "…"


def fitting(text: str, limit: int) -> str:
    """The plain text as far as it fits."""
    return text[: _letters(text, _reach(text, limit))]


def split(marked: str, limit: int, breaks: Sequence[str] = BREAKS) -> Iterator[str]:
    """The text in parts that fit, cut at a line end or stop where one is near, and never inside an address, a mention or an escape."""
    rest = marked
    while size(rest) > limit:
        at = _cut(rest, limit, breaks)
        yield rest[:at]
        rest = rest[at:]
    yield rest


def _cut(text: str, limit: int, breaks: Sequence[str]) -> int:
    """Every bare < and & is ours here: what was typed is escaped."""
    at = _reach(text, limit)
    opened = text.rfind("<", 0, at)
    if opened > 0 and text.find(">", opened, at) < 0:
        at = opened
    entity = text.rfind("&", max(0, at - 4), at)
    if entity > 0 and ";" not in text[entity:at]:
        at = entity
    at = _letters(text, at)
    for stop in breaks:
        near = text.rfind(stop, at * 2 // 3, at)
        if near >= 0:
            return near + len(stop)
    return at


def _reach(text: str, limit: int) -> int:
    """How many letters fit into so many units."""
    at = min(limit, len(text))
    while size(text[:at]) > limit:
        at -= max(1, (size(text[:at]) - limit) // 2)
    return at


def _letters(text: str, at: int) -> int:
    """Back to before a letter, where the cut would part it from its marks; not endlessly."""
    for back in range(at, max(0, at - MOST_MARKS), -1):
        if text[back - 1] != "\u200d" and not MARK.match(text, back):
            return back
    return at


def filled(rows: Iterable[str], limit: int) -> Iterator[tuple[str, int]]:
    """Rows joined into as few texts as hold them, each with the number of rows that begin in it. A wall of text stands alone."""
    text, count = "", 0
    for row in rows:
        if text and (size(text) + 1 + size(row) > limit or max(size(text) if count == 1 else 0, size(row)) > WALL):
            yield text, count
            text, count = "", 0
        *whole, last = split(row, limit)  # more than one only where the text before it has just gone out
        for part in whole:
            yield part, 1
        text, count = (f"{text}\n{last}" if text else last), count + 1
    if text:
        yield text, count
