"""The tabs at the top of Feishu's rooms: each address once, with the fewest calls that surely keep it so.

A room that we have just opened has none of ours, so the first of each address goes up unseen. Whatever else (another process, an answer
that was lost) is read first. The caller sees to it that one room's calls take turns.
"""

from __future__ import annotations

from bot.platforms.feishu.client import Client, part, rows
from bot.platforms.port import Ref

ROOMS = 500  # opened rooms that are remembered
NAME = 30  # bytes: Feishu says 30 characters, or 10 Chinese ones


class Shelf:
    """Belongs to one event loop."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tried: dict[Ref, set[str]] = {}

    def opened(self, room: Ref) -> None:
        """The room is new, so nothing stands there."""
        self._tried[room] = set()
        while len(self._tried) > ROOMS:
            del self._tried[next(iter(self._tried))]

    async def put(self, room: Ref, title: str, url: str) -> None:
        """The address stands there, once."""
        tried = self._tried.get(room)
        if (tried is None or url in tried) and await self._stands(room, url):
            return
        if tried is not None:
            tried.add(url)
        tab = {"tab_name": short(title), "tab_type": "url", "tab_content": {"url": url}}
        await self._client.call("POST", f"im/v1/chats/{part(room)}/chat_tabs", None, {"chat_tabs": [tab]})

    async def _stands(self, room: Ref, url: str) -> bool:
        answer = await self._client.call("GET", f"im/v1/chats/{part(room)}/chat_tabs/list_tabs")
        contents = [row.get("tab_content") for row in rows(answer, "chat_tabs")]
        return any(isinstance(content, dict) and _same(content.get("url"), url) for content in contents)


def short(title: str) -> str:
    """What a tab's name has room for."""
    return title.encode()[:NAME].decode(errors="ignore").strip() or "…"


def _same(link: object, url: str) -> bool:
    return isinstance(link, str) and link.rstrip("/") == url.rstrip("/")
