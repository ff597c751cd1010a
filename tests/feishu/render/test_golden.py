"""Every example of every card and form, as Feishu gets it: changes only on purpose, and passes the judge."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bot.cards.forms import FORMS_BY_ID
from bot.cards.views import VIEWS
from bot.cards.views.examples import examples
from bot.platforms.feishu.forms import form
from bot.platforms.feishu.render import card
from bot.words import LANGUAGES, Language
from tests.cards.reading import the_plan
from tests.cards.test_forms import opened
from tests.cards.test_views import drawn
from tests.feishu.render.judge import faults_of_card, seen
from tests.feishu.render.made import reader

GOLDEN = Path(__file__).parent / "golden"
PLAN = the_plan()


def compared(name: str, found: dict[str, dict[str, Any]]) -> None:
    """`UPDATE_GOLDEN=1` writes the file anew, a card to a line; its diff is read before it is committed."""
    rows = (f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}" for key, value in found.items())
    actual = "{\n" + ",\n".join(rows) + "\n}\n"
    path = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(actual, encoding="utf-8")
    assert actual == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_card_looks_as_it_was_agreed(view: str, language: Language) -> None:
    found = {
        example.name: card(drawn(view, example), reader(language), f"{example.state.id}/{view}", ["chenhai"])
        for example in examples(PLAN)[view]
    }
    assert {name: faults for name, each in found.items() if (faults := faults_of_card(each))} == {}
    compared(f"{view}.{language}", found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_looks_as_it_was_agreed(language: Language) -> None:
    found = {name: form(opened(name), reader(language), "f1", "INC-42/status") for name in FORMS_BY_ID}
    assert {name: faults for name, each in found.items() if (faults := faults_of_card(each))} == {}
    compared(f"form.{language}", found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_and_forms_have_room_for_everything(language: Language) -> None:
    """Nothing that we made ourselves is so long that a part of it has to be asked for."""
    made = [form(opened(name), reader(language), "f1") for name in FORMS_BY_ID]
    made += [card(drawn(view, each), reader(language), "INC-42/x") for view, found in examples(PLAN).items() for each in found]
    assert [each["header"]["title"] for each in made if "feishu.page" in str(each) or "截短" in str(each) or "been cut" in str(each)] == []


def test_no_golden_file_is_left_of_a_view_that_is_gone() -> None:
    assert {path.name.partition(".")[0] for path in GOLDEN.glob("*.json")} - {"form"} == set(VIEWS)


@pytest.mark.parametrize("view", VIEWS)
def test_an_english_card_has_no_chinese_of_ours(view: str) -> None:
    """The words that only this renderer says are translated."""
    ours = ("下一步", "做完", "还有", "演练", "看全部", "没有可选", "跳过", "严重", "重大 ·")
    text = seen([card(drawn(view, example), reader("en"), "INC-42/x") for example in examples(PLAN)[view]])
    assert [word for word in ours if word in text] == []
