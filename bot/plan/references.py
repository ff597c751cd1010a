"""Whether every id is the id of something: what the files say, walked along what the schema says of it, whatever else is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from bot.plan.errors import Fault, Path, nearest
from bot.plan.schema import Named, Part, Plan, Ref


def references(data: dict[str, Any]) -> Iterator[Fault]:
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


def ids_beside_keys(data: dict[str, Any]) -> Iterator[Fault]:
    """An id beside the key it is taken from."""
    for name, field in Plan.model_fields.items():
        inner = get_args(bare(field.annotation))
        if isinstance(data.get(name), dict) and len(inner) == 2 and isinstance(inner[1], type) and issubclass(inner[1], Named):
            for key, entry in data[name].items():
                if isinstance(entry, dict) and "id" in entry:
                    yield Fault((name, key, "id"), 'unknown key "id": the key above is the id', True)


def bare(annotation: Any) -> Any:
    """Without Annotated and without `| None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            annotation = next(arm for arm in get_args(annotation) if arm is not NoneType)
        else:
            return annotation
