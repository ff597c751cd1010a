"""The envelopes that Feishu sends: events, and card callbacks."""

from __future__ import annotations

import secrets
from typing import Any

from tests.feishu.double.model import Ephemeral, Json, Message, PressToken
from tests.feishu.double.tenant import Tenant


def event(tenant: Tenant, kind: str, inner: Json) -> Json:
    header = {"event_id": secrets.token_hex(16), "event_type": kind, "create_time": str(tenant.now())}
    header |= {"token": tenant.verification_token, "app_id": tenant.app_id, "tenant_key": tenant.tenant_key}
    return {"schema": "2.0", "header": header, "event": inner}


def pressed(tenant: Tenant, user: str, message: Message | Ephemeral, action: Json, host: str = "im_message") -> Json:
    """`card.action.trigger`: no display name, a token for two later updates, and what was pressed with what was filled in."""
    token = f"c-{secrets.token_hex(20)}"
    tenant.presses[token] = PressToken(message.id, tenant.clock())
    operator: Json = {"tenant_key": tenant.tenant_key, **{key: value for key, value in tenant.ids(user).items() if value}}
    inner: Json = {"operator": operator, "token": token, "action": {"timezone": "Asia/Shanghai", **action}, "host": host}
    inner["context"] = {"open_message_id": message.id, "open_chat_id": message.chat}
    found = event(tenant, "card.action.trigger", inner)
    found["header"]["create_time"] += "000"  # microseconds here, milliseconds in events
    return found


def menu(tenant: Tenant, user: str, key: str) -> Json:
    who: dict[str, Any] = {"operator_name": tenant.users[user].name, "operator_id": tenant.ids(user)}
    return {"operator": who, "event_key": key, "timestamp": str(int(tenant.clock()))}
