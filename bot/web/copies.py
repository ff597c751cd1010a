"""The last good copy of the public pages on disk: read at the start, and whole enough for any web server to hand out by itself."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from bot.web.edition import ATOM, HIDDEN, HTML, SHOWN, Copy, Edition, copy
from bot.web.templates import STATIC
from bot.words import Language

NAME = re.compile(r"(status|feed|history|history-\d{4,}-\d\d)\.(zh-CN|en)\.(html|xml)")
FILES = ("fenghuo.css", "icons.svg", "favicon.svg")


class Copies:
    """A folder: status.zh-CN.html, feed.en.xml, history-2026-11.en.html, and static/ with what the pages ask for.

    Whoever hands out a file does so because no process does: it says that it may not be the newest. Several processes may write:
    each file is put in place whole, and they all write the same.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, bytes] = {}

    def keep(self, edition: Edition) -> None:
        """Write what has changed. Raises OSError."""
        if not self._kept:
            for name in FILES:
                self._put(f"static/{name}", (STATIC / name).read_bytes())
        for (path, language), found in edition.items():
            name = f"{_base(path)}.{language}.{'xml' if found.kind == ATOM else 'html'}"
            if self._kept.get(name) != found.etag:
                self._put(name, found.body.replace(HIDDEN, SHOWN))
                self._kept[name] = found.etag

    def _put(self, name: str, body: bytes) -> None:
        place = self._folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{place.name}.{os.getpid()}")
        beside.write_bytes(body)
        beside.replace(place)

    def load(self) -> Edition:
        """What was kept, as it was; nothing where nothing was, or where it cannot be read."""
        found: dict[tuple[str, Language], Copy] = {}
        try:
            for place in sorted(self._folder.iterdir()):
                if (named := NAME.fullmatch(place.name)) is not None:
                    at = datetime.fromtimestamp(place.stat().st_mtime, UTC)
                    language = cast(Language, named[2])
                    found[_path(named[1]), language] = copy(place.read_bytes(), ATOM if named[3] == "xml" else HTML, language, at)
        except OSError:
            return {}
        return found


def _base(path: str) -> str:
    """The file of /status, /status/feed, /status/history/2026-11."""
    return path.removeprefix("/status").strip("/").replace("/", "-") or "status"


def _path(base: str) -> str:
    return "/status" if base == "status" else f"/status/{base.replace('history-', 'history/')}"
