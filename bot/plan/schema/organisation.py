"""Who there is: groups, posts, roles, people, duty, and the places, links and services they look after (plan, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

from bot.plan.schema.part import (
    ById,
    GroupId,
    LinkId,
    Minutes,
    Named,
    OwnerId,
    Part,
    PersonId,
    PlaybookId,
    PostId,
    Ref,
    RoleId,
    ServiceId,
    ShiftId,
    SiteId,
)
from bot.words import Bi, Language


class Group(Named):
    """One of the four groups of the plan, section 2."""

    name: Bi = Field(description="What people call the group.")
    duties: Bi = Field(description="What the plan makes it responsible for.")
    seats: tuple[PostId, ...] = Field(description="The posts it consists of, in the order they are called.", min_length=1)
    lead: RoleId = Field(description="The role that leads this group in an incident; overdue work of the group goes to it.")
    rules: tuple[Bi, ...] = Field((), description="Rules the group works by, shown on its pocket card.")
    user_groups: Mapping[str, str] = Field(
        default_factory=dict,
        description="The id of its user group on each platform (slack: S0123ABCD): whoever is in it is invited to the group's own room.",
    )


class Post(Named):
    """A post that is always filled: somebody is on duty on it at every minute of the week."""

    name: Bi = Field(description="The post's name in full.")
    short: Bi = Field(description="Its name where room is scarce, as in a roll call: 架构, 测试.")
    group: GroupId = Field(description="The group it belongs to.")
    duties: Bi = Field(description="What it is there for.")
    first_step: Bi = Field(description="What the woken person does first, one sentence that can be obeyed half asleep.")
    scoped: bool = Field(False, description="Filled at each site by its own people; otherwise one for all sites.")
    links: tuple[LinkId, ...] = Field((), description="The links it serves; empty = all of them.")
    leads_when: tuple[Literal["external_impact", "major", "technical", "business"], ...] = Field(
        (), description="When this post is the one to command by default."
    )


class Role(Named):
    """A hat that a person wears in one incident."""

    name: Bi = Field(description="The role's name in full.")
    short: Bi = Field(description="Its name where room is scarce.")
    posts: tuple[PostId, ...] = Field(description="The posts it may be drawn from, the preferred one first.", min_length=1)
    duties: Bi = Field(description="What it is there for.")
    first_step: Bi = Field(description="What the person does first on taking it.")
    exclusive_of: tuple[RoleId, ...] = Field((), description="Roles that the same person may not hold in the same incident.")
    hands_on: bool = Field(True, description="Whether who holds it may be given tasks and checklist lines; the commander may not.")
    singular: bool = Field(True, description="Exactly one person holds it at a time.")


class Person(Named):
    """Somebody who can be called."""

    name: str = Field(description="The person's name.")
    name_en: str = Field(description="The name in Latin letters.")
    phone: str = Field(description="The telephone number that rings at night.", pattern=r"^[0-9+][0-9 +()-]{4,20}$")
    email: str | None = Field(None, description="Mail address.", pattern=r"^[^@\s]+@[^@\s]+$")
    language: Language = Field("zh-CN", description="The language the bot speaks to them.")
    identities: Mapping[str, str] = Field(default_factory=dict, description="Their id on each platform: slack, feishu, sandbox.")
    posts: tuple[PostId, ...] = Field((), description="The posts they may fill.")
    sites: tuple[SiteId, ...] = Field((), description="The sites they work for; empty = all.")
    deputies: tuple[PersonId, ...] = Field((), description="Who stands in, first the one to ask first.")


class Shift(Named):
    """A part of the day; one that ends before it starts goes over midnight."""

    name: Bi = Field(description="What people call it.")
    start: time = Field(description="When it begins, clock time at the plan's place.")
    end: time = Field(description="When it ends; equal to start = round the clock.")


Weekday = Annotated[int, Field(ge=1, le=7)]


class DutyRule(Part):
    """Who fills a post on which days and in which shift."""

    post: PostId = Field(description="The post.")
    site: SiteId | None = Field(None, description="The site, for posts filled at each site; null = every site.")
    shift: ShiftId = Field(description="The shift; it belongs to the day on which it starts.")
    weekdays: tuple[Weekday, ...] = Field((1, 2, 3, 4, 5, 6, 7), description="Days of the week, Monday = 1.", min_length=1)
    people: tuple[PersonId, ...] = Field(description="The first is on duty, the others deputise in this order.", min_length=1)


class Leave(Part):
    """Days on which somebody is away."""

    person: PersonId = Field(description="Who is away.")
    start: date = Field(description="First day away.")
    end: date = Field(description="Last day away.")
    substitute: PersonId = Field(description="Who does their duty meanwhile.")


class Link(Named):
    """A link of the business chain: procurement, warehouse, logistics, sales."""

    name: Bi = Field(description="What people call it.")
    aliases: tuple[str, ...] = Field((), description="Words by which it is recognised in a report.")


class Site(Named):
    """A warehouse with everything around it."""

    name: Bi = Field(description="What people call it.")
    city: Bi = Field(description="The city it is in.")
    code: str = Field(description="Two letters that start the numbers of its paper slips.", pattern=r"^[A-Z]{2}$")
    aliases: tuple[str, ...] = Field((), description="Words by which it is recognised in a report.")


class Service(Named):
    """A service of the platform and what the business can bear to lose of it (business impact analysis)."""

    name: Bi = Field(description="What people call it.")
    aliases: tuple[str, ...] = Field((), description="Words by which it is recognised in a report.")
    link: LinkId | None = Field(description="The link that lives off it; null = every link.")
    owner: PostId = Field(description="The post that answers for it.")
    rto_min: Minutes = Field(description="Minutes in which it should be back.")
    rpo_min: Minutes = Field(description="Minutes of data that may be lost.")
    mtpd_min: Minutes = Field(description="Minutes it can be away before the damage is intolerable.")
    mbco: Bi = Field(description="The least service that must go on meanwhile.")
    fallback: PlaybookId | None = Field(None, description="The playbook that keeps the business going without it.")
    depends: tuple[ServiceId, ...] = Field((), description="Services and dependencies it needs.")


class Dependency(Named):
    """Something that services need and that is restored by its owner, not as a service of ours."""

    name: Bi = Field(description="What people call it.")
    aliases: tuple[str, ...] = Field((), description="Words by which it is recognised in a report.")
    links: tuple[LinkId, ...] = Field((), description="The links that stand still without it; empty = every link.")
    owner: OwnerId = Field(description="The post or the outside party that looks after it.")


class Party(Named):
    """Somebody outside the company."""

    name: Bi = Field(description="What people call them.")
    trigger: Annotated[str, Ref("severity", ("severities", "=by_assessment"))] = Field(
        description="From which severity they are told; by_assessment = somebody judges it."
    )
    channels: tuple[Bi, ...] = Field((), description="How to reach them, the best way first.")
    single_exit: PostId | None = Field(None, description="The only post that speaks to them.")


class PackItem(Part):
    name: Bi = Field(description="The thing.")
    quantity: Bi | None = Field(None, description="How many stand ready.")


class Pack(Named):
    """Things that are kept ready for an emergency."""

    name: Bi = Field(description="What people call it.")
    items: tuple[PackItem, ...] = Field(description="What is in it.", min_length=1)
    limit_cny: int | None = Field(None, description="Money that may be spent without asking, in yuan.", ge=0)


class Measure(Named):
    """A major measure: nobody carries it out before the commander approved it (clause 2.1-3)."""

    name: Bi = Field(description="What people call it.")
    aliases: tuple[str, ...] = Field((), description="Words by which it is recognised in a proposal.")
    two_person: bool = Field(False, description="One carries it out, another looks on and confirms (clause 2.2-5).")
    warns: Bi | None = Field(None, description="What to think of before approving it.")


class Window(Named):
    """A time of day that matters to the business: from start to end, or a moment `at`."""

    name: Bi = Field(description="What people call it.")
    start: time | None = Field(None, description="When it begins.")
    end: time | None = Field(None, description="When it ends; before start = next morning.")
    at: time | None = Field(None, description="The moment, for one that has no length.")
    links: tuple[LinkId, ...] = Field((), description="The links that depend on it; empty = none.")
    hot: bool = Field(False, description="Whether a fault is more urgent in it or shortly before it.")


class Season(Part):
    """Days on which everything is more urgent."""

    name: Bi = Field(description="What people call it.")
    start: date = Field(description="First day.")
    end: date = Field(description="Last day.")


class Clock(Part):
    """The operating clock: in fresh produce, urgency depends on the hour."""

    windows: ById[Window] = Field(description="The windows of the day.")
    seasonal: tuple[Season, ...] = Field((), description="The hot times of the year.")
