"""The double of Slack answers, tells and refuses as Slack does; the real slack_bolt and slack_sdk talk to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.slack.double import SlackServer, Workspace
from tests.slack.double.toy import CARD, ToyBot, register


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
def bot(slack: SlackServer) -> Iterator[ToyBot]:
    toy = ToyBot(slack, register)
    yield toy
    toy.stop()


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
