"""The guide's five minutes with the real commands: the tokens in .env, one's own e-mail in the plan, a fault, and all is well afterwards.

Each transport starts `fenghuo serve` as a process of its own, which is what takes the seconds.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest

from bot.cli import main
from bot.settings import HOUSE, Settings
from tests.slack.double import Person, SlackServer, Workspace
from tests.slack.setup import manifest

Transport = Literal["http", "socket"]
ROOMS = {"report-a-fault", "group-ecc", "group-tech", "group-biz", "group-comms"}
PATIENCE = 30.0  # seconds, on a busy machine
FENGHUO = [sys.executable, "-m", "bot"]


def environment(**more: str) -> dict[str, str]:
    """That of a machine on which nothing is set yet."""
    bare = {name: value for name, value in os.environ.items() if name.upper() not in {known.upper() for known in Settings.model_fields}}
    return {**bare, "PYTHONPATH": str(HOUSE), **more}


def until(there: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, what
        threading.Event().wait(0.02)


def installed(transport: Transport) -> SlackServer:
    """A workspace in which the app was made from the manifest, with one person in it."""
    settings = manifest.socket_mode()
    workspace = Workspace()
    workspace.scopes = set(settings["oauth_config"]["scopes"]["bot"])
    workspace.events = set(settings["settings"]["event_subscriptions"]["bot_events"])
    workspace.user("U0ME", "我", "me@example.com")
    workspace.channel("general", ["U0ME"], bot=False)
    return SlackServer(workspace, transport=transport)


def folder(place: Path, slack: SlackServer, transport: Transport, port: int) -> Path:
    """What the guide has one write: .env, and one's own e-mail in the plan."""
    shutil.copytree(HOUSE / "data/plan", place / "plan")
    people = place / "plan/people.yaml"
    people.write_text(people.read_text(encoding="utf-8").replace("chenhai@kuailv.example", "me@example.com"), encoding="utf-8")
    workspace = slack.workspace
    secret = f"SLACK_APP_TOKEN={workspace.app_token}" if transport == "socket" else f"SLACK_SIGNING_SECRET={workspace.signing_secret}"
    lines = [f"SLACK_BOT_TOKEN={workspace.bot_token}", secret, f"SLACK_API_URL={slack.api_url}", "PLAN_DIR=plan", f"PORT={port}"]
    (place / ".env").write_text("\n".join([*lines, "PUBLIC_URL=https://fenghuo.example.com", ""]), encoding="utf-8")
    return place


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


def room_of(slack: SlackServer, begins: str) -> str | None:
    return next((room.id for room in slack.workspace.channels.values() if room.name.startswith(begins)), None)


def faults_of_doctor(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    """What `fenghuo doctor` finds wrong there, and all it says."""
    for name in (*Settings.model_fields, "secrets_dir"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(place)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    return [line.split()[1] for line in out.splitlines() if line.startswith("FAULT")], out


@pytest.mark.parametrize("transport", ["socket", "http"])
def test_the_steps_of_the_guide_lead_to_a_first_incident(
    tmp_path: Path, transport: Transport, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with installed(transport) as slack:
        place = folder(tmp_path, slack, transport, port)
        slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        me: Person = slack.person("U0ME")
        faults, _ = faults_of_doctor(place, capsys, monkeypatch)
        assert faults == ["slack-people"]

        with serving(place, port):
            until(lambda: {room.name for room in slack.workspace.channels.values()} >= ROOMS, "the standing rooms do not open")

            seen = me.command("report 10 分钟前上海仓下单报错", "general")
            assert seen.error is None
            assert "INC-1" in seen.words

            until(lambda: room_of(slack, "inc-1") is not None, "the room does not open")
            room = room_of(slack, "inc-1") or ""
            until(lambda: bool(slack.workspace.channels[room].pins), "the card does not come")
            assert "INC-1" in me.reads(me.message(room, "INC-1"))

            assert me.command("误报 试一下", room).error is None
            until(lambda: slack.workspace.channels[room].archived, "the room is not archived")

        faults, said = faults_of_doctor(place, capsys, monkeypatch)
        assert faults == ["slack-people"]
        assert "#group-ecc，烽火在里面" in said
    assert [found for found in slack.violations if "posting to a user id" not in found.words] == []
    posted = [call for call in slack.called("chat.postMessage") if call.args["channel"] == "U0ME"]
    assert len(posted) <= 3, "whom the plan has and Slack has not is no reason to flood the others"
