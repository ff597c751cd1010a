"""The turns of phrase that all cards share: how a level, a post, a place or an unknown is called, and how a card is put together.

Everything here is total: an id that the plan does not know is shown as it is, so that no card is lost over a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.cards.model import Block, Button, Buttons, Card, LinkOut, Press, Tone, Words, press
from bot.core.incident import Call, Element, Grade, Incident, MomentKind, Side, Stage
from bot.core.spread import NAMES
from bot.plan.schema import Plan
from bot.words import Text, When, Who, joined, line

TITLE = 12  # characters of a typed symptom that fit a title beside the number
SHOWN = 8  # names in one breath; the rest are counted

STAGES: Mapping[Stage, Text] = {
    "warning": line("预警"),
    "reported": line("已报告"),
    "assessing": line("定级中"),
    "activated": line("已启动"),
    "responding": line("处置中"),
    "verifying": line("验证中"),
    "observing": line("观察中"),
    "ended": line("已结束"),
    "reviewing": line("总结中"),
    "closed": line("已归档"),
    "false_alarm": line("误报"),
    "merged": line("已合并"),
}
ELEMENTS: Mapping[Element, Text] = {"symptom": line("现象"), "time": line("时间"), "scope": line("范围")}
SIDES: Mapping[Side, Text] = {"technical": line("技术"), "business": line("业务")}
MOMENTS: Mapping[MomentKind, Text] = {
    "detected": line("发现"),
    "acknowledged": line("确认"),
    "assembled": line("集结"),
    "mitigated": line("缓解"),
    "recovered": line("恢复"),
}
NOTHING: Text = line("还没有")
PENDING: Text = line("待补")
UNKNOWN_WORD: Text = line("不知道")


# --- names ------------------------------------------------------------------------------------------------------------------


def level(plan: Plan, severity: str | None) -> Text:
    """On a badge: 重大; before any grading: 待定级."""
    if severity is None:
        return line("待定级")
    known = plan.severities.get(severity)
    return known.short if known else severity


def level_in_full(plan: Plan, severity: str | None) -> Text:
    if severity is None:
        return line("待定级的故障")
    known = plan.severities.get(severity)
    return known.name if known else severity


def post(plan: Plan, who: str) -> Text:
    """A post or a role in short: 采购, 总指挥. Where the plan lets either do something, it names either."""
    known = plan.roles.get(who) or plan.posts.get(who)
    return known.short if known else who


def first_step(plan: Plan, who: str) -> Text | None:
    known = plan.roles.get(who) or plan.posts.get(who)
    return known.first_step if known else None


def group(plan: Plan, name: str) -> Text:
    known = plan.groups.get(name)
    return known.name if known else name


def site(plan: Plan, name: str) -> Text:
    known = plan.sites.get(name)
    return known.name if known else name


def link(plan: Plan, name: str) -> Text:
    known = plan.links.get(name)
    return known.name if known else name


def service(plan: Plan, name: str) -> Text:
    known = plan.services.get(name) or plan.dependencies.get(name)
    return known.name if known else name


def seat(plan: Plan, call: Call) -> Text:
    """The post of a call with its site: 仓储（上海仓）."""
    return line("{post}（{site}）", post=post(plan, call.post), site=site(plan, call.site)) if call.site else post(plan, call.post)


def people(who: Iterable[str]) -> Text:
    """The names, the first ones only when there are many: 周牧、吴昊 等 10 人."""
    found = tuple(dict.fromkeys(who))
    names = joined([Who(person) for person in found[:SHOWN]])
    return line("{names} 等 {n} 人", names=names, n=len(found)) if len(found) > SHOWN else names


def phone(plan: Plan, person: str) -> Text:
    """Where somebody must dial, the number stands where everybody can read it."""
    known = plan.people.get(person)
    return line("{who} {number}", who=Who(person), number=known.phone if known else line("号码不知道"))


def platforms(some: Iterable[str]) -> Text:
    return joined([NAMES.get(each, each) for each in some])


def holder(state: Incident, role: str) -> Text | None:
    held = state.roles.get(role)
    return Who(held.person) if held else None


def acting(state: Incident, plan: Plan, role: str) -> Text:
    """The person in a role, or the role's name while nobody is: what a `next` line calls whoever must act."""
    return holder(state, role) or post(plan, role)


# --- what, where, when ------------------------------------------------------------------------------------------------------


def cut(text: str, limit: int = TITLE) -> str:
    """The first clause of what was typed, short enough for a title; the whole of it stands in the body."""
    first = " ".join(text.split())
    for mark in "，。；！？,;!?":
        first = first.split(mark)[0] or first
    return first if len(first) <= limit else first[: limit - 1] + "…"


def shortened(text: str, limit: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def what(state: Incident) -> Text:
    short = cut(state.report.symptom)
    return short if short else line("现象待补")


def headline(state: Incident) -> Text:
    return line("{id} {what}", id=state.id, what=what(state))


def places(state: Incident, plan: Plan) -> Text | None:
    """Sites, links and services that were recognised, or None."""
    report = state.report
    found: list[Text] = [site(plan, name) for name in report.sites]
    found += [service(plan, name) for name in report.services] or [link(plan, name) for name in report.links]
    return joined(found) if found else None


def where(state: Incident, plan: Plan) -> Text:
    """The scope for one line: what was typed, else what was recognised, else 范围待补."""
    typed = state.report.scope.strip()
    known = places(state, plan)
    if typed and known is not None:
        return joined([known, shortened(typed, 40)])
    return shortened(typed, 40) if typed else known or line("范围待补")


def clock(state: Incident, at: datetime) -> When:
    """A clock time while it is plain which day is meant, else day and clock: nothing here knows what time it is now."""
    return When(at, "clock" if abs(at - state.reported_at) < timedelta(hours=12) else "day")


def since(state: Incident) -> Text:
    """When it began, as a moment where one was understood, else as typed."""
    if state.report.started_at is not None:
        return clock(state, state.report.started_at)
    return state.report.started_text.strip() or PENDING


def clause(grade: Grade, plan: Plan) -> Text | None:
    known = plan.severities.get(grade.level)
    return line("依据 方案 {clause}", clause=known.clause) if known else None


def graded(state: Incident, plan: Plan) -> Text:
    """重大 · 暂定重大 · 待定级."""
    name = level(plan, state.level)
    return line("暂定{level}", level=name) if state.provisional else name


def by_plan(state: Incident) -> Text:
    return line("按方案 v{version} 执行", version=state.plan_version.removeprefix("v"))


# --- the card ---------------------------------------------------------------------------------------------------------------


def act(state: Incident, action: str, /, **args: str) -> Press:
    """What a control sends. It names its record, because direct messages and standing rooms belong to none."""
    return press(action, record=state.id, **args)


def primary(state: Incident, label: Text, action: str, /, **args: str) -> Button:
    return Button(label, act(state, action, **args), "primary")


def plain(state: Incident, label: Text, action: str, /, **args: str) -> Button:
    return Button(label, act(state, action, **args))


def ghost(state: Incident, label: Text, action: str, /, **args: str) -> Button:
    return Button(label, act(state, action, **args), "ghost")


def danger(state: Incident, label: Text, action: str, /, **args: str) -> Button:
    return Button(label, act(state, action, **args), "danger")


def buttons(*items: Button | LinkOut | None) -> tuple[Block, ...]:
    """A row of those that apply now: four at most, the primary first."""
    found = tuple(item for item in items if item is not None)
    return (Buttons(found[:4]),) if found else ()


def upcoming(text: Text | None) -> tuple[Block, ...]:
    return (Words(text, "next"),) if text is not None else ()


def card(
    state: Incident,
    plan: Plan,
    title: Text,
    *parts: Block | Iterable[Block] | None,
    then: Text | None,
    controls: tuple[Block, ...] = (),
    tone: Tone = "calm",
    chip: Text | None = None,
    meta: Text | None = None,
    icon: str | None = None,
    badge: bool = False,
    done: bool = False,
    locked: bool = False,
) -> Card:
    """One card of an incident: its parts, the next step, the controls. `alone` says number, matter, place, subject and next step.

    Whatever the state, a drill says so on the lock screen too; a finished card has no next step unless one remains.
    """
    blocks: list[Block] = []
    for part in parts:
        if part is None:
            continue
        blocks.extend(part) if isinstance(part, Iterable) else blocks.append(part)
    blocks += [*upcoming(then), *controls]
    return Card(
        title=title,
        blocks=tuple(blocks),
        alone=lock_screen(state, plan, title, then),
        tone=tone,
        state="done" if done else "locked" if locked else "open",
        badge=state.level if badge else None,
        icon=icon,
        meta=meta,
        chip=chip,
        drill=state.mode == "drill",
    )


def lock_screen(state: Incident, plan: Plan, title: Text, then: Text | None) -> Text:
    subject = line("{head}（{where}）", head=headline(state), where=where(state, plan))
    if title != headline(state):
        subject = line("{subject}：{title}", subject=subject, title=title)
    whole = line("{subject}。{then}", subject=subject, then=then) if then is not None else line("{subject}。", subject=subject)
    return marked(state, whole)


def marked(state: Incident, text: Text) -> Text:
    return line("【演练】{text}", text=text) if state.mode == "drill" else text
