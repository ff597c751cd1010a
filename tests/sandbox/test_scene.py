"""A scene plays the others through the same doors, and leaves to a human what is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from bot.platforms.sandbox.scene import Player, Scene, read_scene
from bot.words import Who, line
from tests.sandbox.toy import Clock, House, house

SCENE: dict[str, Any] = {
    "id": "toy",
    "title": {"zh": "下单报错", "en": "Ordering fails"},
    "about": {"zh": "五步", "en": "Five steps"},
    "steps": [
        {"as": "wangmin", "wait": 0, "at": "direct", "say": "/报故障 下单报错"},
        {"as": "dinglei", "wait": 0, "answer": "ring"},
        {"as": "hechuan", "wait": 0, "press": "check.done", "on": "check", "args": {"item": "2"}},
        {"as": "chenhai", "wait": 0, "press": "update.form", "fill": {"lead": "仍在处理", "trend": "same"}},
        {"as": "zhaojing", "wait": 0, "say": "学校和医院排最前。"},
    ],
}


@pytest.fixture
def made(sqlite_url: str) -> Iterator[House]:
    made = house(sqlite_url, (read_scene(SCENE),))
    yield made
    made.toy.database.close()


def play(player: Player, times: int = 5) -> int:
    return sum(player.tick() for _ in range(times))


def keys(made: House) -> list[str]:
    return [asked.who for asked in made.toy.asked]


def test_the_whole_scene_plays_through_the_ears(made: House) -> None:
    made.player.command("start:toy")
    assert play(made.player) == 5
    assert keys(made) == ["wangmin", "dinglei", "hechuan", "chenhai"]
    assert made.toy.ticked == {"2"}
    assert made.player.view().hint == line("演完了。")
    war = int((made.store.ref_of("INC-42", "war") or "")[1:])
    assert [message.body for message in made.store.recent(war, "wangmin", None, 50) if message.kind == "text"] == ["学校和医院排最前。"]


def test_a_paused_scene_stands_still_and_a_restart_goes_on_with_the_same_step(made: House, sqlite_url: str) -> None:
    made.player.command("start:toy")
    play(made.player, 2)
    made.player.command("pause")
    assert play(made.player) == 0
    again = house(sqlite_url, (read_scene(SCENE),), Clock())
    again.toy.symptom = "下单报错"
    again.player.command("resume")
    assert play(again.player, 1) == 1
    assert again.toy.ticked == {"2"}
    again.toy.database.close()


def test_a_person_whom_somebody_has_become_is_left_to_them(made: House) -> None:
    made.player.command("start:toy")
    play(made.player, 2)
    made.presence.note("hechuan")
    assert play(made.player) == 0
    assert made.player.view().mine == "hechuan"
    war = int((made.store.ref_of("INC-42", "war") or "")[1:])
    made.ears.press("hechuan", war, "check.done", {"item": "2"}, "id-00000001")
    assert play(made.player) == 2


def test_a_form_sent_by_the_human_counts_as_the_step_that_opens_it(made: House) -> None:
    made.player.command("start:toy")
    play(made.player, 3)
    made.presence.note("chenhai")
    war = int((made.store.ref_of("INC-42", "war") or "")[1:])
    made.ears.press("chenhai", war, "update.form", {}, "id-00000001")
    assert made.player.place().step == 3
    made.ears.submit("chenhai", war, "update.send", {}, {"lead": "在", "trend": "same"}, "id-00000002")
    assert made.player.place().step == 4


def test_play_it_for_me_takes_the_step_off_the_human(made: House) -> None:
    made.player.command("start:toy")
    made.presence.note("wangmin")
    assert play(made.player) == 0
    made.player.command("mine")
    assert play(made.player, 1) == 1


def test_a_step_that_cannot_be_done_waits_then_stops_and_says_why(made: House) -> None:
    scene = read_scene({**SCENE, "steps": [{"as": "dinglei", "wait": 0, "answer": "ring"}]})
    player = Player((scene,), made.ears, made.store, lambda person: False)
    player.command("start:toy")
    assert not player.tick()
    assert player.view().running
    assert not player.tick(now=1e12)
    assert not player.view().running
    assert player.view().trouble == line("{who} 的电话没有响。", who=Who("dinglei"))


@pytest.mark.parametrize(
    "step", [{"as": "wangmin"}, {"as": "wangmin", "say": "x", "press": "y"}, {"say": "x"}, {"as": "wangmin", "sya": "x"}]
)
def test_a_step_with_no_deed_two_deeds_or_a_slip_of_the_pen_is_refused(step: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Scene.model_validate({**SCENE, "steps": [step]})
