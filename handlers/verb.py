"""What a line of the tables is: a verb with its names and help, and the shape of a handler."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from bot.service import Service
from bot.talk import Answer, Request
from bot.words import Bi, Text

Handler = Callable[[Request, Service], Answer]
Hook = Callable[[Request, Service], Answer | None]
Preview = Callable[[Request, Service], Text | None]
"""What a half-filled form would say. It decides nothing and keeps nothing."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb people speak. The handler's docstring is its help: first line Chinese, second line English, then how it is used."""

    zh: str
    en: str
    handler: Handler
    aliases: tuple[str, ...] = ()

    @property
    def help(self) -> Text:
        """One line: what it does."""
        zh, en = _doc(self.handler)[:2]
        return Bi(zh, en)

    @property
    def usage(self) -> str:
        """An example, as typed."""
        lines = _doc(self.handler)
        return lines[2] if len(lines) > 2 else self.zh


def _doc(handler: Handler) -> list[str]:
    lines = [part.strip() for part in (inspect.getdoc(handler) or "").splitlines() if part.strip()]
    return lines if len(lines) >= 2 else [*lines, *([""] * (2 - len(lines)))]
