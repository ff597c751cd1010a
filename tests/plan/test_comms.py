"""Every text that can leave is filled and read: each audience, phase and severity that something is owed for, in both languages."""

from __future__ import annotations

import re
from functools import cache

import pytest

from bot import scripts
from bot.core.outward.length import measure
from bot.core.outward.wording import remarks
from bot.plan.load import load
from bot.plan.schema import Plan
from bot.words import LANGUAGES, Bi, Language
from tests.plan.conftest import FOLDER

PHASES = ("initial", "update", "resolved")
ZONE = {"zh-CN": "北京时间", "en": "Beijing time"}


@cache
def the_plan() -> Plan:
    return load(FOLDER)


def matrix() -> list[tuple[str, str]]:
    """(script, severity) of every cell in which something may be said, and of every special script."""
    plan = the_plan()
    return [
        (script.id, severity)
        for script in plan.comms.scripts.values()
        for severity in plan.severities
        if script.phase == "special" or getattr(plan.comms.audiences[script.audience], script.phase)[severity].need != "none"
    ]


@cache
def said(script: str, severity: str) -> Bi:
    plan = the_plan()
    return scripts.script(script, scripts.examples(plan, plan.comms.scripts[script], severity))


def in_language(text: Bi | str, language: Language) -> str:
    return scripts.bi(text, language) if isinstance(text, Bi) else text


def test_every_cell_of_the_matrix_has_a_script_and_there_are_as_many_as_the_plan_says() -> None:
    plan = the_plan()
    owed = {
        (audience.id, phase, severity)
        for audience in plan.comms.audiences.values()
        for phase in PHASES
        for severity, cell in getattr(audience, phase).items()
        if cell.need != "none"
    }
    written = {(plan.comms.scripts[name].audience, plan.comms.scripts[name].phase, severity) for name, severity in matrix()}
    assert {cell for cell in written if cell[1] != "special"} == owed
    assert len(owed) == 5 * 3 * 3 - 5  # supplier and partner updates, all of media, at the lightest level
    assert sorted(script.id for script in plan.comms.scripts.values() if script.phase == "special") == [
        "data_notice_person",
        "drill_banner",
        "long_outage",
        "media_holding_reply",
        "regulator_first",
        "stop_sale_notice",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "severity"), matrix())
def test_a_text_reads_as_it_should(name: str, severity: str, language: Language) -> None:
    plan = the_plan()
    script, text = plan.comms.scripts[name], in_language(said(name, severity), language)
    values = {key: in_language(value, language) for key, value in scripts.examples(plan, script, severity).items()}
    # every blank is filled, and nothing of the template is left
    assert [key for key, value in values.items() if value not in text] == []
    assert not re.search(r"[{}]|%}|None|Undefined|\bBi\(", text)
    after_the_greeting = text.split("\n")[1:]
    assert [row for row in after_the_greeting if re.search(r"[：:，,（(]$", row)] == [], "a line that ends before it says anything"
    assert not re.search(r"\n\s*\n|  |。。|\.\.|，，|、。| ，|（）|\( *\)", text)
    assert all(row == row.strip() and row for row in text.split("\n"))
    if language == "en":
        assert not re.search(r"[一-鿿，。；：（）]", text)
    # when the next word comes, and whose time it is
    if script.phase in ("initial", "update"):
        assert values["next_update"] in text.split("下次" if language == "zh-CN" else "Next ")[1]
    if re.search(r"\d{1,2}:\d{2}", text):
        assert ZONE[language] in text
    # what it says, and how long
    assert remarks(text, language, plan, None, script.audience, proven="cause_proven" in script.requires) == ()
    for via in script.vias or plan.comms.audiences[script.audience].vias:
        assert measure(text, via).fits, via


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_differ_by_severity_wherever_the_plan_has_a_sentence_for_it(language: Language) -> None:
    plan = the_plan()
    for script in plan.comms.scripts.values():
        if "severity_insert" not in script.variables:
            continue
        inserts = plan.comms.audiences[script.audience].insert
        texts = {severity: in_language(said(script.id, severity), language) for severity in plan.severities}
        assert len(set(texts.values())) == len(texts)
        for severity, text in texts.items():
            there = [other for other, insert in inserts.items() if in_language(insert, language) in text]
            assert there == ([severity] if severity in inserts else [])


def test_a_severity_without_a_sentence_of_its_own_leaves_no_hole() -> None:
    assert "minor" not in the_plan().comms.audiences["media"].insert
    lines = said("media_initial", "minor").zh.split("\n")
    assert [line[:4] for line in lines] == ["关于上海", "自 11", "我们正在", "受影响的", "下次说明", "媒体联系"]


OUTSIDE = ("supplier", "customer", "partner")
FIRST = {
    "supplier": ("what", "inbound_effect", "measures", "action_for_you", "next_update", "supplier_desk"),
    "customer": ("what", "your_order", "measures", "workaround_for_you", "next_update", "hotline"),
    "partner": ("symptom", "interface", "measures", "requested_action", "next_update", "partner_desk"),
}


@pytest.mark.parametrize("audience", OUTSIDE)
def test_a_first_notice_says_what_is_affected_what_it_means_what_we_do_what_to_do_and_when_more_comes(audience: str) -> None:
    assert set(FIRST[audience]) <= set(the_plan().comms.scripts[f"{audience}_initial"].variables)


def test_whatever_gives_a_cause_waits_until_one_is_proven_and_the_media_can_be_told_it_is_over_before() -> None:
    plan = the_plan()
    giving = {script.id for script in plan.comms.scripts.values() if "cause_verified" in script.variables}
    assert giving == {"media_resolved"}
    assert "cause_proven" in plan.comms.scripts["media_resolved"].requires
    assert plan.comms.scripts["media_resolved_open"].requires == ("recovered",)


@pytest.mark.parametrize("name", ["data_notice_person", "media_holding_reply", "regulator_first"])
def test_a_word_to_some_is_never_put_before_everybody(name: str) -> None:
    script = the_plan().comms.scripts[name]
    vias = script.vias or the_plan().comms.audiences[script.audience].vias
    assert not {"status", "webhook", "room"} & set(vias)


def test_nobody_but_colleagues_is_told_without_a_signature() -> None:
    for audience in the_plan().comms.audiences.values():
        assert all(bool(seats) == (audience.id != "internal") for seats in audience.approval.values())


TYPED = ("{{7*7}}", "{% for x in y %}", "{# gone #}", "{{ severity_insert }}", "<b>&amp;</b>", "${HOME} `id` %s", "a\\nb", "{{")


@pytest.mark.parametrize("typed", TYPED)
def test_what_was_typed_stays_as_typed_in_every_script(plan: Plan, typed: str) -> None:
    for script in plan.comms.scripts.values():
        text = scripts.script(script.id, dict.fromkeys(script.variables, typed))
        assert text.zh.count(typed) >= len(script.variables)
        assert text.en.count(typed) >= len(script.variables)


def test_each_language_gets_its_own_of_a_value() -> None:
    script = the_plan().comms.scripts["drill_banner"]
    text = scripts.script(script.id, {"drill_id": "DRL-7", "ends_at": Bi("十六点半", "half past four")})
    assert ("十六点半" in text.zh, "half past four" in text.en) == (True, True)
    assert "half" not in text.zh


def test_the_contact_book_reaches_everybody_of_the_plan(plan: Plan) -> None:
    assert {contact.party for contact in plan.comms.contacts.values()} == set(plan.parties)
    assert all(
        address.to.endswith(".example.com") or "example.com/" in address.to
        for contact in plan.comms.contacts.values()
        for address in contact.addresses
        if address.via in ("mail", "webhook")
    )


