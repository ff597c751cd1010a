"""Verification: what must be true before anybody says it is repaired, ticked by people who did not repair it (clause 4.4-5)."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.model import Block, Card, Choices, Fact, Facts, Option, Progress, Step, Steps, Tone, Words
from bot.cards.views import phrases as p
from bot.core import verification
from bot.core.incident import Check, Incident
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

KINDS: Mapping[str, Text] = {"functional": line("功能"), "data": line("数据"), "business": line("业务")}


def verify(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """All items in one card; a failed one says what was seen, a waiver waits for the commander."""
    open_ = [check for check in state.checks if check.state not in verification.SETTLED]
    asked = [check for check in open_ if check.state == "waiver_asked"]
    running = state.stage in ("verifying", "observing")
    over = not open_ or not running
    fixers = tuple(
        sorted(verification.repairers(state, plan), key=lambda person: list(plan.people).index(person) if person in plan.people else 0)
    )
    return p.card(
        state,
        plan,
        line("恢复验证清单"),
        Progress(line("已过"), len(state.checks) - len(open_), len(state.checks), tone="good" if not open_ else "calm"),
        Steps(tuple(_step(state, check, over) for check in state.checks)),
        Facts((Fact(line("修的人"), p.people(fixers), line("不验自己修的")),), "rows") if fixers else None,
        Words(line("还没有开始验证。修好后点「修好了，开始验证」。"), "note") if not state.checks else None,
        then=_next(state, plan, open_, asked, running),
        controls=() if over else _controls(state, open_, asked),
        tone=_tone(state, open_, running),
        chip=_chip(open_, asked),
        meta=state.id,
        icon="check",
        done=over,
    )


def _tone(state: Incident, open_: list[Check], running: bool) -> Tone:
    if not running:
        return "calm"
    if any(check.state == "failed" for check in open_):
        return "alarm"
    return "warn" if any(check.state == "waiver_asked" for check in open_) else "good" if not open_ and state.checks else "calm"


def _chip(open_: list[Check], asked: list[Check]) -> Text | None:
    failed = sum(1 for check in open_ if check.state == "failed")
    if failed:
        return line("没过 {n} 项", n=failed)
    return line("豁免等批 {n} 项", n=len(asked)) if asked else None


def _step(state: Incident, check: Check, over: bool) -> Step:
    done = line("{who} · {at}", who=Who(check.by), at=p.clock(state, check.at)) if check.by and check.at else None
    note = p.shortened(check.note, 60)
    tick = None if over else p.act(state, "verify.pass", check=check.id)
    match check.state:
        case "open":
            return Step(check.id, check.text, "todo", None, chip=KINDS[check.kind], press=tick)
        case "passed":
            return Step(check.id, check.text, "done", done, chip=KINDS[check.kind])
        case "failed":
            seen = line("{what}（没过：{note}）", what=check.text, note=note) if note else check.text
            return Step(check.id, seen, "failed", done, chip=KINDS[check.kind], press=tick)
        case "waiver_asked":
            yes = p.plain(state, line("批准豁免"), "verify.decide", check=check.id, approved="yes")
            no = p.ghost(state, line("不批"), "verify.decide", check=check.id)
            asked = line("{what}（申请豁免：{note}）", what=check.text, note=note or p.UNKNOWN_WORD)
            return Step(check.id, asked, "blocked", done, chip=KINDS[check.kind], press=tick, more=() if over else (yes, no))
        case "waived":
            return Step(
                check.id, check.text, "skipped", line("已豁免：{note}", note=note) if note else line("已豁免"), chip=KINDS[check.kind]
            )


def _next(state: Incident, plan: Plan, open_: list[Check], asked: list[Check], running: bool) -> Text | None:
    if not running:
        return line("验证停了，修好后重新开始。") if state.responding else None
    if asked:
        return line("{who}决定 {n} 项豁免批不批。", who=p.acting(state, plan, "commander"), n=len(asked))
    if not open_:
        if state.observation and state.stage == "observing":
            return line("都过了。观察到 {at}，没有新错误就可以申请结束。", at=p.clock(state, state.observation.until))
        return line("都过了，开始观察。")
    roles = tuple(dict.fromkeys(check.role for check in open_))
    who = joined([_verifiers(state, plan, role) for role in roles])
    return line("{who}逐项验，过一项勾一项，没过写看到了什么。", who=who)


def _verifiers(state: Incident, plan: Plan, role: str) -> Text:
    return p.acting(state, plan, role)


def _controls(state: Incident, open_: list[Check], asked: list[Check]) -> tuple[Block, ...]:
    options = tuple(Option(check.id, check.text) for check in open_)
    waivable = tuple(Option(check.id, check.text) for check in open_ if check.state != "waiver_asked")
    found: list[Block] = [Choices(line("哪项没过"), options, p.act(state, "verify.fail"))]
    if waivable:
        found.append(Choices(line("豁免一项"), waivable, p.act(state, "verify.waive")))
    if state.responding:
        found += p.buttons(p.danger(state, line("退回处置"), "recovery.return"))
    return tuple(found)
