"""The state of one workspace: who and what there is, and what happens in it, told to whoever listens."""

from __future__ import annotations

import copy
import itertools
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from tests.slack.double.model import (
    ApiError,
    Channel,
    Ephemeral,
    File,
    Group,
    Json,
    Message,
    ResponseUrl,
    Sent,
    Trigger,
    User,
    View,
    Violation,
)
from tests.slack.double.patience import Since

SCOPES = frozenset(
    [
        "app_mentions:read",
        "bookmarks:read",
        "bookmarks:write",
        "channels:history",
        "channels:join",
        "channels:manage",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "pins:read",
        "pins:write",
        "reactions:read",
        "reactions:write",
        "usergroups:read",
        "users:read",
        "users:read.email",
    ]
)
EVENTS = frozenset(
    [
        "app_home_opened",
        "app_mention",
        "channel_archive",
        "channel_rename",
        "channel_unarchive",
        "group_archive",
        "group_rename",
        "group_unarchive",
        "member_joined_channel",
        "member_left_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "pin_added",
        "pin_removed",
        "reaction_added",
        "reaction_removed",
    ]
)
TRIGGER_SECONDS, URL_SECONDS, URL_USES = 3.0, 1800.0, 5

Listener = Callable[[Json], None]


class Workspace:
    """Everything that Slack remembers. Guarded by `lock`; people and the Web API take it for as long as they act.

    `clock` gives seconds since 1970 and may be replaced by a test; `advance` moves it.
    """

    def __init__(self, team: str = "T0FENGHUO", domain: str = "fenghuo", *, bot_name: str = "烽火") -> None:
        self.lock = threading.RLock()
        self.team, self.domain = team, domain
        self.app_id, self.bot_id, self.bot_user = "A0FENGHUO", "B0FENGHUO", "U0FENGHUO"
        self.bot_token, self.app_token = "xoxb-double-bot", "xapp-1-double-app"
        self.signing_secret = "double-signing-secret"
        self.scopes: set[str] = set(SCOPES)
        self.app_scopes: set[str] = {"connections:write"}
        self.events: set[str] = set(EVENTS)
        self.cjk_names = False
        self.revoked = False
        self.offset = 0.0
        self.clock: Callable[[], float] = lambda: time.time() + self.offset
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, Group] = {}
        self.views: dict[str, View] = {}
        self.screens: dict[str, list[str]] = defaultdict(list)  # a person's modals, the topmost last
        self.homes: dict[str, View] = {}
        self.ephemerals: list[Ephemeral] = []
        self.files: dict[str, File] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.tickets: set[str] = set()  # one for each socket that may be opened
        self.in_flight: dict[str, int] = defaultdict(int)
        self.states: dict[tuple[str, str, str], dict[str, dict[str, Json]]] = {}  # person, channel, ts: what they chose in a message
        self.violations: list[Violation] = []
        self.sent: list[Sent] = []
        self.listeners: list[Listener] = []
        self._ids = itertools.count(1)
        self._ts = 0
        self.users[self.bot_user] = User(self.bot_user, "fenghuo", bot_name, None, is_bot=True, team_id=team)

    # --- making a world -----------------------------------------------------------------------------------------------------

    def user(self, id: str, name: str, email: str | None = None, **more: Any) -> User:
        """Somebody of this workspace: `name` is what people see; the handle is the id in small letters."""
        with self.lock:
            self.users[id] = User(id, id.lower(), name, email, **{"team_id": self.team, **more})
            return self.users[id]

    def channel(self, name: str, members: Iterable[str] = (), *, private: bool = False, bot: bool = True, **more: Any) -> Channel:
        """A channel that stands already; the bot is in it unless told otherwise."""
        with self.lock:
            people = [*dict.fromkeys([*members, *([self.bot_user] if bot else [])])]
            creator = more.pop("creator", people[0] if people else "")
            made = Channel(self.id("C"), name, creator, int(self.clock()), private=private, members=people, **more)
            self.channels[made.id] = made
            return made

    def group(self, id: str, handle: str, users: Iterable[str], **more: Any) -> Group:
        with self.lock:
            self.groups[id] = Group(id, handle, more.pop("name", handle), list(users), **more)
            return self.groups[id]

    def advance(self, seconds: float) -> None:
        self.offset += seconds

    # --- ids and times ------------------------------------------------------------------------------------------------------

    def id(self, letter: str) -> str:
        return f"{letter}{next(self._ids):08d}"

    def ts(self) -> str:
        """A time nobody else has: microseconds, strictly rising."""
        with self.lock:
            self._ts = max(self._ts + 1, int(self.clock() * 1_000_000))
            return f"{self._ts // 1_000_000}.{self._ts % 1_000_000:06d}"

    def trigger(self, user: str, view: str | None = None) -> str:
        with self.lock:
            made = f"{next(self._ids)}.{self.team[1:]}.{secrets.token_hex(16)}"
            self.triggers[made] = Trigger(user, self.clock(), Since(), view)
            return made

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger id: once, and within three seconds."""
        found = self.triggers.get(trigger_id)
        if found is None:
            raise ApiError("invalid_trigger_id")
        if found.used:
            raise ApiError("exchanged_trigger_id")
        if self.clock() - found.born - found.since.lost > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        found.used = True
        return found

    # --- finding ------------------------------------------------------------------------------------------------------------

    def reach(self, id: str) -> Channel:
        """A channel that the bot may know of: private ones and direct messages only from inside."""
        found = self.channels.get(id)
        if found is None or ((found.private or found.im) and self.bot_user not in found.members):
            raise ApiError("channel_not_found")
        return found

    def named(self, name: str) -> Channel | None:
        return next((channel for channel in self.channels.values() if channel.name == name and not channel.im), None)

    def direct(self, user: str) -> Channel:
        """The direct message between the bot and somebody, made when missing."""
        with self.lock:
            found = next((channel for channel in self.channels.values() if channel.im == user), None)
            if found is None:
                found = Channel(self.id("D"), "", self.bot_user, int(self.clock()), im=user, members=[user, self.bot_user])
                self.channels[found.id] = found
            return found

    def message(self, ref: str) -> Message:
        channel, _, ts = ref.partition("/")
        return self.channels[channel].messages[ts]

    def by_name(self, name: str) -> User:
        """A person by id, display name or handle."""
        for user in self.users.values():
            if name in (user.id, user.real_name, user.name):
                return user
        raise AssertionError(f"nobody is called {name}")

    def frown(self, kind: str, method: str, words: str) -> None:
        self.violations.append(Violation(kind, method, words))

    # --- what happens -------------------------------------------------------------------------------------------------------

    def happen(self, event: Json, channel: Channel | None = None) -> None:
        """Tell the app, if it subscribed and is there to see it."""
        if self.hears(event, channel):
            for listener in self.listeners:
                listener(copy.deepcopy({**event, "event_ts": event.get("event_ts") or self.ts()}))

    def hears(self, event: Json, channel: Channel | None) -> bool:
        kind = event["type"]
        name = f"message.{({'channel': 'channels', 'group': 'groups', 'im': 'im'})[event['channel_type']]}" if kind == "message" else kind
        if name not in self.events or not needed_scope(name) <= self.scopes:
            return False
        anywhere = kind.startswith("channel_") or (kind.startswith("member_") and event["user"] == self.bot_user)
        return channel is None or anywhere or self.bot_user in channel.members

    def post(self, channel: Channel, message: Message) -> Message:
        """A new message stands in a channel: an event for it, two when the bot is mentioned."""
        message.looks.append((message.text, copy.deepcopy(message.blocks)))
        channel.messages[message.ts] = message
        event = {**self.shown(message, metadata=True), "channel": channel.id, "channel_type": channel.channel_type, "event_ts": message.ts}
        if message.broadcast:
            event["subtype"] = "thread_broadcast"
        self.happen(event, channel)
        mention = f"<@{self.bot_user}>" in message.text
        if mention and not channel.im and message.subtype in (None, "file_share") and message.user != self.bot_user:
            del event["channel_type"]
            self.happen({**event, "type": "app_mention"}, channel)
        return message

    def system(self, channel: Channel, subtype: str, user: str, text: str, **more: Any) -> Message:
        """A grey line about the room itself."""
        kind = subtype if not channel.private else subtype.replace("channel_", "group_")
        return self.post(channel, Message(channel.id, self.ts(), user, text, subtype=kind, extra=more))

    def edit(self, message: Message, text: str, blocks: list[Json], editor: str) -> None:
        channel, before = self.channels[message.channel], self.shown(message)
        message.text, message.blocks = text, blocks
        message.edited = {"user": editor, "ts": self.ts()}
        message.looks.append((text, copy.deepcopy(blocks)))
        event = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": channel.id, "ts": self.ts()}
        event |= {"channel_type": channel.channel_type, "message": self.shown(message), "previous_message": before}
        self.happen(event, channel)

    def delete(self, message: Message) -> None:
        channel = self.channels[message.channel]
        del channel.messages[message.ts]
        if message.ts in channel.pins:
            channel.pins.remove(message.ts)
        event = {"type": "message", "subtype": "message_deleted", "hidden": True, "channel": channel.id, "ts": self.ts()}
        event |= {"channel_type": channel.channel_type, "deleted_ts": message.ts, "previous_message": self.shown(message)}
        self.happen(event, channel)

    def join(self, channel: Channel, user: str, inviter: str | None = None) -> None:
        channel.members.append(user)
        words = f"<@{user}> has joined the channel"
        self.system(channel, "channel_join", user, words, **({"inviter": inviter} if inviter else {}))
        letter = "G" if channel.private else "C"
        event = {"type": "member_joined_channel", "user": user, "channel": channel.id, "channel_type": letter, "team": self.team}
        self.happen(event | ({"inviter": inviter} if inviter else {}), channel)

    def leave(self, channel: Channel, user: str) -> None:
        letter = "G" if channel.private else "C"
        event = {"type": "member_left_channel", "user": user, "channel": channel.id, "channel_type": letter, "team": self.team}
        self.happen(event, channel)
        channel.members.remove(user)
        self.system(channel, "channel_leave", user, f"<@{user}> has left the channel")

    def archive(self, channel: Channel, user: str) -> None:
        self.system(channel, "channel_archive", user, f"<@{user}> archived the channel")
        channel.archived = True
        self.happen({"type": f"{channel.channel_type}_archive", "channel": channel.id, "user": user, "is_moved": 0}, channel)

    def unarchive(self, channel: Channel, user: str) -> None:
        channel.archived = False
        self.system(channel, "channel_unarchive", user, f"<@{user}> un-archived the channel")
        self.happen({"type": f"{channel.channel_type}_unarchive", "channel": channel.id, "user": user}, channel)

    def rename(self, channel: Channel, name: str, user: str) -> None:
        old, channel.name = channel.name, name
        words = f'has renamed the channel from "{old}" to "{name}"'
        self.system(channel, "channel_name", user, words, old_name=old, name=name)
        about = {"id": channel.id, "is_channel": not channel.private, "is_mpim": False, "name": name, "name_normalized": name}
        self.happen({"type": f"{channel.channel_type}_rename", "channel": {**about, "created": channel.created}}, channel)

    def react(self, message: Message, name: str, user: str, *, added: bool = True) -> None:
        people = message.reactions.setdefault(name, [])
        if (user in people) is added:
            raise ApiError("already_reacted" if added else "no_reaction")
        if added:
            people.append(user)
        else:
            people.remove(user)
        event: Json = {"type": "reaction_added" if added else "reaction_removed", "user": user, "reaction": name, "item_user": message.user}
        event["item"] = {"type": "message", "channel": message.channel, "ts": message.ts}
        self.happen(event, self.channels[message.channel])

    def pin(self, message: Message, user: str) -> None:
        channel = self.channels[message.channel]
        channel.pins.append(message.ts)
        item = {"type": "message", "created": int(self.clock()), "created_by": user, "channel": channel.id, "message": self.shown(message)}
        event = {"type": "pin_added", "user": user, "channel_id": channel.id, "item": item, "item_user": message.user}
        self.happen({**event, "pin_count": len(channel.pins)}, channel)

    def unpin(self, message: Message, user: str) -> None:
        channel = self.channels[message.channel]
        channel.pins.remove(message.ts)
        item = {"type": "message", "created": int(self.clock()), "created_by": user, "channel": channel.id, "message": self.shown(message)}
        self.happen({"type": "pin_removed", "user": user, "channel_id": channel.id, "item": item, "has_pins": bool(channel.pins)}, channel)

    # --- as Slack shows it --------------------------------------------------------------------------------------------------

    def shown(self, message: Message, *, metadata: bool = False) -> Json:
        found: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts, "team": self.team}
        if message.subtype:
            found["subtype"] = message.subtype
        if message.bot_id:
            found |= {"bot_id": message.bot_id, "app_id": self.app_id, "bot_profile": self.bot_profile()}
        elif not message.subtype:
            found["client_msg_id"] = f"00000000-0000-4000-8000-{int(message.ts.replace('.', '')) % 10**12:012d}"
        if message.blocks:
            found["blocks"] = copy.deepcopy(message.blocks)
        if message.files:
            found |= {"files": message.files, "upload": True}
        if message.edited:
            found["edited"] = message.edited
        if message.metadata and metadata:
            found["metadata"] = message.metadata
        channel = self.channels[message.channel]
        replies = [other for other in channel.messages.values() if other.thread_ts == message.ts and other is not message]
        if message.thread_ts:
            parent = channel.messages.get(message.thread_ts)
            found |= {"thread_ts": message.thread_ts} | ({"parent_user_id": parent.user} if parent else {})
        elif replies:
            found |= {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}
        if message.reactions:
            found["reactions"] = [{"name": k, "users": v, "count": len(v)} for k, v in message.reactions.items() if v]
        if message.ts in channel.pins:
            found["pinned_to"] = [channel.id]
        return found | message.extra

    def bot_profile(self) -> Json:
        icons = {"image_36": "https://example.com/36.png", "image_48": "https://example.com/48.png"}
        name = self.users[self.bot_user].real_name
        about = {"id": self.bot_id, "app_id": self.app_id, "name": name, "icons": icons}
        return {**about, "deleted": False, "updated": 1700000000, "team_id": self.team}

    def view(self, view: View) -> Json:
        """A view as payloads and answers carry it."""
        blank: Json = {"title": None, "submit": None, "close": None, "private_metadata": "", "callback_id": "", "external_id": ""}
        blank |= {"clear_on_close": False, "notify_on_close": False}
        about: Json = {"id": view.id, "team_id": self.team, "hash": view.hash, "root_view_id": view.root}
        about["previous_view_id"] = view.previous
        about |= {"app_id": self.app_id, "bot_id": self.bot_id, "app_installed_team_id": self.team}
        return copy.deepcopy({**blank, **view.body, **about, "state": {"values": view.values}})


def needed_scope(event: str) -> set[str]:
    """What an app must be allowed for an event to come."""
    match event.partition("_")[0]:
        case "message.channels" | "message.groups" | "message.im":
            return {event.removeprefix("message.") + ":history"}
        case "channel":
            return {"channels:read"}
        case "group":
            return {"groups:read"}
        case "reaction":
            return {"reactions:read"}
        case "pin":
            return {"pins:read"}
        case "member":
            return {"channels:read"}
    return {"app_mentions:read"} if event == "app_mention" else set()
