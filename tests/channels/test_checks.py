"""The doctor's lines about the ways out: what is off names its setting and what it costs, what is on is tried without sending."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from bot.channels.checks import examine
from bot.channels.mail import Server, check
from bot.core.errors import Never
from bot.plan.load import load as load_plan
from bot.settings import load
from tests.channels.letters import said
from tests.channels.test_mail import Postbox, with_server
from tests.house.tree import HOUSE

PLAN = load_plan(HOUSE / "data" / "plan")
MAILED = sum(any(address.via == "mail" for address in contact.addresses) for contact in PLAN.comms.contacts.values())
SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}"


def lines(**settings: Any) -> dict[str, tuple[bool, str]]:
    found = examine(load({"sandbox": True, **settings}, None), PLAN)
    return {one.name: (one.well, said(one.text)) for one in found}


def test_what_is_off_is_no_fault_and_says_how_many_are_written_to_by_hand() -> None:
    told = lines()
    assert all(well for well, _ in told.values())
    assert told["mail"][1] == f"没有配置邮件：SMTP_URL。通讯录里有 {MAILED} 个联系人要用它，现在要人来发"


def test_a_mail_server_that_nobody_reaches_is_a_fault() -> None:
    well, words = lines(smtp_url="smtp://127.0.0.1:1", mail_from="service@example.com")["mail"]
    assert (well, "127.0.0.1:1 连不上（SMTP_URL）" in words) == (False, True)


def test_the_mail_server_is_greeted_and_given_nothing() -> None:
    box = Postbox()
    with_server(box, lambda port: check(Server.at(f"smtp://127.0.0.1:{port}"), "service@example.com"))
    with pytest.raises(Never):
        with_server(box, lambda port: check(Server.at(f"smtp://u:p@127.0.0.1:{port}"), "service@example.com"))
    assert (box.taken, box.users) == ([], [])


def test_a_secret_without_a_contact_and_a_contact_without_a_secret_are_named() -> None:
    hooked = [one.id for one in PLAN.comms.contacts.values() if any(address.via == "webhook" for address in one.addresses)]
    assert lines(webhook_secrets=f"stranger={SECRET}")["webhook"] == (False, "WEBHOOK_SECRETS 里有通讯录没有的联系人：stranger")
    other = next(one for one in PLAN.comms.contacts if one not in hooked)
    well, words = lines(webhook_secrets=f"{other}={SECRET}")["webhook"]
    assert well == (not hooked)
    assert all(contact in words for contact in hooked)
    everybody = ",".join(f"{contact}={SECRET}" for contact in hooked or [other])
    assert lines(webhook_secrets=everybody)["webhook"][0]


def test_a_folder_that_takes_files_is_well(tmp_path: Path) -> None:
    assert lines(outbox_dir=str(tmp_path))["file"] == (True, f"放在 {tmp_path}")
