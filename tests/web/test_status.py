"""The status page over HTTP: from memory, in the reader's language, saying nothing but what was published."""

from __future__ import annotations

import gzip
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.core.outward.publicity import Publication
from bot.store.database import Unavailable
from bot.web.app import make_app
from bot.web.copies import Copies
from bot.web.edition import Press
from bot.web.status import STALE_AFTER, WHOLE_EVERY, Board, status_pages, wanted
from bot.words import Bi, Language
from tests.web import published
from tests.web.published import NIGHT, plan, resolved, told, tonight

ATOM = "{http://www.w3.org/2005/Atom}"
ZH, EN = {"accept-language": "zh-CN"}, {"accept-language": "en"}


@dataclass
class Store:
    """A table of publications that can be silent, counts its readings, and reads the moment it is told to read from."""

    rows: tuple[Publication, ...] = ()
    silent: bool = False
    asked: list[datetime | None] = field(default_factory=list)

    def __call__(self, since: datetime | None) -> tuple[Publication, ...]:
        self.asked.append(since)
        if self.silent:
            raise Unavailable("no answer")
        return tuple(row for row in self.rows if since is None or row.at >= since)


@dataclass
class Scene:
    store: Store
    press: Press
    folder: Path
    now: datetime = NIGHT + timedelta(minutes=2)
    passed: float = 1000.0

    def board(self) -> Board:
        return Board(self.store, self.press, lambda: self.now, Copies(self.folder), lambda: self.passed)


@pytest.fixture(scope="module")
def press() -> Press:
    return published.press()


@pytest.fixture
def scene(press: Press, tmp_path: Path) -> Scene:
    return Scene(Store(told(tonight())), press, tmp_path / "status")


@pytest.fixture
def board(scene: Scene) -> Board:
    made = scene.board()
    made.refresh()
    return made


def client(board: Board) -> TestClient:
    return TestClient(make_app([status_pages(board)], dict, None), follow_redirects=False)


@pytest.fixture
def browser(board: Board) -> Iterator[TestClient]:
    with client(board) as made:
        yield made


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def test_it_says_what_is_the_matter_what_one_can_do_and_when_there_is_more(browser: TestClient) -> None:
    said = words(browser.get("/status", headers=ZH).text)
    for part in (
        "上海、杭州线上下单异常，正在人工接单", "您可以", "拨打 400-000-0000 人工下单", "下一次更新：11 月 23 日 21:16 前（北京时间）",
        "本页更新于 2026 年 11 月 23 日 20:48（北京时间）", "媒体联系 press@example.com",
    ):  # fmt: skip
        assert part in said


def test_it_is_calm_when_nothing_is_the_matter(scene: Scene) -> None:
    scene.store.rows, scene.now = told(tonight(), [resolved()]), NIGHT + timedelta(hours=3)
    board = scene.board()
    board.refresh()
    page = client(board).get("/status", headers=EN).text
    assert re.search(r"<h1[^>]*>All services operational</h1>", page)
    assert "Online ordering fails in Shanghai and Hangzhou" in page  # among what is over


def test_every_page_is_there_in_both_languages_and_links_only_to_pages_that_are(browser: TestClient) -> None:
    seen, todo = set(), ["/status?lang=zh-CN", "/status?lang=en"]
    while todo:
        path = todo.pop()
        seen.add(path)
        answer = browser.get(path)
        assert answer.status_code == 200, path
        if answer.headers["content-type"].startswith("text/html"):
            lang = "en" if path.endswith("en") else "zh-CN"
            assert f'<html lang="{lang}">' in answer.text
            assert answer.headers["content-language"] == lang
            for link in re.findall(r'(?:href|src)="([^"]+)"', answer.text):
                assert link.startswith(("/status", "/static/", "#main")), link
                page, _, anchor = link.partition("#")
                todo += [page] if page.startswith("/status") and page not in seen else []
                if anchor and page:
                    assert f'id="{anchor}"' in browser.get(page).text
    assert {path.partition("?")[0] for path in seen} == {
        "/status", "/status/feed", "/status/history", *(f"/status/history/2026-{month}" for month in ("09", "10", "11")),
    }  # fmt: skip


def test_the_english_pages_are_english(browser: TestClient) -> None:
    for path in ("/status", "/status/feed", "/status/history", "/status/history/2026-11", "/status/history/2026-10"):
        assert re.findall(r"[一-鿿]+", browser.get(f"{path}?lang=en").text.replace(">中文<", "><")) == []


def everything(browser: TestClient) -> str:
    paths = ["/status", "/status/feed", "/status/history", *(f"/status/history/2026-{month}" for month in ("09", "10", "11"))]
    return "\n".join(browser.get(f"{path}?lang={language}").text for path in paths for language in ("zh-CN", "en"))


def test_nothing_that_only_people_inside_know_is_on_any_page_or_in_the_feed(browser: TestClient) -> None:
    """Incident numbers, keys, names, ids, links of records, and everything internal that the plan holds."""
    said, known = everything(browser), plan()
    inside = {text for person in known.people.values() for text in (person.id, person.name, person.name_en)}
    inside |= {cause.name.zh for kind in known.fault_types.values() for cause in kind.causes.values()}
    inside |= {service.name.zh for service in known.services.values()}
    inside |= (
        {row.record for row in told(tonight())} | {row.key for row in told(tonight())} | {"/i/", "INC-", "总指挥", "作战群", known.hash}
    )
    inside |= {group.name.zh for group in known.groups.values()} | {post.short.zh for post in known.posts.values()}
    approved = published.STATUS.model_dump_json() + "".join(
        row.title.zh + row.title.en + row.text.zh + row.text.en for row in told(tonight())
    )
    inside = {text for text in inside if text not in approved}
    assert len(inside) > 150
    assert [text for text in sorted(inside) if re.search(rf"(?<![A-Za-z]){re.escape(text)}(?![A-Za-z])", said)] == []


def test_what_somebody_typed_stays_words(scene: Scene) -> None:
    nasty = '"><script>alert(1)</script><img src=x onerror=a()>]]>&lt;{{ 7*7 }}\x0b'
    title = Bi(f"异常{nasty}", f"Fails {nasty}")
    scene.store.rows = (replace(tonight()[0], title=title, text=Bi(f"{nasty}。您可以：{nasty}", nasty)), *told())
    board = scene.board()
    board.refresh()
    said = everything(client(board))
    assert "<script" not in said
    assert "<img" not in said
    assert "49" not in re.findall(r"\{\{|\b49\b", said)
    ET.fromstring(client(board).get("/status/feed").content)


def test_it_needs_no_script_and_allows_none(browser: TestClient) -> None:
    answer = browser.get("/status")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert "script" not in answer.headers["content-security-policy"]
    assert not re.search(r"<script|\son[a-z]+=|\sstyle=", everything(browser))


def test_bars_have_a_text(browser: TestClient) -> None:
    page = browser.get("/status?lang=en").text
    assert 'aria-label="Affected on 2 of the last 90 days: 2026-11-23 about 36 min, 2026-10-26 about 52 min"' in page
    assert 'aria-label="Operational on each of the last 90 days"' in page


# --- HTTP ---------------------------------------------------------------------------------------------------------------------


def test_a_copy_that_is_still_good_is_not_sent_again(browser: TestClient) -> None:
    first = browser.get("/status")
    assert "stale-while-revalidate" in first.headers["cache-control"]
    for asked in ({"if-none-match": f'"other", {first.headers["etag"]}'}, {"if-modified-since": first.headers["last-modified"]}):
        again = browser.get("/status", headers=asked)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    for asked in ({"if-none-match": '"other"'}, {"if-modified-since": "nonsense"}, {"if-modified-since": "Mon, 01 Jan 2024 00:00:00 GMT"}):
        assert browser.get("/status", headers=asked).status_code == 200


def test_head_is_get_without_the_body_and_nothing_else_is_done_here(browser: TestClient) -> None:
    get, head = browser.get("/status"), browser.head("/status")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert browser.post("/status").status_code == 405
    assert browser.get("/status/history/1999-01").status_code == 404


def test_it_is_zipped_for_those_who_take_it(browser: TestClient) -> None:
    plainly, zipped = (
        browser.get("/status", headers={"accept-encoding": "identity"}),
        browser.get("/status", headers={"accept-encoding": "gzip"}),
    )
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plainly.headers
    assert zipped.text == plainly.text
    assert "content-encoding" not in browser.get("/status", headers={"accept-encoding": "gzip;q=0"}).headers


@pytest.mark.parametrize(
    ("query", "accepted", "expected"),
    [
        ("", "", "zh-CN"), ("", "en-US,en;q=0.9", "en"), ("", "fr, en;q=0.3, zh;q=0.5", "zh-CN"), ("", "fr", "zh-CN"),
        ("", "en;q=0", "zh-CN"), ("lang=en", "zh", "en"), ("lang=zh", "en", "zh-CN"), ("lang=de", "en", "en"),
        ("lang=%ff&lang=en-GB", "zh", "en"), ("", "en;q=x, zh", "zh-CN"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_asked_for_then_the_one_they_read(query: str, accepted: str, expected: Language) -> None:
    assert wanted(query.encode(), accepted.encode(), "zh-CN") == expected


# --- the feed -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_feed_has_what_rfc_4287_demands(browser: TestClient, language: str) -> None:
    answer = browser.get(f"/status/feed?lang={language}")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert len(feed.findall(f"{ATOM}{name}")) == 1
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    own = [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == [f"https://fire.example/status/feed?lang={language}"]
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == len(told(tonight()))
    for entry in entries:
        for name in ("id", "title", "updated", "content"):
            assert len(entry.findall(f"{ATOM}{name}")) == 1
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")).tzinfo is not None
        assert entry.findtext(f"{ATOM}id", "").startswith("urn:uuid:")
    moments = [entry.findtext(f"{ATOM}updated", "") for entry in entries]
    assert moments == sorted(moments, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == moments[0]
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)


def test_an_empty_feed_is_valid_too(scene: Scene) -> None:
    scene.store.rows = ()
    board = scene.board()
    board.refresh()
    feed = ET.fromstring(client(board).get("/status/feed").content)
    assert feed.findtext(f"{ATOM}updated")
    assert feed.findall(f"{ATOM}entry") == []


# --- from memory, and when things are down ------------------------------------------------------------------------------------


def test_a_request_reads_nothing_and_renders_nothing(
    scene: Scene, board: Board, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a request must not come here")

    asked = len(scene.store.asked)
    monkeypatch.setattr(Press, "edition", never)
    monkeypatch.setattr(gzip, "compress", never)
    for path in ("/status", "/status/feed", "/status/history", "/status/history/2026-11", "/status/history/2001-01"):
        browser.get(path)
    assert len(scene.store.asked) == asked


def test_only_what_is_new_is_read_and_only_what_has_changed_is_rendered_and_written(scene: Scene, board: Board) -> None:
    before = dict(board.edition)
    written = {place: place.stat().st_mtime_ns for place in scene.folder.iterdir()}
    scene.store.rows = told(tonight(), [resolved(minutes=0)])
    board.refresh()
    assert scene.store.asked == [None, NIGHT - timedelta(minutes=10)]
    changed = {path for (path, _), found in board.edition.items() if found is not before[path, "en"] and found is not before[path, "zh-CN"]}
    assert changed == {"/status", "/status/feed", "/status/history", "/status/history/2026-11"}
    rewritten = {place.name for place in scene.folder.iterdir() if place.stat().st_mtime_ns != written.get(place)}
    assert "history-2026-10.en.html" not in rewritten
    assert "status.en.html" in rewritten


def test_what_was_taken_back_goes_with_the_next_reading_of_everything(scene: Scene, board: Board) -> None:
    scene.store.rows = told()
    board.refresh()
    assert "上海、杭州".encode() in board.edition["/status", "zh-CN"].body
    scene.passed += WHOLE_EVERY
    board.refresh()
    assert "上海、杭州".encode() not in board.edition["/status", "zh-CN"].body


def test_while_the_database_is_silent_the_last_good_copy_is_served_and_says_so(scene: Scene, board: Board, browser: TestClient) -> None:
    scene.store.silent = True
    board.refresh()
    assert '<p class="stale" hidden>' in browser.get("/status").text
    scene.passed += STALE_AFTER + 1
    board.refresh()
    page = browser.get("/status", headers=ZH).text
    assert '<p class="stale">' in page
    assert "本页可能不是最新，内容截至 2026 年 11 月 23 日 20:48（北京时间）。" in words(page)
    scene.store.silent = False
    board.refresh()
    assert '<p class="stale" hidden>' in browser.get("/status").text


def test_after_a_restart_the_kept_copy_is_served_until_the_first_look(scene: Scene, board: Board) -> None:
    kept = {key: found.body for key, found in board.edition.items()}
    scene.store.silent = True
    again = scene.board()
    assert {key: found.stale().body for key, found in board.edition.items()} == {key: found.body for key, found in again.edition.items()}
    assert '<p class="stale">' in client(again).get("/status/history/2026-11").text
    again.refresh()
    scene.store.silent = False
    again.refresh()
    assert {key: found.body for key, found in again.edition.items()} == kept


def test_the_folder_holds_all_that_its_pages_ask_for(scene: Scene, board: Board) -> None:
    page = (scene.folder / "status.zh-CN.html").read_text("utf-8")
    for asked in re.findall(r"/static/([a-z.]+)", page):
        assert (scene.folder / "static" / asked).is_file()
    assert not [place for place in scene.folder.iterdir() if place.name.startswith(".")]


def test_a_folder_that_cannot_be_written_is_said_once_and_the_page_is_served(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.folder.write_text("a file stands here")
    board = scene.board()
    board.refresh()
    scene.now += timedelta(minutes=1)
    board.refresh()
    assert client(board).get("/status").status_code == 200
    assert capsys.readouterr().err.count("STATUS_DIR") == 1


def test_before_there_is_any_copy_it_says_that_it_is_being_prepared(scene: Scene) -> None:
    answer = client(scene.board()).get("/status", headers=EN)
    assert (answer.status_code, answer.headers["retry-after"], answer.headers["cache-control"]) == (503, "5", "no-store")
    assert "The status page is being prepared" in answer.text


def test_several_processes_serve_the_same(scene: Scene, tmp_path: Path) -> None:
    boards = [Board(scene.store, published.press(), lambda: scene.now, Copies(tmp_path / "status")) for _ in range(2)]
    for board in boards:
        board.refresh()
    one, two = ({key: found.etag for key, found in board.edition.items()} for board in boards)
    assert one == two
