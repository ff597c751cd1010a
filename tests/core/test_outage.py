"""A platform that takes no calls: who is rung again, what the headline says, where the rooms go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.cards.model import Card
from bot.cards.views import VIEWS
from bot.core import people
from bot.core.commands import Activate, Arrive, FollowPlatforms, MarkPlatform, MissAccount, ReportIncident
from bot.core.events import AccountMissing, OutageNoted, OutageOver, PlatformBack, PlatformLost, Stamp
from bot.core.incident import Incident
from bot.core.people import Team
from bot.core.roster import decide
from bot.core.spread import homes, spread
from bot.core.world import World
from bot.effects import Effect, Invite, OpenRoom, Page
from bot.plan.schema import Plan
from bot.store.codec import Codec
from tests.core.drive import SERVICE, START, TECH, Drive, plan, report_of

BOTH = ("slack", "feishu")
LOST = PlatformLost("feishu", START)


class Two(Drive):
    """An incident where two platforms are served."""

    def __init__(self, *rooms: str, team: Team | None = None) -> None:
        super().__init__()
        self.rooms, self.team = rooms, team or Team()

    @property
    def world(self) -> World:
        return World(at_home(*self.rooms), self.now, self.team, "INC-1", BOTH)

    def hears(self, *events: PlatformLost | PlatformBack) -> tuple[Effect, ...]:
        """The effects of following what the team was told."""
        for event in events:
            self.team = people.evolve(self.team, event, STAMP)
        before = len(self.effects)
        self.do(FollowPlatforms())
        return tuple(self.effects[before:])


def at_home(*rooms: str) -> Plan:
    return plan().model_copy(update={"rooms": rooms})


STAMP = Stamp(START, None, 1)


def begun(*rooms: str) -> Two:
    drive = Two(*rooms)
    drive.do(ReportIncident(report_of()), SERVICE)
    drive.do(Activate("major", "大面积"), TECH)
    return drive


def headline(state: Incident) -> Card:
    return VIEWS["status"](state, plan(), {})


def pages(effects: Sequence[Effect]) -> list[Page]:
    return [effect for effect in effects if isinstance(effect, Page)]


def test_the_team_hears_of_it_once_and_of_its_return_once() -> None:
    world, team = World(plan(), START, Team(), "team", BOTH), Team()
    assert decide(team, MarkPlatform("feishu", None), None, world) == ()
    (lost,) = decide(team, MarkPlatform("feishu", START), None, world)
    team = people.evolve(team, lost, STAMP)  # type: ignore[arg-type]  # an event of the team
    assert decide(team, MarkPlatform("feishu", START + timedelta(minutes=1)), None, world) == ()
    assert decide(team, MarkPlatform("feishu", None), None, world) == (PlatformBack("feishu"),)


def test_whoever_rings_is_rung_once_more_by_the_same_ring_and_whoever_answered_is_not() -> None:
    drive = begun()
    ringing = {person: slots[-1] for person, slots in drive.incident.rings.items()}
    quiet, *_ = ringing
    drive.do(Arrive(None), quiet)
    rung = {page.person: page.slot for page in pages(drive.hears(LOST))}
    assert rung == {person: slot for person, slot in ringing.items() if person in drive.incident.rings}
    assert quiet not in rung
    assert drive.hears() == (), "said again it changes nothing"


def test_the_headline_says_it_until_it_is_over() -> None:
    drive = begun()
    drive.hears(LOST)
    assert "起连不上，现在由" in repr(headline(drive.incident))
    drive.hears(PlatformBack("feishu"))
    assert "连不上" not in repr(headline(drive.incident))
    assert [kind for kind in drive.kinds() if kind.startswith("Outage")] == ["OutageNoted", "OutageOver"]


def test_rooms_stay_at_home_while_one_home_is_left() -> None:
    drive = begun()
    assert not [effect for effect in drive.hears(LOST) if isinstance(effect, OpenRoom)]
    assert drive.incident.refuges == ()


def test_with_no_home_left_the_rooms_open_elsewhere_with_everybody_and_stay_there() -> None:
    drive = begun("feishu")
    assert spread(drive.incident, drive.world).rooms == ("feishu",)
    rooms = {effect.slot: effect for effect in drive.hears(LOST) if isinstance(effect, OpenRoom)}
    assert rooms.keys() >= {"war", "sub:tech", "sub:biz"}
    assert set(rooms["war"].members) == set(drive.incident.people)
    assert spread(drive.incident, drive.world).rooms == ("feishu", "slack")
    drive.hears(PlatformBack("feishu"))
    assert spread(drive.incident, drive.world).rooms == ("feishu", "slack")


def test_an_incident_that_begins_meanwhile_knows_it_from_the_start() -> None:
    drive = Two("feishu", team=Team(lost={"feishu": START}))
    drive.do(ReportIncident(report_of()), SERVICE)
    assert drive.incident.outages["feishu"].over == ("slack",)
    assert spread(drive.incident, drive.world).rooms == ("feishu", "slack")
    wars = [effect for effect in drive.effects if isinstance(effect, OpenRoom) and effect.slot == "war"]
    assert len(wars) == 1
    assert not [effect for effect in drive.effects if isinstance(effect, Invite)]
    assert len(pages(drive.effects)) == len(drive.incident.rings)


def test_who_is_reached_nowhere_else_is_named_with_a_number() -> None:
    drive = begun()
    someone = next(iter(drive.incident.rings))
    missing = AccountMissing(someone, "slack")
    drive.team = people.evolve(drive.team, missing, STAMP)
    drive.hears(LOST)
    assert someone in drive.incident.outages["feishu"].alone
    assert plan().people[someone].phone in repr(headline(drive.incident))


def test_a_platform_without_an_account_is_asked_no_more_until_one_is_bound() -> None:
    world = World(plan(), START, Team(), "team", BOTH)
    (event,) = decide(Team(), MissAccount(TECH, "slack"), None, world)
    team = people.evolve(None, event, STAMP)  # type: ignore[arg-type]  # an event of the team
    there = spread(team, replace(world, team=team))
    assert there.of(TECH) == ("feishu",)
    assert decide(team, MissAccount(TECH, "slack"), None, world) == ()


def test_a_plan_that_names_only_what_is_not_served_means_everywhere() -> None:
    assert homes(at_home("sandbox"), BOTH) == BOTH
    assert homes(at_home("sandbox", "feishu"), BOTH) == ("feishu",)
    assert homes(at_home(), BOTH) == BOTH


def test_records_from_before_are_read_as_ever() -> None:
    kept: Codec[Incident] = Codec(Incident)
    old = json.loads(kept.dump(begun().incident))
    for name in ("outages", "refuges"):
        old.pop(name)
    assert kept.load(json.dumps(old)).outages == {}


def test_nothing_new_begins_for_what_is_over_and_what_had_begun_ends() -> None:
    drive = begun()
    drive.hears(LOST)
    drive.state = replace(drive.incident, stage="ended")
    assert drive.do(FollowPlatforms()) == ()
    drive.team = Team()
    assert drive.do(FollowPlatforms()) == (OutageOver("feishu"),)
    drive.team = Team(lost={"slack": START})
    assert not [event for event in drive.do(FollowPlatforms()) if isinstance(event, OutageNoted)]
