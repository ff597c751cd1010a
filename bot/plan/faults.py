"""Everything that is wrong with what the plan's files say: its shape, its references, its gaps; as paths of keys and sentences.

A wrong shape does not hide what else is wrong: what can be healed for the moment is (an unknown key, a missing language), and the rules
look at every section that is whole. A rule whose section is broken waits, so that one fault does not draw ten others.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from bot.plan.errors import Fault
from bot.plan.references import ids_beside_keys, references
from bot.plan.rules import RULES
from bot.plan.schema import Plan
from bot.plan.shape import healed, said, told_once


def faults(data: dict[str, Any]) -> tuple[Plan | None, list[Fault]]:
    """The plan, if nothing is wrong with it, and what is."""
    found = [Fault(("hash",), 'unknown key "hash": it is made from the content', True)] if "hash" in data else []
    found += [*ids_beside_keys(data), *references(data)]
    try:
        plan = Plan.model_validate({key: value for key, value in data.items() if key != "hash"})
    except ValidationError as error:
        errors = told_once(error.errors(include_url=False))
        found += [said(details) for details in errors]
        plan = healed(data, errors)
    whole = frozenset(plan.model_fields_set) | {name for name, field in Plan.model_fields.items() if not field.is_required()}
    sore = {fault.path[:-1] for fault in found if len(fault.path) > 1}
    lacks = [Fault(path, message) for rule in RULES if rule.needs <= whole for path, message in rule.look(plan)]
    found += [fault for fault in lacks if fault.path not in sore]
    if found:
        return None, found
    return plan.model_copy(update={"hash": plan.content_hash()}), []
