"""What an operator asks first: is everything there that the start needs, and what does each setting mean?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from pydantic import SecretStr

from bot import settings
from bot.plan.errors import PlanErrors
from bot.plan.load import load
from bot.settings import Meaning, Settings, SettingsError
from bot.store.reach import Unreachable, reach
from bot.words import Bi, Language

TOLERABLE_SKEW = 2.0  # seconds; leases last ten times as long


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `str()` is how it is printed."""

    name: str
    well: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok   ' if self.well else 'FAULT'}  {self.name}  {self.text}"


def examine() -> tuple[Finding, ...]:
    """Every setting, then what the settings lead to; with a faulty setting the rest would be about something else."""
    try:
        found = settings.load()
    except SettingsError as error:
        return tuple(Finding(fault.name, False, fault.why) for fault in error.faults)
    return (*_explained(found), _database(found), _plan(found), *_platforms(found))


def _explained(found: Settings) -> Iterator[Finding]:
    for meaning in settings.meanings():
        yield Finding(meaning.name, True, f"{_shown(found, meaning)}  ({_in(found.language, meaning.says)})")


def _shown(found: Settings, meaning: Meaning) -> str:
    """The value, a secret only as being set."""
    value = getattr(found, meaning.name.lower())
    if isinstance(value, SecretStr):
        return "***"
    if value in (None, ()):
        return meaning.default or "-"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _in(language: Language, said: Bi) -> str:
    return said.zh if language == "zh-CN" else said.en


def _database(found: Settings) -> Finding:
    try:
        reached = reach(found.database_url)
    except Unreachable as error:
        return Finding("database", False, str(error))
    if abs(reached.skew) > TOLERABLE_SKEW:
        return Finding("database", False, f"{reached.where}: its clock and ours differ by {reached.skew:+.1f} s; set both by NTP")
    older = "; older than this version, the next start or `fenghuo migrate` brings it up" if reached.behind else ""
    return Finding("database", True, f"{reached.where}, clocks agree within {TOLERABLE_SKEW:.0f} s{older}")


def _plan(found: Settings) -> Finding:
    try:
        plan = load(found.plan_dir)
    except PlanErrors as refused:
        return Finding("plan", False, f"{len(refused.errors)} errors, the first: {refused.errors[0]}  (fenghuo plan check)")
    return Finding("plan", True, f"{plan.name.zh} {plan.version}, {len(plan.people)} people, {plan.hash[:12]}")


def _platforms(found: Settings) -> Iterator[Finding]:
    for name in found.chosen:
        there = find_spec(f"bot.platforms.{name}") is not None
        yield Finding(name, there, "to be spoken on" if there else "has credentials, but this version does not speak it")
