"""A moment that lies ahead, as people type it into a field."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.hearing import read_ahead

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 12, 10, tzinfo=UTC)  # a Monday, 20:10


def read(text: str) -> str | None:
    found = read_ahead(text, NOW, SHANGHAI)
    return f"{found.astimezone(SHANGHAI):%m-%d %H:%M}" if found else None


@pytest.mark.parametrize(("text", "meant"), [
    ("21:30", "11-23 21:30"), ("21：30", "11-23 21:30"), ("21 点半", "11-23 21:30"), ("8:00", "11-23 08:00"), ("0:20", "11-23 00:20"),
    ("明天 8:00", "11-24 08:00"), ("明天8点", "11-24 08:00"), ("明早 8 点一刻", "11-24 08:15"), ("明晚九点", "11-24 21:00"),
    ("明天下午3点20分", "11-24 15:20"), ("今晚 0:20", "11-24 00:20"), ("今晚 23:00 前", "11-23 23:00"), ("后天 18:00", "11-25 18:00"),
    ("大后天早上", "11-26 08:00"), ("11-25 08:00", "11-25 08:00"), ("11-23 20:40", "11-23 20:40"), ("11/25 8:05", "11-25 08:05"),
    ("11月25日 20:37", "11-25 20:37"), ("11 月 25 号下午 2 点", "11-25 14:00"), ("2026-12-01 09:30", "12-01 09:30"),
    ("2026-12-01T09:30", "12-01 09:30"), ("01-02 08:00", "01-02 08:00"), ("11-20 08:00", "11-20 08:00"), ("周三 15:00", "11-25 15:00"),
    ("下周一 9 点", "11-30 09:00"), ("30 分钟后", "11-23 20:40"), ("半小时后", "11-23 20:40"), ("in 90 minutes", "11-23 21:40"),
    ("现在", "11-23 20:10"), ("tomorrow 8:00", "11-24 08:00"), ("9:30 pm tomorrow", "11-24 21:30"), ("tonight at 11 pm", "11-23 23:00"),
])  # fmt: skip
def test_it_is_read_as_it_is_meant(text: str, meant: str) -> None:
    assert read(text) == meant


@pytest.mark.parametrize("text", ["", "明天", "11-25", "尽快", "25:00", "02-30 08:00", "8:00 到 9:00", "明天 8:00 后天 9:00", "第八批"])
def test_what_names_no_moment_or_says_more_is_not_guessed(text: str) -> None:
    assert read(text) is None


def test_a_day_without_a_year_is_the_nearest_one() -> None:
    found = read_ahead("01-02 08:00", NOW, SHANGHAI)
    assert found == datetime(2027, 1, 2, tzinfo=UTC)
