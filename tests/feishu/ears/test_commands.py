"""What is typed to the bot: in groups by mention, in the direct chat, with slashes of either width, twice."""

from __future__ import annotations

import json

import pytest

from bot.store.database import Unavailable
from bot.talk import Request
from tests.feishu.double import Fault
from tests.feishu.ears.toy import Stage


def last(stage: Stage) -> Request:
    return stage.toy.asked[-1]


def test_a_line_in_a_room_of_ours_is_a_request_of_that_room_and_answered_in_the_direct_chat(both: Stage) -> None:
    said = both.wang().mentions_bot(both.room, "报故障 下单报错 @陈海")
    assert both.told() == ["收到 1：下单报错 @陈海"]
    asked = last(both)
    assert (asked.key, asked.who, asked.platform) == (f"feishu:{said.id}", "wangmin", "feishu")
    assert (asked.record, asked.slot, asked.room) == ("INC-1", "war", both.room.id)
    assert (both.wang().sees(both.room), both.feishu.violations) == ([said], [])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("报故障 一", "一"), ("/报故障 一", "一"), ("／报故障　一", "一"), ("@烽火 ／report 一", "一"), ("  @烽火　报故障：一", "一"),
        ("/REPORT 一 二", "一 二"), ("报故障一\n二", "一\n二"),
    ],
)  # fmt: skip
def test_the_same_verb_is_heard_however_it_is_typed(here: Stage, typed: str, words: str) -> None:
    here.wang().tells_bot(typed)
    here.settle()
    assert (here.toy.deeds, last(here).record) == ([words], None)


def test_a_slash_in_a_room_of_ours_calls_the_bot_and_a_path_does_not(here: Stage) -> None:
    here.wang().says(here.room, "／报故障 一")
    here.wang().says(here.room, "/var/log 满了")
    here.wang().says(here.hall, "/报故障 二")
    here.settle()
    assert (here.toy.deeds, here.toy.heard) == (["一"], ["wangmin: /var/log 满了"])


def test_plain_talk_is_heard_in_rooms_of_ours_only_and_people_are_called_by_their_names(here: Stage) -> None:
    here.wang().says(here.room, "@陈海 看一下 @李外 @所有人")
    here.wang().says(here.hall, "@陈海 看一下")
    here.settle()
    assert here.toy.heard == ["wangmin: @陈海 看一下 @李外 @所有人"]
    assert here.feishu.called("message.create") == []


def test_an_order_to_nobody_is_answered_to_whoever_gave_it_alone(here: Stage) -> None:
    here.wang().says(here.room, "谁能看一下")
    assert here.told() == ["点名一个人。\n派给一个人"]
    here.wang().clicks(here.newest(), "派给一个人")
    assert here.wang().form().title == "还差一项"
    assert here.feishu.violations == []


def test_an_unknown_verb_offers_the_nearest_as_buttons_that_say_them(both: Stage) -> None:
    both.wang().mentions_bot(both.room, "报故章 下单报错")
    assert "没有「报故章」这个命令" in both.told()[-1]
    seen = both.wang().clicks(both.newest(), "/报故障")
    assert (seen.error, seen.toast) == (None, "收到 1：下单报错")
    assert (both.toy.deeds, last(both).record) == (["下单报错"], "INC-1")


def test_in_the_direct_chat_whoever_says_what_is_wrong_reports_it_with_one_press(here: Stage) -> None:
    here.wang().tells_bot("页面打不开了")
    here.wang().clicks(here.newest(), "/报故障")
    here.settle()
    assert here.toy.deeds == ["页面打不开了"]


def test_a_long_answer_comes_to_the_direct_chat_and_is_read_page_by_page_in_place(both: Stage) -> None:
    both.wang().mentions_bot(both.room, "方案")
    assert "第 0 条" in both.told()[-1]
    both.wang().clicks(both.newest(), "看全部")
    page = both.newest()
    assert "第 1 页" in both.wang().reads(page)
    count = len(both.told())
    assert both.wang().clicks(page, "下一页").error is None
    assert ("第 2 页" in both.wang().reads(page), len(both.told())) == (True, count)
    assert both.feishu.violations == []


def test_a_line_that_comes_again_changes_nothing_and_says_nothing_again(both: Stage) -> None:
    both.wang().mentions_bot(both.room, "报故障 一")
    both.settle()
    sent = both.feishu.delivered[-1]
    both.feishu.again(sent)
    other = {**sent.payload, "header": {**sent.payload["header"], "event_id": "another"}}
    assert both.feishu.deliver("event", other).error is None
    both.ears = both.new_ears()
    both.feishu.again(sent)
    assert (both.toy.deeds, both.told()) == (["一"], ["收到 1：一"])


def test_a_menu_item_says_a_verb_or_shows_ones_own_card(both: Stage) -> None:
    for item in ("help", "tasks", "report", "nonsense"):
        both.wang().menu(item)
        told = both.told()
    assert ([it.splitlines()[0] for it in told], both.wang().form().title) == (["能做什么", "我的 1", "报故障"], "报故障")


def test_the_own_card_is_drawn_anew_when_it_is_pressed(here: Stage) -> None:
    here.wang().menu("tasks")
    card = here.newest()
    assert here.wang().clicks(card, "完成").toast == "收到 1：task"
    assert here.wang().reads(card).startswith("我的 2")


def test_a_verb_that_takes_long_is_answered_when_it_is_done_and_once(hasty: Stage) -> None:
    hasty.toy.gate.clear()
    hasty.feishu.delivery.retry_waits = (0.05,) * 40
    pressing = hasty.loop.run_in_executor(None, hasty.wang().tells_bot, "慢 重启")
    hasty.until(lambda: len(hasty.feishu.delivered) >= 1)
    hasty.toy.gate.set()
    hasty.until(pressing.done)
    assert (hasty.toy.deeds, hasty.told(), len(hasty.toy.asked)) == (["重启"], ["收到 1：重启"], 1)
    assert [it.reply.status for it in hasty.feishu.delivered][0::1][-1] == 200
    assert hasty.feishu.delivered[0].reply.status == 503


def test_without_a_database_feishu_is_told_to_come_again(both: Stage) -> None:
    both.toy.trouble.append(Unavailable("no database"))
    both.wang().tells_bot("报故障 一")
    both.settle()
    assert [it.reply.status for it in both.feishu.delivered] == [{"webhook": 503, "socket": 500}[both.feishu.delivery.transport], 200]
    assert both.toy.deeds == ["一"]


def test_a_bug_is_said_calmly_and_the_line_can_be_said_again(here: Stage) -> None:
    here.toy.trouble.append(RuntimeError("a bug"))
    here.wang().tells_bot("报故障 一")
    assert here.told() == ["没办成，再按一次。还不行就在群里叫指挥中心的人来办。\n再试一次"]
    here.wang().clicks(here.newest(), "再试一次")
    here.settle()
    assert here.toy.deeds == ["一"]


def test_an_answer_that_feishu_does_not_take_at_first_is_sent_again_and_stands_once(here: Stage) -> None:
    faults = [Fault("reset", after=True), Fault("http")]
    here.feishu.fault = lambda method, args: faults.pop() if method == "im.v1.message.create" and faults else None
    here.wang().tells_bot("报故障 一")
    assert (here.told(), faults) == (["收到 1：一"], [])


def test_before_feishu_says_who_we_are_a_mention_by_our_name_still_calls_us(here: Stage) -> None:
    here.feishu.fault = lambda method, args: Fault("http") if method == "bot.v3.info" else None
    here.wang().mentions_bot(here.room, "报故障 一")
    here.settle()
    assert here.toy.deeds == ["一"]


def test_what_bots_say_and_what_has_no_words(here: Stage) -> None:
    here.wang().sends(here.room, "image", {"image_key": "img_1"})
    here.wang().sends(
        here.room,
        "post",
        {"title": "看", "content": [[{"tag": "text", "text": "5xx "}, {"tag": "a", "text": "图", "href": "https://g/1"}]]},
    )
    sender = {"sender_id": {"open_id": "ou_other"}, "sender_type": "app"}
    message = {"message_id": "om_1", "chat_id": here.room.id, "chat_type": "group", "message_type": "text"}
    here.feishu.event("im.message.receive_v1", {"sender": sender, "message": {**message, "content": json.dumps({"text": "谁能看"})}})
    here.settle()
    assert here.toy.heard == ["wangmin: ", "wangmin: 看\n5xx 图 https://g/1"]
