"""Fill templates with values: documents now, what is said outside later. Nothing a value holds is ever executed.

The sandbox keeps templates from the machine, an unknown name is an error, and pages escape every value; a template whose name ends in
`.html.j2` is a page, everything else is plain text in which a value stands as it was typed.
"""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.words import Bi, Language

TEMPLATES = Path(__file__).parents[1] / "templates"


def _escapes(name: str | None) -> bool:
    return name is not None and name.endswith((".html", ".html.j2"))


def bi(text: Bi, language: Language) -> str:
    """The filter `{{ plan.name | bi(language) }}`."""
    return text.zh if language == "zh-CN" else text.en


def clock(at: datetime | time) -> str:
    """The filter `{{ shift.start | clock }}`: 20:42."""
    return at.strftime("%H:%M")


def day(at: datetime | date) -> str:
    """The filter `{{ plan.effective | day }}`: 2026-10-01."""
    return at.strftime("%Y-%m-%d")


ENVIRONMENT = ImmutableSandboxedEnvironment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    autoescape=_escapes,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
ENVIRONMENT.filters.update(bi=bi, clock=clock, day=day)


def render(template: str, /, **values: Any) -> str:
    """The words of a template below `templates/`, such as "documents/pocket.html.j2". A name it lacks is a bug: UndefinedError."""
    return ENVIRONMENT.get_template(template).render(values)
