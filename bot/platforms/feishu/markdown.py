"""Texts as Feishu's markdown or plain text: typed text stays literal, mentions are only those that the card asks for.

Everything that markdown could mean something by is written as `&#number;` (the platform's own way). What only means something at the
beginning of a line is escaped last, by `tidy`, when it is known where lines begin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import assert_never

from bot.catalogue import Catalogue, moment, pieces
from bot.platforms.feishu.limits import fits, size, units
from bot.words import Language, Text, When, Who

NOTHING = "—"
LONGEST_BOLD = 600
REMEMBERED = 4096  # texts: one card says much that the others say
LITERAL = str.maketrans({mark: f"&#{ord(mark)};" for mark in "&<>*_~`[]#\\|$"})
COLON = re.compile(r":(?=//|[A-Za-z0-9_+-]{1,40}:)")  # an address that a client would link half escaped, or an emoji by name
LINE = re.compile(r"^((?:> )?)(?=[ \t\-+=\d])([ \t]*)([-+=](?=[ \t\n]|[-+=]|$)|\d{1,9}[.)](?=[ \t\n]|$))?", re.MULTILINE)
SPAN = re.compile(r"<at [^<>]*></at>|\*\*[^*]*\*\*|<font [^<>]*>[^<>]*</font>|&#\d+;", re.DOTALL)
SURROGATE = re.compile(r"[\ud800-\udfff]")
MARK = re.compile(r"[\u0300-\u036f\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
"""What belongs to the letter before it."""
MOST_MARKS = 30
BREAKS = ("\n", "。", "；", ". ", "; ", "，", ", ", " ")
HANDLE = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. `names`: display names in that language by person id. `handle`: a person's open_id (ou_…) as far as it is known."""

    language: Language
    zone: tzinfo
    names: Mapping[str, str]
    handle: Callable[[str], str | None]
    catalogue: Catalogue


def words(text: Text, reader: Reader) -> str:
    """The words as markdown."""
    if type(text) is str:
        return escape(text)
    return "".join(_piece(piece, reader) for piece in pieces(text, reader.language, reader.catalogue))


def _piece(piece: str | Who | When, reader: Reader) -> str:
    match piece:
        case str():
            return escape(piece)
        case Who(person=person, mention=mentioned):
            return mention(person, reader) if mentioned else escape(reader.names.get(person, person))
        case When():
            return moment(piece, reader.zone)
        case _:
            assert_never(piece)


def plain(text: Text, reader: Reader) -> str:
    """The words for places that know no markup: titles, labels, buttons, cells."""
    if type(text) is str:
        return tame(text)
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
    """Notifies; where the person's Feishu account is not known yet, the name at least is there."""
    handle = reader.handle(person)
    known = handle is not None and HANDLE.fullmatch(handle)
    return f"<at id={handle}></at>" if known else escape("@" + reader.names.get(person, person))


@lru_cache(maxsize=REMEMBERED)
def tame(text: str) -> str:
    """Half a surrogate pair cannot be sent at all; NUL is shown as its picture; a line ends one way."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\N{SYMBOL FOR NULL}")
    return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", lines)


@lru_cache(maxsize=REMEMBERED)
def escape(text: str) -> str:
    return COLON.sub("&#58;", tame(text).translate(LITERAL))


def tidy(marked: str) -> str:
    """No line is a list, a rule, a heading's underline or, by its indent, a block of code. May be done twice."""
    return LINE.sub(_beginning, marked)


def _beginning(found: re.Match[str]) -> str:
    bar, indent, start = found[1], found[2], found[3] or ""
    literal = f"{start[:-1]}&#{ord(start[-1])};" if start else ""
    return bar + "\u00a0" * len(indent) + literal


def bold(marked: str) -> str:
    """Bold where that can be marked: not over line ends, and not so long that a cut would go through it.

    Around it there must be white space, or what is punctuation inside would keep the stars from being marks.
    """
    clean = marked.strip()
    return f"**{clean}**" if clean and fits(clean, LONGEST_BOLD) and "\n" not in clean and "**" not in clean else marked


def grey(marked: str) -> str:
    return coloured(marked, "grey")


def coloured(marked: str, colour: str) -> str:
    """Each line by itself; a line with a mention or one too long to be kept together stays as it is."""
    return "\n".join(
        f"<font color='{colour}'>{row}</font>" if row.strip() and "<" not in row and fits(row, LONGEST_BOLD) else row
        for row in marked.split("\n")
    )


def quoted(marked: str) -> str:
    return "\n".join(f"> {row}" for row in marked.split("\n"))


def shown(marked: str) -> str:
    """A text in which nothing is to be seen looks like a fault."""
    return marked if marked.strip() else NOTHING


def first(text: str, limit: int) -> str:
    """The plain text as far as it fits into so many characters, ending in … where it was cut."""
    if units(text) <= limit:
        return text
    return fitting(text, limit - 1).rstrip() + "…"


def fitting(text: str, limit: int) -> str:
    """The plain text as far as it fits into so many characters."""
    return text[: _letters(text, _reach(text, limit, units))]


def split(marked: str, limit: int, breaks: Sequence[str] = BREAKS) -> Iterator[str]:
    """The text in parts of so many bytes, cut at a line end or stop where one is near, and never inside a mention, a mark or an escape."""
    rest = marked
    while not fits(rest, limit):
        at = _cut(rest, limit, breaks)
        yield rest[:at]
        rest = rest[at:]
    yield rest


def _cut(text: str, limit: int, breaks: Sequence[str]) -> int:
    """Every bare <, * and & is ours here: what was typed is escaped."""
    reach = at = _reach(text, limit, size)
    for stop in breaks:
        near = text.rfind(stop, at * 2 // 3, at)
        if near >= 0:
            at = near + len(stop)
            break
    at = _letters(text, at)
    for span in SPAN.finditer(text, 0, reach + LONGEST_BOLD * 2):
        if span.start() < at < span.end():
            at = span.start()
            break
    return at or reach


def _reach(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """How many letters fit into so many units or bytes; at least one."""
    at = min(limit, len(text))
    while at > 1 and (over := measure(text[:at]) - limit) > 0:
        at -= max(1, min(over // 6, at - 1))
    return at


def _letters(text: str, at: int) -> int:
    """Back to before a letter, where the cut would part it from its marks; not endlessly."""
    for back in range(at, max(0, at - MOST_MARKS), -1):
        if text[back - 1] != "\u200d" and not MARK.match(text, back):
            return back
    return at


def filled(rows: Iterable[str], limit: int) -> Iterator[tuple[str, int]]:
    """Rows joined into as few texts as hold them, each with the number of rows that begin in it."""
    text, count, used = "", 0, 0
    for row in rows:
        needed = size(row) + 2
        if text and used + needed > limit:
            yield text, count
            text, count, used = "", 0, 0
        if needed > limit:  # only where the text before it has just gone out
            *whole, row = split(row, limit)
            for part in whole:
                yield part, 1
            needed = size(row) + 2
        text, count, used = (f"{text}\n{row}" if text else row), count + 1, used + needed
    if text:
        yield text, count
