"""The war room on Feishu, call after call: how many follow one another. No clock is asked here; `make bench` has the figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.feishu import CENTRE, INVITE, POST, REPORTER, RING, SAID, user_of
from bot.platforms.feishu.traces import uuid
from tests.feishu.double.model import Call
from tests.feishu.house import FeishuHouse, opened

LATENCY = 0.03
OPEN, CHANGE, PIN, TOP, TAB = (
    "im.v1.chat.create", "im.v1.chat.update", "im.v1.pin.create", "im.v1.chat_top_notice.put_top_notice", "im.v1.chat_tab.create",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What Feishu was asked for at a report and at the start of the response."""

    report: list[Call]
    response: list[Call]
    chain: Callable[[Sequence[Call]], int]


@pytest.fixture(scope="module")
def told(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    file = tmp_path_factory.mktemp("trips") / "fenghuo.db"
    shutil.copyfile(migrated, file)
    with opened(f"sqlite:///{file}") as house:
        house.feishu.latency = LATENCY
        report = calls(house, lambda: house.human(REPORTER).mentions_bot(house.ref("@report"), SAID))
        response = calls(house, lambda: house.human(CENTRE).mentions_bot(house.ref("war"), "启动 重大 停摆"))
        yield Told(report, response, house.feishu.chain)


def calls(house: FeishuHouse, deed: Callable[[], object]) -> list[Call]:
    house.feishu.calls.clear()
    deed()
    house.settle()
    return list(house.feishu.calls)


def of(calls: Sequence[Call], *methods: str) -> list[Call]:
    return [call for call in calls if call.method in methods]


def test_the_reporter_sees_the_room_and_its_card_after_two_round_trips(told: Told) -> None:
    (create,) = of(told.report, OPEN)
    (card,) = [call for call in of(told.report, POST) if call.body["uuid"] == uuid("INC-1/status")]
    (invite,) = of(told.report, INVITE)
    assert user_of(REPORTER) in invite.body["id_list"]
    assert told.chain([create, card]) == told.chain([create, invite]) == 2


def test_nothing_is_looked_for_on_the_way(told: Told) -> None:
    asked = {call.method for call in (*told.report, *told.response)}
    assert asked <= {OPEN, CHANGE, INVITE, POST, RING, PIN, TOP, TAB, "im.v1.message.patch", "im.v1.message.delete"}


def test_whoever_is_invited_waits_for_their_room_and_for_nothing_else(told: Told) -> None:
    invited = {call.args["chat_id"]: call for call in of(told.response, INVITE)}
    opened = {call.answer["data"]["chat_id"]: call for call in of(told.response, OPEN)}
    assert len(invited) == len(opened) + 1  # and the room that stood before
    assert all(told.chain([create, invited[room]]) == 2 for room, create in opened.items())


def test_what_is_done_to_a_room_waits_for_who_comes_into_it(told: Told) -> None:
    """Feishu takes one of these at a time for a room: people first, then its name, and what it is about."""
    for calls in (told.report, told.response):
        for invite in of(calls, INVITE):
            beside = [call for call in of(calls, CHANGE) if call.args["chat_id"] == invite.args["chat_id"]]
            assert all(call.start >= invite.end for call in beside)


def test_whoever_is_called_is_rung_by_the_second_call(told: Told) -> None:
    sent = {call.answer["data"]["message_id"]: call for call in of(told.response, POST)}
    rung = of(told.response, RING)
    assert rung
    assert all(told.chain([sent[call.args["message_id"]], call]) == 2 for call in rung)


def test_a_card_is_pinned_and_goes_to_the_top_side_by_side(told: Told) -> None:
    pinned, top = of(told.report, PIN, TOP)
    assert told.chain([pinned, top]) == 1
