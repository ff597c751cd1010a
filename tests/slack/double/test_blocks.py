"""The double's judgement of blocks: it accepts what is right, and refuses whatever the outside judge refuses."""

from __future__ import annotations

import copy
import importlib.util
from collections.abc import Callable
from typing import Any

import pytest

from tests.parts import ORACLES
from tests.slack.double import blocks, mrkdwn
from tests.slack.double.model import Json


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mark(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def option(n: int) -> Json:
    return {"text": plain(f"选项{n}"), "value": str(n)}


def options(count: int) -> list[Json]:
    return [option(n) for n in range(count)]


BUTTON: Json = {"type": "button", "action_id": "b", "text": plain("认领"), "value": "{}", "style": "danger"}
CONFIRM: Json = {"title": plain("真的？"), "text": plain("会叫醒所有人"), "confirm": plain("叫"), "deny": plain("不叫")}
MESSAGE: list[Json] = [
    {"type": "header", "block_id": "h", "text": plain("下单报错")},
    {"type": "section", "text": mark("*重大*"), "fields": [mark("指挥"), mark("张三")], "accessory": {**BUTTON, "confirm": CONFIRM}},
    {"type": "divider"},
    {"type": "context", "elements": [mark("20:10"), {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "图"}]},
    {
        "type": "actions",
        "elements": [
            BUTTON,
            {"type": "static_select", "action_id": "s", "placeholder": plain("等级"), "options": options(3), "initial_option": option(1)},
            {"type": "overflow", "action_id": "o", "options": options(3)},
            {"type": "checkboxes", "action_id": "c", "options": options(3), "initial_options": [option(0)]},
            {"type": "radio_buttons", "action_id": "r", "options": options(2)},
            {"type": "datepicker", "action_id": "d", "initial_date": "2026-11-23"},
            {"type": "timepicker", "action_id": "t", "initial_time": "20:10"},
            {"type": "users_select", "action_id": "u", "placeholder": plain("谁")},
        ],
    },
    {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "图"},
]
FORM: Json = {
    "type": "modal",
    "callback_id": "report",
    "private_metadata": "{}",
    "title": plain("报故障"),
    "submit": plain("报告"),
    "close": plain("算了"),
    "blocks": [
        {
            "type": "input",
            "block_id": "a",
            "label": plain("标题"),
            "element": {"type": "plain_text_input", "action_id": "a", "max_length": 3000},
        },
        {"type": "input", "label": plain("人"), "optional": True, "element": {"type": "multi_users_select", "action_id": "b"}},
        {
            "type": "input",
            "label": plain("项"),
            "hint": plain("可多选"),
            "element": {"type": "checkboxes", "action_id": "c", "options": options(2)},
        },
        {"type": "input", "label": plain("数"), "element": {"type": "number_input", "action_id": "d", "is_decimal_allowed": False}},
    ],
}
Spoil = Callable[[list[Json]], Any]
SPOILED: dict[str, Spoil] = {
    "51 blocks": lambda it: it.extend([{"type": "divider"}] * 50),
    "a long header": lambda it: it[0].update(text=plain("x" * 151)),
    "an empty header": lambda it: it[0].update(text=plain("")),
    "a mrkdwn header": lambda it: it[0].update(text=mark("x")),
    "a long block id": lambda it: it[0].update(block_id="x" * 256),
    "a block id twice": lambda it: it[2].update(block_id="h"),
    "a long section": lambda it: it[1].update(text=mark("x" * 3001)),
    "an empty section": lambda it: it[1].update(text=mark("")),
    "eleven fields": lambda it: it[1].update(fields=[mark("x")] * 11),
    "a long field": lambda it: it[1].update(fields=[mark("x" * 2001)]),
    "no text and no fields": lambda it: [it[1].pop(key) for key in ("text", "fields", "accessory")],
    "an action id twice": lambda it: it[4]["elements"].append(dict(BUTTON)),
    "26 elements": lambda it: it[4].update(elements=[{**BUTTON, "action_id": str(n)} for n in range(26)]),
    "no elements": lambda it: it[4].update(elements=[]),
    "a long label": lambda it: it[4]["elements"][0].update(text=plain("x" * 76)),
    "a long value": lambda it: it[4]["elements"][0].update(value="x" * 2001),
    "a long url": lambda it: it[4]["elements"][0].update(url="https://" + "x" * 3000),
    "a strange style": lambda it: it[4]["elements"][0].update(style="warning"),
    "a long action id": lambda it: it[4]["elements"][0].update(action_id="x" * 256),
    "a mrkdwn label": lambda it: it[4]["elements"][0].update(text=mark("x")),
    "101 options": lambda it: it[4]["elements"][1].update(options=options(101)),
    "no options": lambda it: it[4]["elements"][1].update(options=[]),
    "a long option": lambda it: it[4]["elements"][1]["options"].append({"text": plain("x" * 76), "value": "9"}),
    "a long option value": lambda it: it[4]["elements"][1]["options"].append({"text": plain("x"), "value": "9" * 151}),
    "a long placeholder": lambda it: it[4]["elements"][1].update(placeholder=plain("x" * 151)),
    "six in the menu": lambda it: it[4]["elements"][2].update(options=options(6)),
    "eleven boxes": lambda it: it[4]["elements"][3].update(options=options(11), initial_options=[option(0)]),
    "eleven radios": lambda it: it[4]["elements"][4].update(options=options(11)),
    "a wrong date": lambda it: it[4]["elements"][5].update(initial_date="23.11.2026"),
    "a wrong time": lambda it: it[4]["elements"][6].update(initial_time="25:00"),
    "a text field in actions": lambda it: it[4]["elements"].append({"type": "plain_text_input", "action_id": "x"}),
    "eleven in the context": lambda it: it[3].update(elements=[mark("x")] * 11),
    "an image without words": lambda it: it[5].pop("alt_text"),
    "a long confirm": lambda it: it[1]["accessory"].update(confirm={**CONFIRM, "title": plain("x" * 101)}),
    "no such block": lambda it: it.append({"type": "banner", "text": plain("x")}),
}
SPOILED_VIEWS: dict[str, Callable[[Json], Any]] = {
    "a long title": lambda it: it.update(title=plain("x" * 25)),
    "a long submit": lambda it: it.update(submit=plain("x" * 25)),
    "no title": lambda it: it.pop("title"),
    "much metadata": lambda it: it.update(private_metadata="x" * 3001),
    "a long callback id": lambda it: it.update(callback_id="x" * 256),
    "101 blocks": lambda it: it["blocks"].extend([{"type": "divider"}] * 98),
    "a long label": lambda it: it["blocks"][0].update(label=plain("x" * 2001)),
    "a field too long": lambda it: it["blocks"][0]["element"].update(max_length=3001),
    "no element": lambda it: it["blocks"][0].pop("element"),
    "a button as a field": lambda it: it["blocks"][0].update(element=BUTTON),
}


def oracle() -> Any:
    spec = importlib.util.spec_from_file_location("check_slack_blocks", ORACLES / "check_slack_blocks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def spoiled(how: Spoil) -> list[Json]:
    found = copy.deepcopy(MESSAGE)
    how(found)
    return found


def spoiled_view(how: Callable[[Json], Any]) -> Json:
    found = copy.deepcopy(FORM)
    how(found)
    return found


def test_what_is_right_is_accepted() -> None:
    assert blocks.faults(MESSAGE, "message") == []
    assert blocks.view_faults(FORM) == []
    assert blocks.view_faults({"type": "home", "blocks": MESSAGE}) == []


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_message_is_refused(name: str) -> None:
    assert blocks.faults(spoiled(SPOILED[name]), "message") != []


@pytest.mark.parametrize("name", SPOILED_VIEWS)
def test_a_spoiled_view_is_refused(name: str) -> None:
    assert blocks.view_faults(spoiled_view(SPOILED_VIEWS[name])) != []


@pytest.mark.oracle
def test_the_outside_judge_is_no_stricter() -> None:
    """What it refuses is refused here: every way to spoil that it notices is among those noticed above."""
    judge = oracle()
    assert judge.faults(MESSAGE) == []
    assert judge.faults(FORM) == []
    noticed = [name for name, how in SPOILED.items() if judge.faults(spoiled(how))]
    assert len(noticed) > 20


def test_a_message_counts_every_character_of_its_blocks() -> None:
    assert blocks.size([{"type": "section", "text": mark("12345")}]) == 5
    assert blocks.size([{"type": "actions", "elements": [{**BUTTON, "value": "x" * 10}]}]) == len("b" + "认领" + "x" * 10 + "danger")


@pytest.mark.parametrize("text", ["a < b", "a & b", "<@张三>", "<hello>", "a <"])
def test_what_is_not_escaped_is_a_slip(text: str) -> None:
    assert list(mrkdwn.slips(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "a &lt; b &amp; c",
        "<@U1> <#C1|general> <!here> <!subteam^S1>",
        "<https://x.example/a?b=1&amp;c=2|这里>",
        "<!date^1767225600^{date_short} {time}|2026-01-01 00:00>",
    ],
)
def test_what_slack_understands_is_no_slip(text: str) -> None:
    assert list(mrkdwn.slips(text)) == []


def test_a_person_reads_names_links_and_dates_as_words() -> None:
    text = "<@U1> 看 <https://x.example|记录>，<!date^1^{time}|20:10> 前 &lt;重大&gt; <!here>"
    assert mrkdwn.read(text, {"U1": "张三"}.__getitem__) == "@张三 看 记录，20:10 前 <重大> @here"
    assert mrkdwn.typed("<@U1> a < b & c") == "<@U1> a &lt; b &amp; c"
