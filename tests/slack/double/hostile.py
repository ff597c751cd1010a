"""What Slack would never send: unsigned, badly signed, stale and replayed requests, another team's, and forged presses.

Hostile(slack).unsigned("slash_commands", payload).status == 401
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.slack.double import payloads, response_urls
from tests.slack.double.delivery import SIGNATURE, STAMP, Delivered, Kind, Reply, signature
from tests.slack.double.model import Channel, Json, Message, View
from tests.slack.double.server import SlackServer

STALE = 301  # seconds: Slack says five minutes


class Hostile:
    """Somebody who found the bot's URL, or a message that they should not be able to press. HTTP only, but for the last four."""

    def __init__(self, server: SlackServer) -> None:
        self._server, self.ws = server, server.workspace

    def _send(self, body: bytes, headers: Mapping[str, str]) -> Reply:
        return self._server.run(self._server.delivery.send(body, headers))[0]

    def _signed(self, kind: Kind, payload: Json) -> tuple[bytes, dict[str, str]]:
        return self._server.delivery.signed(kind, payload)

    def unsigned(self, kind: Kind, payload: Json) -> Reply:
        body, headers = self._signed(kind, payload)
        return self._send(body, {key: value for key, value in headers.items() if key not in (STAMP, SIGNATURE)})

    def badly_signed(self, kind: Kind, payload: Json, secret: str = "guessed") -> Reply:
        body, headers = self._signed(kind, payload)
        return self._send(body, {**headers, SIGNATURE: signature(secret, headers[STAMP], body)})

    def tampered(self, kind: Kind, payload: Json) -> Reply:
        """The right signature of another body."""
        body, headers = self._signed(kind, payload)
        return self._send(body + b" ", headers)

    def stale(self, kind: Kind, payload: Json, seconds: int = STALE) -> Reply:
        """Signed well, that long ago; negative seconds are the future."""
        body, headers = self._signed(kind, payload)
        stamp = str(int(headers[STAMP]) - seconds)
        return self._send(body, {**headers, STAMP: stamp, SIGNATURE: signature(self.ws.signing_secret, stamp, body)})

    def replayed(self, it: Delivered) -> Reply:
        """Byte for byte what the bot got before, signature and all."""
        return self._send(*it.wire)

    def garbage(self, body: bytes, content_type: str = "application/json") -> Reply:
        """A signed request with any body."""
        stamp = str(int(self._server.delivery.signed_at()))
        headers = {"Content-Type": content_type, STAMP: stamp, SIGNATURE: signature(self.ws.signing_secret, stamp, body)}
        return self._send(body, headers)

    # --- signed by Slack, and still not to be believed ------------------------------------------------------------------------

    def other_team(self, kind: Kind, payload: Json, team: str = "T0SOMEBODY") -> Reply:
        """The same, from a workspace that never installed the bot."""
        return self._server.deliver(kind, _renamed(payload, self.ws.team, team))

    def command(self, user: str, place: Channel, text: str, **changed: str) -> Reply:
        """A command with any field changed."""
        payload = payloads.command(self.ws, user, place, "/incident", text, self.ws.trigger(user), self._url(user, place.id))
        return self._server.deliver("slash_commands", {**payload, **changed})

    def presses(self, user: str, message: Message, action_id: str, value: str, block_id: str = "forged", kind: str = "button") -> Reply:
        """A press of something that the message does not have, by anybody, with any value."""
        held = {"value": value} if kind == "button" else {"selected_option": {"text": {"type": "plain_text", "text": "x"}, "value": value}}
        action = {"type": kind, "action_id": action_id, "block_id": block_id, "action_ts": self.ws.ts(), **held}
        url, trigger = self._url(user, message.channel), self.ws.trigger(user)
        return self._server.deliver("interactive", payloads.pressed(self.ws, user, message, action, trigger, url, {}))

    def submits(self, user: str, body: Json, values: Mapping[str, Mapping[str, Any]]) -> Reply:
        """A modal that was never open, with any private metadata and any values."""
        id = self.ws.id("V")
        view = View(id, user, {"type": "modal", **body}, "0.0", id, None, {block: dict(held) for block, held in values.items()})
        return self._server.deliver("interactive", payloads.submitted(self.ws, view, self.ws.trigger(user)))

    def _url(self, user: str, channel: str) -> str:
        return f"{self._server.url}/respond/{response_urls.make(self.ws, user, channel)[0]}"


def _renamed(node: Any, old: str, new: str) -> Any:
    match node:
        case dict():
            return {key: _renamed(value, old, new) for key, value in node.items()}
        case list():
            return [_renamed(item, old, new) for item in node]
    return new if node == old else node
