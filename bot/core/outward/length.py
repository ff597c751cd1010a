"""How long a text is on its way: the parts of a short message (3GPP TS 23.038 and 23.040), the limit of every other way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.outward.state import Via

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("\f^{}\\[~]|€")  # an escape and a letter: two septets
_SEPTETS = (160, 153)  # of a message alone, of a part of a longer one
_UNITS = (70, 67)  # the same in UCS-2, in UTF-16 code units

SMS_PARTS = 8  # what carriers join into one message
LIMITS: Mapping[Via, int] = {"mail": 20_000, "webhook": 20_000, "room": 3_000, "status": 2_000, "file": 100_000, "phone": 1_000}
"""Characters that a way carries whole. room: one section of a card; phone: what is read aloud in a few minutes. sms: see `SMS_PARTS`."""


@dataclass(frozen=True, slots=True)
class Length:
    """`parts`: short messages that it takes, or 1; `limit`: characters that this way carries, of a text in this alphabet."""

    characters: int
    parts: int
    limit: int

    @property
    def fits(self) -> bool:
        return self.characters <= self.limit


def measure(text: str, via: Via) -> Length:
    """How long a text is by a way. Characters are code points, as people count them."""
    if via != "sms":
        return Length(len(text), 1, LIMITS[via])
    parts, joined = _sms(text)
    # An escaped sign counts twice on its way: where that fills the parts, the limit is what is there less what is too much.
    return Length(len(text), parts, SMS_PARTS * joined if parts <= SMS_PARTS else min(SMS_PARTS * joined, len(text) - 1))


def _sms(text: str) -> tuple[int, int]:
    """Parts of a short message, and units of each. One sign outside GSM 03.38 makes the whole of it UCS-2; no pair is torn in two."""
    if all(sign in _GSM or sign in _GSM_TWO for sign in text):
        return _parts((2 if sign in _GSM_TWO else 1 for sign in text), *_SEPTETS), _SEPTETS[1]
    return _parts((2 if ord(sign) > 0xFFFF else 1 for sign in text), *_UNITS), _UNITS[1]


def _parts(costs: Iterable[int], alone: int, joined: int) -> int:
    each = tuple(costs)
    if sum(each) <= alone:
        return 1
    parts, room = 1, joined
    for cost in each:
        if cost > room:
            parts, room = parts + 1, joined
        room -= cost
    return parts
