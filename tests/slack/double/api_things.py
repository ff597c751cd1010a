"""Everything small: who there is, user groups, pins, bookmarks, reactions and files."""

from __future__ import annotations

import secrets

from tests.slack.double.args import Args, wrong
from tests.slack.double.model import ApiError, File, Group, Json, Message

PINS_MOST = BOOKMARKS_MOST = 100


def auth_test(args: Args) -> Json:
    ws = args.ws
    about = {"url": f"https://{ws.domain}.slack.com/", "team": ws.domain, "user": ws.users[ws.bot_user].name, "team_id": ws.team}
    return {**about, "user_id": ws.bot_user, "bot_id": ws.bot_id, "is_enterprise_install": False}


# --- people -----------------------------------------------------------------------------------------------------------------


def user_info(args: Args) -> Json:
    found = args.ws.users.get(args.text("user"))
    if found is None:
        raise ApiError("user_not_found")
    return {"user": found.shown(email="users:read.email" in args.ws.scopes, locale=args.flag("include_locale"))}


def user_list(args: Args) -> Json:
    email = "users:read.email" in args.ws.scopes
    page, meta = args.page([user for user in args.ws.users.values() if not user.is_stranger], default=1000)
    return {"members": [user.shown(email=email, locale=args.flag("include_locale")) for user in page], "cache_ts": 1700000000, **meta}


def user_by_email(args: Args) -> Json:
    wanted = args.text("email").casefold()
    for user in args.ws.users.values():
        if user.email and user.email.casefold() == wanted and not user.deleted and not user.is_stranger and not user.is_bot:
            return {"user": user.shown(email=True)}
    raise ApiError("users_not_found")


def _group(args: Args, group: Group) -> Json:
    found: Json = {"id": group.id, "team_id": args.ws.team, "is_usergroup": True, "name": group.name, "handle": group.handle}
    found |= {"is_external": False, "date_delete": 1700000000 if group.disabled else 0, "auto_type": None}
    found |= {"user_count": len(group.users)} if args.flag("include_count") else {}
    return found | ({"users": group.users} if args.flag("include_users") else {})


def groups(args: Args) -> Json:
    seen = [group for group in args.ws.groups.values() if args.flag("include_disabled") or not group.disabled]
    return {"usergroups": [_group(args, group) for group in seen]}


def group_users(args: Args) -> Json:
    found = args.ws.groups.get(args.text("usergroup"))
    if found is None or (found.disabled and not args.flag("include_disabled")):
        raise ApiError("no_such_subteam")
    return {"users": found.users}


# --- pins, bookmarks, reactions ---------------------------------------------------------------------------------------------


def pin(args: Args) -> Json:
    channel = args.channel(inside=True, alive=True)
    if not args.time("timestamp"):
        raise ApiError("no_item_specified")
    message = args.message(channel, "timestamp")
    if message.ts in channel.pins:
        raise ApiError("already_pinned")
    if message.subtype and message.subtype != "file_share":
        raise ApiError("not_pinnable")
    if len(channel.pins) >= PINS_MOST:
        raise ApiError("too_many_pins")
    args.ws.pin(message, args.ws.bot_user)
    return {}


def unpin(args: Args) -> Json:
    channel = args.channel(inside=True, alive=True)
    message = args.message(channel, "timestamp")
    if message.ts not in channel.pins:
        raise ApiError("no_pin")
    args.ws.unpin(message, args.ws.bot_user)
    return {}


def pins(args: Args) -> Json:
    ws, channel = args.ws, args.channel(inside=True)
    shown = [channel.messages[ts] for ts in channel.pins]
    about: Json = {"type": "message", "created": 0, "created_by": ws.bot_user, "channel": channel.id}
    return {"items": [{**about, "message": ws.shown(message)} for message in shown]}


def bookmark(args: Args) -> Json:
    ws, channel = args.ws, args.channel(name="channel_id", inside=True, alive=True, room=True)
    if args.text("type") != "link":
        raise ApiError("invalid_bookmark_type")
    if not args.text("title") or len(args.text("title")) > 255:
        raise wrong("title", "1 to 255 characters")
    if not args.text("link").startswith(("http://", "https://")):
        raise ApiError("invalid_link")
    if len(channel.bookmarks) >= BOOKMARKS_MOST:
        raise ApiError("too_many_bookmarks")
    made: Json = {"id": ws.id("Bk"), "channel_id": channel.id, "title": args.text("title"), "link": args.text("link")}
    made |= {"emoji": args.text("emoji"), "icon_url": None, "type": "link", "entity_id": None, "rank": f"{len(channel.bookmarks):03d}"}
    made |= {"date_created": int(ws.clock()), "date_updated": 0, "last_updated_by_user_id": ws.bot_user, "app_id": ws.app_id}
    channel.bookmarks.append(made)
    return {"bookmark": made}


def _bookmark(args: Args) -> Json:
    channel = args.channel(name="channel_id", inside=True, alive=True, room=True)
    for found in channel.bookmarks:
        if found["id"] == args.text("bookmark_id"):
            return found
    raise ApiError("not_found")


def edit_bookmark(args: Args) -> Json:
    found = _bookmark(args)
    if "link" in args and not args.text("link").startswith(("http://", "https://")):
        raise ApiError("invalid_link")
    found.update({name: args.text(name) for name in ("title", "link", "emoji") if name in args})
    found["date_updated"] = int(args.ws.clock())
    return {"bookmark": found}


def bookmarks(args: Args) -> Json:
    return {"bookmarks": args.channel(name="channel_id", inside=True, room=True).bookmarks}


def remove_bookmark(args: Args) -> Json:
    found = _bookmark(args)
    args.ws.channels[args.text("channel_id")].bookmarks.remove(found)
    return {}


def react(args: Args) -> Json:
    channel = args.channel(alive=True)
    if args.ws.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    args.ws.react(args.message(channel, "timestamp"), args.text("name"), args.ws.bot_user)
    return {}


def reactions(args: Args) -> Json:
    channel = args.channel()
    return {"type": "message", "channel": channel.id, "message": args.ws.shown(args.message(channel, "timestamp"))}


# --- files ------------------------------------------------------------------------------------------------------------------


def upload_url(args: Args) -> Json:
    ws, name = args.ws, args.text("filename")
    try:
        length = int(args.given.get("length", 0))
    except ValueError:
        raise wrong("length", "must be an integer") from None
    if length < 1 or not name:
        raise wrong("length", "must be more than 0")
    made = File(ws.id("F"), name, length, secrets.token_urlsafe(12))
    ws.files[made.id] = made
    return {"upload_url": f"{args.upload_base}/{made.ticket}", "file_id": made.id}


def complete_upload(args: Args) -> Json:
    ws, wanted = args.ws, args.data("files")
    if not isinstance(wanted, list) or not wanted:
        raise wrong("files", "an array of files")
    found = [ws.files.get(item.get("id", "")) for item in wanted]
    files = [file for file in found if file is not None and file.content is not None and not file.complete]
    if len(files) < len(wanted):
        raise ApiError("file_not_found")
    channel = args.channel(name="channel_id") if "channel_id" in args else None
    if channel is not None and channel.archived:
        raise ApiError("is_archived")
    if channel is not None and ws.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    for file, item in zip(files, wanted, strict=True):
        file.title = item.get("title") or file.name
    if channel is not None:
        message = Message(channel.id, ws.ts(), ws.bot_user, args.text("initial_comment"), bot_id=ws.bot_id, subtype="file_share")
        message.thread_ts = args.time("thread_ts") or None
        for file in files:
            file.shares.append((channel.id, message.ts))
        message.files = [_file(args, file) for file in files]
        ws.post(channel, message)
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _file(args: Args, file: File) -> Json:
    found: Json = {"id": file.id, "name": file.name, "title": file.title, "size": file.length, "user": args.ws.bot_user, "mode": "hosted"}
    shares: dict[str, dict[str, list[Json]]] = {}
    for channel, ts in file.shares:
        kind = "private" if args.ws.channels[channel].kind != "public_channel" else "public"
        shares.setdefault(kind, {}).setdefault(channel, []).append({"ts": ts})
    rooms = [channel for channel, _ in file.shares]
    return found | {
        "created": int(args.ws.clock()),
        "shares": shares,
        "channels": rooms,
        "permalink": f"https://{args.ws.domain}.slack.com/files/{file.id}",
    }


def file_info(args: Args) -> Json:
    found = args.ws.files.get(args.text("file"))
    if found is None or not found.complete:
        raise ApiError("file_not_found")
    return {"file": _file(args, found), "comments": []}


def file_list(args: Args) -> Json:
    seen = [file for file in args.ws.files.values() if file.complete]
    if args.text("channel"):
        seen = [file for file in seen if args.text("channel") in [channel for channel, _ in file.shares]]
    return {"files": [_file(args, file) for file in seen], "paging": {"count": 100, "total": len(seen), "page": 1, "pages": 1}}
