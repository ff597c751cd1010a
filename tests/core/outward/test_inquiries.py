"""Questions from outside: taken down once, gathered, answered in time with what was agreed, and to the press by its one voice alone."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from bot.core import life
from bot.core.commands import Activate, ReportIncident, SetLevel, TakeRole
from bot.core.errors import Refused
from bot.core.incident import PersonId
from bot.core.outward.agreed import served, topics, usable, waiting
from bot.core.outward.commands import (
    AgreeAnswer,
    AnswerInquiry,
    ApproveAnswer,
    GroupInquiry,
    HoldInquiry,
    InquiryCommand,
    LogInquiry,
    ReturnAnswer,
)
from bot.core.outward.events import AnswerPutForward, AnswerSigned, InquiryAnswered
from bot.core.outward.state import Inquiry, Topic
from tests.core.drive import BIZ, OPS, PR, SERVICE, TECH, Drive, plan, report_of
from tests.core.outward.desk import SECOND_PR

PRESS = "经济报 刘"
ASKED = "配送还能到吗"
ANSWER = "今天的配送照常，晚一小时以内。"


class Desk(Drive):
    """A record with questions from outside."""

    @property
    def topic(self) -> Topic:
        return self.incident.outward.topics[-1]

    @property
    def inquiry(self) -> Inquiry:
        return self.incident.outward.inquiries[-1]

    def asked(self, audience: str = "customer", question: str = ASKED, who: str = "生鲜一号", by: PersonId = SERVICE) -> Inquiry:
        self.do(LogInquiry(audience, who, question), by)
        return self.inquiry

    def agreed(self, by: PersonId = SERVICE, text: str = ANSWER) -> Topic:
        """The answer, signed by the first who may for every seat."""
        self.do(AgreeAnswer(self.topic.id, text), by)
        for signer in (PR, BIZ, TECH, SECOND_PR):
            with suppress(Refused):
                self.do(ApproveAnswer(self.topic.id), signer)
        return self.topic


def desk(level: str = "severe") -> Desk:
    made = Desk()
    made.do(ReportIncident(report_of()), SERVICE)
    made.wait(minutes=1)
    made.do(Activate(level, "大面积"), TECH)
    made.do(TakeRole("commander"), TECH)
    return made


def test_a_question_has_a_topic_an_owner_and_the_plans_time() -> None:
    room = desk()
    one = room.asked()
    assert (one.who, one.question, one.topic) == ("生鲜一号", ASKED, room.topic.id)
    assert one.due_at == one.at + timedelta(minutes=30)
    assert room.topic.owner == SERVICE


def test_the_same_question_twice_is_a_double_click_until_it_is_answered() -> None:
    room = desk()
    room.asked()
    assert room.do(LogInquiry("customer", "生鲜一号", ASKED), SERVICE) == ()


def test_one_answer_serves_everybody_of_a_topic_and_only_of_its_audience() -> None:
    room = desk()
    first = room.asked()
    second = room.asked(who="小馆", question="今晚送得到吗")
    assert len(topics(room.incident)) == 2
    room.do(GroupInquiry(second.id, first.topic), SERVICE)
    assert [(topic.id, n) for topic, n in topics(room.incident)] == [(first.topic, 2)]
    other = room.asked(audience="supplier", question=ASKED, who="农场")
    room.refused(GroupInquiry(other.id, first.topic), SERVICE)


def test_an_answer_is_nobodys_before_all_seats_have_signed_it() -> None:
    room = desk()
    one = room.asked()
    assert [button.press.action for button in room.refused(AnswerInquiry(one.id), SERVICE).fix] == ["answer.agree", "inquiry.hold"]
    room.do(AgreeAnswer(one.topic, ANSWER), SERVICE)
    assert usable(room.incident, plan(), room.topic) is None
    room.refused(AnswerInquiry(one.id), SERVICE)
    room.refused(ApproveAnswer(one.topic), SERVICE)
    room.do(ApproveAnswer(one.topic), PR)
    assert usable(room.incident, plan(), room.topic) is None
    room.do(ApproveAnswer(one.topic), BIZ)
    assert usable(room.incident, plan(), room.topic) == ANSWER
    room.do(AnswerInquiry(one.id), OPS)
    assert (room.inquiry.answer, room.inquiry.agreed, room.inquiry.answered_by) == (ANSWER, True, OPS)


def test_what_is_changed_taken_back_or_outgrown_by_the_level_may_not_be_given() -> None:
    room = desk()
    room.asked()
    room.agreed()
    assert usable(room.incident, plan(), room.topic) == ANSWER
    room.do(SetLevel("major", "更严重"), TECH)
    assert usable(room.incident, plan(), room.topic) is None
    room.do(AgreeAnswer(room.topic.id, ANSWER), SERVICE)
    assert room.topic.needed == ("commander", "pr")
    room.do(ApproveAnswer(room.topic.id), TECH)
    room.do(ApproveAnswer(room.topic.id), PR)
    assert usable(room.incident, plan(), room.topic) == ANSWER
    room.do(ReturnAnswer(room.topic.id, "说得太满"), PR)
    assert usable(room.incident, plan(), room.topic) is None


def test_other_words_are_kept_as_what_was_said() -> None:
    room = desk()
    one = room.asked()
    room.do(AnswerInquiry(one.id, "能到，晚一点。"), SERVICE)
    assert (room.inquiry.answer, room.inquiry.agreed) == ("能到，晚一点。", False)


def test_only_pr_and_who_stands_in_for_it_answers_the_press() -> None:
    room = desk()
    one = room.asked("media", "到底出了什么事", PRESS)
    assert PR in room.said()[-1].mentions
    for command in (AgreeAnswer(one.topic, ANSWER), AnswerInquiry(one.id, "没事"), AnswerInquiry(one.id)):
        assert room.refused(command, SERVICE).fix[0].press.action == "roll.call"
    room.do(HoldInquiry(one.id), SERVICE)
    room.do(AgreeAnswer(one.topic, ANSWER), SECOND_PR)
    room.do(ApproveAnswer(one.topic), PR)
    room.do(ApproveAnswer(one.topic), TECH)
    room.do(AnswerInquiry(one.id), PR)
    assert room.inquiry.agreed


def test_an_agreed_answer_keeps_to_the_words_of_a_notice() -> None:
    room = desk()
    one = room.asked()
    assert room.refused(AgreeAnswer(one.topic, "可能是网络的问题。"), SERVICE).field == "defence"
    assert room.refused(AgreeAnswer(one.topic, "打 13800000001 找他。"), SERVICE).field == "text"
    room.do(AgreeAnswer(one.topic, "可能是网络的问题。", "技术组已核实"), SERVICE)


def test_nothing_is_given_while_nobody_has_confirmed_the_activation() -> None:
    room = Desk()
    room.do(ReportIncident(report_of()), SERVICE)
    room.wait(hours=1)
    assert room.incident.activation
    assert room.incident.activation.pre
    room.asked()
    room.agreed()
    assert usable(room.incident, plan(), room.topic) is None
    room.do(Activate("severe", "确认"), TECH)
    assert room.incident.external_allowed


def test_the_owner_is_reminded_then_the_lead_then_the_commander_and_an_answer_ends_it() -> None:
    room = desk()
    one = room.asked()
    room.wait(minutes=29)
    assert (room.inquiry.chased, room.said("@comms")[-1].mentions) == (1, (SERVICE,))
    room.wait(minutes=2)
    assert room.inquiry.chased == 2
    room.wait(minutes=15)
    assert (room.inquiry.chased, TECH in room.said()[-1].mentions) == (3, True)
    room.do(AnswerInquiry(one.id, "能到。"), SERVICE)
    assert (served(room.incident).late, waiting(room.incident)) == (1, ())
    assert not [deadline for deadline in life.deadlines(room.incident, plan()) if deadline.kind == "inquiry.clock"]


def test_a_signature_that_is_missing_goes_to_those_who_stand_in_then_to_the_commander() -> None:
    room = desk()
    room.asked()
    room.do(AgreeAnswer(room.topic.id, ANSWER), SERVICE)
    room.wait(minutes=10)
    assert SECOND_PR in room.said()[-1].mentions
    room.do(ApproveAnswer(room.topic.id), SECOND_PR)
    room.wait(minutes=10)
    assert room.topic.chased == 2


@pytest.mark.parametrize("seed", range(12))
def test_no_answer_counts_as_agreed_that_was_not_signed_as_it_stood(seed: int) -> None:
    """Judged from the log alone: whoever does what in whatever order."""
    chance, room = Random(seed), desk(Random(seed).choice(["minor", "severe", "major"]))
    people = (SERVICE, PR, SECOND_PR, TECH, BIZ, OPS)
    for _ in range(70):
        with suppress(Refused):
            room.do(_deed(chance, room), chance.choice(people))
        room.now += timedelta(minutes=1)
    written: dict[str, tuple[str, PersonId | None]] = {}
    signed: dict[tuple[str, str], set[PersonId | None]] = {}
    for event, stamp in room.log:
        match event:
            case AnswerPutForward(topic=id, text=said):
                written[id] = (said, stamp.by)
                signed[id, said] = set()
            case AnswerSigned(topic=id):
                assert stamp.by != written[id][1]
                assert stamp.by not in signed[id, written[id][0]]
                signed[id, written[id][0]].add(stamp.by)
            case InquiryAnswered(agreed=True, text=said):
                assert any(text == said and who for (_, text), who in signed.items())
    for one in room.incident.outward.inquiries:
        assert one.audience != "media" or one.answered_by in (None, PR, SECOND_PR)


def _deed(chance: Random, room: Desk) -> InquiryCommand | SetLevel:
    outward = room.incident.outward
    topic = chance.choice(outward.topics).id if outward.topics else "k1"
    inquiry = chance.choice(outward.inquiries).id if outward.inquiries else "q1"
    words = chance.choice([ANSWER, "请看状态页。"])
    deeds: list[InquiryCommand | SetLevel] = [
        LogInquiry(chance.choice(["customer", "media", "supplier"]), chance.choice("甲乙"), chance.choice([ASKED, "什么时候好"])),
        GroupInquiry(inquiry, topic),
        AgreeAnswer(topic, words),
        ApproveAnswer(topic),
        ApproveAnswer(topic),
        ReturnAnswer(topic, "再想想"),
        AnswerInquiry(inquiry),
        AnswerInquiry(inquiry, chance.choice(["", "自己的话"])),
        SetLevel(chance.choice(["severe", "major"]), "变了"),
    ]
    return chance.choice(deeds)
