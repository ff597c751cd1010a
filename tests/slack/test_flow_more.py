"""The other ways of doing things in Slack: shortcuts, forms, mentions, the bot's own chat, App Home, guests, leavers, bound rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.events import NoteTaken
from tests.slack.double import Modal, Seen
from tests.slack.house import SlackHouse, opened
from tests.slack.people import user_of

GUEST = "UGUEST"


@pytest.fixture(scope="module")
def house(module_url: str) -> Iterator[SlackHouse]:
    """One bot for all tests of this file, each with an incident of its own."""
    with opened(module_url, prepare=lambda slack: slack.workspace.user(GUEST, "路过的人", "somebody@elsewhere.example")) as built:
        yield built
        built.holds()


def newest(house: SlackHouse) -> None:
    """The incident that was opened last is the one people speak of."""
    house.settle()
    house.record = house.app.service.incidents(open_only=False)[-1].id


def reports(house: SlackHouse, person: str, words: str) -> None:
    """A fault of its own, also where it looks like one that another test has reported."""
    if "像是同一件事" in house.person(person).says(f"/报故障 {words}", at="@report"):
        house.person(person).presses_whisper("不是，另报一条")
    newest(house)


def modal_of(seen: Seen) -> Modal:
    assert seen.modal is not None, seen
    return seen.modal


# --- reporting --------------------------------------------------------------------------------------------------------------------


def test_a_message_becomes_a_report_by_its_shortcut_and_the_report_leads_back_to_it(house: SlackHouse) -> None:
    said = house.human("lixiang").says(house.channel("@report"), "广州仓扫码枪没反应，10 分钟前开始")
    assert house.human("wangmin").shortcut("report_message", said).error is None
    newest(house)
    report = house.state.report
    assert (report.words, report.reporter) == (said.text, "wangmin")
    assert report.source_link.endswith(f"/archives/{said.channel}/p{said.ts.replace('.', '')}")


def test_the_global_shortcut_opens_the_form(house: SlackHouse) -> None:
    human = house.human("wangmin")
    modal = modal_of(human.shortcut("report_fault"))
    assert modal.title == "报故障"
    assert modal.submit(symptom="成都仓称重数据不上来").error is None
    newest(house)
    assert house.state.report.symptom == "成都仓称重数据不上来"


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(house: SlackHouse) -> None:
    human, before = house.human("wangmin"), len(house.app.service.incidents())
    modal = modal_of(human.command("/incident", house.channel("@report")))
    seen = modal.submit(symptom="武汉仓打单慢", started="明天 09:00")
    assert set(seen.errors) == {"什么时候开始"}
    assert modal.open
    assert modal.values["现象"] == "武汉仓打单慢"
    assert len(house.app.service.incidents()) == before
    assert modal.submit(started="10 分钟前").errors == {}
    assert not modal.open
    newest(house)
    assert house.state.report.symptom == "武汉仓打单慢"


def test_mentioning_the_bot_is_speaking_to_it(house: SlackHouse) -> None:
    house.human("shenlei").mentions_bot(house.channel("@report"), "报故障 北京仓司机端闪退，好多司机反馈")
    newest(house)
    assert (house.state.report.reporter, house.state.report.sites) == ("shenlei", ("beijing",))


def test_in_the_bots_own_chat_every_line_is_for_it(house: SlackHouse) -> None:
    assert "编号" in house.zhengyan.says("报故障 宁波仓断网，大概半小时前", at="direct")
    newest(house)
    assert house.state.report.reporter == "zhengyan"


def test_a_guest_may_report_and_may_not_decide(house: SlackHouse) -> None:
    guest, report = house.slack.person(GUEST), house.channel("@report")
    guest.joins(report)
    seen = guest.command("/incident 报故障 天津仓大屏黑了，20:00 开始", report)
    assert "编号" in seen.words
    newest(house)
    assert house.state.report.reporter == f"slack:{GUEST}"
    guest.joins(house.channel("war"))
    before = house.state
    guest.command("/incident 启动", house.channel("war"))
    guest.command("/incident 误报 没事", house.channel("war"))
    house.settle()
    assert house.state == before
    assert "路过的人" in house.linyuan.card("centre")


# --- while it goes ------------------------------------------------------------------------------------------------------------------


def test_a_pin_puts_what_somebody_said_into_the_timeline(house: SlackHouse) -> None:
    reports(house, "wangmin", "打印机打不出面单，出库全堵着")
    house.zhoumu.says("19:58 重启过一次驱动")
    house.wangmin.pins("重启过一次驱动")
    house.settle()
    assert [event for event in house.events() if isinstance(event, NoteTaken) and "重启过一次驱动" in event.text]


def test_app_home_shows_what_goes_on_and_who_is_on_duty_and_reports(house: SlackHouse) -> None:
    reports(house, "wangmin", "今天14:20起微信支付付不了，支付宝可以")
    human = house.human("linyuan")
    human.opens_home()
    house.hear()
    assert human.home is not None
    read = human.reads(human.home)
    assert "广州仓扫码枪没反应" in read
    assert "陈海" in read
    human.clicks(human.home, "报故障")
    house.hear()
    assert human.modal is not None
    assert human.modal.title == "报故障"
    human.modal.close()


def test_a_standing_room_is_bound_to_one_that_is_there_already(house: SlackHouse) -> None:
    human = house.human("linyuan")
    ours = house.slack.workspace.channel("it-ops", [human.id, user_of("chenhai")])
    assert "常设群" in human.command("/incident 绑定 技术", ours).words
    assert house.channel("@tech").id == ours.id
