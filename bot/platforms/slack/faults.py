"""What Slack's error codes mean for us: wait, wait in doubt, or give up with words that name the fix.

The table is complete for every method we call (tests/slack/hands/test_faults.py holds it to Slack's own lists). A code that nobody has
listed is a refusal with the code in it: seen by people, logged, tried again by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.errors import Never
from bot.words import Line, Text, line

DONE: Mapping[str, frozenset[str]] = {
    "conversations.archive": frozenset({"already_archived"}),
    "pins.add": frozenset({"already_pinned"}),
    "chat.delete": frozenset({"message_not_found"}),
}
"""Errors that say: it is so already."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now. `seconds` None leaves open whether it was done. `loud` needs an operator: nothing is lost meanwhile, nothing goes out."""

    seconds: float | None
    loud: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not as things stand. `ours`: we sent what Slack cannot read, which is for whoever maintains this program."""

    why: Line
    ours: bool = False


class Denied(Never):
    """Slack's refusal of one call. `code` and `data` are for a caller who knows a way round."""

    reached = True

    def __init__(self, why: Text, method: str, code: str, data: Mapping[str, object]) -> None:
        super().__init__(why)
        self.method, self.code, self.data = method, code, data

    def __str__(self) -> str:
        return f"{self.method}: {self.code}"


CROWDED = 5.0  # seconds, where Slack says "too many" and not until when
OPERATOR = 60.0  # seconds between tries while somebody must repair the token
MIGRATING = 60.0

_AUTH = Wait(OPERATOR, "Slack takes our bot token no more (%s): reinstall the app, set its new token and restart; all that is due waits")
_DOUBT = Wait(None)
_OURS = Refusal(line("烽火发给 Slack 的内容格式不对。把这一行和日志发给维护烽火的人。"), ours=True)
_OUT = Refusal(line("烽火不在这个群里：在群里输入 /invite @烽火，再重试"))
_NO_ROOM = Refusal(line("Slack 里找不到这个群：可能删了，或烽火被移出了私密群。在群里输入 /invite @烽火，再重试"))
_ARCHIVED = Refusal(line("群已归档：在 Slack 里取消归档，再重试"))
_KIND = Refusal(line("这类会话不支持这一步：换一个普通频道"))
_RULES = Refusal(line("工作区的规定拦下了：请 Slack 管理员对烽火放开，再重试"))
_NAME = Refusal(line("Slack 不收这个群名：只能用小写字母、数字和连字符，最多 80 个字符"))
_NOBODY = Refusal(line("Slack 里找不到这个人：核对方案里的邮箱，或请本人用 /incident 身份 绑定"))
_KEPT_OUT = Refusal(line("Slack 不让把这个人拉进群：请本人加入，或请 Slack 管理员拉"))
_OLD = Refusal(line("这条旧消息改不了，也删不掉"))
_FILE = Refusal(line("工作区不收这个文件：请 Slack 管理员放开上传，或从事件记录页下载"))
_CLICK = Refusal(line("窗口开得晚了：再点一次"))
_VIEW = Refusal(line("这个窗口已经变了：关掉，再打开一次"))

MEANINGS: Mapping[Wait | Refusal, str] = {
    _AUTH: """not_authed invalid_auth account_inactive token_revoked token_expired org_login_required not_allowed_token_type
        accesslimited two_factor_setup_required""",
    _DOUBT: "fatal_error internal_error request_timeout service_unavailable fetch_members_failed timezone_count_failed",
    Wait(CROWDED): "ratelimited rate_limited message_limit_exceeded",
    Wait(1.0): "too_many_requests",
    Wait(MIGRATING): "team_added_to_org",
    _OURS: """bad_timestamp block_mismatch deprecated_endpoint duplicate_external_id file_not_shared invalid_arg_name invalid_arguments
        invalid_array_arg invalid_attachments invalid_blocks invalid_blocks_format invalid_charset invalid_cursor invalid_form_data
        invalid_json invalid_limit invalid_link invalid_metadata_format invalid_metadata_schema invalid_post_type invalid_ts_latest
        invalid_ts_oldest json_not_object markdown_text_conflict metadata_must_be_sent_from_app metadata_too_large method_deprecated
        missing_argument missing_charset missing_post_type msg_blocks_too_long msg_too_long no_channel no_item_specified no_text
        superfluous_charset too_long too_many_attachments unknown_method unknown_type upgrade_require upgrade_required
        view_too_large push_limit_reached invalid_channel invalid_users invalid_types""",
    _OUT: "not_in_channel",
    _NO_ROOM: "channel_not_found",
    _ARCHIVED: "is_archived is_inactive already_archived",
    _KIND: "method_not_supported_for_channel_type not_supported channel_type_not_supported is_mpim",
    _RULES: """access_denied ekm_access_denied enterprise_is_restricted no_permission permission_denied posting_to_general_channel_denied
        restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel
        restricted_action_thread_locked restricted_action_thread_only_channel team_access_not_granted user_is_bot user_is_restricted
        user_is_ultra_restricted external_channel_migrating""",
    _NAME: "invalid_name invalid_name_maxlength invalid_name_punctuation invalid_name_required invalid_name_specials",
    _NOBODY: """user_not_found users_not_found no_user user_not_visible user_disabled users_list_not_supplied not_enough_users
        cannot_dm_bot invalid_user_combination""",
    _KEPT_OUT: """already_in_channel cant_invite cant_invite_self failed_for_some_users no_external_invite_permission org_user_not_in_team
        too_many_users ura_max_channels user_team_not_in_channel user_email_unverified""",
    _OLD: "cant_delete_message cant_update_message compliance_exports_prevent_deletion edit_window_closed",
    _FILE: """file_deleted file_not_found file_update_failed file_upload_size_restricted file_uploads_disabled
        file_uploads_except_images_disabled posting_to_channel_denied slack_connect_file_upload_sharing_blocked storage_limit_reached""",
    _CLICK: "expired_trigger_id exchanged_trigger_id invalid_trigger_id trigger_expired trigger_exchanged invalid_trigger",
    _VIEW: "hash_conflict not_found view_not_found",
}

SINGLE: Mapping[str, Wait | Refusal] = {
    "not_authorized": Refusal(line("群不是烽火建的：请建群的人做这一步，或请 Slack 管理员把烽火设为频道管理员")),
    "cant_archive_general": Refusal(line("工作区的总群不能归档：在方案里换一个群")),
    "cant_archive_required": Refusal(line("工作区的必备群不能归档：在方案里换一个群")),
    "name_taken": Refusal(line("这个群名有人用了：换一个")),
    "user_not_in_channel": Refusal(line("对方不在这个群里：先拉进来")),
    "message_not_found": Refusal(line("这条消息已经删了")),
    "not_pinnable": Refusal(line("这条消息钉不住")),
    "too_many_pins": Refusal(line("这个群钉满了：取下几条旧的，再重试")),
    "too_many_bookmarks": Refusal(line("群顶的链接放满了：删掉几个，再重试")),
    "too_many_tabs": Refusal(line("群顶的链接放满了：删掉几个，再重试")),
    "messages_tab_disabled": Refusal(line("应用没开私信：在 Slack 后台 App Home 里打开 Messages Tab，再重试")),
    "no_such_subteam": Refusal(line("Slack 里没有方案写的用户组：核对它的编号")),
    "subteam_not_found": Refusal(line("Slack 里没有方案写的用户组：核对它的编号")),
}
FAULTS: Mapping[str, Wait | Refusal] = {**{code: means for means, codes in MEANINGS.items() for code in codes.split()}, **SINGLE}
"""Every error code we know, but missing_scope, whose words name the scope."""


def meaning(code: str, data: Mapping[str, object]) -> Wait | Refusal:
    """What follows from an error code. `data` is Slack's answer, which names the scope that is missing."""
    if code == "missing_scope":
        needed = data.get("needed")
        return Refusal(line("应用缺权限 {scope}：在 Slack 后台加上并重装", scope=needed if isinstance(needed, str) and needed else "?"))
    return FAULTS.get(code) or Refusal(line("Slack 没答应（{code}）：请 Slack 管理员看一看", code=code))
