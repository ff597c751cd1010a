"""The clocks of the audiences: when what is owed, who is reminded, and that the end asks to tell everybody who was told."""

from __future__ import annotations

from datetime import timedelta

from bot.core import life
from bot.core.commands import Activate, Arrive, EndResponse, PassCheck, Reopen, ReturnToResponse, SetLevel
from bot.core.conditions import unmet
from bot.core.outward import clocks
from bot.core.outward.commands import RecordDelivery, SendNotice
from bot.core.outward.events import ClockRung, TellingAsked
from tests.core.drive import PR, SERVICE, TECH
from tests.core.outward.desk import Desk, end, plan, pre_activated, recovered, responding


def owed(desk: Desk) -> dict[str, tuple[str, float]]:
    """Minutes from the activation, by audience."""
    start = desk.incident.activation
    assert start
    return {one.audience: (one.phase, (one.at - start.at).total_seconds() / 60) for one in clocks.due(desk.incident, plan(), desk.now)}


def rungs(desk: Desk, audience: str = "customer") -> list[tuple[str, int]]:
    return [(event.phase, event.step) for event, _ in desk.log if isinstance(event, ClockRung) and event.audience == audience]


def test_the_first_notice_counts_from_the_activation_and_ourselves_have_the_situation_report() -> None:
    assert owed(responding()) == {"customer": ("initial", 60), "supplier": ("initial", 60)}
    assert owed(responding("major"))["customer"] == ("initial", 30)


def test_what_is_only_told_when_asked_has_no_clock() -> None:
    assert "media" not in owed(responding())


def test_a_confirmed_pre_activation_counts_from_its_confirmation() -> None:
    desk = pre_activated()
    assert clocks.due(desk.incident, plan(), desk.now) == ()
    assert not [one for one in life.deadlines(desk.incident, plan()) if one.kind == clocks.CLOCK]
    desk.do(Activate("severe", "大面积"), TECH)
    assert {one.at - desk.now for one in clocks.due(desk.incident, plan(), desk.now)} == {timedelta(minutes=60)}


def test_the_time_that_a_text_promised_overrides_the_cadence() -> None:
    desk = responding()
    desk.wait(minutes=20)
    desk.sent(next_in=35)
    assert owed(desk)["customer"] == ("update", 55)


def test_without_a_promise_the_cadence_counts_from_the_sending_and_slows_down_after_two_hours() -> None:
    desk = responding("major")
    desk.wait(minutes=20)
    desk.arrive(desk.sent(next_in=None))
    assert owed(desk)["customer"] == ("update", 50)
    desk.wait(minutes=105)
    desk.arrive(desk.sent("customer_update", next_in=None))
    assert owed(desk)["customer"] == ("update", 125 + 60)


def test_a_promise_holds_also_where_the_plan_has_no_cadence() -> None:
    desk = responding()
    desk.sent("media_initial", next_in=90)
    assert owed(desk)["media"] == ("update", 90)


def test_nobody_who_got_nothing_was_told() -> None:
    desk = responding()
    id = desk.sent("supplier_initial", to=())
    desk.do(RecordDelivery(id, "d1", 1, "failed", "550"))
    assert owed(desk)["supplier"] == ("initial", 60)


def test_a_level_that_rises_late_gives_the_first_notice_its_time() -> None:
    desk = responding()
    desk.wait(minutes=45)
    desk.do(SetLevel("major", "扩大"), TECH)
    assert owed(desk)["customer"] == ("initial", 45 + 30)


def test_a_draft_under_way_is_named_with_its_clock() -> None:
    desk = responding()
    id = desk.asked()
    assert [one.notice for one in clocks.due(desk.incident, plan(), desk.now)] == [id, None]


# --- reminding --------------------------------------------------------------------------------------------------------------


def test_the_ladder_goes_from_the_drafter_to_the_commander_and_each_rung_rings_once() -> None:
    desk = responding()
    for person in (SERVICE, PR):
        desk.do(Arrive(), person)
    who = [SERVICE, PR, PR, TECH]
    for minutes, person in zip((50, 10, 10, 10), who, strict=True):
        desk.wait(minutes=minutes)
        assert person in [*desk.said("@comms"), *desk.said()][-1 if minutes == 10 else 0].mentions
    desk.wait(minutes=120)
    assert rungs(desk) == [("initial", 1), ("initial", 2), ("initial", 3), ("initial", 4)]


def test_clocks_that_ring_together_are_said_in_one_message() -> None:
    desk = responding()
    desk.do(Arrive(), SERVICE)
    desk.wait(minutes=50)
    slots = [f"notice:{stamp.seq}" for event, stamp in desk.log if isinstance(event, ClockRung)]
    assert [one.mentions for one in desk.said("@comms") if one.slot in slots] == [(SERVICE, "zhengyan")]
    assert rungs(desk, "supplier") == rungs(desk) == [("initial", 1)]


def test_a_sent_notice_stops_the_ladder_and_the_next_one_begins_below() -> None:
    desk = responding()
    desk.wait(minutes=65)
    desk.arrive(desk.sent(next_in=40))
    desk.wait(minutes=35)
    assert rungs(desk) == [("initial", 1), ("initial", 2), ("update", 1)]


def test_the_reminder_never_stands_before_half_of_the_time() -> None:
    desk = responding()
    desk.sent(next_in=10)
    desk.wait(minutes=4)
    assert rungs(desk) == []
    desk.wait(minutes=1)
    assert rungs(desk) == [("update", 1)]


def test_late_is_what_is_required_and_past() -> None:
    desk = responding()
    desk.wait(minutes=61)
    assert {one.late for one in clocks.due(desk.incident, plan(), desk.now)} == {True}


# --- the end ----------------------------------------------------------------------------------------------------------------


def test_the_word_that_it_is_over_counts_from_the_recovery_and_goes_to_everybody_told() -> None:
    desk = responding()
    desk.arrive(desk.sent())
    desk.arrive(desk.sent("media_initial", by=SERVICE))
    desk.wait(minutes=30)
    recovered(desk)
    found = {one.audience: (one.phase, one.need, one.at - desk.now) for one in clocks.due(desk.incident, plan(), desk.now)}
    assert found == {
        "customer": ("resolved", "required", timedelta(minutes=60)),
        "supplier": ("resolved", "required", timedelta(minutes=60)),
        "media": ("resolved", "optional", timedelta()),
    }


def test_once_it_is_over_nobody_is_told_to_say_that_work_goes_on() -> None:
    desk = responding()
    desk.arrive(desk.sent())
    recovered(desk)
    desk.wait(minutes=60)
    said = [str(one.text) for one in (*desk.said("@comms"), *desk.said()) if "{what}" in str(one.text)]
    assert len(said) >= 2
    assert not [text for text in said if "仍在处理" in text or "没有新进展" in text]


def test_who_was_told_stands_between_the_incident_and_its_end_with_the_button_to_it() -> None:
    desk = responding()
    assert "c8" not in {one.condition for one in unmet(desk.incident, plan(), desk.now)}
    desk.arrive(desk.sent())
    recovered(desk)
    desk.do(PassCheck("v17"), PR)
    desk.wait(minutes=61)
    refusal = desk.refused(EndResponse("平稳"), TECH)
    assert ("audience", "customer") in [pair for button in refusal.fix for pair in button.press.args]
    desk.arrive(desk.sent("customer_resolved", next_in=None))
    assert "c8" not in {one.condition for one in unmet(desk.incident, plan(), desk.now)}


def test_where_it_has_to_wait_somebody_signs_for_it_and_the_end_asks_once_more() -> None:
    desk = responding()
    desk.arrive(desk.sent())
    end(recovered(desk))
    assert desk.stage() == "ended"
    assert [event.audiences for event, _ in desk.log if isinstance(event, TellingAsked)] == [("customer",)]
    assert desk.incident.outward.told_asked
    id = desk.approved("customer_resolved", next_in=None)
    desk.do(SendNotice(id), SERVICE)
    assert len(desk.letters()) == 3
    assert clocks.untold(desk.incident, plan()) == ()


def test_an_end_of_which_nobody_outside_knows_asks_nothing() -> None:
    desk = responding()
    end(recovered(desk))
    assert desk.stage() == "ended"
    assert not [event for event, _ in desk.log if isinstance(event, TellingAsked)]


def test_a_fault_that_returns_is_a_first_word_again_and_its_clock_begins_below() -> None:
    desk = responding()
    desk.arrive(desk.sent())
    end(recovered(desk))
    desk.arrive(desk.sent("customer_resolved", next_in=None))
    desk.wait(minutes=300)
    desk.do(Reopen("又报错"), TECH)
    [customer] = [one for one in clocks.due(desk.incident, plan(), desk.now) if one.audience == "customer"]
    assert (customer.phase, customer.at - desk.now) == ("initial", timedelta(minutes=60))
    assert (desk.incident.outward.chased, desk.incident.outward.told_asked) == ({}, False)


def test_a_recovery_that_failed_goes_on_with_updates() -> None:
    desk = responding()
    desk.arrive(desk.sent(next_in=50))
    recovered(desk)
    desk.do(ReturnToResponse("又报错"), TECH)
    assert owed(desk)["customer"] == ("update", 50)
