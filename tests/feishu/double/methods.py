"""The open API as a table: every call there is, by verb and path, with its parameters and scopes. What is not here answers 404."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.feishu.double import api_chats as chats
from tests.feishu.double import api_messages as messages
from tests.feishu.double import api_things as things
from tests.feishu.double.args import ID_TYPES, Args
from tests.feishu.double.model import Json


@dataclass(frozen=True)
class Method:
    """`name` as in the SDK; any one of `scopes` is enough; `alone`: one at a time for a chat; `bare`: the answer is not under `data`."""

    name: str
    verb: str
    path: str
    act: Callable[[Args], Json]
    query: str = ""
    body: str = ""
    scopes: str = ""
    alone: bool = False
    bare: bool = False
    multipart: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r":([a-z_]+)", r"(?P<\1>[^/]+)", self.path) + "$")


USERS, MEMBERS, PAGED = f"user_id_type:{ID_TYPES}", f"member_id_type:{ID_TYPES}|app_id", "page_size:num page_token"
SETTINGS = (
    "avatar name description i18n_names:obj owner_id join_message_visibility leave_message_visibility membership_approval "
    "chat_type:private|public group_message_type:chat|thread restricted_mode_setting:obj urgent_setting:only_owner|all_members "
    "video_conference_setting:only_owner|all_members edit_permission:only_owner|all_members "
    "pin_manage_setting:only_owner|all_members hide_member_count_setting:all_members|only_owner"
)
CHAT, MESSAGE, ONE = "/im/v1/chats/:chat_id", "/im/v1/messages/:message_id", "im:message"
READ = f"{ONE} im:message:readonly"
SEND = f"{ONE} im:message:send_as_bot"
LANG = f"lang!:zh_cn|en_us|ja_jp {USERS}"
APP = "application:application:self_manage admin:app.info:readonly"
SLASH, SLASH_READ = "application:app_slash_command:write", "application:app_slash_command:read"
CARD_CONTENT = "card_msg_content_type:raw_card_content|user_card_content"
URGENT = (f"user_id_type!:{ID_TYPES}", "user_id_list!:list")

METHODS = [
    Method("bot.v3.info", "GET", "/bot/v3/info", things.bot_info, bare=True),
    Method("im.v1.chat.create", "POST", "/im/v1/chats", chats.create, f"{USERS} set_bot_manager:bool uuid",
           f"{SETTINGS} user_id_list:list bot_id_list:list chat_mode", "im:chat im:chat:create"),
    Method("im.v1.chat.list", "GET", "/im/v1/chats", chats.list_, f"{USERS} sort_type:ByCreateTimeAsc|ByActiveTimeDesc {PAGED}", "",
           "im:chat im:chat:readonly im:chat:read"),
    Method("im.v1.chat.get", "GET", CHAT, chats.get, USERS, "", "im:chat im:chat:readonly im:chat:read"),
    Method("im.v1.chat.update", "PUT", CHAT, chats.update, USERS,
           f"{SETTINGS} add_member_permission share_card_permission at_all_permission", "im:chat im:chat:update", alone=True),
    Method("im.v1.chat.delete", "DELETE", CHAT, chats.delete, "", "", "im:chat im:chat:delete", alone=True),
    Method("im.v1.chat_members.create", "POST", f"{CHAT}/members", chats.add_members, f"{MEMBERS} succeed_type:num", "id_list:list",
           "im:chat im:chat.members:write_only", alone=True),
    Method("im.v1.chat_members.delete", "DELETE", f"{CHAT}/members", chats.remove_members, MEMBERS, "id_list:list",
           "im:chat im:chat.members:write_only", alone=True),
    Method("im.v1.chat_members.get", "GET", f"{CHAT}/members", chats.list_members, f"member_id_type:{ID_TYPES} {PAGED}", "",
           "im:chat im:chat:readonly im:chat.members:read im:chat.group_info:readonly"),
    Method("im.v1.chat_members.is_in_chat", "GET", f"{CHAT}/members/is_in_chat", chats.is_in_chat, "", "",
           "im:chat im:chat:readonly im:chat.members:read"),
    Method("im.v1.chat_managers.add_managers", "POST", f"{CHAT}/managers/add_managers", chats.add_managers, MEMBERS, "manager_ids:list",
           "im:chat im:chat.managers:write_only", alone=True),
    Method("im.v1.chat_managers.delete_managers", "POST", f"{CHAT}/managers/delete_managers", chats.delete_managers, MEMBERS,
           "manager_ids:list", "im:chat im:chat.managers:write_only", alone=True),
    Method("im.v1.chat_moderation.update", "PUT", f"{CHAT}/moderation", chats.set_moderation, USERS,
           "moderation_setting moderator_added_list:list moderator_removed_list:list", "im:chat im:chat.moderation:write_only", alone=True),
    Method("im.v1.chat_moderation.get", "GET", f"{CHAT}/moderation", chats.get_moderation, f"{USERS} {PAGED}", "",
           "im:chat im:chat:readonly im:chat.moderation:read"),
    Method("im.v1.chat_top_notice.put_top_notice", "POST", f"{CHAT}/top_notice/put_top_notice", chats.put_notice, "",
           "chat_top_notice!:rows", "im:chat im:chat.top_notice:write_only"),
    Method("im.v1.chat_top_notice.delete_top_notice", "POST", f"{CHAT}/top_notice/delete_top_notice", chats.delete_notice, "", "",
           "im:chat im:chat.top_notice:write_only"),
    Method("im.v1.chat_tab.create", "POST", f"{CHAT}/chat_tabs", chats.add_tabs, "", "chat_tabs!:rows", "im:chat im:chat.tabs:write_only"),
    Method("im.v1.chat_tab.update_tabs", "POST", f"{CHAT}/chat_tabs/update_tabs", chats.update_tabs, "", "chat_tabs:rows",
           "im:chat im:chat.tabs:write_only"),
    Method("im.v1.chat_tab.delete_tabs", "DELETE", f"{CHAT}/chat_tabs/delete_tabs", chats.delete_tabs, "", "tab_ids!:list",
           "im:chat im:chat.tabs:write_only"),
    Method("im.v1.chat_tab.list_tabs", "GET", f"{CHAT}/chat_tabs/list_tabs", chats.list_tabs, "", "",
           "im:chat im:chat:readonly im:chat.tabs:read"),
    Method("im.v1.message.create", "POST", "/im/v1/messages", messages.create, f"receive_id_type!:{ID_TYPES}|email|chat_id",
           "receive_id! msg_type! content! uuid", SEND),
    Method("im.v1.message.list", "GET", "/im/v1/messages", messages.list_,
           "container_id_type!:chat|thread container_id! start_time end_time sort_type:ByCreateTimeAsc|ByCreateTimeDesc "
           f"{CARD_CONTENT} {PAGED}", "", READ),
    Method("im.v1.message.get", "GET", MESSAGE, messages.get, f"{USERS} {CARD_CONTENT}", "", READ),
    Method("im.v1.message.patch", "PATCH", MESSAGE, messages.patch, "", "content!", f"{SEND} im:message:update"),
    Method("im.v1.message.update", "PUT", MESSAGE, messages.edit, "", "msg_type! content!", f"{SEND} im:message:update"),
    Method("im.v1.message.delete", "DELETE", MESSAGE, messages.delete, "", "", f"{SEND} im:message:recall"),
    Method("im.v1.message.reply", "POST", f"{MESSAGE}/reply", messages.reply, "", "msg_type! content! reply_in_thread:bool uuid", SEND),
    Method("im.v1.message.urgent_app", "PATCH", f"{MESSAGE}/urgent_app", things.urgent_app, *URGENT, "im:message.urgent"),
    Method("im.v1.message.urgent_sms", "PATCH", f"{MESSAGE}/urgent_sms", things.urgent_sms, *URGENT, "im:message.urgent:sms"),
    Method("im.v1.message.urgent_phone", "PATCH", f"{MESSAGE}/urgent_phone", things.urgent_phone, *URGENT, "im:message.urgent:phone"),
    Method("im.v1.message_reaction.create", "POST", f"{MESSAGE}/reactions", things.react, "", "reaction_type!:obj",
           f"{ONE} im:message.reactions:write_only"),
    Method("im.v1.message_reaction.delete", "DELETE", f"{MESSAGE}/reactions/:reaction_id", things.unreact, "", "",
           f"{ONE} im:message.reactions:write_only"),
    Method("im.v1.message_reaction.list", "GET", f"{MESSAGE}/reactions", things.reactions, f"reaction_type {USERS} {PAGED}", "",
           f"{READ} im:message.reactions:read"),
    Method("im.v1.pin.create", "POST", "/im/v1/pins", things.pin, "", "message_id!", f"{ONE} im:message.pins:write_only"),
    Method("im.v1.pin.delete", "DELETE", "/im/v1/pins/:message_id", things.unpin, "", "", f"{ONE} im:message.pins:write_only"),
    Method("im.v1.pin.list", "GET", "/im/v1/pins", things.pins, f"chat_id! start_time end_time {PAGED}", "",
           f"{READ} im:message.pins:read"),
    Method("im.v1.file.create", "POST", "/im/v1/files", things.upload, "", "file_type! file_name! duration file!:bytes",
           "im:resource im:resource:upload", multipart=True),
    Method("interactive.v1.card.update", "POST", "/interactive/v1/card/update", messages.delayed, "", "token! card!:obj"),
    Method("ephemeral.v1.send", "POST", "/ephemeral/v1/send", messages.ephemeral, "",
           "chat_id! open_id user_id email msg_type!:interactive card!:obj", SEND),
    Method("ephemeral.v1.delete", "POST", "/ephemeral/v1/delete", messages.forget_ephemeral, "", "message_id!",
           f"{SEND} im:message:update"),
    Method("contact.v3.user.batch_get_id", "POST", "/contact/v3/users/batch_get_id", things.batch_get_id, USERS,
           "emails:list mobiles:list include_resigned:bool", "contact:user.id:readonly"),
    Method("contact.v3.user.batch", "GET", "/contact/v3/users/batch", things.get_users,
           f"user_ids!:list {USERS} department_id_type", "", "contact:contact.base:readonly contact:user.base:readonly"),
    Method("contact.v3.user.get", "GET", "/contact/v3/users/:user_id", things.get_user, f"{USERS} department_id_type", "",
           "contact:contact.base:readonly contact:user.base:readonly"),
    Method("contact.v3.group.simplelist", "GET", "/contact/v3/group/simplelist", things.groups, f"type:num {PAGED}", "",
           "contact:group:readonly"),
    Method("contact.v3.group_member.simplelist", "GET", "/contact/v3/group/:group_id/member/simplelist", things.group_members,
           f"member_id_type:{ID_TYPES}|department_id member_type:user|department {PAGED}", "", "contact:group:readonly"),
    Method("application.v6.application.get", "GET", "/application/v6/applications/:app_id", things.application, LANG, "", APP),
    Method("application.v6.application_app_version.list", "GET", "/application/v6/applications/:app_id/app_versions", things.app_versions,
           f"{LANG} order:num {PAGED}", "", "application:application:self_manage application:application.app_version:readonly"),
    Method("application.v6.scope.list", "GET", "/application/v6/scopes", things.scopes),
    Method("application.v7.app_slash_command.list", "GET", "/application/v7/app_slash_commands", things.list_commands, PAGED, "",
           SLASH_READ),
    Method("application.v7.app_slash_command.create", "POST", "/application/v7/app_slash_commands", things.create_command, "",
           "command! description:obj icon:obj", SLASH),
    Method("application.v7.app_slash_command.patch", "PATCH", "/application/v7/app_slash_commands/:command_id", things.patch_command, "",
           "command description:obj icon:obj", SLASH),
    Method("application.v7.app_slash_command.delete", "DELETE", "/application/v7/app_slash_commands/:command_id", things.delete_command, "",
           "", SLASH),
]  # fmt: skip


def find(verb: str, path: str) -> tuple[Method, Json] | None:
    """The call at a path under /open-apis; the one with the fewest wildcards when several fit."""
    fits = [(method, match) for method in METHODS if method.verb == verb and (match := method.pattern.match(path))]
    if not fits:
        return None
    method, match = min(fits, key=lambda it: it[0].path.count(":"))
    return method, match.groupdict()
