"""The gate: nothing but an approved, valid text of a real incident becomes a letter, and what a letter carries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.commands import Activate, ProveCause, ReturnToResponse, SuspectCause
from bot.core.incident import Activation
from bot.core.outward.commands import DraftNotice, RecordDelivery, SendNotice
from bot.core.outward.notices import digest, letter
from bot.core.outward.state import Notice
from bot.words import Bi
from tests.core.drive import OPS, SERVICE, TECH
from tests.core.outward.desk import TEXT, Desk, plan, recovered, responding


def written(desk: Desk, **changes: object) -> bool:
    """Whether the first delivery of the notice would leave, were the notice so."""
    one = replace(desk.notice(), **changes)  # type: ignore[arg-type]
    state = replace(desk.incident, outward=replace(desk.incident.outward, notices=(one,)))
    return letter(state, plan(), "n1", "d1", desk.notice().approved) is not None


def test_what_was_sent_becomes_a_letter_in_the_language_of_its_reader() -> None:
    desk = responding()
    desk.sent()
    first, second, page = desk.letters()
    assert (first.language, first.text, first.to, first.via) == ("zh-CN", TEXT.zh, "@customers", "room")
    assert (second.language, second.text, second.subject, second.contact) == ("en", TEXT.en, "Service disruption notice", "bistro")
    assert (page.title, page.both, page.components, page.level, page.phase) == (
        Bi("服务异常通知", "Service disruption notice"), TEXT, ("ordering",), "severe", "initial",
    )  # fmt: skip
    assert (first.record, first.at, first.next_at) == ("INC-1", desk.now, desk.notice().next_at)


def test_the_incidents_number_stands_on_nothing_that_leaves() -> None:
    desk = responding()
    desk.sent()
    assert all("INC" not in one.subject + one.text + one.title.zh + one.title.en for one in desk.letters())


@pytest.mark.parametrize("state", ["draft", "asked", "returned", "approved", "withdrawn", "expired"])
def test_only_what_is_being_sent_leaves(state: str) -> None:
    desk = responding()
    desk.sent()
    assert written(desk)
    assert not written(desk, state=state)


def test_a_text_other_than_the_one_approved_does_not_leave() -> None:
    desk = responding()
    desk.sent()
    assert not written(desk, text=Bi("换了", TEXT.en))
    assert not written(desk, next_at=None)
    assert not written(desk, to=desk.notice().to[:1])
    assert not written(desk, approved="")


def test_a_promise_to_deliver_another_text_is_void() -> None:
    desk = responding()
    desk.sent()
    for promised in ("", "0" * 16, digest(desk.notice())[:-1]):
        assert letter(desk.incident, plan(), "n1", "d1", promised) is None
    assert letter(desk.incident, plan(), "n1", "d9", desk.notice().approved) is None
    assert letter(desk.incident, plan(), "n2", "d1", desk.notice().approved) is None


@pytest.mark.parametrize("kind", ["sent", "failed", "doubt"])
def test_a_delivery_that_has_ended_does_not_leave_again(kind: str) -> None:
    desk = responding()
    desk.sent()
    desk.do(RecordDelivery("n1", "d1", 1, kind))  # type: ignore[arg-type]
    assert not written(desk)


def test_nothing_leaves_a_drill_or_an_unconfirmed_activation() -> None:
    desk = responding()
    desk.sent()
    assert letter(replace(desk.incident, mode="drill"), plan(), "n1", "d1", desk.notice().approved) is None
    pre = replace(desk.incident, activation=Activation("severe", desk.now, None, pre=True))
    assert letter(pre, plan(), "n1", "d1", desk.notice().approved) is None
    assert letter(replace(desk.incident, activation=None), plan(), "n1", "d1", desk.notice().approved) is None


@pytest.mark.parametrize("stage", ["closed", "merged", "false_alarm", "ended", "reviewing"])
def test_a_first_word_does_not_leave_what_is_over(stage: str) -> None:
    desk = responding()
    desk.sent()
    assert letter(replace(desk.incident, stage=stage), plan(), "n1", "d1", desk.notice().approved) is None  # type: ignore[arg-type]


def test_the_all_clear_leaves_only_while_it_is_true() -> None:
    desk = recovered(responding())
    desk.sent("customer_resolved", next_in=None)
    assert len(desk.letters()) == 3
    desk.do(ReturnToResponse("又报错"), TECH)
    assert desk.letters() == []


def test_the_all_clear_is_drafted_before_and_put_forward_only_after_the_checks() -> None:
    desk = responding()
    id = desk.draft("customer_resolved", next_in=None)
    from bot.core.outward.commands import AskApproval

    assert desk.refused(AskApproval(id), SERVICE).fix[0].press.action == "verify.start"
    recovered(desk)
    desk.do(AskApproval(id), SERVICE)


def test_a_cause_is_not_even_drafted_before_it_is_proven() -> None:
    desk = recovered(responding())
    draft = DraftNotice("media_resolved", {}, TEXT, TEXT)
    assert desk.refused(draft, SERVICE).fix[0].press.action == "cause.suspect"
    desk.do(SuspectCause("程序更新"), OPS)
    assert desk.refused(draft, SERVICE).fix[0].press.action == "cause.prove"
    desk.do(ProveCause(desk.incident.causes[0].id, "撤回后恢复"), TECH)
    desk.do(draft, SERVICE)


def test_a_contact_that_left_the_book_gets_nothing() -> None:
    desk = responding()
    desk.sent()
    comms = plan().comms.model_copy(update={"contacts": {}})
    without = plan().model_copy(update={"comms": comms})
    assert letter(desk.incident, without, "n1", "d1", desk.notice().approved) is None


def test_the_digest_is_of_texts_recipients_and_promise_and_of_nothing_else() -> None:
    desk = responding()
    desk.sent()
    one: Notice = desk.notice()
    assert digest(replace(one, at=desk.now, state="draft", signatures=(), deliveries=())) == digest(one)
    others = [replace(one, text=Bi(TEXT.en, TEXT.zh)), replace(one, to=one.to[::-1]), replace(one, next_at=None)]
    assert len({digest(one), *map(digest, others)}) == 4
    assert len(digest(one)) == 16


def test_sending_while_the_level_is_confirmed_again_changes_nothing() -> None:
    desk = responding()
    id = desk.approved()
    assert desk.do(Activate(), TECH) == ()
    desk.do(SendNotice(id), SERVICE)
