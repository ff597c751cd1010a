"""What a control carries to the ears and back: action, arguments, and the key of the card on which it stands. Always an object.

A select adds what was chosen as the argument `value`. A form's submit button carries `feishu.form` and the id under which the form is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.cards.model import Press, press
from bot.platforms.feishu import limits

PAGE = "feishu.page"  # sends a page of a card that is too long for its message; arguments slot and page
FORM = "feishu.form"  # submits a form; argument form
Json = dict[str, Any]


class Forged(ValueError):
    """We cannot have written this."""


def page(key: str, number: int) -> Press:
    return press(PAGE, slot=slot_of(key), page=str(number))


def slot_of(key: str) -> str:
    """The slot of a card's key: `status` of INC-1/status."""
    record, slash, slot = key.partition("/")
    return slot if slash else record


def encode(pressed: Press, key: str) -> Json:
    return {"a": pressed.action, "p": dict(pressed.args), "k": key}


def carried(pressed: Press, key: str) -> bool:
    """Whether a control has room for it; arguments are ids, so only one that carries what somebody typed may not."""
    return limits.weight(encode(pressed, key)) <= limits.VALUE


def decode(value: object) -> tuple[str, dict[str, str], str]:
    """(action, arguments, key), as `encode` was given them."""
    match value:
        case {"a": str(action), "p": dict(args), "k": str(key)} if action:
            if all(isinstance(part, str) for pair in args.items() for part in pair):
                return action, dict(args), key
    raise Forged(repr(value)[:80])


def pressed(action: Mapping[str, Any]) -> tuple[str, dict[str, str], str]:
    """(action, arguments, key) of the `action` of a card.action.trigger callback, whatever control it was."""
    name, args, key = decode(action.get("value"))
    match action:
        case {"tag": "select_static", "option": str(chosen)}:
            return name, args | {"value": chosen}, key
        case {"tag": "button" | "checker"}:
            return name, args, key
        case _:
            raise Forged(repr(action.get("tag"))[:80])
