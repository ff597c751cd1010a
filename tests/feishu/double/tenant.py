"""The state of one tenant: who and what there is, and what happens in it, told to whoever listens."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Literal

from tests.feishu.double.model import (
    BOT,
    ApiError,
    Chat,
    Ephemeral,
    File,
    Group,
    Json,
    Message,
    PressToken,
    Sent,
    Toast,
    Urgent,
    User,
    Violation,
)

SCOPES = frozenset(
    [
        "application:app_slash_command:read",
        "application:app_slash_command:write",
        "application:application:self_manage",
        "contact:group:readonly",
        "contact:user.base:readonly",
        "contact:user.email:readonly",
        "contact:user.id:readonly",
        "contact:user.phone:readonly",
        "im:chat",
        "im:message",
        "im:message.group_at_msg:readonly",
        "im:message.group_msg",
        "im:message.p2p_msg:readonly",
        "im:message.pins:read",
        "im:message.pins:write_only",
        "im:message.reactions:read",
        "im:message.reactions:write_only",
        "im:message.urgent",
        "im:message.urgent:phone",
        "im:message.urgent:sms",
        "im:message:readonly",
        "im:message:recall",
        "im:message:send_as_bot",
        "im:message:update",
        "im:resource",
    ]
)
EVENTS = frozenset(
    [
        "application.bot.menu_v6",
        "contact.user.deleted_v3",
        "contact.user.updated_v3",
        "im.chat.access_event.bot_p2p_chat_entered_v1",
        "im.chat.disbanded_v1",
        "im.chat.member.bot.added_v1",
        "im.chat.member.bot.deleted_v1",
        "im.chat.member.user.added_v1",
        "im.chat.member.user.deleted_v1",
        "im.chat.member.user.withdrawn_v1",
        "im.chat.updated_v1",
        "im.message.message_read_v1",
        "im.message.reaction.created_v1",
        "im.message.reaction.deleted_v1",
        "im.message.receive_v1",
        "im.message.recalled_v1",
    ]
)
TOKEN_SECONDS, RENEW_SECONDS = 7200, 1800
UUID_SECONDS, CHAT_UUID_SECONDS = 3600, 36_000
CARD_SECONDS = 14 * 86_400

Listener = Callable[[str, Json], None]


class Tenant:
    """Everything that Feishu remembers. Guarded by `lock`; people and the open API take it for as long as they act.

    `clock` gives seconds since 1970 and may be replaced by a test; `advance` moves it.
    """

    def __init__(self, app_id: str = "cli_a0fenghuo", *, bot_name: str = "烽火") -> None:
        self.lock = threading.RLock()
        self.app_id, self.app_secret, self.bot_name = app_id, "double-app-secret", bot_name
        self.encrypt_key, self.verification_token = "double-encrypt-key", "double-verification-token"
        self.tenant_key, self.bot_open_id = "2ed263bf32c", "ou_0b07"
        self.scopes: set[str] = set(SCOPES)
        self.events: set[str] = set(EVENTS)
        self.callbacks: set[str] = {"card.action.trigger"}
        self.published, self.bot_active = True, True
        self.way: Literal["websocket", "webhook"] = "websocket"  # as the console says
        self.sms_quota, self.phone_quota, self.unread_most = 100, 100, 200
        self.offset = 0.0
        self.clock: Callable[[], float] = lambda: time.time() + self.offset
        self.users: dict[str, User] = {}
        self.chats: dict[str, Chat] = {}
        self.groups: dict[str, Group] = {}
        self.messages: dict[str, Message] = {}
        self.ephemerals: list[Ephemeral] = []
        self.toasts: dict[str, list[Toast]] = defaultdict(list)
        self.urgents: dict[str, list[Urgent]] = defaultdict(list)
        self.files: dict[str, File] = {}
        self.commands: dict[str, Json] = {}
        self.tokens: dict[str, float] = {}  # a tenant access token: when it expires
        self.uuids: dict[tuple[str, ...], tuple[str, float]] = {}  # what was made of a uuid, and when
        self.presses: dict[str, PressToken] = {}
        self.typed: dict[tuple[str, str], dict[str, Any]] = {}  # person, message: what they put into its inputs since it was last drawn
        self.in_flight: dict[str, int] = defaultdict(int)
        self.violations: list[Violation] = []
        self.sent: list[Sent] = []
        self.listeners: list[Listener] = []
        self._ids = itertools.count(1)
        self._last = 0

    # --- making a world -----------------------------------------------------------------------------------------------------

    def user(self, open_id: str, name: str, email: str | None = None, mobile: str | None = None, **more: Any) -> User:
        """Somebody of this tenant; `ou_` goes in front when missing."""
        with self.lock:
            id = open_id if open_id.startswith("ou_") else f"ou_{open_id}"
            self.users[id] = User(id, name, email, mobile, **more)
            return self.users[id]

    def chat(self, name: str, members: Iterable[str] = (), *, owner: str = "", bot: bool = True, **more: Any) -> Chat:
        """A group that stands already; the first member owns it, the bot is in it unless told otherwise."""
        with self.lock:
            people = [self.by_name(member).open_id for member in dict.fromkeys(members)]
            owner = owner or (people[0] if people else BOT)
            made = Chat(self.id("oc"), name, owner, self.now(), bot=bot, members=people, creator=owner, **more)
            self.chats[made.id] = made
            return made

    def group(self, id: str, name: str, users: Iterable[str]) -> Group:
        """A user group of the contacts."""
        with self.lock:
            self.groups[id] = Group(id, name, [self.by_name(user).open_id for user in users])
            return self.groups[id]

    def advance(self, seconds: float) -> None:
        self.offset += seconds

    # --- ids and times ------------------------------------------------------------------------------------------------------

    def id(self, prefix: str) -> str:
        return f"{prefix}_{hashlib.md5(f'{prefix}{next(self._ids)}'.encode()).hexdigest()}"

    def now(self) -> int:
        """Milliseconds since 1970, strictly rising."""
        with self.lock:
            self._last = max(self._last + 1, int(self.clock() * 1000))
            return self._last

    def token(self) -> tuple[str, int]:
        """A tenant access token and its seconds: the same while more than half an hour is left, then a new one beside it."""
        now = self.clock()
        for token, expires in reversed(self.tokens.items()):
            if expires - now > RENEW_SECONDS:
                return token, int(expires - now)
        token = self.id("t-double").replace("_", "-")
        self.tokens[token] = now + TOKEN_SECONDS
        return token, TOKEN_SECONDS

    def expire_tokens(self) -> None:
        """Every token given out so far is worth nothing any more."""
        self.tokens.clear()

    def again(self, *key: str) -> str | None:
        """What was made under this uuid, while Feishu still knows it."""
        found = self.uuids.get(key)
        window = CHAT_UUID_SECONDS if key[0] == "chat" else UUID_SECONDS
        return found[0] if found is not None and self.clock() - found[1] < window else None

    # --- finding ------------------------------------------------------------------------------------------------------------

    def by_name(self, name: str) -> User:
        """A person by open_id or name."""
        for user in self.users.values():
            if name in (user.open_id, user.name, user.open_id.removeprefix("ou_")):
                return user
        raise AssertionError(f"nobody is called {name}")

    def by_id(self, id: str, kind: str = "open_id") -> User | None:
        return next((user for user in self.users.values() if user.id(kind) == id), None)

    def reach(self, id: str, *, alive: bool = True) -> Chat:
        """A chat that the bot is in."""
        found = self.chats.get(id)
        if found is None:
            raise ApiError(232006, "Your request specifies a chat_id which is invalid.")
        if alive and found.dissolved:
            raise ApiError(232009, "Your request specifies a chat which has already been dissolved.")
        if not found.bot:
            raise ApiError(232011, "Operator can NOT be out of the chat.")
        return found

    def direct(self, open_id: str) -> Chat:
        """The direct chat between the bot and somebody, made when missing."""
        with self.lock:
            found = next((chat for chat in self.chats.values() if chat.p2p == open_id), None)
            if found is None:
                found = Chat(self.id("oc"), "", open_id, self.now(), p2p=open_id, members=[open_id])
                self.chats[found.id] = found
            return found

    def message(self, ref: str) -> Message:
        """A message by its id, or by `om_…/created`."""
        return self.messages[ref.partition("/")[0]]

    def frown(self, kind: str, method: str, words: str) -> None:
        self.violations.append(Violation(kind, method, words))

    # --- what happens -------------------------------------------------------------------------------------------------------

    def happen(self, kind: str, event: Json) -> None:
        """Tell the app, if it subscribed and a version with that is published."""
        if kind in self.events and self.published and self.bot_active:
            for listener in self.listeners:
                listener(kind, copy.deepcopy(event))

    def hears(self, message: Message) -> bool:
        """Whether the bot may know of a message: its own, direct ones, mentions, or all of them by the sensitive scope."""
        chat = self.chats[message.chat]
        if not chat.bot:
            return False
        if message.sender == BOT:
            return True
        if chat.p2p:
            return "im:message.p2p_msg:readonly" in self.scopes
        mentioned = any(it["id"]["open_id"] == self.bot_open_id for it in message.mentions)
        return "im:message.group_msg" in self.scopes or (mentioned and "im:message.group_at_msg:readonly" in self.scopes)

    def post(self, chat: Chat, message: Message) -> Message:
        """A new message stands in a chat; what people say is told to the bot if it may hear it."""
        if message.card is not None:
            message.looks.append(copy.deepcopy(message.card))
        chat.messages[message.id] = self.messages[message.id] = message
        if message.sender != BOT and self.hears(message):
            sender = {"sender_id": self.ids(message.sender), "sender_type": "user", "tenant_key": self.tenant_key}
            self.happen("im.message.receive_v1", {"sender": sender, "message": self.heard(message)})
        return message

    def draw(self, message: Message, card: Json) -> None:
        """A new face for a card; what people had typed into the old one is gone."""
        message.card, message.updated = card, self.now()
        message.content = json.dumps(card, ensure_ascii=False)
        message.looks.append(copy.deepcopy(card))
        for key in [key for key in self.typed if key[1] == message.id]:
            del self.typed[key]

    def recall(self, message: Message, how: str = "message_owner") -> None:
        message.recalled = True
        chat = self.chats[message.chat]
        chat.pins.pop(message.id, None)
        if self.hears(message):
            event = {"message_id": message.id, "chat_id": chat.id, "recall_time": str(self.now()), "recall_type": how}
            self.happen("im.message.recalled_v1", event)

    def react(self, message: Message, emoji: str, user: str, *, added: bool = True) -> None:
        people = message.reactions.setdefault(emoji, [])
        if (user in people) is added:
            raise AssertionError(f"{emoji} is {'there already' if added else 'not there'}")
        people.append(user) if added else people.remove(user)
        if not self.hears(message) or "im:message.reactions:read" not in self.scopes:
            return
        event: Json = {"message_id": message.id, "reaction_type": {"emoji_type": emoji}, "action_time": str(self.now())}
        who = {"operator_type": "app", "app_id": self.app_id} if user == BOT else {"operator_type": "user", "user_id": self.ids(user)}
        self.happen(f"im.message.reaction.{'created' if added else 'deleted'}_v1", event | who)

    def join(self, chat: Chat, users: Iterable[str], operator: str = BOT) -> None:
        came = [user for user in users if user not in chat.members]
        chat.members += came
        if came and chat.bot:
            self.happen("im.chat.member.user.added_v1", self.moved(chat, operator, came))

    def leave(self, chat: Chat, users: Iterable[str], operator: str = BOT) -> None:
        gone = [user for user in users if user in chat.members]
        chat.members = [user for user in chat.members if user not in gone]
        chat.managers = [user for user in chat.managers if user not in gone]
        if gone and chat.owner in gone:
            chat.owner = chat.members[0] if chat.members else BOT
        if gone and chat.bot:
            self.happen("im.chat.member.user.deleted_v1", self.moved(chat, operator, gone))

    def admit(self, chat: Chat, operator: str, *, came: bool = True) -> None:
        """The bot itself is added or removed."""
        chat.bot = came
        event = self.moved(chat, operator)
        self.happen(f"im.chat.member.bot.{'added' if came else 'deleted'}_v1", event)

    def change(self, chat: Chat, operator: str, **after: Any) -> None:
        """New name, description or settings."""
        before = {key: getattr(chat, key) if hasattr(chat, key) else chat.setting(key) for key in after}
        for key, value in after.items():
            if hasattr(chat, key):
                setattr(chat, key, value)
            else:
                chat.settings[key] = value
        if after != before and chat.bot:
            event = self.moved(chat, operator)
            shown = {key: value for key, value in after.items() if key in ("name", "description", *chat.settings)}
            event |= {"after_change": shown, "before_change": {key: before[key] for key in shown}}
            self.happen("im.chat.updated_v1", event)

    def disband(self, chat: Chat, operator: str) -> None:
        chat.dissolved = True
        self.happen("im.chat.disbanded_v1", self.moved(chat, operator))

    # --- as Feishu shows it -------------------------------------------------------------------------------------------------

    def ids(self, user: str) -> Json:
        if user == BOT:
            return {"union_id": "on_" + self.bot_open_id[3:], "user_id": "", "open_id": self.bot_open_id}
        found = self.users[user]
        more = {"user_id": found.user_id} if "contact:user.employee_id:readonly" in self.scopes else {"user_id": None}
        return {"union_id": found.union_id, "open_id": found.open_id, **more}

    def moved(self, chat: Chat, operator: str, users: Iterable[str] | None = None) -> Json:
        """The body that events about a chat share."""
        found: Json = {"chat_id": chat.id, "operator_id": self.ids(operator), "external": chat.external}
        found |= {"operator_tenant_key": self.tenant_key, "name": chat.name, "i18n_names": {"zh_cn": "", "en_us": "", "ja_jp": ""}}
        if users is not None:
            key = self.tenant_key
            found["users"] = [{"name": self.users[user].name, "tenant_key": key, "user_id": self.ids(user)} for user in users]
        return found

    def heard(self, message: Message) -> Json:
        """A message as `im.message.receive_v1` carries it."""
        found: Json = {
            "message_id": message.id,
            "create_time": str(message.created),
            "update_time": str(message.updated or message.created),
        }
        found |= {"chat_id": message.chat, "chat_type": self.chats[message.chat].kind, "message_type": message.kind}
        found |= {"content": message.content, "user_agent": "double"}
        if message.mentions:
            found["mentions"] = message.mentions
        links = {"root_id": message.root, "parent_id": message.parent, "thread_id": message.thread}
        return found | {key: value for key, value in links.items() if value}
