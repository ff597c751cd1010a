"""kill -9 between any two effects, then another process: one room, each person invited once, each card once (real processes)."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.store import outbox
from bot.store.database import Database
from tests.engine.toy import PEOPLE
from tests.platforms.double import Double

ROOT = Path(__file__).parents[2]
MOMENTS = 60  # an assembly has fewer; a process that is not struck lives to the end


def live(url: str, journal: Path, fatal: int, seed: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.engine.victim", url, str(journal), str(fatal), str(seed)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def judge(url: str, journal: Path) -> None:
    double = Double(journal=journal)
    assert double.doubled() == []
    assert sorted(room.key for room in double.rooms.values()) == ["INC-1/war", "standing/@report"]
    room = double.room("INC-1/war")
    assert sorted(room.people) == sorted(PEOPLE)
    assert max(room.invited.values()) == 1
    posted = sorted(message.key for message in double.messages.values())
    personal = [f"INC-1/{kind}:{person}" for kind in ("dm", "page") for person in PEOPLE]
    assert posted == sorted(["INC-1/status", "INC-1/digest", "INC-1/hello", "INC-1/roll", *personal])
    assert (room.topic, len(room.pins), room.links) == ("'assembled'", 1, ["http://bot/i/INC-1"])
    database = Database(url)
    with database.read() as connection:
        assert outbox.stuck(connection, database.clock, -1.0) == []
    database.close()


def kill_and_judge(url: str, journal: Path, blows: list[int], seed: int) -> None:
    """Each blow is the moment at which one process dies; the last process lives."""
    for fatal in blows:
        victim = live(url, journal, fatal, seed)
        assert victim.returncode in (0, -signal.SIGKILL), victim.stderr
    survivor = live(url, journal, 0, seed)
    assert survivor.returncode == 0, survivor.stderr
    judge(url, journal)


@pytest.mark.parametrize("seed", range(3))
def test_a_bot_killed_in_the_middle_of_an_assembly_finishes_it_once(sqlite_url: str, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    kill_and_judge(sqlite_url, tmp_path / "journal", [dice.randint(2, 40)], seed)


@pytest.mark.postgres
def test_a_bot_killed_twice_on_postgresql_finishes_once(postgres_url: str, tmp_path: Path) -> None:
    kill_and_judge(postgres_url, tmp_path / "journal", [7, 21], 1)


@pytest.mark.soak
@pytest.mark.parametrize("fatal", range(1, MOMENTS))
def test_a_bot_killed_at_any_moment_finishes_once(migrated: Path, tmp_path: Path, fatal: int) -> None:
    for seed in range(4):
        path = tmp_path / f"{seed}.db"
        shutil.copyfile(migrated, path)
        kill_and_judge(f"sqlite:///{path}", tmp_path / f"{seed}.journal", [fatal], seed)
