"""Who of the plan is reached on which platform: by an identity, by what was bound in chat, by an address that it finds people by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.people import Team
from bot.core.spread import reaches
from bot.plan.schema import Plan
from tests.core.tale import real_plan

PLAN = real_plan()
BARE: dict[str, object] = {"email": None, "identities": {}}


def of(**person: object) -> Plan:
    """A plan that knows 丁磊 by this and his telephone number alone."""
    known = PLAN.people["dinglei"].model_copy(update={**BARE, **person})
    return PLAN.model_copy(update={"people": {**PLAN.people, "dinglei": known}})


def reached(plan: Plan, team: Team = Team()) -> set[str]:
    return {platform for platform in ("sandbox", "slack", "feishu") if reaches(plan, team, "dinglei", platform)}


@pytest.mark.parametrize(
    ("person", "platforms"),
    [
        ({}, {"sandbox", "feishu"}),
        ({"email": "dinglei@example.com"}, {"sandbox", "feishu", "slack"}),
        ({"identities": {"slack": "U1"}}, {"sandbox", "feishu", "slack"}),
    ],
)
def test_somebody_with_a_telephone_number_alone_is_reached_where_people_are_found_by_it(
    person: dict[str, object], platforms: set[str]
) -> None:
    assert reached(of(**person)) == platforms


def test_whoever_was_bound_in_chat_is_reached_there() -> None:
    assert reached(of(), replace(Team(), identities={"slack:U1": "dinglei"})) == {"sandbox", "feishu", "slack"}


def test_a_guest_is_reached_where_they_come_from() -> None:
    found = {platform for platform in ("slack", "feishu") if reaches(PLAN, Team(), "slack:U9", platform)}
    assert found == {"slack"}
