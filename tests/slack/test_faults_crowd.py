"""Everybody reports at once: each is acknowledged, each report has its number and one room."""

from __future__ import annotations

from functools import partial

import pytest

from tests.slack.house import SlackHouse, at_once


@pytest.mark.parametrize("many", [12, pytest.param(50, marks=pytest.mark.soak)])
def test_reports_at_once_are_all_acknowledged_and_have_a_room_each(house: SlackHouse, many: int) -> None:
    """Everybody speaks of something that looks like what the others say, and insists that it is not."""
    ws, room = house.slack.workspace, house.channel("@report")
    users = [ws.user(f"U{number}MANY", f"群众{number}").id for number in range(many)]
    humans = [house.slack.person(user) for user in users]
    before = len(house.app.service.incidents())
    for human in humans:
        human.joins(room)
    first = at_once(*[partial(human.command, f"/incident 报故障 {at} 号仓扫码慢", room) for at, human in enumerate(humans)])
    house.hear()
    answers = [(human, human.modal.view if human.modal is not None else human.ephemerals()[-1]) for human in humans]
    doubted = [(human, answer) for human, answer in answers if "像是同一件事" in human.reads(answer)]
    insisted = at_once(*[partial(human.clicks, offer, "不是，另报一条") for human, offer in doubted])
    assert {seen.error for seen in (*first, *insisted)} == {None}
    house.settle()
    assert len(house.app.service.incidents()) == before + many
    for state in house.app.service.incidents()[before:]:
        house.record = state.id
        house.has_one_of_each()
