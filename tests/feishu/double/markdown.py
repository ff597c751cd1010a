"""How card text looks on a screen: mentions by name, no signs of markup, escapes undone."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

AT = re.compile(r"<at\s+(?:id|ids|user_id)=[\"']?([^\s\"'>]+)[\"']?\s*(?:/>|>(.*?)</at>|>)")
TAGS = re.compile(r"</?(?:font|text_tag|number_tag|link|local_datetime|person|audio|b|i|s|u)\b[^>]*>")
RED = re.compile(r"<font\s+color=[\"']?red[\"']?\s*>(.*?)</font>", re.S)
ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~>|<])")


def read(text: str, name: Callable[[str], str]) -> str:
    """Markdown as a person reads it."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[1])
        return f"\x00{len(kept) - 1}\x00"

    text = ESCAPED.sub(keep, text)
    text = AT.sub(lambda it: " ".join(f"@{name(id)}" for id in it[1].split(",")), text)
    text = TAGS.sub("", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"(\*\*|~~|`+)", "", text)
    text = re.sub(r"(?m)^(#{1,6}|>) ", "", text)
    text = re.sub(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"\1", text)
    text = html.unescape(text)
    return re.sub(r"\x00(\d+)\x00", lambda it: kept[int(it[1])], text)
