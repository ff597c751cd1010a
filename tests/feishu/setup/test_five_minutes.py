"""The guide's steps with the real commands: credentials in .env, oneself in the plan, events subscribed to, a fault said in the chat.

Each transport starts `fenghuo serve` as a process of its own, which is what takes the seconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from tests.feishu.double import Chat, FeishuServer, NotThere, Person, Tenant
from tests.feishu.setup import description
from tests.flows.deployed import faults_of_doctor, folder, free_port, serving, until

Transport = Literal["webhook", "socket"]
ROOMS = {"故障上报", "应急指挥中心"}  # of those that open at the start, the ones where we belong
SELF: dict[Transport, dict[str, str]] = {
    "socket": {"chenhai@kuailv.example": "me@example.com"},
    "webhook": {'    email: "chenhai@kuailv.example"\n': "", "138-0000-0101": "13900000001"},
}
"""Step 5: one's own e-mail, or no e-mail and one's own mobile number."""


def created(transport: Transport) -> FeishuServer:
    """Steps 1 to 3: a tenant with the app of the description, published, not yet subscribed to anything, and one person in it."""
    tenant = Tenant()
    tenant.scopes, tenant.events, tenant.callbacks = set(description.app()["scopes"]), set(), set()
    tenant.user("ou_me", "我", *(("me@example.com", None) if transport == "socket" else (None, "13900000001")))
    return FeishuServer(tenant, transport=transport)


def written(place: Path, feishu: FeishuServer, transport: Transport, port: int) -> Path:
    """Steps 4 and 5: .env, and oneself in the plan."""
    tenant = feishu.tenant
    lines = [f"FEISHU_APP_ID={tenant.app_id}", f"FEISHU_APP_SECRET={tenant.app_secret}", f"FEISHU_DOMAIN={feishu.url}"]
    if transport == "webhook":
        lines += ["FEISHU_MODE=webhook", f"FEISHU_ENCRYPT_KEY={tenant.encrypt_key}"]
        lines += [f"FEISHU_VERIFICATION_TOKEN={tenant.verification_token}"]
    return folder(place, port, SELF[transport], *lines)


def subscribed(feishu: FeishuServer, transport: Transport, port: int) -> None:
    """Steps 7 to 9, which the console takes only while the bot is there."""
    if transport == "webhook":
        feishu.request_url = f"http://127.0.0.1:{port}/feishu/events"
        assert feishu.verifies_url()
        feishu.tenant.way = "webhook"
    else:
        assert feishu.sockets == 1
    feishu.tenant.events, feishu.tenant.callbacks = set(description.app()["events"]), set(description.app()["callbacks"])


def room_of(me: Person, words: str) -> Chat | None:
    return next((chat for chat in me.chats if words in chat.name), None)


def says(me: Person, words: str, place: Chat) -> bool:
    try:
        me.message(place, words)
    except NotThere:
        return False
    return True


@pytest.mark.parametrize("transport", ["socket", "webhook"])
def test_the_steps_of_the_guide_lead_to_a_first_incident(
    tmp_path: Path, transport: Transport, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with created(transport) as feishu:
        place, me = written(tmp_path, feishu, transport, port), feishu.person("ou_me")
        faults, _ = faults_of_doctor(place, capsys, monkeypatch)
        assert faults == ["feishu-events", "feishu-people"]

        with serving(place, port):
            subscribed(feishu, transport, port)
            until(lambda: {chat.name for chat in me.chats} >= ROOMS, "the standing rooms do not open")
            faults, _ = faults_of_doctor(place, capsys, monkeypatch)
            assert faults == ["feishu-people"]

            me.tells_bot("报故障 10 分钟前上海仓下单报错")
            until(lambda: says(me, "INC-1", me.bot_chat), "the number does not come back")
            until(lambda: (found := room_of(me, "INC-1")) is not None and bool(found.pins), "the room does not open")
            room = room_of(me, "INC-1")
            assert room is not None
            assert says(me, "下单报错", room)

            me.mentions_bot(room, "误报 试一下")
            until(lambda: room.moderation == "only_owner" and room.name.startswith("【已结束】"), "the room is not closed")
    assert feishu.violations == []
