"""The sandbox in Chromium: live between people, whole after a restart, usable by keyboard and on a phone, alone on its host."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import parts
from tests.sandbox.toy import Clock, House, house

pytestmark = pytest.mark.browser


class Serving:
    """The toy house behind a real server that can be stopped and started again on the same port and database."""

    def __init__(self, url: str) -> None:
        self._url = url
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self) -> House:
        self.house = house(self._url, clock=Clock(real=True))
        config = uvicorn.Config(self.house.app, "127.0.0.1", self.port, log_level="error", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 10
        while not self._server.started and time.monotonic() < until:
            threading.Event().wait(0.02)
        return self.house

    def stop(self) -> None:
        self.house.bell.close()
        self._server.should_exit = True
        self._thread.join(10)
        self.house.toy.database.close()


@dataclass
class Eyes:
    """What a context's pages complained about and whom they asked."""

    faults: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    contexts: list[BrowserContext] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> BrowserContext:
        self.contexts.append(context)
        context.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        return context


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=parts.chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def serving(sqlite_url: str) -> Iterator[Serving]:
    made = Serving(sqlite_url)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def eyes() -> Iterator[Eyes]:
    made = Eyes()
    yield made
    for each in made.contexts:
        each.close()


def context(chromium: Browser, eyes: Eyes, width: int = 1280, **more: object) -> BrowserContext:
    made = eyes.watch(chromium.new_context(viewport={"width": width, "height": 844}, **more))  # type: ignore[arg-type]
    made.set_default_timeout(10_000)
    return made


def enter(where: BrowserContext, serving: Serving, person: str, room: int | None = None) -> Page:
    page = where.new_page()
    page.goto(f"{serving.address}/sandbox/as/{person}/" + (f"r/{room}" if room else ""))
    return page


def report(page: Page) -> int:
    """A fault reported with one tap; the number of its room."""
    page.click("#try")
    page.click("a.room:has-text('INC-42')")
    page.wait_for_selector("[data-press*='roll.here']")
    return int(page.url.rsplit("/", 1)[1])


def test_what_one_says_the_others_see_at_once_and_nobody_asks_another_host(chromium: Browser, serving: Serving, eyes: Eyes) -> None:
    mine, theirs = context(chromium, eyes), context(chromium, eyes)
    wang = enter(mine, serving, "wangmin")
    room = report(wang)
    he = enter(theirs, serving, "hechuan", room)
    took = []
    for n in range(5):
        he.fill("#say", f"5xx 抬头 {n} <b>@王敏</b>")
        started = time.monotonic()
        he.press("#say", "Enter")
        wang.wait_for_selector(f".say:has-text('5xx 抬头 {n} <b>@王敏</b>')", state="attached")
        took.append(time.monotonic() - started)
    assert sorted(took)[2] < 1.0  # 0.13 s measured on a busy two-core machine; the limit of the issue is 0.3 s
    assert eyes.hosts == {f"127.0.0.1:{serving.port}"}
    assert eyes.faults == []


def test_a_restart_loses_nothing_and_pages_come_back_by_themselves(chromium: Browser, serving: Serving, eyes: Eyes) -> None:
    page = enter(context(chromium, eyes), serving, "wangmin")
    room = report(page)
    page.fill("#say", "写到一半")
    serving.stop()
    expect(page.locator("#offline")).to_be_visible()
    again = serving.start()
    again.ears.say("chenhai", room, "停机时说的", "id-00000009")
    expect(page.locator(".say", has_text="停机时说的")).to_be_attached()
    expect(page.locator("#offline")).to_have_count(0)
    assert page.input_value("#say") == "写到一半"
    page.reload()
    assert page.input_value("#say") == "写到一半"


def test_eight_tabs_of_one_browser_are_eight_people_and_all_live(chromium: Browser, serving: Serving, eyes: Eyes) -> None:
    where = context(chromium, eyes)
    room = report(enter(where, serving, "wangmin"))
    people = ("chenhai", "zhaojing", "zhoumu", "wuhao", "sunyue", "hechuan", "dinglei")
    pages = [enter(where, serving, person, room) for person in people]
    serving.house.ears.say("wangmin", room, "都看得到吗", "id-00000009")
    for page in pages:
        expect(page.locator(".say", has_text="都看得到吗")).to_be_attached()
    assert [page.locator(".whoami b").inner_text() for page in pages][:2] == ["陈海", "赵静"]


def test_a_browser_without_shared_workers_listens_by_itself(chromium: Browser, serving: Serving, eyes: Eyes) -> None:
    where = context(chromium, eyes)
    where.add_init_script("delete window.SharedWorker")
    page = enter(where, serving, "wangmin")
    room = report(page)
    serving.house.ears.say("chenhai", room, "听得到吗", "id-00000009")
    expect(page.locator(".say", has_text="听得到吗")).to_be_attached()


def test_a_redraw_keeps_the_focus_and_a_double_click_is_one_deed(chromium: Browser, serving: Serving, eyes: Eyes) -> None:
    page = enter(context(chromium, eyes), serving, "wangmin")
    room = report(page)
    button = page.locator("[data-press*='roll.here']").first
    button.focus()
    serving.house.ears.press("chenhai", room, "roll.here", {}, "id-00000009")
    expect(page.locator(".prog b", has_text="1/12").first).to_be_attached()
    expect(button).to_be_focused()
    button.dblclick()
    expect(page.locator(".prog b", has_text="2/12").first).to_be_attached()
    deeds = [asked for asked in serving.house.toy.asked if asked.who == "wangmin" and "here" not in asked.words and not asked.words]
    assert len(deeds) == 1


def test_a_dialog_keeps_what_was_typed_through_errors_and_a_slip_of_escape(chromium: Browser, serving: Serving, eyes: Eyes) -> None:
    page = enter(context(chromium, eyes), serving, "wangmin")
    report(page)
    page.click("[data-press*='update.form']")
    asked = len(serving.house.toy.asked)
    page.locator("[name='v:lead']").press_sequentially("<b>慢")
    expect(page.locator("#preview")).to_have_text("现在：<b>慢")  # as it will read, while it is typed
    assert len(serving.house.toy.asked) == asked
    page.fill("[name='v:lead']", "")
    page.fill("[name='v:unknown']", "北京仓会不会受影响")
    page.locator("#f-links label", has_text="采购").click()
    page.click("#dialog [type=submit]")
    expect(page.locator("#e-lead")).to_contain_text("还差一句话")
    expect(page.locator("[name='v:lead']")).to_be_focused()
    expect(page.locator("[name='v:lead']")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#dialog-warn")).to_be_visible()
    assert page.input_value("[name='v:unknown']") == "北京仓会不会受影响"
    page.fill("[name='v:lead']", "仍在处理 {{ 1 }}")
    page.locator("#dialog label", has_text="平稳").click()
    page.click("#dialog [type=submit]")
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(page.locator(".say", has_text="仍在处理 {{ 1 }}")).to_be_attached()
    assert serving.house.toy.asked[-1].values["links"] == "采购,销售"


def test_commands_complete_by_keyboard_and_an_input_method_may_use_enter(chromium: Browser, serving: Serving, eyes: Eyes) -> None:
    page = enter(context(chromium, eyes), serving, "wangmin")
    box = page.locator("#say")
    box.press_sequentially("／")
    expect(page.locator("#slash")).to_be_visible()
    expect(box).to_have_attribute("aria-activedescendant", "cmd0")
    box.press("ArrowDown")
    box.press("Escape")
    expect(page.locator("#slash")).not_to_be_visible()
    box.fill("/帮助")
    box.press("Enter")  # a whole verb is sent, not completed into another that speaks of it
    expect(page.locator(".msg.whisper")).to_be_visible()
    box.fill("/rep")
    box.press("Enter")
    assert box.input_value() == "/报故障 "
    box.type("下单")
    page.evaluate(
        "document.querySelector('#say').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    assert box.input_value() == "/报故障 下单"
    assert serving.house.toy.asked == []
    box.press("Shift+Enter")
    box.type("第二行")
    box.press("Enter")
    expect(page.locator("a.room:has-text('INC-42')")).to_be_visible()
    assert serving.house.toy.asked[0].words == "下单\n第二行"


def test_a_ringing_phone_is_answered_and_an_unknown_verb_keeps_the_line(chromium: Browser, serving: Serving, eyes: Eyes) -> None:
    where = context(chromium, eyes)
    report(enter(where, serving, "wangmin"))
    ding = enter(where, serving, "dinglei")
    ding.click(".ring.mine button")
    expect(ding.locator(".ring")).to_have_count(0)
    assert "dinglei" in serving.house.toy.here
    ding.fill("#say", "/报故账 上海仓")
    ding.press("#say", "Enter")
    expect(ding.locator(".refusal")).to_contain_text("/报故障")
    assert ding.input_value("#say") == "/报故账 上海仓"
    ding.click(".refusal .btn.primary")
    assert ding.input_value("#say") == "/报故障 上海仓"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_one_pane_at_a_time_and_nothing_wider_than_the_screen(
    chromium: Browser, serving: Serving, eyes: Eyes, scheme: str
) -> None:
    room = report(enter(context(chromium, eyes), serving, "wangmin"))
    page = enter(context(chromium, eyes, 390, color_scheme=scheme, has_touch=True), serving, "zhengyan", room)
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 390
    page.click("[data-to=rooms]")
    expect(page.locator("#side")).to_be_visible()
    expect(page.locator("#log")).not_to_be_visible()
    page.click("a.room[aria-current]")
    expect(page.locator("#log")).to_be_visible()
    page.click("[data-to=info]")
    expect(page.locator("#detail")).to_be_visible()
    assert page.evaluate(wide) <= 390
    small = page.evaluate("[...document.querySelectorAll('.log .btn:not(.sm)')].filter(e => e.offsetHeight && e.offsetHeight < 44).length")
    assert small == 0
