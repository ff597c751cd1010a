"""One incident, nothing goes wrong: what stands afterwards, in which order, after how many round trips."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace

import pytest

from bot.engine import Habits
from bot.platforms.port import Capabilities
from bot.store.database import Database
from tests.engine import toy
from tests.engine.toy import Assemble, Bot, Continue, Write
from tests.engine.virtual import run
from tests.platforms.double import Double


def test_a_report_makes_a_room_with_everybody_and_everything_in_it(database: Database) -> None:
    double = Double()

    async def scene() -> None:
        async with Bot(database, double) as bot:
            await bot.begin()
            await bot.idle()

    run(scene())
    room = double.room("INC-1/war")
    assert room.people == ["ann", "bob", "cy", "dee"]
    assert (room.topic, room.links) == ("'begun'", ["http://bot/i/INC-1"])
    assert double.in_room("INC-1/war") == ["INC-1/status", "INC-1/hello"]
    assert [double.messages[ref].key for ref in room.pins] == ["INC-1/status"]
    assert double.doubled() == []


def test_a_room_stands_after_three_round_trips(database: Database) -> None:
    double = Double(latency=1.0)

    async def scene() -> float:
        async with Bot(database, double) as bot:
            await bot.idle()
            double.calls.clear()
            await bot.begin()
            await bot.idle()
        return max(call.end or 0.0 for call in double.calls) - double.calls[0].start

    assert run(scene()) == 3.0


def test_a_room_that_opens_empty_has_everybody_and_its_card_after_two_round_trips(database: Database) -> None:
    double = Double(latency=1.0)
    double.capabilities = Capabilities(opens_empty=True)

    async def scene() -> None:
        async with Bot(database, double) as bot:
            await bot.idle()
            double.calls.clear()
            await bot.begin()
            await bot.live(2.01)
            assert sorted(double.room("INC-1/war").people) == ["ann", "bob", "cy", "dee"]
            assert double.in_room("INC-1/war") == ["INC-1/status"]
            await bot.idle()

    run(scene())
    assert double.room("INC-1/war").topic == "'begun'"


def test_fifty_rooms_opened_at_once_stand_with_everybody_and_their_cards_hardly_later_than_the_calls_take(database: Database) -> None:
    double = Double(latency=0.1)
    double.capabilities = Capabilities(opens_empty=True)
    habits = Habits(alone=True)

    async def scene() -> float:
        async with Bot(database, double) as bot:
            await bot.idle()
            double.calls.clear()
            begun = asyncio.get_running_loop().time()
            for _ in range(50):
                await bot.begin(urgent=True)
            await bot.idle()
            return begun

    begun = run(scene())
    rooms = [call.end or 0.0 for call in double.calls if call.verb in ("open_room", "invite") or call.about.endswith("/status")]
    firsts = [call for call in double.calls if call.verb != "pin"]
    ideal = math.ceil(len(firsts) / habits.at_once) * 0.1
    assert len(double.rooms) == 51
    assert max(rooms) - begun <= 1.5 * ideal


def test_assembling_takes_one_round_trip_when_the_room_stands(database: Database) -> None:
    double = Double(latency=1.0)

    async def scene() -> float:
        async with Bot(database, double) as bot:
            record = await bot.begin()
            await bot.idle()
            double.calls.clear()
            bot.do(Assemble(), record)
            await bot.idle()
        return max(call.end or 0.0 for call in double.calls) - double.calls[0].start

    assert run(scene()) == pytest.approx(1.0)


def test_messages_keep_their_order_in_a_room(database: Database) -> None:
    double = Double(latency=1.0)

    async def scene() -> None:
        async with Bot(database, double) as bot:
            record = await bot.begin()
            for text in "abcdef":
                bot.do(Write(text), record)
            await bot.idle()

    run(scene())
    texts = [double.messages[m].looks[0] for m in double.messages if double.messages[m].where == double.room("INC-1/war").ref]
    assert texts[1:] == ["'hello'", "'a'", "'b'", "'c'", "'d'", "'e'", "'f'"]


def test_a_line_keeps_its_place_among_the_cards(database: Database) -> None:
    double = Double(latency=1.0)

    async def scene() -> None:
        async with Bot(database, double) as bot:
            record = await bot.begin()
            bot.do(Assemble(), record)
            bot.do(Write("after"), record)
            await bot.idle()

    run(scene())
    starts = {call.about: call.start for call in reversed(double.calls) if call.verb in ("show", "say")}
    assert starts["INC-1/status"] < starts["INC-1/hello"] < starts["INC-1/roll"] < starts["INC-1/line:3"]


def test_a_room_is_linked_to_another_room_of_its_record_by_the_platforms_address(database: Database) -> None:
    double = Double()

    async def scene() -> None:
        async with Bot(database, double) as bot:
            record = await bot.begin()
            await bot.idle()
            bot.do(Continue(), record)
            await bot.idle()
            assert bot.service.stuck(-1.0) == ()

    run(scene())
    assert double.room("INC-1/war~2").links == [double.room_url(double.room("INC-1/war").ref)]


def test_a_card_is_shown_from_memory_by_the_process_that_has_drawn_it(database: Database) -> None:
    double, read = Double(), list[str]()

    async def scene() -> None:
        async with Bot(database, double) as bot:
            bot.engine._source = replace(bot.engine._source, draw=lambda record, view, args: read.append(view))
            await bot.begin()
            await bot.idle()
            bot.do(Write("said here"), "INC-1")
            await bot.idle()

    run(scene())
    assert "said here" in double.posts("INC-1/status")[0].looks[-1]
    assert read == []


def test_what_another_process_has_written_since_is_read(database: Database) -> None:
    double = Double()

    async def scene() -> None:
        async with Bot(database, double) as bot:
            await bot.begin()
            await bot.idle()
            toy.do(toy.service(database), "INC-1", Write("said elsewhere"))
            await bot.live(5)

    run(scene())
    assert "said elsewhere" in double.posts("INC-1/status")[0].looks[-1]
