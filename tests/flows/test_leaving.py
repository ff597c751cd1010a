"""Who leaves the room of a running incident is asked about, comes back by talking there, or is invited again."""

from __future__ import annotations

from dataclasses import replace

import handlers
from bot.talk import Request
from tests.flows.house import House


def request(house: House, person: str, **more: str) -> Request:
    return replace(Request(house.ident(), person, "slack", house.app.now(), record="INC-1", slot="war"), **more)  # type: ignore[arg-type]


def test_a_commander_leaves_and_is_back_as_soon_as_they_talk_there(busy_house: House) -> None:
    house = busy_house
    hooks, service = handlers.HOOKS, house.app.service
    assert hooks["on_left"](request(house, "linyuan"), service) is None
    assert "林远 离开了群，仍是总指挥" in house.zhoumu.card("left:linyuan:1")
    hooks["on_message"](request(house, "linyuan", words="我在电话里"), service)
    assert "回来了" in house.zhoumu.card("left:linyuan:1")


def test_somebody_is_invited_again_by_the_button(busy_house: House) -> None:
    house = busy_house
    for hook in ("on_left", "on_joined", "on_left"):
        handlers.HOOKS[hook](request(house, "hechuan"), house.app.service)
    assert "何川" in house.linyuan.presses("请回群里", on="left:hechuan:2")
    assert "回来了" in house.linyuan.card("left:hechuan:2")


def test_nobody_asks_about_bystanders_guests_or_a_record_that_is_none(busy_house: House) -> None:
    house = busy_house
    before = len(house.events())
    for person, record in (("yubo", "INC-1"), ("slack:U0GUEST", "INC-1"), ("linyuan", "INC-99"), ("linyuan", "standing")):
        assert handlers.HOOKS["on_left"](request(house, person, record=record), house.app.service) is None
    assert len(house.events()) == before
