"""Where a thing may stand already: Feishu forgets a uuid after an hour (of a room after ten), so after that we look for it ourselves.

Within that time the same uuid is enough, and costs nothing. Cards carry our mark in the id of an element; a line or a file is known by
its words, as far as nothing else owns it. A direct chat has no address before something was sent there, so there the uuid is all.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.platforms.feishu.client import Client, Query, dig, rows
from bot.platforms.feishu.faults import Denied
from bot.platforms.port import Ref

log = logging.getLogger("fenghuo.feishu")

HOUR = 3600.0
MESSAGES, ROOMS = 0.9 * HOUR, 9.5 * HOUR  # how long the same uuid surely gives the same thing
KEPT = 5000  # attempts that are remembered
PAGE_OF_HISTORY, PAGES_OF_HISTORY = 50, 20
PAGE_OF_ROOMS, PAGES_OF_ROOMS = 100, 10
MENTION = re.compile(r"<at [^>]*>.*?</at>|@_user_\d+|@_all|\s+", re.DOTALL)


def uuid(*parts: str) -> str:
    """The same for the same thing, for ever: ASCII, 32 of the 50 characters that Feishu takes."""
    return hashlib.blake2s("\n".join(parts).encode(), digest_size=16).hexdigest()


def mark(key: str) -> str:
    """The key as an element's id: it begins with a letter and has 20 characters at most."""
    return "k" + hashlib.blake2s(key.encode(), digest_size=9).hexdigest()


def marked(card: dict[str, Any], key: str) -> dict[str, Any]:
    """The card with our mark at the first element that has no id of its own."""
    body = card["body"]
    elements = list(body["elements"])
    for at, element in enumerate(elements):
        if "element_id" not in element:
            elements[at] = {**element, "element_id": mark(key)}
            break
    return {**card, "body": {**body, "elements": elements}}


class Traces:
    """`taken`: whether a room or message is some record's already; it reads the database. `clock`: seconds."""

    def __init__(self, client: Client, taken: Callable[[Ref], bool], clock: Callable[[], float]) -> None:
        self._client, self._taken, self._clock = client, taken, clock
        self._tried: dict[str, float] = {}
        self._made: dict[Ref, str] = {}

    # --- what this process did ----------------------------------------------------------------------------------------------

    def try_(self, id: str) -> None:
        """Something is about to be made under this uuid; Feishu counts from the first time."""
        self._tried.setdefault(id, self._clock())
        while len(self._tried) > KEPT:
            del self._tried[next(iter(self._tried))]

    def made(self, id: str, ref: Ref) -> None:
        """This is what stands under the uuid, so it is nothing else's."""
        self._made[ref] = id
        while len(self._made) > KEPT:
            del self._made[next(iter(self._made))]

    def lately(self, id: str, seconds: float) -> bool:
        """Whether Feishu surely still knows this uuid, if it ever heard of it."""
        at = self._tried.get(id)
        return at is not None and self._clock() - at < seconds

    # --- what stands there --------------------------------------------------------------------------------------------------

    async def card(self, room: str, key: str) -> Ref | None:
        """The newest card with our mark."""
        sought = mark(key)
        return await self._message(room, "interactive", lambda content: sought in content, None)

    async def text(self, room: str, words: str, id: str) -> Ref | None:
        """The newest line of ours with these words that nothing else owns."""
        sought = MENTION.sub("", words)
        return await self._message(room, "text", lambda content: MENTION.sub("", _value(content, "text")) == sought, id)

    async def file(self, room: str, name: str, id: str) -> Ref | None:
        return await self._message(room, "file", lambda content: _value(content, "file_name") == name, id)

    async def room(self, name: str, id: str) -> Ref | None:
        """The newest group of ours with this name that nothing else owns; the owner of a group is named, unless it is us."""
        query: Query = {"sort_type": "ByActiveTimeDesc", "page_size": PAGE_OF_ROOMS}
        try:
            async for page in self._client.pages("im/v1/chats", PAGES_OF_ROOMS, query):
                for row in rows(page, "items"):
                    if row.get("name") == name and not row.get("owner_id") and await self._free(dig(row, "chat_id"), id):
                        return dig(row, "chat_id")
        except Denied as denied:
            log.warning("our groups cannot be looked through: %s", denied)
        return None

    async def _message(self, room: str, kind: str, fits: Callable[[str], bool], id: str | None) -> Ref | None:
        query: Query = {
            "container_id_type": "chat", "container_id": room, "sort_type": "ByCreateTimeDesc", "page_size": PAGE_OF_HISTORY,
            "card_msg_content_type": "user_card_content" if kind == "interactive" else None,
        }  # fmt: skip
        try:
            async for page in self._client.pages("im/v1/messages", PAGES_OF_HISTORY, query):
                for row in rows(page, "items"):
                    ours = row.get("msg_type") == kind and self._ours(row) and fits(_content(row))
                    if ours and (id is None or await self._free(ref_of(row), id)):
                        return ref_of(row)
        except Denied as denied:
            log.warning("what was said in %s cannot be looked through: %s", room, denied)
        return None

    def _ours(self, row: Mapping[str, Any]) -> bool:
        sender = row.get("sender")
        return isinstance(sender, Mapping) and sender.get("id") == self._client.app_id and not row.get("deleted")

    async def _free(self, ref: Ref, id: str) -> bool:
        return self._made.get(ref, id) == id and not await asyncio.to_thread(self._taken, ref)


def ref_of(message: Mapping[str, Any]) -> Ref:
    """A message of an answer as a ref: its id and when it was made, in ms since 1970."""
    return f"{dig(message, 'message_id')}/{dig(message, 'create_time')}"


def _content(message: Mapping[str, Any]) -> str:
    body = message.get("body")
    content = body.get("content") if isinstance(body, Mapping) else None
    return content if isinstance(content, str) else ""


def _value(content: str, name: str) -> str:
    try:
        found = json.loads(content)
    except ValueError:
        return ""
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""
