"""加急, pins, reactions, files, people, the app itself: everything but groups and messages."""

from __future__ import annotations

import re
from typing import Any

from tests.feishu.double import api_messages
from tests.feishu.double.args import Args
from tests.feishu.double.model import BOT, ApiError, File, Json, Urgent, User

URGENT_MOST, LOOKUP_MOST, PINS_MOST = 200, 50, 50


# --- 加急 ---------------------------------------------------------------------------------------------------------------------


def _urgent(args: Args, way: str) -> Json:
    tenant, message, ids = args.tenant, args.message(), args.body["user_id_list"]
    if message.sender != BOT:
        raise ApiError(230012, "Bot is NOT the sender of the message.")
    if message.recalled:
        raise ApiError(230110, "Action unavailable as the message has been deleted.")
    if not 1 <= len(ids) <= URGENT_MOST:
        raise api_messages.invalid(f"user_id_list: 1 to {URGENT_MOST}")
    chat = tenant.chats[message.chat]
    if chat.dissolved:
        raise ApiError(232009, "Your request specifies a chat which has already been dissolved.")
    found: dict[str, User | None] = {id: args.user(id) for id in dict.fromkeys(ids)}
    good = [user for user in found.values() if user is not None and user.open_id in chat.members and not user.resigned]
    if way != "app":
        good = [user for user in good if user.mobile]
    if not good:
        raise api_messages.invalid("all user ids are invalid")
    if any(len(tenant.urgents[user.open_id]) >= tenant.unread_most for user in good):
        raise ApiError(230023, "The user has too many unread urgent messages.")
    if way != "app":
        left = tenant.sms_quota if way == "sms" else tenant.phone_quota
        if left < len(good):
            raise ApiError(230024, "Reach the upper limit of urgent message.")
        setattr(tenant, f"{way}_quota", left - len(good))
    for user in good:
        tenant.urgents[user.open_id].append(Urgent(way, message.id, chat.id, tenant.clock()))
    return {"invalid_user_id_list": [id for id, user in found.items() if user not in good]}


def urgent_app(args: Args) -> Json:
    return _urgent(args, "app")


def urgent_sms(args: Args) -> Json:
    return _urgent(args, "sms")


def urgent_phone(args: Args) -> Json:
    return _urgent(args, "phone")


# --- pins and reactions -------------------------------------------------------------------------------------------------------


def pin(args: Args) -> Json:
    message = args.message(args.body["message_id"])
    if message.recalled:
        raise ApiError(230011, "The message is recalled.")
    chat = args.tenant.chats[message.chat]
    if chat.p2p:
        raise ApiError(230054, "This operation is not supported for this message type.")
    if chat.setting("pin_manage_setting") == "only_owner" and chat.owner != BOT and BOT not in chat.managers:
        raise ApiError(230046, "No Permission to Pin/Unpin messages in the chat.")
    if message.id not in chat.pins:
        made = {"message_id": message.id, "chat_id": chat.id, "operator_id": args.tenant.app_id, "operator_id_type": "app_id"}
        chat.pins[message.id] = {**made, "create_time": str(args.tenant.now())}
    return {"pin": chat.pins[message.id]}


def unpin(args: Args) -> Json:
    message = args.message()
    args.tenant.chats[message.chat].pins.pop(message.id, None)
    return {}


def pins(args: Args) -> Json:
    chat = args.tenant.reach(args.query["chat_id"])
    items, more = args.page(list(reversed(chat.pins.values())), PINS_MOST, PINS_MOST)
    return {"items": items, **more}


def react(args: Args) -> Json:
    message, emoji = args.message(), args.body["reaction_type"].get("emoji_type", "")
    if not re.fullmatch(r"[A-Za-z0-9_]+", emoji):
        raise ApiError(231001, "reaction type is invalid.")
    if BOT not in message.reactions.get(emoji, []):
        args.tenant.react(message, emoji, BOT)
    who = {"operator_id": args.tenant.app_id, "operator_type": "app"}
    id = f"{message.id}.{emoji}.{BOT}"
    return {"reaction_id": id, "operator": who, "action_time": str(args.tenant.now()), "reaction_type": {"emoji_type": emoji}}


def unreact(args: Args) -> Json:
    message, (_, emoji, user) = args.message(), args.path["reaction_id"].split(".")
    if user != BOT or BOT not in message.reactions.get(emoji, []):
        raise ApiError(231003, "reaction is invalid.")
    args.tenant.react(message, emoji, BOT, added=False)
    return {}


def reactions(args: Args) -> Json:
    message = args.message()
    found: list[Json] = []
    for emoji, people in message.reactions.items():
        for user in people:
            id = args.tenant.app_id if user == BOT else user
            who = {"operator_id": id, "operator_type": "app" if user == BOT else "user"}
            found.append({"reaction_id": f"{message.id}.{emoji}.{user}", "operator": who, "reaction_type": {"emoji_type": emoji}})
    items, more = args.page(found, 20, 50)
    return {"items": items, **more}


def upload(args: Args) -> Json:
    """Multipart; empty files and files above 30 MB are refused."""
    form, file = args.body, args.body.get("file")
    if not isinstance(file, bytes):
        raise ApiError(234001, "Invalid request param. ext=file")
    if form.get("file_type") not in ("opus", "mp4", "pdf", "doc", "xls", "ppt", "stream") or not form.get("file_name"):
        raise ApiError(234001, "Invalid request param. ext=file_type, file_name")
    if not file:
        raise ApiError(234010, "File's size can't be 0.")
    if len(file) > 30 * 2**20:
        raise ApiError(234006, "The file size exceed the max value.")
    key = args.tenant.id("file_v3")
    args.tenant.files[key] = File(key, form["file_name"], form["file_type"], file)
    return {"file_key": key}


# --- people -------------------------------------------------------------------------------------------------------------------


def batch_get_id(args: Args) -> Json:
    """Whoever is unknown, invisible or gone comes back without `user_id`."""
    emails, mobiles = args.body.get("emails", []), args.body.get("mobiles", [])
    if len(emails) > LOOKUP_MOST or len(mobiles) > LOOKUP_MOST:
        raise ApiError(40001, f"param error, ext=emails and mobiles: {LOOKUP_MOST} each at most")
    if not emails and not mobiles:
        raise ApiError(40001, "param error, ext=emails or mobiles")
    late = args.body.get("include_resigned", False)
    rows = []
    for name, words in (("email", emails), ("mobile", mobiles)):
        for word in words:
            user = next((it for it in args.tenant.users.values() if _same(getattr(it, name), word)), None)
            row: Json = {name: word}
            if user is not None and user.visible and (late or not user.resigned):
                row |= {"user_id": user.id(args.id_type), "status": user.status}
            rows.append(row)
    return {"user_list": rows}


def _same(held: str | None, word: str) -> bool:
    """Mobiles of the mainland match with and without +86."""
    return held is not None and held.removeprefix("+86").lower() == word.removeprefix("+86").lower()


def _user(args: Args, user: User) -> Json:
    found: Json = {"open_id": user.open_id, "union_id": user.union_id}
    scopes = args.tenant.scopes
    if "contact:user.base:readonly" in scopes:
        found |= {"name": user.name, "en_name": user.en_name, "avatar": {}, "status": user.status}
    if "contact:user.email:readonly" in scopes and user.email:
        found["email"] = user.email
    if "contact:user.phone:readonly" in scopes and user.mobile:
        found["mobile"] = user.mobile if user.mobile.startswith("+") else f"+86{user.mobile}"
    if "contact:user.employee_id:readonly" in scopes:
        found["user_id"] = user.user_id
    return found


def get_user(args: Args) -> Json:
    user = args.user(args.path["user_id"])
    if user is None or not user.visible:
        raise ApiError(
            41050 if user else 99992351, "no user authority error" if user else f"these open ids not existed: {args.path['user_id']}"
        )
    return {"user": _user(args, user)}


def get_users(args: Args) -> Json:
    """Whoever is unknown or invisible is left out."""
    ids = args.query["user_ids"] if isinstance(args.query["user_ids"], list) else [args.query["user_ids"]]
    if len(ids) > LOOKUP_MOST:
        raise ApiError(40001, f"param error, ext=user_ids: {LOOKUP_MOST} at most")
    found = [args.user(id) for id in ids]
    return {"items": [_user(args, it) for it in found if it is not None and it.visible]}


def group_members(args: Args) -> Json:
    group = args.tenant.groups.get(args.path["group_id"])
    if group is None:
        raise ApiError(42012, "group id not exist error")
    items, more = args.page(group.users, 50, 1000)
    kind = args.id_type
    rows = [{"member_id": args.tenant.users[it].id(kind), "member_type": "user", "member_id_type": kind} for it in items]
    return {"memberlist": rows, **more}


def groups(args: Args) -> Json:
    items, more = args.page(list(args.tenant.groups.values()), 50, 100)
    return {"grouplist": [{"id": it.id, "name": it.name, "member_user_count": len(it.users)} for it in items], **more}


# --- the app itself -----------------------------------------------------------------------------------------------------------


def bot_info(args: Args) -> Json:
    """Not in `data` but beside it, as this oldest of the APIs has it."""
    tenant = args.tenant
    if not tenant.bot_active:
        raise ApiError(11205, "app do not have bot")
    found: Json = {"activate_status": 2, "app_name": tenant.bot_name, "avatar_url": "https://double/bot.png", "ip_white_list": []}
    return {"bot": found | {"open_id": tenant.bot_open_id}}


def application(args: Args) -> Json:
    tenant = args.tenant
    if args.path["app_id"] not in ("me", tenant.app_id):
        raise ApiError(210505, "app not found")
    scopes = [{"scope": scope, "description": scope, "level": 1, "token_types": ["tenant"]} for scope in sorted(tenant.scopes)]
    app: Json = {"app_id": tenant.app_id, "app_name": tenant.bot_name, "status": 1, "scopes": scopes, "primary_language": "zh_cn"}
    app |= {"online_version_id": "oav_2" if tenant.published else "", "unaudit_version_id": "" if tenant.published else "oav_2"}
    app["event"] = {"subscription_type": tenant.way, "request_url": "", "subscribed_events": sorted(tenant.events)}
    app["callback_info"] = {"callback_type": tenant.way, "request_url": "", "subscribed_callbacks": sorted(tenant.callbacks)}
    return {"app": app}


def app_versions(args: Args) -> Json:
    """`status`: 1 is published, 4 was never submitted; newest first."""
    tenant = args.tenant
    found: Json = {"app_id": tenant.app_id, "version": "1.0.1", "version_id": "oav_2", "status": 1 if tenant.published else 4}
    found |= {"scopes": [{"scope": scope} for scope in sorted(tenant.scopes)], "events": sorted(tenant.events)}
    found["publish_time"] = str(int(tenant.clock())) if tenant.published else ""
    items, more = args.page([found])
    return {"items": items, **more}


def scopes(args: Args) -> Json:
    """`grant_status`: 1 was granted, 2 was not."""
    rows = [{"scope_name": scope, "grant_status": 1, "scope_type": "tenant"} for scope in sorted(args.tenant.scopes)]
    return {"scopes": rows}


def list_commands(args: Args) -> Json:
    items, more = args.page(list(args.tenant.commands.values()), 50, 100)
    return {"items": items, **more}


def _command(args: Args, id: str) -> Json:
    body, commands = args.body, args.tenant.commands
    name: Any = body.get("command") or commands.get(id, {}).get("command")
    if not isinstance(name, str) or not re.fullmatch(r"[^\s/]{1,32}", name):
        raise ApiError(40000001, "invalid command: no slash, no spaces")
    if any(it["command"] == name for key, it in commands.items() if key != id):
        raise ApiError(40000000, "command_already_exists")
    return {"command_id": id, **commands.get(id, {}), **body, "command": name}


def create_command(args: Args) -> Json:
    if len(args.tenant.commands) >= 100:
        raise ApiError(40000002, "too many commands")
    id = str(args.tenant.now())
    args.tenant.commands[id] = _command(args, id)
    return args.tenant.commands[id]


def patch_command(args: Args) -> Json:
    id = args.path["command_id"]
    if id not in args.tenant.commands:
        raise ApiError(40000003, "command_not_found")
    args.tenant.commands[id] = _command(args, id)
    return args.tenant.commands[id]


def delete_command(args: Args) -> Json:
    if args.tenant.commands.pop(args.path["command_id"], None) is None:
        raise ApiError(40000003, "command_not_found")
    return {}
