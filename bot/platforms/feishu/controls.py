"""Buttons, links and selects. What may not be pressed now is grey, says why when it is touched, and once more in small print below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.cards.forms import FORMS_BY_ID
from bot.cards.model import Button, Choices, LinkOut
from bot.platforms.feishu import elements as e
from bot.platforms.feishu import limits
from bot.platforms.feishu.elements import Piece, piece
from bot.platforms.feishu.limits import units
from bot.platforms.feishu.markdown import Reader, bold, escape, filled, grey, plain, words
from bot.platforms.feishu.values import Json, carried
from bot.words import Text, line

GROUP = 5_000  # bytes of one row of controls, so that one row never fills a card
ACTIONS = 10
OPTIONS = 60  # of one select on a card: each of them counts as an element
KINDS = {"plain": "default", "ghost": "text", "danger": "danger", "primary": "default"}
LOCK = "lock_outlined"


def buttons(items: Sequence[Button | LinkOut], reader: Reader, key: str) -> Iterator[Piece]:
    """Rows of what can be pressed or followed, and below them in small print what cannot, and why."""
    drawn: list[Json] = []
    notes: list[str] = []
    for item in items:
        match item:
            case LinkOut() if follows(item.url):
                drawn.append(e.link(plain(item.label, reader), item.url))
                notes += in_full([item.label], reader)
            case LinkOut():
                notes.append(f"{words(item.label, reader)} {escape(item.url)}")
            case Button() if not carried(item.press, key):
                notes.append(too_long(item, reader) if item.locked is None else words(item.label, reader))
            case Button(locked=None):
                filled_already = any(each.get("type") == "primary_filled" for each in drawn)
                drawn.append(button(item, reader, key, primary=not filled_already))
                notes += in_full([item.label], reader)
            case Button(locked=why):
                drawn.append(e.disabled(plain(item.label, reader), plain(why or "", reader), item.press, key))
                notes += in_full([item.label], reader)
    yield from (Piece((row,), len(row["columns"]), ends=True) for row in rows_of(drawn))
    for text, count in filled(_locked(items, reader), limits.MARKDOWN):
        yield from (Piece((each,), count, ends=True) for each in e.markdowns(grey(text), small=True, mark=e.icon(LOCK, "grey")))
    for text, count in filled(notes, limits.MARKDOWN):
        yield from (Piece((each,), count, ends=True) for each in e.markdowns(grey(text), small=True))


def in_full(labels: Iterable[Text], reader: Reader) -> list[str]:
    """The labels that a button has no room for."""
    return [f"• {words(label, reader)}" for label in labels if units(plain(label, reader)) > limits.BUTTON]


def _locked(items: Sequence[Button | LinkOut], reader: Reader) -> list[str]:
    """What may not be pressed now, once for each reason: phones show no tips."""
    reasons: dict[str, list[str]] = {}
    for item in items:
        if isinstance(item, Button) and item.locked is not None:
            reasons.setdefault(words(item.locked, reader), []).append(words(item.label, reader))
    return [f"{' · '.join(labels)}　{why}" for why, labels in reasons.items()]


def follows(url: str) -> bool:
    return url.startswith(("https://", "http://")) and limits.size(url) <= limits.URL and not set(url) & set("()<>\\|\"'` \n\t\r")


def too_long(item: Button, reader: Reader) -> str:
    return words(line("「{label}」要带的话太长，这里按不了：写短些再发一次。", label=item.label), reader)


def button(item: Button, reader: Reader, key: str, *, primary: bool, small: bool = False) -> Json:
    kind = "primary_filled" if item.style == "primary" and primary else KINDS[item.style]
    return e.button(plain(item.label, reader), item.press, key, kind, confirm=_confirm(item, reader), small=small)


def _confirm(item: Button, reader: Reader) -> Json | None:
    """What cannot be taken back asks once more, unless a form opens: that asks anyway."""
    if item.style != "danger" or item.press.action in FORMS_BY_ID:
        return None
    return e.confirm(plain(item.label, reader), plain(line("按下就生效，群里都看得到。"), reader))


def rows_of(drawn: Sequence[Json]) -> Iterator[Json]:
    """Rows of controls that stay within a share of the card."""
    row: list[Json] = []
    for element in drawn:
        if row and (len(row) == ACTIONS or limits.weight(row) + limits.weight(element) > GROUP):
            yield e.row(row)
            row = []
        row.append(element)
    if row:
        yield e.row(row)


def choices(block: Choices, reader: Reader, key: str) -> Iterator[Piece]:
    """A select; several where the options are too many for one. What an option has no room for is listed above it."""
    label = plain(block.label, reader)
    values = [option.value for option in block.options]
    fit = carried(block.press, key) and all(value and limits.size(value) <= limits.VALUE // 2 for value in values)
    if not fit or len(set(values)) < len(values):
        yield from _spelled(block, reader, key)
        return
    cut = [f"• {words(each.label, reader)}{_hint(each.hint, reader)}" for each in block.options if _cut(each.label, each.hint, reader)]
    if cut or units(label) > limits.PLACEHOLDER or not block.options:
        nothing = [] if block.options else [words(line("没有可选的。"), reader)]
        rows = [bold(words(block.label, reader)), *cut, *nothing]
        yield from (piece(e.markdown(text), 0) for text, _ in filled(rows, limits.MARKDOWN))
    options = [e.option(_option(each.label, each.hint, reader), each.value) for each in block.options]
    for part in _handfuls(options):
        yield Piece((e.select(label, part, block.press, key),), ends=True)


def _option(label: Text, hint: Text | None, reader: Reader) -> str:
    small = plain(hint, reader) if hint else ""
    return f"{plain(label, reader)} · {small}" if small.strip() else plain(label, reader)


def _hint(text: Text | None, reader: Reader) -> str:
    return f" · {words(text, reader)}" if text else ""


def _cut(label: Text, hint: Text | None, reader: Reader) -> bool:
    return units(_option(label, hint, reader)) > limits.OPTION


def _handfuls(options: Sequence[Json]) -> Iterator[list[Json]]:
    part: list[Json] = []
    for option in options:
        if part and (len(part) == OPTIONS or limits.weight(part) + limits.weight(option) > GROUP):
            yield part
            part = []
        part.append(option)
    if part:
        yield part


def _spelled(block: Choices, reader: Reader, key: str) -> Iterator[Piece]:
    """As buttons, which carry more than a select does."""
    yield from map(piece, e.markdowns(bold(words(block.label, reader))))
    for option in block.options:
        press = replace(block.press, args=(*block.press.args, ("value", option.value)))
        yield from buttons((Button(plain(option.label, reader), press),), reader, key)
        if option.hint:
            yield from (piece(each, 0) for each in e.markdowns(grey(words(option.hint, reader)), small=True))
