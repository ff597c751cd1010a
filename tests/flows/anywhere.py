"""A house whose stories can be told on any platform: who acts there, what they see, and what is true of it afterwards.

tests/flows/house.py keeps one in the sandbox, tests/slack/house.py one behind Slack's doors. Texts are what people read, without the
platform's marks; slots are ours ("war", "status", "dm:linyuan").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot import audit
from bot.app import App
from bot.core.events import Event
from bot.core.incident import Incident
from bot.words import Text


class TurnedAway(AssertionError):
    """The bot said no: a refusal, or what is wrong with the fields of a form. `offers`: the words of its buttons that open the way."""

    def __init__(self, words: str, offers: tuple[str, ...] = (), shown: object = None) -> None:
        super().__init__(words)
        self.offers, self.shown = offers, shown


class NotThere(AssertionError):
    """The person cannot see this card, or it has no such control."""


class Person(Protocol):
    """Somebody of the plan. What they do returns what the bot answers, as they read it; a refusal is raised."""

    @property
    def id(self) -> str: ...

    def says(self, text: str, at: str = "war", fill: Mapping[str, str] | None = None) -> str: ...
    def presses(self, label: str, on: str = "status", step: str = "", **fill: str) -> str: ...
    def chooses(self, option: str, label: str, on: str = "status", **fill: str) -> str: ...
    def ticks(self, text: str, on: str, **fill: str) -> str: ...
    def presses_whisper(self, label: str, **fill: str) -> str: ...
    def mends(self, label: str, refused: TurnedAway, at: str = "war", **fill: str) -> str: ...
    def is_refused(self, deed: Callable[[], str]) -> TurnedAway: ...
    def answers(self) -> str: ...
    def pins(self, words: str, at: str = "war") -> str: ...
    def card(self, slot: str) -> str: ...


class House(Protocol):
    """A bot with its hands at work and everybody of the plan; `record` is the incident that people speak of."""

    app: App
    record: str

    def __getattr__(self, person: str) -> Person: ...
    def person(self, id: str) -> Person: ...
    @property
    def state(self) -> Incident: ...
    def events(self, record: str | None = None) -> list[Event]: ...
    def settle(self) -> None: ...
    def advance(self, minutes: float) -> int: ...
    def until(self, moment: datetime) -> int: ...
    def words(self, text: Text, person: str = "") -> str: ...
    def said(self, slot: str = "war") -> Sequence[str]:
        """Everything the bot has standing in a room, oldest first."""

    def file(self, name: str, slot: str = "war") -> str: ...
    def holds(self) -> None: ...


def refused(deed: Callable[[], str], who: str) -> TurnedAway:
    """What the bot says no to; it is a failure when it says yes."""
    try:
        said = deed()
    except TurnedAway as turned_away:
        return turned_away
    raise AssertionError(f"{who} was let in: {said}")


def advanced(app: App, settle: Callable[[], None], minutes: float) -> int:
    """Let time pass, stopping at every deadline on the way as a running clock would. How many rang."""
    end, rung = app.now() + timedelta(minutes=minutes), 0
    while True:
        settle()
        due = app.clock.next_deadline()
        if due is None or due > end:
            break
        app.now.offset += max(due - app.now(), timedelta())
        rung += app.clock.ring_due()
    app.now.offset += end - app.now()
    return rung


def sound(app: App, absent: tuple[str, ...] = ()) -> None:
    """What must be true after every flow: stored is what happened, nothing stuck, nothing parked. `absent` cannot be reached at all."""
    faults = [str(verdict) for verdict in audit.verify(app.service) if verdict.fault]
    assert not faults, faults
    stuck = [each for each in app.service.stuck(0) if getattr(each.effect, "person", "") not in absent]
    assert not stuck, stuck
    told = [each for state in app.service.incidents(open_only=False) for each in state.troubles]
    troubles = [each for each in told if not any(person in each.key or person in each.people for person in absent)]
    assert not troubles, troubles
