"""The war room on Slack, call after call: how many follow one another. No clock is asked here; `make bench` has the figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.slack import CENTRE, REPORTER, SAID, key_of, user_of
from tests.slack.double.model import Call
from tests.slack.house import SlackHouse, opened

LATENCY = 0.03


@dataclass(frozen=True)
class Told:
    """What Slack was asked for at a report and at the start of the response."""

    report: list[Call]
    response: list[Call]
    chain: Callable[[Sequence[Call]], int]


@pytest.fixture(scope="module")
def told(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    file = tmp_path_factory.mktemp("trips") / "fenghuo.db"
    shutil.copyfile(migrated, file)
    with opened(f"sqlite:///{file}") as house:
        house.slack.latency = LATENCY
        report = calls(house, lambda: house.human(REPORTER).command(SAID, house.channel("@report")))
        response = calls(house, lambda: house.human(CENTRE).command("启动 重大 停摆", house.channel("war")))
        yield Told(report, response, house.slack.chain)


def calls(house: SlackHouse, deed: Callable[[], object]) -> list[Call]:
    house.slack.calls.clear()
    deed()
    house.settle()
    return list(house.slack.calls)


def test_the_reporter_sees_the_room_and_its_card_after_two_round_trips(told: Told) -> None:
    (create,) = [call for call in told.report if call.method == "conversations.create"]
    (card,) = [call for call in told.report if key_of(call) == "INC-1/status"]
    (invite,) = [call for call in told.report if call.method == "conversations.invite"]
    assert user_of(REPORTER) in invite.args["users"]
    assert told.chain([create, card]) == told.chain([create, invite]) == 2


def test_nothing_is_looked_for_on_the_way(told: Told) -> None:
    asked = {call.method for call in (*told.report, *told.response)}
    assert asked <= {
        "conversations.create", "conversations.invite", "conversations.rename", "conversations.setTopic", "chat.postMessage", "chat.update",
        "chat.delete", "pins.add", "bookmarks.add",
    }  # fmt: skip


def test_whoever_is_invited_waits_for_their_room_and_for_nothing_else(told: Told) -> None:
    invited = {call.args["channel"]: call for call in told.response if call.method == "conversations.invite"}
    opened = {call.answer["channel"]["id"]: call for call in told.response if call.method == "conversations.create"}
    assert len(invited) == len(opened) + 1  # and the room that stood before
    assert all(told.chain([create, invited[room]]) == 2 for room, create in opened.items())
