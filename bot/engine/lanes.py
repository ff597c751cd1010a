"""The lanes of one worker, as the database has them: whose rows it performs, and what is known of their slots."""

from __future__ import annotations

from dataclasses import dataclass

from bot.engine.habits import Habits
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import STANDING, Ref, Row, SlotKey


@dataclass(frozen=True, slots=True)
class Lanes:
    """Each method is a transaction or two, to be run beside the loop."""

    database: Database
    owner: str
    habits: Habits

    def look(
        self, known: frozenset[int], wanted: frozenset[SlotKey], *, everything: bool, tidy: bool
    ) -> tuple[list[Row], dict[SlotKey, Ref]]:
        """Stay alive in the eyes of others and take over from the dead; the rows that nobody handed us, and slots that others fill."""
        clock, habits = self.database.clock, self.habits
        with self.database.write() as connection:
            outbox.beat(connection, clock, self.owner, habits.lease)
            taken = outbox.take_over(connection, clock, self.owner, all_of_them=everything)
            if tidy:
                outbox.forget_done(connection, clock, habits.keep_done)
        with self.database.read() as connection:
            ids = [id_ for id_ in outbox.waiting(connection, self.owner) if id_ not in known]
            rows = outbox.rows(connection, ids) if ids else []
            slots = {**outbox.refs(connection, (STANDING,)), **outbox.some_refs(connection, wanted)}
        return [outbox.doubtful(row) if taken.get(row.record) else row for row in rows], slots

    def read(self, record: str) -> tuple[dict[SlotKey, Ref], list[Row]]:
        """What the lane has brought into the world so far, and what of it is parked."""
        with self.database.read() as connection:
            return outbox.refs(connection, (record, STANDING)), outbox.parked(connection, record=record)

    def leave(self) -> None:
        with self.database.write() as connection:
            outbox.leave(connection, self.owner)
