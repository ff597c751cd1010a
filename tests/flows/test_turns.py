"""The ways it can go otherwise: nobody decides, a false alarm, the same fault twice, a warning, a reopening."""

from __future__ import annotations

import pytest

from bot.core.events import IncidentMerged
from tests.flows import story
from tests.flows.anywhere import NotThere
from tests.flows.house import House

MEASURE = {"kind": "rollback", "what": "回滚到 v5.1", "why": "时间吻合", "cost": "丢 19 分钟", "way_back": "再发", "plan_b": "摘缓存"}


def test_when_nobody_decides_deputies_are_called_and_the_response_is_prepared_but_not_started(house: House) -> None:
    story.reported(house)
    house.advance(40)
    state = house.state
    assert state.activation is not None
    assert state.activation.pre
    assert not state.external_allowed
    assert state.centre_step >= 2
    assert "预启动" in house.zhoumu.card("status")
    with pytest.raises(NotThere):
        house.zhoumu.presses("提案重大措施", **MEASURE)
    refused = house.zhoumu.is_refused(lambda: house.zhoumu.says("/提案 回滚", fill=MEASURE))
    assert "预启动" in str(refused)
    house.chenhai.presses("确认启动", on="centre")
    assert house.state.external_allowed
    assert house.state.commander == "chenhai"
    house.settle()
    house.zhoumu.presses("提案重大措施", **MEASURE)
    assert house.state.measures[0].state == "proposed"


def test_a_false_alarm_is_closed_with_its_reason_and_said_where_it_was_reported(house: House) -> None:
    story.reported(house)
    house.wangmin.is_refused(lambda: house.wangmin.says("/误报 是我看错了"))
    house.linyuan.says("/误报 备份任务引起的告警，业务正常")
    house.settle()
    assert house.state.stage == "false_alarm"
    assert "误报" in house.wangmin.card("notice")
    house.advance(24 * 60)
    assert house.state.stage == "false_alarm"


def test_the_same_fault_said_twice_is_offered_and_added_and_another_is_another(house: House) -> None:
    story.reported(house)
    house.advance(3)
    offered = house.lixiang.says("/报故障 上海仓下单报错了", at="@report")
    assert "像是同一件事" in offered
    house.lixiang.presses_whisper("是同一件，补进去")
    assert [state.id for state in house.app.service.incidents()] == ["INC-1"]
    assert any(addition.by == "lixiang" for addition in house.state.additions)
    house.lixiang.says("/报故障 上海仓下单报错了", at="@report")
    house.lixiang.presses_whisper("不是，另报一条")
    assert [state.id for state in house.app.service.incidents()] == ["INC-1", "INC-2"]


def test_a_merged_incident_points_to_the_other_and_takes_its_reporter_along(house: House) -> None:
    story.reported(house)
    house.linyuan.presses("收到", on="centre")
    house.shenlei.says("/报故障 北京仓叉车没电", at="@report")
    house.settle()
    house.record = "INC-2"
    house.linyuan.says("/合并 INC-2 INC-1", at="direct")
    house.settle()
    assert house.state.stage == "merged"
    assert [event.into for event in house.events() if isinstance(event, IncidentMerged)] == ["INC-1"]
    house.record = "INC-1"
    assert house.state.absorbed == ("INC-2",)


def test_a_warning_that_comes_true_goes_on_as_an_incident(house: House) -> None:
    house.linyuan.says("/预警 台风 橙色 宁波仓", at="direct")
    house.settle()
    assert house.state.stage == "warning"
    house.advance(120)
    house.linyuan.presses("已经发生", note="宁波仓停电了")
    house.settle()
    assert house.state.stage in ("reported", "assessing")
    assert house.state.assessors


def test_an_incident_that_ended_is_reopened_with_its_reason(house: House) -> None:
    for chapter in story.RESPONSE:
        chapter(house)
    house.advance(30)
    house.wangmin.is_refused(lambda: house.wangmin.says("/重开 又报错"))
    house.chenhai.says("/重开 21:40 起上海仓又报错")
    house.settle()
    assert house.state.stage == "responding"
    assert house.state.reopened == 1
    assert any("重开" in house.shown(message) for message in house.bot_messages("@report"))
