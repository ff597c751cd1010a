"""The demo as a newcomer starts it, once installed: seconds to the first answer, memory, and what it costs when nobody does anything."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.table import Row

STARTS = 3
SECONDS = 15.0
PATIENCE = 30.0
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def demo(folder: Path) -> Iterator[tuple[int, float]]:
    """`fenghuo demo` on a database of its own: its process id, and the seconds until /healthz answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'fenghuo.db'}", "PORT": str(port)}
    begun = time.monotonic()
    running = subprocess.Popen([sys.executable, "-m", "bot", "demo"], env=own, stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if time.monotonic() - begun > PATIENCE or running.poll() is not None:
                raise SystemExit("fenghuo demo does not answer")
            time.sleep(0.01)
        yield running.pid, time.monotonic() - begun
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(10)


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def processor(pid: int) -> float:
    """Seconds of processor time that the process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident(pid: int) -> float:
    """MB in memory now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def rows() -> list[Row]:
    took: list[float] = []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as (pid, seconds):
            took.append(seconds)
            if len(took) == STARTS:
                time.sleep(2.0)
                before = processor(pid)
                time.sleep(SECONDS)
                idle, memory = (processor(pid) - before) / SECONDS * 100, resident(pid)
    best, worst = min(took), max(took)
    return [
        Row("demo to /healthz, new database", f"{best:.2f} to {worst:.2f} s ({STARTS} starts)", "< 3 s"),
        Row("demo at rest, sandbox served", f"{idle:.2f} % of a processor, {memory:.0f} MB resident", "< 1 %"),
    ]
