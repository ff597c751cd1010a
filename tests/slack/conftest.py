"""A bot behind Slack's doors, on a database of its own; every flow ends with a look at what is stored, what stands there, what was sent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slack.house import SlackHouse, opened


@pytest.fixture(scope="module")
def module_url(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database for all tests of a file."""
    file = tmp_path_factory.mktemp("slack") / "fenghuo.db"
    shutil.copyfile(migrated, file)
    return f"sqlite:///{file}"


@pytest.fixture
def house(sqlite_url: str) -> Iterator[SlackHouse]:
    """A bot that nobody has spoken to."""
    with opened(sqlite_url) as built:
        yield built
        built.holds()
