"""A report that likely belongs to an open incident is offered to it; one that likely does not is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.hearing import Known, alike, hear
from tests.core.spoken import SHANGHAI, spoken_vocabulary

NOW = datetime(2026, 11, 23, 12, 42, tzinfo=UTC)
VOCABULARY = spoken_vocabulary()


def opened(record: str, text: str, minutes_ago: int) -> Known:
    heard = hear(text, NOW - timedelta(minutes=minutes_ago), SHANGHAI, VOCABULARY)
    started = heard.started.at if heard.started else NOW - timedelta(minutes=minutes_ago)
    return Known(record, heard.symptom, heard.services, heard.links, heard.sites, started)


def offered(said: str, *known: Known) -> list[str]:
    return [one.record for one in alike(hear(said, NOW, SHANGHAI, VOCABULARY), known, NOW)]


@pytest.mark.parametrize(
    ("first", "minutes_ago", "second"),
    [
        ("下单报错，客户提交不了订单", 8, "客户说下不了单，页面转圈"),
        ("上海仓扫码全部红", 12, "上海仓PDA扫不了码，分拣停了"),
        ("支付失败，10分钟前开始", 5, "有三个客户付款付不了"),
        ("宁波仓断网", 20, "宁波仓网络断了，打印也不行"),
        ("派车派不出去", 3, "调度派单全失败"),
        ("司机端闪退", 15, "司机app打不开一直闪退"),
        ("Customers can't place orders", 6, "orders fail at checkout since 20:35"),
        ("登录不上", 4, "所有人都登不上系统"),
        ("12号库温度报警，北京仓", 9, "北京仓冷链温度超了"),
    ],
)
def test_a_likely_duplicate_is_offered(first: str, minutes_ago: int, second: str) -> None:
    assert offered(second, opened("INC-1", first, minutes_ago)) == ["INC-1"]


@pytest.mark.parametrize(
    ("first", "minutes_ago", "second"),
    [
        ("上海仓扫码全部红", 12, "北京仓扫码扫不了"),
        ("下单报错", 10, "冷库温度报警"),
        ("支付失败", 600, "派车派不出去"),
        ("昨天晚上下单慢，今天又好了", 60 * 20, "采购单推不到供应商"),
        ("司机端闪退", 15, "客服工单打不开"),
        ("宁波仓断网", 20, "上海仓断网"),
        ("打印机坏了", 30, "退款点了没反应"),
        ("库存对不上", 60 * 8, "扫码枪连不上"),
    ],
)
def test_what_is_likely_something_else_is_not_offered(first: str, minutes_ago: int, second: str) -> None:
    assert offered(second, opened("INC-1", first, minutes_ago)) == []


def test_the_likeliest_comes_first_and_says_why() -> None:
    near, far = opened("INC-2", "上海仓扫码全部红", 5), opened("INC-1", "扫码慢", 200)
    found = alike(hear("上海仓扫码扫不了", NOW, SHANGHAI, VOCABULARY), (far, near), NOW)
    assert found[0].record == "INC-2"
    assert {"service", "site", "time", "words"} <= set(found[0].why)


def test_no_open_incident_is_like_nothing() -> None:
    assert alike(hear("下单报错", NOW, SHANGHAI, VOCABULARY), ()) == ()
