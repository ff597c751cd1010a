"""chat.*: what the bot says, changes and takes back."""

from __future__ import annotations

import json
import secrets
from typing import Any

from tests.slack.double import blocks as judge
from tests.slack.double import mrkdwn
from tests.slack.double.args import Args, require
from tests.slack.double.model import ApiError, Channel, Ephemeral, Json, Message, Sent
from tests.slack.double.workspace import Workspace

TEXT_MOST, TEXT_WISE, METADATA_MOST = 40_000, 4_000, 8_000


def content(args: Args, surface: str = "message") -> tuple[str, list[Json]]:
    """The text and blocks of a message, judged. Refuses what Slack refuses and frowns upon what it would show badly."""
    ws, text, blocks = args.ws, args.text("text"), args.data("blocks")
    if "markdown_text" in args and ("text" in args or "blocks" in args):
        raise ApiError("markdown_text_conflict")
    if args.data("attachments"):
        ws.frown("attachments", args.method, "attachments are a thing of the past; use blocks")
    text = text or args.text("markdown_text")
    if not text.strip() and not blocks and not args.data("attachments"):
        raise ApiError("no_text")
    if not text.strip():
        ws.frown("text", args.method, "blocks without text: nothing to notify with and nothing to read aloud")
    if len(text) > TEXT_MOST:
        raise ApiError("msg_too_long")
    if len(text) > TEXT_WISE:
        ws.frown("text", args.method, f"text of {len(text)} characters; {TEXT_WISE} at most is wise")
    found = judged(ws, args.method, blocks or [], surface, text)
    return text, found


def judged(ws: Workspace, method: str, blocks: Any, surface: str, text: str = "") -> list[Json]:
    """The blocks with every id set, or `invalid_blocks`."""
    faults = judge.faults(blocks, "message")
    if isinstance(blocks, list):
        ws.sent.append(Sent(method, surface, text, blocks))
    if faults:
        ws.frown("blocks", method, f"{faults[0][1]} at {faults[0][0]}")
        raise ApiError("invalid_blocks", *(f"[ERROR] {what} [json-pointer:{where}]" for where, what in faults))
    if judge.size(blocks) > judge.BLOCKS_MOST:
        ws.frown("blocks", method, f"{judge.size(blocks)} characters in all blocks")
        raise ApiError("msg_blocks_too_long")
    spoken(ws, method, text, blocks)
    return with_ids(blocks)


def spoken(ws: Workspace, method: str, text: str, blocks: list[Json]) -> None:
    """Frown upon what is not escaped, and upon mentions of nobody."""
    for kind, words in [("mrkdwn", text), *mrkdwn.texts(blocks)]:
        for slip in mrkdwn.slips(words) if kind == "mrkdwn" else mrkdwn.plain_slips(words):
            ws.frown("mrkdwn", method, slip)
        for id in mrkdwn.named(words) if kind == "mrkdwn" else ():
            if id not in ws.users and id not in ws.channels and id not in ws.groups:
                ws.frown("mention", method, f"{id} is nobody and nothing here")


def with_ids(blocks: list[Json]) -> list[Json]:
    """Blocks as Slack gives them back: every block with an id, every element with an action id."""
    return [_with_ids(block) for block in blocks]


def _with_ids(block: Json) -> Json:
    found = {**block, "block_id": block.get("block_id") or secrets.token_hex(3)}
    if block["type"] == "actions":
        found["elements"] = [_named(element) for element in block["elements"]]
    for key in ("accessory", "element"):
        if key in block:
            found[key] = _named(block[key])
    return found


def _named(element: Json) -> Json:
    return element if element["type"] == "image" else {**element, "action_id": element.get("action_id") or secrets.token_hex(3)}


def _metadata(args: Args) -> Json | None:
    found = args.data("metadata")
    if not found:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("event_type"), str) or not isinstance(found.get("event_payload"), dict):
        raise ApiError("invalid_metadata_schema")
    if len(json.dumps(found)) > METADATA_MOST:
        raise ApiError("metadata_too_large")
    return found


def _room(args: Args) -> Channel:
    ws, asked = args.ws, args.text("channel")
    if asked.startswith(("U", "W")) and asked in ws.users:
        ws.frown("channel", args.method, "posting to a user id; open the direct message first")
        return ws.direct(asked)
    found = args.channel()
    if found.archived:
        raise ApiError("is_archived")
    if ws.bot_user not in found.members and ("chat:write.public" not in ws.scopes or found.private):
        raise ApiError("not_in_channel")
    if found.im and ws.users[found.im].deleted:
        raise ApiError("user_disabled")
    return found


def _thread(args: Args, channel: Channel) -> str | None:
    if not args.time("thread_ts"):
        return None
    parent = channel.messages.get(args.time("thread_ts"))
    if parent is None:
        raise ApiError("thread_not_found")
    if parent.in_thread:
        args.ws.frown("thread", args.method, "thread_ts is the parent's ts, not a reply's")
        raise ApiError("cannot_reply_to_message")
    return parent.ts


def post(args: Args) -> Json:
    ws, channel = args.ws, _room(args)
    text, blocks = content(args)
    if {"username", "icon_emoji", "icon_url"} & set(args.given):
        require(ws, "chat:write.customize")
    message = Message(channel.id, ws.ts(), ws.bot_user, text, blocks, ws.bot_id, thread_ts=_thread(args, channel))
    message.metadata, message.broadcast = _metadata(args), args.flag("reply_broadcast")
    ws.post(channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": ws.shown(message)}


def update(args: Args) -> Json:
    ws, channel = args.ws, args.channel()
    message = args.message(channel)
    if message.bot_id != ws.bot_id:
        raise ApiError("cant_update_message")
    if channel.archived:
        raise ApiError("is_inactive")
    if len(args.text("text")) > TEXT_WISE:
        raise ApiError("msg_too_long")
    if message.blocks and "blocks" not in args:
        ws.frown("text", args.method, "the message has blocks, and the update does not say what becomes of them")
    text, blocks = content(args)
    if "metadata" in args:
        message.metadata = _metadata(args)
    ws.edit(message, text, blocks, ws.bot_user)
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": ws.shown(message)}


def delete(args: Args) -> Json:
    ws, channel = args.ws, args.channel()
    message = args.message(channel)
    if message.bot_id != ws.bot_id or channel.archived:
        raise ApiError("cant_delete_message")
    ws.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(args: Args) -> Json:
    ws, channel, user = args.ws, _room(args), args.text("user")
    text, blocks = content(args, "ephemeral")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    made = Ephemeral(user, channel.id, ws.ts(), text, blocks)
    ws.ephemerals.append(made)
    return {"message_ts": made.ts}


def permalink(args: Args) -> Json:
    channel = args.channel()
    message = args.message(channel, "message_ts")
    link = f"https://{args.ws.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}
