"""What holds for every test: the ones that need a missing part of the system are left out, and named at the end; never in CI."""

from __future__ import annotations

import os

import pytest

from tests import parts


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    absent = {part.mark for part in parts.missing()} if any(item.own_markers for item in items) else set()
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in absent)]
    if left_out and os.environ.get("CI") == "true":
        raise pytest.UsageError("; ".join(map(parts.how, parts.missing())))
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for part in parts.missing():
        terminalreporter.write_line(f"not run: the tests marked '{part.mark}'. {parts.how(part)}")
