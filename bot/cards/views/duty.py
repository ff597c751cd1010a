"""研判卡: whether something must be reported, by when, what the first report still lacks, what was submitted by whom (五(三)).

The authority's level has its own line and its own words. Nothing here submits: what is shown as submitted was done by a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.cards.model import Block, Card, Choices, Fact, Facts, Option, Tone, Words
from bot.cards.views import phrases as p
from bot.core.incident import Incident
from bot.core.outward import duties, duty_clocks, duty_paper, recounted
from bot.core.outward.state import Duty, Submission
from bot.plan.schema import Obligation, Plan
from bot.words import Text, When, Who, joined, line

ANSWERS = ("yes", "no", "unknown")


def duty(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """In the room; with `after` in the command centre's, once the archive has closed the room."""
    found, known = duty_clocks.find(state, args.get("duty", "")), plan.obligations.get(args.get("duty", ""))
    if found is None or known is None:
        return p.card(state, plan, line("上报"), then=line("还没有开始研判这一项。"), icon="scale", done=True)
    if state.stage == "closed" and not args.get("after"):
        lead, where = Words(known.name, "lead"), Words(line("归档以后的补报，看指挥中心群里的卡片。"), "note")
        return p.card(state, plan, line("上报"), lead, where, then=None, icon="scale", done=True)  # the room takes no change any more
    return _card(state, plan, found, known)


def _card(state: Incident, plan: Plan, found: Duty, known: Obligation) -> Card:
    over = not list(duty_clocks.legs(state, plan, found)) and (not duty_clocks.open_(found))
    at = duty_clocks.due(state, plan, found)
    question = _question(found, known)
    return p.card(
        state,
        plan,
        _title(found),
        Words(known.name, "lead"),
        Words(known.basis, "note"),
        Facts(tuple(fact for fact in (_until(state, found, known, at), _official(found, known), _verdict(state, found)) if fact), "rows"),
        _so_far(found, known) if duty_clocks.open_(found) else None,
        (Words(question[1], "quote"), *_asked(state, found.id, question[0])) if question else None,
        _submitted(state, found, known),
        _waiver(state, found, known),
        Words(line("不能做：{what}", what=joined([*known.do_not])), "warn") if known.do_not and duty_clocks.open_(found) else None,
        then=None if over else _next(state, plan, found, known),
        controls=_controls(state, found, known),
        tone=_tone(found),
        chip=line("第 {n} 题", n=question[0]) if question else None,
        icon="scale",
        done=over,
    )  # fmt: skip


def _title(found: Duty) -> Text:
    if found.submitted():
        return line("上报了")
    if found.verdict is None:
        return line("要不要上报")
    return line("要上报") if found.verdict.applies else line("不用上报")


def _tone(found: Duty) -> Tone:
    if found.submitted():
        return "good"
    if found.verdict and not found.verdict.applies:
        return "calm"
    return "alarm" if found.chased.get("first", 0) > 3 else "warn"


def _until(state: Incident, found: Duty, known: Obligation, at: datetime | None) -> Fact | None:
    """The time that runs, with what it is counted from; the company's own aim says that it is one."""
    if not duty_clocks.open_(found):
        return None
    case, limit = duty_clocks.tier(found, known), duty_clocks.hours(found, known)
    within: Text = line("{n} 小时内", n=f"{limit:g}") if limit else line("立即")
    if known.clock.policy:
        within = line("{within}（公司自定）", within=within)
    if case:
        within = line("{within}，按{name}", within=within, name=case.name)
    if at is None:
        return Fact(line("时限"), line("从结束时起算"), within)
    since = duty_clocks.started(state, found, known)
    small = line("从 {at} 起算，{within}", at=p.clock(state, since), within=within) if since else within
    return Fact(line("时限"), line("{at} 前", at=p.clock(state, at)), small, due=at, tone="warn")


def _official(found: Duty, known: Obligation) -> Fact | None:
    """The authority's level as a person judged it, apart from everything of ours."""
    if not known.official_levels:
        return None
    index = int(found.official) if found.official.isdigit() else len(known.official_levels)
    chosen: Text = known.official_levels[index] if index < len(known.official_levels) else line("还没研判")
    return Fact(line("主管部门的级别"), chosen, line("由人判，和本公司的级别无关"))


def _verdict(state: Incident, found: Duty) -> Fact | None:
    if found.verdict is None:
        return None
    says = line("{who} {at}：{reason}", who=Who(found.verdict.by), at=p.clock(state, found.verdict.at), reason=found.verdict.reason)
    return Fact(line("研判要报") if found.verdict.applies else line("研判不用报"), says)


def _question(found: Duty, known: Obligation) -> tuple[int, Text] | None:
    """The next one without an answer, those that decide first."""
    if not duty_clocks.open_(found):
        return None
    asked = duties.questions(known)
    order = dict.fromkeys((*duties.deciding(known), *range(1, len(asked) + 1)))
    number = next((n for n in order if str(n) not in found.findings and n <= len(asked)), None)
    return None if number is None else (number, line("第 {n} 题：{question}", n=number, question=asked[number - 1]))


def _asked(state: Incident, duty: str, number: int) -> tuple[Block, ...]:
    """One tap for each answer."""
    args = {"duty": duty, "question": str(number)}
    return p.buttons(*(p.plain(state, recounted.SHORT[one], "duty.answer", **args, answer=one) for one in ANSWERS))


def _so_far(found: Duty, known: Obligation) -> Words | None:
    """What the answers lean to; a person decides."""
    if not found.findings:
        return None
    match duties.suggested(found, known):
        case True:
            return Words(line("答案看，按要报准备：有「是」或「不知道」。"), "plain")
        case False:
            return Words(line("定要不要报的题都答了「否」。"), "plain")
        case None:
            return Words(line("还没答完。存疑按更严的来。"), "plain")


def _submitted(state: Incident, found: Duty, known: Obligation) -> Facts | None:
    """Who submitted what when, by which way, under which number, which version."""
    rows = [Fact(_leg(known, one), _receipt(one), _how(state, one)) for one in found.submissions]
    for index, follow in enumerate(known.follow_ups):
        first = found.submitted()
        if first and follow.days is not None and found.submitted(str(index)) is None:
            rows.append(Fact(follow.name, line("还没报"), due=first.at + timedelta(days=follow.days), tone="warn"))
    return Facts(tuple(rows), "rows") if rows else None


def _leg(known: Obligation, one: Submission) -> Text:
    if one.leg == "first":
        return line("首报")
    return line("处置完成") if one.leg == "finish" else known.follow_ups[int(one.leg)].name


def _receipt(one: Submission) -> Text:
    return line("受理号 {number}", number=one.receipt) if one.receipt else line("受理号待补")


def _how(state: Incident, one: Submission) -> Text:
    version: Text = line("版本 {digest}", digest=one.digest) if one.digest else line("没有草稿")
    return line("{who} {at}，{channel}，{version}", who=Who(one.who), at=When(one.at, "day"), channel=one.channel, version=version)


def _waiver(state: Incident, found: Duty, known: Obligation) -> Words | None:
    if found.waiver:
        return Words(line("{who}签认豁免：{reason}", who=Who(found.waiver.by), reason=found.waiver.reason), "note")
    return Words(known.waiver, "note") if known.waiver and duty_clocks.open_(found) else None


def _next(state: Incident, plan: Plan, found: Duty, known: Obligation) -> Text:
    who = p.acting(state, plan, known.owner) if known.owner else p.acting(state, plan, "commander")
    if found.submitted():
        return line("{who}按时补报，报完记「已提交」。", who=who)
    if found.verdict is None:
        return line("{who}一题一题答，再由指挥中心研判。存疑按更严的来。", who=who)
    lacking = duty_paper.lacking(found, known)
    if found.draft is None or lacking:
        return line("{who}起草首报，先写齐 {n} 栏，其余以后补。", who=who, n=len(lacking) or len(duty_paper.first(known)))
    return line("{who}去提交，机器人不代交。报完记「已提交」。", who=who)


def _controls(state: Incident, found: Duty, known: Obligation) -> tuple[Block, ...]:
    args = {"duty": found.id}
    if found.submitted():
        more = p.primary(state, line("记「已提交」"), "duty.submit", **args) if _more(found, known) else None
        return p.buttons(more, p.plain(state, line("看草稿"), "duty.text", **args) if found.draft else None)
    if found.verdict is None:
        return (*p.buttons(p.primary(state, line("研判"), "duty.judge", **args), p.plain(state, line("起草首报"), "duty.draft", **args)),
                *_again(state, found, known))  # fmt: skip
    again = p.plain(state, line("重新研判"), "duty.judge", **args)
    if not found.verdict.applies:
        return (*p.buttons(again), *_again(state, found, known))
    ready = found.draft is not None and not duty_paper.lacking(found, known)
    submit = (p.primary if ready else p.plain)(state, line("记「已提交」"), "duty.submit", **args)
    draft = (p.plain if ready else p.primary)(state, line("改草稿") if found.draft else line("起草首报"), "duty.draft", **args)
    first, second = (submit, draft) if ready else (draft, submit)
    waive = p.ghost(state, line("豁免"), "duty.waive", **args) if known.waiver and not found.waiver else None
    text = p.plain(state, line("看草稿"), "duty.text", **args) if found.draft else again
    return p.buttons(first, second, text, waive or (again if found.draft else None))


def _more(found: Duty, known: Obligation) -> bool:
    """Something may still be reported, or a receipt be added."""
    return bool(known.follow_ups or known.tiers) or any(not one.receipt for one in found.submissions)


def _again(state: Incident, found: Duty, known: Obligation) -> tuple[Block, ...]:
    if not found.findings:
        return ()
    asked = duties.questions(known)
    options = tuple(
        Option(number, line("第 {n} 题：{answer}", n=number, answer=recounted.SHORT[finding.answer]), asked[int(number) - 1])
        for number, finding in sorted(found.findings.items(), key=lambda item: int(item[0]))
        if int(number) <= len(asked)
    )
    return (Choices(line("改一题"), options, p.act(state, "duty.question", duty=found.id)),)


# --- looked up ----------------------------------------------------------------------------------------------------------------


def overview(state: Incident, plan: Plan) -> Card:
    """Every duty of the plan in this incident: what is asked or owed first, then what nobody has asked for."""
    asked = [(one, plan.obligations[one.id]) for one in state.outward.duties if one.id in plan.obligations]
    rows = tuple(Fact(known.name, _title(one), due=_clock(state, plan, one), tone=_tone(one)) for one, known in asked)
    there = {one.id for one, _ in asked}
    others = tuple(Option(id, known.name, known.applies_when) for id, known in plan.obligations.items() if id not in there)
    look = tuple(Option(one.id, known.name) for one, known in asked)
    return p.card(
        state,
        plan,
        line("要不要上报"),
        Facts(rows, "rows") if rows else Words(line("还没有一项开始研判。"), "plain"),
        then=line("机器人不替人判断，也不提交。项目负责人和法务研判，存疑按更严的来。"),
        controls=(
            *((Choices(line("看一项"), look, p.act(state, "duty.show")),) if look else ()),
            *((Choices(line("研判别的"), others, p.act(state, "duty.open")),) if others else ()),
            *p.buttons(p.plain(state, line("方案里的上报"), "duty.plan")),
        ),
        icon="scale",
    )


def _clock(state: Incident, plan: Plan, one: Duty) -> datetime | None:
    return min((leg.at for leg in duty_clocks.legs(state, plan, one)), default=None)


def question(state: Incident, plan: Plan, id: str, number: int) -> Card:
    """One question once more, to change its answer."""
    found, known = duty_clocks.find(state, id), plan.obligations.get(id)
    asked = duties.questions(known) if known else ()
    if found is None or not 1 <= number <= len(asked):
        return p.card(state, plan, line("上报"), then=line("没有这一题。"), icon="scale", done=True)
    return p.card(
        state,
        plan,
        line("第 {n} 题", n=number),
        Words(asked[number - 1], "lead"),
        then=line("选一个。不知道就按更严的来。"),
        controls=_asked(state, id, number),
        icon="scale",
    )


def paper(state: Incident, plan: Plan, id: str) -> Card:
    """The draft as text to copy, with its version; a person submits it."""
    found, known = duty_clocks.find(state, id), plan.obligations.get(id)
    if found is None or known is None or found.draft is None:
        return p.card(state, plan, line("首报草稿"), then=line("还没有草稿。先起草首报。"), icon="scale", done=True)
    submit = p.primary(state, line("记「已提交」"), "duty.submit", duty=id)
    more = (p.plain(state, line("发成文件"), "duty.export", duty=id), p.plain(state, line("改草稿"), "duty.draft", duty=id))
    return p.card(
        state,
        plan,
        line("首报草稿"),
        Words(duty_paper.text(state, plan, found), "quote"),
        Facts((Fact(line("报给"), known.to, joined([*known.channels]) if known.channels else None),
               Fact(line("版本"), duty_paper.digest(found.draft))), "rows"),
        then=line("照这个提交，机器人不代交。报完记「已提交」。"),
        controls=p.buttons(submit, *more),
        icon="scale",
    )  # fmt: skip
