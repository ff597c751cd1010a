"""One commander, named and never hands-on; roles are taken, given, or handed over with an accepted brief (clauses 2.1-1, 2.1-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import housing, people, report, rights
from bot.core.commands import (
    AcceptHandover,
    AssignRole,
    BringBack,
    CommandCommand,
    DeclineHandover,
    LeaveRoom,
    OfferHandover,
    Ring,
    ShowLife,
    TakeRole,
)  # fmt: skip
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import (
    CommanderSeen,
    CommanderSilent,
    CommandEvent,
    Event,
    HandoverEnded,
    HandoverOffered,
    MomentReached,
    PersonBack,
    PersonLeft,
    ReportAcknowledged,
    RoleTaken,
    StageMoved,
    Stamp,
)  # fmt: skip
from bot.core.incident import Absence, Handover, Holder, Incident, Task
from bot.core.world import World
from bot.effects import Effect, Invite, Page, Say, SetTopic
from bot.plan.schema import Plan
from bot.words import Who, joined, line

KINDS: frozenset[str] = frozenset({"post.handover", "post.silent"})
PersonId = str


def decide(state: Incident, command: CommandCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if isinstance(command, LeaveRoom):
        return _leave(state, command)
    if state.stage in ("closed", "false_alarm", "merged"):
        raise Refused(line("{record} 已经关闭，角色不再变动。", record=state.id))
    match command:
        case TakeRole(role=role):
            return _take(state, role, by, world)
        case AssignRole(role=role, person=person):
            return _assign(state, role, person, by, world)
        case OfferHandover(role=role, taker=taker, brief=brief):
            return _offer(state, role, taker, brief, by, world)
        case AcceptHandover():
            return _accept(state, by, world)
        case DeclineHandover(reason=reason):
            return _decline(state, reason.strip(), by)
        case ShowLife():
            return _alive(state, by, world)
        case BringBack(person=person):
            return _bring_back(state, person, by, world)
    assert_never(command)


def duties(state: Incident, person: PersonId) -> tuple[tuple[str, ...], tuple[Task, ...]]:
    """What would be left undone without them: the roles and posts they fill, and the tasks they have not finished."""
    roles = [role for role, holder in state.roles.items() if holder.person == person]
    posts = [call.post for call in state.calls if call.here == person]
    tasks = tuple(task for task in state.tasks if task.owner == person and task.state in ("asked", "accepted"))
    return tuple(dict.fromkeys([*roles, *posts])), tasks


def absent(state: Incident, person: PersonId | None) -> bool:
    """They left and have not come back."""
    return person is not None and person in state.absences and not state.absences[person].over


def _leave(state: Incident, command: LeaveRoom) -> tuple[Event, ...]:
    """Bystanders come and go; and who leaves an archived room, or one that the incident has moved out of, leaves nothing."""
    ours = housing.own(command.slot) and command.slot == housing.known(state, housing.plain(command.slot))
    if not state.live or not ours or absent(state, command.person) or not any(duties(state, command.person)):
        return ()
    return (PersonLeft(command.person, command.slot),)


def _bring_back(state: Incident, person: PersonId, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if not absent(state, person):
        return ()
    if by != person:
        rights.require("call.post", by, state, world)
    return (PersonBack(person),)


def _take(state: Incident, role: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    assert by is not None
    holder = state.roles.get(role)
    if holder and holder.person == by:
        return ()
    _check_role(state, role, by, world)
    if role == "commander":
        rights.require("role.command", by, state, world)
    if holder and not (role == "commander" and _silent(state, world)):
        name, who = people.title(world.plan, role), Who(holder.person)
        raise Refused(
            line("{role} 现在是 {who}。要接，请对方发「移交」，你点「我接任」。", role=name, who=who),
            Button(line("叫{who}", who=who), press("task.ask", record=state.id, person=holder.person, act=f"handover:{role}")),
        )
    return (RoleTaken(role, by, "claimed"), *_first_command(state, role, world))


def _first_command(state: Incident, role: str, world: World) -> tuple[Event, ...]:
    """A commander who takes over acknowledges the report and, with everybody here, lets the response go on."""
    if role != "commander":
        return ()
    told: tuple[Event, ...] = () if state.acknowledged_at else (ReportAcknowledged(), MomentReached("acknowledged", world.now, ""))
    here = state.calls and not any(call.required and not call.here and call.post != "commander" for call in state.calls)
    return (*told, StageMoved("responding")) if state.stage == "activated" and here else told


def _assign(state: Incident, role: str, person: PersonId, by: PersonId | None, world: World) -> tuple[Event, ...]:
    people.check_person(world.plan, person, "person")
    holder = state.roles.get(role)
    if holder and holder.person == person:
        return ()
    rights.require("role.assign", by, state, world)
    _check_role(state, role, person, world)
    if role == "commander":
        rights.require("role.command", person, state, world)
        if holder and not _silent(state, world):
            raise Refused(
                line("总指挥只能移交，不能改派：{who} 发「移交」，接的人点「我接任」。", who=Who(holder.person)),
                Button(line("移交"), press("handover.offer", record=state.id, role=role)),
            )
    return (RoleTaken(role, person, "assigned"), *_first_command(state, role, world))


def _check_role(state: Incident, role: str, person: PersonId, world: World) -> None:
    plan = world.plan
    wanted = plan.roles.get(role)
    if wanted is None:
        names = joined([found.short for found in plan.roles.values()])
        raise Refused(line("没有「{role}」这个角色。可选：{names}。", role=role, names=names), field="role")
    for other, holder in state.roles.items():
        if holder.person == person and (other in wanted.exclusive_of or role in plan.roles[other].exclusive_of):
            raise Refused(
                line("{who} 已经是{other}，不能同时是{role}。先移交。", who=Who(person), other=people.title(plan, other), role=wanted.name),
                Button(line("移交"), press("handover.offer", record=state.id, role=other)),
            )
    if not wanted.hands_on and any(item.owner == person and item.state == "todo" for c in state.checklists for item in c.items):
        raise Refused(line("{who} 手上还有清单项。总指挥不接具体操作，先把它们转给别人。", who=Who(person)), field="person")


def _silent(state: Incident, world: World) -> bool:
    """Nothing was heard for the plan's time, or they left the room."""
    if absent(state, state.commander):
        return True
    seen = state.commander_seen_at
    return seen is not None and world.now - seen >= timedelta(minutes=world.plan.timing.silence_commander_min)


def _offer(state: Incident, role: str, taker: PersonId, brief: Mapping[str, str], by: PersonId | None, world: World) -> tuple[Event, ...]:
    holder = state.roles.get(role)
    if holder is None:
        raise Refused(line("{role} 还没有人，直接点「我来」。", role=people.title(world.plan, role)),
                      Button(line("我来"), press("role.take", record=state.id, role=role), "primary"))  # fmt: skip
    if holder.person != by:
        raise Refused(line("只有{role}{who}能移交。请对方发「移交」。", role=people.title(world.plan, role), who=Who(holder.person)))
    people.check_person(world.plan, taker, "taker")
    if taker == by:
        raise Refused(line("移交给另一个人。"), field="taker")
    _check_role(state, role, taker, world)
    if role == "commander":
        rights.require("role.command", taker, state, world)
    for point in world.plan.documents.handover:
        if not brief.get(point.id, "").strip():
            raise Refused(line("交接还差「{point}」。不知道就写「不知道」。", point=point.name), field=point.id)
    return (HandoverOffered(role, holder.person, taker, dict(brief)),)


def _accept(state: Incident, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Between the offer and this moment the successor may have been given other work: it is looked at again."""
    offered = state.handover
    if offered is None:
        raise Refused(line("现在没有等你接任的移交。看状态卡现在谁在指挥。"))
    if offered.taker != by:
        raise Refused(line("等 {who} 接任，别人不能代接。", who=Who(offered.taker)))
    _check_role(state, offered.role, offered.taker, world)
    return (HandoverEnded(offered.role, offered.taker, True, ""), RoleTaken(offered.role, offered.taker, "handover"))


def _alive(state: Incident, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Only when half the time of silence is over, so that talk does not fill the record."""
    seen, half = state.commander_seen_at, timedelta(minutes=world.plan.timing.silence_commander_min) / 2
    alive = by is not None and by == state.commander and state.responding and seen is not None
    return (CommanderSeen(),) if alive and seen and world.now - seen >= half else ()


def _decline(state: Incident, reason: str, by: PersonId | None) -> tuple[Event, ...]:
    offered = state.handover
    if offered is None:
        return ()
    if by not in (offered.taker, offered.giver):
        raise Refused(line("只有 {taker} 能回绝，{giver} 能收回。", taker=Who(offered.taker), giver=Who(offered.giver)))
    return (HandoverEnded(offered.role, offered.taker, False, reason),)


def evolve(state: Incident, event: CommandEvent, stamp: Stamp) -> Incident:
    match event:
        case RoleTaken(role=role, person=person):
            state = replace(state, roles={**state.roles, role: Holder(role, person, stamp.at)})
            if state.handover and state.handover.role == role:
                state = replace(state, handover=None)
            return replace(state, commander_seen_at=stamp.at, commander_silence_told=False) if role == "commander" else state
        case HandoverOffered(role=role, giver=giver, taker=taker, brief=brief):
            rings = {**state.rings, taker: (*state.rings.get(taker, ()), f"page:{taker}:{stamp.seq}")}
            return replace(state, handover=Handover(role, giver, taker, brief, stamp.at), rings=rings)
        case HandoverEnded():
            return replace(state, handover=None)
        case CommanderSilent():
            return replace(state, commander_silence_told=True)
        case CommanderSeen():
            return state  # whatever the commander does is a sign of life (life._seen)
        case PersonLeft(person=person, slot=slot):
            times = state.absences[person].times + 1 if person in state.absences else 1
            return replace(state, absences={**state.absences, person: Absence(person, slot, stamp.at, times)})
        case PersonBack(person=person):
            return replace(state, absences={**state.absences, person: replace(state.absences[person], over=True)})
    assert_never(event)


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    if not state.live:
        return ()
    found: list[Deadline] = []
    if state.handover:
        found.append(Deadline("post.handover", state.handover.taker, state.handover.at + timedelta(minutes=plan.timing.handover_ask_min)))
    quiet = state.level is None or plan.severities[state.level].response.room == "quiet"
    if state.commander_seen_at and state.responding and not quiet and not state.commander_silence_told:
        found.append(Deadline("post.silent", "", state.commander_seen_at + timedelta(minutes=plan.timing.silence_commander_min)))
    return tuple(found)


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    """A handover that nobody answered lapses: the giver still has the role and is told; a silent commander is told to the deputies."""
    if ring.kind == "post.handover":
        assert state.handover is not None
        return (HandoverEnded(state.handover.role, state.handover.taker, False, ""),)
    assert state.commander is not None
    return (CommanderSilent(state.commander),)


def react(before: Incident | None, event: CommandEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    plan = world.plan
    match event:
        case RoleTaken(role=role, person=person, how=how):
            topic = (SetTopic("war", report.topic(after, plan)),) if role == "commander" else ()
            text = line("{role} 现在是 {who}。", role=people.title(plan, role), who=Who(person))
            told = (Say("war", f"say:{stamp.seq}", text),) if how == "handover" or _changed(before, role) else ()
            return (Invite("war", (person,)), *topic, *told)
        case HandoverOffered(role=role, giver=giver, taker=taker):
            text = line("{giver} 请你接任{role}。看交接摘要，能接点「我接任」。", giver=Who(giver), role=people.title(plan, role))
            return (Invite("war", (taker,)), Page(taker, f"page:{taker}:{stamp.seq}", text, after.id))
        case HandoverEnded(accepted=True) | CommanderSeen() | PersonLeft():
            return ()
        case PersonBack(person=person):
            rooms = dict.fromkeys(["war", housing.plain(after.absences[person].slot)])
            return tuple(Invite(room, (person,)) for room in rooms)
        case HandoverEnded(role=role, taker=taker):
            back = before.handover.giver if before and before.handover else None
            text = line("{taker} 没有接任{role}，仍由原任负责。换一个人移交。", taker=Who(taker), role=people.title(plan, role))
            return (Say("war", f"say:{stamp.seq}", text, mentions=(back,) if back else ()),)
        case CommanderSilent(person=person):
            others = tuple(p for p in rights.members("centre", after, world) if p != person and p in after.people)[:2]
            text = line("总指挥 {who} {minutes} 分钟没有动静。联系不上的话，指挥中心另一席点「我来指挥」接过去。", who=Who(person, True),
                        minutes=plan.timing.silence_commander_min)  # fmt: skip
            return (Say("war", f"say:{stamp.seq}", text, mentions=(person, *others)),)
    assert_never(event)


def _changed(before: Incident | None, role: str) -> bool:
    """Somebody else held the role a moment ago."""
    return bool(before and role in before.roles)
