"""The plan of the repository loads, quickly, and is the same again from the store; a live plan follows its files."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.plan.load import Plans, load
from bot.plan.schema import Plan


def test_the_plan_loads_in_less_than_seven_tenths_of_a_second(plan: Plan, folder: Path) -> None:
    started = time.process_time()
    again = load(folder)
    assert plan.hash == again.hash
    assert time.process_time() - started < 0.7


def test_a_plan_from_the_store_is_the_same_plan(plan: Plan) -> None:
    again = Plan.model_validate_json(plan.model_dump_json())
    assert plan == again
    assert plan.hash == again.hash == again.content_hash()


def test_the_hash_is_of_the_content_not_of_the_files(plan: Plan, folder: Path) -> None:
    rota = (folder / "duty.yaml").read_text(encoding="utf-8")
    (folder / "alerts.yaml").write_text(rota + "# moved\n" + (folder / "alerts.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "duty.yaml").unlink()
    assert plan.hash == load(folder).hash


def test_a_plan_does_not_change(plan: Plan) -> None:
    with pytest.raises(ValidationError):
        plan.version = "4"  # type: ignore[misc]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    os.utime(path, ns=(time.time_ns(), time.time_ns()))


def test_a_changed_plan_is_taken_when_it_is_valid(folder: Path) -> None:
    plans = Plans(folder)
    change(folder / "severities.yaml", "ack_min: 15", "ack_min: 12")
    assert plans.refresh()
    assert plans.current.severities["minor"].response.ack_min == 12


def test_a_changed_plan_is_refused_when_it_is_not_and_the_old_one_stays(folder: Path) -> None:
    plans = Plans(folder)
    before = plans.current
    change(folder / "severities.yaml", "ack_min: 15", "ack_minutes: 12")
    assert not plans.refresh()
    assert plans.current is before
    assert [error.line for error in plans.errors] == [10]
    change(folder / "severities.yaml", "ack_minutes: 12", "ack_min: 15")
    assert not plans.refresh()
    assert plans.errors == ()


def test_a_plan_that_did_not_change_is_not_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = Plans(folder)
    monkeypatch.setattr("bot.plan.load.load", lambda _: pytest.fail("read again"))
    assert not plans.refresh()
