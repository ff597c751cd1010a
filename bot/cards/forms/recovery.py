"""Forms of the way out and after: verification, waiver, signing for a condition, the end, summaries, improvements."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.forms.asking import choice, form, groups, long, named, one, person, reason, when
from bot.cards.model import Field, Form, Option
from bot.core import conditions, verification
from bot.core.incident import Incident
from bot.plan.schema import Plan
from bot.words import Text, line


def verify_start(state: Incident, plan: Plan, **_: str) -> Form:
    """Who fixed it decides who may verify (clause 4.4-5)."""
    fixers = [who for who in plan.people if who in verification.repairers(state, plan)]
    return form(
        "verify.start",
        state,
        line("修好了，开始验证"),
        (
            long("fix", line("修了什么"), line("例如：回滚到 v5.1，重启了下单服务"), required=True),
            Field("fixers", line("谁修的"), "people", False, line("修的人不验自己修的"), ",".join(fixers)),
        ),
        line("开始验证"),
        intro=named(state),
    )


def _check_form(id: str, title: Text, field: Field, submit: Text, state: Incident, ids: Mapping[str, str], **more: str) -> Form:
    wanted = ids.get("check") or ids.get("value", "")
    found = next((check for check in state.checks if check.id == wanted), None)
    intro = found.text if found else named(state)
    return form(id, state, title, (field,), submit, carry={"check": wanted, **more}, intro=intro)


def verify_fail(state: Incident, plan: Plan, **ids: str) -> Form:
    field = long("note", line("看到了什么"), line("例如：上海仓扫码仍超时"), required=True)
    return _check_form("verify.fail", line("这项没过"), field, line("记为没过"), state, ids)


def verify_waive(state: Incident, plan: Plan, **ids: str) -> Form:
    field = reason(line("为什么可以不做，剩下的风险谁看着"), line("例如：没有冷链单，抽验明早由沈磊补"))
    return _check_form("verify.waive", line("豁免这一项"), field, line("交给总指挥"), state, ids)


def verify_decide(state: Incident, plan: Plan, **ids: str) -> Form:
    approved = ids.get("approved") or "no"
    field = reason(line("理由"), line("例如：冷链单明早有，必须验"), required=approved != "yes")
    title = line("批准豁免") if approved == "yes" else line("不批豁免")
    return _check_form("verify.decide", title, field, line("就这样定"), state, ids, approved=approved)


def recovery_return(state: Incident, plan: Plan, **_: str) -> Form:
    return form(
        "recovery.return",
        state,
        line("退回处置"),
        (reason(line("为什么退回"), line("例如：错误率又到 12%")),),
        line("退回处置"),
        intro=line("验证和观察会重新来过。"),
        danger=True,
    )


def end_attest(state: Incident, plan: Plan, **ids: str) -> Form:
    """A named person vouches, with what they go by: shown as 人工签认 (architecture 16)."""
    wanted = ids.get("condition") or ids.get("value", "")
    known = next((condition for condition in plan.closing.conditions if condition.id == wanted), None)
    text: Text = known.text if known else conditions.PLACES.get(wanted, wanted)
    return form(
        "end.attest",
        state,
        line("人工签认"),
        (long("note", line("凭什么"), line("例如：补录 163/163，抽盘无差异"), required=True),),
        line("签认"),
        carry={"condition": wanted},
        intro=text,
    )


def end_sign(state: Incident, plan: Plan, **_: str) -> Form:
    """The first signature brings the assessment; the later ones may add to it."""
    first = state.ending is None
    hint = line("例如：系统和业务都已平稳，剩余风险由运维盯到明早")
    intro: Text | None = None if state.ending is None else line("已填的意见：{text}", text=state.ending.assessment)
    return form(
        "end.sign",
        state,
        line("签认结束"),
        (long("assessment", line("评估意见") if first else line("补充意见，可以空着"), hint, required=first),),
        line("签认"),
        intro=intro or named(state),
    )


def reopen(state: Incident, plan: Plan, **_: str) -> Form:
    return form(
        "incident.reopen",
        state,
        line("重开"),
        (reason(line("为什么重开"), line("例如：20:40 起下单又报错")),),
        line("重开"),
        intro=line("{n} 天内可以重开。", n=plan.closing.reopen_within_days),
    )


def summary(state: Incident, plan: Plan, *, group: str = "", **_: str) -> Form:
    """Each group's short summary: what went well, what did not, what to change (clause 4.5-3)."""
    told = state.summaries.get(group)
    asked = [point.name for point in plan.documents.summary]
    points = line("{a}；{b}；{c}", a=asked[0], b=asked[1], c=asked[-1]) if len(asked) > 2 else None
    return form(
        "after.summary",
        state,
        line("本组小结"),
        (
            choice("group", line("哪个组"), groups(plan), initial=group),
            long("text", line("小结"), points, initial=told.text if told else "", required=True),
        ),
        line("交小结"),
        intro=named(state),
    )


def review_move(state: Incident, plan: Plan, **_: str) -> Form:
    return form(
        "after.review",
        state,
        line("改复盘时间"),
        (when("at", line("什么时候"), line("例如：11-26 15:00、明天 10:00"), required=True),),
        line("改时间"),
        intro=named(state),
    )


def action_add(state: Incident, plan: Plan, *, text: str = "", **_: str) -> Form:
    """An improvement with one owner, a date, and how somebody else will know that it is done (clause 4.5-5)."""
    return form(
        "after.action",
        state,
        line("加改进"),
        (
            long("text", line("改什么"), line("例如：回滚脚本加库表检查"), initial=text, required=True),
            person("owner", line("谁来办")),
            when("due", line("哪天前"), line("例如：12-10"), required=True),
            one("how", line("怎么验"), line("例如：演练里跑一遍，10 分钟内完成"), required=True),
        ),
        line("记为改进"),
        intro=named(state),
    )


def _action_form(id: str, title: Text, fields: tuple[Field, ...], submit: Text, state: Incident, ids: Mapping[str, str]) -> Form:
    wanted = ids.get("action") or ids.get("value", "")
    found = next((action for action in state.actions if action.id == wanted), None)
    return form(id, state, title, fields, submit, carry={"action": wanted}, intro=found.text if found else named(state))


def action_done(state: Incident, plan: Plan, **ids: str) -> Form:
    field = long("evidence", line("证据"), line("链接、单号或看得到的结果"), required=True)
    return _action_form("after.done", line("改进做完了"), (field,), line("交给别人复核"), state, ids)


def action_check(state: Incident, plan: Plan, **ids: str) -> Form:
    outcome = (Option("yes", line("看过，通过")), Option("no", line("退回")))
    fields = (choice("ok", line("看过的结论"), outcome), long("note", line("凭什么，还差什么"), line("例如：演练跑过，9 分钟")))
    return _action_form("after.check", line("复核改进"), fields, line("记下结论"), state, ids)


def close(state: Incident, plan: Plan, **_: str) -> Form:
    return form(
        "after.close",
        state,
        line("归档"),
        (reason(line("还有没齐的才要写"), line("例如：改进并入季度计划，单独跟"), required=False),),
        line("归档"),
        intro=named(state),
    )
