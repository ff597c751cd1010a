"""Cards that answer one person: complete by pages, with the next step on them, and nothing to press that leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

import handlers
from bot.cards.model import Button, Buttons, Card, Choices, Facts, Press, Table
from bot.cards.views import lists, outward
from bot.cards.views.night import at
from bot.cards.views.story import chapters
from bot.core import people
from bot.core.people import Team
from bot.core.timeline import Entry
from tests.cards.reading import read, said, the_plan

PLAN = the_plan()
NOW = at("20:40")
STATE = chapters()["proposed"]


def entries(count: int) -> tuple[Entry, ...]:
    return tuple(
        Entry(NOW + timedelta(seconds=n), None, f"entry {n}", "note", "bot", n, NOW + timedelta(seconds=n)) for n in range(1, count + 1)
    )


def duty() -> Card:
    rows = tuple((post, None, people.on_duty(PLAN, Team(), post, None, NOW)) for post in PLAN.posts)
    return lists.duty((*rows, ("ops", "shanghai", None)), PLAN, NOW)


def cards() -> Iterator[tuple[str, Card]]:
    yield "incidents", lists.incidents(tuple(chapters().values()), PLAN)
    yield "no incidents", lists.incidents((), PLAN)
    yield "timeline", lists.timeline("INC-42", entries(23))
    yield "empty timeline", lists.timeline("INC-42", ())
    yield "help", lists.help(tuple((f"verb {n}", "what it does", "usage") for n in range(44)))
    yield "duty", duty()
    yield "identity", lists.identity("wangmin", PLAN, Team())
    yield "identity of a stranger", lists.identity("nobody", PLAN, Team())
    yield "plan", lists.plan(PLAN)
    yield "risks", lists.risks(PLAN)
    yield "parties", lists.parties(PLAN)
    yield "contacts", outward.contacts(PLAN, NOW)
    yield "contact", outward.contact(PLAN.comms.contacts["hospital_canteen"], PLAN, NOW + timedelta(days=365))
    yield "owed", outward.overview(chapters()["told"], PLAN, NOW)
    yield "owed-late", outward.overview(chapters()["telling_late"], PLAN, NOW + timedelta(hours=1))
    yield "told", outward.log(chapters()["told"], PLAN, NOW + timedelta(hours=1))
    yield "obligations", lists.obligations(PLAN)
    yield "drills", lists.drills(PLAN)
    yield from ((f"risk {name}", lists.risk(name, PLAN)) for name in PLAN.risks)
    yield from ((f"severity {name}", lists.severity(name, PLAN)) for name in PLAN.severities)
    for name, state in chapters().items():
        yield f"commander {name}", lists.commander(state, PLAN)
        yield f"rollcall {name}", lists.rollcall(state, PLAN)
        yield f"checklists {name}", lists.checklists(state, PLAN, "wangmin")
        yield f"tasks {name}", lists.tasks(state, PLAN, "hechuan")
        yield f"causes {name}", lists.causes(state, PLAN)
        yield f"actions {name}", lists.actions(state, PLAN)
        yield f"owed {name}", outward.overview(state, PLAN, NOW)
        yield f"told {name}", outward.log(state, PLAN, NOW)


ALL = list(cards())


def presses(card: Card) -> Iterator[Press]:
    for block in card.blocks:
        match block:
            case Buttons(items=items):
                yield from (item.press for item in items if isinstance(item, Button))
            case Choices(press=press):
                yield press


def test_every_press_of_a_list_is_an_entry_of_the_tables() -> None:
    assert {press.action for _, card in ALL for press in presses(card)} - set(handlers.ACTIONS) == set()


def test_a_list_has_at_most_four_buttons_a_row_and_a_short_title() -> None:
    crowded = [name for name, card in ALL for block in card.blocks if isinstance(block, Buttons) and len(block.items) > 4]
    wordy = [name for name, card in ALL if len(said(card.title, "zh-CN")) > 14 and name != "plan"]
    assert (crowded, wordy) == ([], [])


@pytest.mark.parametrize(("page", "first", "left"), [(1, "entry 23", 13), (2, "entry 13", 3), (3, "entry 3", 0), (9, "entry 3", 0)])
def test_a_timeline_is_paged_the_newest_first_and_says_how_many_follow(page: int, first: str, left: int) -> None:
    card = lists.timeline("INC-42", entries(23), page)
    table = next(block for block in card.blocks if isinstance(block, Table))
    assert table.rows[0][1] == first
    assert (f"还有 {left} 条" in str(read(card, "zh-CN"))) == bool(left)


def test_an_empty_post_comes_first_and_is_a_warning() -> None:
    card = duty()
    table = next(block for block in card.blocks if isinstance(block, Table))
    assert said(table.rows[0][2], "zh-CN") == "没人"
    assert card.tone == "warn"


def test_the_gravest_open_incident_comes_first() -> None:
    told = chapters()
    card = lists.incidents((told["minor"], replace(told["responding"], id="INC-50"), told["closed"]), PLAN)
    table = next(block for block in card.blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == ["INC-50", "INC-43", "INC-42"]


def test_ones_own_tasks_come_first() -> None:
    card = lists.tasks(STATE, PLAN, "wuhao")
    table = next(block for block in card.blocks if isinstance(block, Table))
    assert said(table.rows[0][1], "zh-CN") == "吴昊"


def test_who_is_missing_can_be_telephoned_from_the_roll() -> None:
    card = lists.rollcall(STATE, PLAN)
    numbers = [str(fact.value) for block in card.blocks if isinstance(block, Facts) for fact in block.items]
    assert PLAN.people["zhengyan"].phone in numbers


def test_a_notice_that_is_owed_has_its_button_and_what_is_late_is_first_and_loud() -> None:
    card = outward.overview(chapters()["telling_late"], PLAN, NOW + timedelta(hours=1))
    assert card.tone == "alarm"
    first = next(press for press in presses(card))
    assert (first.action, dict(first.args)["audience"]) == ("notice.draft", "supplier")


def test_a_promise_that_is_not_kept_stands_above_what_was_said_and_a_kept_one_does_not() -> None:
    shown = str(read(outward.log(chapters()["told"], PLAN, NOW), "zh-CN"))
    assert shown.index("把司机名单发过去") < shown.index("今晚改人工派车")
    assert "明早回电" not in shown


def test_a_contact_that_nobody_has_tried_for_long_stands_first_and_says_so() -> None:
    card = outward.contacts(PLAN, NOW + timedelta(days=PLAN.comms.review_days - 20))
    table = next(block for block in card.blocks if isinstance(block, Table))
    assert "该核对了" in said(table.rows[0][2], "zh-CN")
    assert "个该核对了" in str(read(card, "zh-CN"))
