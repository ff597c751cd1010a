"""Deadlines: what must be looked at, and when, follows from the state alone; the timer rows are made equal to it (decision 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Deadline:
    """`kind` names the subject's rule ("call.ladder"), `subject` what it is about ("c3"). Its ring is the command `Ring`."""

    kind: str
    subject: str
    at: datetime
