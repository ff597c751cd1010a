"""Starting and calling: who is called, why them, what silence does (clauses 2.1 to 2.4, 4.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import calling, grading, life
from bot.core.commands import Activate, Arrive, CallAgain, CallDeputy, CallPost, CancelPreActivation, CannotCome, Ring, SetLevel, TakeLeave
from bot.core.errors import Refused
from bot.core.events import LadderClimbed, LeaveTaken, NextCalled, PostsCalled
from bot.effects import Invite, OpenRoom, Page, RenameRoom, StopPage
from tests.core.tale import Tale, reported


def graded(level: str = "major") -> Tale:
    tale = reported("上海仓下单报错，10 分钟前开始")
    tale.do(SetLevel(level, "演示"), "linyuan")
    return tale


def started(level: str = "major") -> Tale:
    tale = graded(level)
    tale.do(Activate(), "linyuan")
    return tale


def posts(tale: Tale) -> set[str]:
    return {call.post for call in tale.state.calls}


def test_only_the_command_centre_starts_and_the_refusal_names_it() -> None:
    tale = graded()
    with pytest.raises(Refused) as refused:
        tale.do(Activate(), "zhoumu")
    assert "林远" in tale.read(refused.value.text)
    assert refused.value.fix


def test_whoever_starts_commands_until_somebody_else_is_named() -> None:
    assert started().state.commander == "linyuan"


def test_starting_twice_changes_nothing() -> None:
    tale = started()
    assert tale.do(Activate(), "linyuan") == ()


def test_the_staffing_is_that_of_the_level() -> None:
    minor, major = posts(started("minor")), posts(started("major"))
    assert minor < major
    assert {"architect", "developer", "tester", "ops", "procurement", "warehouse", "logistics", "service", "admin", "pr"} <= major


def test_posts_of_the_business_are_called_at_the_affected_site_only() -> None:
    assert {call.site for call in started().state.calls if call.post == "warehouse"} == {"shanghai"}


def test_without_a_site_every_site_is_called() -> None:
    tale = reported("下单报错")
    tale.do(SetLevel("major", "演示"), "linyuan")
    tale.do(Activate(), "linyuan")
    assert {call.site for call in tale.state.calls if call.post == "warehouse"} == set(tale.plan.sites)


def test_a_minor_incident_rings_nobody() -> None:
    tale = started("minor")
    assert not any(isinstance(effect, Page) for effect in tale.told)


def test_a_major_incident_rings_renames_and_opens_the_rooms_of_the_groups() -> None:
    told = started("major").told
    assert any(isinstance(effect, Page) for effect in told)
    assert any(isinstance(effect, RenameRoom) for effect in told)
    assert {effect.slot for effect in told if isinstance(effect, OpenRoom)} == {"sub:tech", "sub:biz", "sub:comms"}


def test_one_invitation_takes_everybody_into_the_room() -> None:
    invites = [effect for effect in started("severe").told if isinstance(effect, Invite) and effect.room == "war"]
    assert len(invites) == 1


def test_a_page_stands_alone() -> None:
    tale = started()
    page = next(effect for effect in tale.told if isinstance(effect, Page) and effect.person == "hechuan")
    words = tale.read(page.text)
    assert all(part in words for part in ("重大", "INC-1", "下单报错", "上海仓", "运维", "我到了"))


def test_arriving_stops_the_ringing_and_counts() -> None:
    tale = started()
    tale.do(Arrive(), "hechuan")
    assert any(isinstance(effect, StopPage) for effect in tale.told)
    assert "ops" not in {call.post for call in calling.missing(tale.state)}


def test_whoever_cannot_come_is_replaced_in_the_same_breath() -> None:
    tale = started()
    events = tale.do(CannotCome(None, "在飞机上"), "hechuan")
    called = [event for event in events if isinstance(event, NextCalled)]
    assert called
    assert called[0].attempt.person != "hechuan"


def test_the_ladder_rings_again_then_calls_the_deputy_then_tells_the_commander() -> None:
    tale = started()
    call = next(c for c in tale.state.calls if c.post == "ops")
    steps = []
    for minutes in tale.plan.severities["major"].ladder_min:
        tale.now = call.attempts[0].at + timedelta(minutes=minutes)
        events = tale.ring_due()
        steps.append({type(event) for event in events if getattr(event, "call", None) == call.id})
    assert steps[0] == {LadderClimbed}
    assert NextCalled in steps[1]
    assert steps[2] <= {NextCalled, LadderClimbed}
    assert len({a.person for c in tale.state.calls if c.id == call.id for a in c.attempts}) >= 2


def rung(tale: Tale, step: int) -> dict[str, tuple[str, ...]]:
    """Who is rung, and how loudly, when the ladder of the operations post comes to this step."""
    call = next(c for c in tale.state.calls if c.post == "ops")
    assert tale.state.level is not None
    tale.now = call.attempts[0].at + timedelta(minutes=tale.plan.severities[tale.state.level].ladder_min[step - 1])
    tale.do(Ring("call.ladder", f"{call.id}:{step}", tale.now), None)
    return {effect.person: effect.louder for effect in tale.told if isinstance(effect, Page)}


def test_a_call_is_louder_from_the_rungs_on_that_the_plan_names() -> None:
    tale = started()
    assert {effect.louder for effect in tale.told if isinstance(effect, Page)} == {()}
    assert rung(tale, 1) == {"hechuan": ("sms",)}
    deputy = rung(tale, 2)
    assert deputy.pop("hechuan") == ("sms", "phone"), "the telephone begins at this rung, and rings whom it has been missing"
    assert list(deputy.values()) == [("sms", "phone")]
    assert "hechuan" not in rung(tale, 3), "no louder way begins here"


def test_whoever_has_answered_is_rung_no_louder() -> None:
    tale = started()
    tale.do(CannotCome(None, "在飞机上"), "hechuan")
    rung(tale, 1)
    assert "hechuan" not in rung(tale, 2)


def test_a_drill_and_a_minor_incident_cost_nobody_a_call() -> None:
    tale = started()
    for state in (started("minor").state, replace(tale.state, mode="drill")):
        assert [calling.louder(state, step, tale.plan) for step in range(4)] == [()] * 4


def test_an_answer_stops_the_ladder() -> None:
    tale = started()
    call = next(c for c in tale.state.calls if c.post == "ops")
    tale.do(Arrive(), "hechuan")
    assert not any(d.subject.startswith(f"{call.id}:") for d in life.deadlines(tale.state, tale.plan))


def test_the_deputy_who_comes_lets_the_first_one_sleep() -> None:
    tale = started()
    tale.do(Arrive(), "linyuan")
    call = next(c for c in tale.state.calls if c.post == "ops")
    tale.do(CallDeputy(call.id), "linyuan")
    deputy = next(c for c in tale.state.calls if c.id == call.id).attempts[-1].person
    tale.do(Arrive(), deputy)
    assert "hechuan" not in tale.state.rings


def test_silence_of_everybody_calls_deputies_and_then_starts_provisionally() -> None:
    tale = reported("上海仓下单报错")
    ack = tale.plan.severities[grading.assumed_level(tale.state, tale.plan)].response.ack_min
    people = set(tale.state.people)
    tale.advance(ack)
    assert set(tale.state.people) > people
    tale.advance(ack * tale.plan.timing.activation_ack_factor)
    assert tale.state.activation is not None
    assert tale.state.activation.pre
    assert not tale.state.external_allowed
    assert tale.state.calls
    tale.do(Activate(), "linyuan")
    assert tale.state.external_allowed
    assert tale.state.commander == "linyuan"


def test_a_pre_activation_can_be_cancelled_with_a_reason() -> None:
    tale = reported("上海仓下单报错")
    tale.advance(60)
    with pytest.raises(Refused):
        tale.do(CancelPreActivation(""), "linyuan")
    tale.do(CancelPreActivation("已恢复"), "linyuan")
    assert tale.state.stage == "assessing"
    assert not tale.state.rings


def test_a_higher_level_calls_whoever_is_now_needed() -> None:
    tale = started("severe")
    before = posts(tale)
    events = tale.do(SetLevel("major", "扩散到杭州"), "linyuan")
    assert any(isinstance(event, PostsCalled) for event in events)
    assert before < posts(tale)


def test_who_is_on_leave_is_not_called_but_their_substitute_is() -> None:
    tale = graded()
    leave = LeaveTaken("hechuan", tale.now - timedelta(hours=1), tale.now + timedelta(hours=8), "luocheng")
    tale.team = replace(tale.team, leaves=(leave,))
    tale.do(Activate(), "linyuan")
    ops = next(c for c in tale.state.calls if c.post == "ops")
    assert ops.attempts[0].person == "luocheng"


def test_leave_that_empties_a_post_asks_for_a_substitute() -> None:
    tale = graded()
    alone = TakeLeave("hechuan", tale.now, tale.now + timedelta(hours=8))
    for other in tale.plan.people.values():
        if "ops" in other.posts and other.id != "hechuan":
            tale.team = replace(tale.team, leaves=(*tale.team.leaves, LeaveTaken(other.id, tale.now, tale.now + timedelta(hours=9), None)))
    with pytest.raises(Refused) as refused:
        life.decide(tale.team, alone, "hechuan", tale.world)
    assert refused.value.field == "substitute"


def test_a_person_can_be_called_by_name_for_a_post() -> None:
    tale = started("minor")
    tale.do(CallPost("logistics", "shanghai", "fanyu"), "linyuan")
    call = tale.state.calls[-1]
    assert (call.post, call.attempts[0].person) == ("logistics", "fanyu")


def test_calling_again_rings_again() -> None:
    tale = started()
    call = next(c for c in tale.state.calls if c.post == "ops")
    tale.do(CallAgain(call.id), "linyuan")
    assert any(isinstance(effect, Page) and effect.person == "hechuan" for effect in tale.told)


def test_everybody_here_is_a_moment_and_moves_the_response_on() -> None:
    tale = started("severe")
    for call in tale.state.calls:
        for person in call.ringing:
            tale.do(Arrive(), person)
    assert "assembled" in tale.state.moments
    assert tale.state.stage == "responding"
