"""Every key that may stand in the plan is explained in the guide of whoever owns the plan."""

from __future__ import annotations

import re

from bot.plan.schema import Plan
from tests.house.tree import text


def keys() -> set[str]:
    """Every key of the JSON Schema: of the plan itself and of every part in it."""
    schema = Plan.model_json_schema()
    parts = (schema, *schema["$defs"].values())
    return {key for part in parts for key in part.get("properties", {})} - {"id", "hash"}


def test_every_key_of_the_plan_is_in_its_guide() -> None:
    known = set(re.findall(r"`([a-z_0-9]+)`", text("docs/plan.md")))
    assert sorted(keys() - known) == []


def test_every_key_of_the_plan_explains_itself_to_editors() -> None:
    schema = Plan.model_json_schema()
    silent = [
        f"{name}.{key}"
        for name, part in {"Plan": schema, **schema["$defs"]}.items()
        for key, said in part.get("properties", {}).items()
        if not said.get("description") and name != "Bi"
    ]
    assert silent == []
