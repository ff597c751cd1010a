"""The Web API refuses what Slack refuses, with Slack's codes, and frowns upon what Slack would show badly."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.slack.double import SlackServer, Workspace
from tests.slack.double.toy import FORM, ToyBot

TEXT = {"type": "plain_text", "text": "x"}


def words(slack: SlackServer) -> list[str]:
    return [violation.words for violation in slack.violations]


# --- who may call -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "code"), [("", "not_authed"), ("xoxb-other", "invalid_auth"), ("xapp-1-double-app", "not_allowed_token_type")]
)
def test_a_call_needs_the_right_token(slack: SlackServer, bot: ToyBot, token: str, code: str) -> None:
    bot.client.token = token
    assert bot.refused("auth_test") == code


def test_a_missing_scope_is_named(slack: SlackServer, bot: ToyBot, ws: Workspace) -> None:
    ws.scopes -= {"users:read.email", "channels:manage"}
    body = bot.error("users_lookupByEmail", email="zhangsan@example.com")
    assert (body["error"], body["needed"]) == ("missing_scope", "users:read.email")
    assert bot.refused("conversations_create", name="inc-1") == "missing_scope"
    assert "chat:write" in bot.headers("auth_test")["x-oauth-scopes"].split(",")


def test_unknown_methods_and_arguments_are_remembered(slack: SlackServer, bot: ToyBot) -> None:
    assert bot.refused("api_call", api_method="chat.shout") == "unknown_method"
    bot.call("auth_test", colour="red")
    assert words(slack) == ["no such method", "colour is no argument of auth.test"]


def test_a_required_argument_is_named_when_missing(bot: ToyBot) -> None:
    body = bot.error("api_call", api_method="conversations.setTopic", params={"channel": "C1"})
    assert body["response_metadata"]["messages"] == ["[ERROR] missing required field: topic"]


def test_reading_methods_do_not_read_json(slack: SlackServer, bot: ToyBot) -> None:
    assert bot.refused("api_call", api_method="users.info", json={"user": "U1"}) == "invalid_arguments"
    assert words(slack) == ["this method does not read a JSON body"]


# --- rooms ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "invalid_name_required"),
        ("Inc", "invalid_name_specials"),
        ("in c", "invalid_name_specials"),
        ("下单", "invalid_name_specials"),
        ("--", "invalid_name_punctuation"),
        ("x" * 81, "invalid_name_maxlength"),
        ("general", "name_taken"),
    ],
)
def test_names_of_rooms_are_judged(ws: Workspace, bot: ToyBot, name: str, code: str) -> None:
    ws.channel("general")
    assert bot.refused("conversations_create", name=name) == code


def test_a_workspace_may_let_chinese_names_be(ws: Workspace, bot: ToyBot) -> None:
    ws.cjk_names = True
    assert bot.call("conversations_create", name="inc-下单报错")["channel"]["name"] == "inc-下单报错"


def test_an_invitation_says_for_each_person_why_not(ws: Workspace, bot: ToyBot) -> None:
    ws.user("U3", "王五", deleted=True)
    room = ws.channel("inc", ["U1"])
    asked = {"channel": room.id, "users": "U1,U2,U3,U9"}
    body = bot.error("conversations_invite", **asked)
    assert (body["error"], room.members) == ("already_in_channel", ["U1", ws.bot_user])
    body = bot.call("conversations_invite", **asked, force=True)
    assert [(it["user"], it["error"]) for it in body["errors"]] == [
        ("U1", "already_in_channel"),
        ("U3", "cant_invite"),
        ("U9", "user_not_found"),
    ]
    assert room.members == ["U1", ws.bot_user, "U2"]
    assert bot.refused("conversations_invite", channel=room.id, users="U1", force=True) == "already_in_channel"
    assert bot.refused("conversations_invite", channel=room.id, users=ws.bot_user) == "cant_invite_self"
    assert bot.refused("conversations_invite", channel=room.id, users=",".join(f"U{n}" for n in range(101))) == "too_many_users"


def test_an_archived_room_takes_nothing_more(ws: Workspace, bot: ToyBot) -> None:
    room = bot.call("conversations_create", name="inc-1")["channel"]["id"]
    said = bot.call("chat_postMessage", channel=room, text="x")["ts"]
    bot.call("conversations_archive", channel=room)
    assert bot.refused("conversations_archive", channel=room) == "already_archived"
    assert bot.refused("chat_postMessage", channel=room, text="x") == "is_archived"
    assert bot.refused("chat_update", channel=room, ts=said, text="y") == "is_inactive"
    assert bot.refused("conversations_invite", channel=room, users="U1") == "is_archived"
    assert bot.refused("conversations_setTopic", channel=room, topic="x") == "is_archived"
    assert bot.refused("pins_add", channel=room, timestamp=said) == "is_archived"
    assert bot.refused("conversations_unarchive", channel=room) == "not_in_channel"


def test_what_the_bot_is_not_in_it_cannot_use(ws: Workspace, bot: ToyBot) -> None:
    public, private = ws.channel("public", ["U1"], bot=False), ws.channel("private", ["U1"], bot=False, private=True)
    assert bot.refused("conversations_info", channel=private.id) == "channel_not_found"
    assert bot.refused("conversations_history", channel=public.id) == "not_in_channel"
    assert bot.refused("conversations_setTopic", channel=public.id, topic="x") == "not_in_channel"
    bot.call("chat_postMessage", channel=public.id, text="x")
    ws.scopes.remove("chat:write.public")
    assert bot.refused("chat_postMessage", channel=public.id, text="x") == "not_in_channel"


def test_topics_end_at_250_and_saying_one_twice_is_churn(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    room = ws.channel("inc")
    assert bot.refused("conversations_setTopic", channel=room.id, topic="x" * 251) == "too_long"
    bot.call("conversations_setTopic", channel=room.id, topic="下单报错")
    bot.call("conversations_setTopic", channel=room.id, topic="下单报错")
    assert [violation.kind for violation in slack.violations] == ["churn"]


def test_history_is_paged_newest_first_without_replies_and_with_metadata_on_request(ws: Workspace, bot: ToyBot) -> None:
    room, key = ws.channel("inc"), {"event_type": "fenghuo", "event_payload": {"key": "k1"}}
    first = bot.call("chat_postMessage", channel=room.id, text="一", metadata=key)["ts"]
    bot.call("chat_postMessage", channel=room.id, text="回", thread_ts=first)
    bot.call("chat_postMessage", channel=room.id, text="二")
    page = bot.call("conversations_history", channel=room.id, limit=1)
    assert ([it["text"] for it in page["messages"]], page["has_more"]) == (["二"], True)
    rest = bot.call("conversations_history", channel=room.id, cursor=page["response_metadata"]["next_cursor"], include_all_metadata=True)
    assert [(it["text"], it["metadata"], it["reply_count"]) for it in rest["messages"]] == [("一", key, 1)]
    assert [it["text"] for it in bot.call("conversations_replies", channel=room.id, ts=first)["messages"]] == ["一", "回"]
    late = bot.call("conversations_history", channel=room.id, oldest=first)
    assert [it["text"] for it in late["messages"]] == ["二"]


# --- messages ---------------------------------------------------------------------------------------------------------------


def test_messages_are_judged(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    room = ws.channel("inc").id
    assert bot.refused("api_call", api_method="chat.postMessage", json={"channel": room, "text": ""}) == "no_text"
    assert bot.refused("chat_postMessage", channel="C404", text="x") == "channel_not_found"
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5
    assert bot.refused("chat_postMessage", channel=room, text="x", blocks=long) == "msg_blocks_too_long"
    assert bot.refused("chat_postMessage", channel=room, text="x", blocks=[{"type": "section"}]) == "invalid_blocks"
    assert bot.refused("chat_postMessage", channel=room, text="x", metadata={"event_type": "a"}) == "invalid_metadata_schema"
    large = {"event_type": "a", "event_payload": {"x": "y" * 8000}}
    assert bot.refused("chat_postMessage", channel=room, text="x", metadata=large) == "metadata_too_large"
    assert bot.refused("chat_postMessage", channel=room, text="x", thread_ts="1.000001") == "thread_not_found"
    said = bot.call("chat_postMessage", channel=room, text="x")["ts"]
    assert bot.refused("chat_update", channel=room, ts=said, text="x" * 4001) == "msg_too_long"
    assert bot.refused("chat_update", channel=room, ts="1.000001", text="x") == "message_not_found"
    hers = slack.person("U1")
    ws.channels[room].members.append("U1")
    assert bot.refused("chat_update", channel=room, ts=hers.says(room, "我说的").ts, text="x") == "cant_update_message"
    assert bot.refused("chat_postEphemeral", channel=room, user="U2", text="x") == "user_not_in_channel"


def test_what_would_come_out_wrong_is_frowned_upon(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    room, block = ws.channel("inc").id, {"type": "section", "text": {"type": "mrkdwn", "text": "*x*"}}
    bot.call("chat_postMessage", channel=room, text="a < b & c")
    bot.call("chat_postMessage", channel=room, text="<@U404> 看看")
    bot.call("chat_postMessage", channel=room, text="x", blocks=[{"type": "header", "text": {"type": "plain_text", "text": "a &lt; b"}}])
    assert len(slack.violations) == 3
    bot.call("api_call", api_method="chat.postMessage", json={"channel": room, "blocks": [block]})
    said = bot.call("chat_postMessage", channel=room, text="x", blocks=[block])
    bot.call("chat_update", channel=room, ts=said["ts"], text="y")
    assert [violation.kind for violation in slack.violations] == ["mrkdwn", "mention", "mrkdwn", "text", "text"]


def test_an_edit_keeps_the_metadata_and_every_face(ws: Workspace, bot: ToyBot) -> None:
    room, key = ws.channel("inc"), {"event_type": "fenghuo", "event_payload": {"key": "k1"}}
    said = bot.call("chat_postMessage", channel=room.id, text="一", metadata=key)["ts"]
    bot.call("chat_update", channel=room.id, ts=said, text="二")
    message = room.messages[said]
    assert ([text for text, _ in message.looks], message.metadata) == (["一", "二"], key)
    bot.call("chat_delete", channel=room.id, ts=said)
    assert room.messages == {}


def test_a_direct_message_is_opened_once(ws: Workspace, bot: ToyBot) -> None:
    first = bot.call("conversations_open", users="U1")["channel"]["id"]
    again = bot.call("conversations_open", users="U1")
    assert (first[0], again["channel"]["id"], again["already_open"]) == ("D", first, True)
    ws.users["U2"].deleted = True
    assert bot.refused("conversations_open", users="U2") == "user_disabled"


# --- people and things ------------------------------------------------------------------------------------------------------


def test_people_are_found_by_mail_unless_they_left(ws: Workspace, bot: ToyBot) -> None:
    assert bot.call("users_lookupByEmail", email="ZhangSan@example.com")["user"]["id"] == "U1"
    ws.users["U1"].deleted = True
    assert bot.refused("users_lookupByEmail", email="zhangsan@example.com") == "users_not_found"
    assert bot.call("users_info", user="U2", include_locale=True)["user"]["locale"] == "en-US"
    ws.user("U9", "外人", "x@other.example", is_stranger=True)
    assert "email" not in bot.call("users_info", user="U9")["user"]["profile"]


def test_groups_give_their_people_also_those_who_left(ws: Workspace, bot: ToyBot) -> None:
    ws.group("S1", "oncall", ["U1", "U2"])
    assert bot.call("usergroups_users_list", usergroup="S1")["users"] == ["U1", "U2"]
    assert bot.call("usergroups_list", include_users=True)["usergroups"][0]["users"] == ["U1", "U2"]
    assert bot.refused("usergroups_users_list", usergroup="S2") == "no_such_subteam"


def test_a_message_is_pinned_once(ws: Workspace, bot: ToyBot) -> None:
    room = ws.channel("inc")
    said = bot.call("chat_postMessage", channel=room.id, text="x")["ts"]
    bot.call("pins_add", channel=room.id, timestamp=said)
    assert bot.refused("pins_add", channel=room.id, timestamp=said) == "already_pinned"
    assert [it["message"]["ts"] for it in bot.call("pins_list", channel=room.id)["items"]] == [said]


def test_bookmarks_are_links_a_hundred_of_them_and_one_at_a_time(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    room = ws.channel("inc")
    mark = {"channel_id": room.id, "title": "记录", "type": "link"}
    assert bot.refused("bookmarks_add", **mark, link="ftp://x") == "invalid_link"
    made = bot.call("bookmarks_add", **mark, link="https://x.example/1")["bookmark"]
    bot.call("bookmarks_edit", channel_id=room.id, bookmark_id=made["id"], link="https://x.example/2")
    assert [it["link"] for it in bot.call("bookmarks_list", channel_id=room.id)["bookmarks"]] == ["https://x.example/2"]
    slack.latency = 0.05
    both = bot.together(2, "bookmarks_add", **mark, link="https://x.example/3")
    assert sorted(both) == ["ok", "too_many_requests"]
    slack.latency = 0.0
    room.bookmarks *= 50
    assert bot.refused("bookmarks_add", **mark, link="https://x.example/4") == "too_many_bookmarks"


def test_a_file_is_announced_uploaded_and_shared(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    room = ws.channel("inc")
    bot.call("files_upload_v2", channel=room.id, filename="事后报告.md", title="事后报告", content="# 报告")
    (message,) = room.messages.values()
    shared = message.files[0]
    assert (shared["title"], ws.files[shared["id"]].content) == ("事后报告", "# 报告".encode())
    assert bot.call("files_info", file=shared["id"])["file"]["shares"] == {"public": {room.id: [{"ts": message.ts}]}}
    assert bot.refused("files_completeUploadExternal", files=[{"id": "F404", "title": "x"}]) == "file_not_found"
    assert slack.violations == []


def test_an_upload_has_the_length_it_announced(slack: SlackServer, bot: ToyBot) -> None:
    url = bot.call("files_getUploadURLExternal", filename="x.md", length=5)["upload_url"]

    async def send() -> int:
        async with aiohttp.ClientSession() as session, session.post(url, data=b"four") as got:
            return got.status

    assert bot.run(send()) == 400


# --- views ------------------------------------------------------------------------------------------------------------------


def test_a_trigger_works_once_and_for_three_seconds(ws: Workspace, bot: ToyBot) -> None:
    now = 1_800_000_000.0
    ws.clock = lambda: now
    trigger, other = ws.trigger("U1"), ws.trigger("U1")
    bot.call("views_open", trigger_id=trigger, view=FORM)
    assert bot.refused("views_open", trigger_id=trigger, view=FORM) == "exchanged_trigger_id"
    now += 30
    assert bot.refused("views_open", trigger_id=other, view=FORM) == "expired_trigger_id"
    assert bot.refused("views_open", trigger_id="1.2.3", view=FORM) == "invalid_trigger_id"


def test_modals_stack_three_high(ws: Workspace, bot: ToyBot) -> None:
    assert bot.refused("views_push", trigger_id=ws.trigger("U1"), view=FORM) == "view_not_found"
    first = bot.call("views_open", trigger_id=ws.trigger("U1"), view=FORM)["view"]
    second = bot.call("views_push", trigger_id=ws.trigger("U1"), view=FORM)["view"]
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    bot.call("views_push", trigger_id=ws.trigger("U1"), view=FORM)
    assert bot.refused("views_push", trigger_id=ws.trigger("U1"), view=FORM) == "push_limit_reached"


def test_a_view_is_updated_by_either_id_against_its_hash(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    made = bot.call("views_open", trigger_id=ws.trigger("U1"), view={**FORM, "external_id": "form-1"})["view"]
    modal = slack.person("U1").modal
    assert modal is not None
    modal.fill("标题", "写到一半")
    changed = {**FORM, "title": {"type": "plain_text", "text": "改了"}, "external_id": "form-1"}
    fresh = bot.call("views_update", external_id="form-1", hash=made["hash"], view=changed)["view"]
    assert (modal.title, modal.values) == ("改了", {"标题": "写到一半"})
    assert bot.refused("views_update", view_id=made["id"], hash=made["hash"], view=FORM) == "hash_conflict"
    assert fresh["hash"] != made["hash"]
    assert bot.refused("views_open", trigger_id=ws.trigger("U2"), view={**FORM, "external_id": "form-1"}) == "duplicate_external_id"
    modal.close()
    assert bot.refused("views_update", view_id=made["id"], view=FORM) == "not_found"


def test_views_are_judged(ws: Workspace, bot: ToyBot) -> None:
    wide = [{"type": "section", "text": {"type": "mrkdwn", "text": "字" * 3000}}] * 30
    assert bot.refused("views_open", trigger_id=ws.trigger("U1"), view={**FORM, "blocks": wide}) == "view_too_large"
    for wrong in (
        {**FORM, "title": {"type": "plain_text", "text": "x" * 25}},
        {**FORM, "private_metadata": "x" * 3001},
        {key: value for key, value in FORM.items() if key != "submit"},
        {**FORM, "colour": "red"},
        {"type": "home", "blocks": []},
    ):
        assert bot.refused("views_open", trigger_id=ws.trigger("U1"), view=wrong) == "invalid_arguments"


def test_a_home_is_published_for_one_person(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    view: dict[str, Any] = {"type": "home", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "我的事"}}]}
    made = bot.call("views_publish", user_id="U1", view=view)["view"]
    home = slack.person("U1").home
    assert home is not None
    assert slack.person("U1").reads(home) == "我的事"
    assert slack.person("U2").home is None
    bot.call("views_publish", user_id="U1", view=json.dumps(view), hash=made["hash"])
    assert bot.refused("views_publish", user_id="U1", view=view, hash=made["hash"]) == "hash_conflict"
    assert bot.refused("views_publish", user_id="U404", view=view) == "user_not_found"
