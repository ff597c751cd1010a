"""Notices from the draft to the last recipient: whom, what becomes of each, what was promised, what was said without the bot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core import life
from bot.core.commands import AddToReport, MergeInto
from bot.core.outward import deliveries
from bot.core.outward.commands import (
    DraftNotice,
    EditNotice,
    KeepPromise,
    LogTalk,
    MarkDelivered,
    RecordDelivery,
    RetryDelivery,
    SendNotice,
    WithdrawNotice,
)
from bot.core.outward.events import DeliveryEnded, PromiseChased
from bot.core.outward.state import Recipient
from bot.core.timeline import timeline
from bot.words import Bi, line
from tests.core.drive import OPS, PR, SERVICE
from tests.core.outward.desk import TEXT, Desk, plan, pre_activated, responding

CHAIN, BISTRO, HOSPITAL = Recipient("chain", "room"), Recipient("bistro", "mail"), Recipient("hospital", "sms")
STATUS = Recipient("", "status")


def states(desk: Desk, id: str = "n1") -> list[str]:
    return [one.state for one in desk.notice(id).deliveries]


# --- drafting ---------------------------------------------------------------------------------------------------------------


def test_a_draft_goes_to_whom_the_plan_names_each_the_best_way_the_public_last() -> None:
    desk = responding()
    assert desk.notice(desk.draft()).to == (CHAIN, BISTRO, HOSPITAL, STATUS)


def test_contacts_of_other_sites_are_left_out() -> None:
    desk = responding()
    desk.do(AddToReport("上海", sites=("shanghai",)), OPS)
    assert HOSPITAL not in desk.notice(desk.draft()).to


def test_a_confidential_incident_is_not_public_unless_somebody_puts_it_there() -> None:
    from dataclasses import replace

    desk = responding()
    desk.state = replace(desk.incident, confidential=True)
    assert STATUS not in desk.notice(desk.draft()).to
    assert desk.notice(desk.draft(to=(STATUS,), text=Bi("另一段", "Other"))).to == (STATUS,)


@pytest.mark.parametrize("to", [Recipient("chain", "sms"), Recipient("farm", "mail"), Recipient("nobody", "mail"), Recipient("", "mail")])
def test_a_recipient_whom_the_book_does_not_have_for_them_is_refused(to: Recipient) -> None:
    desk = responding()
    assert desk.refused(DraftNotice("customer_initial", {}, TEXT, TEXT, (to,)), SERVICE).field == "to"


def test_a_word_to_some_names_them_and_never_goes_to_the_public() -> None:
    from bot.core.commands import AnswerOverrides

    desk = responding()
    desk.do(AnswerOverrides("business", ("personal_info_leak_suspected",)), SERVICE)
    assert desk.notice(desk.draft("data_notice")).to == ()
    assert desk.refused(DraftNotice("data_notice", {}, TEXT, TEXT, (STATUS,)), SERVICE).field == "to"


def test_both_languages_are_there_and_the_promise_lies_ahead() -> None:
    desk = responding()
    assert desk.refused(DraftNotice("customer_initial", {}, TEXT, Bi("话", " ")), SERVICE).field == "text_en"
    assert desk.refused(DraftNotice("customer_initial", {}, TEXT, TEXT, next_at=desk.now), SERVICE).field == "next_at"
    assert desk.refused(DraftNotice("nonsense", {}, TEXT, TEXT), SERVICE).field == "script"


def test_the_same_draft_twice_is_one_and_so_is_the_same_edit() -> None:
    desk = responding()
    id = desk.draft()
    one = desk.notice(id)
    assert desk.do(DraftNotice("customer_initial", {}, TEXT, TEXT, next_at=one.next_at), SERVICE) == ()
    assert desk.do(EditNotice(id, one.text, next_at=one.next_at), SERVICE) == ()


def test_somebody_who_is_not_in_it_does_not_draft() -> None:
    assert responding().refused(DraftNotice("customer_initial", {}, TEXT, TEXT), "nobody").text


# --- sending ----------------------------------------------------------------------------------------------------------------


def test_sending_promises_one_delivery_for_each_recipient_but_those_a_person_sends() -> None:
    desk = responding()
    id = desk.sent()
    assert states(desk) == ["waiting", "waiting", "by_hand", "waiting"]
    assert [(one.slot, one.via, one.to, one.language, one.platform) for one in desk.left()] == [
        ("out:n1:d1:1", "room", "@customers", "zh-CN", "slack"),
        ("out:n1:d2:1", "mail", "kitchen@bistro.example", "en", ""),
        ("out:n1:d4:1", "status", "", "zh-CN", ""),
    ]
    assert desk.do(SendNotice(id), SERVICE) == ()


def test_it_is_sent_once_every_delivery_has_ended() -> None:
    desk = responding()
    id = desk.sent()
    for one in ("d1", "d2", "d4"):
        desk.do(RecordDelivery(id, one, 1, "sent"))
        assert desk.notice(id).state == "sending"
    desk.do(MarkDelivered(id, "d3", "营养科王主任收到"), SERVICE)
    assert (desk.notice(id).state, states(desk)) == ("sent", ["sent", "sent", "handed", "sent"])
    assert (desk.notice(id).deliveries[2].by, desk.notice(id).deliveries[2].why) == (SERVICE, "营养科王主任收到")


def test_what_failed_is_told_to_who_sent_it_and_sent_again_alone() -> None:
    desk = responding()
    id = desk.sent()
    desk.do(RecordDelivery(id, "d1", 1, "sent"))
    desk.do(RecordDelivery(id, "d2", 1, "failed", line("通过")))
    assert desk.said()[-1].mentions == (SERVICE,)
    before = len(desk.left())
    desk.do(RetryDelivery(id), SERVICE)
    assert [(one.delivery, one.tries) for one in desk.left()[before:]] == [("d2", 2)]
    desk.do(RecordDelivery(id, "d2", 1, "failed", "late"))
    assert desk.notice(id).deliveries[1].state == "waiting"
    desk.do(RecordDelivery(id, "d2", 2, "sent"))
    assert desk.notice(id).deliveries[1].state == "sent"


def test_what_is_in_doubt_is_sent_again_only_by_its_name() -> None:
    desk = responding()
    id = desk.sent()
    desk.do(RecordDelivery(id, "d2", 1, "doubt", "断在 DATA 之后"))
    assert desk.do(RetryDelivery(id), SERVICE) == ()
    assert desk.do(RetryDelivery(id, "d2"), SERVICE)


def test_a_doubt_is_cleared_by_whoever_asked_and_what_arrived_stays_arrived() -> None:
    desk = responding()
    id = desk.sent()
    desk.do(RecordDelivery(id, "d2", 1, "doubt", "断了"))
    desk.do(MarkDelivered(id, "d2", "电话问过，收到"), SERVICE)
    assert desk.do(RecordDelivery(id, "d2", 1, "sent")) == ()
    assert desk.do(RetryDelivery(id, "d2"), SERVICE) == ()
    desk.refused(MarkDelivered(id, "d1"), SERVICE)


def test_a_first_try_that_arrived_after_all_stops_the_second() -> None:
    desk = responding()
    id = desk.sent()
    desk.do(RecordDelivery(id, "d2", 1, "failed", "time-out"))
    desk.do(RetryDelivery(id), SERVICE)
    desk.do(RecordDelivery(id, "d2", 1, "sent"))
    assert desk.notice(id).deliveries[1].state == "sent"
    assert len(desk.letters()) == 2


def test_only_the_engine_records_what_became_of_a_delivery() -> None:
    desk = responding()
    id = desk.sent()
    assert desk.do(RecordDelivery(id, "d1", 1, "sent"), SERVICE) == ()
    assert desk.do(RecordDelivery("n9", "d1", 1, "sent")) == ()


def test_what_does_not_get_out_while_the_approval_is_good_has_failed_and_is_not_sent_again() -> None:
    desk = responding()
    id = desk.sent(next_in=120)
    desk.wait(minutes=30)
    assert states(desk) == ["failed", "failed", "by_hand", "failed"]
    refusal = desk.refused(RetryDelivery(id), SERVICE)
    assert refusal.fix[0].press.action == "notice.draft"
    assert desk.letters() == []
    desk.do(RecordDelivery(id, "d1", 1, "sent"))
    assert states(desk)[0] == "sent"


def test_withdrawing_while_it_goes_out_stops_what_has_not_left() -> None:
    desk = responding()
    id = desk.sent()
    desk.do(RecordDelivery(id, "d1", 1, "sent"))
    desk.do(WithdrawNotice(id, "数字错了"), SERVICE)
    assert (desk.notice(id).state, states(desk)) == ("withdrawn", ["sent", "failed", "failed", "failed"])
    assert desk.letters() == []
    desk.refused(RetryDelivery(id), SERVICE)
    desk.refused(MarkDelivered(id, "d3"), SERVICE)


def test_what_is_out_is_neither_edited_nor_withdrawn() -> None:
    desk = responding()
    id = desk.sent()
    desk.refused(EditNotice(id, Bi("别的", "Other")), SERVICE)
    desk.arrive(id)
    desk.refused(WithdrawNotice(id), SERVICE)


def test_internal_words_go_at_once_to_where_we_all_are() -> None:
    desk = responding()
    id = desk.draft("internal_update")
    desk.do(SendNotice(id), SERVICE)
    assert [(one.via, one.to) for one in desk.left()] == [("room", "@report")]


# --- drills, pre-activation, what is over -------------------------------------------------------------------------------------


def test_a_drill_is_approved_and_sent_and_nothing_leaves() -> None:
    desk = responding(mode="drill")
    id = desk.sent()
    assert desk.notice(id).state == "sent"
    assert {(one.state, one.why) for one in desk.notice(id).deliveries} == {("drill", line("演练：不外发"))}
    assert (desk.left(), desk.letters()) == ([], [])
    assert "【演练】" in timeline(desk.log, plan())[-2].text.text  # type: ignore[union-attr]


def test_before_the_activation_is_confirmed_texts_are_made_ready_and_stay() -> None:
    from bot.core.commands import Activate

    desk = pre_activated()
    id = desk.approved("customer_update", next_in=120)
    assert desk.refused(SendNotice(id), SERVICE).fix[0].press.action == "incident.activate_form"
    desk.do(Activate(), "linyuan")
    desk.do(SendNotice(id), SERVICE)
    assert desk.left()


def test_a_merged_incident_says_nothing_more() -> None:
    desk = responding()
    desk.sent()
    other = desk.approved(text=Bi("第二份", "Second"))
    desk.do(MergeInto("INC-2", "同一件事"), "linyuan")
    assert desk.letters() == []
    desk.refused(SendNotice(other), SERVICE)
    desk.refused(DraftNotice("customer_update", {}, TEXT, TEXT), SERVICE)
    assert [one for one in life.deadlines(desk.incident, plan()) if one.kind.startswith("notice.")] == []


# --- promises and talks -------------------------------------------------------------------------------------------------------


def test_the_next_update_is_a_promise_that_the_next_text_keeps() -> None:
    desk = responding()
    desk.arrive(desk.sent())
    [first] = desk.incident.outward.promises
    assert (first.to, first.due_at, first.kept_at) == ("customer", desk.notice().next_at, None)
    desk.wait(minutes=20)
    desk.sent("customer_update")
    assert [one.kept_at is None for one in desk.incident.outward.promises] == [False, True]


def test_a_talk_is_kept_with_what_was_promised_in_it_and_its_maker_is_reminded_once() -> None:
    desk = responding()
    desk.do(LogTalk("仁和医院", "电话", "早餐单改人工", "22:00 前回电", desk.now + timedelta(minutes=30)), SERVICE)
    assert desk.incident.outward.talks[0].text == "早餐单改人工"
    desk.wait(minutes=40)
    assert [event.promise for event, _ in desk.log if isinstance(event, PromiseChased)] == ["p1"]
    assert desk.said()[-1].mentions == (SERVICE,)
    desk.do(KeepPromise("p1"), PR)
    assert (desk.incident.outward.promises[0].kept_by, desk.do(KeepPromise("p1"), PR)) == (PR, ())


@pytest.mark.parametrize(("to", "text", "field"), [("", "说了", "to"), ("医院", " ", "text")])
def test_a_talk_has_a_partner_and_a_content(to: str, text: str, field: str) -> None:
    assert responding().refused(LogTalk(to, "电话", text), SERVICE).field == field


# --- the log ----------------------------------------------------------------------------------------------------------------


def test_the_timeline_says_who_was_told_what_by_whose_leave() -> None:
    desk = responding()
    id = desk.sent()
    desk.do(RecordDelivery(id, "d2", 1, "failed", "550"))
    kinds = [(type(event).__name__, entry.kind) for (event, _), entry in zip(desk.log, timeline(desk.log, plan()), strict=True)]
    assert {kind for name, kind in kinds if name in ("NoticeSigned", "NoticeApproved", "NoticeSent")} == {"decision"}
    assert ("DeliveryEnded", "fact") in kinds
    ended = next(event for event, _ in desk.log if isinstance(event, DeliveryEnded))
    assert ended.why == "550"


def test_an_id_that_is_not_there_is_refused_with_the_way_to_the_list() -> None:
    desk = responding()
    assert desk.refused(SendNotice("n7"), SERVICE).fix[0].press.action == "notice.list"
    desk.refused(KeepPromise("p7"), SERVICE)
    desk.sent()
    desk.refused(RetryDelivery("n1", "d9"), SERVICE)


def test_nobody_told_is_not_told() -> None:
    desk = responding()
    id = desk.sent()
    assert deliveries.told(desk.notice(id))
    for one in ("d1", "d2", "d4"):
        desk.do(RecordDelivery(id, one, 1, "failed", "x"))
    assert not deliveries.told(desk.notice(id))
