"""Every flow starts with an empty bot and ends with a look at what is stored."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.flows import story
from tests.flows.house import House, opened


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    """A bot on SQLite."""
    with opened(sqlite_url) as built:
        yield built
        built.holds()


@pytest.fixture(scope="session")
def running(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """The database of a 重大 in full response, with a measure proposed, and the moment at which it was left."""
    file = tmp_path_factory.mktemp("running") / "fenghuo.db"
    shutil.copyfile(migrated, file)
    with opened(f"sqlite:///{file}") as built:
        for chapter in (story.reported, story.graded, story.activated, story.worked, story.proposed):
            chapter(built)
        built.holds()
        at = built.app.now()
    return file, at


@pytest.fixture
def busy_house(running: tuple[Path, datetime], tmp_path: Path) -> Iterator[House]:
    """A bot that goes on in the middle of that response."""
    file, at = running
    shutil.copyfile(file, tmp_path / "fenghuo.db")
    with opened(f"sqlite:///{tmp_path / 'fenghuo.db'}", at) as built:
        yield built
        built.holds()
