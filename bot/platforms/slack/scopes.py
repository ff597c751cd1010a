"""What the app must be allowed to do in a workspace, and what for: one row a scope, with the methods and events that need it.

The manifest (deploy/slack-manifest.yaml) asks for these and no more; the doctor compares them with what the token has. Source: Slack's
method and event reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.words import Bi


@dataclass(frozen=True, slots=True)
class Scope:
    """`says` is what people lose without it. A method listed under several scopes needs one for each kind of room it is used in."""

    name: str
    says: Bi
    methods: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


CONVERSATIONS = (
    "conversations.create", "conversations.invite", "conversations.rename", "conversations.setTopic", "conversations.archive",
)  # fmt: skip
LOOKING = ("conversations.info", "conversations.members", "users.conversations")

SCOPES: tuple[Scope, ...] = (
    Scope("app_mentions:read", Bi("@烽火 说话", "talking to @Fenghuo"), events=("app_mention",)),
    Scope("bookmarks:read", Bi("群顶的链接不重复", "links at the top of a room, once each"), ("bookmarks.list",)),
    Scope("bookmarks:write", Bi("群顶的链接：记录页、方案", "links at the top of a room: record page, plan"), ("bookmarks.add",)),
    Scope(
        "channels:history",
        Bi("公开群里的话：时间线、防止重发", "what is said in public rooms: the timeline, and nothing posted twice"),
        ("conversations.history", "conversations.replies"),
        ("message.channels",),
    ),
    Scope("channels:manage", Bi("建公开群、请人、改名、主题、归档", "public rooms: create, invite, rename, topic, archive"), CONVERSATIONS),
    Scope(
        "channels:read",
        Bi("谁在公开群里、谁离开了", "who is in a public room, and who leaves"),
        LOOKING,
        ("member_joined_channel", "member_left_channel"),
    ),
    Scope(
        "chat:write",
        Bi("卡片、消息、只给你看的话", "cards, messages, lines only you see"),
        ("chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral"),
    ),
    Scope("commands", Bi("/incident 和快捷方式", "/incident and the shortcuts")),
    Scope("files:write", Bi("复盘稿作为文件", "the postmortem as a file"), ("files.getUploadURLExternal", "files.completeUploadExternal")),
    Scope(
        "groups:history",
        Bi("私密群里的话：时间线、防止重发", "what is said in private rooms: the timeline, and nothing posted twice"),
        ("conversations.history", "conversations.replies"),
        ("message.groups",),
    ),
    Scope(
        "groups:read",
        Bi("谁在私密群里、谁离开了", "who is in a private room, and who leaves"),
        LOOKING,
        ("member_joined_channel", "member_left_channel"),
    ),
    Scope("groups:write", Bi("建私密群、请人、改名、主题、归档", "private rooms: create, invite, rename, topic, archive"), CONVERSATIONS),
    Scope(
        "im:history",
        Bi("跟烽火私聊；私聊不重发", "talking to Fenghuo in a direct message; none sent twice"),
        ("conversations.history", "conversations.replies"),
        ("message.im",),
    ),
    Scope("im:write", Bi("给人发私聊：呼叫、任务、请你定级", "direct messages: calls, tasks, questions"), ("conversations.open",)),
    Scope("pins:write", Bi("状态卡钉在群里", "the status card pinned in its room"), ("pins.add",)),
    Scope("reactions:read", Bi("📌 记到时间线", "📌 puts a message on the timeline"), events=("reaction_added",)),
    Scope("usergroups:read", Bi("方案里的用户组", "user groups of the plan"), ("usergroups.list", "usergroups.users.list")),
    Scope("users:read", Bi("人的名字和语言", "people's names and languages"), ("users.info", "users.lookupByEmail")),
    Scope("users:read.email", Bi("按邮箱找到方案里的人", "finding people of the plan by e-mail"), ("users.lookupByEmail",)),
)
WITHOUT_SCOPE = frozenset({"auth.test", "chat.getPermalink", "views.open", "views.push", "views.update", "views.publish"})
"""Methods that any bot token may call."""
APP_TOKEN = frozenset({"apps.connections.open"})
"""Methods of the app-level token, whose scope is connections:write."""
EVENTS_WITHOUT_SCOPE = frozenset({"app_home_opened"})


def missing(granted: frozenset[str]) -> tuple[Scope, ...]:
    """The scopes that the token lacks."""
    return tuple(scope for scope in SCOPES if scope.name not in granted)
