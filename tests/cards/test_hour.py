"""Messages are precious: how many a 严重 incident makes in its war room in the first hour, lived through with the real core."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.views import VIEWS, desk
from bot.core import checklist
from bot.core.commands import (
    AcknowledgeReport,
    Activate,
    AnswerOverrides,
    AnswerQuestion,
    ApproveMeasure,
    Arrive,
    CheckItem,
    ChooseFault,
    Command,
    ConfirmMeasure,
    ExecuteMeasure,
    ProposeMeasure,
    ReportImpact,
    ReportIncident,
    SendUpdate,
    SkipItem,
    TakeNote,
    TakeRole,
)
from bot.core.incident import SIDES, Figure, Item, PersonId
from bot.effects import Say
from tests.core.drive import ARCHITECT, OPS, PROJECT, SERVICE, TESTER, Drive, plan, report_of

SCORES = {"q_scope": 2, "q_users": 2, "u_workaround": 2, "u_trend": 2}


class Room:
    """A drive that watches the war room: cards that come to stand in it, and lines said there."""

    def __init__(self) -> None:
        self.drive = Drive()
        self.cards: list[str] = []

    def do(self, command: Command, by: PersonId | None) -> None:
        self.drive.do(command, by)
        self.look()

    def work(self, minutes: int) -> None:
        """Minute by minute: whoever has a line to do does it in time, and the commander is heard of."""
        for minute in range(minutes):
            for found in self.drive.incident.checklists:
                for item in found.items:
                    if item.state == "todo" and item.due_at and item.due_at <= self.drive.now + timedelta(minutes=1):
                        self.tick(found.id, item)
            if minute % 5 == 0:
                self.do(TakeNote("看过进展"), PROJECT)
            self.drive.wait(minutes=1)
            self.look()

    def tick(self, list_id: str, item: Item) -> None:
        owner = checklist.owner(self.drive.incident, item) or OPS
        approved = any(m.kind == item.measure and m.state == "executed" for m in self.drive.incident.measures)
        if item.measure and not approved:
            self.do(SkipItem(list_id, item.id, "还没批，先做下一步"), owner)
        else:
            self.do(CheckItem(list_id, item.id), owner)

    def look(self) -> None:
        for placed in desk(self.drive.incident, plan()):
            assert VIEWS[placed.view](self.drive.incident, plan(), dict(placed.args)).title
            if placed.room == "war" and placed.slot not in self.cards:
                self.cards.append(placed.slot)

    @property
    def lines(self) -> list[Say]:
        return [effect for effect in self.drive.effects if isinstance(effect, Say) and effect.room == "war"]


def an_hour() -> Room:
    """Reported, graded by both sides, started, staffed, worked at, told twice; everybody does their part in time."""
    room = Room()
    room.do(ReportIncident(report_of()), SERVICE)
    room.do(AcknowledgeReport(), PROJECT)
    for side, who in zip(SIDES, (ARCHITECT, SERVICE), strict=True):
        room.do(AnswerOverrides(side, ()), who)
        for question in plan().grading.questions:
            room.do(AnswerQuestion(side, question.id, SCORES.get(question.id, 1)), who)
    room.work(5)
    room.do(Activate(), PROJECT)
    room.do(TakeRole("commander"), PROJECT)
    for person in {attempt.person for call in room.drive.incident.calls for attempt in call.attempts}:
        room.do(Arrive(), person)
    room.do(ChooseFault("fc_code_defect"), ARCHITECT)
    room.work(3)
    room.do(ReportImpact((Figure("orders", "412 单", None, None, "客服台账", SERVICE, room.drive.now),)), SERVICE)
    scribe = room.drive.incident.roles["scribe"].person
    room.work(8)
    room.do(SendUpdate({"situation": "下单失败，已转手工记单"}), scribe)
    room.do(ProposeMeasure("rollback", "v5.2 回滚到 v5.1", "时间吻合", "购物车新字段", "10 分钟不降即停", "摘价格缓存"), ARCHITECT)
    room.do(ApproveMeasure("m1"), PROJECT)
    room.do(ExecuteMeasure("m1"), OPS)
    room.do(ConfirmMeasure("m1", "错误率 0.3%"), TESTER)
    room.work(20)
    room.do(SendUpdate({"situation": "回滚见效，错误率 0.3%"}), scribe)
    room.work(24)
    return room


def test_a_severe_incident_makes_fewer_than_twelve_messages_in_its_first_hour() -> None:
    """Two situation reports, a checklist of either side, a measure, and figures among them; redraws are no messages."""
    room = an_hour()
    assert room.drive.incident.level == "severe"
    cards = [slot for slot in room.cards if slot.startswith("sitrep")]
    assert len(cards) == 2
    assert len(room.cards) + len(room.lines) < 12, (room.cards, [line.text for line in room.lines])


def test_everybody_called_has_one_message_of_their_own() -> None:
    room = an_hour()
    called = {attempt.person for call in room.drive.incident.calls for attempt in call.attempts}
    direct = [placed.room for placed in desk(room.drive.incident, plan()) if placed.slot.startswith("call:")]
    assert sorted(direct) == sorted(f"dm:{person}" for person in called)
