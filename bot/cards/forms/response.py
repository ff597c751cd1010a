"""Forms of starting, calling and commanding: activation, who else to call, roles, the handover with its nine points."""

from __future__ import annotations

from bot.cards import headings
from bot.cards.forms.asking import choice, form, levels, long, named, one, person, posts, reason, roles, sites
from bot.cards.forms.brief import brief
from bot.cards.model import Field, Form, Option
from bot.core.incident import Incident
from bot.plan.schema import Plan
from bot.words import Text, line


def activate(state: Incident, plan: Plan, *, level: str = "", **_: str) -> Form:
    return form(
        "incident.activate",
        state,
        line("启动响应"),
        (
            choice("level", line("按哪个级别"), levels(plan), initial=level or state.level or ""),
            reason(line("理由"), line("和评出来的级别不一样才要写。例如：晚高峰前，先按重大叫人"), required=False),
        ),
        line("启动，叫人"),
        intro=named(state),
    )


def cancel_pre(state: Incident, plan: Plan, **_: str) -> Form:
    return form(
        "incident.cancel_pre",
        state,
        line("取消预启动"),
        (reason(line("为什么取消"), line("例如：已恢复，按一般跟进")),),
        line("取消预启动"),
        intro=named(state),
        danger=True,
    )


def call(state: Incident, plan: Plan, *, post: str = "", site: str = "", **_: str) -> Form:
    """Somebody for a post: whoever is on duty, or a person by name."""
    every = (*(Option(role.id, role.name) for role in plan.roles.values()), *posts(plan))
    return form(
        "roll.call",
        state,
        line("呼叫人员"),
        (
            choice("post", line("什么岗位"), every, initial=post),
            choice("site", line("哪个仓"), sites(plan), hint=line("不选就按事件里的仓"), initial=site, required=False),
            person("person", line("指定谁"), hint=line("空着就叫这一班的值班人"), required=False),
        ),
        line("现在叫"),
        intro=named(state),
    )


def cannot(state: Incident, plan: Plan, *, call: str = "", value: str = "", **_: str) -> Form:
    return form(
        "roll.cannot",
        state,
        line("来不了"),
        (one("reason", line("一句话，可以空着"), line("例如：在飞机上，22:00 落地")),),
        line("换人来"),
        carry={"call": call or value},
        intro=line("点了就叫替补，不用等。"),
    )


def assign_role(state: Incident, plan: Plan, *, role: str = "", **_: str) -> Form:
    return form(
        "role.assign",
        state,
        line("指派角色"),
        (choice("role", line("什么角色"), roles(plan), initial=role), person("person", line("谁来"))),
        line("指派"),
        intro=named(state),
    )


def handover_offer(state: Incident, plan: Plan, *, role: str = "", taker: str = "", **_: str) -> Form:
    """The nine points, those the bot knows already written down; all of them are needed, 不知道 is an answer."""
    role = role or "commander"
    known = plan.roles.get(role)
    name: Text = known.short if known else role
    written = brief(state, plan)
    points: list[Field] = [
        long(point.id, point.name, point.hint or line("不知道就写「不知道」"), initial=written.get(point.id, ""), required=True)
        for point in plan.documents.handover
    ]
    return form(
        "handover.offer",
        state,
        line("移交：{role}", role=name),
        (person("taker", line("交给谁"), initial=taker), *points),
        line("请对方接任"),
        carry={"role": role},
        intro=line("对方点「我接任」才换人，之前还是你。机器人先填了知道的，看一遍再改。"),
    )


def handover_decline(state: Incident, plan: Plan, **_: str) -> Form:
    return form(
        "handover.decline",
        state,
        line("接不了"),
        (one("reason", headings.WHY, line("例如：正在修数据库，40 分钟后能接"), required=True),),
        line("告诉对方"),
    )


def stage_move(state: Incident, plan: Plan, *, to: str = "", **_: str) -> Form:
    """Leaving a stage early is allowed and recorded as a deviation; the end is never reached this way."""
    stages: tuple[tuple[str, Text], ...] = (
        ("assessing", line("定级")),
        ("responding", line("处置")),
        ("verifying", line("验证")),
        ("observing", line("观察")),
    )
    options = tuple(Option(stage, name) for stage, name in stages if stage != state.stage)
    return form(
        "stage.move",
        state,
        line("跳到另一阶段"),
        (
            choice("to", line("到哪个阶段"), options, initial=to),
            reason(line("为什么跳过"), line("会记为偏离方案，复盘时看得到。例如：机房断电，先人工处置")),
        ),
        line("跳过去"),
        intro=named(state),
        danger=True,
    )
