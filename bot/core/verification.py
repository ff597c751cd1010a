"""Recovery verified by others than those who repaired: what must be true, who may say so, and what follows (clauses 4.4-5 to 4.4-7).

Who counts as having repaired: those named when verification starts, whoever carried out a major measure, and whoever ticked a line of
a technical checklist, unless the line belongs to a post that verifies first (the tester's smoke test is no repair).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.cards.model import Button, press
from bot.core import people, rights
from bot.core.commands import AskWaiver, DecideWaiver, FailCheck, PassCheck, StartVerification
from bot.core.errors import Refused
from bot.core.events import (
    CheckFailed,
    CheckPassed,
    DeviationNoted,
    Event,
    MomentReached,
    ObservationStarted,
    RecoveryFailed,
    StageMoved,
    VerificationStarted,
    WaiverAsked,
    WaiverDecided,
)  # fmt: skip
from bot.core.grading import affected_links, assumed_level
from bot.core.incident import Check, Incident, MomentKind, PersonId
from bot.core.response import group_of
from bot.core.world import World
from bot.plan.schema import Plan, Severity, VerificationItem
from bot.words import Text, Who, joined, line

ACTS: dict[str | None, str] = {"tech": "verify.pass_technical", "biz": "verify.pass_business", "comms": "verify.pass_comms"}
SETTLED = ("passed", "waived")


# --- what holds ---------------------------------------------------------------------------------------------------------------


def severity(state: Incident, plan: Plan) -> Severity:
    return plan.severities[assumed_level(state, plan)]


def demanded(state: Incident, plan: Plan) -> tuple[VerificationItem, ...]:
    """The items of the plan for this level, in its order. Where the level has a limit, each side keeps its first item."""
    level, links = severity(state, plan), set(affected_links(state, plan))
    fitting = [item for item in plan.verification.items if _asked(item, level.id, links, state.confidential)]
    if level.verification_max is None:
        return tuple(fitting)
    firsts = {group_of(plan, item.by): item.id for item in reversed(fitting)}
    ranked = sorted(fitting, key=lambda item: item.id != firsts[group_of(plan, item.by)])  # stable: firsts, then the plan's order
    kept = {item.id for item in ranked[: level.verification_max]}
    return tuple(item for item in fitting if item.id in kept)


def _asked(item: VerificationItem, level: str, links: set[str], confidential: bool) -> bool:
    return level in item.levels and (item.only_when is None or confidential) and (not item.links or bool(links & set(item.links)))


def repairers(state: Incident, plan: Plan) -> frozenset[PersonId]:
    """Everybody whose work is being verified (the module's first paragraph has the rule)."""
    carried_out = {m.executor for m in state.measures if m.executor and m.state in ("executing", "executed")}
    ticked = {
        item.by for found in state.checklists if found.side == "technical" for item in found.items
        if item.by and item.state == "done" and _repairs(plan, item.post)
    }  # fmt: skip
    return frozenset({*state.fixers, *carried_out, *ticked})


def _repairs(plan: Plan, post: str) -> bool:
    """Whether a line of this post is technical work that somebody else must verify; a line without a post is."""
    verifying = {plan.roles[item.by].posts[0] for item in plan.verification.items}
    return post not in verifying and (not post or group_of(plan, post) == "tech")


def verified(checks: tuple[Check, ...], plan: Plan) -> bool:
    """Everything passed or waived, and each side that has items truly passed one."""
    sides = {group_of(plan, check.role) for check in checks} & {"tech", "biz"}
    seen = {group_of(plan, check.role) for check in checks if check.state == "passed"}
    return bool(checks) and all(check.state in SETTLED for check in checks) and sides <= seen


def present(state: Incident) -> tuple[PersonId, ...]:
    """Those who are there: holders of a role, whoever answered 我到了, whoever graded, and the reporter."""
    arrived = [attempt.person for call in state.calls for attempt in call.attempts if attempt.state == "here"]
    graded = [answer.by for answer in state.answers.values()]
    return tuple(dict.fromkeys([*(holder.person for holder in state.roles.values()), *arrived, *graded, state.report.reporter]))


def verifiers(state: Incident, check: Check, plan: Plan) -> tuple[PersonId, ...]:
    """Who is there and may pass this check: the role's holder first, then its side, without repairers and the commander."""
    holder, group = state.roles.get(check.role), group_of(plan, check.role)
    side = [person for person in present(state) if group in people.groups_of(plan, person)]
    barred = {*(repairers(state, plan) if plan.verification.not_the_fixer else ()), *((state.commander,) if state.commander else ())}
    return tuple(person for person in dict.fromkeys([*([holder.person] if holder else []), *side]) if person not in barred)


# --- deciding -----------------------------------------------------------------------------------------------------------------


def start(state: Incident, command: StartVerification, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Fixed, says who. Started again while it runs, it takes in what a changed level or another fixer asks for."""
    if not state.responding:
        raise Refused(line("{record} 还没有启动响应，谈不上恢复验证。先启动，或按误报关闭。", record=state.id), _activate(state))
    rights.require("verify.start", by, state, world)
    fix = command.fix.strip()
    if not fix:
        raise Refused(line("写一句修了什么，例如「回滚到 3.41，重启了下单服务」。"), field="fix")
    for person in command.fixers:
        people.check_person(world.plan, person, "fixers")
    fixers = tuple(dict.fromkeys([*state.fixers, *command.fixers, *sorted(repairers(state, world.plan))]))
    if not fixers:
        raise Refused(line("写上是谁修的：修的人不能验证自己修的东西。"), field="fixers")
    checks = _checks(state, frozenset(fixers), world.plan)
    if state.stage in ("verifying", "observing") and checks == state.checks and fixers == state.fixers:
        return ()
    return (
        *_skipped_responding(state, fix),
        VerificationStarted(checks, fixers, fix),
        *reached(state, "mitigated", world),
        *((StageMoved("verifying"),) if state.stage != "verifying" else ()),
        *_observed(replace(state, stage="verifying", checks=checks), world),
    )


def _activate(state: Incident) -> Button:
    return Button(line("启动响应"), press("incident.activate_form", record=state.id), "primary")


def _skipped_responding(state: Incident, fix: str) -> tuple[Event, ...]:
    return (DeviationNoted(line("从「已启动」直接进入恢复验证，跳过「处置中」"), fix),) if state.stage == "activated" else ()


def _checks(state: Incident, fixers: frozenset[PersonId], plan: Plan) -> tuple[Check, ...]:
    """The demanded items; what is settled stays so, unless it was passed by somebody who turns out to have repaired."""
    running = state.stage in ("verifying", "observing")
    kept = {check.id: check for check in state.checks if running and not (check.state == "passed" and check.by in fixers)}
    return tuple(kept.get(item.id, Check(item.id, item.kind, item.by, item.text)) for item in demanded(state, plan))


def pass_check(state: Incident, command: PassCheck, by: PersonId | None, world: World) -> tuple[Event, ...]:
    check = _running(state, command.check)
    if check.state == "passed":
        return ()
    _require_verifier(state, check, by, world)
    after = with_check(state, replace(check, state="passed", by=by))
    return (CheckPassed(check.id, command.note.strip()), *_observed(after, world))


def fail_check(state: Incident, command: FailCheck, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """Not true yet, says somebody of that side, with what they saw. It can be passed later."""
    check = _running(state, command.check)
    _require_side(state, check, by, world)
    note = command.note.strip()
    if not note:
        raise Refused(line("写一句看到了什么，例如「上海仓扫码仍超时」。"), field="note")
    if check.state == "failed" and check.note == note:
        return ()
    return (CheckFailed(check.id, note),)


def ask_waiver(state: Incident, command: AskWaiver, by: PersonId | None, world: World) -> tuple[Event, ...]:
    check = _running(state, command.check)
    reason = command.reason.strip()
    if not reason:
        raise Refused(line("写一句为什么可以不做这一项，以及剩下的风险由谁看着。"), field="reason")
    if check.state in SETTLED:
        raise Refused(line("这一项已经{state}，不用豁免。", state=state_name(check)))
    return () if check.state == "waiver_asked" else (WaiverAsked(check.id, reason),)


def decide_waiver(state: Incident, command: DecideWaiver, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """The commander decides; on a waiver that the commander asked for, another seat of the command centre does."""
    check = _running(state, command.check)
    if check.state == "waived" and command.approved:
        return ()
    if check.state != "waiver_asked":
        raise Refused(line("没有人为「{item}」申请豁免。", item=check.text))
    own = check.by is not None and check.by == by
    rights.require("incident.end" if check.by == state.commander else "verify.waive", by, state, world)
    if own:
        raise Refused(line("自己申请的豁免要别人来批。指挥中心的另一位可以批。"))
    reason = command.reason.strip()
    if not command.approved and not reason:
        raise Refused(line("写一句为什么不批，好让人知道下一步做什么。"), field="reason")
    after = with_check(state, replace(check, state="waived" if command.approved else "open"))
    return (WaiverDecided(check.id, command.approved, reason), *_observed(after, world))


def give_up(state: Incident, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """The fault is back: verification or observation is broken off, everything must be verified anew."""
    if state.stage == "responding":
        return ()
    if state.stage not in ("verifying", "observing"):
        raise Refused(line("现在不在验证或观察，没有什么可退回。"))
    rights.require("recovery.return", by, state, world)
    if not reason:
        raise Refused(line("写一句为什么退回，例如「错误率又到 12%」。"), field="reason")
    return (RecoveryFailed(reason), StageMoved("responding"))


def reached(state: Incident, kind: MomentKind, world: World) -> tuple[Event, ...]:
    """The key moment, if nobody has set it yet."""
    return () if kind in state.moments else (MomentReached(kind, world.now, ""),)


def observing(state: Incident, world: World) -> tuple[Event, ...]:
    """Observation begins now and lasts as long as the level asks for."""
    until = world.now + timedelta(minutes=severity(state, world.plan).response.observe_min)
    return (ObservationStarted(until), StageMoved("observing"))


def _observed(after: Incident, world: World) -> tuple[Event, ...]:
    """What follows once the last item is settled."""
    if not verified(after.checks, world.plan):
        return ()
    return (*reached(after, "recovered", world), *(observing(after, world) if after.stage == "verifying" else ()))


def with_check(state: Incident, changed: Check) -> Incident:
    return replace(state, checks=tuple(changed if check.id == changed.id else check for check in state.checks))


def state_name(check: Check) -> Text:
    """The state of an item in words."""
    names = {
        "open": line("待验证"), "passed": line("通过"), "failed": line("不通过"), "waiver_asked": line("申请豁免"), "waived": line("豁免"),
    }  # fmt: skip
    return names[check.state]


# --- who may ------------------------------------------------------------------------------------------------------------------


def _running(state: Incident, check_id: str) -> Check:
    """The item, while verification or observation runs."""
    if state.stage not in ("verifying", "observing"):
        start_it = Button(line("开始恢复验证"), press("verify.start", record=state.id), "primary")
        raise Refused(line("现在没有在做恢复验证。修好了点「修好了，开始验证」。"), *((start_it,) if state.responding else ()))
    found = next((check for check in state.checks if check.id == check_id), None)
    if found is None:
        raise Refused(line("验证清单里没有「{id}」这一项。看最新的验证卡。", id=check_id))
    return found


def _require_side(state: Incident, check: Check, by: PersonId | None, world: World) -> None:
    holder = state.roles.get(check.role)
    if by is None or (holder and holder.person == by):
        return
    rights.require(ACTS[group_of(world.plan, check.role)], by, state, world)


def _require_verifier(state: Incident, check: Check, by: PersonId | None, world: World) -> None:
    """Of the right side, hands-on, and not one of those whose work it is; the refusal names who else may."""
    _require_side(state, check, by, world)
    if by is not None and by == state.commander:
        raise Refused(*_others(state, check, line("总指挥不做具体操作，也不验证。"), world))
    if world.plan.verification.not_the_fixer and by in repairers(state, world.plan):
        raise Refused(*_others(state, check, line("修的人不能验证自己修的东西。"), world))


def _others(state: Incident, check: Check, why: Text, world: World) -> tuple[Text, Button]:
    """The refusal with those who may instead, or the button that calls one."""
    who = verifiers(state, check, world.plan)
    act = ACTS[group_of(world.plan, check.role)]
    if who:
        ask = Button(line("叫{who}", who=Who(who[0])), press("task.ask", record=state.id, person=who[0], act=act), "primary")
        return line("{why}{who}可以验。", why=why, who=joined([Who(person) for person in who[:3]])), ask
    post = world.plan.roles[check.role].posts[0]
    call = Button(line("呼叫{post}", post=people.short(world.plan, post)), press("roll.call", record=state.id, post=post), "primary")
    return line("{why}这里没有别的人能验，要再叫一位{post}。", why=why, post=people.title(world.plan, post)), call
