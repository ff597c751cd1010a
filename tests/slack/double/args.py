"""The arguments of one Web API request, however they were sent, and the bot's place in a channel."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.slack.double.model import ApiError, Channel, Json, Message
from tests.slack.double.workspace import Workspace

CHANNEL_SCOPES = {
    "read": {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read"},
    "manage": {"public_channel": "channels:manage", "private_channel": "groups:write", "im": "im:write"},
    "history": {"public_channel": "channels:history", "private_channel": "groups:history", "im": "im:history"},
}


class Args:
    """What was asked, by name. Everything out of order answers `invalid_arguments`, with the field in the message."""

    def __init__(self, ws: Workspace, method: str, given: Json, upload_base: str = "", json_body: bool = False) -> None:
        self.ws, self.method, self.given, self.upload_base, self.json_body = ws, method, given, upload_base, json_body

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def text(self, name: str, default: str = "") -> str:
        value = self.given.get(name, default)
        if not isinstance(value, str):
            raise wrong(name, "must be a string")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.given.get(name, default)
        if value not in (True, False, "0", "1", "true", "false", 0, 1):
            raise wrong(name, "must be a boolean")
        return value in (True, "1", "true", 1)

    def number(self, name: str, default: int, most: int) -> int:
        try:
            value = int(self.given.get(name, default))
        except ValueError:
            raise ApiError("invalid_limit") from None
        if not 1 <= value <= most:
            raise ApiError("invalid_limit")
        return value

    def names(self, name: str) -> list[str]:
        """A list of ids, with commas between."""
        value = self.given.get(name, "")
        if isinstance(value, list):
            self.ws.frown("arguments", self.method, f"{name} is an array; ids go with commas between")
            value = ",".join(map(str, value))
        if not isinstance(value, str):
            raise wrong(name, "must be a string")
        return [part.strip() for part in value.split(",") if part.strip()]

    def data(self, name: str) -> Any:
        """Something structured: as it is in a JSON body, as a JSON string in a form."""
        value = self.given.get(name)
        if isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                raise wrong(name, "must be valid JSON") from None
        return value

    def time(self, name: str) -> str:
        value = self.given.get(name, "")
        if not isinstance(value, str):
            raise wrong(name, "a ts is a string, never a number")
        return value

    def page(self, items: list[Any], default: int = 100, most: int = 1000) -> tuple[list[Any], Json]:
        """One page of them and the answer's `response_metadata`."""
        limit, cursor = self.number("limit", default, most), self.text("cursor")
        if cursor and not re.fullmatch(r"at:\d+", cursor):
            raise ApiError("invalid_cursor")
        start = int(cursor.removeprefix("at:") or 0)
        more = start + limit < len(items)
        return items[start : start + limit], {"response_metadata": {"next_cursor": f"at:{start + limit}" if more else ""}}

    # --- places -------------------------------------------------------------------------------------------------------------

    def channel(self, need: str = "", name: str = "channel", *, inside: bool = False, alive: bool = False, room: bool = False) -> Channel:
        """The channel asked for. `need` is a row of scopes; `inside`: the bot is a member; `alive`: not archived; `room`: no DM."""
        found = self.ws.reach(self.text(name))
        if need:
            require(self.ws, CHANNEL_SCOPES[need][found.kind])
        if room and found.im:
            raise ApiError("method_not_supported_for_channel_type")
        if inside and self.ws.bot_user not in found.members:
            raise ApiError("not_in_channel")
        if alive and found.archived:
            raise ApiError("is_archived")
        return found

    def message(self, channel: Channel, name: str = "ts") -> Message:
        found = channel.messages.get(self.time(name))
        if found is None:
            raise ApiError("message_not_found")
        return found


def wrong(name: str, what: str) -> ApiError:
    return ApiError("invalid_arguments", f"[ERROR] {what} [json-pointer:/{name}]")


def require(ws: Workspace, *scopes: str) -> None:
    missing = [scope for scope in scopes if scope not in ws.scopes]
    if missing:
        raise ApiError("missing_scope", needed=",".join(missing), provided=",".join(sorted(ws.scopes)))
