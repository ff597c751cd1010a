"""The operator's door: help in one screen and at once, one line for a fault, exit codes 0, 1 and 2."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot import evidence
from bot.cli import main
from bot.settings import Settings
from tests.house.tree import HOUSE


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


def test_help_loads_nothing_heavy_so_that_it_comes_at_once() -> None:
    probe = (
        "import sys; from bot.cli import main; main(['--help']); "
        "print(sorted({'pydantic', 'sqlalchemy', 'fastapi', 'lark_oapi', 'slack_bolt', 'aiohttp', 'ruamel'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


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


def test_an_address_that_is_taken_ends_the_start_with_one_line_that_names_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        line = f"fenghuo: PORT: cannot listen on 127.0.0.1:{port}: Address already in use\n"
        assert said(capsys, "serve") == (1, "", line)
        assert said(capsys, "demo") == (1, "", line)


@pytest.fixture
def wrong_plan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the plan with two faults in it, in force."""
    folder = tmp_path / "plan"
    shutil.copytree(HOUSE / "data/plan", folder)
    file = folder / "severities.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("ack_min:", "ack_mins:", 2), encoding="utf-8")
    monkeypatch.setenv("PLAN_DIR", str(folder))
    return folder


def test_plan_check_prints_every_error_and_nothing_else(capsys: pytest.CaptureFixture[str], wrong_plan: Path) -> None:
    code, out, err = said(capsys, "plan", "check")
    assert (code, err) == (1, "")
    assert {line.split(":")[0] for line in out.splitlines()} == {"plan/severities.yaml"}
    assert len([line for line in out.splitlines() if '"ack_mins"' in line and 'did you mean "ack_min"?' in line]) == 2


@pytest.mark.parametrize("command", [["stuck"], ["plan", "show"], ["serve"]])
def test_a_wrong_plan_ends_the_start_with_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, wrong_plan: Path, command: list[str]
) -> None:
    monkeypatch.setenv("PORT", "0")
    code, out, err = said(capsys, *command)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("fenghuo: PLAN_DIR: plan/severities.yaml:")
    assert err.endswith("more: fenghuo plan check)\n")


def test_plan_show_card_and_schema_print_the_plan_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    for words, part in ((["plan", "show"], "应急指挥中心"), (["plan", "card", "陈海"], "陈海"), (["plan", "schema"], '"$defs"')):
        code, out, err = said(capsys, *words)
        assert (code, err) == (0, "")
        assert part in out
    assert said(capsys, "plan", "card", "nobody") == (1, "", "fenghuo: nobody in the plan is called nobody\n")


def test_an_empty_house_has_nothing_stuck_nothing_to_export_and_a_sound_audit(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "migrate") == (0, "the database is of this version\n", "")
    assert said(capsys, "stuck") == (0, "", "")
    assert said(capsys, "retry") == (0, "0 to be tried again\n", "")
    assert said(capsys, "audit", "verify") == (0, "", "")
    assert said(capsys, "export", "inc-1") == (1, "", "fenghuo: no record inc-1\n")
    assert said(capsys, "export", "inc-1", "--evidence", "inc-1.zip") == (1, "", "fenghuo: no record inc-1\n")
    assert said(capsys, "export") == (1, "", "fenghuo: name a record: fenghuo export INC-1\n")


def test_an_evidence_pack_is_checked_without_a_database(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file, whole = tmp_path / "inc-1.zip", evidence.pack(evidence.Case("INC-1", "3.1", "abc", (), {"notices.json": b"[]"}))
    file.write_bytes(whole)
    code, out, err = said(capsys, "export", "--verify", str(file))
    assert (code, err) == (0, "")
    assert out.startswith("ok  INC-1  0 events\nfingerprint ")
    file.write_bytes(whole.replace(b"[]", b"{}"))
    assert said(capsys, "export", "--verify", str(file))[0] == 1
    assert said(capsys, "export", "--verify", "none.zip") == (1, "", "fenghuo: none.zip: No such file or directory\n")


def test_python_m_bot_is_the_same_command() -> None:
    done = subprocess.run([sys.executable, "-m", "bot", "--version"], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0.1.0"


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    script = f'"{sys.executable}" -m bot plan schema | head -1'
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {script}"], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{\n", "")


def test_the_doctor_explains_every_setting_and_hides_secrets(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://hunter2@127.0.0.1:1")
    monkeypatch.setenv("MAIL_FROM", "service@example.com")
    _, out, _ = said(capsys, "doctor")
    names = {line.split()[1] for line in out.splitlines()}
    assert {name.upper() for name in Settings.model_fields} <= names
    assert {"database", "plan", "sandbox", "mail", "webhook", "file"} <= names
    assert "FAULT  mail  127.0.0.1:1 连不上（SMTP_URL）" in out
    assert "hunter2" not in out
    assert not any(os.scandir("."))


def test_the_doctor_names_every_faulty_setting(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("LANGUAGE", "klingon")
    code, out, _ = said(capsys, "doctor")
    assert code == 1
    assert [line.split()[:2] for line in out.splitlines()] == [["FAULT", "PORT"], ["FAULT", "LANGUAGE"]]
