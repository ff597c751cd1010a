"""The public page as customers meet it: no script, no other host, by keyboard, at both widths, in both languages, light and dark."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from bot.web.app import make_app
from bot.web.status import Board, status_pages
from tests.browser.served import Eyes
from tests.web import published
from tests.web.published import NIGHT, told, tonight

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Tonight's trouble on a server of its own."""
    board = Board(lambda since: told(tonight()), published.press(), lambda: NIGHT + timedelta(minutes=2))
    board.refresh()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = make_app([status_pages(board)], dict, None)
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize(("width", "scheme", "language"), [(1280, "light", "zh-CN"), (390, "dark", "zh-CN"), (390, "light", "en")])
def test_it_reads_well_without_any_script(chromium: Browser, address: str, eyes: Eyes, width: int, scheme: str, language: str) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, locale=language, java_script_enabled=False  # type: ignore[arg-type]
    )  # fmt: skip
    eyes.watch(context)
    page = context.new_page()
    page.goto(f"{address}/status")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("h1")).to_have_text(tonight()[0].title.zh if language == "zh-CN" else tonight()[0].title.en)
    expect(page.get_by_text("21:16")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(4)
    for part in page.locator("main, header, section, .told, svg.days90").all():
        box = part.bounding_box()
        assert box is None or box["x"] >= 0
        assert box is None or box["x"] + box["width"] <= width
    assert eyes.faults == []
    assert eyes.hosts == {address.removeprefix("http://")}
    context.close()


def test_one_gets_to_the_past_and_to_the_other_language_and_stays_in_it(chromium: Browser, address: str) -> None:
    page: Page = chromium.new_context(locale="zh-CN").new_page()
    page.goto(f"{address}/status")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="Coupons shown late").first.click()
    expect(page).to_have_url(f"{address}/status/history/2026-10?lang=en#20261026T061000Z")
    expect(page.locator("section.affair:target h2")).to_have_text("Coupons shown late")
    page.get_by_role("link", name="Sep 2026").click()
    expect(page.locator("h1")).to_have_text("Sep 2026")
    page.context.close()


def test_on_paper_it_is_light_whatever_the_theme(chromium: Browser, address: str) -> None:
    page = chromium.new_context(color_scheme="dark").new_page()
    page.goto(f"{address}/status?lang=zh-CN")
    page.emulate_media(media="print")
    expect(page.locator(".top")).not_to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.context.close()
