"""The three errors that cross borders. Refused is read by people; Later and Never are said by platforms. The rest are bugs."""

from __future__ import annotations

from bot.cards.model import Button
from bot.words import Text


class Refused(Exception):
    """The plan or the state of things does not allow it. `field` is the form field at fault, if one is."""

    def __init__(self, text: Text, *fix: Button, field: str = "") -> None:
        super().__init__(str(text))
        self.text, self.fix, self.field = text, fix, field


class Later(Exception):
    """The platform says: not now. Try again after so many seconds (Retry-After, or the caller's own back-off when None).

    reached: the platform has spoken and takes calls, only not this one now. Not so where nobody answered the door, where what answered
    was broken, and where it takes nothing from us any more; so it is when seconds is None.
    """

    def __init__(self, seconds: float | None, why: str, *, reached: bool = True) -> None:
        super().__init__(why)
        self.seconds, self.why, self.reached = seconds, why, reached and seconds is not None


class Never(Exception):
    """The platform says: not ever, as things stand. `why` is shown to people together with the way round.

    reached: whether the platform itself has said so, and not we in its stead.
    """

    reached = False

    def __init__(self, why: Text) -> None:
        super().__init__(str(why))
        self.why = why
