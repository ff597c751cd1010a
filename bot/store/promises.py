"""Effects become rows of the outbox: one for each platform that they concern, in the lane of their record, which one worker owns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from sqlalchemy import ColumnElement, Connection

from bot.core.spread import Spread, only_on
from bot.effects import (
    Attach,
    CloseRoom,
    Deliver,
    Effect,
    Invite,
    Link,
    OpenRoom,
    Page,
    PersonId,
    RenameRoom,
    Say,
    SetTopic,
    Show,
    StopPage,
    Tell,
)
from bot.store import outbox
from bot.store.outbox import STANDING, Row, Wish

Told = frozenset[tuple[str, str]]
"""Slots that stand, with the platform of each."""


@dataclass
class Promises:
    """`worker` is the engine of this process, None where it has none; `clock` is the database's. `opens_empty`: see Capabilities."""

    clock: ColumnElement[float]
    worker: str | None
    opens_empty: frozenset[str] = frozenset()

    def keep(
        self, connection: Connection, record: str, effects: Sequence[tuple[Effect, int]], spread: Spread, *, fresh: bool
    ) -> list[Row]:
        """Rows for the effects with their priorities, in their order; returned are those that this process's engine shall perform.

        fresh: this transaction has made the record.
        """
        elsewhere = len(spread.rooms) < len(spread.served) and not fresh and any(isinstance(effect, Tell) for effect, _ in effects)
        told = frozenset((slot, name) for _, slot, name in outbox.refs(connection, (record,))) if elsewhere else frozenset()
        wishes = [wish for effect, priority in effects for wish in self._wishes(effect, priority, spread, told)]
        if not wishes:
            return []
        return self._ours(connection, record, outbox.add(connection, self.clock, record, wishes), fresh=fresh)

    def ensure(self, connection: Connection, rooms: Sequence[OpenRoom], spread: Spread) -> list[Row]:
        """The same for those standing rooms that neither stand nor are promised yet, each platform by itself."""
        there = set(outbox.refs(connection, (STANDING,)))
        promised = outbox.waiting_of(connection, STANDING) + outbox.parked(connection, record=STANDING)
        there |= {(STANDING, row.effect.slot, row.platform) for row in promised if isinstance(row.effect, OpenRoom)}
        wishes = [(room, wish) for room in rooms for wish in self._wishes(room, 1, spread)]
        missing = [wish for room, wish in wishes if (STANDING, room.slot, wish.platform) not in there]
        return self._ours(connection, STANDING, outbox.add(connection, self.clock, STANDING, missing), fresh=False)

    def retry(self, connection: Connection, rows: Sequence[int]) -> tuple[int, list[Row]]:
        """Parked rows wait again: how many there were, and those that are ours to perform."""
        found = outbox.unpark(connection, rows)
        return len(found), [row for row in found if outbox.is_owner(connection, row.record, self.worker)]

    def _wishes(self, effect: Effect, priority: int, spread: Spread, told: Told = frozenset()) -> list[Wish]:
        """The effect on every platform it concerns; people only where they can be reached."""
        return [
            Wish(platform, each, priority)
            for platform in _where(effect, spread, told)
            for each in _on(platform, effect, spread, opens_empty=platform in self.opens_empty)
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
                return [outbox.doubtful(row) for row in outbox.waiting_of(connection, record)]
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


def _where(effect: Effect, spread: Spread, told: Told) -> Sequence[str]:
    """Standing rooms are everywhere, and so is the end of a ring; a card to one person stays where it once came to stand."""
    match effect:
        case Page(person=person):
            return spread.of(person)
        case Tell(person=person, slot=slot):
            there = spread.of(person)
            return (*there, *(name for name in spread.served if name not in there and (slot, name) in told))
        case Deliver(via=via, platform=platform):
            return (only_on(platform, spread.served),) if via == "room" else (via,)
        case OpenRoom(only=str(platform)):
            return (only_on(platform, spread.served),)
        case StopPage():
            return spread.served
        case OpenRoom(slot=room) | RenameRoom(room=room) | Invite(room=room) | Show(room=room) | Say(room=room):
            return spread.served if room.startswith("@") else spread.rooms
        case SetTopic(room=room) | Link(room=room) | Attach(room=room) | CloseRoom(room=room):
            return spread.served if room.startswith("@") else spread.rooms
    assert_never(effect)


def _on(platform: str, effect: Effect, spread: Spread, *, opens_empty: bool) -> Sequence[Effect]:
    """What is promised there. Where one call opens a room and no more, what belongs in it is promised beside it."""

    def here(people: tuple[PersonId, ...]) -> tuple[PersonId, ...]:
        return tuple(person for person in people if spread.belongs(person, platform))

    match effect:
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
