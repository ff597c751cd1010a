"""The guide's five minutes with the real commands: the tokens in .env, one's own e-mail in the plan, a fault, and all is well afterwards.

Each transport starts `fenghuo serve` as a process of its own, which is what takes the seconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from tests.flows.deployed import faults_of_doctor, folder, free_port, serving, until
from tests.slack.double import Person, SlackServer, Workspace
from tests.slack.setup import manifest

Transport = Literal["http", "socket"]
ROOMS = {"report-a-fault", "group-ecc", "group-tech", "group-biz", "group-comms"}


def installed(transport: Transport) -> SlackServer:
    """A workspace in which the app was made from the manifest, with one person in it."""
    settings = manifest.socket_mode()
    workspace = Workspace()
    workspace.scopes = set(settings["oauth_config"]["scopes"]["bot"])
    workspace.events = set(settings["settings"]["event_subscriptions"]["bot_events"])
    workspace.user("U0ME", "我", "me@example.com")
    workspace.channel("general", ["U0ME"], bot=False)
    return SlackServer(workspace, transport=transport)


def written(place: Path, slack: SlackServer, transport: Transport, port: int) -> Path:
    """What the guide has one write: .env, and one's own e-mail in the plan."""
    workspace = slack.workspace
    secret = f"SLACK_APP_TOKEN={workspace.app_token}" if transport == "socket" else f"SLACK_SIGNING_SECRET={workspace.signing_secret}"
    me = {"chenhai@kuailv.example": "me@example.com"}
    return folder(place, port, me, f"SLACK_BOT_TOKEN={workspace.bot_token}", secret, f"SLACK_API_URL={slack.api_url}")


def room_of(slack: SlackServer, begins: str) -> str | None:
    return next((room.id for room in slack.workspace.channels.values() if room.name.startswith(begins)), None)


@pytest.mark.parametrize("transport", ["socket", "http"])
def test_the_steps_of_the_guide_lead_to_a_first_incident(
    tmp_path: Path, transport: Transport, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with installed(transport) as slack:
        place = written(tmp_path, slack, transport, port)
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
