"""What lies in this repository, as git sees it: tracked files and new ones that are not ignored."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(path for name in sorted(set(listed.split("\0"))) if name and (path := HOUSE / name).is_file())


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """(path in the repository, content) of every text file, or of those with one of the suffixes."""
    for path in files():
        if suffixes and path.suffix not in suffixes:
            continue
        try:
            yield str(path.relative_to(HOUSE)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def text(name: str) -> str:
    return (HOUSE / name).read_text(encoding="utf-8")
