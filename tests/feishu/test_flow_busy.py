"""In the middle of a 重大 in Feishu: who cannot come, who leaves, who reads English, what is read page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.feishu.house import FeishuHouse, opened
from tests.flows import story

ABSENT = ("dinglei",)
NOTES = 25
MORE = re.compile(r"还有 \d+ 条")
CHINESE = re.compile(r"[\u3400-\u9fff]+")


@pytest.fixture(scope="module")
def house(module_url: str) -> Iterator[FeishuHouse]:
    """The response is going on; 丁磊 has no account in this Feishu, 许诺 reads English."""
    with opened(module_url, absent=ABSENT) as built:
        built.xunuo.says("/语言 en", at="direct")
        for chapter in (story.reported, story.graded):
            chapter(built)
        built.linyuan.presses("启动响应", on="centre")
        for person in ("wuhao", "suqing", "hechuan"):
            built.person(person).presses("我到了", on=f"call:{person}")
        built.settle()
        yield built
        built.holds(absent=ABSENT)


def test_whoever_has_no_account_is_named_on_the_card_and_keeps_nobody_out(house: FeishuHouse) -> None:
    assert "丁磊" in house.linyuan.card("status")
    assert {house.human(person).id for person in ("chenhai", "wuhao", "suqing")} <= set(house.chat("war").members)


def test_who_reads_english_gets_english_alone_and_the_room_stays_chinese(house: FeishuHouse) -> None:
    told = house.xunuo.card("call:xunuo")
    assert "here" in told
    for words in ("上海仓下单报错", "10 分钟前开始", "客户说点下单没反应"):
        told = told.replace(words, "")
    names = [person.name for person in house.app.plans.current.people.values()]
    assert [found for found in CHINESE.findall(told) if found not in names] == []
    assert CHINESE.search(house.xunuo.card("status"))


def test_the_rest_of_a_timeline_is_a_press_away(house: FeishuHouse) -> None:
    for number in range(NOTES):
        house.linyuan.says(f"/记 第 {number} 条记录")
    page = read = house.linyuan.says("/时间线")
    while rest := MORE.search(page):
        page = house.linyuan.presses_whisper(rest[0])
        read += page
    assert [number for number in range(NOTES) if f"第 {number} 条记录" not in read] == []
    assert "客户说点下单没反应" in read


def test_the_own_card_shows_what_waits_for_me_and_it_is_done_there(house: FeishuHouse) -> None:
    house.linyuan.says("/任务 @何川 查主从延迟 15 分钟")
    house.settle()
    human = house.human("hechuan")
    human.menu("tasks")
    house.hear()
    home = human.message(human.bot_chat, "进行中")
    read = human.reads(home)
    assert "查主从延迟" in read
    assert "INC-1" in read
    tick = next(label for label in human.labels(home) if "查主从延迟" in label)
    human.ticks(home, tick)
    house.settle()
    assert house.state.tasks[0].state == "accepted"
    assert "等接" not in human.reads(home)


def test_a_form_asked_for_in_a_room_comes_into_the_own_chat_and_a_toast_says_so(house: FeishuHouse) -> None:
    human = house.human("linyuan")
    seen = human.clicks(house.linyuan.sees("status"), "提案重大措施")
    house.hear()
    assert "单聊" in seen.toast
    assert human.form().title.startswith("提案")
    assert not [it for it in house.bot_messages() if it.card is not None and human.form(it).open]


def test_somebody_who_leaves_while_holding_a_role_is_asked_about(house: FeishuHouse) -> None:
    """Nothing is taken from them before somebody decides; one press brings them back."""
    wuhao, room = house.human("wuhao"), house.chat("war")
    wuhao.leaves(room)
    house.settle()
    asked = house.human("linyuan").message(room, "吴昊 离开了群")
    assert wuhao.id not in room.members
    house.human("linyuan").clicks(asked, "请回群里")
    house.settle()
    assert wuhao.id in room.members


def test_the_deputy_of_whoever_cannot_be_reached_is_rung_in_the_app(house: FeishuHouse) -> None:
    house.advance(11)
    assert "app" in {urgent.way for urgent in house.human("fanyu").urgents}
