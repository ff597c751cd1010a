"""Text that waits for its reader: a sentence of the catalogue, a bilingual phrase of the plan, or what somebody typed.

Nothing here is in a language yet. `bot.catalogue.render` turns a `Text` into words for one reader. What a person typed stays a
plain `str` from the keyboard to the screen: it is never formatted, never looked up, never parsed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Language = Literal["zh-CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")


@dataclass(frozen=True, slots=True)
class Bi:
    """A phrase that the plan gives in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class When:
    """A moment (aware UTC) to be shown in the plan's time zone: `clock` 20:42 · `day` 11-23 20:42 · `date` 2026-11-23."""

    at: datetime
    style: Literal["clock", "day", "date"] = "clock"


@dataclass(frozen=True, slots=True)
class Who:
    """A person of the plan by id; shown by name, and as a mention where the platform has mentions and `mention` is set."""

    person: str
    mention: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the message catalogue. `text` is its Chinese and its key; `args` fill the {braces}, each rendered by itself."""

    text: str
    args: tuple[tuple[str, Arg], ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """Several texts in a row, with a separator that fits the language ("、" or ", ") unless one is given."""

    parts: tuple[Text, ...]
    by: str | None = None


Text = Line | Bi | Joined | Who | When | str
Arg = Text | int


def line(text: str, /, **args: Arg) -> Line:
    """A catalogue sentence with its fillings: line("还差 {n} 人", n=2)."""
    return Line(text, tuple(args.items()))


def joined(parts: list[Text] | tuple[Text, ...], by: str | None = None) -> Joined:
    """Texts in a row: joined([Bi("架构", "Architect"), Bi("测试", "Tester")])."""
    return Joined(tuple(parts), by)
