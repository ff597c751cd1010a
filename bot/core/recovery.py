"""From repair to end: stages, verification, observation, conditions, the end and its taking back (clauses 4.4-5 to 4.5-2).

Only `ended` is gated. Every other stage may be left early with a reason, which is recorded as a deviation (decision 16). `StageMoved` is
the only event that changes the stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from bot.cards.model import Button, press
from bot.core import calling, conditions, ending, housing, report, rights, signatures, verification
from bot.core.commands import (
    AskWaiver,
    Attest,
    DecideWaiver,
    EndResponse,
    FailCheck,
    MoveStage,
    PassCheck,
    RecoveryCommand,
    Reopen,
    ReturnToResponse,
    Ring,
    StartVerification,
)  # fmt: skip
from bot.core.due import Deadline
from bot.core.errors import Refused
from bot.core.events import (
    CheckFailed,
    CheckPassed,
    ConditionAttested,
    DeviationNoted,
    EndApproved,
    EndProposed,
    Event,
    IncidentEnded,
    IncidentReopened,
    ObservationPassed,
    ObservationStarted,
    RecoveryEvent,
    RecoveryFailed,
    SeatsReminded,
    StageMoved,
    Stamp,
    VerificationStarted,
    VerifiersReminded,
    WaiverAsked,
    WaiverDecided,
)  # fmt: skip
from bot.core.incident import Approval, Attestation, Check, Deviation, Ending, Incident, Observation, PersonId, Stage
from bot.core.outward import notices
from bot.core.world import World
from bot.effects import Effect, Invite, Link, Say
from bot.plan.schema import Plan
from bot.words import Text, When, Who, joined, line

EARLY: Mapping[Stage, tuple[Stage, ...]] = {
    "warning": ("closed",),
    "reported": ("assessing", "closed"),
    "assessing": ("closed",),
    "activated": ("responding", "observing"),
    "responding": ("observing",),
    "verifying": ("responding", "observing"),
    "observing": ("responding",),
    "ended": ("reviewing",),
}
"""Where `MoveStage` may lead from where. The other stages have doors of their own: activation, verification, the end, closing."""

STAGES: Mapping[Stage, Text] = {
    "warning": line("预警"), "reported": line("已报告"), "assessing": line("评估分级"), "activated": line("已启动"),
    "responding": line("处置中"), "verifying": line("恢复验证"), "observing": line("观察期"), "ended": line("应急结束"),
    "reviewing": line("总结评估"), "closed": line("已归档"), "false_alarm": line("误报"), "merged": line("已合并"),
}  # fmt: skip
KINDS = frozenset({"recovery.observation", "recovery.verifiers", "recovery.seats"})
LONGEST = timedelta(days=1)  # reminders come ever more rarely, but once a day until somebody decides


# --- deciding -----------------------------------------------------------------------------------------------------------------


def decide(state: Incident, command: RecoveryCommand, by: PersonId | None, world: World) -> tuple[Event, ...]:
    match command:
        case MoveStage(to=to, reason=reason):
            return _move(state, to, reason.strip(), by, world)
        case StartVerification():
            return verification.start(state, command, by, world)
        case PassCheck():
            return verification.pass_check(state, command, by, world)
        case FailCheck():
            return verification.fail_check(state, command, by, world)
        case AskWaiver():
            return verification.ask_waiver(state, command, by, world)
        case DecideWaiver():
            return verification.decide_waiver(state, command, by, world)
        case ReturnToResponse(reason=reason):
            return verification.give_up(state, reason.strip(), by, world)
        case Attest(condition=condition, note=note):
            return _attest(state, condition, note.strip(), by, world)
        case EndResponse(assessment=assessment):
            return ending.sign(state, assessment.strip(), by, world)
        case Reopen(reason=reason):
            return ending.reopen(state, reason.strip(), by, world)
    assert_never(command)


def _move(state: Incident, to: Stage, reason: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if state.stage == to:
        return ()
    rights.require("stage.move", by, state, world)
    if to not in EARLY.get(state.stage, ()):
        raise Refused(*_door(state, to))
    if not reason:
        raise Refused(line("写一句为什么跳过，会记为偏离方案，复盘时看得到。"), field="reason")
    skipped = DeviationNoted(line("提前从「{before}」转到「{after}」", before=STAGES[state.stage], after=STAGES[to]), reason)
    match to:
        case "responding" if state.stage in ("verifying", "observing"):
            return verification.give_up(state, reason, by, world)
        case "observing":
            return (skipped, *verification.observing(state, world))
        case "closed":
            return (skipped, *ending.archive(state, reason))
        case _:
            return (skipped, StageMoved(to))


def _door(state: Incident, to: Stage) -> tuple[Text, *tuple[Button, ...]]:
    """Why this way is closed, and the door that leads there."""
    at = STAGES[state.stage]
    match to:
        case "activated" if state.stage in ("reported", "assessing"):
            start = Button(line("启动响应"), press("incident.activate_form", record=state.id), "primary")
            return line("要到「已启动」，请指挥中心启动响应。"), start
        case "verifying" if state.responding:
            start = Button(line("开始恢复验证"), press("verify.start", record=state.id), "primary")
            return line("要到「恢复验证」，请写修了什么、谁修的。"), start
        case "ended" if state.responding:
            return line("结束不能跳：条件齐了由指挥中心签认。"), Button(line("看还差什么"), press("end.sign", record=state.id), "primary")
        case "closed" if state.stage in ("ended", "reviewing"):
            return line("归档要看还差什么。"), Button(line("归档"), press("after.close", record=state.id), "primary")
        case _:
            return (line("不能从「{before}」转到「{after}」。", before=at, after=STAGES[to]),)


def _attest(state: Incident, condition_id: str, note: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    """A named person vouches for what no module can prove; signing over open lines is a deviation with their note as its reason."""
    if condition_id in conditions.PLACES:
        return _attest_place(state, condition_id, note, by, world)
    found = next((one for one in conditions.conditions(state, world.plan) if one.id == condition_id), None)
    if found is None:
        raise Refused(line("这个级别没有「{id}」这条结束条件。", id=condition_id))
    if not state.responding:
        raise Refused(line("{record} 没有在响应，不用签认。", record=state.id))
    if not conditions.signable(found):
        raise Refused(line("「{condition}」由系统按记录核对，不能签认。", condition=found.short))
    _require_signer(state, found.short, conditions.signers(state, found, world.plan), by, world)
    if condition_id in state.attestations:
        return ()
    _require_note(note)
    left = conditions.open_lines(state) if found.check == "business_unaffected" else ()
    over = line("业务清单还有 {n} 行没完就签认「{condition}」", n=len(left), condition=found.short)
    return (*((DeviationNoted(over, note),) if left else ()), ConditionAttested(condition_id, note))


def _attest_place(state: Incident, place: str, note: str, by: PersonId | None, world: World) -> tuple[Event, ...]:
    if state.stage not in ("ended", "reviewing"):
        raise Refused(line("这一条在应急结束之后、归档之前签认。"))
    rights.require("condition.attest", by, state, world)
    if place in state.attestations:
        return ()
    _require_note(note)
    return (ConditionAttested(place, note),)


def _require_signer(state: Incident, what: Text, who: tuple[PersonId, ...], by: PersonId | None, world: World) -> None:
    """Whom the plan names may sign; where it names nobody, the command centre."""
    if not who:
        rights.require("condition.attest", by, state, world)
        return
    if by in who:
        return
    ask = Button(line("叫{who}", who=Who(who[0])), press("task.ask", record=state.id, person=who[0], act="condition.attest"), "primary")
    names = joined([Who(person) for person in who[:3]])
    raise Refused(line("「{condition}」要由{who}签认。", condition=what, who=names), ask)


def _require_note(note: str) -> None:
    if not note:
        raise Refused(line("写一句凭什么签认，例如「补录 163/163，抽盘无差异」。"), field="note")


# --- folding ------------------------------------------------------------------------------------------------------------------


def evolve(state: Incident, event: RecoveryEvent, stamp: Stamp) -> Incident:
    match event:
        case StageMoved(to=to):
            return replace(state, stage=to, stage_since=stamp.at)
        case DeviationNoted(what=what, reason=reason):
            return replace(state, deviations=(*state.deviations, Deviation(what, reason, stamp.by, stamp.at)))
        case VerificationStarted(checks=checks, fixers=fixers):
            begun = replace(state, checks=checks, fixers=fixers, observation=None, ending=None)
            return replace(begun, verifiers_reminded=0, verifiers_reminded_at=None)
        case CheckPassed(check=check, note=note):
            return _check(state, check, state="passed", by=stamp.by, at=stamp.at, note=note, approver=None)
        case CheckFailed(check=check, note=note):
            return _check(state, check, state="failed", by=stamp.by, at=stamp.at, note=note, approver=None)
        case WaiverAsked(check=check, reason=reason):
            return _check(state, check, state="waiver_asked", by=stamp.by, at=stamp.at, note=reason, approver=None)
        case WaiverDecided(check=check, approved=approved):
            return _check(state, check, state="waived" if approved else "open", approver=stamp.by, at=stamp.at)
        case VerifiersReminded():
            return replace(state, verifiers_reminded=state.verifiers_reminded + 1, verifiers_reminded_at=stamp.at)
        case ObservationStarted(until=until):
            return replace(state, observation=Observation(stamp.at, until))
        case ObservationPassed():
            return replace(state, observation=replace(state.observation, passed_at=stamp.at) if state.observation else None)
        case RecoveryFailed():
            return notices.again(_anew(state, "recovered"))
        case ConditionAttested(condition=condition, note=note):
            assert stamp.by is not None, "only a person attests"
            signed = Attestation(condition, stamp.by, note, stamp.at)
            return replace(state, attestations={**state.attestations, condition: signed})
        case EndProposed(assessment=assessment):
            assert stamp.by is not None, "only a seat proposes the end"
            return replace(state, ending=Ending(assessment, stamp.by, stamp.at, ()))
        case EndApproved(seat=seat):
            assert stamp.by is not None, "only a person signs"
            assert state.ending is not None, "a signature stands under an assessment"
            given = (*state.ending.approvals, Approval(seat, stamp.by, stamp.at))
            return replace(state, ending=replace(state.ending, approvals=given, reminded=0, reminded_at=None))
        case SeatsReminded():
            assert state.ending is not None, "who is asked to sign has something to sign"
            return replace(state, ending=replace(state.ending, reminded=state.ending.reminded + 1, reminded_at=stamp.at))
        case IncidentEnded(review_at=review_at):
            over = replace(state.ending, ended_at=stamp.at) if state.ending else None
            return replace(state, ending=over, review_at=review_at, summaries_chased=0, review_reminded=0)
        case IncidentReopened(reason=reason, anew=anew):
            if anew:
                state = replace(state, moves=state.moves + 1, moved_at=stamp.at)
            again = replace(notices.again(_anew(state, "mitigated", "recovered")), reopened=state.reopened + 1, reopen_reason=reason)
            return replace(again, review_at=None, review_held_at=None, close_reason="", update_chased=0)
    assert_never(event)


def _check(state: Incident, check_id: str, /, **changes: object) -> Incident:
    found = next(check for check in state.checks if check.id == check_id)
    return verification.with_check(state, replace(found, **changes))  # type: ignore[arg-type]  # the caller's match names the fields


def _anew(state: Incident, *moments: str) -> Incident:
    """Nothing that was verified, observed, attested or signed before counts any more, nor the moments that turned out to be untrue."""
    opened = tuple(Check(check.id, check.kind, check.role, check.text) for check in state.checks)
    left = {kind: moment for kind, moment in state.moments.items() if kind not in moments}
    return replace(state, checks=opened, observation=None, attestations={}, ending=None, moments=left)


# --- time ---------------------------------------------------------------------------------------------------------------------


def deadlines(state: Incident, plan: Plan) -> tuple[Deadline, ...]:
    """The end of observation; reminders to verifiers and to seats that have not signed, ever more rarely."""
    found: list[Deadline] = []
    if state.stage == "observing" and state.observation and state.observation.passed_at is None:
        found.append(Deadline("recovery.observation", "observation", state.observation.until))
    if state.stage == "verifying" and any(check.state not in verification.SETTLED for check in state.checks):
        wait = _wait(plan.timing.verification_remind_min, state.verifiers_reminded)
        found.append(Deadline("recovery.verifiers", "checks", (state.verifiers_reminded_at or state.stage_since) + wait))
    if state.responding and state.ending and signatures.outstanding(state, plan):
        wait = _wait(plan.timing.close_remind_min, state.ending.reminded)
        found.append(Deadline("recovery.seats", "ending", (state.ending.reminded_at or state.ending.at) + wait))
    return tuple(found)


def _wait(minutes: int, times: int) -> timedelta:
    return min(timedelta(minutes=minutes << min(times, 12)), LONGEST)


def ring(state: Incident, ring: Ring, world: World) -> tuple[Event, ...]:
    match ring.kind:
        case "recovery.observation":
            return (ObservationPassed(),)
        case "recovery.verifiers":
            return (VerifiersReminded(_late_verifiers(state, world.plan)),)
        case "recovery.seats":
            return (SeatsReminded(signatures.askable(state, world)),)
        case _:
            return ()


def _late_verifiers(state: Incident, plan: Plan) -> tuple[PersonId, ...]:
    """Who could settle what is open: the first verifier of each item, the commander for waivers."""
    left = [check for check in state.checks if check.state not in verification.SETTLED]
    commander = (state.commander,) if state.commander and any(check.state == "waiver_asked" for check in left) else ()
    able = [verification.verifiers(state, check, plan)[:1] for check in left if check.state != "waiver_asked"]
    return tuple(dict.fromkeys([*(person for one in able for person in one), *commander]))


# --- the world ----------------------------------------------------------------------------------------------------------------


def react(before: Incident | None, event: RecoveryEvent, stamp: Stamp, after: Incident, world: World) -> tuple[Effect, ...]:
    match event:
        case CheckFailed(check=check, note=note):
            text = line("没通过：{item}。{note}。修好再验；修不好就退回处置。", item=_text(after, check), note=note)
            return (_say(stamp, text, _leads(after)),)
        case WaiverAsked(check=check, reason=reason):
            item = _text(after, check)
            text = line("{who} 申请豁免「{item}」：{reason}。请总指挥在验证卡上定。", who=_who(stamp), item=item, reason=reason)
            return (_say(stamp, text, _commander(after)),)
        case VerifiersReminded(people=people):
            left = sum(check.state not in verification.SETTLED for check in after.checks)
            text = line("恢复验证还有 {n} 项没完。请在验证卡上逐项点，验不了就写为什么。", n=left)
            return (_say(stamp, text, people or _commander(after)),)
        case ObservationStarted(until=until):
            return (_say(stamp, line("进入观察，到 {at}。有新的报错就点「退回处置」。", at=When(until)), ()),)
        case ObservationPassed():
            return _observed(after, stamp, world)
        case RecoveryFailed(reason=reason):
            text = line("退回处置：{reason}。修好后全部重新验证。", reason=reason)
            return (_say(stamp, text, _leads(after)),)
        case EndProposed() | SeatsReminded():
            return _ask_seats(after, stamp, world)
        case IncidentEnded():
            return _announce(_end_texts(after, stamp, world), stamp)
        case IncidentReopened(reason=reason):
            text = line("{record} 重开：{reason}。原来的人请回到作战群，级别和分工照旧。", record=after.id, reason=reason)
            told = dict.fromkeys(ending.rooms_told(after, world.plan), text)
            return (*_new_rooms(event, after, world.plan), *_announce(told | _first_word(event, after), stamp))
        case (
            StageMoved() | DeviationNoted() | VerificationStarted() | CheckPassed() | WaiverDecided() | ConditionAttested() | EndApproved()
        ):
            return ()
    assert_never(event)


def _new_rooms(event: IncidentReopened, after: Incident, plan: Plan) -> tuple[Effect, ...]:
    """Everybody of the incident in a new war room, with the way to the old one; the groups' rooms where the level has them."""
    if not event.anew:
        return ()
    back = Link("war", line("上一个群"), f"room:{housing.former(after)}")
    return (*report.new_room(after, plan), back, *calling.subrooms(None, after, plan))


def _first_word(event: IncidentReopened, after: Incident) -> dict[str, Text]:
    if not event.anew:
        return {}
    return {"war": line("{record} 重开：{reason}。这是新的群，上一个已归档，点上面的「上一个群」看。级别和分工照旧。",
                        record=after.id, reason=event.reason)}  # fmt: skip


def _say(stamp: Stamp, text: Text, mentions: tuple[PersonId, ...]) -> Say:
    return Say("war", f"say:{stamp.seq}", text, mentions)


def _text(state: Incident, check_id: str) -> Text:
    return next((check.text for check in state.checks if check.id == check_id), check_id)


def _who(stamp: Stamp) -> Text:
    return Who(stamp.by) if stamp.by else line("系统")


def _commander(state: Incident) -> tuple[PersonId, ...]:
    return (state.commander,) if state.commander else ()


def _leads(state: Incident) -> tuple[PersonId, ...]:
    held = [state.roles[role].person for role in ("commander", "tech_lead_on_incident", "biz_lead_on_incident") if role in state.roles]
    return tuple(dict.fromkeys(held))


def _observed(after: Incident, stamp: Stamp, world: World) -> tuple[Effect, ...]:
    """The commander hears what still stands before the end; a seat that ends it at once needs no such word."""
    if after.ending:
        return ()
    left = conditions.unmet(after, world.plan, stamp.at)
    text = line("观察期满，没有复发。结束还差：\n{what}", what=joined([one.text for one in left], "\n"))
    return (_say(stamp, text, _commander(after)),)


def _ask_seats(after: Incident, stamp: Stamp, world: World) -> tuple[Effect, ...]:
    who = signatures.askable(after, world)
    if not who or after.ending is None or after.ending.ended_at:
        return ()
    left = joined(signatures.outstanding(after, world.plan))
    text = line("结束还差签认：{who}。看过评估意见后在结束卡上点「签认结束」。", who=left)
    return (Invite("war", who), _say(stamp, text, who))


def _announce(rooms: Mapping[str, Text], stamp: Stamp) -> tuple[Effect, ...]:
    return tuple(Say(room, f"say:{stamp.seq}:{room}", text) for room, text in rooms.items())


def _end_texts(after: Incident, stamp: Stamp, world: World) -> Mapping[str, Text]:
    """One word for each room that was told before: the assessment to those who worked on it, the summary asked of each group."""
    plan, zone = world.plan, world.zone
    due = ending.morning(plan, (stamp.at.astimezone(zone) + timedelta(days=plan.timing.summary_due_days)).date())
    plain = line("{record} 应急响应结束。复盘 {at}。", record=after.id, at=When(after.review_at or stamp.at, "day"))
    why = line("{end}评估意见：{assessment}", end=plain, assessment=after.ending.assessment if after.ending else "")
    owed = {f"@{group}" for group in ending.groups_called(after, plan)} - {"@ecc"}
    asked = line("{end}请本组在 {due} 前交小结。", end=plain, due=When(due, "day"))
    inside = ("war", "@ecc")
    return {room: why if room in inside else asked if room in owed else plain for room in ending.rooms_told(after, plan)}
