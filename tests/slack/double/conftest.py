"""A workspace of two, and a bot that only calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.slack.double import SlackServer, Workspace
from tests.slack.double.toy import ToyBot


@pytest.fixture
def ws() -> Workspace:
    found = Workspace()
    found.user("U1", "张三", "zhangsan@example.com")
    found.user("U2", "李四", "lisi@example.com", locale="en-US")
    return found


@pytest.fixture
def slack(ws: Workspace) -> Iterator[SlackServer]:
    with SlackServer(ws) as server:
        yield server


@pytest.fixture
def bot(slack: SlackServer) -> Iterator[ToyBot]:
    toy = ToyBot(slack)
    yield toy
    toy.stop()
