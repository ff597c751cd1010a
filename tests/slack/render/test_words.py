"""Texts as mrkdwn: typed text stays literal, mentions ring whom they should, a cut never breaks anything."""

from __future__ import annotations

import html
import re

import pytest

from bot.cards.model import Card, Words
from bot.platforms.slack.limits import size
from bot.platforms.slack.mrkdwn import bold, filled, first, mention, plain, split, words
from bot.platforms.slack.render import line_of, message
from bot.words import Who, line
from tests.slack.render.made import reader

R = reader()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("*bold* `code`", "*bold* `code`"),
        ("看 https://a.example/x?b=1&c=<d>。", "看 <https://a.example/x?b=1&amp;c=>&lt;d&gt;。"),
        ("half \ud83d", "half \N{REPLACEMENT CHARACTER}"),
    ],
)
def test_typed_text_stays_what_it_is(typed: str, shown: str) -> None:
    assert words(typed, R) == shown


def test_a_person_is_mentioned_where_the_account_is_known_and_named_where_not() -> None:
    text = line("{who} 说：{text}", who=Who("chenhai", mention=True), text=Who("stranger", mention=True))
    assert words(text, R) == "<@U0CHENHAI> 说：@stranger"
    assert plain(Who("chenhai", mention=True), R) == "@陈海"
    assert words(Who("chenhai"), R) == "陈海"
    assert mention("<b>", R) == "@&lt;b&gt;"


@pytest.mark.parametrize("text", ["&amp;" * 900, "<https://a.example/b>" * 200, "行\n" * 2000, "👩‍👩‍👧‍👦" * 700, "e\u0301" * 3000])
def test_a_cut_parts_nothing_that_belongs_together(text: str) -> None:
    parts = list(split(text, 2900))
    assert "".join(parts) == text
    assert all(size(part) <= 2900 for part in parts)
    assert not [
        part for part in parts if re.match(r"[\u0300-\u036f\u200d\ufe0f]|[a-z]*;", part) or re.search(r"\u200d$|&[a-z]*$|<[^>]*$", part)
    ]


def test_a_text_is_cut_at_a_line_end_where_one_is_near() -> None:
    parts = list(split("一行话。\n" * 1000, 2900))
    assert all(part.endswith("\n") for part in parts[:-1])


def test_rows_are_counted_where_they_begin() -> None:
    assert [count for _, count in filled(["短"] * 10, 100)] == [10]
    assert [count for _, count in filled(["长" * 60, "长" * 60, "短"], 100)] == [1, 2]


@pytest.mark.parametrize("text", ["a*b", "a\nb", "a`b", "", " "])
def test_what_cannot_be_bold_is_left_as_it_is(text: str) -> None:
    assert bold(text) == text


def test_a_short_label_ends_in_dots_where_it_was_cut() -> None:
    assert first("回滚" * 50, 75) == ("回滚" * 37) + "…"
    assert size(first("🔥" * 50, 75)) <= 75


def test_mentions_stand_first_in_the_text_and_in_the_blocks() -> None:
    card = Card("标题", (Words("话"),), "够看了", badge="major")
    drawn = message(card, R, mentions=("zhoumu",), mention_all=True)
    assert drawn.text == "<!channel> <@U0ZHOUMU> 🔴 重大 够看了"
    assert drawn.blocks[0]["text"]["text"] == "<!channel> <@U0ZHOUMU>"


def test_a_rehearsal_says_so_first_in_title_and_text_once() -> None:
    card = Card("下单报错", (), "【演练】DRILL-7 下单报错", drill=True, badge="severe")
    drawn = message(card, R)
    assert drawn.text == "【演练】🟠 严重 DRILL-7 下单报错"
    assert drawn.blocks[0]["text"]["text"] == "【演练】🟠 严重 · 下单报错"


def test_a_rehearsal_says_so_in_english_too() -> None:
    text = line("【演练】{text}", text="DRILL-7")
    assert message(Card("x", (), text, drill=True), reader("en")).text == "[DRILL] DRILL-7"


def test_a_level_that_the_fallback_names_itself_is_not_said_twice() -> None:
    assert message(Card("x", (), "重大事件 INC-42", badge="major"), R).text == "🔴 重大事件 INC-42"


def test_a_line_says_its_words_and_counts_what_has_no_room() -> None:
    assert [block["text"]["text"] for block in line_of("周牧 接手。", R, ("zhoumu",)).blocks] == ["<@U0ZHOUMU> 周牧 接手。"]
    named = line_of(line("{who}：{n} 分钟内要发", who=Who("zhoumu", mention=True), n=5), R, ("zhoumu", "chenhai"))
    assert named.text == "<@U0CHENHAI> <@U0ZHOUMU>：5 分钟内要发", "nobody is rung twice"
    long = line_of("长" * 20_000, R)
    shown = sum(len(html.unescape(block["text"]["text"])) for block in long.blocks[:-1])
    assert long.blocks[-1]["elements"][0]["text"] == f"还有 {20_000 - shown} 字放不下。"
