"""What comes in from a chat and what goes back to the one who spoke, as values.

A handler takes a `Request` and returns an `Answer`; an ear turns the platform's payload into the one and draws the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.cards.model import Button, Card, Form
from bot.words import Language, Text

RecordId = str  # "INC-42", "DRILL-7", "team"


@dataclass(frozen=True, slots=True)
class Request:
    """One thing a person did, checked at the door.

    key: the platform's own id of this request; the same key again returns the stored answer.
    who: a person of the plan. record, slot: the incident and room it was said in, where the room is one of ours.
    words: what follows the verb of a command. args: what the button or form carried. values: what was typed into a form's fields.
    message: (author, text, link) of the message a shortcut or pin was used on.
    """

    key: str
    who: str
    platform: str
    at: datetime
    language: Language = "zh-CN"
    record: RecordId | None = None
    slot: str | None = None
    room: str | None = None  # the platform's own id of the room it was said in
    words: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    message: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Toast:
    """A short word that only the person sees: it worked, and what happens next.

    shown: the card that was pressed shows the outcome itself, so a platform where such a word is one more message may keep it.
    """

    text: Text
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Private:
    """A card that only the person sees."""

    card: Card


@dataclass(frozen=True, slots=True)
class Ask:
    """More is needed: open this form."""

    form: Form


@dataclass(frozen=True, slots=True)
class Invalid:
    """The form stays open with everything typed; the errors stand at their fields ("" is the form itself)."""

    errors: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not like this: what was wrong, what would be right, and the button that gets there."""

    text: Text
    fix: tuple[Button, ...] = ()


Answer = Toast | Private | Ask | Invalid | Refusal
