"""What people say about themselves in chat: leave, duty swapped, the language, rooms bound, identities (the record "team")."""

from __future__ import annotations

from typing import assert_never

from bot.core import people, rights
from bot.core.commands import (
    BindIdentity,
    BindRoom,
    ChooseLanguage,
    MarkPlatform,
    MeetGuest,
    MissAccount,
    SwapDuty,
    TakeLeave,
    TeamCommand,
)
from bot.core.errors import Refused
from bot.core.events import (
    AccountMissing,
    DutySwapped,
    Event,
    GuestMet,
    IdentityBound,
    LanguageChosen,
    LeaveTaken,
    PlatformBack,
    PlatformLost,
    RoomBound,
    Stamp,
)
from bot.core.people import Team
from bot.core.spread import NAMES, only_on
from bot.core.world import World
from bot.words import Who, joined, line

PersonId = str
STANDING = ("@ecc", "@tech", "@biz", "@comms", "@report")


def decide(team: Team, command: TeamCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    match command:
        case TakeLeave():
            return _leave(team, command, by, world)
        case SwapDuty():
            return _swap(command, by, world)
        case ChooseLanguage(language=language):
            assert by is not None
            return () if team.languages.get(by) == language else (LanguageChosen(by, language),)
        case BindRoom(slot=slot, platform=platform, ref=ref):
            _standing(slot, platform, world)
            return () if team.rooms.get(f"{platform}:{slot}") == ref else (RoomBound(slot, platform, ref),)
        case BindIdentity():
            return _bind(team, command, by, world)
        case MeetGuest(person=person, name=name, language=language):
            known = not people.guest(person) or person in team.identities or team.guests.get(person) == name.strip()
            return () if known or not name.strip() else (GuestMet(person, name.strip(), language),)
        case MissAccount(person=person, platform=platform):
            known = f"{platform}:{person}" in team.missing or _has_account(team, person, platform, world)
            return () if known else (AccountMissing(person, platform),)
        case MarkPlatform(platform=platform, since=since):
            if (platform in team.lost) == (since is not None):
                return ()
            return (PlatformBack(platform),) if since is None else (PlatformLost(platform, since),)
    assert_never(command)


def _standing(slot: str, platform: str, world: World) -> None:
    """Raises Refused. A room with people from outside is on one platform, and texts go nowhere else."""
    room = world.plan.comms.rooms.get(slot.removeprefix("@"))
    if slot not in STANDING and room is None:
        others = joined(["", *(line("「{name}」", name=one.name) for one in world.plan.comms.rooms.values())])
        raise Refused(line("没有「{slot}」这个常设群。可选 @ecc、@tech、@biz、@comms、@report{others}。", slot=slot, others=others))
    if room is None or not world.served:
        return
    where = only_on(room.platform or "", world.served)
    if platform != where:
        there = NAMES.get(where, where)
        raise Refused(line("「{name}」在{where}上，到那边去绑定；要换平台，改方案里它的 platform。", name=room.name, where=there))


def _bind(team: Team, command: BindIdentity, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """An account says who somebody is, so it is bound by the bot (same mail address), by the command centre, or once by oneself.

    What stands in the plan is changed in the plan; nobody takes an account, or a name, from somebody else.
    """
    plan, person, platform = world.plan, command.person, command.platform
    people.check_person(plan, person, "person")
    owner = people.owner(plan, team, platform, command.identity)
    if owner == person:
        return ()
    if owner is not None and plan.people[owner].identities.get(platform) == command.identity:
        raise Refused(line("方案里这是{who}的账号。要改就改方案。", who=Who(owner)))
    first = owner is None and not _has_account(team, person, platform, world)
    if rights.in_centre(by, world) or (by == person and first):
        return (IdentityBound(person, platform, command.identity),)
    said = line("身份 @{name} {platform} {id}", name=people.name(plan, person), platform=platform, id=command.identity)
    centre = joined([Who(seat) for seat in rights.centre_now(world)])
    raise Refused(line("这个账号要指挥中心来绑。请{who}发「{said}」。", who=centre, said=said))


def _has_account(team: Team, person: PersonId, platform: str, world: World) -> bool:
    bound = any(who == person and key.startswith(f"{platform}:") for key, who in team.identities.items())
    return bound or (person in world.plan.people and platform in world.plan.people[person].identities)


def _leave(team: Team, command: TakeLeave, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """One's own leave, or somebody's by the command centre; who is alone on a post must name a substitute (clause 2.1-1)."""
    people.check_person(world.plan, command.person, "person")
    if command.person != by and not rights.in_centre(by, world):
        raise Refused(line("只能给自己请假；替别人请假要指挥中心的人来。"))
    if command.end <= command.start:
        raise Refused(line("结束要在开始之后，例如「11-24 08:00 到 11-25 08:00」。"), field="end")
    if command.end <= world.now:
        raise Refused(line("这段时间已经过去。写以后的时间。"), field="end")
    if command.substitute is not None:
        people.check_person(world.plan, command.substitute, "substitute")
        if command.substitute == command.person or people.away(world.plan, team, command.substitute, command.start)[0]:
            raise Refused(line("{who} 那时也不在。换一个替补。", who=Who(command.substitute)), field="substitute")
    event = LeaveTaken(command.person, command.start, command.end, command.substitute)
    if event in team.leaves:
        return ()
    empty = _left_empty(team, event, world)
    if empty is not None:
        raise Refused(line("你不在时「{post}」没人值班。填一个替补。", post=people.title(world.plan, empty)), field="substitute")
    return (event,)


def _left_empty(team: Team, leave: LeaveTaken, world: World) -> str | None:
    """A post of this person that nobody would fill at the start of the leave."""
    after = people.evolve(team, leave, Stamp(world.now, leave.person, 0))
    plan = world.plan
    for post in people.posts_of(plan, leave.person):
        sites = plan.people[leave.person].sites or tuple(plan.sites) if plan.posts[post].scoped else (None,)
        if any(people.on_duty(plan, after, post, site, max(leave.start, world.now)) is None for site in sites):
            return post
    return None


def _swap(command: SwapDuty, by: PersonId | None, world: World) -> tuple[Event, ...]:
    people.check_person(world.plan, command.person, "person")
    if command.post not in world.plan.posts:
        raise Refused(line("方案里没有「{post}」这个岗位。从名单里选一个。", post=command.post), field="post")
    if command.post not in people.posts_of(world.plan, command.person):
        who, post = Who(command.person), people.title(world.plan, command.post)
        raise Refused(line("{who} 不在「{post}」的名单里。名单在方案里改。", who=who, post=post), field="person")
    if by not in (None, command.person) and command.post not in people.posts_of(world.plan, by or "") and not rights.in_centre(by, world):
        raise Refused(line("只有这个岗位的人或指挥中心能换班。"))
    if command.end <= max(command.start, world.now):
        raise Refused(line("结束要在开始之后，也要在现在之后。"), field="end")
    return (DutySwapped(command.post, command.site, command.person, command.start, command.end),)
