"""The timeline: every event as one short sentence, in the order in which things happened (clauses 2.2-2, 4.5-4).

Read by the timeline verb, the record page and the draft of the postmortem. Nothing is left out; what was typed stays as typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core import chronicle
from bot.core.chronicle import Kind, Names
from bot.core.events import Event, MomentReached, NoteTaken, Stamp
from bot.core.incident import PersonId
from bot.plan.schema import Plan
from bot.words import Text

Source = Literal["bot", "chat", "message"]


@dataclass(frozen=True, slots=True)
class Entry:
    """`at` is when it happened, `noted_at` when it was written down; `by` None is the bot. `link` leads to the message it came from."""

    at: datetime
    by: PersonId | None
    text: Text
    kind: Kind
    source: Source
    seq: int
    noted_at: datetime
    link: str = ""

    @property
    def back_dated(self) -> bool:
        """Written down more than a minute after it happened: its time is somebody's memory."""
        return (self.noted_at - self.at).total_seconds() > 60


def timeline(events: Iterable[tuple[Event, Stamp]], plan: Plan) -> tuple[Entry, ...]:
    """All entries by the time of what happened; what happened at the same moment in the order in which it was written down."""
    names = Names(plan)
    entries = [_entry(event, stamp, names) for event, stamp in events]
    return tuple(sorted(entries, key=lambda entry: (entry.at, entry.seq)))


def _entry(event: Event, stamp: Stamp, names: Names) -> Entry:
    names.learn(event)
    text, kind = chronicle.tell(event, names)
    at, by, source, link = stamp.at, stamp.by, _source(stamp), ""
    if isinstance(event, NoteTaken):
        at, by, link = event.happened_at, event.author or stamp.by, event.link
        source = "message" if event.pin else source
    elif isinstance(event, MomentReached):
        at = event.happened_at
    return Entry(at, by, text, kind, source, stamp.seq, stamp.at, link)


def _source(stamp: Stamp) -> Source:
    return "chat" if stamp.by else "bot"
