"""The steps of a list: a checklist of fifteen is one message that reads well on a phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from bot.cards.model import Button, Step, Steps
from bot.platforms.slack import elements as e
from bot.platforms.slack import limits
from bot.platforms.slack.controls import drawn_button, in_full, rows_of, too_long
from bot.platforms.slack.elements import Piece, lines, piece
from bot.platforms.slack.limits import size
from bot.platforms.slack.mrkdwn import Reader, bold, filled, plain, split, words
from bot.platforms.slack.press import MORE, carried, in_option
from bot.words import line

STATES = {"todo": "⬜", "doing": "▶️", "done": "✅", "skipped": "⏭️", "blocked": "⛔", "failed": "❌"}
ROWS = 3  # so many steps may have a row of buttons of their own; where more would, each has a menu


def steps(block: Steps, reader: Reader) -> Iterator[Piece]:
    """What is over stands back in small print, what waits shares a section, what can be pressed has its button at the side.

    A step with several buttons has a row of them, or a menu where many steps have.
    """
    rows = sum(len(_controls(step, reader)) > 1 for step in block.items) <= ROWS
    numbered = tuple(enumerate(block.items, 1))
    for kind, run in groupby(numbered, key=lambda one: _kind(one[1], reader)):
        together = tuple(run)
        match kind:
            case "over":
                for text, count in filled([_still(step, place, reader) for place, step in together], limits.CONTEXT):
                    yield piece(next(e.contexts(text)), count)
            case "waiting":
                yield from lines(_waiting(together, reader))
            case "open":
                for place, step in together:
                    yield from _pressable(_open(step, place, reader), _controls(step, reader), rows, reader)


def _kind(step: Step, reader: Reader) -> Literal["over", "waiting", "open"]:
    if _controls(step, reader):
        return "open"
    waits = step.locked is not None and step.press is not None
    return "over" if step.state in ("done", "skipped") and not waits else "waiting"


def _controls(step: Step, reader: Reader) -> tuple[Button, ...]:
    tick = (Button(line("打勾"), step.press),) if step.press and step.locked is None else ()
    return tuple(button for button in (*tick, *step.more) if button.locked is None and carried(button.press))


def _still(step: Step, place: int, reader: Reader) -> str:
    return "　".join([_told(step, place, reader), *_small(step, reader)]) + _unpressable(step, reader)


def _open(step: Step, place: int, reader: Reader) -> str:
    why = [f"🔒 {words(step.locked, reader)}"] if step.locked is not None and step.press else []
    return "\n　　".join([_told(step, place, reader), *_small(step, reader), *why]) + _unpressable(step, reader)


def _told(step: Step, place: int, reader: Reader) -> str:
    mark = "🔒" if step.locked is not None and step.state == "todo" else STATES[step.state]
    return f"{mark} {place}. {words(step.text, reader)}"


def _small(step: Step, reader: Reader) -> list[str]:
    """Who and until when, whether late, and what kind of step; nothing where nothing is known."""
    late = f"⏰ {bold(words(line('晚了'), reader))}" if step.late else ""
    parts = [words(part, reader) for part in (step.who, step.chip) if part]
    parts.insert(1, late)
    return [text] if (text := " · ".join(part for part in parts if part.strip())) else []


def _unpressable(step: Step, reader: Reader) -> str:
    locked = [f"🔒 {words(each.label, reader)} · {words(each.locked, reader)}" for each in step.more if each.locked is not None]
    untold = [too_long(each, reader) for each in step.more if each.locked is None and not carried(each.press)]
    return "".join(f"\n　　{row}" for row in (*locked, *untold))


def _waiting(steps: Sequence[tuple[int, Step]], reader: Reader) -> Iterator[str]:
    """What waits, and why: at the step, or once for all that wait for the same (🔒 2–9　先做完第 1 步)."""
    reasons = {place: words(step.locked, reader) for place, step in steps if step.locked is not None and step.press}
    times = Counter(reasons.values())
    for place, step in steps:
        alone = place in reasons and times[reasons[place]] == 1
        yield _still(step, place, reader) + (f"\n　　🔒 {reasons[place]}" if alone else "")
    for why, count in times.items():
        if count > 1:
            yield f"🔒 {_places([place for place in reasons if reasons[place] == why])}　{why}"


def _places(places: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _pressable(text: str, controls: Sequence[Button], rows: bool, reader: Reader) -> Iterator[Piece]:
    *before, last = split(text, limits.SECTION)
    yield from (piece(e.section(part)) for part in before)
    items = [(plain(button.label, reader), button.press) for button in controls]
    menu = not rows and len(items) <= limits.OVERFLOW and all(size(in_option(press)) <= limits.OPTION_VALUE for _, press in items)
    drawn = [drawn_button(button, reader, primary=False) for button in controls]
    if len(drawn) == 1:
        yield piece(e.section(last, drawn[0]))
    elif menu:
        yield piece(e.section(last, e.overflow(MORE, items)))
    else:
        first_row, *others = rows_of(drawn)
        yield Piece((e.section(last), first_row))
        yield from (piece(row, 0) for row in others)
    yield from (piece(context, 0) for row in in_full((button.label for button in controls), reader) for context in e.contexts(row))
