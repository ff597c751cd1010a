"""Forms ask for what a command needs, show an example of right input, and lose nothing that was known before."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import handlers
from bot.cards.forms import FORMS_BY_ID, brief
from bot.cards.model import Form
from bot.cards.views.night import at
from bot.cards.views.story import chapters
from bot.core.incident import Incident
from bot.words import LANGUAGES, Language
from tests.cards.reading import read, said, the_plan

GOLDEN = Path(__file__).parent / "golden"
PLAN = the_plan()
IDS = {
    "side": "technical", "question": "q_scope", "list": "fc_code_defect", "item": "6", "task": "t1", "cause": "x1", "measure": "m1",
    "check": "v2", "condition": "c4", "action": "a1", "group": "tech", "role": "commander", "kind": "rollback",
    "notice": "n2", "script": "customer_initial", "delivery": "d2", "topic": "k2", "inquiry": "q3", "duty": "cac_4h",
}  # fmt: skip
WITHOUT_RECORD = {"report.form", "warning.form", "team.leave", "team.swap"}
STAGE_OF = {
    "report.add": "just_reported", "grade.again": "half_graded", "incident.activate": "graded", "incident.cancel_pre": "pre_activated",
    "verify.fail": "verifying", "verify.waive": "verifying", "verify.decide": "verifying",
    "end.attest": "end_refused", "end.sign": "end_signed",
    "after.summary": "reviewing", "after.done": "reviewing", "after.check": "reviewing", "warning.happened": "warned",
    "notice.draft": "telling", "notice.edit": "telling", "notice.ask": "telling", "notice.return": "telling",
    "notice.withdraw": "telling", "notice.mark": "told",
    "inquiry.log": "inquired", "inquiry.answer": "inquired", "answer.agree": "inquired", "answer.return": "inquired",
    "duty.judge": "duty_asked", "duty.draft": "duty_asked", "duty.submit": "duty_owed", "duty.waive": "duty_asked",
}  # fmt: skip


def opened(form: str, state: Incident | None = None) -> Form:
    """The form as it would be opened in the chapter that it belongs to, with every id that could be carried."""
    if form in WITHOUT_RECORD:
        return FORMS_BY_ID[form](None, PLAN)
    return FORMS_BY_ID[form](state or chapters()[STAGE_OF.get(form, "proposed")], PLAN, **IDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_looks_as_it_was_agreed(language: Language) -> None:
    """`UPDATE_GOLDEN=1` writes the file anew; its diff is read before it is committed."""
    actual = json.dumps({form: read(opened(form), language) for form in FORMS_BY_ID}, ensure_ascii=False, indent=1) + "\n"
    path = GOLDEN / f"form.{language}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(actual, encoding="utf-8")
    assert actual == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMS_BY_ID)
def test_a_form_opens_at_any_stage_with_or_without_ids(form: str) -> None:
    for state in chapters().values():
        for ids in ({}, IDS, {"value": "nothing", "call": "c9"}):
            assert FORMS_BY_ID[form](None if form in WITHOUT_RECORD else state, PLAN, **ids).fields


@pytest.mark.parametrize("form", FORMS_BY_ID)
def test_a_form_answers_under_its_own_name(form: str) -> None:
    assert opened(form).id == form
    assert form in handlers.FORMS


@pytest.mark.parametrize("form", sorted(set(FORMS_BY_ID) - WITHOUT_RECORD))
def test_a_form_of_a_record_carries_its_number(form: str) -> None:
    assert dict(opened(form).args)["record"] in {state.id for state in chapters().values()}


def fields_of_all() -> Iterator[tuple[str, str, str, bool]]:
    """(form, key, hint, whether people type into it)."""
    for form in FORMS_BY_ID:
        for field in opened(form).fields:
            yield form, field.key, said(field.hint, "zh-CN") if field.hint else "", field.kind in ("line", "text", "time", "number")


def test_every_field_that_is_typed_shows_what_right_input_looks_like() -> None:
    bare = [(form, key) for form, key, hint, typed in fields_of_all() if typed and not hint]
    assert bare == []


def test_keys_are_told_apart_within_a_form() -> None:
    twice = [form for form in FORMS_BY_ID if len({field.key for field in opened(form).fields}) < len(opened(form).fields)]
    assert twice == []


def test_titles_are_short() -> None:
    assert [form for form in FORMS_BY_ID if len(said(opened(form).title, "zh-CN")) > 14] == []


def test_a_form_fits_into_the_windows_of_the_platforms() -> None:
    """Slack takes 100 blocks, 24 characters of title and 48 of a label; the widest forms are far below."""
    assert max(len(opened(form).fields) for form in FORMS_BY_ID) <= 14
    assert [form for form in FORMS_BY_ID if len(said(opened(form).submit, "en")) > 40] == []


# --- what single forms keep to ----------------------------------------------------------------------------------------------


def required(form: str) -> set[str]:
    return {field.key for field in opened(form).fields if field.required}


def test_a_report_asks_for_the_symptom_alone() -> None:
    assert required("report.form") == {"symptom"}


def test_what_is_missing_is_asked_first_and_what_is_known_stays() -> None:
    form = FORMS_BY_ID["report.add"](chapters()["just_reported"], PLAN)
    assert [field.key for field in form.fields[:3]] == ["started", "scope", "symptom"]
    assert form.fields[2].initial == "十几个客户说点下单没反应，页面能打开"


def test_a_proposal_needs_its_price_its_way_back_and_a_plan_b() -> None:
    assert required("measure.propose") == {"kind", "what", "why", "cost", "way_back", "plan_b"}


def test_a_situation_report_asks_five_fields_and_shows_seven() -> None:
    form = FORMS_BY_ID["update.send"](chapters()["responding"], PLAN, now=at("20:40"))
    typed = [field for field in form.fields if field.kind != "note"]
    shown = [field for field in form.fields if field.kind == "note"]
    assert (len(typed), len(shown)) == (5, 7)
    assert [field.key for field in typed if field.required] == ["situation"]
    assert typed[0].initial == ""


def test_a_handover_has_nine_points_and_the_bot_writes_down_what_it_knows() -> None:
    state = chapters()["proposed"]
    form = FORMS_BY_ID["handover.offer"](state, PLAN, role="commander")
    points = [field for field in form.fields if field.key != "taker"]
    written = brief(state, PLAN)
    assert len(points) == 9
    assert all(field.required for field in points)
    assert written["level"] == "影响 I2 × 紧急 U3 = 重大"
    assert "核对北京仓有没有同样的报错（何川，20:39 前）" in written["doing"]
    assert written["next_update"] == "20:42 前"
    assert {field.key: field.initial for field in points if field.initial} == {key: text for key, text in written.items() if text}


def test_a_brief_can_be_written_at_any_stage() -> None:
    for state in chapters().values():
        assert all(isinstance(text, str) and not re.search(r"\{\w+\}", text.replace("{name}", "")) for text in brief(state, PLAN).values())


def test_typed_braces_in_a_brief_are_left_alone() -> None:
    assert "{name}" in brief(chapters()["shouted"], PLAN)["state"]


def test_those_who_fixed_it_are_proposed_as_the_fixers() -> None:
    fixers = next(field for field in opened("verify.start", chapters()["executed"]).fields if field.key == "fixers")
    assert "hechuan" in fixers.initial.split(",")


def test_a_select_on_a_card_names_the_subject_by_its_value() -> None:
    form = FORMS_BY_ID["cause.prove"](chapters()["responding"], PLAN, value="x1")
    assert dict(form.args)["cause"] == "x1"
