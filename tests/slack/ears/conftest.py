"""A stage for each test: over either transport, or without one for what is handed to the ears directly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest

from tests.slack.ears.toy import Stage, stage


@pytest.fixture(params=["http", "socket"])
def both(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Over signed HTTP, and once more over a websocket."""
    transport: Literal["http", "socket"] = request.param
    with stage(transport) as made:
        yield made


@pytest.fixture
def http() -> Iterator[Stage]:
    with stage("http") as made:
        yield made


@pytest.fixture
def here() -> Iterator[Stage]:
    """Over a websocket, where the way there makes no difference."""
    with stage("socket") as made:
        yield made
