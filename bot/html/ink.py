"""Texts as HTML for one viewer: everything typed is escaped, people and moments become elements, very long text folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import assert_never

from markupsafe import Markup, escape

from bot.catalogue import Catalogue, moment, pieces, render
from bot.words import Language, Text, When, Who, line

FOLD_AT = 900
FOLD_LINES = 14
SHOWN_FOLDED = 320


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, in which language and zone, at which moment. `names` are display names in that language by person id."""

    me: str
    language: Language
    zone: tzinfo
    now: datetime
    names: Mapping[str, str]
    catalogue: Catalogue


def plain(text: Text, viewer: Viewer) -> str:
    """The words without markup, for titles and attributes."""
    return render(text, viewer.language, viewer.zone, viewer.names, viewer.catalogue)


def ink(text: Text, viewer: Viewer) -> Markup:
    """The words as inline HTML; line breaks that somebody typed stay."""
    return Markup("").join(_piece(piece, viewer) for piece in pieces(text, viewer.language, viewer.catalogue))


def _piece(piece: str | Who | When, viewer: Viewer) -> Markup:
    match piece:
        case str():
            return typed(piece)
        case Who(person=person, mention=False):
            return escape(viewer.names.get(person, person))
        case Who(person=person):
            mine = " me" if person == viewer.me else ""
            return Markup('<span class="at{}">@{}</span>').format(mine, viewer.names.get(person, person))
        case When(at=at):
            return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), moment(piece, viewer.zone))
        case _:
            assert_never(piece)


def typed(text: str) -> Markup:
    return Markup("<br>").join(text.split("\n"))


def folded(text: Text, viewer: Viewer) -> Markup:
    """Like `ink`, but a wall of text shows its beginning and opens on request; nothing is cut off."""
    words = plain(text, viewer)
    if len(words) <= FOLD_AT and words.count("\n") < FOLD_LINES:
        return ink(text, viewer)
    start = "\n".join(words[:SHOWN_FOLDED].split("\n")[:6])
    return Markup(
        '<details class="fold"><summary><span class="start">{}…</span> <span class="open-all">{}</span></summary>{}</details>'
    ).format(typed(start), plain(line("显示全部 {n} 字", n=len(words)), viewer), ink(text, viewer))


def with_mentions(text: str, viewer: Viewer, mentioned: tuple[str, ...]) -> Markup:
    """A typed chat message in which the @names that the ear recognised stand out; other @ signs stay plain letters."""
    marks = {f"@{viewer.names.get(person, person)}": person for person in mentioned}
    parts: list[Markup] = []
    rest = text
    while rest:
        found = min(((rest.find(mark), mark) for mark in marks if mark in rest), default=None)
        if found is None:
            parts.append(typed(rest))
            break
        at, mark = found
        parts += [typed(rest[:at]), _piece(Who(marks[mark], mention=True), viewer)]
        rest = rest[at + len(mark) :]
    return Markup("").join(parts)


def icon(name: str) -> Markup:
    return Markup('<svg class="i" aria-hidden="true"><use href="/static/icons.svg#i-{}"/></svg>').format(name)


LOGO = Markup('<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><use href="/static/icons.svg#logo"/></svg>')
