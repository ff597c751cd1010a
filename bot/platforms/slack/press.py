"""What a control carries to the ears and back: the action in its action_id, the arguments in its value.

A select carries its arguments in the block_id, and the chosen value becomes the argument `value`. An overflow menu (`slack.more`) carries
action and arguments in each option.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.cards.model import Press, press
from bot.platforms.slack import limits

PAGE = "slack.page"  # opens a page of a card that is too long for its message; arguments slot and page
LINK = "slack.link"  # opened an address: nothing to do
MORE = "slack.more"  # an overflow menu
ACTION_ID = re.compile(r"([^\s#{}]{1,200})(?:#\d{1,4})?")
BLOCK_ID = re.compile(r"\d{1,4}:(\{.*\})", re.DOTALL)
LONGEST_ACTION = 200


class Forged(ValueError):
    """We cannot have written this."""


def page(slot: str, number: int) -> Press:
    return press(PAGE, slot=slot, page=str(number))


def encode(pressed: Press) -> tuple[str, str]:
    """(action_id, value). A second control with the same action in one message gets `#2` (see `numbered`)."""
    return pressed.action, packed(dict(pressed.args))


def carried(pressed: Press) -> bool:
    """Whether a button has room for it; arguments are ids, so only one that carries what somebody typed may not."""
    action, value = encode(pressed)
    return ACTION_ID.fullmatch(action) is not None and limits.size(value) <= limits.VALUE


def packed(args: Mapping[str, Any]) -> str:
    return json.dumps(args, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise Forged(text[:80]) from wrong
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Forged(text[:80])
    return found


def in_option(pressed: Press) -> str:
    """The value of an overflow option: its action and its arguments."""
    return f"{pressed.action} {packed(dict(pressed.args))}"


def decode(action_id: str, value: str) -> tuple[str, dict[str, str]]:
    """What `encode` was given."""
    found = ACTION_ID.fullmatch(action_id)
    if found is None:
        raise Forged(action_id[:80])
    if found[1] == MORE:
        action, _, args = value.partition(" ")
        return decode(action, args)
    return found[1], unpacked(value)


def pressed(control: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The action and arguments of one entry of `actions` in a block_actions payload, whatever control it was."""
    action_id = str(control.get("action_id", ""))
    match control:
        case {"type": "button"}:
            return decode(action_id, str(control.get("value") or "{}"))
        case {"type": "overflow", "selected_option": {"value": str(value)}}:
            return decode(action_id, value)
        case {"type": "static_select", "selected_option": {"value": str(value)}, "block_id": str(block_id)}:
            args = BLOCK_ID.fullmatch(block_id)
            if args is None:
                raise Forged(block_id[:80])
            action, found = decode(action_id, args[1])
            return action, found | {"value": value}
        case _:
            raise Forged(str(control.get("type"))[:80])


def numbered(blocks: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """The blocks with every action_id told apart (`list.check`, `list.check#2` …) and the block_ids of selects too."""
    seen: dict[str, int] = {}
    for number, block in enumerate(blocks):
        if str(block.get("block_id", "")).startswith("{"):
            block["block_id"] = f"{number}:{block['block_id']}"
        for element in _controls(block):
            action = element["action_id"]
            seen[action] = seen.get(action, 0) + 1
            if seen[action] > 1:
                element["action_id"] = f"{action}#{seen[action]}"
    return tuple(blocks)


def _controls(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for element in (*block.get("elements", ()), block.get("accessory", {})):
        if "action_id" in element:
            yield element
