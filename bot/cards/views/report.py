"""The report on its way to those who must know: the command centre, the report room, the people asked to grade, the reporter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.cards import headings
from bot.cards.model import Block, Card, Fact, Facts, Tone, Words
from bot.cards.views import grade
from bot.cards.views import phrases as p
from bot.cards.views.status import assessing, elements, following, tone, undecided
from bot.cards.views.status import centre as centre_people
from bot.core import grading, housing
from bot.core.incident import Assessor, Incident
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line


def centre(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """To the command centre within a minute (clause 4.1-3): 收到 · 启动 · 我来指挥, and to the end where it stands."""
    then = _centre_next(state, plan)
    return p.card(
        state,
        plan,
        p.headline(state),
        elements(state, plan) if state.live else None,
        _where_it_stands(state, plan),
        then=then,
        controls=_centre_controls(state),
        tone=_centre_tone(state),
        chip=_seen(state),
        meta=line("{who} {at} 报告", who=Who(state.report.reporter), at=p.clock(state, state.reported_at)),
        badge=True,
        icon="horn",
        done=not state.live,
    )


def _centre_tone(state: Incident) -> Tone:
    return "warn" if state.live and state.acknowledged_at is None else tone(state)


def _seen(state: Incident) -> Text | None:
    if state.acknowledged_at is not None:
        return p.STAGES[state.stage]
    return line("还没人收到") if state.live else p.STAGES[state.stage]


def _where_it_stands(state: Incident, plan: Plan) -> Facts:
    facts = [Fact(headings.STAGE, p.STAGES[state.stage], line("{at} 起", at=p.clock(state, state.stage_since)))]
    if state.grades:
        facts.append(Fact(line("级别"), p.graded(state, plan), grading.explain(state.grades[-1], plan)))
    facts.append(Fact(p.post(plan, "commander"), p.holder(state, "commander") or line("还没有")))
    if state.acknowledged_at:
        facts.append(Fact(line("收到"), p.clock(state, state.acknowledged_at)))
    return Facts(tuple(facts))


def _centre_next(state: Incident, plan: Plan) -> Text:
    if state.stage in ("reported", "assessing") and state.acknowledged_at is None:
        return line("{who}点「收到」，再看要不要指挥。定级由{assessors}在做。", who=centre_people(state), assessors=assessing(state))
    return following(state, plan)


def _centre_controls(state: Incident) -> tuple[Block, ...]:
    """收到 first while nobody has; then whatever the centre still decides."""
    if not state.live:
        return ()
    ack = p.primary(state, line("收到"), "report.ack") if state.acknowledged_at is None else None
    make = p.primary if ack is None else p.plain
    waits = undecided(state)
    label = line("确认启动") if state.activation else line("启动响应")
    start = make(state, label, "incident.activate", **({"level": state.level} if state.level else {})) if waits else None
    take = p.plain(state, line("我来指挥"), "role.take", role="commander") if state.commander is None else None
    if take is not None and ack is None and start is None:
        take = p.primary(state, line("我来指挥"), "role.take", role="commander")
    level = p.plain(state, line("直接定级"), "grade.level") if state.activation is None else None
    return p.buttons(ack, start, take, level)


def notice(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """In the report room: the number comes back, everybody sees that it is looked after, more can be added."""
    add = p.primary(state, line("我也看到，补充"), "report.add") if state.live else None
    return p.card(
        state,
        plan,
        p.headline(state),
        elements(state, plan) if state.live else None,
        Facts((Fact(headings.STAGE, p.STAGES[state.stage]), Fact(line("级别"), p.graded(state, plan)))),
        then=_notice_next(state, plan),
        controls=p.buttons(add),
        tone="good" if state.stage in ("ended", "reviewing", "closed") else "warn" if state.live and state.report.missing else "calm",
        chip=_lacking(state),
        meta=line("{who} {at} 报告", who=Who(state.report.reporter), at=p.clock(state, state.reported_at)),
        badge=True,
        icon="horn",
        done=not state.live,
    )


def _lacking(state: Incident) -> Text | None:
    if not state.live:
        return p.STAGES[state.stage]
    return line("待补 {n} 项", n=len(state.report.missing)) if state.report.missing else None


def _notice_next(state: Incident, plan: Plan) -> Text:
    if not state.live:
        return following(state, plan)
    if lacking := state.report.missing:
        wanted = joined([p.ELEMENTS[element] for element in lacking])
        return line("{who}补上{what}；谁知道都可以点「补充」。", who=Who(state.report.reporter), what=wanted)
    if state.stage in ("reported", "assessing"):
        return line("{who}正在定级。看到同样的事点「补充」，不用另报。", who=assessing(state))
    return line("{who}在指挥，进展看作战群。看到同样的事点「补充」。", who=p.acting(state, plan, "commander"))


def assess(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """To one person: you are asked to grade, question by question right here, or to take command; with the post and the reason."""
    person = args.get("person", "")
    asked = next((a for a in state.assessors if a.person == person), None)
    over = state.stage not in ("reported", "assessing")
    why = Facts((Fact(line("你的岗位"), _assessor_post(plan, asked)), Fact(line("为什么是你"), _assessor_why(plan, asked))), "rows")
    questions = () if over or asked is None or asked.side is None else grade.asking(state, plan, asked.side)
    return p.card(
        state,
        plan,
        p.headline(state),
        elements(state, plan),
        why,
        questions,
        then=following(state, plan) if over else grade.urge(state, plan, asked.side) if asked and asked.side else _assess_next(state, plan),
        controls=() if over or questions else _assess_controls(state),
        tone="calm" if over else "warn",
        chip=None if over else line("请定级") if asked is None or asked.side else line("请指挥"),
        meta=line("{at} 报告", at=p.clock(state, state.reported_at)),
        badge=True,
        icon="scale",
        done=over,
    )


def _assessor_post(plan: Plan, asked: Assessor | None) -> Text:
    if asked is None:
        return line("评估人")
    name = p.post(plan, asked.post)
    return line("{post}（{site}）", post=name, site=p.site(plan, asked.site)) if asked.site else name


def _assessor_why(plan: Plan, asked: Assessor | None) -> Text:
    if asked is None:
        return line("你在本次响应里")
    if asked.side is None:
        return line("你是指挥中心这一班的值班人")
    return line("这一班{post}值班，代表{side}侧定级", post=p.post(plan, asked.post), side=p.SIDES[asked.side])


def _assess_next(state: Incident, plan: Plan) -> Text:
    until = p.clock(state, state.reported_at + timedelta(minutes=plan.timing.assess_min))
    return line("先点「收到」。{at} 前级别出来，由你启动响应。", at=until)


def _assess_controls(state: Incident) -> tuple[Block, ...]:
    ack = p.primary(state, line("收到"), "report.ack") if state.acknowledged_at is None else None
    make = p.primary if ack is None else p.plain
    return p.buttons(ack, make(state, line("我来指挥"), "role.take", role="commander"))


# --- while there is no room yet -----------------------------------------------------------------------------------------------


def kept_waiting(state: Incident) -> tuple[str, ...]:
    """Who has nothing else to look at while there is no room: the reporter, and whoever commands or is asked to."""
    asked = [assessor.person for assessor in state.assessors if assessor.side is None][:1]
    return tuple(dict.fromkeys([state.report.reporter, *([state.commander] if state.commander else asked)]))


def receipt(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """To one of them: it is written down, who is being told, when the room opens and what to do until then; and that it stands."""
    stands = housing.stands(state, "war")
    waits = () if stands or not state.live else tuple(trouble for trouble in state.troubles if not trouble.people)
    then = _until_it_opens(state, plan, args.get("person", ""), stands)
    made = p.card(
        state,
        plan,
        p.headline(state),
        Words(line("{id} 已记下，正在通知值班。", id=state.id), "lead") if waits else None,
        tuple(Words(line("{subject}。", subject=trouble.why), "warn") for trouble in waits[:1]),
        then=then,
        controls=p.buttons(p.primary(state, line("补充"), "report.add")) if state.live and not stands else (),
        tone="good" if stands and state.live else "warn" if waits else "calm",
        chip=line("群在排队") if waits else None,
        meta=line("{at} 报告", at=p.clock(state, state.reported_at)),
        badge=True,
        icon="horn",
        done=stands or not state.live,
    )
    told = [line("{head} 已记下。{why}。{then}", head=p.headline(state), why=trouble.why, then=then) for trouble in waits[:1]]
    return replace(made, alone=p.marked(state, told[0])) if told else made


def _until_it_opens(state: Incident, plan: Plan, person: str, stands: bool) -> Text:
    if not state.live:
        return following(state, plan)
    if stands:
        return line("群建好了。到群里看置顶的状态卡，从那里接着做。")
    if person == state.report.reporter:
        return line("不用再报一遍：看到新情况点「补充」，群一开就拉你进去。")
    return line("不用等群：定级和启动在私聊的卡片上做，群一开就拉你进去。")
