"""What is deployed is what the command line and the settings know."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml import YAML

from bot.cli import cli
from bot.settings import Settings
from tests.house.test_docs import commands
from tests.house.tree import text


def compose() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(text("deploy/compose.yaml"))
    return found


def test_every_process_is_started_by_a_command_that_exists() -> None:
    started = [" ".join(service["command"]) for service in compose()["services"].values() if "command" in service]
    started += re.findall(r"^\w+: (.+)$", text("Procfile"), re.MULTILINE)
    assert len(started) >= 6
    assert [line for line in started if line.removesuffix(" --no-worker") not in set(commands(cli))] == []


def test_ears_and_hands_get_the_same_settings_and_all_of_them_exist() -> None:
    services = compose()["services"]
    assert services["web"]["environment"] == services["worker"]["environment"]
    given = services["web"]["environment"]
    assert set(given) <= {name.upper() for name in Settings.model_fields}
    assert {name for name in given if name.startswith("SLACK")} == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}
    assert {name for name in Settings.model_fields if name.startswith("feishu")} == {n.lower() for n in given if n.startswith("FEISHU")}


def test_web_does_not_work_where_there_is_a_worker() -> None:
    assert compose()["services"]["web"]["command"][-1] == "--no-worker"
    assert re.search(r"^web: fenghuo serve --no-worker$", text("Procfile"), re.MULTILINE)
