"""Calling and roll call: who is missing first, and the one message that finds a person asleep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.cards.model import Block, Card, Choices, Fact, Facts, Option, Progress, Table, Words
from bot.cards.views import phrases as p
from bot.cards.views.status import climb, missing
from bot.core.incident import Attempt, Call, Incident
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

DIALLED = 2  # the rung of the ladder from which the telephone number is shown (plan: severities, ladder_min)

def roll(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """Those who have not arrived, post by post with what happens next; everybody who has is one line."""
    wanted = tuple(call for call in state.calls if call.required)
    lacking = missing(state)
    here = tuple(call for call in state.calls if call.here is not None)
    over = bool(wanted) and not lacking
    begun = state.roll_called_at or (state.activation.at if state.activation else None)
    return p.card(
        state,
        plan,
        line("点名完成") if over else line("点名"),
        _progress(state, plan, wanted, lacking),
        _table(state, plan, lacking, here),
        Words(line("还没有要叫的岗位。启动后按编成自动叫人。"), "note") if not state.calls else None,
        then=_next(state, plan, lacking, over),
        controls=() if over or not state.live else _controls(state, plan, lacking),
        tone="good" if over else "alarm" if any(call.exhausted for call in lacking) else "warn" if lacking else "calm",
        chip=line("差 {n} 人", n=len(lacking)) if lacking else None,
        meta=line("{at} 发起", at=p.clock(state, begun)) if begun else None,
        icon="people",
        done=over or not state.live,
    )


def _progress(state: Incident, plan: Plan, wanted: tuple[Call, ...], lacking: tuple[Call, ...]) -> Progress | None:
    if not wanted:
        return None
    known = plan.severities.get(state.activation.level) if state.activation else None
    aim = line("目标 {n} 分钟内应答", n=known.response.ack_min) if known and lacking else _took(state, wanted) if not lacking else None
    return Progress(line("到位"), len(wanted) - len(lacking), len(wanted), aim, "warn" if lacking else "good")


def _took(state: Incident, wanted: tuple[Call, ...]) -> Text | None:
    """How long it took, and at how many posts somebody else stood in."""
    answers = [arrival(call) for call in wanted]
    times = [attempt.answered_at for attempt in answers if attempt and attempt.answered_at]
    if not times or state.activation is None:
        return None
    minutes = max(0, int((max(times) - state.activation.at).total_seconds()) // 60)
    stood_in = sum(1 for call in wanted if call.here and call.attempts[0].person != call.here)
    if stood_in:
        return line("用时 {minutes} 分钟，{n} 岗由替补顶上", minutes=minutes, n=stood_in)
    return line("用时 {minutes} 分钟", minutes=minutes)


def arrival(call: Call) -> Attempt | None:
    return next((attempt for attempt in call.attempts if attempt.state == "here"), None)


def _table(state: Incident, plan: Plan, lacking: tuple[Call, ...], here: tuple[Call, ...]) -> Table | None:
    rows: list[tuple[Text, ...]] = [(p.seat(plan, call), _called(call), _silence(state, plan, call)) for call in lacking]
    optional = [call for call in state.calls if not call.required and call.here is None]
    if here:
        times = [attempt.answered_at for call in here if (attempt := arrival(call)) and attempt.answered_at]
        last: Text = line("已到位，最后一位 {at}", at=p.clock(state, max(times))) if times else line("已到位")
        label = line("其余 {n} 岗", n=len(here)) if lacking else line("{n} 岗", n=len(here))
        rows.append((label, p.people(call.here for call in here if call.here), last))
    if optional and state.live:
        told = p.people(call.attempts[-1].person for call in optional if call.attempts)
        rows.append((line("知会"), told, line("不计入点名")))
    return Table((line("岗位"), line("姓名"), line("状态")), tuple(rows)) if rows else None


def _called(call: Call) -> Text:
    asked = [attempt.person for attempt in call.attempts if attempt.state != "cannot"] or [a.person for a in call.attempts]
    return p.people(asked[-2:]) if asked else line("没有人可叫")


def _silence(state: Incident, plan: Plan, call: Call) -> Text:
    """What is known of a post that nobody answers for, and what happens next and when."""
    if call.exhausted:
        return line("没人可叫了，请总指挥指派")
    tried = len(call.attempts)
    after = climb(state, plan, call)
    if not call.ringing:
        return line("都来不了，已叫 {n} 人", n=tried)
    if call.step >= DIALLED:
        return line("没应答 · 打电话 {phones}", phones=joined([p.phone(plan, person) for person in call.ringing[-2:]]))
    if after is None:
        return line("没应答 · 已叫 {n} 人", n=tried)
    return line("没应答 · 已叫 {n} 人，{at} 再往下叫", n=tried, at=p.clock(state, after))


def _next(state: Incident, plan: Plan, lacking: tuple[Call, ...], over: bool) -> Text | None:
    if over:
        stood_in = [call for call in state.calls if call.here and call.attempts[0].person != call.here]
        tops: list[Text] = [line("{who}顶{post}", who=Who(call.here or ""), post=p.seat(plan, call)) for call in stood_in]
        return line("{who}。", who=joined(tops)) if tops else None
    if not lacking:
        return None
    hopeless = [call for call in lacking if call.exhausted]
    who = p.acting(state, plan, "commander")
    if hopeless:
        return line("{who}现在给{post}指一个人。", who=who, post=joined([p.seat(plan, call) for call in hopeless]))
    posts = joined([p.seat(plan, call) for call in lacking[:4]])
    return line("{posts}的人点「我到了」。到点没应答自动叫替补，认得的人打个电话。", posts=posts)


def _controls(state: Incident, plan: Plan, lacking: tuple[Call, ...]) -> tuple[Block, ...]:
    here = p.primary(state, line("我到了"), "roll.here")
    name = p.plain(state, line("另叫一个人"), "roll.call")
    if len(lacking) == 1:
        call = lacking[0].id
        again, deputy = line("再叫一次"), line("现在叫替补")
        return p.buttons(here, p.plain(state, again, "roll.again", call=call), p.plain(state, deputy, "roll.deputy", call=call), name)
    options = tuple(Option(call.id, p.seat(plan, call), _called(call)) for call in lacking)
    if not options:
        return p.buttons(here, name)
    again_choice = Choices(line("再叫一次"), options, p.act(state, "roll.again"))
    return (*p.buttons(here, name), again_choice, Choices(line("现在叫替补"), options, p.act(state, "roll.deputy")))


# --- the one message --------------------------------------------------------------------------------------------------------


def summons(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """To one person: what, where, since when, your posts, why you, your first step, who commands; enough on a lock screen."""
    person = args.get("person", "")
    calls = calls_of(state, person)
    mine = tuple(attempt for call in calls for attempt in call.attempts if attempt.person == person)
    ringing = state.live and any(
        attempt.state == "ringing" and call.here is None for call in calls for attempt in call.attempts if attempt.person == person
    )
    arrived = any(attempt.state == "here" for attempt in mine)
    then = _summons_next(state, plan, calls, person, ringing, arrived)
    made = p.card(
        state,
        plan,
        p.headline(state),
        _matter(state, plan),
        _yours(state, plan, calls, person) if ringing or arrived else None,
        then=then,
        controls=_answers(state, ringing, arrived),
        tone="warn" if ringing else "good" if arrived else "calm",
        chip=line("等你应答") if ringing else line("已到位") if arrived else None,
        meta=line("{at} 呼叫", at=p.clock(state, mine[-1].at)) if mine else None,
        badge=True,
        icon="phone",
        done=not ringing,
    )
    return replace(made, alone=_wake(state, plan, calls)) if ringing else made


def calls_of(state: Incident, person: str) -> tuple[Call, ...]:
    return tuple(call for call in state.calls if any(attempt.person == person for attempt in call.attempts))


def _matter(state: Incident, plan: Plan) -> Facts:
    return Facts(
        (
            Fact(line("坏了什么"), state.report.symptom.strip() or p.PENDING),
            Fact(line("在哪里"), p.where(state, plan)),
            Fact(line("从什么时候"), line("{since} 起", since=p.since(state)) if "time" not in state.report.missing else p.PENDING),
        ),
        "rows",
    )


def _yours(state: Incident, plan: Plan, calls: tuple[Call, ...], person: str) -> Facts:
    first = [step for call in calls if (step := p.first_step(plan, call.post))]
    facts = [Fact(line("你的岗位"), joined([p.seat(plan, call) for call in calls]))]
    facts += [Fact(line("为什么是你"), reason(plan, call, person)) for call in calls[:1]]
    facts += [Fact(line("第一步"), step) for step in dict.fromkeys(first)]
    facts.append(Fact(line("谁在指挥"), p.holder(state, "commander") or line("还没有，先到先做")))
    return Facts(tuple(facts), "rows")


def reason(plan: Plan, call: Call, person: str) -> Text:
    """Why this person and not another: tonight's rota, whose deputy, or who was named."""
    attempt = next((found for found in call.attempts if found.person == person), None)
    seat = p.seat(plan, call)
    before = next((found.person for found in call.attempts if found.person != person), None)
    match attempt.why if attempt else "duty":
        case "duty":
            return line("这一班{seat}由你值班", seat=seat)
        case "role":
            return line("按编成，{seat}由你担任", seat=seat)
        case "deputy" if before is not None:
            return line("你是{who}的替补，{who}没应答", who=Who(before))
        case "deputy":
            return line("你是{seat}的替补", seat=seat)
        case _:
            return line("指定由你来做{seat}", seat=seat)


def _summons_next(state: Incident, plan: Plan, calls: tuple[Call, ...], person: str, ringing: bool, arrived: bool) -> Text:
    if arrived:
        return line("你已到位。进展和清单都在作战群「{room}」。", room=p.headline(state))
    if not state.live:
        return line("已经处理完，不用来了。")
    if not calls:
        return line("呼叫取消了，不用来了。")
    if not ringing:
        others = [call.here for call in calls if call.here and call.here != person]
        return line("{who}已经到位，不用来了。", who=p.people(others)) if others else line("你答了来不了，已叫替补。")
    until = [at for call in calls if (at := climb(state, plan, call))]
    if until:
        return line("现在点「我到了」，再做第一步。来不了也点一下；{at} 没应答就叫下一位。", at=p.clock(state, min(until)))
    return line("现在点「我到了」，再做第一步。来不了也点一下。")


def _answers(state: Incident, ringing: bool, arrived: bool) -> tuple[Block, ...]:
    if ringing:
        return p.buttons(p.primary(state, line("我到了"), "roll.here"), p.plain(state, line("来不了"), "roll.cannot"))
    return p.buttons(p.plain(state, line("看经过"), "open.record")) if arrived else ()


def _wake(state: Incident, plan: Plan, calls: tuple[Call, ...]) -> Text:
    """The lock screen: level, number, what, where, post, first step, the two answers."""
    first = next((step for call in calls if (step := p.first_step(plan, call.post))), None)
    text = line(
        "{level} {head}，{where}。你是{posts}。第一步：{step} 点「我到了」或「来不了」。",
        level=p.level_in_full(plan, state.level), head=p.headline(state), where=p.where(state, plan),
        posts=joined([p.seat(plan, call) for call in calls]), step=first or line("到群里报到。"),
    )  # fmt: skip
    return p.marked(state, text)
