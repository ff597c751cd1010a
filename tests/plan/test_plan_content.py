"""What the plan of this repository promises: the clauses it must carry, every word in two languages, and nobody left out."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plan.rota import DAY, WEEK, gaps, spans
from bot.plan.schema import DutyRule, Plan, Shift
from bot.words import Bi


def test_the_plan_has_what_the_written_plan_names(plan: Plan) -> None:
    assert [len(group.seats) for group in plan.groups.values()] == [3, 4, 4, 2]
    assert len(plan.risks) == 8
    assert len(plan.measures) == 13
    assert len(plan.drills) == 11
    assert [len(fault.causes) for fault in plan.fault_types.values()] == [3, 3, 3, 1]
    assert sum(field.auto for field in plan.documents.sitrep.fields) == 7
    assert (len(plan.documents.sitrep.fields), len(plan.documents.handover)) == (12, 9)
    assert sorted(measure.id for measure in plan.measures.values() if measure.two_person) == [
        "bulk_data_fix",
        "db_failover",
        "db_restore",
        "dr_switch",
        "rollback",
    ]


def test_ten_questions_are_asked_to_grade(plan: Plan) -> None:
    assert len(plan.grading.questions) == 10


def test_a_minor_incident_verifies_at_most_five_items_none_by_a_role_it_does_not_need(plan: Plan) -> None:
    asked = [item for item in plan.verification.items if "minor" in item.levels]
    assert len(asked) <= 5
    assert {item.by for item in asked} <= {"verifier_tech", "verifier_biz"}


def test_all_four_technical_posts_are_called_from_severe_on(plan: Plan) -> None:
    for severity in ("severe", "major"):
        assert set(plan.groups["tech"].seats) <= set(plan.severities[severity].staffing.posts)


def test_the_minutes_of_a_line_never_fall_for_the_one_who_does_them(plan: Plan) -> None:
    lists = {name: checklist.items for name, checklist in plan.checklists.items()}
    lists |= {name: playbook.items for name, playbook in plan.playbooks.items()}
    for name, items in lists.items():
        latest: dict[str, int] = {}
        for item in (item for item in items if item.minutes):
            assert item.minutes > latest.get(item.who, 0), f"{name} line {item.n}"
            latest[item.who] = item.minutes


def phrases(value: Any) -> list[Bi]:
    match value:
        case Bi():
            return [value]
        case dict():
            return [phrase for inner in value.values() for phrase in phrases(inner)]
        case tuple() | list():
            return [phrase for inner in value for phrase in phrases(inner)]
    return phrases({name: getattr(value, name) for name in type(value).model_fields}) if hasattr(type(value), "model_fields") else []


def test_english_has_no_chinese_left(plan: Plan) -> None:
    assert [phrase.en for phrase in phrases(plan) if re.search(r"[一-鿿，。；：！？]", phrase.en)] == []


def test_words_for_people_do_not_shout_or_point_at_ids(plan: Plan) -> None:
    assert [phrase for phrase in phrases(plan) if re.search(r"[!！]|\b(fc|pb)_|\b[qu]_[a-z]", phrase.zh + phrase.en)] == []


clock = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
shifts = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.tuples(clock, clock), min_size=1)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(shifts=shifts, rules=st.lists(st.tuples(st.sampled_from("abc"), st.sets(st.integers(1, 7), min_size=1)), max_size=5))
def test_a_gap_is_found_exactly_when_some_minute_of_the_week_has_nobody(
    plan: Plan, shifts: dict[str, tuple[time, time]], rules: list[tuple[str, set[int]]]
) -> None:
    named = {key: Shift(id=key, name=Bi("班", "shift"), start=start, end=end) for key, (start, end) in shifts.items()}
    rota = tuple(DutyRule(post="pr", shift=key, weekdays=tuple(sorted(days)), people=("xunuo",)) for key, days in rules if key in named)
    covered = set[int]()
    for rule in rota:
        start, end = (at.hour * 60 + at.minute for at in (named[rule.shift].start, named[rule.shift].end))
        for day in rule.weekdays:
            covered |= {((day - 1) * DAY + start + minute) % WEEK for minute in range((end - start) % DAY or DAY)}
    found = list(gaps(plan.model_copy(update={"shifts": named, "rota": rota, "posts": {"pr": plan.posts["pr"]}})))
    assert bool(found) == (len(covered) < WEEK)
    if found:
        assert covered.isdisjoint(range(found[0].start, found[0].end))
        assert sum(end - start for rule in rota for start, end in spans(rule, named[rule.shift])) >= len(covered)
