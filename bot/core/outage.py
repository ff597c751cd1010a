"""A platform that takes no calls: what an incident knows of it, over which platforms people are called meanwhile, and who is left to dial.

That one is lost, or back, is a fact of the team (`MarkPlatform`, said by the engine); each open incident follows it by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from bot.core import calling, report
from bot.core.events import Event, OutageEvent, OutageNoted, OutageOver, Stamp
from bot.core.incident import Incident, Outage, PersonId
from bot.core.spread import homes, rooms, spread
from bot.core.world import World
from bot.effects import Effect, Page


def decide(state: Incident, world: World) -> tuple[Event, ...]:
    """What the incident does not know yet; nothing new begins for one that is over."""
    lost = {platform: since for platform, since in world.team.lost.items() if platform in world.served}
    over = tuple(OutageOver(platform) for platform in state.outages if platform not in lost)
    if not lost or not state.live:
        return over
    alive = tuple(platform for platform in world.served if platform not in lost)
    shelters = alive if not {*rooms(state, world)} - {*lost} else ()
    refuges = tuple(dict.fromkeys((*state.refuges, *shelters)))
    called = tuple(platform for platform in homes(world.plan, world.served) if platform in alive) or alive
    alone = _alone(state, world)
    noted = [OutageNoted(platform, Outage(since, called, alone), refuges) for platform, since in lost.items()]
    return (*over, *(event for event in noted if state.outages.get(event.platform) != event.outage or state.refuges != refuges))


def _alone(state: Incident, world: World) -> tuple[PersonId, ...]:
    """Who can be reached on no platform that takes calls: of the plan, whoever may yet be called, and of the incident's guests."""
    found = spread(state, world)
    alive = [platform for platform in found.served if platform not in found.lost]
    everybody = dict.fromkeys((*world.plan.people, *state.people))
    return tuple(person for person in everybody if not any(found.reaches(person, platform) for platform in alive))


def evolve(state: Incident, event: OutageEvent, stamp: Stamp) -> Incident:
    match event:
        case OutageNoted(platform=platform, outage=outage, refuges=refuges):
            return replace(state, outages={**state.outages, platform: outage}, refuges=refuges)
        case OutageOver(platform=platform):
            return replace(state, outages={name: outage for name, outage in state.outages.items() if name != platform})
    assert_never(event)


def react(before: Incident | None, event: OutageEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    """Whoever rings is rung where they are reached now, by the same ring; where nothing is left of home, the rooms open elsewhere too."""
    match event:
        case OutageNoted(platform=platform, refuges=refuges):
            known = before is not None and platform in before.outages
            moved = refuges != (before.refuges if before is not None else ())
            rooms_again = (*report.new_room(after, world.plan), *calling.subrooms(None, after, world.plan)) if moved else ()
            return (*rooms_again, *(() if known else _rings(after, world)))
        case OutageOver():
            return ()
    assert_never(event)


def _rings(state: Incident, world: World) -> tuple[Effect, ...]:
    """The newest ring of everybody whose phone should ring; a platform on which it has rung does nothing."""
    called = {person for call in state.calls for person in call.ringing}
    return tuple(
        calling.page(state, person, slots[-1], world.plan)
        if person in called
        else Page(person, slots[-1], report.page_text(state), state.id)
        for person, slots in state.rings.items()
        if slots
    )


def awaited(state: Incident) -> tuple[PersonId, ...]:
    """Who has been called and has not answered."""
    called = [person for call in state.calls if call.here is None for person in call.ringing]
    return tuple(dict.fromkeys((*state.rings, *called)))
