"""One person's own page: what is waiting for them, what runs, who is on duty, which drill is next. Drawn when they look at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot.cards.model import Block, Button, Buttons, Card, Divider, Fact, Facts, Step, Steps, Words, press
from bot.cards.views import phrases as p
from bot.cards.views.status import following
from bot.core import people, rights
from bot.core.incident import Incident, Task
from bot.core.people import Team
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

SHOWN = 5  # incidents, and tasks of one's own
SEATS = 8  # rows of the rota
QUARTERS: tuple[Literal["q1", "q2", "q3", "q4"], ...] = ("q1", "q2", "q3", "q4")


def home(person: str, incidents: Sequence[Incident], team: Team, plan: Plan, now: datetime) -> Card:
    """What to do next stands first, reporting is always one press away."""
    ranks = list(plan.severities)
    there = [state for state in incidents if state.live and rights.sees(state, person)]
    running = sorted(there, key=lambda s: (s.mode == "drill", -ranks.index(s.level) if s.level in ranks else 1, s.reported_at))
    then = _next(person, running, plan)
    blocks = (
        Words(then, "next"),
        _top(person, running),
        *_tasks(person, running),
        *_incidents(person, running, plan),
        Divider(),
        Words(line("现在值班"), "lead"),
        *_duty(person, team, plan, now),
        Words(_drill(plan, now), "note"),
    )
    busy = any(_ringing(state, person) or _open(state, person) for state in running)
    title, count = line("烽火"), line("进行中 {n} 件。", n=len(running))
    return Card(title, blocks, then, "warn" if busy else "calm", icon="flag", meta=count, badge=running[0].level if running else None)


# --- what waits for the person ------------------------------------------------------------------------------------------------


def _ringing(state: Incident, person: str) -> bool:
    return any(person in call.ringing and call.here is None for call in state.calls)


def _open(state: Incident, person: str) -> tuple[Task, ...]:
    return tuple(task for task in state.tasks if task.owner == person and task.state in ("asked", "accepted"))


def _owed(person: str, running: Sequence[Incident]) -> list[tuple[Incident, Task]]:
    """What was not accepted yet comes first, then what is due first."""
    found = [(state, task) for state in running for task in _open(state, person)]
    return sorted(found, key=lambda one: (one[1].state != "asked", one[1].due_at))


def _next(person: str, running: Sequence[Incident], plan: Plan) -> Text:
    if not running:
        return line("现在没有进行中的事件。看到异常就点「报故障」，一句话就行。")
    calling = next((state for state in running if _ringing(state, person)), None)
    if calling is not None:
        return line("{head} 在叫你：点「我到了」，来不了也点一下。", head=p.headline(calling))
    if owed := _owed(person, running):
        state, task = owed[0]
        text = p.shortened(task.what, 30)
        at = p.clock(state, task.due_at)
        return line("接下任务「{what}」，{at} 前做完。", what=text, at=at) if task.state == "asked" else line(
            "{at} 前做完「{what}」，做完在下面勾上。", at=at, what=text
        )  # fmt: skip
    mine = next((state for state in running if person in state.people), None)
    if mine is not None:
        return line("{id}：{then}", id=mine.id, then=following(mine, plan))
    return line("没有等你做的事。看到同样的故障就补充，别的异常点「报故障」。")


def _top(person: str, running: Sequence[Incident]) -> Block:
    """A call is answered before anything else; otherwise reporting comes first."""
    calling = next((state for state in running if _ringing(state, person)), None)
    report = Button(line("报故障"), press("report.form"), "plain" if calling else "primary")
    look = Button(line("看进行中的"), press("incidents.show"))
    if calling is None:
        return Buttons((report, look))
    return Buttons((p.primary(calling, line("我到了"), "roll.here"), p.plain(calling, line("来不了"), "roll.cannot"), report, look))


def _tasks(person: str, running: Sequence[Incident]) -> Iterator[Block]:
    owed = _owed(person, running)
    if not owed:
        return
    yield Words(line("你的任务"), "lead")
    yield Steps(tuple(_task(state, task) for state, task in owed[:SHOWN]))
    if len(owed) > SHOWN:
        yield Words(line("还有 {n} 条。", n=len(owed) - SHOWN), "note")


def _task(state: Incident, task: Task) -> Step:
    id, what, late = f"{state.id}:{task.id}", p.marked(state, task.what), task.chased > 0
    who = line("{who} 派的，{at} 前", who=Who(task.by), at=p.clock(state, task.due_at))
    cannot = p.plain(state, line("做不了"), "task.decline", task=task.id)
    if task.state == "asked":
        return Step(id, what, "todo", who, late, line("等接"), p.act(state, "task.accept", task=task.id), more=(cannot,))
    longer = p.plain(state, line("要更多时间"), "task.extend", task=task.id)
    return Step(id, what, "doing", who, late, state.id, p.act(state, "task.done", task=task.id), more=(longer, cannot))


# --- what runs ----------------------------------------------------------------------------------------------------------------


def _incidents(person: str, running: Sequence[Incident], plan: Plan) -> Iterator[Block]:
    if not running:
        return
    yield Words(line("进行中"), "lead")
    yield Facts(tuple(_incident(state, person, plan) for state in running[:SHOWN]), "rows")
    yield Buttons(tuple(p.plain(state, line("看 {id}", id=state.id), "incident.show") for state in running[:4]))
    if len(running) > SHOWN:
        yield Words(line("还有 {n} 条。", n=len(running) - SHOWN), "note")


def _incident(state: Incident, person: str, plan: Plan) -> Fact:
    """Level, number and matter; where it is and who commands; what the person is in it."""
    head = p.marked(state, line("{level} {head}", level=p.graded(state, plan), head=p.headline(state)))
    boss = p.holder(state, "commander")
    command = line("总指挥 {who}", who=boss) if boss else line("还没有总指挥")
    mine = _part(state, person, plan)
    parts = [p.STAGES[state.stage], command, *([line("你：{what}", what=mine)] if mine else [])]
    return Fact(head, joined(parts, " · "))


def _part(state: Incident, person: str, plan: Plan) -> Text | None:
    """The roles held, else the posts called for, else that one reported or grades it."""
    roles = [role for role, holder in state.roles.items() if holder.person == person]
    posts = [call.post for call in state.calls if any(a.person == person and a.state != "cannot" for a in call.attempts)]
    if found := roles or posts:
        return joined([p.post(plan, one) for one in dict.fromkeys(found)])
    if any(assessor.person == person for assessor in state.assessors):
        return line("评估人")
    return line("报告人") if state.report.reporter == person else None


# --- who and when -------------------------------------------------------------------------------------------------------------


def _duty(person: str, team: Team, plan: Plan, now: datetime) -> Iterator[Block]:
    """The command centre, and the person's own posts at the sites they work for."""
    known = plan.people.get(person)
    seats: list[tuple[str, str | None]] = [(seat, None) for seat in plan.groups["ecc"].seats]
    for post in known.posts if known else ():
        seats += [(post, site) for site in known.sites] if known and plan.posts[post].scoped else [(post, None)]
    facts = [_on(post, site, team, plan, now) for post, site in dict.fromkeys(seats)]
    yield Facts(tuple(facts[:SEATS]), "rows")


def _on(post: str, site: str | None, team: Team, plan: Plan, now: datetime) -> Fact:
    found = people.on_duty(plan, team, post, site, now)
    name = line("{post}（{site}）", post=p.post(plan, post), site=p.site(plan, site)) if site else p.post(plan, post)
    if found is None:
        return Fact(name, line("没人"), tone="warn")
    known = plan.people.get(found.person)
    return Fact(name, line("{who} {phone}", who=Who(found.person), phone=known.phone) if known else Who(found.person))


def _drill(plan: Plan, now: datetime) -> Text:
    """The plan gives each quarter a drill and no day."""
    quarter = QUARTERS[(now.astimezone(ZoneInfo(plan.time_zone)).month - 1) // 3]
    found = plan.drills.get(plan.drill_program.calendar.get(quarter, ""))
    if found is None:
        return line("演练：这一季没有安排。")
    return line("演练：这一季是 {id}「{name}」，还没定哪天。", id=found.id, name=found.name)
