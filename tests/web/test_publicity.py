"""What the public reads follows from what was published: present, past, bars, promises, and nothing that only people inside know."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.outward import publicity
from bot.core.outward.publicity import LATEST, Page, Publication, feed, page, pieces
from bot.words import Bi, Language
from tests.web.published import NIGHT, STATUS, past, resolved, told, tonight

HERE = ZoneInfo("Asia/Shanghai")


def shown(published: tuple[Publication, ...], now: datetime = NIGHT, language: Language = "zh-CN") -> Page:
    return page(published, STATUS, HERE, now, language)


def health(found: Page) -> dict[str, str]:
    return {one.id: one.health for one in found.components}


def test_nothing_published_is_a_calm_page_with_every_component_well() -> None:
    found = shown(())
    assert (found.current, found.past, found.months) == ((), (), ())
    assert set(health(found).values()) == {"normal"}


def test_the_newest_text_leads_and_the_components_are_as_it_says() -> None:
    found = shown(told(tonight()))
    (affair,) = found.current
    assert affair.title.text == "上海、杭州线上下单异常，正在人工接单"
    assert [post.phase for post in affair.posts] == ["update", "initial"]
    assert affair.next_at == NIGHT + timedelta(minutes=30)
    assert health(found) == {"ordering": "partial", "paying": "normal", "delivery": "partial", "hotline": "normal"}


def test_a_resolved_text_ends_it_everywhere() -> None:
    found = shown(told(tonight(), [resolved()]), NIGHT + timedelta(hours=2))
    assert found.current == ()
    assert found.past[0].over == NIGHT + timedelta(hours=1)
    assert set(health(found).values()) == {"normal"}


def test_a_text_after_the_resolved_one_opens_it_again_and_a_special_one_does_not() -> None:
    again = replace(tonight()[1], key="INC-42:n7:d1", at=NIGHT + timedelta(hours=3))
    special = replace(again, phase="special", components=())
    later = NIGHT + timedelta(hours=4)
    assert shown(told(tonight(), [resolved(), again]), later).current
    assert not shown(told(tonight(), [resolved(), special]), later).current


def test_a_promised_update_that_did_not_come_is_late_and_one_that_was_made_by_the_last_text_is_not_kept_after_the_end() -> None:
    assert not shown(told(tonight()), NIGHT + timedelta(minutes=30)).current[0].late
    assert shown(told(tonight()), NIGHT + timedelta(minutes=31)).current[0].late
    assert shown(told(tonight(), [resolved()]), NIGHT + timedelta(hours=5)).past[0].next_at is None


def test_bars_count_the_minutes_of_each_day_there_and_forget_what_is_older_than_90_days() -> None:
    over_midnight = NIGHT + timedelta(hours=4)  # 00:46 in Shanghai
    bars = {one.id: one.bars for one in shown(told(tonight()), over_midnight).components}
    assert [(bar.day.isoformat(), bar.place, bar.minutes) for bar in bars["ordering"]] == [
        ("2026-10-26", 60, 52), ("2026-11-23", 88, 228), ("2026-11-24", 89, 46),
    ]  # fmt: skip
    assert bars["paying"] == ()
    much_later = shown(told(tonight(), [resolved()]), NIGHT + timedelta(days=95))
    assert all(one.bars == () and one.affairs == () for one in much_later.components)
    assert much_later.past == ()
    assert much_later.months == ("2026-11", "2026-10", "2026-09")


def test_a_component_leads_to_what_touched_it() -> None:
    ordering = shown(told(tonight())).components[0]
    assert [title.text for _, _, title in ordering.affairs] == ["上海、杭州线上下单异常，正在人工接单", "优惠券显示延迟"]


def test_the_front_shows_the_newest_posts_and_the_month_all_of_them() -> None:
    many = tuple(replace(tonight()[1], key=f"k{n}", at=NIGHT + timedelta(minutes=n)) for n in range(20))
    (affair,) = shown(many, NIGHT + timedelta(hours=1)).current
    assert (len(affair.posts), affair.count) == (LATEST, 20)
    ((name, published),) = publicity.by_month(many, HERE).items()
    found = publicity.month(name, published, STATUS, HERE, "zh-CN").affairs[0]
    assert len(found.posts) == 20
    assert found.posts[:LATEST] == affair.posts


def test_the_order_in_which_they_were_read_does_not_matter() -> None:
    assert shown(told(tonight())) == shown(tuple(reversed(told(tonight()))))


def test_what_was_said_in_one_language_alone_is_shown_in_that_one_and_marked() -> None:
    only = replace(tonight()[0], title=Bi("下单异常", ""), text=Bi("下单失败。", ""))
    (affair,) = shown((only,), language="en").current
    assert (affair.title.text, affair.title.language, affair.posts[0].language) == ("下单异常", "zh-CN", "zh-CN")


def test_two_affairs_and_posts_of_one_second_have_names_of_their_own() -> None:
    twin = replace(tonight()[0], key="INC-43:n1:d1", record="INC-43")
    found = shown((tonight()[0], twin, replace(twin, key="INC-43:n2:d1")))
    assert [affair.anchor for affair in found.current] == ["20261123T121200Z-2", "20261123T121200Z"]
    assert [post.anchor for post in found.current[0].posts] == ["20261123T121200Z-2", "20261123T121200Z"]


def test_a_state_that_nobody_knows_means_that_something_is_the_matter() -> None:
    odd = replace(tonight()[0], state="on fire")  # type: ignore[arg-type]
    assert health(shown((odd,)))["ordering"] == "partial"


def test_the_name_of_an_entry_stays_when_more_is_published_and_differs_by_language() -> None:
    before = {entry.urn for entry in feed(told(tonight()), HERE, "zh-CN")}
    after = {entry.urn for entry in feed(told(tonight(), [resolved()]), HERE, "zh-CN")}
    assert before < after
    assert before.isdisjoint(entry.urn for entry in feed(told(tonight()), HERE, "en"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("下单失败。您可以：拨打 400。我们会再告知。", [("", "下单失败。"), ("您可以", "拨打 400。"), ("", "我们会再告知。")]),
        ("您的订单：照常\n请不要：重复提交", [("您的订单", "照常"), ("请不要", "重复提交")]),
        ("It fails. You can: call 400. We will update you.", [("", "It fails."), ("You can", "call 400."), ("", "We will update you.")]),
        ("下单失败，告诉您可以：拨打", [("", "下单失败，告诉您可以：拨打")]),
        ("尊敬的客户：\n热线：400-000-0000。当日处理。", [("", "尊敬的客户："), ("热线", "400-000-0000。当日处理。")]),
        ("可能延迟（以实际送达为准）：2 小时\n20:46 起", [("可能延迟（以实际送达为准）", "2 小时"), ("", "20:46 起")]),
        (
            "Dear customer,\nYour orders: as planned\nNext update: by 21:16",
            [("", "Dear customer,"), ("Your orders", "as planned"), ("Next update", "by 21:16")],
        ),
    ],
)
def test_answers_to_the_usual_questions_stand_apart(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(piece.label, piece.text) for piece in pieces(text)] == expected


@given(
    st.lists(st.sampled_from(["您可以：", "请不要:", "You can: ", "下单失败", "。", ". ", "\n", "Call us", "：", " "]), max_size=12).map(
        "".join
    )
)
def test_no_word_is_added_or_lost(text: str) -> None:
    def letters(words: str) -> str:
        return "".join(sign for sign in words if not sign.isspace() and sign not in ":：")

    assert "".join(letters(piece.label + piece.text) for piece in pieces(text)) == letters(text)


def test_signs_that_turn_words_about_or_break_a_feed_are_left_out() -> None:
    odd = replace(tonight()[0], text=Bi("a\x00b\u202ec\x1b\ufffe", "x"))
    assert shown((odd,)).current[0].posts[0].pieces[0].text == "abc"


def test_the_past_is_told_by_the_month_of_its_beginning_there() -> None:
    midnight = replace(past()[0], at=datetime(2026, 10, 31, 16, 30, tzinfo=UTC))  # 00:30 on 1 November in Shanghai
    assert list(publicity.by_month((midnight,), HERE)) == ["2026-11"]
