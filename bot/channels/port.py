"""The border to a way out that is no chat: one verb, `send`, meaning *this letter has left, once*.

`key`       our name for the delivery, the same for every try of it and for ever: what a receiver can tell two sendings by is made of it.
`in_doubt`  an earlier call with this key may have sent it (a crash, a time-out). Who can send twice without doubling it does; who cannot
            raises Doubt and sends nothing.

Three errors cross the border. `Later(seconds, why)`: it has not left, or may safely leave again; with seconds the receiver said when.
`Never(why)`: not as things stand; people read why, and what to do. `Doubt(why)`: it may have arrived, and another try could double it, so a
person asks. Anything else is a bug of the channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.errors import Never
from bot.core.outward.letter import Letter
from bot.words import Text


class Doubt(Exception):
    """It may have arrived. `why` is shown to the person who has to find out."""

    def __init__(self, why: Text) -> None:
        super().__init__(str(why))
        self.why = why


class Channel(Protocol):
    """Mail, webhook, file or status page."""

    @property
    def name(self) -> str:
        """As in the contact book: the `via` of an address."""

    async def send(self, letter: Letter, key: str, in_doubt: bool, /) -> str:
        """The letter has left. Returns what proves it: the answer of whoever took it, or where it lies."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A channel that nobody has set up: it says so, and which setting is missing."""

    name: str
    why: Text

    async def send(self, letter: Letter, key: str, in_doubt: bool, /) -> str:
        raise Never(self.why)


def quoted(words: str, longest: int = 200) -> str:
    """What the other side said, as one short line without anything that is no letter."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
