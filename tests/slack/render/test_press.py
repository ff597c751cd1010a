"""What a control carries comes back as it was, and what we cannot have written is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from bot.cards.model import Button, Buttons, Card, Choices, Option, Press, Step, Steps, press
from bot.platforms.slack.press import Forged, decode, encode, in_option, page, pressed
from bot.platforms.slack.render import message
from tests.slack.render.made import presses, reader

R = reader()


@settings(max_examples=50, deadline=None, derandomize=True)
@given(presses)
def test_a_press_comes_back_as_it_was(sent: Press) -> None:
    action_id, value = encode(sent)
    assert decode(action_id, value) == decode(f"{action_id}#12", value) == (sent.action, dict(sent.args))
    assert decode("slack.more#3", in_option(sent)) == (sent.action, dict(sent.args))


@pytest.mark.parametrize(
    "control",
    [
        {"type": "button", "action_id": "list.check", "value": "["},
        {"type": "button", "action_id": "list.check", "value": '{"item":1}'},
        {"type": "button", "action_id": "a b", "value": "{}"},
        {"type": "button", "value": "{}"},
        {"type": "static_select", "action_id": "a.b", "block_id": "{}", "selected_option": {"value": "x"}},
        {"type": "static_select", "action_id": "a.b", "block_id": "1:{}", "selected_option": None},
        {"type": "overflow", "action_id": "slack.more", "selected_option": {"value": "list.check"}},
        {"type": "datepicker", "action_id": "a.b"},
        {},
    ],
)
def test_what_we_cannot_have_written_is_refused(control: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        pressed(control)


def test_a_link_has_nothing_to_do() -> None:
    assert pressed({"type": "button", "action_id": "slack.link#2"}) == ("slack.link", {})


def drawn(*blocks: Any) -> list[dict[str, Any]]:
    return list(message(Card("t", blocks, "t"), R).blocks)[1:]


def test_the_same_action_twice_is_told_apart() -> None:
    rows = drawn(Buttons((Button("甲", press("a.b", x="1")), Button("乙", press("a.b", x="2")))), Buttons((Button("丙", press("a.b")),)))
    assert [each["action_id"] for row in rows for each in row["elements"]] == ["a.b", "a.b#2", "a.b#3"]


def test_choosing_sends_the_arguments_and_the_value() -> None:
    (row,) = drawn(Choices("再叫一次", (Option("c1", "采购"), Option("c2", "物流", "丁磊")), press("roll.again", record="INC-42")))
    select = {**row["elements"][0], "block_id": row["block_id"], "selected_option": row["elements"][0]["options"][1]}
    assert pressed(select) == ("roll.again", {"record": "INC-42", "value": "c2"})


def test_too_many_options_for_one_select_are_in_several() -> None:
    options = tuple(Option(f"o{n}", f"第 {n} 个") for n in range(230))
    rows = drawn(Choices("选一个", options, press("a.b")))
    assert [option["value"] for row in rows for option in row["elements"][0]["options"]] == [option.value for option in options]
    assert len({row["block_id"] for row in rows}) == len(rows) > 1


def test_arguments_too_long_for_a_select_make_buttons() -> None:
    rows = drawn(Choices("选一个", (Option("x", "甲"),), press("a.b", text="长" * 300)))
    assert decode(rows[1]["elements"][0]["action_id"], rows[1]["elements"][0]["value"]) == ("a.b", {"text": "长" * 300, "value": "x"})


def test_a_button_that_would_carry_too_much_says_what_to_do_instead() -> None:
    (note,) = drawn(Buttons((Button("另报一条", press("report.anyway", words="长" * 3000)),)))
    assert note["elements"][0]["text"] == "「另报一条」要带的话太长，这里按不了：写短些再发一次。"


def test_a_locked_button_is_a_reason_and_nothing_to_press() -> None:
    (note,) = drawn(Buttons((Button("批准", press("a.b"), locked="等提案"), Button("驳回", press("c.d"), locked="等提案"))))
    assert (note["type"], note["elements"][0]["text"]) == ("context", "🔒 批准 · 驳回　等提案")


def test_a_row_has_one_primary_button() -> None:
    (row,) = drawn(Buttons((Button("甲", press("a.b"), "primary"), Button("乙", press("c.d"), "primary"))))
    assert [each.get("style") for each in row["elements"]] == ["primary", None]


def test_danger_asks_once_more_unless_a_form_does() -> None:
    (row,) = drawn(Buttons((Button("清空", press("a.b"), "danger"), Button("驳回", press("measure.reject"), "danger"))))
    assert ["confirm" in each for each in row["elements"]] == [True, False]


def steps(count: int, more: int) -> Steps:
    others = tuple(Button(f"别的 {n}", press("list.skip", item=str(n))) for n in range(more))
    return Steps(
        tuple(
            Step(f"s{n}", "做这一步", "doing", "何川 · 20:51 前", press=press("list.check", item=str(n)), more=others) for n in range(count)
        )
    )


@pytest.mark.parametrize(("count", "more", "blocks"), [(15, 0, 15), (15, 2, 15), (3, 2, 6), (40, 2, 40)])
def test_a_checklist_is_thrifty_with_blocks(count: int, more: int, blocks: int) -> None:
    assert len(drawn(steps(count, more))) == blocks


def test_steps_that_wait_for_the_same_say_it_once() -> None:
    waiting = tuple(Step(f"s{n}", "做", "todo", press=press("list.check"), locked="先做完第 1 步") for n in range(4))
    (section,) = drawn(Steps(waiting))
    assert section["text"]["text"].endswith("\n🔒 1–4　先做完第 1 步")


def test_a_page_is_asked_for_by_slot_and_number() -> None:
    assert decode(*encode(page("roll", 2))) == ("slack.page", {"slot": "roll", "page": "2"})
