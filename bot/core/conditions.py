"""What must hold before the end may be declared: each condition is checked from the state or attested by a named person, never assumed.

Beside the plan's conditions stand two of ours: no major measure is left undecided or half done, and every order has come back. What
this version has no module for afterwards (loss, accountability, plan revision) is a place that somebody attests (architecture 16).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.model import Button, press
from bot.core import people, signatures
from bot.core.grading import assumed_level
from bot.core.incident import Check, Incident, Item, Measure, PersonId, Task
from bot.core.outward import clocks
from bot.core.response import group_of
from bot.core.verification import SETTLED, demanded, present, verified, verifiers
from bot.plan.schema import Condition, Plan
from bot.words import Text, When, Who, joined, line

MEASURES, TASKS = "measures", "tasks"
NAMED = 2  # open lines named in a sentence; the card has them all
PLACES: dict[str, Text] = {
    "loss": line("损失评估已做，或写明由谁、何时做"),
    "accountability": line("责任认定已移交调查组，或判定不需要"),
    "plan_change": line("方案修订建议已处理，或判定不需要"),
}
"""What comes after the end and is attested until its own module exists, in the order it is shown."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """Why a condition does not hold, and the button that opens that exact form or calls that person (None: only time helps)."""

    condition: str
    text: Text
    fix: Button | None = None


def conditions(state: Incident, plan: Plan) -> tuple[Condition, ...]:
    """The plan's closing conditions at this level, in its order; who was told that it is over, only where somebody was told at all."""
    level, told = assumed_level(state, plan), bool(clocks.listening(state, plan))
    demanded = [condition for condition in plan.closing.conditions if level in condition.levels]
    return tuple(condition for condition in demanded if told or condition.check != "audiences_told")


def unmet(state: Incident, plan: Plan, now: datetime) -> tuple[Unmet, ...]:
    """Everything that still stands before the end, in the plan's order, then undecided measures and open orders."""
    found = [_unmet(state, condition, plan, now) for condition in conditions(state, plan)]
    return tuple(one for one in [*found, _measures(state), _tasks(state)] if one)


def attested(state: Incident, condition: Condition) -> bool:
    """人工签认: vouched for by a named person. What the bot can prove cannot be signed away (an item can be waived, with approval)."""
    return signable(condition) and condition.id in state.attestations


def signable(condition: Condition) -> bool:
    """Whether a signature settles it: no module can prove it yet, or the plan names who vouches for the business."""
    return condition.check == "attest" or (condition.check in ("business_unaffected", "audiences_told") and bool(condition.attest_by))


def holders(state: Incident, who: str, plan: Plan) -> tuple[PersonId, ...]:
    """The people behind a post or role: the role's holder, else everybody of the posts it is drawn from, those present first."""
    holder = state.roles.get(who)
    if holder:
        return (holder.person,)
    role = plan.roles.get(who)
    posts = role.posts if role else (who,)
    there = present(state)
    fitting = [person for person in plan.people if any(post in posts for post in people.posts_of(plan, person))]
    return tuple(sorted(fitting, key=lambda person: person not in there))


def signers(state: Incident, condition: Condition, plan: Plan) -> tuple[PersonId, ...]:
    """Who may attest a condition, the first the one to ask."""
    found = [person for who in condition.attest_by for person in holders(state, who, plan)]
    return tuple(dict.fromkeys(found))


def open_lines(state: Incident) -> tuple[Item, ...]:
    """Lines of the business side's checklists that are neither done nor skipped."""
    lists = [found for found in state.checklists if found.side == "business"]
    return tuple(item for found in lists for item in found.items if item.state in ("todo", "blocked"))


# --- one condition ------------------------------------------------------------------------------------------------------------


def _unmet(state: Incident, condition: Condition, plan: Plan, now: datetime) -> Unmet | None:
    if attested(state, condition):
        return None
    match condition.check:
        case "verification_passed":
            return _verification(state, condition, plan)
        case "business_unaffected":
            return _business(state, condition, plan)
        case "observation_over":
            return _observation(state, condition, now)
        case "all_told":
            return _told(state, condition)
        case "assessment_signed":
            return _assessment(state, condition, plan)
        case "audiences_told":
            return _outside(state, condition, plan)
        case "attest":
            return _attest(state, condition, plan, condition.short)


def _verification(state: Incident, condition: Condition, plan: Plan) -> Unmet | None:
    start = Button(line("开始恢复验证"), press("verify.start", record=state.id), "primary")
    if not state.checks or state.stage in ("activated", "responding"):
        return Unmet(condition.id, line("{condition}：还没有开始恢复验证", condition=condition.short), start)
    known = {check.id for check in state.checks}
    missing = [item.text for item in demanded(state, plan) if item.id not in known]
    if missing:
        more = line("{condition}：级别或范围变了，还要加验 {n} 项", condition=condition.short, n=len(missing))
        return Unmet(condition.id, more, Button(line("更新验证清单"), press("verify.start", record=state.id), "primary"))
    left = [check for check in state.checks if check.state not in SETTLED]
    if left:
        texts = joined([check.text for check in left[:NAMED]], "；")
        told = line("{condition}：还差 {n} 项：{items}", condition=condition.short, n=len(left), items=texts)
        return Unmet(condition.id, told, _next_check(state, left[0], plan))
    if verified(state.checks, plan):
        return None
    one_side = line("{condition}：技术和业务两侧都至少要真正验过一项，不能全部豁免", condition=condition.short)
    waived = next(check for check in state.checks if check.state == "waived" and _unseen(state, check, plan))
    return Unmet(condition.id, one_side, _next_check(state, waived, plan))


def _unseen(state: Incident, check: Check, plan: Plan) -> bool:
    """Whether the check's side is one of the two and has passed nothing."""
    group = group_of(plan, check.role)
    passed = {group_of(plan, other.role) for other in state.checks if other.state == "passed"}
    return group in ("tech", "biz") and group not in passed


def _next_check(state: Incident, check: Check, plan: Plan) -> Button:
    """The button for one open item: decide its waiver, pass it, or call somebody who may."""
    if check.state == "waiver_asked":
        return Button(line("批豁免"), press("verify.decide", record=state.id, check=check.id), "primary")
    if verifiers(state, check, plan):
        return Button(line("验证通过"), press("verify.pass", record=state.id, check=check.id), "primary")
    return _call(state, plan.roles[check.role].posts[0], plan)


def _business(state: Incident, condition: Condition, plan: Plan) -> Unmet | None:
    """Attested by the business side; without anybody named in the plan for it, proven by closed checklists alone."""
    left = open_lines(state)
    if not left:
        return _attest(state, condition, plan, condition.short) if condition.attest_by else None
    items = joined([item.text for item in left[:NAMED]], "；")
    told = line("{condition}（业务清单还有 {n} 行没完：{items}）", condition=condition.short, n=len(left), items=items)
    if condition.attest_by:
        return _attest(state, condition, plan, told)
    return Unmet(condition.id, told, Button(line("看业务清单"), press("list.playbook", record=state.id)))


def _observation(state: Incident, condition: Condition, now: datetime) -> Unmet | None:
    seen = state.observation
    if seen is None:
        start = Button(line("开始恢复验证"), press("verify.start", record=state.id), "primary")
        told = line("{condition}：验证全部通过后才开始观察", condition=condition.short)
        return Unmet(condition.id, told, None if state.stage == "verifying" else start)
    if seen.passed_at is not None or now >= seen.until:
        return None
    left = -(-(seen.until - now).total_seconds() // 60)
    told = line("{condition}：还要 {n} 分钟，到 {at}", condition=condition.short, n=int(left), at=When(seen.until))
    return Unmet(condition.id, told)


def _told(state: Incident, condition: Condition) -> Unmet | None:
    waiting = [(found, found.waiting) for found in state.broadcasts if found.waiting]
    if not waiting:
        return None
    first, who = waiting[0]
    names = joined([Who(person) for person in who[:5]])
    told = line("{condition}：{n} 人还没确认收到：{who}", condition=condition.short, n=len(who), who=names)
    return Unmet(condition.id, told, Button(line("提醒他们"), press("broadcast.remind", record=state.id, broadcast=first.id), "primary"))


def _outside(state: Incident, condition: Condition, plan: Plan) -> Unmet | None:
    """Whoever was told of the trouble has heard that it is over; where that has to wait, somebody signs for it."""
    left = clocks.untold(state, plan)
    if not left:
        return None
    names = joined([clocks.audience_name(plan, audience) for audience in left])
    told = line("{condition}：还没告诉{audiences}已经恢复", condition=condition.short, audiences=names)
    draft = press("notice.draft", record=state.id, audience=left[0], phase="resolved")
    return Unmet(condition.id, told, Button(line("起草恢复通知"), draft, "primary"))


def _assessment(state: Incident, condition: Condition, plan: Plan) -> Unmet | None:
    sign = Button(line("填评估意见并签认"), press("end.sign", record=state.id), "primary")
    if state.ending is None:
        told = line("{condition}：还没填评估意见；签认：{who}", condition=condition.short, who=signatures.wanted(state, plan))
        return Unmet(condition.id, told, sign)
    left = signatures.outstanding(state, plan)
    if not left:
        return None
    return Unmet(condition.id, line("{condition}：还差签认：{who}", condition=condition.short, who=joined(left)), sign)


def _attest(state: Incident, condition: Condition, plan: Plan, what: Text) -> Unmet:
    """Names who signs; the button opens the form while one of them is there, and calls one otherwise."""
    who = either([people.title(plan, one) for one in condition.attest_by]) if condition.attest_by else line("指挥中心")
    told = line("{condition}：要{who}签认", condition=what, who=who)
    able = signers(state, condition, plan)
    if not condition.attest_by or set(able) & set(present(state)):
        return Unmet(condition.id, told, _sign(state, condition))
    return Unmet(condition.id, told, _call(state, condition.attest_by[0], plan))


def either(parts: Sequence[Text]) -> Text:
    """One of several: 甲、乙或丙."""
    return parts[0] if len(parts) == 1 else line("{some}或{last}", some=joined(tuple(parts[:-1])), last=parts[-1])


def _sign(state: Incident, condition: Condition) -> Button:
    return Button(line("签认"), press("end.attest", record=state.id, condition=condition.id), "primary")


def _call(state: Incident, post: str, plan: Plan) -> Button:
    return Button(line("呼叫{post}", post=people.short(plan, post)), press("roll.call", record=state.id, post=post), "primary")


# --- ours ---------------------------------------------------------------------------------------------------------------------


def open_measures(state: Incident) -> tuple[Measure, ...]:
    """Proposals without a decision, and approved ones that somebody began and nobody finished."""
    return tuple(measure for measure in state.measures if measure.state in ("proposed", "executing"))


def open_tasks(state: Incident) -> tuple[Task, ...]:
    return tuple(task for task in state.tasks if task.state in ("asked", "accepted"))


def _measures(state: Incident) -> Unmet | None:
    left = open_measures(state)
    if not left:
        return None
    first = left[0]
    if first.state == "proposed":
        fix = Button(line("去批"), press("measure.approve", record=state.id, measure=first.id), "primary")
    else:
        fix = Button(line("确认执行结果"), press("measure.confirm", record=state.id, measure=first.id), "primary")
    names = joined([measure.what for measure in left[:3]])
    return Unmet(MEASURES, line("重大措施：{n} 条没有批完或做完：{names}", n=len(left), names=names), fix)


def _tasks(state: Incident) -> Unmet | None:
    left = open_tasks(state)
    if not left:
        return None
    names = joined([line("{what}（{who}）", what=task.what, who=Who(task.owner)) for task in left[:3]])
    fix = Button(line("回报任务"), press("task.done", record=state.id, task=left[0].id), "primary")
    return Unmet(TASKS, line("任务：{n} 条没有回报：{names}", n=len(left), names=names), fix)
