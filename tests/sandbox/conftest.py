"""A sandbox with the toy behind it, on both databases where it matters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.toy import House, house


@pytest.fixture
def toy_house(sqlite_url: str) -> Iterator[House]:
    made = house(sqlite_url)
    yield made
    made.toy.database.close()
