"""What fills the blanks of a script: the incident, its impact, the plan; what is then still open is asked of the drafter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from bot.core import grading, work
from bot.core.incident import Incident
from bot.core.outward import clocks, facts
from bot.core.report import title
from bot.plan.schema import Plan
from bot.plan.schema.comms import Script, Variable
from bot.words import Bi

Value = Bi | str
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
BEIJING = Bi("北京时间", "Beijing time")
ZONES: Mapping[str, Bi] = {"Asia/Shanghai": BEIJING, "Asia/Chongqing": BEIJING, "Asia/Urumqi": BEIJING, "Asia/Harbin": BEIJING}


def known(state: Incident, plan: Plan, script: Script, now: datetime) -> Mapping[str, Value]:
    """The blanks of the script that need no asking, in its order. What nobody knows yet is not among them."""
    found: dict[str, Value] = {}
    for id in script.variables:
        variable = plan.comms.variables.get(id)
        value = _value(state, plan, script, variable, now) if variable else None
        if value is not None:
            found[id] = value
    return found


def missing(state: Incident, plan: Plan, script: Script, now: datetime) -> tuple[Variable, ...]:
    """What the form asks for, in the script's order."""
    have = known(state, plan, script, now)
    return tuple(plan.comms.variables[id] for id in script.variables if id not in have and id in plan.comms.variables)


def shown(at: datetime, plan: Plan) -> Bi:
    """A moment as people outside read it: the day, the time, whose time it is."""
    zone = ZoneInfo(plan.time_zone)
    local, named = at.astimezone(zone), _zone(at, zone, plan.time_zone)
    clock = f"{local:%H:%M}"
    return Bi(f"{local.month} 月 {local.day} 日 {clock}（{named.zh}）", f"{clock} on {local.day} {MONTHS[local.month - 1]} ({named.en})")


def _zone(at: datetime, zone: tzinfo, name: str) -> Bi:
    if name in ZONES:
        return ZONES[name]
    offset = at.astimezone(zone).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = "+" if minutes >= 0 else "-"
    plain = f"UTC{sign}{abs(minutes) // 60}" + (f":{abs(minutes) % 60:02}" if minutes % 60 else "")
    return Bi(plain, plain)


def _value(state: Incident, plan: Plan, script: Script, variable: Variable, now: datetime) -> Value | None:
    """None where it is asked, or not known yet."""
    match variable.source:
        case "ask":
            return None
        case "plan":
            return variable.fill or _of_the_plan(state, plan, script, variable.id)
        case "impact":
            return _impact(state, plan)
        case "incident":
            if variable.id == "next_update":
                at = clocks.suggested(state, plan, script.audience, now)
                return shown(at, plan) if at else None
            fill = FILLS.get(variable.id)
            return fill(state, plan, now) if fill else None


def _of_the_plan(state: Incident, plan: Plan, script: Script, id: str) -> Value | None:
    audience, level = plan.comms.audiences[script.audience], grading.assumed_level(state, plan)
    if id == "severity_insert":
        return audience.insert.get(level, Bi("", ""))
    cell = audience.update.get(level)
    if id == "cadence" and cell and cell.every:
        return Bi(f"{cell.every} 分钟", f"{cell.every} minutes")
    return None


def _impact(state: Incident, plan: Plan) -> Bi | None:
    """The newest figures, each with its time."""
    zone = ZoneInfo(plan.time_zone)
    figures = [(f"{one.at.astimezone(zone):%H:%M}", one.value) for one in work.latest(state).values()]
    if not figures:
        return None
    return Bi("；".join(f"截至 {at} {value}" for at, value in figures), "; ".join(f"{value} as of {at}" for at, value in figures))


# --- of the incident ----------------------------------------------------------------------------------------------------------


def _started(state: Incident, plan: Plan, now: datetime) -> Value | None:
    return shown(state.report.started_at, plan) if state.report.started_at else None


def _scope(state: Incident, plan: Plan, now: datetime) -> Value | None:
    """In the report's own words, else the sites and links that are affected."""
    if state.report.scope.strip():
        return state.report.scope.strip()
    names = [plan.sites[id].name for id in state.report.sites if id in plan.sites]
    names += [plan.links[id].name for id in grading.affected_links(state, plan) if id in plan.links]
    return _listed(names)


def _listed(names: list[Bi]) -> Bi | None:
    return Bi("、".join(name.zh for name in names), ", ".join(name.en for name in names)) if names else None


def _workaround(state: Incident, plan: Plan, now: datetime) -> Value | None:
    running = [found.id for found in state.checklists if found.side == "business" and found.id in plan.playbooks]
    return _listed([plan.playbooks[id].name for id in running])


def _named(plan: Plan, persons: list[str]) -> Bi | None:
    there = [plan.people[id] for id in dict.fromkeys(persons) if id in plan.people]
    return _listed([Bi(person.name, person.name_en) for person in there])


def _room(state: Incident, plan: Plan, now: datetime) -> Value | None:
    level, name = plan.severities[grading.assumed_level(state, plan)].short, f"{state.id} {title(state)}"
    return Bi(f"{level.zh} {name}", f"{level.en} {name}")


def _level(state: Incident, plan: Plan, now: datetime) -> Value | None:
    return plan.severities[grading.assumed_level(state, plan)].name


def _hours(state: Incident, plan: Plan, now: datetime) -> Value | None:
    since = state.report.started_at or (state.activation.at if state.activation else state.reported_at)
    return str(max(1, int((now - since).total_seconds() // 3600)))


def _typed(field: str) -> Callable[[Incident, Plan, datetime], Value | None]:
    """What the last situation report said under that heading."""

    def last(state: Incident, plan: Plan, now: datetime) -> Value | None:
        said = state.sitreps[-1].typed.get(field, "").strip() if state.sitreps else ""
        return said or None

    return last


def _proven(state: Incident, plan: Plan, now: datetime) -> Value | None:
    proven = [cause.text for cause in state.causes if cause.state == "proven"]
    return proven[-1] if proven else None


def _verified_by(state: Incident, plan: Plan, now: datetime) -> Value | None:
    return _named(plan, [check.by for check in state.checks if check.state == "passed" and check.by])


def _recovered(state: Incident, plan: Plan, now: datetime) -> Value | None:
    at = facts.recovered_at(state, plan)
    return shown(at, plan) if at else None


FILLS: Mapping[str, Callable[[Incident, Plan, datetime], Value | None]] = {
    "incident_id": lambda state, plan, now: state.id,
    "ticket": lambda state, plan, now: state.id,
    "drill_id": lambda state, plan, now: state.id if state.mode == "drill" else None,
    "level": _level,
    "started_at": _started,
    "found_at": lambda state, plan, now: shown(state.report.discovered_at, plan),
    "as_of": lambda state, plan, now: shown(now, plan),
    "recovered_at": _recovered,
    "observe_until": lambda state, plan, now: shown(state.observation.until, plan) if state.observation else None,
    "review_at": lambda state, plan, now: shown(state.review_at, plan) if state.review_at else None,
    "hours": _hours,
    "scope": _scope,
    "workaround": _workaround,
    "commander": lambda state, plan, now: _named(plan, [state.commander] if state.commander else []),
    "room": _room,
    "seq": lambda state, plan, now: str(len(state.sitreps) + 1),
    "now_state": _typed("situation"),
    "doing": _typed("actions_doing"),
    "decisions": _typed("decisions"),
    "verified_by": _verified_by,
    "cause_verified": _proven,
}
"""What an incident knows of itself, by the variable's id; an id that is not here is asked, whatever its source."""
