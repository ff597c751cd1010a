"""Questions from outside and a duty to report, lived through in the room; the evidence of it holds."""

from __future__ import annotations

import pytest

from bot import evidence
from bot.casefile import rows
from bot.core.outward.agreed import served
from tests.flows.anywhere import TurnedAway
from tests.flows.house import House

DUTY = "duty:cac_4h"


def test_questions_are_answered_and_a_report_is_judged_drafted_and_recorded(busy_house: House) -> None:
    house = busy_house
    house.person("gaobo").says("/语言 en", at="direct")
    asked_from_outside(house)
    reported(house)
    packed(house)


def asked_from_outside(house: House) -> None:
    shown = house.wangmin.says("/咨询 客户 今晚的配送还能到吗")
    assert "还没有统一口径" in shown
    assert "前答复您" in shown
    assert "和这条是同一个问题" in house.suqing.says("/inquiry customer 配送还能到吗")
    second = house.state.outward.inquiries[-1]
    pressed(house, "suqing", "inquiry.group", inquiry=second.id, value="k1")
    assert [one.topic for one in house.state.outward.inquiries] == ["k1", "k1"]
    house.wangmin.says("/咨询 q1")
    house.wangmin.presses_whisper("写口径", text="今晚的配送照常，可能晚一小时以内。")
    with pytest.raises(TurnedAway, match="待批"):
        pressed(house, "wangmin", "inquiry.answer", inquiry="q1", agreed="yes")
    house.person(house.state.commander or "").presses("批准", on="answer:k1")
    house.xunuo.presses("批准", on="answer:k1")
    pressed(house, "wangmin", "inquiry.answer", inquiry="q1", agreed="yes")
    assert house.state.outward.inquiries[0].agreed
    assert "目前可供使用的口径" in house.wangmin.says("/咨询 媒体 出了什么事")
    with pytest.raises(TurnedAway, match="只由公关答"):
        pressed(house, "wangmin", "answer.agree", topic="k3", text="没事")
    assert served(house.state).answered == 1
    assert "Asked from outside" in house.person("gaobo").says("/inquiry", at="direct")


def reported(house: House) -> None:
    judge = house.person(house.state.commander or "")
    for _ in range(4):
        house.chenhai.presses("否", on=DUTY)
    house.chenhai.presses("不知道", on=DUTY)
    with pytest.raises(TurnedAway, match="存疑按更严的来"):
        judge.presses("研判", on=DUTY, applies="no", reason="影响不大")
    judge.presses("研判", on=DUTY, reason="法务同意按较大报", official="1")
    assert "较大网络安全事件" in house.chenhai.card(DUTY)
    assert "Draft the first report" in english(house)
    house.chenhai.presses("起草首报", on=DUTY, f0="快驴生鲜，下单系统", f2="软件缺陷")
    house.chenhai.presses("看草稿", on=DUTY)
    house.chenhai.presses_whisper("发成文件")
    house.settle()
    text = house.file(f"{house.record}-cac_4h.txt")
    assert "事件级别：较大网络安全事件" in text
    assert "勒索金额方式日期：待补" in text
    house.chenhai.presses("记「已提交」", on=DUTY, channel="12387 热线", receipt="SH-017")
    assert "受理号 SH-017" in house.chenhai.card(DUTY)
    assert [one.receipt for one in house.state.outward.duties[0].submissions] == ["SH-017"]


def packed(house: House) -> None:
    assert house.app.evidence(house.record, "wangmin") is None
    pack = house.app.evidence(house.record, house.state.commander)
    assert pack is not None
    assert pack == house.app.evidence(house.record)
    whole = house.app.service.whole(house.record)
    assert whole is not None
    assert evidence.verify(pack, rows(whole)).faults == ()


def english(house: House) -> str:
    return house.shown(house.chenhai.sees(DUTY), "gaobo")


def pressed(house: House, person: str, action: str, **args: str) -> str:
    """A press that stands on a card which only this person was shown, with what its form is filled with."""
    who, room, fill = house.person(person), house.room("war"), {key: args.pop(key) for key in ("text",) if key in args}
    given = {"record": house.record, **args}
    return who._answered(lambda: house.app.ears.press(person, room, action, given, house.ident()), room, fill)
