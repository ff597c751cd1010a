"""The judges written from the platforms' own definitions run here, and can tell right from wrong.

They lie outside the repository (../shared/oracles). What they will judge, the cards as Slack and Feishu draw them, comes with those
platforms; that they can be run at all is part of the house.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.feishu.requests import faults_of
from tests.parts import ORACLES

pytestmark = pytest.mark.oracle

SLACK: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": "*下单报错*"}}]
FEISHU: dict[str, Any] = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "**下单报错**"}]}}


def judge(oracle: str, subject: object, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "subject.json"
    file.write_text(json.dumps(subject, ensure_ascii=False), encoding="utf-8")
    return subprocess.run([sys.executable, str(ORACLES / oracle), str(file)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("oracle", "subject"), [("check_slack_blocks.py", SLACK), ("check_feishu_card.py", FEISHU)])
def test_what_is_right_is_accepted(tmp_path: Path, oracle: str, subject: object) -> None:
    done = judge(oracle, subject, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("oracle", "subject"),
    [
        ("check_slack_blocks.py", [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]),
        ("check_feishu_card.py", {"schema": "2.0", "body": {"elements": [{"tag": "markdwon", "content": "x"}]}}),
    ],
)
def test_what_is_wrong_is_refused(tmp_path: Path, oracle: str, subject: object) -> None:
    assert judge(oracle, subject, tmp_path).returncode == 1


@pytest.mark.schemas
def test_a_request_that_feishu_does_not_define_is_named(tmp_path: Path) -> None:
    path, to = "/open-apis/im/v1/messages", {"receive_id_type": "chat_id"}
    right = {"receive_id": "oc_1", "msg_type": "text", "content": "{}", "uuid": "a"}
    requests: list[dict[str, Any]] = [
        {"method": "POST", "path": path, "query": to, "body": body} for body in (right, {**right, "uuids": "a"}, {**right, "receive_id": 3})
    ]
    assert [fault.split(":")[:2] for fault in faults_of(requests, tmp_path)] == [
        [f"#1 POST {path}", " body."],
        [f"#2 POST {path}", " body.receive_id"],
    ]
