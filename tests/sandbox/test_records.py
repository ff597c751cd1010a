"""The record page: only by its link, only for its person, only for its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from bot.html.ink import Viewer
from bot.web.gallery import gallery
from bot.web.records import GOOD_FOR, Links, Moment, RecordPage, record_pages
from bot.web.templates import environment
from bot.words import Who, line
from tests.sandbox.toy import HUMANS, ROOT, START, Clock, Toy, approve_card, check_card, example_viewer, status_card

CLOCK = Clock()
LINKS = Links("a secret", "https://fire.example/", CLOCK)
PAGE = RecordPage(
    "INC-42",
    "下单报错 <b>",
    (status_card(Toy(CLOCK, None, None, None)),),  # type: ignore[arg-type]  # drawing the status card asks for none of them
    (Moment(START, line("{who} 批准回滚。", who=Who("chenhai")), "chenhai", "decision"), Moment(START + timedelta(days=1), "恢复 {{ 1 }}")),
    "major",
    rooms=(("作战群", "https://chat.example/C1"), ("作战群（重开后）", "https://chat.example/C2")),
)


def reader(person: str) -> Viewer:
    return replace(example_viewer(), me=person)


def seen(record: str, person: str) -> RecordPage | None:
    return replace(PAGE, evidence=person == "chenhai") if record == "INC-42" else None


@pytest.fixture
def browser() -> TestClient:
    app = FastAPI()
    html = environment(ROOT / "templates/web")
    app.include_router(record_pages(LINKS, seen, reader, html, lambda record, person: b"PK" if person == "chenhai" else None))
    cards = (("checklist", (("open", check_card(Toy(CLOCK, None, None, None))), ("approve", approve_card(Toy(CLOCK, None, None, None))))),)  # type: ignore[arg-type]
    app.include_router(gallery(lambda: cards, lambda language: example_viewer(language), html))
    return TestClient(app)


def path(person: str = "wangmin", record: str = "INC-42") -> str:
    return LINKS.record_link(person, record).removeprefix("https://fire.example")


def test_the_link_opens_the_page_with_its_cards_and_timeline_and_nothing_to_press(browser: TestClient) -> None:
    page = browser.get(path()).text
    assert "下单报错 &lt;b&gt;" in page
    assert "恢复 {{ 1 }}" in page
    assert 'data-k="decision"' in page
    assert "data-press=" not in page
    assert "王敏的链接" in page


def test_an_archived_room_leads_by_its_record_to_the_room_where_it_goes_on(browser: TestClient) -> None:
    page = browser.get(path()).text
    assert '<a href="https://chat.example/C1">作战群</a>' in page
    assert '<a href="https://chat.example/C2">作战群（重开后）</a>' in page


def test_the_evidence_is_there_for_those_who_may_have_it_and_only_by_their_link(browser: TestClient) -> None:
    assert "下载证据包" not in browser.get(path()).text
    page = browser.get(path("chenhai")).text
    address = page.split('download>')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    found = browser.get(address)
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, b"PK", "application/zip")
    assert found.headers["cache-control"] == "no-store"
    assert browser.get(path().replace("/i/42", "/i/42/evidence.zip")).status_code == 403
    assert browser.get("/i/42/evidence.zip").status_code == 403
    assert browser.get(address.replace("/i/42", "/i/43")).status_code == 403


def test_no_link_a_changed_link_and_anothers_number_open_nothing(browser: TestClient) -> None:
    assert browser.get("/i/42").status_code == 403
    assert browser.get(path() + "x").status_code == 403
    assert browser.get(path().replace("/i/42", "/i/43")).status_code == 404
    assert browser.get(path(record="INC-7")).status_code == 404
    assert (
        browser.get(
            f"/i/42?k={Links('another', 'https://fire.example', CLOCK).record_link('wangmin', 'INC-42').split('k=')[1]}"
        ).status_code
        == 403
    )


def test_a_link_expires(browser: TestClient) -> None:
    old = Links("a secret", "https://fire.example", lambda: datetime(2026, 1, 1, tzinfo=UTC) - GOOD_FOR)
    assert browser.get("/i/42?k=" + old.record_link("wangmin", "INC-42").split("k=")[1]).status_code == 403


def test_the_gallery_draws_every_example_in_both_languages(browser: TestClient) -> None:
    page = browser.get("/sandbox/gallery?language=en&both=true").text
    assert page.count('<article class="card"') == 4
    assert len(HUMANS) == 12
