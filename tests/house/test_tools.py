"""The tools agree: lint, types, and the walls between the layers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import HOUSE

BIN = Path(sys.executable).parent


def complaints(*command: str) -> str:
    """What the tool says against the tree; empty when it is content."""
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_ruff_finds_nothing() -> None:
    assert complaints(str(BIN / "ruff"), "check", "--quiet", ".") == ""


def test_mypy_finds_nothing() -> None:
    assert complaints(str(BIN / "mypy"), "--no-error-summary") == ""


def test_imports_point_inward_and_packages_stay_at_home() -> None:
    assert complaints(str(BIN / "lint-imports"), "--no-logo") == ""


@pytest.mark.parametrize(
    ("module", "source", "wall"),
    [
        ("bot/core/hole.py", "import bot.settings\n", "Imports point inward"),
        ("bot/core/hole.py", "import pathlib\n", "The core is pure"),
        ("handlers/hole.py", "import sqlalchemy\n", "SQL lives in the store"),
        ("handlers/hole.py", "import bot.web\n", "Imports point inward"),
        ("bot/service/hole.py", "import lark_oapi\n", "lark-oapi is imported under platforms/feishu only"),
        ("handlers/hole.py", "import slack_bolt\n", "Slack's packages are imported under platforms/slack only"),
        ("bot/service/hole.py", "import aiohttp\n", "Slack's packages are imported under platforms/slack only"),
    ],
)
def test_a_hole_in_a_wall_is_found(tmp_path: Path, module: str, source: str, wall: str) -> None:
    """The contracts themselves are tested: the same configuration over a small house with one hole in it."""
    for name in ("bot", "bot/core", "bot/cards", "bot/web", "bot/service", "handlers"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    for name in ("bot/words", "bot/effects", "bot/talk", "bot/settings", "bot/cards/model"):
        (tmp_path / f"{name}.py").touch()
    (tmp_path / "pyproject.toml").write_text((HOUSE / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / module).write_text(source, encoding="utf-8")
    done = subprocess.run([str(BIN / "lint-imports"), "--no-logo", "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False)
    broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert len(broken) == 1, done.stdout
    assert broken[0].startswith(wall)
