"""Every form that the bot asks with, by its id: a function of the record (None: there is none yet), the plan, and ids.

What opened a form comes back in its `args`. A select on a card sends the chosen id as `value`; forms understand it as their own id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.cards.forms import outward, recovery, report, response, team, work
from bot.cards.forms.brief import brief
from bot.cards.model import Form

__all__ = ["FORMS_BY_ID", "brief"]

FORMS_BY_ID: Mapping[str, Callable[..., Form]] = {
    "report.form": report.report_form,
    "report.add": report.report_add,
    "incident.false_alarm": report.false_alarm,
    "incident.merge": report.merge,
    "warning.form": report.warning_form,
    "warning.happened": report.warning_happened,
    "grade.again": report.grade_again,
    "grade.level": report.grade_level,
    "grade.loss": report.grade_loss,
    "incident.activate": response.activate,
    "incident.cancel_pre": response.cancel_pre,
    "roll.call": response.call,
    "roll.cannot": response.cannot,
    "role.assign": response.assign_role,
    "handover.offer": response.handover_offer,
    "handover.decline": response.handover_decline,
    "stage.move": response.stage_move,
    "list.note": work.list_note,
    "list.skip": work.list_skip,
    "list.block": work.list_block,
    "list.assign": work.list_assign,
    "list.add": work.list_add,
    "list.drop": work.list_drop,
    "list.fault": work.list_fault,
    "list.playbook": work.list_playbook,
    "task.give": work.task_give,
    "task.decline": work.task_decline,
    "task.done": work.task_done,
    "task.extend": work.task_extend,
    "broadcast.send": work.broadcast_send,
    "impact.report": work.impact_report,
    "cause.suspect": work.cause_suspect,
    "cause.prove": work.cause_prove,
    "cause.exclude": work.cause_exclude,
    "measure.propose": work.measure_propose,
    "measure.approve": work.measure_approve,
    "measure.reject": work.measure_reject,
    "measure.execute": work.measure_execute,
    "measure.confirm": work.measure_confirm,
    "update.send": work.update_send,
    "timeline.note": work.timeline_note,
    "timeline.moment": work.timeline_moment,
    "verify.start": recovery.verify_start,
    "verify.fail": recovery.verify_fail,
    "verify.waive": recovery.verify_waive,
    "verify.decide": recovery.verify_decide,
    "recovery.return": recovery.recovery_return,
    "end.attest": recovery.end_attest,
    "end.sign": recovery.end_sign,
    "incident.reopen": recovery.reopen,
    "after.summary": recovery.summary,
    "after.review": recovery.review_move,
    "after.action": recovery.action_add,
    "after.done": recovery.action_done,
    "after.check": recovery.action_check,
    "after.close": recovery.close,
    "notice.draft": outward.notice_draft,
    "notice.edit": outward.notice_edit,
    "notice.ask": outward.notice_ask,
    "notice.return": outward.notice_return,
    "notice.withdraw": outward.notice_withdraw,
    "notice.mark": outward.notice_mark,
    "talk.log": outward.talk_log,
    "team.leave": team.leave,
    "team.swap": team.swap,
}
