"""Checklists as they stand: what the plan loads when, who does a line, what holds it back, when it is late (clauses 4.4-1 … 4.4-3).

Who does a line is not stored but looked up (`owner`): the plan names a post, and whoever fills it changes with every handover and deputy.
Only a line that somebody took or was given by name keeps that name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import response
from bot.core.errors import Refused
from bot.core.events import ChecklistLoaded, Event
from bot.core.incident import Checklist, Incident, Item, PersonId
from bot.core.world import World
from bot.plan import schema
from bot.plan.schema import Plan
from bot.words import line

# --- loading ----------------------------------------------------------------------------------------------------------------


def load(plan: Plan, id: str, state: Incident, now: datetime) -> Checklist:
    """A checklist or playbook of the plan as it stands in this incident, with the time by which each line should be done.

    The plan counts a line's minutes from the start of the response, the lines of one post following one another. Here they count from
    the loading: a list chosen half an hour after the activation is not late at birth. Lines of 0 minutes go on all the time and are
    never due; before the activation nothing is (`initial` gives the times then).
    """
    source: schema.Checklist | schema.Playbook = plan.checklists.get(id) or plan.playbooks[id]
    technical = id in plan.checklists
    items = tuple(Item(item.id, item.text, item.who, item.minutes, None, item.gate, item.measure) for item in source.items)
    loaded = Checklist(id, source.name, "technical" if technical else "business", items, now)
    return scheduled(loaded, now) if state.activation else loaded


def scheduled(checklist: Checklist, start: datetime) -> Checklist:
    """The same list with the due times of its open lines counted from `start`."""
    items = (replace(i, due_at=start + timedelta(minutes=i.minutes)) if i.state == "todo" and i.minutes else i for i in checklist.items)
    return replace(checklist, items=tuple(items))


def playbooks_for(plan: Plan, state: Incident) -> tuple[str, ...]:
    """How the affected links go on without the system: the affected services' playbooks, then for each link left its main one.

    Only those with a post that the level calls (一般 calls no business group, so it gets none unasked).
    """
    level = state.level or (state.activation.level if state.activation else None)
    if level is None or level not in plan.severities:
        return ()
    services = [plan.services[id] for id in state.report.services if id in plan.services]
    wanted = [service.fallback for service in services if service.fallback]
    links = dict.fromkeys([*state.report.links, *(service.link for service in services if service.link)])
    covered = {plan.playbooks[id].link for id in wanted}
    wanted += [main for link in links if link not in covered and (main := _main_playbook(plan, link))]
    return tuple(dict.fromkeys(id for id in wanted if _staffed(plan, plan.severities[level], plan.playbooks[id])))


def _main_playbook(plan: Plan, link: str) -> str | None:
    """What the first service of a link falls back on; any playbook of the link where none has a fallback."""
    named = (service.fallback for service in plan.services.values() if service.link == link and service.fallback)
    return next(named, None) or next((book.id for book in plan.playbooks.values() if book.link == link), None)


def _staffed(plan: Plan, severity: schema.Severity, playbook: schema.Playbook) -> bool:
    posts = {item.who for item in playbook.items}
    return severity.staffing.by_affected_link or not posts.isdisjoint((*severity.staffing.posts, *severity.staffing.roles))


def initial(state: Incident, world: World) -> tuple[Event, ...]:
    """What the activation loads: the playbooks of the affected links; lists chosen before it get their due times now.

    Asked again (a pre-activation is confirmed, the level rises) it returns only what is not there yet.
    """
    there = {checklist.id for checklist in state.checklists}
    waiting = [checklist for checklist in state.checklists if all(item.due_at is None for item in checklist.items)]
    timed = [(checklist, scheduled(checklist, world.now)) for checklist in waiting]
    again = [ChecklistLoaded(new, new.id in state.faults, state.confidential) for old, new in timed if new != old]
    fresh = [id for id in playbooks_for(world.plan, state) if id not in there]
    lists = [scheduled(load(world.plan, id, state, world.now), world.now) for id in fresh]
    return (*again, *(ChecklistLoaded(checklist, False) for checklist in lists))


# --- looking ----------------------------------------------------------------------------------------------------------------


def owner(state: Incident, item: Item) -> PersonId | None:
    """Who does the line now: who took it or was given it, else who fills its post; the commander only what is the command's own."""
    if item.owner:
        return item.owner
    found = response.filler(state, item.post)
    return None if found == state.commander and item.post not in state.roles else found


def find(state: Incident, checklist: str, item: str) -> tuple[Checklist, Item]:
    """The line, or a refusal that says the list is gone (an old card)."""
    found = next((each for each in state.checklists if each.id == checklist), None)
    line_ = next((each for each in found.items if each.id == item), None) if found else None
    if not found or not line_:
        raise Refused(line("这份清单已经换掉了，看群里新的那份。"))
    return found, line_


def gate_before(checklist: Checklist, item: Item) -> Item | None:
    """The first gate above the line that is still open."""
    above = checklist.items[: checklist.items.index(item)]
    return next((each for each in above if each.gate and each.state in ("todo", "blocked")), None)


def untouched(checklist: Checklist) -> bool:
    return all(item.state == "todo" and not item.note for item in checklist.items)


def current(checklist: Checklist) -> tuple[Item, ...]:
    """What can be worked on now: for each post the first open line that no gate holds back."""
    first: dict[str, Item] = {}
    for item in checklist.items:
        if item.state == "todo" and item.minutes and not gate_before(checklist, item):
            first.setdefault(item.owner or item.post or item.id, item)
    return tuple(first.values())


def expected(state: Incident, checklist: Checklist, item: Item) -> datetime | None:
    """When the line is late: at its due time; later where it could only be begun late, because the line before it was late or
    whoever fills its post came late. Never while they are only being called: the ladder is after them already.
    """
    if item.due_at is None:
        return None
    begun = [each.at for each in _before(checklist, item) if each.at]
    if item.owner is None and response.filler(state, item.post):
        since = response.at_work_since(state, item.post)
        if since is None:
            return None
        begun.append(since)
    return max([item.due_at, *(at + span(checklist, item) for at in begun)])


def span(checklist: Checklist, item: Item) -> timedelta:
    """The time that a line has for itself: from when the line before it is due until it is due."""
    earlier = [each.due_at for each in _before(checklist, item) if each.due_at and item.due_at and each.due_at <= item.due_at]
    return item.due_at - max(earlier) if item.due_at and earlier else timedelta(minutes=item.minutes)


def _before(checklist: Checklist, item: Item) -> list[Item]:
    """The lines above that its own post or everybody must have done first."""
    above = checklist.items[: checklist.items.index(item)]
    return [each for each in above if each.post == item.post or each.gate]


def progress(checklist: Checklist) -> tuple[int, int]:
    """Lines settled (done or skipped) of all."""
    return sum(item.state in ("done", "skipped") for item in checklist.items), len(checklist.items)
