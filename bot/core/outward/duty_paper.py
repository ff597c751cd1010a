"""The report to an authority as a draft: what the incident knows of itself is filled in, a person writes the rest and submits it.

It is written in the plan's language. The authority's level is what a person judged it to be; the company's own levels never stand in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

from bot.core import grading, work
from bot.core.incident import Incident
from bot.core.outward import variables
from bot.core.outward.state import Duty, Paper
from bot.plan.schema import Obligation, Plan
from bot.words import Bi

FIRST = Bi("一、首报", "1. First report")
LATER = Bi("二、补充（可以以后报）", "2. Further (may follow later)")
MISSING = Bi("待补", "to follow")
PENDING = Bi("待研判", "not judged yet")
UNPROVEN = Bi("初步怀疑（未证实）：", "Suspected, not proven: ")
STOP = Bi("；", "; ")


def digest(paper: Paper) -> str:
    """Which version was submitted: 16 hex characters of SHA-256."""
    return hashlib.sha256(json.dumps(sorted(paper.values.items()), ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()[:16]


def first(known: Obligation) -> tuple[int, ...]:
    """The fields that the first report has at least; all of them where the plan names none."""
    least = {field.zh for field in known.first_fields}
    return tuple(n for n, field in enumerate(known.fields) if not least or field.zh in least)


def prefilled(state: Incident, plan: Plan, duty: Duty) -> Mapping[str, str]:
    """What stands in the form: the last draft, and below it what the record knows."""
    known = plan.obligations[duty.id]
    numbers = {field.zh: str(n) for n, field in enumerate(known.fields)}
    found = {numbers[name]: text for source, name in known.fill.items() if name in numbers and (text := FILLS[source](state, plan, duty))}
    written = duty.draft.values if duty.draft else {}
    return {**found, **{key: value for key, value in written.items() if value != said(PENDING, plan)}}


def text(state: Incident, plan: Plan, duty: Duty) -> str:
    """The two parts as they may be read out or copied; what is still missing says so."""
    known, values = plan.obligations[duty.id], duty.draft.values if duty.draft else {}
    lines = [f"{said(known.name, plan)} · {state.id}", ""]
    least = first(known)
    for head, fields in ((FIRST, least), (LATER, tuple(n for n in range(len(known.fields)) if n not in least))):
        if fields:
            rows = (f"{said(known.fields[n], plan)}：{values.get(str(n)) or said(MISSING, plan)}" for n in fields)
            lines += [said(head, plan), *rows, ""]
    return "\n".join(lines).rstrip() + "\n"


def lacking(duty: Duty, known: Obligation) -> tuple[Bi, ...]:
    """The least fields of the first report that are still empty."""
    values = duty.draft.values if duty.draft else {}
    return tuple(known.fields[n] for n in first(known) if str(n) not in values)


def said(words: Bi, plan: Plan) -> str:
    return words.zh if plan.language == "zh-CN" else words.en


# --- what the incident knows --------------------------------------------------------------------------------------------------


def _time_place(state: Incident, plan: Plan, duty: Duty) -> str:
    report = state.report
    parts = [said(Bi("发现 ", "Found "), plan) + said(variables.shown(report.discovered_at, plan), plan)]
    if report.started_at:
        parts.append(said(Bi("发生 ", "Occurred "), plan) + said(variables.shown(report.started_at, plan), plan))
    sites = [said(plan.sites[site].name, plan) for site in report.sites if site in plan.sites]
    return said(STOP, plan).join([*parts, *sites])


def _level(state: Incident, plan: Plan, duty: Duty) -> str:
    levels = plan.obligations[duty.id].official_levels
    chosen = int(duty.official) if duty.official.isdigit() else len(levels)
    return said(levels[chosen], plan) if chosen < len(levels) else said(PENDING, plan)


def _impact(state: Incident, plan: Plan, duty: Duty) -> str:
    links = [said(plan.links[id].name, plan) for id in grading.affected_links(state, plan) if id in plan.links]
    figures = [said(variables.shown(one.at, plan), plan) + " " + one.value for one in work.latest(state).values()]
    scope = state.report.scope.strip()
    return said(STOP, plan).join([part for part in (state.report.symptom.strip(), scope, *links, *figures) if part])


def _measures(state: Incident, plan: Plan, duty: Duty) -> str:
    done = [f"{one.what}（{one.result}）" if one.result else one.what for one in state.measures if one.state == "executed"]
    running = [said(plan.playbooks[one.id].name, plan) for one in state.checklists if one.side == "business" and one.id in plan.playbooks]
    return said(STOP, plan).join([*done, *running])


def _cause(state: Incident, plan: Plan, duty: Duty) -> str:
    proven = [one.text for one in state.causes if one.state == "proven"]
    suspected = [said(UNPROVEN, plan) + one.text for one in state.causes if one.state == "suspected"]
    return said(STOP, plan).join(proven or suspected)


def _outlook(state: Incident, plan: Plan, duty: Duty) -> str:
    return state.sitreps[-1].typed.get("situation", "").strip() if state.sitreps else ""


FILLS: Mapping[str, Callable[[Incident, Plan, Duty], str]] = {
    "time_place": _time_place, "level": _level, "impact": _impact, "measures": _measures, "cause": _cause, "outlook": _outlook,
}  # fmt: skip
