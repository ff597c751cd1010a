"""What happens in the workspace: pins, shortcuts on messages, people who leave; and everything that is none of our business."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parts import ORACLES
from tests.slack.double import Fault
from tests.slack.ears.test_presses import last, posted, whispers
from tests.slack.ears.toy import Stage

FIXTURES = sorted((ORACLES.parent / "fixtures" / "slack_events").glob("*.json"))


@pytest.mark.parametrize("pin", ["pushpin", "round_pushpin"])
def test_a_pin_puts_what_was_said_into_the_timeline_with_a_link_to_it(here: Stage, pin: str) -> None:
    said = here.slack.person("U2CHEN").says(here.room, "5xx 从 19:52 开始 <@U1WANG>")
    here.wang().reacts(said, pin)
    here.settle()
    link = f"https://fenghuo.slack.com/archives/{here.room.id}/p{said.ts.replace('.', '')}"
    assert last(here).message == ("chenhai", "5xx 从 19:52 开始 @王敏", link)
    assert (last(here).who, len(here.toy.deeds)) == ("wangmin", 1)
    assert here.slack.violations == []


def test_a_pin_in_a_thread_finds_its_line(here: Stage) -> None:
    root = here.wang().says(here.room, "怎么了")
    said = here.wang().says(here.room, "库满了", root)
    here.wang().reacts(said, "pushpin")
    here.settle()
    assert last(here).message is not None
    assert last(here).message[1] == "库满了"  # type: ignore[index]


def test_other_reactions_other_rooms_and_the_bots_own_cards_are_no_pins(here: Stage) -> None:
    here.wang().reacts(here.wang().says(here.room, "好"), "thumbsup")
    here.wang().reacts(here.wang().says(here.hall, "好"), "pushpin")
    here.wang().reacts(posted(here, here.room), "pushpin")
    here.settle()
    assert here.toy.deeds == []
    assert whispers(here, here.room) == ["这条消息不能记进时间线。"]


def test_a_pin_that_slack_will_not_show_us_yet_is_tried_again(here: Stage) -> None:
    said = here.wang().says(here.room, "库满了")
    faults = [Fault("reset"), Fault("reset")]
    here.slack.fault = lambda method, args: faults.pop() if method == "conversations.history" and faults else None
    here.slack.delivery.ack_seconds = 0.3
    here.wang().reacts(said, "pushpin")
    here.settle()
    assert (len(here.toy.deeds), faults) == (1, [])


def test_the_shortcut_on_a_message_reports_it_and_links_back_without_a_call(here: Stage) -> None:
    said = here.slack.person("U9GUEST").says(here.hall, "扫码 <没反应>")
    here.wang().shortcut("report_message", said)
    here.settle()
    link = f"https://fenghuo.slack.com/archives/{here.hall.id}/p{said.ts.replace('.', '')}"
    assert last(here).message == ("slack:U9GUEST", "扫码 <没反应>", link)
    assert whispers(here, here.hall)[0].startswith("收到 1：slack:U9GUEST|扫码 <没反应>|")
    assert here.slack.called("chat.getPermalink") == []
    assert here.slack.violations == []


def test_who_leaves_a_room_of_ours_is_told_of(here: Stage) -> None:
    here.slack.person("U2CHEN").leaves(here.room)
    here.slack.person("U2CHEN").leaves(here.hall)
    here.settle()
    assert here.toy.heard == ["chenhai left INC-1"]


def test_who_is_back_in_a_room_of_ours_is_told_of_too(here: Stage) -> None:
    here.slack.person("U2CHEN").leaves(here.room)
    here.slack.person("U2CHEN").joins(here.room)
    here.settle()
    assert here.toy.heard == ["chenhai left INC-1", "chenhai joined INC-1"]


def test_a_bot_taken_out_of_its_room_is_a_line_in_the_log(here: Stage, caplog: pytest.LogCaptureFixture) -> None:
    here.wang().says(here.room, "好")
    here.wang().kicks(here.room, here.ws.bot_user)
    here.settle()
    assert (here.toy.heard, f"taken out of {here.room.id}" in caplog.text) == (["wangmin: 好"], True)


def test_what_bots_say_is_not_heard(here: Stage) -> None:
    body = {"type": "message", "channel": here.room.id, "ts": "1700000000.000100", "text": "谁能看", "channel_type": "channel"}
    for more in ({"bot_id": "B0OTHER", "user": "U1WANG"}, {"subtype": "bot_message"}, {"subtype": "channel_topic", "user": "U1WANG"}, {}):
        assert here.slack.event({**body, **more}).error is None
    posted(here, here.room)
    here.settle()
    assert (here.toy.heard, here.toy.asked) == ([], [])


@pytest.mark.parametrize(
    "inner",
    [
        {"type": "channel_archive", "channel": "C1", "user": "U1WANG"},
        {"type": "channel_rename", "channel": {"id": "C1", "name": "x"}},
        {"type": "channel_deleted", "channel": "C1"},
        {"type": "pin_added", "user": "U1WANG", "channel_id": "C1", "item": {}},
        {"type": "user_change", "user": {"id": "U1WANG"}},
        {"type": "team_join", "user": {"id": "U1WANG"}},
        {"type": "reaction_added", "user": "U1WANG", "reaction": "pushpin", "item": {"type": "file", "file": "F1"}},
        {"type": "reaction_added", "user": "U1WANG", "reaction": "pushpin", "item": {"type": "message"}},
        {"type": "reaction_added", "reaction": "pushpin", "item": {}},
        {"type": "member_left_channel"},
        {"type": "app_home_opened", "tab": "home"},
        {"type": "message"},
        {"type": "message", "user": 7, "channel": [], "ts": None, "text": {}},
        {"type": "never_heard_of"},
        {"type": 7},
    ],
)
def test_what_is_none_of_our_business_is_acknowledged_and_let_pass(here: Stage, inner: dict[str, Any]) -> None:
    assert here.slack.event(inner).error is None
    here.settle()
    assert (here.toy.asked, here.toy.heard) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "something_new"},
        {"type": "event_callback"},
        {"type": "event_callback", "event": []},
        {"type": "block_actions", "user": {"id": "U1"}, "trigger_id": "1.2"},
        {"type": "view_submission", "view": {"callback_id": "x"}, "user": {"id": "U1"}},
        {"type": "view_closed", "view": {"callback_id": "x"}, "user": {"id": "U1"}},
        {"type": "shortcut", "callback_id": "report_fault"},
        {"type": "message_action", "callback_id": "report_message", "trigger_id": "1.2", "user": {"id": "U1"}},
        {"type": "block_suggestion", "action_id": "x"},
        {"command": "/incident"},
    ],
)
def test_a_payload_without_its_parts_is_acknowledged_and_reaches_no_handler(here: Stage, body: dict[str, Any]) -> None:
    assert here.slack.deliver("interactive", body).error is None
    assert here.toy.asked == []


@pytest.mark.oracle
def test_every_official_shape_of_an_event_is_survived(here: Stage) -> None:
    """As they are (every text is empty), and with the outer parts of a real delivery."""
    assert len(FIXTURES) > 20
    for file in FIXTURES:
        body = json.loads(Path(file).read_text(encoding="utf-8"))
        assert here.slack.deliver("events_api", body).error is None, file.name
        filled = _filled(body["event"], here.room.id)
        assert here.slack.event(filled).error is None, file.name
    here.settle()


def _filled(part: Any, room: str) -> Any:
    """The same shape with something in every empty text."""
    names = {"channel": room, "channel_id": room, "user": "U1WANG", "ts": "1700000000.000100", "item_user": "U2CHEN", "reaction": "pushpin"}
    match part:
        case dict():
            return {key: (names.get(key, "x") if value == "" else _filled(value, room)) for key, value in part.items()}
        case list():
            return [_filled(each, room) for each in part]
        case _:
            return part


def test_what_another_workspace_sends_is_ignored_and_logged(here: Stage, caplog: pytest.LogCaptureFixture) -> None:
    here.wang().command("报故障 慢一", here.room)
    sent = here.slack.delivered[-1].payload
    assert here.slack.deliver("slash_commands", {**sent, "trigger_id": "1.9", "team_id": "T0THEIRS"}).error is None
    assert (here.toy.deeds, "of another workspace, T0THEIRS" in caplog.text) == (["慢一"], True)
