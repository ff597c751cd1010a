"""What the sandbox wants to know about a record to fill the room list, the now-bar and the right-hand pane. app.py says how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.cards.model import Tone
from bot.words import Text


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that has a time: what, who owes it, until when."""

    label: Text
    who: Text
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one person stands in an incident: their part in it, and whether they have arrived."""

    role: Text = ""
    state: Text = ""
    tone: Tone = "calm"
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """`now` are the short facts above the scroll (stage, arrived 10/12, next update); `next` is who decides what by when."""

    severity: str | None = None
    drill: bool = False
    over: bool = False
    now: tuple[Text, ...] = ()
    next: Text | None = None
    dues: tuple[Due, ...] = ()
    people: Mapping[str, Standing] = field(default_factory=dict)
    arrived: Text = ""


Situations = Callable[[str], Situation | None]
