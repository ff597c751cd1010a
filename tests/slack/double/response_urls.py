"""What a message sent to a response URL, or given back in the answer to a command, does on the screen."""

from __future__ import annotations

from tests.slack.double.api_chat import content
from tests.slack.double.args import Args
from tests.slack.double.model import ApiError, Ephemeral, Json, Message, ResponseUrl
from tests.slack.double.workspace import Workspace

TAKES = frozenset(
    {"text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts", "unfurl_links", "unfurl_media", "metadata"}
)


def make(ws: Workspace, user: str, channel: str, message: Message | Ephemeral | None = None) -> tuple[str, ResponseUrl]:
    name = ws.id("R")
    ws.response_urls[name] = ResponseUrl(user, channel, ws.clock(), message)
    return name, ws.response_urls[name]


def use(ws: Workspace, url: ResponseUrl, body: Json) -> Message | Ephemeral | None:
    """Post, replace or delete; what stands there now."""
    args = Args(ws, "response_url", body)
    for name in sorted(set(body) - TAKES):
        ws.frown("arguments", "response_url", f"{name} is no argument of a response")
    if args.flag("delete_original"):
        _delete(ws, url)
        return None
    if args.flag("replace_original"):
        return _replace(ws, url, args)
    kind, channel = args.text("response_type", "ephemeral"), ws.channels[url.channel]
    if kind not in ("ephemeral", "in_channel"):
        raise ApiError("invalid_response_type")
    text, blocks = content(args, "ephemeral" if kind == "ephemeral" else "message")
    if kind == "in_channel":
        thread = args.time("thread_ts") or None
        return ws.post(channel, Message(channel.id, ws.ts(), ws.bot_user, text, blocks, ws.bot_id, thread_ts=thread))
    made = Ephemeral(url.user, url.channel, ws.ts(), text, blocks)
    ws.ephemerals.append(made)
    return made


def _delete(ws: Workspace, url: ResponseUrl) -> None:
    match url.message:
        case Ephemeral() as gone:
            gone.gone = True
        case Message() as message:
            ws.delete(message)
        case None:
            raise ApiError("no_original")


def _replace(ws: Workspace, url: ResponseUrl, args: Args) -> Message | Ephemeral:
    text, blocks = content(args, "message" if isinstance(url.message, Message) else "ephemeral")
    match url.message:
        case Ephemeral() as old:
            old.text, old.blocks, old.gone = text, blocks, False
            return old
        case Message() as message:
            ws.edit(message, text, blocks, ws.bot_user)
            return message
        case None:
            raise ApiError("no_original")
