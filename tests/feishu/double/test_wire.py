"""Both ways to the bot: webhooks as Feishu seals and repeats them, and the long connection under the real lark_oapi."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import pytest

from tests.feishu.double import FeishuServer, Hostile, NotThere, Tenant
from tests.feishu.double.frames import DATA, Frame, read, written
from tests.feishu.double.model import Json
from tests.feishu.double.toy import STATUS, TAKE, LarkBot, ToyBot, button, card, plain


def until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


# --- webhook --------------------------------------------------------------------------------------------------------------------


def test_an_event_comes_again_until_it_is_answered(feishu: FeishuServer, bot: ToyBot) -> None:
    def ear(kind: str, event: Json) -> None:
        if len(bot.heard) < 3:
            raise RuntimeError

    bot.ear = ear
    feishu.person("张三").tells_bot("在吗")
    assert [(it.attempt, it.reply.status) for it in feishu.delivered] == [(0, 500), (1, 500), (2, 200)]
    assert len({it.payload["header"]["event_id"] for it in feishu.delivered}) == 1


def test_a_press_comes_once_and_the_person_sees_what_failed(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["张三", "李四"])
    bot.sends(room.id, STATUS)
    zhang = feishu.person("张三")
    feishu.delivery.ack_seconds = 0.1
    bot.ear = lambda kind, event: time.sleep(0.2)
    assert zhang.clicks(zhang.message(room, "下单"), "认领").error == "timeout"
    feishu.delivery.ack_seconds = 3.0
    bot.ear = lambda kind, event: {"toast": "好"}
    assert zhang.clicks(zhang.message(room, "下单"), "认领").error == "failed"
    assert ([it.kind for it in feishu.violations], len(bot.heard)) == (["answer"], 2)


def test_strangers_are_told_from_feishu(feishu: FeishuServer, bot: ToyBot) -> None:
    hostile = Hostile(feishu)
    payload = hostile.message("张三", "报 x")
    found = [hostile.unsigned(payload), hostile.badly_signed(payload), hostile.tampered(payload)]
    assert ([it.status for it in found], bot.heard) == ([401, 401, 401], [])
    assert hostile.stale(payload).status == 200  # the toy does not look at the time
    assert hostile.wrong_token(payload).status == 200  # nor at the token
    feishu.person("张三").tells_bot("在吗")
    assert (hostile.replayed(feishu.delivered[0]).status, bot.heard[-1]) == (200, bot.heard[-2])
    assert bot.heard[1][1]["message"] == payload["event"]["message"]


def test_a_press_can_be_forged_and_come_again(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["张三", "李四"])
    message = feishu.tenant.messages[bot.sends(room.id, STATUS)]
    Hostile(feishu).presses("李四", message, {"a": "close"})
    feishu.again(feishu.delivered[-1])
    assert [it[1]["action"]["value"] for it in bot.heard] == [{"a": "close"}] * 2
    assert len({it.payload["header"]["event_id"] for it in feishu.delivered}) == 1


def test_the_bot_hears_what_its_scopes_allow(feishu: FeishuServer, bot: ToyBot) -> None:
    feishu.tenant.scopes -= {"im:message.group_msg"}
    room, zhang = feishu.tenant.chat("群", ["张三"]), feishu.person("张三")
    said = zhang.says(room, "大家好")
    zhang.reacts(said, "OK")
    asked = zhang.mentions_bot(room, "在吗")
    zhang.reacts(asked, "OK")
    zhang.recalls(asked)
    assert [kind for kind, _ in bot.heard] == ["im.message.receive_v1", "im.message.reaction.created_v1", "im.message.recalled_v1"]


def test_whatever_happens_to_a_group_is_told(feishu: FeishuServer, bot: ToyBot) -> None:
    room, zhang = feishu.tenant.chat("群", ["张三"]), feishu.person("张三")
    zhang.invites(room, "李四")
    zhang.renames(room, "新群")
    feishu.person("李四").leaves(room)
    zhang.removes_bot(room)
    zhang.adds_bot(room)
    zhang.disbands(room)
    zhang.opens_bot_chat()
    zhang.menu("report")
    kinds = ["member.user.added", "member.user.deleted", "member.bot.deleted", "member.bot.added", "disbanded"]
    found = [kind.removeprefix("im.chat.").removesuffix("_v1") for kind, _ in bot.heard]
    assert found == [kinds[0], "updated", *kinds[1:], "access_event.bot_p2p_chat_entered", "application.bot.menu_v6"]


def test_every_kind_of_control_calls_back_in_its_own_way(feishu: FeishuServer, bot: ToyBot) -> None:
    options = [{"text": plain("重大"), "value": "major"}, {"text": plain("一般"), "value": "minor"}]
    asked = button("关闭", {"a": "close"}, confirm={"title": plain("确定？"), "text": plain("关闭后不能再改")})
    room, zhang = feishu.tenant.chat("群", ["张三"]), feishu.person("张三")
    tick = {"tag": "checker", "text": plain("已恢复"), "behaviors": [{"type": "callback", "value": {"a": "tick"}}]}
    choice = {"tag": "select_static", "name": "level", "options": options, "placeholder": plain("等级")}
    who = {"tag": "select_person", "name": "who", "placeholder": plain("人员")}
    day = {"tag": "date_picker", "name": "day", "placeholder": plain("日期")}
    menu = {"tag": "overflow", "options": options}
    bot.sends(room.id, card("工具", asked, tick, choice, who, day, menu))
    here = zhang.message(room, "工具")
    assert zhang.clicks(here, "关闭", confirm=False).asked == "确定？\n关闭后不能再改"
    zhang.clicks(here, "关闭")
    zhang.ticks(here, "已恢复")
    zhang.selects(here, "等级", "重大")
    zhang.selects(here, "人员", "李四")
    zhang.selects(here, "日期", "2026-01-01")
    zhang.chooses(here, "一般")
    with pytest.raises(NotThere):
        zhang.clicks(here, "打开")
    found = [{key: value for key, value in event["action"].items() if key not in ("timezone", "name", "tag")} for _, event in bot.heard]
    assert found == [
        {"value": {"a": "close"}},
        {"checked": True, "value": {"a": "tick"}},
        {"option": "major"},
        {"option": "ou_2"},
        {"option": "2026-01-01 +0800"},
        {"option": "minor"},
    ]


def test_a_press_allows_two_later_updates(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("群", ["张三", "李四"])
    id = bot.sends(room.id, STATUS)
    zhang = feishu.person("张三")
    zhang.clicks(feishu.tenant.messages[id], "认领")
    body = {"token": bot.heard[0][1]["token"], "card": card("后来", {"tag": "hr"})}
    codes = [bot.refused("POST", "/interactive/v1/card/update", {}, body) for _ in range(3)]
    assert (codes, zhang.reads(feishu.tenant.messages[id])) == ([0, 0, 300040], "后来")


# --- long connection --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def linked(tenant: Tenant) -> Iterator[FeishuServer]:
    with FeishuServer(tenant, transport="socket") as server:
        server.links.config |= {"ReconnectInterval": 0}
        yield server


@pytest.fixture
def lark(linked: FeishuServer) -> Iterator[LarkBot]:
    found = LarkBot(linked)
    assert linked.await_socket(30)
    yield found
    found.stop()


def test_the_real_client_hears_and_answers(linked: FeishuServer, lark: LarkBot) -> None:
    toast: Any = {"toast": {"type": "info", "content": "好"}}
    lark.ear = lambda payload: toast if payload["header"]["event_type"] == "card.action.trigger" else None
    linked.links.split = 100
    room, zhang = linked.tenant.chat("群", ["张三", "李四"]), linked.person("张三")
    zhang.mentions_bot(room, "在吗")
    bot = ToyBot(linked)
    bot.sends(room.id, STATUS)
    assert zhang.clicks(zhang.message(room, "下单"), "认领").toast == "好"
    bot.stop()
    assert [it["header"]["event_type"] for it in lark.heard] == ["im.message.receive_v1", "card.action.trigger"]
    assert (lark.heard[1]["event"]["action"]["value"], linked.violations) == (TAKE, [])


def test_what_a_handler_raises_comes_again(linked: FeishuServer, lark: LarkBot) -> None:
    def ear(payload: Json) -> None:
        if len(lark.heard) < 2:
            raise RuntimeError

    lark.ear = ear
    linked.person("张三").tells_bot("在吗")
    assert [it.reply.status for it in linked.delivered] == [500, 200]


def test_a_dropped_connection_comes_back_and_loses_nothing(linked: FeishuServer, lark: LarkBot) -> None:
    linked.links.drop_next = True
    linked.person("张三").tells_bot("在吗")
    assert (linked.links.opened, linked.delivered[-1].reply.status) == (2, 200)
    linked.drop_sockets()
    assert linked.await_socket()
    assert lark.errors == []


def test_each_payload_goes_to_one_of_several_connections(linked: FeishuServer, lark: LarkBot) -> None:
    """A second client in this process would share the SDK's loop: plain sockets do."""

    async def second(session: aiohttp.ClientSession, seen: list[str]) -> None:
        who = {"AppID": linked.tenant.app_id, "AppSecret": linked.tenant.app_secret}
        async with session.post(f"{linked.url}/callback/ws/endpoint", json=who) as got:
            url = (await got.json())["data"]["URL"]
        async with session.ws_connect(url) as socket:
            async for message in socket:
                frame = read(message.data)
                seen.append(json.loads(frame.payload)["header"]["event_id"])
                await socket.send_bytes(written(Frame(DATA, frame.headers, b'{"code":200}', frame.service)))

    bot, seen = ToyBot(linked), list[str]()
    bot._loop.call_soon_threadsafe(lambda: bot._loop.create_task(second(bot._session, seen)))
    assert until(lambda: linked.sockets == 2)
    for number in range(12):
        linked.person("张三").tells_bot(str(number))
    linked.drop_sockets()
    bot.stop()
    assert (len(seen) + len(lark.heard), min(len(seen), len(lark.heard)) > 0) == (12, True)


@pytest.mark.parametrize("refusal", ["secret", "connections", "forbidden"])
def test_a_client_that_is_refused_for_good_stays_deaf(linked: FeishuServer, lark: LarkBot, refusal: Any) -> None:
    """The thread lives on: this is what a watchdog is for."""
    linked.links.refuse = refusal
    linked.drop_sockets()
    assert until(lambda: linked.links.refused == 1)
    linked.links.refuse = None
    assert (linked.await_socket(0.2), lark._thread.is_alive(), linked.links.discovered) == (False, True, 2)


@pytest.mark.parametrize("refusal", ["busy", "internal", "http", "closed"])
def test_a_client_that_is_turned_away_comes_back(linked: FeishuServer, lark: LarkBot, refusal: Any) -> None:
    linked.links.refuse = refusal
    linked.drop_sockets()
    assert until(lambda: linked.links.discovered > 2)
    linked.links.refuse = None
    assert until(lambda: linked.sockets == 1)
    linked.person("张三").tells_bot("在吗")
    assert linked.delivered[-1].reply.status == 200


def test_pings_are_answered_and_a_mute_connection_loses_payloads(linked: FeishuServer, lark: LarkBot) -> None:
    assert until(lambda: linked.links.pings > 0)
    linked.links.mute, linked.delivery.ack_seconds, linked.delivery.retry_waits = True, 0.05, ()
    linked.person("张三").tells_bot("在吗")
    assert (linked.delivered[-1].reply.error, lark.heard) == ("timeout", [])
