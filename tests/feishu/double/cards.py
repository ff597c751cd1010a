"""Card JSON 2.0, judged as the platform does or harder: unknown fields, tags and words are errors, sizes and counts are limits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.feishu.double.model import ApiError, Json
from tests.feishu.double.tags import (
    BODY,
    BOOLEANS,
    BYTES_GOOD,
    BYTES_MOST,
    CONFIG,
    CONTAINERS,
    DEPTH_MOST,
    ELEMENTS_GOOD,
    ELEMENTS_MOST,
    EVERY,
    FIELDS,
    HEADER,
    INPUTS,
    REMOVED,
    TABLES_MOST,
    TAG_COLOURS,
    TEMPLATES,
    TEXT,
    TOP,
    WORDS,
)

Frown = Callable[[str], None]
LISTED = ("elements", "columns", "fields", "persons", "options", "behaviors", "text_tag_list")
PLAIN = ("text", "label", "placeholder", "title", "subtitle", "hover_tips", "disabled_tips")


class Bad(Exception):
    """A card that the platform takes for wrong: its inner code, and the path of what was wrong."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def parsed(content: str, frown: Frown) -> Json:
    """The card in a message's `content`; raises what the send and patch calls answer."""
    if len(content.encode()) > BYTES_MOST:
        raise ApiError(230025, "The length of the message content reaches its limit.")
    try:
        card = json.loads(content)
    except ValueError:
        raise ApiError(230001, "Your request contains an invalid request parameter. ext=content is not a string in json format") from None
    check(card, frown)
    found: Json = card
    return found


def check(card: Any, frown: Frown) -> None:
    """Raises 230099 for a card that cannot be drawn; frowns at what would be drawn badly."""
    try:
        _check(card, frown)
    except Bad as bad:
        raise ApiError(230099, f"Failed to create card content, ext=ErrCode: {bad.code}; ErrMsg: {bad.words}; ") from None
    size = len(json.dumps(card, ensure_ascii=False).encode())
    if size > BYTES_MOST:
        raise ApiError(230025, "The length of the message content reaches its limit.")
    if size > BYTES_GOOD:
        frown(f"a card of {size} bytes, {BYTES_GOOD} are safe")


def _check(card: Any, frown: Frown) -> None:
    if not isinstance(card, dict) or card.get("schema") != "2.0":
        raise Bad(200621, "schema must be 2.0")
    _known(card, TOP, "card")
    _known(card.get("config", {}), CONFIG, "config")
    if card.get("config", {}).get("update_multi", True) is not True:
        raise Bad(300302, "update_multi is only true in 2.0")
    if "header" in card:
        _header(card["header"])
    body = card.get("body", {})
    _known(body, BODY, "body")
    elements = body.get("elements", [])
    if not isinstance(elements, list):
        raise Bad(200621, "body.elements must be an array")
    count = sum(1 for node in walk([card.get("header"), elements]) if "tag" in node)
    if count > ELEMENTS_MOST:
        raise Bad(300305, f"the element number exceeds the limit: {count}")
    if count > ELEMENTS_GOOD:
        frown(f"a card of {count} elements, {ELEMENTS_GOOD} are safe")
    if sum(1 for node in walk(elements) if node.get("tag") == "table") > TABLES_MOST:
        raise Bad(300305, "too many tables")
    ids: set[str] = set()
    names: set[str] = set()
    for index, element in enumerate(elements):
        _element(element, f"body.elements[{index}]", ids, names, 0, None)


def walk(node: Any) -> Iterator[Json]:
    """Every object in it, but for what is opaque."""
    if isinstance(node, list):
        for item in node:
            yield from walk(item)
    elif isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key not in ("value", "chart_spec", "rows"):
                yield from walk(value)


def _known(node: Any, names: frozenset[str], path: str) -> None:
    if not isinstance(node, dict):
        raise Bad(200621, f"{path} must be an object")
    unknown = sorted(set(node) - names)
    if unknown:
        raise Bad(200621, f"unknown property {unknown[0]}, ErrPath: {path}")


def _header(header: Any) -> None:
    _known(header, HEADER, "header")
    if "title" not in header:
        raise Bad(200621, "header.title is required")
    for name in ("title", "subtitle"):
        if name in header:
            _text(header[name], f"header.{name}")
    if header.get("template", "default") not in TEMPLATES:
        raise Bad(200621, f"header.template: {header['template']!r}")
    tags = header.get("text_tag_list", [])
    if len(tags) > 3:
        raise Bad(200621, "header.text_tag_list: 3 at most")
    for index, tag in enumerate(tags):
        path = f"header.text_tag_list[{index}]"
        _known(tag, frozenset(["tag", "text", "color", "element_id"]), path)
        if tag.get("tag") != "text_tag" or tag.get("color", "blue") not in TAG_COLOURS:
            raise Bad(200621, f"{path}: {tag}")
        _text(tag.get("text"), f"{path}.text")


def _text(node: Any, path: str) -> None:
    _known(node, TEXT, path)
    if node.get("tag") not in ("plain_text", "lark_md"):
        raise Bad(200621, f"{path}.tag: {node.get('tag')!r}")
    if not isinstance(node.get("content"), str):
        raise Bad(200621, f"{path}.content must be a string")


def _element(node: Any, path: str, ids: set[str], names: set[str], depth: int, form: str | None) -> None:
    tag = node.get("tag") if isinstance(node, dict) else None
    if tag in REMOVED or tag not in FIELDS:
        raise Bad(200621 if tag in REMOVED else 200220, f"not support tag: {tag}, ErrPath: {path}")
    path = f"{path}(tag: {tag})"
    fields = FIELDS[tag].split()
    _known(node, frozenset([*EVERY.split(), *(name.removesuffix("!") for name in fields)]), path)
    for name in (name[:-1] for name in fields if name.endswith("!")):
        if name not in node and not (name == "name" and form is None):
            raise Bad(200621, f"{name} is required, ErrPath: {path}")
    _values(node, tag, path)
    _id(node, path, ids)
    if tag in CONTAINERS:
        depth += tag != "column"
        if depth > DEPTH_MOST:
            raise Bad(200621, f"containers are nested too deep, ErrPath: {path}")
    if tag in ("form", "table") and path.count("(tag:") > 1:
        raise Bad(200621, f"a {tag} stands at the root of the body only, ErrPath: {path}")
    if tag in INPUTS or tag in ("button", "form"):
        _named(node, tag, path, names, form)
    _behaves(node, tag, path, form)
    _options(node, tag, path)
    if tag == "form":
        form = node["name"]
        submits = [it for it in walk(node["elements"]) if it.get("form_action_type") == "submit"]
        if not submits:
            raise Bad(200621, f"a form needs a button that submits, ErrPath: {path}")
    children = node.get("columns" if tag == "column_set" else "elements", [])
    for index, child in enumerate(children):
        key = "columns" if tag == "column_set" else "elements"
        if (child.get("tag") == "column") is not (tag == "column_set"):
            raise Bad(200621, f"columns stand in column sets, ErrPath: {path}.{key}[{index}]")
        _element(child, f"{path}.{key}[{index}]", ids, names, depth, form)


def _values(node: Json, tag: str, path: str) -> None:
    for name, value in node.items():
        if name in LISTED and tag != "table" and not isinstance(value, list):
            raise Bad(200621, f"{name} must be an array, ErrPath: {path}")
        if name in BOOLEANS and not isinstance(value, bool):
            raise Bad(200621, f"{name} must be a boolean, ErrPath: {path}")
        known = WORDS.get((tag, name))
        if known is not None and value not in known.split():
            raise Bad(200621, f"{name}: {value!r}, ErrPath: {path}")
        if name in PLAIN and tag not in ("img", "chart"):
            _text(value, f"{path}.{name}")
    if tag in ("markdown",) and not isinstance(node["content"], str):
        raise Bad(200621, f"content must be a string, ErrPath: {path}")
    if tag == "button" and not (node.get("text", {}).get("content") or node.get("icon")):
        raise Bad(200621, f"a button says nothing, ErrPath: {path}")
    if tag == "input" and not 1 <= node.get("max_length", 1000) <= 1000:
        raise Bad(200621, f"max_length: 1 to 1000, ErrPath: {path}")
    if tag == "input" and len(node.get("default_value", "")) > node.get("max_length", 1000):
        raise Bad(200621, f"default_value is longer than max_length, ErrPath: {path}")
    if tag == "collapsible_panel":
        _text(node["header"].get("title"), f"{path}.header.title") if node["header"].get("title", {}).get("tag") != "markdown" else None


def _id(node: Json, path: str, ids: set[str]) -> None:
    id = node.get("element_id")
    if id is None:
        return
    if not isinstance(id, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,19}", id):
        raise Bad(200621, f"element_id: {id!r}, ErrPath: {path}")
    if id in ids:
        raise Bad(200621, f"element_id {id} stands twice, ErrPath: {path}")
    ids.add(id)


def _named(node: Json, tag: str, path: str, names: set[str], form: str | None) -> None:
    name = node.get("name")
    if form is not None and tag != "form" and not name:
        raise Bad(200621, f"name is required in a form, ErrPath: {path}")
    if name is None:
        return
    if name in names:
        raise Bad(200621, f"name {name} stands twice, ErrPath: {path}")
    if not isinstance(name, str) or len(name) > 100:
        raise Bad(200621, f"name: {name!r}, ErrPath: {path}")
    names.add(name)


def _behaves(node: Json, tag: str, path: str, form: str | None) -> None:
    behaviours = node.get("behaviors", [])
    if tag in ("button", "interactive_container") and not behaviours and node.get("form_action_type") is None and not node.get("disabled"):
        raise Bad(200621, f"behaviors is required, ErrPath: {path}")
    if tag.startswith("multi_select") and form is None:
        raise Bad(200621, f"{tag} stands in forms only, ErrPath: {path}")
    if node.get("form_action_type") and form is None:
        raise Bad(200621, f"form_action_type outside of a form, ErrPath: {path}")
    for behaviour in behaviours:
        match behaviour:
            case {"type": "callback", "value": dict(), **rest} if not rest:
                pass
            case {"type": "open_url", "default_url": str(), **rest} if set(rest) <= {"pc_url", "ios_url", "android_url"}:
                pass
            case _:
                raise Bad(200621, f"behaviors: {behaviour}, ErrPath: {path}")
    if "confirm" in node:
        _known(node["confirm"], frozenset(["title", "text"]), f"{path}.confirm")
        for name in node["confirm"]:
            _text(node["confirm"][name], f"{path}.confirm.{name}")


def _options(node: Json, tag: str, path: str) -> None:
    options = node.get("options", [])
    if tag in ("select_static", "multi_select_static", "overflow") and not options:
        raise Bad(200621, f"options are required, ErrPath: {path}")
    for index, option in enumerate(options):
        _known(option, frozenset(["text", "value", "icon", "multi_url", "confirm"]), f"{path}.options[{index}]")
        if not isinstance(option.get("value", ""), str) or (tag != "overflow" and not option.get("value")):
            raise Bad(200621, f"value must be a string, ErrPath: {path}.options[{index}]")
        if "person" not in tag:
            _text(option.get("text"), f"{path}.options[{index}].text")
    values = [option.get("value") for option in options]
    if len(values) != len(set(values)):
        raise Bad(200621, f"two options have the same value, ErrPath: {path}")
    chosen = node.get("selected_values", [node["initial_option"]] if "initial_option" in node else [])
    if tag in ("select_static", "multi_select_static") and not set(chosen) <= set(values):
        raise Bad(200621, f"initial option {chosen} is not offered, ErrPath: {path}")
