"""The controls in blocks: finding them by what they say, and what they hold in `state.values`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.slack.double.blocks import options_of
from tests.slack.double.model import Json

HELD: dict[str, tuple[str, str | None]] = {  # type of element: its key in state, its initial value
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "file_input": ("files", None),
    "checkboxes": ("selected_options", "initial_options"),
    "radio_buttons": ("selected_option", "initial_option"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
}


@dataclass(frozen=True)
class Control:
    """An element, the block it stands in, and what a person calls it: a button's text, an input's label, a select's placeholder."""

    block: Json
    element: Json
    label: str

    @property
    def kind(self) -> str:
        return str(self.element["type"])

    @property
    def options(self) -> list[Json]:
        return options_of(self.element)

    def called(self, name: str) -> bool:
        return name in (self.label, self.element.get("action_id"), self.block["block_id"])


def controls(blocks: list[Json]) -> Iterator[Control]:
    """Everything that can be pressed, chosen or filled in, from the top down."""
    for block in blocks:
        match block["type"]:
            case "actions":
                for element in block["elements"]:
                    yield Control(block, element, _label(element))
            case "section" if block.get("accessory", {}).get("type", "image") != "image":
                element = block["accessory"]
                yield Control(block, element, _label(element) or block.get("text", {}).get("text", ""))
            case "input":
                yield Control(block, block["element"], block["label"]["text"])


def _label(element: Json) -> str:
    found = element.get("text") or element.get("placeholder") or {}
    return str(found.get("text", ""))


def stateful(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Block and element of everything that holds a value."""
    for control in controls(blocks):
        if control.kind in HELD:
            yield control.block, control.element


def entry_of(element: Json) -> Json:
    """What stands in `state.values` before anybody touched it."""
    key, first = HELD[element["type"]]
    empty: Any = [] if key in ("selected_options", "files") or element["type"].startswith("multi_") else None
    return {"type": element["type"], key: element.get(first or "", empty)}


def initial(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    found: dict[str, dict[str, Json]] = {}
    for block, element in stateful(blocks):
        found.setdefault(block["block_id"], {})[element["action_id"]] = entry_of(element)
    return found


def entry(control: Control, value: Any) -> Json:
    """What `state.values` holds once a person has put `value` there: words for options, ids for people and rooms."""
    key, _ = HELD[control.kind]
    match key:
        case "selected_option":
            return {"type": control.kind, key: None if value is None else option(control, value)}
        case "selected_options":
            many = [value] if isinstance(value, str) else list(value)
            return {"type": control.kind, key: [option(control, item) for item in many]}
    return {"type": control.kind, key: value or None if key == "value" else value}


def option(control: Control, wanted: Any) -> Json:
    """The option that reads so, or has this value."""
    if isinstance(wanted, dict):
        return wanted
    for found in control.options:
        if wanted in (found["text"]["text"], found["value"]):
            return found
    said = ", ".join(found["text"]["text"] for found in control.options)
    raise AssertionError(f"{control.label!r} offers no {wanted!r}, but {said}")


def lacking(control: Control, held: Json) -> str | None:
    """What the client says before it even submits."""
    key, _ = HELD[control.kind]
    value = held.get(key)
    if value in (None, "", []):
        return None if control.block.get("optional") else "Please complete this required field."
    if key == "value" and control.kind == "plain_text_input":
        least, most = control.element.get("min_length", 0), control.element.get("max_length", 3000)
        if len(value) < least:
            return f"Please enter at least {least} characters."
        if len(value) > most:
            return f"Please enter no more than {most} characters."
    if control.kind == "number_input" and not str(value).replace(".", "", 1).lstrip("-").isdigit():
        return "Please enter a number."
    if isinstance(value, list) and len(value) > control.element.get("max_selected_items", 100):
        return "Too many selected."
    return None
