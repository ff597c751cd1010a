"""Names that Slack takes: rooms in letters, digits and hyphens, files that carry our key."""

from __future__ import annotations

import hashlib
import re

LONGEST = 80  # characters of a room's name


def candidates(slug: str, key: str) -> tuple[str, ...]:
    """The slug, then with -2, -3, -4, then with what nobody else has. The same for the same key, so that in doubt they are found."""
    unique = hashlib.blake2s(key.encode(), digest_size=4).hexdigest()
    base = re.sub(r"[^a-z0-9_-]+", "-", slug.lower()).strip("-_") or "fenghuo"
    return tuple(base[: LONGEST - len(suffix)] + suffix for suffix in ("", "-2", "-3", "-4", f"-{unique[:4]}", f"-{unique}"))


def file_name(name: str, key: str) -> str:
    """`name` with the key before its ending: INC-42-draft.md → INC-42-draft.INC-42-postmortem-7.md."""
    stem, dot, ending = name.rpartition(".")
    mark = re.sub(r"[^A-Za-z0-9_-]+", "-", key)
    return f"{stem}.{mark}.{ending}" if dot else f"{name}.{mark}"
