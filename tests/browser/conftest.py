"""One Chromium a module; a server on a database of its own for each test; windows as one asks for them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests import parts
from tests.browser.served import SOON, Eyes, Server, Window
from tests.flows.conftest import running as running
from tests.flows.house import House

Opens = Callable[..., Window]


@pytest.fixture(scope="module")  # while it lives an event loop runs in this thread, and no other test can start its own
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=parts.chromium(), args=["--no-sandbox"])
        expect.set_options(timeout=SOON)
        yield browser
        browser.close()


@pytest.fixture
def server(sqlite_url: str) -> Iterator[Server]:
    made = Server(sqlite_url)
    yield made
    made.stop()


@pytest.fixture
def busy(server: Server, running: tuple[Path, datetime], tmp_path: Path) -> None:
    """Ask for it before the house: the server then goes on in the middle of a response."""
    file, at = running
    shutil.copyfile(file, tmp_path / "fenghuo.db")
    server.goes_on_at(at)


@pytest.fixture
def house(server: Server) -> House:
    return server.start()


@pytest.fixture
def eyes() -> Eyes:
    return Eyes()


@pytest.fixture
def opens(chromium: Browser, server: Server, house: House, eyes: Eyes) -> Iterator[Opens]:
    """`opens("wangmin", "@report")`: that person in a browser of their own, in that room."""
    contexts = []

    def window(person: str, slot: str = "direct", width: int = 1280, scheme: str = "light") -> Window:
        context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(SOON)
        eyes.watch(context)
        contexts.append(context)
        made = Window(context.new_page(), house, server, person)
        made.enters(slot)
        return made

    yield window
    for context in contexts:
        context.close()
