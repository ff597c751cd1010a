"""deploy/slack-manifest.yaml as Slack reads it, in both of its variants."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml import YAML

from tests.house.tree import text

PATH = "deploy/slack-manifest.yaml"


def socket_mode() -> dict[str, Any]:
    """The file as it lies there."""
    return _read(text(PATH))


def http_mode() -> dict[str, Any]:
    """The file after what its lines marked HTTP say has been done."""
    instead = re.sub(r"^(\s*\w+: )\S+ # HTTP: (\S+)$", r"\1\2", text(PATH), flags=re.MULTILINE)
    return _read(re.sub(r"^(\s*)# HTTP: ", r"\1", instead, flags=re.MULTILINE))


def _read(source: str) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(source)
    return found
