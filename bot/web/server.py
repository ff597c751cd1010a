"""The web server, told apart from its app by one thing: open streams are let go as soon as it is asked to stop."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

GRACE_SECONDS = 3
SWITCH_SECONDS = 0.001
"""How long a working thread may keep the interpreter while an answer waits for it. Python's own 5 ms show in the p99 of every page."""


class Server(uvicorn.Server):
    """uvicorn waits for open answers before it shuts the app down, and a page's stream never ends by itself: `on_stop` ends it."""

    def __init__(self, app: Any, host: str, port: int, on_stop: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, host, port, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_SECONDS))
        self._on_stop = on_stop
        sys.setswitchinterval(SWITCH_SECONDS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_stop()
        super().handle_exit(sig, frame)
