"""加急: Feishu rings somebody about a message, in the app, and by SMS or telephone where the plan asks for it (severities, urgent).

SMS and calls cost the tenant's quota and need scopes of their own. Where Feishu refuses them the page still rings in the app, and the log
says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal, TypeVar

from bot.core.errors import Never
from bot.effects import Louder
from bot.platforms.feishu.client import Client, part
from bot.platforms.feishu.faults import SCOPES, Denied

log = logging.getLogger("fenghuo.feishu")

K = TypeVar("K")
V = TypeVar("V")
Way = Literal["app", "sms", "phone"]
USELESS = frozenset({230024, *SCOPES})  # the quota is used up, or we have no right to it: so it is for everybody
REST = 3600.0  # seconds until a way that was useless is tried again
KEPT = 2000  # pages that are remembered


class Bell:
    """`clock`: seconds."""

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self._client, self._clock = client, clock
        self._rang: dict[tuple[str, Way], None] = {}
        self._resting: dict[Way, float] = {}

    async def ring(self, message: str, user: str, key: str, louder: tuple[Louder, ...]) -> None:
        """It rings, once a key. Where 加急 is refused the message itself must do: it stands, and the log says why it is quiet."""
        ways: tuple[Way, ...] = ("app", *louder)
        for way in ways:
            if (key, way) not in self._rang and self._clock() >= self._resting.get(way, 0.0):
                await self._urge(way, message, user)
                _keep(self._rang, (key, way), None)

    async def _urge(self, way: Way, message: str, user: str) -> None:
        try:
            await self._client.call(
                "PATCH", f"im/v1/messages/{part(message)}/urgent_{way}", {"user_id_type": "open_id"}, {"user_id_list": [user]}
            )
        except Never as never:
            if way != "app" and isinstance(never, Denied) and never.code in USELESS:
                self._resting[way] = self._clock() + REST
            log.warning("a page does not ring by %s: %s", way, never)


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    kept[key] = value
    while len(kept) > KEPT:
        del kept[next(iter(kept))]
