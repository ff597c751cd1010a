"""A workspace for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.slack.double.server import SlackServer
from tests.slack.hands.stage import Ward


@pytest.fixture
def w() -> Iterator[Ward]:
    with SlackServer() as server:
        yield Ward(server)
