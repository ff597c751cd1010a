"""Bring a database to this version's tables. A fresh one and an old one both; twice does nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.store.database import Database

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str) -> None:
    """To the newest revision, in one transaction where the database can (PostgreSQL)."""
    database = Database(url)
    try:
        with database.write() as connection:
            command.upgrade(_config(connection), "head")
    finally:
        database.close()


def pending(database: Database) -> bool:
    """Whether the database lacks a revision that this version has."""
    newest = ScriptDirectory(str(SCRIPTS)).get_current_head()
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() != newest


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config
