"""Reporting a fault or a warning, adding to it, closing it as a false alarm, merging it."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.cards import forms
from bot.cards.model import Button, Card, Words, press
from bot.cards.model import Buttons as Row
from bot.core import report as reports
from bot.core import rights
from bot.core.commands import (
    Absorb,
    AcknowledgeReport,
    AddToReport,
    DeclareFalseAlarm,
    MergeInto,
    RaiseWarning,
    ReportIncident,
    TurnWarningIntoIncident,
)  # fmt: skip
from bot.core.errors import Refused
from bot.core.hearing import Known, alike, hear
from bot.core.incident import Incident, Report, Warning
from bot.service import Outcome, Service
from bot.store.codec import Codec
from bot.talk import Answer, Ask, Private, Request, Toast
from bot.words import Text, joined, line
from handlers.meant import ask, by_name, do, incident_of, moment, need, record_of, rest, site, vocabulary

REPORTS: Codec[Report] = Codec(Report)


def report(request: Request, service: Service) -> Answer:
    """一句话报故障：看到了什么、几点、在哪里。缺的可以后补。
    Report a fault in one line: what, when, where. The rest can follow.
    报故障 上海仓扫码没反应，10 分钟前开始
    """
    if not request.words.strip():
        return Ask(forms.FORMS_BY_ID["report.form"](None, service.plan()))
    heard = _heard(request.words, request, service)
    return _report(request, service, heard)


def open_form(request: Request, service: Service) -> Answer:
    """The form of a report, empty or with the symptom taken from a message."""
    initial = request.message[1] if request.message else ""
    return Ask(forms.FORMS_BY_ID["report.form"](None, service.plan(), symptom=initial))


def from_message(request: Request, service: Service) -> Answer:
    """The message becomes the symptom; the report links back to it. Without one the form asks."""
    if request.message is None:
        return open_form(request, service)
    heard = _heard(request.message[1], request, service, source="message", link=request.message[2])
    return _report(request, service, heard)


def submitted(request: Request, service: Service) -> Answer:
    """The report form: what was typed is read like a line, what was chosen is taken as it is."""
    plan = service.plan()
    symptom = need(request, "symptom", line("写一句看到了什么，例如「上海仓扫码没反应」。其他的可以后补。"))
    said = " ".join((symptom, request.values.get("scope", "")))
    heard = _heard(said, request, service)
    started_text = request.values.get("started", "").strip()
    started = moment(started_text, request, plan, "started")
    if started and started > request.at:
        raise Refused(line("发生时间在将来。写已经过去的时间，例如「20:10」或「10 分钟前」。"), field="started")
    chosen = {key: _chosen(request, key) for key in ("services", "links", "sites")}
    report_ = Report(
        symptom=symptom, words=symptom, started_at=started or heard.started_at, started_text=started_text or heard.started_text,
        discovered_at=request.at, scope=request.values.get("scope", "").strip(),
        services=tuple(dict.fromkeys((*chosen["services"], *heard.services))), links=tuple(dict.fromkeys((*chosen["links"], *heard.links))),
        sites=tuple(dict.fromkeys((*chosen["sites"], *heard.sites))), unknown=heard.unknown, reporter=request.who, source="chat",
    )  # fmt: skip
    return _report(request, service, report_, sure=request.values.get("sure") == "yes")


def anyway(request: Request, service: Service) -> Answer:
    """It is a different fault: report it although it looks like an open one."""
    report_ = _kept(request, service)
    return open_form(request, service) if report_ is None else _report(request, service, report_, sure=True)


def same(request: Request, service: Service) -> Answer:
    """It is the same fault: what was said is added to the open incident."""
    record = record_of(request, service)
    report_ = _kept(request, service)
    said = line("已并到 {record}，群里都看得到。", record=record)
    return do(request, service, Absorb("", report_.words if report_ else "", request.who), said, record)


def _kept(request: Request, service: Service) -> Report | None:
    """The report that was held back by the question whether it is news."""
    body = service.recall(request.args.get("kept", ""))
    return None if body is None else replace(REPORTS.load(body), reporter=request.who)


def _chosen(request: Request, key: str) -> tuple[str, ...]:
    return tuple(part for part in request.values.get(key, "").split(",") if part)


def _heard(words: str, request: Request, service: Service, source: str = "chat", link: str = "") -> Report:
    plan = service.plan()
    heard = hear(words, request.at, ZoneInfo(plan.time_zone), vocabulary(plan))
    return Report(
        symptom=heard.symptom or words.strip(), words=words, started_at=heard.started.at if heard.started else None,
        started_text=heard.started.text if heard.started else "", discovered_at=request.at, scope=heard.scope,
        services=tuple(s for s in heard.services if s in plan.services), links=heard.links, sites=heard.sites, unknown=heard.unknown,
        reporter=request.who, source=source, source_link=link,
    )  # fmt: skip


def _report(request: Request, service: Service, report_: Report, sure: bool = False) -> Answer:
    """The number comes back before any platform call. A likely duplicate is offered as "add to it"; nobody is blocked."""
    if (before := service.kept(request.key)) is not None:
        return before
    if not sure and (found := _likely(report_, request, service)):
        return _offer(found, report_, service)

    def reply(outcome: Outcome) -> Answer:
        state = outcome.after
        assert isinstance(state, Incident)
        return Toast(_received(state))

    return service.run(request, None, ReportIncident(report_), reply)


def _received(state: Incident) -> Text:
    missing = state.report.missing
    if missing:
        asked = joined([reports.ELEMENTS[element] for element in missing])
        return line("收到，编号 {record}。正在建群、叫人定级。还差{missing}，知道了在群里补。", record=state.id, missing=asked)
    return line("收到，编号 {record}。正在建群、叫人定级。接下来看群里的卡片。", record=state.id)


def _likely(report_: Report, request: Request, service: Service) -> Incident | None:
    plan = service.plan()
    window = plan.timing.duplicate_window_min * 60
    open_ones = [state for state in service.incidents() if state.mode == "real" and rights.sees(state, request.who)]
    fresh = [state for state in open_ones if (request.at - state.reported_at).total_seconds() <= window]
    known = [
        Known(state.id, r.symptom, r.services, r.links, r.sites, r.started_at or state.reported_at)
        for state in fresh
        for r in (state.report,)
    ]
    heard = hear(report_.words, request.at, ZoneInfo(plan.time_zone), vocabulary(plan))
    likeness = alike(heard, known, request.at)
    return service.incident(likeness[0].record) if likeness else None


def _offer(found: Incident, report_: Report, service: Service) -> Answer:
    """Whatever they say, nothing of the report is typed again: it is kept as it was heard, with its link and all its fields."""
    title, kept = reports.title(found), service.keep(REPORTS.dump(report_))
    text = line("{record}「{title}」正在处理，像是同一件事。是就并进去，不是就另报一条。", record=found.id, title=title)
    buttons = Row((
        Button(line("是同一件，补进去"), press("report.same", record=found.id, kept=kept), "primary"),
        Button(line("不是，另报一条"), press("report.anyway", kept=kept)),
    ))  # fmt: skip
    blocks = (Words(text), Words(report_.words, "quote"), buttons)
    return Private(Card(line("可能已经有人报了"), blocks, alone=text, tone="warn", icon="info"))


def add(request: Request, service: Service) -> Answer:
    """补充事件的现象、时间、范围；不写内容就打开表单。
    Add to the symptom, time or scope; alone it opens the form.
    补充 19:52 开始的，杭州仓也不行
    """
    state = incident_of(request, service)
    words = rest(request.words)
    if not words:
        return Ask(forms.FORMS_BY_ID["report.add"](state, service.plan_of(state.id)))
    plan = service.plan_of(state.id)
    heard = hear(words, request.at, ZoneInfo(plan.time_zone), vocabulary(plan))
    command = AddToReport(
        words, started_at=heard.started.at if heard.started else None, started_text=heard.started.text if heard.started else "",
        scope=heard.scope or None, services=heard.services, links=heard.links, sites=heard.sites,
    )  # fmt: skip
    return do(request, service, command, line("已补到 {record}。", record=state.id), state.id)


def added(request: Request, service: Service) -> Answer:
    """The form that fills what was 待补."""
    state = incident_of(request, service)
    plan = service.plan_of(state.id)
    started_text = request.values.get("started", "").strip()
    symptom, scope = request.values.get("symptom", "").strip(), request.values.get("scope", "").strip()
    typed = request.values.get("text", "").strip()
    command = AddToReport(
        typed or scope or symptom, symptom=symptom or None,
        started_at=moment(started_text, request, plan, "started"), started_text=started_text, scope=scope or None,
        services=_chosen(request, "services"), links=_chosen(request, "links"), sites=_chosen(request, "sites"),
    )  # fmt: skip
    return do(request, service, command, line("已补到 {record}。", record=state.id))


def acknowledge(request: Request, service: Service) -> Answer:
    """The command centre has seen it."""
    return do(request, service, AcknowledgeReport(), line("记下了：指挥中心已收到。下一步：定级或启动。"), seen=True)


def false_alarm(request: Request, service: Service) -> Answer:
    """核实不是故障，写明怎么核实的，关闭。
    Not a fault after all: say how you know, and it is closed.
    误报 备份任务引起，业务正常
    """
    state, reason = incident_of(request, service), rest(request.words)
    if not reason and not request.values:
        return Ask(forms.FORMS_BY_ID["incident.false_alarm"](state, service.plan_of(state.id)))
    why = request.values.get("reason", reason)
    return do(request, service, DeclareFalseAlarm(why), line("{record} 已按误报关闭，群里都通知了。", record=state.id), state.id)


def merge(request: Request, service: Service) -> Answer:
    """把这个事件并到另一个。
    Merge this incident into another one.
    合并 INC-41
    """
    into = request.values.get("into", "").strip() or _target(request, service)
    record = request.record or record_of(request, service)
    state = service.incident(record)
    assert state is not None
    if not into:
        return Ask(forms.FORMS_BY_ID["incident.merge"](state, service.plan_of(record)))
    into = into.upper()
    if service.incident(into) is None:
        raise Refused(line("没有 {record} 这个事件。发「列表」看进行中的。", record=into), field="into" if request.values else "")
    text = state.report.symptom
    answer = service.run(
        request, record, MergeInto(into, request.values.get("reason", "")),
        lambda outcome: Toast(line("{record} 已并到 {into}，以后都在那边处理。", record=record, into=into)),
    )  # fmt: skip
    if isinstance(answer, Toast):
        other = Request(f"{request.key}:absorb", request.who, request.platform, request.at, request.language)
        service.run(other, into, Absorb(record, text, state.report.reporter), lambda outcome: Toast(""))
    return answer


def _target(request: Request, service: Service) -> str:
    word = request.words.strip().split(" ")[-1].upper() if request.words.strip() else ""
    return word if word.startswith(("INC-", "DRILL-")) else ""


def warn(request: Request, service: Service) -> Answer:
    """发布预警：还没发生，先做准备。写灾种、颜色、仓。
    Raise a warning before it happens: hazard, colour, site.
    预警 台风 橙色 宁波仓
    """
    plan, words = service.plan(), request.words.split()
    colours = [(c.id, (c.id, c.name.zh, c.name.en, c.name.zh.removesuffix("色"))) for c in plan.warning.colours.values()]
    colour = next((found for word in words if (found := by_name(word.removesuffix("预警"), colours))), None)
    where = next((found for word in words if (found := site(word, plan))), None)
    hazard = next((word for word in words if by_name(word, colours) is None and site(word, plan) is None), "")
    if not hazard or colour is None:
        return Ask(forms.FORMS_BY_ID["warning.form"](None, plan, hazard=hazard, colour=colour or "", site=where or ""))
    return _raise(request, service, hazard, colour, where, request.words)


def warned(request: Request, service: Service) -> Answer:
    """The warning form."""
    hazard = need(request, "hazard", line("写灾种，例如「台风」。"))
    colour = need(request, "colour", line("选一个颜色。"))
    return _raise(request, service, hazard, colour, request.values.get("site") or None, request.values.get("text", "") or hazard)


def _raise(request: Request, service: Service, hazard: str, colour: str, where: str | None, words: str) -> Answer:
    plan = service.plan()
    known = plan.warning.colours.get(colour)
    said = f"{hazard}{known.name.zh if known else colour}预警"
    report_ = Report(
        symptom=said, words=words, started_at=request.at, started_text="", discovered_at=request.at, scope="", services=(), links=(),
        sites=(where,) if where else (), unknown=(), reporter=request.who, source="warning",
    )  # fmt: skip
    return service.run(
        request, None, RaiseWarning(report_, Warning(hazard, colour, where)),
        lambda outcome: Toast(line("预警 {record} 已发布，先行清单在群里。发生了点「已经发生」。", record=outcome.record)),
    )  # fmt: skip


def came_true(request: Request, service: Service) -> Answer:
    """The warning has come true: it goes on as an incident."""
    if not request.values:
        return ask(request, service, "warning.happened")
    return do(request, service, TurnWarningIntoIncident(request.values.get("note", "")), line("已转为事件，正在叫人定级。"))


