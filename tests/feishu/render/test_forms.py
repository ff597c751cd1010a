"""Forms as cards: every kind of question, what was typed kept with what is wrong about it, and the same strings back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.cards.model import Field, Form, Option
from bot.platforms.feishu.forms import done, drafted, form, read_form
from tests.feishu.render.judge import controls, faults_of_card, nodes
from tests.feishu.render.made import reader

R = reader()
KEY = "INC-42/status"
LEVELS = (Option("major", "重大"), Option("minor", "一般", "小"))
FORM = Form(
    "report.form",
    "报故障",
    (
        Field("symptom", "现象", "text", required=True, hint="看到了什么"),
        Field("started", "什么时候", "time", hint="例如：19:52"),
        Field("level", "级别", "choice", options=LEVELS, initial="minor"),
        Field("sites", "哪些仓", "choices", options=(Option("sh", "上海"), Option("hz", "杭州")), initial="hz,sh"),
        Field("who", "谁", "person"),
        Field("helpers", "还有谁", "people", initial="chenhai"),
        Field("n", "", "note"),
    ),
    "报给指挥中心",
)


def asked(made: Form = FORM, **rest: Any) -> dict[str, dict[str, Any]]:
    """Every input of the form by its name."""
    drawn = form(made, R, "f1", KEY, **rest)
    assert faults_of_card(drawn) == []
    return {node["name"]: node for node in nodes(drawn["body"]) if "name" in node}  # type: ignore[misc]  # our own dicts


def test_every_question_has_an_input_under_its_own_name() -> None:
    found = asked()
    assert {name: node["tag"] for name, node in found.items()} == {
        "feishu.form": "form",
        "symptom": "input",
        "started": "input",
        "level": "select_static",
        "sites": "multi_select_static",
        "who": "select_static",
        "helpers": "multi_select_static",
        "feishu.submit": "button",
    }
    assert found["symptom"]["required"]
    assert found["symptom"]["placeholder"]["content"] == "看到了什么"
    assert found["level"]["initial_index"] == 3  # after 「不选」 and 重大
    assert found["sites"]["selected_values"] == ["sh", "hz"]


def test_people_are_chosen_from_the_plan_whether_they_have_an_account_or_not() -> None:
    options = {option["value"]: option["text"]["content"] for option in asked()["who"]["options"]}
    assert options["suqing"] == "苏晴"
    assert options.keys() >= R.names.keys()


def test_the_button_carries_the_form_and_the_key() -> None:
    assert [each["value"] for each in controls(form(FORM, R, "f1", KEY))] == [{"a": "feishu.form", "p": {"form": "f1"}, "k": KEY}]
    danger = asked(replace(FORM, danger=True))["feishu.submit"]
    assert (danger["type"], danger["confirm"]["title"]["content"]) == ("danger_filled", "报给指挥中心")


def test_what_was_typed_stays_and_the_error_stands_above_it() -> None:
    drawn = form(FORM, R, "f1", KEY, {"symptom": "下单报错"}, {"symptom": "再说清楚些", "": "先报现象"})
    above, container = drawn["body"]["elements"]
    assert above["content"] == "<font color='red'>先报现象</font>"
    label, entry = container["elements"][:2]
    assert label["content"].split("\n")[:2] == ["**现象** <font color='red'>&#42;</font>", "<font color='red'>再说清楚些</font>"]
    assert entry["default_value"] == "下单报错"
    assert "看到了什么" in label["content"]  # the placeholder is covered now


def test_a_long_draft_stands_in_several_inputs_and_comes_back_as_one() -> None:
    draft = "\n".join(f"第 {n} 段 " + "长" * 200 for n in range(12))
    made = Form("f", "改稿", (Field("text", "稿", "text", required=True, initial=draft),), "发")
    found = asked(made)
    parts = {name: node["default_value"] for name, node in found.items() if node["tag"] == "input"}
    assert list(parts) == ["text", "text.2", "text.3"]
    assert read_form(made, parts) == {"text": draft}
    assert all(len(part) <= 1_000 for part in drafted(draft))


def test_answers_come_back_as_strings() -> None:
    sent = {"symptom": "一\r\n二", "level": "major", "sites": ["hz", "sh"], "who": "suqing", "helpers": ["chenhai", "suqing"], "x": "y"}
    assert read_form(FORM, sent) == {
        "symptom": "一\n二", "started": "", "level": "major", "sites": "sh,hz", "who": "suqing", "helpers": "chenhai,suqing",
    }  # fmt: skip
    assert read_form(FORM, {"level": "feishu.none", "sites": None})["level"] == ""


def test_a_plan_of_many_people_is_asked_by_the_picker_and_plan_ids_come_back() -> None:
    crowd = replace(R, names={f"p{n}": f"人 {n}" for n in range(300)}, handle={f"p{n}": f"ou_{n}" for n in range(290)}.get)
    drawn = form(FORM, crowd, "f1", KEY, {"helpers": "p1,p295"})
    assert faults_of_card(drawn) == []
    found = {node["name"]: node for node in nodes(drawn["body"]) if "name" in node}
    assert (found["who"]["tag"], found["helpers"]["tag"]) == ("select_person", "multi_select_person")
    assert len(found["who"]["options"]) == 290
    assert found["helpers"]["selected_values"] == ["ou_1"]
    assert found["helpers.2"]["selected_values"] == ["p295"]
    sent = {"who": "ou_7", "helpers": ["ou_2", "ou_nobody"], "helpers.2": ["p295"]}
    people = {f"ou_{n}": f"p{n}" for n in range(290)}.get
    back = read_form(FORM, sent, people)
    assert (back["who"], back["helpers"]) == ("p7", "p2,p295")


def test_a_form_that_was_accepted_shows_what_was_sent_by_whom_and_when() -> None:
    answers = {"symptom": "下单报错", "level": "major", "sites": "sh,hz", "who": "suqing"}
    drawn = done(FORM, R, answers, "chenhai", datetime(2026, 11, 23, 12, 42, tzinfo=UTC))
    assert faults_of_card(drawn) == []
    shown, signed = drawn["body"]["elements"]
    assert shown["content"] == "**现象**\n下单报错\n**级别**\n重大\n**哪些仓**\n上海、杭州\n**谁**\n苏晴"
    assert signed["content"] == "<font color='grey'>已交　陈海 11-23 20:42</font>"
    assert list(controls(drawn)) == []
