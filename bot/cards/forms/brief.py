"""What the bot knows of the nine points of a handover, written down as the giver would, so that only the rest must be typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.core import grading, people, situation, updates
from bot.core.incident import Incident
from bot.plan.schema import Plan
from bot.words import Arg, Bi, Joined, Line, Text, When, Who, joined, line

FORMATS = {"clock": "%H:%M", "day": "%m-%d %H:%M", "date": "%Y-%m-%d"}
LONG = 900


def brief(state: Incident, plan: Plan) -> Mapping[str, str]:
    """By point id, in the plan's own language: it becomes what the giver says. What only a person knows is left empty."""
    written: dict[str, Text] = {
        "state": _state(state, plan),
        "level": _level(state, plan),
        "done": situation.actions_done(state, plan),
        "doing": _doing(state),
        "resources": situation.resources(state, plan),
        "outside": situation.comms_out(state, plan),
        "open": _open(state, plan),
        "next_update": _next(state, plan),
    }
    known = {point.id for point in plan.documents.handover}
    return {point: _short(spoken(text, plan)) for point, text in written.items() if point in known}


def _short(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def _state(state: Incident, plan: Plan) -> Text:
    last = state.sitreps[-1].typed.get("situation", "").strip() if state.sitreps else ""
    symptom = state.report.symptom.strip()
    return last or line("{what}（{where}）", what=symptom, where=situation.impact(state, plan))


def _level(state: Incident, plan: Plan) -> Text:
    if not state.grades:
        return line("还没定级")
    return grading.explain(state.grades[-1], plan)


def _doing(state: Incident) -> Text:
    open_ = [task for task in state.tasks if task.state in ("asked", "accepted")]
    if not open_:
        return line("没有开着的任务")
    told: list[Text] = [line("{what}（{who}，{at} 前）", what=task.what, who=Who(task.owner), at=When(task.due_at)) for task in open_]
    return joined(told, "；")


def _open(state: Incident, plan: Plan) -> Text:
    waiting = [measure for measure in state.measures if measure.state in ("proposed", "approved", "executing")]
    if not waiting:
        return ""
    told: list[Text] = [line("{what}，{at} 前决定", what=measure.what, at=When(measure.decide_by)) for measure in waiting]
    return joined(told, "；")


def _next(state: Incident, plan: Plan) -> Text:
    due = updates.next_due(state, plan)
    return line("{at} 前", at=When(due)) if due else line("不知道")


def spoken(text: Arg, plan: Plan) -> str:
    """A text in the plan's first language, as somebody would type it: names instead of ids, clock times of the plan's place."""
    match text:
        case str():
            return text
        case int():
            return str(text)
        case Bi(zh=zh):
            return zh
        case Who(person=person):
            return people.name(plan, person)
        case When(at=at, style=style):
            return at.astimezone(ZoneInfo(plan.time_zone)).strftime(FORMATS[style])
        case Joined(parts=parts, by=by):
            return ("、" if by is None else by).join(spoken(part, plan) for part in parts)
        case Line(text=sentence, args=args):
            return sentence.format(**{key: spoken(value, plan) for key, value in args})
        case _:
            assert_never(text)
