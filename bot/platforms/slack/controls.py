"""Buttons, links and selects. Slack has no disabled button: what may not be pressed now is said with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.cards.forms import FORMS_BY_ID
from bot.cards.model import Button, Choices, LinkOut
from bot.platforms.slack import elements as e
from bot.platforms.slack import limits
from bot.platforms.slack.elements import Piece, piece
from bot.platforms.slack.limits import size
from bot.platforms.slack.mrkdwn import Reader, bold, escape, filled, plain, words
from bot.platforms.slack.press import LINK, carried, packed
from bot.words import Text, line

GROUP = 3_000  # characters of one row of controls, so that one row never fills a message


def buttons(items: Sequence[Button | LinkOut], reader: Reader) -> Iterator[Piece]:
    """Rows of what can be pressed or followed, and below them in small print what cannot, and why."""
    drawn: list[e.Json] = []
    notes: list[str] = []
    for item in items:
        match item:
            case LinkOut() if _follows(item.url):
                drawn.append(e.link(plain(item.label, reader), item.url, LINK))
                notes += in_full([item.label], reader)
            case LinkOut():
                notes.append(f"{words(item.label, reader)} {escape(item.url)}")
            case Button(locked=None) if carried(item.press):
                drawn.append(drawn_button(item, reader, primary=not any(each.get("style") == "primary" for each in drawn)))
                notes += in_full([item.label], reader)
            case Button(locked=None):
                notes.append(too_long(item, reader))
    yield from (Piece((row,), len(row["elements"]), ends=True) for row in rows_of(drawn))
    for text, count in filled([*_locked(items, reader), *notes], limits.CONTEXT):
        yield from (Piece((context,), count, ends=True) for context in e.contexts(text))


def in_full(labels: Iterable[Text], reader: Reader) -> list[str]:
    """The labels that a button has no room for."""
    return [f"• {words(label, reader)}" for label in labels if size(plain(label, reader)) > limits.BUTTON]


def _locked(items: Sequence[Button | LinkOut], reader: Reader) -> list[str]:
    """Slack cannot grey out: what may not be pressed now is named with its reason, once for each reason."""
    reasons: dict[str, list[str]] = {}
    for item in items:
        if isinstance(item, Button) and item.locked is not None:
            reasons.setdefault(words(item.locked, reader), []).append(words(item.label, reader))
    return [f"🔒 {' · '.join(labels)}　{why}" for why, labels in reasons.items()]


def _follows(url: str) -> bool:
    return url.startswith(("https://", "http://")) and size(url) <= limits.URL and not set(url) & set("<>| \n\t")


def too_long(button: Button, reader: Reader) -> str:
    return words(line("「{label}」要带的话太长，这里按不了：写短些再发一次。", label=button.label), reader)


def drawn_button(button: Button, reader: Reader, primary: bool) -> e.Json:
    style = {"primary": "primary" if primary else None, "danger": "danger"}.get(button.style)
    return e.button(plain(button.label, reader), button.press, style, _confirm(button, reader))


def _confirm(button: Button, reader: Reader) -> e.Json | None:
    """What cannot be taken back asks once more, unless a form opens: that asks anyway."""
    if button.style != "danger" or button.press.action in FORMS_BY_ID:
        return None
    label = plain(button.label, reader)
    text = plain(line("按下就生效，群里都看得到。"), reader)
    return e.confirm(label, text, label, plain(line("先不"), reader))


def rows_of(drawn: Sequence[e.Json]) -> Iterator[e.Json]:
    """Rows of controls that stay within the block and within a share of the message."""
    row: list[e.Json] = []
    for element in drawn:
        if row and (len(row) == limits.ACTIONS or e.weight(row) + e.weight(element) > GROUP):
            yield e.actions(row)
            row = []
        row.append(element)
    if row:
        yield e.actions(row)


def choices(block: Choices, reader: Reader) -> Iterator[Piece]:
    """A select; several where the options are too many for one. What an option has no room for is listed above it."""
    args = packed(dict(block.press.args))
    label = plain(block.label, reader)
    fit = size(args) <= limits.BLOCK_ID - 8 and all(each.value and size(each.value) <= limits.OPTION_VALUE for each in block.options)
    if not fit or not block.options:
        yield from _spelled(block, reader)
        return
    cut = [f"• {words(each.label, reader)}{_hint(each.hint, reader)}" for each in block.options if _cut(each.label, each.hint, reader)]
    if cut or size(label) > limits.PLACEHOLDER:
        yield from (piece(e.section(text), 0) for text, _ in filled([bold(words(block.label, reader)), *cut], limits.SECTION))
    options = [e.option(plain(each.label, reader), each.value, plain(each.hint or "", reader)) for each in block.options]
    for part in _handfuls(options):
        select = e.select(block.press.action, label, part)
        yield Piece(({**e.actions([select]), "block_id": args},), ends=True)


def _hint(text: Text | None, reader: Reader) -> str:
    return f" · {words(text, reader)}" if text else ""


def _cut(label: Text, hint: Text | None, reader: Reader) -> bool:
    return size(plain(label, reader)) > limits.OPTION or size(plain(hint or "", reader)) > limits.OPTION


def _handfuls(options: Sequence[e.Json]) -> Iterator[list[e.Json]]:
    part: list[e.Json] = []
    for option in options:
        if part and (len(part) == limits.OPTIONS or e.weight(part) + e.weight(option) > GROUP):
            yield part
            part = []
        part.append(option)
    if part:
        yield part


def _spelled(block: Choices, reader: Reader) -> Iterator[Piece]:
    """As buttons, which carry more than a select does."""
    yield from map(piece, e.sections(bold(words(block.label, reader))))
    for option in block.options:
        press = replace(block.press, args=(*block.press.args, ("value", option.value)))
        text = f"{plain(option.label, reader)}"
        yield from buttons((Button(text, press),), reader)
        if option.hint or _cut(option.label, None, reader):
            yield from (piece(context, 0) for context in e.contexts(words(option.label, reader) + _hint(option.hint, reader)))
