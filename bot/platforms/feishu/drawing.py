"""Every block of the neutral card as pieces of card JSON 2.0: each piece small enough for any card, all of them together every word."""

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
from bot.platforms.feishu import elements as e
from bot.platforms.feishu import limits
from bot.platforms.feishu.controls import buttons, choices, follows
from bot.platforms.feishu.elements import Piece, lines, piece
from bot.platforms.feishu.limits import units
from bot.platforms.feishu.markdown import NOTHING, Reader, bold, coloured, escape, grey, plain, quoted, split, words
from bot.platforms.feishu.steps import steps
from bot.platforms.feishu.values import Json
from bot.words import Text, When, line

TEMPLATES: dict[Tone, str] = {"calm": "default", "warn": "orange", "alarm": "red", "good": "green", "drill": "violet"}
TAGS: dict[Tone, str] = {"calm": "neutral", "warn": "orange", "alarm": "red", "good": "green", "drill": "violet"}
COLOURS: dict[Tone, str] = {"calm": "", "warn": "orange", "alarm": "red", "good": "green", "drill": "violet"}
BADGES = {"minor": "yellow", "severe": "orange", "major": "red"}
STATES = {"open": "", "done": "done_outlined", "locked": "lock_outlined", "parked": "ban_outlined"}
ICONS = {
    "alarm": "bell_outlined", "check": "search_outlined", "clock": "time_outlined", "doc": "richtext_outlined", "horn": "bell_outlined",
    "info": "info_outlined", "list": "list-check_outlined", "lock": "lock_outlined", "note": "edit_outlined", "pencil": "edit_outlined",
    "people": "member_outlined", "play": "right_outlined", "retry": "refresh_outlined", "scale": "score_outlined",
    "send": "send_outlined", "shield": "safe_outlined", "swap": "switch_outlined", "warn": "warning_outlined", "x": "close_outlined",
}  # fmt: skip
STAGES = {"done": "✓", "now": "▸", "todo": "○", "skipped": "–"}
SHORT_FACT = 300  # bytes
CELL = 80  # characters of a table's cell; more is cut off by clients
TABLE_COLUMNS = 6
TABLE_ROWS = 30
TABLE_BYTES = 6_000


# --- the head -----------------------------------------------------------------------------------------------------------------


def header(card: Card, reader: Reader) -> Json:
    """Enough by itself: clients of before 7.20 show nothing but the title. What is too long for it is said in full by `body`."""
    small = plain(card.meta, reader) if card.meta else ""
    tags = _tags(card, reader)
    mark = STATES[card.state] or ICONS.get(card.icon or "", "")
    return {
        "title": e.text(title(card, reader), limits.TITLE),
        **({"subtitle": e.text(small, limits.SUBTITLE)} if _one_line(small) else {}),
        "template": TEMPLATES[card.tone],
        **({"text_tag_list": tags} if tags else {}),
        **({"icon": e.icon(mark)} if mark else {}),
    }


def title(card: Card, reader: Reader) -> str:
    """【演练】 and severity in words, then the title."""
    badge = f"{severity(card.badge, reader)} · " if card.badge else ""
    return f"{drill(card, reader)}{badge}{plain(card.title, reader)}"


def drill(card: Card, reader: Reader) -> str:
    return plain(line("【演练】"), reader) if card.drill else ""


def severity(badge: str, reader: Reader) -> str:
    """A level that only the plan knows is shown by its id."""
    return plain(SEVERITIES[badge][0], reader) if badge in SEVERITIES else badge


def _tags(card: Card, reader: Reader) -> list[Json]:
    """Severity and rehearsal as colour beside the word, and the chip: it asks for somebody."""
    found = [
        *([(severity(card.badge, reader), BADGES.get(card.badge, "neutral"))] if card.badge else []),
        *([(plain(line("演练"), reader), "violet")] if card.drill else []),
        *([(plain(card.chip, reader), TAGS[card.tone])] if card.chip else []),
    ]
    shown = [(text, colour) for text, colour in found if text.strip()][: limits.TAGS]
    return [{"tag": "text_tag", "text": e.text(text, limits.TAG), "color": colour} for text, colour in shown]


def _one_line(text: str) -> bool:
    return bool(text.strip()) and "\n" not in text and units(text) <= limits.SUBTITLE


def body(card: Card, reader: Reader, key: str) -> list[Piece]:
    """All that is not said by the header, in full."""
    found: list[Piece] = []
    whole = title(card, reader)
    if units(whole) > limits.TITLE:
        found += map(piece, e.markdowns(escape(whole)))
    if card.chip and units(plain(card.chip, reader)) > limits.TAG:
        found += map(piece, e.markdowns(bold(words(card.chip, reader))))
    if card.meta and not _one_line(plain(card.meta, reader)):
        found += map(piece, e.markdowns(grey(words(card.meta, reader)), small=True))
    tables = 0
    for block in card.blocks:
        as_table = isinstance(block, Table) and tables < limits.TABLES and _fits(block, reader)
        tables += as_table
        found += (piece(_table(block, reader)),) if isinstance(block, Table) and as_table else draw(block, reader, key)
    return found


# --- the blocks -----------------------------------------------------------------------------------------------------------------


def draw(block: Block, reader: Reader, key: str) -> Iterable[Piece]:
    match block:
        case Words():
            return _words(block, reader)
        case Facts():
            return _facts(block, reader)
        case Stages(items=items):
            return map(piece, e.markdowns("　".join(_stage(stage, reader) for stage in items)))
        case Steps():
            return steps(block, reader, key)
        case Table():
            return _rows(block, reader)
        case Progress():
            return map(piece, e.markdowns(_progress(block, reader)))
        case Buttons():
            return buttons(block.items, reader, key)
        case Choices():
            return choices(block, reader, key)
        case Image(url=url, alt=alt):
            return map(piece, e.markdowns(_picture(url, alt, reader)))
        case Divider():
            return (piece(e.divider(), 0),)
        case _:
            assert_never(block)


def _words(block: Words, reader: Reader) -> Iterator[Piece]:
    marked = words(block.text, reader)
    match block.kind:
        case "plain":
            yield from map(piece, e.markdowns(marked))
        case "lead":
            yield from map(piece, e.markdowns(bold(marked)))
        case "next":
            text = f"{bold(words(line('下一步'), reader))}　{marked}"
            yield from (Piece((e.well(each),), ends=True) for each in e.markdowns(text, mark=e.icon("right_outlined", "blue")))
        case "quote":
            yield from (piece(e.markdown(quoted(part))) for part in split(marked, limits.MARKDOWN))
        case "note":
            yield from (piece(e.markdown(grey(part), small=True)) for part in split(marked, limits.MARKDOWN))
        case "warn":
            yield from map(piece, e.markdowns(marked, mark=e.icon("warning_outlined", "orange")))
        case _:
            assert_never(block.kind)


def _facts(block: Facts, reader: Reader) -> Iterator[Piece]:
    cells = [f"{grey(words(fact.label, reader))}\n{_value(fact, reader)}" for fact in block.items]
    if block.shape == "grid" and all(limits.fits(text, SHORT_FACT) for text in cells):
        across = _across(len(cells))
        for at in range(0, len(cells), across):
            part = [e.markdown(cell) for cell in cells[at : at + across]]
            yield piece(e.columns(part) if len(part) > 1 else part[0], len(part))
    else:
        rows = [f"{bold(words(fact.label, reader))}　{_value(fact, reader)}" for fact in block.items]
        yield from lines(rows, plain(line("还有 {n} 项"), reader))


def _across(count: int) -> int:
    """Rows of the same length, so that the columns stand below one another."""
    return 4 if count == 4 else 3 if count % 3 == 0 else 2


def _value(fact: Fact, reader: Reader) -> str:
    value = words(fact.value, reader)
    if fact.due is not None:
        clock = words(When(fact.due), reader)
        value = value if clock in value else f"{value} {clock}".strip()
    value = value.strip() or NOTHING
    small = f" · {words(fact.small, reader)}" if fact.small else ""
    colour = COLOURS[fact.tone]
    return f"{bold(coloured(value, colour))}{' ' if small else ''}{small.lstrip()}" if colour else f"{value}{small}"


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
    bar = "▰" * full + "▱" * (10 - full)
    drawn = coloured(bar, COLOURS[block.tone]) if COLOURS[block.tone] else bar
    note = f"\n{grey(words(block.note, reader))}" if block.note else ""
    return f"{bold(words(block.label, reader))}　{drawn}　{block.done}/{block.total}{note}"


def _picture(url: str, alt: Text, reader: Reader) -> str:
    """An address to follow: pictures have to be uploaded first, and a card is not late for that."""
    text = words(alt, reader)
    fits = follows(url) and "<" not in text and "\n" not in text and limits.size(text) < 500
    return f"[{text}]({url.replace('&', '&#38;')})" if fits and text.strip() else f"{text} {escape(url)}"


# --- tables -----------------------------------------------------------------------------------------------------------------------


def _cells(block: Table, reader: Reader) -> tuple[list[str], list[list[str]]]:
    head = [plain(cell, reader) for cell in block.head]
    rows = [[plain(cell, reader) for cell in row] for row in block.rows]
    return head + [""] * (max(map(len, rows), default=0) - len(head)), rows


def _fits(block: Table, reader: Reader) -> bool:
    """Short cells in few columns, so that clients cut nothing off."""
    head, rows = _cells(block, reader)
    cells = [*head, *(cell for row in rows for cell in row)]
    short = all("\n" not in cell and units(cell) <= CELL for cell in cells)
    fits = 2 <= len(head) <= TABLE_COLUMNS and 1 <= len(rows) <= TABLE_ROWS
    return short and fits and limits.weight(_table(block, reader)) <= TABLE_BYTES


def _table(block: Table, reader: Reader) -> Json:
    head, rows = _cells(block, reader)
    return e.table(head, rows, block.figures)


def _rows(block: Table, reader: Reader) -> Iterator[Piece]:
    """A row is a line: its first cell stands out, figures carry the name of their column."""
    heads = [words(cell, reader) for cell in block.head]
    told = {column for row in block.rows for column, cell in enumerate(row) if column in block.figures and words(cell, reader).strip()}
    named = " · ".join(head for column, head in enumerate(heads) if column not in told and head.strip())
    yield from (piece(each, 0) for each in e.markdowns(grey(named), small=True) if named)
    yield from lines([_line(row, heads, block.figures, reader) for row in block.rows], plain(line("还有 {n} 项"), reader))


def _line(row: Sequence[Text], heads: Sequence[str], figures: Sequence[int], reader: Reader) -> str:
    cells = [words(cell, reader) for cell in row]
    named = [
        f"{heads[column]} {cell}" if column in figures and column < len(heads) and cell.strip() else cell
        for column, cell in enumerate(cells)
    ]
    lead, *rest = [cell for cell in named if cell.strip()] or [NOTHING]
    return "　".join([f"• {bold(lead)}", *([" · ".join(rest)] if rest else [])])
