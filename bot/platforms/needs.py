"""What a chat platform needs of the house, and what the house needs of a platform's side of this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from fastapi import APIRouter

from bot.cards.model import Card
from bot.catalogue import Catalogue
from bot.directory import Entries
from bot.platforms.port import Platform
from bot.platforms.spoken import Doors
from bot.service import Service
from bot.words import Language


@dataclass(frozen=True, slots=True)
class Eyes:
    """How somebody reads: in which language and zone, and what everybody is called in it."""

    language: Language
    zone: tzinfo
    names: Mapping[str, str]
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Needs:
    """entries: who is who on this platform. eyes: of a person, or of a room (None). home: what concerns a person now."""

    service: Service
    doors: Doors
    now: Callable[[], datetime]
    entries: Entries
    eyes: Callable[[str | None], Eyes]
    home: Callable[[str], Card]

    @property
    def language_of(self) -> Callable[[str], Language]:
        return self.entries.directory.language_of


class Side(Protocol):
    """A platform in this process: its hands, and the ears that hear it."""

    @property
    def hands(self) -> Platform: ...

    @property
    def coming(self) -> str | None:
        """What is still awaited before the platform can reach us, in a word for /readyz; None when it can."""

    def router(self) -> APIRouter | None:
        """Where the platform comes to us over HTTP; None where we go to it."""

    async def start(self, *, hands: bool, ears: bool) -> None:
        """Begin to listen (`ears`), and to look people up before they are needed (`hands`). The platform may be away meanwhile."""

    async def hush(self) -> None:
        """Listen no more; what was heard is answered."""

    async def stop(self) -> None:
        """Make no call any more."""
