"""The guided scenes of data/demo play to their end, with nobody there and with a human in one of the parts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import app
from bot.platforms.sandbox.scene import Player, Scene
from tests.flows.house import House, opened

LATE = 1e12  # every pause is over


def player(house: House, *present: str) -> Player:
    return Player(app.scenes(), house.app.ears, house.app.sandbox, present.__contains__, house.app.leap)


def play(house: House, playing: Player) -> None:
    """Step by step until it stands still, each with the promises of the one before kept."""
    house.settle()
    while playing.tick(LATE):
        house.settle()


@pytest.fixture(params=app.scenes(), ids=lambda scene: scene.id)
def scene(request: pytest.FixtureRequest) -> Scene:
    found: Scene = request.param
    return found


def test_a_scene_plays_to_its_end_with_nobody_there(house: House, scene: Scene) -> None:
    playing = player(house)
    playing.command(f"start:{scene.id}")
    play(house, playing)
    place = playing.place()
    assert (place.step, place.trouble) == (len(scene.steps), ""), f"{scene.steps[place.step]}: {house.words(playing.view().trouble or '')}"
    assert house.state.stage == "ended"
    assert house.state.level == "major"


def test_a_human_takes_a_part_and_the_scene_waits_for_each_of_their_steps(house: House, scene: Scene) -> None:
    playing = player(house, "hechuan")
    playing.command(f"start:{scene.id}")
    play(house, playing)
    assert playing.view().mine == "hechuan"
    house.hechuan.presses("我到了", on="call:hechuan")
    play(house, playing)
    assert playing.view().mine == "hechuan"
    house.hechuan.ticks("冻结所有发布", on="list:fc_code_defect")
    play(house, playing)
    house.hechuan.presses("我来执行", on="measure:m1")
    play(house, playing)
    assert (playing.place().step, house.state.stage) == (len(scene.steps), "ended")


def test_a_scene_says_in_both_languages_what_comes_next(scene: Scene) -> None:
    said = [scene.title, scene.about, *(step.hint for step in scene.steps if step.hint)]
    assert all(words.zh and words.en and words.zh != words.en for words in said)


def test_a_scene_started_at_any_hour_plays_the_same_night(sqlite_url: str, scene: Scene) -> None:
    """The rota of the day shift would call other people; the scene moves the clock to its own hour first."""
    with opened(sqlite_url, datetime(2026, 11, 21, 3, 0, tzinfo=UTC)) as house:
        playing = player(house)
        playing.command(f"start:{scene.id}")
        play(house, playing)
        assert playing.place().step == len(scene.steps)
        house.holds()
