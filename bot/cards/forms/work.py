"""Forms of the work: checklist lines, tasks, broadcasts, figures, causes, major measures, situation reports, notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.cards import headings
from bot.cards.forms.asking import choice, choices, form, groups, long, named, note, one, owners, person, posts, reason, sites, when
from bot.cards.model import Field, Form, Option
from bot.core import updates, work
from bot.core.incident import Checklist, Incident, Item
from bot.core.situation import FIGURES
from bot.plan.schema import Plan
from bot.words import Text, line

# --- checklists -------------------------------------------------------------------------------------------------------------


def _line(state: Incident, list_id: str, item_id: str) -> tuple[Checklist | None, Item | None]:
    found = next((one_ for one_ in state.checklists if one_.id == list_id), None)
    return found, next((item for item in found.items if item.id == item_id), None) if found else None


def _item_form(id: str, title: Text, field: Field, submit: Text, state: Incident, ids: Mapping[str, str]) -> Form:
    _, item = _line(state, ids.get("list", ""), ids.get("item", ""))
    carry = {"list": ids.get("list", ""), "item": ids.get("item", "")}
    return form(id, state, title, (field,), submit, carry=carry, intro=item.text if item else named(state))


def list_note(state: Incident, plan: Plan, **ids: str) -> Form:
    field = long("note", line("结果或证据"), line("例如：变更清单 3 条，只有 v5.2 吻合；没有就空着"))
    return _item_form("list.note", line("完成这一步"), field, line("做完了"), state, ids)


def list_skip(state: Incident, plan: Plan, **ids: str) -> Form:
    field = reason(line("为什么跳过"), line("例如：没有用到缓存，不适用"))
    return _item_form("list.skip", line("跳过这一步"), field, line("跳过这一步"), state, ids)


def list_block(state: Incident, plan: Plan, **ids: str) -> Form:
    field = reason(line("卡在哪里，等谁"), line("例如：没有生产库权限，等何川"))
    return _item_form("list.block", line("卡住了"), field, line("说出来"), state, ids)


def list_drop(state: Incident, plan: Plan, **ids: str) -> Form:
    found, _ = _line(state, ids.get("list", ""), "")
    field = reason(line("为什么不用了"), line("例如：原因是硬件，不是代码"))
    intro: Text = found.name if found else named(state)
    return form("list.drop", state, line("撤下清单"), (field,), line("撤下"), carry={"list": ids.get("list", "")}, intro=intro, danger=True)


def list_assign(state: Incident, plan: Plan, **ids: str) -> Form:
    return _item_form("list.assign", line("指派这一步"), person("person", line("谁来做")), line("指派"), state, ids)


def list_add(state: Incident, plan: Plan, **ids: str) -> Form:
    """A line that the plan did not think of."""
    return form(
        "list.add",
        state,
        line("加一步"),
        (
            long("text", headings.WHAT, line("例如：通知结算组暂停对账"), required=True),
            choice("post", line("哪个岗位"), posts(plan), required=False),
            choice("owner", line("谁来做"), owners(state, plan), required=False),
            one("minutes", line("几分钟内"), line("例如：15；一直做下去写 0"), initial="15"),
        ),
        line("加到清单"),
        carry={"list": ids.get("list", "")},
        intro=named(state),
    )


def list_fault(state: Incident, plan: Plan, **_: str) -> Form:
    """Fault and cause choose the technical checklist (clause 4.4-1)."""
    options = [
        Option(cause.checklist, line("{fault} · {cause}", fault=fault.name, cause=cause.name))
        for fault in plan.fault_types.values()
        for cause in fault.causes.values()
    ]
    return form(
        "list.fault",
        state,
        line("故障类型和原因"),
        (choice("checklist", line("最像哪一种"), _unique(options), initial=state.faults[-1] if state.faults else ""),),
        line("载入清单"),
        intro=line("没动过的旧清单会换掉，做过的留着。"),
    )


def _unique(options: list[Option]) -> list[Option]:
    """Two causes may lead to one checklist; the first name is shown."""
    return list({option.value: option for option in reversed(options)}.values())[::-1]


def list_playbook(state: Incident, plan: Plan, **_: str) -> Form:
    loaded = {found.id for found in state.checklists}
    options = [Option(book.id, book.name, book.start_when) for book in plan.playbooks.values() if book.id not in loaded]
    return form(
        "list.playbook",
        state,
        line("启动替代方案"),
        (choice("playbook", line("哪一份"), options),),
        line("载入清单"),
        intro=named(state),
    )


# --- tasks ------------------------------------------------------------------------------------------------------------------


def task_give(state: Incident, plan: Plan, *, task: str = "", owner: str = "", what: str = "", **_: str) -> Form:
    """An order has a name and a time (clause 2.1-2); one given again keeps its words."""
    old = next((found for found in state.tasks if found.id == task), None)
    return form(
        "task.give",
        state,
        line("派任务"),
        (
            long("what", headings.WHAT, line("例如：核对北京仓有没有同样的报错"), initial=what or (old.what if old else ""), required=True),
            person("owner", line("谁来做"), hint=line("只能是一个人；总指挥不接具体操作"), initial=owner),
            one("minutes", line("几分钟内"), line("例如：15"), initial=str(plan.timing.task_default_min)),
        ),
        line("派出去"),
        intro=named(state),
    )


def _task_form(id: str, title: Text, fields: tuple[Field, ...], submit: Text, state: Incident, ids: Mapping[str, str]) -> Form:
    found = next((task for task in state.tasks if task.id == (ids.get("task") or ids.get("value"))), None)
    intro: Text = found.what if found else named(state)
    return form(id, state, title, fields, submit, carry={"task": ids.get("task") or ids.get("value", "")}, intro=intro)


def task_decline(state: Incident, plan: Plan, **ids: str) -> Form:
    field = reason(line("为什么做不了"), line("例如：在路上，没有电脑"))
    return _task_form("task.decline", line("做不了"), (field,), line("告诉对方"), state, ids)


def task_done(state: Incident, plan: Plan, **ids: str) -> Form:
    field = long("result", line("结果"), line("一句话。例如：北京仓正常，抽了 20 单"), required=True)
    return _task_form("task.done", line("做完了"), (field,), line("报结果"), state, ids)


def task_extend(state: Incident, plan: Plan, **ids: str) -> Form:
    fields = (
        one("minutes", line("还要几分钟"), line("例如：10"), initial="10", required=True),
        reason(headings.WHY, line("例如：日志太大，还在拉")),
    )
    return _task_form("task.extend", line("要更多时间"), fields, line("改时间"), state, ids)


# --- broadcast, impact, causes ----------------------------------------------------------------------------------------------


def broadcast_send(state: Incident, plan: Plan, *, text: str = "", **_: str) -> Form:
    return form(
        "broadcast.send",
        state,
        line("发广播"),
        (
            long("text", line("要大家知道什么"), line("例如：已转手工记单，号段找王敏领"), initial=text, required=True),
            choices("groups", line("发给哪些组"), groups(plan), hint=line("不选就是全部在场的人")),
        ),
        line("发出，要回执"),
        intro=named(state),
    )


def impact_report(state: Incident, plan: Plan, **_: str) -> Form:
    """The numbers of the business side, the last ones beside the empty fields so that they are renewed, not repeated (clause 2.3-3)."""
    last = work.latest(state)
    hints: dict[str, Text] = {
        "orders": line("例如：未接 412 单"),
        "customers": line("例如：约 380 家，含学校食堂 9 家"),
        "amount": line("例如：约 8.6 万元"),
        "goods": line("例如：离冷 3 托，最短 2 小时"),
        "vehicles": line("例如：滞留 9 车"),
        "other": line("别的数"),
    }
    fields = []
    for kind, label in FIGURES.items():
        old = next((figure for (found, _), figure in reversed(list(last.items())) if found == kind), None)
        hint = line("上次：{value}", value=old.value) if old else hints[kind]
        fields.append(one(kind, label, hint))
    return form(
        "impact.report",
        state,
        line("报影响"),
        (
            *fields,
            choice("site", line("哪个仓"), sites(plan), hint=line("不选就是全部"), required=False),
            one("source", line("数从哪里来"), line("例如：客服台账、仓库看板"), required=True),
            when("at", line("什么时候的数"), line("例如：20:25；空着就是现在")),
        ),
        line("报上去"),
        intro=line("只填有数的。估的写「约」。"),
    )


def cause_suspect(state: Incident, plan: Plan, *, text: str = "", **_: str) -> Form:
    return form(
        "cause.suspect",
        state,
        line("加一条疑似"),
        (long("text", line("怀疑什么，凭什么"), line("例如：19:50 灰度 v5.2，时间吻合"), initial=text, required=True),),
        line("记为疑似"),
        intro=line("没证实的原因不对外说。"),
    )


def _cause_form(id: str, title: Text, hint: Text, submit: Text, state: Incident, ids: Mapping[str, str]) -> Form:
    wanted = ids.get("cause") or ids.get("value", "")
    found = next((cause for cause in state.causes if cause.id == wanted), None)
    intro: Text = found.text if found else named(state)
    return form(id, state, title, (long("evidence", line("依据"), hint, required=True),), submit, carry={"cause": wanted}, intro=intro)


def cause_prove(state: Incident, plan: Plan, **ids: str) -> Form:
    return _cause_form("cause.prove", line("证实原因"), line("例如：回滚后 8 分钟错误率降到 0.3%"), line("记为已证实"), state, ids)


def cause_exclude(state: Incident, plan: Plan, **ids: str) -> Form:
    return _cause_form("cause.exclude", line("排除原因"), line("例如：数据库慢查询为 0，连接数正常"), line("记为已排除"), state, ids)


# --- major measures ---------------------------------------------------------------------------------------------------------


def measure_propose(state: Incident, plan: Plan, *, kind: str = "", what: str = "", **_: str) -> Form:
    """Without a price, a way back and a Plan B it is not put before the commander (clause 2.2-4)."""
    options = tuple(Option(found.id, found.name, found.warns) for found in plan.measures.values())
    return form(
        "measure.propose",
        state,
        line("提案：重大措施"),
        (
            choice("kind", line("哪一种"), options, initial=kind),
            long("what", headings.WHAT, line("例如：v5.2 回滚到 v5.1，上海、杭州两仓，约 8 分钟"), initial=what, required=True),
            long("why", headings.WHY, line("例如：报错始于 19:52，与发布吻合；降级后仍有 7%"), required=True),
            long("cost", line("代价"), line("丢什么、影响谁。例如：丢 19 分钟购物车新字段，不影响订单"), required=True),
            long("way_back", line("退路"), line("什么情况下停、怎么退。例如：10 分钟错误率未降即停"), required=True),
            long("plan_b", line("Plan B"), line("例如：只摘价格缓存，预计降到 3%"), required=True),
        ),
        line("交给总指挥"),
        intro=named(state),
    )


def _measure_form(id: str, title: Text, field: Field, submit: Text, state: Incident, ids: Mapping[str, str], danger: bool = False) -> Form:
    found = next((measure for measure in state.measures if measure.id == ids.get("measure")), None)
    intro: Text = found.what if found else named(state)
    return form(id, state, title, (field,), submit, carry={"measure": ids.get("measure", "")}, intro=intro, danger=danger)


def measure_approve(state: Incident, plan: Plan, **ids: str) -> Form:
    field = reason(line("理由"), line("例如：时间与范围都吻合，代价可补"), required=False)
    return _measure_form("measure.approve", line("批准提案"), field, line("批准"), state, ids)


def measure_reject(state: Incident, plan: Plan, **ids: str) -> Form:
    field = reason(line("为什么不做"), line("例如：先试 Plan B，降不到 3% 再提"))
    return _measure_form("measure.reject", line("驳回提案"), field, line("驳回"), state, ids, danger=True)


def measure_execute(state: Incident, plan: Plan, **ids: str) -> Form:
    field = long("result", line("执行结果"), line("例如：20:50 回滚完成，错误率 0.3%；双人的由复核人写"))
    return _measure_form("measure.execute", line("执行提案"), field, line("我执行了"), state, ids)


def measure_confirm(state: Incident, plan: Plan, **ids: str) -> Form:
    field = long("result", line("看到的结果"), line("例如：看板错误率 0.3%，抽 3 单正常"), required=True)
    return _measure_form("measure.confirm", line("复核提案"), field, line("复核通过"), state, ids)


# --- updates and notes ------------------------------------------------------------------------------------------------------


def update_send(state: Incident, plan: Plan, *, now: datetime | None = None, **_: object) -> Form:
    """Five fields to type; the seven that the bot fills are shown as they would stand, where the time is known."""
    last = state.sitreps[-1].typed if state.sitreps else {}
    written = updates.situation(state, plan, now) if now is not None else {}
    typed = [_typed(field.id, field.name, field.hint, last) for field in plan.documents.sitrep.fields if not field.auto]
    filled = [
        note(f"auto_{field.id}", line("{name}：{value}", name=field.name, value=written[field.id]))
        for field in plan.documents.sitrep.fields
        if field.auto and field.id in written
    ]
    return form(
        "update.send",
        state,
        line("态势第 {n} 报", n=len(state.sitreps) + 1),
        (*typed, *filled),
        line("发出"),
        intro=line("没有新进展也要发：写「仍在处理」。其余七栏机器人按记录填。"),
    )


def _typed(id: str, name: Text, hint: Text | None, last: Mapping[str, str]) -> Field:
    """What was said last time stands ready where it usually still holds; the sentence itself is always new."""
    initial = "" if id == "situation" else last.get(id, "")
    return long(id, name, hint, initial=initial, required=id == "situation")


def timeline_note(state: Incident, plan: Plan, *, text: str = "", **_: str) -> Form:
    return form(
        "timeline.note",
        state,
        line("记进时间线"),
        (
            long("text", line("发生了什么"), line("例如：21:05 关掉了价格缓存"), initial=text, required=True),
            when("at", line("什么时候"), line("例如：21:05、10 分钟前；空着就是现在")),
        ),
        line("记下"),
        intro=named(state),
    )


def timeline_moment(state: Incident, plan: Plan, *, kind: str = "", **_: str) -> Form:
    options = tuple(Option(moment.id, moment.name, moment.ask) for moment in plan.key_moments.values())
    return form(
        "timeline.moment",
        state,
        line("关键时刻"),
        (
            choice("kind", line("哪一个"), options, initial=kind),
            when("at", line("几点"), line("例如：20:52、10 分钟前；空着就是现在")),
            one("note", line("凭什么"), line("例如：错误率回到 1% 以下")),
        ),
        line("记下"),
        intro=named(state),
    )
