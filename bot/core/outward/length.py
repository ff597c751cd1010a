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

LIMITS: Mapping[Via, int] = {"mail": 20_000, "webhook": 20_000, "room": 3_000, "status": 2_000, "file": 100_000, "sms": 500, "phone": 800}
"""Characters that a way carries whole. sms: what carriers join in one go; phone: what is read aloud in three minutes; room: one
section of a card."""


@dataclass(frozen=True, slots=True)
class Length:
    """`parts`: short messages that it takes, or 1; `limit`: characters that this way carries."""

    characters: int
    parts: int
    limit: int

    @property
    def fits(self) -> bool:
        return self.characters <= self.limit


def measure(text: str, via: Via) -> Length:
    """How long a text is by a way. Characters are code points, as people count them."""
    return Length(len(text), sms_parts(text) if via == "sms" else 1, LIMITS[via])


def sms_parts(text: str) -> int:
    """Parts of a short message. One sign outside GSM 03.38 makes the whole of it UCS-2; no pair of units is torn in two."""
    if all(sign in _GSM or sign in _GSM_TWO for sign in text):
        return _parts((2 if sign in _GSM_TWO else 1 for sign in text), *_SEPTETS)
    return _parts((2 if ord(sign) > 0xFFFF else 1 for sign in text), *_UNITS)


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
