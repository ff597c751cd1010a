"""Everybody reports at once: each is acknowledged, each report has its number and one room."""

from __future__ import annotations

from functools import partial

import pytest

from tests.feishu.house import FeishuHouse, at_once, opened


@pytest.mark.parametrize("many", [12, pytest.param(50, marks=pytest.mark.soak)])
def test_reports_at_once_are_all_acknowledged_and_have_a_room_each(sqlite_url: str, many: int) -> None:
    """Everybody speaks of something that looks like what the others say, and insists that it is not."""
    with opened(sqlite_url) as house:
        crowd(house, many)
        house.holds()


def crowd(house: FeishuHouse, many: int) -> None:
    ws, room = house.feishu.tenant, house.chat("@report")
    humans = [house.feishu.person(ws.user(f"ou_many{number}", f"群众{number}").open_id) for number in range(many)]
    for human in humans:
        human.joins(room)
    at_once(*[partial(human.mentions_bot, room, f"报故障 {at} 号仓扫码慢") for at, human in enumerate(humans)])
    house.hear()
    answers = [(human, human.sees(human.bot_chat)[-1]) for human in humans]
    doubted = [(human, answer) for human, answer in answers if "像是同一件事" in human.reads(answer)]
    insisted = at_once(*[partial(human.clicks, offer, "不是，另报一条") for human, offer in doubted])
    assert {seen.error for seen in insisted} == {None}
    assert {reply.reply.status for reply in house.feishu.delivered} == {200}
    house.settle()
    assert len(house.app.service.incidents()) == many
    for state in house.app.service.incidents():
        house.record = state.id
        house.has_one_of_each()
