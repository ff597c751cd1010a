"""A hundred reports as people write them: at least 95 of 100 fields are heard right; the rest are printed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.core.hearing import Heard, Time, Vocabulary, hear
from bot.plan.load import load
from tests.core.spoken import SHANGHAI, spoken_vocabulary, table

MONDAY_EVENING = "2026-11-23 20:42"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def when(time: Time | None) -> str | None:
    """As the table writes it: 11-23 20:32, with ~ where it is vague. Seconds are not compared."""
    return time.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") + ("~" if time.vague else "") if time else None


def expected_links(row: dict[str, Any], vocabulary: Vocabulary) -> set[str]:
    named = {*row.get("services", ()), *row.get("parts", ())}
    return set(row.get("links", ())) | {link for word in vocabulary.words if word.id in named for link in word.also}


Field = tuple[str, Any, Any]


def fields(row: dict[str, Any], vocabulary: Vocabulary) -> tuple[Field, ...]:
    """Name, what a person understands, what was heard."""
    heard: Heard = hear(row["say"], moment(row.get("now", MONDAY_EVENING)), SHANGHAI, vocabulary)
    return (
        ("started", row.get("at"), when(heard.started)),
        ("noticed", row.get("noticed"), when(heard.noticed)),
        ("services", row.get("services", []), list(heard.services)),
        ("dependencies", row.get("parts", []), list(heard.dependencies)),
        ("links", expected_links(row, vocabulary), set(heard.links)),
        ("sites", row.get("sites", []), list(heard.sites)),
        ("scope", "、".join(row.get("scope", [])), heard.scope),
        ("unknown", row.get("unknown", []), list(heard.unknown)),
    )


def measured(name: str, vocabulary: Vocabulary) -> tuple[float, float, list[str]]:
    """The share of fields heard right; the same of the fields that say something (empty on both sides left out); the misses."""
    heard = [(row["say"], *field) for row in table(name) for field in fields(row, vocabulary)]
    telling = [one for one in heard if one[2] or one[3]]
    missed = [f"{said} · {name}: {wanted} wanted, {got} heard" for said, name, wanted, got in telling if wanted != got]
    return 1 - len(missed) / len(heard), 1 - len(missed) / len(telling), missed


@pytest.fixture(scope="module")
def plan_vocabulary() -> Vocabulary:
    return Vocabulary.of(load(Path(__file__).parents[2] / "data/plan"))


@pytest.mark.parametrize(("name", "rows"), [("reports.yaml", 100), ("reports_held_out.yaml", 30)])
def test_at_least_95_percent_of_the_fields_of_real_reports_are_heard_right(name: str, rows: int) -> None:
    assert len(table(name)) == rows
    assert _share_right(name, spoken_vocabulary()) >= 0.95


@pytest.mark.parametrize("name", ["reports.yaml", "reports_held_out.yaml"])
def test_the_words_of_our_own_plan_hear_them_as_well(name: str, plan_vocabulary: Vocabulary) -> None:
    assert _share_right(name, plan_vocabulary) >= 0.95


def _share_right(name: str, vocabulary: Vocabulary) -> float:
    right, right_of_telling, missed = measured(name, vocabulary)
    print(f"{name}: {right:.1%} of all fields, {right_of_telling:.1%} of those that say something", *missed, sep="\n")
    return right
