"""Every flow starts with an empty bot and ends with a look at what is stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.house import House, opened


@pytest.fixture
def house(sqlite_url: str) -> Iterator[House]:
    """A bot on SQLite."""
    with opened(sqlite_url) as built:
        yield built
        built.holds()


@pytest.fixture
def any_house(database_url: str) -> Iterator[House]:
    """The same on SQLite and on PostgreSQL."""
    with opened(database_url) as built:
        yield built
        built.holds()
