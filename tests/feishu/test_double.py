"""The double of Feishu answers, tells and refuses as Feishu does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.feishu.double import FeishuServer, NotThere, Tenant
from tests.feishu.double.model import Json
from tests.feishu.double.toy import STATUS, TAKE, ToyBot, card, form


@pytest.fixture
def tenant() -> Tenant:
    found = Tenant()
    found.user("ou_1", "张三", "zhangsan@example.com", "13800000001")
    found.user("ou_2", "李四", "lisi@example.com", "+8613800000002")
    return found


@pytest.fixture(params=["sealed", "plain"])
def feishu(request: pytest.FixtureRequest, tenant: Tenant) -> Iterator[FeishuServer]:
    if request.param == "plain":
        tenant.encrypt_key = ""
    with FeishuServer(tenant) as server:
        yield server


@pytest.fixture
def bot(feishu: FeishuServer) -> Iterator[ToyBot]:
    toy = ToyBot(feishu)
    yield toy
    toy.stop()


def test_a_mention_is_heard_with_placeholders_and_names(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("值班群", ["张三", "李四"])
    feishu.person("张三").mentions_bot(room, "指派 @李四")
    kind, event = bot.heard[0]
    assert (kind, json.loads(event["message"]["content"])["text"]) == ("im.message.receive_v1", "@_user_2 指派 @_user_1")
    assert [it["name"] for it in event["message"]["mentions"]] == ["李四", "烽火"]
    assert feishu.violations == []


def test_a_press_is_answered_with_a_toast_and_a_card_for_everybody(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("值班群", ["张三", "李四"])
    taken = card("【严重】下单报错", {"tag": "markdown", "content": "指挥官 <at id=ou_1></at>"})
    bot.ear = lambda kind, event: {"toast": {"type": "success", "content": "已认领"}, "card": {"type": "raw", "data": taken}}
    bot.sends(room.id, STATUS)
    zhang = feishu.person("张三")
    seen = zhang.clicks(zhang.message(room, "下单报错"), "认领")
    assert (seen.error, seen.toast) == (None, "已认领")
    assert bot.heard[0][1]["action"]["value"] == TAKE
    assert feishu.person("李四").reads(room.messages[bot.heard[0][1]["context"]["open_message_id"]]) == "【严重】下单报错\n指挥官 @张三"
    assert feishu.violations == []


def test_a_form_is_refused_keeps_what_was_typed_and_closes(feishu: FeishuServer, bot: ToyBot) -> None:
    def ear(kind: str, event: Json) -> Any:
        typed = event["action"]["form_value"]["title"]
        found = form("太短", typed) if typed == "短" else card("已报告", {"tag": "markdown", "content": typed})
        return {"card": {"type": "raw", "data": found}}

    bot.ear = ear
    bot.sends("ou_1", form(), kind="open_id")
    sheet = feishu.person("张三").form()
    assert (sheet.title, sheet.labels) == ("报故障", ["标题", "等级"])
    assert sheet.submit().errors == {"标题": "此项为必填项"}
    sheet.fill("标题", "短").fill("等级", "重大").submit()
    assert (sheet.errors, sheet.values) == ({"标题": "太短"}, {"标题": "短", "等级": None})
    assert bot.heard[0][1]["action"]["form_value"] == {"title": "短", "level": "major"}
    sheet.fill("标题", "下单报错").submit()
    assert (sheet.open, sheet.words) == (False, "已报告\n下单报错")
    assert feishu.violations == []


def test_only_members_see_a_group(feishu: FeishuServer, bot: ToyBot) -> None:
    room = feishu.tenant.chat("值班群", ["张三"])
    bot.sends(room.id, STATUS)
    with pytest.raises(NotThere):
        feishu.person("李四").sees(room)
    bot.sends(room.id, '<at user_id="ou_9"></at> 来', "v")
    assert [it.words for it in feishu.violations] == ["nobody has the open_id ou_9"]


def test_a_new_url_is_asked_for_its_challenge(feishu: FeishuServer, bot: ToyBot) -> None:
    assert feishu.verifies_url()
