"""Judge blocks and views as Slack does: shapes, lengths, ids, and mrkdwn that would come out wrong.

Limits are those of the block reference; where a source says two numbers, the smaller one counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.slack.double.model import Json

ELEMENT_HOMES: dict[str, set[str]] = {
    "button": {"section", "actions", "context_actions"},
    "checkboxes": {"section", "actions", "input"},
    "radio_buttons": {"section", "actions", "input"},
    "overflow": {"section", "actions"},
    "image": {"section", "context"},
    "datepicker": {"section", "actions", "input"},
    "timepicker": {"section", "actions", "input"},
    "datetimepicker": {"input"},
    "plain_text_input": {"input"},
    "number_input": {"input"},
    "email_text_input": {"input"},
    "url_text_input": {"input"},
    "rich_text_input": {"input"},
    "file_input": {"input"},
    **{
        f"{many}{kind}_select": {"section", "actions", "input"} if not many else {"section", "input"}
        for many in ("", "multi_")
        for kind in ("static", "external", "users", "conversations", "channels")
    },
}
BLOCK_KEYS: dict[str, tuple[set[str], set[str]]] = {  # required, allowed besides type and block_id
    "section": (set(), {"text", "fields", "accessory", "expand"}),
    "header": ({"text"}, {"level"}),
    "divider": (set(), set()),
    "context": ({"elements"}, set()),
    "actions": ({"elements"}, set()),
    "input": ({"label", "element"}, {"hint", "optional", "dispatch_action"}),
    "image": ({"alt_text"}, {"image_url", "slack_file", "title"}),
    "rich_text": ({"elements"}, set()),
    "markdown": ({"text"}, set()),
    "table": ({"rows"}, {"column_settings"}),
}
LAYOUTS: dict[str, set[str]] = {"message": set(), "modal": {"markdown", "table"}, "home": {"markdown", "table"}}  # what a surface refuses
ASKED = {"confirm", "focus_on_load"}
SELECT = {"placeholder", *ASKED}
MULTI = {"max_selected_items", *SELECT}
TYPED = {"initial_value", "dispatch_action_config", "focus_on_load", "placeholder"}
WHOSE = {"default_to_current_conversation", "filter"}
ELEMENT_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "button": ({"text"}, {"url", "value", "style", "confirm", "accessibility_label"}),
    "checkboxes": ({"options"}, {"initial_options", *ASKED}),
    "radio_buttons": ({"options"}, {"initial_option", *ASKED}),
    "overflow": ({"options"}, {"confirm"}),
    "image": ({"alt_text"}, {"image_url", "slack_file"}),
    "datepicker": (set(), {"initial_date", *SELECT}),
    "timepicker": (set(), {"initial_time", "timezone", *SELECT}),
    "datetimepicker": (set(), {"initial_date_time", *ASKED}),
    "plain_text_input": (set(), {"multiline", "min_length", "max_length", *TYPED}),
    "number_input": ({"is_decimal_allowed"}, {"min_value", "max_value", *TYPED}),
    "email_text_input": (set(), TYPED),
    "url_text_input": (set(), TYPED),
    "rich_text_input": (set(), TYPED),
    "file_input": (set(), {"filetypes", "max_files"}),
    "static_select": (set(), {"options", "option_groups", "initial_option", *SELECT}),
    "external_select": (set(), {"initial_option", "min_query_length", *SELECT}),
    "users_select": (set(), {"initial_user", *SELECT}),
    "conversations_select": (set(), {"initial_conversation", "response_url_enabled", *WHOSE, *SELECT}),
    "channels_select": (set(), {"initial_channel", "response_url_enabled", *SELECT}),
    "multi_static_select": (set(), {"options", "option_groups", "initial_options", *MULTI}),
    "multi_external_select": (set(), {"initial_options", "min_query_length", *MULTI}),
    "multi_users_select": (set(), {"initial_users", *MULTI}),
    "multi_conversations_select": (set(), {"initial_conversations", *WHOSE, *MULTI}),
    "multi_channels_select": (set(), {"initial_channels", *MULTI}),
}
COMMON_KEYS = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
VIEW_KEYS = {
    "modal": COMMON_KEYS | {"title", "close", "submit", "clear_on_close", "notify_on_close", "submit_disabled"},
    "home": COMMON_KEYS,
}
RICH = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
BLOCKS_MOST, VIEW_BYTES = 13_200, 250_000
Found = Iterator[tuple[str, str]]  # where, as a JSON pointer, and what


def faults(blocks: Any, surface: str) -> list[tuple[str, str]]:
    """Everything wrong with the blocks of a message, modal or home."""
    most = 50 if surface == "message" else 100
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        return [("/blocks", "must be an array of blocks")]
    found = [("/blocks", f"{len(blocks)} blocks, no more than {most}")] if len(blocks) > most else []
    found += [(f"/blocks/{at}{where}", what) for at, block in enumerate(blocks) for where, what in _block(block, surface)]
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    found += [("/blocks", f"duplicate block_id {value!r}") for value in sorted({str(value) for value in ids if ids.count(value) > 1})]
    markdown = sum(len(block.get("text", "")) for block in blocks if block.get("type") == "markdown")
    return [*found, *([("/blocks", "markdown over 12000 in all")] if markdown > 12_000 else [])]


def view_faults(view: Any) -> list[tuple[str, str]]:
    """Everything wrong with a modal or a home."""
    if not isinstance(view, dict) or view.get("type") not in VIEW_KEYS:
        return [("/view/type", "must be modal or home")]
    kind = view["type"]
    found = [("/view", f"unknown key {key}") for key in sorted(set(view) - VIEW_KEYS[kind])]
    found += [("/view", f"{key} is null") for key in sorted(view) if view[key] is None]
    if kind == "modal":
        found += [(f"/view{where}", what) for where, what in _plain(view, "title", 24, needed=True)]
        found += [(f"/view{where}", what) for key in ("submit", "close") for where, what in _plain(view, key, 24)]
        inputs = [block for block in view.get("blocks") or () if isinstance(block, dict) and block.get("type") == "input"]
        if inputs and "submit" not in view:
            found.append(("/view/submit", "missing, and the view has inputs"))
    for key, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if len(view.get(key) or "") > most:
            found.append((f"/view/{key}", f"over {most}"))
    return found + [(f"/view{where}", what) for where, what in faults(view.get("blocks"), kind)]


def size(blocks: list[Json]) -> int:
    """Characters that count towards the sum of all blocks of a message: every text in them but the names of types."""
    return sum(len(value) for key, value in leaves(blocks) if key != "type")


def leaves(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    match node:
        case str():
            yield key, node
        case dict():
            for name, value in node.items():
                yield from leaves(value, name)
        case list():
            for item in node:
                yield from leaves(item, key)


def bytes_of(view: Json) -> int:
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())


# --- blocks -----------------------------------------------------------------------------------------------------------------


def _block(block: Json, surface: str) -> Found:
    kind = block.get("type")
    if kind not in BLOCK_KEYS or kind in LAYOUTS[surface]:
        yield "/type", f"{kind} is no block of a {surface}"
        return
    needed, allowed = BLOCK_KEYS[kind]
    yield from _keys(block, needed, allowed | {"block_id"})
    if "block_id" in block:
        yield from _length(block, "block_id", 255)
    match kind:
        case "section":
            yield from _section(block)
        case "header":
            yield from _plain(block, "text", 150, needed=True)
        case "context":
            yield from _context(block.get("elements"))
        case "actions":
            elements = block.get("elements")
            yield from _elements(elements if isinstance(elements, list) else [], "actions", 25)
        case "input":
            yield from _plain(block, "label", 2000, needed=True)
            yield from _plain(block, "hint", 2000)
            yield from ((f"/element{where}", what) for where, what in _element(block.get("element"), "input"))
        case "image":
            yield from _image(block)
            yield from _plain(block, "title", 2000)
        case "markdown":
            yield from _length(block, "text", 12_000)
        case "rich_text":
            for at, part in enumerate(block.get("elements") or ()):
                if part.get("type") not in RICH:
                    yield f"/elements/{at}/type", f"{part.get('type')} is no part of rich text"
        case "table":
            yield from _table(block)


def _section(block: Json) -> Found:
    if "text" not in block and not block.get("fields"):
        yield "", "a section needs text or fields"
    if "text" in block:
        yield from _text(block, "text", 3000)
    if "fields" in block:
        fields = block["fields"]
        if not isinstance(fields, list) or not 1 <= len(fields) <= 10:
            yield "/fields", "1 to 10 fields"
        else:
            for at, item in enumerate(fields):
                yield from ((f"/fields/{at}{where.removeprefix('/x')}", what) for where, what in _text({"x": item}, "x", 2000))
    if "accessory" in block:
        yield from ((f"/accessory{where}", what) for where, what in _element(block["accessory"], "section"))


def _context(elements: Any) -> Found:
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        yield "/elements", "1 to 10 elements"
        return
    for at, item in enumerate(elements):
        if isinstance(item, dict) and item.get("type") == "image":
            yield from ((f"/elements/{at}{where}", what) for where, what in _element(item, "context"))
        else:
            yield from ((f"/elements/{at}{where.removeprefix('/x')}", what) for where, what in _text({"x": item}, "x", 2000))


def _table(block: Json) -> Found:
    rows = block.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= 100:
        yield "/rows", "1 to 100 rows"
        return
    for at, row in enumerate(rows):
        if not isinstance(row, list) or not 1 <= len(row) <= 20:
            yield f"/rows/{at}", "1 to 20 cells"
        elif any(not isinstance(cell, dict) or cell.get("type") not in ("rich_text", "raw_text", "raw_number") for cell in row):
            yield f"/rows/{at}", "cells are rich_text, raw_text or raw_number"


def _elements(elements: list[Any], home: str, most: int) -> Found:
    if not 1 <= len(elements) <= most:
        yield "/elements", f"1 to {most} elements"
    for at, element in enumerate(elements):
        yield from ((f"/elements/{at}{where}", what) for where, what in _element(element, home))
    ids = [str(element.get("action_id")) for element in elements if isinstance(element, dict) and "action_id" in element]
    for value in sorted({value for value in ids if ids.count(value) > 1}):
        yield "/elements", f"duplicate action_id {value!r}"


# --- elements ---------------------------------------------------------------------------------------------------------------


def _element(element: Any, home: str) -> Found:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in ELEMENT_HOMES or home not in ELEMENT_HOMES[kind]:
        yield "/type", f"{kind} does not go into {home}"
        return
    needed, allowed = ELEMENT_KEYS[kind]
    yield from _keys(element, needed, allowed | ({"action_id"} if kind != "image" else set()))
    if "action_id" in element:
        yield from _length(element, "action_id", 255)
    yield from _plain(element, "placeholder", 150)
    if "confirm" in element:
        yield from ((f"/confirm{where}", what) for where, what in _confirm(element["confirm"]))
    if element.get("max_selected_items", 1) < 1:
        yield "/max_selected_items", "at least 1"
    match kind:
        case "button":
            yield from _button(element)
        case "image":
            yield from _image(element)
        case "overflow":
            yield from _options(element, 1, 5, 150)
        case "checkboxes" | "radio_buttons":
            yield from _options(element, 1, 10, 150, mrkdwn=kind == "checkboxes")
        case "static_select" | "multi_static_select":
            yield from _select(element)
        case "plain_text_input":
            yield from _typed(element)
        case "datepicker" if not re.fullmatch(r"\d{4}-\d\d-\d\d", element.get("initial_date", "2026-01-01")):
            yield "/initial_date", "YYYY-MM-DD"
        case "timepicker" if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", element.get("initial_time", "00:00")):
            yield "/initial_time", "HH:mm"
        case "datetimepicker" if not 10**9 <= element.get("initial_date_time", 10**9) < 10**10:
            yield "/initial_date_time", "ten digits"
        case "number_input" if not all(isinstance(element.get(key, ""), str) for key in ("initial_value", "min_value", "max_value")):
            yield "", "numbers are written as strings"


def _button(element: Json) -> Found:
    yield from _plain(element, "text", 75, needed=True)
    yield from _length(element, "value", 2000)
    yield from _length(element, "url", 3000)
    yield from _length(element, "accessibility_label", 75)
    if element.get("style", "primary") not in ("primary", "danger"):
        yield "/style", "primary or danger"
    if "url" in element and not re.match(r"https?://", str(element["url"])):
        yield "/url", "must be http or https"


def _typed(element: Json) -> Found:
    most, least = element.get("max_length", 3000), element.get("min_length", 0)
    if not 1 <= most <= 3000:
        yield "/max_length", "1 to 3000"
    if not 0 <= least <= 3000 or least > most:
        yield "/min_length", "0 to 3000, and not above max_length"
    if len(element.get("initial_value", "")) > most:
        yield "/initial_value", f"over {most}"


def _select(element: Json) -> Found:
    if ("options" in element) == ("option_groups" in element):
        yield "", "either options or option_groups"
    elif "options" in element:
        yield from _options(element, 1, 100, 150)
    else:
        groups = element["option_groups"]
        if not 1 <= len(groups) <= 100:
            yield "/option_groups", "1 to 100 groups"
        for at, group in enumerate(groups):
            yield from ((f"/option_groups/{at}{where}", what) for where, what in _plain(group, "label", 75, needed=True))
            yield from ((f"/option_groups/{at}{where}", what) for where, what in _options(group, 1, 100, 150))
    known = options_of(element)
    chosen = element.get("initial_options") or [element[key] for key in ("initial_option",) if key in element]
    if "initial_options" in element and not element["initial_options"]:
        yield "/initial_options", "must not be empty"
    if any(option not in known for option in chosen):
        yield "/initial_option", "is not one of the options"


def options_of(element: Json) -> list[Json]:
    return [*(element.get("options") or ()), *(option for group in element.get("option_groups") or () for option in group["options"])]


def _options(element: Json, least: int, most: int, value: int, *, mrkdwn: bool = False) -> Found:
    options = element.get("options")
    if not isinstance(options, list) or not least <= len(options) <= most:
        yield "/options", f"{least} to {most} options"
        return
    for at, option in enumerate(options):
        here = f"/options/{at}"
        text: Callable[..., Found] = _text if mrkdwn else _plain
        yield from ((f"{here}{where}", what) for where, what in text(option, "text", 75))
        yield from ((f"{here}{where}", what) for where, what in _plain(option, "description", 75))
        yield from ((f"{here}{where}", what) for where, what in _length(option, "value", value))
        if "text" not in option or not option.get("value"):
            yield here, "an option needs text and value"
        yield from ((f"{here}{where}", what) for where, what in _keys(option, set(), {"text", "value", "description", "url"}))
    values = [str(option.get("value")) for option in options]
    if len(set(values)) < len(values):
        yield "/options", "two options have the same value"
    for key in ("initial_options", "initial_option"):
        if key in element and element.get("type") in ("checkboxes", "radio_buttons"):
            chosen = element[key] if key.endswith("s") else [element[key]]
            if not chosen or any(option not in options for option in chosen):
                yield f"/{key}", "must be among the options, and not empty"


def _confirm(confirm: Any) -> Found:
    if not isinstance(confirm, dict):
        yield "", "must be an object"
        return
    yield from _keys(confirm, {"title", "text", "confirm", "deny"}, {"style"})
    yield from _plain(confirm, "title", 100)
    yield from _plain(confirm, "text", 300)
    yield from _plain(confirm, "confirm", 30)
    yield from _plain(confirm, "deny", 30)


def _image(image: Json) -> Found:
    yield from _length(image, "image_url", 3000)
    yield from _length(image, "alt_text", 255)
    if ("image_url" in image) == ("slack_file" in image):
        yield "", "either image_url or slack_file"


# --- text -------------------------------------------------------------------------------------------------------------------


def _keys(node: Json, needed: set[str], allowed: set[str]) -> Found:
    for key in sorted(needed - set(node)):
        yield f"/{key}", "missing"
    for key in sorted(set(node) - needed - allowed - {"type"}):
        yield f"/{key}", "unknown key"
    for key in sorted(key for key, value in node.items() if value is None):
        yield f"/{key}", "is null"


def _length(node: Json, key: str, most: int) -> Found:
    value = node.get(key, "")
    if not isinstance(value, str):
        yield f"/{key}", "must be a string"
    elif len(value) > most:
        yield f"/{key}", f"{len(value)} characters, no more than {most}"
    elif key in node and not value and key != "value":
        yield f"/{key}", "must not be empty"


def _plain(node: Json, key: str, most: int, *, needed: bool = False) -> Found:
    yield from _text(node, key, most, kinds=("plain_text",), needed=needed)


def _text(node: Json, key: str, most: int, *, kinds: tuple[str, ...] = ("plain_text", "mrkdwn"), needed: bool = False) -> Found:
    if key not in node:
        if needed:
            yield f"/{key}", "missing"
        return
    text = node[key]
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield f"/{key}", f"must be a {' or '.join(kinds)} object"
        return
    more = {"emoji"} if text["type"] == "plain_text" else {"verbatim"}
    yield from ((f"/{key}{where}", what) for where, what in _keys(text, {"text"}, more))
    if not isinstance(text.get("text"), str) or not text["text"]:
        yield f"/{key}/text", "must not be empty"
    elif len(text["text"]) > most:
        yield f"/{key}/text", f"{len(text['text'])} characters, no more than {most}"
