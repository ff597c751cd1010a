"""The guide (docs/feishu.md) says what is so: scopes, events, settings, commands, verbs, and lines that are really said."""

from __future__ import annotations

import json
import re

from babel.messages.pofile import read_po

import handlers
from bot.platforms.feishu.ears import OWN
from bot.platforms.feishu.scopes import CALLBACKS, EVENTS, SCOPES
from bot.platforms.spoken import CALLS, Spoken
from bot.settings import Settings
from tests.feishu.setup import description
from tests.house.test_docs import commands
from tests.house.tree import HOUSE, text

GUIDE = text("docs/feishu.md")


def section(heading: str) -> str:
    return re.split(r"^## ", GUIDE.split(f"\n## {heading}")[1], flags=re.MULTILINE)[0]


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    lines = section(heading).splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")][1:]


def test_the_scopes_to_paste_are_those_of_the_description() -> None:
    block = re.search(r"```json\n(.*?)```", section("一步一步"), re.DOTALL)
    assert block is not None
    assert json.loads(block[1]) == {"scopes": {"tenant": description.app()["scopes"], "user": []}}


def test_the_table_of_scopes_says_what_each_is_for() -> None:
    optional = {True: "（可选）", False: ""}
    expected = [[f"`{scope.name}`{optional[scope.optional]}", scope.says.zh, scope.says.en] for scope in SCOPES]
    assert rows("权限各做什么") == expected


def test_the_table_of_events_is_what_to_subscribe_to() -> None:
    assert rows("事件和回调") == [[f"`{it.name}`", it.says.zh, it.says.en] for it in (*EVENTS, *CALLBACKS)]
    assert len(EVENTS) == 11
    assert "下面的十一个事件" in GUIDE


def test_one_app_per_environment_is_the_first_thing_that_is_said() -> None:
    first = re.findall(r"^## (.*)$", GUIDE, re.MULTILINE)[0]
    assert first == "一个环境一个应用 · One app per environment"


def test_every_setting_that_is_named_exists() -> None:
    named = {name for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", GUIDE) if name != "HTTPS_PROXY"}
    assert named - {name.upper() for name in Settings.model_fields} == set()


def test_every_command_that_is_named_exists() -> None:
    from bot.cli import cli

    known = set(commands(cli))
    said = re.findall(r"fenghuo (?:plan )?[a-z]+", " | ".join(re.findall(r"`([^`\n]+)`", GUIDE)))
    assert [command for command in said if command not in known] == []


def test_every_verb_behind_the_name_of_the_bot_exists() -> None:
    spoken = Spoken(handlers.COMMANDS)
    lines = re.findall(r"`@烽火 ([^`\n…]+)`", GUIDE)
    assert len(lines) >= 7
    assert [said for said in lines if spoken.parse(said)[0] is None] == []


def test_the_slash_command_of_the_guide_is_one_of_the_description() -> None:
    block = re.search(r"```json\n(.*?)```", section("打「/」时的提示"), re.DOTALL)
    assert block is not None
    assert json.loads(block[1]) in description.app()["slash_commands"]


def test_the_menu_of_the_guide_is_that_of_the_description() -> None:
    names = {item["name"]: item["event_key"] for item in description.menu()}
    assert re.findall(r"菜单「([^」]+)」", GUIDE) != []
    assert set(re.findall(r"菜单「([^」]+)」", GUIDE)) <= set(names)
    assert names["我的任务"] in OWN


def test_every_line_of_the_table_of_troubles_is_one_that_is_said() -> None:
    told = [text("bot/settings.py")]
    for path in sorted((HOUSE / "data/locale/en").glob("*.po")):
        with path.open("rb") as file:
            told += [side for entry in read_po(file) for side in (str(entry.id), str(entry.string))]
    troubles = [line for row in rows("哪一行，怎么修") for line in re.findall(r"`([^`]+)`", row[0])]
    assert len(troubles) > 30
    assert [line for line in troubles if not any(all(part.strip() in said for part in line.split("…")) for said in told)] == []


def test_what_is_said_to_the_bot_in_full_width_signs_is_taken() -> None:
    assert CALLS.match("／态势") is not None
