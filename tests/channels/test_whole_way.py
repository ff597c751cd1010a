"""An approved notice on its way to a real SMTP server, the status page and a room; one is refused and tried again; nothing of a drill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest

from bot.channels import ways
from bot.core.commands import Command
from bot.core.outward.commands import RetryDelivery
from bot.engine import Engine, Habits, Source
from bot.rules import rules
from bot.service import Service
from bot.settings import load
from bot.store import publications
from bot.store.database import Database
from bot.talk import Request, Toast
from tests.channels.letters import said
from tests.channels.test_mail import Postbox, listening
from tests.core.drive import SERVICE, START
from tests.core.outward.desk import TEXT, Desk, plan, responding
from tests.platforms.double import Double

Told = list[tuple[Command, str | None, datetime]]


@pytest.fixture
def database(sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(sqlite_url)


def night(monkeypatch: pytest.MonkeyPatch, mode: Literal["real", "drill"]) -> Told:
    """Everything that was asked for until a notice to customers was sent, by whom and when."""
    told: Told = []
    do = Desk.do

    def listened(desk: Desk, command: Command, by: str | None = None) -> Any:
        told.append((command, by, desk.now))
        return do(desk, command, by)

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "do", listened)
        responding(mode=mode).sent()
    return told


class House:
    """A service, an engine and its ways out, with one chat platform that is a double."""

    def __init__(self, database: Database, port: int) -> None:
        self.now, self.chat = START, Double("slack")
        settings = load({"smtp_url": f"smtp://127.0.0.1:{port}", "mail_from": "service@fenghuo.example.com", "sandbox": True}, None)
        self.service = Service(database, rules(), plan, lambda: self.now, ("slack",), "worker")
        source = Source(self.service.draw, lambda record, document: b"", lambda path: path, self.service.record_outcome)
        outside = ways.outside(settings, self.service, "a word", lambda: self.now)
        self.engine = Engine(database, {"slack": self.chat}, source, "worker", Habits(alone=True), outside=outside)
        self.service.on_promise(self.engine.wake)
        self.record = ""

    def do(self, command: Command, by: str | None, at: datetime) -> None:
        self.now, key = at, f"{by} {command} {at}"
        if by is None:
            self.service.note(self.record, command, key)
            return
        answer = self.service.run(Request(key, by, "slack", at), self.record or None, command, lambda outcome: Toast(outcome.record))
        assert isinstance(answer, Toast), answer
        self.record = self.record or str(answer.text)

    def deliveries(self) -> list[tuple[str, str, str]]:
        state = self.service.incident(self.record)
        assert state is not None
        return [(one.recipient.via, one.state, said(one.why)) for one in state.outward.notices[0].deliveries]


def lived(database: Database, box: Postbox, told: Told, scene: Callable[[House], Awaitable[None]]) -> House:
    async def life() -> House:
        async with listening(box) as port:
            house = House(database, port)
            await house.engine.start()
            house.service.ensure_standing()
            for command, by, at in told:
                house.do(command, by, at)
            await house.engine.idle()
            await scene(house)
            await house.engine.idle()
            await house.engine.stop()
            return house

    return asyncio.run(life())


def test_a_notice_reaches_everybody_and_who_was_missed_is_tried_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Postbox({"RCPT": "550 5.1.1 no such user"})

    async def again(house: House) -> None:
        states = [(via, state) for via, state, _ in house.deliveries()]
        assert states == [("room", "sent"), ("mail", "failed"), ("sms", "by_hand"), ("status", "sent")]
        assert house.deliveries()[1][2] == "邮件服务器不收（kitchen@bistro.example）：550 5.1.1 no such user"
        box.answers.clear()
        house.do(RetryDelivery("n1"), SERVICE, house.now)

    house = lived(database, box, night(monkeypatch, "real"), again)
    assert house.deliveries()[1][:2] == ("mail", "sent")
    ((_, recipients, message),) = box.taken
    assert (recipients, message["Subject"]) == (["kitchen@bistro.example"], "Service disruption notice")
    assert message.get_content().strip() == TEXT.en
    assert [TEXT.zh in message.looks[0] for message in house.chat.messages.values() if "/out:" in message.key] == [True]
    with database.read() as connection:
        assert [one.text for one in publications.listed(connection, START - timedelta(days=1))] == [TEXT]


def test_nothing_of_a_drill_leaves(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Postbox()

    async def nothing(house: House) -> None:
        assert {state for _, state, _ in house.deliveries()} == {"drill"}

    house = lived(database, box, night(monkeypatch, "drill"), nothing)
    assert (box.taken, [message for message in house.chat.messages.values() if "/out:" in message.key]) == ([], [])
    with database.read() as connection:
        assert publications.listed(connection, START - timedelta(days=1)) == ()
