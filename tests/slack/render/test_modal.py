"""A form comes back from Slack as any other platform's form would hand it over, and loses nothing on the way."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.forms import FORMS_BY_ID
from bot.cards.model import Field, Form, Option
from bot.platforms.slack.modal import form_view, people_options, read_form, with_errors
from bot.platforms.slack.press import Forged
from tests.cards.reading import the_plan
from tests.cards.test_forms import opened
from tests.slack.render.judge import faults_of_view
from tests.slack.render.made import reader

R = reader()
PEOPLE = [(person.id, person.name) for person in the_plan().people.values()]
MANY = [(f"p{n}", f"人 {n}") for n in range(140)]
SIDES = (Option("a", "甲"), Option("b", "乙", "说明"), Option("c", "丙"))


def asked(*fields: Field, **others: Any) -> dict[str, Any]:
    return form_view(Form("x.y", "标题", fields, "交", **others), R, PEOPLE, {"room": "C1"})


def sent(view: dict[str, Any], **state: Any) -> dict[str, Any]:
    """The view as it comes back; Slack adds its own keys and the state of each input."""
    values = {key: {key: value} for key, value in state.items()}
    return {**view, "id": "V1", "hash": "1.2", "team_id": "T1", "state": {"values": values}}


def element(view: dict[str, Any], key: str) -> dict[str, Any]:
    return next(block["element"] for block in view["blocks"] if block.get("block_id") == key)


def option(value: str) -> dict[str, Any]:
    return {"value": value, "text": {"type": "plain_text", "text": value}}


@pytest.mark.parametrize("form", FORMS_BY_ID)
def test_every_question_comes_back_empty_where_nothing_was_answered(form: str) -> None:
    asks = opened(form)
    expected = {field.key: "" for field in asks.fields if field.kind != "note"}
    assert read_form(sent(form_view(asks, R, PEOPLE, {"room": "C1"}))) == (form, dict(asks.args), expected, {"room": "C1"})


def test_what_was_typed_comes_back_as_typed() -> None:
    view = asked(Field("what", "什么", "text"))
    typed = sent(view, what={"type": "plain_text_input", "value": "  一\r\n二 <!channel>\0 "})
    assert read_form(typed)[2] == {"what": "  一\n二 <!channel>␀ "}


def test_several_chosen_come_back_in_the_order_in_which_they_were_offered() -> None:
    view = asked(Field("s", "哪些", "choices", options=SIDES), Field("p", "谁", "people"), Field("o", "哪个", "choice", options=SIDES))
    chosen = sent(
        view,
        s={"type": "checkboxes", "selected_options": [option("c"), option("a")]},
        p={"type": "multi_static_select", "selected_options": [option("zhoumu"), option("chenhai")]},
        o={"type": "radio_buttons", "selected_option": option("b")},
    )
    order = [person for person, _ in PEOPLE if person in ("zhoumu", "chenhai")]
    assert read_form(chosen)[2] == {"s": "a,c", "p": ",".join(order), "o": "b"}


@pytest.mark.parametrize(
    ("kind", "many", "element_type"),
    [
        ("choice", 10, "radio_buttons"),
        ("choice", 11, "static_select"),
        ("choice", 101, "external_select"),
        ("choices", 10, "checkboxes"),
        ("choices", 11, "multi_static_select"),
        ("person", 3, "static_select"),
        ("people", 3, "multi_static_select"),
        ("people", 101, "multi_external_select"),
    ],
)
def test_a_question_has_the_control_that_holds_its_options(kind: Any, many: int, element_type: str) -> None:
    options = tuple(Option(f"o{n}", f"第 {n} 个") for n in range(many))
    assert element(asked(Field("k", "问", kind, options=options, initial="o1")), "k")["type"] == element_type


def test_what_is_known_stands_there_already() -> None:
    view = asked(
        Field("s", "哪些", "choices", options=SIDES, initial="a,c"),
        Field("o", "哪个", "choice", options=SIDES, initial="b"),
        Field("t", "话", "text", initial="原来的"),
        Field("p", "谁", "person", initial="chenhai"),
    )
    assert [each["value"] for each in element(view, "s")["initial_options"]] == ["a", "c"]
    assert element(view, "o")["initial_option"]["value"] == "b"
    assert element(view, "t")["initial_value"] == "原来的"
    assert element(view, "p")["initial_option"]["value"] == "chenhai"


def test_what_is_known_may_be_longer_than_what_may_be_typed() -> None:
    view = asked(Field("t", "话", limit=60, initial="长" * 100), Field("u", "话", initial="长" * 4000))
    assert (element(view, "t")["max_length"], element(view, "u")["max_length"]) == (100, 3000)
    assert view["blocks"][1]["hint"]["text"] == "原来的有 4000 字，这里放得下 3000 字。"


def test_a_question_without_options_says_so_and_comes_back_empty() -> None:
    view = asked(Field("o", "哪个", "choice", required=True))
    assert view["blocks"][0]["text"]["text"] == "哪个　没有可选的。"
    assert read_form(sent(view))[2] == {"o": ""}


def test_an_option_with_more_to_say_than_fits_is_written_out_above() -> None:
    view = asked(Field("o", "哪个", "choice", options=(Option("a", "很长" * 50),)))
    assert view["blocks"][0]["text"]["text"] == "• " + "很长" * 50


def test_only_a_required_question_must_be_answered() -> None:
    view = asked(Field("a", "甲", required=True), Field("b", "乙"))
    assert [block["optional"] for block in view["blocks"]] == [False, True]


def test_a_form_that_cannot_be_taken_back_says_so() -> None:
    assert asked(Field("a", "甲"), danger=True)["blocks"][0]["text"]["text"] == "⚠️ *交上去就生效，群里都看得到。*"


def test_labels_of_the_window_are_short_and_said_in_full_inside() -> None:
    view = form_view(Form("x.y", "很" * 30, (), "交" * 30), R, PEOPLE, {})
    assert (view["title"]["text"], view["submit"]["text"]) == ("很" * 23 + "…", "交" * 23 + "…")
    assert [block.get("text", block.get("elements", [{}])[0])["text"] for block in view["blocks"]] == [f"*{'很' * 30}*", "交" * 30]


def test_errors_stand_on_top_and_nothing_typed_is_lost() -> None:
    view = asked(
        Field("t", "话", "text", initial="旧"), Field("s", "哪些", "choices", options=SIDES, initial="a"), Field("o", "哪个", "person")
    )
    picked = element(view, "s")["options"][1]
    typed = sent(
        view,
        t={"type": "plain_text_input", "value": "新"},
        s={"type": "checkboxes", "selected_options": [picked]},
        o={"type": "static_select", "selected_option": None},
    )
    again = with_errors(typed, {"": "现在不行 <", "t": "太短"})
    assert again["blocks"][0]["text"]["text"] == "⚠️ 现在不行 &lt;\n⚠️ 话：太短"
    assert (element(again, "t")["initial_value"], element(again, "s")["initial_options"]) == ("新", [picked])
    assert read_form(sent(again))[:2] == ("x.y", {})
    assert {"id", "hash", "team_id", "state"} & set(again) == set()
    assert faults_of_view(again) == []


def test_errors_replace_those_of_before() -> None:
    first = with_errors(sent(asked(Field("t", "话"))), {"": "一"})
    assert [block["type"] for block in with_errors(sent(first), {"": "二"})["blocks"]] == ["section", "input"]
    assert [block["type"] for block in with_errors(sent(first), {})["blocks"]] == ["input"]


def test_whoever_is_looked_for_is_found_by_any_part_of_the_name() -> None:
    assert [each["value"] for each in people_options("人 13", MANY)] == ["p13", *(f"p{n}" for n in range(130, 140))]
    assert len(people_options("", MANY)) == 100


@pytest.mark.parametrize("metadata", ["[", "[]", '{"args":[]}', '{"args":{"a":1}}', '{"room":1}'])
def test_metadata_that_is_not_ours_is_refused(metadata: str) -> None:
    with pytest.raises(Forged):
        read_form({**sent(asked()), "private_metadata": metadata})


def test_a_form_that_carries_more_than_ids_is_a_bug_that_shows_at_once() -> None:
    with pytest.raises(ValueError, match="private_metadata"):
        form_view(Form("x.y", "标题", (), "交", (("words", "长" * 3000),)), R, PEOPLE, {})
