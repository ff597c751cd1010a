"""What somebody types to the bot, taken apart the same way on every platform: which verb is called, and what follows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rapidfuzz import fuzz, process

from bot.talk import Answer, Request
from bot.words import Joined, Language, Line, Text, line

Handler = Callable[[Request, Any], Answer]
Hook = Callable[[Request, Any], Answer | None]
CALLS = re.compile(r"^\s*(?:[/／]|[@＠](?:烽火|机器人|bot|fenghuo)(?![\w])\s*[,，:：]?)\s*", re.IGNORECASE)
"""How a line begins that is meant for the bot: a slash of either width, or its name."""
NEAR = 45


class Verb(Protocol):
    """One line of the table of commands: Chinese name, English name, other names, what it does."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def help(self) -> Text: ...
    @property
    def handler(self) -> Handler: ...


@dataclass(frozen=True, slots=True)
class Doors:
    """What a platform's ears open onto: the tables of `handlers`."""

    commands: Sequence[Verb]
    actions: Mapping[str, Handler]
    forms: Mapping[str, Handler]
    hooks: Mapping[str, Hook]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A line that calls no verb: what to say, and the nearest lines that would do, in the person's language."""

    text: Line
    lines: tuple[str, ...]


class Spoken:
    """The verbs by every name they have."""

    def __init__(self, commands: Sequence[Verb]) -> None:
        self._verbs = {name.lower(): verb for verb in commands for name in (verb.zh, verb.en, *verb.aliases)}
        self._longest_first = sorted((name for name in self._verbs if not name.isascii()), key=len, reverse=True)

    def parse(self, spoken: str) -> tuple[Verb | None, str]:
        """The verb and what follows it; Chinese may follow without a space. Nothing said asks for help, and an unknown verb is None."""
        parts = spoken.strip().split(maxsplit=1)
        if not parts:
            return self._verbs.get("help"), ""
        first = parts[0].lower()
        if first in self._verbs:
            return self._verbs[first], parts[1] if len(parts) > 1 else ""
        text = spoken.strip()
        for name in self._longest_first:
            if text.lower().startswith(name):
                return self._verbs[name], text[len(name) :].lstrip(" ：:，,")
        return None, ""

    def unknown(self, spoken: str, language: Language) -> Unknown:
        """The verbs nearest to the first word, with the rest of the line kept behind each."""
        said, rest = [*spoken.strip().split(maxsplit=1), "", ""][:2]
        near = process.extract(said[:40].lower(), list(self._verbs), scorer=fuzz.WRatio, limit=6, score_cutoff=NEAR)
        names = list(dict.fromkeys(self._verbs[name].zh for name, _, _ in near))[:3] or ["报故障", "帮助"]
        known = [self._verbs[zh.lower()] for zh in names if zh.lower() in self._verbs]
        shown = [f"/{verb.zh if language == 'zh-CN' else verb.en}" for verb in known]
        text = line("没有「{said}」这个命令。最接近的是 {near}。", said=said[:40], near=Joined(tuple(shown)))
        return Unknown(text, tuple(f"{name} {rest}" for name in shown))


def storable(text: str) -> str:
    """What was typed, with the one character that no database keeps made visible: NUL becomes its picture."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}")
