"""Rooms with people from outside: private, on one platform, with those in them who write to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import roster
from bot.core.commands import BindRoom
from bot.core.errors import Refused
from bot.core.events import RoomBound
from bot.core.people import Team
from bot.core.spread import only_on
from bot.core.world import World
from bot.plan.load import load
from bot.plan.schema import Plan
from bot.rules import rules
from tests.channels.letters import NOW, said
from tests.house.tree import HOUSE

PLAN = load(HOUSE / "data" / "plan")


def on(platform: str) -> Plan:
    """The plan with its room of customers there."""
    room = PLAN.comms.rooms["customers"].model_copy(update={"platform": platform})
    return PLAN.model_copy(update={"comms": PLAN.comms.model_copy(update={"rooms": {"customers": room}})})


def bind(slot: str, platform: str, plan: Plan = PLAN, served: tuple[str, ...] = ("slack", "feishu")) -> tuple[object, ...]:
    world = replace(World(plan, NOW, Team(), "team"), served=served)
    return roster.decide(Team(), BindRoom(slot, platform, "C1"), "chenhai", world)


def test_every_room_of_the_plan_stands_private_with_its_writers_and_the_communications_group() -> None:
    rooms = {room.slot: room for room in rules().standing(PLAN)}
    customers = rooms["@customers"]
    service = {person.id for person in PLAN.people.values() if "service" in person.posts}
    comms = {person.id for person in PLAN.people.values() if set(person.posts) & set(PLAN.groups["comms"].seats)}
    assert {f"@{room}" for room in PLAN.comms.rooms} <= rooms.keys()
    assert (set(customers.members), customers.private, customers.only) == (service | comms, True, "")


def test_a_room_stands_on_its_platform_or_on_the_first_one_that_is_served() -> None:
    assert [only_on(platform, ("slack", "feishu")) for platform in ("feishu", "sandbox", "")] == ["feishu", "slack", "slack"]


@pytest.mark.parametrize("plan", [PLAN, on("slack"), on("sandbox")])
def test_a_room_that_is_there_already_is_bound_where_texts_go(plan: Plan) -> None:
    assert bind("@customers", "slack", plan) == (RoomBound("@customers", "slack", "C1"),)


def test_a_room_is_not_bound_where_no_text_would_go() -> None:
    with pytest.raises(Refused) as refused:
        bind("@customers", "slack", on("feishu"))
    assert said(refused.value.text) == "「重点客户通知群」在飞书上，到那边去绑定；要换平台，改方案里它的 platform。"


def test_a_word_that_is_no_room_is_answered_with_those_there_are() -> None:
    with pytest.raises(Refused) as refused:
        bind("@nowhere", "slack", on("slack"))
    assert said(refused.value.text) == "没有「@nowhere」这个常设群。可选 @ecc、@tech、@biz、@comms、@report、「重点客户通知群」。"
