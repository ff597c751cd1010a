"""The plan in a terminal."""

from __future__ import annotations

import pytest

from bot.overview import overview
from bot.plan.load import load
from bot.plan.schema import Plan
from bot.words import LANGUAGES, Language
from tests.house.tree import HOUSE


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(HOUSE / "data/plan")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plan_fits_one_screen_and_names_every_group_and_level(plan: Plan, language: Language) -> None:
    shown = overview(plan, language)
    assert len(shown.splitlines()) <= 24
    for name in (*(group.name for group in plan.groups.values()), *(severity.short for severity in plan.severities.values())):
        assert (name.zh if language == "zh-CN" else name.en) in shown
