"""Closing archives the rooms; a reopened incident moves into new ones, and every room and card in them has a name of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.cards.views import desk
from bot.core import housing
from bot.core.commands import (
    AddAction,
    ChooseFault,
    CloseIncident,
    DeclareFalseAlarm,
    MergeInto,
    RecordOutcome,
    Reopen,
    ReportIncident,
    SendUpdate,
    SubmitSummary,
    TakeRole,
)  # fmt: skip
from bot.effects import Attach, CloseRoom, Effect, Invite, Link, OpenRoom, Say, SetTopic
from tests.core.drive import ADMIN, DEVELOPER, PROJECT, SERVICE, TECH, TESTER, Drive, plan, report_of, responding
from tests.core.walk import ended


def opened(drive: Drive, *slots: str) -> Drive:
    for slot in slots:
        drive.do(RecordOutcome(slot, "room_opened"))
    return drive


def closed(drive: Drive) -> Drive:
    drive.do(CloseIncident("先归档"), TECH)
    return drive


def moved(drive: Drive, reason: str = "又报错") -> tuple[Effect, ...]:
    drive.effects.clear()
    drive.do(Reopen(reason), PROJECT)
    return tuple(drive.effects)


def slots(drive: Drive) -> set[tuple[str, str]]:
    return {(placed.room, placed.slot) for placed in desk(drive.incident, plan())}


def test_closing_says_where_a_return_leads_lays_the_file_down_and_archives_every_room() -> None:
    drive = opened(ended(), "war", "sub:tech")
    drive.effects.clear()
    closed(drive)
    kinds = [type(effect) for effect in drive.effects]
    assert kinds == [Attach, Say, CloseRoom, CloseRoom]
    assert [effect.room for effect in drive.effects if isinstance(effect, CloseRoom)] == ["war", "sub:tech"]
    assert drive.incident.rooms == ()
    assert not [deadline for deadline in drive.kinds() if deadline == "after.archive"]


def test_a_false_alarm_and_a_merged_incident_leave_no_room_open() -> None:
    for command in (DeclareFalseAlarm("备份任务引起"), MergeInto("INC-2", "同一件事")):
        drive = opened(responding("major"), "war", "sub:tech", "sub:biz")
        drive.effects.clear()
        drive.do(command, TECH)
        assert [effect.room for effect in drive.effects if isinstance(effect, CloseRoom)] == ["war", "sub:tech", "sub:biz"]


def test_a_room_that_does_not_stand_yet_when_its_incident_is_over_is_archived_when_it_does() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    drive.do(RecordOutcome("war", "waiting", "20:14"))
    drive.effects.clear()
    drive.do(DeclareFalseAlarm("误报"), PROJECT)
    assert CloseRoom("war") in drive.effects


def test_an_ended_incident_is_reopened_in_the_room_that_is_still_there() -> None:
    drive = opened(ended(), "war")
    effects = moved(drive)
    assert not [effect for effect in effects if isinstance(effect, OpenRoom | CloseRoom)]
    assert {effect.room for effect in effects if isinstance(effect, Say)} >= {"war", "@ecc"}
    assert drive.incident.moves == 0


def test_a_closed_incident_is_reopened_in_a_new_room_with_its_people_and_the_way_to_the_old_one() -> None:
    drive = closed(opened(ended(), "war"))
    drive.wait(days=2)
    people = set(drive.incident.people)
    effects = moved(drive)
    assert (drive.incident.stage, drive.incident.close_reason, drive.incident.moves) == ("responding", "", 1)
    room = next(effect for effect in effects if isinstance(effect, OpenRoom))
    assert (room.slot, set(room.members)) == ("war~1", people)
    assert room.slug.endswith("-2"), "an archived room keeps its name"
    assert room.slug.startswith(f"inc-1-{drive.incident.level}-"), "a level in force stands in the name"
    assert not [card for card in desk(drive.incident, plan()) if card.mention_all], "what only moves calls nobody"
    assert [(link.room, link.path) for link in effects if isinstance(link, Link)] == [("war~1", "/i/INC-1"), ("war~1", "room:war")]
    first = next(effect for effect in effects if isinstance(effect, Say))
    assert (first.room, "新的群" in first.text.text) == ("war~1", True)  # type: ignore[union-attr]
    assert not [effect for effect in effects if isinstance(effect, CloseRoom)]


def test_whatever_is_done_in_the_new_room_is_said_and_shown_there() -> None:
    drive = closed(opened(ended(), "war"))
    moved(drive)
    opened(drive, "war~1")
    drive.effects.clear()
    drive.do(TakeRole("deputy"), TESTER)
    drive.do(SendUpdate({"situation": "又报错"}), ADMIN)
    rooms = {effect.room for effect in drive.effects if isinstance(effect, Invite | SetTopic | Say)}
    assert {room for room in rooms if not room.startswith("@")} == {"war~1"}
    assert {("war~1", "status~1"), ("war~1", "roll~1"), ("@ecc", "centre"), ("@report", "notice")} <= slots(drive)
    assert all(slot.endswith("~1") for room, slot in slots(drive) if room == "war~1")
    assert not [room for room, _ in slots(drive) if room == "war"]


def test_what_was_said_in_the_old_room_and_is_over_is_not_said_to_everybody_again() -> None:
    drive = responding()
    drive.do(SendUpdate({"situation": "一"}), TECH)
    drive.do(ChooseFault("fc_code_defect"), TECH)
    drive.wait(minutes=1)
    state = replace(drive.incident, moves=1, moved_at=drive.now)
    there = {placed.slot for placed in desk(state, plan()) if placed.room == "war~1"}
    assert not [slot for slot in there if slot.startswith("sitrep")]
    assert ("@ecc", "sitrep:1:ecc") in {(placed.room, placed.slot) for placed in desk(state, plan())}
    assert [slot for slot in there if slot.startswith("list:")], "a list with open lines goes on"


def test_the_groups_of_a_major_incident_get_new_rooms_too() -> None:
    drive = closed(opened(ended("major"), "war", "sub:tech", "sub:biz", "sub:comms"))
    effects = moved(drive)
    assert [room.slot for room in effects if isinstance(room, OpenRoom)] == ["war~1", "sub:tech~1", "sub:biz~1", "sub:comms~1"]


def test_every_further_reopening_moves_once_more() -> None:
    drive = closed(opened(ended(), "war"))
    moved(drive)
    opened(drive, "war~1")
    state = replace(drive.incident, stage="closed", rooms=(), ending=ended().incident.ending)
    assert housing.former(replace(state, moves=2)) == "war~1"
    drive.state = state
    effects = moved(drive, "第三次")
    assert [room.slot for room in effects if isinstance(room, OpenRoom)] == ["war~2"]
    assert [link.path for link in effects if isinstance(link, Link)] == ["/i/INC-1", "room:war~1"]


def test_an_incident_that_was_closed_while_rooms_were_still_kept_leaves_the_old_ones_closed() -> None:
    drive = closed(opened(ended(), "war"))
    drive.state = replace(drive.incident, rooms=("war", "sub:tech"))
    effects = moved(drive)
    assert [effect.room for effect in effects if isinstance(effect, CloseRoom)] == ["war", "sub:tech"]
    assert drive.incident.rooms == ()


def test_a_summary_that_comes_after_the_archive_brings_the_file_to_the_command_centre() -> None:
    drive = closed(opened(ended(), "war"))
    drive.effects.clear()
    for group, person in {"ecc": TECH, "tech": "hechuan", "biz": SERVICE, "comms": ADMIN}.items():
        drive.do(SubmitSummary(group, "做了什么"), person)
    assert [effect.room for effect in drive.effects if isinstance(effect, Attach)] == ["@ecc"]
    assert not [effect for effect in drive.effects if getattr(effect, "room", "") == "war"]


def test_nothing_is_promised_to_an_archived_room() -> None:
    drive = ended()
    drive.do(AddAction("回滚脚本加库表检查", DEVELOPER, date(2026, 12, 7), "演练"), TECH)
    closed(opened(drive, "war")).effects.clear()
    drive.wait(days=40)
    assert drive.effects, "an improvement is asked for long after"
    assert not [effect for effect in drive.effects if getattr(effect, "room", "") == "war"]


def test_names_before_and_after_a_move_are_told_apart() -> None:
    state = ended().incident
    assert (housing.known(state, "war"), housing.former(state)) == ("war", None)
    state = replace(state, moves=2)
    assert [housing.known(state, slot) for slot in ("war", "war~0", "war~1", "list:x")] == ["war~2", "war", "war~1", "list:x~2"]
    assert [housing.plain(slot) for slot in ("war", "sub:tech~3")] == ["war", "sub:tech"]
    assert [housing.own(slot) for slot in ("war~1", "sub:tech", "@ecc", "dm:wangmin", "warm")] == [True, True, False, False, False]
