"""Who said what to whom outside: the contact book, words by telephone and in person, what was promised in them."""

from __future__ import annotations

from bot.cards.views import outward
from bot.core.errors import Refused
from bot.core.outward.commands import KeepPromise, LogTalk
from bot.service import Service
from bot.talk import Answer, Private, Request
from bot.words import joined, line
from handlers import info
from handlers.meant import ask, by_name, chosen, do, incident_of, need, rest
from handlers.outward import later


def contacts(request: Request, service: Service) -> Answer:
    """外部通讯录；写名字看一家，「外联 记录」看谁对谁说过什么，「外联 记」记一条。
    The contact book; "contacts log" shows who told whom what, "contacts add" notes a talk.
    外联 记录
    """
    words = rest(request.words)
    first, _, said = words.partition(" ")
    if first in ("记录", "log"):
        state = incident_of(request, service)
        return Private(outward.log(state, service.plan_of(state.id), service.now()))
    if first in ("记", "add"):
        return ask(request, service, "talk.log", text=said)
    plan = service.plan()
    if not plan.comms.contacts:
        return info.contacts(request, service)
    if not words:
        return Private(outward.contacts(plan, service.now()))
    found = by_name(words, [(one.id, (one.id, one.name.zh, one.name.en)) for one in plan.comms.contacts.values()])
    near = [one.id for one in plan.comms.contacts.values() if words.casefold() in f"{one.name.zh} {one.name.en}".casefold()]
    if found is None and len(near) != 1:
        names = joined([plan.comms.contacts[id].name for id in near[:5]] or [one.name for one in list(plan.comms.contacts.values())[:5]])
        raise Refused(line("通讯录里没有「{name}」。例如：{names}。", name=words, names=names))
    return Private(outward.contact(plan.comms.contacts[found or near[0]], plan, service.now()))


def talk(request: Request, service: Service) -> Answer:
    if not request.values:
        return ask(request, service, "talk.log")
    state = incident_of(request, service)
    typed = request.values.get("due_at", "").strip()
    due = later(typed, request, service.plan_of(state.id), "due_at") if typed else None
    told_ = LogTalk(
        need(request, "to", line("写和谁说的。")), request.values.get("via", ""), need(request, "text", line("写说了什么。")),
        request.values.get("promise", ""), due,
    )  # fmt: skip
    said = line("记下了。答应的到点会提醒你。") if told_.promise.strip() and due else line("记下了。")
    return do(request, service, told_, said, state.id)


def kept(request: Request, service: Service) -> Answer:
    return do(request, service, KeepPromise(chosen(request, "promise")), line("记下了，兑现了。"))
