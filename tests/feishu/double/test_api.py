"""The open API of the double: tokens, windows, limits and error bodies."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.feishu.double import Fault, FeishuServer
from tests.feishu.double.model import Json
from tests.feishu.double.toy import STATUS, ToyBot, button, card, form, plain

MD = {"tag": "markdown", "content": "x"}


def message(to: str, what: Json | str, **more: Any) -> Json:
    """The body of a send."""
    content = json.dumps({"text": what} if isinstance(what, str) else what, ensure_ascii=False)
    return {"receive_id": to, "msg_type": "text" if isinstance(what, str) else "interactive", "content": content, "uuid": "u", **more}


def send(bot: ToyBot, to: str, what: Json | str, **more: Any) -> int:
    """The code of a send to a chat."""
    return bot.refused("POST", "/im/v1/messages", {"receive_id_type": "chat_id"}, message(to, what, **more))


# --- tokens and the gateway -----------------------------------------------------------------------------------------------------


def test_a_token_stays_until_half_an_hour_is_left_and_then_two_are_good(feishu: FeishuServer) -> None:
    tenant = feishu.tenant
    tenant.clock = lambda: 1e9 + tenant.offset
    first, seconds = tenant.token()
    tenant.advance(5300)
    assert (tenant.token(), seconds) == ((first, 1900), 7200)
    tenant.advance(200)
    second, seconds = tenant.token()
    assert (second != first, seconds) == (True, 7200)
    assert min(tenant.tokens[first], tenant.tokens[second]) > tenant.clock()


def test_an_expired_token_is_refused(feishu: FeishuServer, bot: ToyBot) -> None:
    bot.call("GET", "/bot/v3/info")
    feishu.tenant.advance(7201)
    status, body, headers = bot.ask("GET", "/bot/v3/info")
    assert (status, body["code"], len(body["error"]["log_id"]), len(headers["X-Tt-Logid"])) == (400, 99991663, 32, 32)


def test_the_bot_is_named_beside_the_data(feishu: FeishuServer, bot: ToyBot) -> None:
    assert bot.call("GET", "/bot/v3/info")["bot"]["open_id"] == feishu.tenant.bot_open_id


def test_a_missing_scope_is_named(feishu: FeishuServer, bot: ToyBot) -> None:
    feishu.tenant.scopes -= {"im:chat"}
    _, body, _ = bot.ask("POST", "/im/v1/chats", {}, {"name": "群"})
    needed = [it["subject"] for it in body["error"]["permission_violations"]]
    assert (body["code"], needed) == (99991672, ["im:chat", "im:chat:create"])


def test_what_is_not_known_is_recorded(feishu: FeishuServer, bot: ToyBot) -> None:
    bot.call("POST", "/im/v1/chats", {}, {"name": "群", "colour": "red"})
    assert bot.ask("GET", "/im/v1/channels")[0] == 404
    assert [it.kind for it in feishu.violations] == ["parameter", "method"]


def test_fields_are_checked_before_anything_else(bot: ToyBot) -> None:
    _, body, _ = bot.ask("POST", "/im/v1/messages", {"receive_id_type": "chat"}, {"receive_id": 1, "msg_type": "text"})
    assert (body["code"], [it["field"] for it in body["error"]["field_violations"]]) == (
        99992402,
        ["receive_id_type", "receive_id", "content"],
    )


def test_limits_say_how_long_and_remember_who_did_not_wait(feishu: FeishuServer, bot: ToyBot) -> None:
    feishu.limits.on, feishu.limits.per_second = True, 2
    clock = [0.0]
    feishu.limits.clock = lambda: clock[0]
    bot.call("GET", "/bot/v3/info")
    bot.call("GET", "/bot/v3/info")
    status, body, headers = bot.ask("GET", "/bot/v3/info")
    assert (status, body["code"], headers["x-ogw-ratelimit-reset"]) == (429, 99991400, "1")
    clock[0] = 0.5
    bot.ask("GET", "/bot/v3/info")
    assert [it.words for it in feishu.violations] == ["called again before x-ogw-ratelimit-reset was over"]


def test_one_group_takes_five_messages_a_second(feishu: FeishuServer, bot: ToyBot) -> None:
    feishu.limits.on = True
    feishu.limits.clock = lambda: 0.0
    room = feishu.tenant.chat("群", ["张三"]).id
    assert [send(bot, room, "x", uuid=str(it)) for it in range(6)] == [0, 0, 0, 0, 0, 230020]


@pytest.mark.parametrize("after", [False, True])
def test_a_reset_before_or_after_the_deed(feishu: FeishuServer, bot: ToyBot, after: bool) -> None:
    bot.call("GET", "/bot/v3/info")
    feishu.fault = lambda method, args: Fault("reset", after=after) if method == "im.v1.chat.create" else None
    with pytest.raises(aiohttp.ClientError):
        bot.ask("POST", "/im/v1/chats", {"uuid": "k"}, {"name": "群"})
    assert len(feishu.tenant.chats) == int(after)


def test_faults_answer_as_the_gateway_does(feishu: FeishuServer, bot: ToyBot) -> None:
    found = []
    for fault in (
        Fault("ratelimited", seconds=7),
        Fault("ratelimited", status=400),
        Fault("error", code=99991663),
        Fault("http", status=502),
    ):
        faults: dict[str, Fault | None] = {"bot.v3.info": fault}
        feishu.fault = lambda method, args: faults.get(method)  # noqa: B023  # asked before the next turn
        status, body, headers = bot.ask("GET", "/bot/v3/info")
        found.append((status, body.get("code"), headers.get("x-ogw-ratelimit-reset")))
    assert found == [(429, 99991400, "7"), (400, 99991400, "30"), (400, 99991663, None), (502, None, None)]


# --- groups ---------------------------------------------------------------------------------------------------------------------


def test_a_group_is_made_once_for_a_uuid_within_ten_hours(feishu: FeishuServer, bot: ToyBot) -> None:
    def made() -> str:
        return str(
            bot.call("POST", "/im/v1/chats", {"uuid": "INC-1", "set_bot_manager": "true"}, {"name": "【严重】", "user_id_list": ["ou_1"]})[
                "chat_id"
            ]
        )

    first = made()
    feishu.tenant.advance(35_000)
    bot.token = ""
    assert made() == first
    feishu.tenant.advance(1_001)
    bot.token = ""
    assert made() != first


def test_members_are_added_as_far_as_they_can_be(feishu: FeishuServer, bot: ToyBot) -> None:
    feishu.tenant.user("ou_4", "赵六", visible=False)
    room, query = feishu.tenant.chat("群"), {"member_id_type": "open_id", "succeed_type": "1"}
    found = bot.call("POST", f"/im/v1/chats/{room.id}/members", query, {"id_list": ["ou_1", "ou_3", "ou_4", "ou_9"]})
    assert (room.members, found["invalid_id_list"], found["not_existed_id_list"]) == (["ou_1"], ["ou_4", "ou_3"], ["ou_9"])
    assert bot.refused("POST", f"/im/v1/chats/{room.id}/members", {}, {"id_list": ["ou_2", "ou_9"]}) == 232043
    assert bot.refused("POST", f"/im/v1/chats/{room.id}/members", query, {"id_list": [f"ou_{it}" for it in range(51)]}) == 232001


def test_operations_on_one_group_follow_one_another(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群")
    bot.call("GET", "/bot/v3/info")
    feishu.latency = 0.02
    assert sorted(bot.together(2, "POST", f"/im/v1/chats/{room.id}/members", {}, {"id_list": ["ou_1"]})) == [0, 232019]


def test_only_who_owns_a_group_silences_it(feishu: FeishuServer, bot: ToyBot) -> None:
    theirs, ours = feishu.tenant.chat("群", ["张三"]), feishu.tenant.chat("群", ["张三"], owner="bot")
    only = {"moderation_setting": "only_owner"}
    assert bot.refused("PUT", f"/im/v1/chats/{theirs.id}/moderation", {}, only) == 232017
    bot.call("PUT", f"/im/v1/chats/{ours.id}/moderation", {}, only)
    with pytest.raises(AssertionError, match="silenced"):
        feishu.person("张三").says(ours, "还在吗")
    assert send(bot, ours.id, "结束") == 0


def test_a_disbanded_group_is_gone_and_frowned_upon(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", owner="bot")
    bot.call("DELETE", f"/im/v1/chats/{room.id}")
    assert send(bot, room.id, "x") == 232009
    assert [it.kind for it in feishu.violations] == ["history"]


def test_what_stands_above_a_group(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["张三"])
    id = bot.sends(room.id, "看这里")
    pin = bot.call("POST", "/im/v1/pins", {}, {"message_id": id})["pin"]
    assert bot.call("POST", "/im/v1/pins", {}, {"message_id": id})["pin"] == pin
    bot.call("POST", f"/im/v1/chats/{room.id}/top_notice/put_top_notice", {}, {"chat_top_notice": [{"action_type": "1", "message_id": id}]})
    tab = {"tab_name": "看板", "tab_type": "url", "tab_content": {"url": "https://board"}}
    bot.call("POST", f"/im/v1/chats/{room.id}/chat_tabs", {}, {"chat_tabs": [tab]})
    assert (list(room.pins), room.notice, room.tabs[0]["tab_name"]) == ([id], {"action_type": "1", "message_id": id}, "看板")
    wrong = {**tab, "tab_type": "pin"}
    assert bot.refused("POST", f"/im/v1/chats/{room.id}/chat_tabs", {}, {"chat_tabs": [wrong]}) == 232048


# --- messages -------------------------------------------------------------------------------------------------------------------


def test_a_message_is_sent_once_for_a_uuid_within_an_hour(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群").id
    first = bot.sends(room, "x", "k")
    assert bot.sends(room, "x", "k") == first
    feishu.tenant.advance(3601)
    assert bot.sends(room, "x", "k") != first
    assert send(bot, room, "x", uuid="é") == 230001


def test_whom_the_bot_cannot_reach(feishu: FeishuServer, bot: ToyBot) -> None:
    feishu.tenant.user("ou_4", "赵六", visible=False)
    feishu.tenant.user("ou_5", "钱七", blocks_bot=True)
    kinds = {"receive_id_type": "open_id"}
    found = [bot.refused("POST", "/im/v1/messages", kinds, message(id, "x")) for id in ("ou_1", "ou_3", "ou_4", "ou_5", "ou_9")]
    assert found == [0, 230029, 230013, 230053, 230034]
    assert send(bot, feishu.tenant.chat("群", bot=False).id, "x") == 230002


def test_a_card_is_redrawn_for_a_fortnight(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["李四"])
    id = bot.sends(room.id, STATUS)
    body = {"content": json.dumps(card("【已结束】", MD))}
    bot.call("PATCH", f"/im/v1/messages/{id}", {}, body)
    assert (feishu.person("李四").reads(room.messages[id]), len(room.messages[id].looks)) == ("【已结束】\nx", 2)
    feishu.tenant.advance(14 * 86_400 + 1)
    bot.token = ""
    assert bot.refused("PATCH", f"/im/v1/messages/{id}", {}, body) == 230031


def test_only_shared_cards_of_our_own_are_redrawn(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["李四"])
    unshared = {key: value for key, value in STATUS.items() if key != "config"}
    theirs = feishu.person("李四").says(room, "x")
    ids = [bot.sends(room.id, unshared, "1"), bot.sends(room.id, "x", "2"), theirs.id]
    found = [bot.refused("PATCH", f"/im/v1/messages/{id}", {}, {"content": json.dumps(STATUS)}) for id in ids]
    assert found == [230099, 230001, 230001]


def test_history_gives_a_card_whole_only_when_asked(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["张三", "李四"])
    bot.sends(room.id, STATUS)
    feishu.person("张三").says(room, "收到")
    query = {"container_id_type": "chat", "container_id": room.id, "page_size": "1"}
    page = bot.call("GET", "/im/v1/messages", query)
    old = json.loads(page["items"][0]["body"]["content"])
    assert (old["title"], page["has_more"]) == ("【严重】下单报错", True)
    whole = bot.call("GET", "/im/v1/messages", {**query, "card_msg_content_type": "user_card_content"})
    assert json.loads(whole["items"][0]["body"]["content"]) == STATUS
    rest = bot.call("GET", "/im/v1/messages", {**query, "page_token": page["page_token"]})
    assert [it["sender"]["id"] for it in rest["items"]] == ["ou_1"]


def test_replies_and_recalls(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["张三"])
    said = feishu.person("张三").mentions_bot(room, "在吗")
    body = {"msg_type": "text", "content": '{"text":"在"}', "uuid": "u"}
    found = bot.call("POST", f"/im/v1/messages/{said.id}/reply", {}, body)
    assert found["parent_id"] == said.id
    bot.call("DELETE", f"/im/v1/messages/{found['message_id']}")
    assert [feishu.person("张三").reads(it) for it in feishu.person("张三").sees(room)] == ["@烽火 在吗"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (card("x", {"tag": "note", "elements": []}), "200621"),
        (card("x", {"tag": "marquee"}), "200220"),
        (card("x", {**MD, "bold": True}), "200621"),
        (card("x", {"tag": "button", "text": plain("x"), "behaviors": [{"type": "callback", "value": "x"}]}), "200621"),
        (card("x", {"tag": "button", "text": plain("x")}), "200621"),
        (card("x", *[MD] * 200), "300305"),
        (card("x", {"tag": "column_set", "columns": [{"tag": "column", "elements": form()["body"]["elements"]}]}), "200621"),
        (card("x", {**MD, "element_id": "1st"}), "200621"),
        ({**STATUS, "schema": "1.0"}, "200621"),
        ({**STATUS, "header": {**STATUS["header"], "template": "pink"}}, "200621"),
        (card("x", *form()["body"]["elements"], *form()["body"]["elements"]), "200621"),
        (card("x", {"tag": "form", "name": "f", "elements": [{"tag": "input", "name": "a"}]}), "200621"),
        (
            card("x", {"tag": "select_static", "name": "s", "options": [{"text": plain("a"), "value": "1"}], "initial_option": "2"}),
            "200621",
        ),
    ],
)
def test_a_card_that_cannot_be_drawn_is_refused(feishu: FeishuServer, bot: ToyBot, wrong: Json, code: str) -> None:
    room = feishu.tenant.chat("群").id
    _, body, _ = bot.ask("POST", "/im/v1/messages", {"receive_id_type": "chat_id"}, message(room, wrong))
    assert (body["code"], f"ErrCode: {code};" in body["msg"]) == (230099, True), body


def test_a_card_of_thirty_kilobytes_is_too_much_and_of_28_frowned_upon(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群").id
    assert send(bot, room, card("x", {"tag": "markdown", "content": "火" * 10_200})) == 230025
    assert send(bot, room, card("x", {"tag": "markdown", "content": "火" * 9_700})) == 0
    assert [it.kind for it in feishu.violations] == ["size"]


def test_only_one_person_sees_an_ephemeral_card(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["张三", "李四"])
    body = {"chat_id": room.id, "open_id": "ou_1", "msg_type": "interactive", "card": card("悄悄话", button("好", {"a": "ok"}))}
    bot.call("POST", "/ephemeral/v1/send", {}, body)
    assert [feishu.person(name).ephemerals(room) != [] for name in ("张三", "李四")] == [True, False]
    assert bot.refused("POST", "/ephemeral/v1/send", {}, {**body, "open_id": "ou_3"}) == 18069


# --- calling people ---------------------------------------------------------------------------------------------------------------


def test_urgents_reach_members_while_the_quota_lasts(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["张三"])
    id, query = bot.sends(room.id, STATUS), {"user_id_type": "open_id"}
    feishu.tenant.phone_quota = 1
    path = f"/im/v1/messages/{id}"
    found = bot.call("PATCH", f"{path}/urgent_app", query, {"user_id_list": ["ou_1", "ou_2"]})
    assert found["invalid_user_id_list"] == ["ou_2"]
    bot.call("PATCH", f"{path}/urgent_phone", query, {"user_id_list": ["ou_1"]})
    assert bot.refused("PATCH", f"{path}/urgent_phone", query, {"user_id_list": ["ou_1"]}) == 230024
    assert bot.refused("PATCH", f"{path}/urgent_sms", query, {"user_id_list": ["ou_2"]}) == 230001
    assert [it.way for it in feishu.person("张三").urgents] == ["app", "phone"]


def test_people_are_found_by_mail_and_mobile(bot: ToyBot) -> None:
    body = {"emails": ["lisi@example.com", "who@example.com"], "mobiles": ["13800000002"]}
    rows = bot.call("POST", "/contact/v3/users/batch_get_id", {"user_id_type": "open_id"}, body)["user_list"]
    assert [it.get("user_id") for it in rows] == ["ou_2", None, "ou_2"]
    assert bot.refused("POST", "/contact/v3/users/batch_get_id", {}, {"emails": ["a@b.c"] * 51}) == 40001


def test_names_and_groups_of_the_contacts(feishu: FeishuServer, bot: ToyBot) -> None:
    feishu.tenant.group("g1", "技术组", ["张三", "李四"])
    found = bot.call("GET", "/contact/v3/users/batch", {"user_ids": "ou_1", "user_id_type": "open_id"})
    assert (found["items"][0]["name"], found["items"][0]["mobile"]) == ("张三", "+8613800000001")
    query = {"member_id_type": "open_id", "member_type": "user"}
    members = bot.call("GET", "/contact/v3/group/g1/member/simplelist", query)["memberlist"]
    assert [it["member_id"] for it in members] == ["ou_1", "ou_2"]


def test_files_come_as_forms(feishu: FeishuServer, bot: ToyBot) -> None:
    async def upload() -> Any:
        data = aiohttp.FormData()
        data.add_field("file_type", "stream")
        data.add_field("file_name", "复盘.md")
        data.add_field("file", b"# x", filename="report.md")
        return await bot.request("POST", "/im/v1/files", {}, data)

    key = bot.run(upload())[1]["data"]["file_key"]
    assert (feishu.tenant.files[key].name, feishu.tenant.files[key].content) == ("复盘.md", b"# x")
    body = {"receive_id": feishu.tenant.chat("群").id, "msg_type": "file", "content": json.dumps({"file_key": key}), "uuid": "u"}
    bot.call("POST", "/im/v1/messages", {"receive_id_type": "chat_id"}, body)


def test_the_app_tells_of_itself(feishu: FeishuServer, bot: ToyBot) -> None:
    app = bot.call("GET", "/application/v6/applications/me", {"lang": "zh_cn"})["app"]
    assert ("im:chat" in [it["scope"] for it in app["scopes"]], app["online_version_id"]) == (True, "oav_2")
    feishu.tenant.published = False
    assert bot.refused("GET", "/application/v6/applications/me", {"lang": "zh_cn"}) == 99991672


def test_slash_commands_are_registered_once(bot: ToyBot) -> None:
    body = {"command": "incident", "description": {"default_value": "报故障"}}
    made = bot.call("POST", "/application/v7/app_slash_commands", {}, body)
    assert bot.refused("POST", "/application/v7/app_slash_commands", {}, body) == 40000000
    bot.call("DELETE", f"/application/v7/app_slash_commands/{made['command_id']}")
    assert bot.call("GET", "/application/v7/app_slash_commands")["items"] == []
