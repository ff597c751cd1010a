"""A card too long for its message keeps its beginning and its foot, says how much is missing, and opens whole."""

from __future__ import annotations

import json
from typing import Any

from bot.cards.model import Button, Buttons, Card, Fact, Facts, Words, press
from bot.platforms.slack.press import pressed
from bot.platforms.slack.render import card_view, home_view, message, pages_of
from tests.slack.render.made import reader

R = reader()
LONG = Card(
    "很长的清单",
    (*(Words(f"第 {n} 段" + "长" * 500) for n in range(60)), Words("去看", "next"), Buttons((Button("好", press("a.b"), "primary"),))),
    "很长",
)
META = {"slot": "status", "record": "INC-42"}


def controls(blocks: Any) -> list[tuple[str, dict[str, str]]]:
    return [
        pressed(each)
        for block in blocks
        for each in (*block.get("elements", ()), block.get("accessory", {}))
        if each.get("type") == "button"
    ]


def test_a_long_card_keeps_what_to_do_next_and_leads_to_the_rest() -> None:
    drawn = message(LONG, R, slot="status")
    assert controls(drawn.blocks) == [("a.b", {}), ("slack.page", {"slot": "status", "page": "0"})]
    shown = sum(block["type"] == "section" and "段" in block["text"]["text"] for block in drawn.blocks)
    assert drawn.blocks[-1]["text"]["text"] == f"还有 {60 - shown} 项"
    assert drawn.pages == 1 + pages_of(LONG, R)


def test_a_short_card_is_whole_and_leads_nowhere() -> None:
    drawn = message(Card("短", (Words("话"),), "短"), R, slot="status")
    assert (drawn.pages, controls(drawn.blocks)) == (1, [])


def test_pages_lead_to_each_other_and_back() -> None:
    last = pages_of(LONG, R) - 1
    turns = [
        [args["page"] for action, args in controls(card_view(LONG, R, page=page, meta=META)["blocks"]) if action == "slack.page"]
        for page in range(last + 1)
    ]
    assert turns == [["1"], *([str(page - 1), str(page + 1)] for page in range(1, last)), [str(last - 1)]]


def test_a_page_beyond_the_last_is_the_last() -> None:
    """The card may have become shorter while somebody was reading it."""
    assert card_view(LONG, R, page=99, meta=META) == card_view(LONG, R, page=pages_of(LONG, R) - 1, meta=META)
    assert card_view(LONG, R, page=-1, meta=META) == card_view(LONG, R, page=0, meta=META)


def test_a_window_keeps_the_ids_it_was_given() -> None:
    assert json.loads(card_view(LONG, R, meta=META)["private_metadata"]) == META


def test_a_title_that_fits_the_window_is_not_said_twice() -> None:
    view = card_view(Card("点名", (Words("话"),), "点名", icon="people"), R, meta={})
    assert (view["title"]["text"], [block["type"] for block in view["blocks"]]) == ("👥 点名", ["section"])


def test_a_title_too_long_for_its_place_is_said_in_full() -> None:
    view = card_view(Card("很" * 200, (), "很"), R, meta={})
    assert [block["type"] for block in view["blocks"]] == ["header", "section"]
    assert view["blocks"][1]["text"]["text"] == "很" * 200


def test_a_home_of_more_than_a_hundred_blocks_opens_by_pages() -> None:
    card = Card("我的", tuple(Facts((Fact("事", str(n)),)) for n in range(120)), "我的")
    blocks = home_view(card, R)["blocks"]
    assert len(blocks) == 100
    assert controls(blocks) == [("slack.page", {"slot": "home", "page": "0"})]
