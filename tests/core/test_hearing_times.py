"""Times, durations and figures as people say them, seen from Monday 2026-11-23 20:42 in Shanghai unless a test says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.hearing import Vocabulary, hear, read_duration, read_figure, read_number, read_time

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


NOW = at("2026-11-23 20:42")
AFTER_MIDNIGHT = at("2026-11-24 00:10")
MORNING = at("2026-11-23 08:42")


def read(text: str, now: datetime = NOW) -> str | None:
    time = read_time(text, now, SHANGHAI)
    return time.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") + ("~" if time.vague else "") if time else None


EXACT = """
10 分钟前=11-23 20:32|十分钟前=11-23 20:32|１０分钟前=11-23 20:32|半小时前=11-23 20:12|一个半小时前=11-23 19:12
两小时前=11-23 18:42|俩小时前=11-23 18:42|一刻钟前=11-23 20:27|1小时20分钟前=11-23 19:22|5分钟以前=11-23 20:37
3天前=11-20 20:42|今早 8 点=11-23 08:00|早8点=11-23 08:00|晚8点=11-23 20:00|早上八点半=11-23 08:30
今天 14:20=11-23 14:20|下午三点一刻=11-23 15:15|昨晚 23:40=11-22 23:40|昨天晚上十一点四十=11-22 23:40
凌晨 3 点=11-23 03:00|昨晚十二点=11-23 00:00|昨晚1点=11-23 01:00|昨天夜里两点=11-23 02:00|中午12点半=11-23 12:30
11-22 23:40=11-22 23:40|11/22 23:40=11-22 23:40|11 月 22 日 23:40=11-22 23:40|2026年11月23日20时10分=11-23 20:10
十一月二十二日晚八点=11-22 20:00|22号晚上11点=11-22 23:00|周五晚上八点=11-20 20:00|２０：１０=11-23 20:10
二十点十分=11-23 20:10|八点零五=11-23 20:05|晚上8:20=11-23 20:20|20:10-20:30=11-23 20:10|19:52:33=11-23 19:52
24:00=11-23 00:00|10 min ago=11-23 20:32|half an hour ago=11-23 20:12|an hour and a half ago=11-23 19:12
2.5 hours ago=11-23 18:12|at 8:30 pm=11-23 20:30|8pm=11-23 20:00|since 14:20=11-23 14:20|yesterday 23:40=11-22 23:40
8:30pm yesterday=11-22 20:30|on Friday at 8 pm=11-20 20:00|2026-11-23T20:10:00=11-23 20:10
2026-11-23T12:10:00Z=11-23 20:10|2026-11-23 20:10:05+08:00=11-23 20:10|2026-11-23 20:10=11-23 20:10
发生时间：11-23 19:52=11-23 19:52|发生时间:19:52=11-23 19:52|持续 10 分钟了=11-23 20:32|已经半小时=11-23 20:12
等了20分钟=11-23 20:22|都一个小时了还没好=11-23 19:42|for the last 20 minutes=11-23 20:22|down for 2 hours=11-23 18:42
"""
VAGUE = """
刚刚=11-23 20:42|刚才=11-23 20:42|现在=11-23 20:42|just now=11-23 20:42|早上=11-23 08:00|前天=11-21 12:00
上周五=11-20 12:00|上上周五=11-13 12:00|20:10 左右=11-23 20:10|8 点多=11-23 20:00|大概八点二十的样子=11-23 20:20
昨儿个晚上=11-22 21:00|last night=11-22 21:00|this morning=11-23 08:00|两三分钟前=11-23 20:39|十几分钟前=11-23 20:27
几分钟前=11-23 20:37|半个多小时了=11-23 20:12|断了快1个小时了=11-23 19:42|今天一直慢=11-23 12:00|晚上=11-23 20:42
about 20 minutes ago=11-23 20:22
"""


def pairs(table: str) -> list[tuple[str, str]]:
    return [(said, when) for entry in table.replace("\n", "|").split("|") if entry for said, _, when in [entry.rpartition("=")]]


@pytest.mark.parametrize(("said", "when"), pairs(EXACT))
def test_a_time_with_a_figure_is_read_to_the_minute(said: str, when: str) -> None:
    assert read(said) == when


@pytest.mark.parametrize(("said", "when"), pairs(VAGUE))
def test_a_time_without_a_figure_stands_on_its_convention_and_is_marked_vague(said: str, when: str) -> None:
    assert read(said) == when + "~"


@pytest.mark.parametrize(
    "said",
    [
        *(
            "12 号库温度高",
            "5xx 很多",
            "404",
            "86 条线路",
            "20 单",
            "v5.2",
            "SH-1123-0001",
            "30%",
            "IP 10.0.0.1:80",
            "端口8080",
            "比例3:1",
            "20.10",
        ),
        *(
            "3-5个客户",
            "1/2的车",
            "9/10",
            "第3点",
            "两点问题",
            "提3点建议",
            "降了5个点",
            "一点反应都没有",
            "有点慢",
            "早上好，下单报错",
            "等了半天",
        ),
        *(
            "2小时前台卡了",
            "10分钟前端白屏",
            "每10分钟断一次",
            "延迟30分钟",
            "takes 5 minutes",
            "a 10-minute delay",
            "25:00",
            "8:65",
            "13月5日",
        ),
    ],
)
def test_numbers_that_are_no_times_are_not_taken_for_times(said: str) -> None:
    assert read(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "明天早上8点",
        "今晚23:30截单",
        "23:30要截单了",
        "五分钟后",
        "还有20分钟截单",
        "10分钟内",
        "下周一",
        "11-24 08:00",
        "2026-12-01T08:00",
    ],
)
def test_the_future_and_deadlines_are_no_start(said: str) -> None:
    assert read(said) is None


@pytest.mark.parametrize(
    ("said", "now", "when"),
    [
        ("23:40", AFTER_MIDNIGHT, "11-23 23:40"),
        ("晚上8点", AFTER_MIDNIGHT, "11-23 20:00"),
        ("今晚11点半", AFTER_MIDNIGHT, "11-23 23:30"),
        ("昨晚11点", AFTER_MIDNIGHT, "11-23 23:00"),
        ("半夜3点", at("2026-11-24 04:10"), "11-24 03:00"),
        ("8点", MORNING, "11-23 08:00"),
        ("8:20", MORNING, "11-23 08:20"),
        ("8:20", NOW, "11-23 20:20"),
        ("今早就不行", at("2026-11-24 07:10"), "11-24 07:10~"),
        ("30号晚上8点", at("2026-12-01 08:00"), "11-30 20:00"),
        ("12-31 23:50", at("2027-01-01 00:10"), "12-31 23:50"),
    ],
)
def test_a_start_lies_in_the_past_of_whoever_says_it(said: str, now: datetime, when: str) -> None:
    assert read(said, now) == when


@pytest.mark.parametrize(
    ("said", "started", "noticed"),
    [
        ("我 20:10 才发现,19:52 就开始了", "19:52", "20:10"),
        ("发现时间20:10，发生时间19:52", "19:52", "20:10"),
        ("20:30接到客户电话 20:10就不行了", "20:10", "20:30"),
        ("it started at 19:52 and we found it at 20:10", "19:52", "20:10"),
        ("noticed at 20:10, started 19:52", "19:52", "20:10"),
        ("8点开始客户反馈下不了单", "20:00", None),
        ("20:10发现下单报错", None, "20:10"),
        ("20点发版，20:31报错", "20:31", None),
        ("19:00恢复，20:00又挂", "20:00", None),
        ("20:10 升级后扫码不行", "20:10", None),
        ("20:31 报错，23:30 要截单", "20:31", None),
    ],
)
def test_the_start_is_told_apart_from_discovery_release_and_deadline(said: str, started: str | None, noticed: str | None) -> None:
    heard = hear(said, NOW, SHANGHAI, Vocabulary(()))
    told = [time.at.astimezone(SHANGHAI).strftime("%H:%M") if time else None for time in (heard.started, heard.noticed)]
    assert told == [started, noticed]


def test_a_time_is_quoted_as_it_was_typed() -> None:
    time = read_time("从１０ 分钟前就这样", NOW, SHANGHAI)
    assert time is not None
    assert time.text == "１０ 分钟前"


@given(st.integers(0, 20 * 60 + 42))
def test_every_minute_of_today_so_far_is_read_back_from_how_it_is_written(minute: int) -> None:
    moment = at("2026-11-23 00:00") + timedelta(minutes=minute)
    time = read_time(f"今天 {moment:%H:%M} 开始", NOW, SHANGHAI)
    assert time is not None
    assert time.at == moment


@given(
    st.text(alphabet="今昨前天晚早上下午凌晨点半刻分钟小时零一二两三十0123456789:：- /月日号周五agominhours了多前", max_size=24),
    st.integers(0, 3_000_000),
)
def test_no_words_make_a_start_in_the_future(text: str, offset: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=offset)
    time = read_time(text, now, SHANGHAI)
    assert time is None or time.at <= now + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        *(
            ("10 分钟", 10),
            ("半小时", 30),
            ("1h", 60),
            ("90", 90),
            ("1h30m", 90),
            ("一个半小时", 90),
            ("两个半小时", 150),
            ("1.5小时", 90),
            ("一刻钟", 15),
        ),
        *(
            ("三十分钟", 30),
            ("１５ 分钟", 15),
            ("2 hours", 120),
            ("half an hour", 30),
            ("45 min", 45),
            ("1天", 1440),
            ("1小时20分", 80),
            ("大约 20 分钟吧", 20),
        ),
        *(("很久", None), ("", None), ("12 号库", None)),
    ],
)
def test_durations_are_read_in_minutes(said: str, minutes: int | None) -> None:
    assert read_duration(said) == minutes


@pytest.mark.parametrize(
    ("said", "value", "unit"),
    [
        *(
            ("3.2 万", "32000", ""),
            ("412", "412", ""),
            ("1,200", "1200", ""),
            ("¥86,420", "86420", "元"),
            ("三千", "3000", ""),
            ("3.2 万元", "32000", "元"),
        ),
        *(
            ("412 单", "412", "单"),
            ("三千二", "3200", ""),
            ("一百零八", "108", ""),
            ("两万五", "25000", ""),
            ("十二", "12", ""),
            ("1.5亿", "150000000", ""),
        ),
        *(
            ("１２ 辆", "12", "辆"),
            ("5%", "5", "%"),
            ("-18", "-18", ""),
            ("零下8度", "-8", "度"),
            ("20k", "20000", ""),
            ("约 300 箱", "300", "箱"),
            ("$1,200.50", "1200.50", "$"),
        ),
    ],
)
def test_figures_of_an_impact_report_keep_value_and_unit(said: str, value: str, unit: str) -> None:
    figure = read_figure(said)
    assert figure is not None
    assert (figure.value, figure.unit) == (Decimal(value), unit)


@pytest.mark.parametrize("said", ["", "没有", "很多单", "abc"])
def test_no_figure_is_made_of_words(said: str) -> None:
    assert read_number(said) is None
