"""Every card with which somebody is answered, through the judges."""

from __future__ import annotations

import pytest

from tests.feishu.ears.toy import Stage
from tests.feishu.render.judge import faults_of_card


@pytest.mark.oracle
def test_every_card_that_the_ears_send_is_one_that_feishu_takes(here: Stage) -> None:
    wang, card = here.wang(), here.posted()
    for line in ("报故章 " + "下单<at id=all></at>**报错**\n" * 60, "方案", "帮助", "报故障", "报故障 一"):
        wang.mentions_bot(here.room, line)
        here.settle()
    wang.menu("tasks")
    wang.opens_bot_chat()
    here.settle()
    for label in ("完成", "派一个", "停", "看", "旧的", "报故障"):
        wang.clicks(card, label)
    for symptom in ("短", "没权", "还有"):
        form = wang.form()
        form.fill(form.labels[0], symptom).submit()
    form.fill(form.labels[0], "20:10").submit()
    wang.clicks(wang.message(wang.bot_chat, "第 0 条"), "看全部")
    page = here.newest()
    for label in ("下一页", "上一页"):
        wang.clicks(page, label)
    assert {it.surface for it in here.feishu.sent} >= {"message", "answer"}
    assert [fault for it in here.feishu.sent for fault in faults_of_card(it.card)] == []
    assert here.feishu.violations == []
