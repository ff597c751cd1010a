"""What happens in the tenant: pins, people who come and go, groups that change; and everything that is none of our business."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.feishu.double import Fault, FeishuServer
from tests.feishu.ears.toy import Stage
from tests.parts import ORACLES

FIXTURES = sorted((ORACLES.parent / "fixtures" / "feishu_events").glob("*.json"))


def test_a_pin_puts_what_was_said_into_the_timeline(both: Stage) -> None:
    said = both.chen().says(both.room, "5xx 从 19:52 开始 @王敏")
    both.wang().reacts(said, "Pin")
    both.settle()
    asked = both.toy.asked[-1]
    link = f"https://applink.feishu.cn/client/chat/open?openChatId={both.room.id}"
    assert asked.message == ("chenhai", "5xx 从 19:52 开始 @王敏", link)
    assert (asked.who, asked.record, dict(asked.args), len(both.toy.deeds)) == ("wangmin", "INC-1", {"message": said.id}, 1)
    assert both.feishu.violations == []


def test_other_reactions_other_rooms_and_the_bots_own_cards_are_no_pins(here: Stage) -> None:
    here.wang().reacts(here.wang().says(here.room, "好"), "OK")
    here.wang().reacts(here.wang().says(here.hall, "好"), "Pin")
    here.wang().reacts(here.posted(), "Pin")
    assert here.told() == ["这条消息不能记进时间线。"]
    assert here.toy.deeds == []


def test_a_pin_whose_message_feishu_does_not_give_yet_is_tried_again(here: Stage) -> None:
    said = here.wang().says(here.room, "库满了")
    faults = [Fault("reset"), Fault("reset")]
    here.feishu.fault = lambda method, args: faults.pop() if method == "im.v1.message.get" and faults else None
    here.wang().reacts(said, "Pin")
    here.settle()
    assert (len(here.toy.deeds), faults) == (1, [])


def test_people_who_come_into_a_room_of_ours_or_leave_it_are_told_of(both: Stage) -> None:
    both.chen().leaves(both.room)
    both.wang().invites(both.room, "陈海")
    both.feishu.person("李外").leaves(both.room)
    both.chen().leaves(both.hall)
    both.settle()
    assert both.toy.heard == ["chenhai left INC-1", "chenhai joined INC-1"]
    both.feishu.again(both.feishu.delivered[0])
    assert len(both.toy.heard) == 2


def test_whoever_waits_for_an_answer_waits_for_no_thread_that_others_use(here: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "to_thread", None)
    here.chen().leaves(here.room)
    here.settle()
    assert here.toy.heard == ["chenhai left INC-1"]


def test_what_becomes_of_our_groups_is_a_line_in_the_log(here: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "fenghuo.feishu")
    here.wang().renames(here.room, "别的名字")
    here.wang().removes_bot(here.room)
    here.wang().adds_bot(here.room)
    here.wang().disbands(here.room)
    here.wang().disbands(here.hall)
    assert [each in caplog.text for each in ("im.chat.updated_v1", "taken out of", "member.bot.added", "disbanded by")] == [True] * 4
    assert here.hall.id not in caplog.text


def test_whoever_opens_the_bots_chat_finds_their_own_card_once_a_day(both: Stage) -> None:
    both.wang().opens_bot_chat()
    both.settle()
    both.wang().opens_bot_chat()
    both.chen().opens_bot_chat()
    assert [it.splitlines()[0] for it in (*both.told(), *both.told(both.chen()))] == ["我的 1", "我的 2"]
    assert both.feishu.violations == []


def test_the_own_card_does_not_push_down_what_is_newer(here: Stage) -> None:
    ids = {"open_id": "ou_wang"}
    for hours, last in ((2, "om_1"), (30, "om_2")):
        at = str(int((here.ears._now().timestamp() - hours * 3600) * 1000))
        event = {"chat_id": here.wang().bot_chat.id, "operator_id": ids, "last_message_id": last, "last_message_create_time": at}
        here.feishu.event("im.chat.access_event.bot_p2p_chat_entered_v1", event)
        assert len(here.told()) == (0 if hours == 2 else 1)


def test_an_own_card_that_could_not_be_sent_is_sent_at_the_next_opening(here: Stage) -> None:
    here.ws.by_name("王敏").blocks_bot = True
    here.wang().opens_bot_chat()
    here.settle()
    here.ws.by_name("王敏").blocks_bot = False
    here.wang().opens_bot_chat()
    assert len(here.told()) == 1


@pytest.mark.parametrize(
    ("kind", "inner"),
    [
        ("im.message.receive_v1", {}),
        ("im.message.receive_v1", {"sender": 7, "message": []}),
        ("im.message.receive_v1", {"sender": {"sender_id": {"open_id": "ou_wang"}}, "message": {"message_id": "om_9", "chat_id": "oc_9"}}),
        ("im.message.reaction.created_v1", {"reaction_type": {"emoji_type": "Pin"}}),
        (
            "im.message.reaction.created_v1",
            {"reaction_type": {"emoji_type": "Pin"}, "message_id": "om_9", "user_id": {"open_id": "ou_wang"}},
        ),
        ("im.chat.member.user.deleted_v1", {"chat_id": 7}),
        ("im.chat.disbanded_v1", {}),
        ("im.chat.access_event.bot_p2p_chat_entered_v1", {"operator_id": None}),
        ("application.bot.menu_v6", {"event_key": "report"}),
        ("card.action.trigger", {}),
        ("card.action.trigger", {"operator": {"open_id": "ou_wang"}, "action": None}),
        ("url.preview.get", {"operator": {}}),
        ("contact.user.deleted_v3", {"object": {}}),
        ("never.heard_of_v9", {"x": [1]}),
    ],
)
def test_what_lacks_its_parts_or_is_none_of_our_business_is_acknowledged(here: Stage, kind: str, inner: dict[str, Any]) -> None:
    assert here.feishu.event(kind, inner).status == 200
    here.settle()
    assert (here.toy.asked, here.toy.heard) == ([], [])


@pytest.mark.parametrize(
    "body", [{}, {"schema": "2.0"}, {"header": []}, {"header": {"event_type": 7}, "event": []}, {"type": "event_callback"}]
)
def test_envelopes_of_no_known_kind_are_survived(here: Stage, body: dict[str, Any]) -> None:
    assert here.run(here.ears.hear(body)) is None


def _through(feishu: FeishuServer, payload: dict[str, Any]) -> tuple[int, Any]:
    header = {**payload["header"], "app_id": feishu.tenant.app_id, "token": feishu.tenant.verification_token}
    reply = feishu.deliver("event", {**payload, "header": header})
    return reply.status, type(reply.body)


@pytest.mark.oracle
def test_every_official_sample_is_survived(here: Stage) -> None:
    found = {path.name: _through(here.feishu, json.loads(path.read_text())) for path in FIXTURES}
    here.settle()
    assert len(found) > 30
    assert set(found.values()) == {(200, dict)}
    assert here.toy.deeds == []
