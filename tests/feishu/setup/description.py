"""deploy/feishu-app.yaml, as whoever sets the app up reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML

from tests.house.tree import text

PATH = "deploy/feishu-app.yaml"


def app() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(text(PATH))
    return found


def menu() -> Iterator[dict[str, str]]:
    """The items that are pressed, wherever they stand."""
    for item in app()["bot_menu"]:
        yield from item.get("items", [item])
