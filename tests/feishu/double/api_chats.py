"""Groups: made, changed, filled, emptied, silenced; never twice for one uuid."""

from __future__ import annotations

import re
from typing import Any

from tests.feishu.double.args import Args
from tests.feishu.double.model import BOT, SETTINGS, ApiError, Chat, Json, User

OWNERS = ("add_member_permission", "share_card_permission", "at_all_permission", "edit_permission", "membership_approval", "chat_type")
NAME_GOOD, DESCRIPTION_MOST, PEOPLE_MOST, BOTS_MOST = 60, 100, 50, 5


def shown(args: Args, chat: Chat) -> Json:
    found: Json = {"avatar": "https://double/avatar.png", "name": chat.name, "description": chat.description, "chat_mode": "group"}
    found |= {
        "i18n_names": {"zh_cn": "", "en_us": "", "ja_jp": ""},
        "chat_type": "public" if chat.public else "private",
        "chat_tag": "inner",
    }
    found |= {name: chat.setting(name) for name in SETTINGS} | {"external": chat.external, "tenant_key": args.tenant.tenant_key}
    found |= {"group_message_type": "thread" if chat.topic else "chat", "moderation_permission": chat.moderation, "labels": []}
    found |= {"user_manager_id_list": [it for it in chat.managers if it != BOT]}
    found["bot_manager_id_list"] = [args.tenant.app_id] if BOT in chat.managers else []
    if chat.owner != BOT:
        found |= {"owner_id": args.tenant.users[chat.owner].id(args.id_type), "owner_id_type": args.id_type}
    return found


def create(args: Args) -> Json:
    tenant, body = args.tenant, args.body
    uuid, owner_id = str(args.query.get("uuid", "")), body.get("owner_id", "")
    _uuid(uuid)
    owner = BOT if not owner_id else _person(args, owner_id, 232030).open_id
    known = tenant.again("chat", uuid, owner) if uuid else None
    if known is not None:
        made = tenant.chats[known]
        return {"chat_id": made.id, **shown(args, made)}
    people, bots = body.get("user_id_list", []), body.get("bot_id_list", [])
    if len(people) > PEOPLE_MOST or len(bots) > BOTS_MOST:
        raise ApiError(232001, f"Your request contains an invalid request parameter. ext=at most {PEOPLE_MOST} users and {BOTS_MOST} bots")
    members = [_person(args, id, 232043).open_id for id in dict.fromkeys(people)]
    name, public = body.get("name", ""), body.get("chat_type") == "public"
    if public and len(name) < 2:
        raise ApiError(232020 if name else 232042, "Name can NOT be less than two characters for public chats.")
    _words(args, name, body.get("description", ""))
    members = [owner, *[it for it in members if it != owner]] if owner != BOT else members
    chat = Chat(tenant.id("oc"), name, owner, tenant.now(), body.get("description", ""), None, BOT, public, members=members)
    chat.topic = body.get("group_message_type") == "thread"
    chat.settings = {key: body[key] for key in SETTINGS if key in body}
    if owner != BOT and args.flag("set_bot_manager"):
        chat.managers = [BOT]
    tenant.chats[chat.id] = chat
    if uuid:
        tenant.uuids["chat", uuid, owner] = (chat.id, tenant.clock())
    if members:
        tenant.happen("im.chat.member.user.added_v1", tenant.moved(chat, BOT, members))
    return {"chat_id": chat.id, **shown(args, chat)}


def _person(args: Args, id: str, code: int) -> User:
    found = args.user(id)
    if found is None or not found.visible:
        raise ApiError(code, "Your request contains unavailable ids.", field_violations=[{"field": "user_id", "value": id}])
    if found.resigned:
        raise ApiError(232022, "User has already resigned.")
    return found


def _uuid(uuid: str) -> None:
    if len(uuid) > 50:
        raise ApiError(232001, "Your request contains an invalid request parameter. ext=uuid is longer than 50")


def _words(args: Args, name: str, description: str) -> None:
    if len(name) > NAME_GOOD:
        args.frown("length", f"a name of {len(name)} characters, {NAME_GOOD} are recommended")
    if len(description) > DESCRIPTION_MOST:
        raise ApiError(232001, f"Your request contains an invalid request parameter. ext=description is longer than {DESCRIPTION_MOST}")


def rules(args: Args, chat: Chat, *, owner: bool = False) -> bool:
    """Whether the bot may rule here: owner, manager, or creator with the scope to act as owner."""
    own = chat.owner == BOT or (chat.creator == BOT and "im:chat:operate_as_owner" in args.tenant.scopes)
    return own or (not owner and BOT in chat.managers)


def get(args: Args) -> Json:
    chat = args.tenant.chats.get(args.path["chat_id"])
    if chat is None or (not chat.bot and not chat.public):
        raise ApiError(232006 if chat is None else 232011, "Your request specifies a chat_id which is invalid.")
    status = "dissolved" if chat.dissolved else "normal"
    return {**shown(args, chat), "user_count": str(len(chat.members)), "bot_count": str(int(chat.bot)), "chat_status": status}


def list_(args: Args) -> Json:
    chats = [chat for chat in args.tenant.chats.values() if chat.bot and not chat.p2p and not chat.dissolved]
    if args.query.get("sort_type") == "ByActiveTimeDesc":
        chats = sorted(chats, key=lambda chat: max([chat.created, *(it.created for it in chat.messages.values())]), reverse=True)
    items, more = args.page(chats)
    keys = ("avatar", "name", "description", "owner_id", "owner_id_type", "external", "tenant_key")
    found = [{"chat_id": it.id, **{key: value for key, value in shown(args, it).items() if key in keys}} for it in items]
    return {"items": found, **more}


def update(args: Args) -> Json:
    chat, body = args.chat(), args.body
    if chat.p2p:
        raise ApiError(232008, "Your request specifies a chat whose type is NOT supported currently.")
    if not rules(args, chat) and (chat.setting("edit_permission") == "only_owner" or set(body) & set(OWNERS)):
        raise ApiError(232002, "No Permission: Only chat owner or admin can edit chat information in the current situation.")
    _words(args, body.get("name", ""), body.get("description", ""))
    after: Json = {key: body[key] for key in ("name", "description", *SETTINGS) if key in body}
    if "owner_id" in body:
        if not rules(args, chat, owner=True):
            raise ApiError(232016, "Non-chat-owner or Non-chat-admin can only edit certain parts.")
        owner = args.user(body["owner_id"])
        if owner is None:
            raise ApiError(232035, "Your request specifies an owner_id which is invalid.")
        if owner.open_id not in chat.members:
            raise ApiError(232012, "New chat owner can NOT be out of the chat.")
        chat.owner = owner.open_id
    args.tenant.change(chat, BOT, **after)
    return {}


def delete(args: Args) -> Json:
    chat = args.chat()
    if not rules(args, chat, owner=True):
        raise ApiError(232017, "No Permission: the operator can NOT complete the request.")
    args.frown("history", f"{chat.name} was disbanded: its history is gone for everybody")
    args.tenant.disband(chat, BOT)
    return {}


# --- members ------------------------------------------------------------------------------------------------------------------


def _may_add(args: Args, chat: Chat) -> None:
    if chat.p2p:
        raise ApiError(232090, "Unsupported chat type.")
    if chat.setting("add_member_permission") == "only_owner" and not rules(args, chat):
        raise ApiError(232017, "No Permission: the operator can NOT complete the request.")


def add_members(args: Args) -> Json:
    """`succeed_type`: 0 fails at ids that are unknown or invisible, 1 adds whom it can and lists the rest, 2 is all or nothing."""
    chat, ids = args.chat(), list(dict.fromkeys(args.body.get("id_list", [])))
    _may_add(args, chat)
    if args.query.get("member_id_type") == "app_id":
        raise ApiError(232001, "Your request contains an invalid request parameter. ext=no other bots in this double")
    if not 1 <= len(ids) <= PEOPLE_MOST:
        raise ApiError(232001, f"Your request contains an invalid request parameter. ext=1 to {PEOPLE_MOST} ids")
    people = {id: args.user(id) for id in ids}
    unknown = [id for id, user in people.items() if user is None]
    unseen = [id for id, user in people.items() if user is not None and not user.visible]
    gone = [id for id, user in people.items() if user is not None and user.visible and user.resigned]
    fine = [user.open_id for id, user in people.items() if user is not None and id not in (*unseen, *gone)]
    how = int(args.query.get("succeed_type", 0))
    if how == 0 and unknown:
        raise ApiError(
            232043, "Your request contains unavailable ids.", field_violations=[{"field": "id_list", "value": id} for id in unknown]
        )
    if how == 0 and unseen:
        raise ApiError(232024, "Users do not have the visibility of the app.")
    if how == 2 and (unknown or unseen or gone):
        raise ApiError(232043, "Your request contains unavailable ids.")
    if not fine and how == 0:
        raise ApiError(232027, "There are no valid members in the ID list specified in your request.")
    pending = fine if chat.setting("membership_approval") == "approval_required" and not rules(args, chat) else []
    args.tenant.join(chat, [id for id in fine if id not in pending])
    return {"invalid_id_list": [*unseen, *gone], "not_existed_id_list": unknown, "pending_approval_id_list": pending}


def remove_members(args: Args) -> Json:
    chat, ids = args.chat(), args.body.get("id_list", [])
    if not 1 <= len(ids) <= PEOPLE_MOST:
        raise ApiError(232001, f"Your request contains an invalid request parameter. ext=1 to {PEOPLE_MOST} ids")
    if not rules(args, chat):
        raise ApiError(232017, "No Permission: the operator can NOT complete the request.")
    people = {id: args.user(id) for id in ids}
    args.tenant.leave(chat, [user.open_id for user in people.values() if user is not None])
    return {"invalid_id_list": [id for id, user in people.items() if user is None]}


def list_members(args: Args) -> Json:
    chat, kind = args.chat(), args.id_type
    items, more = args.page(chat.members)
    users = [args.tenant.users[it] for it in items]
    key = args.tenant.tenant_key
    found = [{"member_id_type": kind, "member_id": it.id(kind), "name": it.name, "tenant_key": key} for it in users]
    return {"items": found, "member_total": len(chat.members), **more}


def is_in_chat(args: Args) -> Json:
    found = args.tenant.chats.get(args.path["chat_id"])
    if found is None:
        raise ApiError(232006, "Your request specifies a chat_id which is invalid.")
    return {"is_in_chat": found.bot}


def _managers(args: Args, *, add: bool) -> Json:
    chat, tenant = args.chat(), args.tenant
    if not rules(args, chat, owner=True):
        raise ApiError(232017, "No Permission: only the owner names managers.")
    apps = args.query.get("member_id_type") == "app_id"
    ids = args.body.get("manager_ids", [])
    found = [BOT if apps and id == tenant.app_id else user.open_id if (user := args.user(id) if not apps else None) else "" for id in ids]
    if not all(it == BOT or it in chat.members for it in found):
        raise ApiError(232001, "Your request contains an invalid request parameter. ext=a manager is a member")
    rest = [it for it in chat.managers if it not in found]
    if add and len(rest) + len(found) > 10:
        raise ApiError(232001, "Your request contains an invalid request parameter. ext=10 managers at most")
    chat.managers = [*rest, *dict.fromkeys(found)] if add else rest
    people = [tenant.users[it].id("open_id") for it in chat.managers if it != BOT]
    return {"chat_managers": people, "chat_bot_managers": [tenant.app_id] if BOT in chat.managers else []}


def add_managers(args: Args) -> Json:
    return _managers(args, add=True)


def delete_managers(args: Args) -> Json:
    return _managers(args, add=False)


# --- who may speak, what stands above -----------------------------------------------------------------------------------------


def set_moderation(args: Args) -> Json:
    chat, body = args.chat(), args.body
    if not rules(args, chat, owner=True):
        raise ApiError(232017, "No Permission: the operator can NOT complete the request.")
    setting = body.get("moderation_setting", chat.moderation)
    if setting not in ("all_members", "only_owner", "moderator_list"):
        raise ApiError(232001, "Your request contains an invalid request parameter. ext=moderation_setting")
    chat.moderation = setting
    added, removed = ([args.user(id) for id in body.get(name, [])] for name in ("moderator_added_list", "moderator_removed_list"))
    chat.moderators = [it for it in chat.moderators if it not in [user.open_id for user in removed if user]]
    chat.moderators += [user.open_id for user in added if user and user.open_id not in chat.moderators]
    return {}


def get_moderation(args: Args) -> Json:
    chat = args.chat()
    items, more = args.page(chat.moderators)
    found = [{"user_id_type": args.id_type, "user_id": args.tenant.users[it].id(args.id_type)} for it in items]
    return {"moderation_setting": chat.moderation, "items": found, **more}


def put_notice(args: Args) -> Json:
    """One thing stands above a chat: a message, or the announcement."""
    chat, rows = args.chat(), args.body["chat_top_notice"]
    if len(rows) != 1 or rows[0].get("action_type") not in ("1", "2"):
        raise ApiError(232001, "Your request contains an invalid request parameter. ext=chat_top_notice")
    if rows[0]["action_type"] == "1":
        message = args.tenant.messages.get(rows[0].get("message_id", ""))
        if message is None or message.chat != chat.id or message.recalled:
            raise ApiError(232001, "Your request contains an invalid request parameter. ext=message_id")
    chat.notice = rows[0]
    return {}


def delete_notice(args: Args) -> Json:
    args.chat().notice = None
    return {}


def add_tabs(args: Args) -> Json:
    chat = args.chat()
    for tab in args.body["chat_tabs"]:
        _tab(tab)
        if len(chat.tabs) >= 20:
            raise ApiError(232046, "The number of chat tabs has reached the limit.")
        chat.tabs.append({"tab_id": str(args.tenant.now()), **tab})
    return {"chat_tabs": chat.tabs}


def _tab(tab: Json) -> None:
    kind, content = tab.get("tab_type"), tab.get("tab_content", {})
    unknown = set(tab) - {"tab_id", "tab_name", "tab_type", "tab_content", "tab_config"}
    if unknown or kind not in ("url", "doc") or not re.match(r"https?://", content.get(kind, "")):
        raise ApiError(232048, "The chat tab content is illegal.")
    if not 1 <= len(tab.get("tab_name", "")) <= 60:
        raise ApiError(232047, "The length of the tab name reaches the limit.")


def update_tabs(args: Args) -> Json:
    chat = args.chat()
    changed: dict[Any, Json] = {tab.get("tab_id"): tab for tab in args.body.get("chat_tabs", [])}
    for tab in changed.values():
        _tab(tab)
    if not set(changed) <= {tab["tab_id"] for tab in chat.tabs}:
        raise ApiError(232001, "Your request contains an invalid request parameter. ext=tab_id")
    chat.tabs = [changed.get(tab["tab_id"], tab) for tab in chat.tabs]
    return {"chat_tabs": chat.tabs}


def list_tabs(args: Args) -> Json:
    return {"chat_tabs": args.chat().tabs}


def delete_tabs(args: Args) -> Json:
    chat = args.chat()
    chat.tabs = [tab for tab in chat.tabs if tab["tab_id"] not in args.body["tab_ids"]]
    return {"chat_tabs": chat.tabs}
