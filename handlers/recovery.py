"""Verification, observation, the end, reopening."""

from __future__ import annotations

from typing import cast, get_args

from bot.cards import forms
from bot.core.commands import (
    AskWaiver,
    Attest,
    DecideWaiver,
    EndResponse,
    FailCheck,
    MoveStage,
    PassCheck,
    Reopen,
    ReturnToResponse,
    StartVerification,
)  # fmt: skip
from bot.core.errors import Refused
from bot.core.incident import Incident, Stage
from bot.service import Outcome, Service
from bot.talk import Answer, Ask, Private, Request, Toast
from bot.words import line
from handlers.meant import ask, chosen, do, incident_of, need, rest


def verify(request: Request, service: Service) -> Answer:
    """修好了：开始恢复验证；已经开始就看还差哪几项。
    Fixed: start verification; once started, see what is open.
    验证
    """
    state = incident_of(request, service)
    if state.checks:
        card = service.draw(state.id, "verify", {})
        assert card is not None
        return Private(card)
    return Ask(forms.FORMS_BY_ID["verify.start"](state, service.plan_of(state.id)))


def started(request: Request, service: Service) -> Answer:
    fix = need(request, "fix", line("写一句修了什么，例如「回滚到 v5.1」。"))
    fixers = tuple(part for part in request.values.get("fixers", "").split(",") if part)
    return do(request, service, StartVerification(fix, fixers), line("验证清单已出。修的人不能自己验。"))


def passed(request: Request, service: Service) -> Answer:
    return do(request, service, PassCheck(chosen(request, "check"), request.values.get("note", "")), line("这一项通过。"), seen=True)


def failed(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "verify.fail")
    command = FailCheck(chosen(request, "check"), request.values.get("note", ""))
    return do(request, service, command, line("记为没通过。修好再验，或退回处置。"))


def waive(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "verify.waive")
    return do(request, service, AskWaiver(chosen(request, "check"), request.values.get("reason", "")), line("已请总指挥批准豁免。"))


def decide(request: Request, service: Service) -> Answer:
    if request.args.get("approved") is None and not request.values:
        return ask(request, service, "verify.decide")
    approved = (request.args.get("approved") or request.values.get("approved", "")) in ("yes", "true", "1")
    command = DecideWaiver(chosen(request, "check"), approved, request.values.get("reason", ""))
    return do(request, service, command, line("豁免已批准。") if approved else line("不豁免，这一项要验。"))


def back(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "recovery.return")
    return do(request, service, ReturnToResponse(request.values.get("reason", "")), line("退回处置，验证重新来。"))


def attest(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "end.attest")
    return do(request, service, Attest(chosen(request, "condition"), request.values.get("note", "")), line("已签认，写着你的名字。"))


def end(request: Request, service: Service) -> Answer:
    """结束响应：机器人逐条核对，缺什么列什么；指挥中心按级别签认。
    End the response: every condition is checked, and the command centre signs.
    结束
    """
    state, words = incident_of(request, service), rest(request.words)
    assessment = request.values.get("assessment", words)
    first = state.ending is None
    if first and not assessment and not request.values and request.args.get("sign") == "form":
        return Ask(forms.FORMS_BY_ID["end.sign"](state, service.plan_of(state.id)))

    def reply(outcome: Outcome) -> Answer:
        after = outcome.after
        assert isinstance(after, Incident)
        if after.stage == "ended":
            return Toast(line("{record} 应急结束，各群都通知了。下一步：各组小结和复盘。", record=after.id))
        return Toast(line("已签认。还等其他席位签。"))

    return service.run(request, state.id, EndResponse(assessment), reply)


def sign_form(request: Request, service: Service) -> Answer:
    """The assessment of the command centre; later signatures need no more words."""
    state = incident_of(request, service)
    if state.ending is not None:
        return end(request, service)
    return Ask(forms.FORMS_BY_ID["end.sign"](state, service.plan_of(state.id)))


def reopen(request: Request, service: Service) -> Answer:
    """重开已结束的事件，原因必填。
    Reopen an ended incident; a reason is needed.
    重开 上海仓又报错
    """
    state, words = incident_of(request, service), rest(request.words)
    if not words and not request.values:
        return Ask(forms.FORMS_BY_ID["incident.reopen"](state, service.plan_of(state.id)))
    reason = request.values.get("reason", words)
    return do(request, service, Reopen(reason), line("{record} 已重开，知道结束的人都通知了。", record=state.id), state.id)


def move(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "stage.move")
    to = need(request, "to", line("选一个阶段。"))
    if to not in get_args(Stage):
        raise Refused(line("选一个阶段。"), field="to")
    return do(request, service, MoveStage(cast(Stage, to), request.values.get("reason", "")), line("阶段已改，记为偏离方案。"))
