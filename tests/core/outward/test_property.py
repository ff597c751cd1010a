"""Whatever anybody does in whatever order: no text leaves that was not signed as it stands, by everybody needed, by nobody who wrote it.

What may leave is judged here from the log of events alone, by rules of its own, not by what the core thinks of the notice.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core import grading, life
from bot.core.errors import Refused
from bot.core.events import Event, Stamp
from bot.core.incident import Incident
from bot.core.outward import approval, notices
from bot.core.outward import commands as o
from bot.core.outward import events as x
from bot.core.outward.notices import digest, letter
from bot.core.outward.state import Notice, Recipient
from bot.core.timeline import timeline
from bot.effects import Deliver
from bot.store.codec import Codec, Named
from bot.words import Bi
from tests.core.drive import BIZ, OPS, PR, PROJECT, SERVICE, TECH
from tests.core.outward.desk import SECOND_BIZ, SECOND_PR, Desk, end, plan, pre_activated, recovered, responding

PEOPLE = [TECH, BIZ, PROJECT, PR, SERVICE, OPS, SECOND_PR, SECOND_BIZ, "zhengyan", "suqing", "nobody", "slack:U0GUEST"]
TEXTS = [
    Bi("下单异常。", "Ordering is disturbed."), Bi("仍在处理。", "Work continues."), Bi("可能是更新。", "Work continues."),
    Bi("请打 13800000101", "Call"), Bi(" ", "x"),
]  # fmt: skip
WAYS = [(), (Recipient("bistro", "mail"),), (Recipient("", "status"), Recipient("chain", "room")), (Recipient("farm", "mail"),)]
USUAL = ("customer_initial", "customer_update", "supplier_initial", "media_initial")
VALID = timedelta(minutes=30)
Asked = tuple[c.Command, str | None]
Outcome = Literal["sent", "failed", "doubt"]
OUTCOMES: tuple[Outcome, ...] = ("sent", "failed", "failed", "doubt")
STATES: Codec[Incident] = Codec(Incident)
EVENTS: Named[Event] = Named(Event)


def _one_for_two() -> Desk:
    """Who fills one seat by the role fills another by the post."""
    desk = responding()
    desk.do(c.TakeRole("external_liaison"), BIZ)
    return desk


BEGINNINGS: tuple[Callable[[], Desk], ...] = (
    responding, responding, _one_for_two, lambda: responding("major"), lambda: responding("minor"), lambda: responding(mode="drill"),
    pre_activated, lambda: recovered(responding()),
)  # fmt: skip


@dataclass
class Text:
    """What the log says of one notice."""

    audience: str
    phase: str
    stands: Notice
    authors: set[str | None]
    asked: bool = False
    signed: dict[str, tuple[str | None, datetime]] = field(default_factory=dict)  # seat -> by whom, when, under what stands now
    stopped: bool = False
    sent_at: datetime | None = None

    def may_leave(self, before: Incident, now: datetime) -> bool:
        return self._may_be_sent(before) and self.sent_at is not None and now <= self.sent_at + VALID and not self.stopped

    def _may_be_sent(self, state: Incident) -> bool:
        inside = self.audience == "internal"
        confirmed = state.activation is not None and (not state.activation.pre or state.activation.confirmed_at is not None)
        over = state.stage in ("merged", "false_alarm", "closed")
        late = state.stage in ("ended", "reviewing") and self.phase in ("initial", "update")
        untrue = self.phase == "resolved" and state.stage not in ("verifying", "observing", "ended", "reviewing")
        return state.mode == "real" and (inside or confirmed) and not over and not late and not untrue

    def rightly_sent(self, level: str, now: datetime) -> None:
        needed = plan().comms.audiences[self.audience].approval[level]
        people = [self.signed[seat][0] for seat in needed]  # KeyError: a seat did not sign what stands
        assert len(set(people)) == len(people), "one person, two seats"
        assert None not in people, "nobody signed"
        assert not set(people) & self.authors, "the author signed"
        assert not self.stopped, "returned, withdrawn or expired"
        assert self.asked, "never put forward"
        assert all(now < at + VALID for _, at in list(self.signed.values())[-1:]), "the approval was over"


class Log:
    """The events read one by one; what a text says as it stands is kept apart from the state."""

    def __init__(self) -> None:
        self.texts: dict[str, Text] = {}

    def read(self, event: Event, stamp: Stamp, before: Incident) -> None:
        match event:
            case x.NoticeDrafted(notice=notice):
                self.texts[notice.id] = Text(notice.audience, notice.phase, notice, {notice.drafter})
            case x.NoticeEdited(notice=id, text=text, to=to, next_at=next_at):
                one = self.texts[id]
                stands = replace(one.stands, text=text, to=to, next_at=next_at)
                self.texts[id] = Text(one.audience, one.phase, stands, {one.stands.drafter, stamp.by})
            case x.ApprovalAsked(notice=id):
                one = self.texts[id]
                one.asked, one.signed, one.stopped = True, {}, False
            case x.NoticeSigned(notice=id, seat=seat, digest=under):
                assert under == digest(self.texts[id].stands), "signed under another text"
                self.texts[id].signed[seat] = (stamp.by, stamp.at)
            case x.NoticeReturned(notice=id) | x.NoticeWithdrawn(notice=id) | x.NoticeExpired(notice=id):
                self.texts[id].stopped = True
            case x.NoticeSent(notice=id, digest=under):
                one = self.texts[id]
                assert under == digest(one.stands), "another text was sent"
                one.rightly_sent(grading.assumed_level(before, plan()), stamp.at)
                one.sent_at = stamp.at
            case _:
                pass


class Night:
    """One incident and everybody's commands, sensible or not."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.desk = self.random.choice(BEGINNINGS)()
        self.log, self.read, self.sent = Log(), len(self.desk.log), 0

    def live(self, steps: int) -> None:
        for _ in range(steps):
            before = self.desk.incident
            self.desk.effects.clear()
            if self.random.random() < 0.12:
                self.time_passes()
            else:
                self.somebody_asks()
            self.follow(before)
            self.nothing_else_leaves()

    def time_passes(self) -> None:
        """Mostly only the bells of notices ring, sometimes all, and sometimes they are late."""
        until = self.desk.now + timedelta(minutes=self.random.choice([1, 4, 10, 11, 29, 31, 70]))
        way = self.random.random()
        if way < 0.15:
            self.desk.wait(minutes=(until - self.desk.now).total_seconds() / 60)
        while way >= 0.3 and (due := [one for one in notices.deadlines(self.desk.incident, plan()) if one.at <= until]):
            first = min(due, key=lambda deadline: deadline.at)
            self.desk.now = max(self.desk.now, first.at)
            self.desk.do(c.Ring(first.kind, first.subject, first.at))
        self.desk.now = until

    def somebody_asks(self) -> None:
        command, by = self.command()
        with suppress(Refused):
            self.desk.do(command, by)

    # --- what is asked ------------------------------------------------------------------------------------------------------

    def command(self) -> Asked:
        pick, known = self.random.choice, self.desk.incident.outward.notices
        if not known or self.random.random() < 0.1:
            return self.draft()
        if self.random.random() < 0.08:
            return self.turn()
        one = pick(known[-3:])
        if self.random.random() < 0.7:
            return self.next(one)
        by: str | None = pick(PEOPLE)
        delivery = pick([*(each.id for each in one.deliveries), "d9"])
        asked: list[Asked] = [
            (o.EditNotice(one.id, pick([*TEXTS, one.text]), pick([None, *WAYS]), self.ahead()), by),
            (o.AskApproval(one.id, pick(["", "已核实"])), by),
            (o.ApproveNotice(one.id, pick(["", digest(one), "0" * 16])), by),
            (o.ApproveNotice(one.id), one.drafter),
            (o.ReturnNotice(one.id, pick(["", "写清"])), by),
            (o.WithdrawNotice(one.id), by),
            (o.SendNotice(one.id), by),
            (o.SendNotice(one.id), one.drafter),
            (o.RetryDelivery(one.id, pick(["", delivery])), by),
            (o.MarkDelivered(one.id, delivery), by),
            (o.RecordDelivery(one.id, delivery, pick([1, 2]), self.outcome()), None),
            (o.LogTalk("医院", "电话", "说了", pick(["", "回电"]), self.ahead()), by),
        ]
        return pick(asked)

    def outcome(self) -> Outcome:
        return self.random.choice(OUTCOMES)

    def draft(self) -> Asked:
        pick = self.random.choice
        script, text = pick([*plan().comms.scripts, *USUAL]), pick(TEXTS[:3])
        return o.DraftNotice(script, {}, text, text, pick([(), *WAYS]), self.ahead()), pick(PEOPLE[:8])

    def ahead(self) -> datetime | None:
        return self.desk.now + timedelta(minutes=self.random.choice([-5, 25, 90, 90])) if self.random.random() < 0.5 else None

    def next(self, one: Notice) -> Asked:
        """What sensible people would do with it."""
        pick, desk = self.random.choice, self.desk
        if one.state in ("asked", "approved") and self.random.random() < 0.25:
            seats = [person for seat in one.needed for person in approval.holders(desk.incident, seat, desk.world)]
            change = o.EditNotice(one.id, pick(TEXTS[:3]), pick([None, (Recipient("bistro", "mail"),)]), one.next_at)
            back = o.ReturnNotice(one.id, "写清")
            either: list[Asked] = [(change, pick([one.drafter, *seats])), (change, one.drafter), (back, pick([*seats, PR]))]
            return pick(either)
        match one.state:
            case "draft" | "returned" | "expired":
                seats = [person for seat in one.needed for person in approval.holders(desk.incident, seat, desk.world)]
                unasked: list[Asked] = [(o.ApproveNotice(one.id), person) for person in seats]
                return pick([(o.AskApproval(one.id, "已核实"), one.drafter), *unasked])
            case "asked":
                able = approval.asked(desk.incident, one, desk.world)
                return o.ApproveNotice(one.id), pick([*able, PR])
            case "approved":
                if self.random.random() < 0.15:
                    desk.now += timedelta(minutes=30)  # the bell is late
                higher: list[Asked] = [(c.SetLevel("major", "扩大"), TECH), (c.MergeInto("INC-2", "同一件事"), TECH)]
                return pick(higher) if self.random.random() < 0.1 else (o.SendNotice(one.id), one.drafter)
            case _:
                waiting = [each for each in one.deliveries if each.state == "waiting"]
                if not waiting:
                    return o.RetryDelivery(one.id), one.drafter
                each = pick(waiting)
                return o.RecordDelivery(one.id, each.id, each.tries, self.outcome()), None

    def turn(self) -> Asked:
        """The incident takes a turn."""
        suspected = [cause.id for cause in self.desk.incident.causes if cause.state == "suspected"]
        turns: list[Asked] = [
            (c.SetLevel(self.random.choice(["minor", "severe", "major"]), "变了"), TECH), (c.Activate(None, "确认"), TECH),
            (c.CancelPreActivation("好了"), TECH), (c.StartVerification("撤回", (OPS,)), TECH), (c.ReturnToResponse("又报错"), TECH),
            (c.TakeRole(self.random.choice(["commander", "external_liaison", "biz_lead_on_incident"])), self.random.choice(PEOPLE)),
            (c.MoveStage("observing", "先观察"), TECH), (c.SuspectCause("更新"), OPS),
            (c.ProveCause(suspected[-1] if suspected else "x1", "撤回后恢复"), TECH), (c.Reopen("又报错"), TECH),
            (c.MergeInto("INC-2", "同一件事") if self.random.random() < 0.1 else c.CallRoll(), TECH),
        ]  # fmt: skip
        return self.random.choice(turns)

    # --- what must hold -----------------------------------------------------------------------------------------------------

    def follow(self, before: Incident) -> None:
        """Every new event as it happened, and everything that was promised with it."""
        state = before
        for event, stamp in self.desk.log[self.read :]:
            self.log.read(event, stamp, state)
            after = life.evolve(state, event, stamp)
            assert isinstance(after, Incident)
            state = after
        self.read = len(self.desk.log)
        for effect in [effect for effect in self.desk.effects if isinstance(effect, Deliver)]:
            one = self.log.texts[effect.notice]
            assert one.may_leave(self.desk.incident, self.desk.now), f"{effect} leaves"
            assert effect.digest == digest(one.stands)
            self.sent += 1

    def nothing_else_leaves(self) -> None:
        """Whatever digest somebody promised, the gate gives out what may leave and nothing else."""
        state = self.desk.incident
        for one in state.outward.notices:
            text = self.log.texts[one.id]
            for each in one.deliveries or ():
                for promised in {digest(one), one.approved, digest(text.stands)}:
                    written = letter(state, plan(), one.id, each.id, promised)
                    if written is None:
                        continue
                    assert text.may_leave(state, text.sent_at or self.desk.now), f"{one.id} gets out"
                    assert (written.both, promised) == (text.stands.text, digest(text.stands))
                    assert each.recipient in text.stands.to

    def adds_up(self) -> None:
        """The log gives the state again, also from its stored form, and every event reads."""
        state = None
        for event, stamp in self.desk.log:
            again = EVENTS.load(*EVENTS.dump(event))
            assert again == event
            made = life.evolve(state, again, stamp)
            assert isinstance(made, Incident)
            state = made
        assert state == self.desk.incident
        assert STATES.load(STATES.dump(self.desk.incident)) == self.desk.incident
        assert len(timeline(self.desk.log, plan())) == len(self.desk.log)


def nights(first: int, many: int, steps: int) -> int:
    """How many texts were promised to leave; a property of nothing that ever leaves would prove nothing."""
    left = 0
    for seed in range(first, first + many):
        night = Night(seed)
        night.live(steps)
        left += night.sent
        if seed % 8 == 0:
            night.adds_up()
    return left


def test_no_text_leaves_that_was_not_signed_as_it_stands() -> None:
    assert nights(0, 40, 55) > 30


@pytest.mark.soak
def test_no_text_leaves_in_many_long_nights() -> None:
    assert nights(1_000, 3_000, 150) > 10_000


def test_a_whole_night_is_ended_with_the_word_that_it_is_over() -> None:
    desk = responding()
    desk.arrive(desk.sent())
    recovered(desk)
    desk.arrive(desk.sent("customer_resolved", next_in=None))
    end(desk)
    assert desk.stage() == "ended"
    assert not [event for event, _ in desk.log if isinstance(event, x.TellingAsked)]
    assert [event for event, _ in desk.log if isinstance(event, e.IncidentEnded)]
