"""Messages: sent, answered, redrawn, read, recalled; cards are judged, and nothing is sent twice for one uuid."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.feishu.double import cards
from tests.feishu.double.args import Args
from tests.feishu.double.model import BOT, ApiError, Chat, Ephemeral, Json, Message, PressToken, Sent
from tests.feishu.double.tenant import CARD_SECONDS

TEXT_MOST = 150 * 1024
TYPES = ("text", "post", "image", "file", "audio", "media", "sticker", "interactive", "share_chat", "share_user", "system")
PRESS_SECONDS, PRESS_USES = 1800, 2
AT = re.compile(r"<at\s+user_id=\"([^\"]*)\"\s*>(.*?)</at>")
CARD_AT = re.compile(r"<at\s+(?:id|ids|user_id)=[\"']?([^\s\"'>]+)[\"']?\s*(?:></at>|/>|>)")


def invalid(words: str) -> ApiError:
    return ApiError(230001, f"Your request contains an invalid request parameter. ext={words}")


def create(args: Args) -> Json:
    body = args.body
    chat = _target(args, str(args.query["receive_id_type"]), body["receive_id"])
    return _send(args, chat, body, None)


def reply(args: Args) -> Json:
    above = args.message()
    if above.recalled:
        raise ApiError(230011, "The message is recalled.")
    return _send(args, _speakable(args, args.tenant.chats[above.chat]), args.body, above)


def _target(args: Args, kind: str, id: str) -> Chat:
    tenant = args.tenant
    if kind == "chat_id":
        chat = tenant.chats.get(id)
        if chat is None:
            raise ApiError(230034, "The receive_id is invalid.")
        return _speakable(args, chat)
    user = next((it for it in tenant.users.values() if it.email == id), None) if kind == "email" else tenant.by_id(id, kind)
    if user is None:
        raise ApiError(230034, "The receive_id is invalid.")
    if user.resigned:
        raise ApiError(230029, "User has resigned.")
    if not user.visible:
        raise ApiError(230013, "Bot has NO availability to this user.")
    if user.blocks_bot:
        raise ApiError(230053, "The user has stopped the bot from sending messages.")
    return tenant.direct(user.open_id)


def _speakable(args: Args, chat: Chat) -> Chat:
    if chat.dissolved:
        raise ApiError(232009, "Your request specifies a chat which has already been dissolved.")
    if not chat.bot:
        raise ApiError(230002, "The bot can not be outside the group.")
    quiet = chat.moderation == "only_owner" and chat.owner != BOT and BOT not in chat.managers
    if quiet or (chat.moderation == "moderator_list" and chat.owner != BOT):
        raise ApiError(230018, "These operations are NOT allowed at current group settings.")
    return chat


def _send(args: Args, chat: Chat, body: Json, above: Message | None) -> Json:
    tenant, kind, content, uuid = args.tenant, body["msg_type"], body["content"], body.get("uuid", "")
    if len(uuid) > 50 or not uuid.isascii():
        raise invalid("uuid: 50 ASCII characters at most")
    if not uuid:
        args.frown("uuid", "a message without uuid is sent twice when its answer is lost")
    known = tenant.again("message", chat.id, uuid) if uuid else None
    if known is not None:
        return shown(args, tenant.messages[known])
    if kind not in TYPES:
        raise invalid(f"msg_type {kind}")
    card = _content(args, chat, kind, content)
    message = Message(tenant.id("om"), chat.id, BOT, kind, content, tenant.now(), card)
    if above is not None:
        message.root, message.parent = above.root or above.id, above.id
        if body.get("reply_in_thread"):
            message.thread = above.thread = above.thread or tenant.id("omt")
    tenant.post(chat, message)
    if uuid:
        tenant.uuids["message", chat.id, uuid] = (message.id, tenant.clock())
    return shown(args, message)


def _content(args: Args, chat: Chat, kind: str, content: str) -> Json | None:
    """The card in it, if it is one; whatever is wrong with the content is refused."""
    if kind == "interactive":
        card = cards.parsed(content, lambda words: args.frown("size", words))
        args.tenant.sent.append(Sent(args.method, "message", card))
        mentions(args, chat, "\n".join(it["content"] for it in cards.walk(card) if isinstance(it.get("content"), str)), CARD_AT)
        return card
    if len(content.encode()) > (30 * 1024 if kind == "post" else TEXT_MOST):
        raise ApiError(230025, "The length of the message content reaches its limit.")
    try:
        data = json.loads(content)
    except ValueError:
        raise invalid("content is not a string in json format") from None
    needed = {"text": "text", "image": "image_key", "file": "file_key", "share_chat": "chat_id", "share_user": "user_id"}
    if not isinstance(data, dict) or (kind in needed and not isinstance(data.get(needed[kind]), str)):
        raise invalid(f"content of a {kind}")
    if kind == "file" and data["file_key"] not in args.tenant.files:
        raise ApiError(230055, "The type of file upload does not match the type of message being sent.")
    if kind == "text":
        if not data["text"]:
            raise invalid("text is empty")
        mentions(args, chat, data["text"], AT)
    return None


def mentions(args: Args, chat: Chat, text: str, pattern: re.Pattern[str]) -> None:
    """Whoever is mentioned exists; everybody only where the group lets the bot."""
    for found in pattern.finditer(text):
        for id in found[1].split(","):
            if id == "all":
                if chat.setting("at_all_permission") == "only_owner" and chat.owner != BOT and BOT not in chat.managers:
                    raise ApiError(230018, "These operations are NOT allowed at current group settings.")
            elif args.tenant.by_id(id) is None:
                args.frown("mention", f"nobody has the open_id {id}")


# --- as the API shows it ------------------------------------------------------------------------------------------------------


def shown(args: Args, message: Message) -> Json:
    tenant = args.tenant
    sender = {"id": tenant.app_id, "id_type": "app_id", "sender_type": "app", "tenant_key": tenant.tenant_key}
    if message.sender != BOT:
        sender = {"id": tenant.users[message.sender].id(args.id_type), "id_type": args.id_type, "sender_type": "user"}
    found: Json = {"message_id": message.id, "msg_type": message.kind, "create_time": str(message.created), "chat_id": message.chat}
    found |= {"update_time": str(message.updated or message.created), "deleted": message.recalled, "updated": bool(message.updated)}
    found |= {"sender": sender | {"tenant_key": tenant.tenant_key}, "body": {"content": _body(args, message)}}
    if message.mentions:
        found["mentions"] = [{**it, "id": it["id"]["open_id"], "id_type": "open_id"} for it in message.mentions]
    links = {"root_id": message.root, "parent_id": message.parent, "thread_id": message.thread}
    return found | {key: value for key, value in links.items() if value}


def _body(args: Args, message: Message) -> str:
    """A 2.0 card is given whole only when asked for; else its title, and a line for old clients."""
    if message.recalled:
        return "This message was recalled"
    if message.card is None:
        return message.content
    if args.query.get("card_msg_content_type") == "user_card_content":
        return json.dumps(message.card, ensure_ascii=False)
    if args.query.get("card_msg_content_type") == "raw_card_content":
        return json.dumps({"json_card": json.dumps(message.card, ensure_ascii=False), "json_attachment": "{}", "card_schema": 2})
    title = message.card.get("header", {}).get("title", {}).get("content")
    return json.dumps({"title": title, "elements": [[{"tag": "text", "text": "请升级至最新版本客户端，以查看内容"}]]}, ensure_ascii=False)


def get(args: Args) -> Json:
    return {"items": [shown(args, args.message())]}


def list_(args: Args) -> Json:
    """The history of a chat that the bot is in; times are seconds, ends included."""
    tenant, query = args.tenant, args.query
    if query["container_id_type"] == "thread":
        found = [it for it in tenant.messages.values() if it.thread == query["container_id"]]
    else:
        chat = tenant.chats.get(query["container_id"])
        if chat is None:
            raise invalid("container_id")
        if not chat.bot:
            raise ApiError(230002, "The bot can not be outside the group.")
        if not chat.p2p and "im:message.group_msg" not in tenant.scopes:
            raise ApiError(230027, "Lack of necessary permissions, ext=need scope: im:message.group_msg")
        found = list(chat.messages.values())
    start, end = int(query.get("start_time", 0)), int(query.get("end_time", 2**40))
    found = [it for it in found if start <= it.created // 1000 <= end and not it.recalled]
    found.sort(key=lambda it: it.created, reverse=query.get("sort_type") == "ByCreateTimeDesc")
    items, more = args.page(found, 20, 50)
    return {"items": [shown(args, it) for it in items], **more}


# --- changing -----------------------------------------------------------------------------------------------------------------


def own(args: Args) -> Message:
    message = args.message()
    if message.recalled:
        raise ApiError(230011, "The message is recalled.")
    if message.sender != BOT:
        raise ApiError(230001, "Your request contains an invalid request parameter. ext=NOT the sender of the message")
    return message


def patch(args: Args) -> Json:
    tenant, message = args.tenant, own(args)
    chat = tenant.chats[message.chat]
    if chat.dissolved:
        raise ApiError(232009, "Your request specifies a chat which has already been dissolved.")
    if message.card is None:
        raise invalid("This message is NOT a card")
    if tenant.clock() * 1000 - message.created > CARD_SECONDS * 1000:
        raise ApiError(230031, "Message can only be modified within 14 days after sending.")
    card = cards.parsed(args.body["content"], lambda words: args.frown("size", words))
    for it in (message.card, card):
        if it.get("config", {}).get("update_multi") is not True:
            raise ApiError(
                230099, "Failed to create card content, ext=ErrCode: 300302; ErrMsg: update_multi must be true before and after; "
            )
    tenant.sent.append(Sent(args.method, "patch", card))
    tenant.draw(message, card)
    return {}


def edit(args: Args) -> Json:
    message = own(args)
    if message.kind not in ("text", "post") or args.body["msg_type"] not in ("text", "post"):
        raise ApiError(230054, "This operation is not supported for this message type.")
    _content(args, args.tenant.chats[message.chat], args.body["msg_type"], args.body["content"])
    if len(message.looks) >= 20:
        raise ApiError(230072, "The message has reached the number of times it can be edited.")
    message.looks.append({"content": message.content})
    message.content, message.kind, message.updated = args.body["content"], args.body["msg_type"], args.tenant.now()
    return shown(args, message)


def delete(args: Args) -> Json:
    message = args.message()
    if message.recalled:
        raise ApiError(230011, "The message is recalled.")
    chat = args.tenant.chats[message.chat]
    if message.sender != BOT and chat.owner != BOT and BOT not in chat.managers:
        raise ApiError(230026, "No permission to recall this message.")
    args.tenant.recall(message, "message_owner" if message.sender == BOT else "group_owner")
    return {}


def delayed(args: Args) -> Json:
    """An update by the token of a press: after its answer, within half an hour, twice."""
    tenant, card = args.tenant, dict(args.body["card"])
    found: PressToken | None = tenant.presses.get(args.body["token"])
    if found is None or tenant.clock() - found.born > PRESS_SECONDS or found.uses >= PRESS_USES:
        raise ApiError(300000 + 40, "token is invalid, expired or used up")
    if not found.answered:
        args.frown("early", "a delayed update before the press was answered is reverted")
    found.uses += 1
    card.pop("open_ids", None)
    cards.check(card, lambda words: args.frown("size", words))
    tenant.sent.append(Sent(args.method, "delayed", card))
    tenant.draw(tenant.messages[found.message], card)
    return {}


# --- for one person alone -----------------------------------------------------------------------------------------------------


def ephemeral(args: Args) -> Json:
    tenant, body = args.tenant, args.body
    chat = tenant.chats.get(body["chat_id"])
    if chat is None or chat.dissolved:
        raise ApiError(18068, "chat_id is invalid")
    if not chat.bot or chat.p2p or chat.topic:
        raise ApiError(18053 if chat.bot else 18054, "ephemeral cards go to ordinary groups that the bot is in")
    user: Any = next((tenant.by_id(body[key], key) for key in ("open_id", "user_id") if key in body), None)
    user = user or next((it for it in tenant.users.values() if it.email and it.email == body.get("email")), None)
    if user is None or user.open_id not in chat.members:
        raise ApiError(18069, "the user is not in the chat")
    cards.check(body["card"], lambda words: args.frown("size", words))
    tenant.sent.append(Sent(args.method, "ephemeral", body["card"]))
    made = Ephemeral(user.open_id, chat.id, tenant.id("om"), body["card"])
    tenant.ephemerals.append(made)
    return {"message_id": made.id}


def forget_ephemeral(args: Args) -> Json:
    for found in args.tenant.ephemerals:
        if found.id == args.body["message_id"]:
            found.gone = True
            return {}
    raise ApiError(18070, "message_id is invalid")
