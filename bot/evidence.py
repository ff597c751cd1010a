"""The evidence pack: everything that is stored of a record in one ZIP which shows whether anything in it was changed since.

Every event carries the hash of the one before it, every file stands in the manifest with its SHA-256, and the archive is written in one
way only: the same record gives the same bytes, and what is not byte for byte what we would write is not what we wrote. Whoever changes
everything consistently gets another fingerprint (SHA-256 of the manifest): it is noted elsewhere when the pack is made.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FORMAT = "fenghuo-evidence-1"
MANIFEST, EVENTS = "manifest.json", "events.jsonl"
START = "0" * 64  # what the first event follows
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP knows


@dataclass(frozen=True, slots=True)
class Row:
    """An event as it is kept: `body` is the stored JSON."""

    seq: int
    kind: str
    body: str
    by: str | None
    at: datetime
    request: str


@dataclass(frozen=True, slots=True)
class Case:
    """What goes into a pack: `files` beside the events, by their names in it."""

    record: str
    plan_version: str
    plan_hash: str
    rows: Sequence[Row]
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong, a line each; none: the pack is as it was made. `fingerprint` is that of the manifest in it."""

    faults: tuple[str, ...]
    record: str = ""
    events: int = 0
    fingerprint: str = ""


def pack(case: Case) -> bytes:
    """The ZIP, the same bytes for the same case."""
    chained = list(chain(case.rows))
    files = {**case.files, EVENTS: "".join(f"{_json(event)}\n" for event in chained).encode()}
    manifest = {
        "format": FORMAT,
        "record": case.record,
        "plan": {"version": case.plan_version, "hash": case.plan_hash},
        "events": {"count": len(chained), "last": chained[-1]["hash"] if chained else START},
        "files": {name: {"bytes": len(files[name]), "sha256": sha256(files[name])} for name in sorted(files)},
    }
    return _zipped({**files, MANIFEST: (json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()})


def chain(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Each event with the hash of the one before it and its own."""
    before = START
    for row in rows:
        event = {
            "seq": row.seq, "at": row.at.astimezone(UTC).isoformat(), "by": row.by, "kind": row.kind, "body": json.loads(row.body),
            "request": row.request, "previous": before,
        }  # fmt: skip
        before = sha256(_json(event).encode())
        yield {**event, "hash": before}


def verify(data: bytes, rows: Sequence[Row] | None = None) -> Verdict:
    """Whether the pack is as it was made; with `rows`, whether its events are those that are stored now (it may be older than they are)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            found = {name: archive.read(name) for name in names}
        manifest = json.loads(found[MANIFEST])
        listed, counted, record = dict(manifest["files"]), dict(manifest["events"]), str(manifest["record"])
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, KeyError, TypeError, ValueError, EOFError, OSError) as error:
        return Verdict((f"this is no evidence pack, or it is damaged: {error}",))
    faults = [*_files(names, found, listed), *_events(found.get(EVENTS, b""), counted, rows)]
    if not faults and _zipped(found) != data:
        faults.append("the archive: its order, its times or something between its files was changed")
    return Verdict(tuple(faults), record, int(counted.get("count", 0)), sha256(found[MANIFEST]))


def _files(names: Sequence[str], found: Mapping[str, bytes], listed: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{name}: stands twice"
    for name in sorted(listed.keys() - found.keys()):
        yield f"{name}: was removed"
    for name in sorted(found.keys() - listed.keys() - {MANIFEST}):
        yield f"{name}: was added"
    for name in sorted(listed.keys() & found.keys()):
        if not isinstance(listed[name], dict) or listed[name].get("sha256") != sha256(found[name]):
            yield f"{name}: was changed"


def _events(body: bytes, counted: Mapping[str, Any], rows: Sequence[Row] | None) -> Iterator[str]:
    before, number = START, 0
    stored = list(chain(rows)) if rows is not None else None
    for number, text in enumerate(body.decode(errors="replace").splitlines(), 1):
        try:
            event = dict(json.loads(text))
        except (TypeError, ValueError):
            yield f"{EVENTS}:{number}: is no event"
            return
        own = event.pop("hash", "")
        if event.get("seq") != number:
            yield f"{EVENTS}:{number}: event {event.get('seq')} stands where {number} should: one was removed, added or moved"
            return
        if event.get("previous") != before or own != sha256(_json(event).encode()):
            yield f"{EVENTS}:{number}: event {number} or its place was changed"
            return
        if stored is not None and (number > len(stored) or stored[number - 1]["hash"] != own):
            yield f"{EVENTS}:{number}: event {number} is not the one that is stored"
            return
        before = own
    if number != counted.get("count") or before != counted.get("last"):
        yield f"{EVENTS}: ends after event {number}, the manifest says {counted.get('count')}"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Stored, sorted, without times or owners: nothing in it depends on the machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()
