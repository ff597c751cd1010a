"""The audit finds every way in which what is stored is not what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from bot.audit import Stamped, Verdict, verify
from bot.core.events import LanguageChosen, Stamp
from bot.core.incident import Incident
from bot.core.people import Team

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIRST = (LanguageChosen("chenhai", "en"), Stamp(NOON, "chenhai", 1))
SECOND = (LanguageChosen("linyuan", "en"), Stamp(NOON, "linyuan", 2))
STORED = Team(languages={"chenhai": "en", "linyuan": "en"})


@dataclass(frozen=True)
class Kept:
    """A store with the team's record alone."""

    stored: Team
    happened: tuple[Stamped, ...]

    def team(self) -> Team:
        return self.stored

    def incidents(self, open_only: bool) -> tuple[Incident, ...]:
        return ()

    def events(self, record: str) -> tuple[Stamped, ...]:
        return self.happened


def test_a_record_whose_events_fold_to_its_state_holds() -> None:
    assert verify(Kept(STORED, (FIRST, SECOND))) == (Verdict("team", 2),)


def test_nothing_stored_is_nothing_wrong() -> None:
    assert verify(Kept(Team(), ())) == ()


@pytest.mark.parametrize(
    ("kept", "fault"),
    [
        (Kept(replace(STORED, languages={"chenhai": "en"}), (FIRST, SECOND)), "the stored state differs in languages"),
        (Kept(STORED, (SECOND,)), "events are missing or double: 1 expected, 2 found"),
        (Kept(STORED, (FIRST, SECOND, SECOND)), "events are missing or double: 3 expected, 2 found"),
        (Kept(STORED, (FIRST,)), "the stored state differs in languages"),
    ],
    ids=["state changed behind the events", "first event gone", "event doubled", "last event gone"],
)
def test_tampering_is_found_and_the_field_is_named(kept: Kept, fault: str) -> None:
    (verdict,) = verify(kept)
    assert verdict.fault == fault
    assert str(verdict).startswith("FAULT  team")
