"""A whole bot behind Slack's doors: signed requests or sockets come in, real calls go out, and people use what they see on the screen.

Nobody here knows more than their Slack shows them: they press what is drawn, by its words, fill in what a modal asks, and see the rooms
they are in. The house's clock stands until a test moves it; Slack's own runs on.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeVar, cast

import uvicorn

from bot import app
from bot.channels import ways
from bot.core.events import Event
from bot.core.incident import Incident
from bot.engine import Engine, Habits, Source
from bot.html.ink import plain
from bot.platforms.port import Pace
from bot.platforms.slack.adapter import Slack
from bot.platforms.slack.connect import Connected
from bot.settings import load
from bot.store.outbox import STANDING
from bot.words import Text
from tests.flows.anywhere import NotThere, advanced, sound
from tests.flows.house import TONIGHT
from tests.slack.double import Channel, Message, SlackServer, Workspace
from tests.slack.double import Person as Human
from tests.slack.people import Person, Screen, unmarked, user_of

Transport = Literal["http", "socket"]
T = TypeVar("T")
TO_A_USER = "posting to a user id"  # Slack opens that chat by itself; the double would rather see it opened first


class Refusals(logging.Handler):
    """What the bot wrote down of those it turned away: on the screen a refusal is only words."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    @property
    def count(self) -> int:
        return sum(line.startswith("refused") for line in self.lines)


class Bot:
    """The bot as it is deployed: one web server with ears, hands and clock inside, on a thread of its own."""

    def __init__(self, house: app.App, habits: Habits) -> None:
        source = Source(house.service.draw, house.file, house.address, house.service.record_outcome, house.now, house.service.drawn)
        letters = ways.outside(house.settings, house.service, "a word of this house", house.now)
        self.engine = Engine(house.database, house.platforms(), source, house.name, habits, outside=letters)
        setattr(house, "engine", lambda: self.engine)  # noqa: B010  # with the habits of a test, and within its reach
        self._house = house
        self._loop = asyncio.new_event_loop()
        config = uvicorn.Config(app.web(house), "127.0.0.1", 0, log_level="error", access_log=False, timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self._loop.run_until_complete(self._server.serve([self._door]))

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the bot did not start"
            threading.Event().wait(0.005)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._door.getsockname()[1]}/slack/events"

    def do(self, work: Coroutine[Any, Any, T], seconds: float = 60.0) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the bot did not stop"
        self._loop.close()


@dataclass
class SlackHouse:
    """The bot, its Slack, and everybody of the plan with an account there."""

    app: app.App
    slack: SlackServer
    bot: Bot
    log: Refusals
    record: str = "INC-1"
    whispers: dict[str, Screen] = field(default_factory=dict)

    def __getattr__(self, person: str) -> Person:
        """`house.wangmin`: a person of the plan by id."""
        if person.startswith("_") or person not in self.app.plans.current.people:
            raise AttributeError(person)
        return Person(self, person)

    def person(self, id: str) -> Person:
        return Person(self, id)

    def human(self, id: str) -> Human:
        """Their Slack window, for what the story's words do not cover."""
        return self.slack.person(user_of(id))

    @property
    def state(self) -> Incident:
        found = self.app.service.incident(self.record)
        assert found is not None, self.record
        return found

    def events(self, record: str | None = None) -> list[Event]:
        return [event for event, _ in self.app.service.events(record or self.record)]

    # --- time ---------------------------------------------------------------------------------------------------------------

    def hear(self) -> None:
        """Everything said so far has reached the bot and is answered."""
        self.slack.settle()
        side = self.app.sides["slack"]
        assert isinstance(side, Connected)
        self.bot.do(side.ears.settle())

    def settle(self) -> None:
        """Every promise kept, and heard of what that caused."""
        before = None
        while before != (now := (len(self.slack.calls), len(self.slack.delivered))):
            before = now
            self.hear()
            self.bot.do(self.bot.engine.idle())

    def advance(self, minutes: float) -> int:
        """Let time pass, stopping at every deadline on the way as a running clock would. How many rang."""
        return advanced(self.app, self.settle, minutes)

    def until(self, moment: datetime) -> int:
        return self.advance((moment - self.app.now()).total_seconds() / 60)

    def keep_to(self, *paces: Pace) -> None:
        """These are Slack's limits from now on, as far as the engine knows."""
        hands = cast(Slack, self.app.platforms()["slack"])
        hands.capabilities = replace(hands.capabilities, paces=paces)

    # --- what there is ------------------------------------------------------------------------------------------------------

    def ref(self, slot: str, record: str | None = None) -> str:
        owner = STANDING if slot.startswith("@") else record or self.record
        found = self.app.service.refs(owner).get((owner, slot, "slack"))
        if found is None:
            raise NotThere(f"{owner} has no {slot}")
        return found.ref

    def channel(self, slot: str, record: str | None = None) -> Channel:
        return self.slack.workspace.channels[self.ref(slot, record)]

    def messages(self, slot: str = "war", record: str | None = None) -> list[Message]:
        """Everything in a room; grey lines about the room itself are not messages."""
        found = sorted(self.channel(slot, record).messages.values(), key=lambda message: message.ts)
        return [message for message in found if message.subtype in (None, "file_share", "thread_broadcast")]

    def bot_messages(self, slot: str = "war", record: str | None = None) -> list[Message]:
        return [message for message in self.messages(slot, record) if message.bot_id]

    def said(self, slot: str = "war") -> list[str]:
        self.settle()
        return [self.reads(message) for message in self.bot_messages(slot)]

    def reads(self, where: Screen) -> str:
        """As anybody who sees it reads it."""
        return unmarked(self.human("linyuan").reads(where))

    def words(self, text: Text, person: str = "") -> str:
        return plain(text, self.app.viewer(person))

    def file(self, name: str, slot: str = "war") -> str:
        """The content of a document in a room."""
        for message in self.messages(slot):
            for shared in message.files:
                content = self.slack.workspace.files[shared["id"]].content
                if shared["title"] == name and content is not None:
                    return content.decode()
        raise NotThere(f"no file {name} in {slot}")

    def keys(self) -> list[str]:
        """Our name for every message that stands anywhere."""
        everything = [m for channel in self.slack.workspace.channels.values() for m in channel.messages.values()]
        return [message.metadata["event_payload"]["key"] for message in everything if message.metadata]

    def counts(self) -> tuple[int, int, int]:
        """Events, messages and rooms there are: what a repeated request must not change."""
        self.settle()
        records = ["team", *(state.id for state in self.app.service.incidents(open_only=False))]
        happened = sum(len(self.app.service.events(record)) for record in records)
        channels = self.slack.workspace.channels.values()
        return happened, sum(len(channel.messages) for channel in channels), len(channels)

    def has_one_of_each(self) -> None:
        """Every room that the bot made is one of ours, every message of ours stands once, and where the record says."""
        self.settle()
        ws, service = self.slack.workspace, self.app.service
        made = [channel for channel in ws.channels.values() if channel.creator == ws.bot_user and not channel.im]
        orphans = [room.name for room in made if service.place("slack", room.id) is None]
        twice = [key for key, times in Counter(self.keys()).items() if times > 1]
        standing = {slot: found.ref for (_, slot, _), found in service.refs(self.record).items() if not slot.startswith("page:")}
        there = {message.ref for channel in ws.channels.values() for message in channel.messages.values()} | {*ws.channels, *ws.files}
        lost = [slot for slot, ref in standing.items() if ref not in there]
        assert (orphans, twice, lost) == ([], [], []), (orphans, twice, lost)

    def holds(self, *forgiven: str, absent: tuple[str, ...] = ()) -> None:
        """What must be true after every flow: stored is what happened, nothing stuck or parked, nothing said twice, nothing odd sent.

        `forgiven`: kinds of oddities that cannot be helped, since Slack was not itself. `absent`: who has no account there.
        """
        self.settle()
        sound(self.app, absent)
        twice = [key for key, times in Counter(self.keys()).items() if times > 1]
        assert not twice, twice
        odd = [str(each) for each in self.slack.violations if each.kind not in forgiven and TO_A_USER not in each.words]
        assert not odd, odd[:5]


@contextmanager
def opened(
    database_url: str,
    transport: Transport = "http",
    at: datetime = TONIGHT,
    *,
    absent: tuple[str, ...] = (),
    habits: Habits | None = None,
    prepare: Callable[[SlackServer], object] = lambda slack: None,
    **settings: object,
) -> Iterator[SlackHouse]:
    """A bot on this database and a Slack of its own, at 20:10 on a Monday unless said otherwise; `absent` have no account there.

    The engine does not keep to Slack's limits (see `SlackHouse.keep_to`): a story is told faster than it happens.
    """
    with ExitStack() as stack:
        slack = stack.enter_context(SlackServer(Workspace(), transport=transport))
        ws = slack.workspace
        way = {"slack_signing_secret": ws.signing_secret} if transport == "http" else {"slack_app_token": ws.app_token}
        given = {"slack_bot_token": ws.bot_token, "slack_api_url": slack.api_url, "public_url": "https://fenghuo.example.com", **way}
        chosen = load({"database_url": database_url, "sandbox": False, **given, **settings}, env_file=None)
        house = stack.enter_context(app.build(chosen, app.Now(wall=lambda: at)))
        for person in house.plans.current.people.values():
            if person.id not in absent:
                ws.user(user_of(person.id), person.name, person.email)
        prepare(slack)
        log = stack.enter_context(listening())
        bot = Bot(house, habits or Habits(alone=True))
        stack.callback(bot.stop)
        built = SlackHouse(house, slack, bot, log)
        built.keep_to()
        slack.request_url = bot.url
        bot.start()
        wait_for(lambda: transport == "http" or slack.sockets == 1)
        built.settle()
        yield built


def wait_for(true: Callable[[], bool], seconds: float = 10.0) -> None:
    for _ in range(int(seconds / 0.005)):
        if true():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it did not come to that")


@contextmanager
def listening() -> Iterator[Refusals]:
    """Hear what the bot writes down of Slack."""
    log, heard = logging.getLogger("fenghuo.slack"), Refusals()
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(heard)
    try:
        yield heard
    finally:
        log.removeHandler(heard)
        log.setLevel(level)


def looks(house: SlackHouse) -> Iterator[tuple[str, Any]]:
    """Every message and view that was sent, once each, for whoever judges blocks."""
    seen: set[str] = set()
    for sent in house.slack.sent:
        thing = sent.view if sent.view is not None else sent.blocks
        written = json.dumps(thing, ensure_ascii=False, sort_keys=True)
        if thing and written not in seen:
            seen.add(written)
            yield sent.method, thing


def at_once(*deeds: Callable[[], T]) -> list[T]:
    """Everybody does it at the same moment."""
    with ThreadPoolExecutor(max(1, len(deeds))) as pool:
        return [future.result() for future in [pool.submit(deed) for deed in deeds]]
