"""Duty, leave, identities, language, standing rooms."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, cast
from zoneinfo import ZoneInfo

from bot.cards import forms
from bot.cards.views import lists
from bot.core import people
from bot.core.commands import BindIdentity, BindRoom, ChooseLanguage, SwapDuty, TakeLeave
from bot.core.errors import Refused
from bot.core.hearing import read_time
from bot.plan.schema import Plan
from bot.service import Service
from bot.talk import Answer, Ask, Private, Request
from bot.words import Bi, When, Who, line
from handlers.meant import do, named_people, need, person, post_or_role, site

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
    rows = [
        (post.id, place, people.on_duty(plan, service.team(), post.id, place, service.now()))
        for post in plan.posts.values()
        for place in ((where,) if where else tuple(plan.sites)) if post.scoped
    ] + [(post.id, None, people.on_duty(plan, service.team(), post.id, None, service.now())) for post in plan.posts.values() if not post.scoped]
    return Private(lists.duty(tuple(rows), plan, service.now()))


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
    start, end = (_future(part, request, plan, "start") for part in parts)
    return _leave(request, service, request.who, start, end, named[0] if named else None)


def left(request: Request, service: Service) -> Answer:
    """The leave form."""
    plan = service.plan()
    start, end = _span(request, plan)
    stand_in = request.values.get("substitute", "")
    return _leave(request, service, request.values.get("person") or request.who, start, end, person(stand_in, plan, "substitute") if stand_in else None)


def _leave(request: Request, service: Service, who: str, start: datetime, end: datetime, stand_in: str | None) -> Answer:
    said = line("请假已记：{start} 到 {end}。这段时间不会叫 {who}。", start=When(start, "day"), end=When(end, "day"), who=Who(who))
    return do(request, service, TakeLeave(who, start, end, stand_in), said, TEAM)


def _span(request: Request, plan: Plan) -> tuple[datetime, datetime]:
    start = request.values.get("start", "").strip()
    end = need(request, "end", line("写到什么时候，例如「11-25 08:00」。"))
    return (_future(start, request, plan, "start") if start else request.at), _future(end, request, plan, "end")


def _future(text: str, request: Request, plan: Plan, field: str) -> datetime:
    """A moment that may lie ahead: 11-24 08:00, 明天 8 点, or a bare clock time meaning the next one."""
    zone = ZoneInfo(plan.time_zone)
    shift = 1 if any(word in text for word in ("明天", "明早", "明晚", "tomorrow")) else 2 if "后天" in text else 0
    plain = text.replace("明天", "今天").replace("后天", "今天").replace("明早", "今早").replace("明晚", "今晚").replace("tomorrow", "today")
    end_of_day = request.at.astimezone(zone).replace(hour=23, minute=59)
    found = read_time(plain, end_of_day + timedelta(days=0 if not _dated(plain) else 365), zone)
    if found is None:
        raise Refused(line("看不懂「{text}」。写成「11-25 08:00」或「明天 8:00」。", text=text), field=field)
    at = found.at + timedelta(days=shift)
    while at < request.at - timedelta(days=1) and not _dated(plain):
        at += timedelta(days=1)
    return at


def _dated(text: str) -> bool:
    import re

    return re.search(r"\d{1,2}\s*[-/月]\s*\d{1,2}", text) is not None


def bind(request: Request, service: Service) -> Answer:
    """把这个群绑定为常设群：指挥中心、技术、业务、沟通、上报。
    Bind this room as a standing room.
    绑定 指挥中心
    """
    names = {"指挥中心": "@ecc", "技术": "@tech", "业务": "@biz", "沟通": "@comms", "上报": "@report", "故障上报": "@report"}
    word = request.words.strip().removesuffix("群").removesuffix("组")
    slot = names.get(word, word if word.startswith("@") else f"@{word}")
    here = request.args.get("room", "")
    if not here:
        raise Refused(line("到要绑定的群里说「绑定 指挥中心」。"))
    answer = do(request, service, BindRoom(slot, request.platform, here), line("这个群现在是{name}的常设群。", name=word), TEAM)
    service.bind_room(slot, request.platform, here)
    return answer


def identity(request: Request, service: Service) -> Answer:
    """看或绑定你在各平台的身份。
    See or bind your identity on each platform.
    身份
    """
    plan, words = service.plan(), request.words.split()
    if len(words) >= 2:
        return do(request, service, BindIdentity(request.who, words[0], words[1]), line("身份已绑定。"), TEAM)
    return Private(lists.identity(request.who, plan, service.team()))


def language(request: Request, service: Service) -> Answer:
    """选机器人对你说的语言：中文或 English。
    Choose the language the bot speaks to you.
    语言 en
    """
    word = (request.args.get("value") or request.words).strip().casefold()
    chosen = "en" if word in ("en", "english", "英文", "英语") else "zh-CN" if word in ("zh", "zh-cn", "中文", "chinese", "汉语") else ""
    if not chosen:
        raise Refused(line("写「语言 中文」或「语言 en」。"))
    said = Bi("好，以后对你说中文。", "好，以后对你说中文。") if chosen == "zh-CN" else Bi("From now on in English.", "From now on in English.")
    return do(request, service, ChooseLanguage(cast(Literal["zh-CN", "en"], chosen)), said, TEAM)
