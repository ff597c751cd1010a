"""Effects become rows of the outbox: one for each platform that they concern, in the lane of their record, which one worker owns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection

from bot.effects import Effect, Invite, OpenRoom, Page, PersonId, SetTopic, Tell
from bot.store import outbox
from bot.store.outbox import STANDING, Row, Wish

Reaches = Callable[[PersonId, str], bool]
"""Whether the person has an identity on the platform."""


@dataclass
class Promises:
    """`worker` is the engine of this process, None where it has none; `clock` is the database's. `opens_empty`: see Capabilities."""

    clock: ColumnElement[float]
    platforms: tuple[str, ...]
    worker: str | None
    opens_empty: frozenset[str] = frozenset()

    def keep(
        self, connection: Connection, record: str, effects: Sequence[tuple[Effect, int]], reaches: Reaches, *, fresh: bool
    ) -> list[Row]:
        """Rows for the effects with their priorities, in their order; returned are those that this process's engine shall perform.

        fresh: this transaction has made the record.
        """
        wishes = [wish for effect, priority in effects for wish in self._wishes(effect, priority, reaches)]
        if not wishes:
            return []
        return self._ours(connection, record, outbox.add(connection, self.clock, record, wishes), fresh=fresh)

    def ensure(self, connection: Connection, rooms: Sequence[OpenRoom], reaches: Reaches) -> list[Row]:
        """The same for those standing rooms that neither stand nor are promised yet, each platform by itself."""
        there = set(outbox.refs(connection, (STANDING,)))
        promised = outbox.waiting_of(connection, STANDING) + outbox.parked(connection, record=STANDING)
        there |= {(STANDING, row.effect.slot, row.platform) for row in promised if isinstance(row.effect, OpenRoom)}
        wishes = [(room, wish) for room in rooms for wish in self._wishes(room, 1, reaches)]
        missing = [wish for room, wish in wishes if (STANDING, room.slot, wish.platform) not in there]
        return self._ours(connection, STANDING, outbox.add(connection, self.clock, STANDING, missing), fresh=False)

    def retry(self, connection: Connection, rows: Sequence[int]) -> tuple[int, list[Row]]:
        """Parked rows wait again: how many there were, and those that are ours to perform."""
        found = outbox.unpark(connection, rows)
        return len(found), [row for row in found if outbox.is_owner(connection, row.record, self.worker)]

    def _wishes(self, effect: Effect, priority: int, reaches: Reaches) -> list[Wish]:
        """The effect on every platform it concerns; people only where they can be reached.

        Whoever of the plan can be reached nowhere is tried on the first platform all the same: that it fails is what people must see.
        A guest of a platform that is not served ("slack:U…") is nobody's.
        """

        def tried(person: PersonId, platform: str) -> bool:
            if reaches(person, platform):
                return True
            nowhere = ":" not in person and not any(reaches(person, each) for each in self.platforms)
            return nowhere and platform == self.platforms[0]

        return [
            Wish(platform, each, priority)
            for platform in self.platforms
            for each in _on(platform, effect, tried, opens_empty=platform in self.opens_empty)
        ]

    def _ours(self, connection: Connection, record: str, rows: list[Row], *, fresh: bool) -> list[Row]:
        """The rows to perform from memory: none of somebody else's lane, all that wait when the lane was just taken over."""
        match self._lane(connection, record, fresh):
            case "had":
                return rows
            case "new":
                return [replace(row, first=fresh) for row in rows]
            case "free":
                return outbox.waiting_of(connection, record)
            case "got":
                return [replace(row, doubt=True) for row in outbox.waiting_of(connection, record)]
            case _:
                return []

    def _lane(self, connection: Connection, record: str, fresh: bool) -> str:
        if fresh:
            outbox.open_lane(connection, record, self.worker or outbox.NOBODY)
            return "theirs" if self.worker is None else "new"
        if self.worker is None:
            outbox.offer(connection, record)
            return "theirs"
        return outbox.claim(connection, self.clock, record, self.worker)


def _on(platform: str, effect: Effect, reaches: Reaches, *, opens_empty: bool) -> Sequence[Effect]:
    """What is promised there. Where one call opens a room and no more, what belongs in it is promised beside it."""

    def here(people: tuple[PersonId, ...]) -> tuple[PersonId, ...]:
        return tuple(person for person in people if reaches(person, platform))

    match effect:
        case Tell(person=person) | Page(person=person):
            return [effect] if reaches(person, platform) else []
        case OpenRoom(slot=slot, members=members, topic=topic, groups=groups):
            people, theirs = here(members), _theirs(platform, groups)
            if not opens_empty:
                return [replace(effect, members=people, groups=()), *([Invite(slot, (), theirs)] if theirs else [])]
            invite = [Invite(slot, people, theirs)] if people or theirs else []
            return [replace(effect, members=(), topic="", groups=()), *invite, *([SetTopic(slot, topic)] if topic else [])]
        case Invite(room=room, people=some, groups=groups):
            people, theirs = here(some), _theirs(platform, groups)
            return [Invite(room, people, theirs)] if people or theirs else []
        case _:
            return [effect]


def _theirs(platform: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    """Those groups that this platform keeps, by its own ids."""
    return tuple(group.removeprefix(f"{platform}:") for group in groups if group.startswith(f"{platform}:"))
