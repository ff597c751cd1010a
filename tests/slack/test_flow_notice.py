"""A first notice to customers by slash command, modal and buttons in Slack: signed by two, in the customers' channel and their mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from tests.channels import served
from tests.flows import notice
from tests.flows.notice import Claims, Told
from tests.slack.house import SlackHouse, looks, opened
from tests.slack.people import user_of
from tests.slack.render.judge import oracle


@pytest.fixture(scope="module")
def told(module_url: str) -> Iterator[Told]:
    with served.opened() as office, opened(module_url, smtp_url=office.url, mail_from=notice.SENDER) as house:
        yield notice.told(house, office)


def of(told: Told) -> SlackHouse:
    return cast(SlackHouse, told.house)


class TestOnSlack(Claims):
    def test_the_customers_channel_is_private_and_has_those_who_speak_to_them(self, told: Told) -> None:
        room = of(told).channel("@customers")
        assert room.private
        assert {user_of(person) for person in ("wangmin", "xunuo")} < set(room.members)
        assert user_of("hechuan") not in room.members

    @pytest.mark.oracle
    def test_everything_that_was_sent_is_what_slack_takes(self, told: Told) -> None:
        assert [f"{method}: {fault}" for method, thing in looks(of(told)) for fault in oracle()(thing)] == []
