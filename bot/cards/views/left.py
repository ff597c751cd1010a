"""Somebody left the room and still has something to do: one question to those who stay, with the two ways on."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.model import Block, Button, Card, Fact, Facts, Words
from bot.cards.views import phrases as p
from bot.core import post
from bot.core.incident import Incident, Task
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line


def left(state: Incident, plan: Plan, args: Mapping[str, str]) -> Card:
    """Who left and what they still hold; finished when they are back, or hold nothing any more."""
    person = args.get("person", "")
    gone = state.absences.get(person)
    roles, tasks = post.duties(state, person)
    again = gone is not None and args.get("times", str(gone.times)) != str(gone.times)
    over = gone is None or gone.over or again or not state.live or not (roles or tasks)
    return p.card(
        state,
        plan,
        line("有人离开了群"),
        Words(line("{who} 离开过群。", who=Who(person))) if over else Words(_what(person, roles, plan), "lead"),
        _tasks(tasks) if tasks and not over else None,
        then=_next(state, person, over, gone is not None and (gone.over or again)),
        controls=() if over else p.buttons(_back(state, person), _other(state, person, roles, tasks)),
        tone="calm" if over else "warn",
        meta=line("{id} {what}", id=state.id, what=p.what(state)),
        icon="people",
        done=over,
    )


def _what(person: str, roles: tuple[str, ...], plan: Plan) -> Text:
    if not roles:
        return line("{who} 离开了群。", who=Who(person))
    return line("{who} 离开了群，仍是{roles}。", who=Who(person), roles=joined([p.post(plan, role) for role in roles]))


def _tasks(tasks: tuple[Task, ...]) -> Block:
    return Facts((Fact(line("没做完的任务"), joined([p.shortened(task.what, 30) for task in tasks])),), "rows")


def _next(state: Incident, person: str, over: bool, back: bool) -> Text:
    if not over:
        return line("{who} 还在吗？在就点「请回群里」；来不了，请总指挥或指挥中心换人。", who=Who(person, True))
    if back:
        return line("{who} 回来了，不用换人。", who=Who(person))
    return line("{who} 手上没有事了。", who=Who(person)) if state.live else p.STAGES[state.stage]


def _back(state: Incident, person: str) -> Button:
    return p.primary(state, line("请回群里"), "room.back", person=person)


def _other(state: Incident, person: str, roles: tuple[str, ...], tasks: tuple[Task, ...]) -> Button:
    """The way to somebody else: a commander is followed by whoever takes command, a role is given, a post called, a task given anew."""
    if "commander" in roles:
        return p.plain(state, line("我来指挥"), "role.take", role="commander")
    held = next((role for role in roles if role in state.roles), None)
    if held is not None:
        return p.plain(state, line("换别人"), "role.assign", role=held)
    if roles:
        return p.plain(state, line("换别人"), "roll.call", post=roles[0])
    return p.plain(state, line("另派"), "task.give", task=tasks[0].id)
