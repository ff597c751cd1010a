"""Texts laid into a folder, and on the status page: once however often they are sent, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.file import File
from bot.channels.port import Missing
from bot.channels.status import Status
from bot.core.errors import Later, Never
from bot.core.outward.publicity import Publication
from bot.store import publications
from bot.store.database import Database
from tests.channels.letters import KEY, NOW, letter, said

# --- file -------------------------------------------------------------------------------------------------------------------


def put(folder: Path, key: str = KEY, **changed: object) -> str:
    return asyncio.run(File(folder).send(letter(via="file", to="", **changed), key, False))


def test_the_text_lies_there_with_what_a_program_wants_to_know_beside_it(tmp_path: Path) -> None:
    name = put(tmp_path, next_at=NOW + timedelta(minutes=30))
    about = json.loads((tmp_path / name).with_suffix(".json").read_text())
    assert (tmp_path / name).read_text() == f"服务异常通知\n\n{letter().text}\n"
    assert (about["audience"], about["next_at"]) == ("customers", "2026-11-23T13:16:00+00:00")


def test_the_same_delivery_lies_there_once(tmp_path: Path) -> None:
    assert put(tmp_path) == put(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/passwd", "..", "a/../../b", "\x00", "~root", "INC-1/n1/" + "d" * 500])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, key: str) -> None:
    folder = tmp_path / "outbox"
    folder.mkdir()
    name = put(folder, key)
    assert (folder / name).parent == folder
    assert sorted(tmp_path.rglob("*.txt")) == [folder / name]


def test_a_link_that_waits_there_is_not_followed(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "outbox", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_text("mine")
    name = put(folder)
    (folder / name).unlink()
    (folder / name).symlink_to(elsewhere)
    (folder / f".{name}.part").symlink_to(elsewhere)
    put(folder)
    assert (elsewhere.read_text(), (folder / name).is_symlink()) == ("mine", False)


def test_a_text_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(Later) as later:
        asyncio.run(replace(File(tmp_path), sync=full).send(letter(), KEY, False))
    assert "No space left" in later.value.why
    assert not [path for path in tmp_path.iterdir() if path.suffix in (".txt", ".json")]


def test_a_folder_that_is_gone_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(Never) as refused:
        put(tmp_path / "gone")
    assert "OUTBOX_DIR" in said(refused.value.why)


# --- status -----------------------------------------------------------------------------------------------------------------


def publish(database: Database, key: str = KEY, **changed: object) -> None:
    asyncio.run(Status(database).send(letter(via="status", to="", **changed), key, True))


def listed(database: Database) -> tuple[Publication, ...]:
    with database.read() as connection:
        return publications.listed(connection, NOW - timedelta(days=1))


def test_what_was_sent_to_the_page_is_listed_in_both_languages(database: Database) -> None:
    publish(database, next_at=NOW + timedelta(minutes=30))
    one = letter()
    assert listed(database) == (
        Publication(KEY, "INC-1", NOW, "initial", one.title, one.both, ("ordering",), "down", NOW + timedelta(minutes=30)),
    )


def test_the_same_delivery_is_published_once_and_stays_as_it_was_read(database: Database) -> None:
    publish(database)
    publish(database, at=NOW + timedelta(hours=1))
    assert [one.at for one in listed(database)] == [NOW]


def test_publications_are_listed_oldest_first_from_a_moment_on(database: Database) -> None:
    publish(database, "INC-1/n3/d1", at=NOW + timedelta(hours=2), phase="resolved")
    publish(database, "INC-1/n2/d1", at=NOW + timedelta(hours=1), phase="update", level="minor")
    publish(database, "INC-0/n1/d1", at=NOW - timedelta(days=40))
    assert [(one.phase, one.state) for one in listed(database)] == [("update", "slow"), ("resolved", "normal")]


def test_a_channel_that_is_not_set_up_says_which_setting_is_missing() -> None:
    with pytest.raises(Never) as refused:
        asyncio.run(Missing("mail", "没有配置邮件：SMTP_URL").send(letter(), KEY, False))
    assert refused.value.why == "没有配置邮件：SMTP_URL"
