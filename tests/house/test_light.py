"""The sandbox costs nothing it does not use: no other platform's library is loaded on its path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot.settings import Settings
from tests.house.tree import HOUSE

PROBE = """
import sys
from bot import app, settings
with app.build(settings.load({"database_url": sys.argv[1], "sandbox": True})):
    print(sorted({"lark_oapi", "slack_bolt", "slack_sdk", "aiohttp"} & {name.split(".")[0] for name in sys.modules}))
"""


def test_building_the_sandbox_loads_no_other_platforms_library(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, f"sqlite:///{tmp_path / 'light.db'}"],
        cwd=HOUSE,
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
