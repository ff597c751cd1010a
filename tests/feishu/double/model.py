"""What a tenant holds: people, groups, messages, and what Feishu would frown upon."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
BOT = "bot"  # stands for the app among senders, members and owners


class ApiError(Exception):
    """Feishu's `code` other than 0, with the HTTP status it comes under and what its `error` says besides."""

    def __init__(self, code: int, msg: str, status: int = 400, headers: dict[str, str] | None = None, **error: Any) -> None:
        super().__init__(f"{code} {msg}")
        self.code, self.msg, self.status, self.headers, self.error = code, msg, status, headers or {}, error


@dataclass(frozen=True)
class Violation:
    """Something that Feishu would reject, ignore or show badly."""

    kind: str
    method: str
    words: str


@dataclass(frozen=True)
class Sent:
    """One card as the bot sent it: `surface` is message, patch, ephemeral, answer or delayed."""

    method: str
    surface: str
    card: Json


@dataclass
class Call:
    """One request to the open API; `error` is the code that was answered, `end` is 0 while it runs. Times are the loop's.

    `method` is the name in the SDK (`im.v1.message.create`); `verb` and `path` are as they went over the wire.
    """

    method: str
    args: Json
    start: float
    verb: str
    path: str
    query: Json
    body: Any
    end: float = 0.0
    status: int = 0
    error: int | str | None = None
    answer: Json = field(default_factory=dict)


@dataclass
class User:
    """Somebody of the tenant. `visible`: within the app's availability and contact range; `blocks_bot`: has stopped its messages."""

    open_id: str
    name: str
    email: str | None = None
    mobile: str | None = None
    en_name: str = ""
    visible: bool = True
    resigned: bool = False
    frozen: bool = False
    blocks_bot: bool = False
    department: str = "od-1"

    @property
    def union_id(self) -> str:
        return "on_" + self.open_id.removeprefix("ou_")

    @property
    def user_id(self) -> str:
        return self.open_id.removeprefix("ou_")

    def id(self, kind: str) -> str:
        return {"open_id": self.open_id, "union_id": self.union_id, "user_id": self.user_id}[kind]

    @property
    def status(self) -> Json:
        return {"is_frozen": self.frozen, "is_resigned": self.resigned, "is_activated": True, "is_exited": False, "is_unjoin": False}


@dataclass
class Message:
    """`sender` is an open_id or BOT. `content` is the JSON string as sent; `card` what stands there now, `looks` every face it has had."""

    id: str
    chat: str
    sender: str
    kind: str
    content: str
    created: int
    card: Json | None = None
    root: str = ""
    parent: str = ""
    thread: str = ""
    updated: int = 0
    recalled: bool = False
    mentions: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    looks: list[Json] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return f"{self.id}/{self.created}"


@dataclass
class Chat:
    """A group, or the direct chat with somebody when `p2p` names the other side. `members` are people; `bot` tells of the app."""

    id: str
    name: str
    owner: str
    created: int
    description: str = ""
    p2p: str | None = None
    creator: str = ""
    public: bool = False
    topic: bool = False
    external: bool = False
    dissolved: bool = False
    bot: bool = True
    members: list[str] = field(default_factory=list)
    managers: list[str] = field(default_factory=list)
    moderation: str = "all_members"
    moderators: list[str] = field(default_factory=list)
    settings: Json = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    pins: dict[str, Json] = field(default_factory=dict)
    notice: Json | None = None
    tabs: list[Json] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """As events say it."""
        return "p2p" if self.p2p else "topic_group" if self.topic else "group"

    def setting(self, name: str) -> Any:
        return self.settings.get(name, SETTINGS[name])


SETTINGS: dict[str, Any] = {
    "add_member_permission": "all_members",
    "share_card_permission": "allowed",
    "at_all_permission": "all_members",
    "edit_permission": "all_members",
    "join_message_visibility": "all_members",
    "leave_message_visibility": "all_members",
    "membership_approval": "no_approval_required",
    "urgent_setting": "all_members",
    "video_conference_setting": "all_members",
    "pin_manage_setting": "all_members",
    "hide_member_count_setting": "all_members",
}


@dataclass
class Ephemeral:
    """What only one person sees, in a group, while online."""

    user: str
    chat: str
    id: str
    card: Json
    gone: bool = False


@dataclass(frozen=True)
class Toast:
    """The short line that rises after a press; `type` is info, success, warning or error."""

    type: str
    content: str
    at: float


@dataclass(frozen=True)
class Urgent:
    """A 加急 that reached somebody: `way` is app, sms or phone."""

    way: str
    message: str
    chat: str
    at: float


@dataclass
class Group:
    """A user group of the contacts."""

    id: str
    name: str
    users: list[str]


@dataclass
class File:
    key: str
    name: str
    type: str
    content: bytes


@dataclass
class PressToken:
    """What a card callback allows afterwards: two updates within half an hour, once it was answered."""

    message: str
    born: float
    uses: int = 0
    answered: bool = False
