"""Whether a database can be spoken to at all, said in one line for the one who set its address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.store.database import Database, Unavailable
from bot.store.migrate import pending


class Unreachable(Exception):
    """`str()` is one line without the password."""


@dataclass(frozen=True, slots=True)
class Reached:
    """`where` is the address without its password; `skew` is how far the database's clock is ahead of ours, in seconds.

    behind: the database has not been brought to this version's tables yet. One that does not exist yet will be made.
    """

    where: str
    skew: float
    behind: bool


def reach(url: str) -> Reached:
    """Connect and read the clock. Makes nothing: an SQLite file that is not there yet is only checked for its folder."""
    where = make_url(url).render_as_string(hide_password=True)
    file = sqlite_file(url)
    if file is not None and not file.exists():
        if not file.parent.is_dir():
            raise Unreachable(f"no folder {file.parent} for {where}")
        return Reached(where, 0.0, behind=False)
    try:
        database = Database(url)
    except (SQLAlchemyError, ImportError) as error:
        raise Unreachable(f"{where}: {_first_line(error)}") from None
    try:
        return Reached(where, database.now() - datetime.now(UTC).timestamp(), pending(database))
    except (Unavailable, DBAPIError) as error:
        raise Unreachable(f"cannot reach {where}: {_first_line(error)}") from None
    finally:
        database.close()


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite address; None for PostgreSQL and for a database in memory."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite" or made.database in (None, "", ":memory:"):
        return None
    return Path(str(made.database))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
