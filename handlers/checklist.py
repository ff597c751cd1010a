"""Checklists: choose the fault, tick, skip, block, claim, assign, add."""

from __future__ import annotations

from bot.cards.views import lists
from bot.core.commands import (
    AddItem,
    AssignItem,
    BlockItem,
    CheckItem,
    ChooseFault,
    DropChecklist,
    LoadPlaybook,
    ReopenItem,
    SkipItem,
)  # fmt: skip
from bot.core.errors import Refused
from bot.service import Service
from bot.talk import Answer, Private, Request
from bot.words import Text, Who, joined, line
from handlers.meant import ask, chosen, do, incident_of, minutes, need, person, rest
from handlers.meant import fault as fault_named


def show(request: Request, service: Service) -> Answer:
    """看清单和进度，下一步是什么。
    The checklists, how far they are, and the next step.
    清单
    """
    state = incident_of(request, service)
    return Private(lists.checklists(state, service.plan_of(state.id), request.who))


def fault(request: Request, service: Service) -> Answer:
    """选故障类型和原因，载入对应的处置清单。
    Choose the fault and its cause; its checklist is loaded.
    故障类型 数据库损坏
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    wanted = request.values.get("checklist") or chosen(request, "checklist")
    if not wanted and not words:
        return ask(request, service, "list.fault")
    if not wanted:
        found = fault_named(words, plan)
        if found is None:
            names = joined([cause.name for kind in plan.fault_types.values() for cause in kind.causes.values()])
            raise Refused(line("没有「{fault}」这种故障。可选：{names}。", fault=words, names=names))
        wanted = found
    name = plan.checklists[wanted].name if wanted in plan.checklists else wanted
    return do(request, service, ChooseFault(wanted), line("已载入「{name}」，每一步都有负责岗位和时间。", name=name), state.id)


def playbook(request: Request, service: Service) -> Answer:
    """Load a playbook of the business side."""
    wanted = request.values.get("playbook") or chosen(request, "playbook")
    if not wanted:
        return ask(request, service, "list.playbook")
    return do(request, service, LoadPlaybook(wanted), line("替代方案的步骤已载入，按岗位往下做。"))


def drop(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "list.drop")
    return do(request, service, DropChecklist(chosen(request, "list"), request.values.get("reason", "")), line("这份清单已撤下。"))


def _where(request: Request) -> tuple[str, str]:
    return request.args.get("list", ""), chosen(request, "item")


def check(request: Request, service: Service) -> Answer:
    """Done, with the evidence where there is one."""
    said: Text = line("这一步做完了，已记时间。")
    return do(request, service, CheckItem(*_where(request), request.values.get("note", "")), said, seen=True)


def note(request: Request, service: Service) -> Answer:
    return ask(request, service, "list.note")


def skip(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "list.skip")
    return do(request, service, SkipItem(*_where(request), request.values.get("reason", "")), line("已跳过，理由已记。"))


def block(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "list.block")
    return do(request, service, BlockItem(*_where(request), request.values.get("reason", "")), line("已标为卡住，组长会看到。"))


def reopen(request: Request, service: Service) -> Answer:
    return do(request, service, ReopenItem(*_where(request)), line("这一步重新打开了。"), seen=True)


def claim(request: Request, service: Service) -> Answer:
    return do(request, service, AssignItem(*_where(request), request.who), line("归你了，做完点勾。"), seen=True)


def assign(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "list.assign")
    state = incident_of(request, service)
    who = person(need(request, "person", line("选一个人。")), service.plan_of(state.id), "person")
    return do(request, service, AssignItem(*_where(request), who), line("已交给 {who}。", who=Who(who)), state.id)


def add(request: Request, service: Service) -> Answer:
    """The form that adds a line on the fly."""
    if not request.values:
        return ask(request, service, "list.add")
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    text = need(request, "text", line("写要做什么，一个动作，例如「核对重复单」。"))
    typed = request.values.get("owner", "")
    owner = person(typed, plan, "owner") if typed else None
    length = minutes(request.values.get("minutes", ""), 15, "minutes")
    command = AddItem(request.args.get("list", ""), text, request.values.get("post", ""), owner, length)
    return do(request, service, command, line("已加到清单。"), state.id)
