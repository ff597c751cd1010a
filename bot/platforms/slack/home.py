"""App Home: the person's own card, drawn anew when they open it and after whatever they do there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from bot.cards.model import Card, Words
from bot.core.errors import Later, Never
from bot.platforms.slack.book import Book
from bot.platforms.slack.render import Reader, home_view
from bot.platforms.slack.web import Web
from bot.words import Text

log = logging.getLogger("fenghuo.slack")


class Home:
    """`card` says what a person's Home shows now; `reader` whose eyes it is for. Both may look into the database."""

    def __init__(self, web: Web, book: Book, reader: Callable[[str | None], Reader], card: Callable[[str], Card]) -> None:
        self._web, self._book, self._reader, self.card = web, book, reader, card

    async def publish(self, user: str, said: Text = "") -> None:
        """Nobody else's Home is touched. `said` stands above the rest: the answer to what was pressed."""
        person = await self._book.person(user)
        card, reader = await asyncio.to_thread(lambda: (self.card(person), self._reader(person)))
        shown = replace(card, blocks=(Words(said, "note"), *card.blocks)) if said else card
        try:
            await self._web.call("views.publish", user_id=user, view=home_view(shown, reader))
        except (Later, Never) as trouble:
            log.warning("App Home of %s: %s", user, trouble)
