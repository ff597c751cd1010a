"""Whether what is stored is what happened: fold the events of every record again and compare (decision 1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Protocol

from bot.core.events import Event, Stamp
from bot.core.incident import Incident
from bot.core.life import evolve
from bot.core.people import Team
from bot.service import TEAM

Stamped = tuple[Event, Stamp]
State = Incident | Team


class Trail(Protocol):
    """What is stored, as the service reads it."""

    def team(self) -> Team: ...
    def incidents(self, open_only: bool) -> tuple[Incident, ...]: ...
    def events(self, record: str) -> tuple[Stamped, ...]: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fault` is empty when the record holds."""

    record: str
    events: int
    fault: str = ""

    def __str__(self) -> str:
        return f"{'FAULT' if self.fault else 'ok   '}  {self.record}  {self.events} events" + (f"  {self.fault}" if self.fault else "")


def verify(trail: Trail) -> tuple[Verdict, ...]:
    """Every record there is, the team's first."""
    team = trail.events(TEAM)
    found = [Verdict(TEAM, len(team), _fault(team, trail.team()))] if team else []
    for incident in trail.incidents(open_only=False):
        events = trail.events(incident.id)
        found.append(Verdict(incident.id, len(events), _fault(events, incident)))
    return tuple(found)


def _fault(events: tuple[Stamped, ...], stored: State) -> str:
    numbers = [stamp.seq for _, stamp in events]
    if numbers != list(range(1, len(events) + 1)):
        return f"events are missing or double: {_gap(numbers)}"
    folded: State | None = None
    for event, stamp in events:
        folded = evolve(folded, event, stamp)
    return "" if folded == stored else f"the stored state differs in {', '.join(_differences(folded, stored))}"


def _gap(numbers: list[int]) -> str:
    expected, found = next((pair for pair in enumerate(numbers, 1) if pair[0] != pair[1]), (len(numbers) + 1, "nothing"))
    return f"{expected} expected, {found} found"


def _differences(folded: State | None, stored: State) -> Iterator[str]:
    """The names of the fields, not what is in them: an audit's output may be seen by more people than the record."""
    if folded is None or type(folded) is not type(stored) or not is_dataclass(stored):
        yield "everything"
        return
    yield from (one.name for one in fields(stored) if getattr(folded, one.name) != getattr(stored, one.name))
