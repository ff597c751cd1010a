"""Somebody who leaves a room while something waits for them is asked about once; bystanders come and go."""

from __future__ import annotations

from bot.cards.model import Button, Buttons, Card
from bot.cards.views import VIEWS, desk
from bot.core.commands import AssignRole, BringBack, CloseIncident, FinishTask, GiveTask, LeaveRoom, OfferHandover, TakeRole
from bot.effects import Invite
from tests.core.drive import BIZ, OPS, PROJECT, SERVICE, TECH, Drive, plan, responding
from tests.core.walk import ended

BRIEF = {point.id: "见状态卡" for point in plan().documents.handover}


def asked(drive: Drive) -> dict[str, Card]:
    """The open questions, by where they stand."""
    placed = [one for one in desk(drive.incident, plan()) if one.view == "left"]
    drawn = {one.room: VIEWS["left"](drive.incident, plan(), dict(one.args)) for one in placed}
    return {room: card for room, card in drawn.items() if card.state == "open"}


def actions(card: Card) -> list[str]:
    items = [item for block in card.blocks if isinstance(block, Buttons) for item in block.items]
    return [item.press.action for item in items if isinstance(item, Button)]


def test_a_commander_who_leaves_is_asked_about_in_the_room_and_where_they_still_read() -> None:
    drive = responding()
    assert drive.do(LeaveRoom(TECH, "war"), TECH)
    assert set(asked(drive)) == {"war", f"dm:{TECH}"}
    assert actions(asked(drive)["war"]) == ["room.back", "role.take"]
    assert not drive.do(LeaveRoom(TECH, "war"), TECH), "once"


def test_a_seat_of_the_command_centre_may_follow_a_commander_who_left() -> None:
    drive = responding()
    drive.refused(TakeRole("commander"), BIZ)
    drive.do(LeaveRoom(TECH, "war"), TECH)
    drive.do(TakeRole("commander"), BIZ)
    assert drive.incident.commander == BIZ
    drive.do(OfferHandover("commander", PROJECT, BRIEF), BIZ)


def test_leaving_is_no_sign_of_life() -> None:
    drive = responding()
    seen = drive.incident.commander_seen_at
    drive.wait(minutes=3)
    drive.do(LeaveRoom(TECH, "war"), TECH)
    assert drive.incident.commander_seen_at == seen


def test_bystanders_and_what_is_over_are_not_asked_about() -> None:
    drive = responding()
    for person, slot in ((SERVICE, "war"), ("nobody", "war"), (TECH, "war~1"), (TECH, "@ecc"), (TECH, "dm:linyuan")):
        if person == SERVICE:
            assert not any(call.here == SERVICE for call in drive.incident.calls)
        assert drive.do(LeaveRoom(person, slot), person) == ()
    over = ended()
    assert over.do(LeaveRoom(TECH, "war"), TECH) == ()
    over.do(CloseIncident("先归档"), TECH)
    assert over.do(LeaveRoom(TECH, "war"), TECH) == ()


def test_whoever_is_brought_back_is_invited_and_the_question_is_settled() -> None:
    drive = responding()
    drive.do(LeaveRoom(TECH, "sub:tech"), TECH)
    drive.effects.clear()
    drive.refused(BringBack(TECH), "nobody")
    drive.do(BringBack(TECH), PROJECT)
    assert {effect.room for effect in drive.effects if isinstance(effect, Invite) and TECH in effect.people} == {"war", "sub:tech"}
    assert asked(drive) == {}
    assert drive.do(BringBack(TECH), PROJECT) == ()
    drive.do(LeaveRoom(TECH, "war"), TECH)
    assert len(asked(drive)) == 2, "again is asked again, in a message of its own"
    assert len([one for one in desk(drive.incident, plan()) if one.view == "left"]) == 2


def test_with_nothing_left_to_do_the_question_is_settled_too() -> None:
    drive = responding()
    drive.do(GiveTask("查主从延迟", "jiangwen", 15), TECH)
    drive.do(LeaveRoom("jiangwen", "war"), "jiangwen")
    assert actions(asked(drive)["war"]) == ["room.back", "task.give"]
    drive.do(FinishTask("t1", "0.2 秒"), "jiangwen")
    assert asked(drive) == {}


def test_a_role_is_given_to_somebody_else_from_the_question() -> None:
    drive = responding()
    drive.do(TakeRole("deputy"), OPS)
    drive.do(LeaveRoom(OPS, "war"), OPS)
    assert actions(asked(drive)["war"]) == ["room.back", "role.assign"]
    drive.do(AssignRole("deputy", "xunuo"), TECH)
    assert "deputy" not in str(asked(drive))
