"""Reporting: one line is enough, nobody is blocked, and nothing left unanswered stops somebody being called (clauses 4.1-3, 4.1-4, 3.3-2).

The report opens a small room with the commander on duty and one assessor of each side (decision 15). Silence calls deputies; silence
longer than that pre-activates the response.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.core import calling, grading, housing, people, rights
from bot.core.commands import (
    Absorb,
    AcknowledgeReport,
    AddToReport,
    DeclareFalseAlarm,
    MergeInto,
    RaiseWarning,
    ReportCommand,
    ReportIncident,
    Ring,
    TurnWarningIntoIncident,
)  # fmt: skip
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import (
    AssessorsCalled,
    DeviationNoted,
    Event,
    FalseAlarmDeclared,
    IncidentAbsorbed,
    IncidentMerged,
    IncidentReported,
    MissingAsked,
    MomentReached,
    ReportAcknowledged,
    ReportAdded,
    ReportEvent,
    StageMoved,
    Stamp,
    WarningCameTrue,
    WarningRaised,
)  # fmt: skip
from bot.core.incident import SIDES, Addition, Assessor, Element, Incident, Report, Side
from bot.core.world import World
from bot.effects import Effect, Invite, Link, OpenRoom, Page, RenameRoom, Say, SetTopic
from bot.plan.schema import Plan
from bot.words import Joined, Line, Text, Who, joined, line

KINDS: frozenset[str] = frozenset({"report.missing", "report.deputies", "report.preactivate"})
PersonId = str
ELEMENTS: dict[Element, Line] = {"symptom": line("现象"), "time": line("发生时间"), "scope": line("影响范围")}


# --- deciding ---------------------------------------------------------------------------------------------------------------


def open_new(command: ReportIncident | RaiseWarning, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """The first events of a record: what was said, and who is called to grade it. Anyone may report."""
    report, plan = command.report, world.plan
    if not report.symptom.strip():
        raise Refused(line("写一句看到了什么，例如「上海仓扫码没反应」。其他的可以后补。"), field="symptom")
    mode = command.mode
    if isinstance(command, RaiseWarning):
        _check_warning(command, plan)
        return (WarningRaised(world.record, mode, plan.hash, plan.version, report, command.warning), *_first_assessors(report, world))
    began: tuple[Event, ...] = (
        IncidentReported(world.record, mode, plan.hash, plan.version, report),
        MomentReached("detected", report.discovered_at, ""),
    )
    return (*began, *_first_assessors(report, world))


def decide(state: Incident, command: ReportCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    match command:
        case ReportIncident() | RaiseWarning():
            raise Refused(line("{record} 已经在了。补充写「补充 …」。", record=state.id))
        case TurnWarningIntoIncident(note=note):
            return _came_true(state, note.strip(), world)
        case AcknowledgeReport():
            return () if state.acknowledged_at or not state.live else _acknowledge(world.now)
        case AddToReport():
            return _add(state, command, world)
        case DeclareFalseAlarm(reason=reason):
            return _false_alarm(state, reason.strip(), by, world)
        case MergeInto(record=record, reason=reason):
            return _merge(state, record, reason.strip(), by, world)
        case Absorb(record=record, text=text, reporter=reporter):
            return () if record in state.absorbed and record else (IncidentAbsorbed(record, text, reporter),)
    assert_never(command)


def _acknowledge(now: datetime) -> tuple[Event, ...]:
    return (ReportAcknowledged(), MomentReached("acknowledged", now, ""))


def _check_warning(command: RaiseWarning, plan: Plan) -> None:
    if command.warning.colour not in plan.warning.colours:
        names = joined([colour.name for colour in plan.warning.colours.values()])
        raise Refused(line("预警颜色只有{names}。", names=names), field="colour")


def _came_true(state: Incident, note: str, world: World) -> tuple[Event, ...]:
    if state.stage != "warning":
        return ()
    began = (WarningCameTrue(note), StageMoved("reported"), MomentReached("detected", world.now, note))
    return (*began, *_first_assessors(state.report, world))


def _add(state: Incident, command: AddToReport, world: World) -> tuple[Event, ...]:
    if state.stage in ("closed", "false_alarm", "merged"):
        raise Refused(line("{record} 已经关闭。新的情况另报一条，或先重开。", record=state.id))
    old = state.report
    if command.started_at and command.started_at > world.now:
        raise Refused(line("发生时间在将来。写已经过去的时间，例如「20:10」或「10 分钟前」。"), field="started")
    new = replace(
        old,
        symptom=command.symptom.strip() if command.symptom and command.symptom.strip() else old.symptom,
        started_at=command.started_at or old.started_at,
        started_text=command.started_text or old.started_text,
        scope=command.scope.strip() if command.scope and command.scope.strip() else old.scope,
        services=tuple(dict.fromkeys((*old.services, *command.services))),
        links=tuple(dict.fromkeys((*old.links, *command.links))),
        sites=tuple(dict.fromkeys((*old.sites, *command.sites))),
        unknown=() if command.services or command.links or command.sites else old.unknown,
    )
    if new == old and not command.text.strip():
        return ()
    added = ReportAdded(new, command.text)
    return (added, *calling.reinforce(evolve(state, added, Stamp(world.now, None, 0)), world))


def _false_alarm(state: Incident, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if state.stage == "false_alarm":
        return ()
    if not state.live:
        raise Refused(line("{record} 已经结束，不用再按误报关闭。", record=state.id))
    rights.require("incident.false_alarm", by, state, world)
    if not reason:
        raise Refused(line("写一句怎么核实的，例如「备份任务引起，业务正常」。"), field="reason")
    early: tuple[Event, ...] = (DeviationNoted(line("响应中按误报关闭"), reason),) if state.responding else ()
    return (FalseAlarmDeclared(reason), *early, StageMoved("false_alarm"), housing.left(state))


def _merge(state: Incident, into: str, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if state.merged_into == into:
        return ()
    if into == state.id:
        raise Refused(line("不能并到它自己。写另一个编号，例如「INC-41」。"), field="into")
    if not state.live:
        raise Refused(line("{record} 已经结束，不用合并。看到的情况补充到 {into}。", record=state.id, into=into), field="into")
    rights.require("incident.merge", by, state, world)
    return (IncidentMerged(into, reason), StageMoved("merged"), housing.left(state))


# --- whom to call first -----------------------------------------------------------------------------------------------------


def lead_seat(report: Report, plan: Plan) -> str:
    """The command-centre seat that commands by default: the technical one for services, the business one for links, else the first."""
    dominant = "technical" if report.services else "business" if report.links or report.sites else "external_impact"
    seats = plan.groups["ecc"].seats
    return next((seat for seat in seats if dominant in plan.posts[seat].leads_when), seats[0])


def side_post(side: Side, report: Report, plan: Plan) -> str:
    """The post asked to grade for a side: the first of its posts that serves an affected link."""
    posts = plan.grading.sides[side].posts
    links = {*report.links, *(link for s in report.services if s in plan.services and (link := plan.services[s].link))}
    return next((post for post in posts if links & set(plan.posts[post].links)), posts[0])


def _first_assessors(report: Report, world: World) -> tuple[Event, ...]:
    wanted: list[tuple[str, Side | None]] = [(lead_seat(report, world.plan), None)]
    wanted += [(side_post(side, report, world.plan), side) for side in SIDES]
    site = report.sites[0] if report.sites else None
    found = [(people.on_duty(world.plan, world.team, post, site, world.now), post, side) for post, side in wanted]
    called = tuple(Assessor(duty.person, post, side, duty.site, world.now) for duty, post, side in found if duty)
    return (AssessorsCalled(called, 1),) if called else ()


def _deputy_assessors(state: Incident, world: World) -> tuple[Event, ...]:
    """Silence: the other seats of the command centre, and a stand-in for each side that has not answered."""
    plan, team, now = world.plan, world.team, world.now
    taken, called = set(state.people), list[Assessor]()
    for seat in plan.groups["ecc"].seats:
        duty = people.on_duty(plan, team, seat, None, now)
        chain = ([duty.person] if duty else []) + list(people.stand_ins(plan, team, seat, None, now))
        person = next((found for found in chain if found not in taken), None)
        if person:
            taken.add(person)
            called.append(Assessor(person, seat, None, None, now))
    for assessor in state.assessors:
        if assessor.side and not grading.spoke(state, assessor.side):
            line_up = people.stand_ins(plan, team, assessor.post, assessor.site, now)
            person = next((found for found in line_up if found not in taken), None)
            if person:
                taken.add(person)
                called.append(Assessor(person, assessor.post, assessor.side, assessor.site, now))
    return (AssessorsCalled(tuple(called), 2),)


# --- folding ----------------------------------------------------------------------------------------------------------------


def evolve_new(event: IncidentReported | WarningRaised, stamp: Stamp) -> Incident:
    warning = event.warning if isinstance(event, WarningRaised) else None
    return Incident(
        id=event.record, mode=event.mode, plan_hash=event.plan_hash, plan_version=event.plan_version,
        stage="warning" if warning else "reported", stage_since=stamp.at, reported_at=stamp.at, report=event.report, warning=warning,
    )  # fmt: skip


def evolve(state: Incident, event: ReportEvent, stamp: Stamp) -> Incident:
    match event:
        case IncidentReported() | WarningRaised():
            return evolve_new(event, stamp)
        case WarningCameTrue(note=note):
            return _with_addition(replace(state, reported_at=stamp.at), note, stamp)
        case AssessorsCalled(assessors=assessors, step=step):
            rings = {**state.rings}
            for assessor in assessors:
                rings[assessor.person] = (*rings.get(assessor.person, ()), f"page:{assessor.person}:{stamp.seq}")
            return replace(state, assessors=(*state.assessors, *assessors), centre_step=step, rings=rings)
        case ReportAcknowledged():
            return replace(state, acknowledged_at=stamp.at)
        case ReportAdded(report=report, text=text):
            return _with_addition(replace(state, report=report), text, stamp)
        case MissingAsked():
            return replace(state, missing_asked=state.missing_asked + 1, missing_asked_at=stamp.at)
        case FalseAlarmDeclared(reason=reason):
            return replace(state, close_reason=reason)
        case IncidentMerged(into=into, reason=reason):
            return replace(state, merged_into=into, close_reason=reason)
        case IncidentAbsorbed(record=record, text=text):
            absorbed = (*state.absorbed, record) if record else state.absorbed
            return _with_addition(replace(state, absorbed=absorbed), text, stamp)
    assert_never(event)


def _with_addition(state: Incident, text: str, stamp: Stamp) -> Incident:
    return replace(state, additions=(*state.additions, Addition(text, stamp.by, stamp.at))) if text.strip() else state


# --- time -------------------------------------------------------------------------------------------------------------------


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    if state.stage not in ("reported", "assessing", "activated", "responding"):
        return ()
    found: list[Deadline] = []
    timing = plan.timing
    if state.report.missing and state.missing_asked < timing.missing_asks_max:
        since = state.missing_asked_at or state.reported_at
        found.append(Deadline("report.missing", str(state.missing_asked), since + timedelta(minutes=timing.missing_again_min)))
    if state.activation is None:
        ack = timedelta(minutes=plan.severities[grading.assumed_level(state, plan)].response.ack_min)
        if state.centre_step < 2:
            found.append(Deadline("report.deputies", "", state.reported_at + ack))
        found.append(Deadline("report.preactivate", "", state.reported_at + ack * timing.activation_ack_factor))
    return tuple(found)


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    match ring.kind:
        case "report.missing":
            return (MissingAsked(state.report.missing),)
        case "report.deputies":
            if state.acknowledged_at and all(grading.spoke(state, side) for side in SIDES):
                return (AssessorsCalled((), 2),)
            return _deputy_assessors(state, world)
        case _:
            return calling.pre_activate(state, world)


# --- the world --------------------------------------------------------------------------------------------------------------


def name(state: Incident, plan: Plan) -> Text:
    """What the room and the headline are called: 【重大】INC-42 下单报错, drills 【演练】."""
    mark = line("【演练】") if state.mode == "drill" else ""
    level = plan.severities[state.level].short if state.level and state.activation else None
    head = line("【{level}】", level=level) if level else line("【预警】") if state.stage == "warning" else ""
    return Joined((mark, head, state.id, " ", title(state)), by="")


def title(state: Incident, limit: int = 20) -> str:
    """The symptom as a title: its first clause, cut at a limit of characters."""
    parts = re.split(r"[\n，。；,;]", state.report.symptom)
    first = next((part.strip() for part in parts if len(part.strip()) >= 3), state.report.symptom.strip() or state.id)
    return first if len(first) <= limit else first[: limit - 1] + "…"


def slug(state: Incident) -> str:
    """inc-42-major-order-shanghai, the level once it is in force: letters, digits and hyphens, for platforms that allow nothing else."""
    level = [state.level] if state.activation is not None and state.level is not None else []
    moved = [str(state.moves + 1)] if state.moves else []
    words = [state.id, *level, *state.report.services[:1], *state.report.sites[:1], *moved]
    return "-".join(word.lower().replace("_", "-") for word in words)


def topic(state: Incident, plan: Plan) -> Text:
    where = scope(state, plan)
    if state.commander:
        return line("{where} · 总指挥 {who}", where=where, who=Who(state.commander))
    return line("{where} · 还没有总指挥", where=where)


def scope(state: Incident, plan: Plan) -> Text:
    """Where it is broken: sites, services and links by name, and the words of extent; 待补 when nothing is known."""
    report = state.report
    parts: list[Text] = [plan.sites[s].name for s in report.sites if s in plan.sites]
    parts += [plan.services[s].name for s in report.services if s in plan.services]
    known = {plan.services[s].link for s in report.services if s in plan.services}
    parts += [plan.links[link].name for link in report.links if link in plan.links and link not in known]
    if report.scope.strip():
        parts.append(report.scope.strip())
    return joined(parts) if parts else line("范围待补")


def new_room(state: Incident, plan: Plan) -> tuple[Effect, ...]:
    """The war room with everybody of the incident, and the way from it to the record."""
    members = tuple(person for person in state.people if person in plan.people or people.guest(person))
    room = OpenRoom("war", name(state, plan), slug(state), members, topic(state, plan), private=state.confidential)
    return (room, Link("war", line("事件记录"), f"/i/{state.id}"))


def page_text(state: Incident) -> Text:
    """What the page of an assessor says."""
    return line("{record} {title}：请你定级。打开看卡片，按一下就行。", record=state.id, title=title(state))


def react(before: Incident | None, event: ReportEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    plan = world.plan
    match event:
        case IncidentReported() | WarningRaised():
            return new_room(after, plan)
        case AssessorsCalled(assessors=assessors, step=step):
            text = page_text(after)
            slots = {a.person: f"page:{a.person}:{stamp.seq}" for a in assessors}
            pages = tuple(Page(who, slot, text, after.id) for who, slot in slots.items() if slot in after.rings.get(who, ()))
            return pages if step == 1 else (*((Invite("war", tuple(a.person for a in assessors)),) if assessors else ()), *pages)
        case MissingAsked(elements=elements):
            asked = joined([ELEMENTS[element] for element in elements])
            text = line("还差{elements}。知道的人点卡片上的「补充」，不知道就写「不知道」。", elements=asked)
            return (Say("war", f"say:{stamp.seq}", text, mentions=(after.report.reporter,)),)
        case ReportAdded():
            changed = before is not None and before.report.symptom != after.report.symptom
            return (RenameRoom("war", name(after, plan), slug(after)),) if changed else ()
        case IncidentAbsorbed(record=record, text=text, reporter=reporter):
            said = line("{who} 也报了同一件事：{text}", who=Who(reporter), text=text)
            merged = line("{record} 并到本事件：{text}", record=record, text=text)
            return (Invite("war", (reporter,)), Say("war", f"say:{stamp.seq}", merged if record else said))
        case WarningCameTrue():
            return (RenameRoom("war", name(after, plan), slug(after)), SetTopic("war", topic(after, plan)))
        case ReportAcknowledged() | FalseAlarmDeclared() | IncidentMerged():
            return ()
    assert_never(event)


