"""What anybody may ask of an incident at any moment, sensible or not, with arguments drawn from the state that it meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar, get_args

from bot.core import commands as c
from bot.core.conditions import PLACES
from bot.core.incident import SIDES, Figure, Side, Stage
from bot.core.outward import commands as o
from bot.words import Bi
from tests.core.drive import BIZ, OPS, PROJECT, TECH, TESTER, Drive, plan

T = TypeVar("T")
Asked = tuple[c.IncidentCommand, str | None]
PEOPLE = [
    *("chenhai", "lianghong", "linyuan", "gaobo", "zhaojing", "songlan", "zhoumu", "wuhao", "sunyue", "yeqing", "hechuan", "wangmin"),
    *("lixiang", "suqing", "xunuo", "luyao", "dinglei", "nobody", "slack:U0GUEST"),
]
WORDS = ["", " ", "好了", "回滚到 3.41", "错误率 0.1%", "冷链单夜里没有", "<!channel> @所有人 {x} {{ 7*7 }}", "很长" * 200]
SAID = Bi("下单异常，正在处理。", "Ordering is disturbed; work continues.")
BRIEF = {field.id: "说过了" for field in plan().documents.handover}


class Chance:
    """Draws what a command needs; now and then something that does not exist."""

    def __init__(self, random: Random, drive: Drive) -> None:
        self.random, self.drive, self.state = random, drive, drive.incident

    def of(self, values: Sequence[T]) -> T:
        return self.random.choice(list(values))

    def id(self, known: Sequence[str]) -> str:
        return self.of([*known, *known, *known, "x99"])

    def maybe(self, value: T) -> T | None:
        return self.of([value, None])

    @property
    def words(self) -> str:
        return self.of(WORDS)

    @property
    def person(self) -> str:
        """Often one of those whose turn it is: the commander, who is here, who owes something."""
        owing = [task.owner for task in self.state.tasks] + [action.owner for action in self.state.actions]
        taking = [self.state.handover.taker] if self.state.handover else []
        commander = [self.state.commander] if self.state.commander else []
        return self.of([self.of(PEOPLE), self.of([*commander, *taking, *owing, *self.state.people])])

    @property
    def side(self) -> Side:
        return self.of(SIDES)

    @property
    def yes(self) -> bool:
        return self.of([True, False])

    @property
    def score(self) -> int:
        return self.of([0, 1, 2, 3, 4])

    @property
    def minutes(self) -> int:
        return self.of([0, 5, 90, 100_000])

    @property
    def list(self) -> str:
        return self.id([checklist.id for checklist in self.state.checklists])

    @property
    def line(self) -> tuple[str, str]:
        return self.of([(one.id, item.id) for one in self.state.checklists for item in one.items] or [("x99", "1")])

    @property
    def call(self) -> str:
        return self.id([call.id for call in self.state.calls])

    @property
    def task(self) -> str:
        return self.id([task.id for task in self.state.tasks])

    @property
    def cast(self) -> str:
        return self.id([broadcast.id for broadcast in self.state.broadcasts])

    @property
    def cause(self) -> str:
        return self.id([cause.id for cause in self.state.causes])

    @property
    def measure(self) -> str:
        return self.id([measure.id for measure in self.state.measures])

    @property
    def check(self) -> str:
        return self.id([check.id for check in self.state.checks])

    @property
    def notice(self) -> str:
        return self.id([notice.id for notice in self.state.outward.notices])

    @property
    def action(self) -> str:
        return self.id([action.id for action in self.state.actions])

    def figure(self) -> Figure:
        return Figure("orders", self.words, None, None, self.words, self.person, self.drive.now)


ANYTHING: tuple[Callable[[Chance], c.IncidentCommand], ...] = (
    lambda d: c.AcknowledgeReport(),
    lambda d: c.LeaveRoom(d.person, d.of(["war", "sub:tech", "war~1"])),
    lambda d: c.BringBack(d.person),
    lambda d: c.AddToReport(d.words, sites=("shanghai",), links=("warehouse",)),
    lambda d: c.TurnWarningIntoIncident(d.words),
    lambda d: c.DeclareFalseAlarm(d.of(["", "", "", "是维护窗口"])),
    lambda d: c.MergeInto("INC-2", d.of(["", "", "", "", "", "", "", "同一件事"])),
    lambda d: c.Absorb("", d.words, d.person),
    lambda d: c.AnswerOverrides(d.side, (d.id([*plan().grading.overrides]),), d.yes),
    lambda d: c.AnswerQuestion(d.side, d.id([question.id for question in plan().grading.questions]), d.score),
    lambda d: c.StopGrading(d.side),
    lambda d: c.SetLevel(d.id([*plan().severities]), d.words),
    lambda d: c.EstimateLoss(d.of([Decimal(-1), Decimal(8)]), d.of([None, Decimal(4), Decimal(20)]), d.words),
    lambda d: c.Activate(d.maybe(d.id([*plan().severities])), d.words),
    lambda d: c.CancelPreActivation(d.words),
    lambda d: c.Arrive(d.maybe(d.call)),
    lambda d: c.CannotCome(d.maybe(d.call), d.words),
    lambda d: c.CallPost(d.id([*plan().posts, *plan().roles]), d.maybe(d.id([*plan().sites])), d.maybe(d.person)),
    lambda d: c.CallAgain(d.call),
    lambda d: c.CallDeputy(d.call),
    lambda d: c.CallRoll(),
    lambda d: c.TakeRole(d.id([*plan().roles])),
    lambda d: c.AssignRole(d.id([*plan().roles]), d.person),
    lambda d: c.OfferHandover(d.of(["commander", "commander", "scribe"]), d.person, BRIEF),
    lambda d: c.AcceptHandover(),
    lambda d: c.DeclineHandover(d.words),
    lambda d: c.ChooseFault(d.id([*plan().checklists])),
    lambda d: c.LoadPlaybook(d.id([*plan().playbooks])),
    lambda d: c.DropChecklist(d.list, d.words),
    lambda d: c.CheckItem(*d.line, note=d.words),
    lambda d: c.SkipItem(*d.line, reason=d.words),
    lambda d: c.BlockItem(*d.line, reason=d.words),
    lambda d: c.ReopenItem(*d.line),
    lambda d: c.AssignItem(*d.line, person=d.person),
    lambda d: c.AddItem(d.list, d.words, d.of(["", "ops", "x99"]), d.maybe(d.person), d.minutes),
    lambda d: c.GiveTask(d.words, d.person, d.minutes),
    lambda d: c.AcceptTask(d.task),
    lambda d: c.DeclineTask(d.task, d.words),
    lambda d: c.FinishTask(d.task, d.words),
    lambda d: c.ExtendTask(d.task, d.minutes, d.words),
    lambda d: c.SendBroadcast(d.words, d.of([(), (d.id([*plan().groups]),)])),
    lambda d: c.ConfirmBroadcast(d.cast),
    lambda d: c.RemindBroadcast(d.cast),
    lambda d: c.ReportImpact((d.figure(),)),
    lambda d: c.SuspectCause(d.words),
    lambda d: c.ProveCause(d.cause, d.words),
    lambda d: c.ExcludeCause(d.cause, d.words),
    lambda d: c.SendUpdate(d.of([{}, {"situation": "仍在处理", "next": "再看"}])),
    lambda d: c.TakeNote(d.words, d.maybe(d.drive.now - timedelta(hours=1))),
    lambda d: c.MarkMoment(d.of(["detected", "acknowledged", "assembled", "mitigated", "recovered"])),
    lambda d: c.ProposeMeasure(d.id([*plan().measures]), d.words, "新版报错", "2 分钟", "再发布", "限流"),
    lambda d: c.ApproveMeasure(d.measure, d.words),
    lambda d: c.RejectMeasure(d.measure, d.words),
    lambda d: c.ExecuteMeasure(d.measure, d.words),
    lambda d: c.ConfirmMeasure(d.measure, d.words),
    lambda d: c.MoveStage(d.of(get_args(Stage)), d.words),
    lambda d: c.StartVerification(d.words, d.of([(), (d.person,)])),
    lambda d: c.PassCheck(d.check, d.words),
    lambda d: c.FailCheck(d.check, d.words),
    lambda d: c.AskWaiver(d.check, d.words),
    lambda d: c.DecideWaiver(d.check, d.yes, d.words),
    lambda d: c.ReturnToResponse(d.words),
    lambda d: c.Attest(d.id([*(condition.id for condition in plan().closing.conditions), *PLACES]), d.words),
    lambda d: c.EndResponse(d.words),
    lambda d: c.Reopen(d.words),
    lambda d: c.SubmitSummary(d.id([*plan().groups]), d.words),
    lambda d: c.MoveReview(d.drive.now + timedelta(days=d.of([-3, 1, 9]))),
    lambda d: c.HoldReview(d.words),
    lambda d: c.AddAction(d.words, d.person, d.drive.now.date() + timedelta(days=d.of([-3, 1, 9])), d.words),
    lambda d: c.FinishAction(d.action, d.words),
    lambda d: c.VerifyAction(d.action, d.yes, d.words),
    lambda d: c.CloseIncident(d.words),
    lambda d: o.DraftNotice(d.id([*plan().comms.scripts]), {}, SAID, SAID, next_at=d.maybe(d.drive.now + timedelta(minutes=40))),
    lambda d: o.EditNotice(d.notice, d.of([SAID, Bi(d.words, d.words)]), next_at=d.maybe(d.drive.now + timedelta(minutes=d.of([-5, 40])))),
    lambda d: o.AskApproval(d.notice, d.words),
    lambda d: o.ApproveNotice(d.notice),
    lambda d: o.ReturnNotice(d.notice, d.words),
    lambda d: o.WithdrawNotice(d.notice, d.words),
    lambda d: o.SendNotice(d.notice),
    lambda d: o.RetryDelivery(d.notice, d.of(["", "d1"])),
    lambda d: o.MarkDelivered(d.notice, d.of(["d1", "d2", "x99"]), d.words),
    lambda d: o.RecordDelivery(d.notice, d.of(["d1", "d2"]), 1, d.of(["sent", "failed", "doubt"])),
    lambda d: o.LogTalk(d.words, d.words, d.words, d.words, d.maybe(d.drive.now + timedelta(minutes=d.of([-5, 40])))),
    lambda d: o.KeepPromise(d.of(["p1", "p2", "x99"])),
    lambda d: c.RecordOutcome(d.of(["war", "sub:tech"]), d.of(["room_opened", "parked", "unparked", "not_invited"])),
)
"""One maker for every command that people and the engine may send."""


def anything(drive: Drive, random: Random) -> Asked:
    chance = Chance(random, drive)
    return chance.of(ANYTHING)(chance), chance.person


def waiting(drive: Drive) -> tuple[tuple[Asked, ...], ...]:
    """What waits for an answer, kind by kind, with the answers to it from the one whose turn it is; and what makes something wait."""
    state, commander = drive.incident, drive.incident.commander or TECH
    pre = state.activation is not None and state.activation.pre
    kinds: tuple[tuple[Asked, ...], ...] = (
        tuple((c.OfferHandover("commander", other, BRIEF), commander) for other in (TECH, PROJECT, BIZ) if other != commander),
        tuple((answer, state.handover.taker) for answer in (c.AcceptHandover(), c.DeclineHandover("在路上")) if state.handover),
        ((c.GiveTask("查日志", "wuhao", 15), commander), (c.ProposeMeasure("rollback", "回滚", "报错", "无", "再发", "限流"), "wuhao")),
        tuple((answer, task.owner) for task in state.tasks for answer in (c.AcceptTask(task.id), c.ExtendTask(task.id, 10, "等厂商"))),
        tuple((answer, task.owner) for task in state.tasks for answer in (c.DeclineTask(task.id, "忙"), c.FinishTask(task.id, "好了"))),
        tuple((answer, commander) for m in state.measures for answer in (c.ApproveMeasure(m.id), c.RejectMeasure(m.id, "先限流"))),
        tuple((c.ExecuteMeasure(m.id, "做了"), who) for m in state.measures for who in ("wuhao", commander)),
        tuple((c.ConfirmMeasure(m.id, "看到了"), who) for m in state.measures for who in ("hechuan", "wuhao")),
        tuple((answer, "yeqing") for check in state.checks for answer in (c.FailCheck(check.id, "慢"), c.AskWaiver(check.id, "夜里"))),
        tuple((c.PassCheck(check.id), who) for check in state.checks for who in (OPS, commander, "wuhao")),
        tuple((c.DecideWaiver(check.id, yes, "定了"), commander) for check in state.checks for yes in (True, False)),
        tuple((c.ConfirmBroadcast(one.id), one.to[0]) for one in state.broadcasts if one.to),
        *_notices(drive),
        tuple((c.FinishAction(action.id, "MR 771"), action.owner) for action in state.actions),
        tuple((c.VerifyAction(action.id, yes, "看过"), "hechuan") for action in state.actions for yes in (True, False)),
        ((c.CancelPreActivation("已恢复"), TECH), (c.Activate(), TECH)) if pre else (),
    )
    return tuple(kind for kind in kinds if kind)


def _notices(drive: Drive) -> tuple[tuple[Asked, ...], ...]:
    """From the draft to the last recipient, by those whose turn it is."""
    state, found = drive.incident, drive.incident.outward.notices
    scripts = ("customer_initial", "customer_resolved", "supplier_update", "internal_update")
    ahead = drive.now + timedelta(minutes=40)
    going = [(one, each) for one in found for each in one.deliveries if each.state == "waiting"]
    return (
        tuple((o.DraftNotice(script, {}, SAID, SAID, next_at=ahead), "wangmin") for script in scripts),
        tuple((o.AskApproval(one.id, "核实过"), one.drafter) for one in found if one.state in ("draft", "returned", "expired")),
        tuple((o.ApproveNotice(one.id), who) for one in found for who in (*one.asked, one.drafter)),
        tuple((o.SendNotice(one.id), one.drafter) for one in found if one.state == "approved"),
        tuple((o.MarkDelivered(one.id, each.id), one.drafter) for one in found for each in one.deliveries if each.state == "by_hand"),
        tuple((o.RecordDelivery(one.id, each.id, each.tries, "sent"), None) for one, each in going if state.live),
    )


def usual(drive: Drive) -> tuple[Asked, ...]:
    """What sensible people would do next, so that chance also meets the later stages."""
    state = drive.incident
    by_stage: Mapping[str, Callable[[], tuple[Asked, ...]]] = {
        "warning": lambda: ((c.TurnWarningIntoIncident("登陆了"), "suqing"),),
        "reported": lambda: ((c.Activate("severe", "大面积"), TECH),),
        "assessing": lambda: ((c.Activate("major", "大面积"), PROJECT),),
        "activated": lambda: ((c.MoveStage("responding", "先干"), TECH), (c.Arrive(), TESTER)),
        "responding": lambda: ((c.StartVerification("回滚", (OPS,)), TECH), (c.Arrive(), TESTER)),
        "verifying": lambda: _checks(drive),
        "observing": lambda: (*_signed(drive), *((c.EndResponse("平稳"), seat) for seat in (TECH, BIZ, PROJECT, state.commander or TECH))),
        "ended": lambda: ((c.SubmitSummary("tech", "顺"), OPS), (c.HoldReview(), TECH), (c.Reopen("又报错"), TECH)),
        "reviewing": lambda: ((c.AddAction("改", OPS, drive.now.date() + timedelta(days=9), ""), TECH), (c.CloseIncident("够了"), TECH)),
        "closed": lambda: ((c.Reopen("又报错"), TECH),),
    }
    return by_stage.get(state.stage, lambda: ((c.CallRoll(), TECH),))() or ((c.CallRoll(), TECH),)


def _checks(drive: Drive) -> tuple[Asked, ...]:
    who = {"verifier_tech": "yeqing", "verifier_biz": "lixiang", "external_liaison": "xunuo"}
    return tuple((c.PassCheck(check.id), who[check.role]) for check in drive.incident.checks if check.state != "passed")


def _signed(drive: Drive) -> tuple[Asked, ...]:
    by = {"c2": BIZ, "c4": "xunuo", "c5": drive.incident.commander or PROJECT, "c6": "suqing"}
    return tuple((c.Attest(condition, "核对过"), who) for condition, who in by.items() if condition not in drive.incident.attestations)
