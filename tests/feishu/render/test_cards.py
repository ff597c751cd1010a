"""What a card on Feishu looks like, part by part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.cards.model import (
    Block,
    Button,
    Buttons,
    Card,
    Choices,
    Fact,
    Facts,
    LinkOut,
    Option,
    Progress,
    Step,
    Steps,
    Table,
    Tone,
    Words,
    press,
)
from bot.platforms.feishu.render import card, line_card, pages, text_of
from bot.platforms.feishu.values import Forged, decode, encode, pressed
from bot.words import Joined, Text, Who, line
from tests.feishu.render.judge import faults_of_card, nodes
from tests.feishu.render.made import reader

R = reader()
KEY = "INC-42/status"
DO = press("list.check", list="l1", item="3")


def drawn(*blocks: Block, **rest: Any) -> dict[str, Any]:
    made = card(Card("下单报错", blocks, "下单报错，郑岩点「我到了」", **rest), R, KEY)
    assert faults_of_card(made) == []
    return made


def elements(*blocks: Block) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = drawn(*blocks)["body"]["elements"]
    return found


def markdown(text: Text) -> str:
    return str(elements(Words(text))[0]["content"])


# --- the head -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tone", "colour"), [("calm", "default"), ("warn", "orange"), ("alarm", "red"), ("good", "green"), ("drill", "violet")]
)
def test_the_header_has_the_colour_of_the_tone_and_not_of_the_level(tone: Tone, colour: str) -> None:
    assert drawn(Words("x"), tone=tone, badge="major")["header"]["template"] == colour


def test_the_title_makes_sense_alone() -> None:
    header = drawn(Words("x"), badge="major", drill=True, chip="差 2 人", meta="20:25 赵静", tone="warn")["header"]
    assert header["title"]["content"] == "【演练】重大 · 下单报错"
    assert header["subtitle"]["content"] == "20:25 赵静"
    tags = [(tag["text"]["content"], tag["color"]) for tag in header["text_tag_list"]]
    assert tags == [("重大", "red"), ("演练", "violet"), ("差 2 人", "orange")]


def test_the_lock_screen_says_rehearsal_level_and_what_to_do() -> None:
    config = drawn(Words("x"), badge="major", drill=True)["config"]
    assert config == {"update_multi": True, "width_mode": "fill", "summary": {"content": "【演练】重大 · 下单报错，郑岩点「我到了」"}}


# --- texts --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("<at id=all></at>", "&#60;at id=all&#62;&#60;/at&#62;"),
        ("a*b_c~d`e", "a&#42;b&#95;c&#126;d&#96;e"),
        ("[看](https://x.example)", "&#91;看&#93;(https&#58;//x.example)"),
        ("- 一\n1. 二\n# 三", "&#45; 一\n1&#46; 二\n&#35; 三"),
        ("    四", "\u00a0\u00a0\u00a0\u00a0四"),
        ("---", "&#45;--"),
        ("&lt;", "&#38;lt;"),
        ("20:42 :OK:", "20:42 &#58;OK:"),
        ("\r\n", "—"),
    ],
)
def test_what_was_typed_means_nothing_to_markdown(typed: str, marked: str) -> None:
    assert markdown(typed) == marked


def test_a_mention_rings_where_the_account_is_known_and_is_a_name_elsewhere() -> None:
    assert markdown(Who("chenhai", mention=True)) == "<at id=ou_chenhai></at>"
    assert markdown(Who("suqing", mention=True)) == "@苏晴"
    assert markdown(Who("chenhai")) == "陈海"


def test_mentions_stand_first() -> None:
    made = card(Card("点名", (Words("快来"),), "快来"), R, KEY, ("chenhai", "suqing", "chenhai"), True)
    assert made["body"]["elements"][0]["content"] == "<at id=all></at> <at id=ou_chenhai></at> @苏晴"


def test_a_line_is_a_card_without_a_head_or_a_text() -> None:
    assert line_card("好<b>", R, ("chenhai",))["body"]["elements"] == [
        {"tag": "markdown", "content": "<at id=ou_chenhai></at> 好&#60;b&#62;"}
    ]
    said = text_of('<at user_id="all">所有人</at> [x](https://y.example)', R, ("chenhai",), True)
    assert said.startswith('<at user_id="all"></at> <at user_id="ou_chenhai">陈海</at> <\u200bat user_id=')
    assert said.endswith("]\u200b(https://y.example)")


def test_quotes_are_barred_and_notes_small_and_grey() -> None:
    quote, note = elements(Words("一\n二", "quote"), Words("小", "note"))
    assert quote["content"] == "> 一\n> 二"
    assert (note["content"], note["text_size"]) == ("<font color='grey'>小</font>", "notation")


# --- blocks -------------------------------------------------------------------------------------------------------------------


def test_short_facts_stand_side_by_side_and_long_ones_below_one_another() -> None:
    grid = elements(Facts((Fact("到位", "10/12", tone="warn"), Fact("级别", "重大"))))[0]
    assert [column["elements"][0]["content"] for column in grid["columns"]] == [
        "<font color='grey'>到位</font>\n**<font color='orange'>10/12</font>**",
        "<font color='grey'>级别</font>\n重大",
    ]
    assert elements(Facts((Fact("到位", "长" * 200), Fact("级别", "重大"))))[0]["tag"] == "markdown"


def test_a_deadline_is_a_clock_time() -> None:
    due = datetime(2026, 11, 23, 12, 42, tzinfo=UTC)
    assert elements(Facts((Fact("更新", "陈海", due=due),), "rows"))[0]["content"] == "**更新**　陈海 20:42"


def test_a_step_that_can_be_ticked_is_a_checker() -> None:
    step = Step("3", "冻结 *发布*", "doing", Who("chenhai"), press=DO, more=(Button("跳过", press("list.skip")),))
    checker, small, row = elements(Steps((step,)))
    assert (checker["tag"], checker["text"]["content"]) == ("checker", "1. 冻结 *发布*")
    assert checker["behaviors"] == [{"type": "callback", "value": encode(DO, KEY)}]
    assert small["content"] == "<font color='grey'>陈海</font>"
    assert row["columns"][0]["elements"][0]["text"]["content"] == "跳过"


def test_steps_that_wait_for_the_same_say_so_once() -> None:
    steps = Steps(tuple(Step(f"{n}", f"步 {n}", "todo", press=DO, locked="先做完第 1 步") for n in (1, 2)))
    rows, why = elements(steps)
    assert rows["content"] == "○ 1. 步 1\n○ 2. 步 2"
    assert why["content"] == "<font color='grey'>1–2　先做完第 1 步</font>"


def test_many_steps_that_are_over_are_folded() -> None:
    panel = elements(Steps(tuple(Step(f"{n}", f"步 {n}", "done") for n in range(6))))[0]
    assert (panel["tag"], panel["expanded"], panel["header"]["title"]["content"]) == ("collapsible_panel", False, "做完 6 步")


def test_a_small_table_is_a_table_and_the_sixth_is_lines() -> None:
    table = Table(("项目", "数"), (("订单", "412"), ("客户", "")), (1,))
    made = elements(*[table] * 6)
    assert [each["tag"] for each in made] == ["table"] * 5 + ["markdown", "markdown"]
    assert made[0]["rows"] == [{"c0": "订单", "c1": "412"}, {"c0": "客户", "c1": "—"}]
    assert [column["horizontal_align"] for column in made[0]["columns"]] == ["left", "right"]


def test_a_long_list_shows_its_beginning_and_folds_the_rest() -> None:
    shown, folded = elements(Facts(tuple(Fact(f"{n}", "x") for n in range(20)), "rows"))
    assert shown["content"].count("\n") == 7
    assert folded["header"]["title"]["content"] == "还有 12 项"


def test_progress_is_a_bar_of_text() -> None:
    assert elements(Progress("到位", 6, 12))[0]["content"] == "**到位**　▰▰▰▰▰▱▱▱▱▱　6/12"


# --- controls -----------------------------------------------------------------------------------------------------------------


def buttons(*items: Button | LinkOut) -> list[dict[str, Any]]:
    return [node for node in nodes(elements(Buttons(items))) if node.get("tag") == "button"]  # type: ignore[misc]  # our own dicts


def test_one_button_is_filled_and_danger_asks_once_more() -> None:
    first, second, danger, asks = buttons(
        Button("批准", DO, "primary"),
        Button("发", DO, "primary"),
        Button("退回处置", press("recovery.back"), "danger"),
        Button("重开", press("incident.reopen"), "danger"),
    )
    assert [each["type"] for each in (first, second, danger, asks)] == ["primary_filled", "default", "danger", "danger"]
    assert danger["confirm"]["title"]["content"] == "退回处置"
    assert "confirm" not in asks  # a form opens and asks anyway


def test_a_locked_button_is_grey_and_the_reason_stands_below() -> None:
    row, why = elements(Buttons((Button("归档", DO, locked="还差复盘"),)))
    button = row["columns"][0]["elements"][0]
    assert (button["disabled"], button["disabled_tips"]["content"]) == (True, "还差复盘")
    assert why["content"] == "<font color='grey'>归档　还差复盘</font>"


def test_a_link_opens_its_page_and_a_false_one_is_words() -> None:
    (link,) = buttons(LinkOut("看板", "https://fenghuo.example/b?x=1&y=2"))
    assert link["behaviors"] == [{"type": "open_url", "default_url": "https://fenghuo.example/b?x=1&y=2"}]
    assert buttons(LinkOut("看板", "javascript:alert(1)")) == []


def test_a_choice_comes_back_as_the_argument_value() -> None:
    (select,) = elements(Choices("再叫一次", (Option("r1", "采购", "郑岩"),), press("roll.again", record="INC-42")))
    assert select["options"] == [{"text": {"tag": "plain_text", "content": "采购 · 郑岩"}, "value": "r1"}]
    sent = {"tag": "select_static", "value": select["behaviors"][0]["value"], "option": "r1"}
    assert pressed(sent) == ("roll.again", {"record": "INC-42", "value": "r1"}, KEY)


@pytest.mark.parametrize("value", [None, "", "{}", {}, {"a": "x"}, {"a": "", "p": {}, "k": ""}, {"a": "x", "p": {"y": 1}, "k": ""}, ["a"]])
def test_a_value_that_we_cannot_have_written_is_refused(value: object) -> None:
    with pytest.raises(Forged):
        decode(value)


# --- too long -----------------------------------------------------------------------------------------------------------------


def test_a_card_that_is_too_long_keeps_its_beginning_and_its_foot() -> None:
    rows = tuple(Words(f"第 {n} 条 " + "长" * 300) for n in range(60))
    foot = (Words("陈海决定", "next"), Buttons((Button("批准", DO, "primary"),)))
    made = drawn(*rows, *foot)
    assert "第 0 条" in str(made["body"]["elements"][0])
    *_, more, then, row = made["body"]["elements"]
    assert "陈海决定" in str(then)
    assert "批准" in str(row)
    left, see = (column["elements"][0] for column in more["columns"])
    assert see["behaviors"][0]["value"] == {"a": "feishu.page", "p": {"slot": "status", "page": "0"}, "k": KEY}
    kept = str(made).count(" 条 ")
    assert left["content"] == f"还有 {60 - kept} 项"
    whole = pages(Card("下单报错", (*rows, *foot), ""), R, KEY)
    assert sum(str(page).count(" 条 ") for page in whole) == 60
    assert "第 2 页，共 3 页" in str(whole[1])


def test_a_sentence_of_the_catalogue_is_in_the_language_of_the_reader() -> None:
    made = card(Card(line("还差 {n} 人", n=2), (Words(Joined(("甲", "乙")), "next"),), ""), reader("en"), KEY)
    assert made["body"]["elements"][0]["columns"][0]["elements"][0]["content"] == "**Next**　甲, 乙"
