"""Feishu keeps the contract of the port, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.feishu.hands.stage import Ward
from tests.platforms.contract import Contract, Stage


class Eyes:
    def __init__(self, w: Ward) -> None:
        self._w = w

    def messages(self, room: str) -> int:
        return len(self._w.posts(room))

    def told(self, person: str) -> int:
        return len(self._w.told(person))

    def rooms(self) -> int:
        return len(self._w.rooms())


class TestFeishu(Contract):
    @pytest.fixture
    def stage(self, w: Ward) -> Iterator[Stage]:
        w.tenant.group("g1", "ops", ["bob"])
        yield Stage(w.feishu, Eyes(w), "ann", "bob", "stranger", ("g1",))
        # in doubt a card is drawn again, as nobody knows how it looks; the suite mentions whom it has not invited
        assert [found for found in w.server.violations if found.kind not in ("idle", "mention")] == []
