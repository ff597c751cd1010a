"""What an operator asks first: is everything there that the start needs, and what does each setting mean?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bot import settings
from bot.app import ROOT, Now
from bot.catalogue import Catalogue, render
from bot.channels.checks import examine as ways_out
from bot.core.people import Team
from bot.core.spread import only_on
from bot.plan.errors import PlanErrors
from bot.plan.load import load
from bot.plan.schema import Person, Plan
from bot.rules import rules
from bot.service import STANDING, Service
from bot.settings import Meaning, Settings, SettingsError
from bot.store.database import Database
from bot.store.reach import Reached, Unreachable, reach, sqlite_file
from bot.words import Bi, Language, Text

TOLERABLE_SKEW = 2.0  # seconds; leases last ten times as long


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `str()` is how it is printed."""

    name: str
    well: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok   ' if self.well else 'FAULT'}  {self.name}  {self.text}"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the database knows: the standing rooms, each by its platform and slot, and who said who they are."""

    rooms: dict[tuple[str, str], str]
    team: Team


def examine() -> tuple[Finding, ...]:
    """Every setting, then what the settings lead to; with a faulty setting the rest would be about something else."""
    try:
        found = settings.load()
    except SettingsError as error:
        return tuple(Finding(fault.name, False, fault.why) for fault in error.faults)
    return (*_explained(found), *_examined(found))


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


def _examined(found: Settings) -> Iterator[Finding]:
    try:
        reached: Reached | None = reach(found.database_url)
    except Unreachable as error:
        yield Finding("database", False, str(error))
        reached = None
    if reached is not None:
        yield _database(reached)
    plan: Plan | None = None
    try:
        plan = load(found.plan_dir)
    except PlanErrors as refused:
        yield Finding("plan", False, f"{len(refused.errors)} errors, the first: {refused.errors[0]}  (fenghuo plan check)")
    else:
        yield Finding("plan", True, f"{plan.name.zh} {plan.version}, {len(plan.people)} people, {plan.hash[:12]}")
        yield from _homes(plan, found.chosen)
    usable = reached is not None and not reached.behind
    kept = _kept(found, plan) if usable and set(found.chosen) != {"sandbox"} else _Kept({}, Team())
    for name in found.chosen:
        match name:
            case "slack":
                yield from _slack(found, plan, kept)
            case "feishu":
                yield from _feishu(found, plan, kept)
            case "sandbox":
                yield Finding(name, True, "to be spoken on")
    yield from _said(found, ways_out(found, plan))


def _homes(plan: Plan, served: Sequence[str]) -> Iterator[Finding]:
    """The plan may want its rooms where nobody serves."""
    away = [name for name in plan.rooms if name not in served]
    if away:
        there = [name for name in plan.rooms if name in served] or served
        yield Finding("plan rooms", False, f"{', '.join(away)} not served here; incidents have their rooms on {', '.join(there)}")


def _database(reached: Reached) -> Finding:
    if abs(reached.skew) > TOLERABLE_SKEW:
        return Finding("database", False, f"{reached.where}: its clock and ours differ by {reached.skew:+.1f} s; set both by NTP")
    older = "; older than this version, the next start or `fenghuo migrate` brings it up" if reached.behind else ""
    return Finding("database", True, f"{reached.where}, clocks agree within {TOLERABLE_SKEW:.0f} s{older}")


# --- Slack ------------------------------------------------------------------------------------------------------------------


def _slack(found: Settings, plan: Plan | None, kept: _Kept) -> Iterator[Finding]:
    """Slack is asked; its libraries are loaded only here."""
    from bot.platforms.slack import checks
    from bot.platforms.slack.web import Web

    people = [] if plan is None else [checks.Sought(p.name, _bound("slack", p, kept.team), p.email) for p in plan.people.values()]
    expected = checks.Expected(
        found.slack_app_token.get_secret_value() if found.slack_app_token else None,
        found.address,
        found.slack_signing_secret is not None,
        _rooms("slack", found, plan, kept),
        people,
        _groups("slack", plan),
    )

    async def ask(token: str) -> tuple[checks.Check, ...]:
        web = Web(token, found.slack_api_url)
        try:
            return await checks.examine(web, expected, Now())
        finally:
            await web.close()

    token = found.slack_bot_token
    if token is None:  # settings have refused this already
        return
    yield from _said(found, asyncio.run(ask(token.get_secret_value())))


# --- Feishu -----------------------------------------------------------------------------------------------------------------


def _feishu(found: Settings, plan: Plan | None, kept: _Kept) -> Iterator[Finding]:
    """Feishu is asked, over plain HTTP; lark-oapi is not loaded, and nothing connects that would take events from the bot."""
    from bot.platforms.feishu import checks

    app_id, secret = found.feishu_app_id, found.feishu_app_secret
    if app_id is None or secret is None:  # settings have refused this already
        return
    everybody = [] if plan is None else plan.people.values()
    expected = checks.Expected(
        found.feishu_mode,
        found.address,
        found.feishu_encrypt_key is not None,
        found.feishu_encrypt_key is not None or found.feishu_verification_token is not None,
        _rooms("feishu", found, plan, kept),
        [checks.Sought(p.name, _bound("feishu", p, kept.team), p.email, p.phone) for p in everybody],
        _groups("feishu", plan),
    )
    yield from _said(found, asyncio.run(checks.examine(app_id, secret.get_secret_value(), found.feishu_domain, expected, Now())))


# --- what platforms share ---------------------------------------------------------------------------------------------------


class _Check(Protocol):
    """One line of a platform."""

    @property
    def name(self) -> str: ...

    @property
    def well(self) -> bool: ...

    @property
    def text(self) -> Text: ...


def _said(found: Settings, checked: Iterable[_Check]) -> Iterator[Finding]:
    catalogue = Catalogue.load(ROOT / "data" / "locale" / "en")
    for check in checked:
        yield Finding(check.name, check.well, render(check.text, found.language, ZoneInfo("UTC"), {}, catalogue))


def _rooms(platform: str, found: Settings, plan: Plan | None, kept: _Kept) -> list[tuple[str, str | None]]:
    """Standing rooms that belong there by slot, with what is ours under it."""
    rooms = () if plan is None else rules().standing(plan)
    here = [room.slot for room in rooms if room.only is None or only_on(room.only, found.chosen) == platform]
    return [(slot, kept.rooms.get((platform, slot))) for slot in here]


def _groups(platform: str, plan: Plan | None) -> list[tuple[Text, str]]:
    return [] if plan is None else [(g.name, g.user_groups[platform]) for g in plan.groups.values() if platform in g.user_groups]


def _bound(platform: str, person: Person, team: Team) -> str | None:
    """As the plan has it, else as somebody said in chat."""
    said = (key.removeprefix(f"{platform}:") for key, who in team.identities.items() if who == person.id and key.startswith(f"{platform}:"))
    return person.identities.get(platform) or next(said, None)


def _kept(found: Settings, plan: Plan | None) -> _Kept:
    """Nothing is made and nothing brought up to date: a database that is not there yet, or is older, knows nothing."""
    file = sqlite_file(found.database_url)
    if plan is None or (file is not None and not file.exists()):
        return _Kept({}, Team())
    database = Database(found.database_url)
    try:
        service = Service(database, rules(), lambda: plan, Now(), ())
        rooms = {(platform, slot): ref.ref for (_, slot, platform), ref in service.refs(STANDING).items()}
        return _Kept(rooms, service.team())
    finally:
        database.close()
