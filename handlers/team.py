"""Duty, leave, identities, language, standing rooms."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from bot.cards import forms
from bot.cards.views import reference
from bot.core import people
from bot.core.commands import BindIdentity, BindRoom, ChooseLanguage, SwapDuty, TakeLeave
from bot.core.errors import Refused
from bot.plan.schema import Plan
from bot.service import STANDING, Service
from bot.talk import Answer, Ask, Private, Request, Toast
from bot.words import When, Who, line
from handlers.meant import ahead, do, named_people, need, person, post_or_role, site

TEAM = "team"


def duty(request: Request, service: Service) -> Answer:
    """看现在谁值班，按岗位和仓。
    Who is on duty now, by post and site.
    值班 上海仓
    """
    plan, words = service.plan(), request.words.strip()
    if words.startswith(("换", "swap")):
        return Ask(forms.FORMS_BY_ID["team.swap"](None, plan))
    where = site(words, plan) if words else None
    if words and where is None:
        raise Refused(line("没有「{site}」这个仓。写仓名，例如「值班 上海仓」，或只写「值班」。", site=words))
    team, now = service.team(), service.now()
    sites = (where,) if where else tuple(plan.sites)
    wanted = [(post.id, place) for post in plan.posts.values() for place in (sites if post.scoped else (None,))]
    rows = tuple((post, place, people.on_duty(plan, team, post, place, now)) for post, place in wanted)
    return Private(reference.duty(rows, plan, now))


def swap(request: Request, service: Service) -> Answer:
    return Ask(forms.FORMS_BY_ID["team.swap"](None, service.plan()))


def swapped(request: Request, service: Service) -> Answer:
    """The form: somebody takes a duty for a while."""
    plan = service.plan()
    post = post_or_role(need(request, "post", line("选一个岗位。")), plan)
    who = person(request.values.get("person") or request.who, plan, "person")
    start, end = _span(request, plan)
    command = SwapDuty(post, request.values.get("site") or None, who, start, end)
    return do(request, service, command, line("{who} 顶这个班到 {end}，期间直接叫他。", who=Who(who), end=When(end, "day")), TEAM)


def leave(request: Request, service: Service) -> Answer:
    """请假：从什么时候到什么时候，谁替。
    Take leave: from when to when, and who stands in.
    请假 11-24 08:00 到 11-25 08:00 @方晓
    """
    plan = service.plan()
    named, words = named_people(request.words, plan)
    parts = [part.strip() for part in words.replace("至", "到").replace(" to ", "到").split("到") if part.strip()]
    if len(parts) != 2:
        return Ask(forms.FORMS_BY_ID["team.leave"](None, plan, substitute=named[0] if named else ""))
    start, end = (ahead(part, request, plan, "start") for part in parts)
    return _leave(request, service, request.who, start, end, named[0] if named else None)


def left(request: Request, service: Service) -> Answer:
    """The leave form."""
    plan = service.plan()
    start, end = _span(request, plan)
    stand_in = request.values.get("substitute", "")
    substitute = person(stand_in, plan, "substitute") if stand_in else None
    return _leave(request, service, request.values.get("person") or request.who, start, end, substitute)


def _leave(request: Request, service: Service, who: str, start: datetime, end: datetime, stand_in: str | None) -> Answer:
    said = line("请假已记：{start} 到 {end}。这段时间不会叫 {who}。", start=When(start, "day"), end=When(end, "day"), who=Who(who))
    return do(request, service, TakeLeave(who, start, end, stand_in), said, TEAM)


def _span(request: Request, plan: Plan) -> tuple[datetime, datetime]:
    start = request.values.get("start", "").strip()
    end = need(request, "end", line("写到什么时候，例如「11-25 08:00」。"))
    return (ahead(start, request, plan, "start") if start else request.at), ahead(end, request, plan, "end")


def bind(request: Request, service: Service) -> Answer:
    """把这个群绑定为常设群：指挥中心、技术、业务、沟通、上报，或方案里对外的群（用它的全名）。
    Bind this room as a standing room, or as one with people from outside by its full name.
    绑定 指挥中心
    """
    names = {"指挥中心": "@ecc", "技术": "@tech", "业务": "@biz", "沟通": "@comms", "上报": "@report", "故障上报": "@report"}
    names |= {name: f"@{room.id}" for room in service.plan().comms.rooms.values() for name in (room.name.zh, room.name.en)}
    word = request.words.strip()
    word = word if word in names else word.removesuffix("群").removesuffix("组")
    slot = names.get(word, word if word.startswith("@") else f"@{word}")
    here = request.room
    if here is None or request.record not in (None, STANDING):
        raise Refused(line("到要绑定的群里说「绑定 指挥中心」。"))
    if request.slot == slot:
        return Toast(line("这个群已经是{name}的常设群。", name=word))
    if request.record == STANDING:
        raise Refused(line("这个群已经是别的常设群。到另一个群里说「绑定 {name}」。", name=word))
    answer = do(request, service, BindRoom(slot, request.platform, here), line("这个群现在是{name}的常设群。", name=word), TEAM)
    if isinstance(answer, Toast):
        service.bind_room(slot, request.platform, here)
    return answer


def identity(request: Request, service: Service) -> Answer:
    """看或绑定你在各平台的身份；指挥中心可以替别人绑：身份 @陈海 slack U0123。
    See or bind your account on each platform; the command centre binds others': identity @Chen Hai slack U0123.
    身份
    """
    plan = service.plan()
    named, left = named_people(request.words, plan)
    words = left.split()
    if people.guest(request.who) and (named or words):
        return _claimed(request, service, named[0] if named else person(words[0], plan))
    if len(words) < 2:
        return Private(reference.identity(request.who, plan, service.team()))
    who, (platform, account) = named[0] if named else request.who, words[:2]
    said = line("身份已绑定。") if who == request.who else line("{who}的 {platform} 账号已绑定。", who=Who(who), platform=platform)
    return do(request, service, BindIdentity(who, platform.lower(), account.strip("<@>")), said, TEAM)


def _claimed(request: Request, service: Service, who: str) -> Answer:
    """A guest says who they are: whoever may bind their account is named, and what to say."""
    platform, _, account = request.who.partition(":")
    return do(request, service, BindIdentity(who, platform, account), line("身份已绑定。"), TEAM)


def language(request: Request, service: Service) -> Answer:
    """选机器人对你说的语言：中文或 English。
    Choose the language the bot speaks to you.
    语言 en
    """
    word = (request.args.get("value") or request.words).strip().casefold()
    chosen = "en" if word in ("en", "english", "英文", "英语") else "zh-CN" if word in ("zh", "zh-cn", "中文", "chinese", "汉语") else ""
    if not chosen:
        raise Refused(line("写「语言 中文」或「语言 en」。"))
    said = "好，以后对你说中文。" if chosen == "zh-CN" else "From now on in English."
    return do(request, service, ChooseLanguage(cast(Literal["zh-CN", "en"], chosen)), said, TEAM)
