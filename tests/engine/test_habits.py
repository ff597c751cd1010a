"""How long the engine waits: as long as the platform asked for, else twice as long each time, never longer than agreed."""

from __future__ import annotations

import random

from bot.engine import Habits

HABITS = Habits(first_pause=1.0, longest_pause=60.0)


def test_pauses_double_up_to_the_longest_with_chance_in_them() -> None:
    dice = random.Random(1)
    for attempts in range(1, 2000):
        full = min(60.0, 2.0 ** min(attempts - 1, 10))
        assert full / 2 <= HABITS.pause(attempts, dice) <= full


def test_what_the_platform_asked_for_is_waited_and_hardly_more() -> None:
    dice = random.Random(1)
    assert all(30.0 <= HABITS.obey(30.0, dice) <= 33.0 for _ in range(100))


def test_a_platform_that_asks_for_no_time_at_all_is_left_alone_for_a_moment() -> None:
    assert HABITS.obey(0.0, random.Random(1)) >= 1.0
