"""`fenghuo serve` with Feishu: it answers at once, and /readyz says what is still coming."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from starlette.testclient import TestClient

from bot import app
from bot.platforms.feishu import connection
from bot.settings import load
from tests.feishu.double import FeishuServer, Tenant
from tests.feishu.double.toy import lark_ws
from tests.feishu.house import wait_for


def test_the_start_does_not_wait_for_lark_oapi_and_readyz_says_what_is_coming(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lark_ws()  # imported here, where what it warns of is let pass
    loads, imported = threading.Event(), connection._imported

    def slow() -> Any:
        assert loads.wait(20)
        return imported()

    monkeypatch.setattr(connection, "_imported", slow)
    with FeishuServer(Tenant(), transport="socket") as feishu:
        tenant = feishu.tenant
        feishu.links.refuse = "busy"
        given = {"feishu_app_id": tenant.app_id, "feishu_app_secret": tenant.app_secret, "feishu_domain": feishu.url}
        settings = load({"database_url": sqlite_url, **given}, env_file=None)
        with app.build(settings) as house, TestClient(app.web(house)) as browser:

            def ready() -> tuple[int, Any]:
                found = browser.get("/readyz")
                return found.status_code, found.json()["feishu"]

            assert (browser.get("/healthz").status_code, ready()) == (200, (503, "loading"))
            loads.set()
            wait_for(lambda: ready() == (503, "connecting"))
            feishu.links.refuse = None
            wait_for(lambda: ready() == (200, True))
            assert browser.get("/readyz").json() == {"database": True, "plan": True, "feishu": True}
            assert browser.get("/feishu/events").status_code == 404, "the long connection needs no door"


def test_a_webhook_is_ready_when_feishu_has_said_who_we_are_and_lark_oapi_is_never_asked_for(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_imported", lambda: pytest.fail("lark-oapi was asked for"))
    with FeishuServer(Tenant(), transport="webhook") as feishu:
        tenant = feishu.tenant
        given = {"feishu_app_id": tenant.app_id, "feishu_app_secret": tenant.app_secret, "feishu_domain": feishu.url}
        seal = {"feishu_mode": "webhook", "feishu_encrypt_key": tenant.encrypt_key}
        with app.build(load({"database_url": sqlite_url, **given, **seal}, env_file=None)) as house, TestClient(app.web(house)) as browser:
            wait_for(lambda: browser.get("/readyz").json() == {"database": True, "plan": True, "feishu": True})
            assert browser.post("/feishu/events", json={}).status_code == 401
