"""A copy of the database is whole, and putting it back loses nothing."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.backup import NoCopy, backup, restore
from bot.store.database import Database
from bot.store.reach import Unreachable, reach
from bot.store.records import set_setting, setting
from bot.store.tables import metadata


def made(path: Path, word: str) -> str:
    """The address of a database that remembers the word."""
    url = f"sqlite:///{path}"
    database = Database(url)
    metadata.create_all(database.engine)
    with database.write() as connection:
        set_setting(connection, "word", word)
    database.close()
    return url


def word(url: str) -> str | None:
    database = Database(url)
    with database.read() as connection:
        found = setting(connection, "word")
    database.close()
    return found


def test_a_backup_taken_while_the_bot_works_has_what_was_committed(tmp_path: Path) -> None:
    url = made(tmp_path / "live.db", "before")
    working = Database(url)
    with working.write() as connection:
        set_setting(connection, "word", "committed, still in the write-ahead log")
    backup(url, tmp_path / "copy.db")
    working.close()
    assert word(f"sqlite:///{tmp_path / 'copy.db'}") == "committed, still in the write-ahead log"


def test_restoring_brings_the_copy_back_and_keeps_what_stood_there(tmp_path: Path) -> None:
    url = made(tmp_path / "live.db", "old")
    backup(url, tmp_path / "copy.db")
    made(tmp_path / "live.db", "new")
    kept = restore(url, tmp_path / "copy.db")
    assert (word(url), word(f"sqlite:///{kept}")) == ("old", "new")


def test_restoring_into_nothing_makes_the_database(tmp_path: Path) -> None:
    made(tmp_path / "copy.db", "old")
    assert restore(f"sqlite:///{tmp_path / 'live.db'}", tmp_path / "copy.db") is None
    assert word(f"sqlite:///{tmp_path / 'live.db'}") == "old"


def test_a_backup_overwrites_nothing(tmp_path: Path) -> None:
    url = made(tmp_path / "live.db", "old")
    (tmp_path / "copy.db").write_text("precious", encoding="utf-8")
    with pytest.raises(NoCopy, match="nothing is overwritten"):
        backup(url, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text(encoding="utf-8") == "precious"


def test_a_restore_under_a_running_bot_is_refused(tmp_path: Path) -> None:
    url = made(tmp_path / "live.db", "old")
    backup(url, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "live.db")) as file, file:
        file.execute("INSERT INTO workers (name, lease) VALUES ('w', ?)", (time.time() + 60,))
    with pytest.raises(NoCopy, match=r"a running bot works on .*; stop it first"):
        restore(url, tmp_path / "copy.db")


@pytest.mark.parametrize(("content", "why"), [(b"not a database at all" * 100, "is not an SQLite database"), (b"", "is not a backup")])
def test_what_is_no_backup_is_refused_and_nothing_is_touched(tmp_path: Path, content: bytes, why: str) -> None:
    url = made(tmp_path / "live.db", "old")
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(NoCopy, match=why):
        restore(url, tmp_path / "copy.db")
    assert word(url) == "old"


def test_postgres_is_told_the_exact_command_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(NoCopy) as told:
        backup("postgresql+psycopg://u:hunter2@h/db", Path("copy.dump"))
    assert str(told.value).endswith('pg_dump --format=custom --file=copy.dump "postgresql://u@h/db"')


def test_an_unreachable_database_is_one_line_without_the_password() -> None:
    with pytest.raises(Unreachable) as told:
        reach("postgresql+psycopg://u:hunter2@127.0.0.1:1/db?connect_timeout=2")
    assert str(told.value).startswith("cannot reach postgresql+psycopg://u:***@127.0.0.1:1/db")
    assert "\n" not in str(told.value)
    assert "hunter2" not in str(told.value)


def test_looking_at_a_database_that_is_not_there_yet_makes_none(tmp_path: Path) -> None:
    reach(f"sqlite:///{tmp_path / 'new.db'}")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Unreachable, match="no folder"):
        reach(f"sqlite:///{tmp_path / 'nowhere' / 'new.db'}")
