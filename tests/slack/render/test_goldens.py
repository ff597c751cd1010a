"""Every card and form as Slack shows it, in both languages: changed only on purpose, and nothing that Slack would refuse."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.cards.forms import FORMS_BY_ID
from bot.cards.views import VIEWS, examples
from bot.platforms.slack.modal import form_view
from bot.platforms.slack.render import card_view, home_view, message
from bot.words import LANGUAGES, Language
from tests.cards.reading import the_plan
from tests.cards.test_forms import opened
from tests.cards.test_lists import cards as private_cards
from tests.slack.render.judge import faults_of_message, faults_of_view
from tests.slack.render.made import reader

GOLDEN = Path(__file__).parent / "golden"
PLAN = the_plan()
LISTS = {name: card for name, card in private_cards() if " " not in name or name.endswith((" responding", " R1", " major", "stranger"))}
pytestmark = pytest.mark.oracle


def written(found: Mapping[str, Mapping[str, Any]]) -> str:
    """JSON with a block a line, so that a difference is read as a person would see it."""
    return "{\n" + ",\n".join(f"{_json(name)}: {_spread(thing)}" for name, thing in found.items()) + "\n}\n"


def _spread(thing: Mapping[str, Any]) -> str:
    rest = [f" {_json(key)}: {_json(value)}" for key, value in thing.items() if key != "blocks"]
    blocks = ",\n".join(f"  {_json(block)}" for block in thing["blocks"])
    return "{\n" + ",\n".join([*rest, f' "blocks": [\n{blocks}\n ]']) + "}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def agreed(name: str, language: Language, found: Mapping[str, Mapping[str, Any]]) -> None:
    """`UPDATE_GOLDEN=1` writes the file anew; its diff is read before it is committed."""
    path = GOLDEN / f"{name}.{language}.json"
    actual = written(found)
    assert json.loads(actual) == found
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(actual, encoding="utf-8")
    assert actual == path.read_text(encoding="utf-8")


def messages(view: str, language: Language) -> Iterator[tuple[str, dict[str, Any]]]:
    for example in examples(PLAN)[view]:
        drawn = message(VIEWS[view](example.state, PLAN, example.args), reader(language), slot=view)
        yield example.name, {"text": drawn.text, "pages": drawn.pages, "blocks": list(drawn.blocks)}


def people(language: Language) -> list[tuple[str, str]]:
    return [(person.id, person.name if language == "zh-CN" else person.name_en) for person in PLAN.people.values()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_card_looks_as_it_was_agreed(view: str, language: Language) -> None:
    found = dict(messages(view, language))
    assert [fault for drawn in found.values() for fault in faults_of_message(drawn["text"], drawn["blocks"])] == []
    agreed(view, language, found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_of_the_story_is_one_message(language: Language) -> None:
    assert [(view, name) for view in VIEWS for name, drawn in messages(view, language) if drawn["pages"] > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_looks_as_it_was_agreed(language: Language) -> None:
    found = {form: form_view(opened(form), reader(language), people(language), {"room": "C0WAR"}) for form in FORMS_BY_ID}
    assert [fault for view in found.values() for fault in faults_of_view(view)] == []
    agreed("form", language, found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_private_card_looks_as_it_was_agreed(language: Language) -> None:
    """The lists and answers that one person sees: as a modal, as a message and at home."""
    found = {name: card_view(card, reader(language), meta={"record": "INC-42"}) for name, card in LISTS.items()}
    homes = [home_view(card, reader(language)) for card in LISTS.values()]
    told = [message(card, reader(language)) for card in LISTS.values()]
    assert [fault for view in (*found.values(), *homes) for fault in faults_of_view(view)] == []
    assert [fault for drawn in told for fault in faults_of_message(drawn.text, drawn.blocks)] == []
    agreed("private", language, found)


def test_no_golden_file_is_left_of_a_view_that_is_gone() -> None:
    assert {path.name.partition(".")[0] for path in GOLDEN.glob("*.json")} - {"form", "private"} == set(VIEWS)
