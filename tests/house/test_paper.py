"""The plan on paper: what a person must know when every screen is dark."""

from __future__ import annotations

import pytest

from bot.paper import CUT, cards, overview
from bot.plan.load import load
from bot.plan.schema import Plan
from bot.words import LANGUAGES, Language
from tests.house.tree import HOUSE


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(HOUSE / "data/plan")


def test_everybody_in_the_plan_has_a_card(plan: Plan) -> None:
    printed = cards(plan).split(CUT)
    assert len(printed) == len(plan.people)
    for card, person in zip(printed, plan.people.values(), strict=True):
        assert person.phone in card


def test_a_card_says_the_first_step_who_steps_in_and_whom_to_telephone(plan: Plan) -> None:
    person = next(one for one in plan.people.values() if one.deputies and one.posts and one.language == "zh-CN")
    card = cards(plan, (person,))
    assert plan.posts[person.posts[0]].first_step.zh in card
    assert plan.people[person.deputies[0]].phone in card
    for seat in plan.groups["ecc"].seats:
        assert any(plan.people[rule.people[0]].phone in card for rule in plan.rota if rule.post == seat)


def test_a_card_is_in_its_owners_language(plan: Plan) -> None:
    person = next(iter(plan.people.values())).model_copy(update={"language": "en"})
    card = cards(plan, (person,))
    assert card.startswith(person.name_en)
    assert "Command centre" in card


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plan_fits_one_screen_and_names_every_group_and_level(plan: Plan, language: Language) -> None:
    shown = overview(plan, language)
    assert len(shown.splitlines()) <= 24
    for name in (*(group.name for group in plan.groups.values()), *(severity.short for severity in plan.severities.values())):
        assert (name.zh if language == "zh-CN" else name.en) in shown
