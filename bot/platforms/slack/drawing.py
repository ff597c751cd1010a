"""Every block of the neutral card as pieces of Block Kit: each piece small enough for any message, all of them together every word.

Thrifty with blocks: lines that nobody can press share a section, so a checklist of fifteen steps is one message on a phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from bot.cards.model import (
    Block,
    Buttons,
    Card,
    Choices,
    Divider,
    Fact,
    Facts,
    Image,
    Progress,
    Stage,
    Stages,
    Steps,
    Table,
    Tone,
    Words,
)
from bot.html.render import SEVERITIES
from bot.platforms.slack import elements as e
from bot.platforms.slack import limits
from bot.platforms.slack.controls import buttons, choices
from bot.platforms.slack.elements import Piece, lines, piece
from bot.platforms.slack.limits import size
from bot.platforms.slack.mrkdwn import NOTHING, Reader, bold, escape, filled, plain, quoted, split, words
from bot.platforms.slack.steps import steps
from bot.words import Text, When, line

TONES: dict[Tone, str] = {"calm": "", "warn": "⚠️", "alarm": "🚨", "good": "✅", "drill": ""}
BADGES = {"minor": "🟡", "severe": "🟠", "major": "🔴"}
ICONS = {
    "alarm": "🚨", "bar": "📊", "check": "🔎", "clock": "🕘", "doc": "📄", "flag": "🚩", "horn": "📣", "info": "ℹ️", "list": "📋",
    "lock": "🔒", "note": "📝", "pencil": "✏️", "people": "👥", "phone": "📞", "pin": "📌", "play": "▶️", "printer": "🖨️",
    "pulse": "📈", "retry": "🔁", "scale": "⚖️", "send": "📨", "shield": "🛡️", "sun": "☀️", "swap": "🔄", "warn": "⚠️", "x": "❌",
}  # fmt: skip
STATES = {"open": "", "done": "☑️", "locked": "🔒", "parked": "⛔"}
STAGES = {"done": "✓", "now": "▸", "todo": "○", "skipped": "–"}
SHORT_FACT = 240
META = 600


# --- the head -----------------------------------------------------------------------------------------------------------------


def title(card: Card, reader: Reader) -> str:
    """【演练】, severity as colour and word, or an icon, then the title."""
    return f"{drill(card, reader)}{_mark(card, reader)}{plain(card.title, reader)}"


def drill(card: Card, reader: Reader) -> str:
    if not card.drill:
        return ""
    return plain(line("【演练】"), reader) + ("" if reader.language == "zh-CN" else " ")


def _mark(card: Card, reader: Reader) -> str:
    if card.badge and card.state != "parked":
        return f"{severity(card, reader)} · "
    icon = _state(card) or ICONS.get(card.icon or "", "")
    return f"{icon} " if icon else ""


def _state(card: Card) -> str:
    return "✅" if card.state == "done" and card.tone == "good" else STATES[card.state]


def severity(card: Card, reader: Reader) -> str:
    """Colour and word; what is done asks for nobody and has no colour. A level that only the plan knows is shown by its id."""
    badge = card.badge or ""
    name = plain(SEVERITIES[badge][0], reader) if badge in SEVERITIES else badge
    return f"{_state(card) or BADGES.get(badge, '⚪')} {name}"


def meta(card: Card, reader: Reader) -> str:
    """The small line under the title: the chip first, since it asks for somebody, then when and who."""
    chip = f"{TONES[card.tone]} {bold(words(card.chip, reader))}".strip() if card.chip else ""
    return "　".join(part for part in (chip, words(card.meta, reader) if card.meta else "") if part)


def head(card: Card, reader: Reader) -> list[e.Json]:
    """Title and small line. What is too long for them is said in full by `body`."""
    small = next(split(meta(card, reader), META))
    return [e.header(title(card, reader)), *(e.contexts(small) if small.strip() else ())]


def body(card: Card, reader: Reader) -> list[Piece]:
    whole = title(card, reader)
    found = [piece(block) for block in e.sections(escape(whole))] if size(whole) > limits.HEADER else []
    small = meta(card, reader)
    found += [piece(block) for block in e.contexts(small)] if size(small) > META else []
    return found + [part for block in card.blocks for part in draw(block, reader)]


# --- the blocks -----------------------------------------------------------------------------------------------------------------


def draw(block: Block, reader: Reader) -> Iterable[Piece]:
    match block:
        case Words():
            return _words(block, reader)
        case Facts():
            return _facts(block, reader)
        case Stages(items=items):
            return (piece(block) for block in e.contexts("　".join(_stage(stage, reader) for stage in items)))
        case Steps():
            return steps(block, reader)
        case Table():
            return _table(block, reader)
        case Progress():
            return (piece(block) for block in e.sections(_progress(block, reader)))
        case Buttons():
            return buttons(block.items, reader)
        case Choices():
            return choices(block, reader)
        case Image(url=url, alt=alt):
            return (piece(block) for block in e.sections(_picture(url, alt, reader)))
        case Divider():
            return (piece(e.divider(), 0),)
        case _:
            assert_never(block)


def _words(block: Words, reader: Reader) -> Iterator[Piece]:
    marked = words(block.text, reader)
    match block.kind:
        case "plain":
            yield from map(piece, e.sections(marked))
        case "lead":
            yield from map(piece, e.sections(bold(marked)))
        case "next":
            text = f"👉 {bold(words(line('下一步'), reader))}　{marked}"
            yield from (Piece((block,), ends=True) for block in _quote(text))
        case "quote":
            yield from map(piece, _quote(marked))
        case "note":
            yield from map(piece, e.contexts(marked))
        case "warn":
            yield from map(piece, e.sections(f"⚠️ {marked}"))
        case _:
            assert_never(block.kind)


def _quote(marked: str) -> Iterator[e.Json]:
    """A bar at the left of every line; the bars of 10,000 line ends need their room too."""
    for part in split(marked, limits.SECTION // 2):
        yield e.section(quoted(part))


def _facts(block: Facts, reader: Reader) -> Iterator[Piece]:
    cells = [_cell(fact, reader) for fact in block.items]
    if block.shape == "grid" and all(size(text) <= SHORT_FACT for text in cells):
        for at in range(0, len(cells), limits.FIELDS):
            part = cells[at : at + limits.FIELDS]
            yield piece(e.fields(part), len(part))
        return
    for text, count in filled([_row(fact, reader) for fact in block.items], limits.SECTION):
        yield piece(e.section(text), count)


def _cell(fact: Fact, reader: Reader) -> str:
    return f"{_label(fact.label, reader)}\n{_value(fact, reader)}"


def _row(fact: Fact, reader: Reader) -> str:
    value = _value(fact, reader)
    return f"{_label(fact.label, reader)}{chr(10) if chr(10) in value else '　'}{value}"


def _label(text: Text, reader: Reader) -> str:
    return bold(words(text, reader))


def _value(fact: Fact, reader: Reader) -> str:
    value = words(fact.value, reader)
    if fact.due is not None:
        clock = words(When(fact.due), reader)
        value = value if clock in value else f"{value} {clock}".strip()
    small = f" · {words(fact.small, reader)}" if fact.small else ""
    mark = f"{TONES[fact.tone]} " if TONES[fact.tone] else ""
    return f"{mark}{value.strip() or NOTHING}{small}"


def _stage(stage: Stage, reader: Reader) -> str:
    """On one line, but for its end: no-break spaces keep mark, name and time together."""
    name = words(stage.name, reader)
    at = f"\u00a0{words(When(stage.at), reader)}" if stage.at else ""
    match stage.state:
        case "now":
            return f"{STAGES['now']}\u00a0{bold(name + at)}"
        case "skipped":
            return f"{STAGES['skipped']}\u00a0{name}\u00a0{words(line('跳过'), reader)}"
        case "done" | "todo":
            return f"{STAGES[stage.state]}\u00a0{name}{at}"
        case _:
            assert_never(stage.state)


def _progress(block: Progress, reader: Reader) -> str:
    total = max(block.total, 0)
    full = 0 if total == 0 else min(10, max(0, 10 * block.done // total))
    note = f"\n{words(block.note, reader)}" if block.note else ""
    mark = f"{TONES[block.tone]} " if block.tone in ("warn", "alarm") else ""
    return f"{mark}{_label(block.label, reader)}　{'▰' * full}{'▱' * (10 - full)}　{block.done}/{block.total}{note}"


def _picture(url: str, alt: Text, reader: Reader) -> str:
    """An address to follow: Slack refuses a whole message when it cannot fetch one picture."""
    text = words(alt, reader)
    fits = url.startswith(("https://", "http://")) and size(url) <= limits.SECTION // 2 and not set(url) & set("<>| \n")
    return f"🖼️ <{escape(url)}|{text}>" if fits and "<" not in text and size(text) < 500 else f"🖼️ {text} {escape(url)}"


# --- tables -----------------------------------------------------------------------------------------------------------------------


def _table(block: Table, reader: Reader) -> Iterator[Piece]:
    """A row is a line: its first cell stands out, figures carry the name of their column. Tables of columns are unreadable on phones."""
    heads = [words(cell, reader) for cell in block.head]
    told = {column for row in block.rows for column, cell in enumerate(row) if column in block.figures and words(cell, reader).strip()}
    named = " · ".join(head for column, head in enumerate(heads) if column not in told and head.strip())
    yield from (piece(context, 0) for context in e.contexts(named) if named)
    rows = [_line(row, heads, block.figures, reader) for row in block.rows]
    yield from lines(rows)


def _line(row: Sequence[Text], heads: Sequence[str], figures: Sequence[int], reader: Reader) -> str:
    cells = [words(cell, reader) for cell in row]
    named = [
        f"{heads[column]} {cell}" if column in figures and column < len(heads) and cell.strip() else cell
        for column, cell in enumerate(cells)
    ]
    lead, *rest = [cell for cell in named if cell.strip()] or [NOTHING]
    return "　".join([f"• {bold(lead)}", *([" · ".join(rest)] if rest else [])])
