"""After the end: summaries come in, the review is held, improvements are checked by somebody else, closing early is on the record."""

from __future__ import annotations

from datetime import date, timedelta

from bot.core import after
from bot.core.commands import (
    AddAction,
    Attest,
    CloseIncident,
    FinishAction,
    HoldReview,
    MoveReview,
    SubmitSummary,
    VerifyAction,
)  # fmt: skip
from bot.core.conditions import PLACES
from bot.effects import Attach
from tests.core.drive import ADMIN, BIZ, DEVELOPER, OPS, SERVICE, TECH, Drive, plan
from tests.core.walk import ended, verifying

DUE = date(2026, 12, 7)


def with_action(drive: Drive) -> Drive:
    drive.do(AddAction("回滚脚本加库表检查", DEVELOPER, DUE, "演练里回滚一次"), TECH)
    return drive


def complete(drive: Drive) -> None:
    """Everything that closing asks for."""
    for group, person in {"ecc": TECH, "tech": OPS, "biz": SERVICE, "comms": ADMIN}.items():
        drive.do(SubmitSummary(group, "做了什么；顺；卡；运气；先改"), person)
    drive.do(HoldReview(), TECH)
    with_action(drive)
    for place in PLACES:
        drive.do(Attest(place, "财务张三，12 月 10 日前"), TECH)


# --- summaries ----------------------------------------------------------------------------------------------------------------


def test_the_first_summary_begins_the_review_stage() -> None:
    drive = ended()
    drive.do(SubmitSummary("tech", "回滚顺利"), OPS)
    assert drive.incident.stage == "reviewing"
    drive.do(SubmitSummary("biz", "记了 163 单"), SERVICE)
    assert set(drive.incident.summaries) == {"tech", "biz"}


def test_a_summary_comes_from_a_member_of_the_group_and_says_something() -> None:
    drive = ended()
    assert drive.refused(SubmitSummary("tech", "我觉得"), SERVICE).fix[0].press.action == "task.ask"
    assert drive.refused(SubmitSummary("tech", "  "), OPS).field == "text"
    assert drive.refused(SubmitSummary("sales", "x"), OPS).field == "group"


def test_a_summary_before_the_end_is_offered_as_a_note() -> None:
    assert verifying().refused(SubmitSummary("tech", "早交"), OPS).fix[0].press.action == "timeline.note"


def test_the_same_summary_twice_is_once_and_a_better_one_replaces_it() -> None:
    drive = ended()
    drive.do(SubmitSummary("tech", "一"), OPS)
    assert drive.do(SubmitSummary("tech", "一"), OPS) == ()
    drive.do(SubmitSummary("tech", "二"), OPS)
    assert drive.incident.summaries["tech"].text == "二"


def test_missing_summaries_are_asked_for_on_the_plans_days_in_the_groups_own_room() -> None:
    drive = ended()
    drive.do(SubmitSummary("tech", "好"), OPS)
    drive.effects.clear()
    drive.wait(days=6)
    assert drive.kinds().count("SummariesChased") == 3
    assert len(drive.said("@biz")) == 3
    assert not drive.said("@tech")


def test_nobody_is_woken_for_a_summary() -> None:
    drive = ended()
    [at] = [d.at for d in after.deadlines(drive.incident, plan()) if d.kind == "after.summaries"]
    assert at.astimezone(drive.world.zone).strftime("%H:%M") == "10:00"


# --- the review ---------------------------------------------------------------------------------------------------------------


def test_holding_the_review_begins_the_review_stage() -> None:
    drive = ended()
    drive.do(HoldReview("六人"), TECH)
    assert (drive.incident.stage, drive.incident.review_held_at) == ("reviewing", drive.now)
    assert drive.do(HoldReview(), TECH) == ()


def test_the_review_is_moved_into_the_future_only_and_told() -> None:
    drive = ended()
    assert drive.refused(MoveReview(drive.now - timedelta(hours=1)), TECH).field == "at"
    later = drive.now + timedelta(days=2)
    drive.do(MoveReview(later), TECH)
    assert drive.incident.review_at == later
    assert drive.do(MoveReview(later), TECH) == ()


def test_a_review_that_nobody_reports_as_held_is_reminded_then_put_before_the_command_centre() -> None:
    drive = ended("major")
    drive.effects.clear()
    drive.wait(days=30)
    assert drive.incident.review_reminded == len(after.REVIEW_AGAIN)
    assert len([say for say in drive.said("@ecc") if "复盘" in str(say.text)]) == len(after.REVIEW_AGAIN) - 1


def test_a_held_review_is_not_reminded() -> None:
    drive = ended()
    drive.do(HoldReview(), TECH)
    assert not [d for d in after.deadlines(drive.incident, plan()) if d.kind == "after.review"]


# --- improvements -------------------------------------------------------------------------------------------------------------


def test_an_improvement_has_an_owner_the_plan_knows_and_a_date_ahead() -> None:
    drive = ended()
    assert drive.refused(AddAction("改", "nobody", DUE, ""), TECH).field == "owner"
    assert drive.refused(AddAction("改", DEVELOPER, date(2026, 11, 1), ""), TECH).field == "due"
    assert drive.refused(AddAction(" ", DEVELOPER, DUE, ""), TECH).field == "text"


def test_an_improvement_may_be_noted_in_the_middle_of_the_response() -> None:
    assert with_action(verifying()).incident.actions[0].id == "a1"


def test_the_same_improvement_twice_is_once() -> None:
    drive = with_action(ended())
    assert drive.do(AddAction("回滚脚本加库表检查", DEVELOPER, DUE, ""), TECH) == ()


def test_the_owner_finishes_with_evidence() -> None:
    drive = with_action(ended())
    assert drive.refused(FinishAction("a1", "MR 771"), OPS).fix[0].press.action == "task.ask"
    assert drive.refused(FinishAction("a1", ""), DEVELOPER).field == "evidence"
    drive.do(FinishAction("a1", "MR 771"), DEVELOPER)
    assert drive.incident.actions[0].state == "done"


def test_somebody_else_verifies() -> None:
    drive = with_action(ended())
    drive.refused(VerifyAction("a1", True, ""), OPS)  # nothing to check yet
    drive.do(FinishAction("a1", "MR 771"), DEVELOPER)
    drive.refused(VerifyAction("a1", True, "看过"), DEVELOPER)
    drive.do(VerifyAction("a1", True, "看过"), OPS)
    assert (drive.incident.actions[0].state, drive.incident.actions[0].checked_by) == ("verified", OPS)
    assert drive.do(VerifyAction("a1", True, "看过"), OPS) == ()


def test_not_good_enough_goes_back_to_its_owner_with_what_is_missing() -> None:
    drive = with_action(ended())
    drive.do(FinishAction("a1", "MR 771"), DEVELOPER)
    assert drive.refused(VerifyAction("a1", False, ""), OPS).field == "note"
    drive.do(VerifyAction("a1", False, "没有测试"), OPS)
    assert drive.incident.actions[0].state == "open"
    assert drive.said("@tech")[-1].mentions == (DEVELOPER,)


def test_an_improvement_is_reminded_before_and_on_its_date_and_late_ones_reach_the_command_centre() -> None:
    drive = with_action(ended())
    drive.do(HoldReview(), TECH)
    drive.effects.clear()
    drive.wait(days=60)
    reminded = [say for say in drive.said("@tech") if "改进" in str(say.text)]
    assert len(reminded) == 3  # 7 and 3 days before, and on the day
    assert len([say for say in drive.said("@ecc") if "改进" in str(say.text)]) == len(after.OVERDUE_AGAIN)
    assert not [d for d in after.deadlines(drive.incident, plan()) if d.kind == "after.action"]


def test_improvements_live_on_after_closing() -> None:
    drive = ended()
    complete(drive)
    drive.do(CloseIncident(), TECH)
    drive.do(FinishAction("a1", "MR 771"), DEVELOPER)
    drive.do(VerifyAction("a1", True, ""), OPS)
    assert drive.incident.actions[0].state == "verified"


# --- closing ------------------------------------------------------------------------------------------------------------------


def test_closing_lists_what_is_missing() -> None:
    drive = ended()
    refusal = drive.refused(CloseIncident(), TECH)
    ids = [one.condition for one in after.missing(drive.incident, plan())]
    assert ids == ["summary:ecc", "summary:tech", "summary:biz", "summary:comms", "review", "actions", *PLACES]
    assert refusal.field == "reason"
    assert refusal.fix[0].press.action == "after.summary"


def test_closing_early_with_a_reason_is_a_deviation() -> None:
    drive = ended()
    before = len(drive.incident.deviations)
    drive.do(CloseIncident("并入 INC-9 一起复盘"), TECH)
    assert drive.incident.stage == "closed"
    assert [d.reason for d in drive.incident.deviations[before:]] == ["并入 INC-9 一起复盘"]


def test_a_complete_incident_closes_without_a_word() -> None:
    drive = ended()
    complete(drive)
    before = len(drive.incident.deviations)
    drive.do(CloseIncident(), TECH)
    assert (drive.incident.stage, len(drive.incident.deviations)) == ("closed", before)
    assert drive.do(CloseIncident(), TECH) == ()


def test_the_postmortem_lies_in_the_room_as_a_draft_for_the_review_and_whole_at_the_close() -> None:
    drive = ended()
    complete(drive)
    drive.do(CloseIncident(), TECH)
    names = [effect.name for effect in drive.effects if isinstance(effect, Attach)]
    assert names == [f"{drive.incident.id}-postmortem-draft.md", f"{drive.incident.id}-postmortem.md"]


def test_an_incident_that_has_not_ended_is_not_closed() -> None:
    assert verifying().refused(CloseIncident("够了"), TECH).fix[0].press.action == "end.sign"


def test_the_places_for_loss_accountability_and_plan_revision_are_attested_after_the_end() -> None:
    drive = verifying()
    drive.refused(Attest("loss", "没有损失"), BIZ)
    drive = ended()
    drive.refused(Attest("loss", "没有损失"), OPS)
    assert drive.refused(Attest("loss", ""), BIZ).field == "note"
    drive.do(Attest("loss", "没有损失"), BIZ)
    assert drive.incident.attestations["loss"].by == BIZ
