"""A whole bot behind Feishu's doors: sealed requests or the long connection come in, real calls go out, and people use what they see.

Nobody here knows more than their Feishu shows them: they press what is drawn, by its words, fill in the form that came into their chat
with the bot, and see the rooms they are in. The house's clock stands until a test moves it; Feishu's own runs on.
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
from bot.platforms.feishu.adapter import Feishu
from bot.platforms.feishu.connect import Connected
from bot.platforms.port import Pace
from bot.settings import load
from bot.store.outbox import STANDING
from bot.words import Text
from tests.feishu.double import BOT, Chat, FeishuServer, Message, Sent, Tenant
from tests.feishu.double import Person as Human
from tests.feishu.double.toy import lark_ws
from tests.feishu.people import Person, mark_of, unmarked, user_of
from tests.flows.anywhere import NotThere, advanced, sound
from tests.flows.house import TONIGHT

Transport = Literal["webhook", "socket"]
T = TypeVar("T")


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
        return f"http://127.0.0.1:{self._door.getsockname()[1]}/feishu/events"

    def do(self, work: Coroutine[Any, Any, T], seconds: float = 60.0) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the bot did not stop"
        self._loop.close()


@dataclass
class FeishuHouse:
    """The bot, its Feishu, and everybody of the plan with an account there."""

    app: app.App
    feishu: FeishuServer
    bot: Bot
    log: Refusals
    record: str = "INC-1"
    whispers: dict[str, Message] = field(default_factory=dict)

    def __getattr__(self, person: str) -> Person:
        """`house.wangmin`: a person of the plan by id."""
        if person.startswith("_") or person not in self.app.plans.current.people:
            raise AttributeError(person)
        return Person(self, person)

    def person(self, id: str) -> Person:
        return Person(self, id)

    def human(self, id: str) -> Human:
        """Their Feishu window, for what the story's words do not cover."""
        return self.feishu.person(user_of(id))

    @property
    def side(self) -> Connected:
        return cast(Connected, self.app.sides["feishu"])

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
        self.feishu.settle()
        self.bot.do(self.side.ears.settle())

    def settle(self) -> None:
        """Every promise kept, and heard of what that caused."""
        before = None
        while before != (now := (len(self.feishu.calls), len(self.feishu.delivered))):
            before = now
            self.hear()
            self.bot.do(self.bot.engine.idle())

    def advance(self, minutes: float) -> int:
        """Let time pass, stopping at every deadline on the way as a running clock would. How many rang."""
        return advanced(self.app, self.settle, minutes)

    def until(self, moment: datetime) -> int:
        return self.advance((moment - self.app.now()).total_seconds() / 60)

    def keep_to(self, *paces: Pace) -> None:
        """These are Feishu's limits from now on, as far as the engine knows."""
        hands = cast(Feishu, self.app.platforms()["feishu"])
        hands.capabilities = replace(hands.capabilities, paces=paces)

    # --- what there is ------------------------------------------------------------------------------------------------------

    def ref(self, slot: str, record: str | None = None) -> str:
        owner = STANDING if slot.startswith("@") else record or self.record
        found = self.app.service.refs(owner).get((owner, slot, "feishu"))
        if found is None:
            raise NotThere(f"{owner} has no {slot}")
        return found.ref

    def chat(self, slot: str, record: str | None = None) -> Chat:
        return self.feishu.tenant.chats[self.ref(slot, record)]

    def messages(self, slot: str = "war", record: str | None = None) -> list[Message]:
        """Everything that stands in a room, the oldest first."""
        found = sorted(self.chat(slot, record).messages.values(), key=lambda message: message.created)
        return [message for message in found if not message.recalled]

    def bot_messages(self, slot: str = "war", record: str | None = None) -> list[Message]:
        return [message for message in self.messages(slot, record) if message.sender == BOT]

    def said(self, slot: str = "war") -> list[str]:
        self.settle()
        return [self.reads(message) for message in self.bot_messages(slot)]

    def reads(self, where: Message) -> str:
        """As anybody who sees it reads it."""
        return unmarked(self.human("linyuan").reads(where))

    def words(self, text: Text, person: str = "") -> str:
        return plain(text, self.app.viewer(person))

    def file(self, name: str, slot: str = "war") -> str:
        """The content of a document in a room."""
        for message in self.messages(slot):
            if message.kind == "file":
                shared = self.feishu.tenant.files[json.loads(message.content)["file_key"]]
                if shared.name == name:
                    return shared.content.decode()
        raise NotThere(f"no file {name} in {slot}")

    def rooms(self) -> list[Chat]:
        """Every room that the bot made."""
        return [chat for chat in self.feishu.tenant.chats.values() if chat.creator == BOT and not chat.p2p]

    def twice(self) -> list[str]:
        """What stands more than once where it should once: cards by our mark, files by their names, lines by their words."""
        found: Counter[tuple[str, ...]] = Counter()
        for message in self.feishu.tenant.messages.values():
            if message.sender != BOT or message.recalled:
                continue
            if message.kind == "interactive" and (mark := mark_of(message)):
                found[mark,] += 1
            elif message.kind != "interactive":
                found[message.chat, self._said_by(message)] += 1
        return [" ".join(key) for key, times in found.items() if times > 1]

    def _said_by(self, message: Message) -> str:
        content = json.loads(message.content)
        return self.feishu.tenant.files[content["file_key"]].name if message.kind == "file" else str(content)

    def counts(self) -> tuple[int, int, int]:
        """Events, messages and rooms there are: what a repeated request must not change."""
        self.settle()
        records = ["team", *(state.id for state in self.app.service.incidents(open_only=False))]
        happened = sum(len(self.app.service.events(record)) for record in records)
        chats = [chat for chat in self.feishu.tenant.chats.values() if not chat.p2p]
        return happened, sum(len(chat.messages) for chat in chats), len(chats)

    def has_one_of_each(self) -> None:
        """Every room that the bot made is one of ours, every message of ours stands once, and where the record says."""
        self.settle()
        ws, service = self.feishu.tenant, self.app.service
        orphans = [room.name for room in self.rooms() if service.place("feishu", room.id) is None]
        standing = {slot: found.ref for (_, slot, _), found in service.refs(self.record).items() if not slot.startswith("page:")}
        there = {message.ref for message in ws.messages.values() if not message.recalled} | {*ws.chats}
        lost = [slot for slot, ref in standing.items() if ref not in there]
        assert (orphans, self.twice(), lost) == ([], [], []), (orphans, self.twice(), lost)

    def holds(self, *forgiven: str, absent: tuple[str, ...] = ()) -> None:
        """What must be true after every flow: stored is what happened, nothing stuck or parked, nothing said twice, nothing odd sent.

        `forgiven`: kinds of oddities that cannot be helped, since Feishu was not itself. `absent`: who has no account there.
        """
        self.settle()
        sound(self.app, absent)
        assert not self.twice(), self.twice()
        odd = [str(each) for each in self.feishu.violations if each.kind not in forgiven]
        assert not odd, odd[:5]


@contextmanager
def opened(
    database_url: str,
    transport: Transport = "webhook",
    at: datetime = TONIGHT,
    *,
    absent: tuple[str, ...] = (),
    habits: Habits | None = None,
    prepare: Callable[[FeishuServer], object] = lambda feishu: None,
    **settings: object,
) -> Iterator[FeishuHouse]:
    """A bot on this database and a Feishu of its own, at 20:10 on a Monday unless said otherwise; `absent` have no account there.

    The engine does not keep to Feishu's limits (see `FeishuHouse.keep_to`): a story is told faster than it happens.
    """
    with ExitStack() as stack:
        if transport == "socket":
            lark_ws()  # imported here, where what it warns of is let pass
        feishu = stack.enter_context(FeishuServer(Tenant(), transport=transport))
        ws = feishu.tenant
        way = {"feishu_encrypt_key": ws.encrypt_key, "feishu_verification_token": ws.verification_token} if transport == "webhook" else {}
        given = {
            "feishu_app_id": ws.app_id, "feishu_app_secret": ws.app_secret, "feishu_domain": feishu.url,
            "feishu_mode": "webhook" if transport == "webhook" else "websocket", "public_url": "https://fenghuo.example.com", **way,
        }  # fmt: skip
        chosen = load({"database_url": database_url, "sandbox": False, **given, **settings}, env_file=None)
        house = stack.enter_context(app.build(chosen, app.Now(wall=lambda: at)))
        for person in house.plans.current.people.values():
            if person.id not in absent:
                ws.user(user_of(person.id), person.name, person.email, person.phone)
        prepare(feishu)
        log = stack.enter_context(listening())
        bot = Bot(house, habits or Habits(alone=True))
        stack.callback(bot.stop)
        built = FeishuHouse(house, feishu, bot, log)
        built.keep_to()
        feishu.request_url = bot.url
        bot.start()
        wait_for(lambda: house.sides["feishu"].coming is None, 30.0)
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
    """Hear what the bot writes down of Feishu."""
    log, heard = logging.getLogger("fenghuo.feishu"), Refusals()
    level = log.level
    log.setLevel(logging.INFO)
    log.addHandler(heard)
    try:
        yield heard
    finally:
        log.removeHandler(heard)
        log.setLevel(level)


def looks(house: FeishuHouse) -> Iterator[Sent]:
    """Every card that was sent, once each, for whoever judges cards."""
    seen: set[str] = set()
    for sent in house.feishu.sent:
        written = json.dumps(sent.card, ensure_ascii=False, sort_keys=True)
        if written not in seen:
            seen.add(written)
            yield sent


def at_once(*deeds: Callable[[], T]) -> list[T]:
    """Everybody does it at the same moment."""
    with ThreadPoolExecutor(max(1, len(deeds))) as pool:
        return [future.result() for future in [pool.submit(deed) for deed in deeds]]
