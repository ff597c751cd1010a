"""Read `data/plan/`: every file at once, every error at once, each with the place where it stands; and keep the live plan current.

The folder holds `*.yaml` with the keys of `Plan`, spread over files as people like, and the folders `checklists/`, `playbooks/` and
`drills/` with one entry a file, named by its id. Anchors are refused: what is written is what holds. C does the reading where the
library has it (a tenth of the time).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.plan.errors import Fault, PlanError, PlanErrors, spelled
from bot.plan.errors import Path as Keys
from bot.plan.faults import faults
from bot.plan.schema import Plan

FOLDERS = ("checklists", "playbooks", "drills")
_TAG = "tag:yaml.org,2002:"


@dataclass(slots=True)
class Source:
    """What the files say, and where: `data` is plain values, `place` finds a path of keys in the files again."""

    folder: Path
    data: dict[str, Any] = field(default_factory=dict)
    errors: list[PlanError] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    nodes: dict[str, tuple[str, Node, Node | None]] = field(default_factory=dict)

    def shown(self, path: Path) -> str:
        """The file as people call it: from the working directory where that is above it."""
        here = Path.cwd()
        return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)

    def place(self, keys: Keys, at_key: bool = False) -> tuple[str, int, int]:
        """File, line and column of a path of keys: of its value, or of the key itself; of what is around it where it is not there."""
        file, node, key = self._top(keys)
        if node is None:
            return file, 1, 1
        for at, step in enumerate(keys[_depth(keys, self.nodes) :], start=_depth(keys, self.nodes)):
            found = _child(node, step)
            if found is None:
                return _mark(file, key if key is not None else node)
            key, node = found
            if at == len(keys) - 1 and at_key and key is not None:
                return _mark(file, key)
        return _mark(file, key if at_key and key is not None else node)

    def _top(self, keys: Keys) -> tuple[str, Node | None, Node | None]:
        name = _name(keys, self.nodes)
        if name is None:
            return self.shown(self.folder / "plan.yaml"), None, None
        return self.nodes[name]

    def says(self, fault: Fault) -> PlanError:
        file, line, column = self.place(fault.path, fault.at_key)
        return PlanError(file, line, column, spelled(fault.path), fault.message)


def _name(keys: Keys, nodes: Mapping[str, object]) -> str | None:
    return next((name for name in (".".join(map(str, keys[:depth])) for depth in (2, 1)) if name in nodes), None)


def _depth(keys: Keys, nodes: Mapping[str, object]) -> int:
    name = _name(keys, nodes)
    return 0 if name is None else name.count(".") + 1


def _mark(file: str, node: Node) -> tuple[str, int, int]:
    return file, node.start_mark.line + 1, node.start_mark.column + 1


def _child(node: Node, step: str | int) -> tuple[Node | None, Node] | None:
    match node:
        case MappingNode():
            return next(((key, value) for key, value in node.value if _scalar(key) == step or str(key.value) == str(step)), None)
        case SequenceNode() if isinstance(step, int) and step < len(node.value):
            return None, node.value[step]
    return None


def read(folder: Path) -> Source:
    """Everything the folder says, with the errors of reading; what can be read is read."""
    source = Source(folder)
    if not folder.is_dir():
        source.errors.append(PlanError(source.shown(folder), 1, 1, "", "no such folder; PLAN_DIR names the plan's folder"))
        return source
    source.files = list(plan_files(folder))
    for path in source.files:
        read_file(source, path)
    return source


def document(path: Path) -> Any:
    """One YAML file that is no part of the plan (a scene of the demo), as plain values; raises PlanErrors like a plan's."""
    source = Source(path.parent)
    node = _compose(source, path, source.shown(path))
    values = _Values(source.shown(path), source.errors).of(node) if node is not None else None
    if source.errors:
        raise PlanErrors(tuple(source.errors))
    return values


def plan_files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("*.yaml"))
    for name in FOLDERS:
        yield from sorted((folder / name).glob("*.yaml"))


def read_file(source: Source, path: Path) -> None:
    file = source.shown(path)
    node = _compose(source, path, file)
    if node is None:
        return
    if not isinstance(node, MappingNode):
        source.errors.append(PlanError(*_mark(file, node), "", "a plan file is a list of keys, `key: value`"))
        return
    values = _Values(file, source.errors)
    if path.parent != source.folder:
        _entry(source, path, file, node, values)
        return
    for key, value in node.value:
        name = values.key(key)
        if name is None:
            continue
        if name in source.nodes or name in source.data:
            source.errors.append(
                PlanError(*_mark(file, key), name, f'"{name}" stands a second time; the first is in {_first(source, name)}')
            )
            continue
        source.nodes[name] = (file, value, key)
        source.data[name] = values.of(value)


def _entry(source: Source, path: Path, file: str, node: Node, values: _Values) -> None:
    """A file of one entry: `checklists/fc_storage.yaml` is `checklists.fc_storage`."""
    collection, name = path.parent.name, path.stem
    entries = source.data.setdefault(collection, {})
    if not isinstance(entries, dict) or name in entries:
        source.errors.append(PlanError(*_mark(file, node), f"{collection}.{name}", f'"{name}" stands in {_first(source, collection)} too'))
        return
    source.nodes[f"{collection}.{name}"] = (file, node, None)
    entries[name] = values.of(node)


def _first(source: Source, name: str) -> str:
    return source.nodes[name][0] if name in source.nodes else f"{name}/"


def _compose(source: Source, path: Path, file: str) -> Node | None:
    try:
        text = path.read_text(encoding="utf-8")
        node: Node | None = YAML(typ="safe").compose(text)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        source.errors.append(PlanError(file, line, 1, "", "not UTF-8 text"))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        source.errors.append(PlanError(file, line, column, "", f"not YAML: {error.problem or error.context}"))
    except (YAMLError, RecursionError, OSError) as error:
        source.errors.append(PlanError(file, 1, 1, "", f"cannot be read: {error.__class__.__name__}"))
    else:
        return node
    return None


class _Values:
    """Plain values of one file's nodes. A node met twice came by an anchor."""

    def __init__(self, file: str, errors: list[PlanError]) -> None:
        self.file, self.errors, self.met = file, errors, set[int]()

    def wrong(self, node: Node, message: str) -> None:
        self.errors.append(PlanError(*_mark(self.file, node), "", message))

    def of(self, node: Node) -> Any:
        if id(node) in self.met and not isinstance(node, ScalarNode):
            self.wrong(node, "anchors (&, *) are not used in the plan: write it out")
            return None
        self.met.add(id(node))
        match node:
            case MappingNode():
                return self.mapping(node)
            case SequenceNode():
                return [self.of(value) for value in node.value]
        return self.scalar(node)

    def mapping(self, node: MappingNode) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, value in node.value:
            name = self.key(key)
            if name is None:
                continue
            if name in found:
                self.wrong(key, f'"{name}" stands a second time')
            found[name] = self.of(value)
        return found

    def key(self, node: Node) -> Any:
        name = self.scalar(node) if isinstance(node, ScalarNode) else None
        if name is None or isinstance(name, bool | float):
            self.wrong(node, "a key is a word or a whole number")
            return None
        return name

    def scalar(self, node: Node) -> Any:
        if not str(node.tag).startswith(_TAG) or str(node.tag).removeprefix(_TAG) not in _KINDS:
            self.wrong(node, f"the tag {str(node.tag).removeprefix(_TAG)} is not used in the plan")
            return None
        return _scalar(node)


_KINDS = {"str", "int", "float", "bool", "null", "timestamp", "map", "seq"}


def _scalar(node: Node) -> Any:
    """The value of a scalar; a number that is none stays a word, and the schema says what it thinks of it."""
    if not isinstance(node, ScalarNode):
        return None
    text: str = node.value
    match str(node.tag).removeprefix(_TAG):
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int" if len(text) < 20:
            return _number(int, text)
        case "float" if len(text) < 40:
            return _number(float, text)
    return text


def _number(kind: type[int] | type[float], text: str) -> int | float | str:
    try:
        return kind(text)
    except ValueError:
        return text


def load(folder: Path) -> Plan:
    """The plan in a folder, or PlanErrors with everything that is wrong with it."""
    source = read(folder)
    if not folder.is_dir():
        raise PlanErrors(tuple(source.errors))
    plan, found = faults(source.data)
    errors = source.errors + [source.says(fault) for fault in found]
    if errors or plan is None:
        raise PlanErrors(tuple(sorted(set(errors), key=lambda error: (error.file, error.line, error.column, error.message))))
    return plan


class Plans:
    """The plan that holds now. A folder that became wrong changes nothing: the old plan stays, `errors` says why."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen = self._stamp()
        self.current = load(folder)
        self.errors: tuple[PlanError, ...] = ()

    def refresh(self) -> bool:
        """Look at the files again; true when another plan holds now. Cheap while nothing changed: names, times and sizes only."""
        seen = self._stamp()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            plan = load(self.folder)
        except PlanErrors as refused:
            self.errors = refused.errors
            return False
        self.errors = ()
        changed = plan.hash != self.current.hash
        self.current = plan
        return changed

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        return tuple(_file_stamp(path) for path in plan_files(self.folder))


def _file_stamp(path: Path) -> tuple[str, int, int]:
    try:
        stat = os.stat(path)
    except OSError:
        return str(path), 0, -1
    return str(path), stat.st_mtime_ns, stat.st_size
