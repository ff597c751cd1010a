"""What Feishu would never send: unsigned, badly signed, stale and replayed requests, other apps' tokens, and forged presses.

Hostile(feishu).badly_signed(payload).status == 401
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.feishu.double import payloads
from tests.feishu.double.crypt import encrypted
from tests.feishu.double.delivery import NONCE, SIGNATURE, STAMP, Delivered, Reply
from tests.feishu.double.model import Json, Message
from tests.feishu.double.server import FeishuServer

STALE = 301  # seconds: five minutes, and one


class Hostile:
    """Somebody who found the bot's URL, or a message that they should not be able to press. Webhook only, but for the last three."""

    def __init__(self, server: FeishuServer) -> None:
        self._server, self.ws = server, server.tenant

    def _send(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        return self._server.run(self._server.delivery.send(body, headers))

    def message(self, user: str, text: str) -> Json:
        """A direct message that somebody might have sent: something to deliver badly."""
        person = self.ws.by_name(user)
        message = Message(
            self.ws.id("om"), self.ws.direct(person.open_id).id, person.open_id, "text", json.dumps({"text": text}), self.ws.now()
        )
        sender = {"sender_id": self.ws.ids(person.open_id), "sender_type": "user", "tenant_key": self.ws.tenant_key}
        return payloads.event(self.ws, "im.message.receive_v1", {"sender": sender, "message": self.ws.heard(message)})

    def unsigned(self, payload: Json) -> Reply:
        body, headers = self._server.delivery.signed(payload)
        return self._send(body, {key: value for key, value in headers.items() if key not in (STAMP, NONCE, SIGNATURE)})

    def plain(self, payload: Json) -> Reply:
        """Not encrypted, though the app has an Encrypt Key; signed well all the same."""
        body = json.dumps(payload).encode()
        return self._send(body, {"Content-Type": "application/json", **self._server.delivery.seal(body)})

    def badly_signed(self, payload: Json, key: str = "guessed") -> Reply:
        body, headers = self._server.delivery.signed(payload)
        return self._send(body, headers | self._server.delivery.seal(body, key))

    def badly_sealed(self, payload: Json, key: str = "guessed") -> Reply:
        """Encrypted under another key, signed with the right one."""
        body = json.dumps({"encrypt": encrypted(key, json.dumps(payload).encode())}).encode()
        return self._send(body, {"Content-Type": "application/json", **self._server.delivery.seal(body)})

    def tampered(self, payload: Json) -> Reply:
        """The right signature of another body."""
        body, headers = self._server.delivery.signed(payload)
        return self._send(body + b" ", headers)

    def stale(self, payload: Json, seconds: int = STALE) -> Reply:
        """Signed well, that long ago; negative seconds are the future."""
        body, headers = self._server.delivery.signed(payload)
        return self._send(body, headers | self._server.delivery.seal(body, at=self._server.delivery.signed_at() - seconds))

    def replayed(self, it: Delivered) -> Reply:
        """Byte for byte what the bot got before, signature and all."""
        return self._send(*it.wire)

    def wrong_token(self, payload: Json, token: str = "another-apps-token") -> Reply:
        """Sealed and signed well, with another verification token in its header."""
        return self._send(*self._server.delivery.signed({**payload, "header": {**payload["header"], "token": token}}))

    def garbage(self, body: bytes, content_type: str = "application/json") -> Reply:
        """A signed request with any body."""
        return self._send(body, {"Content-Type": content_type, **self._server.delivery.seal(body)})

    # --- brought by Feishu, and still not to be believed ------------------------------------------------------------------------

    def other_app(self, payload: Json, app_id: str = "cli_somebody") -> Reply:
        return self._server.deliver("event", {**payload, "header": {**payload["header"], "app_id": app_id}})

    def presses(self, user: str, message: Message, value: Any, tag: str = "button", **action: Any) -> Reply:
        """A press of something that the card does not have, by anybody, with any value."""
        payload = payloads.pressed(self.ws, self.ws.by_name(user).open_id, message, {"tag": tag, "value": value, **action})
        return self._server.deliver("callback", payload)

    def submits(self, user: str, message: Message, value: Any, form_value: Mapping[str, Any], name: str = "submit") -> Reply:
        """A form that was never filled in so."""
        return self.presses(user, message, value, name=name, form_value=dict(form_value))
