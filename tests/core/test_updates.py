"""Situation reports, notes, moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core import updates
from bot.core.commands import Arrive, CheckItem, ChooseFault, MarkMoment, ReportImpact, ReportIncident, SendUpdate, SetLevel, TakeNote
from bot.core.events import MomentAsked, UpdateChased
from bot.core.incident import Figure, Loss
from bot.words import When, line
from tests.core.drive import OPS, SERVICE, START, TECH, Drive, plan, report_of, responding

NOW = {"situation": "仍在处理"}


def times(level: str) -> tuple[timedelta, timedelta]:
    response = plan().severities[level].response
    return timedelta(minutes=response.first_update_min), timedelta(minutes=response.update_every_min)


def due(drive: Drive) -> object:
    return updates.next_due(drive.incident, plan())


@pytest.mark.parametrize("level", ["minor", "severe", "major"])
def test_the_first_report_counts_from_the_activation_the_next_from_the_last(level: str) -> None:
    drive = responding(level)
    first, every = times(level)
    assert due(drive) == drive.now + first
    drive.wait(minutes=3)
    drive.do(SendUpdate(NOW), TECH)
    assert due(drive) == drive.now + every == drive.incident.sitreps[0].next_at


def test_no_report_is_owed_before_the_activation() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    assert due(drive) is None
    assert drive.refused(SendUpdate(NOW), TECH).fix[0].press.action == "report.add"


def test_reports_slow_down_after_two_hours_where_the_plan_says_so() -> None:
    state = responding("major").incident
    assert state.activation is not None
    start, slow = state.activation.at, plan().severities["major"].response.update_every_after_2h_min
    early = start + timedelta(minutes=plan().timing.slow_updates_after_min - 1)
    assert updates.every(state, plan(), early) == times("major")[1]
    assert updates.every(state, plan(), early + timedelta(minutes=1)) == timedelta(minutes=slow or 0)


def test_a_rise_brings_the_next_report_nearer_but_never_into_the_past() -> None:
    drive = responding("severe")
    drive.do(SendUpdate(NOW), TECH)
    sent = drive.now
    drive.wait(minutes=18)
    drive.do(SetLevel("major", "全停了"), TECH)
    assert due(drive) == min(sent + times("severe")[1], drive.now + times("major")[0])
    early = responding("severe")
    early.do(SendUpdate(NOW), TECH)
    early.wait(seconds=30)
    early.do(SetLevel("major", "全停了"), TECH)
    assert due(early) == early.incident.sitreps[0].at + times("major")[1]


def test_after_a_reopening_the_cadence_starts_again() -> None:
    drive = responding()
    drive.do(SendUpdate(NOW), TECH)
    again = drive.now + timedelta(days=1)
    drive.state = replace(drive.incident, reopened=1, stage="responding", stage_since=again)
    assert due(drive) == again + times("severe")[0]


def test_only_the_situation_must_be_typed() -> None:
    drive = responding()
    assert drive.refused(SendUpdate({"risks": "不清楚"}), TECH).field == "situation"
    drive.do(SendUpdate({"situation": "下单 7% 报错", "risks": ""}), TECH)
    shown = dict(
        zip([field.id for field in plan().documents.sitrep.fields], updates.fields(plan(), drive.incident.sitreps[0]), strict=True)
    )
    assert (shown["situation"][1], shown["risks"][1], shown["next"][1]) == ("下单 7% 报错", line("不知道"), line("不知道"))


def test_the_bot_fills_the_seven_fields_of_the_plan() -> None:
    drive = responding()
    auto = {field.id for field in plan().documents.sitrep.fields if field.auto}
    assert set(updates.situation(drive.incident, plan(), drive.now)) == auto


def test_figures_carry_their_time_and_source_in_the_report() -> None:
    drive = responding()
    drive.do(ReportImpact((Figure("orders", "未接 412", Decimal(412), None, "客服台账", SERVICE, drive.now),)), SERVICE)
    loss = Loss(Decimal(50000), Decimal(500000), "定级问答", None, drive.now)
    drive.state = replace(drive.incident, losses=(loss,))
    impact = str(updates.situation(drive.incident, plan(), drive.now)["impact"])
    assert all(word in impact for word in ("未接 412", "客服台账", "500,000", "定级问答", str(When(drive.now))))


def test_what_was_done_since_the_last_report_stands_in_the_next() -> None:
    drive = responding()
    drive.do(Arrive(), OPS)
    drive.do(ChooseFault("fc_code_defect"), OPS)
    drive.do(CheckItem("fc_code_defect", "1", "冻结了 3 个发布"), OPS)
    assert "冻结了 3 个发布" in str(updates.situation(drive.incident, plan(), drive.now)["actions_done"])
    drive.wait(minutes=1)
    drive.do(SendUpdate(NOW), TECH)
    drive.wait(minutes=1)
    assert "冻结了 3 个发布" not in str(updates.situation(drive.incident, plan(), drive.now)["actions_done"])


def test_a_report_after_its_time_is_kept_as_late() -> None:
    drive = responding()
    drive.do(SendUpdate(NOW), TECH)
    drive.wait(minutes=31)
    drive.do(SendUpdate(NOW), TECH)
    assert [sitrep.on_time for sitrep in drive.incident.sitreps] == [True, False]


def test_whoever_owes_the_report_is_reminded_three_times_and_no_more() -> None:
    drive = responding()
    owed = updates.next_due(drive.incident, plan())
    assert owed is not None
    drive.wait(minutes=70)
    chased = [(event.times, stamp.at - owed) for event, stamp in drive.log if isinstance(event, UpdateChased)]
    before, late = plan().timing.update_remind_before_min, plan().timing.update_late_lead_min
    assert chased == [(1, timedelta(minutes=-before)), (2, timedelta(0)), (3, timedelta(minutes=max(5, late)))]


def test_the_scribe_owes_the_report_else_the_commander() -> None:
    drive = responding()
    drive.state = replace(drive.incident, roles={role: h for role, h in drive.incident.roles.items() if role != "scribe"})
    assert updates.owed_by(drive.incident) == TECH


def test_sending_starts_the_reminders_anew() -> None:
    drive = responding()
    drive.wait(minutes=16)
    drive.do(SendUpdate(NOW), TECH)
    assert (drive.incident.update_chased, drive.incident.update_due) == (0, drive.incident.sitreps[0].next_at)


def test_a_note_may_be_back_dated_but_not_lie_in_the_future() -> None:
    drive = responding()
    assert drive.refused(TakeNote("看到告警", drive.now + timedelta(minutes=5)), OPS).field == "happened_at"
    assert drive.refused(TakeNote("  "), OPS).field == "text"
    drive.do(TakeNote("看到告警", START - timedelta(minutes=10)), OPS)
    assert drive.incident.notes == 1


def test_the_same_message_is_pinned_once() -> None:
    drive = responding()
    drive.do(TakeNote("机房断电", pin="m77", link="/x"), OPS)
    assert drive.do(TakeNote("机房断电", pin="m77", link="/x"), TECH) == ()


def test_notes_are_still_taken_after_the_end_but_not_in_a_closed_record() -> None:
    drive = responding()
    drive.state = replace(drive.incident, stage="reviewing")
    assert drive.do(TakeNote("补记"), OPS) != ()
    drive.state = replace(drive.incident, stage="closed")
    assert drive.refused(TakeNote("补记"), OPS).text is not None


def test_a_moment_is_corrected_only_with_another_time() -> None:
    drive = responding()
    drive.do(MarkMoment("mitigated", drive.now - timedelta(minutes=1)), OPS)
    assert drive.do(MarkMoment("mitigated"), OPS) == ()
    earlier = drive.now - timedelta(minutes=5)
    drive.do(MarkMoment("mitigated", earlier), OPS)
    assert drive.incident.moments["mitigated"].at == earlier
    assert drive.refused(MarkMoment("recovered", drive.now + timedelta(hours=1)), OPS).field == "happened_at"


def test_a_missing_moment_is_asked_for_once() -> None:
    drive = responding()
    moments = {kind: moment for kind, moment in drive.incident.moments.items() if kind != "acknowledged"}
    drive.state = replace(drive.incident, moments=moments)
    drive.wait(minutes=60)
    asked = [event.kind for event, _ in drive.log if isinstance(event, MomentAsked)]
    assert asked.count("acknowledged") == 1
    assert "recovered" not in asked
