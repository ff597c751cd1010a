"""Reporting, adding, closing early, warnings (clauses 4.1-3, 4.1-4, 3.3-2)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import report as reports
from bot.core.commands import (
    Absorb,
    AcknowledgeReport,
    AddToReport,
    DeclareFalseAlarm,
    MergeInto,
    RaiseWarning,
    ReportIncident,
    TurnWarningIntoIncident,
)
from bot.core.errors import Refused
from bot.core.incident import Warning
from bot.effects import CloseRoom, OpenRoom, Page
from tests.core.tale import Tale, report, reported


def test_one_line_opens_a_small_room_with_the_commander_and_one_assessor_a_side() -> None:
    tale = reported("上海仓下单报错，10 分钟前开始", reporter="lixiang")
    room = next(effect for effect in tale.told if isinstance(effect, OpenRoom))
    assert room.members[0] == "lixiang"
    assert [assessor.side for assessor in tale.state.assessors] == [None, "technical", "business"]
    assert len(room.members) == 4


def test_the_commander_on_duty_is_rung_and_the_reporter_is_not() -> None:
    tale = reported("上海仓下单报错", reporter="wangmin")
    rung = {effect.person for effect in tale.told if isinstance(effect, Page)}
    assert "wangmin" not in rung
    assert tale.state.assessors[0].person in rung


def test_only_a_report_without_a_symptom_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        Tale().do(ReportIncident(replace(report("x"), symptom="  ")), "wangmin")
    assert refused.value.field == "symptom"


@settings(deadline=None)  # a busy machine is no slow core
@given(st.text(min_size=1, max_size=300).filter(lambda text: text.strip()))
def test_whatever_is_typed_is_kept_as_typed(words: str) -> None:
    tale = Tale()
    tale.do(ReportIncident(replace(report("x"), symptom=words, words=words)), "wangmin")
    assert tale.state.report.words == words
    assert len(reports.title(tale.state)) <= 20


def test_missing_elements_are_marked_and_asked_for_again_but_not_for_ever() -> None:
    tale = reported("页面打不开")
    assert tale.state.report.missing == ("time", "scope")
    tale.advance(24 * 60)
    assert 1 <= tale.state.missing_asked <= tale.plan.timing.missing_asks_max


def test_what_is_added_fills_what_was_missing() -> None:
    tale = reported("页面打不开")
    tale.do(AddToReport("杭州仓", sites=("hangzhou",), started_at=tale.now, started_text="刚刚"), "wangmin")
    assert tale.state.report.missing == ()


def test_a_start_in_the_future_is_refused_at_its_field() -> None:
    tale = reported("页面打不开")
    with pytest.raises(Refused) as refused:
        tale.do(AddToReport("", started_at=tale.now.replace(hour=23)), "wangmin")
    assert refused.value.field == "started"


def test_the_centre_acknowledges_once() -> None:
    tale = reported("页面打不开")
    assert tale.do(AcknowledgeReport(), "linyuan")
    assert tale.do(AcknowledgeReport(), "chenhai") == ()
    assert "acknowledged" in tale.state.moments


def test_a_false_alarm_needs_how_it_was_checked_and_closes_the_room() -> None:
    tale = reported("带宽 86%")
    with pytest.raises(Refused):
        tale.do(DeclareFalseAlarm(""), "linyuan")
    tale.do(DeclareFalseAlarm("备份任务引起"), "linyuan")
    assert tale.state.stage == "false_alarm"
    assert any(isinstance(effect, CloseRoom) for effect in tale.told)


def test_a_merged_incident_says_where_it_went_and_the_other_keeps_its_words() -> None:
    tale, other = reported("下单点不动"), reported("下单报错")
    tale.do(MergeInto("INC-2", ""), "linyuan")
    assert (tale.state.stage, tale.state.merged_into) == ("merged", "INC-2")
    other.do(Absorb("INC-1", "下单点不动", "wangmin"), "linyuan")
    assert other.state.absorbed == ("INC-1",)
    assert other.do(Absorb("INC-1", "下单点不动", "wangmin"), "linyuan") == ()


def test_a_warning_is_a_record_before_it_happens_and_may_come_true() -> None:
    tale = Tale()
    warned = replace(report("宁波仓 台风橙色预警"), source="warning")
    tale.do(RaiseWarning(warned, Warning("台风", "orange", "ningbo")), "wangmin")
    before = tale.state
    tale.do(TurnWarningIntoIncident("停电了"), "wangmin")
    assert (before.stage, tale.state.stage) == ("warning", "reported")
    assert "detected" in tale.state.moments


def test_words_that_nobody_knows_are_kept_until_somebody_says_what_they_are() -> None:
    tale = reported("苏州仓扫码没反应，刚刚开始")
    asked = tale.state.report.unknown
    tale.do(AddToReport("是上海仓的苏州分拣点", sites=("shanghai",)), "wangmin")
    assert (asked, tale.state.report.unknown) == (("苏州仓",), ())
