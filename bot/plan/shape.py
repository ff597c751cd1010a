"""Whether what the files say has the shape of a plan, in words for its owner, and what can be looked at although it has not."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.plan.errors import Fault, Path, near, nearest
from bot.plan.references import bare
from bot.plan.schema import Bi, Part, Plan

UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")
MUST_BE = {
    "string_type": "it must be text: put it in quotes",
    "int_type": "it must be a whole number",
    "int_parsing": "it must be a whole number",
    "float_type": "it must be a number",
    "float_parsing": "it must be a number",
    "bool_type": "it must be true or false",
    "bool_parsing": "it must be true or false",
    "dict_type": "it must be a list of keys, `key: value`",
    "mapping_type": "it must be a list of keys, `key: value`",
    "tuple_type": "it must be a list: [a, b], or a line `- a` for each",
}
"""What a value must be, by what pydantic calls the fault."""


def said(details: ErrorDetails) -> Fault:
    """What pydantic found, in words for the plan's owner."""
    path = _path(details)
    last = path[-1] if path else ""
    match details["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            return Fault(path, f'unknown key "{last}"{nearest(last, _keys(path[:-1]))}', True)
        case "missing" if _is_bi(path[:-1]):
            return Fault(path, f'"{last}" is missing: every text needs both languages')
        case "missing":
            return Fault(path, f'"{last}" is missing')
        case "string_too_short":
            return Fault(path, "is empty")
        case "literal_error":
            known = _literals(path)
            return Fault(path, f'"{details["input"]}" is none of {", ".join(known)}{nearest(details["input"], known)}')
        case "model_type" | "dataclass_type":
            return Fault(path, f"is {_kind(details['input'])}, not a list of keys, `key: value`")
        case kind if kind in MUST_BE:
            return Fault(path, f"is {_kind(details['input'])}; {MUST_BE[kind]}")
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Fault(path, f"{_short(details['input'])} {message[:1].lower()}{message[1:]}", details["loc"][-1:] == ("[key]",))


def told_once(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """A key written wrong is unknown, and the right one is missing: one fault, said once."""
    unknown = [_path(details) for details in errors if details["type"] in UNKNOWN_KEY]
    meant = {(*path[:-1], near(path[-1], _keys(path[:-1]))) for path in unknown}
    return [details for details in errors if details["type"] != "missing" or _path(details) not in meant]


def _path(details: ErrorDetails) -> Path:
    return tuple(step for step in details["loc"] if step != "[key]")


def _kind(value: object) -> str:
    match value:
        case None:
            return "empty"
        case list():
            return "a list"
        case dict():
            return "a list of keys"
    return _short(value)


def _short(value: object) -> str:
    match value:
        case list() | dict() | None:
            return _kind(value)
        case str():
            return f'"{value[:60]}"'
    return str(value)[:60]


def healed(data: dict[str, Any], errors: list[ErrorDetails]) -> Plan:
    """The plan without the sections that are broken; small things are healed, only so that the rules can look."""
    hurt = {details["loc"][0] for details in errors if details["loc"]}
    data = {name: copy.deepcopy(value) if name in hurt else value for name, value in data.items()}
    broken = {path[0] for path in map(_path, [details for details in errors if not _heal(data, details)]) if path}
    good = {}
    for name in Plan.model_fields:
        if name in data and name not in broken and name != "hash":
            try:
                good[name] = getattr(_section(name).model_validate({name: data[name]}), name)
            except ValidationError:
                continue
    return Plan.model_construct(_fields_set=set(good), **good)


@cache
def _section(name: str) -> type[Part]:
    """A plan of one section, to see whether that one is whole."""
    model: type[Part] = create_model(name, __base__=Part, **{name: (Plan.model_fields[name].rebuild_annotation(), ...)})  # type: ignore[call-overload]
    return model


def _heal(data: dict[str, Any], details: ErrorDetails) -> bool:
    path = _path(details)
    around = _at(data, path[:-1])
    if not path or not isinstance(around, dict):
        return False
    last = path[-1]
    if details["type"] in UNKNOWN_KEY:
        around.pop(last, None)
        return True
    if _is_bi(path[:-1]):
        around[last] = "?"
        return last in ("zh", "en")
    field = _fields(path[:-1]).get(str(last))
    if len(path) > 1 and field is not None and not field.is_required():
        around.pop(last, None)
        return True
    return False


def _at(value: Any, path: Path) -> Any:
    for step in path:
        match value:
            case dict() if step in value:
                value = value[step]
            case list() if isinstance(step, int) and step < len(value):
                value = value[step]
            case _:
                return None
    return value


# --- what the schema says at a path


@cache
def _annotation(path: Path) -> Any:
    """The annotation that governs a path of keys; None where there is none."""
    found: Any = Plan
    for step in path:
        found = _inner(bare(found), step)
        if found is None:
            return None
    return bare(found)


def _inner(annotation: Any, step: str | int) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        field = annotation.model_fields.get(str(step))
        return field.annotation if field else None
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is tuple and isinstance(step, int):
        return args[0] if args[-1] is ... else args[min(step, len(args) - 1)]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return args[1]
    return str if annotation is Bi else None


def _fields(path: Path) -> dict[str, FieldInfo]:
    found = _annotation(path)
    return dict(found.model_fields) if isinstance(found, type) and issubclass(found, Part) else {}


def _keys(path: Path) -> list[str]:
    return ["zh", "en"] if _is_bi(path) else [name for name in _fields(path) if name not in ("id", "hash")]


def _is_bi(path: Path) -> bool:
    return _annotation(path) is Bi


def _literals(path: Path) -> list[str]:
    found = _annotation(path)
    return [str(arm) for arm in get_args(found)] if get_origin(found) is Literal else []
