"""The operator's door: help in one screen and at once, one line for a fault, exit codes 0, 1 and 2."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cli import main
from bot.settings import Settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*Settings.model_fields, "secrets_dir"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    out, err = capsys.readouterr()
    return code, out, err


def test_help_fits_one_screen(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--help")
    assert code == 0
    assert len(out.strip().splitlines()) <= 24


def test_help_comes_at_once_and_loads_nothing_heavy() -> None:
    """The bound is generous for a busy machine; what is loaded is the sharper claim."""
    probe = (
        "import sys; from bot.cli import main; main(['--help']); "
        "print(sorted({'pydantic', 'sqlalchemy', 'fastapi', 'lark_oapi', 'slack_bolt', 'ruamel'} & set(sys.modules)))"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nonsense"], 'Unknown command "nonsense"'),
        (["retry", "x"], "Invalid value"),
        (["backup"], "requires an argument"),
        (["serve", "--nonsense"], "Unknown option"),
    ],
)
def test_misuse_is_one_line_on_stderr_and_exit_code_2(capsys: pytest.CaptureFixture[str], words: list[str], line: str) -> None:
    code, out, err = said(capsys, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("fenghuo: ")
    assert line in err


@pytest.mark.parametrize("command", ["demo", "serve", "work", "migrate", "stuck"])
def test_a_wrong_setting_ends_every_start_with_one_line_that_names_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("TIME_ZONE", "Mars/Olympus")
    assert said(capsys, command) == (1, "", 'fenghuo: TIME_ZONE: no time zone "Mars/Olympus"; for example Asia/Shanghai\n')


@pytest.mark.parametrize("command", ["serve", "work", "migrate", "stuck"])
def test_an_unreachable_database_ends_every_start_with_one_line_that_names_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/db?connect_timeout=2")
    code, out, err = said(capsys, command)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("fenghuo: DATABASE_URL: cannot reach postgresql+psycopg://u:***@127.0.0.1:1/db")


def test_python_m_bot_is_the_same_command() -> None:
    house = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-m", "bot", "--version"], cwd=house, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0.1.0"


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    script = f'"{sys.executable}" -m bot plan schema | head -1'
    house = Path(__file__).resolve().parents[2]
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {script}"], cwd=house, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")


def test_the_doctor_explains_every_setting_and_hides_secrets(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://hunter2@mail.example.com")
    _, out, _ = said(capsys, "doctor")
    names = {line.split()[1] for line in out.splitlines()}
    assert {name.upper() for name in Settings.model_fields} <= names
    assert {"database", "plan", "sandbox"} <= names
    assert "hunter2" not in out
    assert not any(os.scandir("."))


def test_the_doctor_names_every_faulty_setting(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("LANGUAGE", "klingon")
    code, out, _ = said(capsys, "doctor")
    assert code == 1
    assert [line.split()[:2] for line in out.splitlines()] == [["FAULT", "PORT"], ["FAULT", "LANGUAGE"]]
