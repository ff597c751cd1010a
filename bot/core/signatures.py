"""Whose signature the end needs: the seats of the command centre, by severity; nobody signs for two (clause 4.5-2)."""

from __future__ import annotations

from bot.core import people
from bot.core.incident import Approval, Incident, PersonId
from bot.core.verification import severity
from bot.core.world import World
from bot.plan.schema import Plan
from bot.words import Text, joined, line

COMMANDER = "commander"


def seats(plan: Plan) -> tuple[str, ...]:
    return plan.groups["ecc"].seats


def approvals(state: Incident) -> tuple[Approval, ...]:
    return state.ending.approvals if state.ending else ()


def outstanding(state: Incident, plan: Plan) -> tuple[Text, ...]:
    """The signatures that are still missing, in words; empty once the end is signed as the severity demands."""
    given = approvals(state)
    match severity(state, plan).close_approval:
        case "any_ecc_seat":
            return () if given else (line("指挥中心任一席位"),)
        case "commander_plus_one_seat":
            by_commander = any(approval.by == state.commander for approval in given)
            by_other = any(approval.by != state.commander for approval in given)
            return (*(() if by_commander else (line("总指挥"),)), *(() if by_other else (line("另一席位"),)))
        case "all_three_ecc_seats":
            signed = {approval.seat for approval in given}
            return tuple(people.title(plan, seat) for seat in seats(plan) if seat not in signed)


def wanted(state: Incident, plan: Plan) -> Text:
    """Whose signatures the severity demands, in words."""
    match severity(state, plan).close_approval:
        case "any_ecc_seat":
            return line("指挥中心任一席位")
        case "commander_plus_one_seat":
            return line("总指挥加另一席位")
        case "all_three_ecc_seats":
            return joined([people.title(plan, seat) for seat in seats(plan)])


def seats_of(person: PersonId, world: World) -> tuple[str, ...]:
    """The seats somebody may sign for: the one they are on duty for first, then their own posts, then where they deputise now."""
    plan, team, now = world.plan, world.team, world.now
    duty = [seat for seat in seats(plan) if (found := people.on_duty(plan, team, seat, None, now)) and found.person == person]
    own = [seat for seat in seats(plan) if seat in people.posts_of(plan, person)]
    deputy = [seat for seat in seats(plan) if person in people.stand_ins(plan, team, seat, None, now)]
    return tuple(dict.fromkeys([*duty, *own, *deputy]))


def seat_for(state: Incident, person: PersonId, world: World) -> str | None:
    """The seat this signature would count for; None when the person has none that is still unsigned.

    A commander without a seat (command was handed on) signs as commander, except where all three seats are demanded.
    """
    signed = {approval.seat for approval in approvals(state)}
    free = [seat for seat in seats_of(person, world) if seat not in signed]
    if free:
        return free[0]
    as_commander = severity(state, world.plan).close_approval != "all_three_ecc_seats"
    return COMMANDER if person == state.commander and as_commander and COMMANDER not in signed else None


def askable(state: Incident, world: World) -> tuple[PersonId, ...]:
    """Who should be asked to sign now: whoever is on duty for an unsigned seat, and the commander where theirs is missing."""
    plan, given = world.plan, approvals(state)
    signed_seats, signed_by = {approval.seat for approval in given}, {approval.by for approval in given}
    if not outstanding(state, plan):
        return ()
    unsigned = [seat for seat in seats(plan) if seat not in signed_seats]
    duty = [found.person for seat in unsigned if (found := people.on_duty(plan, world.team, seat, None, world.now))]
    commander = [state.commander] if state.commander else []
    return tuple(person for person in dict.fromkeys([*commander, *duty]) if person not in signed_by)
