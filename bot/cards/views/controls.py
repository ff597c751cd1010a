"""What can be pressed on the headline of an incident at each stage: the one thing that is next first."""

from __future__ import annotations

from bot.cards.model import Block, Button
from bot.cards.views import owed
from bot.cards.views import phrases as p
from bot.core.incident import Incident
from bot.plan.schema import Plan
from bot.words import joined, line


def controls(state: Incident, plan: Plan) -> tuple[Block, ...]:
    """What is said outside stands in the row where there is room, else under it while something is owed."""
    retry = next((t for t in state.troubles if t.kind == "parked"), None)
    again = p.plain(state, line("再试一次"), "effect.retry", id=retry.key) if retry else None
    row = [button for button in _by_stage(state, again) if button is not None]
    words = owed.button(state, plan)
    if len(row) < 4:
        return p.buttons(*row, words)
    return (*p.buttons(*row), *(p.buttons(words) if owed.first(state, plan) else ()))


def _by_stage(state: Incident, again: Button | None) -> tuple[Button | None, ...]:
    fill = p.primary(state, line("补充{what}", what=joined([p.ELEMENTS[e] for e in state.report.missing])), "report.add")
    match state.stage:
        case "warning":
            false = p.plain(state, line("解除预警"), "incident.false_alarm")
            return (p.primary(state, line("已经发生"), "warning.happened"), p.plain(state, line("补充"), "report.add"), false, again)
        case "reported" | "assessing":
            start = _start(state)
            add = fill if state.report.missing and start is None else p.plain(state, line("补充"), "report.add")
            first = start or (add if state.report.missing else None)
            second = add if start else p.plain(state, line("直接定级"), "grade.level")
            return (
                first,
                second if first else p.primary(state, line("直接定级"), "grade.level"),
                _false_alarm(state),
                again or _merge(state),
            )
        case "activated" | "responding" if not state.external_allowed:
            return (
                p.primary(state, line("确认启动"), "incident.activate"),
                p.plain(state, line("取消预启动"), "incident.cancel_pre"),
                again,
            )
        case "activated" | "responding":
            send = p.primary(state, line("发态势更新"), "update.send")
            command = (
                p.plain(state, line("移交指挥"), "handover.offer", role="commander")
                if state.commander
                else p.plain(state, line("我来指挥"), "role.take", role="commander")
            )
            fixed = p.plain(state, line("修好了，开始验证"), "verify.start")
            return (send, p.plain(state, line("提案重大措施"), "measure.propose"), fixed, again or command)
        case "verifying":
            return (p.primary(state, line("发态势更新"), "update.send"), p.plain(state, line("退回处置"), "recovery.return"), again)
        case "observing":
            end = p.primary(state, line("申请结束"), "end.sign") if state.ending is None else p.primary(state, line("签认结束"), "end.sign")
            return (end, p.plain(state, line("发态势更新"), "update.send"), p.plain(state, line("退回处置"), "recovery.return"), again)
        case "ended" | "reviewing":
            reopen = p.plain(state, line("重开"), "incident.reopen")
            return (p.primary(state, line("写小结"), "after.summary"), p.plain(state, line("看时间线"), "open.record"), reopen)
        case "closed":
            return (p.plain(state, line("看时间线"), "open.record"), p.plain(state, line("重开"), "incident.reopen"))
        case "false_alarm" | "merged":
            return (p.plain(state, line("看时间线"), "open.record"),)


def _start(state: Incident) -> Button | None:
    """A level stands: the centre may start at it."""
    if not state.level:
        return None
    return p.primary(state, line("启动响应"), "incident.activate", level=state.level)


def _false_alarm(state: Incident) -> Button:
    return p.plain(state, line("误报"), "incident.false_alarm")


def _merge(state: Incident) -> Button:
    return p.plain(state, line("并入另一件"), "incident.merge")
