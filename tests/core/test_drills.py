"""The eleven drills: answering as their script says, side by side and one question at a time, gives the level that they expect."""

from __future__ import annotations

import pytest

from bot.core.commands import Activate, AnswerOverrides, AnswerQuestion, ReportIncident
from bot.core.grading import next_question
from bot.core.incident import SIDES
from bot.plan.schema import Drill, Override
from tests.core.drive import SERVICE, TECH, Drive, plan, report_of

DRILLS = [*plan().drills.values()]


def graded(drill: Drill, overrides: tuple[str, ...] = ()) -> Drive:
    """A drill whose two sides answer what its script says."""
    drive = Drive()
    drive.do(ReportIncident(report_of(drill.name.zh), "drill"), SERVICE)
    for side, person in zip(SIDES, (TECH, SERVICE), strict=True):
        while question := next_question(drive.incident, side, plan()):
            if question == "overrides":
                drive.do(AnswerOverrides(side, overrides), person)
            else:
                drive.do(AnswerQuestion(side, question, drill.grading_answers[question]), person)
    return drive


def test_there_are_eleven() -> None:
    assert len(DRILLS) == 11


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.id)
def test_the_answers_of_a_drill_give_its_level(drill: Drill) -> None:
    drive = graded(drill)
    assert drive.incident.level == drill.expected_level
    assert not drive.incident.provisional


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.id)
def test_a_drill_is_answered_by_the_questions_of_the_plan_alone(drill: Drill) -> None:
    assert set(drill.grading_answers) == {question.id for question in plan().grading.questions}


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.id)
def test_the_higher_answer_of_the_two_sides_counts(drill: Drill) -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of(drill.name.zh), "drill"), SERVICE)
    drive.do(AnswerOverrides("technical", ()), TECH)
    drive.do(AnswerOverrides("business", ()), SERVICE)
    for question, score in drill.grading_answers.items():
        drive.do(AnswerQuestion("technical", question, score), TECH)
        drive.do(AnswerQuestion("business", question, 1), SERVICE)
    assert drive.incident.level == drill.expected_level


@pytest.mark.parametrize("override", plan().grading.overrides.values(), ids=lambda override: override.id)
def test_an_override_never_lowers_and_reaches_its_floor(override: Override) -> None:
    order = [*plan().severities]
    lightest = min(DRILLS, key=lambda drill: order.index(drill.expected_level))
    level = graded(lightest, (override.id,)).incident.level
    assert level is not None
    assert order.index(level) == max(order.index(lightest.expected_level), order.index(override.floor))


def test_a_drill_is_marked_and_its_response_starts_like_a_real_one() -> None:
    drive = graded(DRILLS[0])
    drive.do(Activate(), TECH)
    assert drive.incident.mode == "drill"
    assert drive.incident.stage == "activated"
    assert drive.incident.calls
