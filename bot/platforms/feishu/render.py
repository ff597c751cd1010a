"""The neutral card as Feishu shows it: card JSON 2.0. Total: any card yields what Feishu takes, and no word is lost.

A card that is too long for its message keeps its beginning and its foot (what to do next, the buttons), says how many items are missing,
and is sent whole, page by page, into the direct chat of whoever asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.cards.model import Card
from bot.platforms.feishu import elements as e
from bot.platforms.feishu import limits
from bot.platforms.feishu.drawing import body, drill, header, severity, title
from bot.platforms.feishu.elements import Piece
from bot.platforms.feishu.limits import size
from bot.platforms.feishu.markdown import Reader, first, mention, plain, shown, split, tame, words
from bot.platforms.feishu.values import Json, page
from bot.words import Text, Who, line

__all__ = ["Reader", "alone", "card", "line_card", "pages", "plain", "text_of", "words"]

FOOT_ELEMENTS = 70
FOOT_BYTES = 9_000
MENTIONED = 6_000  # bytes
MORE_ELEMENTS = 10
MORE_BYTES = 1_500
TAGGED = re.compile(r"<(?=/?[A-Za-z])|\](?=\()")  # what a text message would take for markup


def card(card: Card, reader: Reader, key: str = "", mentions: Sequence[str] = (), mention_all: bool = False) -> Json:
    """The card as a message. `key` is its record and slot; every control carries it. Mentions stand first, so that they ring."""
    called = _called(reader, mentions, mention_all)
    start = [Piece((e.markdown(called),), 0)] if called else []
    frame = _frame(card, reader)
    pieces = body(card, reader, key)
    whole = _built(frame, [*start, *pieces])
    if limits.small(whole) or _fits(frame, [*start, *pieces]):
        return whole
    return _built(frame, _shortened(frame, start, pieces, reader, key))


def pages(card: Card, reader: Reader, key: str) -> list[Json]:
    """The whole card as cards: all of its pieces, in their order, on as few as hold them."""
    frame = _frame(card, reader)
    parts: list[list[Piece]] = [[]]
    count, used = _room(frame)
    for piece in body(card, reader, key):
        count, used = count + piece.count, used + piece.weight
        if parts[-1] and (count > limits.ELEMENTS or used > limits.CARD):
            parts.append([])
            count, used = (room + cost for room, cost in zip(_room(frame), (piece.count, piece.weight), strict=True))
        parts[-1].append(piece)
    turned = [[*part, *_turning(number, len(parts), reader, key)] for number, part in enumerate(parts)]
    return [_built(frame, part) for part in (turned if len(parts) > 1 else parts)]


def alone(card: Card, reader: Reader) -> str:
    """What a lock screen shows: rehearsal or not, how grave, then what and what to do."""
    said = plain(card.alone, reader)
    rehearsal = drill(card, reader)
    said = said.removeprefix(rehearsal).lstrip() if rehearsal else said
    badge = f"{severity(card.badge, reader)} · " if card.badge else ""
    return f"{rehearsal}{badge}{said}".strip() if said.strip() else shown(title(card, reader))


def line_card(text: Text, reader: Reader, mentions: Sequence[str] = (), mention_all: bool = False) -> Json:
    """A line that is said, as a card without a header. Of more than a card holds, the end is counted, not shown."""
    called = _called(reader, mentions, mention_all)
    frame = _config(first(shown(plain(text, reader)), limits.SUMMARY))
    parts = list(split(f"{called} {words(text, reader)}".strip(), limits.MARKDOWN))
    most = 8
    elements = [e.markdown(part) for part in parts[:most]]
    if parts[most:]:
        left = line("还有 {n} 字放不下。", n=sum(map(len, parts[most:])))
        elements.append(e.markdown(words(left, reader), small=True))
    return _built(frame, [Piece(tuple(elements))])


def text_of(text: Text, reader: Reader, mentions: Sequence[str] = (), mention_all: bool = False) -> str:
    """A line as the text of a text message, whose mentions are written in another way."""
    marks = [*(['<at user_id="all"></at>'] if mention_all else []), *(_at(person, reader) for person in mentions)]
    said = TAGGED.sub(lambda found: found[0] + "\u200b", plain(text, reader))
    *rest, last = split(" ".join([*marks, shown(said)]), limits.TEXT, breaks=())
    return rest[0] if rest else last


def _at(person: str, reader: Reader) -> str:
    handle = reader.handle(person)
    name = TAGGED.sub(lambda found: found[0] + "\u200b", plain(Who(person), reader))
    return f'<at user_id="{handle}">{name}</at>' if handle else f"@{name}"


# --- what fits ------------------------------------------------------------------------------------------------------------------


def _config(summary: str) -> Json:
    return {
        "schema": "2.0",
        "config": {"update_multi": True, "width_mode": "fill", "summary": {"content": summary}},
        "body": {"vertical_spacing": "8px", "elements": []},
    }


def _frame(card: Card, reader: Reader) -> Json:
    """The card without what is in it."""
    summary = first(tame(alone(card, reader)), limits.SUMMARY)
    frame = _config(summary)
    return {"schema": frame["schema"], "config": frame["config"], "header": header(card, reader), "body": frame["body"]}


def _built(frame: Json, pieces: Iterable[Piece]) -> Json:
    elements = [element for piece in pieces for element in piece.elements]
    return {**frame, "body": {**frame["body"], "elements": elements}}


def _fits(frame: Json, pieces: Sequence[Piece]) -> bool:
    count = limits.count(frame) + sum(piece.count for piece in pieces)
    return count <= limits.ELEMENTS and limits.weight(frame) + sum(piece.weight for piece in pieces) <= limits.CARD


def _room(frame: Json) -> tuple[int, int]:
    """What is spent on every page before its first piece."""
    return limits.count(frame) + MORE_ELEMENTS, limits.weight(frame) + MORE_BYTES


def _shortened(frame: Json, start: Sequence[Piece], pieces: Sequence[Piece], reader: Reader, key: str) -> list[Piece]:
    """The beginning, how many items stand between, and the foot."""
    foot = _foot(pieces)
    upper = pieces[: len(pieces) - len(foot)]
    kept = _taken(frame, [*start, *foot], upper)
    left = max(1, sum(piece.items for piece in upper[kept:]))
    see = e.button(plain(line("看全部"), reader), page(key, 0), key, small=True)
    more = e.columns([e.markdown(words(line("还有 {n} 项", n=left), reader)), see])
    return [*start, *upper[:kept], Piece((more,), 0), *foot]


def _foot(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """What to do next and its buttons, as far as they leave room for the rest."""
    at, count, used = len(pieces), 0, 0
    while at and pieces[at - 1].ends:
        count, used = count + pieces[at - 1].count, used + pieces[at - 1].weight
        if count > FOOT_ELEMENTS or used > FOOT_BYTES:
            break
        at -= 1
    return pieces[at:]


def _taken(frame: Json, beside: Sequence[Piece], upper: Sequence[Piece]) -> int:
    """How many pieces from the beginning go with the rest."""
    count, used = _room(frame)
    count, used = count + sum(piece.count for piece in beside), used + sum(piece.weight for piece in beside)
    for number, piece in enumerate(upper):
        count, used = count + piece.count, used + piece.weight
        if count > limits.ELEMENTS or used > limits.CARD:
            return number
    return len(upper)


def _turning(number: int, count: int, reader: Reader, key: str) -> list[Piece]:
    back = [e.button(plain(line("上一页"), reader), page(key, number - 1), key, small=True)] if number else []
    on = [e.button(plain(line("下一页"), reader), page(key, number + 1), key, small=True)] if number + 1 < count else []
    place = line("第 {page} 页，共 {all} 页", page=number + 1, all=count)
    return [Piece((e.divider(), e.markdown(words(place, reader), small=True), e.row([*back, *on])), 0)]


# --- mentions ---------------------------------------------------------------------------------------------------------------------


def _called(reader: Reader, mentions: Sequence[str], mention_all: bool) -> str:
    """Everybody who is to be rung, in one line; more than a line holds are counted."""
    marks = [*(["<at id=all></at>"] if mention_all else []), *(mention(person, reader) for person in dict.fromkeys(mentions))]
    kept: list[str] = []
    used = 0
    for mark in marks:
        used += size(mark) + 1
        if used > MENTIONED:
            return " ".join([*kept, words(line("还有 {n} 人", n=len(marks) - len(kept)), reader)])
        kept.append(mark)
    return " ".join(kept)
