"""The page of one person: what waits for them first, reporting one press away, nothing that is not theirs to see."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

import handlers
from bot.cards.model import Button, Buttons, Card, Press, Steps
from bot.cards.views.home import home
from bot.cards.views.night import at
from bot.cards.views.story import chapters
from bot.core.incident import Incident
from bot.core.people import Team
from bot.words import LANGUAGES, Language
from tests.cards.reading import read, said, the_plan

GOLDEN = Path(__file__).parent / "golden"
PLAN, NOW = the_plan(), at("20:40")
TOLD = chapters()
GUEST = "slack:U0GUEST"


def page(person: str, *states: Incident, now: datetime = NOW) -> Card:
    return home(person, states, Team(), PLAN, now)


PAGES = {
    "a quiet evening": page("wangmin"),
    "called": page("zhengyan", TOLD["activated"]),
    "with tasks": page("hechuan", TOLD["responding"], TOLD["minor"], TOLD["drill"]),
    "commanding": page("linyuan", TOLD["responding"]),
    "nothing to do": page("yubo", TOLD["responding"]),
    "a guest": page(GUEST, TOLD["just_reported"]),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_looks_as_it_was_agreed(language: Language) -> None:
    actual = json.dumps({name: read(card, language) for name, card in PAGES.items()}, ensure_ascii=False, indent=1) + "\n"
    path = GOLDEN / f"home.{language}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(actual, encoding="utf-8")
    assert actual == path.read_text(encoding="utf-8")


def presses(card: Card) -> Iterator[Press]:
    for block in card.blocks:
        match block:
            case Buttons(items=items):
                yield from (item.press for item in items if isinstance(item, Button))
            case Steps(items=steps):
                yield from (step.press for step in steps if step.press)
                yield from (button.press for step in steps for button in step.more)


def test_every_page_draws_for_anybody_and_every_press_leads_somewhere() -> None:
    for person in ("wangmin", "hechuan", "nobody", GUEST):
        card = page(person, *TOLD.values())
        assert {press.action for press in presses(card)} <= set(handlers.ACTIONS)
        assert all(len(block.items) <= 4 for block in card.blocks if isinstance(block, Buttons))
        assert "report.form" in {press.action for press in presses(card)}


def test_a_call_is_answered_before_anything_else() -> None:
    first = next(presses(PAGES["called"]))
    assert (first.action, dict(first.args)["record"]) == ("roll.here", "INC-42")


def test_ones_own_open_tasks_stand_there_with_their_buttons_and_nobody_elses() -> None:
    mine = [task for task in TOLD["responding"].tasks if task.owner == "hechuan" and task.state in ("asked", "accepted")]
    steps = [step for block in PAGES["with tasks"].blocks if isinstance(block, Steps) for step in block.items]
    assert {step.id for step in steps} >= {f"INC-42:{task.id}" for task in mine} != set()
    assert not [block for block in PAGES["nothing to do"].blocks if isinstance(block, Steps)]


def test_the_gravest_comes_first_and_what_is_over_not_at_all() -> None:
    card = page("wangmin", TOLD["drill"], TOLD["minor"], TOLD["closed"], TOLD["responding"])
    shown = [dict(press.args)["record"] for press in presses(card) if press.action == "incident.show"]
    assert shown == ["INC-42", "INC-43", "DRILL-7"]


def test_a_confidential_incident_is_not_on_a_guests_page() -> None:
    secret = replace(TOLD["responding"], confidential=True)
    assert "INC-42" not in json.dumps(read(page(GUEST, secret), "zh-CN"), ensure_ascii=False)


def test_a_quarter_without_a_drill_says_so() -> None:
    program = PLAN.drill_program.model_copy(update={"calendar": {}})
    card = home("wangmin", (), Team(), PLAN.model_copy(update={"drill_program": program}), NOW)
    assert "这一季没有安排" in said(card.blocks[-1].text, "zh-CN")  # type: ignore[union-attr]
