"""Turn frozen values into JSON and back, exactly: what is stored is read years later, by us and by auditors.

The types say everything: dataclasses become objects, tuples arrays, moments ISO 8601 in UTC. Where a type is a union of several
dataclasses the object names its class under "is", so that nothing is ever guessed from the fields that happen to be there. A field
added later takes its default from old rows; a field that is gone is ignored.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Generic, Literal, TypeVar, Union, get_args, get_origin

T = TypeVar("T")
Step = Callable[[Any], Any]
PLAIN = (str, int, float, bool, type(None))
TAG = "is"


class Unstorable(TypeError):
    """A type that has no stored form: found when the codec is made, or a value that is not of its type."""


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """One type's two directions. `plain` values go through unchanged; `fits` tells whether a value or JSON is of this type."""

    dump: Step
    load: Step
    plain: bool = False


def _same(value: Any) -> Any:
    return value


def _dump_time(value: datetime) -> str:
    if value.tzinfo is None:
        raise Unstorable(f"a moment without a time zone: {value!r}")
    return value.astimezone(UTC).isoformat()


SAME = Way(_same, _same, plain=True)
SCALARS: dict[Any, Way] = {
    **dict.fromkeys(PLAIN, SAME),
    Any: SAME,
    datetime: Way(_dump_time, lambda text: datetime.fromisoformat(text)),
    date: Way(lambda day: day.isoformat(), lambda text: date.fromisoformat(text)),
    timedelta: Way(lambda span: span.total_seconds(), lambda seconds: timedelta(seconds=seconds)),
    Decimal: Way(str, Decimal),
}


class Codec(Generic[T]):
    """Both directions of one type; making it walks the type once."""

    def __init__(self, kind: Any) -> None:
        self._maker = _Maker()
        self._way = self._maker.way(kind)

    def check(self) -> None:
        """Raise Unstorable when any type within has no stored form, however deep."""
        self._maker.check()

    def dump(self, value: T) -> str:
        return _json(self._way.dump(value))

    def load(self, text: str) -> T:
        return typing.cast(T, self._way.load(json.loads(text)))


class Named(Generic[T]):
    """A union of dataclasses whose class name is kept beside the body (the `kind` column of events and effects)."""

    def __init__(self, union: Any) -> None:
        self._maker = _Maker()
        self._ways = {kind.__name__: self._maker.untagged(kind) for kind in get_args(union) or (union,)}

    def check(self) -> None:
        """Raise Unstorable when any type within has no stored form, however deep."""
        self._maker.check()

    def dump(self, value: T) -> tuple[str, str]:
        name = type(value).__name__
        return name, _json(self._way(name).dump(value))

    def load(self, name: str, body: str) -> T:
        return typing.cast(T, self._way(name).load(json.loads(body)))

    def _way(self, name: str) -> Way:
        if name not in self._ways:
            raise Unstorable(f"no {name} among {', '.join(sorted(self._ways))}")
        return self._ways[name]


class _Maker:
    def __init__(self) -> None:
        self._objects: dict[type, Way] = {}

    def check(self) -> None:
        done: set[type] = set()
        while todo := [kind for kind in self._objects if kind not in done]:
            for kind in todo:
                self._object(kind)
                done.add(kind)

    def way(self, kind: Any) -> Way:
        origin = get_origin(kind)
        if kind in SCALARS or kind is None:
            return SCALARS.get(kind, SAME)
        if origin is Literal:
            return SAME
        if origin is typing.Annotated:
            return self.way(get_args(kind)[0])
        if origin in (Union, types.UnionType):
            return self._union(get_args(kind))
        if origin is tuple:
            return self._tuple(get_args(kind))
        if origin is frozenset:
            return self._set(get_args(kind)[0])
        if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
            return self._mapping(*get_args(kind))
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            return self.untagged(kind)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return Way(lambda value: value.value, kind)
        supertype = getattr(kind, "__supertype__", None)
        if supertype is not None:
            return self.way(supertype)
        raise Unstorable(f"{kind!r} has no stored form")

    def untagged(self, kind: type) -> Way:
        """The object of one dataclass. Made lazily at its first use, so that types may contain themselves."""
        if kind not in self._objects:
            made: list[tuple[Step, Step]] = []

            def steps() -> tuple[Step, Step]:
                if not made:
                    made.append(self._object(kind))
                return made[0]

            self._objects[kind] = Way(lambda value: steps()[0](value), lambda data: steps()[1](data))
        return self._objects[kind]

    def _object(self, kind: type) -> tuple[Step, Step]:
        hints = typing.get_type_hints(kind, include_extras=False)
        fields = [field.name for field in dataclasses.fields(kind) if field.init]
        ways = {name: self.way(hints[name]) for name in fields}
        dumps = [(name, None if ways[name].plain else ways[name].dump) for name in fields]
        loads = {name: way.load for name, way in ways.items() if not way.plain}
        known = frozenset(fields)

        def dump(value: Any) -> dict[str, Any]:
            if type(value) is not kind:
                raise Unstorable(f"{value!r} is not a {kind.__name__}")
            return {name: getattr(value, name) if step is None else step(getattr(value, name)) for name, step in dumps}

        def load(data: dict[str, Any]) -> Any:
            got = {name: loads[name](value) if name in loads else value for name, value in data.items() if name in known}
            return kind(**got)

        return dump, load

    def _union(self, kinds: tuple[Any, ...]) -> Way:
        kinds = _flat(kinds)
        objects = {kind.__name__: self.untagged(kind) for kind in kinds if isinstance(kind, type) and dataclasses.is_dataclass(kind)}
        others = [kind for kind in kinds if not dataclasses.is_dataclass(kind)]
        rich = [self.way(kind) for kind in others if not self.way(kind).plain]
        if len(rich) > 1 or (rich and any(kind is str for kind in others)):
            raise Unstorable(f"{kinds!r}: which of them it is could not be told")
        if not objects and not rich:
            return SAME
        if len(objects) == 1 and not rich:
            only = next(iter(objects.values()))
            return Way(
                lambda value: only.dump(value) if dataclasses.is_dataclass(value) else value,
                lambda data: only.load(data) if isinstance(data, dict) else data,
            )

        def dump(value: Any) -> Any:
            way = objects.get(type(value).__name__)
            if way is not None:
                return {TAG: type(value).__name__, **way.dump(value)}
            return value if isinstance(value, PLAIN) or not rich else rich[0].dump(value)

        def load(data: Any) -> Any:
            if isinstance(data, dict) and objects:
                return objects[data[TAG]].load(data)
            return data if data is None or not rich else rich[0].load(data)

        return Way(dump, load)

    def _tuple(self, kinds: tuple[Any, ...]) -> Way:
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            item = self.way(kinds[0])
            if item.plain:
                return Way(list, tuple)
            return Way(lambda values: [item.dump(v) for v in values], lambda data: tuple(item.load(v) for v in data))
        ways = [self.way(kind) for kind in kinds]
        return Way(
            lambda values: [way.dump(v) for way, v in zip(ways, values, strict=True)],
            lambda data: tuple(way.load(v) for way, v in zip(ways, data, strict=True)),
        )

    def _set(self, kind: Any) -> Way:
        item = self.way(kind)
        return Way(lambda values: sorted(item.dump(v) for v in values), lambda data: frozenset(item.load(v) for v in data))

    def _mapping(self, key: Any, kind: Any) -> Way:
        if key is not str and get_origin(key) is not Literal:
            raise Unstorable(f"a mapping by {key!r}: keys are text")
        item = self.way(kind)
        return Way(
            lambda values: {name: item.dump(v) for name, v in values.items()},
            lambda data: {name: item.load(v) for name, v in data.items()},
        )


def _json(data: Any) -> str:
    """Readable as it is; escaped only where somebody typed what no encoding has (half a surrogate pair)."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    try:
        body.encode()
    except UnicodeEncodeError:
        return json.dumps(data, separators=(",", ":"), sort_keys=True)
    return body


def _flat(kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    """Unions within unions, opened; forward references cannot occur because hints are resolved before."""
    out: list[Any] = []
    for kind in kinds:
        inner = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
        out.extend(inner)
    return tuple(out)
