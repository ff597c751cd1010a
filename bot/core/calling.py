"""Starting the response and calling people: the staffing of the level, from tonight's rota, at the affected sites, each told why them.

Rungs of the ladder (plan: severities, ladder_min): 1 a second, urgent page · 2 the phone number shown, the deputy called at once ·
3 the next deputy, and the commander told. From which rung on a page also comes by SMS or telephone, the plan says (`urgent`).
One answer stops the ladder; the rungs are rows in the database, so restarts lose none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import checklist, grading, people, report, rights, staffing
from bot.core.commands import (
    Activate,
    Arrive,
    CallAgain,
    CallDeputy,
    CallingCommand,
    CallPost,
    CallRoll,
    CancelPreActivation,
    CannotCome,
    Ring,
)  # fmt: skip
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import (
    ActivationConfirmed,
    Arrived,
    CalledAgain,
    CallingEvent,
    Declined,
    Event,
    LadderClimbed,
    LevelSet,
    MomentReached,
    NextCalled,
    PostsCalled,
    PreActivationCancelled,
    ReportAcknowledged,
    ResponseActivated,
    RoleTaken,
    RollCalled,
    StageMoved,
    Stamp,
)  # fmt: skip
from bot.core.incident import Activation, Attempt, Call, Grade, Incident
from bot.core.world import World
from bot.effects import Effect, Invite, Louder, OpenRoom, Page, RenameRoom, Say, SetTopic
from bot.plan.schema import Plan
from bot.words import Text, Who, joined, line

KINDS: frozenset[str] = frozenset({"call.ladder"})
PersonId = str


# --- deciding ---------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: CallingCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    match command:
        case Activate(level=level, reason=reason):
            return _activate(state, level, reason.strip(), by, world)
        case CancelPreActivation(reason=reason):
            return _cancel_pre(state, reason.strip(), by, world)
        case Arrive(call=call):
            return _arrive(state, call, by, world)
        case CannotCome(call=call, reason=reason):
            return _cannot(state, call, reason.strip(), by, world)
        case CallPost(post=post, site=site, person=person):
            return _call_post(state, post, site, person, by, world)
        case CallAgain(call=call):
            return _again(_open_call(state, call))
        case CallDeputy(call=call):
            rights.require("call.post", by, state, world)
            found = _open_call(state, call)
            return (_next(state, found, max(found.step, 2), world),)
        case CallRoll():
            missing = tuple(dict.fromkeys(person for call in state.calls if not call.here for person in call.ringing))
            return (RollCalled(missing),)
    assert_never(command)


def _activate(state: Incident, level: str | None, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """The command centre starts the response (clause 4.3-1); after a pre-activation this confirms it."""
    if state.stage == "warning":
        raise Refused(line("{record} 还是预警。发生了先点「已经发生」。", record=state.id))
    if not state.live:
        raise Refused(line("{record} 已经结束。要启动先重开。", record=state.id))
    if state.activation and state.external_allowed:
        return ()
    rights.require("incident.activate", by, state, world)
    assert by is not None
    wanted = level or grading.assumed_level(state, world.plan)
    regraded = _regrade(state, wanted, reason, by, world)
    told: tuple[Event, ...] = () if state.acknowledged_at else (ReportAcknowledged(), MomentReached("acknowledged", world.now, ""))
    takes = state.commander is None and _free_for(state, "commander", by, world.plan)
    command = (RoleTaken("commander", by, "claimed"),) if takes else ()
    if state.activation:
        confirmed = (*told, *regraded, ActivationConfirmed(wanted), *command)
        return (*confirmed, *reinforce(_fold(state, confirmed, world, by), world))
    started = (*told, *regraded, ResponseActivated(wanted, False, reason), *command, StageMoved("activated"))
    return (*started, *_assemble(_fold(state, started, world, by), world, by))


def _regrade(state: Incident, wanted: str, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """A level other than the graded one needs a reason and is kept with it; no grading at all keeps the computed one as provisional."""
    plan = world.plan
    if wanted not in plan.severities:
        names = joined([severity.short for severity in plan.severities.values()])
        raise Refused(line("级别只有{names}。", names=names), field="level")
    if state.level == wanted:
        return ()
    found = grading.assess(state, plan)
    if state.level is None and found.level == wanted:
        return (LevelSet(Grade(wanted, "computed", True, found.impact, found.urgency, found.overrides, "", None, world.now)),)
    if state.level is not None and not reason:
        raise Refused(line("评出来是{level}。按别的级别启动要写一句为什么。", level=plan.severities[state.level].short), field="reason")
    return (LevelSet(Grade(wanted, "ordered", state.provisional, None, None, (), reason, by, world.now)),)


def pre_activate(state: Incident, world: World) -> tuple[Event, ...]:
    """Nobody decided within activation_ack_factor × ack_min: people, room and timeline only, until the command centre confirms."""
    wanted = grading.assumed_level(state, world.plan)
    started = (*_regrade(state, wanted, "", None, world), ResponseActivated(wanted, True, ""), StageMoved("activated"))
    return (*started, *_assemble(_fold(state, started, world, None), world, None))


def _cancel_pre(state: Incident, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if not (state.responding and state.activation and state.activation.pre and state.activation.confirmed_at is None):
        raise Refused(line("{record} 不是预启动，不用取消。不是故障就按误报关闭，修好了就开始验证。", record=state.id))
    rights.require("incident.cancel_pre", by, state, world)
    if not reason:
        raise Refused(line("写一句为什么取消，例如「已恢复，按一般跟进」。"), field="reason")
    return (PreActivationCancelled(reason), StageMoved("assessing"))


def _assemble(state: Incident, world: World, by: PersonId | None) -> tuple[Event, ...]:
    """Call the staffing, load the checklists, and go on to responding where everybody needed is already here."""
    called = staffing.calls(state, world, by)
    events: tuple[Event, ...] = (PostsCalled(called),) if called else ()
    events = (*events, *checklist.initial(state, world))
    after = _fold(state, events, world, by)
    return (*events, *_taken_roles(after, called, world.plan), *_if_assembled(after, world))


def reinforce(state: Incident, world: World) -> tuple[Event, ...]:
    """After a higher level or a wider scope: call the posts that are now needed, and load the lists, that were not there before."""
    if not state.responding:
        return ()
    called = staffing.calls(state, world, None)
    calls = (PostsCalled(called), *_taken_roles(state, called, world.plan)) if called else ()
    return (*calls, *checklist.initial(state, world))


def _taken_roles(state: Incident, calls: tuple[Call, ...], plan: Plan) -> tuple[Event, ...]:
    """A role call whose person is already here fills the role at once."""
    return tuple(RoleTaken(c.post, c.here, "call") for c in calls if c.here and c.post in plan.roles and c.post not in state.roles)


def _arrive(state: Incident, call_id: str | None, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if by is None:
        return ()
    mine = [call for call in state.calls if call_id in (None, call.id) and any(a.person == by and a.state != "here" for a in call.attempts)]
    already = any(a.person == by and a.state == "here" for call in state.calls for a in call.attempts)
    if not mine:
        if already:
            return ()
        return _volunteer(state, by, world)
    events: tuple[Event, ...] = tuple(Arrived(call.id, by) for call in mine)
    after = _fold(state, events, world, by)
    free = [c.post for c in mine if c.post in world.plan.roles and c.post not in state.roles and _free_for(state, c.post, by, world.plan)]
    roles = tuple(RoleTaken(role, by, "call") for role in dict.fromkeys(free))
    return (*events, *roles, *_if_assembled(_fold(after, roles, world, by), world))


def _free_for(state: Incident, role: str, person: PersonId, plan: Plan) -> bool:
    """A role that keeps its hands off is not for somebody who has lines of a checklist to do."""
    busy = any(item.owner == person and item.state == "todo" for found in state.checklists for item in found.items)
    return plan.roles[role].hands_on or not busy


def _volunteer(state: Incident, by: PersonId, world: World) -> tuple[Event, ...]:
    """Somebody who was not called comes anyway: they fill an open post that is theirs, else they are told how to help."""
    fits = [c for c in state.calls if not c.here and c.post in people.posts_of(world.plan, by)]
    if not fits:
        assessing = any(assessor.person == by for assessor in state.assessors)
        if assessing and not state.acknowledged_at:
            return (ReportAcknowledged(), MomentReached("acknowledged", world.now, ""))
        if assessing or by == state.report.reporter:
            return ()
        raise Refused(
            line("这次没有叫你。想帮忙，在群里说一声你能做什么，或在清单卡上点「我来做」。"),
            Button(line("看谁还没到"), press("roll.show", record=state.id)),
        )
    attempt = Attempt(by, world.now, "ordered", False, "here", world.now)
    events: tuple[Event, ...] = (NextCalled(fits[0].id, attempt, fits[0].step),)
    return (*events, *_if_assembled(_fold(state, events, world, by), world))


def _cannot(state: Incident, call_id: str | None, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """来不了: the next one is called in the same breath."""
    if by is None:
        return ()
    mine = [c for c in state.calls if call_id in (None, c.id) and any(a.person == by and a.state == "ringing" for a in c.attempts)]
    events: tuple[Event, ...] = ()
    for call in mine:
        events = (*events, Declined(call.id, by, reason))
        after = _fold(state, events, world, by)
        now_call = next(found for found in after.calls if found.id == call.id)
        if not now_call.ringing and not now_call.here:
            events = (*events, _next(after, now_call, now_call.step, world))
    return events


def _next(state: Incident, call: Call, step: int, world: World) -> NextCalled | LadderClimbed:
    """The next stand-in for a post, or the word that nobody is left."""
    tried = {attempt.person for attempt in call.attempts}
    plan = world.plan
    again = call.ringing if louder(state, step, plan) != louder(state, call.step, plan) else ()
    person = next((found for found in staffing.chain(call.post, call.site, world) if found not in tried), None)
    if person is None:
        return LadderClimbed(call.id, step, exhausted=True, again=again)
    present = person in staffing.present(state)
    attempt = Attempt(person, world.now, "deputy", True, "here" if present else "ringing", world.now if present else None)
    return NextCalled(call.id, attempt, step, again)


def _open_call(state: Incident, call_id: str) -> Call:
    found = next((call for call in state.calls if call.id == call_id), None)
    if found is None:
        raise Refused(line("没有这个呼叫。看点名卡上还差谁。"))
    if found.here:
        raise Refused(line("{who} 已经到了，不用再叫。", who=Who(found.here)))
    return found


def _again(call: Call) -> tuple[Event, ...]:
    return (CalledAgain(call.id, call.ringing),)


def _call_post(
    state: Incident, post: str, site: str | None, person: PersonId | None, by: PersonId | None, world: World
) -> tuple[Event, ...]:
    """Call a post, a role or a named person by hand."""
    plan = world.plan
    rights.require("call.post", by, state, world)
    if not state.live:
        raise Refused(line("{record} 已经结束。要叫人先重开。", record=state.id))
    if post not in plan.posts and post not in plan.roles:
        raise Refused(line("方案里没有「{post}」这个岗位。从名单里选一个。", post=post), field="post")
    if person is not None:
        people.check_person(plan, person, "person")
    open_one = next((c for c in state.calls if c.post == post and c.site == site and not c.here), None)
    if open_one and person is None:
        return (_next(state, open_one, max(open_one.step, 2), world),)
    chosen = person or next(iter(staffing.chain(post, site, world)), None)
    if chosen is None:
        raise Refused(line("{post} 现在没有人值班。直接指定一个人。", post=people.title(plan, post)), field="person")
    attempt = Attempt(chosen, world.now, "ordered" if person else "duty", True)
    if open_one:
        return (NextCalled(open_one.id, attempt, open_one.step),)
    number = len(state.calls) + 1
    return (PostsCalled((Call(f"c{number}", post, site, (), True, (attempt,), 0, world.now),)),)


# --- who is here --------------------------------------------------------------------------------------------------------------


def missing(state: Incident) -> tuple[Call, ...]:
    """The required calls that nobody has answered with 我到了."""
    return tuple(call for call in state.calls if call.required and not call.here)


def _if_assembled(state: Incident, world: World) -> tuple[Event, ...]:
    """Everybody needed is here: the moment is kept, and with a commander the response moves on (lifecycle: activated -> responding)."""
    if missing(state) or not state.calls or not state.responding:
        return ()
    reached: tuple[Event, ...] = () if "assembled" in state.moments else (MomentReached("assembled", world.now, ""),)
    moved: tuple[Event, ...] = (StageMoved("responding"),) if state.stage == "activated" and state.commander else ()
    return (*reached, *moved)


def _fold(state: Incident, events: tuple[Event, ...], world: World, by: PersonId | None) -> Incident:
    from bot.core.life import evolve as fold  # life folds every subject; this one needs the outcome of its own first events

    for event in events:
        after = fold(state, event, Stamp(world.now, by, 0))
        assert isinstance(after, Incident)
        state = after
    return state


# --- folding ----------------------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: CallingEvent, stamp: Stamp) -> Incident:
    match event:
        case ResponseActivated(level=level, pre=pre):
            return replace(state, activation=Activation(level, stamp.at, stamp.by, pre))
        case ActivationConfirmed(level=level):
            assert state.activation is not None
            return replace(state, activation=replace(state.activation, level=level, confirmed_at=stamp.at, by=stamp.by))
        case PreActivationCancelled():
            return replace(state, activation=None, calls=(), rings={}, checklists=(), faults=())
        case PostsCalled(calls=calls):
            rung = tuple(a.person for call in calls for a in call.attempts if a.ring and a.state == "ringing")
            return _ringing(replace(state, calls=(*state.calls, *calls)), rung, stamp)
        case Arrived(call=call, person=person):
            return _relieved(_silenced(_attempted(state, call, person, "here", stamp, ""), person))
        case Declined(call=call, person=person, reason=reason):
            return _silenced(_attempted(state, call, person, "cannot", stamp, reason), person)
        case NextCalled(call=call, attempt=attempt, step=step, again=again):
            state = _call(state, call, lambda c: replace(c, attempts=(*c.attempts, attempt), step=step, step_at=stamp.at))
            return _ringing(state, (attempt.person, *again), stamp) if attempt.state == "ringing" else _relieved(state)
        case LadderClimbed(call=call, step=step, exhausted=exhausted, again=again):
            state = _call(state, call, lambda c: replace(c, step=step, step_at=stamp.at, exhausted=c.exhausted or exhausted))
            ringing = next((c.ringing for c in state.calls if c.id == call), ())
            return _ringing(state, ringing if step == 1 else again, stamp)
        case CalledAgain(people=again):
            return _ringing(state, again, stamp)
        case RollCalled():
            return replace(state, roll_called_at=stamp.at)
    assert_never(event)


def _call(state: Incident, call_id: str, change: Callable[[Call], Call]) -> Incident:
    return replace(state, calls=tuple(change(call) if call.id == call_id else call for call in state.calls))


def _attempted(state: Incident, call_id: str, person: PersonId, said: str, stamp: Stamp, note: str) -> Incident:
    def changed(call: Call) -> Call:
        return replace(call, attempts=tuple(answered(a) if a.person == person else a for a in call.attempts))

    def answered(attempt: Attempt) -> Attempt:
        return replace(attempt, state="here" if said == "here" else "cannot", answered_at=stamp.at, note=note)

    return _call(state, call_id, changed)


def _ringing(state: Incident, persons: tuple[PersonId, ...], stamp: Stamp) -> Incident:
    rings = {**state.rings}
    for person in dict.fromkeys(persons):
        rings[person] = (*rings.get(person, ()), f"page:{person}:{stamp.seq}")
    return replace(state, rings=rings)


def _silenced(state: Incident, person: PersonId) -> Incident:
    return replace(state, rings={who: slots for who, slots in state.rings.items() if who != person})


def _relieved(state: Incident) -> Incident:
    """A post that somebody fills lets the others sleep: whoever is awaited nowhere else need not be rung."""
    filled = {person for call in state.calls if call.here for person in call.ringing}
    awaited = {person for call in state.calls if not call.here for person in call.ringing}
    asked = {assessor.person for assessor in state.assessors}
    spared = filled - awaited - asked
    return replace(state, rings={who: slots for who, slots in state.rings.items() if who not in spared})


# --- time -------------------------------------------------------------------------------------------------------------------


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """The next rung of every post that nobody has answered yet."""
    return tuple(found for call in state.calls if (found := next_rung(state, plan, call)))


def next_rung(state: Incident, plan: Plan, call: Call) -> Deadline | None:
    """When the ladder climbs on for this post, if it does."""
    if not state.responding or state.level is None:
        return None
    if not (call.required and call.attempts) or call.here or call.exhausted or call.step >= 3:
        return None
    minutes = plan.severities[state.level].ladder_min[call.step]
    return Deadline("call.ladder", f"{call.id}:{call.step + 1}", call.attempts[0].at + timedelta(minutes=minutes))


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    call_id, _, rung = ring.subject.partition(":")
    call = next(found for found in state.calls if found.id == call_id)
    step = int(rung)
    if step == 1:
        return (LadderClimbed(call.id, 1, exhausted=False),)
    called = _next(state, call, step, world)
    here = isinstance(called, NextCalled) and called.attempt.state == "here"
    return (called, *(_if_assembled(_fold(state, (called,), world, None), world) if here else ()))


# --- the world --------------------------------------------------------------------------------------------------------------


def react(before: Incident | None, event: CallingEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    plan = world.plan
    match event:
        case ResponseActivated() | ActivationConfirmed():
            renamed = (RenameRoom("war", report.name(after, plan), report.slug(after)), SetTopic("war", report.topic(after, plan)))
            return (*renamed, *subrooms(before, after, plan))
        case PreActivationCancelled():
            return (RenameRoom("war", report.name(after, plan), report.slug(after)),)
        case PostsCalled(calls=calls):
            new = tuple(dict.fromkeys(a.person for call in calls for a in call.attempts))
            return (*((Invite("war", new),) if new else ()), *_into_subrooms(new, after, plan), *_pages(after, stamp, plan))
        case NextCalled(attempt=attempt, step=step):
            told = _tell_commander(event.call, after, stamp, plan) if step == 3 else ()
            return (Invite("war", (attempt.person,)), *_into_subrooms((attempt.person,), after, plan), *_pages(after, stamp, plan), *told)
        case LadderClimbed(call=call, exhausted=exhausted):
            return (*_pages(after, stamp, plan), *(_tell_commander(call, after, stamp, plan) if exhausted else ()))
        case CalledAgain():
            return _pages(after, stamp, plan)
        case Arrived() | Declined():
            return ()
        case RollCalled(people=who):
            if not who:
                return ()
            text = line("点名：{who} 还没到。到了点「我到了」，来不了点「来不了」，马上换人。", who=joined([Who(p, True) for p in who]))
            return (Say("war", f"say:{stamp.seq}", text, mentions=who),)
    assert_never(event)


def _pages(after: Incident, stamp: Stamp, plan: Plan) -> tuple[Effect, ...]:
    """Ring whoever this very event set ringing."""
    found = [(person, slot) for person, slots in after.rings.items() for slot in slots if slot == f"page:{person}:{stamp.seq}"]
    return tuple(page(after, person, slot, plan) for person, slot in found)


def page(state: Incident, person: PersonId, slot: str, plan: Plan) -> Page:
    """As loud as the highest rung that the person's posts have come to."""
    rung = max((call.step for call in state.calls if person in call.ringing), default=0)
    return Page(person, slot, page_text(state, person, plan), state.id, louder(state, rung, plan))


def louder(state: Incident, rung: int, plan: Plan) -> tuple[Louder, ...]:
    """How else a call rings from this rung on (plan: severities, urgent). A drill costs nobody a call."""
    if state.level is None or state.mode == "drill":
        return ()
    wanted = plan.severities[state.level].urgent
    starts: tuple[tuple[Louder, int | None], ...] = (("sms", wanted.sms_from), ("phone", wanted.phone_from))
    return tuple(way for way, first in starts if first is not None and rung >= first)


def page_text(state: Incident, person: PersonId, plan: Plan) -> Text:
    """The page stands alone on a lock screen: what, where, your post, what to press."""
    posts = joined([people.short(plan, call.post) for call in state.calls if person in call.ringing])
    level = plan.severities[state.level].short if state.level else line("未定级")
    return line("【{level}】{record} {title}，{where}。你的岗位：{posts}。点「我到了」。", level=level, record=state.id,
                title=report.title(state), where=report.scope(state, plan), posts=posts)  # fmt: skip


def _tell_commander(call_id: str, after: Incident, stamp: Stamp, plan: Plan) -> tuple[Effect, ...]:
    call = next(found for found in after.calls if found.id == call_id)
    post = people.title(plan, call.post)
    text = (
        line("{post} 没有人能叫了。请总指挥指定一个人，或先由别的岗位兼。", post=post)
        if call.exhausted
        else line("{post} 一直没人应，已叫到 {who}。请总指挥看要不要换人。", post=post, who=Who(call.attempts[-1].person))
    )
    who = after.commander
    return (Say("war", f"say:{stamp.seq}", text, mentions=(who,) if who else ()),)


def regraded(before: Incident | None, after: Incident, world: World) -> tuple[Effect, ...]:
    """A new level in a running response: the room's name, and the rooms of the groups from 重大 on."""
    if after.activation is None:
        return ()
    return (RenameRoom("war", report.name(after, world.plan), report.slug(after)), *subrooms(before, after, world.plan))


def subrooms(before: Incident | None, after: Incident, plan: Plan) -> tuple[Effect, ...]:
    """重大: a room of its own for each of the three working groups."""
    if after.level is None or plan.severities[after.level].response.room != "dedicated_plus_subrooms":
        return ()
    if before and before.activation and before.level == after.level:
        return ()
    groups = [group for group in plan.groups if group != "ecc"]
    return tuple(
        OpenRoom(f"sub:{group}", line("{record} · {group}", record=after.id, group=plan.groups[group].name),
                 f"{report.slug(after)}-{group}", _members(group, after, plan), report.topic(after, plan))
        for group in groups
    )  # fmt: skip


def _members(group: str, state: Incident, plan: Plan) -> tuple[PersonId, ...]:
    return tuple(person for person in state.people if group in people.groups_of(plan, person))


def _into_subrooms(persons: tuple[PersonId, ...], after: Incident, plan: Plan) -> tuple[Effect, ...]:
    if after.level is None or plan.severities[after.level].response.room != "dedicated_plus_subrooms":
        return ()
    found = [(group, tuple(p for p in persons if group in people.groups_of(plan, p))) for group in plan.groups if group != "ecc"]
    return tuple(Invite(f"sub:{group}", who) for group, who in found if who)
