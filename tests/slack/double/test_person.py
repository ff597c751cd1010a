"""People press what they see, fill in what is asked, and see what Slack would show them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from tests.slack.double import Message, NotThere, SlackServer, Workspace
from tests.slack.double.toy import FORM, ToyBot


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": text}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(action_id: str, text: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": action_id}


BOARD: list[dict[str, Any]] = [
    section("1. 通知 <@U2>"),
    {"type": "actions", "elements": [button("done#1", "完成")]},
    section("2. 止血"),
    {
        "type": "actions",
        "elements": [
            button("done#2", "完成"),
            {"type": "static_select", "action_id": "level", "placeholder": plain("等级"), "options": [option("重大"), option("一般")]},
            {"type": "overflow", "action_id": "more", "options": [option("改派"), option("删除")]},
            {"type": "checkboxes", "action_id": "steps", "options": [option("甲"), option("乙")]},
            {"type": "users_select", "action_id": "who", "placeholder": plain("交给")},
            {"type": "external_select", "action_id": "find", "placeholder": plain("服务"), "min_query_length": 1},
        ],
    },
]
WIDE = {
    **FORM,
    "notify_on_close": True,
    "blocks": [
        *FORM["blocks"],
        {
            "type": "input",
            "block_id": "people",
            "optional": True,
            "label": plain("人"),
            "element": {"type": "multi_users_select", "action_id": "people"},
        },
        {"type": "actions", "block_id": "act", "elements": [button("next", "下一页")]},
    ],
}


class Heard:
    """A bot that writes down every press and answers submissions as told."""

    def __init__(self) -> None:
        self.actions: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {}
        self.respond: dict[str, Any] | None = None

    def register(self, bolt: AsyncApp) -> None:
        async def action(ack: Any, action: Any, body: Any, respond: Any) -> None:
            await ack()
            self.actions.append(action)
            self.bodies.append(body)
            if self.respond:
                await respond(**self.respond)

        async def said(ack: Any, body: Any, payload: Any) -> None:
            self.bodies.append(body)
            await ack(**self.answer)

        async def options(ack: Any, payload: Any) -> None:
            await ack(options=[option(f"{payload['value']}中心")])

        async def shortcut(ack: Any, body: Any, client: Any) -> None:
            self.bodies.append(body)
            await client.views_open(trigger_id=body["trigger_id"], view=WIDE)
            await ack()

        async def home(event: Any, client: Any) -> None:
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": BOARD[:2]})

        async def nothing() -> None:
            return None

        bolt.action(re.compile(""))(action)
        bolt.options("find")(options)
        bolt.view("report")(said)
        bolt.view_closed("report")(said)
        bolt.shortcut("report_message")(shortcut)
        bolt.shortcut("report_fault")(shortcut)
        bolt.event("app_home_opened")(home)
        bolt.event("message")(nothing)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def bot(slack: SlackServer, heard: Heard) -> Iterator[ToyBot]:
    toy = ToyBot(slack, heard.register)
    yield toy
    toy.stop()


@pytest.fixture
def board(ws: Workspace, bot: ToyBot) -> Message:
    room = ws.channel("inc", ["U1"])
    said = bot.call("chat_postMessage", channel=room.id, text="清单", blocks=BOARD)
    return room.messages[said["ts"]]


def test_two_buttons_of_one_name_are_told_apart_by_what_stands_above(slack: SlackServer, heard: Heard, board: Message) -> None:
    ann = slack.person("U1")
    with pytest.raises(NotThere, match="2 controls"):
        ann.clicks(board, "完成")
    ann.clicks(board, "完成", near="止血")
    ann.clicks(board, "完成", near="@李四")
    ann.clicks(board, "done#2")
    assert [action["value"] for action in heard.actions] == ["done#2", "done#1", "done#2"]


def test_menus_boxes_and_people_are_chosen_by_their_words(slack: SlackServer, heard: Heard, board: Message) -> None:
    ann = slack.person("U1")
    ann.selects(board, "等级", "重大")
    ann.chooses(board, "改派")
    ann.ticks(board, "steps", "甲", "乙")
    ann.selects(board, "交给", "李四")
    assert ann.options(board, "服务", "订单") == ["订单中心"]
    ann.selects(board, "服务", "订单中心")
    level, more, steps, who, find = heard.actions
    assert (level["selected_option"]["value"], more["selected_option"]["value"]) == ("重大", "改派")
    assert ([it["value"] for it in steps["selected_options"]], who["selected_user"]) == (["甲", "乙"], "U2")
    assert find["selected_option"]["value"] == "订单中心"
    state = heard.bodies[-1]["state"]["values"][find["block_id"]]
    assert (state["level"]["selected_option"]["value"], state["who"]["selected_user"]) == ("重大", "U2")


def test_what_one_does_not_see_cannot_be_pressed(slack: SlackServer, ws: Workspace, board: Message) -> None:
    ann = slack.person("U1")
    with pytest.raises(NotThere, match="U2 is not in inc"):
        slack.person("U2").clicks(board, "done#1")
    with pytest.raises(NotThere, match="no '认领'"):
        ann.clicks(board, "认领")
    with pytest.raises(AssertionError, match="offers no '特大'"):
        ann.selects(board, "等级", "特大")
    ann.leaves("inc")
    with pytest.raises(NotThere):
        ann.clicks(board, "done#1")
    with pytest.raises(NotThere):
        slack.person("U2").sees(ws.direct("U1"))


def test_a_response_replaces_deletes_or_whispers(slack: SlackServer, heard: Heard, board: Message) -> None:
    ann = slack.person("U1")
    heard.respond = {
        "text": "悄悄",
        "blocks": [section("悄悄"), {"type": "actions", "elements": [button("x", "好")]}],
        "replace_original": False,
    }
    (whisper,) = ann.clicks(board, "done#1").ephemerals
    heard.respond = {"text": "换了", "replace_original": True}
    ann.clicks(whisper, "好")
    assert ann.reads(whisper) == "换了"
    ann.clicks(board, "done#1")
    assert board.looks[-1] == ("换了", [])
    whisper.blocks = [{"type": "actions", "block_id": "b", "elements": [button("x", "好")]}]
    heard.respond = {"delete_original": True}
    ann.clicks(whisper, "好")
    assert ann.ephemerals() == []


def test_shortcuts_open_modals_over_a_message_or_over_nothing(slack: SlackServer, ws: Workspace, bot: ToyBot, heard: Heard) -> None:
    ann, room = slack.person("U1"), ws.channel("inc", ["U1"])
    said = ann.says(room, "下单报错了")
    assert ann.shortcut("report_message", said).modal is not None
    assert heard.bodies[-1]["message"]["text"] == "下单报错了"
    modal = ann.shortcut("report_fault").modal
    assert modal is not None
    modal.fill("人", ["李四", "U1"])
    assert modal.values == {"标题": None, "人": ["U2", "U1"]}
    modal.clicks("下一页")
    assert heard.bodies[-1]["view"]["state"]["values"]["people"]["people"]["selected_users"] == ["U2", "U1"]
    assert heard.bodies[-1]["container"] == {"type": "view", "view_id": modal.view.id}
    modal.close()
    assert (heard.bodies[-1]["type"], ann.modal) == ("view_closed", None)


def test_a_submission_is_answered_with_errors_an_update_a_push_or_nothing(slack: SlackServer, bot: ToyBot, heard: Heard) -> None:
    ann = slack.person("U1")
    modal = ann.shortcut("report_fault").modal
    assert modal is not None
    second = {**FORM, "title": plain("第二页")}
    heard.answer = {"response_action": "push", "view": second}
    top = modal.submit(标题="下单报错").modal
    assert top is not None
    assert (top.title, modal.open) == ("第二页", True)
    heard.answer = {"response_action": "update", "view": {**FORM, "title": plain("第二页改")}}
    assert top.submit(标题="x").error is None
    assert top.title == "第二页改"
    heard.answer = {"response_action": "clear"}
    assert top.submit(标题="x").modal is None
    assert not modal.open
    assert slack.violations == []


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "shout"},
    ],
)
def test_an_answer_that_slack_cannot_show_leaves_the_modal_and_is_frowned_upon(
    slack: SlackServer, bot: ToyBot, heard: Heard, answer: dict[str, Any]
) -> None:
    modal = slack.person("U1").shortcut("report_fault").modal
    assert modal is not None
    heard.answer = answer
    seen = modal.submit(标题="下单报错")
    assert (seen.error is not None, modal.open) == (True, True)
    assert {violation.kind for violation in slack.violations} <= {"answer", "blocks"} != set()


def test_a_home_opens_and_its_buttons_work(slack: SlackServer, bot: ToyBot, heard: Heard) -> None:
    ann = slack.person("U1")
    home = ann.opens_home()
    assert home is not None
    assert ann.reads(home) == "1. 通知 @李四\n完成"
    ann.clicks(home, "完成")
    assert (heard.bodies[-1]["view"]["type"], "channel" in heard.bodies[-1]) == ("home", False)


def test_a_command_carries_mentions_with_their_names(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    room = ws.channel("inc", ["U1"])
    slack.person("U1").command(f"给 @李四 <#{room.id}> a<b", room)
    assert slack.delivered[-1].payload["text"] == f"给 <@U2|u2> <#{room.id}|inc> a&lt;b"


def test_people_act_from_an_async_test_too(slack: SlackServer, board: Message, heard: Heard) -> None:
    async def play() -> None:
        await asyncio.to_thread(slack.person("U1").clicks, board, "done#1")

    asyncio.run(play())
    assert len(heard.actions) == 1
