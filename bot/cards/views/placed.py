"""Where a card stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placed:
    """A card that must exist now: which view with which arguments, under which slot, in which room.

    room: "war", "sub:<group>", a standing room ("@ecc", "@report", …), or "dm:<person>" (the service turns it into `Tell`).
    """

    room: str
    slot: str
    view: str
    args: tuple[tuple[str, str], ...] = ()
    pin: bool = False
    mentions: tuple[str, ...] = ()
    mention_all: bool = False
