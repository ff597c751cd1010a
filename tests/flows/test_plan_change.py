"""The plan changes while the bot runs: taken when it is valid, refused when it is not, and a running incident keeps its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.house import House, opened

PLAN = Path(__file__).parents[2] / "data" / "plan"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PLAN, tmp_path / "plan"))


@pytest.fixture
def house(sqlite_url: str, plan: Path) -> Iterator[House]:
    with opened(sqlite_url, plan_dir=str(plan)) as built:
        yield built
        built.holds()


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_changed_plan_is_taken_and_never_touches_a_running_incident(house: House, plan: Path) -> None:
    house.wangmin.says("/报故障 上海仓下单报错，10 分钟前开始", at="@report")
    before = house.app.plans.current
    rewrite(plan / "plan.yaml", "3.1", "3.2")
    assert house.app.plans.refresh()
    assert house.app.plans.current.version == "3.2"
    assert house.app.service.plan_of("INC-1").hash == before.hash
    assert "按方案 v3.1 执行" in house.linyuan.card("status")
    house.linyuan.says("/记 方案换了，这件事照旧")
    assert "按方案 v3.1 执行" in house.linyuan.card("status")
    house.wangmin.says("/报故障 北京仓打印机不出单", at="@report")
    assert house.app.service.plan_of("INC-2").version == "3.2"


def test_a_pinned_plan_outlives_a_restart(sqlite_url: str, plan: Path) -> None:
    with opened(sqlite_url, plan_dir=str(plan)) as first:
        first.wangmin.says("/报故障 上海仓下单报错", at="@report")
    rewrite(plan / "plan.yaml", "3.1", "3.2")
    with opened(sqlite_url, plan_dir=str(plan)) as second:
        assert second.app.plans.current.version == "3.2"
        assert second.app.service.plan_of("INC-1").version == "3.1"
        second.linyuan.says("/记 重启之后还是 v3.1")
        second.holds()


def test_a_broken_plan_is_refused_with_its_errors_and_the_old_one_stays(house: House, plan: Path) -> None:
    rewrite(plan / "plan.yaml", "version:", "versoin:")
    assert not house.app.plans.refresh()
    assert house.app.plans.current.version == "3.1"
    assert any("plan.yaml:" in str(error) and "version" in str(error) for error in house.app.plans.errors)
    house.wangmin.says("/报故障 上海仓下单报错", at="@report")
    assert house.state.plan_version == "3.1"
