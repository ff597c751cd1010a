"""What holds for every test: the ones that need a missing part of the system are left out, and named at the end; never in CI."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot import catalogue
from bot.plan import load as plans
from bot.plan.schema import Plan
from bot.store.database import Database
from bot.store.migrate import migrate
from tests import parts, postgres

Known = TypeVar("Known", Plan, catalogue.Catalogue)


def once(read: Callable[[Path], Known], files: Callable[[Path], Iterable[Path]]) -> Callable[[Path], Known]:
    """Of the same files in the same folder the same is read, and what is read does not change: a worker needs it once, not per house."""
    known: dict[object, Known] = {}

    def remembered(folder: Path) -> Known:
        said = (folder.resolve(), *((path.name, path.read_bytes()) for path in files(folder)))
        if said not in known:
            known[said] = read(folder)
        return known[said]

    return remembered


plans.load = once(plans.load, plans.plan_files)  # type: ignore[assignment]
catalogue.Catalogue.load = once(catalogue.Catalogue.load, lambda folder: sorted(folder.glob("*.po")))  # type: ignore[assignment]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    shared = {item.path for item in items if _sets_up(item)}  # the longest ones first, so that no worker ends with them
    items.sort(key=lambda item: (item.get_closest_marker("browser") is None, item.path not in shared))
    absent = {part.mark for part in parts.missing()} if any(item.own_markers for item in items) else set()
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in absent)]
    if left_out and os.environ.get("CI") == "true":
        raise pytest.UsageError("; ".join(map(parts.how, parts.missing())))
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def _sets_up(item: pytest.Item) -> bool:
    """Whether its module has set up something for all its tests: a whole night, a house, a browser."""
    known: dict[str, Any] = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    return any(used.scope == "module" for *_, used in known.values())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for part in parts.missing():
        terminalreporter.write_line(f"not run: the tests marked '{part.mark}'. {parts.how(part)}")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file with our tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a running PostgreSQL server, shared by all workers of the run."""
    base = tmp_path_factory.getbasetemp()
    with postgres.server(base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) as folder:
        yield folder


@pytest.fixture
def sqlite_url(migrated: Path, tmp_path: Path) -> str:
    """A SQLite database of the test's own."""
    shutil.copyfile(migrated, tmp_path / "fenghuo.db")
    return f"sqlite:///{tmp_path / 'fenghuo.db'}"


@pytest.fixture
def postgres_url(postgres_server: Path) -> str:
    """A PostgreSQL database of the test's own; it goes when the server goes. Mark the test with `postgres`."""
    return postgres.create(postgres_server, f"t{uuid.uuid4().hex}")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The test runs twice: on SQLite and on PostgreSQL, each time with fresh tables."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """Opens databases, and closes them after the test."""
    opened: list[Database] = []

    def opens(url: str) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield opens
    for database in opened:
        database.close()


@pytest.fixture
def database(database_url: str, open_database: Callable[[str], Database]) -> Database:
    return open_database(database_url)
