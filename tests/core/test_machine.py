"""What the bot could not do is told in sentences, which stay sentences from the effect to whoever reads the card."""

from __future__ import annotations

from bot.cards.views import VIEWS, desk
from bot.core.commands import RecordOutcome, ReportIncident
from bot.core.incident import Incident
from bot.store.codec import Codec
from bot.words import When, Who, line
from tests.core.drive import SERVICE, Drive, plan, report_of, responding


def test_why_something_was_not_done_waits_for_its_reader_even_in_the_database() -> None:
    why = line("群「{name}」没建成：{why}", name="下单报错", why=line("没有权限"))
    drive = responding()
    drive.do(RecordOutcome("war@slack", "parked", why))
    (trouble,) = drive.incident.troubles
    assert trouble.why == why
    kept: Codec[Incident] = Codec(Incident)
    assert kept.load(kept.dump(drive.incident)).troubles[0].why == why


def test_a_room_that_waits_its_turn_is_told_to_the_reporter_and_the_commander_until_it_stands() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    assert not receipts(drive), "nobody is told of a wait that there is not"
    queue = line("建群在排队，约 {at} 开", at=When(drive.now))
    assert drive.do(RecordOutcome("war", "waiting", queue))
    assert not drive.do(RecordOutcome("war", "waiting", queue)), "once"
    assert receipts(drive) == {SERVICE: "open", drive.incident.assessors[0].person: "open"}
    drive.do(RecordOutcome("war", "room_opened"))
    assert drive.incident.troubles == ()
    assert set(receipts(drive).values()) == {"done"}
    assert not drive.do(RecordOutcome("war", "waiting", queue)), "a word that comes late says nothing"


def test_a_side_room_that_waits_is_noted_but_keeps_nobody_waiting() -> None:
    drive = responding("major")
    drive.do(RecordOutcome("war", "room_opened"))
    drive.do(RecordOutcome("sub:tech", "waiting", "20:14"))
    assert [trouble.kind for trouble in drive.incident.troubles] == ["waiting"]
    assert not receipts(drive)
    drive.do(RecordOutcome("sub:tech", "room_opened"))
    assert drive.incident.troubles == ()


def receipts(drive: Drive) -> dict[str, str]:
    """Who is told that the room has to wait, and whether that is over."""
    told = [placed for placed in desk(drive.incident, plan()) if placed.view == "receipt"]
    return {placed.room.removeprefix("dm:"): VIEWS["receipt"](drive.incident, plan(), dict(placed.args)).state for placed in told}


def test_only_a_war_room_that_cannot_open_pages_everybody() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    rings = drive.incident.rings
    drive.do(RecordOutcome("page:wangmin:1@slack", "parked", line("没能呼叫 {who}：{why}", who=Who("wangmin"), why="?")))
    assert drive.incident.rings == rings
    drive.do(RecordOutcome("war@slack", "parked", line("没有权限")))
    assert drive.incident.rings != rings
