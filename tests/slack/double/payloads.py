"""What Slack tells the bot: events, commands, presses, submissions and shortcuts, complete and in their real shapes."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.slack.double.model import Channel, Ephemeral, Json, Message, View
from tests.slack.double.workspace import Workspace


def event(ws: Workspace, inner: Json) -> Json:
    """The envelope of the Events API."""
    installed = {"enterprise_id": None, "team_id": ws.team, "user_id": ws.bot_user, "is_bot": True, "is_enterprise_install": False}
    channel = inner.get("channel") or inner.get("item", {}).get("channel") or ""
    context = json.dumps({"et": inner["type"], "tid": ws.team, "aid": ws.app_id, "cid": channel if isinstance(channel, str) else ""})
    outer: Json = {"token": "deprecated", "team_id": ws.team, "context_team_id": ws.team, "context_enterprise_id": None}
    outer |= {"api_app_id": ws.app_id, "event": inner, "type": "event_callback", "event_id": ws.id("Ev"), "event_time": int(ws.clock())}
    outer |= {"authorizations": [installed], "is_ext_shared_channel": False}
    return outer | {"event_context": "4-" + base64.urlsafe_b64encode(context.encode()).decode()}


def command(ws: Workspace, user: str, channel: Channel, name: str, text: str, trigger: str, response_url: str) -> dict[str, str]:
    """A slash command: a flat form."""
    place = "directmessage" if channel.im else "privategroup" if channel.private else channel.name
    found = {"token": "deprecated", "team_id": ws.team, "team_domain": ws.domain, "channel_id": channel.id, "channel_name": place}
    found |= {"user_id": user, "user_name": ws.users[user].name, "command": name, "text": text, "api_app_id": ws.app_id}
    return found | {"is_enterprise_install": "false", "response_url": response_url, "trigger_id": trigger}


def _outer(ws: Workspace, kind: str, user: str) -> Json:
    who = {"id": user, "username": ws.users[user].name, "name": ws.users[user].name, "team_id": ws.users[user].team_id}
    found: Json = {"type": kind, "user": who, "api_app_id": ws.app_id, "token": "deprecated"}
    return found | {"team": {"id": ws.team, "domain": ws.domain}, "enterprise": None, "is_enterprise_install": False}


def _place(channel: Channel) -> Json:
    return {"id": channel.id, "name": "directmessage" if channel.im else "privategroup" if channel.private else channel.name}


def pressed(ws: Workspace, user: str, where: Message | Ephemeral | View, action: Json, trigger: str, url: str, state: Json) -> Json:
    """block_actions of a message, an ephemeral, a modal or a Home."""
    found = _outer(ws, "block_actions", user) | {"trigger_id": trigger, "actions": [action]}
    match where:
        case View():
            return found | {"container": {"type": "view", "view_id": where.id}, "view": ws.view(where)}
        case Message():
            container: Json = {"type": "message", "message_ts": where.ts, "channel_id": where.channel, "is_ephemeral": False}
            container |= {"thread_ts": where.thread_ts} if where.thread_ts else {}
            found |= {"container": container, "message": ws.shown(where)}
        case Ephemeral():
            found |= {"container": {"type": "message", "message_ts": where.ts, "channel_id": where.channel, "is_ephemeral": True}}
    return found | {"channel": _place(ws.channels[where.channel]), "state": {"values": state}, "response_url": url}


def submitted(ws: Workspace, view: View, trigger: str) -> Json:
    return _outer(ws, "view_submission", view.user) | {"trigger_id": trigger, "view": ws.view(view), "response_urls": []}


def closed(ws: Workspace, view: View, cleared: bool) -> Json:
    return _outer(ws, "view_closed", view.user) | {"view": ws.view(view), "is_cleared": cleared}


def shortcut(ws: Workspace, user: str, callback_id: str, trigger: str) -> Json:
    found = _outer(ws, "shortcut", user) | {"callback_id": callback_id, "trigger_id": trigger, "action_ts": ws.ts()}
    del found["api_app_id"]
    return found


def message_shortcut(ws: Workspace, user: str, callback_id: str, message: Message, trigger: str, url: str) -> Json:
    found = _outer(ws, "message_action", user) | {"callback_id": callback_id, "trigger_id": trigger, "action_ts": ws.ts()}
    found |= {"channel": _place(ws.channels[message.channel]), "message_ts": message.ts, "message": ws.shown(message)}
    del found["api_app_id"]
    return found | {"response_url": url}


def suggestion(ws: Workspace, user: str, where: Message | Ephemeral | View, element: Json, block_id: str, typed: str) -> Json:
    """block_suggestion: what may stand in an external select."""
    found = _outer(ws, "block_suggestion", user) | {"action_id": element["action_id"], "block_id": block_id, "value": typed}
    if isinstance(where, View):
        return found | {"container": {"type": "view", "view_id": where.id}, "view": ws.view(where)}
    return found | {"container": {"type": "message", "message_ts": where.ts, "channel_id": where.channel}, "channel": {"id": where.channel}}


def action(block: Json, element: Json, more: dict[str, Any], ts: str) -> Json:
    """One entry of `actions`."""
    found: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"], "action_ts": ts}
    kept = ("text", "value", "url", "style") if element["type"] == "button" else ("placeholder",)
    found |= {key: element[key] for key in kept if key in element}
    return found | {key: value for key, value in more.items() if key != "type"}
