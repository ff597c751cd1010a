"""A bot behind Feishu's doors, on a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import app


@pytest.fixture(scope="module", autouse=True)
def spoken() -> Iterator[None]:
    """Feishu is one of the platforms that are spoken."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "SPOKEN", tuple(dict.fromkeys((*app.SPOKEN, "feishu"))))
        yield


@pytest.fixture(scope="module")
def module_url(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database for all tests of a file."""
    file = tmp_path_factory.mktemp("feishu") / "fenghuo.db"
    shutil.copyfile(migrated, file)
    return f"sqlite:///{file}"
