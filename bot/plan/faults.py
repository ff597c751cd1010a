"""Everything that is wrong with what the plan's files say: its shape, its references, its gaps; as paths of keys and sentences.

A wrong shape does not hide what else is wrong: what can be healed for the moment is (an unknown key, a missing language), and the rules
look at every section that is whole. A rule whose section is broken waits, so that one fault does not draw ten others.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.plan.errors import Path, near, nearest
from bot.plan.rules import RULES
from bot.plan.schema import Bi, Named, Part, Plan, Ref


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a path; `at_key`: it is the key that is wrong, not its value."""

    path: Path
    message: str
    at_key: bool = False


def faults(data: dict[str, Any]) -> tuple[Plan | None, list[Fault]]:
    """The plan, if nothing is wrong with it, and what is."""
    found = [Fault(("hash",), 'unknown key "hash": it is made from the content', True)] if "hash" in data else []
    found += [*_ids_beside_keys(data), *_references(data)]
    try:
        plan = Plan.model_validate({key: value for key, value in data.items() if key != "hash"})
    except ValidationError as error:
        errors = _told_once(error.errors(include_url=False))
        found += [_said(details) for details in errors]
        plan = _healed(data, errors)
    whole = frozenset(plan.model_fields_set) | {name for name, field in Plan.model_fields.items() if not field.is_required()}
    sore = {fault.path[:-1] for fault in found if len(fault.path) > 1}
    lacks = [Fault(path, message) for rule in RULES if rule.needs <= whole for path, message in rule.look(plan)]
    found += [fault for fault in lacks if fault.path not in sore]
    if found:
        return None, found
    return plan.model_copy(update={"hash": plan.content_hash()}), []


# --- the shape

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


def _said(details: ErrorDetails) -> Fault:
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


def _told_once(errors: list[ErrorDetails]) -> list[ErrorDetails]:
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


def _healed(data: dict[str, Any], errors: list[ErrorDetails]) -> Plan:
    """The plan without the sections that are broken; small things are healed, only so that the rules can look."""
    hurt = {details["loc"][0] for details in errors if details["loc"]}
    healed = {name: copy.deepcopy(value) if name in hurt else value for name, value in data.items()}
    broken = {path[0] for path in map(_path, [details for details in errors if not _heal(healed, details)]) if path}
    good = {}
    for name in Plan.model_fields:
        if name in healed and name not in broken and name != "hash":
            try:
                good[name] = getattr(_section(name).model_validate({name: healed[name]}), name)
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
        return around.pop(last, None) is not None or True
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
        found = _inner(_bare(found), step)
        if found is None:
            return None
    return _bare(found)


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


def _bare(annotation: Any) -> Any:
    """Without Annotated and without `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            annotation = next(arm for arm in get_args(annotation) if arm is not NoneType)
        else:
            return annotation


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


# --- references


def _references(data: dict[str, Any]) -> Iterator[Fault]:
    """Every id that is the id of nothing."""
    known: dict[Ref, dict[str, Any] | None] = {}
    for path, value, ref, at_key in _refs(Plan, data):
        if ref not in known:
            known[ref] = _known(data, ref)
        entries = known[ref]
        if entries is not None and value not in entries:
            yield Fault(path, f'no {ref.noun} "{value}"{_meant(value, entries)}', at_key)


def _meant(value: str, entries: dict[str, Any]) -> str:
    """The id that was meant: of what is called so by people, else the one spelt nearest."""
    for name, entry in entries.items():
        called = entry.get("name") if isinstance(entry, dict) else None
        if value in (called.values() if isinstance(called, dict) else (called,)):
            return f', did you mean "{name}"?'
    return nearest(value, list(entries))


LISTS = ("grading.questions",)
"""Where ids stand in a list; everywhere else they are keys."""


def _known(data: dict[str, Any], ref: Ref) -> dict[str, Any] | None:
    """What a reference may name, by id; None when a section it looks into is missing, which is said elsewhere."""
    entries: dict[str, Any] = {}
    for into in ref.into:
        if into.startswith("="):
            entries[into[1:]] = None
            continue
        found: list[Any] = [data]
        for step in into.split("."):
            found = [
                inner for value in found if isinstance(value, dict) for inner in (value.values() if step == "*" else [value.get(step)])
            ]
        if not found or not all(isinstance(value, list if into in LISTS else dict) for value in found):
            return None
        for value in found:
            entries |= _entries(value)
    return entries


def _entries(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {name: entry for name, entry in value.items() if isinstance(name, str)}
    return {entry["id"]: entry for entry in value if isinstance(entry, dict) and isinstance(entry.get("id"), str)}


def _refs(annotation: Any, value: Any, path: Path = (), at_key: bool = False) -> Iterator[tuple[Path, str, Ref, bool]]:
    """Walk what the files say along what the schema says; quiet about everything but references."""
    kind, inner, ref = _shape(annotation)
    if kind == "ref" and isinstance(value, str) and ref is not None:
        yield path, value, ref, at_key
    elif kind == "part" and isinstance(value, dict):
        for name, field in inner.items():
            if name in value:
                yield from _refs(field, value[name], (*path, name))
    elif kind == "map" and isinstance(value, dict):
        for name, entry in value.items():
            yield from _refs(inner[0], name, (*path, name), True)
            yield from _refs(inner[1], entry, (*path, name))
    elif kind == "list" and isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _refs(inner[0], entry, (*path, index))


_Shape = tuple[Literal["ref", "part", "map", "list", "none"], Any, Ref | None]


@cache
def _shape(annotation: Any) -> _Shape:
    if get_origin(annotation) is Annotated:
        base, *metadata = get_args(annotation)
        ref = next((item for item in metadata if isinstance(item, Ref)), None)
        return ("ref", None, ref) if ref else _shape(base)
    if get_origin(annotation) in (Union, UnionType):
        return _shape(next(arm for arm in get_args(annotation) if arm is not NoneType))
    if isinstance(annotation, type) and issubclass(annotation, Part):
        fields = {name: _whole(field) for name, field in annotation.model_fields.items()}
        return "part", {name: whole for name, whole in fields.items() if _shape(whole)[0] != "none"}, None
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is tuple and args:
        return ("list", args, None) if _shape(args[0])[0] != "none" else ("none", None, None)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return ("map", args, None) if any(_shape(arm)[0] != "none" for arm in args) else ("none", None, None)
    return "none", None, None


def _whole(field: FieldInfo) -> Any:
    """A field's annotation with the metadata that pydantic took off it; hashable parts only."""
    refs = [item for item in field.metadata if isinstance(item, Ref)]
    return Annotated[field.annotation, refs[0]] if refs else field.annotation


def _ids_beside_keys(data: dict[str, Any]) -> Iterator[Fault]:
    """An id beside the key it is taken from."""
    for name, field in Plan.model_fields.items():
        inner = get_args(_bare(field.annotation))
        if isinstance(data.get(name), dict) and len(inner) == 2 and isinstance(inner[1], type) and issubclass(inner[1], Named):
            for key, entry in data[name].items():
                if isinstance(entry, dict) and "id" in entry:
                    yield Fault((name, key, "id"), 'unknown key "id": the key above is the id', True)
