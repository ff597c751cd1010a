"""Checklists: who does what by when, what holds a line back, who is chased."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import checklist, life, lists
from bot.core.commands import (
    Activate,
    AddItem,
    ApproveMeasure,
    Arrive,
    AssignItem,
    BlockItem,
    CannotCome,
    CheckItem,
    ChooseFault,
    ConfirmMeasure,
    DropChecklist,
    ExecuteMeasure,
    LoadPlaybook,
    ProposeMeasure,
    ReopenItem,
    ReportIncident,
    SkipItem,
)
from bot.core.events import ChecklistDropped, ChecklistLoaded, DeviationNoted, ItemChased, ItemChecked, StageMoved
from bot.core.incident import Checklist, Item
from tests.core.drive import ARCHITECT, DEVELOPER, OPS, SERVICE, TECH, TESTER, Drive, plan, report_of, responding

CODE = "fc_code_defect"


def drive_with(fault: str = CODE, level: str = "severe") -> Drive:
    drive = responding(level)
    for person in (OPS, DEVELOPER, ARCHITECT, TESTER):
        drive.do(Arrive(), person)
    drive.do(ChooseFault(fault), OPS)
    return drive


def the(drive: Drive, id: str = CODE) -> Checklist:
    return next(each for each in drive.incident.checklists if each.id == id)


def item(drive: Drive, id: str, of: str = CODE) -> Item:
    return next(each for each in the(drive, of).items if each.id == id)


def test_the_activation_loads_the_playbook_of_the_affected_service() -> None:
    assert [each.id for each in responding().incident.checklists] == ["pb_manual_order"]


def test_a_minor_incident_gets_no_playbook_unasked() -> None:
    assert responding("minor").incident.checklists == ()


def test_an_affected_link_without_a_named_service_gets_its_main_playbook() -> None:
    drive = responding()
    state = replace(drive.incident, report=replace(report_of(), links=("warehouse", "sales")))
    assert checklist.playbooks_for(plan(), state) == ("pb_manual_order", "pb_paper_inventory")


def test_a_fault_chosen_loads_its_list_with_times_from_now() -> None:
    drive = drive_with()
    first = the(drive).items[0]
    assert (the(drive).side, first.due_at) == ("technical", drive.now + timedelta(minutes=first.minutes))


def test_a_list_chosen_before_the_activation_gets_its_times_then() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    drive.do(ChooseFault(CODE), OPS)
    before = the(drive).items[0].due_at
    drive.do(Activate("severe", "大面积"), TECH)
    assert (before, the(drive).items[0].due_at) == (None, drive.now + timedelta(minutes=the(drive).items[0].minutes))
    assert drive.incident.faults == (CODE,)


def test_another_cause_drops_the_untouched_list_and_keeps_a_begun_one() -> None:
    drive = drive_with()
    assert [type(each) for each in drive.do(ChooseFault("fc_hardware"), OPS)] == [ChecklistDropped, ChecklistLoaded]
    drive.do(CheckItem("fc_hardware", "1"), OPS)
    assert [type(each) for each in drive.do(ChooseFault(CODE), OPS)] == [ChecklistLoaded]
    assert drive.incident.faults == ("fc_hardware", CODE)


def test_choosing_the_same_fault_twice_is_one_list() -> None:
    assert drive_with().do(ChooseFault(CODE), OPS) == ()


def test_a_fault_the_plan_does_not_know_is_refused_at_its_field() -> None:
    assert drive_with().refused(ChooseFault("fc_nothing"), OPS).field == "checklist"


def test_a_confidential_list_makes_the_incident_confidential() -> None:
    assert drive_with("fc_attack").incident.confidential


def test_the_owner_is_whoever_fills_the_post_now() -> None:
    drive = drive_with()
    first = item(drive, "1")
    assert checklist.owner(drive.incident, first) == OPS
    drive.do(AssignItem(CODE, "1", DEVELOPER), TECH)
    assert checklist.owner(drive.incident, item(drive, "1")) == DEVELOPER


def test_a_deputy_who_came_owns_the_lines_of_the_post() -> None:
    drive = responding()
    drive.do(ChooseFault(CODE), TECH)
    drive.do(CannotCome(), OPS)
    deputy = checklist.owner(drive.incident, item(drive, "1"))
    assert deputy not in (OPS, None)


def test_a_line_behind_a_gate_is_refused_with_the_gate_and_a_button_to_it() -> None:
    refusal = drive_with().refused(CheckItem(CODE, "2"), OPS)
    assert "{gate}" in getattr(refusal.text, "text", "")
    assert refusal.fix[0].press.action == "list.check"
    assert ("item", "1") in refusal.fix[0].press.args


def test_a_gate_skipped_with_a_reason_opens_and_is_a_deviation() -> None:
    drive = drive_with()
    assert any(isinstance(event, DeviationNoted) for event in drive.do(SkipItem(CODE, "1", "已经冻结"), OPS))
    assert drive.do(CheckItem(CODE, "2"), OPS) != ()


def test_a_measure_line_is_ticked_only_after_the_measure_was_carried_out() -> None:
    drive = drive_with()
    drive.do(CheckItem(CODE, "1"), OPS)
    assert drive.refused(CheckItem(CODE, "6"), OPS).fix[0].press.action == "measure.propose"
    drive.do(ProposeMeasure("rollback", "回滚 v5.2", "吻合", "丢两分钟会话", "再发 v5.2", "降级开关"), OPS)
    assert drive.refused(CheckItem(CODE, "6"), OPS).fix[0].press.action == "measure.approve"
    drive.do(ApproveMeasure("m1"), TECH)
    assert drive.refused(CheckItem(CODE, "6"), OPS).fix[0].press.action == "measure.execute"
    drive.do(ExecuteMeasure("m1"), OPS)
    assert drive.refused(CheckItem(CODE, "6"), OPS).fix[0].press.action == "measure.confirm"
    drive.do(ConfirmMeasure("m1", "错误率降到 1%"), DEVELOPER)
    assert [type(event) for event in drive.do(CheckItem(CODE, "6"), OPS)] == [ItemChecked]


def test_the_commander_takes_no_hands_on_line() -> None:
    drive = drive_with()
    assert drive.refused(CheckItem(CODE, "1"), TECH).text == drive.refused(SkipItem(CODE, "1", "x"), TECH).text
    assert drive.refused(AssignItem(CODE, "1", TECH), OPS).field == "person"


def test_the_first_line_done_moves_an_activated_response_on() -> None:
    drive = drive_with()
    assert StageMoved("responding") in drive.do(CheckItem(CODE, "1", "冻结了 3 个发布"), OPS)
    assert drive.incident.stage == "responding"
    assert (item(drive, "1").note, item(drive, "1").by) == ("冻结了 3 个发布", OPS)


def test_a_second_tick_changes_nothing() -> None:
    drive = drive_with()
    drive.do(CheckItem(CODE, "1"), OPS)
    assert drive.do(CheckItem(CODE, "1"), DEVELOPER) == ()


@pytest.mark.parametrize("command", [SkipItem(CODE, "1", " "), BlockItem(CODE, "1", ""), DropChecklist(CODE, "")])
def test_skipping_blocking_and_dropping_take_a_reason(command: SkipItem | BlockItem | DropChecklist) -> None:
    assert drive_with().refused(command, OPS).field == "reason"


def test_a_done_line_is_skipped_or_blocked_only_after_it_was_taken_back() -> None:
    drive = drive_with()
    drive.do(CheckItem(CODE, "1"), OPS)
    assert drive.refused(SkipItem(CODE, "1", "x"), OPS).fix[0].press.action == "list.reopen"
    drive.do(ReopenItem(CODE, "1"), OPS)
    drive.do(BlockItem(CODE, "1", "等权限"), OPS)
    assert (item(drive, "1").state, item(drive, "1").note) == ("blocked", "等权限")


def test_a_line_added_on_the_fly_has_a_name_and_a_time() -> None:
    drive = drive_with()
    drive.do(AddItem(CODE, "查 CDN", "ops", DEVELOPER, 10), OPS)
    added = item(drive, "x1")
    assert (added.text, added.owner, added.due_at) == ("查 CDN", DEVELOPER, drive.now + timedelta(minutes=10))
    assert drive.refused(AddItem(CODE, "  "), OPS).field == "text"
    assert drive.refused(AddItem(CODE, "查", owner=TECH), OPS).field == "owner"
    assert drive.refused(AddItem(CODE, "查", owner="nobody"), OPS).field == "owner"


def test_an_old_card_is_told_that_its_list_is_gone() -> None:
    drive = drive_with()
    drive.do(DropChecklist(CODE, "不是代码"), OPS)
    assert "换掉" in drive.refused(CheckItem(CODE, "1"), OPS).text.text  # type: ignore[union-attr]
    assert drive.incident.faults == ()


def test_the_owner_is_chased_once_by_name_then_the_lead() -> None:
    drive = drive_with()
    drive.do(DropChecklist("pb_manual_order", "只看技术"), OPS)
    drive.wait(minutes=20)
    chased = [(event.item, event.whom, stamp.at) for event, stamp in drive.log if isinstance(event, ItemChased)]
    due = item(drive, "1").due_at
    assert due is not None
    assert chased == [("1", 1, due), ("1", 2, due + timedelta(minutes=plan().timing.overdue_lead_min))]
    says = [say for say in drive.said() if say.slot.startswith("chase:list")]
    assert [OPS in say.mentions for say in says] == [True, False]
    assert says[1].mentions != ()


def test_who_is_only_being_called_is_not_chased_for_lines_too() -> None:
    drive = responding()
    drive.do(ChooseFault(CODE), TECH)
    drive.wait(minutes=9)
    assert not [event for event, _ in drive.log if isinstance(event, ItemChased) and event.checklist == CODE]
    drive.do(Arrive(), OPS)
    drive.wait(minutes=item(drive, "1").minutes)
    assert drive.said()[-1].mentions == (OPS,)


def test_the_lines_of_one_person_are_one_sentence() -> None:
    drive = drive_with()
    drive.do(CheckItem(CODE, "1"), OPS)
    drive.do(AddItem(CODE, "查日志", "", DEVELOPER, 2), OPS)
    drive.do(AddItem("pb_manual_order", "打电话", "", DEVELOPER, 2), OPS)
    drive.wait(minutes=2)
    said = str(drive.said()[-1].text)
    assert drive.said()[-1].mentions == (DEVELOPER,)
    assert [said.count(word) for word in ("查日志", "打电话", "打勾")] == [1, 1, 1]


def test_a_line_that_nobody_has_is_put_before_the_lead_once() -> None:
    drive = drive_with()
    drive.do(CheckItem(CODE, "1"), OPS)
    drive.do(AddItem(CODE, "打给机房", "admin", None, 2), OPS)
    drive.state = replace(drive.incident, calls=tuple(c for c in drive.incident.calls if c.post != "admin"))
    drive.wait(minutes=15)
    asked = [(event.whom, stamp.seq) for event, stamp in drive.log if isinstance(event, ItemChased) and event.item == "x1"]
    assert [whom for whom, _ in asked] == [2]


def test_lines_behind_an_open_gate_are_not_chased() -> None:
    drive = drive_with()
    drive.wait(minutes=40)
    assert {event.item for event, _ in drive.log if isinstance(event, ItemChased) and event.checklist == CODE} == {"1"}


def test_what_falls_due_in_the_same_minute_is_one_message() -> None:
    drive = drive_with()
    drive.do(CheckItem(CODE, "1"), OPS)
    drive.wait(minutes=9)
    chased = [stamp.at for event, stamp in drive.log if isinstance(event, ItemChased) and event.checklist == CODE]
    says = [say for say in drive.said() if say.slot.startswith("chase:list")]
    assert len(chased) == 3  # ops, developer and lead are all due in minute 8
    assert len(set(chased)) == 1
    assert len([say for say in says if OPS in say.mentions and DEVELOPER in say.mentions]) == 1


def test_a_line_is_late_only_once_its_own_time_is_over() -> None:
    drive = drive_with()
    drive.wait(minutes=30)
    drive.do(CheckItem(CODE, "1"), OPS)
    late = lists.expected(drive.incident, the(drive), item(drive, "2"))
    assert late == drive.now + timedelta(minutes=item(drive, "2").minutes - item(drive, "1").minutes)


def test_whoever_takes_up_an_overdue_line_gets_its_time_and_is_chased_anew() -> None:
    drive = drive_with()
    drive.wait(minutes=20)
    drive.do(AssignItem(CODE, "1", DEVELOPER), TECH)
    assert item(drive, "1").due_at == drive.now + timedelta(minutes=item(drive, "1").minutes)
    drive.wait(minutes=4)
    assert drive.said()[-1].mentions == (DEVELOPER,)


def test_no_timer_is_ever_planned_twice() -> None:
    drive = drive_with()
    rung: list[object] = []
    for _ in range(60):
        rung += [each for each in checklist.deadlines(drive.incident, plan()) if each.at <= drive.now + timedelta(minutes=1)]
        drive.wait(minutes=1)
    assert len(rung) == len(set(rung)) == 3


def test_a_major_incident_chases_in_the_room_of_the_group() -> None:
    drive = drive_with(level="major")
    drive.state = replace(drive.incident, rooms=("war", "sub:tech"))
    drive.wait(minutes=4)
    assert any(say.slot.startswith("chase:list") for say in drive.said("sub:tech"))


def test_nothing_is_chased_once_the_repair_is_being_verified() -> None:
    drive = drive_with()
    assert checklist.deadlines(replace(drive.incident, stage="verifying"), plan()) == ()


def test_after_the_end_a_list_is_closed_with_the_way_to_reopen() -> None:
    drive = drive_with()
    drive.state = replace(drive.incident, stage="ended")
    assert drive.refused(CheckItem(CODE, "1"), OPS).fix[0].press.action == "incident.reopen"


def test_a_playbook_is_loaded_once_by_hand() -> None:
    drive = drive_with()
    drive.do(LoadPlaybook("pb_cold_chain"), OPS)
    assert (the(drive, "pb_cold_chain").side, drive.do(LoadPlaybook("pb_cold_chain"), OPS)) == ("business", ())
    assert drive.refused(LoadPlaybook("pb_nothing"), OPS).field == "playbook"


def test_deadlines_are_those_of_the_whole_record() -> None:
    drive = drive_with()
    assert set(checklist.deadlines(drive.incident, plan())) <= set(life.deadlines(drive.incident, plan()))
