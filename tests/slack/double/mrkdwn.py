"""Slack's mrkdwn: what of it would come out wrong, and how a person reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

ANGLE = re.compile(r"<([^<>]*)>")
SPECIAL = re.compile(
    r"@[UW][A-Z0-9]+(\|[^<>|]*)?|#[CG][A-Z0-9]+(\|[^<>|]*)?|!(here|channel|everyone)(\|[^<>|]*)?|!subteam\^S[A-Z0-9]+(\|[^<>|]*)?"
    r"|!date\^\d+\^[^|<>]+\|[^<>]+|(https?|mailto|tel|slack):[^<>|]+(\|[^<>|]*)?"
)
ENTITY = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(text: str) -> str:
    """What a person typed, as Slack sends it: escaped, with the mentions that they picked from the list."""
    parts, at = [], 0
    for found in re.finditer(r"<(?:[@#][A-Z0-9]+(?:\|[^<>]*)?|!(?:here|channel|everyone))>", text):
        parts += [escape(text[at : found.start()]), found.group()]
        at = found.end()
    return "".join([*parts, escape(text[at:])])


def slips(text: str) -> Iterator[str]:
    """What is not escaped in mrkdwn, or is no syntax of Slack's."""
    for found in ANGLE.finditer(text):
        if not SPECIAL.fullmatch(found.group(1)):
            yield f"{found.group()} is no mention, link or date"
    rest = ANGLE.sub("", text)
    if "<" in rest or re.search(r"&(?!amp;|lt;|gt;)", rest):
        yield f"unescaped < or & in {rest[:60]!r}"


def plain_slips(text: str) -> Iterator[str]:
    """Syntax that plain text shows as it is."""
    if re.search(r"<[@#!][^<>]*>|&(?:amp|lt|gt);", text):
        yield f"mrkdwn in plain text: {text[:60]!r}"


def named(text: str) -> list[str]:
    """The ids of everybody, every group and every channel mentioned."""
    return re.findall(r"<(?:[@#]|!subteam\^)([A-Z][A-Z0-9]+)", text)


def read(text: str, name: Callable[[str], str]) -> str:
    """As it stands on the screen; `name` says the name of a user or channel id."""

    def shown(found: re.Match[str]) -> str:
        inner, _, label = found.group(1).partition("|")
        match inner[:1]:
            case "@":
                return f"@{name(inner[1:])}"
            case "#":
                return f"#{name(inner[1:])}"
            case "!" if inner.startswith("!date"):
                return label
            case "!" if inner.startswith("!subteam"):
                return f"@{name(inner.partition('^')[2])}"
            case "!":
                return f"@{inner[1:]}"
        return label or inner

    done = ANGLE.sub(shown, text)
    return re.sub(r"&(?:lt|gt|amp);", lambda found: ENTITY[found.group()], done)


def texts(node: Any) -> Iterator[tuple[str, str]]:
    """Every text object and mrkdwn string in blocks: its type and its text."""
    match node:
        case {"type": "plain_text" | "mrkdwn" as kind, "text": str() as text}:
            yield kind, text
        case {"type": "text" | "raw_text", "text": str() as text}:
            yield "plain_text", text
        case dict():
            for value in node.values():
                yield from texts(value)
        case list():
            for value in node:
                yield from texts(value)
