"""Forms of the report and the grading: three elements, what is missing, a level by hand, the loss, false alarm, merge, warning."""

from __future__ import annotations

from bot.cards import headings
from bot.cards.forms.asking import choice, choices, form, levels, links, long, named, note, one, reason, services, sites, when
from bot.cards.model import Field, Form, Option
from bot.core.incident import SIDES, UNKNOWN, Incident
from bot.plan.schema import Plan
from bot.words import line


def report_form(state: Incident | None, plan: Plan, *, symptom: str = "", **_: str) -> Form:
    """Only the symptom is asked for; what is left open is marked 待补 and asked for again."""
    return form(
        "report.form",
        None,
        line("报故障"),
        (
            long(
                "symptom",
                headings.SYMPTOM,
                line("看到了什么，不写原因。例如：十几个客户说点下单没反应，页面能打开"),
                initial=symptom,
                required=True,
            ),
            when("started", line("什么时候开始"), line("不是发现的时间。例如：19:52、10 分钟前、昨晚 23:40；拿不准写「约」")),
            one("scope", line("影响范围"), line("例如：上海仓，全部下单。不清楚可以先报，会标成「待补」")),
            choices("links", line("受影响环节"), links(plan)),
            choices("sites", line("哪些仓"), sites(plan)),
            choices("services", line("哪些功能"), services(plan)),
        ),
        line("报给指挥中心"),
        intro=line("一分钟填完，先报再补。"),
    )


def report_add(state: Incident, plan: Plan, **_: str) -> Form:
    """What is still 待补 first; what is known may be corrected."""
    known = state.report
    lacking = known.missing
    fields = {
        "symptom": long("symptom", headings.SYMPTOM, line("看到了什么，不写原因"), initial=known.symptom),
        "time": when("started", line("什么时候开始"), line("例如：19:52、10 分钟前、昨晚 23:40"), initial=known.started_text),
        "scope": one("scope", line("影响范围"), line("例如：上海仓，全部下单；不清楚写「不知道」"), initial=known.scope),
    }
    ordered = [fields[element] for element in lacking] + [field for element, field in fields.items() if element not in lacking]
    return form(
        "report.add",
        state,
        line("补充"),
        (
            *ordered,
            choices("links", line("受影响环节"), links(plan), initial=known.links),
            choices("sites", line("哪些仓"), sites(plan), initial=known.sites),
            choices("services", line("哪些功能"), services(plan), initial=known.services),
            long("text", line("还有什么"), line("例如：杭州仓也开始报了")),
        ),
        line("补上"),
        intro=named(state),
    )


def false_alarm(state: Incident, plan: Plan, **_: str) -> Form:
    return form(
        "incident.false_alarm",
        state,
        line("按误报关闭"),
        (reason(line("怎么核实的"), line("例如：备份任务引起，业务正常，客服台账没有新增")),),
        line("按误报关闭"),
        intro=named(state),
        danger=True,
    )


def merge(state: Incident, plan: Plan, **_: str) -> Form:
    return form(
        "incident.merge",
        state,
        line("并入另一件"),
        (
            one("into", line("并到哪一件"), line("例如：INC-41"), required=True),
            long("reason", line("为什么是同一件"), line("例如：同一功能，同一时间开始")),
        ),
        line("并过去"),
        intro=named(state),
    )


def warning_form(state: Incident | None, plan: Plan, *, hazard: str = "", colour: str = "", site: str = "", **_: str) -> Form:
    """预警: something is coming that has not happened (clause 3.3-2)."""
    colours = tuple(Option(found.id, found.name, found.meaning) for found in plan.warning.colours.values())
    return form(
        "warning.form",
        None,
        line("发预警"),
        (
            one("hazard", line("什么要来"), line("例如：台风、寒潮、停电"), initial=hazard, required=True),
            choice("colour", line("颜色"), colours, initial=colour),
            choice("site", line("哪个仓"), sites(plan), hint=line("不选就是全部"), initial=site, required=False),
            long("text", line("谁说的、几点到"), line("例如：上海气象台 15:00 发布，今晚 22:00 起影响")),
        ),
        line("发出预警"),
    )


def warning_happened(state: Incident, plan: Plan, **_: str) -> Form:
    return form(
        "warning.happened",
        state,
        line("已经发生"),
        (long("note", line("看到了什么"), line("例如：宁波仓停电，冷库靠发电机"), required=True),),
        line("转为事件"),
        intro=named(state),
    )


def grade_again(state: Incident, plan: Plan, *, side: str = "", question: str = "", value: str = "", **_: str) -> Form:
    """One answer once more: the question with its options, the present one chosen."""
    wanted = question or value
    asked = next((found for found in plan.grading.questions if found.id == wanted), None)
    side = side if side in SIDES else SIDES[0]
    carry = {"side": side, "question": wanted}
    if asked is None:
        return form("grade.again", state, line("改一题"), (_override(state, plan, side),), line("改成这个"), carry=carry)
    given = state.answers.get(f"{side}:{asked.id}")
    options = (*(Option(str(o.score), o.text) for o in asked.options), Option(str(UNKNOWN), line("不知道")))
    field = choice("score", asked.text, options, hint=asked.hint, initial=str(given.score) if given else "")
    return form("grade.again", state, line("改一题"), (field,), line("改成这个"), carry=carry)


def _override(state: Incident, plan: Plan, side: str) -> Field:
    ruling = state.rulings.get(side)
    options = (
        Option("none", line("都没有")),
        *(Option(found.id, found.name) for found in plan.grading.overrides.values()),
        Option("unknown", line("不知道")),
    )
    now = "" if ruling is None else "unknown" if ruling.unknown else ruling.hits[0] if ruling.hits else "none"
    return choice("hit", line("一票升级"), options, initial=now)


def grade_level(state: Incident, plan: Plan, *, level: str = "", **_: str) -> Form:
    """A level by hand, with its reason; lowering one takes a stable time (clause 4.2-3)."""
    stable = plan.grading.downgrade.min_stable_min
    return form(
        "grade.level",
        state,
        line("直接定级"),
        (
            choice("level", line("级别"), levels(plan), initial=level or state.level or ""),
            reason(line("理由"), line("例如：错误率 30%，晚高峰前修不好；往下改要先稳定 {n} 分钟", n=stable)),
            note("regulatory", plan.grading.regulatory_note),
        ),
        line("定这个级别"),
        intro=named(state),
    )


def grade_loss(state: Incident, plan: Plan, **_: str) -> Form:
    """Always a range, with where it comes from (clause 4.2-2)."""
    lost = state.losses[-1] if state.losses else None
    return form(
        "grade.loss",
        state,
        line("预计损失"),
        (
            one("low", line("至少（元）"), line("例如：50000 或 5 万"), initial=str(lost.low) if lost else "", required=True),
            one("high", line("至多（元）"), line("说不上限就空着"), initial=str(lost.high) if lost and lost.high is not None else ""),
            one("source", line("依据"), line("例如：412 单 × 均价 210"), initial=lost.source if lost else "", required=True),
        ),
        line("记下损失范围"),
        intro=plan.grading.loss.note,
    )
