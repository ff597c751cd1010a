"""What the app must be allowed to do and told about, and what for: one row a scope, with the calls and events that need it.

The description of the app (deploy/feishu-app.yaml) asks for these and no more; the doctor compares them with what was granted. Source:
Feishu's reference of calls and events.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.words import Bi


@dataclass(frozen=True, slots=True)
class Scope:
    """`says` is what people lose without it. Calls are written as verb and path, `:` for what differs from call to call.

    instead: other scopes which together allow the same, as tenants have them who granted them one by one. optional: all else works
    without it.
    """

    name: str
    says: Bi
    calls: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    instead: tuple[tuple[str, ...], ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    says: Bi


GROUPS = (
    "POST im/v1/chats", "GET im/v1/chats", "GET im/v1/chats/:", "PUT im/v1/chats/:", "POST im/v1/chats/:/members",
    "GET im/v1/chats/:/members", "PUT im/v1/chats/:/moderation", "POST im/v1/chats/:/top_notice/put_top_notice",
    "POST im/v1/chats/:/chat_tabs", "GET im/v1/chats/:/chat_tabs/list_tabs",
)  # fmt: skip
IN_PARTS = (
    "im:chat:create", "im:chat:read", "im:chat:update", "im:chat.members:read", "im:chat.members:write_only",
    "im:chat.moderation:write_only", "im:chat.tabs:read", "im:chat.tabs:write_only", "im:chat.top_notice:write_only",
)  # fmt: skip
MEMBERS = ("im.chat.member.user.added_v1", "im.chat.member.user.deleted_v1", "im.chat.member.user.withdrawn_v1")
TALK = ("im.message.receive_v1",)
WHOLE = (("im:message",),)

SCOPES: tuple[Scope, ...] = (
    Scope(
        "application:application:self_manage",
        Bi("体检：版本发布了没有、事件订阅齐不齐", "the doctor: published versions and subscribed events"),
        ("GET application/v6/applications/:", "GET application/v6/applications/:/app_versions"),
    ),
    Scope("contact:group:readonly", Bi("方案里的用户组", "user groups of the plan"), ("GET contact/v3/group/:/member/simplelist",)),
    Scope("contact:user.base:readonly", Bi("人的名字", "people's names"), ("GET contact/v3/users/:",)),
    Scope("contact:user.email:readonly", Bi("按邮箱认出来的人", "recognising people by e-mail"), ("GET contact/v3/users/:",)),
    Scope(
        "contact:user.id:readonly",
        Bi("按邮箱和手机号找到方案里的人", "finding people of the plan by e-mail and mobile number"),
        ("POST contact/v3/users/batch_get_id",),
    ),
    Scope("contact:user.phone:readonly", Bi("按手机号认出来的人", "recognising people by mobile number"), ("GET contact/v3/users/:",)),
    Scope(
        "im:chat",
        Bi("建群、请人、改名、简介、置顶、标签页、结束后限发言", "groups: create, invite, rename, describe, top, tabs, close"),
        GROUPS,
        (*MEMBERS, "im.chat.updated_v1", "im.chat.disbanded_v1"),
        (IN_PARTS,),
    ),
    Scope(
        "im:chat.access_event.bot_p2p_chat:read",
        Bi("打开和烽火的单聊就看到自己的卡片", "one's own card on opening the chat with Fenghuo"),
        events=("im.chat.access_event.bot_p2p_chat_entered_v1",),
    ),
    Scope(
        "im:chat.members:bot_access",
        Bi("烽火进了群、被移出群", "Fenghuo comes into a group, or is taken out"),
        events=("im.chat.member.bot.added_v1", "im.chat.member.bot.deleted_v1"),
    ),
    Scope("im:message.group_at_msg:readonly", Bi("群里 @烽火 说话", "talking to @Fenghuo in groups"), events=TALK),
    Scope("im:message.p2p_msg:readonly", Bi("跟烽火单聊", "talking to Fenghuo in the direct chat"), events=TALK),
    Scope(
        "im:message.pins:write_only",
        Bi("状态卡 Pin 在群里", "the status card pinned in its group"),
        ("POST im/v1/pins", "DELETE im/v1/pins/:"),
        instead=WHOLE,
    ),
    Scope(
        "im:message.reactions:read",
        Bi("表情「Pin」把一句话记到时间线", "the reaction Pin puts a message on the timeline"),
        events=("im.message.reaction.created_v1",),
        instead=WHOLE,
    ),
    Scope("im:message.urgent", Bi("应用内加急", "urgent notice in the app"), ("PATCH im/v1/messages/:/urgent_app",)),
    Scope(
        "im:message:readonly",
        Bi("时间线上的原话；防止重发", "the words that go on the timeline, and nothing posted twice"),
        ("GET im/v1/messages", "GET im/v1/messages/:"),
        instead=WHOLE,
    ),
    Scope(
        "im:message:recall",
        Bi("呼叫应了就撤回", "a call that was answered goes away"),
        ("DELETE im/v1/messages/:",),
        instead=(*WHOLE, ("im:message:send_as_bot",)),
    ),
    Scope("im:message:send_as_bot", Bi("卡片、消息、私聊", "cards and messages"), ("POST im/v1/messages",), instead=WHOLE),
    Scope(
        "im:message:update",
        Bi("卡片在原处更新", "cards redrawn in place"),
        ("PATCH im/v1/messages/:",),
        instead=(*WHOLE, ("im:message:send_as_bot",)),
    ),
    Scope("im:resource", Bi("复盘稿作为文件", "the postmortem as a file"), ("POST im/v1/files",)),
    Scope(
        "im:message.group_msg",
        Bi(
            "群里没 @烽火 的话：总指挥的动静、这些话上的表情",
            "what is said without @Fenghuo: the commander's signs of life, reactions on it",
        ),
        events=TALK,
        optional=True,
    ),
    Scope("im:message.urgent:phone", Bi("电话加急", "urgent calls by telephone"), ("PATCH im/v1/messages/:/urgent_phone",), optional=True),
    Scope("im:message.urgent:sms", Bi("短信加急", "urgent notice by SMS"), ("PATCH im/v1/messages/:/urgent_sms",), optional=True),
)
WITHOUT_SCOPE = frozenset({"GET bot/v3/info", "GET application/v6/scopes", "POST auth/v3/tenant_access_token/internal"})
"""Calls that every app may make."""

EVENTS: tuple[Event, ...] = (
    Event("application.bot.menu_v6", Bi("机器人菜单", "the bot's menu")),
    Event("im.chat.access_event.bot_p2p_chat_entered_v1", Bi("打开和烽火的单聊", "the chat with Fenghuo is opened")),
    Event("im.chat.disbanded_v1", Bi("群解散了", "a group was disbanded")),
    Event("im.chat.member.bot.added_v1", Bi("烽火进群", "Fenghuo came into a group")),
    Event("im.chat.member.bot.deleted_v1", Bi("烽火被移出群", "Fenghuo was taken out of a group")),
    Event("im.chat.member.user.added_v1", Bi("人进群：回来了就不再问", "whoever is back is asked about no more")),
    Event("im.chat.member.user.deleted_v1", Bi("人离群：有岗位的要问", "whoever holds a post and leaves is asked about")),
    Event("im.chat.member.user.withdrawn_v1", Bi("撤销拉人进群", "an invitation was withdrawn")),
    Event("im.chat.updated_v1", Bi("群改了名字或设置", "a group's name or settings changed")),
    Event("im.message.reaction.created_v1", Bi("表情「Pin」记到时间线", "the reaction Pin puts a message on the timeline")),
    Event("im.message.receive_v1", Bi("对烽火说的话", "what is said to Fenghuo")),
)
EVENTS_WITHOUT_SCOPE = frozenset({"application.bot.menu_v6"})
CALLBACKS: tuple[Event, ...] = (Event("card.action.trigger", Bi("卡片上的按钮和表单", "buttons and forms of cards")),)


def missing(granted: Collection[str], *, optional: bool = False) -> tuple[Scope, ...]:
    """The scopes that the app lacks: those that it needs, or those that it may do without."""
    held = frozenset(granted)
    return tuple(scope for scope in SCOPES if scope.optional is optional and not _covered(scope, held))


def _covered(scope: Scope, held: frozenset[str]) -> bool:
    return scope.name in held or any(held.issuperset(others) for others in scope.instead)


def unheard(subscribed: Collection[str], wanted: tuple[Event, ...]) -> tuple[Event, ...]:
    """What nobody will tell us of."""
    return tuple(event for event in wanted if event.name not in subscribed)
