"""Duties to report: asked as soon as they may hold, judged by a person, on time by their own clock, submitted by nobody here."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from bot.core import life
from bot.core.commands import Activate, AnswerOverrides, ChooseFault, DeclareFalseAlarm, ReportIncident, SetLevel, TakeRole
from bot.core.errors import Refused
from bot.core.events import Stamp
from bot.core.outward import duty_clocks, duty_paper
from bot.core.outward.commands import (
    AnswerDuty,
    DraftDuty,
    DutyCommand,
    ExportDuty,
    JudgeDuty,
    OpenDuty,
    SubmitDuty,
    WaiveDuty,
)
from bot.core.outward.duties import deciding, questions, suggested
from bot.core.outward.events import DutyAnswered, DutyChased, DutyJudged, DutySubmitted
from bot.core.outward.state import Duty
from bot.effects import Attach, Deliver
from tests.core.drive import ADMIN, ARCHITECT, OPS, PROJECT, SERVICE, START, TECH, Drive, plan, report_of

CAC, RECALL, PIPL, SLA = "cac_4h", "food_recall", "pipl_notice", "contract_sla"


class Desk(Drive):
    def duty(self, id: str = CAC) -> Duty:
        found = duty_clocks.find(self.incident, id)
        assert found is not None
        return found

    def answers(self, *said: str, id: str = CAC) -> None:
        for number, answer in zip(deciding(plan().obligations[id]), said, strict=True):
            self.do(AnswerDuty(id, number, answer), PROJECT)  # type: ignore[arg-type]  # as typed here

    def judged(self, id: str = CAC, applies: bool = True, **more: object) -> None:
        self.do(JudgeDuty(id, applies, "按研判表", **more), TECH)  # type: ignore[arg-type]  # as the command names them

    def duties(self) -> list[str]:
        return [duty.id for duty in self.incident.outward.duties]

    def steps(self, id: str = CAC) -> list[tuple[str, int]]:
        return [(event.leg, event.step) for event, _ in self.log if isinstance(event, DutyChased) and event.duty == id]


def desk(level: str = "severe") -> Desk:
    made = Desk()
    made.do(ReportIncident(report_of()), SERVICE)
    made.wait(minutes=1)
    made.do(Activate(level, "大面积"), TECH)
    made.do(TakeRole("commander"), TECH)
    return made


# --- asked ------------------------------------------------------------------------------------------------------------------


def test_the_level_the_overrides_and_the_cause_make_the_bot_ask_each_once() -> None:
    room = desk()
    assert room.duties() == []
    room.do(SetLevel("major", "全平台"), TECH)
    assert room.duties() == [CAC]
    assert room.duty().why == ("level:major",)
    room.do(AnswerOverrides("technical", ("personal_info_leak_suspected",), False), ARCHITECT)
    room.do(ChooseFault("fc_attack"), ARCHITECT)
    assert room.duties() == [CAC, PIPL]


def test_people_may_ask_too() -> None:
    room = desk()
    room.do(OpenDuty("insurance"), OPS)
    assert room.duty("insurance").why == ()
    assert room.do(OpenDuty("insurance"), ADMIN) == ()
    room.refused(OpenDuty("tax"), OPS)


# --- judged -----------------------------------------------------------------------------------------------------------------


def test_unsure_is_the_stricter_and_never_no() -> None:
    room = desk("major")
    known = plan().obligations[CAC]
    room.answers("no", "no", "unknown", "no", "no")
    assert suggested(room.duty(), known) is True
    room.refused(JudgeDuty(CAC, False, "不够"), TECH)
    room.do(AnswerDuty(CAC, deciding(known)[2], "no"), PROJECT)
    assert suggested(room.duty(), known) is False
    room.judged(applies=False)
    assert list(duty_clocks.legs(room.incident, plan(), room.duty())) == []


def test_not_to_apply_needs_every_question_that_decides_and_a_reason_and_a_seat() -> None:
    room = desk("major")
    room.refused(JudgeDuty(CAC, False, "不够"), TECH)
    room.answers("no", "no", "no", "no", "no")
    assert room.refused(JudgeDuty(CAC, False, " "), TECH).field == "reason"
    room.refused(JudgeDuty(CAC, False, "不够"), OPS)


def test_what_was_judged_not_to_apply_is_open_again_once_somebody_is_not_so_sure() -> None:
    room = desk("major")
    room.answers("no", "no", "no", "no", "no")
    room.judged(applies=False)
    room.do(AnswerDuty(CAC, 3, "unknown"), PROJECT)
    assert room.duty().verdict is None


def test_the_authoritys_level_is_asked_and_no_company_level_ever_stands_in_the_draft() -> None:
    for level in ("severe", "major"):
        room = desk(level)
        room.do(OpenDuty(CAC), PROJECT)
        index = str([field.zh for field in plan().obligations[CAC].fields].index("事件级别"))
        assert duty_paper.prefilled(room.incident, plan(), room.duty())[index] == "待研判"
        room.judged(official="1")
        assert duty_paper.prefilled(room.incident, plan(), room.duty())[index] == "较大网络安全事件"
        room.refused(JudgeDuty(CAC, True, "按研判表", official="major"), TECH)


def test_a_waiver_leaves_out_what_the_plan_lets_and_the_time_runs_on() -> None:
    room = desk()
    room.do(OpenDuty(PIPL), PROJECT)
    room.do(WaiveDuty(PIPL, "法务签认"), TECH)
    assert room.duty(PIPL).waiver
    assert list(duty_clocks.legs(room.incident, plan(), room.duty(PIPL)))
    room.do(OpenDuty(CAC), PROJECT)
    room.refused(WaiveDuty(CAC, "不想报"), TECH)


# --- time -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tier", "hours"), [(None, 4), (0, 1), (1, 2)])
def test_the_time_counts_from_the_discovery_by_the_case(tier: int | None, hours: int) -> None:
    room = desk("major")
    room.wait(minutes=30)
    room.judged(tier=tier)
    assert duty_clocks.due(room.incident, plan(), room.duty()) == START + timedelta(hours=hours)


@pytest.mark.parametrize(("tier", "hours", "days"), [(None, 24, 10), (0, 24, 10), (1, 48, 20), (2, 72, 30)])
def test_a_recall_counts_as_the_strictest_until_its_class_is_known(tier: int | None, hours: int, days: int) -> None:
    room = desk()
    room.do(OpenDuty(RECALL), PROJECT)
    at = room.now
    room.judged(RECALL, tier=tier)
    assert duty_clocks.due(room.incident, plan(), room.duty(RECALL)) == at + timedelta(hours=hours)
    case = duty_clocks.tier(room.duty(RECALL), plan().obligations[RECALL])
    assert case
    assert case.finish_days == days


def test_what_counts_from_the_end_waits_for_it() -> None:
    room = desk()
    room.do(OpenDuty(SLA), PROJECT)
    assert duty_clocks.due(room.incident, plan(), room.duty(SLA)) is None


def test_it_is_reminded_before_its_time_and_climbs_when_it_is_late_judged_or_not() -> None:
    room = desk("major")
    room.wait(hours=3, minutes=50)
    assert room.steps() == [("first", 1), ("first", 2), ("first", 3)]
    assert PROJECT in room.said()[-1].mentions
    room.wait(minutes=10)
    assert {PROJECT, TECH} <= set(room.said()[-1].mentions)
    room.wait(hours=3)
    assert room.steps()[-1] == ("first", 6)
    room.wait(hours=200)
    assert room.steps()[-1] == ("first", 6)


def test_a_time_that_a_person_corrects_moves_all_of_it() -> None:
    room = desk("major")
    room.wait(hours=2, minutes=30)
    room.judged(started_at=START - timedelta(hours=1))
    assert duty_clocks.due(room.incident, plan(), room.duty()) == START + timedelta(hours=3)
    assert room.refused(JudgeDuty(CAC, True, "按研判表", started_at=room.now + timedelta(hours=1)), TECH).field == "started_at"


def test_what_is_owed_in_thirty_days_is_owed_after_the_archive_too() -> None:
    room = desk("major")
    room.judged()
    room.do(SubmitDuty(CAC, "first", "12387 热线", "A-1"), PROJECT)
    at = room.duty().submissions[0].at
    legs = list(duty_clocks.legs(room.incident, plan(), room.duty()))
    assert [(leg.name, leg.at) for leg in legs] == [("1", at + timedelta(days=30))]
    room.do(SubmitDuty(CAC, "1", "系统"), PROJECT)
    assert list(duty_clocks.legs(room.incident, plan(), room.duty())) == []


def test_a_false_alarm_ends_every_clock() -> None:
    room = desk("major")
    room.do(DeclareFalseAlarm("探针断了"), TECH)
    assert not [deadline for deadline in life.deadlines(room.incident, plan()) if deadline.kind == "duty.clock"]


# --- drafted and submitted ----------------------------------------------------------------------------------------------------


def test_the_draft_says_what_is_known_and_what_is_missing_in_two_parts() -> None:
    room = desk("major")
    room.do(DraftDuty(CAC, {"0": "快驴生鲜", "1": "20:30 上海"}), PROJECT)
    text = duty_paper.text(room.incident, plan(), room.duty())
    first, later = text.split("二、")
    assert "单位与系统基本情况：快驴生鲜" in first
    assert "影响与危害：待补" in first
    assert "勒索金额方式日期：待补" in later
    assert room.refused(DraftDuty(CAC, {"99": "?"}), PROJECT).field == "f99"


def test_a_submission_is_a_persons_with_channel_receipt_time_and_the_version_that_was_sent() -> None:
    room = desk("major")
    room.do(DraftDuty(CAC, {"0": "快驴生鲜"}), PROJECT)
    paper = room.duty().draft
    assert paper
    assert room.refused(SubmitDuty(CAC, "first", "12387 热线"), PROJECT).fix[0].press.action == "duty.judge"
    room.judged()
    seen = duty_paper.digest(paper)
    room.do(DraftDuty(CAC, {"0": "快驴生鲜（改）"}), ADMIN)
    room.refused(SubmitDuty(CAC, "first", "12387 热线", digest=seen), PROJECT)
    room.do(SubmitDuty(CAC, "first", "12387 热线"), PROJECT)
    done = room.duty().submitted()
    assert done
    assert (done.who, done.at, done.receipt) == (PROJECT, room.now, "")
    assert done.digest == duty_paper.digest(room.duty().drafts[-1]) != seen
    assert room.do(SubmitDuty(CAC, "first", "12387 热线"), PROJECT) == ()
    room.wait(minutes=5)
    room.do(SubmitDuty(CAC, "first", "12387 热线", "A-1"), PROJECT)
    assert [(one.receipt, one.at) for one in room.duty().submissions] == [("A-1", done.at)]


def test_progress_is_reported_as_often_as_there_is_some() -> None:
    room = desk("major")
    room.refused(SubmitDuty(CAC, "0", "电话"), PROJECT)
    room.judged()
    room.do(SubmitDuty(CAC, "first", "电话"), PROJECT)
    for note in ("查明入口", "修好了"):
        room.wait(minutes=5)
        room.do(SubmitDuty(CAC, "0", "电话", note=note), PROJECT)
    assert [one.note for one in room.duty().submissions if one.leg == "0"] == ["查明入口", "修好了"]


def test_the_draft_goes_into_the_room_as_a_file_and_nothing_goes_out() -> None:
    room = desk("major")
    room.refused(ExportDuty(CAC), PROJECT)
    room.do(DraftDuty(CAC, {"0": "快驴生鲜"}), PROJECT)
    room.do(ExportDuty(CAC), PROJECT)
    files = [effect for effect in room.effects if isinstance(effect, Attach)]
    assert [(file.room, file.document) for file in files] == [("war", "duty:cac_4h")]
    assert not [effect for effect in room.effects if isinstance(effect, Deliver)]


# --- whatever anybody does ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_no_duty_is_dropped_unsure_and_none_is_submitted_unjudged(seed: int) -> None:
    chance, room = Random(seed), desk("major")
    people, known = (PROJECT, TECH, OPS, ADMIN), plan().obligations
    for _ in range(80):
        with suppress(Refused):
            room.do(_deed(chance), chance.choice(people))
        room.wait(minutes=chance.choice((1, 20)))
    answers: dict[tuple[str, int], str] = {}
    applies: dict[str, bool] = {}
    for event, stamp in room.log:
        assert isinstance(stamp, Stamp)
        match event:
            case DutyJudged(duty=id, verdict=verdict):
                assert verdict.by == stamp.by
                assert verdict.applies or all(answers.get((id, n)) == "no" for n in deciding(known[id]))
                applies[id] = verdict.applies
            case DutySubmitted(duty=id, submission=done):
                assert done.leg != "first" or applies.get(id)
                assert stamp.by is not None
            case DutyAnswered(duty=id, question=number, finding=finding):
                answers[id, number] = finding.answer
    assert not [effect for effect in room.effects if isinstance(effect, Deliver)]


def _deed(chance: Random) -> DutyCommand:
    id = chance.choice((CAC, RECALL, PIPL))
    number = chance.randrange(1, len(questions(plan().obligations[id])) + 1)
    deeds: list[DutyCommand] = [
        OpenDuty(id),
        AnswerDuty(id, number, chance.choice(("no", "no", "no", "yes", "unknown"))),
        AnswerDuty(id, number, "no"),
        JudgeDuty(id, chance.random() < 0.5, "理由", chance.choice((None, 0))),
        DraftDuty(id, {"0": chance.choice("甲乙")}),
        SubmitDuty(id, chance.choice(("first", "0", "finish")), "电话", chance.choice(("", "A-1"))),
        WaiveDuty(id, "签认"),
    ]
    return chance.choice(deeds)
