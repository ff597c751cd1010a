"""In the middle of a 重大 in Slack: who cannot come, who leaves, who reads English, what is read page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.flows import story
from tests.flows.anywhere import NotThere
from tests.slack.house import SlackHouse, opened

ABSENT = ("dinglei",)
NOTES = 25
MORE = re.compile(r"还有 \d+ 条")
CHINESE = re.compile(r"[\u3400-\u9fff]+")


@pytest.fixture(scope="module")
def house(module_url: str) -> Iterator[SlackHouse]:
    """The response is going on; 丁磊 has no account in this Slack, 许诺 reads English."""
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


def test_whoever_has_no_account_is_named_on_the_card_and_keeps_nobody_out(house: SlackHouse) -> None:
    assert "丁磊" in house.linyuan.card("status")
    assert {house.human(person).id for person in ("chenhai", "wuhao", "suqing")} <= set(house.channel("war").members)


def test_who_reads_english_gets_english_alone_and_the_room_stays_chinese(house: SlackHouse) -> None:
    told = house.xunuo.card("call:xunuo")
    assert "I am here" in told or "here" in told
    typed = ("上海仓下单报错", "10 分钟前开始", "客户说点下单没反应")
    for words in typed:
        told = told.replace(words, "")
    names = [person.name for person in house.app.plans.current.people.values()]
    assert [found for found in CHINESE.findall(told) if found not in names] == []
    assert CHINESE.search(house.xunuo.card("status"))


def test_the_rest_of_a_timeline_is_a_press_away(house: SlackHouse) -> None:
    for number in range(NOTES):
        house.linyuan.says(f"/记 第 {number} 条记录")
    page = read = house.linyuan.says("/时间线")
    while rest := MORE.search(page):
        page = house.linyuan.presses_whisper(rest[0])
        read += page
    assert [number for number in range(NOTES) if f"第 {number} 条记录" not in read] == []
    assert "客户说点下单没反应" in read


def test_app_home_shows_what_waits_for_me_and_it_is_done_there(house: SlackHouse) -> None:
    house.linyuan.says("/任务 @何川 查主从延迟 15 分钟")
    house.settle()
    human = house.human("hechuan")
    human.opens_home()
    house.hear()
    assert human.home is not None
    read = human.reads(human.home)
    assert "查主从延迟" in read
    assert "INC-1" in read
    human.clicks(human.home, "打勾", near="查主从延迟")
    house.settle()
    assert house.state.tasks[0].state == "accepted"
    assert "等接" not in human.reads(human.home)
    human.clicks(human.home, "看 INC-1")
    house.hear()
    assert human.modal is not None
    assert "上海仓下单报错" in human.modal.words
    human.modal.close()


def test_nobody_presses_what_they_do_not_see(house: SlackHouse) -> None:
    with pytest.raises(NotThere):
        house.wangmin.presses("启动响应", on="centre")


def test_somebody_who_leaves_while_holding_a_role_is_asked_about(house: SlackHouse) -> None:
    """Nothing is taken from them before somebody decides; one press brings them back."""
    wuhao, room = house.human("wuhao"), house.channel("war")
    wuhao.leaves(room)
    house.settle()
    asked = house.human("linyuan").message(room, "吴昊 离开了群")
    assert wuhao.id not in room.members
    house.human("linyuan").clicks(asked, "请回群里")
    house.settle()
    assert wuhao.id in room.members
