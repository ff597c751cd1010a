"""Forms of duties to report: the judgement, the draft in two parts, what was submitted, what may be left out."""

from __future__ import annotations

from collections.abc import Iterator

from bot.cards.forms.asking import choice, form, long, named, note, one, person, reason, when
from bot.cards.model import Field, Form, Option
from bot.core.incident import Incident
from bot.core.outward import duties, duty_clocks, duty_paper
from bot.core.outward.state import Duty
from bot.plan.schema import Obligation, Plan
from bot.words import Bi, line

GONE = line("这一项不在了。发「上报」看有哪些。")
USUAL = "usual"
"""What a choice says where nothing special is chosen: every option has a value on every platform."""


def _found(state: Incident, plan: Plan, id: str) -> tuple[Duty, Obligation] | None:
    found, known = duty_clocks.find(state, id), plan.obligations.get(id)
    return (found, known) if found and known else None


def duty_judge(state: Incident, plan: Plan, *, duty: str = "", value: str = "", **_: str) -> Form:
    pair = _found(state, plan, duty or value)
    if pair is None:
        return form("duty.judge", state, line("研判"), (note("gone", GONE),), line("记下研判"), intro=named(state))
    found, known = pair
    leaning = "no" if duties.suggested(found, known) is False else "yes"
    return form(
        "duty.judge",
        state,
        line("研判"),
        (
            choice("applies", line("要不要上报"), (Option("yes", line("要报")), Option("no", line("不用报"))), initial=leaning),
            reason(line("理由"), line("例如：法务已看，重要系统中断 2 小时，按较大报")),
            _tiers(found, known),
            _levels(found, known),
            when("started_at", line("从什么时候起算"), line("空着就按记录。写成「20:10」或「10 分钟前」")),
        ),
        line("记下研判"),
        carry={"duty": found.id},
        intro=line("{name}：{when}。存疑按更严的来。", name=known.name, when=known.applies_when),
    )


def _tiers(found: Duty, known: Obligation) -> Field | None:
    if not known.tiers:
        return None
    usual = (Option(USUAL, line("一般情形")),) if known.clock.hours is not None else ()
    options = (*usual, *(Option(str(n), case.name) for n, case in enumerate(known.tiers)))
    strictest = min(range(len(known.tiers)), key=lambda n: known.tiers[n].start_hours)
    initial = str(found.tier) if found.tier is not None else USUAL if usual else str(strictest)
    return choice("tier", line("哪种情形"), options, initial=initial, required=False)


def _levels(found: Duty, known: Obligation) -> Field | None:
    """The authority's level, asked in the authority's words."""
    if not known.official_levels:
        return None
    options = (Option(USUAL, line("还没研判")), *(Option(str(n), level) for n, level in enumerate(known.official_levels)))
    hint = line("按国家标准判，和本公司的级别无关")
    return choice("official", line("主管部门的级别"), options, hint=hint, initial=found.official or USUAL, required=False)


def duty_draft(state: Incident, plan: Plan, *, duty: str = "", value: str = "", **_: str) -> Form:
    """The least of the first report on top; what the record knows stands in it already."""
    pair = _found(state, plan, duty or value)
    if pair is None:
        return form("duty.draft", state, line("起草首报"), (note("gone", GONE),), line("存草稿"), intro=named(state))
    found, known = pair
    return form(
        "duty.draft",
        state,
        line("起草首报"),
        tuple(_fields(state, plan, found, known)),
        line("存草稿"),
        carry={"duty": found.id},
        intro=line("{name}。先写齐前 {n} 栏，其余以后补。机器人不代交。", name=known.name, n=len(duty_paper.first(known))),
    )


def _fields(state: Incident, plan: Plan, found: Duty, known: Obligation) -> Iterator[Field]:
    least, filled = duty_paper.first(known), duty_paper.prefilled(state, plan, found)
    for n in (*least, *(n for n in range(len(known.fields)) if n not in least)):
        hint = line("首报要有") if n in least else line("可以以后补")
        yield long(f"f{n}", known.fields[n], hint, initial=filled.get(str(n), ""))


def duty_submit(state: Incident, plan: Plan, *, duty: str = "", value: str = "", **_: str) -> Form:
    pair = _found(state, plan, duty or value)
    if pair is None:
        return form("duty.submit", state, line("记「已提交」"), (note("gone", GONE),), line("记下来"), intro=named(state))
    found, known = pair
    ways = _listed(known.channels)
    return form(
        "duty.submit",
        state,
        line("记「已提交」"),
        (
            choice("leg", line("报了什么"), tuple(_legs(found, known)), initial="first"),
            one("channel", line("怎么报的"), line("例如：{ways}", ways=ways) if ways else line("例如：电话"), required=True),
            one("receipt", line("受理号"), line("还没有就空着，以后再补")),
            person("who", line("谁提交的"), hint=line("空着就是你"), required=False),
            when("at", line("什么时候提交的"), line("空着就是现在。写成「20:10」或「10 分钟前」")),
            one("note", line("备注"), line("可以空着。例如：对方要求 2 小时后补报")),
        ),
        line("记下来"),
        carry={"duty": found.id, "digest": duty_paper.digest(found.draft) if found.draft else ""},
        intro=line("记的是人已经提交的。机器人不代交。"),
    )


def _listed(channels: tuple[Bi, ...]) -> Bi | None:
    return Bi("、".join(way.zh for way in channels), ", ".join(way.en for way in channels)) if channels else None


def _legs(found: Duty, known: Obligation) -> Iterator[Option]:
    yield Option("first", line("首报") if found.submitted() is None else line("首报（补受理号）"))
    for n, follow in enumerate(known.follow_ups):
        yield Option(str(n), follow.name)
    if any(case.finish_days is not None for case in known.tiers):
        yield Option("finish", line("处置完成"))


def duty_waive(state: Incident, plan: Plan, *, duty: str = "", value: str = "", **_: str) -> Form:
    known = plan.obligations.get(duty or value)
    return form(
        "duty.waive",
        state,
        line("豁免"),
        (reason(line("凭什么可以不做"), line("例如：法务王律师签认，已强制改密，无危害")),),
        line("签认豁免"),
        carry={"duty": duty or value},
        intro=known.waiver if known and known.waiver else line("方案没有给这一项留豁免。"),
        danger=True,
    )
