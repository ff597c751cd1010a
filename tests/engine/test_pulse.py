"""A platform that answers nobody is noticed and said once, is asked cheaply until it does, and is in nobody's way meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.engine import Habits
from bot.engine.pulse import Pulse
from bot.store.database import Database
from tests.engine.toy import Answered, Assemble, Bot, Write
from tests.engine.virtual import run
from tests.platforms.double import Double, Fault

PATIENT = Habits(alone=True, beat=20.0, lease=60.0)  # minutes pass here
DOWN, HUNG = Fault("later"), Fault("hang")


def play(database: Database, scene: Callable[[Bot, Double, Double], Awaitable[None]]) -> tuple[Bot, Double, Double]:
    """Two platforms, of which `gone` is the one that fails."""
    gone, here = Double("gone", latency=0.1), Double("here", latency=0.1)
    bots: list[Bot] = []

    async def life() -> None:
        async with Bot(database, gone, here, habits=PATIENT) as bot:
            bots.append(bot)
            await bot.idle()
            await scene(bot, gone, here)
            await bot.idle(100_000.0)

    run(life())
    return bots[0], gone, here


def silences(bot: Bot, platform: str = "gone") -> list[bool]:
    """What was said of it after the start: lost, back."""
    return [silent is not None for name, silent in bot.silences if name == platform][1:]


def fails(double: Double, fault: Fault | None) -> None:
    double.fault = lambda verb, about: fault


def test_five_minutes_of_failure_are_said_once_at_their_beginning_and_once_at_their_end(database: Database) -> None:
    async def scene(bot: Bot, gone: Double, here: Double) -> None:
        fails(gone, DOWN)
        await bot.begin()
        bot.do(Assemble(), "INC-1")
        await bot.live(15.0)
        assert silences(bot) == []
        await bot.live(15.0)
        assert silences(bot) == [True]
        bot.do(Write("meanwhile"), "INC-1")
        await bot.live(270.0)
        fails(gone, None)
        await bot.live(PATIENT.probe + 1.0)
        assert silences(bot) == [True, False]

    bot, gone, here = play(database, scene)
    assert silences(bot, "here") == []
    assert gone.doubled() == []
    assert gone.in_room("INC-1/war") == here.in_room("INC-1/war")
    assert [gone.posts(key)[0].looks[-1] for key in ("INC-1/status",)] == [here.posts(key)[0].looks[-1] for key in ("INC-1/status",)]


def test_it_is_probed_cheaply_while_it_is_lost_and_the_other_does_not_wait_for_it(database: Database) -> None:
    async def scene(bot: Bot, gone: Double, here: Double) -> None:
        fails(gone, HUNG)
        for _ in range(40):
            await bot.begin()
        await bot.live(60.0)
        gone.calls.clear()
        here.calls.clear()
        record = await bot.begin()
        await bot.live(1.0)
        assert here.room(f"{record}/war")
        await bot.live(99.0)
        assert len(gone.calls) <= 60
        assert gone.most_in_flight <= PATIENT.at_once * 3 // 4
        fails(gone, None)

    _, gone, here = play(database, scene)
    assert gone.doubled() == []
    assert sorted(room.key for room in gone.rooms.values()) == sorted(room.key for room in here.rooms.values())


def test_one_thing_that_always_fails_is_not_taken_for_the_platform(database: Database) -> None:
    async def scene(bot: Bot, gone: Double, here: Double) -> None:
        await bot.begin()
        await bot.idle()
        gone.fault = lambda verb, about: DOWN if about == "INC-1/status" else None
        bot.do(Write("never shown"), "INC-1")
        await bot.live(300.0)
        assert silences(bot) == []
        await bot.begin()
        await bot.live(1.0)
        assert gone.room("INC-2/war")
        fails(gone, None)

    play(database, scene)


def test_a_limit_is_an_answer(database: Database) -> None:
    async def scene(bot: Bot, gone: Double, here: Double) -> None:
        fails(gone, Fault("later", 1.0))
        await bot.begin()
        await bot.live(120.0)
        assert silences(bot) == []
        fails(gone, None)

    play(database, scene)


def test_a_ring_that_was_answered_elsewhere_does_not_ring_when_the_platform_is_back(database: Database) -> None:
    async def scene(bot: Bot, gone: Double, here: Double) -> None:
        fails(gone, DOWN)
        await bot.begin()
        bot.do(Assemble(), "INC-1")
        await bot.live(30.0)
        rung = [message for message in here.messages.values() if message.ringing]
        assert rung
        for message in rung:
            bot.do(Answered(message.key.rpartition(":")[2]), "INC-1")
        await bot.live(30.0)
        fails(gone, None)

    _, gone, here = play(database, scene)
    assert not [message.key for message in (*gone.messages.values(), *here.messages.values()) if message.ringing]
    assert not [call for call in gone.calls if call.verb == "page" and call.ending == "ok"]


def test_silence_is_of_several_things_and_is_counted_from_the_first_call_that_came_to_nothing() -> None:
    pulse = Pulse(Habits())
    for at in range(0, 60, 5):
        assert pulse.missed("card", at, at) is None
    assert not pulse.lost
    assert pulse.missed("room", 61.0, 61.0) is not None
    assert (pulse.lost, pulse.silence(61.0)) == (True, 61.0)
    assert pulse.answered()
    assert (pulse.lost, pulse.silence(62.0), pulse.answered()) == (False, None, False)
