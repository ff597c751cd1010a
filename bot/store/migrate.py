"""Bring a database to this version's tables. A fresh one and an old one both; twice does nothing.

Alembic does the work, and it takes long to import; whether there is any work is seen without it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.store.database import Database

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str) -> None:
    """To the newest revision, in one transaction where the database can (PostgreSQL)."""
    database = Database(url)
    try:
        if pending(database):
            with database.write() as connection:
                _upgrade(connection)
    finally:
        database.close()


def pending(database: Database) -> bool:
    """Whether the database lacks a revision that this version has."""
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return True
        return newest() not in connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()


def newest() -> str:
    """The last revision of this version. Revisions are numbered, and their files named by the number."""
    return max(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*_*.py"))


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
