"""Tasks, broadcasts, impact figures, causes."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.model import Button, press
from bot.cards.views import lists
from bot.core import people, work
from bot.core.commands import (
    AcceptTask,
    ConfirmBroadcast,
    DeclineTask,
    ExcludeCause,
    ExtendTask,
    FinishTask,
    GiveTask,
    ProveCause,
    RemindBroadcast,
    ReportImpact,
    SendBroadcast,
    ShowLife,
    SuspectCause,
)  # fmt: skip
from bot.core.errors import Refused
from bot.core.hearing import read_number
from bot.core.incident import Figure, FigureKind
from bot.service import Service
from bot.talk import Answer, Private, Refusal, Request, Toast
from bot.words import Who, line
from handlers.meant import ask, chosen, do, group, incident_of, minutes, named_people, need, person, rest
from handlers.response import returned

FIGURES: tuple[FigureKind, ...] = ("orders", "customers", "amount", "goods", "vehicles", "other")


def task(request: Request, service: Service) -> Answer:
    """派任务：指定到人、限时、要回执；不写内容就看任务。
    Give a task to a person with a time; alone it lists the tasks.
    任务 @何川 查主从延迟 15 分钟
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    if not words:
        return Private(lists.tasks(state, plan, request.who))
    named, what = named_people(words, plan)
    if not named:
        raise Refused(
            line("任务要有名字。写成「任务 @何川 查主从延迟 15 分钟」。"),
            Button(line("选人"), press("task.give", record=state.id, what=what[:200]), "primary"),
        )
    length, what = _length(what, plan.timing.task_default_min)
    command = GiveTask(what, named[0], length)
    return do(request, service, command, line("已派给 {who}，{n} 分钟，等对方确认。", who=Who(named[0]), n=length), state.id)


def _length(what: str, fallback: int) -> tuple[int, str]:
    """The time at the end of an order: 「查主从延迟 15 分钟」."""
    from bot.core.hearing import read_duration

    head, _, tail = what.rpartition(" ")
    if head and (found := read_duration(tail)):
        return found, head.strip()
    head, _, tail = what.rpartition(" ") if not head else (*head.rpartition(" ")[:2], f"{head.rpartition(' ')[2]} {tail}")
    found = read_duration(tail) if head else None
    return (found, head.strip()) if found else (fallback, what)


def task_form(request: Request, service: Service) -> Answer:
    return ask(request, service, "task.give")


def ask_person(request: Request, service: Service) -> Answer:
    """The way to whoever may: a task for them to look at it."""
    return ask(request, service, "task.give", owner=request.args.get("person", ""))


def task_given(request: Request, service: Service) -> Answer:
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    owner = person(need(request, "owner", line("任务要有名字。选一个人。")), plan, "owner")
    what = need(request, "what", line("写要做什么，一个动作，例如「查主从延迟」。"))
    length = minutes(request.values.get("minutes", ""), plan.timing.task_default_min, "minutes")
    said = line("已派给 {who}，{n} 分钟，等对方确认。", who=Who(owner), n=length)
    return do(request, service, GiveTask(what, owner, length), said, state.id)


def task_accept(request: Request, service: Service) -> Answer:
    return do(request, service, AcceptTask(chosen(request, "task")), line("接下了。做完点「做完了」，写一句结果。"), seen=True)


def task_decline(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "task.decline")
    return do(request, service, DeclineTask(chosen(request, "task"), request.values.get("reason", "")), line("已退回给派任务的人。"))


def task_done(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "task.done")
    return do(request, service, FinishTask(chosen(request, "task"), request.values.get("result", "")), line("完成，已回告派任务的人。"))


def task_extend(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "task.extend")
    length = minutes(request.values.get("minutes", ""), 15, "minutes")
    command = ExtendTask(chosen(request, "task"), length, request.values.get("reason", ""))
    return do(request, service, command, line("已延 {n} 分钟。", n=length))


def broadcast(request: Request, service: Service) -> Answer:
    """向各组下达，要回执；第一个词可以是组名。
    Broadcast to the groups and collect receipts; the first word may be a group.
    广播 技术组 冻结所有发布
    """
    state, words = incident_of(request, service), rest(request.words)
    plan = service.plan_of(state.id)
    if not words:
        return ask(request, service, "broadcast.send")
    first, _, left = words.partition(" ")
    team = group(first, plan)
    command = SendBroadcast(left if team and left else words, (team,) if team and left else ())
    return do(request, service, command, line("已广播。谁没确认看卡片，可以一键再催。"), state.id)


def broadcast_sent(request: Request, service: Service) -> Answer:
    text = need(request, "text", line("写要说什么，谁该做什么。"))
    groups = tuple(part for part in request.values.get("groups", "").split(",") if part)
    return do(request, service, SendBroadcast(text, groups), line("已广播。谁没确认看卡片，可以一键再催。"))


def broadcast_confirm(request: Request, service: Service) -> Answer:
    return do(request, service, ConfirmBroadcast(chosen(request, "broadcast")), line("收到已记。"), seen=True)


def broadcast_remind(request: Request, service: Service) -> Answer:
    return do(request, service, RemindBroadcast(chosen(request, "broadcast")), line("已再催没确认的人。"))


def impact(request: Request, service: Service) -> Answer:
    """报业务影响：订单、客户、金额、货品、车辆，带来源；不写内容就打开表单。
    Report the business impact with its source; alone it opens the form.
    影响 未接订单 412 单
    """
    state, words = incident_of(request, service), rest(request.words)
    if not words:
        return ask(request, service, "impact.report")
    source = people.name(service.plan_of(state.id), request.who)
    figure = Figure(_figure_kind(words), words, read_number(words), None, source, request.who, request.at)
    return do(request, service, ReportImpact((figure,)), line("影响已记，带时间和你的名字。"), state.id)


def _figure_kind(words: str) -> FigureKind:
    marks: tuple[tuple[FigureKind, tuple[str, ...]], ...] = (
        ("vehicles", ("车", "truck", "vehicle")), ("customers", ("客户", "家", "customer")), ("orders", ("单", "order")),
        ("amount", ("元", "万", "¥", "￥", "损", "cny", "yuan")), ("goods", ("货", "温度", "吨", "公斤", "℃", "goods")),
    )  # fmt: skip
    return next((kind for kind, signs in marks if any(sign in words.casefold() for sign in signs)), "other")


def impact_reported(request: Request, service: Service) -> Answer:
    """The form: each figure that was filled in, with one site and one source."""
    site, source = request.values.get("site") or None, request.values.get("source", "").strip()
    typed = [(kind, value) for kind in FIGURES if (value := request.values.get(kind, "").strip())]
    if not typed:
        raise Refused(line("至少填一个数，例如未接订单「412」。不知道的空着。"), field="orders")
    figures = tuple(Figure(k, value, read_number(value), site, source, request.who, request.at) for k, value in typed)
    return do(request, service, ReportImpact(figures), line("影响已记，带时间和来源。"))


def cause(request: Request, service: Service) -> Answer:
    """记一条疑似原因；证实或排除在卡片上点，要写证据。
    Note a suspected cause; prove or exclude it on the card, with evidence.
    原因 19:50 灰度发布引起
    """
    state, words = incident_of(request, service), rest(request.words)
    if not words:
        return Private(lists.causes(state, service.plan_of(state.id)))
    return do(request, service, SuspectCause(words), line("记为疑似。证实前对外不说原因。"), state.id)


def cause_suspect(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "cause.suspect")
    return do(request, service, SuspectCause(need(request, "text", line("写一句怀疑什么。"))), line("记为疑似。证实前对外不说原因。"))


def cause_prove(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "cause.prove")
    return do(request, service, ProveCause(chosen(request, "cause"), request.values.get("evidence", "")), line("原因已证实，证据已记。"))


def cause_exclude(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "cause.exclude")
    return do(request, service, ExcludeCause(chosen(request, "cause"), request.values.get("evidence", "")), line("已排除，依据已记。"))


def _commander_talks(request: Request, service: Service) -> None:
    state = service.incident(request.record) if request.record else None
    if state is not None and state.commander == request.who and state.responding:
        service.run(replace(request, key=f"{request.key}:alive"), state.id, ShowLife(), lambda outcome: Toast(""))


def on_message(request: Request, service: Service) -> Answer | None:
    """The commander's talk is a sign of life; and an order to anyone at all is an order to nobody (clause 2.1-2)."""
    _commander_talks(request, service)
    returned(request, service)
    if people.guest(request.who):
        return None
    if request.record is None or not work.asks_nobody(request.words, tuple(p.name for p in service.plan().people.values())):
        return None
    state = service.incident(request.record)
    if state is None or not state.live:
        return None
    return Refusal(
        line("「谁能…」常常没人接。点名一个人，带上时间。"),
        (Button(line("派给一个人"), press("task.give", record=state.id, what=request.words[:200]), "primary"),),
    )
