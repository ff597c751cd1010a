"""The links at the top of Slack's rooms: each address once, with the fewest calls that surely keep it so.

A room that we have just opened has none, so the first of each address goes up unseen. Whatever else (another process, an answer that
was lost) is read first. Slack refuses two at a time in one room, so they take turns.
"""

from __future__ import annotations

import asyncio
import html
from weakref import WeakValueDictionary

from bot.platforms.slack.web import Web, rows

ROOMS = 500  # opened rooms that are remembered


class Shelf:
    """Belongs to one event loop."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._tried: dict[str, set[str]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def opened(self, room: str) -> None:
        """The room is new, so nothing stands there."""
        self._tried[room] = set()
        while len(self._tried) > ROOMS:
            del self._tried[next(iter(self._tried))]

    async def put(self, room: str, title: str, url: str) -> None:
        """The address stands there, once."""
        turn = self._turns.setdefault(room, asyncio.Lock())
        async with turn:
            tried = self._tried.get(room)
            if (tried is None or url in tried) and await self._stands(room, url):
                return
            if tried is not None:
                tried.add(url)
            await self._web.call("bookmarks.add", channel_id=room, title=title, type="link", link=url)

    async def _stands(self, room: str, url: str) -> bool:
        answer = await self._web.call("bookmarks.list", channel_id=room)
        return any(_same(row.get("link"), url) for row in rows(answer, "bookmarks"))


def _same(link: object, url: str) -> bool:
    """Slack may write an address with entities, or with a slash at its end."""
    return isinstance(link, str) and html.unescape(link).rstrip("/") == url.rstrip("/")
