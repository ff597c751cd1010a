"""The draft of the postmortem as values: what the record knows is filled in, what only people know is left open with its question.

The sections are the plan's (documents.postmortem). Nobody is named as a cause, and accountability has no place here (decision 13).
Every typed word is made literal on the way (templates/documents/postmortem.md.j2): it cannot become markup, HTML or a mention.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from bot.core import conditions, people, situation, work
from bot.core.conditions import PLACES
from bot.core.incident import Action, Call, Incident, Measure, Task
from bot.core.timeline import Entry
from bot.core.verification import severity
from bot.plan.schema import Plan
from bot.words import Arg, Bi, Joined, Line, Text, When, Who, joined, line

MARKUP = {
    **{mark: f"\\{mark}" for mark in "\\`*_[]#|~"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "@": "&#64;",
    "＠": "&#65312;",
}
LEADING = re.compile(r"^(?:[-+=]|\d+(?=[.)]))")


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a list; `late` is set in bold: it came later than the plan says, or was left out."""

    text: Text
    late: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (`text`), a list (`points`), a table (`head`, `rows`), or what somebody wrote (`text` says who, `lines` the words)."""

    kind: Literal["paragraph", "points", "table", "quote"]
    text: Text = ""
    points: tuple[Point, ...] = ()
    head: tuple[Text, ...] = ()
    rows: tuple[tuple[Text, ...], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    name: Text
    blocks: tuple[Block, ...]


def postmortem(state: Incident, entries: Sequence[Entry], plan: Plan) -> Mapping[str, object]:
    """The values of the template: `title`, `note` and `sections`, whose texts are literal Markdown and wait for a language."""
    found = [Section(each.id, each.name, _blocks(each.id, state, entries, plan)) for each in plan.documents.postmortem.sections]
    after = next((n for n, section in enumerate(found, 1) if section.id == "contributing"), len(found))
    found.insert(after, Section("questions", line("引导问题"), (_questions(plan),)))
    title = line("{record} 复盘：{symptom}", record=state.id, symptom=state.report.symptom)
    note = line("草稿，由系统按记录写成，按方案 v{version}。对事不对人；加粗的是晚了或跳过的地方。", version=state.plan_version)
    return {"title": literal(title), "note": literal(note), "sections": tuple(_literal_section(section) for section in found)}


def _blocks(section: str, state: Incident, entries: Sequence[Entry], plan: Plan) -> tuple[Block, ...]:
    written: Mapping[str, Callable[[], tuple[Block, ...]]] = {
        "summary": lambda: _summary(state, plan),
        "impact": lambda: _impact(state, plan),
        "timeline": lambda: _timeline(entries),
        "detection": lambda: _detection(state),
        "response": lambda: (Block("points", points=tuple(review(state, plan))),),
        "contributing": lambda: _causes(state),
        "good": lambda: _summaries(state, plan),
        "bad": lambda: _badly(state, plan),
        "actions": lambda: _actions(state),
        "plan_change": lambda: (_place(state, "plan_change"),),
        "loss": lambda: _loss(state),
    }
    return written[section]() if section in written else (_paragraph(line("没有就写「不适用」。")),)


def _paragraph(text: Text) -> Block:
    return Block("paragraph", text)


# --- what the record knows ----------------------------------------------------------------------------------------------------


def _summary(state: Incident, plan: Plan) -> tuple[Block, ...]:
    """Three sentences: what and when, what it did, how it came out."""
    told = line(
        "{at} {who} 报告：{symptom}，定为{level}。",
        at=When(state.reported_at, "day"), who=Who(state.report.reporter), symptom=state.report.symptom,
        level=severity(state, plan).name,
    )  # fmt: skip
    hurt = line("影响：{what}。", what=situation.impact(state, plan))
    return (_paragraph(told), _paragraph(hurt), _paragraph(_outcome(state)))


def _outcome(state: Incident) -> Text:
    ended = state.ending.ended_at if state.ending else None
    if ended is None:
        return line("还没有宣布结束，现在的内容会变。")
    recovered = state.moments.get("recovered")
    took = length(recovered.at - _began(state)) if recovered else line("不知道")
    text = line("从发生到恢复 {took}，{at} 宣布应急结束。", took=took, at=When(ended, "day"))
    return line("{text}期间重开过 {n} 次：{why}。", text=text, n=state.reopened, why=state.reopen_reason) if state.reopened else text


def _began(state: Incident) -> datetime:
    return state.report.started_at or state.report.discovered_at


def length(span: timedelta) -> Text:
    minutes = max(0, int(span.total_seconds() // 60))
    return line("{h} 小时 {m} 分", h=minutes // 60, m=minutes % 60) if minutes >= 60 else line("{m} 分钟", m=minutes)


def _moments(state: Incident) -> tuple[tuple[Text, datetime | None], ...]:
    """The key moments in the order in which they should come; None is 不知道."""
    at = {kind: moment.at for kind, moment in state.moments.items()}
    return (
        (line("发生"), state.report.started_at),
        (line("发现"), at.get("detected", state.report.discovered_at)),
        (line("上报"), state.reported_at),
        (line("确认"), at.get("acknowledged", state.acknowledged_at)),
        (line("响应启动"), state.activation.at if state.activation else None),
        (line("集结"), at.get("assembled")),
        (line("缓解"), at.get("mitigated")),
        (line("恢复"), at.get("recovered")),
        (line("宣布结束"), state.ending.ended_at if state.ending else None),
    )


def _impact(state: Incident, plan: Plan) -> tuple[Block, ...]:
    rows: list[tuple[Text, ...]] = []
    last: datetime | None = None
    for name, at in _moments(state):
        since: Text = length(at - last) if at and last else "–"
        rows.append((name, When(at, "day") if at else line("不知道"), since))
        last = at or last
    spans = Block("table", head=(line("时刻"), line("何时"), line("距上一个")), rows=tuple(rows))
    figures = tuple(Point(situation.figure(each, plan)) for each in work.latest(state).values())
    vouched = tuple(
        Point(_attestation(state, one.id, one.short)) for one in conditions.conditions(state, plan) if one.id in state.attestations
    )
    points = (*(figures or (Point(line("没有报过影响数字。")),)), *vouched)
    return (spans, Block("points", points=points))


def _attestation(state: Incident, condition: str, name: Text) -> Text:
    signed = state.attestations[condition]
    return line("{what}：{note}（人工签认 {who} {at}）", what=name, note=signed.note, who=Who(signed.by), at=When(signed.at, "day"))


def _timeline(entries: Sequence[Entry]) -> tuple[Block, ...]:
    """Every entry with its source; what was written down later than it happened says so."""
    rows = tuple((When(each.at, "day"), Who(each.by) if each.by else line("系统"), each.text, _source(each)) for each in entries)
    return (Block("table", head=(line("何时"), line("谁"), line("什么"), line("来源")), rows=rows),)


def _source(entry: Entry) -> Text:
    names: Mapping[str, Text] = {"bot": line("自动"), "chat": line("本人操作"), "message": line("群消息")}
    came = names[entry.source]
    return line("{source}，{at} 补记", source=came, at=When(entry.noted_at)) if entry.back_dated else came


def _detection(state: Incident) -> tuple[Block, ...]:
    report = state.report
    source: Text = line("监控告警") if report.source.startswith("alert") else line("人")
    first = line("{who} 先看到并上报，来源：{source}。", who=Who(report.reporter), source=source)
    if report.started_at is None:
        gap = line("发生时间不知道（原话：{said}）。", said=report.started_text or "–")
    else:
        gap = line("从发生到上报 {took}。", took=length(state.reported_at - report.started_at))
    return (_paragraph(first), _paragraph(gap), _paragraph(line("本可以更早吗？哪个监控或哪个人能更早看到？")))


def _causes(state: Incident) -> tuple[Block, ...]:
    names: Mapping[str, Text] = {"proven": line("已证实"), "suspected": line("疑似"), "excluded": line("已排除")}
    ranked = sorted(state.causes, key=lambda cause: tuple(names).index(cause.state))
    points = tuple(
        Point(
            line("{state}：{cause}；证据：{evidence}", state=names[cause.state], cause=cause.text, evidence=cause.evidence or line("没有"))
        )
        for cause in ranked
    )
    ask = _paragraph(line("技术、流程、组织、外部各想一遍。「某人失误」不是终点，往下问为什么会这样做。"))
    return (Block("points", points=points or (Point(line("没有记过原因。")),)), ask)


def _summaries(state: Incident, plan: Plan) -> tuple[Block, ...]:
    """The groups' own words in full; what went badly stands in them too."""
    found = [
        Block("quote", line("{group}（{who}）", group=plan.groups[one.group].name, who=Who(one.by)), lines=tuple(one.text.splitlines()))
        for one in state.summaries.values()
        if one.group in plan.groups
    ]
    return tuple(found) or (_paragraph(line("还没有小组交小结。")),)


def _badly(state: Incident, plan: Plan) -> tuple[Block, ...]:
    points = [point for point in review(state, plan) if point.late]
    failed = [check for check in state.checks if check.state in ("failed", "waived")]
    points += [Point(line("验证「{item}」{note}", item=check.text, note=check.note or "–")) for check in failed]
    points += [Point(line("没做成：{cannot}", cannot=trouble.why)) for trouble in state.troubles]
    return (Block("points", points=tuple(points) or (Point(line("记录里没有晚到、跳过或失败。小结里说的也抄到这里。")),)),)


def _actions(state: Incident) -> tuple[Block, ...]:
    head = (line("改什么"), line("责任人"), line("截止"), line("怎么验"), line("状态"))
    if not state.actions:
        return (_paragraph(line("还没有改进项。每条写：改什么、谁、哪天、怎么验、要不要改方案。")),)
    return (Block("table", head=head, rows=tuple(_action(each) for each in state.actions)),)


def _action(action: Action) -> tuple[Text, ...]:
    names: Mapping[str, Text] = {"open": line("进行中"), "done": line("已交证据，待复核"), "verified": line("已复核")}
    return (action.text, Who(action.owner), action.due.isoformat(), action.how or "–", names[action.state])


def _place(state: Incident, place: str) -> Block:
    if place not in state.attestations:
        return _paragraph(line("还没签认：{what}", what=PLACES[place]))
    return _paragraph(_attestation(state, place, PLACES[place]))


def _loss(state: Incident) -> tuple[Block, ...]:
    """Every estimate as a range with its time, newest last; the assessment itself has its own record later."""
    points = [
        Point(line("{at}：{low} 到 {high} 元", at=When(one.at, "day"), low=str(one.low), high=_upper(one.high))) for one in state.losses
    ]
    return (Block("points", points=tuple(points) or (Point(line("没有估过损失。")),)), _place(state, "loss"))


def _upper(high: object) -> Text:
    return line("不知道多少") if high is None else str(high)


def _questions(plan: Plan) -> Block:
    return Block("points", points=tuple(Point(each) for each in (*plan.documents.postmortem.questions, *plan.closing.ask_at_close)))


# --- the response, judged by the plan's own times -----------------------------------------------------------------------------


def review(state: Incident, plan: Plan) -> Iterator[Point]:
    """How the response went against what the plan asks for: arrival, grading, decisions, updates, orders, recovery, what was skipped."""
    level = severity(state, plan)
    if state.acknowledged_at:
        yield _timed(line("确认"), state.acknowledged_at - state.reported_at, level.response.ack_min)
    if state.grades:
        yield _timed(line("定级"), state.grades[0].at - state.reported_at, plan.timing.assess_min)
    for call in state.calls:
        yield from _arrival(call, plan, level.ladder_min[0])
    for measure in state.measures:
        yield from _decision(measure)
    if state.sitreps:
        late = sum(not sitrep.on_time for sitrep in state.sitreps)
        yield Point(line("态势更新：{n} 次，晚 {late} 次", n=len(state.sitreps), late=late), late > 0)
    for task in state.tasks:
        yield from _order(task)
    if recovered := state.moments.get("recovered"):
        started = state.activation.at if state.activation else state.reported_at
        yield _timed(line("恢复"), recovered.at - started, level.response.target_recover_min)
    for deviation in state.deviations:
        yield Point(line("跳过：{what}。理由：{reason}", what=deviation.what, reason=deviation.reason or "–"), True)


def _timed(name: Text, took: timedelta, minutes: int) -> Point:
    late = took > timedelta(minutes=minutes)
    return Point(line("{what}用了 {took}，目标 {n} 分钟", what=name, took=length(took), n=minutes), late)


def _arrival(call: Call, plan: Plan, minutes: int) -> Iterator[Point]:
    """Late beyond the first rung of the ladder; a required post that nobody filled is late for good."""
    post: Text = people.title(plan, call.post)
    if call.site and call.site in plan.sites:
        post = line("{post}（{site}）", post=post, site=plan.sites[call.site].name)
    came = next((attempt.answered_at for attempt in call.attempts if attempt.state == "here"), None)
    if came:
        yield _timed(line("{post}到位", post=post), came - call.attempts[0].at, minutes)
    elif call.required:
        yield Point(line("{post}没有到位", post=post), True)


DECIDED: Mapping[str, Text] = {
    "proposed": line("没有批"),
    "approved": line("已批准"),
    "rejected": line("已驳回"),
    "executing": line("执行中"),
    "executed": line("已执行"),
}


def _decision(measure: Measure) -> Iterator[Point]:
    late = (measure.decided_at or measure.decide_by + timedelta(minutes=1)) > measure.decide_by
    took = length(measure.decided_at - measure.at) if measure.decided_at else line("没有决定")
    told = line("重大措施「{what}」：{state}，决策 {took}", what=measure.what, state=DECIDED[measure.state], took=took)
    yield Point(line("{told}，结果：{result}", told=told, result=measure.result) if measure.result else told, late)


def _order(task: Task) -> Iterator[Point]:
    """Only what came back late, was declined or never came back."""
    if task.state == "done" and task.changed_at and task.changed_at > task.due_at:
        yield Point(line("任务「{what}」晚 {took}", what=task.what, took=length(task.changed_at - task.due_at)), True)
    elif task.state != "done":
        yield Point(line("任务「{what}」没有回报", what=task.what), True)


# --- literal ------------------------------------------------------------------------------------------------------------------


def literal(text: Text) -> Text:
    """The same text with every typed word made harmless; sentences, plan phrases, people and times stay as they are."""
    match text:
        case str():
            return plain(text)
        case Line(text=key, args=args):
            return Line(key, tuple((name, _literal_arg(arg)) for name, arg in args))
        case Joined(parts=parts, by=by):
            return joined([literal(part) for part in parts], "；" if by == "\n" else by)
        case Bi() | When() | Who():
            return text
    assert_never(text)


def _literal_arg(arg: Arg) -> Arg:
    """Inside a sentence no word stands at the beginning of a line."""
    if isinstance(arg, int):
        return arg
    return _escaped(arg) if isinstance(arg, str) else literal(arg)


def _escaped(text: str) -> str:
    return "".join(MARKUP.get(letter, letter) for letter in " ".join(text.split()))


def plain(text: str) -> str:
    """One line of Markdown that shows exactly these words: no emphasis, link, heading, table, list, HTML or mention."""
    return LEADING.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", _escaped(text))


def _literal_section(section: Section) -> Section:
    return Section(section.id, section.name, tuple(_literal_block(block) for block in section.blocks))


def _literal_block(block: Block) -> Block:
    return Block(
        block.kind,
        literal(block.text),
        tuple(Point(literal(point.text), point.late) for point in block.points),
        block.head,
        tuple(tuple(literal(cell) for cell in row) for row in block.rows),
        tuple(plain(each) for each in block.lines),
    )
