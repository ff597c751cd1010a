"""Repaired is not recovered: others verify, time passes, conditions hold, the right seats sign, and it can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.commands import (
    AcceptTask,
    Activate,
    ApproveMeasure,
    Arrive,
    AskWaiver,
    AssignRole,
    Attest,
    CheckItem,
    ChooseFault,
    ConfirmMeasure,
    DecideWaiver,
    EndResponse,
    ExecuteMeasure,
    FailCheck,
    FinishTask,
    GiveTask,
    MoveStage,
    PassCheck,
    ProposeMeasure,
    Reopen,
    ReportIncident,
    ReturnToResponse,
    Ring,
    SetLevel,
    StartVerification,
)  # fmt: skip
from bot.core.ending import review_at, working_day
from bot.core.events import DeviationNoted, IncidentEnded, ObservationPassed, ObservationStarted, StageMoved
from bot.core.verification import repairers
from tests.core.drive import ADMIN, BIZ, DEVELOPER, OPS, PR, PROJECT, SERVICE, TECH, TESTER, Drive, plan, report_of, responding
from tests.core.walk import attest_all, end, ended, observed, pass_all, verifying

ASSESSMENT = "系统和业务都已平稳"


# --- stages -------------------------------------------------------------------------------------------------------------------


def test_a_stage_left_early_is_a_deviation_with_its_reason() -> None:
    drive = responding()
    events = drive.do(MoveStage("responding", "人没到齐先干"), TECH)
    assert [type(event) for event in events] == [DeviationNoted, StageMoved]
    assert drive.stage() == "responding"
    assert drive.incident.deviations[-1].reason == "人没到齐先干"


def test_leaving_a_stage_early_needs_a_reason() -> None:
    assert responding().refused(MoveStage("responding", " "), TECH).field == "reason"


def test_a_report_can_be_closed_early_with_a_reason() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    drive.do(MoveStage("closed", "是维护窗口"), TECH)
    assert (drive.incident.stage, drive.incident.close_reason) == ("closed", "是维护窗口")


@pytest.mark.parametrize("stage", ["ended", "closed", "activated", "verifying", "warning", "merged"])
def test_no_move_leads_to_a_stage_that_has_its_own_door(stage: str) -> None:
    drive = responding()
    drive.do(MoveStage("responding", "先干"), TECH)
    drive.refused(MoveStage(stage, "快"), TECH)  # type: ignore[arg-type]  # every stage by name


def test_ended_is_reached_by_no_move_from_any_stage() -> None:
    drive = observed()
    assert drive.refused(MoveStage("ended", "都好了"), TECH).fix[0].press.action == "end.sign"


def test_moving_to_the_stage_it_is_in_changes_nothing() -> None:
    drive = responding()
    assert drive.do(MoveStage("activated", ""), TECH) == ()


def test_only_the_command_centre_skips_a_stage() -> None:
    assert "跳过阶段" in str(responding().refused(MoveStage("responding", "快"), DEVELOPER).text)


# --- verification -------------------------------------------------------------------------------------------------------------


def test_verification_begins_with_the_items_of_the_level_and_the_moment_of_mitigation() -> None:
    drive = verifying()
    ids = [check.id for check in drive.incident.checks]
    assert ids == ["v1", "v2", "v3", "v4", "v5", "v6", "v9", "v10", "v12", "v15", "v16", "v17"]
    assert drive.stage() == "verifying"
    assert drive.incident.moments["mitigated"].at == drive.now


def test_a_minor_incident_has_at_most_five_items_and_both_sides_in_them() -> None:
    drive = verifying("minor")
    assert len(drive.incident.checks) <= 5
    assert {check.role for check in drive.incident.checks} == {"verifier_tech", "verifier_biz"}


def test_items_for_confidential_incidents_are_asked_only_then() -> None:
    drive = responding()
    assert "v8" not in [check.id for check in verifying().incident.checks]
    drive.state = replace(drive.incident, confidential=True)
    drive.do(StartVerification("密钥轮换", (OPS,)), TECH)
    assert "v8" in [check.id for check in drive.incident.checks]


def test_verification_straight_after_activation_is_a_deviation() -> None:
    drive = responding()
    drive.do(StartVerification("回滚", (OPS,)), TECH)
    assert len(drive.incident.deviations) == 1


def test_verification_needs_to_know_what_was_fixed_and_by_whom() -> None:
    drive = responding()
    assert drive.refused(StartVerification("", (OPS,)), TECH).field == "fix"
    assert drive.refused(StartVerification("回滚"), TECH).field == "fixers"


def test_who_repaired_may_not_verify_and_the_refusal_names_who_may() -> None:
    drive = verifying()
    refusal = drive.refused(PassCheck("v1"), OPS)
    assert refusal.fix[0].press.action == "task.ask"
    assert dict(refusal.fix[0].press.args)["person"] == TESTER


def test_with_nobody_else_there_the_refusal_calls_a_verifier() -> None:
    drive = responding()
    drive.do(StartVerification("回滚", (OPS,)), TECH)
    assert drive.refused(PassCheck("v1"), OPS).fix[0].press.action == "roll.call"


def test_ticking_a_technical_line_makes_a_fixer_but_the_testers_line_does_not() -> None:
    drive = responding()
    drive.do(ChooseFault("fc_code_defect"), TECH)
    fault = next(found for found in drive.incident.checklists if found.side == "technical")
    by_post = {item.post: item.id for item in fault.items if not item.measure}
    drive.do(CheckItem(fault.id, fault.items[0].id, "已冻结"), OPS)  # the gate
    drive.do(CheckItem(fault.id, by_post["developer"], "好了"), DEVELOPER)
    drive.do(CheckItem(fault.id, by_post["tester"], "冒烟过"), TESTER)
    assert repairers(drive.incident, plan()) == {OPS, DEVELOPER}


def test_who_carried_out_a_measure_may_not_verify() -> None:
    drive = responding()
    drive.do(ProposeMeasure("rollback", "回滚 3.42", "新版报错", "2 分钟中断", "再发布", "限流"), DEVELOPER)
    drive.do(ApproveMeasure("m1"), TECH)
    drive.do(ExecuteMeasure("m1"), DEVELOPER)
    drive.do(ConfirmMeasure("m1", "错误率 0.1%"), OPS)
    drive.do(StartVerification("回滚"), TECH)
    assert drive.incident.fixers == (DEVELOPER,)
    drive.refused(PassCheck("v1"), DEVELOPER)


def test_each_side_verifies_its_own_items() -> None:
    drive = verifying()
    drive.refused(PassCheck("v10"), TESTER)
    drive.refused(PassCheck("v1"), SERVICE)
    drive.refused(PassCheck("v17"), TESTER)
    drive.do(PassCheck("v17"), PR)


def test_the_commander_does_not_verify() -> None:
    drive = responding("severe", commander=PROJECT)
    drive.do(StartVerification("回滚", (OPS,)), PROJECT)
    drive.refused(PassCheck("v1"), PROJECT)


def test_a_failed_item_keeps_what_was_seen_and_can_pass_later() -> None:
    drive = verifying()
    drive.do(FailCheck("v1", "错误率 3%"), TESTER)
    assert (drive.incident.checks[0].state, drive.incident.checks[0].note) == ("failed", "错误率 3%")
    assert [say.mentions for say in drive.said()][-1][0] == TECH
    drive.do(PassCheck("v1", "0.2%"), TESTER)
    assert drive.incident.checks[0].state == "passed"


def test_passing_twice_is_once() -> None:
    drive = verifying()
    drive.do(PassCheck("v1"), TESTER)
    assert drive.do(PassCheck("v1"), TESTER) == ()


def test_a_waiver_needs_a_reason_and_the_commander() -> None:
    drive = verifying()
    assert drive.refused(AskWaiver("v2", ""), TESTER).field == "reason"
    drive.do(AskWaiver("v2", "冷链单夜里没有"), TESTER)
    drive.refused(DecideWaiver("v2", True), TESTER)
    drive.do(DecideWaiver("v2", True), TECH)
    waived = drive.incident.checks[1]
    assert (waived.state, waived.by, waived.approver, waived.note) == ("waived", TESTER, TECH, "冷链单夜里没有")


def test_a_refused_waiver_opens_the_item_again() -> None:
    drive = verifying()
    drive.do(AskWaiver("v2", "太麻烦"), TESTER)
    assert drive.refused(DecideWaiver("v2", False), TECH).field == "reason"
    drive.do(DecideWaiver("v2", False, "必须冒烟"), TECH)
    assert drive.incident.checks[1].state == "open"


def test_a_waiver_that_the_commander_asked_for_is_approved_by_another_seat() -> None:
    drive = verifying()
    drive.do(AskWaiver("v2", "夜里没有冷链单"), TECH)
    drive.refused(DecideWaiver("v2", True), TECH)
    drive.do(DecideWaiver("v2", True), PROJECT)
    assert drive.incident.checks[1].state == "waived"


def test_the_last_item_starts_the_observation_of_the_level() -> None:
    drive = verifying()
    pass_all(drive)
    assert drive.stage() == "observing"
    assert drive.incident.observation is not None
    assert drive.incident.observation.until - drive.now == timedelta(minutes=30)
    assert drive.incident.moments["recovered"].at == drive.now


def test_a_side_whose_items_are_all_waived_has_not_verified() -> None:
    drive = verifying("minor")
    for check in drive.incident.checks:
        drive.do(AskWaiver(check.id, "一般故障"), TESTER)
        drive.do(DecideWaiver(check.id, True), TECH)
    assert drive.stage() == "verifying"
    for check in drive.incident.checks[:1]:
        drive.do(PassCheck(check.id), TESTER)
    drive.do(PassCheck("v15"), SERVICE)
    assert drive.stage() == "observing"


def test_another_fixer_named_later_loses_what_they_passed() -> None:
    drive = verifying()
    drive.do(PassCheck("v1"), TESTER)
    drive.do(PassCheck("v10"), SERVICE)
    drive.do(StartVerification("还改了配置", (TESTER,)), TECH)
    states = {check.id: check.state for check in drive.incident.checks}
    assert (states["v1"], states["v10"]) == ("open", "passed")


def test_a_higher_level_adds_its_items_and_keeps_what_passed() -> None:
    drive = verifying()
    drive.do(PassCheck("v1"), TESTER)
    drive.do(SetLevel("major", "影响扩大"), TECH)
    drive.do(StartVerification("同前"), TECH)
    states = {check.id: check.state for check in drive.incident.checks}
    assert states["v1"] == "passed"
    assert states["v13"] == "open"


def test_verifiers_are_reminded_ever_more_rarely() -> None:
    drive = verifying()
    drive.wait(hours=2)
    assert drive.kinds().count("VerifiersReminded") == 3  # after 10, 30, 70 minutes


# --- observation --------------------------------------------------------------------------------------------------------------


def test_observation_ends_by_its_timer_and_tells_the_commander_what_is_left() -> None:
    drive = observed()
    assert drive.incident.observation is not None
    assert drive.incident.observation.passed_at == drive.incident.observation.until
    seq = next(stamp.seq for event, stamp in drive.log if isinstance(event, ObservationPassed))
    assert [say.mentions for say in drive.said() if say.slot == f"say:{seq}"] == [(TECH,)]


def test_a_deadline_of_a_broken_observation_rings_for_nothing() -> None:
    drive = verifying()
    pass_all(drive)
    assert drive.incident.observation is not None
    until = drive.incident.observation.until
    drive.do(ReturnToResponse("错误率又到 12%"), OPS)
    drive.now = until
    assert drive.do(Ring("recovery.observation", "observation", until)) == ()


def test_falling_back_undoes_checks_observation_and_signatures() -> None:
    drive = observed()
    attest_all(drive)
    drive.do(EndResponse(ASSESSMENT), TECH)
    drive.do(ReturnToResponse("错误率又到 12%"), OPS)
    state = drive.incident
    assert (state.stage, state.observation, state.ending, dict(state.attestations)) == ("responding", None, None, {})
    assert {check.state for check in state.checks} == {"open"}
    assert "recovered" not in state.moments


def test_skipping_verification_is_possible_but_ends_nothing() -> None:
    drive = responding()
    drive.do(MoveStage("observing", "没有测试环境"), TECH)
    drive.wait(minutes=31)
    assert drive.stage() == "observing"
    attest_all(drive)
    assert "恢复验证" in str(drive.refused(EndResponse(ASSESSMENT), TECH).text)


# --- the end ------------------------------------------------------------------------------------------------------------------


def test_a_refused_end_lists_everything_and_opens_the_first_few() -> None:
    drive = verifying()
    refusal = drive.refused(EndResponse(ASSESSMENT), TECH)
    assert refusal.text.args[0] == ("n", 6)  # type: ignore[union-attr]  # a Line
    assert 1 <= len(refusal.fix) <= 3


def test_only_the_command_centre_ends() -> None:
    drive = observed()
    attest_all(drive)
    drive.refused(EndResponse(ASSESSMENT), OPS)
    drive.refused(EndResponse(ASSESSMENT), None)


def test_the_first_signature_brings_the_assessment() -> None:
    drive = observed()
    attest_all(drive)
    assert drive.refused(EndResponse(), TECH).field == "assessment"


def test_a_minor_incident_is_ended_by_any_seat() -> None:
    drive = observed("minor")
    attest_all(drive)
    drive.do(EndResponse(ASSESSMENT), BIZ)
    assert drive.stage() == "ended"


def test_a_severe_incident_is_ended_by_the_commander_and_another_seat() -> None:
    drive = observed()
    attest_all(drive)
    drive.do(EndResponse(ASSESSMENT), PROJECT)
    drive.do(EndResponse(), BIZ)
    assert drive.stage() == "observing"
    drive.do(EndResponse(), TECH)
    assert drive.stage() == "ended"


def test_a_major_incident_is_ended_by_all_three_seats_with_deputies_for_the_absent() -> None:
    drive = observed("major")
    attest_all(drive)
    drive.do(EndResponse(ASSESSMENT), TECH)
    drive.do(EndResponse(), "lianghong")  # deputises for the project lead
    assert drive.stage() == "observing"
    drive.do(EndResponse(), "songlan")  # deputises for the business lead
    assert drive.stage() == "ended"
    assert drive.incident.ending is not None
    assert {approval.seat for approval in drive.incident.ending.approvals} == {"project_lead", "tech_lead", "business_lead"}


def test_one_person_signs_once_and_one_seat_is_signed_once() -> None:
    drive = observed("major")
    attest_all(drive)
    drive.do(EndResponse(ASSESSMENT), TECH)
    assert drive.do(EndResponse(), TECH) == ()
    drive.refused(EndResponse(), "gaobo")  # the other technical lead: that seat has signed


def test_the_missing_seats_are_asked_once_and_reminded() -> None:
    drive = observed("major")
    attest_all(drive)
    drive.do(EndResponse(ASSESSMENT), TECH)
    asked = drive.said()[-1]
    assert set(asked.mentions) == {PROJECT, BIZ}
    drive.wait(minutes=12)
    assert drive.kinds().count("SeatsReminded") == 1


def test_the_end_is_told_once_to_every_room_that_was_told_before() -> None:
    drive = ended()
    told = [e for e in drive.effects if getattr(e, "slot", "").startswith("say:") and e.slot.count(":") == 2]  # type: ignore[union-attr]
    rooms = [e.room for e in told]  # type: ignore[union-attr]
    assert sorted(rooms) == ["@biz", "@comms", "@ecc", "@report", "@tech", "war"]


def test_an_undecided_measure_keeps_it_from_ending() -> None:
    drive = observed()
    attest_all(drive)
    drive.do(ProposeMeasure("resume_intake", "放量", "已恢复", "无", "再限流", "保持"), OPS)
    assert "重大措施" in str(drive.refused(EndResponse(ASSESSMENT), TECH).text)


def test_an_order_that_has_not_come_back_keeps_it_from_ending() -> None:
    drive = observed()
    attest_all(drive)
    drive.do(GiveTask("把备机还回去", ADMIN, 30), TECH)
    assert "任务" in str(drive.refused(EndResponse(ASSESSMENT), TECH).text)
    drive.do(AcceptTask("t1"), ADMIN)
    drive.do(FinishTask("t1", "已还"), ADMIN)
    end(drive)
    assert drive.stage() == "ended"


def test_signing_again_after_the_end_changes_nothing() -> None:
    drive = ended()
    assert drive.do(EndResponse(ASSESSMENT), BIZ) == ()


def test_a_commander_who_gave_the_command_away_is_the_other_seat() -> None:
    drive = observed()
    attest_all(drive)
    drive.do(EndResponse(ASSESSMENT), TECH)
    drive.wait(minutes=11)
    drive.do(AssignRole("commander", PROJECT), PROJECT)
    attest_all(drive)
    drive.do(EndResponse(), PROJECT)
    assert drive.stage() == "ended"


# --- the review's date --------------------------------------------------------------------------------------------------------


def test_the_review_falls_on_working_days_at_ten_in_shanghai() -> None:
    drive = responding("severe")
    monday_night = datetime(2026, 11, 23, 17, tzinfo=UTC)  # Tuesday 01:00 in Shanghai
    assert review_at(drive.incident, plan(), monday_night) == datetime(2026, 12, 1, 2, tzinfo=UTC)
    major = responding("major")
    assert review_at(major.incident, plan(), monday_night) == datetime(2026, 11, 27, 2, tzinfo=UTC)


def test_working_days_leave_out_the_weekend() -> None:
    friday = datetime(2026, 11, 27, tzinfo=UTC).date()
    assert working_day(friday, 1).isoformat() == "2026-11-30"
    assert working_day(friday, 0) == friday


# --- reopening ----------------------------------------------------------------------------------------------------------------


def test_reopening_begins_verification_and_signatures_anew_and_tells_the_same_rooms() -> None:
    drive = ended()
    told = {e.room for e in drive.effects if getattr(e, "slot", "").endswith(":@report")}  # type: ignore[union-attr]
    drive.effects.clear()
    drive.do(Reopen("20:40 起又报错"), TECH)
    state = drive.incident
    assert (state.stage, state.ending, state.observation, state.review_at, state.reopened) == ("responding", None, None, None, 1)
    assert not state.attestations
    assert {"mitigated", "recovered"}.isdisjoint(state.moments)
    assert told <= {say.room for say in drive.effects if hasattr(say, "room")}
    drive.refused(EndResponse(ASSESSMENT), TECH)


def test_reopening_needs_a_reason_and_happens_once() -> None:
    drive = ended()
    assert drive.refused(Reopen(""), TECH).field == "reason"
    drive.do(Reopen("又报错"), TECH)
    assert drive.do(Reopen("又报错"), TECH) == ()


def test_after_the_plans_days_a_new_incident_is_reported_instead() -> None:
    drive = ended()
    drive.now += timedelta(days=7, minutes=1)
    assert drive.refused(Reopen("又报错"), TECH).fix[0].press.action == "report.form"


def test_a_reopened_incident_can_be_ended_again() -> None:
    drive = ended()
    drive.do(Reopen("又报错"), TECH)
    drive.do(StartVerification("真修好了", (OPS,)), TECH)
    pass_all(drive)
    drive.wait(minutes=31)
    attest_all(drive)
    end(drive)
    assert drive.stage() == "ended"
    assert sum(isinstance(event, IncidentEnded) for event, _ in drive.log) == 2


def test_an_incident_that_never_ended_is_not_reopened() -> None:
    responding().refused(Reopen("又报错"), TECH)


def test_attesting_needs_the_person_the_plan_names_and_a_note() -> None:
    drive = verifying()
    assert dict(drive.refused(Attest("c2", "好了"), TESTER).fix[0].press.args)["act"] == "condition.attest"
    assert drive.refused(Attest("c2", " "), BIZ).field == "note"
    drive.do(Attest("c2", "补录 163/163"), BIZ)
    assert drive.incident.attestations["c2"].by == BIZ


def test_what_the_record_proves_cannot_be_signed_away() -> None:
    drive = verifying()
    drive.refused(Attest("c1", "我说好了"), TECH)
    drive.refused(Attest("c3", "够久了"), TECH)


def test_signing_over_open_business_lines_is_a_deviation() -> None:
    drive = verifying()
    before = len(drive.incident.deviations)
    drive.do(Attest("c2", "剩余风险已接受"), BIZ)
    assert len(drive.incident.deviations) == before + 1


def test_activation_arrivals_and_observation_use_the_same_clock() -> None:
    drive = responding()
    drive.do(Arrive(), OPS)
    assert drive.do(Activate("severe"), TECH) == ()
    assert not any(isinstance(event, ObservationStarted) for event, _ in drive.log)
