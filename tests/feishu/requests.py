"""Feishu's own request schemas as a judge (../shared/oracles/feishu_requests): what was called, and what is wrong with it.

The schemas are of August 2025, and lack what the tools they were made for do not call.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.feishu.double import FeishuServer
from tests.feishu.double.model import Json
from tests.parts import JUDGE

UNKNOWN = ("/open-apis/bot/v3/info", "/open-apis/im/v1/files")
NEWER = "card_msg_content_type"  # a parameter that came later


def requests_of(feishu: FeishuServer) -> list[Json]:
    """Each request once, but for the calls that the schemas do not know."""
    found: dict[str, Json] = {}
    for request in feishu.requests():
        if request["path"] not in UNKNOWN:
            request["query"].pop(NEWER, None)
            found[json.dumps(request, sort_keys=True)] = request
    return list(found.values())


def faults_of(requests: Sequence[Json], folder: Path) -> list[str]:
    """A line for each thing that Feishu would not take."""
    file = folder / "requests.json"
    file.write_text(json.dumps([*requests]), encoding="utf-8")
    done = subprocess.run(["node", JUDGE / "check.cjs", file], capture_output=True, text=True, check=False, timeout=60)
    *faults, last = done.stdout.splitlines() or [done.stderr]
    assert re.fullmatch(rf"{len(requests)} requests, {len(faults)} faults", last), last + done.stderr
    return faults
