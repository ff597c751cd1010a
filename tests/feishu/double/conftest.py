"""A tenant of three, and a bot that only calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.feishu.double import FeishuServer, Tenant
from tests.feishu.double.toy import ToyBot


@pytest.fixture
def tenant() -> Tenant:
    found = Tenant()
    found.user("ou_1", "张三", "zhangsan@example.com", "13800000001")
    found.user("ou_2", "李四", "lisi@example.com", "+8613800000002")
    found.user("ou_3", "王五", resigned=True)
    return found


@pytest.fixture
def feishu(tenant: Tenant) -> Iterator[FeishuServer]:
    with FeishuServer(tenant) as server:
        yield server


@pytest.fixture
def bot(feishu: FeishuServer) -> Iterator[ToyBot]:
    toy = ToyBot(feishu)
    yield toy
    toy.stop()
