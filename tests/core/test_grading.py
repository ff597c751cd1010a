"""Grading: overrides, answers of two sides, 不知道, the matrix, changing one's mind (clauses 4.2-1 to 4.2-6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import grading
from bot.core.commands import (
    Activate,
    AnswerOverrides,
    AnswerQuestion,
    EstimateLoss,
    SetLevel,
    StopGrading,
)
from bot.core.errors import Refused
from bot.core.events import LevelSet
from bot.core.incident import SIDES, UNKNOWN, Side
from tests.core.tale import SHANGHAI, Tale, real_plan, reported

PLAN = real_plan()
QUESTIONS = [question.id for question in PLAN.grading.questions]
WHO: dict[Side, str] = {"technical": "zhoumu", "business": "zhaojing"}


def answer(tale: Tale, side: Side, **scores: int) -> None:
    for question, score in scores.items():
        tale.do(AnswerQuestion(side, question, score), WHO[side])


def answer_all(tale: Tale, side: Side, score: int) -> None:
    tale.do(AnswerOverrides(side, ()), WHO[side])
    answer(tale, side, **dict.fromkeys(QUESTIONS, score))


def test_an_override_sets_a_provisional_level_at_once() -> None:
    tale = reported("冷库起火")
    tale.do(AnswerOverrides("business", ("injury_or_fire",)), "zhaojing")
    assert (tale.state.level, tale.state.provisional) == ("major", True)


def test_no_override_is_no_level_yet() -> None:
    tale = reported("下单报错")
    tale.do(AnswerOverrides("technical", ()), "zhoumu")
    assert tale.state.level is None


def test_stopping_at_once_still_yields_a_provisional_level() -> None:
    tale = reported("下单报错")
    tale.do(StopGrading("technical"), "zhoumu")
    assert tale.state.level is not None
    assert tale.state.provisional


def test_one_side_alone_is_provisional_until_the_other_answers() -> None:
    tale = reported("下单报错")
    answer_all(tale, "technical", 1)
    assert tale.state.provisional
    answer(tale, "business", q_scope=1)
    assert not tale.state.provisional


def test_the_higher_answer_of_the_two_sides_counts() -> None:
    tale = reported("下单报错")
    answer_all(tale, "technical", 1)
    answer(tale, "business", q_scope=3)
    assert tale.state.grades[-1].impact == 3


def test_unknown_counts_one_step_above_the_lowest() -> None:
    tale = reported("下单报错")
    answer_all(tale, "technical", 1)
    answer(tale, "business", q_scope=UNKNOWN)
    assert tale.state.grades[-1].impact == PLAN.grading.unknown_score == 2


def test_an_unknown_override_raises_the_floor() -> None:
    tale = reported("优惠券不显示")
    answer_all(tale, "technical", 1)
    tale.do(AnswerOverrides("business", (), unknown=True), "zhaojing")
    answer(tale, "business", q_scope=1)
    assert tale.state.level == PLAN.grading.override_unknown_floor


def test_the_clock_question_is_prefilled_from_the_hot_windows_of_the_links() -> None:
    assert grading.prefill(reported("下单报错").state, PLAN) == {"u_clock": 3}  # 20:10 lies in the ordering peak


@pytest.mark.parametrize(
    ("clock", "links", "minutes"), [("20:10", ("sales",), 0), ("18:30", ("sales",), 60), ("12:00", ("warehouse",), 600)]
)
def test_minutes_to_the_next_hot_window(clock: str, links: tuple[str, ...], minutes: int) -> None:
    hour, minute = map(int, clock.split(":"))
    assert grading.minutes_to_hot(PLAN, links, datetime(2026, 11, 23, hour, minute, tzinfo=SHANGHAI)) == minutes


def test_a_window_over_midnight_is_hot_at_two() -> None:
    assert grading.minutes_to_hot(PLAN, ("warehouse",), datetime(2026, 11, 24, 2, 0, tzinfo=SHANGHAI)) == 0


@given(st.dictionaries(st.sampled_from(QUESTIONS), st.integers(0, 3)), st.dictionaries(st.sampled_from(QUESTIONS), st.integers(0, 3)))
def test_another_answer_never_lowers_what_the_matrix_would_say_without_it(one: dict[str, int], more: dict[str, int]) -> None:
    tale = reported("下单报错")
    answer(tale, "technical", **one)
    before = grading.scores(tale.state, PLAN)[0]
    answer(tale, "business", **more)
    after = grading.scores(tale.state, PLAN)[0]
    known = grading.prefill(tale.state, PLAN)
    for question, score in before.items():
        if question in one and question not in known:
            assert after[question] >= score


@given(st.lists(st.tuples(st.sampled_from(SIDES), st.sampled_from(QUESTIONS), st.integers(0, 3)), max_size=20))
def test_every_course_of_answers_ends_in_a_level_of_the_plan_when_stopped(course: list[tuple[Side, str, int]]) -> None:
    tale = reported("下单报错")
    for side, question, score in course:
        answer(tale, side, **{question: score})
    for side in SIDES:
        tale.do(StopGrading(side), WHO[side])
    assert tale.state.level in PLAN.severities


def test_a_loss_is_a_range_taken_from_the_money_question() -> None:
    tale = reported("下单报错")
    answer_all(tale, "technical", 2)
    assert (tale.state.losses[-1].low, tale.state.losses[-1].high) == (Decimal(50000), Decimal(500000))


def test_a_loss_upside_down_is_refused_at_its_field() -> None:
    with pytest.raises(Refused) as refused:
        reported("下单报错").do(EstimateLoss(Decimal(9), Decimal(3), "台账"), "zhaojing")
    assert refused.value.field == "high"


def test_a_level_by_hand_needs_a_reason_and_is_kept_with_it() -> None:
    tale = reported("下单报错")
    with pytest.raises(Refused) as refused:
        tale.do(SetLevel("major", " "), "linyuan")
    assert refused.value.field == "reason"
    tale.do(SetLevel("major", "晚高峰"), "linyuan")
    assert tale.state.grades[-1].reason == "晚高峰"


def test_down_needs_a_stable_half_hour_and_the_commander() -> None:
    tale = reported("下单报错")
    tale.do(SetLevel("major", "晚高峰"), "linyuan")
    tale.do(Activate(), "linyuan")
    with pytest.raises(Refused):
        tale.do(SetLevel("severe", "稳住了"), "linyuan")
    tale.now += timedelta(minutes=PLAN.grading.downgrade.min_stable_min)
    with pytest.raises(Refused):
        tale.do(SetLevel("severe", "稳住了"), "zhaojing")
    tale.do(SetLevel("severe", "稳住了"), "linyuan")
    assert tale.state.level == "severe"


def test_answers_never_lower_a_running_response() -> None:
    tale = reported("下单报错")
    answer_all(tale, "technical", 3)
    tale.do(Activate(), "linyuan")
    for question in QUESTIONS:
        answer(tale, "technical", **{question: 1})
    assert tale.state.level == "major"


def test_every_grading_is_kept() -> None:
    tale = reported("下单报错")
    answer_all(tale, "technical", 2)
    tale.do(SetLevel("major", "晚高峰"), "linyuan")
    levels = [event.grade.level for event, _ in tale.events if isinstance(event, LevelSet)]
    assert [grade.level for grade in tale.state.grades] == levels
    assert levels[-1] == "major"


def test_the_reason_says_the_matrix_or_the_override() -> None:
    tale = reported("下单报错")
    answer_all(tale, "technical", 2)
    assert tale.read(grading.explain(tale.state.grades[-1], PLAN)) == "影响 I2 × 紧急 U2 = 严重"
    tale.do(AnswerOverrides("business", ("food_safety_suspected",)), "zhaojing")
    assert "疑似食品安全事件" in tale.read(grading.explain(tale.state.grades[-1], PLAN))


def test_a_minor_one_proposes_to_rise_after_its_time_once() -> None:
    tale = reported("优惠券不显示")
    tale.do(SetLevel("minor", "小事"), "linyuan")
    tale.do(Activate(), "linyuan")
    rule = next(r for r in PLAN.grading.auto_escalate if r.when == "elapsed" and r.level == "minor")
    tale.advance(rule.minutes + 1)
    assert [prompt.rule for prompt in tale.state.prompts].count(rule.id) == 1
    tale.advance(600)
    assert [prompt.rule for prompt in tale.state.prompts].count(rule.id) == 1
