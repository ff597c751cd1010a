"""A small domain with everything the service and the engine must carry: a board that people open, write on and assemble around.

And the parts of a bot around it: `Bot` is one process (service and engine on one database), to be killed and started again.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bot.cards.model import Card, Words
from bot.cards.views.placed import Placed
from bot.channels.port import Channel
from bot.core.commands import RecordOutcome, Ring
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import Stamp
from bot.core.outward.commands import RecordDelivery
from bot.core.outward.letter import Letter
from bot.core.spread import Spread
from bot.effects import CloseRoom, Deliver, Effect, Invite, Link, OpenRoom, Page, RenameRoom, Say, SetTopic, StopPage, Tell
from bot.engine import Engine, Habits, Outside, Source
from bot.engine.hands import Kind
from bot.platforms.port import Platform
from bot.service import Outcome, Rules, Service
from bot.store.codec import Codec, Named
from bot.store.database import Database
from bot.talk import Answer, Request, Toast
from bot.words import Text

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PEOPLE = ("ann", "bob", "cy", "dee")


@dataclass(frozen=True)
class Plan:
    version: str = "1"
    hash: str = "one"


@dataclass(frozen=True)
class Crew:
    """The toy's team."""

    away: tuple[str, ...] = ()


@dataclass(frozen=True)
class Board:
    id: str
    people: tuple[str, ...]
    urgent: bool = False
    drill: bool = False
    plan: str = ""
    stage: str = "open"
    lines: tuple[str, ...] = ()
    assembled: bool = False
    alarm: datetime | None = None
    rang: int = 0
    outcomes: tuple[str, ...] = ()


# commands and events are the same values here: what is asked for happens, unless it is refused


@dataclass(frozen=True)
class Begin:
    people: tuple[str, ...] = PEOPLE
    urgent: bool = False
    drill: bool = False
    record: str = ""
    plan: str = ""


@dataclass(frozen=True)
class Write:
    text: str


@dataclass(frozen=True)
class Assemble:
    pass


@dataclass(frozen=True)
class SetAlarm:
    at: datetime


@dataclass(frozen=True)
class Answered:
    """Somebody answered the page."""

    person: str


@dataclass(frozen=True)
class Continue:
    """In another room that leads back to the first, and to one that never stood."""


@dataclass(frozen=True)
class End:
    pass


@dataclass(frozen=True)
class GoAway:
    person: str


@dataclass(frozen=True)
class Send:
    """To people outside."""

    deliveries: tuple[Deliver, ...]


@dataclass(frozen=True)
class Rang:
    subject: str


@dataclass(frozen=True)
class Noted:
    outcome: str


@dataclass(frozen=True)
class World:
    plan: Plan
    now: datetime
    team: Crew
    record: str
    served: tuple[str, ...] = ()


Happening = Begin | Write | Assemble | Continue | SetAlarm | Answered | End | GoAway | Send | Rang | Noted


def decide(state: Board | Crew | None, command: Any, by: str | None, world: World) -> tuple[Any, ...]:
    match command:
        case Begin():
            return (replace(command, record=world.record, plan=world.plan.hash),)
        case Write(text=""):
            raise Refused("write something", field="text")
        case Write(text="again") if isinstance(state, Board) and state.lines[-1:] == ("again",):
            return ()
        case Ring(subject=subject, at=at):
            return (Rang(subject),) if isinstance(state, Board) and state.alarm == at else ()
        case RecordOutcome(effect=effect, kind=kind, people=people):
            note = ":".join((kind, effect, *people))
            return (Noted(note),) if isinstance(state, Board) else ()
        case RecordDelivery(delivery=delivery, tries=tries, kind=kind):
            return (Noted(f"{kind}:{delivery}:{tries}"),) if isinstance(state, Board) else ()
        case _ if isinstance(state, Board) and state.stage == "ended":
            raise Refused("it is over")
        case _:
            return (command,)


def evolve(state: Board | Crew | None, event: Any, stamp: Stamp) -> Board | Crew:
    if isinstance(event, GoAway):
        before = state if isinstance(state, Crew) else Crew()
        return Crew((*before.away, event.person))
    if isinstance(event, Begin):
        return Board(event.record, event.people, event.urgent, event.drill, event.plan)
    assert isinstance(state, Board)
    match event:
        case Write(text=text):
            return replace(state, lines=(*state.lines, text))
        case Assemble():
            return replace(state, assembled=True)
        case SetAlarm(at=at):
            return replace(state, alarm=at)
        case Rang():
            return replace(state, alarm=None, rang=state.rang + 1)
        case End():
            return replace(state, stage="ended", alarm=None)
        case Noted(outcome=outcome):
            return replace(state, outcomes=(*state.outcomes, outcome))
        case _:
            return state


def react(before: Any, events: tuple[tuple[Any, Stamp], ...], after: Board | Crew, world: World) -> tuple[Effect, ...]:
    if not isinstance(after, Board):
        return ()
    return tuple(effect for event, stamp in events for effect in _effects(event, stamp, after))


def _effects(event: Any, stamp: Stamp, board: Board) -> tuple[Effect, ...]:
    match event:
        case Begin(people=people):
            return (
                OpenRoom("war", f"room of {board.id}", board.id.lower(), people[:1], "new"),
                Invite("war", people[1:]),
                SetTopic("war", "begun"),
                Link("war", "record", f"/i/{board.id}"),
                Say("war", "hello", "hello"),
            )
        case Assemble():
            return (
                RenameRoom("war", f"war room of {board.id}", board.id.lower()),
                Invite("war", board.people),
                SetTopic("war", "assembled"),
                *(Tell(person, f"dm:{person}", "person", (("person", person),)) for person in board.people),
                *(Page(person, f"page:{person}", "come", "c1") for person in board.people),
            )
        case Write(text=text):
            return (Say("war", f"line:{stamp.seq}", text),)
        case Continue():
            room = OpenRoom("war~2", f"second room of {board.id}", f"{board.id.lower()}-2", (), "")
            return (room, Link("war~2", "before", "room:war"), Link("war~2", "nowhere", "room:sub"))
        case Send(deliveries=deliveries):
            return deliveries
        case Answered(person=person):
            return (StopPage(f"page:{person}"),)
        case End():
            return (CloseRoom("war"),)
        case _:
            return ()


def desk(state: Board | Crew, plan: Plan) -> tuple[Placed, ...]:
    if not isinstance(state, Board):
        return ()
    cards = (Placed("war", "status", "status", pin=True), Placed("@report", "digest", "status"))
    return (*cards, Placed("war", "roll", "roll")) if state.assembled else cards


def draw(view: str, state: Board | Crew, plan: Plan, args: Mapping[str, str]) -> Card:
    assert isinstance(state, Board)
    match view:
        case "status":
            lines = " / ".join((state.stage, *state.lines, *state.outcomes))
            return Card(f"{state.id} {lines}", (Words(str(state.rang)),), state.id)
        case "roll":
            return Card(f"roll of {state.id}", (), state.id)
        case _:
            return Card(f"for {args['person']}", (), state.id)


def deadlines(state: Board | Crew, plan: Plan) -> tuple[Deadline, ...]:
    return (Deadline("alarm", "a", state.alarm),) if isinstance(state, Board) and state.alarm is not None else ()


def spread(state: Board | Crew, world: World) -> Spread:
    return Spread(world.served, world.served, frozenset(), lambda person, platform: person not in world.team.away)


def priority(state: Board | Crew, effect: Effect) -> int:
    if isinstance(state, Board) and state.drill:
        return 3
    return 0 if isinstance(effect, Page) or (isinstance(state, Board) and state.urgent) else 2


RULES = Rules(
    decide=cast(Any, decide),
    evolve=cast(Any, evolve),
    react=cast(Any, react),
    deadlines=cast(Any, deadlines),
    desk=cast(Any, desk),
    draw=cast(Any, draw),
    priority=cast(Any, priority),
    kind=lambda command: "INC",
    outline=lambda state: (getattr(state, "stage", ""), getattr(state, "stage", "open") == "open"),
    spread=cast(Any, spread),
    standing=lambda plan: (OpenRoom("@report", "reports", "reports", (), ""),),
    world=cast(Any, World),
    no_team=cast(Any, Crew()),
    states=cast(Any, Codec[Any](Board | Crew)),
    events=cast(Any, Named[Any](Happening)),
    dump_plan=lambda plan: plan.hash,
    load_plan=lambda body: cast(Any, Plan("old", body)),
)


class Clock:
    """Moved by hand."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **span: float) -> None:
        self.time += timedelta(**span)


def request(key: str = "", who: str = "ann") -> Request:
    return Request(key or uuid.uuid4().hex, who, "double", START)


def reply(outcome: Outcome) -> Answer:
    return Toast(f"{outcome.record}: {len(outcome.events)}")


def service(
    database: Database,
    clock: Clock | None = None,
    worker: str | None = None,
    platforms: tuple[str, ...] = ("double",),
    opens_empty: Collection[str] = (),
) -> Service:
    return Service(database, RULES, lambda: cast(Any, Plan()), clock or Clock(), platforms, worker, opens_empty)


def do(
    service: Service, record: str | None, command: Any, key: str = "", words: Callable[[Outcome], Answer] = reply, who: str = "ann"
) -> Answer:
    """Ann asks for it. Without a key it is a new request each time."""
    return service.run(request(key, who), record, command, words)


def address(path: str) -> str:
    return path if path.startswith("http") else f"http://bot{path}"


def letter(record: str, effect: Deliver) -> Letter:
    """What a toy writes to people outside."""
    via = cast(Any, effect.via)
    return Letter("word", f"to {effect.delivery}", "en", "all", "initial", effect.to, effect.contact, via, record, START)


async def inline(work: Callable[[], Any]) -> Any:
    """Database work in the loop's own thread: everything happens in one order, the same each time."""
    return work()


def shaky(dice: random.Random) -> Callable[[Callable[[], Any]], Awaitable[Any]]:
    """The same, but each piece of work begins and ends at some time of its own, as threads do."""

    async def threads(work: Callable[[], Any]) -> Any:
        await asyncio.sleep(dice.random() * 0.01)
        result = work()
        await asyncio.sleep(dice.random() * 0.01)
        return result

    return threads


class Mortal:
    """A platform as one process sees it: when that process is dead, its calls reach nobody."""

    def __init__(self, platform: Platform | Channel, life: Life) -> None:
        self._platform, self._life = platform, life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._platform, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*arguments: Any) -> Any:
            await self._life.check()
            result = await found(*arguments)
            await self._life.check()
            return result

        return call


class Life:
    """Whether a process lives. Who asks after its death waits for ever: nothing of it has an effect any more."""

    def __init__(self) -> None:
        self.over = False
        self._for_ever: list[asyncio.Future[None]] = []

    async def check(self) -> None:
        if self.over:
            self._for_ever.append(asyncio.get_running_loop().create_future())
            await self._for_ever[-1]


class Bot:
    """One process of the bot. `die` leaves everything as a kill -9 would: nothing is written any more, nobody says good-bye."""

    def __init__(
        self,
        database: Database,
        *platforms: Platform,
        clock: Clock | None = None,
        habits: Habits | None = None,
        threads: Callable[[Callable[[], Any]], Awaitable[Any]] = inline,
        dice: random.Random | None = None,
        channels: tuple[Channel, ...] = (),
    ) -> None:
        name = uuid.uuid4().hex
        self.life = Life()
        empty = [platform.name for platform in platforms if platform.capabilities.opens_empty]
        self.service = service(database, clock, name, tuple(platform.name for platform in platforms), empty)
        self.reported: list[tuple[str, str, Text]] = []
        self.clock = clock or Clock()
        self.silences: list[tuple[str, float | None]] = []
        told = (self.report, self.now, self.service.drawn, self.silence)
        source = Source(self.service.draw, lambda record, document: b"", address, *told)
        hands = {platform.name: cast(Platform, Mortal(platform, self.life)) for platform in platforms}
        habits = habits or Habits(alone=True)
        self.letter: Callable[[str, Deliver], Letter | None] = letter
        self.told_outside: Callable[..., None] = self.service.record_delivery
        ways = {channel.name: cast(Channel, Mortal(channel, self.life)) for channel in channels}
        outside = Outside(ways, lambda record, effect: self.letter(record, effect), lambda *told: self.told_outside(*told))
        self.engine = Engine(database, hands, source, name, habits, self._mortal(threads), dice or random.Random(1), outside)
        self.service.on_promise(self.engine.wake)

    async def __aenter__(self) -> Bot:
        await self.engine.start()
        self.service.ensure_standing()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.engine.stop()

    def _mortal(self, threads: Callable[[Callable[[], Any]], Awaitable[Any]]) -> Callable[[Callable[[], Any]], Awaitable[Any]]:
        async def work(job: Callable[[], Any]) -> Any:
            async def checked() -> Any:
                await self.life.check()
                return await threads(job)

            return await checked()

        return work

    def report(self, record: str, effect: str, kind: Kind, text: Text, people: tuple[str, ...], key: str) -> None:
        self.reported.append((record, kind, text))
        self.service.record_outcome(record, effect, kind, text, people, key)

    def silence(self, platform: str, silent: float | None) -> None:
        self.silences.append((platform, silent))

    def now(self) -> datetime:
        """The clock on the wall goes with the loop's."""
        return self.clock() + timedelta(seconds=asyncio.get_running_loop().time())

    def die(self) -> None:
        self.life.over = True

    def do(self, command: Any, record: str | None = None) -> Answer:
        return do(self.service, record, command)

    async def begin(self, **options: Any) -> str:
        answer = self.do(Begin(**options))
        assert isinstance(answer, Toast)
        return str(answer.text).split(":")[0]

    async def live(self, seconds: float) -> None:
        """So much (virtual) time passes."""
        await asyncio.sleep(seconds)

    async def idle(self, seconds: float = 3600.0) -> None:
        async with asyncio.timeout(seconds):
            await self.engine.idle()
