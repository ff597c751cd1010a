"""What Feishu takes, written down a second time and from its documentation: the judge of everything the renderer makes."""

from __future__ import annotations

import html
import importlib.util
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from tests.parts import ORACLES

CARD = 28 * 1024
ELEMENTS = 180
NESTING = 5
CONTAINERS = ("column_set", "column", "form", "collapsible_panel", "interactive_container")
ROOT_ONLY = ("form", "table")
INPUTS = ("input", "select_static", "multi_select_static", "select_person", "multi_select_person", "checker")


def nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every object below, itself included."""
    if isinstance(node, Mapping):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from nodes(value)


def faults_of_card(card: Mapping[str, Any]) -> list[str]:
    """What is wrong with the card by the limit table and by the judge beside the repository."""
    elements = card["body"]["elements"]
    size = len(json.dumps(card, ensure_ascii=False).encode())
    tags = sum("tag" in node for node in nodes(card))
    found = [f"{size} bytes"] if size > CARD else []
    found += [f"{tags} elements"] if tags > ELEMENTS else []
    found += ["empty"] if not elements and "header" not in card else []
    found += [f"{len(tables)} tables"] if len(tables := [each for each in elements if each["tag"] == "table"]) > 5 else []
    found += ["shared" for _ in [0] if card["config"].get("update_multi") is not True]
    names = [node["name"] for node in nodes(elements) if "name" in node and node.get("tag") in (*INPUTS, "button", "form")]
    found += [f"name twice: {name}" for name in set(names) if names.count(name) > 1]
    for element in elements:
        found += _nested(element, 1)
    for node in nodes([card.get("header", {}), *elements]):
        found += _node(node)
    return [*found, *oracle()(dict(card))]


def _nested(element: Mapping[str, Any], depth: int) -> list[str]:
    found = [f"{element['tag']} not at the root"] if depth > 1 and element["tag"] in ROOT_ONLY else []
    found += [f"nested {depth}"] if depth > NESTING else []
    inner = [*element.get("elements", ()), *element.get("columns", ())] if element["tag"] in CONTAINERS else []
    return [*found, *(fault for each in inner for fault in _nested(each, depth + 1))]


def _node(node: Mapping[str, Any]) -> list[str]:
    tag = node.get("tag")
    found: list[str] = []
    for part, most in (("placeholder", 100), ("disabled_tips", 200)):
        found += [part for _ in [0] if part in node and not _said(node[part], most)]
    if tag in ("plain_text", "markdown"):
        found += [] if node["content"].strip() else [f"{tag} without words"]
    if tag == "markdown":
        found += [f"markdown begins a block: {row[:20]!r}" for row in node["content"].split("\n") if _block(row)]
    if tag == "button":
        found += [] if _said(node["text"], 100) else ["button"]
        found += _behaviours(node)
    if tag in ("checker", "select_static") and "name" not in node:
        found += _behaviours(node)
    if tag in ("select_static", "multi_select_static"):
        values = [option["value"] for option in node["options"]]
        found += ["options"] if not values or len(set(values)) < len(values) or not all(values) else []
        found += [f"initial {place}" for place in [node.get("initial_index", 1)] if not 1 <= place <= len(values)]
        found += ["selected"] if not set(node.get("selected_values", ())) <= set(values) else []
    if tag == "multi_select_static":
        found += [] if "required" in node and "name" in node else ["required unless it says no"]
    if tag == "input":
        most = node["max_length"]
        found += ["max_length"] if not 1 <= most <= 1000 or _units(node.get("default_value", "")) > most else []
    if tag == "table":
        found += [] if 1 <= node["page_size"] <= 10 and len(node["columns"]) <= 50 else ["table"]
    if "text_tag_list" in node:
        found += [] if len(node["text_tag_list"]) <= 3 else ["tags"]
    return found


def _said(text: Mapping[str, Any], most: int) -> bool:
    return bool(text["tag"] == "plain_text" and text["content"].strip()) and _units(text["content"]) <= most


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _behaviours(node: Mapping[str, Any]) -> list[str]:
    match node["behaviors"]:
        case [{"type": "callback", "value": {"a": str(), "p": dict(args), "k": str()}}]:
            return [] if all(isinstance(value, str) for value in args.values()) else ["value"]
        case [{"type": "open_url", "default_url": str(url)}]:
            return [] if url.startswith(("https://", "http://")) else ["url"]
        case other:
            return [f"behaviors {other!r}"]


def _block(row: str) -> bool:
    """Whether markdown sees a list, a rule, a heading, code or an underline in the line, where we never write one."""
    inner = row.removeprefix("> ")
    return re.match(r"[ \t]|#|```|~~~|[-+*=](?:\s|$)|(?:-{2,}|={2,}|_{3,}|\*{3,})\s*$|\d{1,9}[.)](?:\s|$)|\||>", inner) is not None


@cache
def oracle() -> Callable[[Any], list[str]]:
    """The judge beside the repository; one that finds nothing where it is missing."""
    path = ORACLES / "check_feishu_card.py"
    spec = importlib.util.spec_from_file_location("check_feishu_card", path)
    if spec is None or spec.loader is None or not path.exists():
        return lambda thing: []
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.faults  # type: ignore[no-any-return]  # a script without types


OURS = re.compile(r"<font color='[a-z]+'>|</font>|<at id=[A-Za-z0-9_]+></at>")
"""The markup that we write; everything else in a text is what somebody wrote, escaped."""


def written(card: Mapping[str, Any]) -> Iterator[str]:
    """Every text of the card as it is read, without our marks."""
    for node in nodes([card.get("header", {}), card["body"]]):
        match node:
            case {"tag": "plain_text" | "text_tag", "content": str(content)}:
                yield content
            case {"tag": "markdown", "content": str(content)}:
                bare = "\n".join(row.removeprefix("> ") for row in content.split("\n"))
                yield html.unescape(OURS.sub("", bare).replace("**", ""))
            case {"tag": "table", "columns": columns, "rows": rows}:
                yield from (column.get("display_name", "") for column in columns)
                yield from (cell for row in rows for cell in row.values())


def seen(cards: Sequence[Mapping[str, Any]]) -> str:
    """The words that the cards show, squeezed: without white space and what the layout adds."""
    return squeezed("".join(text for card in cards for text in written(card)))


def squeezed(text: str) -> str:
    return re.sub(r"[\s…]", "", text.replace("\0", "\N{SYMBOL FOR NULL}"))


def controls(card: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a client would send of everything that can be pressed: the `action` of a callback."""
    for node in nodes(card["body"]["elements"]):
        if node.get("disabled") or not isinstance(node.get("behaviors"), list) or "value" not in node["behaviors"][0]:
            continue
        sent = {"tag": node["tag"], "value": node["behaviors"][0]["value"]}
        if node["tag"] == "select_static":
            yield from ({**sent, "option": option["value"]} for option in node["options"])
        else:
            yield sent
