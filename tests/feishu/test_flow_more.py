"""The other ways of doing things in Feishu: mentions, the bot's own chat, its menu, forms, guests, reactions, bound rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.events import NoteTaken
from tests.feishu.double import Form
from tests.feishu.house import FeishuHouse, opened
from tests.feishu.people import user_of
from tests.flows.anywhere import NotThere

GUEST = "ou_guest"


@pytest.fixture(scope="module")
def house(module_url: str) -> Iterator[FeishuHouse]:
    """One bot for all tests of this file, each with an incident of its own."""
    with opened(module_url, prepare=lambda feishu: feishu.tenant.user(GUEST, "路过的人", "somebody@elsewhere.example")) as built:
        yield built
        built.holds()


def newest(house: FeishuHouse) -> None:
    """The incident that was opened last is the one people speak of."""
    house.settle()
    house.record = house.app.service.incidents(open_only=False)[-1].id


def reports(house: FeishuHouse, person: str, words: str) -> None:
    """A fault of its own, also where it looks like one that another test has reported."""
    if "像是同一件事" in house.person(person).says(f"/报故障 {words}", at="@report"):
        house.person(person).presses_whisper("不是，另报一条")
    newest(house)


def form_of(house: FeishuHouse, person: str) -> Form:
    """The form that has come into somebody's chat with the bot."""
    house.hear()
    return house.human(person).form()


# --- reporting --------------------------------------------------------------------------------------------------------------------


def test_mentioning_the_bot_is_speaking_to_it_and_the_room_is_not_answered(house: FeishuHouse) -> None:
    human, room = house.human("shenlei"), house.chat("@report")
    human.mentions_bot(room, "报故障 北京仓司机端闪退，好多司机反馈")
    newest(house)
    assert (house.state.report.reporter, house.state.report.sites) == ("shenlei", ("beijing",))
    assert house.record in human.reads(human.sees(human.bot_chat)[-1])
    assert not [it for it in house.bot_messages("@report") if "编号" in house.reads(it)]


def test_in_the_bots_own_chat_every_line_is_for_it(house: FeishuHouse) -> None:
    assert "编号" in house.zhengyan.says("报故障 宁波仓断网，大概半小时前", at="direct")
    newest(house)
    assert house.state.report.reporter == "zhengyan"


def test_a_fault_said_without_a_verb_is_reported_with_one_press(house: FeishuHouse) -> None:
    unclear = house.lixiang.is_refused(lambda: house.lixiang.says("成都仓称重数据不上来", at="direct"))
    assert "报故障" in " ".join(unclear.offers)
    assert "编号" in house.lixiang.mends("/报故障", unclear)
    newest(house)
    assert house.state.report.symptom == "成都仓称重数据不上来"


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(house: FeishuHouse) -> None:
    human, before = house.human("wangmin"), len(house.app.service.incidents())
    human.mentions_bot(house.chat("@report"), "报故障")
    form = form_of(house, "wangmin")
    assert form.title == "报故障"
    seen = form.fill("symptom", "武汉仓打单慢").fill("started", "明天 09:00").submit()
    assert set(seen.errors) == {"什么时候开始"}
    assert form.open
    assert form.values["现象"] == "武汉仓打单慢"
    assert len(house.app.service.incidents()) == before
    assert form.fill("started", "10 分钟前").submit().errors == {}
    assert not form.open
    assert "武汉仓打单慢" in form.words
    newest(house)
    assert house.state.report.symptom == "武汉仓打单慢"


def test_what_must_be_answered_is_asked_for_by_the_client_itself(house: FeishuHouse) -> None:
    human, before = house.human("wangmin"), len(house.feishu.delivered)
    human.tells_bot("报故障")
    form = form_of(house, "wangmin")
    told = len(house.feishu.delivered)
    assert form.submit().error == "required"
    assert len(house.feishu.delivered) == told > before


def test_a_guest_may_report_and_may_not_decide(house: FeishuHouse) -> None:
    guest, report = house.feishu.person(GUEST), house.chat("@report")
    guest.joins(report)
    guest.mentions_bot(report, "报故障 天津仓大屏黑了，20:00 开始")
    newest(house)
    assert "编号" in guest.reads(guest.sees(guest.bot_chat)[-1])
    assert house.state.report.reporter == f"feishu:{GUEST}"
    guest.joins(house.chat("war"))
    house.settle()
    before = house.state
    guest.mentions_bot(house.chat("war"), "启动")
    guest.mentions_bot(house.chat("war"), "误报 没事")
    house.settle()
    assert house.state == before
    assert "路过的人" in house.linyuan.card("centre")


# --- the menu and the home card ------------------------------------------------------------------------------------------------------


def test_the_menu_opens_the_form(house: FeishuHouse) -> None:
    house.human("hanxue").menu("report")
    form = form_of(house, "hanxue")
    assert form.title == "报故障"
    form.fill("symptom", "郑州仓门禁打不开").submit()
    newest(house)
    assert (house.state.report.symptom, house.state.report.reporter) == ("郑州仓门禁打不开", "hanxue")


def test_the_menu_shows_what_waits_for_me_and_what_goes_on(house: FeishuHouse) -> None:
    reports(house, "wangmin", "今天14:20起微信支付付不了，支付宝可以")
    human = house.human("linyuan")
    human.menu("tasks")
    house.hear()
    home = human.message(human.bot_chat, "司机端闪退")
    assert "陈海" in human.reads(home)
    assert human.clicks(home, "报故障").error is None
    assert form_of(house, "linyuan").title == "报故障"


def test_whoever_opens_the_chat_with_the_bot_finds_their_card_once(house: FeishuHouse) -> None:
    human = house.human("songlan")
    for _ in range(2):
        human.opens_bot_chat()
        house.hear()
    assert len([it for it in human.sees(human.bot_chat) if "陈海" in human.reads(it)]) == 1


# --- while it goes ------------------------------------------------------------------------------------------------------------------


def test_a_pin_puts_what_somebody_said_into_the_timeline(house: FeishuHouse) -> None:
    reports(house, "wangmin", "打印机打不出面单，出库全堵着")
    house.zhoumu.says("19:58 重启过一次驱动")
    house.wangmin.pins("重启过一次驱动")
    house.settle()
    assert [event for event in house.events() if isinstance(event, NoteTaken) and "重启过一次驱动" in event.text]


def test_another_reaction_says_nothing(house: FeishuHouse) -> None:
    reports(house, "wangmin", "称重台秤读数漂移")
    house.zhoumu.says("我看看")
    before = len(house.events())
    human = house.human("wangmin")
    human.reacts(human.message(house.chat("war"), "我看看"), "OK")
    house.settle()
    assert len(house.events()) == before


def test_who_may_not_decide_gets_a_toast_and_the_room_hears_nothing(house: FeishuHouse) -> None:
    reports(house, "wangmin", "冷库三号门关不严")
    human, room = house.human("wangmin"), house.chat("war")
    card = house.wangmin.sees("status")
    before, state = len(room.messages), house.state
    refused = house.wangmin.is_refused(lambda: house.wangmin.presses("误报", reason="是我看错了"))
    assert "林远" in str(refused) or "指挥中心" in str(refused)
    assert human.toasts[-1].type == "warning"
    assert human.toasts[-1].content in str(refused)
    house.settle()
    assert (len(room.messages), house.state, house.wangmin.sees("status")) == (before, state, card)


def test_nobody_presses_what_they_do_not_see(house: FeishuHouse) -> None:
    with pytest.raises(NotThere):
        house.wangmin.presses("收到", on="centre")


def test_a_standing_room_is_bound_to_one_that_is_there_already(house: FeishuHouse) -> None:
    human = house.human("linyuan")
    ours = house.feishu.tenant.chat("it-ops", [human.id, user_of("chenhai")])
    human.mentions_bot(ours, "绑定 技术")
    house.hear()
    assert "常设群" in human.reads(human.sees(human.bot_chat)[-1])
    assert house.chat("@tech").id == ours.id
