"""Copies of an SQLite database, taken and put back while nothing is lost. PostgreSQL brings its own tools for this."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url

from bot.store.reach import sqlite_file


class NoCopy(Exception):
    """Why there is no copy, and what to do instead; one line."""


def backup(url: str, target: Path) -> int:
    """A whole copy of the running database as one file; bytes written. Writers may go on meanwhile."""
    source = _file(url, f'pg_dump --format=custom --file={target} "{_dsn(url)}"')
    if target.exists():
        raise NoCopy(f"{target} is there already; nothing is overwritten")
    if not source.exists():
        raise NoCopy(f"{source} does not exist: there is nothing to back up")
    if not target.parent.is_dir():
        raise NoCopy(f"no folder {target.parent}")
    _copy(source, target)
    return target.stat().st_size


def restore(url: str, copy: Path) -> Path | None:
    """Put a copy in the database's place. What stood there is kept beside it; its path is returned, None when there was nothing."""
    place = _file(url, f'pg_restore --clean --if-exists --dbname="{_dsn(url)}" {copy}')
    _sound(copy)
    if not place.exists():
        _copy(copy, place)
        return None
    if _worked_on(place):
        raise NoCopy(f"a running bot works on {place}; stop it first")
    kept = _free_name(place)
    _copy(place, kept)
    _copy(copy, place)
    return kept


def _file(url: str, instead: str) -> Path:
    file = sqlite_file(url)
    if file is None:
        raise NoCopy(f"this database is not a file; say: {instead}")
    return file


def _dsn(url: str) -> str:
    """The address for PostgreSQL's own tools: without SQLAlchemy's driver and without the password, which they ask for."""
    made = make_url(url)
    bare = URL.create(made.get_backend_name(), made.username, None, made.host, made.port, made.database, made.query)
    return bare.render_as_string()


def _sound(copy: Path) -> None:
    """A copy is one of ours and not damaged, or nothing is touched."""
    if not copy.is_file():
        raise NoCopy(f"no file {copy}")
    try:
        with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as file:
            (verdict,) = file.execute("PRAGMA integrity_check(1)").fetchone()
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")}
    except sqlite3.DatabaseError:
        raise NoCopy(f"{copy} is not an SQLite database") from None
    if verdict != "ok":
        raise NoCopy(f"{copy} is damaged: {verdict}")
    if not {"records", "events"} <= tables:
        raise NoCopy(f"{copy} is not a backup of Fenghuo: it has no records")


def _worked_on(place: Path) -> bool:
    """Whether a worker's lease on this database still runs."""
    with closing(sqlite3.connect(place)) as file:
        try:
            (alive,) = file.execute("SELECT count(*) FROM workers WHERE lease > CAST(strftime('%s', 'now') AS REAL)").fetchone()
        except sqlite3.OperationalError:
            return False  # no such table: a database from before the first start
    return bool(alive)


def _free_name(place: Path) -> Path:
    numbered = (place.with_name(f"{place.name}.before-restore-{number}") for number in range(1, 10_000))
    return next(path for path in numbered if not path.exists())


def _copy(source: Path, target: Path) -> None:
    """By SQLite's own backup, so that the write-ahead log is part of it."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
        read.backup(write)
