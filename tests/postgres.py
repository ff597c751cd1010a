"""A PostgreSQL server of the test run's own: one for all xdist workers, on a socket in a temporary folder, gone at the end.

It refuses to run as root, so there it runs as the user postgres, who owns the folder. Each test gets a database copied from a migrated
template, which takes about 30 ms.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine

from bot.store.migrate import migrate
from tests import parts

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=200", "listen_addresses=")


@contextmanager
def server(shared: Path) -> Iterator[Path]:
    """The folder of the server's socket. The first to come starts it, the last to leave stops it; `shared` is theirs to meet in."""
    with _locked(shared):
        users = _count(shared)
        if users == 0:
            (shared / "where").write_text(str(_start()))
        folder = Path((shared / "where").read_text())
        _set_count(shared, users + 1)
    try:
        yield folder
    finally:
        with _locked(shared):
            left = _count(shared) - 1
            _set_count(shared, left)
            if left == 0:
                _run(folder, "pg_ctl", "stop", "-D", str(folder / "data"), "-m", "immediate", "-w")
                shutil.rmtree(folder, ignore_errors=True)


def url(folder: Path, database: str) -> str:
    return f"postgresql+psycopg://postgres@/{database}?host={folder}"


def create(folder: Path, name: str, template: str = "template") -> str:
    """A database with our tables; its URL."""
    _sql(folder, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return url(folder, name)


def _start() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    data = str(folder / "data")
    _run(folder, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = " ".join([f"-k {folder}", *(f"-c {setting}" for setting in FAST)])
    _run(folder, "pg_ctl", "start", "-D", data, "-o", options, "-l", str(folder / "log"), "-w")
    _sql(folder, "CREATE DATABASE template")
    migrate(url(folder, "template"))
    return folder


def _run(folder: Path, program: str, *arguments: str) -> None:
    found = parts.postgres()
    assert found is not None
    prefix: Sequence[str] = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    subprocess.run([*prefix, str(Path(found) / program), *arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL)


def _sql(folder: Path, statement: str) -> None:
    engine = create_engine(url(folder, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@contextmanager
def _locked(shared: Path) -> Iterator[None]:
    with (shared / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _count(shared: Path) -> int:
    path = shared / "users"
    return int(path.read_text()) if path.exists() else 0


def _set_count(shared: Path, users: int) -> None:
    (shared / "users").write_text(str(users))
