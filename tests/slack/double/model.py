"""What a workspace holds: people, rooms, messages, views, files, and what Slack would frown upon."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.slack.double.patience import Since

Json = dict[str, Any]


class ApiError(Exception):
    """Slack's `ok: false`, with its code and what else it says."""

    def __init__(self, code: str, *messages: str, **more: Any) -> None:
        super().__init__(code)
        self.code, self.messages, self.more = code, messages, more


@dataclass(frozen=True)
class Violation:
    """Something that Slack would reject, ignore or show badly."""

    kind: str
    method: str
    words: str


@dataclass(frozen=True)
class Sent:
    """One payload of blocks as the bot sent it: `surface` is message, ephemeral, modal or home."""

    method: str
    surface: str
    text: str
    blocks: list[Json]
    view: Json | None = None


@dataclass
class Call:
    """One request to the Web API; `error` is the code that was answered, `end` is 0 while it runs. Times are the loop's."""

    method: str
    args: Json
    start: float
    end: float = 0.0
    status: int = 0
    error: str | None = None
    answer: Json = field(default_factory=dict)


@dataclass
class User:
    id: str
    name: str
    real_name: str
    email: str | None
    locale: str = "zh-CN"
    tz: str = "Asia/Shanghai"
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    team_id: str = ""

    def shown(self, *, email: bool, locale: bool = False) -> Json:
        """As users.info gives it; a stranger of another company comes with reduced data."""
        profile: Json = {"real_name": self.real_name, "display_name": self.real_name, "team": self.team_id}
        if email and self.email and not self.is_stranger:
            profile["email"] = self.email
        found: Json = {"id": self.id, "team_id": self.team_id, "name": self.name, "deleted": self.deleted, "profile": profile}
        if self.deleted:
            return {**found, "is_bot": self.is_bot, "is_app_user": False, "updated": 1700000000}
        found |= {"real_name": self.real_name, "is_bot": self.is_bot, "is_app_user": False, "is_stranger": self.is_stranger}
        found |= {"is_restricted": self.is_restricted, "is_ultra_restricted": self.is_ultra_restricted, "is_admin": False}
        found |= {"tz": self.tz, "tz_label": "China Standard Time", "tz_offset": 28800, "updated": 1700000000}
        return found | ({"locale": self.locale} if locale else {})


@dataclass
class Message:
    """`user` wrote it; `bot_id` when that was the bot. `looks` is every face it has had, the newest last."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    bot_id: str | None = None
    subtype: str | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    metadata: Json | None = None
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    extra: Json = field(default_factory=dict)
    looks: list[tuple[str, list[Json]]] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return f"{self.channel}/{self.ts}"

    @property
    def in_thread(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts and not self.broadcast


@dataclass
class Channel:
    """A public or private channel, or a direct message when `im` names the other side."""

    id: str
    name: str
    creator: str
    created: int
    private: bool = False
    im: str | None = None
    general: bool = False
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    external: bool = False
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """As `types` and scopes say it."""
        return "im" if self.im else "private_channel" if self.private else "public_channel"

    @property
    def channel_type(self) -> str:
        """As events say it."""
        return "im" if self.im else "group" if self.private else "channel"

    def shown(self, *, member: bool, count: bool = False) -> Json:
        found: Json = {"id": self.id, "created": self.created, "is_archived": self.archived, "is_im": self.im is not None}
        if self.im:
            return found | {"user": self.im, "is_user_deleted": False, "priority": 0, "is_org_shared": False}
        found |= {"name": self.name, "name_normalized": self.name, "is_channel": not self.private, "is_group": self.private}
        found |= {"is_private": self.private, "is_mpim": False, "creator": self.creator, "is_general": self.general}
        found |= {"is_shared": self.external, "is_ext_shared": self.external, "is_org_shared": False, "is_member": member}
        found |= {"topic": {"value": self.topic, "creator": self.creator, "last_set": 0}}
        found |= {"purpose": {"value": self.purpose, "creator": self.creator, "last_set": 0}, "previous_names": []}
        return found | ({"num_members": len(self.members)} if count else {})


@dataclass
class View:
    """A modal or a Home on somebody's screen; `values` is what they filled in, `body` what the bot sent with all ids set."""

    id: str
    user: str
    body: Json
    hash: str
    root: str
    previous: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body["blocks"]
        return blocks


@dataclass
class Ephemeral:
    """What only one person sees, and a reload takes away."""

    user: str
    channel: str
    ts: str
    text: str
    blocks: list[Json]
    gone: bool = False


@dataclass
class File:
    id: str
    name: str
    length: int
    ticket: str
    content: bytes | None = None
    title: str = ""
    shares: list[tuple[str, str]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return bool(self.title)


@dataclass
class Group:
    """A user group; its users may be deactivated, as in life."""

    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False


@dataclass
class Trigger:
    user: str
    born: float
    since: Since
    view: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """Five uses within half an hour. `message` is the message or ephemeral whose button was pressed, if any."""

    user: str
    channel: str
    born: float
    message: Message | Ephemeral | None = None
    uses: int = 0
