"""The guide (docs/slack.md) says what is so: scopes, settings, commands, verbs, and lines that are really said."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po

import handlers
from bot.platforms.slack.scopes import SCOPES
from bot.platforms.spoken import Spoken
from bot.settings import Settings
from tests.house.test_docs import commands
from tests.house.tree import HOUSE, text
from tests.slack.setup import manifest

GUIDE = text("docs/slack.md")
SLACKS_OWN = (
    "failed with the error",
    "failed because the app did not respond",
    "Your URL didn't respond with the value of the challenge parameter",
)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = re.split(r"^## ", GUIDE.split(f"## {heading}")[1], flags=re.MULTILINE)[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line.startswith("| ")][1:]


def test_the_table_of_scopes_is_that_of_the_manifest() -> None:
    assert rows("权限各做什么") == [[f"`{scope.name}`", scope.says.zh, scope.says.en] for scope in SCOPES]


def test_every_setting_that_is_named_exists() -> None:
    named = {name for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", GUIDE) if name != "HTTPS_PROXY"}
    assert named - {name.upper() for name in Settings.model_fields} == set()


def test_every_command_that_is_named_exists() -> None:
    from bot.cli import cli

    known = set(commands(cli))
    said = re.findall(r"fenghuo (?:plan )?[a-z]+", " | ".join(re.findall(r"`([^`\n]+)`", GUIDE)))
    assert [command for command in said if command not in known] == []


def test_every_verb_behind_the_slash_command_exists() -> None:
    spoken = Spoken(handlers.COMMANDS)
    lines = re.findall(r"(?:`|^ *)/incident ([^`\n…]+)", GUIDE, re.MULTILINE)
    assert [said for said in lines if not said.startswith("failed") and spoken.parse(said)[0] is None] == []


def test_the_command_and_the_shortcuts_are_those_of_the_manifest() -> None:
    features = manifest.socket_mode()["features"]
    for shortcut in features["shortcuts"]:
        assert re.split(" ?/ ?", shortcut["name"])[0] in GUIDE
    assert f"`{features['slash_commands'][0]['command']}`" in GUIDE


def test_every_line_of_the_table_of_troubles_is_one_that_is_said() -> None:
    told = [text("bot/settings.py"), *SLACKS_OWN]
    for path in sorted((HOUSE / "data/locale/en").glob("*.po")):
        with path.open("rb") as file:
            told += [side for entry in read_po(file) for side in (str(entry.id), str(entry.string))]
    troubles = [line for row in rows("哪一行，怎么修") for line in re.findall(r"`([^`]+)`", row[0])]
    assert len(troubles) > 20
    unknown = [line for line in troubles if not any(all(part.strip() in said for part in line.split("…") if part.strip()) for said in told)]
    assert [line for line in unknown if not any(own in line for own in SLACKS_OWN)] == []
