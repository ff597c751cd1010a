"""Tasks, broadcasts, impact figures, causes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Literal

import pytest

from bot.core import people, work
from bot.core.commands import (
    AcceptTask,
    Arrive,
    ConfirmBroadcast,
    DeclineTask,
    ExcludeCause,
    ExtendTask,
    FinishTask,
    GiveTask,
    ProveCause,
    RemindBroadcast,
    ReportImpact,
    SendBroadcast,
    SuspectCause,
)
from bot.core.events import BroadcastReminded, TaskChased
from bot.core.incident import Figure
from bot.effects import Invite
from bot.words import Who
from tests.core.drive import ARCHITECT, DEVELOPER, OPS, SERVICE, TECH, Drive, plan, responding


def with_task(minutes: int = 20) -> Drive:
    drive = responding()
    drive.do(Arrive(), OPS)
    drive.do(GiveTask("查慢查询", DEVELOPER, minutes), OPS)
    return drive


def with_broadcast(*groups: str) -> Drive:
    drive = responding()
    drive.do(SendBroadcast("停止一切发布", groups), TECH)
    return drive


@pytest.mark.parametrize(
    "text",
    [
        "谁能看一下数据库", "有没有人能去仓库", "谁来打个电话", "哪位帮忙查下日志", "有人能跟进吗", "麻烦谁看下",
        "can someone check the db?",
        "Could anybody call the carrier", "who can take this",
    ],
)  # fmt: skip
def test_an_order_to_nobody_is_recognised(text: str) -> None:
    assert work.asks_nobody(text)


@pytest.mark.parametrize(
    "text",
    [
        "谁在指挥",
        "@何川 谁能看一下",
        "何川，谁能看一下数据库你清楚",
        "有没有人受伤",
        "有人投诉下单报错",
        "I can someday do it",
        "别问谁负的责",
    ],
)
def test_other_questions_and_named_orders_are_left_alone(text: str) -> None:
    assert not work.asks_nobody(text, names=("何川", "陈海"))


def test_a_task_has_a_name_and_a_time() -> None:
    drive = with_task(20)
    task = drive.incident.tasks[0]
    assert (task.id, task.owner, task.by, task.due_at, task.state) == ("t1", DEVELOPER, OPS, drive.now + timedelta(minutes=20), "asked")


def test_a_task_without_a_time_gets_the_plans() -> None:
    drive = with_task(0)
    assert drive.incident.tasks[0].due_at == drive.now + timedelta(minutes=plan().timing.task_default_min)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (GiveTask("  ", DEVELOPER, 5), "what"),
        (GiveTask("查", "", 5), "owner"),
        (GiveTask("查", "nobody", 5), "owner"),
        (GiveTask("查", TECH, 5), "owner"),
        (GiveTask("查", DEVELOPER, -1), "minutes"),
        (GiveTask("查", DEVELOPER, 10**9), "minutes"),
    ],
)
def test_what_is_wrong_with_an_order_is_said_at_its_field(command: GiveTask, field: str) -> None:
    assert with_task().refused(command, OPS).field == field


def test_a_task_is_acknowledged_and_called_back_with_a_result() -> None:
    drive = with_task()
    drive.do(AcceptTask("t1"), DEVELOPER)
    assert drive.do(AcceptTask("t1"), DEVELOPER) == ()
    assert drive.refused(FinishTask("t1", " "), DEVELOPER).field == "result"
    drive.do(FinishTask("t1", "是索引，已加"), DEVELOPER)
    assert (drive.incident.tasks[0].state, drive.incident.tasks[0].result) == ("done", "是索引，已加")
    assert [say.mentions for say in drive.said() if say.slot.startswith("task:t1")] == [(OPS,)]


def test_a_task_is_declined_with_a_reason_and_the_giver_hears_of_it() -> None:
    drive = with_task()
    assert drive.refused(DeclineTask("t1", ""), DEVELOPER).field == "reason"
    drive.do(DeclineTask("t1", "没有权限"), DEVELOPER)
    assert drive.said()[-1].mentions == (OPS,)
    assert drive.refused(AcceptTask("t1"), DEVELOPER).text is not None


def test_only_its_owner_answers_for_a_task() -> None:
    drive = with_task()
    for command in (AcceptTask("t1"), DeclineTask("t1", "x"), FinishTask("t1", "x"), ExtendTask("t1", 5, "x")):
        assert drive.refused(command, ARCHITECT).text is not None
    assert drive.refused(AcceptTask("t9"), DEVELOPER).text is not None


def test_an_extension_adds_to_the_time_and_starts_the_chasing_anew() -> None:
    drive = with_task(20)
    drive.do(AcceptTask("t1"), DEVELOPER)
    due = drive.incident.tasks[0].due_at
    drive.wait(minutes=21)
    assert drive.incident.tasks[0].chased == 1
    drive.do(ExtendTask("t1", 10, "还在跑"), DEVELOPER)
    assert (drive.incident.tasks[0].due_at, drive.incident.tasks[0].chased) == (drive.now + timedelta(minutes=10), 0)
    assert drive.incident.tasks[0].due_at > due


def test_an_unanswered_task_is_chased_by_name_then_the_giver_and_no_more() -> None:
    drive = with_task(60)
    given = drive.now
    drive.wait(minutes=40)
    ack = plan().timing.task_ack_min
    chased = [(event.whom, stamp.at - given) for event, stamp in drive.log if isinstance(event, TaskChased)]
    assert chased == [(1, timedelta(minutes=ack)), (2, timedelta(minutes=2 * ack))]
    assert [say.mentions for say in drive.said() if say.slot.startswith("chase:task")] == [(DEVELOPER,), (OPS,)]


def test_tasks_late_in_the_same_minute_are_one_message() -> None:
    drive = with_task(60)
    drive.do(GiveTask("看连接数", ARCHITECT, 60), OPS)
    drive.wait(minutes=6)
    assert [say.mentions for say in drive.said() if say.slot.startswith("chase:task")] == [(DEVELOPER, ARCHITECT)]


def test_a_broadcast_goes_to_everybody_but_its_sender_and_counts_receipts() -> None:
    drive = with_broadcast()
    sent = drive.incident.broadcasts[0]
    assert set(sent.to) == set(drive.incident.people) - {TECH}
    drive.do(ConfirmBroadcast("b1"), OPS)
    assert drive.do(ConfirmBroadcast("b1"), OPS) == ()
    assert (len(drive.incident.broadcasts[0].confirmed), OPS in drive.incident.broadcasts[0].waiting) == (1, False)


def test_a_broadcast_to_a_group_reaches_those_called_for_its_posts() -> None:
    to = with_broadcast("tech").incident.broadcasts[0].to
    assert OPS in to
    assert SERVICE not in to


def test_a_broadcast_to_nobody_or_to_no_group_is_refused() -> None:
    drive = with_broadcast()
    assert drive.refused(SendBroadcast("x", ("tehnical",)), TECH).field == "groups"
    assert drive.refused(SendBroadcast("", ()), TECH).field == "text"


def test_who_was_not_addressed_need_not_confirm() -> None:
    assert with_broadcast("tech").refused(ConfirmBroadcast("b1"), "shilei").text is not None


def test_the_silent_are_reminded_once_by_itself_and_not_too_often_by_hand() -> None:
    drive = with_broadcast("tech")
    drive.wait(minutes=plan().timing.broadcast_remind_min)
    reminded = [event for event, _ in drive.log if isinstance(event, BroadcastReminded)]
    assert [event.people for event in reminded] == [drive.incident.broadcasts[0].to]
    assert drive.refused(RemindBroadcast("b1"), TECH).text is not None
    drive.wait(minutes=plan().timing.broadcast_remind_min)
    drive.do(RemindBroadcast("b1"), TECH)
    assert drive.incident.broadcasts[0].reminded_at == drive.now


def test_a_broadcast_that_everybody_confirmed_is_not_reminded() -> None:
    drive = with_broadcast("tech")
    for person in drive.incident.broadcasts[0].to:
        drive.do(ConfirmBroadcast("b1"), person)
    assert not [each for each in work.deadlines(drive.incident, plan()) if each.kind == "work.remind"]
    drive.refused(RemindBroadcast("b1"), TECH)


def figure(drive: Drive, value: str, minutes_ago: int, kind: Literal["orders", "vehicles"] = "orders", source: str = "客服台账") -> Figure:
    return Figure(kind, value, Decimal(412), None, source, SERVICE, drive.now - timedelta(minutes=minutes_ago))


def test_the_newest_figure_of_each_kind_counts_whenever_it_was_told() -> None:
    drive = responding()
    drive.do(ReportImpact((figure(drive, "未接 412", 1), figure(drive, "滞留车 9", 1, "vehicles"))), SERVICE)
    drive.do(ReportImpact((figure(drive, "未接 300", 9),)), SERVICE)
    assert [each.value for each in work.latest(drive.incident).values()] == ["未接 412", "滞留车 9"]


def test_a_figure_needs_its_source_and_a_time_that_has_come() -> None:
    drive = responding()
    assert drive.refused(ReportImpact((figure(drive, "412", 0, source=" "),)), SERVICE).field == "source"
    assert drive.refused(ReportImpact((figure(drive, "412", -30),)), SERVICE).field == "at"
    assert drive.refused(ReportImpact(()), SERVICE).field == "orders"


def test_a_cause_is_proven_or_excluded_only_with_evidence() -> None:
    drive = responding()
    drive.do(SuspectCause("v5.2 发布"), OPS)
    assert drive.do(SuspectCause("v5.2 发布 "), DEVELOPER) == ()
    assert drive.refused(ProveCause("x1", " "), OPS).field == "evidence"
    drive.do(ProveCause("x1", "回滚后错误率归零"), OPS)
    assert drive.do(ProveCause("x1", "回滚后错误率归零"), OPS) == ()
    drive.do(ExcludeCause("x1", "没有回滚的仓也恢复了"), DEVELOPER)
    assert (drive.incident.causes[0].state, drive.incident.causes[0].by) == ("excluded", DEVELOPER)
    assert drive.refused(ProveCause("x7", "y"), OPS).text is not None


def test_a_task_taken_in_the_minute_it_is_chased_has_another_timer() -> None:
    drive = with_task(plan().timing.task_ack_min)
    before = work.deadlines(drive.incident, plan())
    drive.wait(minutes=plan().timing.task_ack_min)
    drive.do(AcceptTask("t1"), DEVELOPER)
    after = work.deadlines(drive.incident, plan())
    assert before[0].at == after[0].at
    assert before != after


def test_whoever_is_given_work_is_let_into_the_room() -> None:
    drive = responding()
    drive.do(GiveTask("打给房东", "shilei", 5), TECH)
    drive.do(GiveTask("查慢查询", DEVELOPER, 5), TECH)
    given = [effect for effect in drive.effects if isinstance(effect, Invite) and effect.people == ("shilei",)]
    assert given == [Invite("war", ("shilei",))]


def test_who_is_their_own_source_is_named_once_and_by_person() -> None:
    assert people.source(plan(), "wangmin", "王敏") == people.source(plan(), "wangmin", "") == Who("wangmin")
    assert people.source(plan(), "wangmin", "客服台账") == "客服台账"
