"""What is wrong with words to the outside is said before an incident, at the place where it stands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot import scripts
from bot.plan import telling
from bot.plan.errors import spelled
from bot.plan.faults import faults
from bot.plan.load import Source
from bot.plan.schema import Plan
from bot.plan.schema.comms import Comms

LOOKS = (telling.audiences, telling.scripts, telling.rules, telling.contacts, telling.rooms, telling.components, telling.reached)


def said(plan: Plan, data: dict[str, Any]) -> list[str]:
    changed = plan.model_copy(update={"comms": Comms.model_validate(data)})
    return [f"{spelled(path)}: {message}" for look in LOOKS for path, message in look(changed)]


def put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    """Set a value at a path of keys; ... takes the entry out."""

    def change(data: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        if value is ...:
            del data[path[-1]]
        else:
            data[path[-1]] = value

    return change


CONTACT = ("contacts", "veg_base", "addresses")
SEEDS = [
    (put("audiences", "customer", "update", "major", value=...), 'audiences.customer.update: severity "major" is missing: need: none'),
    (put("audiences", "customer", "update", "major", "every", value=...), "customer.update.major: is required and has no cadence"),
    (put("audiences", "media", "initial", "major", "due", value=...), "audiences.media.initial.major: is required and has no time: due"),
    (put("audiences", "customer", "update", "major", "every_after_2h", value=10), "update.major.every_after_2h: is faster than before"),
    (put("audiences", "supplier", "approval", "major", value=...), 'audiences.supplier.approval: severity "major" is missing'),
    (put("audiences", "supplier", "approval", "major", value=[]), 'approval.major: nobody signs: only "internal" goes without'),
    (put("audiences", "media", "approval", "major", value=["pr", "pr"]), 'audiences.media.approval.major[1]: "pr" stands twice'),
    (put("scripts", "media_update", value=...), "audiences.media.update: no script is written for it"),
    (put("scripts", "drill_banner", value=...), "comms.variables.drill_id: no script uses it"),
    (put("scripts", "media_update", "variables", 7, value="hotline"), 'scripts.media_update.variables[7]: "hotline" stands twice'),
    (put("scripts", "customer_update", "variables", 8, value="what"), "customer_update.variables: says no next update: next_update"),
    (put("scripts", "media_resolved", "requires", value=["recovered"]), "media_resolved.requires: says the cause before it is proven"),
    (put("scripts", "customer_resolved", "requires", value=[]), "customer_resolved.requires: says that it is over before it is"),
    (put("scripts", "regulator_first", "vias", value=["status"]), 'scripts.regulator_first.vias[0]: "regulator" is not told by status'),
    (put("variables", "unit", "fill", value=...), "variables.unit: comes from the plan, which says nothing: fill"),
    (put("variables", "what", "fill", value={"zh": "一", "en": "a"}), "variables.what.fill: is never used: source is ask"),
    (put("wording", "tone", "patterns", 0, value="[!"), "wording.tone.patterns[0]: is no regular expression: "),
    (put("wording", "tone", "patterns", 0, value="x*"), "wording.tone.patterns[0]: matches nothing at all"),
    (put("wording", "tone", "patterns", 0, value="INC-"), "wording.tone.patterns[0]: is written in small letters"),
    (put("wording", "tone", "better", "崩了", value={"zh": "挂了", "en": "down"}), 'better.崩了: "挂了" is itself remarked on'),
    (put("wording", "names", "instead", value={"zh": "运维", "en": "Wang Min"}), 'names.instead: "Wang Min" is itself remarked on'),
    (put(*CONTACT, 0, "to", value="@supplier"), 'addresses[0].to: no room "@supplier", did you mean "@suppliers"?'),
    (put(*CONTACT, 0, "to", value="@customers"), 'addresses[0].to: room "@customers" is for "customer"'),
    (put(*CONTACT, 1, "to", value="a@b.example.com,c@d.example.com"), "is no mail address: name@example.com"),
    (put(*CONTACT, 1, "to", value="a@b.example.com\r\nBcc: x@y.example.com"), "is no mail address: name@example.com"),
    (put(*CONTACT, 1, "to", value="orders@seafood.example.com"), "contacts.seafood_port.addresses[0].to: is veg_base's too"),
    (put(*CONTACT, 2, "to", value="ask Wang"), 'addresses[2].to: "ask Wang" is no telephone number'),
    (put(*CONTACT, 0, value={"via": "status"}), 'contacts.veg_base.addresses[0].via: "supplier" is not told by status'),
    (put("contacts", "app_notice", "addresses", 0, "to", value="http://app.example.com/"), "must be https://host/"),
    (put("contacts", "app_notice", "addresses", 0, "to", value="https://a:b@app.example.com/"), "without a name or password in it"),
    (put("contacts", "app_notice", "addresses", 0, "to", value="https://10.0.0.5/x"), "name the host, not its IP address"),
    (put("contacts", "app_notice", "addresses", 0, "to", value="https://[::1]/x"), "name the host, not its IP address"),
    (put("contacts", "app_notice", "addresses", 0, "to", value="https://localhost/x"), '"localhost" is no host of the public internet'),
    (put("contacts", "app_notice", "addresses", 0, "to", value="https://app.example.com:port/"), "is no URL"),
    (put("contacts", "insurer", value=...), 'comms.contacts: nobody of party "insurer" is in it'),
    (put("rooms", "tech", value={"name": {"zh": "群", "en": "Room"}, "audience": "media"}), "rooms.tech: is already the name of a room"),
    (put("status", "components", "suppliers", value=...), 'comms.status.components: service "srm" is in none'),
]


@pytest.mark.parametrize(("change", "expected"), SEEDS, ids=[expected[:40] for _, expected in SEEDS])
def test_what_is_wrong_is_said_where_it_is(plan: Plan, source: Source, change: Callable[[Any], None], expected: str) -> None:
    data = deepcopy(source.data["comms"])
    change(data)
    assert [line for line in said(plan, data) if expected in line] != [], said(plan, data)


def test_nothing_is_wrong_with_the_plan_of_this_repository_nor_with_one_that_tells_nobody(plan: Plan, source: Source) -> None:
    assert said(plan, source.data["comms"]) == []
    assert said(plan, {}) == []


def test_an_audience_that_must_be_told_and_that_nobody_belongs_to_is_found(plan: Plan, source: Source) -> None:
    data = deepcopy(source.data["comms"])
    data["contacts"] = {name: contact for name, contact in data["contacts"].items() if contact["audience"] != "supplier"}
    assert "comms.audiences.supplier: must be told, and nobody of the contact book is told as one of them" in said(plan, data)


def test_an_error_stands_in_the_file_where_it_was_written(source: Source) -> None:
    data = deepcopy(source.data)
    data["comms"]["audiences"]["supplier"]["approval"]["major"] = ["comander"]
    _, found = faults(data)
    errors = [source.says(fault) for fault in found]
    line = next(
        number
        for number, row in enumerate(Path(source.files[0].parent / "comms.yaml").read_text(encoding="utf-8").splitlines(), 1)
        if "approval: {minor: [procurement]" in row
    )
    assert [(Path(error.file).name, error.line) for error in errors] == [("comms.yaml", line)]
    assert [error.message for error in errors] == ['no post or role "comander", did you mean "commander"?']


def test_who_was_not_tried_for_too_long_is_named_and_is_no_error(plan: Plan) -> None:
    assert list(telling.overdue(plan, date(2026, 11, 23))) == []
    late = list(telling.overdue(plan, date(2027, 4, 11)))
    assert late == ["comms.contacts.landlord_shanghai: last tried 2026-10-12; Shen Lei tries it again"]


# --- scripts


@pytest.fixture
def one(plan: Plan, tmp_path: Path) -> tuple[Plan, Path]:
    """A plan of one script, and a copy of its two templates to do harm to."""
    (tmp_path / "scripts").mkdir()
    for language in ("zh-CN", "en"):
        shutil.copy(scripts.TEMPLATES / f"scripts/customer_initial.{language}.j2", tmp_path / "scripts")
    comms = plan.comms.model_copy(update={"scripts": {"customer_initial": plan.comms.scripts["customer_initial"]}})
    return plan.model_copy(update={"comms": comms}), tmp_path


EN = "templates/scripts/customer_initial.en.j2"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{{ hotline }}", "{{ hotlin }}", [
            f'{EN}:1: variable "hotline" of script "customer_initial" stands nowhere',
            f'{EN}:9: no variable "hotlin" of script "customer_initial", did you mean "hotline"?',
        ]),
        ("{{ hotline }}", "400", [f'{EN}:1: variable "hotline" of script "customer_initial" stands nowhere']),
        ("{{ hotline }}", "{{ hotline }", [f"{EN}:9: unexpected '}}'"]),
        ("{% endif %}\n", "{% endfi %}\n", [
            f"{EN}:5: Encountered unknown tag 'endfi'. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. "
            "The innermost block that needs to be closed is 'if'."
        ]),
        ("{{ hotline }}", "{{ hotline | clok }}", [f"{EN}:9: No filter named 'clok'."]),
        ("{{ hotline }}", "{{ hotline | clock }}", [f"{EN}:9: cannot be filled: 'str' object has no attribute 'strftime'"]),
        ("{{ hotline }}", "{{ hotline.number }}", [f"{EN}:9: cannot be filled: 'str object' has no attribute 'number'"]),
        ("{{ hotline }}", "{{ hotline.__class__.__mro__ }}", [
            f"{EN}:9: cannot be filled: access to attribute '__class__' of 'str' object is unsafe."
        ]),
        ("{{ hotline }}", "{{ 1 // 0 }}{{ hotline }}", [f"{EN}:9: cannot be filled: integer division or modulo by zero"]),
        ("{{ hotline }}", "{{ hotline }}}}", [f'{EN}:9: "}}}}" is left standing in the text']),
        ("We are sorry", "We are definitely sorry", [
            f'{EN}:11: "definitely" (promise): No recovery time or compensation that was not approved; '
            "say what is being done and when the next update comes"
        ]),
        ("We are sorry", "x" * 900 + " We are sorry", [
            f'{EN}:1: 1589 characters at "minor", and sms carries 1224',
            f'{EN}:1: 1589 characters at "minor", and phone carries 1000',
        ]),
    ],
)  # fmt: skip
def test_a_script_that_cannot_be_said_is_named_with_its_line(one: tuple[Plan, Path], old: str, new: str, expected: list[str]) -> None:
    plan, templates = one
    path = templates / "scripts/customer_initial.en.j2"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert [line for line in scripts.faults(plan, templates) if '"severe"' not in line and '"major"' not in line] == expected


def test_a_remark_on_an_example_stands_where_its_variable_does(one: tuple[Plan, Path]) -> None:
    plan, templates = one
    variable = plan.comms.variables["what"]
    worse = variable.model_copy(update={"example": variable.example.__class__("下单崩了", "WMS is down")})
    comms = plan.comms.model_copy(update={"variables": {**plan.comms.variables, "what": worse}})
    found = scripts.faults(plan.model_copy(update={"comms": comms}), templates)
    assert [line.split(": ")[:2] for line in found] == [
        [f"{EN}:2", '"WMS" (internal)'],
        ["templates/scripts/customer_initial.zh-CN.j2:2", '"崩了" (tone)'],
    ]


def test_a_script_without_its_file_and_a_file_without_its_script_are_named(one: tuple[Plan, Path]) -> None:
    plan, templates = one
    (templates / "scripts/customer_initial.en.j2").rename(templates / "scripts/customer_intial.en.j2")
    assert scripts.faults(plan, templates) == (
        f'{EN}:1: is missing: script "customer_initial" of the plan is written here',
        'templates/scripts/customer_intial.en.j2:1: no script of the plan is written here, did you mean "customer_initial"?',
    )


def test_a_file_that_is_no_text_is_named(one: tuple[Plan, Path]) -> None:
    plan, templates = one
    (templates / "scripts/customer_initial.en.j2").write_bytes(b"\xff\xfe")
    assert scripts.faults(plan, templates) == (f"{EN}:1: not UTF-8 text",)


def test_a_plan_without_scripts_minds_no_files(plan: Plan) -> None:
    assert scripts.faults(plan.model_copy(update={"comms": Comms()})) == ()
