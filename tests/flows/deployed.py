"""A bot deployed as a newcomer does it: the real commands, each a process of its own, in a folder with .env and the plan."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.cli import main
from bot.settings import HOUSE, Settings

PATIENCE = 30.0  # seconds, on a busy machine
FENGHUO = [sys.executable, "-m", "bot"]


def folder(place: Path, port: int, changed: Mapping[str, str], *lines: str) -> Path:
    """.env with these lines, and the bundled plan with oneself in it: what stands in people.yaml and what it becomes."""
    shutil.copytree(HOUSE / "data/plan", place / "plan")
    people = place / "plan/people.yaml"
    text = people.read_text(encoding="utf-8")
    for before, after in changed.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    people.write_text(text, encoding="utf-8")
    written = [*lines, "PLAN_DIR=plan", f"PORT={port}", "PUBLIC_URL=https://fenghuo.example.com", ""]
    (place / ".env").write_text("\n".join(written), encoding="utf-8")
    return place


def environment(**more: str) -> dict[str, str]:
    """That of a machine on which nothing is set yet."""
    bare = {name: value for name, value in os.environ.items() if name.upper() not in {known.upper() for known in Settings.model_fields}}
    return {**bare, "PYTHONPATH": str(HOUSE), **more}


def until(there: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, what
        threading.Event().wait(0.02)


@contextmanager
def serving(place: Path, port: int) -> Iterator[None]:
    with subprocess.Popen([*FENGHUO, "serve"], cwd=place, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: process.poll() is not None or ready(port), "the start takes too long")
            assert process.poll() is None, process.stderr and process.stderr.read()
            yield
        finally:
            process.terminate()
            _, said = process.communicate(timeout=PATIENCE)
            assert "Traceback" not in said, said


def ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def faults_of_doctor(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    """What `fenghuo doctor` finds wrong there, and all it says."""
    for name in (*Settings.model_fields, "secrets_dir"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(place)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    return [line.split()[1] for line in out.splitlines() if line.startswith("FAULT")], out
