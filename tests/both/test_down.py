"""One incident on Slack and Feishu, with one of them down in the middle: nobody lost, nothing twice, rooms equal after."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.both.house import ONLY_FEISHU, ONLY_SLACK, House, opened
from tests.slack.house import wait_for

ALONE = {"feishu": ONLY_FEISHU, "slack": ONLY_SLACK}
NAMES = {"feishu": "飞书", "slack": "Slack"}


@pytest.fixture(scope="module")
def house(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("both")
    shutil.copyfile(migrated, folder / "fenghuo.db")
    with opened(f"sqlite:///{folder / 'fenghuo.db'}", folder) as built:
        yield built
        built.holds()


@pytest.fixture(autouse=True)
def well(house: House) -> Iterator[None]:
    """Whatever a test leaves, the next one begins with both at work."""
    yield
    for platform in [*house.down]:
        house.works(platform)


def reports(house: House, on: str, words: str) -> None:
    side = house.side(on)
    if "像是同一件事" in side.wangmin.says(f"/报故障 {words}", at="@report"):
        side.wangmin.presses_whisper("不是，另报一条")
    house.speak_of(house.app.service.incidents()[-1].id)
    house.settle()


def rings(house: House, platform: str, person: str) -> list[str]:
    """The calls of the incident that stand before somebody."""
    human = house.side(platform).human(person)
    direct = human.bot_dm if platform == "slack" else human.bot_chat
    shown = [human.reads(message) for message in human.sees(direct)]
    return [words for words in shown if "现在需要你" in words and house.state.id in words]


def test_what_is_done_on_one_platform_is_seen_on_the_other(house: House) -> None:
    reports(house, "slack", "上海仓下单报错，10 分钟前开始")
    house.feishu.linyuan.presses("收到", on="centre")
    house.slack.linyuan.says(f"/启动 {house.state.id} 重大 客户都下不了单", at="direct")
    house.settle()
    house.feishu.chenhai.presses("我到了", on="call:chenhai")
    house.slack.wuhao.answers()
    for side in (house.slack, house.feishu):
        roll = side.linyuan.card("roll")
        assert "陈海" in roll
        assert "吴昊" in roll
    assert not rings(house, "feishu", "wuhao")
    assert not rings(house, "slack", "chenhai")
    assert [call.post for call in house.state.calls if call.here == "wuhao"].count("ops") <= 1
    assert house.members("slack", "war") == house.members("feishu", "war")
    house.is_in_step()


@pytest.mark.parametrize("down", ["feishu", "slack"])
def test_one_of_them_is_down_for_a_while_and_nobody_is_lost_and_nothing_comes_twice(house: House, down: str) -> None:
    up, alone = house.other(down), ALONE[down]
    lost, here = house.side(down), house.side(up)
    reports(house, up, {"feishu": "分拣线停了，人工在分", "slack": "冷库断电了，温度在升"}[down])
    here.linyuan.presses("收到", on="centre")
    house.fails(down)
    before = house.tries(down)
    here.linyuan.says(f"/启动 {house.state.id} 重大 全仓停摆", at="direct")
    wait_for(lambda: down in house.state.outages)
    house.settle()
    said = here.linyuan.card("status")
    (row,) = [row for row in said.splitlines() if "连不上" in row]
    assert f"{NAMES[down]} 20:09 起连不上，现在由{NAMES[up]}叫人，恢复后自动补齐。" in row
    assert house.app.plans.current.people[alone].phone in said
    assert rings(house, up, "wuhao")
    assert not rings(house, down, "wuhao")
    here.wuhao.answers()
    here.hechuan.presses("我到了", on="call:hechuan")
    here.linyuan.says("/任务 @何川 查主从延迟 15 分钟")
    here.linyuan.says("/点名")
    for minute in range(5):
        here.hechuan.says(f"/记录 第 {minute} 分钟，还在查")
        lasts(0.35)
    assert 15 < house.tries(down) - before < 200
    house.works(down)
    wait_for(lambda: not house.state.outages)
    house.settle()
    assert "连不上" not in here.linyuan.card("status")
    house.is_in_step()
    house.holds()
    assert not rings(house, down, "wuhao")
    assert not rings(house, down, "hechuan")
    assert rings(house, down, alone)
    lost.person(alone).presses("我到了", on=f"call:{alone}")
    assert alone in {call.here for call in house.state.calls}
    assert house.app.plans.current.people[alone].name in here.linyuan.card("roll")
    house.is_in_step()


def test_what_is_reported_while_one_is_down_has_its_rooms_on_both_in_the_end(house: House) -> None:
    house.fails("feishu")
    reports(house, "slack", "称重数据串仓了")
    wait_for(lambda: "feishu" in house.state.outages or "feishu" in house.app.service.team().lost)
    reports(house, "slack", "打印机都不出单，好多单卡住")
    assert "feishu" in house.state.outages
    assert "连不上" in house.slack.wangmin.card("status")
    house.works("feishu")
    wait_for(lambda: not house.state.outages)
    house.is_in_step()


def test_what_ends_and_begins_anew_does_so_on_both(house: House) -> None:
    reports(house, "feishu", "大屏数据停在下午三点不动")
    house.feishu.linyuan.says(f"/误报 {house.state.id} 投屏的人看错了", at="direct")
    house.settle()
    assert house.slack.channel("war").archived
    assert house.feishu.chat("war").moderation == "only_owner"


def test_with_rooms_on_feishu_alone_they_open_on_slack_while_feishu_is_down_and_stay_in_step(sqlite_url: str, tmp_path: Path) -> None:
    with opened(sqlite_url, tmp_path, plan=("rooms: []", "rooms: [feishu]")) as house:
        reports(house, "feishu", "上海仓下单报错，10 分钟前开始")
        assert ("INC-1", "war") not in house.slots("slack")
        assert "INC-1" in house.slack.linyuan.card("centre")
        house.fails("feishu")
        house.slack.linyuan.says("/启动 INC-1 重大 客户都下不了单", at="direct")
        wait_for(lambda: "feishu" in house.state.outages)
        house.settle()
        assert rings(house, "slack", "wuhao")
        assert "飞书 20:09 起连不上" in house.slack.wangmin.card("status")
        house.slack.wuhao.answers()
        house.works("feishu")
        wait_for(lambda: not house.state.outages)
        house.is_in_step()
        house.holds()
        assert not rings(house, "feishu", "wuhao")


def lasts(seconds: float) -> None:
    """The platform that is down is tried again and again meanwhile."""
    threading.Event().wait(seconds)
