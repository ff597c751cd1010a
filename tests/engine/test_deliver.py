"""Texts to people outside: each leaves once or ends in doubt, is read when it leaves, and the record hears of one end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from bot.channels.port import Doubt
from bot.core.errors import Later, Never
from bot.core.outward.letter import Letter
from bot.effects import Deliver
from bot.engine import Habits
from bot.store import outbox
from bot.store.database import Database
from tests.engine.toy import Assemble, Board, Bot, Send, letter
from tests.engine.virtual import run
from tests.platforms.double import Double, Fault

CALM = Habits(alone=True, beat=5.0, lease=30.0)  # minutes pass here, and each beat is a transaction
Scene = Callable[[Bot], Awaitable[None]]


@dataclass
class Way:
    """A channel as bad as they come: it counts whatever it is given twice. `once`: like mail, it cannot tell, and will not send in doubt.

    `faults`: what the next calls do before they send (`done`: after). `moment`: called before and after each sending.
    """

    name: str
    once: bool = False
    faults: list[Fault] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[float, bool]] = field(default_factory=list)
    moment: Callable[[str], None] = lambda when: None

    async def send(self, one: Letter, key: str, in_doubt: bool, /) -> str:
        self.asked.append((asyncio.get_running_loop().time(), in_doubt))
        if self.once and in_doubt:
            raise Doubt("ask them")
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and not fault.done:
            await self._fail(fault)
        self.moment("before")
        self.sent.append((key, one.text))
        self.moment("after")
        if fault is not None:
            await self._fail(fault)
        return f"ref of {key}"

    async def _fail(self, fault: Fault) -> None:
        match fault.kind:
            case "later":
                raise Later(fault.seconds, "not now")
            case "never":
                raise Never("550 nobody here")
            case "bug":
                raise RuntimeError("a bug")
            case "hang":
                await asyncio.sleep(100_000)


@pytest.fixture
def database(sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(sqlite_url)


def deliver(number: int, via: str = "mail", tries: int = 1, to: str = "a@example.com", platform: str = "") -> Deliver:
    return Deliver(f"out:n1:d{number}:{tries}", via, "n1", f"d{number}", tries, "digest", "shop", to, "en", platform)


def play(database: Database, *ways: Way, scene: Scene, double: Double | None = None, **options: Any) -> list[str]:
    """A bot lives through the scene and is idle at its end, unless it died. What its board heard of deliveries."""

    async def life() -> list[str]:
        async with Bot(database, double or Double(), channels=ways, **{"habits": CALM, **options}) as bot:
            if bot.service.incident("INC-1") is None:
                await bot.begin()
            await scene(bot)
            if not bot.life.over:
                await bot.idle(100_000.0)
            return heard(bot)

    return run(life())


def heard(bot: Bot) -> list[str]:
    board = cast(Board, bot.service.incident("INC-1"))
    return sorted(outcome for outcome in board.outcomes if outcome.partition(":")[0] in ("sent", "failed", "doubt"))


def sending(*deliveries: Deliver) -> Scene:
    async def scene(bot: Bot) -> None:
        bot.do(Send(deliveries), "INC-1")

    return scene


async def nothing(bot: Bot) -> None:
    """Only what is left to do."""


def left(database: Database) -> list[str]:
    with database.read() as connection:
        return [row.status for row in outbox.stuck(connection, database.clock, -1.0)]


# --- each recipient by itself -----------------------------------------------------------------------------------------------


def test_each_recipient_has_an_end_of_its_own(database: Database) -> None:
    mail, hook = Way("mail", once=True, faults=[Fault("never")]), Way("webhook")
    told = play(database, mail, hook, scene=sending(deliver(1), deliver(2), deliver(3, "webhook")))
    assert told == ["failed:d1:1", "sent:d2:1", "sent:d3:1"]
    assert (len(mail.sent), len(hook.sent), left(database)) == (1, 1, [])


def test_what_failed_is_not_parked_so_nobody_sends_it_again_another_way(database: Database) -> None:
    async def scene(bot: Bot) -> None:
        await sending(deliver(1))(bot)
        await bot.idle()
        assert [kind for _, kind, _ in bot.reported if kind == "parked"] == []

    assert play(database, Way("mail", faults=[Fault("never")]), scene=scene) == ["failed:d1:1"]


def test_a_way_that_nobody_has_set_up_fails_and_holds_up_nothing(database: Database) -> None:
    assert play(database, scene=sending(deliver(1), deliver(2, "pigeon"))) == ["failed:d1:1", "failed:d2:1"]


def test_not_now_is_tried_again_without_doubt(database: Database) -> None:
    mail = Way("mail", once=True, faults=[Fault("later"), Fault("later", 90.0), Fault("later")])
    assert play(database, mail, scene=sending(deliver(1))) == ["sent:d1:1"]
    times = [at for at, _ in mail.asked]
    assert (len(mail.sent), times[2] - times[1] >= 90.0, any(doubt for _, doubt in mail.asked)) == (1, True, False)


def test_a_person_hears_within_minutes_that_it_does_not_go(database: Database) -> None:
    mail = Way("mail", once=True, faults=[Fault("later")] * 100)
    assert play(database, mail, scene=sending(deliver(1))) == ["failed:d1:1"]
    assert len(mail.asked) == 12
    assert 60.0 < mail.asked[-1][0] < 330.0


def test_whoever_wants_us_back_in_an_hour_has_failed(database: Database) -> None:
    mail = Way("mail", faults=[Fault("later", 3600.0)])
    assert play(database, mail, scene=sending(deliver(1))) == ["failed:d1:1"]
    assert len(mail.asked) == 1


def test_a_slow_channel_keeps_nobody_else_waiting(database: Database) -> None:
    mail, double = Way("mail", once=True, faults=[Fault("hang")] * 30), Double()

    async def scene(bot: Bot) -> None:
        bot.do(Send(tuple(deliver(n) for n in range(1, 31))), "INC-1")
        await bot.live(0.1)
        bot.do(Assemble(), "INC-1")
        await bot.live(1)
        assert len(double.done("page")) == 4
        assert len(mail.asked) == 8

    told = play(database, mail, scene=scene, double=double, habits=replace(CALM, at_once=2))
    assert told == sorted(f"doubt:d{n}:1" for n in range(1, 31))


# --- what it says, and whether it may ---------------------------------------------------------------------------------------


def test_the_text_is_read_when_it_leaves(database: Database) -> None:
    mail = Way("mail", faults=[Fault("later", 60.0)])

    async def scene(bot: Bot) -> None:
        await sending(deliver(1))(bot)
        await bot.live(10)
        bot.letter = lambda record, effect: replace(letter(record, effect), text="later words")

    play(database, mail, scene=scene)
    assert [text for _, text in mail.sent] == ["later words"]


def test_what_was_stopped_while_it_waited_does_not_leave(database: Database) -> None:
    mail = Way("mail", once=True, faults=[Fault("later", 60.0)])

    async def scene(bot: Bot) -> None:
        await sending(deliver(1))(bot)
        await bot.live(10)
        bot.letter = lambda record, effect: None

    assert play(database, mail, scene=scene) == ["failed:d1:1"]
    assert mail.sent == []


def test_a_text_that_must_not_leave_reaches_no_room_either(database: Database) -> None:
    double = Double()

    async def scene(bot: Bot) -> None:
        bot.letter = lambda record, effect: None
        await sending(deliver(1, "room", to="@report"))(bot)

    assert play(database, scene=scene, double=double) == ["failed:d1:1"]
    assert double.posts("INC-1/out:n1:d1:1") == []


# --- rooms ------------------------------------------------------------------------------------------------------------------


def test_a_text_to_a_room_is_said_there_once_on_one_platform(database: Database) -> None:
    one, two = Double("one"), Double("two")

    async def life() -> None:
        async with Bot(database, one, two) as bot:
            await bot.begin()
            bot.do(Send((deliver(1, "room", to="@report", platform="two"), deliver(2, "room", to="@report", platform="pigeon"))), "INC-1")
            await bot.idle()
            assert heard(bot) == ["sent:d1:1", "sent:d2:1"]

    run(life())
    assert [len(platform.posts("INC-1/out:n1:d1:1")) for platform in (one, two)] == [0, 1]
    assert [message.looks for message in one.posts("INC-1/out:n1:d2:1")] == [[repr("word\n\nto d2")]]


def test_a_platform_that_did_it_and_said_nothing_is_looked_at_first(database: Database) -> None:
    double = Double()
    double.fault = lambda verb, about: Fault("later", done=True) if (verb, about) == ("say", "INC-1/out:n1:d1:1") else None

    async def scene(bot: Bot) -> None:
        await sending(deliver(1, "room", to="@report"))(bot)
        await bot.live(0.1)
        double.fault = lambda verb, about: None

    assert play(database, scene=scene, double=double) == ["sent:d1:1"]
    assert len(double.posts("INC-1/out:n1:d1:1")) == 1


def test_a_platform_that_fails_over_and_over_does_not_keep_a_text_waiting_for_ever(database: Database) -> None:
    double = Double()
    double.fault = lambda verb, about: Fault("later") if about == "INC-1/out:n1:d1:1" else None
    assert play(database, scene=sending(deliver(1, "room", to="@report")), double=double) == ["doubt:d1:1"]


def test_a_room_that_never_stands_fails_the_text_and_keeps_nobody(database: Database) -> None:
    mail = Way("mail")
    told = play(database, mail, scene=sending(deliver(1, "room", to="@customers"), deliver(2)))
    assert told == ["failed:d1:1", "sent:d2:1"]


# --- doubt ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault("hang"), Fault("hang", done=True), Fault("bug"), Fault("bug", done=True)])
def test_mail_that_may_have_left_is_a_persons_to_send_again(database: Database, fault: Fault) -> None:
    mail = Way("mail", once=True, faults=[fault])
    assert play(database, mail, scene=sending(deliver(1))) == ["doubt:d1:1"]
    assert len(mail.sent) == int(fault.done)


def test_a_webhook_that_may_have_left_comes_again_under_the_same_key(database: Database) -> None:
    hook = Way("webhook", faults=[Fault("hang", done=True)])
    assert play(database, hook, scene=sending(deliver(1, "webhook"))) == ["sent:d1:1"]
    assert [key for key, _ in hook.sent] == ["INC-1/n1/d1", "INC-1/n1/d1"]


def test_another_try_has_the_same_key(database: Database) -> None:
    hook = Way("webhook")
    assert play(database, hook, scene=sending(deliver(1, "webhook"), deliver(1, "webhook", tries=2))) == ["sent:d1:1", "sent:d1:2"]
    assert len({key for key, _ in hook.sent}) == 1


def killed(database: Database, *ways: Way, scene: Scene, double: Double) -> None:
    """A process lives through the scene and dies in the middle of it."""

    async def life() -> None:
        bot = Bot(database, double, channels=ways)
        await bot.engine.start()
        bot.service.ensure_standing()
        await bot.begin()
        await bot.live(1)
        await scene(bot)
        await bot.live(5)
        assert bot.life.over

    run(life())


def dying(way: Way, at: str, *deliveries: Deliver) -> Scene:
    """The process dies as the first of these is sent."""

    async def scene(bot: Bot) -> None:
        def strike(moment: str) -> None:
            if moment == at:
                way.moment = lambda moment: None
                bot.die()
                if at == "before":
                    raise asyncio.CancelledError

        way.moment = strike
        await sending(*deliveries)(bot)

    return scene


@pytest.mark.parametrize(("at", "sent"), [("before", 0), ("after", 1)])
def test_mail_of_a_killed_process_is_in_doubt_and_what_had_not_begun_is_sent(database: Database, at: str, sent: int) -> None:
    """Nine letters, eight at a time."""
    mail, double = Way("mail", once=True), Double()
    killed(database, mail, scene=dying(mail, at, *(deliver(n) for n in range(1, 10))), double=double)
    assert len(mail.sent) == sent
    told = play(database, mail, scene=nothing, double=double)
    assert told == sorted([*(f"doubt:d{n}:1" for n in range(1, 9)), "sent:d9:1"])
    assert len(mail.sent) == sent + 1


@pytest.mark.parametrize(("at", "sent"), [("before", 1), ("after", 2)])
def test_a_webhook_of_a_killed_process_comes_again_under_the_same_key(database: Database, at: str, sent: int) -> None:
    hook, double = Way("webhook"), Double()
    killed(database, hook, scene=dying(hook, at, deliver(1, "webhook")), double=double)
    assert play(database, hook, scene=nothing, double=double) == ["sent:d1:1"]
    assert [key for key, _ in hook.sent] == ["INC-1/n1/d1"] * sent


@pytest.mark.parametrize("at", ["before", "after"])
def test_a_room_hears_it_once_however_the_process_dies(database: Database, at: str) -> None:
    double = Double()

    async def scene(bot: Bot) -> None:
        def strike(moment: str, verb: str, about: str) -> None:
            if (moment, about) == (at, "INC-1/out:n1:d1:1"):
                double.on_call = lambda moment, verb, about: None
                bot.die()
                if at == "before":
                    raise asyncio.CancelledError

        double.on_call = strike
        await sending(deliver(1, "room", to="@report"))(bot)

    killed(database, scene=scene, double=double)
    assert play(database, scene=nothing, double=double) == ["sent:d1:1"]
    assert len(double.posts("INC-1/out:n1:d1:1")) == 1


def test_what_left_and_was_written_down_is_known_to_the_next_process(database: Database) -> None:
    """It dies between writing down that the mail left and telling the record."""
    mail, double = Way("mail", once=True), Double()

    async def scene(bot: Bot) -> None:
        def gone(*told: Any) -> None:
            bot.die()
            raise asyncio.CancelledError

        bot.told_outside = gone
        await sending(deliver(1))(bot)

    killed(database, mail, scene=scene, double=double)
    assert len(mail.sent) == 1
    assert play(database, mail, scene=nothing, double=double) == ["sent:d1:1"]
    assert len(mail.asked) == 1


def test_a_worker_that_lost_its_lane_sends_nothing(database: Database) -> None:
    mail, double = Way("mail", once=True, faults=[Fault("later", 60.0)]), Double()

    async def life() -> None:
        async with Bot(database, double, channels=(mail,), habits=CALM) as bot:
            await bot.begin()
            await sending(deliver(1))(bot)
            await bot.live(10)
            with database.write() as connection:
                outbox.take_over(connection, database.clock, "another", all_of_them=True)
                outbox.beat(connection, database.clock, "another", 3600.0)
            await bot.live(120)

    run(life())
    assert (len(mail.asked), mail.sent) == (1, [])


def test_the_record_hears_of_one_end(database: Database) -> None:
    """Whatever the engine says again after a crash, the first word counts."""

    async def scene(bot: Bot) -> None:
        await sending(deliver(1))(bot)
        await bot.idle()
        with database.read() as connection:
            (row,) = [row for row in outbox.rows(connection, range(1, 50)) if isinstance(row.effect, Deliver)]
        bot.service.record_delivery("INC-1", "n1", "d1", 1, "doubt", "", f"effect:{row.id}:end")

    assert play(database, Way("mail"), scene=scene) == ["sent:d1:1"]
