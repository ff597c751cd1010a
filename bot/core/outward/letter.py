"""A text as it leaves for one recipient: `notices.letter` alone makes one, at the moment of sending, and what holds one may send it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.outward.state import Via
from bot.words import Bi, Language

NOTHING = Bi("", "")


@dataclass(frozen=True, slots=True)
class Letter:
    """`subject` and `text` in the recipient's language, as they were approved; `title` and `both` are the same in both, for the page.

    `to` is the address for `via`, `contact` the entry of the contact book ("" is the public) and `contact_name` what people call them.
    `phase` is initial, update, resolved or special; `level` the severity as the text was written; `components` lines of the status page.
    `at` is when it was sent off, `next_at` when it says that the next one comes; both aware UTC.
    """

    subject: str
    text: str
    language: Language
    audience: str
    phase: str
    to: str
    contact_name: str
    via: Via
    record: str
    at: datetime
    next_at: datetime | None = None
    components: tuple[str, ...] = ()
    level: str = ""
    contact: str = ""
    title: Bi = NOTHING
    both: Bi = NOTHING
