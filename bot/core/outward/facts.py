"""What must be so before a script may be said: a cause only when proven, a recovery only when verified, a duty only when judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.cards.model import Button, press
from bot.core.incident import Incident
from bot.core.response import group_of
from bot.plan.schema import Plan
from bot.plan.schema.comms import Condition
from bot.words import Text, line

JUDGED: dict[str, str] = {"food_confirmed": "food_safety_suspected", "data_confirmed": "personal_info_leak_suspected"}
"""The override of the grading that must hold before anything is said of it."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing, in one sentence, and the button to it."""

    condition: str
    text: Text
    fix: Button | None = None


def lacking(state: Incident, plan: Plan, requires: Sequence[Condition]) -> tuple[Lack, ...]:
    """Everything that a script requires and that does not hold now, in its order."""
    return tuple(_lack(state, condition) for condition in requires if not holds(state, plan, condition))


def holds(state: Incident, plan: Plan, condition: Condition) -> bool:
    match condition:
        case "cause_proven":
            return any(cause.state == "proven" for cause in state.causes)
        case "recovered":
            return recovered_at(state, plan) is not None
        case "confirmed":
            return state.external_allowed
        case "food_confirmed" | "data_confirmed":
            return any(JUDGED[condition] in ruling.hits for ruling in state.rulings.values())
    assert_never(condition)


def recovered_at(state: Incident, plan: Plan) -> datetime | None:
    """Since when it is repaired and verified: everything but the word to the outside, which waits for exactly this. None = not yet."""
    marked = state.moments.get("recovered")
    match state.stage:
        case "observing" | "ended" | "reviewing":
            return marked.at if marked else state.stage_since
        case "verifying":
            inside = [check for check in state.checks if group_of(plan, check.role) != "comms"]
            if not inside or any(check.state not in ("passed", "waived") for check in inside):
                return None
            return marked.at if marked else max((check.at for check in inside if check.at), default=state.stage_since)
        case _:
            return None


def _lack(state: Incident, condition: Condition) -> Lack:
    match condition:
        case "cause_proven":
            text = line("原因还没有证实，不能对外说。先在原因里写上证据。")
            open_ = [cause for cause in state.causes if cause.state == "suspected"]
            prove = press("cause.prove", record=state.id, cause=open_[0].id) if open_ else press("cause.suspect", record=state.id)
            return Lack(condition, text, Button(line("证实原因") if open_ else line("记原因"), prove, "primary"))
        case "recovered":
            start = Button(line("开始恢复验证"), press("verify.start", record=state.id), "primary")
            text = line("还没有验证恢复，不能对外说恢复了。技术和业务的验证先做完。")
            return Lack(condition, text, start if state.stage in ("activated", "responding") else None)
        case "confirmed":
            text = line("响应还没有正式启动，不能对外说。")
            return Lack(condition, text, Button(line("启动响应"), press("incident.activate_form", record=state.id), "primary"))
        case "food_confirmed":
            return Lack(condition, line("还没有判定涉及食品安全，不能用这份话术。先在定级里判定。"), _look(state))
        case "data_confirmed":
            return Lack(condition, line("还没有判定涉及个人信息，不能用这份话术。先在定级里判定。"), _look(state))
    assert_never(condition)


def _look(state: Incident) -> Button:
    return Button(line("看事件"), press("incident.show", record=state.id), "primary")
