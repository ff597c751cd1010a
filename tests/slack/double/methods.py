"""The Web API as a table: every method there is, its arguments, scopes and tier. What is not here answers `unknown_method`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.slack.double import api_chat, api_rooms, api_things, api_views
from tests.slack.double.args import Args
from tests.slack.double.model import Json

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}


@dataclass(frozen=True)
class Method:
    """`takes` names the arguments, required ones with `!`; `tier` 0 is special; `reads` takes no JSON body."""

    act: Callable[[Args], Json]
    takes: str
    scopes: str = ""
    tier: int = 0
    reads: bool = False
    errors: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name.removesuffix("!") for name in self.takes.split())

    @property
    def needed(self) -> tuple[str, ...]:
        return tuple(name[:-1] for name in self.takes.split() if name.endswith("!"))


def _nothing(args: Args) -> Json:
    return {}


PAGED = "cursor limit"
MESSAGE = "text blocks attachments as_user link_names parse markdown_text"
LOOKS = "icon_emoji icon_url username thread_ts"
METHODS: dict[str, Method] = {
    "auth.test": Method(api_things.auth_test, ""),
    "api.test": Method(_nothing, "error foo"),
    "apps.connections.open": Method(_nothing, "", "connections:write", 1),
    "conversations.create": Method(api_rooms.create, "name is_private", "", 2),
    "conversations.invite": Method(api_rooms.invite, "channel! users! force", "", 3),
    "conversations.rename": Method(api_rooms.rename, "channel! name!", "", 2),
    "conversations.setTopic": Method(api_rooms.set_topic, "channel! topic!", "", 2),
    "conversations.setPurpose": Method(api_rooms.set_purpose, "channel! purpose!", "", 2),
    "conversations.archive": Method(api_rooms.archive, "channel!", "", 2),
    "conversations.unarchive": Method(api_rooms.unarchive, "channel!", "", 2),
    "conversations.info": Method(api_rooms.info, "channel! include_locale include_num_members", "", 3, True),
    "conversations.list": Method(api_rooms.list_, f"{PAGED} exclude_archived types", "", 2, True),
    "conversations.members": Method(api_rooms.members, f"channel! {PAGED}", "", 4, True),
    "conversations.history": Method(api_rooms.history, f"channel! {PAGED} inclusive include_all_metadata latest oldest", "", 3, True),
    "conversations.replies": Method(api_rooms.replies, f"channel! ts! {PAGED} inclusive include_all_metadata latest oldest", "", 3, True),
    "conversations.open": Method(api_rooms.open_, "channel users return_im prevent_creation", "im:write", 3),
    "conversations.join": Method(api_rooms.join, "channel!", "channels:join", 3),
    "conversations.leave": Method(api_rooms.leave, "channel!", "", 3),
    "conversations.kick": Method(api_rooms.kick, "channel! user!", "", 3),
    "users.info": Method(api_things.user_info, "user! include_locale", "users:read", 4, True),
    "users.list": Method(api_things.user_list, f"{PAGED} include_locale", "users:read", 2, True),
    "users.lookupByEmail": Method(api_things.user_by_email, "email!", "users:read users:read.email", 3, True),
    "users.conversations": Method(api_rooms.of_user, f"{PAGED} exclude_archived types user", "", 2, True),
    "usergroups.list": Method(api_things.groups, "include_count include_disabled include_users", "usergroups:read", 2, True),
    "usergroups.users.list": Method(api_things.group_users, "usergroup! include_disabled", "usergroups:read", 2, True),
    "chat.postMessage": Method(
        api_chat.post, f"channel! {MESSAGE} {LOOKS} mrkdwn reply_broadcast unfurl_links unfurl_media metadata", "chat:write"
    ),
    "chat.update": Method(api_chat.update, f"channel! ts! {MESSAGE} reply_broadcast metadata file_ids", "chat:write", 3),
    "chat.delete": Method(api_chat.delete, "channel! ts! as_user", "chat:write", 3),
    "chat.postEphemeral": Method(api_chat.post_ephemeral, f"channel! user! {MESSAGE} {LOOKS}", "chat:write", 4),
    "chat.getPermalink": Method(api_chat.permalink, "channel! message_ts!", "", 0, True),
    "views.open": Method(api_views.open_, "trigger_id! view! interactivity_pointer", "", 4),
    "views.push": Method(api_views.push, "trigger_id! view! interactivity_pointer", "", 4),
    "views.update": Method(api_views.update, "view! view_id external_id hash", "", 4),
    "views.publish": Method(api_views.publish, "user_id! view! hash", "", 4),
    "pins.add": Method(api_things.pin, "channel! timestamp", "pins:write", 2),
    "pins.list": Method(api_things.pins, "channel!", "pins:read", 2, True),
    "pins.remove": Method(api_things.unpin, "channel! timestamp!", "pins:write", 2),
    "bookmarks.add": Method(
        api_things.bookmark, "channel_id! title! type! link emoji entity_id parent_id access_level", "bookmarks:write", 2
    ),
    "bookmarks.edit": Method(api_things.edit_bookmark, "bookmark_id! channel_id! link title emoji", "bookmarks:write", 2),
    "bookmarks.list": Method(api_things.bookmarks, "channel_id!", "bookmarks:read", 3),
    "bookmarks.remove": Method(api_things.remove_bookmark, "bookmark_id! channel_id! quip_section_id", "bookmarks:write", 2),
    "reactions.add": Method(api_things.react, "channel! name! timestamp!", "reactions:write", 3),
    "reactions.get": Method(api_things.reactions, "channel! timestamp! full", "reactions:read", 3, True),
    "files.getUploadURLExternal": Method(api_things.upload_url, "filename! length! alt_txt snippet_type", "files:write", 4, True),
    "files.completeUploadExternal": Method(
        api_things.complete_upload, "files! channel_id channels initial_comment thread_ts blocks", "files:write", 4
    ),
    "files.info": Method(api_things.file_info, f"file! {PAGED} count page", "files:read", 4, True),
    "files.list": Method(
        api_things.file_list, "channel count page show_files_hidden_by_limit ts_from ts_to types user", "files:read", 3, True
    ),
}
