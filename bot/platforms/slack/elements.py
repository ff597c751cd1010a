"""The parts of Block Kit that we use, each within its limits: the one place that knows their JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards.model import Press
from bot.platforms.slack import limits
from bot.platforms.slack.limits import size
from bot.platforms.slack.mrkdwn import filled, first, shown, split
from bot.platforms.slack.press import encode, in_option

Json = dict[str, Any]


def label(text: str, limit: int) -> Json:
    return {"type": "plain_text", "text": first(shown(text), limit), "emoji": True}


def marked(text: str) -> Json:
    """`verbatim`: Slack makes no mention and no link of what somebody typed."""
    return {"type": "mrkdwn", "text": shown(text), "verbatim": True}


def section(text: str, accessory: Json | None = None) -> Json:
    """`text` fits already (see `sections`). Only a wall of it is folded, behind Slack's own "see more"."""
    block: Json = {"type": "section", "text": marked(text)} | ({"expand": True} if size(text) <= limits.WALL else {})
    return block | {"accessory": accessory} if accessory else block


def sections(text: str) -> Iterator[Json]:
    """As many sections as the text needs."""
    return (section(part) for part in split(text, limits.SECTION))


def fields(texts: Sequence[str]) -> Json:
    return {"type": "section", "fields": [marked(text) for text in texts]}


def contexts(text: str) -> Iterator[Json]:
    """Small print."""
    return ({"type": "context", "elements": [marked(part)]} for part in split(text, limits.CONTEXT))


def header(text: str) -> Json:
    return {"type": "header", "text": label(text, limits.HEADER)}


def divider() -> Json:
    return {"type": "divider"}


def actions(elements: Sequence[Json]) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(text: str, pressed: Press, style: str | None = None, confirm: Json | None = None) -> Json:
    action_id, value = encode(pressed)
    drawn: Json = {"type": "button", "action_id": action_id, "text": label(text, limits.BUTTON), "value": value}
    return drawn | ({"style": style} if style else {}) | ({"confirm": confirm} if confirm else {})


def link(text: str, url: str, action_id: str) -> Json:
    return {"type": "button", "action_id": action_id, "text": label(text, limits.BUTTON), "url": url}


def confirm(title: str, text: str, yes: str, no: str) -> Json:
    return {
        "title": label(title, limits.CONFIRM_TITLE),
        "text": label(text, limits.CONFIRM_TEXT),
        "confirm": label(yes, limits.CONFIRM_BUTTON),
        "deny": label(no, limits.CONFIRM_BUTTON),
        "style": "danger",
    }


def overflow(action_id: str, items: Sequence[tuple[str, Press]]) -> Json:
    return {"type": "overflow", "action_id": action_id, "options": [option(text, in_option(pressed)) for text, pressed in items]}


def option(text: str, value: str, small: str = "") -> Json:
    drawn: Json = {"text": label(text, limits.OPTION), "value": value}
    return drawn | {"description": label(small, limits.OPTION)} if small.strip() else drawn


def choices(options: Sequence[Json]) -> Json:
    """The options of a select; more than a hundred go into groups of a hundred, named after their first and last."""
    if len(options) <= limits.OPTIONS:
        return {"options": list(options)}
    parts = [list(options[at : at + limits.OPTIONS]) for at in range(0, len(options), limits.OPTIONS)]
    return {"option_groups": [{"label": label(_span(part), limits.OPTION), "options": part} for part in parts[: limits.OPTIONS]]}


def _span(options: Sequence[Json]) -> str:
    ends = [first(each["text"]["text"], 30) for each in (options[0], options[-1])]
    return f"{ends[0]} – {ends[1]}"


def select(action_id: str, placeholder: str, options: Sequence[Json], kind: str = "static_select") -> Json:
    return {"type": kind, "action_id": action_id, "placeholder": label(placeholder, limits.PLACEHOLDER), **choices(options)}


NUMBERING = 5  # characters by which an id grows when it is told apart from its like


def weight(block: Any) -> int:
    """The characters of a block: all its strings but the names of types, on the safe side of whatever Slack counts."""
    match block:
        case str():
            return size(block)
        case dict():
            ids = sum(key in ("action_id", "block_id") for key in block)
            return sum(weight(value) for key, value in block.items() if key not in ("type", "style")) + NUMBERING * ids
        case list():
            return sum(map(weight, block))
        case _:
            return 0


@dataclass(frozen=True, slots=True)
class Piece:
    """Blocks that stay together. `items` of the card begin in it. `ends`: it belongs to what to do next, at the foot of the card."""

    blocks: tuple[Json, ...]
    items: int = 1
    ends: bool = False

    @property
    def weight(self) -> int:
        return weight(list(self.blocks))


def piece(block: Json, items: int = 1) -> Piece:
    return Piece((block,), items)


def lines(rows: Iterable[str]) -> Iterator[Piece]:
    """Rows in as few sections as hold them."""
    return (piece(section(text), count) for text, count in filled(rows, limits.SECTION))
