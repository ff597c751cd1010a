"""The neutral card and form: what must be said and pressed, never how a platform draws it (docs: cards).

A card never names a colour, a channel or a language. `tone` is a state (DESIGN.md), severity is a badge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.words import Text

Tone = Literal["calm", "warn", "alarm", "good", "drill"]


@dataclass(frozen=True, slots=True)
class Press:
    """What a button, choice or tick sends back: an entry of handlers.ACTIONS and its arguments (ids only, short)."""

    action: str
    args: tuple[tuple[str, str], ...] = ()


def press(action: str, /, **args: str) -> Press:
    return Press(action, tuple(args.items()))


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph. lead: the one sentence that matters · next: what to do now · quote: somebody's draft · note: small print · warn."""

    text: Text
    kind: Literal["plain", "lead", "next", "quote", "note", "warn"] = "plain"


@dataclass(frozen=True, slots=True)
class Fact:
    """`due` is a deadline: the clock time everywhere, a countdown beside it only in the sandbox and on pages."""

    label: Text
    value: Text
    small: Text | None = None
    due: datetime | None = None
    tone: Tone = "calm"


@dataclass(frozen=True, slots=True)
class Facts:
    """A grid of short facts (`grid`), or label-and-sentence rows (`rows`)."""

    items: tuple[Fact, ...]
    shape: Literal["grid", "rows"] = "grid"


@dataclass(frozen=True, slots=True)
class Stage:
    name: Text
    state: Literal["done", "now", "todo", "skipped"]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stages:
    items: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a checklist. `press` ticks it; `more` are its other buttons (skip, blocked, take over)."""

    id: str
    text: Text
    state: Literal["todo", "doing", "done", "skipped", "blocked", "failed"]
    who: Text | None = None
    late: bool = False
    chip: Text | None = None
    press: Press | None = None
    locked: Text | None = None
    more: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    items: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. `figures` are the indexes of columns set to the right. `more` is where the whole list is (a Text with the count)."""

    head: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    figures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    label: Text
    done: int
    total: int
    note: Text | None = None
    tone: Tone = "calm"


@dataclass(frozen=True, slots=True)
class Button:
    """`locked` is why it may not be pressed in this state of things (the same for everyone); rights are refused at the press."""

    label: Text
    press: Press
    style: Literal["primary", "plain", "danger", "ghost"] = "plain"
    locked: Text | None = None
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class LinkOut:
    """A button that opens a page."""

    label: Text
    url: str


@dataclass(frozen=True, slots=True)
class Buttons:
    items: tuple[Button | LinkOut, ...]


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: Text
    hint: Text | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """A select on a card: choosing sends `press` with the argument `value`."""

    label: Text
    options: tuple[Option, ...]
    press: Press


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    alt: Text


@dataclass(frozen=True, slots=True)
class Divider:
    pass


Block = Words | Facts | Stages | Steps | Table | Progress | Buttons | Choices | Image | Divider


@dataclass(frozen=True, slots=True)
class Card:
    """`alone` is the fallback that must be enough on a lock screen; `meta` stands at the right of the title; `badge` is a severity id."""

    title: Text
    blocks: tuple[Block, ...]
    alone: Text
    tone: Tone = "calm"
    state: Literal["open", "done", "locked", "parked"] = "open"
    badge: str | None = None
    icon: str | None = None
    meta: Text | None = None
    chip: Text | None = None
    drill: bool = False


FieldKind = Literal["line", "text", "choice", "choices", "person", "people", "time", "number", "note"]


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `note` is a paragraph, not an input. `time` takes what a person types (「10 分钟前」), not a picker's value.

    `person`/`people` values are person ids. `initial` of `choices`/`people` is comma-joined.
    """

    key: str
    label: Text
    kind: FieldKind = "line"
    required: bool = False
    hint: Text | None = None
    initial: str = ""
    options: tuple[Option, ...] = ()
    limit: int = 3000
    error: Text | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A reply that asks for more: a modal, a form card or a dialog. `id` is an entry of handlers.FORMS, `args` come back untouched."""

    id: str
    title: Text
    fields: tuple[Field, ...]
    submit: Text
    args: tuple[tuple[str, str], ...] = ()
    intro: Text | None = None
    error: Text | None = None
    danger: bool = False
