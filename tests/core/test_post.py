"""One commander, accepted handovers, roles (clauses 2.1-1, 2.1-2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.commands import (
    AcceptHandover,
    Activate,
    AssignItem,
    AssignRole,
    ChooseFault,
    DeclineHandover,
    OfferHandover,
    SetLevel,
    ShowLife,
    TakeNote,
    TakeRole,
)  # fmt: skip
from bot.core.errors import Refused
from bot.core.events import CommanderSeen, CommanderSilent
from bot.effects import Say
from tests.core.tale import Tale, reported


def commanded() -> Tale:
    tale = reported("上海仓下单报错")
    tale.do(SetLevel("severe", "演示"), "linyuan")
    tale.do(Activate(), "linyuan")
    return tale


def brief(tale: Tale) -> dict[str, str]:
    return {point.id: "不知道" for point in tale.plan.documents.handover}


def test_nobody_else_takes_command_while_the_commander_is_heard_of() -> None:
    tale = commanded()
    with pytest.raises(Refused):
        tale.do(TakeRole("commander"), "chenhai")
    assert tale.state.commander == "linyuan"


def test_outside_the_centre_nobody_commands() -> None:
    tale = reported("上海仓下单报错")
    with pytest.raises(Refused):
        tale.do(TakeRole("commander"), "hechuan")


def test_a_handover_counts_when_the_successor_accepts() -> None:
    tale = commanded()
    tale.do(OfferHandover("commander", "chenhai", brief(tale)), "linyuan")
    assert tale.state.commander == "linyuan"
    with pytest.raises(Refused):
        tale.do(AcceptHandover(), "zhaojing")
    tale.do(AcceptHandover(), "chenhai")
    assert tale.state.commander == "chenhai"
    assert tale.state.handover is None


def test_each_of_the_nine_points_is_asked_for_at_its_field() -> None:
    tale = commanded()
    for point in tale.plan.documents.handover:
        with pytest.raises(Refused) as refused:
            tale.do(OfferHandover("commander", "chenhai", {**brief(tale), point.id: " "}), "linyuan")
        assert refused.value.field == point.id


def test_a_handover_nobody_answers_lapses_and_the_giver_still_commands() -> None:
    tale = commanded()
    tale.do(OfferHandover("commander", "chenhai", brief(tale)), "linyuan")
    tale.advance(tale.plan.timing.handover_ask_min)
    assert tale.state.handover is None
    assert tale.state.commander == "linyuan"


def test_who_was_given_a_line_meanwhile_hands_it_on_before_taking_command() -> None:
    tale = commanded()
    tale.do(ChooseFault("fc_code_defect"), "linyuan")
    tale.do(OfferHandover("commander", "chenhai", brief(tale)), "linyuan")
    tale.do(AssignItem("fc_code_defect", "2", "chenhai"), "linyuan")
    with pytest.raises(Refused):
        tale.do(AcceptHandover(), "chenhai")
    assert tale.state.commander == "linyuan"


def test_a_declined_handover_changes_nobody() -> None:
    tale = commanded()
    tale.do(OfferHandover("commander", "chenhai", brief(tale)), "linyuan")
    tale.do(DeclineHandover("在路上"), "chenhai")
    assert tale.state.commander == "linyuan"


def test_a_silent_commander_is_told_about_once_and_may_be_relieved() -> None:
    tale = commanded()
    silence = timedelta(minutes=tale.plan.timing.silence_commander_min)
    tale.now += silence
    events = tale.ring_due()
    assert sum(isinstance(event, CommanderSilent) for event in events) == 1
    tale.do(TakeRole("commander"), "chenhai")
    assert tale.state.commander == "chenhai"
    assert any(isinstance(effect, Say) for effect in tale.told)


def test_any_word_of_the_commander_is_a_sign_of_life() -> None:
    tale = commanded()
    tale.now += timedelta(minutes=tale.plan.timing.silence_commander_min - 1)
    tale.do(TakeNote("还在看"), "linyuan")
    tale.now += timedelta(minutes=2)
    with pytest.raises(Refused):
        tale.do(TakeRole("commander"), "chenhai")


def test_the_commander_cannot_also_be_the_scribe() -> None:
    tale = commanded()
    exclusive = tale.plan.roles["commander"].exclusive_of
    with pytest.raises(Refused):
        tale.do(AssignRole(exclusive[0], "linyuan"), "linyuan")


def test_plain_talk_of_the_commander_is_a_sign_of_life_but_not_every_word_is_kept() -> None:
    tale = commanded()
    assert tale.do(ShowLife(), "linyuan") == ()
    tale.now += timedelta(minutes=tale.plan.timing.silence_commander_min - 1)
    assert tale.do(ShowLife(), "hechuan") == ()
    assert tale.do(ShowLife(), "linyuan") == (CommanderSeen(),)
    tale.now += timedelta(minutes=2)
    assert not any(isinstance(event, CommanderSilent) for event in tale.ring_due())
