"""Whatever is typed is heard without an error, without loss, and quickly."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.hearing import Heard, Vocabulary, Word, hear, read_duration, read_figure, read_time, short

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 12, 42, tzinfo=UTC)
WORDS = Vocabulary(
    (
        Word("下单", "service", "order", ("sales",)),
        Word("扫码", "service", "wms", ("warehouse",)),
        Word("司机 app", "dependency", "driver_app", ("logistics",)),
        Word("order", "service", "order", ("sales",)),
        Word("仓库", "link", "warehouse"),
        Word("上海仓", "site", "shanghai"),
        Word("北京仓", "site", "beijing"),
    )
)
NAMES = ["下单", "上海仓", "苏州仓", "会员系统", "是好的", "全部客户"]
HARM = ["<!channel>", "@所有人", "<b>", "{{ 7*7 }}", "{% for %}", "\u202e", "\u200b", "\x00", "\r\n", "\t", "\ud800", "(", "\\", "*"]
SIGNS = ["👨‍👩‍👧", "🇨🇳", "e\u0301", "İ", "ﬃ", "，", " "]
TIMES = ["10分钟前", "昨晚", "23:40", "8点", "2026-11-23T", "¥", "1,2", "%", "半", "万", "亿"]
PIECES = st.sampled_from([*NAMES, *HARM, *SIGNS, *TIMES])
ANYTHING = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join))


def heard(text: str) -> Heard:
    return hear(text, NOW, SHANGHAI, WORDS)


@given(ANYTHING)
def test_nothing_typed_is_lost_or_changed(text: str) -> None:
    assert heard(text).symptom == text.strip()


@given(ANYTHING)
def test_what_is_quoted_was_typed(text: str) -> None:
    told = heard(text)
    quoted = [*told.unknown, *(t.text for t in (told.started, told.noticed) if t), *(w for w in told.scope.split("、") if w)]
    assert all(words in text for words in quoted)


@given(ANYTHING)
def test_hearing_the_kept_symptom_again_hears_the_same(text: str) -> None:
    once = heard(text)
    assert heard(once.symptom) == once


@given(ANYTHING)
def test_fields_of_forms_take_anything(text: str) -> None:
    read_time(text, NOW, SHANGHAI)
    read_duration(text)
    read_figure(text)


@given(ANYTHING, st.integers(0, 40))
def test_a_title_is_one_line_no_longer_than_asked_and_safe_beside_other_words(text: str, n: int) -> None:
    title = short(text, n)
    assert not any(c in "\n\r\x00\u202e\u2066" for c in title)
    assert len(title) <= n or any(ord(c) > 0x2FF for c in title)


def test_a_title_is_cut_between_characters_as_people_see_them() -> None:
    assert short("👨‍👩‍👧🇨🇳e\u0301下单", 4) == "👨‍👩‍👧🇨🇳e\u0301…"
    assert short("下单报错", 4) == "下单报错"
    assert short("下单报错了", 4) == "下单报…"


@pytest.mark.parametrize("text", ["下不了单", "下 单", "扫一个码", "ORDER 报错", "司机app", "司机 APP", "下\u200b单", "ｏｒｄｅｒ"])
def test_names_are_found_however_they_are_typed(text: str) -> None:
    told = heard(text)
    assert bool(told.services or told.dependencies) == (text != "下 单")


@pytest.mark.parametrize("text", ["border", "orderly", "my_order_id"])
def test_latin_names_are_whole_words(text: str) -> None:
    assert heard(text).services == ()


def test_a_site_that_is_well_is_not_affected() -> None:
    assert heard("北京仓好的，上海仓扫不了码").sites == ("shanghai",)
    assert heard("上海仓不正常").sites == ("shanghai",)


def test_unknown_names_are_kept_as_typed_and_generic_ones_are_not_asked_about() -> None:
    assert heard("苏州仓和天津仓都不行，会员系统也挂了").unknown == ("苏州仓", "天津仓", "会员系统")
    assert heard("整个系统都挂了，前置仓爆仓，客服说打不开后台").unknown == ()


HOSTILE = {
    "a report pasted four hundred times": "上海仓扫码扫不了，10分钟前开始，86条线路，苏州仓，会员系统。" * 400,
    "hours without end": "8点" * 5000,
    "one space after another": "上海" + " " * 9990 + "仓",
    "numerals": "二" * 10_000,
    "digits": "1" * 10_000,
    "warehouses": "仓" * 10_000,
    "durations": "10分钟" * 2500,
    "hundreds of minutes": "百" * 9_990 + "分钟",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_ten_thousand_characters_take_less_than_50_ms_of_the_processor(text: str) -> None:
    heard("下单")
    spent = []
    for _ in range(5):
        begun = time.process_time()
        heard(text[:10_000])
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.05
