"""What the command line asks of the plan: its errors, its schemas for editors, its pocket cards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot import scripts
from bot.plan.errors import PlanErrors
from bot.plan.load import load
from bot.plan.pocket import REPORT, pocket
from bot.plan.schema import Checklist, Drill, Part, Person, Plan, Playbook
from bot.plan.telling import overdue

SCHEMAS: Mapping[str, type[Part]] = {"plan": Plan, "checklist": Checklist, "playbook": Playbook, "drill": Drill}
"""By file name: `schema/plan.json` is for `*.yaml`, the others for the folders of one entry a file."""


@dataclass(frozen=True, slots=True)
class Checked:
    """errors: as `file:line:column: path: message`, those of scripts as `file:line: message`; notes: what wants looking after."""

    errors: tuple[str, ...]
    notes: tuple[str, ...] = ()


def check(folder: Path, today: date) -> Checked:
    """Whether the plan of a folder holds, its scripts with it; and who in the contact book was not tried for too long."""
    try:
        plan = load(folder)
    except PlanErrors as refused:
        return Checked(tuple(map(str, refused.errors)))
    return Checked(scripts.faults(plan), tuple(overdue(plan, today)))


def schema(name: str) -> str:
    """The JSON Schema of one kind of plan file, for editors. No key is required of a single file of the plan: they share the keys."""
    found = SCHEMAS[name].model_json_schema()
    for part in (found, *found.get("$defs", {}).values()):
        _as_written(part)
    if name == "plan":
        found.pop("required", None)
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _as_written(part: dict[str, Any]) -> None:
    """Without what the loader adds: ids are taken from keys, the hash from the content."""
    for added in ("id", "hash"):
        if part.get("properties", {}).get(added, {}).get("default") == "":
            del part["properties"][added]


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """The schemas as files beside the plan, where its files point to."""
    target = folder / "schema"
    target.mkdir(exist_ok=True)
    paths = tuple(target / f"{name}.json" for name in SCHEMAS)
    for path in paths:
        path.write_text(schema(path.stem), encoding="utf-8")
    return paths


def pocket_page(plan: Plan, people: tuple[Person, ...] | None = None) -> str:
    """Pocket cards as one page to print, one sheet of A6 a side; all people when none are named."""
    cards = [pocket(plan, person) for person in people or tuple(plan.people.values())]
    return scripts.render("documents/pocket.html.j2", cards=cards, plan=plan, report=REPORT)
