"""Who is who on a platform, as last read: answers from memory, so that drawing a name never waits for the database.

Read anew every second (bot/app.py), and at once after what is written through here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.core import people
from bot.core.commands import BindIdentity, Command, MeetGuest, MissAccount
from bot.core.people import Team
from bot.plan.schema import Plan
from bot.service import TEAM, Service
from bot.words import LANGUAGES, Language

PersonId = str


@dataclass(frozen=True)
class Snapshot:
    """The plan's people, and what they have said about themselves, at one moment."""

    plan: Plan
    team: Team

    @cached_property
    def names(self) -> Mapping[Language, Mapping[PersonId, str]]:
        return {language: people.names(self.plan, self.team, language) for language in LANGUAGES}

    @cached_property
    def by_email(self) -> Mapping[str, PersonId]:
        return {person.email.casefold(): person.id for person in self.plan.people.values() if person.email}

    @cached_property
    def identities(self) -> Mapping[tuple[str, PersonId], str]:
        """(platform, person) -> their id there; the plan is believed first."""
        bound = {(key.partition(":")[0], person): key.partition(":")[2] for key, person in self.team.identities.items()}
        return bound | {(name, person.id): known for person in self.plan.people.values() for name, known in person.identities.items()}


@dataclass
class Directory:
    """One per process, shared by its platforms."""

    service: Service
    _now: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Look again. Reads the database."""
        plan, team = self.service.plan(), self.service.team()
        if not hasattr(self, "_now") or plan is not self._now.plan or team is not self._now.team:
            self._now = Snapshot(plan, team)

    def names(self, language: Language) -> Mapping[PersonId, str]:
        return self._now.names[language]

    def language_of(self, person: PersonId) -> Language:
        return people.language(self._now.plan, self._now.team, person)

    def on(self, platform: str) -> Entries:
        return Entries(self, platform)

    def keep(self, command: Command) -> None:
        """Write it down in the bot's own name. Raises Refused."""
        self.service.note(TEAM, command, f"directory:{uuid.uuid4().hex}")
        self.refresh()


@dataclass(frozen=True, slots=True)
class Entries:
    """The directory as one platform's book wants it."""

    directory: Directory
    platform: str

    def identity(self, person: PersonId) -> str | None:
        return self.directory._now.identities.get((self.platform, person))

    def person_of(self, identity: str) -> PersonId | None:
        now = self.directory._now
        return people.owner(now.plan, now.team, self.platform, identity)

    def email(self, person: PersonId) -> str | None:
        known = self.directory._now.plan.people.get(person)
        return None if known is None else known.email

    def phone(self, person: PersonId) -> str | None:
        known = self.directory._now.plan.people.get(person)
        return None if known is None else known.phone

    def by_email(self, email: str) -> PersonId | None:
        return self.directory._now.by_email.get(email.casefold())

    def people(self) -> Sequence[PersonId]:
        return tuple(self.directory._now.plan.people)

    def bind(self, person: PersonId, identity: str) -> None:
        self.directory.keep(BindIdentity(person, self.platform, identity))

    def missed(self, person: PersonId) -> None:
        """The platform has no account for them."""
        if f"{self.platform}:{person}" not in self.directory._now.team.missing:
            self.directory.keep(MissAccount(person, self.platform))

    def met(self, identity: str, name: str, language: Language) -> None:
        """Somebody whom the plan does not know."""
        self.directory.keep(MeetGuest(f"{self.platform}:{identity}", name, language))
