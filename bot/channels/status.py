"""Put a text on the public status page: a row that the page reads, once for each key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from bot.core.errors import Later
from bot.core.outward.letter import Letter
from bot.core.outward.publicity import Health, Publication
from bot.plan.schema.comms import Phase
from bot.store import publications
from bot.store.database import Database, Unavailable

HEALTH: Mapping[str, Health] = {"minor": "slow", "severe": "partial", "major": "down"}


@dataclass(frozen=True, slots=True)
class Status:
    database: Database
    name: str = "status"

    async def send(self, letter: Letter, key: str, in_doubt: bool, /) -> str:
        """Twice is once, so being in doubt changes nothing."""
        publication = published(letter, key)

        def write() -> None:
            with self.database.write() as connection:
                publications.add(connection, publication)

        try:
            await asyncio.to_thread(write)
        except Unavailable as busy:
            raise Later(None, str(busy)) from busy
        return key


def published(letter: Letter, key: str) -> Publication:
    """Both languages, as they were approved. What depends on the components is well again when the text says that it is over."""
    state: Health = "normal" if letter.phase == "resolved" else HEALTH.get(letter.level, "partial")
    phase = cast(Phase, letter.phase)
    return Publication(key, letter.record, letter.at, phase, letter.title, letter.both, letter.components, state, letter.next_at)
