"""What people say to the bot, over signed HTTP and over a websocket, through the real slack_bolt."""

from __future__ import annotations

import time

import pytest

from bot.store.database import Unavailable
from bot.talk import Request
from tests.slack.ears.toy import Stage


def last(stage: Stage) -> Request:
    return stage.toy.asked[-1]


def calls(stage: Stage, *but: str) -> list[str]:
    return [call.method for call in stage.slack.calls if call.method not in ("auth.test", "apps.connections.open", *but)]


def test_a_command_is_answered_in_its_acknowledgement_without_a_call(both: Stage) -> None:
    seen = both.wang().command("报故障 下单报错", both.room)
    assert (seen.error, seen.words) == (None, "收到 1：下单报错")
    assert calls(both) == []
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


@pytest.mark.parametrize("said", ["报故障 慢", "/报故障 慢", "／报故障　慢", "report 慢", "REPORT 慢", "报故障慢", "报故障：慢"])
def test_every_way_to_call_a_verb_is_the_same_request(here: Stage, said: str) -> None:
    room = here.hall
    body = {"trigger_id": f"t-{said}", "user_id": "U1WANG", "channel_id": room.id, "text": said, "command": "/incident"}
    here.run(here.ears.command(body))
    assert [asked.words for asked in here.toy.asked] == ["慢"]


@pytest.mark.parametrize("said", ["payload too large &amp; 503", "a=b&c=d%20e + 1", "payload={}"])
def test_no_word_of_a_command_is_lost_on_the_way(both: Stage, said: str) -> None:
    both.wang().command(f"报故障 {said}", both.room)
    assert last(both).words == said


def test_people_rooms_and_links_arrive_as_they_were_typed(here: Stage) -> None:
    here.wang().command(f"报故障 @陈海 看 <#{here.hall.id}> 和 https://a.example/x?a=1&b=2", here.room)
    assert last(here).words == "@陈海 看 #hall 和 https://a.example/x?a=1&b=2"


def test_a_mention_is_a_command_that_only_its_author_sees_answered(both: Stage) -> None:
    said = both.wang().mentions_bot(both.room, "报故障 <@U2CHEN> 说下单报错")
    both.settle()
    assert (last(both).words, last(both).key) == ("@陈海 说下单报错", f"slack:{both.room.id}:{said.ts}")
    assert [both.wang().reads(each) for each in both.wang().ephemerals(both.room)] == ["收到 1：@陈海 说下单报错"]
    assert both.slack.person("U2CHEN").ephemerals(both.room) == []
    assert (both.toy.heard, both.slack.violations) == ([], [])


def test_a_mention_in_a_thread_is_answered_there(here: Stage) -> None:
    root = here.wang().says(here.room, "下单慢")
    here.wang().mentions_bot(here.room, "报故障 慢", root)
    here.settle()
    assert [call.args["thread_ts"] for call in here.slack.called("chat.postEphemeral")] == [root.ts]


def test_what_a_mention_cannot_open_stands_behind_a_button(here: Stage) -> None:
    here.wang().mentions_bot(here.room, "报故障")
    here.settle()
    (offered,) = here.wang().ephemerals(here.room)
    assert here.wang().clicks(offered, "打开表单").modal.title == "报故障"
    assert here.slack.violations == []


def test_a_direct_message_is_a_command_answered_by_a_message(here: Stage) -> None:
    said = here.wang().tells_bot("报故障 下单报错")
    here.settle()
    answer = here.wang().message(here.wang().bot_dm, "收到 1：下单报错")
    assert answer.metadata == {"event_type": "fenghuo", "event_payload": {"key": f"slack:{here.wang().bot_dm.id}:{said.ts}:answer"}}
    assert here.slack.violations == []


def test_somebody_who_just_says_what_is_wrong_reports_it_with_one_press(here: Stage) -> None:
    here.wang().tells_bot("上海仓扫码没反应 <着急>")
    here.settle()
    answer = here.wang().message(here.wang().bot_dm, "没有「上海仓扫码没反应」这个命令")
    here.wang().clicks(answer, "/报故障")
    here.settle()
    assert here.toy.deeds == ["上海仓扫码没反应 <着急>"]
    assert here.slack.violations == []


def test_an_unknown_verb_names_the_nearest_which_runs_with_the_rest(here: Stage) -> None:
    seen = here.wang().command("报故账 上海仓", here.room)
    assert "没有「报故账」这个命令" in seen.words
    here.wang().clicks(seen.ephemerals[0], "/报故障")
    here.settle()
    assert here.toy.deeds == ["上海仓"]


def test_a_command_or_event_that_comes_again_changes_nothing_and_answers_the_same(both: Stage) -> None:
    both.wang().command("报故障 慢", both.room)
    both.wang().mentions_bot(both.room, "报故障 也慢")
    both.wang().command("报故障", both.room)
    both.settle()
    before, both.slack.delivery.signed_at = calls(both), lambda: time.time() + 1
    for sent in list(both.slack.delivered):
        assert both.slack.deliver(sent.kind, sent.payload).body == sent.reply.body
    both.settle()
    assert (both.toy.deeds, len(both.toy.asked), calls(both)) == (["慢", "也慢"], 3, before)


def test_another_process_gives_the_kept_answer(here: Stage) -> None:
    here.wang().command("报故障 慢", here.room)
    sent = here.slack.delivery.delivered[-1]
    answered = here.run(here.new_ears().command(sent.payload))
    assert (answered, here.toy.deeds) == (sent.reply.body, ["慢"])


def test_plain_talk_is_heard_once_in_our_rooms_and_nowhere_else(here: Stage) -> None:
    here.wang().says(here.room, "5xx 抬头 <@U2CHEN>")
    here.wang().says(here.hall, "午饭吃什么")
    here.settle()
    sent = here.slack.delivery.delivered[0]
    here.slack.deliver(sent.kind, sent.payload)
    here.wang().edits(here.wang().message(here.room, "5xx"), "5xx 又抬头")
    here.wang().says(here.room, "看截图", files=("a.png",))
    here.settle()
    assert here.toy.heard == ["wangmin: 5xx 抬头 @陈海", "wangmin: 看截图"]


def test_what_is_said_back_to_plain_talk_is_for_its_author_alone(here: Stage) -> None:
    here.wang().says(here.room, "谁能看一下？")
    here.settle()
    (told,) = here.wang().ephemerals(here.room)
    assert here.wang().clicks(told, "派给一个人").modal.title == "还差一项"
    assert here.slack.violations == []


def test_a_bug_is_said_calmly_and_the_same_line_can_be_sent_again(here: Stage, caplog: pytest.LogCaptureFixture) -> None:
    here.toy.trouble.append(RuntimeError("a bug"))
    seen = here.wang().command("报故障 @陈海 说 <慢>", here.room)
    assert seen.words.startswith("没办成，再按一次。")
    here.wang().clicks(seen.ephemerals[0], "再试一次")
    here.settle()
    assert here.toy.deeds == ["@陈海 说 <慢>"]
    assert "a bug" in caplog.text


def test_an_event_that_could_not_be_kept_is_sent_again_by_slack(both: Stage) -> None:
    both.toy.trouble += [Unavailable("no database"), Unavailable("no database")]
    both.slack.delivery.ack_seconds = 0.3
    both.wang().tells_bot("报故障 慢")
    both.settle()
    assert [sent.reply.error is None for sent in both.slack.delivered if "bot_id" not in sent.payload["event"]] == [False, False, True]
    assert both.toy.deeds == ["慢"]


def test_a_guest_is_asked_for_as_a_guest(here: Stage) -> None:
    here.slack.person("U9GUEST").command("报故障 慢", here.room)
    assert last(here).who == "slack:U9GUEST"


def test_a_long_private_card_opens_page_by_page(here: Stage) -> None:
    seen = here.wang().command("方案", here.room)
    opener = next(label for label in here.wang().labels(seen.ephemerals[0]) if label)
    first = here.wang().clicks(seen.ephemerals[0], opener).modal
    assert "第 0 条。" in first.words
    first.clicks("下一页")
    here.settle()
    assert "第 0 条。" not in here.wang().modal.words
    assert here.slack.violations == []
