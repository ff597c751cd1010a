"""Where an incident lives. A closed one's rooms are archived; reopened, it moves: new rooms, and new slots for whatever stands in them.

Inside the core a room is always called `war` or `sub:<group>`. At the two exits (life.react, the desk) it gets the name by which the
world knows it after the n-th move: `war~n`. What stands in a person's own chat or in a standing room does not move.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.events import RoomsArchived
from bot.core.incident import Incident
from bot.effects import Attach, CloseRoom, Effect, Invite, Link, OpenRoom, RenameRoom, Say, SetTopic, Show, Slot

MOVE = "~"


def own(slot: Slot) -> bool:
    """Whether it is a room of the incident itself."""
    return slot == "war" or slot.startswith(("war~", "sub:"))


def plain(slot: Slot) -> Slot:
    """What the core calls it."""
    return slot.partition(MOVE)[0]


def known(state: Incident, slot: Slot) -> Slot:
    """What the world calls it now. A slot that says after which move stays as it is; 0 is before the first."""
    name, move, number = slot.partition(MOVE)
    if move:
        return name if number == "0" else slot
    return f"{slot}{MOVE}{state.moves}" if state.moves else slot


def stands(state: Incident, room: Slot) -> bool:
    """Whether the room is there."""
    return known(state, room) in state.rooms


def former(state: Incident) -> Slot | None:
    """The war room before the last move."""
    return known(replace(state, moves=state.moves - 1), "war") if state.moves else None


def left(state: Incident) -> RoomsArchived:
    """Every room that it has, and the war room also where it does not stand yet: silent from here on."""
    return RoomsArchived(tuple(dict.fromkeys([known(state, "war"), *state.rooms, *state.waited])))


def closing(event: RoomsArchived) -> tuple[CloseRoom, ...]:
    """The archiving itself. The slots are those of the world, whatever move comes with the same breath."""
    return tuple(CloseRoom(slot if MOVE in slot else f"{slot}{MOVE}0") for slot in event.slots)


def addressed(effect: Effect, state: Incident) -> Effect:
    """The effect with the rooms as the world knows them."""
    match effect:
        case OpenRoom(slot=slot) if own(slot):
            return replace(effect, slot=known(state, slot))
        case Show(room=room, slot=slot) if own(room):
            return replace(effect, room=known(state, room), slot=known(state, slot))
        case RenameRoom(room=room) | Invite(room=room) | Say(room=room) | SetTopic(room=room) if own(room):
            return replace(effect, room=known(state, room))
        case Link(room=room) | Attach(room=room) | CloseRoom(room=room) if own(room):
            return replace(effect, room=known(state, room))
        case _:
            return effect
