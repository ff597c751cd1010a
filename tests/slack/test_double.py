"""The double of Slack answers, tells and refuses as Slack does; the real slack_bolt and slack_sdk talk to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from tests.slack.double import SlackServer, Workspace
from tests.slack.double.toy import ToyBot

BUTTON = {"type": "button", "action_id": "take", "text": {"type": "plain_text", "text": "认领"}, "value": '{"role":"IC"}'}
CARD: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "下单报错 &amp; 超时 <@U2>"}},
    {"type": "actions", "block_id": "a", "elements": [BUTTON]},
]
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "report",
    "private_metadata": "INC-1",
    "title": {"type": "plain_text", "text": "报故障"},
    "submit": {"type": "plain_text", "text": "报告"},
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "标题"},
            "element": {"type": "plain_text_input", "action_id": "title", "max_length": 20},
        }
    ],
}


def register(bolt: AsyncApp) -> None:
    async def command(ack: Any, command: Any, client: Any, body: Any) -> None:
        if command["text"] == "表单":
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)
            await ack()
        else:
            await ack(text=f"你说：{command['text']}")

    async def press(ack: Any, body: Any, action: Any, respond: Any) -> None:
        await ack()
        await respond(text=f"按了 {action['value']}", replace_original=False)

    async def submit(ack: Any, view: Any) -> None:
        said = view["state"]["values"]["title"]["title"]["value"]
        await (ack(response_action="errors", errors={"title": "太短"}) if said == "短" else ack())

    async def heard(event: Any, client: Any) -> None:
        await client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")

    async def nothing() -> None:
        return None

    bolt.command("/incident")(command)
    bolt.action("take")(press)
    bolt.view("report")(submit)
    bolt.event("app_mention")(heard)
    bolt.event("message")(nothing)


@pytest.fixture
def ws() -> Workspace:
    found = Workspace()
    found.user("U1", "张三", "zhangsan@example.com")
    found.user("U2", "李四", "lisi@example.com", locale="en-US")
    return found


@pytest.fixture(params=["http", "socket"])
def slack(request: pytest.FixtureRequest, ws: Workspace) -> Iterator[SlackServer]:
    with SlackServer(ws, transport=request.param) as server:
        yield server


@pytest.fixture
def http(ws: Workspace) -> Iterator[SlackServer]:
    with SlackServer(ws) as server:
        yield server


@pytest.fixture
def bot(slack: SlackServer) -> Iterator[ToyBot]:
    toy = ToyBot(slack, register)
    yield toy
    toy.stop()


@pytest.fixture
def api(http: SlackServer) -> Iterator[ToyBot]:
    """A bot that only calls."""
    toy = ToyBot(http, register)
    yield toy
    toy.stop()


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        act()
    return str(caught.value.response["error"])


def test_a_command_is_answered_to_the_person_alone(slack: SlackServer, bot: ToyBot) -> None:
    room = slack.workspace.channel("general", ["U1", "U2"])
    seen = slack.person("张三").command("报 <下单> @李四", room)
    assert (seen.error, seen.words) == (None, "你说：报 <下单> @李四")
    assert slack.person("U2").ephemerals() == []
    assert slack.violations == []


def test_a_modal_is_filled_in_refused_and_closed(slack: SlackServer, bot: ToyBot) -> None:
    ann, room = slack.person("U1"), slack.workspace.channel("general", ["U1"])
    modal = ann.command("表单", room).modal
    assert modal is not None
    assert (modal.title, modal.labels) == ("报故障", ["标题"])
    assert modal.submit().errors == {"标题": "Please complete this required field."}
    assert modal.fill("标题", "短").submit().errors == {"标题": "太短"}
    assert modal.fill("标题", "下单报错").submit().modal is None
    assert slack.violations == []


def test_a_button_is_pressed_by_its_words_and_answered_at_the_response_url(slack: SlackServer, bot: ToyBot) -> None:
    ann, room = slack.person("U1"), slack.workspace.channel("general", ["U1"])
    bot.call("chat_postMessage", channel=room.id, text="下单报错", blocks=CARD)
    seen = ann.clicks(ann.message(room, "下单报错 & 超时 @李四"), "认领")
    assert (seen.error, seen.words) == (None, '按了 {"role":"IC"}')
    assert slack.violations == []


def test_a_mention_comes_as_two_events_and_only_where_the_bot_is(slack: SlackServer, bot: ToyBot) -> None:
    ann, room = slack.person("U1"), slack.workspace.channel("general", ["U1"])
    elsewhere = slack.workspace.channel("random", ["U1"], bot=False)
    said = ann.mentions_bot(room, "在吗")
    ann.mentions_bot(elsewhere, "在吗")
    assert sorted(it.payload["event"]["type"] for it in slack.delivered if it.payload["event"].get("ts") == said.ts) == [
        "app_mention",
        "message",
    ]
    assert said.reactions == {"eyes": [slack.workspace.bot_user]}
    slack.settle()
    assert {it.payload["event"]["type"] for it in slack.delivered} == {"app_mention", "message", "reaction_added"}


def test_a_room_name_is_taken_also_by_an_archived_room(http: SlackServer, api: ToyBot) -> None:
    made = api.call("conversations_create", name="inc-1")["channel"]
    api.call("conversations_archive", channel=made["id"])
    assert refused(lambda: api.call("conversations_create", name="inc-1")) == "name_taken"
