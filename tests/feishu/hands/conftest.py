"""A tenant for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.feishu.double.server import FeishuServer
from tests.feishu.hands.stage import Ward


@pytest.fixture
def w() -> Iterator[Ward]:
    with FeishuServer() as server:
        yield Ward(server)
