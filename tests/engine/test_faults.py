"""The platform says not now, not ever, or nothing at all: what is promised is done once, or people see that it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import pytest

from bot.effects import Say
from bot.engine import Habits
from bot.platforms.port import Pace
from bot.store import outbox
from bot.store.database import Database
from tests.engine import toy
from tests.engine.toy import Answered, Assemble, Board, Bot, End, Write
from tests.engine.virtual import run
from tests.platforms.double import Double, Fault

Scene = Callable[[Bot, Double], Awaitable[None]]


def faults(*script: tuple[str, str, Fault]) -> Callable[[str, str], Fault | None]:
    """The faults by verb and key, each once and in this order."""
    left = list(script)

    def next_fault(verb: str, about: str) -> Fault | None:
        for entry in left:
            if entry[:2] == (verb, about):
                left.remove(entry)
                return entry[2]
        return None

    return next_fault


def always(verb: str, about: str, fault: Fault) -> Callable[[str, str], Fault | None]:
    return lambda v, a: fault if (v, a) == (verb, about) else None


def play(database: Database, scene: Scene, double: Double | None = None, **options: Any) -> Double:
    """One bot lives through the scene and is idle at its end."""
    double = double or Double(latency=1.0)

    async def life() -> None:
        async with Bot(database, double, **options) as bot:
            await scene(bot, double)
            await bot.idle()

    run(life())
    return double


def board(bot: Bot) -> Board:
    return cast(Board, bot.service.incident("INC-1"))


async def open_board(bot: Bot, double: Double) -> None:
    await bot.begin()


def finished(double: Double, verb: str, about: str) -> float:
    return max(call.end or 0.0 for call in double.calls if (call.verb, call.about) == (verb, about) and call.ending == "ok")


# --- not now ----------------------------------------------------------------------------------------------------------------


def test_a_throttled_call_waits_as_long_as_it_is_told_and_holds_up_nobody_else(database: Database) -> None:
    double = Double(latency=1.0)
    double.fault = faults(("show", "INC-1/digest", Fault("later", 30.0)))
    play(database, open_board, double)
    assert finished(double, "show", "INC-1/digest") >= 31.0
    assert finished(double, "say", "INC-1/hello") <= 4.0
    assert finished(double, "pin", "INC-1/status") <= 4.0
    assert double.doubled() == []


def test_a_throttled_message_keeps_its_place_in_the_room(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        bot.do(Write("a"), "INC-1")

    double = Double(latency=1.0)
    double.fault = faults(("say", "INC-1/hello", Fault("later", 5.0)))
    play(database, scene, double)
    texts = [double.messages[m].looks[0] for m in double.messages if double.messages[m].where == double.room("INC-1/war").ref]
    assert texts[1:] == ["'hello'", "'a'"]


def test_a_message_that_fails_again_and_again_is_overtaken_at_last(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        bot.do(Write("a"), "INC-1")

    double = Double(latency=1.0)
    double.fault = faults(*[("say", "INC-1/hello", Fault("later"))] * 9)
    play(database, scene, double)
    assert finished(double, "say", "INC-1/line:2") < finished(double, "say", "INC-1/hello")


def test_pauses_grow_when_the_platform_names_none(database: Database) -> None:
    double = Double(latency=0.0)
    double.fault = faults(*[("set_topic", "INC-1/war", Fault("later"))] * 6)
    play(database, open_board, double)
    starts = [call.start for call in double.calls if call.verb == "set_topic"]
    gaps = [after - before for before, after in pairwise(starts)]
    assert len(gaps) == 6
    assert all(0.5 * 0.5 * 2**n <= gap <= 0.5 * 2**n for n, gap in enumerate(gaps))


def test_a_throttled_pin_does_not_hold_up_the_card(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.live(5)
        bot.do(Write("news"), "INC-1")
        await bot.live(5)
        assert "news" in double.posts("INC-1/status")[0].looks[-1]
        assert double.room("INC-1/war").pins == []

    double = Double(latency=1.0)
    double.fault = always("pin", "INC-1/status", Fault("later", 50.0))

    async def calm(bot: Bot, double: Double) -> None:
        await scene(bot, double)
        double.fault = lambda verb, about: None

    play(database, calm, double)
    assert len(double.room("INC-1/war").pins) == 1


# --- perhaps it was done ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["hang", "bug", "later"])
@pytest.mark.parametrize(
    ("verb", "about"),
    [("open_room", "INC-1/war"), ("show", "INC-1/status"), ("say", "INC-1/hello"), ("show", "INC-1/digest"), ("invite", "INC-1/war")],
)
def test_a_call_whose_answer_was_lost_makes_nothing_twice(database: Database, verb: str, about: str, kind: Any) -> None:
    double = Double(latency=1.0)
    double.fault = faults((verb, about, Fault(kind, done=True)))
    play(database, open_board, double)
    assert double.doubled() == []
    assert double.in_room("INC-1/war") == ["INC-1/status", "INC-1/hello"]
    assert double.room("INC-1/war").people == ["ann", "bob", "cy", "dee"]
    assert max(double.room("INC-1/war").invited.values()) == 1


def test_nothing_is_looked_for_that_was_never_sent(database: Database) -> None:
    double = play(database, open_board)
    assert double.done("look") == []


# --- not ever ---------------------------------------------------------------------------------------------------------------


def test_what_cannot_succeed_is_parked_and_stands_on_the_card(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        assert board(bot).outcomes == ("room_opened:war", "parked:hello@double")
        assert [(s.status, type(s.effect)) for s in bot.service.stuck()] == [("parked", Say)]

    double = Double(latency=1.0)
    double.fault = always("say", "INC-1/hello", Fault("never"))
    play(database, scene, double)
    assert "parked:hello" in double.posts("INC-1/status")[0].looks[-1]


def test_a_parked_effect_is_done_when_somebody_has_it_tried_again(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        double.fault = lambda verb, about: None
        assert bot.service.retry_record("INC-1") == 1
        await bot.idle()
        assert board(bot).outcomes[-2:] == ("parked:hello@double", "unparked:hello@double")
        assert bot.service.stuck() == ()

    double = Double(latency=1.0)
    double.fault = always("say", "INC-1/hello", Fault("never"))
    play(database, scene, double)
    assert len(double.posts("INC-1/hello")) == 1


def test_a_card_that_cannot_be_shown_does_not_shout_for_ever(database: Database) -> None:
    """Its parking makes the card look different, which makes it be shown again, which fails again."""

    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        bot.do(Write("a"), "INC-1")
        await bot.idle()
        assert [o for o in board(bot).outcomes if o.startswith("parked")] == ["parked:digest@double"]
        assert len(bot.service.stuck()) == 1
        double.fault = lambda verb, about: None
        bot.do(Write("b"), "INC-1")
        await bot.idle()
        assert board(bot).outcomes[-1] == "unparked:digest@double"
        assert bot.service.stuck() == ()

    double = Double(latency=1.0)
    double.fault = always("show", "INC-1/digest", Fault("never"))
    play(database, scene, double)
    assert len(double.posts("INC-1/digest")) == 1


def test_a_room_that_cannot_open_is_shouted_about_and_everything_follows_when_it_can(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.live(5)
        assert board(bot).outcomes == ("parked:war@double",)
        assert double.rooms.keys() == {"double-r1"}
        double.fault = lambda verb, about: None
        bot.service.retry_record("INC-1")

    double = Double(latency=1.0)
    double.fault = always("open_room", "INC-1/war", Fault("never"))
    play(database, scene, double)
    assert double.in_room("INC-1/war") == ["INC-1/status", "INC-1/hello"]


def test_an_unknown_failure_is_tried_a_few_times_and_then_parked(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        assert board(bot).outcomes[-1] == "parked:SetTopic:war@double"

    double = Double(latency=1.0)
    double.fault = always("set_topic", "INC-1/war", Fault("bug"))
    play(database, scene, double)
    assert len([call for call in double.calls if call.verb == "set_topic"]) == Habits().tries


def test_the_one_who_cannot_be_invited_does_not_keep_out_the_rest_and_is_named(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        assert "not_invited:war:cy" in board(bot).outcomes

    double = Double()
    double.cannot_invite = frozenset({"cy"})
    play(database, scene, double)
    assert double.room("INC-1/war").people == ["ann", "bob", "dee"]


def test_what_a_platform_declares_it_cannot_do_counts_as_done(database: Database) -> None:
    double = Double()
    double.capabilities = replace(double.capabilities, cannot={"set_topic": "no topics", "pin": "no pins"})
    play(database, open_board, double)
    assert double.done("set_topic", "pin") == []


def test_effects_for_a_platform_that_is_not_connected_any_more_are_parked(database: Database) -> None:
    gone = Double("gone")

    async def scene() -> None:
        async with Bot(database, Double()) as bot:
            bot.service.served = ("double", "gone")
            await bot.begin()
            await bot.live(5)
            assert "parked:war@gone" in board(bot).outcomes

    run(scene())
    assert gone.calls == []


def test_a_declared_pace_is_kept_and_holds_up_only_its_own_verb(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        double.calls.clear()
        bot.do(Assemble(), "INC-1")

    double = Double(latency=1.0)
    double.capabilities = replace(double.capabilities, paces=(Pace(("page",), 2, 10.0),))
    play(database, scene, double)
    begun = double.calls[0].start
    assert [call.start - begun for call in double.calls if call.verb == "page"] == [0.0, 0.0, 10.0, 10.0]
    assert {call.start - begun for call in double.calls if call.verb != "page"} == {0.0}


# --- in good order ----------------------------------------------------------------------------------------------------------


def test_redraws_that_wait_become_one(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        double.calls.clear()
        for n in range(10):
            bot.do(Write(str(n)), "INC-1")

    double = play(database, scene)
    assert max(Counter(double.done("show")).values()) <= 2  # the first of them, and the rest as one
    assert all(str(n) in double.posts("INC-1/status")[0].looks[-1] for n in range(10))


def test_a_redraw_in_flight_is_followed_by_one_with_the_newest_state(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        double.calls.clear()
        bot.do(Write("first"), "INC-1")
        await bot.live(0.5)
        for n in range(5):
            bot.do(Write(f"late{n}"), "INC-1")

    double = play(database, scene)
    assert len([about for about in double.done("show") if about == "INC-1/status"]) == 2
    assert "late4" in double.posts("INC-1/status")[0].looks[-1]


def test_urgent_effects_overtake_when_calls_are_scarce(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.idle()
        for _ in range(5):
            await bot.begin()
        await bot.begin(urgent=True)

    double = play(database, scene, habits=Habits(at_once=1, alone=True))
    rooms = [about for about in double.done("open_room") if about != "standing/@report"]
    assert rooms.index("INC-6/war") <= 1  # behind the one that was in flight already
    assert double.most_in_flight == 1


def test_a_page_not_yet_sent_is_not_sent_when_it_is_answered(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        double.fault = faults(("page", "INC-1/page:ann", Fault("later", 60.0)))
        bot.do(Assemble(), "INC-1")
        await bot.live(10)
        bot.do(Answered("ann"), "INC-1")
        await bot.idle(30.0)

    double = play(database, scene)
    assert double.posts("INC-1/page:ann") == []
    assert len(double.posts("INC-1/page:bob")) == 1


def test_a_page_is_quiet_after_it_was_answered_even_when_its_sending_was_in_doubt(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.idle()
        double.fault = faults(("page", "INC-1/page:ann", Fault("hang", done=True)))
        bot.do(Assemble(), "INC-1")
        await bot.live(15.2)
        bot.do(Answered("ann"), "INC-1")

    double = play(database, scene)
    assert [message.ringing for message in double.posts("INC-1/page:ann")] == [False]


def test_a_room_is_closed_after_everything_that_was_said_in_it(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        bot.do(Write("last words"), "INC-1")
        bot.do(End(), "INC-1")

    double = play(database, scene)
    assert double.room("INC-1/war").closed
    assert double.in_room("INC-1/war") == ["INC-1/status", "INC-1/hello", "INC-1/line:2"]


# --- several lives ----------------------------------------------------------------------------------------------------------


def test_the_next_process_knows_the_rooms_of_the_one_before(database: Database) -> None:
    double = play(database, open_board)

    async def scene(bot: Bot, double: Double) -> None:
        bot.do(Write("later"), "INC-1")

    play(database, scene, double)
    assert double.in_room("INC-1/war")[-1].startswith("INC-1/line")
    assert (len(double.rooms), double.doubled()) == (2, [])


def test_a_worker_that_lost_its_lane_does_not_count(database: Database) -> None:
    """It seemed dead for a while: the other one's results stand, its own are not written."""

    async def scene(bot: Bot, double: Double) -> None:
        await bot.begin()
        await bot.live(0.5)
        with database.write() as connection:
            outbox.take_over(connection, database.clock, "another", all_of_them=True)
            outbox.beat(connection, database.clock, "another", 3600.0)
        await bot.live(3)
        assert bot.engine.backlog == 0
        with database.read() as connection:
            assert ("INC-1", "war", "double") not in outbox.refs(connection, ("INC-1",))

    double = Double(latency=1.0)

    async def life() -> None:
        async with Bot(database, double) as bot:
            await scene(bot, double)

    run(life())


def test_effects_promised_without_a_worker_are_found_by_one(database: Database) -> None:
    toy.do(toy.service(database), None, toy.Begin())

    async def nothing(bot: Bot, double: Double) -> None:
        await bot.idle()

    double = play(database, nothing, habits=Habits())
    assert double.in_room("INC-1/war") == ["INC-1/status", "INC-1/hello"]
    assert double.done("look") == []


def test_a_stopped_worker_leaves_its_lanes_to_the_next(database: Database) -> None:
    async def scene(bot: Bot, double: Double) -> None:
        double.fault = always("show", "INC-1/digest", Fault("later", 5000.0))
        await bot.begin()
        await bot.live(10)

    double = Double(latency=1.0)

    async def life() -> None:
        async with Bot(database, double) as bot:
            await scene(bot, double)

    run(life())
    double.fault = lambda verb, about: None

    async def nothing(bot: Bot, double: Double) -> None:
        await bot.idle()

    play(database, nothing, double, habits=Habits())
    assert len(double.posts("INC-1/digest")) == 1
