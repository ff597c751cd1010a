"""A first notice to customers by mention, form card and buttons in Feishu: signed by two, in the customers' room and their mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from tests.channels import served
from tests.feishu.house import FeishuHouse, looks, opened
from tests.feishu.render.judge import faults_of_card
from tests.flows import notice
from tests.flows.notice import Claims, Told


@pytest.fixture(scope="module")
def told(module_url: str) -> Iterator[Told]:
    with served.opened() as office, opened(module_url, smtp_url=office.url, mail_from=notice.SENDER) as house:
        yield notice.told(house, office)


def of(told: Told) -> FeishuHouse:
    return cast(FeishuHouse, told.house)


class TestOnFeishu(Claims):
    def test_no_form_is_left_open(self, told: Told) -> None:
        human = of(told).human("wangmin")
        shown = [human.form(it) for it in human.sees(human.bot_chat) if it.card is not None]
        assert [form.title for form in shown if form.open and "起草" in form.title] == []

    @pytest.mark.oracle
    def test_everything_that_was_sent_is_what_feishu_takes(self, told: Told) -> None:
        assert [f"{sent.method}: {fault}" for sent in looks(of(told)) for fault in faults_of_card(sent.card)] == []
        assert of(told).feishu.violations == []
