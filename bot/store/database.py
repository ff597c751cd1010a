"""One door to the database: short transactions, one writer at a time on SQLite, the database's own clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Float, create_engine, event, func, literal_column, make_url, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.elements import ColumnElement

__all__ = ["Conflict", "Connection", "Database", "Unavailable"]


class Conflict(Exception):
    """Somebody else wrote first: nothing of this transaction counts, decide again."""


class Unavailable(Exception):
    """The database does not answer, or is too busy: nothing happened, it may be tried again."""


class Database:
    """SQLite (WAL: readers beside one writer) or PostgreSQL. Every write transaction is short and never calls a platform.

    SQLite gets its write lock at the beginning, and the threads of this process queue for it here, fairly and without busy waiting.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _engine(url, self.is_sqlite)
        self._immediate = self.engine.execution_options(immediate=True)
        self._writer = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A view of the database that does not change while it is looked at (SQLite) or of each statement's moment (PostgreSQL)."""
        with _named(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All of it or nothing. On return it is committed."""
        if not self.is_sqlite:
            with _named(), self.engine.begin() as connection:
                yield connection
            return
        with _named(), self._writer, self._immediate.begin() as connection:
            yield connection

    @property
    def clock(self) -> ColumnElement[float]:
        """Now, in seconds since 1970, as the database sees it."""
        if self.is_sqlite:
            return literal_column("((julianday('now') - 2440587.5) * 86400.0)", Float)
        return func.extract("epoch", func.clock_timestamp()).cast(Float)

    def now(self) -> float:
        with self.read() as connection:
            return float(connection.execute(select(self.clock)).scalar_one())

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable(str(error.orig)) from error


def _engine(url: str, is_sqlite: bool) -> Engine:
    if not is_sqlite:
        return create_engine(_with_driver(url), pool_size=10, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=10, max_overflow=20, connect_args={"check_same_thread": False, "timeout": 10}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _with_driver(url: str) -> str:
    """postgresql:// means psycopg 3 here, whatever SQLAlchemy's default is."""
    made = make_url(url)
    if made.drivername in ("postgres", "postgresql"):
        made = made.set(drivername="postgresql+psycopg")
    return made.render_as_string(hide_password=False)
