"""Somebody whom the plan does not know may report, add and look; nobody becomes somebody else by saying so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import life, people, rights
from bot.core.commands import (
    Absorb,
    AddToReport,
    AnswerQuestion,
    Arrive,
    BindIdentity,
    Command,
    MeetGuest,
    ReportIncident,
    TakeNote,
    TakeRole,
)  # fmt: skip
from bot.core.errors import Refused
from bot.core.events import GuestMet, IdentityBound, ReportAdded, Stamp
from bot.core.people import Team
from bot.core.world import World
from bot.effects import OpenRoom
from bot.words import Line, Who
from tests.core.drive import ADMIN, PROJECT, SERVICE, START, TECH, Drive, plan, report_of

GUEST = "slack:U0GUEST"


def team(*commands: tuple[Command, str | None], start: Team | None = None) -> Team:
    found = start or Team()
    for command, by in commands:
        for event in life.decide(found, command, by, World(plan(), START, found, "team")):
            after = life.evolve(found, event, Stamp(START, by, 1))
            assert isinstance(after, Team)
            found = after
    return found


def refusal(command: Command, by: str | None, start: Team | None = None) -> Line:
    with pytest.raises(Refused) as refused:
        team((command, by), start=start)
    assert isinstance(refused.value.text, Line)
    return refused.value.text


def test_a_guest_reports_in_one_line_and_is_in_the_room_of_that_report() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of(reporter=GUEST)), GUEST)
    room = next(effect for effect in drive.effects if isinstance(effect, OpenRoom))
    assert GUEST in room.members
    drive.wait(hours=2)  # whatever rings for the reporter finds them
    assert GUEST in drive.incident.people


def test_a_guest_adds_to_any_report_and_is_told_who_does_the_rest() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    assert any(isinstance(event, ReportAdded) for event in drive.do(AddToReport("杭州仓也不行"), GUEST))
    assert drive.do(Absorb("", "我这里也是", GUEST), GUEST)
    for command in (TakeRole("scribe"), AnswerQuestion("technical", "i_module", 3), TakeNote("x"), Arrive()):
        refused = drive.refused(command, GUEST)
        assert isinstance(refused.text, Line)
        args = dict(refused.text.args)
        assert (args["platform"], args["id"]) == ("slack", "U0GUEST")
        assert {button.press.action for button in refused.fix} == {"report.form", "incidents.show"}


def test_whoever_is_met_is_known_by_name_and_spoken_to_in_their_language() -> None:
    met = team((MeetGuest(GUEST, " Ann ", "en"), None))
    assert met.guests == {GUEST: "Ann"}
    assert people.language(plan(), met, GUEST) == "en"
    assert people.language(plan(), Team(), GUEST) == "zh-CN"
    assert team((MeetGuest(GUEST, "Ann"), None), start=met) == met
    assert team((MeetGuest(TECH, "林远"), None)) == Team()


def test_a_guest_who_bears_the_name_of_somebody_of_the_plan_is_marked() -> None:
    met = team((MeetGuest(GUEST, "林远"), None))
    assert people.names(plan(), met, "zh-CN")[GUEST] == "林远（访客）"
    assert people.names(plan(), met, "zh-CN")[TECH] == "林远"
    bound = team((BindIdentity(ADMIN, "slack", "U0GUEST"), PROJECT), start=met)
    assert people.names(plan(), bound, "en")[GUEST] == plan().people[ADMIN].name_en


def test_an_account_is_bound_by_the_bot_by_the_command_centre_or_once_by_oneself() -> None:
    mine = BindIdentity(ADMIN, "slack", "U0ADMIN")
    for by in (None, PROJECT, ADMIN):
        assert team((mine, by)).identities == {"slack:U0ADMIN": ADMIN}
    bound = team((mine, ADMIN))
    assert team((mine, ADMIN), start=bound) == bound
    refusal(BindIdentity(ADMIN, "slack", "U0OTHER"), ADMIN, start=bound)


def test_nobody_takes_an_account_or_a_name_from_somebody_else() -> None:
    bound = team((BindIdentity(ADMIN, "slack", "U0ADMIN"), None))
    refusal(BindIdentity(SERVICE, "slack", "U0ADMIN"), SERVICE, start=bound)
    refusal(BindIdentity(TECH, "slack", "U0X"), SERVICE)
    said = dict(refusal(BindIdentity(TECH, "slack", "U0GUEST"), GUEST).args)
    duty = rights.centre_now(World(plan(), START, Team(), "team"))
    assert [part for part in said["who"].parts if isinstance(part, Who)] == [Who(person) for person in duty]  # type: ignore[union-attr]
    assert dict(said["said"].args) == {"name": "林远", "platform": "slack", "id": "U0GUEST"}  # type: ignore[union-attr]


def test_what_the_plan_says_of_an_account_is_changed_in_the_plan() -> None:
    known = plan()
    admin = known.people[ADMIN].model_copy(update={"identities": {"slack": "U0ADMIN"}})
    written = known.model_copy(update={"people": {**known.people, ADMIN: admin}})
    for by in (None, PROJECT, SERVICE):
        with pytest.raises(Refused):
            life.decide(Team(), BindIdentity(SERVICE, "slack", "U0ADMIN"), by, World(written, START, Team(), "team"))


def test_a_guest_does_not_see_a_confidential_incident_of_others() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    assert rights.sees(drive.incident, GUEST)
    secret = replace(drive.incident, confidential=True)
    assert not rights.sees(secret, GUEST)
    assert rights.sees(secret, ADMIN)
    assert rights.sees(replace(secret, report=report_of(reporter=GUEST)), GUEST)


def test_events_say_only_what_happened() -> None:
    world = World(plan(), START, Team(), "team")
    assert life.decide(Team(), MeetGuest(GUEST, "Ann"), None, world) == (GuestMet(GUEST, "Ann"),)
    assert life.decide(Team(), BindIdentity(ADMIN, "slack", "U1"), ADMIN, world) == (IdentityBound(ADMIN, "slack", "U1"),)
