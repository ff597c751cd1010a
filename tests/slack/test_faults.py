"""Slack at its worst: answers lost after it acted, 500s, resets, storms of 429, dropped sockets, everything sent twice.

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
from tests.slack.double import Fault, Message, SlackServer
from tests.slack.double.model import Json
from tests.slack.house import SlackHouse, at_once, opened, wait_for

HASTY = Habits(alone=True, call=1.5, first_pause=0.02, longest_pause=0.2, tell_after=0.5)
ASSEMBLY = (
    "conversations.create", "conversations.invite", "conversations.setTopic", "conversations.rename", "chat.postMessage", "chat.update",
    "pins.add", "bookmarks.add",
)  # fmt: skip
CHURN = "churn"  # a topic is set again when nobody knows whether it was set
KINDS = {
    "time-out after it acted": Fault("hang", after=True, seconds=5),
    "reset after it acted": Fault("reset", after=True),
    "500 after it acted": Fault("http", after=True, status=500),
    "reset before": Fault("reset"),
    "503 before": Fault("http", status=503),
    "an answer that makes no sense": Fault("garbage", after=True),
    "429": Fault("ratelimited", seconds=1),
}


@pytest.fixture(scope="module")
def house(module_url: str) -> Iterator[SlackHouse]:
    with opened(module_url, "socket", habits=HASTY) as built:
        yield built
        built.holds(CHURN)


def once_each(slack: SlackServer, fault: Fault, methods: tuple[str, ...] = ASSEMBLY) -> Counter[str]:
    """The next call of each of these methods goes wrong. What has been struck so far."""
    struck: Counter[str] = Counter()

    def strike(method: str, args: Json) -> Fault | None:
        if method not in methods or struck[method]:
            return None
        struck[method] += 1
        return fault

    slack.fault = strike
    return struck


def well(slack: SlackServer) -> None:
    slack.fault = lambda method, args: None


def reports(house: SlackHouse, words: str) -> None:
    """A fault of its own, whatever it looks like."""
    if "像是同一件事" in house.wangmin.says(f"/报故障 {words}", at="@report"):
        house.wangmin.presses_whisper("不是，另报一条")
    house.record = house.app.service.incidents()[-1].id


# --- answers that do not come ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_goes_wrong_once_with_every_call_there_is_one_room_and_one_card(house: SlackHouse, kind: str) -> None:
    struck = once_each(house.slack, KINDS[kind])
    reports(house, f"冷库断电了 {kind}")
    house.settle()
    house.linyuan.presses("收到", on="centre")
    house.linyuan.says(f"/启动 {house.record} 严重 {kind}", at="direct")
    house.settle()
    well(house.slack)
    assert set(struck) == set(ASSEMBLY)
    house.has_one_of_each()
    room = house.channel("war")
    assert sum(message.ts in room.pins for message in house.bot_messages("war")) == len(room.pins) >= 1
    links = [bookmark["link"] for bookmark in room.bookmarks]
    assert len(links) == len(set(links)) >= 1
    assert len(room.members) > 5
    assert room.topic
    house.holds(CHURN)


def test_a_storm_of_429_delays_and_loses_nothing(house: SlackHouse) -> None:
    storm = [0]

    def strike(method: str, args: Json) -> Fault | None:
        storm[0] += method in ASSEMBLY
        return Fault("ratelimited", seconds=1) if method in ASSEMBLY and storm[0] <= 12 else None

    house.slack.fault = strike
    reports(house, "分拣线停了，人工在分")
    house.settle()
    well(house.slack)
    assert storm[0] > 12
    house.has_one_of_each()
    house.holds(CHURN)


# --- sockets --------------------------------------------------------------------------------------------------------------------------


def test_a_socket_dropped_before_the_acknowledgement_loses_no_report(house: SlackHouse) -> None:
    """The person sees that Slack heard nothing, and then the number all the same; sending it again would be the same fault."""
    human, before = house.human("shenlei"), len(house.app.service.incidents())
    house.slack.delivery.drop_next = True
    seen = human.command("/incident 报故障 司机端闪退，好多司机反馈", house.channel("@report"))
    assert seen.error == "operation_timeout"
    wait_for(lambda: house.slack.sockets == 1)
    house.settle()
    house.record = house.app.service.incidents()[-1].id
    assert len(house.app.service.incidents()) == before + 1
    assert any(house.record in human.reads(each) for each in human.ephemerals())
    house.has_one_of_each()


def test_what_happened_while_no_socket_stood_is_heard_when_one_stands_again(house: SlackHouse) -> None:
    reports(house, "退款点了没反应，昨天就这样了")
    house.settle()
    house.wangmin.says("19:55 网关换过证书")
    message = house.human("wangmin").message(house.channel("war"), "网关换过证书")
    house.slack.delivery.retry_waits = (0.7, 0.7, 0.7)
    house.slack.drop_sockets()
    house.human("wangmin").reacts(message, "pushpin")
    house.settle()
    assert [event for event in house.events() if isinstance(event, NoteTaken) and "网关换过证书" in event.text]


def test_slack_may_recycle_the_sockets_at_any_time(house: SlackHouse) -> None:
    opened_before = house.slack.delivery.opened
    house.slack.refresh_sockets()
    wait_for(lambda: house.slack.delivery.opened > opened_before and house.slack.sockets == 1)
    reports(house, "仓里网不行，扫一个码要等半天")
    house.has_one_of_each()


# --- twice ----------------------------------------------------------------------------------------------------------------------------


def test_the_same_command_brought_three_times_at_once_is_one_report(house: SlackHouse) -> None:
    before = len(house.app.service.incidents())
    house.human("zhengyan").command("/incident 报故障 称重数据不上来，二十台秤都这样", house.channel("@report"))
    sent = next(each for each in reversed(house.slack.delivered) if each.kind == "slash_commands")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(house.slack.again, [sent] * 3))
    house.record = house.app.service.incidents()[-1].id
    assert len(house.app.service.incidents()) == before + 1
    house.has_one_of_each()


def test_a_double_click_is_one_click(house: SlackHouse) -> None:
    reports(house, "入库单下不来，供应商的车都堵门口了，排了9辆")
    card = house.linyuan.sees("centre")
    human = house.human("linyuan")
    at_once(*[lambda: human.clicks(card, "收到")] * 3)
    house.settle()
    acknowledged = [event for event in house.events() if type(event).__name__ == "ReportAcknowledged"]
    assert len(acknowledged) <= 1
    house.has_one_of_each()


# --- limits ---------------------------------------------------------------------------------------------------------------------------


def drill(house: SlackHouse, number: int) -> None:
    """No door starts one yet."""
    at, words = house.app.now(), f"{number} 号桌面推演"
    report = Report(words, words, None, "", at, "", (), (), (), (), "wangmin", "chat")
    request = Request(f"slack:drill:{number}", "wangmin", "slack", at)
    house.app.service.run(request, None, ReportIncident(report, "drill"), lambda outcome: Toast(""))


def test_with_limits_a_grave_incident_goes_before_drills_and_whoever_waits_is_told(house: SlackHouse) -> None:
    house.keep_to(Pace(("open_room",), 2, 2.0))
    before = len(house.slack.called("conversations.create"))
    for number in range(4):
        drill(house, number)
    reports(house, "全部客户下单都报错，刚刚开始")
    wait_for(lambda: any(waits(state) for state in house.app.service.incidents() if state.mode == "drill"))
    wait_for(lambda: any("群在排队" in house.reads(each) for each in told(house, "wangmin")))
    house.settle()
    house.keep_to()
    names = [call.args["name"] for call in house.slack.called("conversations.create")[before:]]
    assert [name.partition("-")[0] for name in names] == ["drill", "drill", "inc", "drill", "drill"]
    house.has_one_of_each()


def waits(state: Incident) -> bool:
    return any(trouble.kind == "waiting" for trouble in state.troubles)


def told(house: SlackHouse, person: str) -> list[Message]:
    human = house.human(person)
    return human.sees(human.bot_dm)
