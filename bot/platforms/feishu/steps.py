"""The steps of a list: what can be ticked is a checker, what is over or waits is a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from bot.cards.model import Button, Step, Steps
from bot.platforms.feishu import elements as e
from bot.platforms.feishu import limits
from bot.platforms.feishu.controls import LOCK, button, in_full, rows_of, too_long
from bot.platforms.feishu.elements import Piece, folded, piece
from bot.platforms.feishu.limits import units
from bot.platforms.feishu.markdown import Reader, coloured, filled, grey, plain, split, words
from bot.platforms.feishu.values import carried
from bot.words import line

STATES = {"todo": "○", "doing": "▸", "done": "✓", "skipped": "–", "blocked": "■", "failed": "✕"}
MARKED = {"blocked": "orange", "failed": "red"}
INDENT = "-4px 0px 0px 28px"  # below the words of a checker
DONE = 4  # so many steps that are over stand there; of more, all are folded
CHECKER = 300


def steps(block: Steps, reader: Reader, key: str) -> Iterator[Piece]:
    """What is over is small and grey, a row of it folded; what waits says for what; what can be ticked is ticked in place."""
    numbered = tuple(enumerate(block.items, 1))
    for kind, run in groupby(numbered, key=lambda one: _kind(one[1], key)):
        together = tuple(run)
        match kind:
            case "over":
                yield from _over([_still(step, place, reader) for place, step in together], reader)
            case "waiting":
                yield from _waiting(together, reader)
            case "open":
                for place, step in together:
                    yield from _open(step, place, reader, key)


def _kind(step: Step, key: str) -> Literal["over", "waiting", "open"]:
    if _ticked(step, key) or _controls(step, key):
        return "open"
    waits = step.press is not None and step.locked is not None
    return "over" if step.state in ("done", "skipped") and not waits else "waiting"


def _ticked(step: Step, key: str) -> bool:
    return step.press is not None and step.locked is None and carried(step.press, key)


def _controls(step: Step, key: str) -> tuple[Button, ...]:
    return tuple(each for each in step.more if each.locked is None and carried(each.press, key))


def _over(rows: Sequence[str], reader: Reader) -> Iterator[Piece]:
    if len(rows) > DONE:
        yield from folded(rows, plain(line("做完 {n} 步"), reader))
        return
    for text, count in filled(rows, limits.MARKDOWN):
        yield from (piece(each, count) for each in e.markdowns(grey(text), small=True))


# --- what cannot be pressed ---------------------------------------------------------------------------------------------------


def _still(step: Step, place: int, reader: Reader) -> str:
    mark = STATES[step.state]
    small = _small(step, reader)
    text = f"{mark} {place}. {words(step.text, reader)}"
    return "\n".join([f"{text}　{grey(small)}" if small else text, *_unpressable(step, reader)])


def _small(step: Step, reader: Reader) -> str:
    """Who and until when, whether late, and what kind of step."""
    parts = [words(part, reader) for part in (step.who, step.chip) if part]
    parts.insert(1, words(line("晚了"), reader) if step.late else "")
    return " · ".join(part for part in parts if part.strip())


def _unpressable(step: Step, reader: Reader) -> list[str]:
    locked = [f"　　{words(each.label, reader)} · {words(each.locked, reader)}" for each in step.more if each.locked is not None]
    return [*locked, *(f"　　{too_long(each, reader)}" for each in step.more if each.locked is None and not carried(each.press, ""))]


def _waiting(steps: Sequence[tuple[int, Step]], reader: Reader) -> Iterator[Piece]:
    """What waits, and why: below the step, or once for all that wait for the same."""
    reasons = {place: words(step.locked, reader) for place, step in steps if step.locked is not None and step.press}
    times = Counter(reasons.values())
    rows = []
    for place, step in steps:
        alone = place in reasons and times[reasons[place]] == 1
        rows.append(_still(step, place, reader) + (f"\n　　{grey(reasons[place])}" if alone else ""))
    yield from (piece(e.markdown(part), count) for part, count in filled(rows, limits.MARKDOWN))
    for why, count in times.items():
        if count > 1:
            text = f"{_places([place for place in reasons if reasons[place] == why])}　{why}"
            yield from (piece(each, 0) for each in e.markdowns(grey(text), small=True, mark=e.icon(LOCK, "grey")))


def _places(places: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


# --- what can be pressed --------------------------------------------------------------------------------------------------------


def _open(step: Step, place: int, reader: Reader, key: str) -> Iterator[Piece]:
    """A checker, and below its words the small print and the other buttons."""
    told = f"{place}. {plain(step.text, reader)}"
    tick = step.press if _ticked(step, key) else None
    if tick is not None and units(told) <= CHECKER:
        yield piece(e.checker(told, tick, key))
    else:
        *before, last = split(f"{STATES[step.state]} {place}. {words(step.text, reader)}", limits.MARKDOWN)
        yield from (piece(e.markdown(part), 0) for part in before)
        yield piece(e.markdown(last))
        if tick is not None:
            yield piece(e.checker(f"{place}. {plain(line('打勾'), reader)}", tick, key), 0)
    for text, _ in filled(_print(step, reader, key), limits.MARKDOWN):
        yield from (piece({**each, "margin": INDENT}, 0) for each in e.markdowns(text, small=True))
    controls = [button(each, reader, key, primary=False, small=True) for each in _controls(step, key)]
    yield from (piece({**row, "margin": INDENT}, 0) for row in rows_of(controls))


def _print(step: Step, reader: Reader, key: str) -> list[str]:
    """Who and until when, why not yet, and what its buttons have no room for. A checker itself only knows done and not done."""
    small = _small(step, reader)
    mark = coloured(STATES[step.state], MARKED[step.state]) if step.state in MARKED else ""
    shown = [part for part in (mark, coloured(small, "red" if step.late else "grey")) if part]
    why = [grey(words(step.locked, reader))] if step.locked is not None and step.press else []
    full = in_full((each.label for each in _controls(step, key)), reader)
    return [*(["　".join(shown)] if shown else []), *why, *_unpressable(step, reader), *full]
