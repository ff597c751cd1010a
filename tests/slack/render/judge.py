"""What Slack takes, written down a second time and from its documentation: the judge of everything the renderer makes."""

from __future__ import annotations

import html
import importlib.util
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from tests.parts import ORACLES

MESSAGE = {"blocks": 50, "characters": 12_000}
VIEW = {"blocks": 100, "bytes": 250_000}
TEXTS = {"header": 150, "section": 3000, "fields": 2000, "context": 3000, "button": 75, "option": 75, "label": 2000, "hint": 2000}
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def leaves(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """(key, string) of everything below."""
    if isinstance(node, str):
        yield key, node
    elif isinstance(node, Mapping):
        for name, value in node.items():
            yield from leaves(value, name)
    elif isinstance(node, Sequence):
        for value in node:
            yield from leaves(value, key)


def nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every object below, itself included."""
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from nodes(value)


def against(blocks: Sequence[Mapping[str, Any]], most: int) -> list[str]:
    """What is wrong with the blocks by the limit table."""
    found = [f"{len(blocks)} blocks"] if len(blocks) > most or not blocks else []
    for kind in ("block_id", "action_id"):
        ids = [node[kind] for node in nodes(list(blocks)) if kind in node and node.get("type") != "input"]
        found += [f"{kind} twice: {each}" for each in set(ids) if ids.count(each) > 1]
        found += [f"{kind} too long" for each in ids if not 1 <= units(each) <= 255]
    for block in blocks:
        found += _block(block)
    for node in nodes(list(blocks)):
        found += _node(node)
    return found


def _text(node: Mapping[str, Any], most: int, what: str) -> list[str]:
    return [] if node["text"].strip() and units(node["text"]) <= most else [f"{what}: {units(node['text'])} of {most}"]


def _block(block: Mapping[str, Any]) -> list[str]:
    match block["type"]:
        case "header":
            return _text(block["text"], TEXTS["header"], "header")
        case "section":
            cells = block.get("fields", [])
            many = ["fields"] if len(cells) > 10 or ("text" not in block and not cells) else []
            own = _text(block["text"], TEXTS["section"], "section") if "text" in block else []
            return [*many, *own, *(fault for cell in cells for fault in _text(cell, TEXTS["fields"], "field"))]
        case "context":
            many = [] if 1 <= len(block["elements"]) <= 10 else ["context"]
            return [*many, *(fault for each in block["elements"] for fault in _text(each, TEXTS["context"], "context"))]
        case "actions":
            primaries = [each for each in block["elements"] if each.get("style") == "primary"]
            return [f"{len(block['elements'])} elements"] if not 1 <= len(block["elements"]) <= 25 or len(primaries) > 1 else []
        case "input":
            hint = _text(block["hint"], TEXTS["hint"], "hint") if "hint" in block else []
            return [*_text(block["label"], TEXTS["label"], "label"), *hint]
        case "divider":
            return []
        case kind:
            return [f"unknown block {kind}"]


def _node(node: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    if node.get("type") == "mrkdwn":
        found += [] if node.get("verbatim") is True else ["not verbatim"]
    if node.get("type") == "button":
        found += _text(node["text"], TEXTS["button"], "button")
        found += ["value"] if units(node.get("value", "")) > 2000 or units(node.get("url", "")) > 3000 else []
    if "confirm" in node and "title" in node.get("confirm", {}):
        found += [fault for part, most in CONFIRM.items() for fault in _text(node["confirm"][part], most, part)]
    if "value" in node and "text" in node and "action_id" not in node:
        small = [_text(node["description"], TEXTS["option"], "description")] if "description" in node else []
        found += [*_text(node["text"], TEXTS["option"], "option"), *(fault for each in small for fault in each)]
        found += [] if 1 <= units(node["value"]) <= 150 else ["option value"]
    if "options" in node:
        most = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}.get(str(node.get("type")), 100)
        found += [f"{len(node['options'])} options"] if not 1 <= len(node["options"]) <= most else []
    if "placeholder" in node:
        found += _text(node["placeholder"], 150, "placeholder")
    if node.get("type") == "plain_text_input":
        most = node["max_length"]
        found += ["max_length"] if not 1 <= most <= 3000 or units(node.get("initial_value", "")) > most else []
    return found


def faults_of_message(text: str, blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Text and blocks of chat.postMessage and chat.update."""
    found = against(blocks, MESSAGE["blocks"])
    total = sum(units(value) for key, value in leaves(list(blocks)) if key != "type")
    found += [f"{total} characters"] if total > MESSAGE["characters"] else []
    found += [f"text of {units(text)}"] if not text.strip() or units(text) > 3900 else []
    return [*found, *oracle()(list(blocks))]


def faults_of_view(view: Mapping[str, Any]) -> list[str]:
    found = against(view["blocks"], VIEW["blocks"])
    found += ["view too large"] if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW["bytes"] else []
    if view["type"] == "modal":
        for part in ("title", "submit", "close"):
            found += _text(view[part], 24, part) if part in view else []
        found += ["private_metadata"] if units(view["private_metadata"]) > 3000 else []
    return [*found, *oracle()(dict(view))]


@cache
def oracle() -> Callable[[Any], list[str]]:
    """The judge beside the repository; one that finds nothing where it is missing."""
    path = ORACLES / "check_slack_blocks.py"
    spec = importlib.util.spec_from_file_location("check_slack_blocks", path)
    if spec is None or spec.loader is None or not path.exists():
        return lambda thing: []
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.faults  # type: ignore[no-any-return]  # a script without types


def seen(blocks: Sequence[Mapping[str, Any]]) -> str:
    """The words that the blocks show, squeezed: without marks, white space and what the layout adds."""
    shown = [html.unescape(node["text"]) if node["type"] == "mrkdwn" else node["text"] for node in written(blocks)]
    return squeezed("".join(shown))


def written(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Every text object."""
    return (node for node in nodes(list(blocks)) if node.get("type") in ("mrkdwn", "plain_text"))


def squeezed(text: str) -> str:
    return re.sub(r"[\s*<>•…]", "", text)
