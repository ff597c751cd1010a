"""The JSON Schemas for editors are those of the code, and every file of the plan fits its own."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from bot.plan.commands import SCHEMAS, check, schema, write_schemas
from bot.plan.load import Source
from tests.plan.conftest import FOLDER

A_YEAR_LATER = date(2027, 11, 23)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_written_schema_is_current(name: str) -> None:
    assert (FOLDER / "schema" / f"{name}.json").read_text(encoding="utf-8") == schema(name)


def test_every_file_of_the_plan_fits_its_schema(source: Source) -> None:
    plan = Draft202012Validator(json.loads(schema("plan")))
    assert [error.message for error in plan.iter_errors(source.data)] == []


def test_the_schema_refuses_what_the_loader_refuses(source: Source) -> None:
    plan = Draft202012Validator(json.loads(schema("plan")))
    one_language = {**source.data, "name": {"zh": "方案"}}
    unknown_key = {**source.data, "grops": {}}
    an_id = {**source.data, "sites": {"shanghai": {**source.data["sites"]["shanghai"], "id": "shanghai"}}}
    for wrong in (one_language, unknown_key, an_id):
        assert list(plan.iter_errors(wrong))


def test_every_file_names_its_schema_to_editors() -> None:
    for path in FOLDER.rglob("*.yaml"):
        name = "plan" if path.parent == FOLDER else path.parent.name.removesuffix("s")
        step = "" if path.parent == FOLDER else "../"
        assert path.read_text(encoding="utf-8").startswith(f"# yaml-language-server: $schema={step}schema/{name}.json\n"), path


def test_schemas_are_written_beside_a_plan(folder: Path) -> None:
    assert [path.name for path in write_schemas(folder)] == [f"{name}.json" for name in SCHEMAS]


def test_checking_a_good_plan_says_nothing_and_a_bad_one_says_where(folder: Path) -> None:
    checked = check(folder, A_YEAR_LATER)
    assert checked.errors == ()
    assert "comms.contacts.app_notice: last tried 2026-11-09; Wang Min tries it again" in checked.notes
    (folder / "plan.yaml").write_text("version: [", encoding="utf-8")
    assert check(folder, A_YEAR_LATER).errors[0].startswith("data/plan/plan.yaml:")
