"""Duties to report: ask, answer question by question, judge, draft, record what a person has submitted. The bot submits nothing."""

from __future__ import annotations

from bot.cards.forms.duty import USUAL
from bot.cards.views import duty as views
from bot.core import rights
from bot.core.errors import Refused
from bot.core.incident import Incident
from bot.core.outward.commands import AnswerDuty, DraftDuty, ExportDuty, JudgeDuty, OpenDuty, SubmitDuty, WaiveDuty
from bot.service import Outcome, Service
from bot.talk import Answer, Private, Request
from bot.words import joined, line
from handlers import info
from handlers.meant import ask, by_name, chosen, do, incident_of, moment, need, rest


def obligations(request: Request, service: Service) -> Answer:
    """要不要上报：研判、时限、首报草稿、已提交；写「上报 方案」看全部依据。由人判断和提交。
    What must be reported: assessment, time, draft, receipts; "obligations plan" shows them all. People decide and submit.
    上报
    """
    words = rest(request.words)
    if words.casefold() in ("方案", "plan") or not (request.args or request.record or _open(request, service)):
        return info.obligations(request, service)
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    if not words:
        return Private(views.overview(state, plan))
    near = [id for id, one in plan.obligations.items() if words.casefold() in f"{id} {one.name.zh} {one.name.en}".casefold()]
    exact = by_name(words, [(id, (id, one.name.zh, one.name.en)) for id, one in plan.obligations.items()])
    found = exact or (near[0] if len(near) == 1 else None)
    if found is None:
        names = joined([plan.obligations[id].name for id in near] or [one.name for one in plan.obligations.values()])
        raise Refused(line("没有「{duty}」。可选：{names}。", duty=words, names=names))
    return _opened(state.id, found, request, service)


def _open(request: Request, service: Service) -> bool:
    return any(rights.sees(state, request.who) for state in service.incidents())


def listing(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    return Private(views.overview(state, service.plan_of(state.id)))


def opened(request: Request, service: Service) -> Answer:
    return _opened(incident_of(request, service).id, chosen(request, "duty"), request, service)


def _opened(record: str, duty: str, request: Request, service: Service) -> Answer:
    """Asked for by a person; what stands already is shown."""

    def reply(outcome: Outcome) -> Answer:
        assert isinstance(outcome.after, Incident)
        return Private(views.duty(outcome.after, service.plan_of(record), {"duty": duty, "after": "1"}))

    return service.run(request, record, OpenDuty(duty), reply)


def show(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    return Private(views.duty(state, service.plan_of(state.id), {"duty": chosen(request, "duty"), "after": "1"}))


def question(request: Request, service: Service) -> Answer:
    state, number = incident_of(request, service), request.args.get("value", "")
    return Private(views.question(state, service.plan_of(state.id), request.args.get("duty", ""), int(number) if number.isdigit() else 0))


def answer(request: Request, service: Service) -> Answer:
    """One tap: yes, no, not known."""
    said, number = request.args.get("answer", ""), request.args.get("question", "")
    if said not in ("yes", "no", "unknown") or not number.isdigit():
        raise Refused(line("没有这一题。"))
    command = AnswerDuty(request.args.get("duty", ""), int(number), said)  # type: ignore[arg-type]  # one of the three
    return do(request, service, command, line("记下了。"), seen=True)


def judge(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "duty.judge", duty=chosen(request, "duty"))
    state, values = incident_of(request, service), request.values
    since = moment(values.get("started_at", ""), request, service.plan_of(state.id), "started_at")
    tier, official = values.get("tier", USUAL), values.get("official", USUAL)
    applies = values.get("applies", "yes") == "yes"
    command = JudgeDuty(
        request.args.get("duty", ""), applies, need(request, "reason", line("写一句研判理由。")), int(tier) if tier.isdigit() else None,
        since, "" if official == USUAL else official,
    )  # fmt: skip
    said = line("研判记下了：要报。起草首报，由人提交。") if applies else line("研判记下了：不用报。情况变了再研判。")
    return do(request, service, command, said, state.id)


def draft(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "duty.draft", duty=chosen(request, "duty"))
    values = {key.removeprefix("f"): text for key, text in request.values.items()}
    return do(request, service, DraftDuty(request.args.get("duty", ""), values), line("草稿存好了。点「看草稿」照着提交。"))


def text(request: Request, service: Service) -> Answer:
    """The draft to copy."""
    state = incident_of(request, service)
    return Private(views.paper(state, service.plan_of(state.id), chosen(request, "duty")))


def export(request: Request, service: Service) -> Answer:
    return do(request, service, ExportDuty(chosen(request, "duty")), line("文件发到群里了。"))


def submit(request: Request, service: Service) -> Answer:
    """已提交: what a person has done."""
    if not request.values:
        return ask(request, service, "duty.submit", duty=chosen(request, "duty"))
    state, values = incident_of(request, service), request.values
    at = moment(values.get("at", ""), request, service.plan_of(state.id), "at")
    command = SubmitDuty(
        request.args.get("duty", ""), values.get("leg", "first"), need(request, "channel", line("写怎么报的。")),
        values.get("receipt", ""), values.get("who", ""), at, request.args.get("digest", ""), values.get("note", ""),
    )  # fmt: skip
    return do(request, service, command, line("记下了。后面还欠的看卡片，到点会提醒。"), state.id)


def waive(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "duty.waive", duty=chosen(request, "duty"))
    return do(request, service, WaiveDuty(request.args.get("duty", ""), request.values.get("reason", "")), line("记下了。其余照报。"))
