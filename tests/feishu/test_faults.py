"""Feishu at its worst: answers lost after it acted, 500s, resets, storms of limits, dropped connections, everything sent twice.

Whatever comes, there is one room, one card, nothing lost and nothing said twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.core.commands import ReportIncident
from bot.core.events import NoteTaken
from bot.core.incident import Incident, Report
from bot.engine import Habits
from bot.platforms.port import Pace
from bot.talk import Request, Toast
from tests.feishu.double import BOT, Fault, FeishuServer
from tests.feishu.double.model import Json
from tests.feishu.house import FeishuHouse, at_once, opened, wait_for

HASTY = Habits(alone=True, call=1.5, first_pause=0.02, longest_pause=0.2, tell_after=0.5)
ASSEMBLY = tuple(
    f"im.v1.{name}"
    for name in (
        "chat.create", "chat_members.create", "chat.update", "message.create", "message.patch", "pin.create",
        "chat_top_notice.put_top_notice", "chat_tab.create",
    )
)  # fmt: skip
IDLE = "idle"  # a description, or a card, is set again when nobody knows whether it was set
KINDS = {
    "time-out after it acted": Fault("hang", after=True, seconds=5),
    "reset after it acted": Fault("reset", after=True),
    "500 after it acted": Fault("http", after=True, status=500),
    "reset before": Fault("reset"),
    "503 before": Fault("http", status=503),
    "an answer that makes no sense": Fault("garbage", after=True),
    "429": Fault("ratelimited", seconds=1),
    "the old way of 429": Fault("ratelimited", seconds=1, status=400),
    "a token that is worth nothing any more": Fault("error", code=99991663),
}


@pytest.fixture(scope="module")
def house(module_url: str) -> Iterator[FeishuHouse]:
    with opened(module_url, "socket", habits=HASTY) as built:
        yield built
        built.holds(IDLE)


def once_each(feishu: FeishuServer, fault: Fault, methods: tuple[str, ...] = ASSEMBLY) -> Counter[str]:
    """The next call of each of these methods goes wrong, of messages one to a room. What has been struck so far."""
    struck: Counter[str] = Counter()

    def strike(method: str, args: Json) -> Fault | None:
        if method not in methods or struck[method] or args.get("receive_id_type") == "open_id":
            return None
        struck[method] += 1
        return fault

    feishu.fault = strike
    return struck


def well(feishu: FeishuServer) -> None:
    feishu.fault = lambda method, args: None


def reports(house: FeishuHouse, words: str) -> None:
    """A fault of its own, whatever it looks like."""
    if "像是同一件事" in house.wangmin.says(f"/报故障 {words}", at="@report"):
        house.wangmin.presses_whisper("不是，另报一条")
    house.record = house.app.service.incidents()[-1].id


# --- answers that do not come ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_goes_wrong_once_with_every_call_there_is_one_room_and_one_card(house: FeishuHouse, kind: str) -> None:
    struck = once_each(house.feishu, KINDS[kind])
    reports(house, f"冷库断电了 {kind}")
    house.settle()
    house.linyuan.presses("收到", on="centre")
    house.linyuan.says(f"/启动 {house.record} 严重 {kind}", at="direct")
    house.settle()
    well(house.feishu)
    assert set(ASSEMBLY) - set(struck) == set()
    house.has_one_of_each()
    room = house.chat("war")
    assert room.name.startswith("【严重】")
    assert sum(message.id in room.pins for message in house.bot_messages("war")) == len(room.pins) >= 1
    links = [tab["tab_content"]["url"] for tab in room.tabs if "url" in tab["tab_content"]]
    assert len(links) == len(set(links)) >= 1
    assert len(room.members) > 5
    assert room.description
    house.holds(IDLE)


@pytest.mark.parametrize("kind", ["reset after it acted", "500 after it acted", "503 before", "429"])
def test_an_answer_that_is_lost_on_the_way_is_given_once(house: FeishuHouse, kind: str) -> None:
    struck = [0]

    def strike(method: str, args: Json) -> Fault | None:
        wanted = method == "im.v1.message.create" and args.get("receive_id") == "ou_luyao" and not struck[0]
        struck[0] += wanted
        return KINDS[kind] if wanted else None

    human = house.human("luyao")
    before = len(human.sees(human.bot_chat))
    house.feishu.fault = strike
    human.tells_bot("谁值班")
    house.settle()
    well(house.feishu)
    said = human.sees(human.bot_chat)[before:]
    assert (struck[0], [it.sender for it in said]) == (1, [human.id, BOT])
    assert "值班" in human.reads(said[-1])


def test_a_storm_of_limits_delays_and_loses_nothing(house: FeishuHouse) -> None:
    storm = [0]

    def strike(method: str, args: Json) -> Fault | None:
        storm[0] += method in ASSEMBLY
        return Fault("ratelimited", seconds=1) if method in ASSEMBLY and storm[0] <= 12 else None

    house.feishu.fault = strike
    reports(house, "分拣线停了，人工在分")
    house.settle()
    well(house.feishu)
    assert storm[0] > 12
    house.has_one_of_each()
    house.holds(IDLE)


def test_tokens_that_all_expire_at_once_are_fetched_anew(house: FeishuHouse) -> None:
    house.feishu.tenant.expire_tokens()
    reports(house, "称重数据串仓了")
    house.has_one_of_each()


# --- the long connection ----------------------------------------------------------------------------------------------------------------


def test_a_connection_dropped_before_the_acknowledgement_loses_no_report(house: FeishuHouse) -> None:
    before = len(house.app.service.incidents())
    house.feishu.links.drop_next = True
    human = house.human("shenlei")
    human.mentions_bot(house.chat("@report"), "报故障 司机端闪退，好多司机反馈")
    wait_for(lambda: house.feishu.sockets == 1)
    house.settle()
    house.record = house.app.service.incidents()[-1].id
    assert len(house.app.service.incidents()) == before + 1
    assert len([it for it in human.sees(human.bot_chat) if it.sender == BOT and f"编号 {house.record}" in human.reads(it)]) == 1
    house.has_one_of_each()


def test_what_happened_while_no_connection_stood_is_heard_when_one_stands_again(house: FeishuHouse) -> None:
    reports(house, "退款点了没反应，昨天就这样了")
    house.settle()
    house.wangmin.says("19:55 网关换过证书")
    message = house.human("wangmin").message(house.chat("war"), "网关换过证书")
    house.feishu.drop_sockets()
    house.human("wangmin").reacts(message, "Pin")
    house.settle()
    assert [event for event in house.events() if isinstance(event, NoteTaken) and "网关换过证书" in event.text]


def test_whoever_presses_while_no_connection_stands_sees_that_it_failed_and_presses_again(house: FeishuHouse) -> None:
    reports(house, "冷库二号机组停机，温度在升")
    card, human = house.linyuan.sees("centre"), house.human("linyuan")
    opened_before = house.feishu.links.opened
    house.feishu.links.refuse = "secret"
    house.feishu.drop_sockets()
    assert human.clicks(card, "收到").error == "failed"
    house.feishu.links.refuse = None
    wait_for(lambda: house.feishu.links.opened > opened_before and house.feishu.sockets == 1, 20.0)
    assert human.clicks(card, "收到").error is None
    house.settle()
    assert [event for event in house.events() if type(event).__name__ == "ReportAcknowledged"]


# --- twice ------------------------------------------------------------------------------------------------------------------------------


def test_the_same_words_brought_three_times_at_once_are_one_report(house: FeishuHouse) -> None:
    before = len(house.app.service.incidents())
    house.human("zhengyan").mentions_bot(house.chat("@report"), "报故障 大屏数据停在下午三点不动")
    sent = next(each for each in reversed(house.feishu.delivered) if each.type == "im.message.receive_v1")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(house.feishu.again, [sent] * 3))
    house.record = house.app.service.incidents()[-1].id
    assert len(house.app.service.incidents()) == before + 1
    house.has_one_of_each()


def test_a_double_click_is_one_click(house: FeishuHouse) -> None:
    reports(house, "入库单下不来，供应商的车都堵门口了，排了9辆")
    card = house.linyuan.sees("centre")
    human = house.human("linyuan")
    at_once(*[lambda: human.clicks(card, "收到")] * 3)
    house.settle()
    acknowledged = [event for event in house.events() if type(event).__name__ == "ReportAcknowledged"]
    assert len(acknowledged) == 1
    house.has_one_of_each()


# --- limits -----------------------------------------------------------------------------------------------------------------------------


def drill(house: FeishuHouse, number: int) -> None:
    """No door starts one yet."""
    at, words = house.app.now(), f"{number} 号桌面推演"
    report = Report(words, words, None, "", at, "", (), (), (), (), "wangmin", "chat")
    request = Request(f"feishu:drill:{number}", "wangmin", "feishu", at)
    house.app.service.run(request, None, ReportIncident(report, "drill"), lambda outcome: Toast(""))


def waits(state: Incident) -> bool:
    return any(trouble.kind == "waiting" for trouble in state.troubles)


def test_with_limits_a_grave_incident_goes_before_drills_and_whoever_waits_is_told(house: FeishuHouse) -> None:
    house.keep_to(Pace(("open_room",), 2, 2.0))
    before = len(house.feishu.called("chat.create"))
    for number in range(4):
        drill(house, number)
    reports(house, "全部客户下单都报错，刚刚开始")
    wait_for(lambda: any(waits(state) for state in house.app.service.incidents() if state.mode == "drill"))
    human = house.human("wangmin")
    wait_for(lambda: any("群在排队" in human.reads(each) for each in human.sees(human.bot_chat)))
    house.settle()
    house.keep_to()
    names = [call.body["name"] for call in house.feishu.called("chat.create")[before:]]
    assert ["【演练】" in name for name in names] == [True, True, False, True, True]
    house.has_one_of_each()
