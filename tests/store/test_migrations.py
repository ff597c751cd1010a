"""The migrations and the tables in the code say the same."""

from __future__ import annotations

from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import bot.store.sandbox
from bot.store.database import Database
from bot.store.migrate import migrate, pending
from bot.store.tables import metadata

assert bot.store.sandbox  # its tables belong to the metadata as soon as it is imported


def test_a_migrated_database_has_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(database_url: str, open_database: Callable[[str], Database]) -> None:
    migrate(database_url)
    assert not pending(open_database(database_url))
