"""Limits, declared and named by the platform: nobody goes beyond them, the most urgent goes first, and who has to wait is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine import Habits
from bot.engine.gates import Gate
from bot.platforms.port import Call as Kind
from bot.platforms.port import Capabilities, Pace
from bot.store.database import Database
from bot.words import Line, When
from tests.engine import toy
from tests.engine.toy import Assemble, Board, Bot, Write
from tests.engine.virtual import run
from tests.platforms.double import Call, Double, Fault

HEAD_START = Habits().head_start
SLOW = Habits(alone=True, beat=20.0, lease=60.0)  # minutes pass here


def play(database: Database, double: Double, scene: Callable[[Bot, Double], Awaitable[None]]) -> Double:
    """A bot whose standing rooms stand lives through the scene and is idle at its end; only what happens in the scene is kept."""

    async def life() -> None:
        paces, double.capabilities = double.capabilities, Capabilities()
        async with Bot(database, double, habits=SLOW) as bot:
            await bot.idle()
            double.calls.clear()
            bot.reported.clear()
            double.capabilities = paces
            await scene(bot, double)
            await bot.idle(100_000.0)

    run(life())
    return double


def limited(*paces: Pace, latency: float = 0.1, opens_empty: bool = False) -> Double:
    double = Double(latency=latency)
    double.capabilities = Capabilities(paces=paces, opens_empty=opens_empty)
    return double


def calls(double: Double, *verbs: str) -> list[Call]:
    return [call for call in double.calls if call.verb in verbs]


def opened(double: Double) -> list[str]:
    """The records in the order in which their rooms were asked for."""
    return [call.about.split("/")[0] for call in calls(double, "open_room")]


def most_in_any(found: list[Call], seconds: float) -> int:
    starts = sorted(call.start for call in found)
    return max(sum(start <= other < start + seconds - 1e-5 for other in starts) for start in starts)


# --- whose turn it is -------------------------------------------------------------------------------------------------------


def test_a_grave_incident_goes_before_drills_that_came_first_and_have_waited_longer(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        for _ in range(4):
            await bot.begin(drill=True)
        await bot.live(5.0)
        await bot.begin()
        await bot.begin(urgent=True)

    double = play(database, limited(Pace(("open_room",), 1, 10.0)), scene)
    assert opened(double) == ["INC-1", "INC-6", "INC-5", "INC-2", "INC-3", "INC-4"]


def test_equals_go_in_the_order_in_which_they_came(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        for _ in range(6):
            await bot.begin()

    double = play(database, limited(Pace(("open_room",), 2, 10.0)), scene)
    assert opened(double) == [f"INC-{n}" for n in range(1, 7)]


def test_drills_leave_a_part_of_every_limit_to_what_is_real(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        for _ in range(10):
            await bot.begin(drill=True)
        await bot.live(10.0)
        begun = asyncio.get_running_loop().time()
        for _ in range(2):
            await bot.begin(urgent=True)
        await bot.live(1.0)
        assert [call.start for call in calls(double, "open_room")[6:]] == [pytest.approx(begun, abs=2 * HEAD_START)] * 2

    double = play(database, limited(Pace(("open_room",), 8, 60.0)), scene)
    assert most_in_any(calls(double, "open_room"), 60.0) <= 8


def test_drills_go_all_the_same_when_the_limit_is_one(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin(drill=True)

    assert opened(play(database, limited(Pace(("open_room",), 1, 10.0)), scene)) == ["INC-1"]


def test_cards_that_wait_for_a_limit_become_one(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        double.calls.clear()
        for n in range(10):
            bot.do(Write(str(n)), "INC-1")
            await bot.live(1.0)

    double = play(database, limited(Pace(("redraw",), 1, 30.0)), scene)
    shown = [call for call in calls(double, "show") if call.about == "INC-1/status"]
    assert len(shown) <= 2
    assert all(str(n) in double.posts("INC-1/status")[0].looks[-1] for n in range(10))


# --- limits that are declared -----------------------------------------------------------------------------------------------


def test_kinds_that_share_a_limit_keep_it_together(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        bot.do(Assemble(), "INC-1")
        for text in "abcdef":
            bot.do(Write(text), "INC-1")

    posts: tuple[Kind, ...] = ("show", "say", "tell", "page")
    double = play(database, limited(Pace(posts, 3, 10.0), latency=0.0), scene)
    first = {about: min(c.start for c in calls(double, *posts) if c.about == about) for about in double.done(*posts)}
    starts = sorted(first.values())
    assert len(starts) == 18
    assert all(after - before >= 10.0 - 1e-5 for before, after in zip(starts, starts[3:], strict=False))


def test_a_redraw_does_not_wait_for_the_limit_of_new_messages(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        double.calls.clear()
        begun = asyncio.get_running_loop().time()
        bot.do(Write("a"), "INC-1")
        bot.do(Write("b"), "INC-1")
        await bot.live(1.0)
        assert max(call.start - begun for call in calls(double, "show")) < 0.2
        assert calls(double, "say") == []

    play(database, limited(Pace(("show", "say"), 1, 100.0)), scene)


def test_a_limit_per_room_holds_in_each_room_and_for_each_person(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        for record in ("INC-1", "INC-2"):
            await bot.begin()
            await bot.idle()
            bot.do(Assemble(), record)
        await bot.idle()
        await bot.live(10.0)
        double.calls.clear()
        begun = asyncio.get_running_loop().time()
        for text in "abc":
            bot.do(Write(text), "INC-1")
            bot.do(Write(text), "INC-2")
        await bot.idle()
        for record in ("INC-1", "INC-2"):
            starts = [call.start - begun for call in calls(double, "say") if call.about.startswith(record)]
            assert starts == [pytest.approx(n * 1.0, abs=1e-3) for n in range(3)]

    double = play(database, limited(Pace(("say", "show", "tell", "page"), 1, 1.0, per_room=True)), scene)
    assert double.doubled() == []


def test_a_pin_that_waits_for_its_limit_holds_up_nothing_and_its_message_is_known_meanwhile(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.live(1.0)
        await bot.begin()
        await bot.live(2.0)
        assert [double.done("pin"), double.in_room("INC-2/war")] == [["INC-1/status"], ["INC-2/status", "INC-2/hello"]]
        assert bot.service.place("double", double.posts("INC-2/status")[0].ref) == ("INC-2", "status")
        bot.do(Write("news"), "INC-2")
        await bot.live(2.0)
        assert "news" in double.posts("INC-2/status")[0].looks[-1]

    double = play(database, limited(Pace(("pin",), 1, 60.0)), scene)
    assert [len(double.room(f"INC-{n}/war").pins) for n in (1, 2)] == [1, 1]
    assert double.doubled() == []
    assert most_in_any(calls(double, "pin"), 60.0) == 1


# --- limits that the platform names -----------------------------------------------------------------------------------------


def storm(double: Double, verb: str, until: float, seconds: float) -> None:
    """Whatever is asked for until then is answered with 429."""
    double.fault = lambda v, about: Fault("later", seconds) if v == verb and asyncio.get_running_loop().time() < until else None


def test_a_429_keeps_everybody_away_who_would_make_that_call_and_nobody_else(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        begun = asyncio.get_running_loop().time()
        storm(double, "open_room", begun + 1.0, 30.0)
        await bot.live(5.0)
        await bot.begin(urgent=True)
        await bot.live(5.0)
        assert opened(double) == ["INC-1"]
        assert len(double.done("show")) == 4  # both digests stand; the first is redrawn when its record hears of the wait
        await bot.idle()
        assert opened(double)[1:] == ["INC-2", "INC-1"]
        assert calls(double, "open_room")[1].start - begun >= 30.0

    play(database, limited(), scene)


def test_a_storm_of_429_is_met_by_one_call_at_a_time(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        begun = asyncio.get_running_loop().time()
        storm(double, "open_room", begun + 300.0, 10.0)
        for n in range(10):
            await bot.begin(urgent=n == 9)

    double = play(database, limited(), scene)
    found = calls(double, "open_room")
    refused = [call for call in found if call.ending == "later"]
    assert 10 <= len(refused) <= 10 + 300 / 10  # those that were on their way when it began, and those that found out
    assert [call.about for call in refused[10:12]] == ["INC-10/war"] * 2
    assert len(found) - len(refused) == 10
    assert double.doubled() == []


def test_when_the_storm_is_over_all_follow_the_one_that_found_out(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        begun = asyncio.get_running_loop().time()
        storm(double, "open_room", begun + 1.0, 10.0)
        for _ in range(10):
            await bot.begin()
        await bot.idle()
        starts = [call.start for call in calls(double, "open_room") if call.ending == "ok"]
        assert starts == [starts[0], *[pytest.approx(starts[0] + 0.1, abs=2 * HEAD_START)] * 9]

    play(database, limited(), scene)


def test_an_answer_to_what_was_sent_before_a_429_opens_nothing(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        double.fault = lambda verb, about: Fault("later", 30.0) if about == "INC-1/war" and not double.done("open_room") else None
        for _ in range(2):
            await bot.begin()
        await bot.live(1.0)
        await bot.begin()
        await bot.live(20.0)
        assert opened(double) == ["INC-1", "INC-2"]

    play(database, limited(), scene)


def test_one_room_that_is_refused_for_ever_does_not_keep_the_others_waiting_for_ever(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        double.fault = lambda verb, about: Fault("later", 1.0) if about == "INC-1/war" and verb == "open_room" else None
        await bot.begin()
        await bot.live(5.0)
        await bot.begin()
        await bot.live(30.0)
        assert double.done("open_room") == ["INC-2/war"]
        double.fault = lambda verb, about: None

    play(database, limited(), scene)


def test_a_429_is_not_the_fault_of_a_message_so_it_keeps_its_place(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        storm(double, "say", asyncio.get_running_loop().time() + 100.0, 5.0)
        bot.do(Write("a"), "INC-1")

    double = play(database, limited(), scene)
    assert double.in_room("INC-1/war") == ["INC-1/status", "INC-1/hello", "INC-1/line:2"]


# --- people are told --------------------------------------------------------------------------------------------------------


def test_a_room_that_has_to_wait_is_announced_once_with_a_time_that_is_kept(database: Database) -> None:
    told: dict[str, When] = {}

    async def scene(bot: Bot, double: Double) -> None:
        for _ in range(14):
            await bot.begin()
        await bot.idle(100_000.0)
        waited = [(record, text) for record, kind, text in bot.reported if kind == "waiting"]
        assert [record for record, _ in waited] == [f"INC-{n}" for n in range(5, 15)]
        for record, text in waited:
            assert isinstance(text, Line)
            ((_, at),) = text.args
            assert isinstance(at, When)
            told[record] = at
        board = bot.service.incident("INC-5")
        assert isinstance(board, Board)
        assert board.outcomes == ("waiting:war", "room_opened:war")

    double = play(database, limited(Pace(("open_room",), 4, 60.0)), scene)
    begun = {call.about.split("/")[0]: toy.START + timedelta(seconds=call.start) for call in calls(double, "open_room")}
    assert all(timedelta(0) <= told[record].at - begun[record] < timedelta(minutes=1) for record in told)


def test_a_room_that_waits_for_a_moment_is_not_announced(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.begin()
        await bot.idle()
        assert [kind for _, kind, _ in bot.reported] == ["room_opened", "room_opened"]

    play(database, limited(Pace(("open_room",), 1, 2.9)), scene)


def test_a_room_that_a_429_keeps_waiting_is_announced_too(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        storm(double, "open_room", asyncio.get_running_loop().time() + 20.0, 2.0)
        await bot.begin()
        await bot.idle()
        assert [kind for _, kind, _ in bot.reported] == ["waiting", "room_opened"]

    play(database, limited(), scene)


# --- one gate ---------------------------------------------------------------------------------------------------------------


@given(st.integers(1, 6), st.lists(st.floats(0.0, 9.0), max_size=6), st.integers(0, 20))
def test_the_time_foretold_is_the_time_at_which_that_many_have_gone(limit: int, made: list[float], ahead: int) -> None:
    gate = Gate(Pace(("say",), limit, 10.0))
    gate.made.extend(sorted(made)[-limit:])
    foretold = gate.opening(10.0 - 1e-3, ahead, 0)
    now = 10.0 - 1e-3
    for _ in range(ahead):
        now = max(now, gate.opening(now, 0, 0))
        gate.let_through(now)
    assert foretold == pytest.approx(max(now, gate.opening(now, 0, 0)), abs=1e-3)
