"""Approval: who signs, who may not, what voids a signature, until when it is good, who is asked when nobody signs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.commands import Ring, SetLevel, SuspectCause, TakeRole
from bot.core.outward import approval
from bot.core.outward.commands import ApproveNotice, AskApproval, EditNotice, ReturnNotice, SendNotice, WithdrawNotice
from bot.core.outward.events import ApprovalChased, NoticeApproved, NoticeSigned
from bot.core.outward.gate import digest
from bot.core.outward.state import Recipient
from bot.words import Bi
from tests.core.drive import BIZ, DEVELOPER, OPS, PR, PROJECT, SERVICE, TECH
from tests.core.outward.desk import SECOND_BIZ, SECOND_PR, TEXT, plan, responding


def test_every_seat_of_the_table_signs_before_it_is_approved() -> None:
    desk = responding()
    id = desk.asked()
    assert desk.notice(id).needed == ("external_liaison", "business_lead")
    desk.do(ApproveNotice(id), PR)
    assert (desk.notice(id).state, desk.notice(id).waiting) == ("asked", ("business_lead",))
    assert "business_lead" not in {signature.seat for signature in desk.notice(id).signatures}
    desk.do(ApproveNotice(id), BIZ)
    assert desk.notice(id).state == "approved"
    assert desk.notice(id).valid_until == desk.now + timedelta(minutes=30)


def test_who_has_no_seat_is_refused_with_whose_turn_it_is() -> None:
    desk = responding()
    id = desk.asked()
    refusal = desk.refused(ApproveNotice(id), OPS)
    assert refusal.fix[0].press.args[1] == ("person", PR)


def test_nobody_signs_what_they_drafted_and_a_stand_in_may_at_once() -> None:
    desk = responding()
    id = desk.asked(by=PR)
    desk.refused(ApproveNotice(id), PR)
    desk.do(ApproveNotice(id), SECOND_PR)
    assert desk.notice(id).signatures[0].seat == "external_liaison"


def test_whoever_changed_it_last_does_not_sign_it() -> None:
    desk = responding()
    id = desk.asked()
    desk.do(EditNotice(id, Bi("下单异常，正在抢修。", "Ordering is disturbed.")), BIZ)
    desk.do(AskApproval(id), BIZ)
    desk.refused(ApproveNotice(id), BIZ)
    desk.do(ApproveNotice(id), SECOND_BIZ)


def test_nobody_signs_for_two_seats() -> None:
    desk = responding()
    desk.do(TakeRole("external_liaison"), BIZ)
    id = desk.asked()
    desk.do(ApproveNotice(id), BIZ)
    assert desk.notice(id).waiting == ("business_lead",)
    assert desk.do(ApproveNotice(id), BIZ) == ()
    desk.do(ApproveNotice(id), SECOND_BIZ)
    assert desk.notice(id).state == "approved"


def test_stand_ins_sign_only_once_the_ladder_has_asked_them_and_then_the_commander_hears() -> None:
    desk = responding()
    id = desk.asked()
    desk.refused(ApproveNotice(id), SECOND_BIZ)
    desk.wait(minutes=10)
    assert {SECOND_BIZ, BIZ, PR} <= set(desk.said()[-1].mentions) == set(desk.notice(id).asked)
    desk.do(ApproveNotice(id), SECOND_BIZ)
    desk.wait(minutes=10)
    assert desk.said()[-1].mentions == (TECH,)
    desk.wait(minutes=60)
    assert [event.step for event, _ in desk.log if isinstance(event, ApprovalChased)] == [1, 2]


def test_the_bot_never_signs() -> None:
    desk = responding()
    desk.refused(ApproveNotice(desk.asked()), None)


@pytest.mark.parametrize("change", ["text", "recipients", "promise"])
def test_every_change_voids_the_signatures(change: str) -> None:
    desk = responding()
    id = desk.approved()
    one = desk.notice(id)
    changes = {
        "text": EditNotice(id, Bi("下单异常，仍在处理。", one.text.en), next_at=one.next_at),
        "recipients": EditNotice(id, one.text, (Recipient("bistro", "mail"),), one.next_at),
        "promise": EditNotice(id, one.text, next_at=desk.now + timedelta(hours=3)),
    }
    desk.do(changes[change], SERVICE)
    after = desk.notice(id)
    assert (after.state, after.signatures, after.approved, after.valid_until) == ("draft", (), "", None)
    assert after.edits[-1].before == one.text
    desk.refused(SendNotice(id), SERVICE)
    assert digest(after) != digest(one)


def test_what_an_approver_saw_and_what_stands_must_be_the_same() -> None:
    desk = responding()
    id = desk.asked()
    seen = digest(desk.notice(id))
    desk.do(EditNotice(id, Bi("另一段话。", "Another text.")), SERVICE)
    desk.do(AskApproval(id), SERVICE)
    assert desk.refused(ApproveNotice(id, seen), PR).fix[0].press.action == "notice.show"
    desk.do(ApproveNotice(id, digest(desk.notice(id))), PR)


def test_an_approval_ends_and_is_asked_for_again() -> None:
    desk = responding()
    id = desk.approved(next_in=120)
    desk.wait(minutes=30)
    assert desk.notice(id).state == "expired"
    assert desk.refused(SendNotice(id), SERVICE).fix[0].press.action == "notice.ask"
    desk.do(AskApproval(id), SERVICE)
    assert (desk.notice(id).state, desk.notice(id).signatures) == ("asked", ())


def test_an_approval_is_over_on_time_even_when_its_bell_is_late() -> None:
    desk = responding()
    id = desk.approved(next_in=120)
    desk.now += timedelta(minutes=30)
    desk.refused(SendNotice(id), SERVICE)


def test_returning_takes_a_seat_and_a_reason_and_the_drafter_hears() -> None:
    desk = responding()
    id = desk.asked()
    desk.refused(ReturnNotice(id, "写清时间"), DEVELOPER)
    assert desk.refused(ReturnNotice(id, " "), BIZ).field == "reason"
    desk.do(ApproveNotice(id), PR)
    desk.do(ReturnNotice(id, "写清时间"), BIZ)
    assert (desk.notice(id).state, desk.notice(id).returned_by, desk.notice(id).signatures) == ("returned", BIZ, ())
    assert desk.said()[-1].mentions == (SERVICE,)
    desk.refused(ApproveNotice(id), BIZ)


def test_an_approved_text_can_still_be_returned_before_it_leaves() -> None:
    desk = responding()
    id = desk.approved()
    desk.do(ReturnNotice(id, "先等等"), PR)
    desk.refused(SendNotice(id), SERVICE)


def test_a_level_that_rises_after_the_approval_asks_for_the_higher_seats() -> None:
    desk = responding()
    id = desk.approved()
    desk.do(SetLevel("major", "扩大"), TECH)
    desk.refused(SendNotice(id), SERVICE)
    desk.do(AskApproval(id), SERVICE)
    assert desk.notice(id).needed == ("commander", "pr")
    for person in (TECH, PR):
        desk.do(ApproveNotice(id), person)
    desk.do(SendNotice(id), SERVICE)


def test_a_severity_that_the_table_does_not_have_asks_everybody() -> None:
    assert approval.seats(plan(), "customer", "cosmic") == ("service", "external_liaison", "business_lead", "commander", "pr")


def test_words_that_are_never_said_are_not_put_forward_at_all() -> None:
    desk = responding()
    id = desk.draft(text=Bi("请打 13800000101。", "Call us."))
    assert desk.refused(AskApproval(id, "很急"), SERVICE).field == "text"


def test_doubtful_words_are_put_forward_only_with_a_reason_which_is_kept() -> None:
    desk = responding()
    id = desk.draft(text=Bi("可能是程序更新。", "Work continues."))
    assert desk.refused(AskApproval(id), SERVICE).field == "defence"
    desk.do(AskApproval(id, "厂商已公告"), SERVICE)
    assert desk.notice(id).defence == "厂商已公告"


def test_a_promise_that_is_past_by_now_is_not_put_forward() -> None:
    desk = responding()
    id = desk.draft(next_in=5)
    desk.wait(minutes=6)
    assert desk.refused(AskApproval(id), SERVICE).field == "next_at"


def test_what_nobody_signs_for_is_approved_by_the_asking() -> None:
    desk = responding()
    id = desk.draft("internal_update")
    events = desk.do(AskApproval(id), SERVICE)
    assert any(isinstance(event, NoticeApproved) for event in events)
    assert desk.notice(id).state == "approved"


def test_withdrawn_is_over() -> None:
    desk = responding()
    id = desk.approved()
    desk.do(WithdrawNotice(id, "重复了"), SERVICE)
    for command in (SendNotice(id), AskApproval(id), EditNotice(id, TEXT), ApproveNotice(id)):
        desk.refused(command, SERVICE if not isinstance(command, ApproveNotice) else PR)


def test_a_stranger_may_neither_send_nor_withdraw() -> None:
    desk = responding()
    id = desk.approved()
    desk.refused(SendNotice(id), "fanyu")
    desk.refused(WithdrawNotice(id), "fanyu")


def test_a_ring_for_an_approval_that_changed_meanwhile_rings_for_nothing() -> None:
    desk = responding()
    id = desk.approved()
    until = desk.notice(id).valid_until
    assert until is not None
    desk.do(WithdrawNotice(id), SERVICE)
    desk.now = until
    assert desk.do(Ring("notice.expire", id, until)) == ()


def test_every_signature_is_under_the_text_that_stands() -> None:
    desk = responding()
    id = desk.approved()
    signed = [event for event, _ in desk.log if isinstance(event, NoticeSigned)]
    assert {event.digest for event in signed} == {digest(desk.notice(id))} == {desk.notice(id).approved}
    assert digest(replace(desk.notice(id), at=desk.now)) == desk.notice(id).approved


def test_the_same_asking_twice_is_one() -> None:
    desk = responding()
    id = desk.asked()
    assert desk.do(AskApproval(id), SERVICE) == ()
    desk.do(SuspectCause("缓存"), OPS)
    assert desk.notice(id).state == "asked"


def test_the_seat_is_filled_by_who_holds_the_role_here() -> None:
    desk = responding()
    desk.do(TakeRole("external_liaison"), SECOND_PR)
    id = desk.asked()
    desk.refused(ApproveNotice(id), PR)
    desk.do(ApproveNotice(id), SECOND_PR)
    assert PROJECT not in {signature.by for signature in desk.notice(id).signatures}
