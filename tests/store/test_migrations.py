"""The migrations and the tables in the code say the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import bot.store.sandbox
from bot.store.database import Database
from bot.store.migrate import SCRIPTS, migrate, newest, pending
from bot.store.tables import metadata

assert bot.store.sandbox  # its tables belong to the metadata as soon as it is imported


def test_a_migrated_database_has_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(database_url: str, open_database: Callable[[str], Database]) -> None:
    migrate(database_url)
    assert not pending(open_database(database_url))


def test_the_newest_revision_is_the_one_that_alembic_would_go_to() -> None:
    assert newest() == ScriptDirectory(str(SCRIPTS)).get_current_head()


def test_a_database_without_tables_is_pending(tmp_path: Path, open_database: Callable[[str], Database]) -> None:
    assert pending(open_database(f"sqlite:///{tmp_path / 'fresh.db'}"))


def test_a_bot_that_starts_again_does_without_alembic(sqlite_url: str) -> None:
    start = f"""
import sys
from bot import app
from bot.settings import load
with app.build(load({{"DATABASE_URL": "{sqlite_url}", "SANDBOX": "on"}})) as house:
    app.web(house)
print("alembic" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, check=True, timeout=60).stdout == "False\n"
