"""Who is called at a level: the roles and posts of its staffing, from tonight's rota, at the affected sites (编成表, clause 4.3-2)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core import grading, people
from bot.core.incident import Attempt, Call, Incident
from bot.core.world import World
from bot.plan.schema import Plan

PersonId = str


def calls(state: Incident, world: World, by: PersonId | None) -> tuple[Call, ...]:
    """The calls that the level asks for and that do not exist yet (编成表, clause 4.3-2)."""
    plan = world.plan
    level = plan.severities[state.level or grading.assumed_level(state, plan)]
    have = {(call.post, call.site) for call in state.calls}
    urgent = level.response.room != "quiet"
    awake = present(state) | ({by} if by else set())
    found, taken = list[Call](), {role: holder.person for role, holder in state.roles.items()}
    for post, site, required in _wanted(state, level.id, plan):
        if (post, site) in have or post in state.roles:
            continue
        person = _chosen(post, site, taken, world)
        if post in plan.roles and person:
            taken[post] = person
        here = person in awake
        attempt = Attempt(person, world.now, "role" if post in plan.roles else "duty", urgent and not here,
                          "here" if here else "ringing", world.now if here else None) if person else None  # fmt: skip
        number = len(state.calls) + len(found) + 1
        links = plan.posts[post].links if post in plan.posts else ()
        found.append(Call(f"c{number}", post, site, links, required, (attempt,) if attempt else (), 0, world.now, exhausted=not attempt))
    return tuple(found)


def _wanted(state: Incident, level: str, plan: Plan) -> Iterator[tuple[str, str | None, bool]]:
    """(post or role, site, required): roles first, then posts, then those of the affected links; scoped posts once per affected site."""
    staff = plan.severities[level].staffing
    links = set(grading.affected_links(state, plan))
    sites: tuple[str | None, ...] = tuple(state.report.sites) or tuple(plan.sites)
    posts = list(staff.posts)
    if staff.by_affected_link:
        posts += [post for post in plan.groups["biz"].seats if not links or links & set(plan.posts[post].links)]
    for role in staff.roles:
        yield role, None, True
    for post in dict.fromkeys(posts):
        for site in sites if plan.posts[post].scoped else (None,):
            yield post, site, True
    for post in staff.optional:
        if post not in posts:
            yield post, (sites[0] if plan.posts[post].scoped else None), False


def _chosen(post: str, site: str | None, taken: dict[str, PersonId], world: World) -> PersonId | None:
    """The first in the chain who does not already hold a role that excludes this one."""
    role = world.plan.roles.get(post)
    barred = {taken[other] for other in (role.exclusive_of if role else ()) if other in taken}
    barred |= {taken[r] for r in taken if r in world.plan.roles and post in world.plan.roles[r].exclusive_of}
    return next((person for person in chain(post, site, world) if person not in barred), None)


def chain(post: str, site: str | None, world: World) -> tuple[PersonId, ...]:
    """Everybody who may be asked for a post or role, in order: on duty, their stand-ins; for a role over its posts in order."""
    plan, team, now = world.plan, world.team, world.now
    role = plan.roles.get(post)
    found: list[PersonId] = []
    for seat in role.posts if role else (post,):
        duty = people.on_duty(plan, team, seat, site, now)
        found += [duty.person] if duty else []
    for seat in role.posts if role else (post,):
        found += people.stand_ins(plan, team, seat, site, now)
    return tuple(dict.fromkeys(found))


def present(state: Incident) -> set[PersonId]:
    """Who is evidently awake and in it: whoever answered a question, holds a role or has arrived."""
    found = {answer.by for answer in state.answers.values()} | {ruling.by for ruling in state.rulings.values()}
    return found | {holder.person for holder in state.roles.values()} | {call.here for call in state.calls if call.here}
