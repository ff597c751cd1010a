"""Major measures: what a proposal must say, who decides, who carries out, who checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import measures
from bot.core.commands import ApproveMeasure, Arrive, ConfirmMeasure, ExecuteMeasure, ProposeMeasure, RejectMeasure, ReportIncident
from bot.core.events import MeasureChased, StageMoved
from bot.core.incident import Activation, Measure
from tests.core.drive import DEVELOPER, OPS, PROJECT, SERVICE, TECH, Drive, plan, report_of, responding

ROLLBACK = ProposeMeasure("rollback", "回滚 v5.2", "时间吻合", "丢两分钟会话", "再发 v5.2", "降级开关")
STOP = ProposeMeasure("stop_intake", "停止接单", "订单错乱", "少收一晚", "恢复接单", "限流")


def proposed(what: ProposeMeasure = ROLLBACK) -> Drive:
    drive = responding()
    for person in (OPS, DEVELOPER):
        drive.do(Arrive(), person)
    drive.do(what, OPS)
    return drive


def approved(what: ProposeMeasure = ROLLBACK) -> Drive:
    drive = proposed(what)
    drive.do(ApproveMeasure("m1"), TECH)
    return drive


def only(drive: Drive) -> Measure:
    assert len(drive.incident.measures) == 1
    return drive.incident.measures[0]


def test_a_proposal_waits_for_a_decision_by_the_plans_time() -> None:
    drive = proposed()
    assert (only(drive).state, only(drive).decide_by) == ("proposed", drive.now + timedelta(minutes=plan().timing.measure_decide_min))


@pytest.mark.parametrize("part", list(measures.PARTS))
def test_a_missing_part_is_named_at_its_field(part: str) -> None:
    refusal = proposed().refused(replace(ROLLBACK, **{part: "  "}), OPS)
    assert refusal.field == part
    assert measures.PARTS[part] in refusal.text.args[0][1].parts  # type: ignore[union-attr]


def test_a_measure_the_plan_does_not_know_is_refused() -> None:
    assert proposed().refused(replace(ROLLBACK, kind="pray"), OPS).field == "kind"


def test_the_same_proposal_twice_is_one() -> None:
    assert proposed().do(ROLLBACK, DEVELOPER) == ()


def test_nothing_is_proposed_before_the_activation_or_while_pre_activated() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    assert drive.refused(ROLLBACK, OPS).fix[0].press.action == "incident.activate_form"
    pre = responding()
    pre.state = replace(pre.incident, activation=Activation("severe", pre.now, None, pre=True))
    assert "预启动" in pre.refused(ROLLBACK, OPS).text.text  # type: ignore[union-attr]


def test_only_the_commander_decides() -> None:
    drive = proposed()
    assert drive.refused(ApproveMeasure("m1"), OPS).text is not None
    assert drive.refused(RejectMeasure("m1", "x"), PROJECT).text is not None
    drive.do(ApproveMeasure("m1", "影响在扩大"), TECH)
    assert (only(drive).state, only(drive).decided_by, only(drive).reason) == ("approved", TECH, "影响在扩大")
    assert drive.do(ApproveMeasure("m1"), TECH) == ()


def test_a_rejection_takes_a_reason_and_says_so_to_the_proposer() -> None:
    drive = proposed()
    assert drive.refused(RejectMeasure("m1", ""), TECH).field == "reason"
    drive.do(RejectMeasure("m1", "先降级"), TECH)
    assert drive.said()[-1].mentions == (OPS,)
    assert drive.refused(ExecuteMeasure("m1"), DEVELOPER).fix[0].press.action == "measure.propose"
    assert drive.refused(ApproveMeasure("m1"), TECH).fix[0].press.action == "measure.propose"


def test_carrying_out_unapproved_is_refused_with_who_can_approve_and_the_button() -> None:
    drive = proposed()
    for command in (ExecuteMeasure("m1"), ConfirmMeasure("m1", "好了")):
        refusal = drive.refused(command, DEVELOPER)
        assert refusal.text.args[0][1].person == TECH  # type: ignore[union-attr]
        assert refusal.fix[0].press.action == "measure.approve"


def test_two_people_carry_out_a_rollback() -> None:
    drive = approved()
    assert drive.refused(ConfirmMeasure("m1", "x"), OPS).fix[0].press.action == "measure.execute"
    drive.do(ExecuteMeasure("m1"), OPS)
    assert only(drive).state == "executing"
    assert drive.refused(ConfirmMeasure("m1", "好了"), OPS).text is not None
    assert drive.refused(ConfirmMeasure("m1", " "), DEVELOPER).field == "result"
    drive.do(ConfirmMeasure("m1", "错误率没有下降，失败"), DEVELOPER)
    assert (only(drive).executor, only(drive).checker, only(drive).result) == (OPS, DEVELOPER, "错误率没有下降，失败")
    assert drive.do(ConfirmMeasure("m1", "又一次"), DEVELOPER) == ()


def test_one_person_measures_end_with_their_result() -> None:
    drive = approved(STOP)
    assert drive.refused(ExecuteMeasure("m1", ""), OPS).field == "result"
    events = drive.do(ExecuteMeasure("m1", "20:41 关了入口"), OPS)
    assert (only(drive).state, only(drive).checker) == ("executed", None)
    assert StageMoved("responding") in events


def test_the_commander_neither_carries_out_nor_checks() -> None:
    drive = approved()
    drive.refused(ExecuteMeasure("m1"), TECH)
    drive.do(ExecuteMeasure("m1"), OPS)
    assert drive.refused(ConfirmMeasure("m1", "好"), TECH).text is not None


def test_what_has_begun_is_not_rejected_any_more() -> None:
    drive = approved()
    drive.do(ExecuteMeasure("m1"), OPS)
    assert drive.refused(RejectMeasure("m1", "晚了"), TECH).text is not None


def test_an_undecided_proposal_is_put_before_the_commander_once() -> None:
    drive = proposed()
    drive.wait(minutes=3 * plan().timing.measure_decide_min)
    assert [event for event, _ in drive.log if isinstance(event, MeasureChased)] == [MeasureChased("m1")]
    assert [say.mentions for say in drive.said() if say.slot == "m1:decide"] == [(TECH,)]


def test_a_decided_proposal_has_no_timer() -> None:
    assert measures.deadlines(approved().incident, plan()) == ()
