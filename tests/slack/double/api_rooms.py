"""conversations.*: rooms, who is in them, and what was said."""

from __future__ import annotations

import re

from tests.slack.double.args import CHANNEL_SCOPES, Args, require
from tests.slack.double.model import ApiError, Channel, Json, Message

HISTORY_MOST = 999


def _valid_name(args: Args) -> str:
    """A name as conversations.create validates it; Chinese only where the workspace lets it."""
    name = args.text("name").removeprefix("#")
    letters = r"[^\W]" if args.ws.cjk_names else r"[a-z0-9]"
    if not name:
        raise ApiError("invalid_name_required")
    if len(name) > 80:
        raise ApiError("invalid_name_maxlength")
    if not re.fullmatch(rf"(?:{letters}|[-_])+", name) or name != name.lower():
        raise ApiError("invalid_name_specials")
    if not re.search(letters.replace("[^\\W]", r"[^\W_]"), name):
        raise ApiError("invalid_name_punctuation")
    if args.ws.named(name) is not None:
        raise ApiError("name_taken")
    return name


def create(args: Args) -> Json:
    ws, private = args.ws, args.flag("is_private")
    require(ws, CHANNEL_SCOPES["manage"]["private_channel" if private else "public_channel"])
    name = _valid_name(args)
    made = Channel(ws.id("C"), name, ws.bot_user, int(ws.clock()), private=private)
    ws.channels[made.id] = made
    ws.join(made, ws.bot_user)
    return {"channel": made.shown(member=True)}


def invite(args: Args) -> Json:
    ws, channel = args.ws, args.channel("manage", inside=True, alive=True, room=True)
    users = args.names("users")
    if not users:
        raise ApiError("no_user")
    if len(users) > 100:
        raise ApiError("too_many_users")
    faults = [(user, why) for user in users if (why := _uninvitable(args, channel, user))]
    if faults and (not args.flag("force") or len(faults) == len(users)):
        errors = [{"user": user, "ok": False, "error": why} for user, why in faults]
        raise ApiError(faults[0][1], errors=errors)
    bad = dict(faults)
    for user in users:
        if user not in bad and user not in channel.members:
            ws.join(channel, user, ws.bot_user)
    found: Json = {"channel": channel.shown(member=True)}
    return found | ({"errors": [{"user": user, "ok": False, "error": why} for user, why in faults]} if faults else {})


def _uninvitable(args: Args, channel: Channel, user: str) -> str | None:
    found = args.ws.users.get(user)
    if user == args.ws.bot_user:
        return "cant_invite_self"
    if found is None:
        return "user_not_found"
    if found.deleted:
        return "cant_invite"
    if user in channel.members:
        return "already_in_channel"
    if found.is_stranger:
        return "cant_invite"
    if found.is_ultra_restricted:
        return "ura_max_channels"
    return None


def rename(args: Args) -> Json:
    ws, channel = args.ws, args.channel("manage", inside=True, alive=True, room=True)
    if channel.creator != ws.bot_user:
        raise ApiError("not_authorized")
    if args.text("name") != channel.name:
        ws.rename(channel, _valid_name(args), ws.bot_user)
    return {"channel": channel.shown(member=True)}


def set_topic(args: Args) -> Json:
    ws, channel, topic = args.ws, args.channel("manage", inside=True, alive=True, room=True), args.text("topic")
    if len(topic) > 250:
        raise ApiError("too_long")
    if topic == channel.topic:
        ws.frown("churn", args.method, f"the topic of {channel.name} is that already, and everybody gets a line about it")
    channel.topic = topic
    ws.system(channel, "channel_topic", ws.bot_user, f"<@{ws.bot_user}> set the channel topic: {topic}", topic=topic)
    return {"channel": channel.shown(member=True), "topic": topic}


def set_purpose(args: Args) -> Json:
    ws, channel, purpose = args.ws, args.channel("manage", inside=True, alive=True, room=True), args.text("purpose")
    if len(purpose) > 250:
        raise ApiError("too_long")
    channel.purpose = purpose
    ws.system(channel, "channel_purpose", ws.bot_user, f"<@{ws.bot_user}> set the channel purpose: {purpose}", purpose=purpose)
    return {"channel": channel.shown(member=True), "purpose": purpose}


def archive(args: Args) -> Json:
    channel = args.channel("manage", room=True)
    if channel.archived:
        raise ApiError("already_archived")
    if channel.general:
        raise ApiError("cant_archive_general")
    if args.ws.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    args.ws.archive(channel, args.ws.bot_user)
    return {}


def unarchive(args: Args) -> Json:
    """A bot is no member of what is archived, so Slack lets it not; only people bring a room back."""
    channel = args.channel("manage", room=True)
    if not channel.archived:
        raise ApiError("not_archived")
    raise ApiError("not_in_channel")


def info(args: Args) -> Json:
    channel = args.channel("read")
    return {"channel": channel.shown(member=args.ws.bot_user in channel.members, count=args.flag("include_num_members"))}


def members(args: Args) -> Json:
    found, meta = args.page(args.channel("read").members)
    return {"members": found, **meta}


def list_(args: Args) -> Json:
    return _listed(args, "")


def of_user(args: Args) -> Json:
    return _listed(args, args.text("user", args.ws.bot_user))


def _listed(args: Args, member: str) -> Json:
    ws, kinds = args.ws, set(args.names("types")) or {"public_channel"}
    if kinds - {"public_channel", "private_channel", "im", "mpim"}:
        raise ApiError("invalid_types")
    for kind in sorted(kinds - {"mpim"}):
        require(ws, CHANNEL_SCOPES["read"][kind])
    seen = [channel for channel in ws.channels.values() if channel.kind in kinds]
    seen = [channel for channel in seen if ws.bot_user in channel.members or channel.kind == "public_channel"]
    if member:
        seen = [channel for channel in seen if member in channel.members]
    if args.flag("exclude_archived"):
        seen = [channel for channel in seen if not channel.archived]
    page, meta = args.page(seen)
    return {"channels": [channel.shown(member=ws.bot_user in channel.members) for channel in page], **meta}


def open_(args: Args) -> Json:
    ws, users = args.ws, args.names("users")
    if "channel" in args:
        return {"channel": {"id": args.channel(name="channel").id}}
    if not users:
        raise ApiError("users_list_not_supplied")
    if len(users) > 8:
        raise ApiError("too_many_users")
    for user in users:
        if user not in ws.users:
            raise ApiError("user_not_found")
        if ws.users[user].deleted:
            raise ApiError("user_disabled")
    if len(users) > 1 or users == [ws.bot_user] or ws.users[users[0]].is_bot:
        raise ApiError("invalid_user_combination")
    known = any(channel.im == users[0] for channel in ws.channels.values())
    channel = ws.direct(users[0])
    shown = channel.shown(member=True) if args.flag("return_im") else {"id": channel.id}
    return {"channel": shown} | ({"no_op": True, "already_open": True} if known else {})


def join(args: Args) -> Json:
    channel = args.channel(alive=True, room=True)
    if channel.private:
        raise ApiError("method_not_supported_for_channel_type")
    if args.ws.bot_user in channel.members:
        return {"channel": channel.shown(member=True), "warning": "already_in_channel"}
    args.ws.join(channel, args.ws.bot_user)
    return {"channel": channel.shown(member=True)}


def leave(args: Args) -> Json:
    channel = args.channel("manage", alive=True, room=True)
    if channel.general:
        raise ApiError("cant_leave_general")
    if args.ws.bot_user not in channel.members:
        return {"not_in_channel": True}
    if channel.private and len(channel.members) == 1:
        raise ApiError("last_member")
    args.ws.leave(channel, args.ws.bot_user)
    return {}


def kick(args: Args) -> Json:
    channel, user = args.channel("manage", inside=True, alive=True, room=True), args.text("user")
    if user == args.ws.bot_user:
        raise ApiError("cant_kick_self")
    if user not in args.ws.users:
        raise ApiError("user_not_found")
    if channel.general:
        raise ApiError("cant_kick_from_general")
    if user not in channel.members:
        raise ApiError("not_in_channel")
    args.ws.leave(channel, user)
    return {}


def history(args: Args) -> Json:
    channel = args.channel("history", inside=True)
    for name in ("latest", "oldest"):
        if not re.fullmatch(r"(\d+(\.\d{1,6})?)?", args.time(name)):
            raise ApiError(f"invalid_ts_{name}")
    found = [message for message in channel.messages.values() if not message.in_thread]
    return _page(args, sorted((message for message in found if _between(args, message)), key=lambda message: message.ts, reverse=True))


def replies(args: Args) -> Json:
    channel = args.channel("history", inside=True)
    parent = channel.messages.get(args.time("ts"))
    if parent is None:
        raise ApiError("thread_not_found")
    root = parent.thread_ts or parent.ts
    found = [message for message in channel.messages.values() if message.ts == root or message.thread_ts == root]
    wanted = [message for message in found if message.ts == root or _between(args, message)]
    return _page(args, sorted(wanted, key=lambda message: message.ts))


def _between(args: Args, message: Message) -> bool:
    latest, oldest = args.time("latest") or "9999999999", args.time("oldest") or "0"
    if args.flag("inclusive") and message.ts in (latest, oldest):
        return True
    return _key(oldest) < _key(message.ts) < _key(latest)


def _key(ts: str) -> tuple[int, int]:
    seconds, _, rest = ts.partition(".")
    return int(seconds), int(rest.ljust(6, "0") or 0)


def _page(args: Args, found: list[Message]) -> Json:
    page, meta = args.page(found, most=HISTORY_MOST)
    shown = [args.ws.shown(message, metadata=args.flag("include_all_metadata")) for message in page]
    more = bool(meta["response_metadata"]["next_cursor"])
    return {"messages": shown, "has_more": more} | (meta if more else {})
