"""Who is on duty tonight, who stands in, and what people have said about themselves in chat (the record "team").

The rota and the leave of the plan come first; leave taken and duty swapped in chat lie over them. Never the org chart (promise 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.core.errors import Refused
from bot.core.events import (
    AccountMissing,
    DutySwapped,
    GuestMet,
    IdentityBound,
    LanguageChosen,
    LeaveTaken,
    PlatformBack,
    PlatformLost,
    RoomBound,
    Stamp,
    TeamEvent,
)  # fmt: skip
from bot.plan.schema import DutyRule, Plan
from bot.words import Bi, Language, Text, Who, line

PersonId = str


@dataclass(frozen=True, slots=True)
class Team:
    """The state of the record "team"."""

    leaves: tuple[LeaveTaken, ...] = ()
    swaps: tuple[DutySwapped, ...] = ()
    languages: Mapping[PersonId, Language] = field(default_factory=dict)
    rooms: Mapping[str, str] = field(default_factory=dict)  # "platform:slot" -> ref bound by hand
    identities: Mapping[str, PersonId] = field(default_factory=dict)  # "platform:identity" -> person
    missing: tuple[str, ...] = ()  # "platform:person" of whom no address leads to an account there
    lost: Mapping[str, datetime] = field(default_factory=dict)  # platforms that take no calls -> since when
    guests: Mapping[PersonId, str] = field(default_factory=dict)  # "platform:identity" of whom the plan does not know -> name


@dataclass(frozen=True, slots=True)
class Duty:
    """Who fills a post now, in which shift; `instead_of` is the one on leave whom they replace."""

    person: PersonId
    shift: str
    site: str | None
    instead_of: PersonId | None = None


def evolve(team: Team | None, event: TeamEvent, stamp: Stamp) -> Team:
    """Fold one event of the team record; the newest leave, swap, language or binding wins."""
    team = team or Team()
    match event:
        case LeaveTaken():
            return replace(team, leaves=(*team.leaves, event))
        case DutySwapped():
            return replace(team, swaps=(*team.swaps, event))
        case LanguageChosen(person=person, language=language):
            return replace(team, languages={**team.languages, person: language})
        case RoomBound(slot=slot, platform=platform, ref=ref):
            return replace(team, rooms={**team.rooms, f"{platform}:{slot}": ref})
        case PlatformLost(platform=platform, since=since):
            return replace(team, lost={**team.lost, platform: since})
        case PlatformBack(platform=platform):
            return replace(team, lost={name: since for name, since in team.lost.items() if name != platform})
        case IdentityBound(person=person, platform=platform, identity=identity):
            missing = tuple(known for known in team.missing if known != f"{platform}:{person}")
            return replace(team, identities={**team.identities, f"{platform}:{identity}": person}, missing=missing)
        case AccountMissing(person=person, platform=platform):
            return replace(team, missing=(*team.missing, f"{platform}:{person}"))
        case GuestMet(person=person, name=called, language=spoken):
            spoke = {person: spoken} if spoken else {}
            return replace(team, guests={**team.guests, person: called}, languages={**spoke, **team.languages})
    assert_never(event)


def name(plan: Plan, person: PersonId) -> str:
    """The person's name; the id itself for somebody the plan no longer knows."""
    known = plan.people.get(person)
    return known.name if known else person


def guest(person: PersonId) -> bool:
    """Whether the plan does not know them: somebody of the chat platform, by its id ("slack:U123"). No id of the plan has a colon."""
    return ":" in person


def names(plan: Plan, team: Team, language: Language) -> Mapping[PersonId, str]:
    """What everybody is called in a language. A guest is marked, for anybody may call themselves anything on their platform."""
    known = {person.id: person.name if language == "zh-CN" else person.name_en for person in plan.people.values()}
    marked = "{}（访客）" if language == "zh-CN" else "{} (guest)"
    bound = {key: known[person] for key, person in team.identities.items() if person in known}
    return {**{person: marked.format(called) for person, called in team.guests.items()}, **bound, **known}


def owner(plan: Plan, team: Team, platform: str, identity: str) -> PersonId | None:
    """Whose account on the platform this is, among the people of the plan; the plan is believed first."""
    named = (person.id for person in plan.people.values() if person.identities.get(platform) == identity)
    bound = team.identities.get(f"{platform}:{identity}")
    return next(named, None) or (bound if bound in plan.people else None)


def language(plan: Plan, team: Team, person: PersonId) -> Language:
    """What the person chose in chat, else what the plan says, else the plan's own language."""
    known = plan.people.get(person)
    return team.languages.get(person) or (known.language if known else plan.language)


def source(plan: Plan, by: PersonId, named: str) -> Text:
    """Where a number comes from: what was named, or whoever gave it as their own knowledge; shown in the reader's language."""
    return Who(by) if named.strip() in ("", name(plan, by)) else named


def posts_of(plan: Plan, person: PersonId) -> tuple[str, ...]:
    known = plan.people.get(person)
    return known.posts if known else ()


def groups_of(plan: Plan, person: PersonId) -> tuple[str, ...]:
    """The groups whose posts the person may fill."""
    return tuple(dict.fromkeys(plan.posts[post].group for post in posts_of(plan, person)))


def title(plan: Plan, post_or_role: str) -> Bi:
    """The name of a post or role; its id where the plan has neither (an old record under a new plan)."""
    known = plan.posts.get(post_or_role) or plan.roles.get(post_or_role)
    return known.name if known else Bi(post_or_role, post_or_role)


def short(plan: Plan, post_or_role: str) -> Bi:
    known = plan.posts.get(post_or_role) or plan.roles.get(post_or_role)
    return known.short if known else Bi(post_or_role, post_or_role)


def away(plan: Plan, team: Team, person: PersonId, at: datetime) -> tuple[bool, PersonId | None]:
    """Whether the person is on leave at that moment, and who stands in if somebody was named."""
    today = at.astimezone(ZoneInfo(plan.time_zone)).date()
    for taken in reversed(team.leaves):
        if taken.person == person and taken.start <= at < taken.end:
            return True, taken.substitute
    for leave in plan.leave:
        if leave.person == person and leave.start <= today <= leave.end:
            return True, leave.substitute
    return False, None


def on_duty(plan: Plan, team: Team, post: str, site: str | None, at: datetime) -> Duty | None:
    """Who fills the post at the site at that moment. A post that is not filled site by site ignores `site`."""
    site = site if plan.posts[post].scoped else None
    for swap in reversed(team.swaps):
        fits = swap.post == post and swap.start <= at < swap.end and (swap.site == site or site is None or swap.site is None)
        if fits and not away(plan, team, swap.person, at)[0]:
            return Duty(swap.person, "swap", site)
    for rule in _rules(plan, post, site, at):
        for person in rule.people:
            is_away, substitute = away(plan, team, person, at)
            if not is_away:
                return Duty(person, rule.shift, site)
            if substitute and not away(plan, team, substitute, at)[0]:
                return Duty(substitute, rule.shift, site, instead_of=person)
    return None


def stand_ins(plan: Plan, team: Team, post: str, site: str | None, at: datetime) -> tuple[PersonId, ...]:
    """Who is asked next for the post, in order: the rest of tonight's rota line, then the deputies of those in it, nobody on leave."""
    first = on_duty(plan, team, post, site, at)
    line_up = [person for rule in _rules(plan, post, site, at) for person in rule.people]
    chain = [*line_up, *(deputy for person in ([first.person] if first else []) + line_up for deputy in _deputies(plan, person))]
    wanted = dict.fromkeys(person for person in chain if first is None or person != first.person)
    return tuple(person for person in wanted if person in plan.people and not away(plan, team, person, at)[0])


def _deputies(plan: Plan, person: PersonId) -> tuple[PersonId, ...]:
    known = plan.people.get(person)
    return known.deputies if known else ()


def _rules(plan: Plan, post: str, site: str | None, at: datetime) -> Iterator[DutyRule]:
    """The rota lines in force, those of the very site before those of every site."""
    fitting = [rule for rule in plan.rota if rule.post == post and _in_force(plan, rule, at)]
    yield from (rule for rule in fitting if rule.site == site)
    if site is None:
        yield from (rule for rule in fitting if rule.site is not None)
    else:
        yield from (rule for rule in fitting if rule.site is None)


def _in_force(plan: Plan, rule: DutyRule, at: datetime) -> bool:
    """A shift belongs to the day on which it starts, so a night shift at 02:00 is yesterday's."""
    local = at.astimezone(ZoneInfo(plan.time_zone))
    shift, clock = plan.shifts[rule.shift], local.time().replace(tzinfo=None)
    if shift.start == shift.end:
        return local.isoweekday() in rule.weekdays
    if shift.start < shift.end:
        return shift.start <= clock < shift.end and local.isoweekday() in rule.weekdays
    if clock >= shift.start:
        return local.isoweekday() in rule.weekdays
    return clock < shift.end and (local - timedelta(days=1)).isoweekday() in rule.weekdays


def day_start(plan: Plan, day: date) -> datetime:
    """Midnight of a day at the plan's place."""
    return datetime.combine(day, time(0), ZoneInfo(plan.time_zone))


def check_person(plan: Plan, person: PersonId, field_name: str) -> None:
    """A name that the plan does not know is refused at its field."""
    if person not in plan.people:
        raise Refused(line("方案里没有「{name}」这个人。从名单里选一个。", name=person), field=field_name)


