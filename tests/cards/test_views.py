"""Cards say what is, who is next and until when; they never fail to draw, and their words change only on purpose."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import get_args

import pytest

import handlers
from bot.cards.model import Button, Buttons, Card, Choices, Facts, Press, Steps, Table, Words
from bot.cards.views import VIEWS, desk, examples
from bot.cards.views.examples import Example
from bot.cards.views.roll import roll
from bot.cards.views.status import status
from bot.cards.views.story import chapters
from bot.core.commands import Activate, SetLevel
from bot.core.incident import Incident, Stage
from bot.words import LANGUAGES, Language
from tests.cards.reading import read, said, the_plan
from tests.core.tale import Tale, reported

GOLDEN = Path(__file__).parent / "golden"
PLAN = the_plan()
EVERY = [(view, example) for view, found in examples(PLAN).items() for example in found]
NAMES = [f"{view}: {example.name}" for view, example in EVERY]


def drawn(view: str, example: Example) -> Card:
    return VIEWS[view](example.state, PLAN, example.args)


def whole_desk() -> Iterator[tuple[str, Incident, Card]]:
    """Every card that any chapter puts on the desk."""
    for chapter, state in chapters().items():
        for placed in desk(state, PLAN):
            yield f"{chapter}/{placed.slot}", state, VIEWS[placed.view](state, PLAN, dict(placed.args))


DESK = list(whole_desk())


# --- golden files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_card_looks_as_it_was_agreed(view: str, language: Language) -> None:
    """`UPDATE_GOLDEN=1` writes the files anew; their diff is read before it is committed."""
    found = {example.name: read(drawn(view, example), language) for example in examples(PLAN)[view]}
    actual = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    path = GOLDEN / f"{view}.{language}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(actual, encoding="utf-8")
    assert actual == path.read_text(encoding="utf-8")


def test_no_golden_file_is_left_of_a_view_that_is_gone() -> None:
    assert {path.name.partition(".")[0] for path in GOLDEN.glob("*.json")} - {"form", "home"} == set(VIEWS)


def test_every_view_has_examples() -> None:
    assert {view for view, found in examples(PLAN).items() if found} == set(VIEWS)


# --- never fails ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", chapters())
def test_every_view_draws_every_chapter_with_any_argument(chapter: str) -> None:
    state = chapters()[chapter]
    placed = {one.args for one in desk(state, PLAN)} | {(), (("person", "nobody"), ("list", "none"), ("side", "none"), ("number", "9"))}
    for view in VIEWS.values():
        for args in placed:
            assert view(state, PLAN, dict(args)).title


def without(state: Incident, part: str) -> Incident:
    """The state as it is before that part has come to anything."""
    field = next(field for field in fields(Incident) if field.name == part)
    empty = field.default_factory() if field.default_factory is not MISSING else field.default
    return replace(state, **{part: empty})  # type: ignore[arg-type]  # one of its own defaults


@pytest.mark.parametrize("part", [f.name for f in fields(Incident) if f.default is not MISSING or f.default_factory is not MISSING])
def test_a_card_draws_with_any_part_of_the_state_missing(part: str) -> None:
    """Reopened, merged or half-told records lack parts that a chapter takes for granted."""
    for state in chapters().values():
        bare = without(state, part)
        if getattr(bare, part) == getattr(state, part):
            continue  # the chapter as it is, which is drawn above
        for placed in desk(bare, PLAN):
            assert VIEWS[placed.view](bare, PLAN, dict(placed.args)).title


@pytest.mark.parametrize("stage", get_args(Stage))
def test_a_card_draws_at_any_stage_whatever_was_skipped(stage: Stage) -> None:
    for state in chapters().values():
        moved = replace(state, stage=stage)
        for placed in desk(moved, PLAN):
            assert VIEWS[placed.view](moved, PLAN, dict(placed.args)).title


# --- what every card keeps to -----------------------------------------------------------------------------------------------


def rows(card: Card) -> Iterator[Buttons]:
    return (block for block in card.blocks if isinstance(block, Buttons))


def controls(card: Card) -> Iterator[Button]:
    for block in card.blocks:
        match block:
            case Buttons(items=items):
                yield from (item for item in items if isinstance(item, Button))
            case Steps(items=steps):
                yield from (button for step in steps for button in step.more)


def presses(card: Card) -> Iterator[Press]:
    yield from (button.press for button in controls(card))
    for block in card.blocks:
        match block:
            case Choices(press=press):
                yield press
            case Steps(items=steps):
                yield from (step.press for step in steps if step.press)


def buttons(card: Card) -> list[list[Button]]:
    return [[item for item in row.items if isinstance(item, Button)] for row in rows(card)]


def test_no_row_has_more_than_four_buttons_and_a_card_has_one_primary_at_most() -> None:
    crowded = [where for where, _, card in DESK if any(len(row.items) > 4 for row in rows(card))]
    undecided = [where for where, _, card in DESK if sum(b.style == "primary" for row in buttons(card) for b in row) > 1]
    assert (crowded, undecided) == ([], [])


def test_the_primary_button_stands_first_and_danger_never_does() -> None:
    """Grading keeps its options in their order; there the primary one is the clock's suggestion."""
    styles = [
        (where, [b.style for b in row])
        for where, _, card in DESK
        for row in buttons(card)
        if not where.partition("/")[2].startswith(("grade", "assess"))
    ]
    assert [where for where, row in styles if "primary" in row[1:]] == []
    assert [where for where, row in styles if row[:1] == ["danger"] and len(row) > 1] == []


def test_a_live_card_says_what_is_next() -> None:
    """In a `next` line, or in the note of a card that is still empty."""
    silent = [
        where
        for where, state, card in DESK
        if card.state == "open" and state.live and not any(isinstance(b, Words) and b.kind in ("next", "note") for b in card.blocks)
    ]
    assert silent == []


def test_a_drill_is_marked_on_every_card_and_nothing_else_is() -> None:
    assert [where for where, state, card in DESK if card.drill != (state.mode == "drill")] == []
    assert [where for where, state, card in DESK if ("演练" in said(card.alone, "zh-CN")) != (state.mode == "drill")] == []


def test_a_title_is_at_most_fourteen_characters_beside_the_number() -> None:
    titles = {said(card.title, "zh-CN").replace(state.id, "").strip() for _, state, card in DESK}
    assert [title for title in titles if not 0 < len(title) <= 14] == []


def test_the_fallback_stands_alone_on_a_lock_screen() -> None:
    """Number and matter in it, and short enough to be read there."""
    lost = [where for where, state, card in DESK if state.id not in said(card.alone, "zh-CN") or len(said(card.alone, "zh-CN")) > 600]
    assert lost == []


def test_every_press_is_an_entry_of_the_tables() -> None:
    sent = {press.action for _, _, card in DESK for press in presses(card)}
    assert sent - set(handlers.ACTIONS) == set()


def test_every_press_names_its_record_because_direct_messages_have_none() -> None:
    without = {press.action for _, state, card in DESK for press in presses(card) if dict(press.args).get("record") != state.id}
    assert without == set()


def test_a_finished_incident_offers_only_what_still_acts() -> None:
    over = chapters()["closed"]
    left = {press.action for placed in desk(over, PLAN) for press in presses(VIEWS[placed.view](over, PLAN, dict(placed.args)))}
    assert left <= {"open.record", "incident.reopen"}


def test_what_somebody_typed_stays_as_typed() -> None:
    state = chapters()["shouted"]
    status = json.dumps(read(VIEWS["status"](state, PLAN, {}), "en"), ensure_ascii=False)
    assert "<!channel> @所有人 <script>alert(1)</script> {{ 7*7 }} {name}" in status


# --- what must be said ------------------------------------------------------------------------------------------------------


def words(chapter: str, view: str, language: Language = "zh-CN", **args: str) -> str:
    return json.dumps(read(VIEWS[view](chapters()[chapter], PLAN, args), language), ensure_ascii=False)


def test_a_missing_element_is_marked_and_has_the_button_that_fills_it() -> None:
    card = VIEWS["status"](chapters()["just_reported"], PLAN, {})
    assert words("just_reported", "status").count("待补") >= 3
    first = next(controls(card))
    assert (first.press.action, first.style) == ("report.add", "primary")


def test_a_level_says_why_and_a_provisional_one_says_so() -> None:
    assert "影响 I2 × 紧急 U3 = 重大" in words("graded", "status")
    assert "暂定重大" in words("provisional", "status")
    assert "重点客户群整体无法下单" in words("overridden", "status")


def test_the_plan_version_stands_on_the_headline() -> None:
    assert "按方案 v3.1 执行" in words("responding", "status")


def test_those_who_are_missing_come_first_in_the_roll() -> None:
    roll = words("activated", "roll")
    assert roll.index("采购") < roll.index("其余 10 岗")
    assert "10" in roll
    assert "12" in roll


def test_a_calm_major_is_calm_and_a_late_one_is_an_alarm() -> None:
    told = chapters()
    assert VIEWS["status"](told["assembled"], PLAN, {}).tone == "calm"
    assert VIEWS["status"](told["activated"], PLAN, {}).tone == "warn"
    assert VIEWS["status"](told["update_late"], PLAN, {}).tone == "alarm"
    assert VIEWS["status"](told["trouble"], PLAN, {}).tone == "alarm"
    assert VIEWS["status"](told["ended"], PLAN, {}).tone == "good"


def test_the_one_message_is_enough_on_a_lock_screen() -> None:
    alone = said(VIEWS["summons"](chapters()["activated"], PLAN, {"person": "zhengyan"}).alone, "zh-CN")
    for word in ("重大", "INC-42", "下单报错", "上海仓", "采购", "第一步", "我到了", "来不了"):
        assert word in alone


def test_several_posts_of_one_person_are_one_message() -> None:
    slots = [placed.slot for placed in desk(chapters()["activated"], PLAN) if placed.slot.startswith("call:")]
    assert len(slots) == len(set(slots))
    assert "书记" in words("activated", "summons", person="suqing")
    assert "行政" in words("activated", "summons", person="suqing")


def test_a_cancelled_call_says_that_nobody_need_come() -> None:
    """Pre-activation cancelled: the calls are gone from the state, the message is still on the phone."""
    card = VIEWS["summons"](replace(chapters()["activated"], calls=()), PLAN, {"person": "zhengyan"})
    assert (card.state, list(presses(card))) == ("done", [])
    assert "不用来了" in json.dumps(read(card, "zh-CN"), ensure_ascii=False)


def test_slots_are_told_apart_across_all_rooms() -> None:
    """The service keeps looks by slot: two rooms never share one."""
    for state in chapters().values():
        slots = [placed.slot for placed in desk(state, PLAN)]
        assert len(slots) == len(set(slots))


def test_an_arrived_person_has_no_buttons_to_arrive_again() -> None:
    card = VIEWS["summons"](chapters()["activated"], PLAN, {"person": "suqing"})
    assert card.state == "done"
    assert {press.action for press in presses(card)} <= {"open.record"}


def test_the_price_the_way_back_and_plan_b_stand_before_the_approval() -> None:
    shown = words("proposed", "measure", measure="m1")
    for word in ("代价", "退路", "Plan B", "批准版本回滚", "驳回"):
        assert word in shown
    assert shown.index("Plan B") < shown.index("批准版本回滚")


def test_a_step_behind_a_gate_says_what_it_waits_for() -> None:
    assert "先做完第 1 步" in words("gate_locked", "checklist", list="fc_code_defect")


def test_an_unapproved_major_measure_in_a_list_is_locked_until_it_is_approved() -> None:
    assert "等总指挥批准" in words("responding", "checklist", list="fc_code_defect")
    assert "等总指挥批准" not in words("approved", "checklist", list="fc_code_defect")


def test_the_question_that_the_clock_answers_is_marked() -> None:
    card = VIEWS["grading"](chapters()["clock_asked"], PLAN, {"side": "technical"})
    marked = [button for row in rows(card) for button in row.items if isinstance(button, Button) and button.style == "primary"]
    assert [dict(button.press.args)["score"] for button in marked] == ["3"]


def test_not_knowing_is_always_offered() -> None:
    for chapter in ("complete", "half_graded", "clock_asked"):
        assert "不知道" in words(chapter, "grading", side="technical")


def test_a_refused_end_lists_what_is_missing_with_the_button_that_mends_it() -> None:
    card = VIEWS["end"](chapters()["end_refused"], PLAN, {})
    assert said(card.title, "zh-CN") == "还不能结束"
    open_ = [step for block in card.blocks if isinstance(block, Steps) for step in block.items if step.state == "todo"]
    assert open_
    assert all(step.more or "观察" in str(read(step, "zh-CN")) for step in open_)


def test_a_signed_condition_shows_who_vouched() -> None:
    assert "人工签认 · 许诺" in words("end_refused", "end")


def test_an_english_card_has_no_chinese_left_where_nobody_typed_any() -> None:
    card = replace(VIEWS["roll"](chapters()["activated"], PLAN, {}), alone="")
    assert not any("一" <= letter <= "鿿" for letter in json.dumps(read(card, "en"), ensure_ascii=False))


def test_a_word_that_nobody_knows_is_asked_for_on_the_headline() -> None:
    tale = reported("苏州仓扫码没反应，刚刚开始")
    rows = [row for block in status(tale.state, tale.plan, {}).blocks if isinstance(block, Facts) for row in block.items]
    assert any("苏州仓" in tale.read(row.value) and row.tone == "warn" for row in rows)


def on_the_roll(tale: Tale) -> str:
    rows = [row for block in roll(tale.state, tale.plan, {}).blocks if isinstance(block, Table) for row in block.rows]
    return "\n".join(tale.read(cell) for row in rows for cell in row)


def test_from_the_second_rung_on_the_number_to_dial_stands_on_the_roll() -> None:
    tale = reported("上海仓下单报错")
    tale.do(SetLevel("major", "演示"), "linyuan")
    tale.do(Activate(), "linyuan")
    assert "打电话" not in on_the_roll(tale)
    tale.advance(tale.plan.severities["major"].ladder_min[1])
    number = next(tale.plan.people[call.ringing[-1]].phone for call in tale.state.calls if not call.here)
    assert number in on_the_roll(tale)


def test_only_a_level_that_says_so_calls_everybody_in_the_room() -> None:
    for level in ("minor", "severe", "major"):
        tale = reported("上海仓下单报错")
        tale.do(SetLevel(level, "演示"), "linyuan")
        tale.do(Activate(), "linyuan")
        called = next(placed for placed in desk(tale.state, tale.plan) if placed.slot == "roll")
        assert called.mention_all == tale.plan.severities[level].mention_all
