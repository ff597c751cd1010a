"""The public page outlives what it is made from: a database that is away at the start, a fault while it is followed."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import app, public
from bot.settings import Settings, load
from bot.store import publications
from bot.store.reach import Unreachable
from bot.web.copies import Copies
from bot.web.edition import copy
from tests.web import published
from tests.web.published import NIGHT, told, tonight


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return load({"database_url": f"sqlite:///{tmp_path}/fenghuo.db", "port": port, "host": "127.0.0.1"}, env_file=None)


def got(url: str) -> tuple[int, str]:
    until = time.monotonic() + 15
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            assert time.monotonic() < until
            threading.Event().wait(0.02)


def test_without_its_database_it_starts_with_the_last_good_page_and_goes_on_when_the_database_is_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings.status_folder is not None
    Copies(settings.status_folder).keep(published.press().edition(told(tonight()), NIGHT))
    back = threading.Event()

    def reach(url: str) -> None:
        if not back.is_set():
            raise Unreachable("cannot reach it")

    monkeypatch.setattr(public, "reach", reach)
    outcome: list[bool] = []
    waiting = threading.Thread(target=lambda: outcome.append(public.wait_for_database(settings, every=0.05)), daemon=True)
    waiting.start()
    status, page = got(f"{settings.address}/status?lang=zh")
    assert status == 200
    assert '<p class="stale">' in page
    assert "正在人工接单" in page
    assert got(f"{settings.address}/readyz")[0] == 503
    back.set()
    waiting.join(15)
    assert outcome == [True]
    assert "only the last good status page" in capsys.readouterr().err


def test_without_a_database_and_without_a_page_it_does_not_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(url: str) -> None:
        raise Unreachable("cannot reach it")

    monkeypatch.setattr(public, "reach", never)
    with pytest.raises(Unreachable):
        public.wait_for_database(settings)


def test_what_is_sent_to_the_page_in_one_process_is_read_in_every_other(sqlite_url: str) -> None:
    settings = load({"database_url": sqlite_url}, env_file=None)
    with app.build(settings) as one, app.build(settings, worker=False) as two:
        one.board.refresh()
        two.board.refresh()
        with one.database.write() as connection:
            for each in tonight():
                publications.add(connection, each)
        one.board.refresh()
        two.board.refresh()
        assert "正在人工接单".encode() in two.board.edition["/status", "zh-CN"].body
        assert two.board.edition["/status/feed", "en"].etag == one.board.edition["/status/feed", "en"].etag


def test_a_fault_is_said_once_and_the_page_is_followed_on(capsys: pytest.CaptureFixture[str]) -> None:
    class Faulty:
        turns = 0

        def refresh(self) -> None:
            self.turns += 1
            raise RuntimeError("a template is broken")

    board = Faulty()
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(public.follow(board, every=0), 0.1))  # type: ignore[arg-type]
    assert board.turns > 1
    assert capsys.readouterr().err.count("a template is broken") == 1


def test_a_copy_without_the_line_is_the_same_when_it_ages() -> None:
    feed = copy(b"<feed/>", "application/atom+xml", "en", datetime(2026, 11, 23, tzinfo=UTC))
    assert feed.stale() is feed
