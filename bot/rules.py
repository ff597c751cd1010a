"""What may happen, for the service: the pure core and the views, as the functions that it wants (bot/service.py, `Rules`)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards import views
from bot.cards.model import Card
from bot.core import life, spread
from bot.core.commands import Command, RaiseWarning, ReportIncident
from bot.core.events import Event
from bot.core.incident import Incident
from bot.core.people import Team
from bot.core.world import World
from bot.effects import Effect, OpenRoom, Page, StopPage
from bot.plan.schema import Plan
from bot.service import Rules
from bot.store.codec import Codec, Named
from bot.words import Bi

Record = Incident | Team


def rules() -> Rules:
    """The core and the views, as the functions that the service wants."""
    return Rules(
        decide=life.decide, evolve=life.evolve, react=life.react, deadlines=life.deadlines, desk=_desk, draw=_draw, priority=_priority,
        kind=_kind, outline=_outline, spread=spread.spread, standing=_standing, world=World, no_team=Team(),
        states=Codec(Incident | Team), events=Named(Event), dump_plan=lambda plan: plan.model_dump_json(),
        load_plan=Plan.model_validate_json,
    )  # fmt: skip


def _desk(state: Record, plan: Plan) -> tuple[views.Placed, ...]:
    return views.desk(state, plan) if isinstance(state, Incident) else ()


def _draw(view: str, state: Record, plan: Plan, args: Mapping[str, str]) -> Card:
    assert isinstance(state, Incident)
    return views.VIEWS[view](state, plan, args)


def _priority(state: Record, effect: Effect) -> int:
    """0 pages and rooms of the gravest level · 1 the rest of it and all other pages · 2 the others · 3 drills."""
    if isinstance(state, Team) or state.mode == "drill":
        return 3
    urgent = isinstance(effect, Page | StopPage | OpenRoom)
    grave = state.level == "major" or state.level is None
    return (0 if urgent else 1) if grave else (1 if urgent else 2)


def _kind(command: Command) -> str:
    return "DRILL" if isinstance(command, ReportIncident | RaiseWarning) and command.mode == "drill" else "INC"


def _outline(state: Record) -> tuple[str, bool]:
    return (state.stage, state.stage not in ("closed", "false_alarm", "merged")) if isinstance(state, Incident) else ("team", True)


def _standing(plan: Plan) -> tuple[OpenRoom, ...]:
    """The room where anybody reports, that of each group, and those with people from outside."""
    rooms = [_group_room(plan, group) for group in plan.groups]
    everybody = tuple(plan.people)
    topic = Bi("看到异常就在这里说一句", "Say here what looks wrong")
    return (OpenRoom("@report", Bi("故障上报", "Report a fault"), "report-a-fault", everybody, topic), *rooms, *_outside_rooms(plan))


def _group_room(plan: Plan, group: str) -> OpenRoom:
    known = plan.groups[group]
    members = tuple(person.id for person in plan.people.values() if any(post in known.seats for post in person.posts))
    groups = tuple(f"{platform}:{id_}" for platform, id_ in known.user_groups.items())
    return OpenRoom(f"@{group}", known.name, f"group-{group}", members, known.duties, groups=groups)


def _outside_rooms(plan: Plan) -> tuple[OpenRoom, ...]:
    """Each on one platform: whoever writes to them is in it, and the group that keeps the one voice; the guests are asked in by hand."""
    topic = Bi("对外通知发在这里", "Notices to the outside go here")
    comms = plan.groups["comms"].seats if "comms" in plan.groups else ()
    found = []
    for room in plan.comms.rooms.values():
        drafter = plan.comms.audiences[room.audience].drafter
        posts = {*comms, *(plan.roles[drafter].posts if drafter in plan.roles else (drafter,))}
        members = tuple(person.id for person in plan.people.values() if posts & set(person.posts))
        found.append(OpenRoom(f"@{room.id}", room.name, f"outside-{room.id}", members, topic, private=True, only=room.platform or ""))
    return tuple(found)
