"""The manifest asks for exactly what the code uses: no scope, event or door too many, and none too few."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.platforms.slack.scopes import APP_TOKEN, EVENTS_WITHOUT_SCOPE, SCOPES, WITHOUT_SCOPE, missing
from tests.house.tree import HOUSE, text
from tests.slack.double.methods import METHODS
from tests.slack.setup import manifest

CODE = HOUSE / "bot/platforms/slack"
FAMILIES = "auth|apps|bookmarks|chat|conversations|files|pins|reactions|team|usergroups|users|views"
METHOD = re.compile(rf"(?:{FAMILIES})(?:\.[a-z][A-Za-z]*)+")
LIMITS = {
    "display_information.name": (1, 35),
    "display_information.description": (1, 140),
    "display_information.long_description": (175, 4000),
    "features.bot_user.display_name": (1, 80),
    "features.slash_commands.command": (2, 32),
    "features.slash_commands.description": (1, 2000),
    "features.slash_commands.usage_hint": (1, 1000),
    "features.slash_commands.url": (1, 3000),
    "features.shortcuts.name": (1, 24),
    "features.shortcuts.type": (6, 7),
    "features.shortcuts.callback_id": (1, 255),
    "features.shortcuts.description": (1, 150),
    "settings.interactivity.request_url": (1, 3500),
    "settings.event_subscriptions.request_url": (1, 3500),
}
"""Characters, from Slack's schema of manifests (version 2)."""


def constants() -> Iterator[str]:
    """Every string of the package's code that is not a docstring; scopes.py, the table itself, says nothing about what is used."""
    for path in sorted(CODE.glob("*.py")):
        if path.name == "scopes.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                yield node.value


def attributes() -> Iterator[str]:
    """Methods called by slack_sdk's names, `client.auth_test(…)`, as Slack calls them; bolt itself asks for auth.test."""
    yield "auth.test"
    for path in sorted(CODE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and re.fullmatch(rf"(?:{FAMILIES})_[a-zA-Z_]+", node.attr):
                yield node.attr.replace("_", ".")


def methods() -> frozenset[str]:
    known = {method for scope in SCOPES for method in scope.methods} | WITHOUT_SCOPE | APP_TOKEN
    return frozenset(word for word in constants() if METHOD.fullmatch(word)) | (frozenset(attributes()) & known)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(dotted path, text) of every text in the manifest; the members of a list share their list's path."""
    match value:
        case dict():
            for key, inner in value.items():
                yield from leaves(inner, f"{path}.{key}".lstrip("."))
        case list():
            for inner in value:
                yield from leaves(inner, path)
        case str():
            yield path, value
        case _:
            return


@pytest.mark.parametrize("variant", [manifest.socket_mode(), manifest.http_mode()], ids=["socket mode", "HTTP"])
def test_every_text_is_as_long_as_slack_allows(variant: dict[str, Any]) -> None:
    wrong = [(path, len(said)) for path, said in leaves(variant) if path in LIMITS and not LIMITS[path][0] <= len(said) <= LIMITS[path][1]]
    assert wrong == []
    assert len(variant["features"]["shortcuts"]) <= 10
    assert re.fullmatch(r"#[0-9a-f]{6}", variant["display_information"]["background_color"])


def test_socket_mode_needs_no_address_and_http_gives_the_one_we_answer_at_in_all_three_places() -> None:
    assert [path for path, said in leaves(manifest.socket_mode()) if said.startswith("http")] == []
    assert manifest.socket_mode()["settings"]["socket_mode_enabled"] is True
    http = manifest.http_mode()
    urls = {path: said for path, said in leaves(http) if said.startswith("http")}
    assert set(urls) == {
        "features.slash_commands.url",
        "settings.interactivity.request_url",
        "settings.event_subscriptions.request_url",
    }
    assert {url.removeprefix("https://fenghuo.example.com") for url in urls.values()} == {"/slack/events"}
    assert http["settings"]["socket_mode_enabled"] is False


def test_people_and_rooms_in_a_command_arrive_with_their_ids() -> None:
    (command,) = manifest.socket_mode()["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == ("/incident", True)


def test_what_people_read_is_in_both_languages() -> None:
    shown = [said for path, said in leaves(manifest.socket_mode()) if path.endswith(("description", "shortcuts.name", "information.name"))]
    assert [said for said in shown if not (re.search("[一-鿿]", said) and re.search("[A-Za-z]{4}", said))] == []


def test_the_scopes_are_those_of_the_table_each_with_what_it_is_for() -> None:
    rows = re.findall(r"^      - ([a-z_:.]+) # (.+)$", text(manifest.PATH), re.MULTILINE)
    commented = [row for row in rows if ":" in row[0] or row[0] == "commands"]
    assert commented == [(scope.name, f"{scope.says.zh} · {scope.says.en}") for scope in SCOPES]
    assert manifest.socket_mode()["oauth_config"]["scopes"]["bot"] == [scope.name for scope in SCOPES]


def test_every_method_we_call_has_its_scopes() -> None:
    granted = {method for scope in SCOPES for method in scope.methods} | WITHOUT_SCOPE | APP_TOKEN
    assert sorted(methods() - granted) == []


def test_every_scope_is_needed_by_something_we_do() -> None:
    used, heard = methods(), set(manifest.socket_mode()["settings"]["event_subscriptions"]["bot_events"])
    idle = [s.name for s in SCOPES if s.name != "commands" and not used & set(s.methods) and not heard & set(s.events)]
    assert idle == []


def test_every_method_and_event_of_the_table_is_used() -> None:
    used, heard = methods(), set(manifest.socket_mode()["settings"]["event_subscriptions"]["bot_events"])
    assert sorted({method for scope in SCOPES for method in scope.methods} - used) == []
    assert sorted({event for scope in SCOPES for event in scope.events} ^ (heard - EVENTS_WITHOUT_SCOPE)) == []


def heard_by_the_ears() -> set[str]:
    """The types that SlackEars.event tells apart."""
    tree = ast.parse((CODE / "ears.py").read_text(encoding="utf-8"))
    (event,) = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef) and node.name == "event"]
    values = [node.value for node in ast.walk(event) if isinstance(node, ast.MatchValue)]
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def test_the_events_subscribed_to_are_those_that_are_listened_to() -> None:
    subscribed = manifest.socket_mode()["settings"]["event_subscriptions"]["bot_events"]
    assert {event.partition(".")[0] for event in subscribed} == heard_by_the_ears()
    assert len(subscribed) == len(set(subscribed))


def test_the_shortcuts_are_a_message_that_is_reported_and_the_form() -> None:
    shortcuts = {found["callback_id"]: found["type"] for found in manifest.socket_mode()["features"]["shortcuts"]}
    assert shortcuts == {"report_message": "message", "report_fault": "global"}
    assert "report_message" in set(constants())


def test_the_double_asks_for_no_other_scopes_than_we_do() -> None:
    """What tests run against and what the manifest asks for were written apart from each other."""
    asked: dict[str, set[str]] = {}
    for scope in SCOPES:
        for method in scope.methods:
            asked.setdefault(method, set()).add(scope.name)
    differing = {
        name: (METHODS[name].scopes, sorted(needed)) for name, needed in asked.items() if not set(METHODS[name].scopes.split()) <= needed
    }
    assert differing == {}


def test_what_is_missing_is_named_in_the_order_of_the_table() -> None:
    granted = frozenset(scope.name for scope in SCOPES) - {"pins:write", "commands"}
    assert [scope.name for scope in missing(granted)] == ["commands", "pins:write"]
    assert missing(granted | {"pins:write", "commands", "chat:write.public"}) == ()
