"""Slack keeps the contract of the port, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platforms.contract import Contract, Stage
from tests.slack.hands.stage import Ward


class Eyes:
    def __init__(self, w: Ward) -> None:
        self._w = w

    def messages(self, room: str) -> int:
        return len(self._w.posts(room))

    def told(self, person: str) -> int:
        chats = [channel for channel in self._w.workspace.channels.values() if channel.im == f"U{person.upper()}"]
        return sum(len(chat.messages) for chat in chats)

    def rooms(self) -> int:
        return len(self._w.rooms())


class TestSlack(Contract):
    @pytest.fixture
    def stage(self, w: Ward) -> Iterator[Stage]:
        w.workspace.group("S1", "ops", ["UBOB"])
        yield Stage(w.slack, Eyes(w), "ann", "bob", "stranger", ("S1",))
        # the contract sets a topic twice on purpose, and a post to a user's id saves the round trip that opens the chat
        assert [found for found in w.server.violations if found.kind not in ("churn", "channel")] == []
