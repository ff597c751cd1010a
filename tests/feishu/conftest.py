"""A bot behind Feishu's doors, on a database of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def module_url(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database for all tests of a file."""
    file = tmp_path_factory.mktemp("feishu") / "fenghuo.db"
    shutil.copyfile(migrated, file)
    return f"sqlite:///{file}"
