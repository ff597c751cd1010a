"""The evidence pack: the same bytes for the same record, and whatever is changed in it is found and named."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evidence import EVENTS, MANIFEST, Case, Row, _zipped, pack, sha256, verify

AT = datetime(2026, 11, 23, 12, 10, tzinfo=UTC)
ROWS = tuple(Row(n, "NoteTaken", json.dumps({"text": f"第 {n} 条"}), "suqing", AT + timedelta(minutes=n), f"r{n}") for n in range(1, 6))
CASE = Case("INC-1", "3.1", "abc", ROWS, {"README.md": "说明\n".encode(), "notices.json": b"[]\n", "notices/n1.en.txt": b"Dear customer\n"})
WHOLE = pack(CASE)


def opened(data: bytes = WHOLE) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(change: Callable[[dict[str, bytes]], None]) -> tuple[str, ...]:
    """What is found once somebody has changed the files and zipped them as we do."""
    files = opened()
    change(files)
    return verify(_zipped(files)).faults


def events(change: Callable[[list[bytes]], object]) -> Callable[[dict[str, bytes]], None]:
    """The same of the lines of the events, with the manifest made to fit."""

    def deed(files: dict[str, bytes]) -> None:
        lines = files[EVENTS].splitlines(keepends=True)
        change(lines)
        files[EVENTS] = b"".join(lines)
        manifest = json.loads(files[MANIFEST])
        manifest["files"][EVENTS]["sha256"] = sha256(files[EVENTS])
        files[MANIFEST] = json.dumps(manifest).encode()

    return deed


def test_it_is_the_same_each_time_and_holds() -> None:
    assert pack(CASE) == WHOLE == pack(replace(CASE, files=dict(reversed(list(CASE.files.items())))))
    verdict = verify(WHOLE, ROWS)
    assert (verdict.faults, verdict.record, verdict.events) == ((), "INC-1", 5)
    assert verdict.fingerprint == sha256(opened()[MANIFEST])


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        (lambda files: files.update({"notices.json": b"[1]\n"}), "notices.json: was changed"),
        (lambda files: files.pop("notices.json"), "notices.json: was removed"),
        (lambda files: files.update({"more.txt": b"?"}), "more.txt: was added"),
        (lambda files: files.pop(MANIFEST), "no evidence pack"),
        (events(lambda lines: lines.pop(2)), "event 4 stands where 3 should"),
        (events(lambda lines: lines.insert(1, lines.pop(3))), "event 4 stands where 2 should"),
        (events(lambda lines: lines.pop()), "ends after event 4, the manifest says 5"),
        (events(lambda lines: lines.append(lines[-1])), "event 5 stands where 6 should"),
        (events(lambda lines: lines.__setitem__(1, lines[1].replace(b"suqing", b"chenhai"))), "event 2 or its place was changed"),
    ],
)
def test_what_was_done_to_it_is_named(deed: Callable[[dict[str, bytes]], None], says: str) -> None:
    assert any(says in fault for fault in changed(deed))


def test_another_order_or_another_time_in_the_archive_is_found() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in reversed(opened().items()):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body)
    assert verify(out.getvalue()).faults[0].startswith("the archive:")


def test_a_pack_that_was_forged_as_a_whole_is_not_what_is_stored_and_has_another_fingerprint() -> None:
    forged = pack(replace(CASE, rows=(*ROWS[:2], replace(ROWS[2], by="nobody"), *ROWS[3:])))
    assert verify(forged).faults == ()
    assert verify(forged).fingerprint != verify(WHOLE).fingerprint
    assert "event 3 is not the one that is stored" in verify(forged, ROWS).faults[0]


def test_an_older_pack_of_a_record_that_went_on_still_holds() -> None:
    later = Row(6, "NoteTaken", "{}", None, AT + timedelta(hours=1), "r6")
    assert verify(WHOLE, (*ROWS, later)).faults == ()


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, len(WHOLE) - 1), other=st.integers(1, 255))
def test_no_byte_of_it_can_be_changed_unnoticed(place: int, other: int) -> None:
    data = bytearray(WHOLE)
    data[place] ^= other
    assert verify(bytes(data)).faults


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_anything_else_is_no_pack_and_no_crash(data: bytes) -> None:
    assert verify(data).faults
