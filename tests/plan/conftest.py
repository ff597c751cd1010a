"""The plan of the repository, read once, and a copy of its folder to do harm to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.plan.load import Source, load, read
from bot.plan.schema import Plan

FOLDER = Path(__file__).parents[2] / "data" / "plan"


@pytest.fixture(scope="session")
def plan() -> Plan:
    return load(FOLDER)


@pytest.fixture(scope="session")
def source() -> Source:
    return read(FOLDER)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy at `data/plan` of the working directory, as an operator has it."""
    shutil.copytree(FOLDER, tmp_path / "data" / "plan")
    monkeypatch.chdir(tmp_path)
    return Path("data/plan")
