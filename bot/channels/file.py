"""Lay a text into a folder, for whatever takes it from there: the text itself, and beside it what a program wants to know of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.channels.port import quoted
from bot.core.errors import Later, Never
from bot.core.outward.letter import Letter
from bot.words import line

NEVER = (FileNotFoundError, NotADirectoryError, PermissionError)


@dataclass(frozen=True, slots=True)
class File:
    """`folder` must be there already. `sync` sees to it that what was written survives a power cut."""

    folder: Path
    sync: Callable[[int], None] = os.fsync
    name: str = "file"

    async def send(self, letter: Letter, key: str, in_doubt: bool, /) -> str:
        """The same key writes the same files again, so being in doubt changes nothing. Returns the name of the text's file."""
        try:
            return await asyncio.to_thread(self._write, letter, key)
        except NEVER as error:
            reason = quoted(error.strerror or type(error).__name__)
            raise Never(line("写不进文件夹 {folder}（OUTBOX_DIR）：{why}", folder=str(self.folder), why=reason)) from error
        except OSError as error:
            raise Later(None, f"{self.folder}: {quoted(error.strerror or type(error).__name__)}") from error

    def _write(self, letter: Letter, key: str) -> str:
        name = filename(letter, key)
        about = {
            "key": key, "record": letter.record, "audience": letter.audience, "phase": letter.phase, "level": letter.level,
            "contact": letter.contact, "language": letter.language, "subject": letter.subject, "text": letter.text,
            "at": letter.at.isoformat(), "next_at": letter.next_at.isoformat() if letter.next_at else None,
        }  # fmt: skip
        head = f"{letter.subject}\n\n" if letter.subject else ""
        self._place(f"{name}.txt", f"{head}{letter.text}\n")
        self._place(f"{name}.json", json.dumps(about, ensure_ascii=False, indent=2) + "\n")
        return f"{name}.txt"

    def _place(self, name: str, content: str) -> None:
        """Whole or not at all; a link that lies there under that name is replaced, never followed."""
        part = self.folder / f".{name}.part"
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            self.sync(file.fileno())
        os.replace(part, self.folder / name)


def filename(letter: Letter, key: str) -> str:
    """Speaks to people at its beginning and is unique by its end. Nothing but letters, digits, - and _, so it names nothing elsewhere."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", f"{letter.at:%Y%m%dT%H%M%SZ}-{key}-{letter.language}").strip("-")
    return f"{words[:80]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
