"""The plans that records run under. A record stays under the plan it was opened with, however often the folder changes since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bot.store import records
from bot.store.records import Saved

if TYPE_CHECKING:
    from bot.plan.schema import Plan


class KeptPlans:
    """Each is read once and written once by this process; `current` gives the one in force."""

    def __init__(self, current: Callable[[], Plan], dump: Callable[[Plan], str], load: Callable[[str], Plan]) -> None:
        self.current, self._dump, self._load = current, dump, load
        self._read: dict[str, Plan] = {}
        self._there: set[str] = set()  # known to be in the database

    def of(self, connection: Connection, saved: Saved) -> Plan:
        """The plan of a record."""
        current = self.current()
        if saved.plan == current.hash:
            return current
        if saved.plan not in self._read:
            body = records.plan(connection, saved.plan)
            if body is None:
                raise LookupError(f"{saved.id} runs under plan {saved.plan}, which is not kept")
            self._read[saved.plan] = self._load(body)
        return self._read[saved.plan]

    def keep(self, connection: Connection, plan: Plan, at: datetime) -> None:
        if plan.hash not in self._there:
            records.keep_plan(connection, plan.hash, plan.version, self._dump(plan), at)

    def committed(self, plan: Plan) -> None:
        """The transaction that kept it, or used it, stands: from now on it need not be kept again."""
        self._there.add(plan.hash)
