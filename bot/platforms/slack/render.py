"""The neutral card as Slack shows it: message, modal page, App Home. Total: any card yields what Slack takes, and no word is lost.

A card that is too long for its message keeps its beginning and its foot (what to do next, the buttons), says how many items are missing,
and opens whole, page by page, in a modal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards.model import Card
from bot.platforms.slack import elements as e
from bot.platforms.slack import limits
from bot.platforms.slack.drawing import body, drill, head, severity, title
from bot.platforms.slack.elements import Piece
from bot.platforms.slack.limits import size
from bot.platforms.slack.mrkdwn import Reader, escape, first, mention, plain, shown, split, words
from bot.platforms.slack.press import PAGE, numbered, packed, page
from bot.words import Text, line

__all__ = ["Drawn", "Reader", "card_view", "home_view", "line_of", "message", "pages_of", "plain", "words"]

FOOT_BLOCKS = 10
FOOT_CHARACTERS = 4_000
MORE_CHARACTERS = 600
MENTIONED = 1_900


@dataclass(frozen=True, slots=True)
class Drawn:
    """`text` is enough by itself on a lock screen. `pages` > 1: there is more to read than the message holds (see `card_view`)."""

    text: str
    blocks: tuple[dict[str, Any], ...]
    pages: int = 1


def message(card: Card, reader: Reader, *, slot: str = "", mentions: Sequence[str] = (), mention_all: bool = False) -> Drawn:
    """The card as a message. Mentions stand first in the blocks and in the text, so that they ring."""
    called = _called(reader, mentions, mention_all)
    start = [*([e.section(called)] if called else []), *head(card, reader)]
    pieces = body(card, reader)
    text = _fallback(called, alone(card, reader))
    if _fits(start, pieces, limits.MESSAGE_BLOCKS):
        return Drawn(text, numbered(_joined(start, pieces)))
    return Drawn(text, numbered(_shortened(start, pieces, limits.MESSAGE_BLOCKS, slot, reader)), 1 + len(_pages(card, reader)))


def line_of(text: Text, reader: Reader, mentions: Sequence[str] = (), mention_all: bool = False) -> Drawn:
    """A line that is said: its words and nothing else. Of more than a message holds, the end is counted, not shown."""
    said = shown(words(text, reader))
    called = _called(reader, mentions, mention_all, said[: limits.FALLBACK])
    whole = f"{called} {said}".strip()
    parts = list(split(whole, limits.SECTION))
    most = (limits.MESSAGE_CHARACTERS - MORE_CHARACTERS) // limits.SECTION
    blocks = [e.section(part) for part in parts[:most]]
    if parts[most:]:
        left = line("还有 {n} 字放不下。", n=sum(map(len, parts[most:])))
        blocks += e.contexts(words(left, reader))
    return Drawn(_fallback(called, said), tuple(blocks))


def card_view(card: Card, reader: Reader, *, page: int = 0, meta: Mapping[str, str]) -> dict[str, Any]:
    """Page `page` (from 0) of the whole card as a modal; beyond the last it is the last. `meta` comes back in `private_metadata`."""
    pages = _pages(card, reader)
    number = min(max(page, 0), len(pages) - 1)
    name = title(card, reader)
    start = head(card, reader)
    if size(name) <= limits.VIEW_TITLE:
        start = start[1:]  # it stands above the window already
    blocks = _joined(start, pages[number])
    if len(pages) > 1:
        blocks += _turning(number, len(pages), meta.get("slot", ""), reader)
    return {
        "type": "modal",
        "callback_id": PAGE,
        "title": e.label(name, limits.VIEW_TITLE),
        "close": e.label(plain(line("关上"), reader), limits.VIEW_TITLE),
        "private_metadata": first(packed(dict(meta)), limits.METADATA),
        "notify_on_close": False,
        "blocks": list(numbered(blocks)) or [e.section(escape(name))],
    }


def home_view(card: Card, reader: Reader) -> dict[str, Any]:
    """The card as a person's App Home; what is too much for it opens by pages like any card (slot `home`)."""
    start, pieces = head(card, reader), body(card, reader)
    fits = _fits(start, pieces, limits.VIEW_BLOCKS)
    blocks = _joined(start, pieces) if fits else _shortened(start, pieces, limits.VIEW_BLOCKS, "home", reader)
    return {"type": "home", "blocks": list(numbered(blocks))}


def alone(card: Card, reader: Reader) -> str:
    """What a lock screen shows: rehearsal or not, how grave, then what and what to do."""
    said = words(card.alone, reader)
    rehearsal = escape(drill(card, reader))
    said = said.removeprefix(rehearsal.rstrip()).lstrip() if rehearsal else said
    mark, _, level = escape(severity(card, reader)).partition(" ") if card.badge else ("", "", "")
    badge = " ".join(part for part in (mark, "" if said.startswith(level) else level) if part)
    return f"{rehearsal}{badge}{' ' if badge else ''}{said}".strip() if said.strip() else shown(escape(title(card, reader)))


# --- what fits ------------------------------------------------------------------------------------------------------------------


def _joined(start: Sequence[e.Json], pieces: Sequence[Piece]) -> list[e.Json]:
    return [*start, *(block for piece in pieces for block in piece.blocks)]


def _fits(start: Sequence[e.Json], pieces: Sequence[Piece], most: int, characters: int = limits.MESSAGE_CHARACTERS) -> bool:
    count = len(start) + sum(len(piece.blocks) for piece in pieces)
    used = e.weight(list(start)) + sum(piece.weight for piece in pieces)
    return count <= most and used <= characters


def _shortened(start: Sequence[e.Json], pieces: Sequence[Piece], most: int, slot: str, reader: Reader) -> list[e.Json]:
    """The beginning, the foot, and how many items stand between them."""
    foot = _foot(pieces)
    upper = pieces[: len(pieces) - len(foot)]
    kept = _taken(start, upper, foot, most)
    left = max(1, sum(piece.items for piece in upper[kept:]))
    more = e.section(words(line("还有 {n} 项", n=left), reader), e.button(plain(line("看全部"), reader), page(slot, 0)))
    return [*_joined(start, [*upper[:kept], *foot]), more]


def _foot(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """What to do next and its buttons, as far as they leave room for the rest."""
    at = len(pieces)
    while at and pieces[at - 1].ends and _fits((), pieces[at - 1 :], FOOT_BLOCKS, FOOT_CHARACTERS):
        at -= 1
    return pieces[at:]


def _taken(start: Sequence[e.Json], upper: Sequence[Piece], foot: Sequence[Piece], most: int) -> int:
    """How many pieces from the beginning go with the foot."""
    count = len(start) + sum(len(piece.blocks) for piece in foot) + 1
    used = e.weight(list(start)) + sum(piece.weight for piece in foot) + MORE_CHARACTERS
    for number, piece in enumerate(upper):
        count += len(piece.blocks)
        used += piece.weight
        if count > most or used > limits.MESSAGE_CHARACTERS:
            return number
    return len(upper)


def _pages(card: Card, reader: Reader) -> list[list[Piece]]:
    """The pieces of the card on as few pages as hold them: all of them, in their order."""
    pages: list[list[Piece]] = [[]]
    count = used = 0
    for piece in body(card, reader):
        count += len(piece.blocks)
        used += piece.weight
        if pages[-1] and (count > limits.PAGE_BLOCKS or used > limits.PAGE_CHARACTERS):
            pages.append([])
            count, used = len(piece.blocks), piece.weight
        pages[-1].append(piece)
    return pages


def pages_of(card: Card, reader: Reader) -> int:
    """How many pages `card_view` has of it."""
    return len(_pages(card, reader))


def _turning(number: int, count: int, slot: str, reader: Reader) -> list[e.Json]:
    back = [e.button(plain(line("上一页"), reader), page(slot, number - 1))] if number else []
    on = [e.button(plain(line("下一页"), reader), page(slot, number + 1))] if number + 1 < count else []
    place = line("第 {page} 页，共 {all} 页", page=number + 1, all=count)
    return [e.divider(), *e.contexts(words(place, reader)), e.actions([*back, *on])]


# --- mentions and fallback --------------------------------------------------------------------------------------------------------


def _called(reader: Reader, mentions: Sequence[str], mention_all: bool, said: str = "") -> str:
    """Everybody who is to be rung and whom the words do not ring already, in one line; more than a line holds are counted."""
    named = (mention(person, reader) for person in mentions)
    marks = [*(["<!channel>"] if mention_all else []), *(mark for mark in named if mark not in said)]
    kept: list[str] = []
    for mark in marks:
        if sum(size(each) + 1 for each in kept) + size(mark) > MENTIONED:
            return " ".join([*kept, words(line("还有 {n} 人", n=len(marks) - len(kept)), reader)])
        kept.append(mark)
    return " ".join(kept)


def _fallback(called: str, said: str) -> str:
    whole = f"{called} {said}".strip()
    if size(whole) <= limits.FALLBACK:
        return whole
    return next(split(whole, limits.FALLBACK - 1, breaks=())).rstrip() + "…"
