"""Feishu's own request schemas as a judge (../shared/oracles/feishu_requests): what was called, and what is wrong with it.

The schemas are of August 2025, and lack what the tools they were made for do not call.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.feishu.double.model import Call
from tests.parts import JUDGE

UNKNOWN = ("/open-apis/bot/v3/info", "/open-apis/im/v1/files", "/open-apis/auth/v3/tenant_access_token/internal")
NEWER = "card_msg_content_type"  # a parameter that came later


def requests_of(calls: Iterable[Call]) -> list[dict[str, object]]:
    """Each request once, but for the calls that the schemas do not know."""
    found: dict[str, dict[str, object]] = {}
    for call in calls:
        if call.path not in UNKNOWN:
            query = {name: value for name, value in call.query.items() if name != NEWER}
            request = {"method": call.verb, "path": call.path, "query": query, "body": call.body}
            found[json.dumps(request, sort_keys=True)] = request
    return list(found.values())


def faults_of(requests: list[dict[str, object]], folder: Path) -> list[str]:
    """A line for each thing that Feishu would not take."""
    file = folder / "requests.json"
    file.write_text(json.dumps(requests), encoding="utf-8")
    done = subprocess.run(["node", JUDGE / "check.cjs", file], capture_output=True, text=True, check=False, timeout=60)
    *faults, last = done.stdout.splitlines() or [done.stderr]
    assert re.fullmatch(rf"{len(requests)} requests, {len(faults)} faults", last), last + done.stderr
    return faults
