"""Who may do what: the only permission code. A refusal names who may and opens the way to them (architecture, clauses 2.1-3, 4.3-1).

Anyone may report, add, note, answer for their own calls and tasks; those acts are not in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.cards.model import Button, press
from bot.core import people
from bot.core.commands import Absorb, AddToReport, BindIdentity, ChooseLanguage, Command, MeetGuest, ReportIncident
from bot.core.errors import Refused
from bot.core.incident import Incident
from bot.core.world import World
from bot.words import Text, Who, joined, line

PersonId = str
Circle = Literal["centre", "commander", "lead_tech", "lead_biz", "scribe", "liaison", "deputy", "tech", "biz", "comms", "called"]
"""Circles of people: the command centre's seats, holders of a role, members of a group, everybody of this incident."""


@dataclass(frozen=True, slots=True)
class Act:
    """`name` completes the sentence 只有…能…; the circles are tried in order, and named in order."""

    name: Text
    circles: tuple[Circle, ...]


ACTS: dict[str, Act] = {
    "incident.activate": Act(line("启动响应"), ("centre",)),
    "incident.cancel_pre": Act(line("取消预启动"), ("centre",)),
    "incident.set_level": Act(line("改级别"), ("centre", "commander")),
    "incident.lower_level": Act(line("降级"), ("commander",)),
    "incident.false_alarm": Act(line("按误报关闭"), ("centre", "commander", "lead_tech")),
    "incident.merge": Act(line("合并事件"), ("centre", "commander")),
    "incident.end": Act(line("签认结束"), ("centre",)),
    "incident.reopen": Act(line("重开事件"), ("centre", "commander")),
    "incident.close": Act(line("归档"), ("centre", "commander", "scribe")),
    "stage.move": Act(line("跳过阶段"), ("centre", "commander")),
    "role.command": Act(line("担任总指挥"), ("centre",)),
    "role.assign": Act(line("指派角色"), ("commander", "centre")),
    "call.post": Act(line("呼叫人员"), ("commander", "centre", "deputy", "scribe", "lead_tech", "lead_biz", "called")),
    "checklist.change": Act(line("换清单"), ("commander", "centre", "lead_tech", "lead_biz", "tech", "biz")),
    "checklist.work": Act(line("改清单"), ("called", "tech", "biz", "comms", "centre")),
    "measure.propose": Act(line("提案重大措施"), ("called", "centre", "tech", "biz", "comms")),
    "measure.approve": Act(line("批准重大措施"), ("commander",)),
    "measure.execute": Act(line("执行重大措施"), ("called", "tech", "biz", "comms")),
    "task.give": Act(line("派任务"), ("called", "centre")),
    "broadcast.send": Act(line("发广播"), ("commander", "centre", "deputy", "scribe", "lead_tech", "lead_biz", "comms")),
    "update.send": Act(line("发态势更新"), ("scribe", "commander", "centre", "deputy", "lead_tech", "lead_biz")),
    "notice.draft": Act(line("起草对外通知"), ("comms", "liaison", "called", "centre", "biz", "tech")),
    "notice.send": Act(line("发出对外通知"), ("comms", "liaison", "commander", "centre", "deputy", "scribe")),
    "answer.agree": Act(line("定统一口径"), ("comms", "liaison", "biz", "centre")),
    "duty.judge": Act(line("研判要不要上报"), ("centre", "commander")),
    "duty.report": Act(line("起草和登记上报"), ("centre", "commander", "comms", "liaison", "scribe", "called")),
    "record.evidence": Act(line("导出证据包"), ("centre", "commander", "scribe")),
    "verify.start": Act(line("开始恢复验证"), ("lead_tech", "commander", "centre", "tech")),
    "verify.pass_technical": Act(line("做技术验证"), ("tech",)),
    "verify.pass_business": Act(line("做业务验证"), ("biz",)),
    "verify.pass_comms": Act(line("确认对外通知"), ("comms",)),
    "verify.waive": Act(line("批准豁免"), ("commander",)),
    "recovery.return": Act(line("退回处置"), ("called", "centre")),
    "condition.attest": Act(line("签认"), ("centre", "commander")),
    "review.lead": Act(line("主持复盘"), ("commander", "centre", "scribe")),
    "action.verify": Act(line("复核改进项"), ("called", "centre", "tech", "biz", "comms")),
    "warning.raise": Act(line("发布预警"), ("centre", "tech", "biz", "comms")),
    "team.swap": Act(line("替别人换班"), ("centre",)),
}


GUESTS_MAY = (ReportIncident, AddToReport, Absorb, ChooseLanguage, MeetGuest, BindIdentity)
"""What somebody may whom the plan does not know; looking is no command. `roster` says whose accounts one may bind."""


def admit(command: Command, by: PersonId | None, world: World) -> None:
    """A guest reports and adds; everything else is for the people of the plan, whom they are told how to become."""
    if by is not None and people.guest(by) and not isinstance(command, GUESTS_MAY):
        raise stranger(by, world)


def stranger(guest: PersonId, world: World) -> Refused:
    """What a guest may do, and who can let them do more."""
    platform, _, identity = guest.partition(":")
    text = line("你不在方案的名单里，可以报故障、补充和查看。要做别的找{who}：在名单里就请他发「身份 @你的名字 {platform} {id}」。",
                who=joined([Who(person) for person in centre_now(world)]), platform=platform, id=identity)  # fmt: skip
    report, look = Button(line("报故障"), press("report.form"), "primary"), Button(line("看进行中的"), press("incidents.show"))
    return Refused(text, report, look)


def centre_now(world: World) -> tuple[PersonId, ...]:
    """Who sits in the command centre at this hour."""
    seats = world.plan.groups["ecc"].seats
    duty = [found.person for post in seats if (found := people.on_duty(world.plan, world.team, post, None, world.now))]
    return tuple(dict.fromkeys(duty))


def in_centre(by: PersonId | None, world: World) -> bool:
    """Whether the person may fill a seat of the command centre; the bot itself (None) may."""
    return by is None or bool(set(people.posts_of(world.plan, by)) & set(world.plan.groups["ecc"].seats))


def sees(state: Incident, person: PersonId) -> bool:
    """A guest looks at everything but a confidential incident that they have no part in."""
    return not (people.guest(person) and state.confidential) or person in state.people


def members(circle: Circle, state: Incident, world: World) -> tuple[PersonId, ...]:
    """The people in a circle, those of this incident first."""
    plan = world.plan
    match circle:
        case "commander" | "scribe" | "deputy":
            return _holder(state, circle)
        case "lead_tech":
            return _holder(state, "tech_lead_on_incident")
        case "lead_biz":
            return _holder(state, "biz_lead_on_incident")
        case "liaison":
            return _holder(state, "external_liaison")
        case "centre":
            return _group(state, world, "ecc")
        case "tech" | "biz" | "comms":
            return _group(state, world, circle)
        case "called":
            return tuple(person for person in state.people if person in plan.people)


def may(act: str, by: PersonId | None, state: Incident, world: World) -> bool:
    """Whether the person may; the bot itself (None) may what it decides by the plan."""
    return by is None or any(by in members(circle, state, world) for circle in ACTS[act].circles)


def require(act: str, by: PersonId | None, state: Incident, world: World) -> None:
    """Refuse with who may, and a button to them."""
    if may(act, by, state, world):
        return
    rule = ACTS[act]
    if rule.circles == ("commander",) and state.commander is None:
        raise Refused(
            line("还没有总指挥，没人能{act}。指挥中心的人先点「我来指挥」。", act=rule.name),
            Button(line("我来指挥"), press("role.take", record=state.id, role="commander"), "primary"),
            Button(line("呼叫指挥中心"), press("roll.call", record=state.id, post="commander")),
        )
    who = _first_members(rule, state, world)
    raise Refused(
        line("只有{who}能{act}。", who=_described(rule, who, state), act=rule.name),
        *(Button(line("叫{who}", who=Who(person)), press("task.ask", record=state.id, person=person, act=act)) for person in who[:1]),
    )


def _first_members(rule: Act, state: Incident, world: World) -> tuple[PersonId, ...]:
    for circle in rule.circles:
        found = members(circle, state, world)
        if found:
            return found[:3]
    return ()


def _described(rule: Act, who: tuple[PersonId, ...], state: Incident) -> Text:
    names = joined([Who(person) for person in who])
    match rule.circles[0]:
        case "commander" if state.commander:
            return line("总指挥{who}", who=names)
        case "centre":
            return line("指挥中心（{who}）", who=names)
        case _:
            return names if who else line("本次响应的人")


def _holder(state: Incident, role: str) -> tuple[PersonId, ...]:
    holder = state.roles.get(role)
    return (holder.person,) if holder else ()


def _group(state: Incident, world: World, group: str) -> tuple[PersonId, ...]:
    """Members of a group: those in this incident first, then those on duty, then the rest of the roster."""
    plan = world.plan
    seats = plan.groups[group].seats
    fits: Callable[[PersonId], bool] = lambda person: any(post in seats for post in people.posts_of(plan, person))  # noqa: E731
    here = [person for person in state.people if fits(person)]
    duty = [found.person for post in seats if (found := people.on_duty(plan, world.team, post, None, world.now))]
    return tuple(dict.fromkeys([*here, *duty, *(person for person in plan.people if fits(person))]))
