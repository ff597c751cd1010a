"""A whole bot in one process, and people who speak, press and fill in through the same doors as a browser.

The clock stands until a test moves it. A person presses only what stands on a card they can see, by its words; what a form does not
ask cannot be filled in. Everything that was let in is remembered, so that a test can send it all once more.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import uuid
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from bot import app
from bot.cards.model import Button, Buttons, Card, Choices, Form, Press, Step, Steps
from bot.core.events import Event
from bot.core.incident import Incident
from bot.html.ink import plain
from bot.html.render import draw
from bot.settings import load
from bot.store.sandbox_tables import Message, Room
from bot.talk import Answer, Ask, Invalid, Private, Refusal, Toast
from bot.words import Text
from tests.flows.anywhere import NotThere, TurnedAway, advanced, refused, sound
from tests.flows.page import words

TONIGHT = datetime(2026, 11, 23, 12, 10, tzinfo=UTC)  # 20:10 in Shanghai, a Monday


class Settles(Protocol):
    """Whatever keeps the promises of the house."""

    def settle(self) -> None: ...


class Hands:
    """The engine on a loop of its own, as in a worker."""

    def __init__(self, house: app.App) -> None:
        self.engine = house.engine()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        house.service.on_promise(self.engine.wake)
        self.wait(self.engine.start())

    def settle(self) -> None:
        """Return when every promise made so far is kept."""
        self.wait(self.engine.idle())

    def wait(self, work: Coroutine[Any, Any, None]) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(work, self._loop)
        future.result(30)

    def stop(self) -> None:
        self.wait(self.engine.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class House:
    """The bot, its hands, and everybody of the plan."""

    app: app.App
    hands: Settles
    record: str = "INC-1"
    sent: list[Callable[[], Answer | None]] = field(default_factory=list)
    whispers: dict[str, tuple[int, Card]] = field(default_factory=dict)
    _idents: Iterator[int] = field(default_factory=itertools.count)
    _name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])  # another house on the same database sends other requests

    def __getattr__(self, person: str) -> Person:
        """`house.wangmin`: a person of the plan by id."""
        if person.startswith("_") or person not in self.app.plans.current.people:
            raise AttributeError(person)
        return Person(self, person)

    def person(self, id: str) -> Person:
        return Person(self, id)

    @property
    def state(self) -> Incident:
        found = self.app.service.incident(self.record)
        assert found is not None, self.record
        return found

    def events(self, record: str | None = None) -> list[Event]:
        return [event for event, _ in self.app.service.events(record or self.record)]

    # --- time ---------------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Every promise kept."""
        self.hands.settle()

    def advance(self, minutes: float) -> int:
        """Let time pass, stopping at every deadline on the way as a running clock would. How many rang."""
        return advanced(self.app, self.settle, minutes)

    def until(self, moment: datetime) -> int:
        return self.advance((moment - self.app.now()).total_seconds() / 60)

    # --- what there is ------------------------------------------------------------------------------------------------------

    def room(self, slot: str, record: str | None = None) -> int:
        owner = "standing" if slot.startswith("@") else record or self.record
        ref = self.app.sandbox.ref_of(owner, slot)
        assert ref is not None, f"{owner} has no {slot}"
        return int(ref[1:])

    def messages(self, slot: str = "war", record: str | None = None) -> tuple[Message, ...]:
        """Everything in a room; grey lines about the room itself are not messages."""
        found = self.app.sandbox.recent(self.room(slot, record), "", None, 10_000)
        return tuple(message for message in found if message.kind != "event")

    def bot_messages(self, slot: str = "war", record: str | None = None) -> tuple[Message, ...]:
        return tuple(message for message in self.messages(slot, record) if not message.author)

    def words(self, text: Text, person: str = "") -> str:
        return plain(text, self.app.viewer(person))

    def said(self, slot: str = "war") -> list[str]:
        """What the bot has standing in a room, as its readers read it."""
        return [self.shown(message) for message in self.bot_messages(slot)]

    def shown(self, message: Message, person: str = "") -> str:
        """A message as the words that the person reads."""
        match message.body:
            case Card() as card:
                return self.drawn(card, person)
            case (_, str() as name):
                return name
            case body:
                assert not isinstance(body, tuple)
                return self.words(body, person)

    def drawn(self, card: Card, person: str = "") -> str:
        return words(draw(card, "c", self.app.viewer(person)))

    def file(self, name: str, slot: str = "war") -> str:
        """The content of a document in a room."""
        for message in self.messages(slot):
            if isinstance(message.body, tuple):
                found = self.app.sandbox.file(message.body[0])
                if found is not None and found[0] == name:
                    return found[1].decode()
        raise NotThere(f"no file {name} in {slot}")

    def counts(self) -> tuple[int, int, int]:
        """Events, messages and rooms there are: what a repeated request must not change."""
        self.settle()
        records = ["team", *(state.id for state in self.app.service.incidents(open_only=False))]
        happened = sum(len(self.app.service.events(record)) for record in records)
        rooms = range(1, self.app.sandbox.newest_room() + 1)
        return happened, sum(len(self._seen(room)) for room in rooms), self.app.sandbox.newest_room()

    def _seen(self, room: int) -> tuple[Message, ...]:
        return self.app.sandbox.recent(room, "", None, 10_000)

    def holds(self) -> None:
        """What must be true after every flow: stored is what happened, nothing stuck, nothing parked."""
        self.settle()
        sound(self.app)

    def ident(self) -> str:
        return f"deed-{self._name}-{next(self._idents)}"


@dataclass(frozen=True)
class Person:
    """Somebody of the plan at their sandbox window."""

    house: House
    id: str

    # --- doing --------------------------------------------------------------------------------------------------------------

    def says(self, text: str, at: str = "war", fill: Mapping[str, str] | None = None) -> str:
        """Type a line into a room ("direct": to the bot alone). What the bot answers, as this person reads it."""
        room = self.direct() if at == "direct" else self.house.room(at)
        if at != "direct":
            self._must_be_in(room)
        ident = self.house.ident()
        return self._answered(lambda: self.house.app.ears.say(self.id, room, text, ident), room, fill)

    def presses(self, label: str, on: str = "status", step: str = "", **fill: str) -> str:
        """Press the button with these words on the card that stands in this slot; `step`: the one beside that line of a list."""
        message = self.sees(on)
        return self._press(message, self._button(message, label, step), fill or None)

    def chooses(self, option: str, label: str, on: str = "status", **fill: str) -> str:
        """Choose an option of a select on a card."""
        message = self.sees(on)
        for block in _card(message).blocks:
            if isinstance(block, Choices) and self.reads(block.label) == label:
                found = next((each for each in block.options if self.reads(each.label) == option), None)
                if found is not None:
                    chosen = Press(block.press.action, (*block.press.args, ("value", found.value)))
                    return self._press(message, chosen, fill or None)
        raise NotThere(f"{label}: {option} on {on}:\n{self.card(on)}")

    def is_refused(self, deed: Callable[[], str]) -> TurnedAway:
        """What the bot says no to; it is a failure when it says yes."""
        return refused(deed, self.id)

    def mends(self, label: str, refused: TurnedAway, at: str = "war", **fill: str) -> str:
        """Press the button of a refusal that opens the way."""
        fix = refused.shown.fix if isinstance(refused.shown, Refusal) else ()
        found = next((button for button in fix if self.reads(button.label) == label), None)
        if found is None:
            raise NotThere(f"the refusal offers {refused.offers}, not {label}")
        room, ident, args = self.house.room(at), self.house.ident(), dict(found.press.args)
        return self._answered(lambda: self.house.app.ears.press(self.id, room, found.press.action, args, ident), room, fill)

    def presses_whisper(self, label: str, **fill: str) -> str:
        """Press a button on the last card that only this person was shown."""
        shown = self.house.whispers.get(self.id)
        if shown is None:
            raise NotThere(f"{self.id} was shown nothing alone")
        room, card = shown
        found = next((button for button in _buttons(card, lambda one: True, False) if self.reads(button.label) == label), None)
        if found is None:
            raise NotThere(f"{label} on:\n{self.house.drawn(card, self.id)}")
        ident, args = self.house.ident(), dict(found.press.args)
        return self._answered(lambda: self.house.app.ears.press(self.id, room, found.press.action, args, ident), room, fill)

    def ticks(self, text: str, on: str, **fill: str) -> str:
        """Tick the line of a list that has these words in it."""
        message = self.sees(on)
        found = next((step for step in _steps(_card(message)) if text in self.reads(step.text) and step.press), None)
        if found is None or found.press is None:
            raise NotThere(f"tick {text} on {on}:\n{self.card(on)}")
        return self._press(message, found.press, fill or None)

    def answers(self) -> str:
        """Pick up the phone that rings."""
        self.house.settle()
        ring = next((each for each in self.house.app.sandbox.ringing() if each.person == self.id), None)
        if ring is None:
            raise NotThere(f"{self.id}'s phone does not ring")
        ident = self.house.ident()
        return self._answered(lambda: self.house.app.ears.answer_ring(self.id, ring.id, ident), self.direct(), None)

    def pins(self, words: str, at: str = "war") -> str:
        """📌 on a message with these words."""
        found = next((m for m in self.house.messages(at) if isinstance(m.body, str) and words in m.body), None)
        if found is None:
            raise NotThere(words)
        ident = self.house.ident()
        return self._answered(lambda: self.house.app.ears.pin(self.id, found.id, ident), found.room, None)

    # --- seeing -------------------------------------------------------------------------------------------------------------

    def sees(self, slot: str) -> Message:
        """The card in a slot, if this person is in the room where it stands."""
        self.house.settle()
        ref = self.house.app.sandbox.ref_of(self.house.record, slot)
        message = self.house.app.sandbox.message(int(ref[1:])) if ref else None
        if message is None or not isinstance(message.body, Card):
            raise NotThere(f"no card {slot}")
        self._must_be_in(message.room)
        return message

    def card(self, slot: str) -> str:
        """The card's words as this person reads them, buttons included."""
        return self.house.shown(self.sees(slot), self.id)

    def reads(self, text: Text) -> str:
        return self.house.words(text, self.id)

    def rooms(self) -> tuple[Room, ...]:
        self.house.settle()
        return self.house.app.sandbox.rooms_of(self.id)

    def direct(self) -> int:
        return self.house.app.sandbox.direct(self.id, self.house.app.now())

    # --- inside -------------------------------------------------------------------------------------------------------------

    def _button(self, message: Message, label: str, step: str) -> Press:
        buttons = list(_buttons(_card(message), lambda one: not step or step in self.reads(one.text), bool(step)))
        found = next((button for button in buttons if self.reads(button.label) == label), None)
        if found is None:
            raise NotThere(f"no button {label}; there are {[self.reads(button.label) for button in buttons]}")
        if found.locked is not None:
            raise NotThere(f"{label} is locked: {self.reads(found.locked)}")
        return found.press

    def _press(self, message: Message, pressed: Press, fill: Mapping[str, str] | None) -> str:
        ident, args = self.house.ident(), dict(pressed.args)
        ears = self.house.app.ears
        return self._answered(lambda: ears.press(self.id, message.room, pressed.action, args, ident, message.id), message.room, fill)

    def _answered(self, deed: Callable[[], Answer | None], room: int, fill: Mapping[str, str] | None) -> str:
        answer = deed()
        match answer:
            case Ask(form=form):
                return self._fills(form, room, fill or {})
            case Refusal(text=text, fix=fix):
                raise TurnedAway(self.reads(text), tuple(self.reads(button.label) for button in fix), answer)
            case Invalid(errors=errors):
                raise TurnedAway("; ".join(f"{key}: {self.reads(error)}" for key, error in errors.items()), (), answer)
        assert not fill, f"no form was opened for {fill}"
        self.house.sent.append(deed)
        match answer:
            case Toast(text=text):
                return self.reads(text)
            case Private(card=card):
                self.house.whispers[self.id] = (room, card)
                return self.house.drawn(card, self.id)
            case None:
                return ""

    def _fills(self, form: Form, room: int, fill: Mapping[str, str]) -> str:
        """What stands in the form already is sent with what is typed; a choice must be one that is offered."""
        fields = {each.key: each for each in form.fields if each.kind != "note"}
        assert fill.keys() <= fields.keys(), f"{form.id} asks {list(fields)}, not {list(fill)}"
        for key, value in fill.items():
            offered = [option.value for option in fields[key].options]
            assert not offered or not value or set(value.split(",")) <= set(offered), f"{form.id}.{key} offers {offered}, not {value}"
        values = {key: each.initial for key, each in fields.items()} | dict(fill)
        ident, args = self.house.ident(), dict(form.args)
        return self._answered(lambda: self.house.app.ears.submit(self.id, room, form.id, args, values, ident), room, None)

    def _must_be_in(self, room: int) -> None:
        if self.id not in self.house.app.sandbox.people_of(room):
            raise NotThere(f"{self.id} is not in room {room}")


def _card(message: Message) -> Card:
    assert isinstance(message.body, Card)
    return message.body


def _steps(card: Card) -> Iterator[Step]:
    for block in card.blocks:
        if isinstance(block, Steps):
            yield from block.items


def _buttons(card: Card, wanted: Callable[[Step], bool], steps_only: bool) -> Iterator[Button]:
    for step in _steps(card):
        if wanted(step):
            yield from step.more
    for block in card.blocks if not steps_only else ():
        if isinstance(block, Buttons):
            yield from (item for item in block.items if isinstance(item, Button))


@contextmanager
def opened(database_url: str, at: datetime = TONIGHT, **settings: object) -> Iterator[House]:
    """A bot on this database with its hands at work and its rooms open, at 20:10 on a Monday unless said otherwise."""
    with ExitStack() as stack:
        chosen = load({"database_url": database_url, "sandbox": True, **settings})
        house = stack.enter_context(app.build(chosen, app.Now(wall=lambda: at)))
        hands = Hands(house)
        stack.callback(hands.stop)
        house.service.ensure_standing()
        built = House(house, hands)
        built.settle()
        yield built
