"""The whole night of a 重大, with the attempts that must fail where they would be made, and what holds of it on every platform.

A platform's own tests subclass `Claims` and play the night in a house of theirs, as the fixture `night`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.events import HandoverEnded, NextCalled, StageMoved
from tests.flows import story
from tests.flows.anywhere import House, TurnedAway


@dataclass(frozen=True)
class Night:
    """A house in which the story was played, and who was turned away on the way."""

    house: House
    unapproved: TurnedAway
    self_approved: TurnedAway
    self_checked: TurnedAway
    wrong_taker: TurnedAway
    too_early: TurnedAway
    own_repair: TurnedAway


def played(house: House) -> Night:
    """All chapters, with the attempts that must fail where they would be made."""
    for chapter in (story.reported, story.graded, story.activated, story.worked):
        chapter(house)
    hechuan, zhoumu = house.hechuan, house.zhoumu
    unapproved = hechuan.is_refused(lambda: hechuan.says("/批准 m1"))
    story.proposed(house)
    self_approved = zhoumu.is_refused(lambda: zhoumu.presses("批准版本回滚", on="measure:m1"))
    story.executed(house)
    self_checked = hechuan.is_refused(lambda: hechuan.presses("复核，登记结果", on="measure:m1", result="好了"))
    story.confirmed(house)
    story.offered(house)
    wrong_taker = house.zhaojing.is_refused(lambda: house.zhaojing.presses("我接任", on="handover"))
    story.taken(house)
    too_early = house.chenhai.is_refused(lambda: house.chenhai.says("/结束 都好了"))
    story.fixed(house)
    own_repair = hechuan.is_refused(lambda: hechuan.ticks("健康检查", on="verify"))
    for chapter in (story.verified, story.ended, story.closed):
        chapter(house)
    house.settle()
    return Night(house, unapproved, self_approved, self_checked, wrong_taker, too_early, own_repair)


class Claims:
    """What the night shows while it goes and what it leaves."""

    def test_it_goes_from_report_to_closed_and_what_is_stored_is_what_happened(self, night: Night) -> None:
        assert night.house.state.stage == "closed"
        night.house.holds()

    def test_it_takes_every_stage_of_the_plan_in_order(self, night: Night) -> None:
        way = [event.to for event in night.house.events() if isinstance(event, StageMoved)]
        assert way == ["assessing", "activated", "responding", "verifying", "observing", "ended", "reviewing", "closed"]

    def test_the_higher_answer_of_two_sides_makes_the_level_and_not_knowing_counts_as_the_next_step(self, night: Night) -> None:
        grade = night.house.state.grades[-1]
        assert (grade.level, grade.impact, grade.urgency, grade.provisional) == ("major", 3, 3, False)
        assert "影响 I3 × 紧急 U3 = 重大" in night.house.wangmin.card("grade:business")
        unknown = {answer.question for answer in night.house.state.answers.values() if answer.score == 0}
        assert unknown == {"q_money", "q_data"}

    def test_the_silent_one_is_replaced_by_the_deputy_on_the_ladders_clock(self, night: Night) -> None:
        called = [event.attempt.person for event in night.house.events() if isinstance(event, NextCalled)]
        assert called == ["fanyu"]
        logistics = next(call for call in night.house.state.calls if call.post == "logistics")
        assert [(attempt.person, attempt.state) for attempt in logistics.attempts] == [("dinglei", "ringing"), ("fanyu", "here")]
        assert "范宇顶物流（上海仓）" in night.house.linyuan.card("roll")

    def test_at_least_six_people_took_part(self, night: Night) -> None:
        happened = night.house.app.service.events("INC-1")
        assert len({stamp.by for _, stamp in happened if stamp.by}) >= 14

    def test_a_measure_is_proposed_approved_executed_and_confirmed_by_four_people(self, night: Night) -> None:
        measure = night.house.state.measures[0]
        assert (measure.state, measure.proposer, measure.decided_by, measure.executor, measure.checker) == (
            "executed", "zhoumu", "linyuan", "hechuan", "sunyue",
        )  # fmt: skip

    def test_nobody_approves_or_confirms_their_own_measure(self, night: Night) -> None:
        assert "没有等决定的提案" in str(night.unapproved)
        assert "只有总指挥林远能批准" in str(night.self_approved)
        assert "何川自己执行的，要另一个人复核" in str(night.self_checked)

    def test_command_passes_when_the_one_it_was_offered_to_takes_it(self, night: Night) -> None:
        assert "等 陈海 接任" in str(night.wrong_taker)
        assert night.house.state.commander == "chenhai"
        assert [event.accepted for event in night.house.events() if isinstance(event, HandoverEnded)] == [True]

    def test_a_refused_end_lists_what_is_missing_with_the_buttons_that_mend_it(self, night: Night) -> None:
        said = str(night.too_early)
        assert "还不能结束，差 6 条" in said
        for missing in ("恢复验证", "业务不受影响", "观察期", "对外承诺", "监管状态", "资源与人员"):
            assert missing in said
        assert set(night.too_early.offers) == {"开始恢复验证", "签认"}

    def test_who_repaired_does_not_verify(self, night: Night) -> None:
        assert "不能验证自己修的东西" in str(night.own_repair)
        assert "hechuan" not in {check.by for check in night.house.state.checks}

    def test_the_end_is_signed_by_three_seats_and_told_to_everyone_told_before(self, night: Night) -> None:
        ending = night.house.state.ending
        assert ending is not None
        assert {approval.seat for approval in ending.approvals} == {"project_lead", "tech_lead", "business_lead"}
        for room in ("war", "@ecc", "@report"):
            assert any("应急响应结束" in said for said in night.house.said(room)), room

    def test_every_receipt_of_the_broadcast_came_in(self, night: Night) -> None:
        assert night.house.state.broadcasts[0].waiting == ()
        assert "都收到了" in night.house.linyuan.card("bc:b1")

    def test_each_situation_report_stands_in_the_war_room_the_centre_and_the_report_room(self, night: Night) -> None:
        for room in ("war", "@ecc", "@report"):
            assert any("态势第 1 报" in said for said in night.house.said(room)), room

    def test_the_improvement_was_checked_by_somebody_else(self, night: Night) -> None:
        action = night.house.state.actions[0]
        assert (action.state, action.owner, action.checked_by) == ("verified", "wuhao", "sunyue")

    def test_the_postmortem_lies_in_the_room_with_timeline_measures_and_summaries(self, night: Night) -> None:
        text = night.house.file("INC-1-postmortem.md")
        said = tuple(words for _, words in story.SUMMARIES.values())
        for part in ("INC-1", "时间线", "20:10", "回滚到 v5.1", "19:50 灰度发布引起", "发布前自动比对缓存键", *said):
            assert part in text, part

    def test_the_record_page_of_a_participant_tells_the_same_story(self, night: Night) -> None:
        page = night.house.app.record_page("INC-1", "wangmin")
        assert page is not None
        assert (page.severity, len(page.timeline) > 60) == ("major", True)
