"""How much Feishu takes (platform facts 3.6, 3.14 and 7), and how large a thing is to it."""

from __future__ import annotations

import json
import re
from typing import Any

CARD = 28 * 1024  # bytes of the card as JSON; Feishu refuses above 30 KB
ELEMENTS = 180  # Feishu counts everything that has a tag, plain texts too, and refuses above 200
TABLES = 5
TAGS = 3  # at the title
MARKDOWN = 2_400  # bytes of one markdown element: small enough for any page
TITLE = 150
SUBTITLE = 60  # one line is all that clients show of it
TAG = 40
SUMMARY = 500
BUTTON = 60  # of the 100 that Feishu takes: more is no button any more
TIPS = 200
CONFIRM = 200
OPTION = 100
PLACEHOLDER = 100
LABEL = 100
INPUT = 1_000
VALUE = 2_000  # bytes of what a control carries
URL = 2_000
TEXT = 140 * 1024  # bytes of a text message
WIDEST = 6  # bytes of one character in JSON

written = json.JSONEncoder(ensure_ascii=False).encode
"""JSON, written the widest way."""
ELEMENT = re.compile(r'"(?:tag|data_type)": ')


def size(text: str) -> int:
    """The bytes of the text in JSON, without its quotation marks."""
    return len(written(text).encode()) - 2


def fits(text: str, limit: int) -> bool:
    """Whether its bytes in JSON are no more than that."""
    return len(text) * WIDEST <= limit or size(text) <= limit


def weight(node: Any) -> int:
    """The bytes of the node in JSON, written the widest way."""
    return len(written(node).encode())


def count(node: Any) -> int:
    """What Feishu counts as elements. The columns of a table have no tag and are counted to be on the safe side."""
    match node:
        case dict():
            inner = (value for key, value in node.items() if key not in ("value", "rows"))
            return ("tag" in node or "data_type" in node) + sum(map(count, inner))
        case list() | tuple():
            return sum(map(count, node))
        case _:
            return 0


def small(card: Any) -> bool:
    """Whether the card is surely within its limits; where it is not, one has to count. Much faster than counting."""
    text = written(card)
    return len(ELEMENT.findall(text)) <= ELEMENTS and len(text.encode()) + 2 <= CARD


def units(text: str) -> int:
    """The length in UTF-16 units: never less than any way of counting characters."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
