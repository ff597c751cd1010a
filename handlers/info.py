"""Looking things up: the list, one incident, the plan, risks, levels, contacts, obligations, drills. Nothing here changes anything."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.model import Buttons, Card, LinkOut
from bot.cards.views import lists, reference
from bot.core import people, rights
from bot.core.errors import Refused
from bot.service import Service
from bot.talk import Answer, Private, Request, Toast
from bot.words import joined, line
from handlers.meant import by_name, chosen, record_of, severity


def listing(request: Request, service: Service) -> Answer:
    """进行中的事件；写「全部」看所有。
    Open incidents; with "all", every one.
    列表
    """
    everything = request.words.strip() in ("全部", "all")
    page = request.args.get("page", "")
    found = tuple(state for state in service.incidents(open_only=not everything) if rights.sees(state, request.who))
    return Private(lists.incidents(found, service.plan(), int(page) if page.isdigit() else 1))


def incident(request: Request, service: Service) -> Answer:
    """看一个事件：三要素、级别、谁在指挥、按哪版方案。
    One incident: the three elements, level, commander, plan version.
    事件 INC-1
    """
    record = record_of(request, service)
    card = service.draw(record, "status", {})
    assert card is not None
    return Private(_with_page(card, request, service, record))


def _with_page(card: Card, request: Request, service: Service, record: str) -> Card:
    """The card with the person's own link to the record page, where pages are served."""
    url = service.record_link(request.who, record)
    return replace(card, blocks=(*card.blocks, Buttons((LinkOut(line("打开记录页"), url),)))) if url else card


def plan(request: Request, service: Service) -> Answer:
    """看方案：版本、生效日；写「方案 严重」看一个级别。
    The plan: version, date; "plan severe" explains a level.
    方案
    """
    current, words = service.plan(), request.words.replace("版本", "").replace("级别", "").strip()
    if words:
        return Private(reference.severity(severity(words, current), current))
    return Private(reference.plan(current))


def risk(request: Request, service: Service) -> Answer:
    """看风险：评分、触发条件、对应清单。
    The risks: score, triggers and checklists.
    风险 R1
    """
    current, words = service.plan(), chosen(request, "risk") or request.words.strip()
    if not words:
        return Private(reference.risks(current))
    found = by_name(words, [(r.id, (r.id, r.name.zh, r.name.en)) for r in current.risks.values()])
    if found is None:
        names = joined([joined([r.id, r.name], by=" ") for r in current.risks.values()])
        raise Refused(line("没有「{risk}」。可选：{names}。", risk=words, names=names))
    return Private(reference.risk(found, current))


def contacts(request: Request, service: Service) -> Answer:
    """看外部相关方：什么级别要告诉谁、先用哪个渠道。
    The outside parties: who is told from which level, and how.
    外联
    """
    return Private(reference.parties(service.plan()))


def obligations(request: Request, service: Service) -> Answer:
    """看可能要上报的事：依据、时限、报给谁。由人判断和提交。
    What may have to be reported, to whom, by when. People decide.
    上报
    """
    return Private(reference.obligations(service.plan()))


def drill(request: Request, service: Service) -> Answer:
    """看演练脚本和每季安排。
    The drills and their calendar.
    演练
    """
    return Private(reference.drills(service.plan()))


def retry(request: Request, service: Service) -> Answer:
    """Try again what the bot could not do."""
    if people.guest(request.who):
        raise rights.stranger(request.who, service.world())
    count = service.retry_record(record_of(request, service))
    return Toast(line("正在再试 {n} 件。还不行就按卡片上的办法打电话。", n=count) if count else line("没有卡住的事。"))


