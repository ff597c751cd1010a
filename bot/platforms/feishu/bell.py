"""加急: Feishu rings somebody about a message, in the app, then by SMS and by telephone where settings allow it.

SMS and calls cost the tenant's quota, so they are off unless a number says from which page on they are used: the port's page knows no step
of the ladder, so pages of one record to one person are counted here. A process that starts anew counts from one: less loud, never more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal, TypeVar

from bot.core.errors import Never
from bot.effects import PersonId
from bot.platforms.feishu.client import Client, part
from bot.platforms.feishu.faults import Denied

log = logging.getLogger("fenghuo.feishu")

K = TypeVar("K")
V = TypeVar("V")
Way = Literal["app", "sms", "phone"]
SPENT = 230024  # the quota is used up
REST = 3600.0  # seconds until a way that was used up is tried again
KEPT = 2000  # pages, and persons of records, that are remembered


class Bell:
    """`sms_from` and `phone_from`: the number of the page that first uses that way, None never. `clock`: seconds."""

    def __init__(self, client: Client, clock: Callable[[], float], sms_from: int | None = None, phone_from: int | None = None) -> None:
        self._client, self._clock = client, clock
        self._from: tuple[tuple[Way, int | None], ...] = (("sms", sms_from), ("phone", phone_from))
        self._pages: dict[tuple[str, PersonId], list[str]] = {}
        self._rang: dict[tuple[str, Way], None] = {}
        self._spent: dict[Way, float] = {}

    async def ring(self, message: str, user: str, person: PersonId, record: str, key: str) -> None:
        """It rings, once a key. Where 加急 is refused the message itself must do: it stands, and the log says why it is quiet."""
        for way in self._ways(self._number(person, record, key)):
            if (key, way) not in self._rang:
                await self._urge(way, message, user)
                _keep(self._rang, (key, way), None)

    def _number(self, person: PersonId, record: str, key: str) -> int:
        pages = self._pages.get((record, person), [])
        if key not in pages:
            pages = [*pages, key]
            _keep(self._pages, (record, person), pages)
        return pages.index(key) + 1

    def _ways(self, number: int) -> list[Way]:
        louder = [way for way, first in self._from if first is not None and number >= first]
        return ["app", *(way for way in louder if self._clock() >= self._spent.get(way, 0.0))]

    async def _urge(self, way: Way, message: str, user: str) -> None:
        try:
            await self._client.call(
                "PATCH", f"im/v1/messages/{part(message)}/urgent_{way}", {"user_id_type": "open_id"}, {"user_id_list": [user]}
            )
        except Never as never:
            if isinstance(never, Denied) and never.code == SPENT:
                self._spent[way] = self._clock() + REST
            log.warning("a page does not ring by %s: %s", way, never)


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    kept[key] = value
    while len(kept) > KEPT:
        del kept[next(iter(kept))]
