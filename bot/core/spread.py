"""On which platforms an incident has its rooms, and on which a person is told something or rung.

The plan names the platforms (`rooms`); what it names and nobody serves is passed over, and where it names none, all that are served count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.core.incident import Incident, PersonId
from bot.core.people import Team
from bot.core.world import World
from bot.plan.schema import Plan
from bot.words import Text, line

NAMES: Mapping[str, Text] = {"feishu": line("飞书"), "slack": "Slack", "sandbox": line("沙盒")}
FOUND_BY: Mapping[str, tuple[str, ...]] = {"feishu": ("email", "phone"), "slack": ("email",), "sandbox": ("id",)}
"""By what of the plan a platform finds somebody it has not met yet."""


@dataclass(frozen=True, slots=True)
class Spread:
    """`served`: all platforms. `rooms`: where the record's rooms stand, at least one. `lost`: those that take no calls.

    `reaches`: whether the person has an identity on the platform.
    """

    served: tuple[str, ...]
    rooms: tuple[str, ...]
    lost: frozenset[str]
    reaches: Callable[[PersonId, str], bool]

    def of(self, person: PersonId) -> tuple[str, ...]:
        """Where the person is told and rung: where the rooms are, else (or while nothing goes there) wherever else they are reached.

        Whoever of the plan is reached nowhere is tried all the same: that it fails is what people must see. A guest of a platform that is
        not served ("slack:U…") is nobody's.
        """
        here = self._reached(person, self.rooms)
        if all(platform in self.lost for platform in here):
            here += self._reached(person, (platform for platform in self.served if platform not in self.rooms))
        return here or (() if ":" in person else self.rooms[:1])

    def belongs(self, person: PersonId, platform: str) -> bool:
        """Whether they come into the rooms there."""
        return self.reaches(person, platform) or (platform == self.rooms[0] and self.nowhere(person))

    def nowhere(self, person: PersonId) -> bool:
        """Whether somebody of the plan is reached on no platform at all."""
        return ":" not in person and not self._reached(person, self.served)

    def _reached(self, person: PersonId, platforms: Iterable[str]) -> tuple[str, ...]:
        return tuple(platform for platform in platforms if self.reaches(person, platform))


def homes(plan: Plan, served: tuple[str, ...]) -> tuple[str, ...]:
    """Where the plan wants the rooms; everywhere when it does not say, or names only what is not served."""
    return tuple(platform for platform in served if platform in plan.rooms) or served


def rooms(state: Incident, world: World) -> tuple[str, ...]:
    """Where the rooms are: at home, and where they went while every home was lost (bot.core.outage)."""
    there = homes(world.plan, world.served)
    return (*there, *(platform for platform in world.served if platform in state.refuges and platform not in there))


def spread(state: Incident | Team, world: World) -> Spread:
    lost = frozenset(world.team.lost) & {*world.served}
    return Spread(
        world.served,
        rooms(state, world) if isinstance(state, Incident) else world.served,
        lost,
        lambda person, platform: reaches(world.plan, world.team, person, platform),
    )


def reaches(plan: Plan, team: Team, person: PersonId, platform: str) -> bool:
    """A platform reaches those of the plan who have an identity there, or an address by which it may find them until it has said no.

    A guest ("slack:U…") is reached where they come from.
    """
    known = plan.people.get(person)
    if known is None:
        return person.startswith(f"{platform}:")
    bound = any(key.startswith(f"{platform}:") and who == person for key, who in team.identities.items())
    by_address = f"{platform}:{person}" not in team.missing
    return platform in known.identities or bound or (by_address and any(getattr(known, address) for address in FOUND_BY.get(platform, ())))


def only_on(platform: str, served: tuple[str, ...]) -> str:
    """Where something stands that is on one platform alone: there, or on the first one where it is not served."""
    return platform if platform in served else served[0]
