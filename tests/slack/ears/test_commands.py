"""What people say to the bot, over signed HTTP and over a websocket, through the real slack_bolt."""

from __future__ import annotations

from bot.talk import Request
from tests.slack.ears.toy import Stage


def last(stage: Stage) -> Request:
    return stage.toy.asked[-1]


def test_a_command_is_answered_in_its_acknowledgement_without_a_call(both: Stage) -> None:
    seen = both.wang().command("报故障 下单报错", both.room)
    assert (seen.error, seen.words) == (None, "收到 1：下单报错")
    assert both.slack.calls == [call for call in both.slack.calls if call.method in ("auth.test", "apps.connections.open")]
    asked = last(both)
    assert (asked.who, asked.platform, asked.record, asked.slot, asked.room) == ("wangmin", "slack", "INC-1", "war", both.room.id)
    assert asked.key.startswith("slack:")
    assert both.slack.violations == []


def test_the_command_alone_opens_the_form_of_a_report(both: Stage) -> None:
    seen = both.wang().command("", both.hall)
    assert seen.modal.title == "报故障"
    done = seen.modal.fill("看到了什么", "上海仓扫码没反应").fill("哪个仓", ["上海仓"]).submit()
    both.settle()
    assert (done.error, both.wang().modal) == (None, None)
    assert dict(last(both).values) == {"symptom": "上海仓扫码没反应", "scope": "", "sites": "sh"}
    assert [both.wang().reads(each) for each in both.wang().ephemerals(both.hall)] == ["收到 1：上海仓扫码没反应"]
    assert both.slack.violations == []
