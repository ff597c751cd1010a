"""The platforms behind the port keep its contract: the double of the engine's tests, and the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from bot.platforms.port import Capabilities, Verb
from bot.platforms.sandbox.adapter import Sandbox
from bot.store.database import Database
from bot.store.sandbox import SandboxStore
from bot.words import line
from tests.platforms.contract import OPTIONAL, Contract, Stage
from tests.platforms.double import Double


class DoubleEyes:
    def __init__(self, double: Double) -> None:
        self._double = double

    def messages(self, room: str) -> int:
        return sum(message.where == room for message in self._double.messages.values())

    def told(self, person: str) -> int:
        return self.messages(f"dm:{person}")

    def rooms(self) -> int:
        return len(self._double.rooms)


class TestDouble(Contract):
    @pytest.fixture
    def stage(self) -> Stage:
        double = Double()
        double.strangers = double.cannot_invite = frozenset({"stranger"})
        return Stage(double, DoubleEyes(double), "ann", "bob", "stranger")


class TestDoubleThatOpensRoomsEmpty(Contract):
    """Its open_room takes neither members nor topic."""

    @pytest.fixture
    def stage(self) -> Stage:
        double = Double()
        double.strangers = double.cannot_invite = frozenset({"stranger"})
        double.capabilities = Capabilities(opens_empty=True)
        return Stage(double, DoubleEyes(double), "ann", "bob", "stranger", ("g1",))


class TestDoubleThatCanOnlySpeak(Contract):
    """What every platform must have, and nothing else: the suite holds it to its refusals."""

    @pytest.fixture
    def stage(self) -> Stage:
        double = Double()
        double.strangers = frozenset({"stranger"})
        double.capabilities = Capabilities({verb: line("这个平台没有") for verb in OPTIONAL})
        return Stage(double, DoubleEyes(double), "ann", "bob", "stranger")


class Boaster(Double):
    """It says that it cannot pin, and pins."""

    async def _call(self, verb: Verb | Literal["look"], about: str, op: str, **entry: Any) -> Any:
        said, self.capabilities = self.capabilities, Capabilities()
        try:
            return await super()._call(verb, about, op, **entry)
        finally:
            self.capabilities = said


def test_a_platform_that_does_what_it_has_declared_away_is_found_out() -> None:
    boaster = Boaster()
    boaster.capabilities = Capabilities({"pin": "no"})
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        Contract().can(Stage(boaster, DoubleEyes(boaster), "ann", "bob", "stranger"), "pin")


class SandboxEyes:
    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def messages(self, room: str) -> int:
        return self._count(int(room[1:]))

    def told(self, person: str) -> int:
        return sum(self._count(room.id) for room in self._store.rooms_of(person) if room.kind == "direct")

    def rooms(self) -> int:
        return sum(room.kind == "room" for room in self._store.rooms_of("ann"))

    def _count(self, room: int) -> int:
        return sum(message.kind != "event" for message in self._store.recent(room, "", None, 100))


class TestSandbox(Contract):
    @pytest.fixture
    def stage(self, database: Database) -> Stage:
        store = SandboxStore(database)
        sandbox = Sandbox(store, lambda: datetime.now(UTC), lambda person: person in ("ann", "bob"))
        return Stage(sandbox, SandboxEyes(store), "ann", "bob", "stranger")
