"""A first notice to customers in a 重大, from its script to their own mail and room; the same in a drill; what holds on every platform.

A platform's own tests subclass `Claims` and tell it in a house of theirs, as the fixture `told`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.message import EmailMessage

from bot.core.commands import ReportIncident
from bot.core.incident import Incident
from bot.core.outward.gate import digest
from bot.talk import Request, Toast
from tests.channels.served import Office
from tests.core.drive import report_of
from tests.flows import story
from tests.flows.anywhere import House, TurnedAway

CARD = "letter:n1"
SENDER = "客服 <service@fenghuo.example.com>"
HOSPITAL, BISTRO = "catering@renhe.example.com", "kitchen@harbour.example.com"
TYPED = {
    "what": "上海地区线上下单提交失败", "your_order": "提交成功的订单照常配送", "measures": "改由人工接单，马上就好",
    "workaround_for_you": "拨打热线人工下单",
}  # fmt: skip
ENGLISH = "Dear customer,\nOrders placed online in Shanghai are not going through. Please order by telephone: 400-000-0000."
TO = "room:restaurant_chain,mail:hospital_canteen,mail:expat_bistro,status:"


@dataclass(frozen=True)
class Outside:
    """What people outside can see: the mail that came, the customers' room, the public page."""

    mail: tuple[str, ...]
    room: tuple[str, ...]
    page: bytes


@dataclass(frozen=True)
class Told:
    """A house in which a drill's notice was sent, then a real one to the same customers. `draft`: the card as the drafter first saw it."""

    house: House
    office: Office
    before: Outside
    after_drill: Outside
    drilled: Incident
    drill_card: str
    draft: str
    own: TurnedAway


def told(house: House, office: Office) -> Told:
    before = outside(house, office)
    drill(house)
    drafted(house)
    asked(house)
    signed(house)
    after_drill, drilled, drill_card = outside(house, office), house.state, house.linyuan.card(CARD)
    story.reported(house)
    house.record = "INC-1"
    house.linyuan.says("/启动 重大 大面积下单失败")
    house.settle()
    draft = drafted(house)
    asked(house)
    own = house.wangmin.is_refused(lambda: house.wangmin.presses("批准", on=CARD))
    signed(house)
    return Told(house, office, before, after_drill, drilled, drill_card, draft, own)


def drill(house: House) -> None:
    """A 重大 that is rehearsed; nobody says it in chat yet."""
    report = replace(report_of("下单报错", "wangmin", house.app.now()), sites=("shanghai",))
    request = Request("drill", "wangmin", next(iter(house.app.sides)), house.app.now())
    house.app.service.run(request, None, ReportIncident(report, "drill"), lambda outcome: Toast(outcome.record))
    house.record = "DRILL-1"
    house.settle()
    house.linyuan.says("/启动 重大 演练")
    house.settle()


def drafted(house: House) -> str:
    """From the script, what the incident does not know typed into its form, with a promise that nobody should make."""
    return house.wangmin.says("/话术 客户 首次", fill=TYPED)


def asked(house: House) -> None:
    """The better wording by its button, English by hand, without the ways that this house has not; then to those who sign."""
    house.wangmin.presses("换成建议的说法", on=CARD)
    house.wangmin.presses("修改", on=CARD, text_en=ENGLISH, to=TO)
    house.wangmin.presses("提交审批", on=CARD)


def signed(house: House) -> None:
    """By both seats, and sent by who wrote it."""
    house.linyuan.presses("批准", on=CARD)
    house.xunuo.presses("批准", on=CARD)
    house.wangmin.presses("发出（4 处）", on=CARD)
    house.settle()


def outside(house: House, office: Office) -> Outside:
    house.settle()
    house.app.board.refresh()
    page = house.app.board.edition["/status", "zh-CN"].body
    return Outside(tuple(office.arrived()), tuple(house.said("@customers")), page)


class Claims:
    """What is true of it on every platform."""

    def test_the_draft_marks_what_nobody_may_promise_and_offers_the_better_words(self, told: Told) -> None:
        for shown in ("〖马上就好〗", "改成「正在处理」", "换成建议的说法"):
            assert shown in told.draft
        assert told.house.state.outward.notices[0].edits[0].after.zh.count("正在处理") == 1

    def test_who_wrote_it_does_not_sign_it_and_hears_who_does(self, told: Told) -> None:
        assert "自己写的、改的要别人批。还差总指挥、公关：林远、许诺。" in str(told.own)
        assert "叫林远" in told.own.offers

    def test_both_seats_signed_the_text_as_it_left(self, told: Told) -> None:
        (notice,) = told.house.state.outward.notices
        assert {(one.seat, one.by) for one in notice.signatures} == {("commander", "linyuan"), ("pr", "xunuo")}
        assert {one.digest for one in notice.signatures} == {digest(notice)} == {notice.approved}

    def test_each_customer_reads_it_once_in_their_own_language_and_way(self, told: Told) -> None:
        text, mail = told.house.state.outward.notices[0].text, told.office.arrived()
        assert {to: (it["Subject"], read(it)) for to, it in mail.items()} == {
            HOSPITAL: ("服务异常通知", text.zh), BISTRO: ("Service disruption notice", ENGLISH),
        }  # fmt: skip
        (room,) = told.house.said("@customers")
        assert all(line in room for line in text.zh.splitlines())
        assert "马上就好" not in room

    def test_the_public_page_says_it_and_nothing_of_ours(self, told: Told) -> None:
        page = outside(told.house, told.office).page.decode()
        assert "上海地区线上下单提交失败" in page
        for inner in ("INC-1", "DRILL", "林远", "王敏", "许诺", "linyuan", "马上就好"):
            assert inner not in page

    def test_the_card_says_what_became_of_each(self, told: Told) -> None:
        card = told.house.linyuan.card(CARD)
        assert "已发出：客户首次" in card
        assert card.count("发到") == 4
        assert "没发到" not in card

    def test_the_next_word_is_owed_when_the_text_says_so(self, told: Told) -> None:
        (notice,) = told.house.state.outward.notices
        assert notice.next_at is not None
        assert told.house.state.outward.promises[0].due_at == notice.next_at
        assert "给客户的进展更新" in told.house.wangmin.says("/话术")

    def test_of_a_drill_nothing_leaves(self, told: Told) -> None:
        assert told.after_drill == told.before == Outside((), (), told.before.page)
        (notice,) = told.drilled.outward.notices
        assert {(one.state, told.house.words(one.why)) for one in notice.deliveries} == {("drill", "演练：不外发")}
        assert [one.seat for one in notice.signatures] == ["commander", "pr"]
        assert "演练完：客户首次" in told.drill_card
        assert told.drill_card.count("演练，不外发") == 4

    def test_what_is_stored_is_what_happened(self, told: Told) -> None:
        told.house.holds()


def read(message: EmailMessage) -> str:
    content: str = message.get_content()
    return content.replace("\r\n", "\n").rstrip("\n")
