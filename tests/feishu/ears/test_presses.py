"""Buttons and selects: a toast at once, everything longer in the person's own chat, and nothing believed that a card does not say."""

from __future__ import annotations

from typing import Any

from bot.store.database import Unavailable
from tests.feishu.double import Fault, Hostile
from tests.feishu.ears.toy import LONG, Stage


def test_a_press_is_a_request_of_its_room_and_answered_by_a_toast(both: Stage) -> None:
    card = both.posted()
    seen = both.wang().clicks(card, "完成")
    assert (seen.error, seen.toast, seen.toasts[0].type) == (None, "收到 1：task", "success")
    asked = both.toy.asked[-1]
    event = both.feishu.delivered[-1].payload["header"]["event_id"]
    assert (asked.key, asked.who, asked.record, asked.slot, asked.room) == (f"feishu:{event}", "wangmin", "INC-1", "war", both.room.id)
    assert dict(asked.args) == {"record": "INC-1"}
    assert (both.told(), both.feishu.violations) == ([], [])


def test_a_select_adds_what_was_chosen(both: Stage) -> None:
    seen = both.wang().selects(both.posted(), "哪个仓", "宁波仓")
    assert (seen.toast, both.toy.deeds) == ("收到 1：nb", ["nb"])


def test_a_press_in_the_direct_chat_belongs_to_the_record_that_its_card_names(here: Stage) -> None:
    card = here.posted(room=here.wang().bot_chat)
    here.wang().clicks(card, "完成")
    assert (here.toy.asked[-1].record, here.toy.asked[-1].slot) == ("INC-1", None)


def test_the_wrong_person_reads_who_may_and_finds_the_way_in_their_own_chat(both: Stage) -> None:
    card = both.posted()
    seen = both.chen().clicks(card, "停")
    assert (seen.toast, seen.toasts[0].type) == ("只有指挥能停。", "warning")
    assert both.told(both.chen()) == ["只有指挥能停。\n请指挥来停"]
    assert both.chen().clicks(both.newest(both.chen()), "请指挥来停").toast == "叫了指挥"
    assert (both.told(), both.feishu.violations) == ([], [])


def test_a_card_for_one_person_goes_to_their_own_chat_and_the_toast_says_so(here: Stage) -> None:
    seen = here.wang().clicks(here.posted(), "看")
    assert seen.toast == "发到你和烽火的单聊了。"
    assert "第 0 条" in here.told()[-1]


def test_a_form_opens_in_the_own_chat_and_the_toast_says_so(here: Stage) -> None:
    seen = here.wang().clicks(here.posted(), "派一个")
    assert (seen.toast, here.wang().form().title) == ("表单发到你和烽火的单聊了，在那里填。", "还差一项")
    assert here.wang().sees(here.room) == here.chen().sees(here.room)


def test_what_could_not_be_sent_to_the_own_chat_is_not_promised(here: Stage) -> None:
    card = here.posted()
    here.ws.by_name("王敏").blocks_bot = True
    seen = here.wang().clicks(card, "派一个")
    assert (seen.toasts[0].type, "没能发到你和烽火的单聊" in seen.toast) == ("error", True)


def test_a_page_of_a_long_card_of_the_room_is_read_in_the_own_chat(here: Stage) -> None:
    card = here.posted(LONG, "INC-1/plan")
    seen = here.wang().clicks(card, "看全部")
    assert (seen.toast, "第 1 页" in here.told()[-1]) == ("发到你和烽火的单聊了。", True)


def test_two_presses_in_a_row_are_one_and_two_people_are_two(here: Stage) -> None:
    card = here.posted()
    here.wang().clicks(card, "完成")
    here.wang().clicks(card, "完成")
    here.chen().clicks(card, "完成")
    assert len(here.toy.deeds) == 2


def test_a_press_that_comes_again_is_the_same_press(both: Stage) -> None:
    seen = both.wang().clicks(both.posted(), "完成")
    sent = both.feishu.delivered[-1]
    assert both.feishu.again(sent).body == sent.reply.body
    both.ears = both.new_ears()
    assert both.feishu.again(sent).body == sent.reply.body
    assert (both.toy.deeds, seen.toast) == (["task"], "收到 1：task")


def test_forged_and_outlived_buttons_do_nothing_and_say_so(both: Stage) -> None:
    card = both.posted()
    hostile = Hostile(both.feishu)
    forged: tuple[Any, ...] = (
        "a string", {"a": 7, "p": {}, "k": ""}, {"a": "task.done"}, {"a": "task.done", "p": {"x": 1}, "k": ""}, [], None, {},
        {"a": "feishu.form", "p": {}, "k": ""}, {"a": "feishu.form", "p": {"form": "F99"}, "k": ""},
        {"a": "feishu.page", "p": {"slot": "nothing", "page": "-1"}, "k": ""},
    )  # fmt: skip
    toasts = [hostile.presses("陈海", card, value).body["toast"] for value in forged]
    toasts.append(hostile.presses("陈海", card, {"a": "task.done", "p": {}, "k": ""}, tag="overflow", option="x").body["toast"])
    assert {toast["type"] for toast in toasts} == {"warning"}
    assert (both.toy.asked, both.toy.deeds) == ([], [])
    assert both.wang().clicks(card, "旧的").toast == "这个按钮已经不用了，看最新的那张卡片。"


def test_a_press_names_its_record_by_the_room_and_not_by_what_a_value_claims(here: Stage) -> None:
    Hostile(here.feishu).presses("陈海", here.posted(), {"a": "task.done", "p": {}, "k": "INC-999/status"})
    assert here.toy.asked[-1].record == "INC-1"


def test_a_bug_and_a_database_that_is_away_are_said_calmly(here: Stage) -> None:
    card = here.posted()
    for trouble in (RuntimeError("a bug"), Unavailable("no database")):
        here.toy.trouble.append(trouble)
        seen = here.wang().clicks(card, "完成")
        assert (seen.error, seen.toast[:6]) == (None, "没办成，再按")
    assert here.wang().clicks(card, "完成").toast == "收到 1：task"


def test_what_takes_long_says_so_and_the_answer_comes_to_the_own_chat(hasty: Stage) -> None:
    hasty.toy.gate.clear()
    card = hasty.posted()
    assert hasty.wang().clicks(card, "慢").toast == "正在办，一会儿就好，不用再按。"
    hasty.toy.gate.set()
    assert (hasty.told(), hasty.feishu.violations) == (["收到 1：slow"], [])


def test_while_feishus_own_side_is_slow_the_deed_is_done_and_the_toast_is_in_time(hasty: Stage) -> None:
    card = hasty.posted()
    hasty.feishu.fault = lambda method, args: Fault("slow", seconds=0.5) if method == "im.v1.message.create" else None
    assert hasty.wang().clicks(card, "派一个").toast == "正在办，一会儿就好，不用再按。"
    hasty.settle()
    assert hasty.wang().form().title == "还差一项"
    assert hasty.wang().clicks(card, "完成").toast == "收到 1：task"
