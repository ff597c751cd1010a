"""What the subjects of a running response share: whether work may go on, who fills a post, who leads a group, where it is spoken to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.cards.model import Button, press
from bot.core import housing, people
from bot.core.errors import Refused
from bot.core.events import StageMoved
from bot.core.incident import Broadcast, Cause, Incident, Measure, PersonId, Task
from bot.effects import Invite, Slot
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

AHEAD = timedelta(minutes=1)  # a clock that runs a little fast is not the future
SHORT = 40
T = TypeVar("T", Task, Broadcast, Cause, Measure)


def must_be_live(state: Incident) -> None:
    """Work is recorded only while the incident runs; afterwards it is reopened first, with a reason (clause 4.5-2)."""
    if state.live:
        return
    if state.merged_into:
        raise Refused(line("{record} 已经并入 {into}，请到那边做。", record=state.id, into=state.merged_into))
    raise Refused(
        line("{record} 已经结束。故障又来了就重开。", record=state.id),
        Button(line("重开"), press("incident.reopen", record=state.id)),
    )


def begun(state: Incident) -> tuple[StageMoved, ...]:
    """The first work done moves an activated response on to responding; a pre-activation waits for its confirmation first (4.3-1)."""
    return (StageMoved("responding"),) if state.stage == "activated" and state.external_allowed else ()


def typed(text: str, ask: Text, field: str) -> str:
    """What must be typed, as it was typed; blank is refused at its field with `ask`."""
    if not text.strip():
        raise Refused(ask, field=field)
    return text


def not_in_future(at: datetime, now: datetime, field: str) -> datetime:
    if at > now + AHEAD:
        raise Refused(line("这个时间还没到。写已经发生的时间，例如「10 分钟前」。"), field=field)
    return min(at, now)


def minute_after(at: datetime) -> datetime:
    """The full minute at or after a moment: what falls due in the same minute is said in one message."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)


def decides(plan: Plan, who: str) -> bool:
    """Whether lines of this post or role are the command's own decisions, not hands-on work."""
    role = plan.roles.get(who)
    if role:
        return not role.hands_on
    commander = plan.roles.get("commander")
    return commander is not None and who in commander.posts


def keep_hands_off(state: Incident, person: PersonId | None, instead: PersonId | None, *fix: Button, field: str = "") -> None:
    """The commander never takes hands-on work (clause 2.1-2): refused with who does it instead."""
    if person is None or person != state.commander:
        return
    who: Text = Who(instead) if instead and instead != person else line("组里的人")
    raise Refused(line("总指挥{name}不接具体操作，请交给{who}。", name=Who(person), who=who), *fix, field=field)


def filler(state: Incident, who: str) -> PersonId | None:
    """Who stands for a post or role in this incident at the moment: the holder, else who has come, else who was called last."""
    if who in state.roles:
        return state.roles[who].person
    calls = sorted((call for call in state.calls if call.post == who), key=lambda call: call.site not in state.report.sites)
    here = next((call.here for call in calls if call.here), None)
    return here or next((call.ringing[-1] for call in calls if call.ringing), None)


def at_work_since(state: Incident, who: str) -> datetime | None:
    """Since when whoever fills the post or role has been at it; None while they are only being called."""
    if who in state.roles:
        return state.roles[who].since
    person = filler(state, who)
    attempts = (a for call in state.calls if call.post == who for a in call.attempts if a.person == person and a.state == "here")
    return next((attempt.answered_at or attempt.at for attempt in attempts), None)


def group_of(plan: Plan, who: str) -> str | None:
    """The group of a post, or of the posts that a role is drawn from."""
    if who in plan.posts:
        return plan.posts[who].group
    role = plan.roles.get(who)
    return plan.posts[role.posts[0]].group if role and role.posts[0] in plan.posts else None


def lead(state: Incident, plan: Plan, group: str | None) -> PersonId | None:
    """Who leads the group in this incident; the commander while its lead has not come."""
    role = plan.groups[group].lead if group and group in plan.groups else "commander"
    return filler(state, role) if at_work_since(state, role) else state.commander


def room(state: Incident, group: str | None) -> Slot:
    """Where a group is spoken to: its own room where it has one, else the war room."""
    own = f"sub:{group}"
    return own if housing.stands(state, own) else "war"


def bring_in(state: Incident, person: PersonId | None) -> tuple[Invite, ...]:
    """Whoever is given work and is not in the room yet is let in."""
    return (Invite("war", (person,)),) if person and person not in state.people else ()


def groups_in(state: Incident, plan: Plan) -> Mapping[PersonId, tuple[str, ...]]:
    """The people of this incident with the groups they are in here: by the posts they are called for, else by the roster."""
    called: dict[PersonId, list[str]] = {}
    for call in state.calls:
        for attempt in call.attempts:
            if group := group_of(plan, call.post):
                called.setdefault(attempt.person, []).append(group)
    return {person: tuple(called.get(person) or people.groups_of(plan, person)) for person in state.people}


def brief(text: str, limit: int = SHORT) -> str:
    """Typed words cut for a reminder; the whole stands on the card."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def names(who: tuple[PersonId, ...], most: int = 10) -> Text:
    """People by name and mention, the first ones only when there are many."""
    first: Text = joined([Who(person, mention=True) for person in who[:most]])
    return first if len(who) <= most else line("{names} 等 {n} 人", names=first, n=len(who))


def listed(parts: list[Text]) -> Text:
    """Sentences in a row in one message."""
    return parts[0] if len(parts) == 1 else joined(parts, by="\n")


def changed(entries: tuple[T, ...], id: str, /, **changes: Any) -> tuple[T, ...]:
    """The same entries, with the one of that id changed."""
    return tuple(replace(each, **changes) if each.id == id else each for each in entries)
