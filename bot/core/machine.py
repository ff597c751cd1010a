"""What the bot itself could and could not do, where people must see it: rooms that stand, and troubles with a way round (decision 4)."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from bot.core import housing
from bot.core.commands import RecordOutcome
from bot.core.events import BotEvent, Event, RoomOpened, Stamp, TroubleCleared, TroubleNoted
from bot.core.incident import Incident, Trouble
from bot.core.world import World
from bot.effects import Effect, Page, Say
from bot.words import Text, Who, joined, line


def decide(state: Incident, command: RecordOutcome, world: World) -> tuple[Event, ...]:
    match command.kind:
        case "room_opened":
            return () if command.effect in state.rooms else (RoomOpened(command.effect),)
        case "waiting":
            told = any(t.key == _waits(command.effect) and t.why == command.text for t in state.troubles)
            trouble = Trouble(_waits(command.effect), "waiting", command.text, (), world.now)
            return () if told or command.effect in state.rooms else (TroubleNoted(trouble),)
        case "parked":
            return (TroubleNoted(Trouble(command.effect, "parked", command.text, command.people, world.now)),)
        case "unparked":
            return (TroubleCleared(command.effect),) if any(t.key == command.effect for t in state.troubles) else ()
        case "not_invited":
            known = any(t.key == f"invite:{command.effect}" and t.people == command.people for t in state.troubles)
            trouble = Trouble(f"invite:{command.effect}", "not_invited", _not_invited(command), command.people, world.now)
            return () if known else (TroubleNoted(trouble),)
    assert_never(command.kind)


def _waits(slot: str) -> str:
    return f"waiting:{slot}"


def _not_invited(command: RecordOutcome) -> Text:
    return line("没能拉进群：{who}。请打电话。", who=joined([Who(person) for person in command.people]))


def evolve(state: Incident, event: BotEvent, stamp: Stamp) -> Incident:
    match event:
        case RoomOpened(slot=slot):
            left = tuple(trouble for trouble in state.troubles if trouble.key != _waits(slot))
            return replace(state, rooms=(*state.rooms, slot), troubles=left)
        case TroubleNoted(trouble=trouble):
            state = replace(state, troubles=(*(t for t in state.troubles if t.key != trouble.key), trouble))
            if trouble.kind == "waiting":
                slot = trouble.key.removeprefix(_waits(""))
                return replace(state, waited=tuple(dict.fromkeys([*state.waited, slot])))
            return _ringing(state, stamp) if _roomless(state, trouble) else state
        case TroubleCleared(key=key):
            return replace(state, troubles=tuple(t for t in state.troubles if t.key != key))
    assert_never(event)


def _roomless(state: Incident, trouble: Trouble) -> bool:
    """The war room itself could not be opened. What else fails meanwhile (a message to one person) is not worth everybody's sleep."""
    about_room = trouble.kind == "parked" and trouble.key.partition("@")[0] == housing.known(state, "war")
    return about_room and state.live and not housing.stands(state, "war")


def _ringing(state: Incident, stamp: Stamp) -> Incident:
    rings = {**state.rings}
    for person in state.people:
        rings[person] = (*rings.get(person, ()), f"page:{person}:{stamp.seq}")
    return replace(state, rings=rings)


def react(before: Incident | None, event: BotEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """A war room that cannot open is shouted about: everybody of the incident is paged with it, and the command centre's room told."""
    match event:
        case TroubleNoted(trouble=trouble) if _roomless(after, trouble):
            text = line("{record} 的作战群没建成：{why}。先打电话集合，按口袋卡。", record=after.id, why=trouble.why)
            pages = tuple(Page(person, f"page:{person}:{stamp.seq}", text, after.id) for person in after.people)
            return (Say("@ecc", f"say:{after.id}:{stamp.seq}", text), *pages)
        case RoomOpened() | TroubleNoted() | TroubleCleared():
            return ()
    assert_never(event)
