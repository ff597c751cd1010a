"""Whatever people do in whatever order while a response runs, the rules hold and nothing but a refusal stops a command."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core import checklist, life, response, updates
from bot.core.commands import (
    AcceptTask,
    AddItem,
    ApproveMeasure,
    AssignItem,
    BlockItem,
    CheckItem,
    ChooseFault,
    Command,
    ConfirmBroadcast,
    ConfirmMeasure,
    DeclineTask,
    DropChecklist,
    ExecuteMeasure,
    ExtendTask,
    FinishTask,
    GiveTask,
    LoadPlaybook,
    MarkMoment,
    ProposeMeasure,
    ProveCause,
    RejectMeasure,
    RemindBroadcast,
    ReopenItem,
    SendBroadcast,
    SendUpdate,
    SetLevel,
    SkipItem,
    SuspectCause,
    TakeNote,
)
from bot.core.errors import Refused
from bot.core.events import MeasureApproved, MeasureStarted
from bot.core.timeline import timeline
from tests.core.drive import DEVELOPER, OPS, SERVICE, TECH, TESTER, Drive, plan, responding

PEOPLE = st.sampled_from([TECH, OPS, DEVELOPER, TESTER, SERVICE, "zhaojing", "nobody"])
LISTS = st.sampled_from(["fc_code_defect", "fc_hardware", "pb_manual_order"])
ITEMS = st.sampled_from(["1", "2", "3", "6", "x1"])
TASKS, MEASURES = st.sampled_from(["t1", "t2"]), st.sampled_from(["m1", "m2"])
WORDS = st.sampled_from(["", "好了", "{x} <!channel>", "字" * 500])
MINUTES = st.integers(-1, 90)
KINDS = st.sampled_from(["rollback", "stop_intake", "pray"])

COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(ChooseFault, LISTS),
    st.builds(LoadPlaybook, LISTS),
    st.builds(DropChecklist, LISTS, WORDS),
    st.builds(CheckItem, LISTS, ITEMS, WORDS),
    st.builds(SkipItem, LISTS, ITEMS, WORDS),
    st.builds(BlockItem, LISTS, ITEMS, WORDS),
    st.builds(ReopenItem, LISTS, ITEMS),
    st.builds(AssignItem, LISTS, ITEMS, PEOPLE),
    st.builds(AddItem, LISTS, WORDS, st.sampled_from(["", "ops"]), st.none() | PEOPLE, MINUTES),
    st.builds(GiveTask, WORDS, PEOPLE, MINUTES),
    st.builds(AcceptTask, TASKS),
    st.builds(DeclineTask, TASKS, WORDS),
    st.builds(FinishTask, TASKS, WORDS),
    st.builds(ExtendTask, TASKS, MINUTES, WORDS),
    st.builds(SendBroadcast, WORDS, st.sampled_from([(), ("tech",), ("ecc", "biz")])),
    st.builds(ConfirmBroadcast, st.just("b1")),
    st.builds(RemindBroadcast, st.just("b1")),
    st.builds(SuspectCause, WORDS),
    st.builds(ProveCause, st.just("x1"), WORDS),
    st.builds(ProposeMeasure, KINDS, WORDS, st.just("因"), st.just("价"), st.just("退"), st.just("备")),
    st.builds(ApproveMeasure, MEASURES, WORDS),
    st.builds(RejectMeasure, MEASURES, WORDS),
    st.builds(ExecuteMeasure, MEASURES, WORDS),
    st.builds(ConfirmMeasure, MEASURES, WORDS),
    st.builds(SendUpdate, st.fixed_dictionaries({"situation": WORDS})),
    st.builds(SetLevel, st.sampled_from(["minor", "severe", "major"]), st.just("变了")),
    st.builds(TakeNote, WORDS, pin=st.sampled_from(["", "p1"])),
    st.builds(MarkMoment, st.sampled_from(["mitigated", "recovered"])),
)


@dataclass(frozen=True)
class Act:
    command: Command
    by: str
    wait: int


ACTS = st.lists(st.builds(Act, COMMANDS, PEOPLE, st.integers(0, 12)), max_size=25)


def holds(drive: Drive) -> None:
    state = drive.incident
    started = {event.measure for event, _ in drive.log if isinstance(event, MeasureStarted)}
    approved = {event.measure: stamp.by for event, stamp in drive.log if isinstance(event, MeasureApproved)}
    assert started <= set(approved)
    assert set(approved.values()) <= {TECH}
    for measure in state.measures:
        assert TECH not in (measure.executor, measure.checker)
        assert measure.checker is None or measure.checker != measure.executor
    assert all(task.owner != TECH for task in state.tasks)
    for found in state.checklists:
        assert all(item.owner != TECH or response.decides(plan(), item.post) for item in found.items)
        assert [item.id for item in found.items] == list(dict.fromkeys(item.id for item in found.items))
    assert [sitrep.number for sitrep in state.sitreps] == list(range(1, len(state.sitreps) + 1))
    due = updates.next_due(state, plan())
    assert due is not None
    planned = life.deadlines(state, plan())
    assert len(planned) == len(set(planned))
    assert len(timeline(drive.log, plan())) == len(drive.log)
    updates.situation(state, plan(), drive.now)
    assert all(0 <= done <= total for done, total in map(checklist.progress, state.checklists))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ACTS)
def test_the_rules_hold_whatever_people_do(acts: list[Act]) -> None:
    drive = responding()
    for act in acts:
        with suppress(Refused):
            drive.do(act.command, act.by)
        drive.wait(minutes=act.wait)
        holds(drive)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ACTS)
def test_a_second_click_at_once_never_changes_what_the_first_settled(acts: list[Act]) -> None:
    drive = responding()
    once = (GiveTask, AddItem, SendBroadcast, SendUpdate, TakeNote, ExtendTask, ProposeMeasure, SetLevel, SuspectCause)
    for act in acts:
        try:
            drive.do(act.command, act.by)
            before = drive.incident
            if not isinstance(act.command, once):
                drive.do(act.command, act.by)
                assert drive.incident == before
        except Refused:
            continue
