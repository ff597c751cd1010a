"""Which incident, person, place or time is meant by what somebody said; a miss names what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz, process

from bot.cards import forms
from bot.cards.model import Button, press
from bot.core import rights
from bot.core.commands import Command
from bot.core.errors import Refused
from bot.core.hearing import Vocabulary, read_ahead, read_duration, read_time
from bot.core.incident import Incident
from bot.plan.schema import Plan, Post, Role
from bot.service import Outcome, Service
from bot.talk import Answer, Ask, Request, Toast
from bot.words import Text, joined, line

NUMBER = re.compile(r"^\s*((?:INC|DRILL)-?\s*\d+|[#＃]?\d+(?=\s|$))\s*", re.IGNORECASE)
ALREADY = line("已经记过了，不用再按。")


def record_of(request: Request, service: Service) -> str:
    """The incident meant: named by the button or at the front of the words, else the one of this room, else the only open one."""
    named = request.args.get("record") or _named(request.words)
    if named:
        found = service.incident(named)
        if found is None or not rights.sees(found, request.who):
            raise Refused(line("没有 {record} 这个事件。发「列表」看进行中的。", record=named))
        return named
    if request.record and service.incident(request.record):
        return request.record
    there = [state for state in service.incidents() if rights.sees(state, request.who)]
    mine = [state.id for state in there if request.who in state.people] or [state.id for state in there]
    if len(mine) == 1:
        return mine[0]
    if not mine:
        fix = Button(line("报故障"), press("report.form"), "primary")
        raise Refused(line("现在没有进行中的事件。看到异常就发「报故障 …」，一句话就行。"), fix)
    names = joined(list(mine[:5]))
    raise Refused(line("说哪一个：{names}。在它的群里说，或把编号写在前面。", names=names))


def _named(words: str) -> str:
    found = NUMBER.match(words)
    if not found or not found[1].upper().startswith(("INC", "DRILL")):
        return ""
    kind, digits = re.match(r"([A-Z]+)-?\s*(\d+)", found[1].upper()).groups()  # type: ignore[union-attr]  # NUMBER has both
    return f"{kind}-{int(digits)}"


def rest(words: str) -> str:
    """The words without a leading incident number."""
    return words[len(found[0]) :].strip() if (found := NUMBER.match(words)) and _named(words) else words.strip()


def incident_of(request: Request, service: Service) -> Incident:
    state = service.incident(record_of(request, service))
    assert state is not None
    return state


def do(request: Request, service: Service, command: Command, said: Text, record: str | None = None, seen: bool = False) -> Answer:
    """Carry the command out on the incident meant and say so; nothing new to happen is said too.

    seen: the card with the button changes visibly; whoever typed has no card before their eyes, and what had happened changes none.
    """
    target = record or record_of(request, service)

    def reply(outcome: Outcome) -> Answer:
        return Toast(said, seen and shown(request, outcome)) if outcome.events else Toast(ALREADY)

    return service.run(request, target, command, reply)


def shown(request: Request, outcome: Outcome) -> bool:
    """Something changed by a button or a tick of a card, not by a line that was typed, nor by a form that closed."""
    return bool(outcome.events and request.args) and not request.values


def ask(request: Request, service: Service, form: str, **ids: str) -> Answer:
    """Open a form about the incident meant. What the button carried goes with it."""
    state = incident_of(request, service)
    given = {key: value for key, value in {**request.args, **ids}.items() if key != "record" and value}
    return Ask(forms.FORMS_BY_ID[form](state, service.plan_of(state.id), **given))


def chosen(request: Request, key: str) -> str:
    """An id that the button carried, or that was chosen in its select."""
    return request.args.get(key) or request.args.get("value", "")


def need(request: Request, key: str, text: Text) -> str:
    """A field that must have something in it."""
    value = request.values.get(key, "").strip()
    if not value:
        raise Refused(text, field=key)
    return value


def person(name: str, plan: Plan, field: str = "") -> str:
    """A person by id, name (@陈海) or English name; the nearest ones are named when there is none."""
    wanted = name.strip().lstrip("@＠").strip()
    for known in plan.people.values():
        if wanted.casefold() in (known.id.casefold(), known.name.casefold(), known.name_en.casefold()):
            return known.id
    names = {known.id: known.name for known in plan.people.values()}
    near = [found for found, _, _ in process.extract(wanted, names, scorer=fuzz.ratio, limit=3)] if wanted else []
    if near:
        raise Refused(line("名单里没有「{name}」。是不是 {near}？", name=wanted, near=joined(tuple(near))), field=field)
    raise Refused(line("写上是谁，例如「@陈海」。"), field=field)


def named_people(text: str, plan: Plan) -> tuple[list[str], str]:
    """The people mentioned with @ in a text, and the text without them."""
    found: list[str] = []
    left = text
    for known in sorted(plan.people.values(), key=lambda p: -len(p.name)):
        for spelling in (known.name, known.name_en, known.id):
            mark = re.compile(r"[@＠]\s*" + re.escape(spelling) + r"(?![A-Za-z0-9_])", re.IGNORECASE)
            if mark.search(left):
                found.append(known.id)
                left = mark.sub(" ", left)
                break
    return found, re.sub(r"\s{2,}", " ", left).strip()


def by_name(word: str, entries: Iterable[tuple[str, tuple[str, ...]]]) -> str | None:
    """The id whose spellings contain the word (exactly, ignoring case)."""
    wanted = word.strip().casefold()
    return next((id_ for id_, spellings in entries if wanted in (spelling.casefold() for spelling in spellings)), None)


def severity(word: str, plan: Plan, field: str = "level") -> str:
    entries = [(s.id, (s.id, s.name.zh, s.name.en, s.short.zh, s.short.en)) for s in plan.severities.values()]
    found = by_name(word, entries)
    if found is None:
        raise Refused(line("级别只有{names}。", names=joined([s.short for s in plan.severities.values()])), field=field)
    return found


def post_or_role(word: str, plan: Plan, field: str = "post") -> str:
    """A post, role or group lead by any of its names."""
    named: list[Post | Role] = [*plan.posts.values(), *plan.roles.values()]
    found = by_name(word, [(p.id, (p.id, p.name.zh, p.name.en, p.short.zh, p.short.en)) for p in named])
    if found is None:
        words = {p.id: p.short.zh for p in named}
        near = [f for f, _, _ in process.extract(word, words, scorer=fuzz.ratio, limit=3)]
        raise Refused(line("没有「{post}」这个岗位或角色。是不是 {near}？", post=word, near=joined(tuple(near))), field=field)
    return found


def fault(words: str, plan: Plan) -> str | None:
    """The checklist of a fault's cause named anywhere in the words, the longest name first."""
    spelled = {
        spelling.casefold(): cause.checklist
        for kind in plan.fault_types.values()
        for cause in kind.causes.values()
        for spelling in (cause.id, cause.checklist, cause.name.zh, cause.name.en, *cause.aliases)
    }
    said = words.casefold()
    return next((spelled[spelling] for spelling in sorted(spelled, key=len, reverse=True) if spelling in said), None)


def site(word: str, plan: Plan) -> str | None:
    return by_name(word, [(s.id, (s.id, s.name.zh, s.name.en, *s.aliases)) for s in plan.sites.values()])


def group(word: str, plan: Plan) -> str | None:
    names = {"ecc": ("指挥中心", "指挥组"), "tech": ("技术组", "技术"), "biz": ("业务组", "业务"), "comms": ("沟通组", "沟通")}
    return by_name(word, [(g.id, (g.id, g.name.zh, g.name.en, *names.get(g.id, ()))) for g in plan.groups.values()])


def moment(text: str, request: Request, plan: Plan, field: str) -> datetime | None:
    """A time as people type it; None for nothing; refused when it cannot be read, with examples."""
    if not text.strip():
        return None
    found = read_time(text, request.at, ZoneInfo(plan.time_zone))
    if found is None:
        raise Refused(line("看不懂「{text}」。写成「20:10」「10 分钟前」或「昨晚 23:40」；不知道就空着。", text=text), field=field)
    return found.at


def ahead(text: str, request: Request, plan: Plan, field: str) -> datetime:
    """A moment that may lie ahead: 11-24 08:00, 明天 8 点, 今晚 18:00, 现在, or a clock alone, today's."""
    found = read_ahead(text, request.at, ZoneInfo(plan.time_zone))
    if found is None:
        raise Refused(line("看不懂「{text}」。写成「11-25 08:00」或「明天 8:00」。", text=text), field=field)
    return found


def minutes(text: str, fallback: int, field: str) -> int:
    """A length of time in minutes, as typed."""
    if not text.strip():
        return fallback
    found = read_duration(text)
    if found is None or not 1 <= found <= 60 * 24 * 7:
        raise Refused(line("看不懂「{text}」。写成「15 分钟」「半小时」或「90」。", text=text), field=field)
    return found


def vocabulary(plan: Plan) -> Vocabulary:
    return _VOCABULARIES.get(plan.hash) or _VOCABULARIES.setdefault(plan.hash, Vocabulary.of(plan))


_VOCABULARIES: dict[str, Vocabulary] = {}
