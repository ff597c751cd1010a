"""The whole bot behind a real server, and people who look at it through Chromium."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

import uvicorn
from playwright.sync_api import BrowserContext, Locator, Page, expect

from bot import app
from bot.settings import load
from tests.flows.house import TONIGHT, House

SOON = 15_000  # milliseconds, on a busy machine


class Promises:
    """The engine of a running server, seen through its database."""

    def __init__(self, house: app.App) -> None:
        self._house = house

    def settle(self) -> None:
        until = time.monotonic() + 20
        while self._house.service.stuck(0) and time.monotonic() < until:
            threading.Event().wait(0.01)


class Server:
    """The bot on a port of its own, at 20:10 on a Monday; it can be stopped and started again on the same port and database."""

    def __init__(self, database_url: str, **settings: object) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._settings = load({"database_url": database_url, "sandbox": True, "port": self.port, **settings})
        self._offset = TONIGHT - datetime.now(UTC)
        self.address = f"http://127.0.0.1:{self.port}"

    def goes_on_at(self, moment: datetime) -> None:
        """The clock of a database that was left at this moment."""
        self._offset = moment - datetime.now(UTC)

    def start(self) -> House:
        self._stack = ExitStack()
        built = self._stack.enter_context(app.build(self._settings))
        built.now.offset = max(built.now.offset, self._offset)
        self._server = uvicorn.Server(
            uvicorn.Config(app.web(built), "127.0.0.1", self.port, log_level="error", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started and time.monotonic() < until:
            threading.Event().wait(0.01)
        self._house = built
        house = House(built, Promises(built))
        house.settle()
        return house

    def stop(self) -> None:
        self._house.bell.close()
        self._server.should_exit = True
        self._thread.join(10)
        self._stack.close()


@dataclass
class Eyes:
    """What the pages complained about, and whom they asked."""

    faults: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))


@dataclass
class Window:
    """One person at one browser window."""

    page: Page
    house: House
    server: Server
    person: str

    def enters(self, slot: str) -> None:
        """Go to a room, or with "direct" to the bot alone."""
        room = "" if slot == "direct" else f"r/{self.house.room(slot)}"
        self.page.goto(f"{self.server.address}/sandbox/as/{self.person}/{room}")

    def card(self, slot: str) -> Locator:
        """The card that stands in this slot, or soon will, here on the page."""
        until = time.monotonic() + SOON / 1000
        while (ref := self.house.app.sandbox.ref_of(self.house.record, slot)) is None:
            assert time.monotonic() < until, f"no card {slot}"
            self.page.wait_for_timeout(20)
        return self.page.locator(f"#{ref}")

    def says(self, text: str) -> None:
        self.page.locator("#say").fill(text)
        self.page.locator("#say").press("Enter")

    def taps(self, label: str, slot: str, step: str = "") -> None:
        """A button of a card, or beside one line of it, by its words; it is awaited, since the card may just be redrawn."""
        where = self.card(slot)
        (where.locator("li", has_text=step) if step else where).get_by_role("button", name=label, exact=True).first.click()

    def ticks(self, text: str, slot: str) -> None:
        self.card(slot).locator("li", has_text=text).get_by_role("checkbox").click()

    def fills(self, **values: str) -> None:
        """Fill the dialog and send it; it must close."""
        self.types(**values)
        self.sends()
        expect(self.page.locator("#dialog")).not_to_be_visible()

    def types(self, **values: str) -> None:
        dialog = self.page.locator("#dialog")
        expect(dialog).to_be_visible()
        for key, value in values.items():
            found = dialog.locator(f"[name='v:{key}']:not([type=hidden])").first
            kind = found.evaluate("e => e.tagName + ':' + e.type")
            if kind.startswith("SELECT"):
                found.select_option(value)
            elif kind.endswith((":radio", ":checkbox")):
                dialog.locator(f"[name='v:{key}'][value='{value}']").check()
            else:
                found.fill(value)

    def sends(self) -> None:
        self.page.locator("#dialog [type=submit]").click()

    def forwards(self) -> None:
        """快进到下个时限, and wait until the page has heard of it."""
        before = self.page.locator("#cursor").get_attribute("data-change")
        self.page.locator("#advance").click()
        expect(self.page.locator("#cursor")).not_to_have_attribute("data-change", before or "")

