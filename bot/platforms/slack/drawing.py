"""Every block of the neutral card as pieces of Block Kit: each piece small enough for any message, all of them together every word.

Thrifty with blocks: lines that nobody can press share a section, so a checklist of fifteen steps is one message on a phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bot.cards.forms import FORMS_BY_ID
from bot.cards.model import (
    Block,
    Button,
    Buttons,
    Card,
    Choices,
    Divider,
    Fact,
    Facts,
    Image,
    LinkOut,
    Progress,
    Stage,
    Stages,
    Step,
    Steps,
    Table,
    Tone,
    Words,
)
from bot.html.render import SEVERITIES
from bot.platforms.slack import elements as e
from bot.platforms.slack import limits
from bot.platforms.slack.limits import size
from bot.platforms.slack.mrkdwn import NOTHING, Reader, bold, escape, filled, first, plain, quoted, split, words
from bot.platforms.slack.press import LINK, MORE, carried, in_option, packed
from bot.words import Text, When, line

TONES: dict[Tone, str] = {"calm": "", "warn": "⚠️", "alarm": "🚨", "good": "✅", "drill": ""}
BADGES = {"minor": "🟡", "severe": "🟠", "major": "🔴"}
ICONS = {
    "alarm": "🚨", "bar": "📊", "check": "✅", "clock": "🕘", "doc": "📄", "flag": "🚩", "horn": "📣", "info": "ℹ️", "list": "📋",
    "lock": "🔒", "note": "📝", "pencil": "✏️", "people": "👥", "phone": "📞", "pin": "📌", "play": "▶️", "printer": "🖨️",
    "pulse": "📈", "retry": "🔁", "scale": "⚖️", "send": "📨", "shield": "🛡️", "sun": "☀️", "swap": "🔄", "warn": "⚠️", "x": "❌",
}  # fmt: skip
STATES = {"open": "", "done": "☑️", "locked": "🔒", "parked": "⛔"}
STEPS = {"todo": "⬜", "doing": "▶️", "done": "✅", "skipped": "⏭️", "blocked": "⛔", "failed": "❌"}
STAGES = {"done": "✓", "now": "▸", "todo": "○", "skipped": "–"}
SHORT_FACT = 240
GROUP = 3_000  # characters of one row of controls
ROWS_OF_STEPS = 3
META = 600


@dataclass(frozen=True, slots=True)
class Piece:
    """Blocks that stay together. `items` of the card begin in it. `ends`: it belongs to what to do next, at the foot of the card."""

    blocks: tuple[e.Json, ...]
    items: int = 1
    ends: bool = False

    @property
    def weight(self) -> int:
        return e.weight(list(self.blocks))


def piece(block: e.Json, items: int = 1) -> Piece:
    return Piece((block,), items)


# --- the head -----------------------------------------------------------------------------------------------------------------


def title(card: Card, reader: Reader) -> str:
    """【演练】, severity as colour and word, or an icon, then the title."""
    return f"{drill(card, reader)}{_mark(card, reader)}{plain(card.title, reader)}"


def drill(card: Card, reader: Reader) -> str:
    return plain(line("【演练】"), reader) if card.drill else ""


def _mark(card: Card, reader: Reader) -> str:
    if card.state == "parked":
        return STATES["parked"] + " "
    if card.badge:
        return f"{severity(card.badge, reader)} · "
    icon = STATES[card.state] or ICONS.get(card.icon or "", "")
    return f"{icon} " if icon else ""


def severity(badge: str, reader: Reader) -> str:
    """Colour and word; a level that only the plan knows is shown by its id."""
    name = plain(SEVERITIES[badge][0], reader) if badge in SEVERITIES else badge
    return f"{BADGES.get(badge, '⚪')} {name}"


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
    _, *rest = split(meta(card, reader), META)
    found += [piece(block) for part in rest for block in e.contexts(part)]
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
            return _steps(block, reader)
        case Table():
            return _table(block, reader)
        case Progress():
            return (piece(block) for block in e.sections(_progress(block, reader)))
        case Buttons():
            return _buttons(block.items, reader)
        case Choices():
            return _choices(block, reader)
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
            yield from (Piece((block,), ends=True) for block in e.sections(text))
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
    name = words(stage.name, reader)
    at = f" {words(When(stage.at), reader)}" if stage.at else ""
    match stage.state:
        case "now":
            return f"{STAGES['now']} {bold(name + at)}"
        case "skipped":
            return f"{STAGES['skipped']} {name} {words(line('跳过'), reader)}"
        case "done" | "todo":
            return f"{STAGES[stage.state]} {name}{at}"
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


# --- steps ----------------------------------------------------------------------------------------------------------------------


def _steps(block: Steps, reader: Reader) -> Iterator[Piece]:
    """Lines nobody can press share a section; the others have their button at the side, or a row where there are several."""
    rows = sum(len(_controls(step, reader)) > 1 for step in block.items) <= ROWS_OF_STEPS
    still: list[str] = []
    for place, step in enumerate(block.items, 1):
        controls = _controls(step, reader)
        if not controls:
            still.append(_step(step, place, reader))
            continue
        yield from _lines(still)
        still = []
        yield from _pressable(_step(step, place, reader), controls, rows, reader)
    yield from _lines(still)


def _lines(rows: Sequence[str]) -> Iterator[Piece]:
    return (piece(e.section(text), count) for text, count in filled(rows, limits.SECTION))


def _controls(step: Step, reader: Reader) -> tuple[Button, ...]:
    tick = (Button(line("打勾"), step.press),) if step.press and step.locked is None else ()
    return tuple(button for button in (*tick, *step.more) if button.locked is None and carried(button.press))


def _step(step: Step, place: int, reader: Reader) -> str:
    mark = "🔒" if step.locked is not None and step.state == "todo" else STEPS[step.state]
    chip = f" · {words(step.chip, reader)}" if step.chip else ""
    late = f" · ⏰ {bold(words(line('晚了'), reader))}" if step.late else ""
    who = words(step.who, reader) if step.who else ""
    small = f"{who}{late}{chip}".removeprefix(" · ")
    why = [f"　　🔒 {words(step.locked, reader)}"] if step.locked is not None and step.press else []
    locks = [f"　　🔒 {words(each.label, reader)} · {words(each.locked, reader)}" for each in step.more if each.locked is not None]
    untold = [f"　　{_too_long(each, reader)}" for each in step.more if each.locked is None and not carried(each.press)]
    return "\n".join([f"{mark} {place}. {words(step.text, reader)}", *([f"　　{small}"] if small else []), *why, *locks, *untold])


def _pressable(text: str, controls: Sequence[Button], rows: bool, reader: Reader) -> Iterator[Piece]:
    *before, last = split(text, limits.SECTION)
    yield from (piece(e.section(part)) for part in before)
    if len(controls) == 1 and e.weight(one := _button(controls[0], reader, primary=False)) <= GROUP:
        yield piece(e.section(last, one))
        return
    items = [(plain(button.label, reader), button.press) for button in controls]
    if not rows and len(items) <= limits.OVERFLOW and all(size(in_option(press)) <= limits.OPTION_VALUE for _, press in items):
        yield piece(e.section(last, e.overflow(MORE, items)))
        return
    first_row, *others = _rows([_button(button, reader, primary=False) for button in controls])
    yield Piece((e.section(last), first_row))
    yield from (piece(row, 0) for row in others)


# --- tables -----------------------------------------------------------------------------------------------------------------------


def _table(block: Table, reader: Reader) -> Iterator[Piece]:
    """A row is a line: its first cell stands out, figures carry the name of their column. Tables of columns are unreadable on phones."""
    heads = [words(cell, reader) for cell in block.head]
    named = " · ".join(head for column, head in enumerate(heads) if column not in block.figures and head.strip())
    yield from (piece(context, 0) for context in e.contexts(named) if named)
    rows = [_line(row, heads, block.figures, reader) for row in block.rows]
    yield from _lines(rows)


def _line(row: Sequence[Text], heads: Sequence[str], figures: Sequence[int], reader: Reader) -> str:
    cells = [words(cell, reader) for cell in row]
    named = [
        f"{heads[column]} {cell}" if column in figures and column < len(heads) and cell.strip() else cell
        for column, cell in enumerate(cells)
    ]
    lead, *rest = [cell for cell in named if cell.strip()] or [NOTHING]
    return "　".join([f"• {bold(lead)}", *([" · ".join(rest)] if rest else [])])


# --- controls ---------------------------------------------------------------------------------------------------------------------


def _buttons(items: Sequence[Button | LinkOut], reader: Reader) -> Iterator[Piece]:
    drawn: list[e.Json] = []
    notes: list[str] = []
    for item in items:
        if isinstance(item, LinkOut):
            if _follows(item.url):
                drawn.append(e.link(plain(item.label, reader), item.url, LINK))
            else:
                notes.append(f"{words(item.label, reader)} {escape(item.url)}")
        elif item.locked is None and carried(item.press):
            drawn.append(_button(item, reader, primary=not any(each.get("style") == "primary" for each in drawn)))
        elif item.locked is None:
            notes.append(_too_long(item, reader))
    yield from (Piece((row,), len(row["elements"]), ends=True) for row in _rows(drawn))
    for text, count in filled([*_locked(items, reader), *notes], limits.CONTEXT):
        yield from (Piece((context,), count, ends=True) for context in e.contexts(text))


def _locked(items: Sequence[Button | LinkOut], reader: Reader) -> list[str]:
    """Slack cannot grey out: what may not be pressed now is named with its reason, once for each reason."""
    reasons: dict[str, list[str]] = {}
    for item in items:
        if isinstance(item, Button) and item.locked is not None:
            reasons.setdefault(words(item.locked, reader), []).append(words(item.label, reader))
    return [f"🔒 {' · '.join(labels)}　{why}" for why, labels in reasons.items()]


def _follows(url: str) -> bool:
    return url.startswith(("https://", "http://")) and size(url) <= limits.URL and not set(url) & set("<>| \n\t")


def _too_long(button: Button, reader: Reader) -> str:
    label = words(button.label, reader)
    return words(line("「{label}」要带的话太长，这里按不了：写短些再发一次。", label="\0"), reader).replace("\0", label)


def _button(button: Button, reader: Reader, primary: bool) -> e.Json:
    style = {"primary": "primary" if primary else None, "danger": "danger"}.get(button.style)
    return e.button(plain(button.label, reader), button.press, style, _confirm(button, reader))


def _confirm(button: Button, reader: Reader) -> e.Json | None:
    """What cannot be taken back asks once more, unless a form opens: that asks anyway."""
    if button.style != "danger" or button.press.action in FORMS_BY_ID:
        return None
    label = plain(button.label, reader)
    text = plain(line("按下就生效，群里都看得到。"), reader)
    return e.confirm(label, text, label, plain(line("先不"), reader))


def _rows(drawn: Sequence[e.Json]) -> Iterator[e.Json]:
    """Rows of controls that stay within the block and within a share of the message."""
    row: list[e.Json] = []
    for element in drawn:
        if row and (len(row) == limits.ACTIONS or e.weight(row) + e.weight(element) > GROUP):
            yield e.actions(row)
            row = []
        row.append(element)
    if row:
        yield e.actions(row)


def _choices(block: Choices, reader: Reader) -> Iterator[Piece]:
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
    yield piece(e.section(first(bold(words(block.label, reader)), limits.SECTION)))
    for option in block.options:
        press = replace(block.press, args=(*block.press.args, ("value", option.value)))
        text = f"{plain(option.label, reader)}"
        yield from _buttons((Button(text, press),), reader)
        if option.hint or _cut(option.label, None, reader):
            yield from (piece(context, 0) for context in e.contexts(words(option.label, reader) + _hint(option.hint, reader)))
