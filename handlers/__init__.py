"""What people can say, press, fill in: plain tables written by hand. Importing does nothing.

COMMANDS: the verbs. ACTIONS: what buttons send. FORMS: what forms send back. HOOKS: what is looked at beside all that.
PREVIEWS: what a form would say with what has been typed so far, for a page that can show it at once.
A deadline is decided by the core (`commands.Ring`), so there is no table of timers (docs/decisions).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from bot.core import people, rights
from bot.core.errors import Refused
from bot.service import Service
from bot.talk import Answer, Ask, Request
from bot.words import Text
from handlers import (
    after,
    checklist,
    duties,
    grading,
    info,
    inquiries,
    measures,
    outward,
    recovery,
    report,
    response,
    talks,
    team,
    updates,
    work,
)
from handlers.help import helper
from handlers.verb import Handler, Hook, Preview, Verb


def _guarded(handler: Handler) -> Handler:
    """What is refused while reading the request is answered like what is refused while deciding."""

    @functools.wraps(handler)
    def answered(request: Request, service: Service) -> Answer:
        try:
            return _admitted(handler(request, service), request, service)
        except Refused as refused:
            return service.refusal(request, refused)

    return answered


def _quiet(preview: Preview) -> Preview:
    """What cannot be shown yet shows nothing; the form itself says why once it is sent."""

    @functools.wraps(preview)
    def shown(request: Request, service: Service) -> Text | None:
        try:
            return None if people.guest(request.who) else preview(request, service)
        except Refused:
            return None

    return shown


GUEST_FORMS = frozenset({"report.form", "report.add"})


def _admitted(answer: Answer, request: Request, service: Service) -> Answer:
    """A guest is not shown a form that would be refused when it is sent."""
    if isinstance(answer, Ask) and people.guest(request.who) and answer.form.id not in GUEST_FORMS:
        raise rights.stranger(request.who, service.world())
    return answer


def _verb(zh: str, en: str, handler: Handler, *aliases: str) -> Verb:
    return Verb(zh, en, _guarded(handler), aliases)


COMMANDS: tuple[Verb, ...] = (
    _verb("报故障", "report", report.report, "报告", "故障", "上报故障"),
    _verb("补充", "add", report.add, "补"),
    _verb("定级", "grade", grading.grade, "级别", "评估"),
    _verb("启动", "activate", response.activate, "启动响应"),
    _verb("到位", "arrive", response.arrive, "我到了", "here"),
    _verb("呼叫", "call", response.call, "叫"),
    _verb("点名", "rollcall", response.rollcall, "编成"),
    _verb("谁在指挥", "commander", response.commander, "指挥"),
    _verb("移交", "handover", response.handover, "交接"),
    _verb("角色", "role", response.role),
    _verb("值班", "duty", team.duty, "谁值班"),
    _verb("请假", "leave", team.leave),
    _verb("绑定", "bind", team.bind),
    _verb("身份", "identity", team.identity),
    _verb("语言", "language", team.language, "lang"),
    _verb("任务", "task", work.task, "派"),
    _verb("清单", "check", checklist.show, "checklist"),
    _verb("故障类型", "fault", checklist.fault),
    _verb("提案", "measure", measures.propose, "propose"),
    _verb("批准", "approve", outward.approve),
    _verb("驳回", "reject", outward.give_back, "退回"),
    _verb("态势", "update", updates.update, "更新", "sitrep"),
    _verb("时间线", "timeline", updates.timeline),
    _verb("记", "note", updates.note, "记录"),
    _verb("影响", "impact", work.impact),
    _verb("原因", "cause", work.cause),
    _verb("广播", "broadcast", work.broadcast),
    _verb("事件", "incident", info.incident, "状态", "status"),
    _verb("列表", "list", info.listing),
    _verb("方案", "plan", info.plan),
    _verb("预警", "warning", report.warn),
    _verb("验证", "verify", recovery.verify),
    _verb("结束", "end", recovery.end),
    _verb("重开", "reopen", recovery.reopen),
    _verb("合并", "merge", report.merge),
    _verb("误报", "false-alarm", report.false_alarm),
    _verb("小结", "summary", after.summary, "总结"),
    _verb("复盘", "review", after.review),
    _verb("改进", "actions", after.actions),
    _verb("话术", "script", outward.script, "对外"),
    _verb("外联", "contacts", talks.contacts, "相关方"),
    _verb("咨询", "inquiry", inquiries.inquiry, "来问"),
    _verb("上报", "obligations", duties.obligations),
    _verb("演练", "drill", info.drill),
    _verb("风险", "risk", info.risk),
    _verb("帮助", "help", helper(lambda: COMMANDS), "?", "？"),
)

_ACTIONS: Mapping[str, Handler] = {
    "report.form": report.open_form,
    "report.message": report.from_message,
    "report.anyway": report.anyway,
    "report.same": report.same,
    "report.ack": report.acknowledge,
    "report.add": report.add,
    "grade.override": grading.override,
    "grade.answer": grading.answer,
    "grade.stop": grading.stop,
    "grade.level": grading.level_form,
    "grade.raise": grading.raise_level,
    "grade.loss": grading.loss_form,
    "grade.show": grading.grade,
    "grade.again": grading.again,
    "incident.activate": response.activate,
    "incident.activate_form": response.activate_form,
    "incident.cancel_pre": response.cancel_pre,
    "incident.false_alarm": report.false_alarm,
    "incident.merge": report.merge,
    "incident.reopen": recovery.reopen,
    "incident.show": info.incident,
    "open.record": info.incident,
    "role.take": response.take_role,
    "room.back": response.back,
    "role.assign": response.role,
    "handover.offer": response.handover,
    "handover.accept": response.handover_accept,
    "handover.decline": response.handover_decline,
    "roll.here": response.arrive,
    "roll.answer": response.arrive,
    "roll.cannot": response.cannot,
    "roll.again": response.again,
    "roll.deputy": response.deputy,
    "roll.call": response.call,
    "roll.show": response.roll_show,
    "list.show": checklist.show,
    "list.check": checklist.check,
    "list.note": checklist.note,
    "list.skip": checklist.skip,
    "list.block": checklist.block,
    "list.reopen": checklist.reopen,
    "list.claim": checklist.claim,
    "list.assign": checklist.assign,
    "list.add": checklist.add,
    "list.fault": checklist.fault,
    "list.playbook": checklist.playbook,
    "list.drop": checklist.drop,
    "task.give": work.task_form,
    "task.ask": work.ask_person,
    "task.accept": work.task_accept,
    "task.decline": work.task_decline,
    "task.done": work.task_done,
    "task.extend": work.task_extend,
    "task.list": work.task,
    "broadcast.send": work.broadcast,
    "broadcast.confirm": work.broadcast_confirm,
    "broadcast.remind": work.broadcast_remind,
    "impact.report": work.impact,
    "cause.suspect": work.cause_suspect,
    "cause.prove": work.cause_prove,
    "cause.exclude": work.cause_exclude,
    "measure.propose": measures.propose,
    "measure.approve": measures.approve,
    "measure.reject": measures.reject,
    "measure.execute": measures.execute,
    "measure.confirm": measures.confirm,
    "notice.list": outward.listing,
    "notice.draft": outward.draft,
    "notice.show": outward.show,
    "notice.edit": outward.edit,
    "notice.better": outward.better,
    "notice.ask": outward.put_forward,
    "notice.approve": outward.approve,
    "notice.return": outward.give_back,
    "notice.withdraw": outward.withdraw,
    "notice.send": outward.send,
    "notice.retry": outward.retry,
    "notice.mark": outward.mark,
    "talk.log": talks.talk,
    "promise.keep": talks.kept,
    "inquiry.list": inquiries.listing,
    "inquiry.log": inquiries.log,
    "inquiry.show": inquiries.show,
    "inquiry.topic": inquiries.topic,
    "inquiry.tops": inquiries.tops,
    "inquiry.group": inquiries.group,
    "inquiry.hold": inquiries.hold,
    "inquiry.answer": inquiries.answered,
    "answer.agree": inquiries.agree,
    "answer.approve": inquiries.approve,
    "answer.return": inquiries.give_back,
    "duty.list": duties.listing,
    "duty.open": duties.opened,
    "duty.show": duties.show,
    "duty.question": duties.question,
    "duty.answer": duties.answer,
    "duty.judge": duties.judge,
    "duty.draft": duties.draft,
    "duty.text": duties.text,
    "duty.export": duties.export,
    "duty.submit": duties.submit,
    "duty.waive": duties.waive,
    "duty.plan": info.obligations,
    "update.send": updates.update,
    "timeline.show": updates.timeline,
    "timeline.note": updates.note,
    "timeline.pin": updates.pin,
    "timeline.moment": updates.moment_form,
    "verify.start": recovery.verify,
    "verify.pass": recovery.passed,
    "verify.fail": recovery.failed,
    "verify.waive": recovery.waive,
    "verify.decide": recovery.decide,
    "recovery.return": recovery.back,
    "end.attest": recovery.attest,
    "end.sign": recovery.sign_form,
    "stage.move": recovery.move,
    "after.summary": after.summary,
    "after.review": after.review_moved,
    "after.held": after.held,
    "after.action": after.action_added,
    "after.done": after.action_done,
    "after.check": after.action_checked,
    "after.close": after.close,
    "warning.happened": report.came_true,
    "effect.retry": info.retry,
    "help.show": helper(lambda: COMMANDS),
    "incidents.show": info.listing,
    "risk.show": info.risk,
    "warning.form": report.warn,
    "team.language": team.language,
    "team.leave": team.leave,
    "team.swap": team.swap,
}

_FORMS: Mapping[str, Handler] = {
    "report.form": report.submitted,
    "report.add": report.added,
    "warning.form": report.warned,
    "incident.false_alarm": report.false_alarm,
    "incident.merge": report.merge,
    "incident.activate": response.activate,
    "incident.cancel_pre": response.cancel_pre,
    "incident.reopen": recovery.reopen,
    "grade.level": grading.level_set,
    "grade.loss": grading.loss,
    "grade.again": grading.answered_again,
    "roll.cannot": response.cannot,
    "roll.call": response.called,
    "role.assign": response.assigned,
    "handover.offer": response.handover_offered,
    "handover.decline": response.handover_decline,
    "list.note": checklist.check,
    "list.skip": checklist.skip,
    "list.block": checklist.block,
    "list.assign": checklist.assign,
    "list.add": checklist.add,
    "list.fault": checklist.fault,
    "list.playbook": checklist.playbook,
    "list.drop": checklist.drop,
    "task.give": work.task_given,
    "task.decline": work.task_decline,
    "task.done": work.task_done,
    "task.extend": work.task_extend,
    "broadcast.send": work.broadcast_sent,
    "impact.report": work.impact_reported,
    "cause.suspect": work.cause_suspect,
    "cause.prove": work.cause_prove,
    "cause.exclude": work.cause_exclude,
    "measure.propose": measures.proposed,
    "measure.approve": measures.approve,
    "measure.reject": measures.reject,
    "measure.execute": measures.execute,
    "measure.confirm": measures.confirm,
    "notice.draft": outward.drafted,
    "notice.edit": outward.edited,
    "notice.ask": outward.put_forward,
    "notice.return": outward.give_back,
    "notice.withdraw": outward.withdraw,
    "notice.mark": outward.mark,
    "talk.log": talks.talk,
    "inquiry.log": inquiries.log,
    "inquiry.answer": inquiries.answered,
    "answer.agree": inquiries.agree,
    "answer.return": inquiries.give_back,
    "duty.judge": duties.judge,
    "duty.draft": duties.draft,
    "duty.submit": duties.submit,
    "duty.waive": duties.waive,
    "update.send": updates.sent,
    "timeline.note": updates.noted,
    "timeline.moment": updates.moment_marked,
    "verify.start": recovery.started,
    "verify.fail": recovery.failed,
    "verify.waive": recovery.waive,
    "verify.decide": recovery.decide,
    "recovery.return": recovery.back,
    "end.attest": recovery.attest,
    "end.sign": recovery.end,
    "stage.move": recovery.move,
    "after.summary": after.summary,
    "after.review": after.review_moved,
    "after.action": after.action_added,
    "after.done": after.action_done,
    "after.check": after.action_checked,
    "after.close": after.close,
    "warning.happened": report.came_true,
    "team.leave": team.left,
    "team.swap": team.swapped,
}

ACTIONS: Mapping[str, Handler] = {name: _guarded(handler) for name, handler in _ACTIONS.items()}
FORMS: Mapping[str, Handler] = {name: _guarded(handler) for name, handler in _FORMS.items()}
HOOKS: Mapping[str, Hook] = {"on_message": work.on_message, "on_left": response.on_left, "on_joined": response.on_joined}
PREVIEWS: Mapping[str, Preview] = {"notice.draft": _quiet(outward.preview)}
