"""What a company has told its customers: two matters of the past, and tonight's. Beside it all that must never be read outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bot.catalogue import Catalogue
from bot.core.outward.publicity import Publication
from bot.plan.load import Plans
from bot.plan.schema import Plan
from bot.plan.schema.comms import StatusPage
from bot.web.edition import Press
from bot.web.templates import environment
from bot.words import Bi

ROOT = Path(__file__).parents[2]
NIGHT = datetime(2026, 11, 23, 12, 46, tzinfo=UTC)  # 20:46 in Shanghai
STATUS = StatusPage.model_validate(
    {
        "title": {"zh": "快驴生鲜 · 服务状态", "en": "Kuailv Fresh · Service status"},
        "legal": {
            "zh": "时间均为北京时间。订单有疑问请拨打 400-000-0000，我们当日处理。媒体联系 press@example.com",
            "en": "All times are Beijing time. Questions about an order: 400-000-0000, handled the same day. Press: press@example.com",
        },
        "components": {
            "ordering": {"name": {"zh": "线上下单", "en": "Online ordering"}, "services": ["order"]},
            "paying": {"name": {"zh": "支付与结算", "en": "Payment and settlement"}, "services": ["pay"]},
            "delivery": {"name": {"zh": "配送与查询", "en": "Delivery and tracking"}, "services": ["order"]},
            "hotline": {"name": {"zh": "客服热线", "en": "Customer hotline"}, "services": ["order"]},
        },
    }
)


def past() -> tuple[Publication, ...]:
    begun = datetime(2026, 10, 26, 6, 10, tzinfo=UTC)
    title = Bi("优惠券显示延迟", "Coupons shown late")
    return (
        Publication(
            "INC-17:n1:d1",
            "INC-17",
            begun,
            "initial",
            title,
            Bi("优惠券显示晚了，下单不受影响。", "Coupons show late; ordering works."),
            ("ordering",),
            "slow",
        ),
        Publication(
            "INC-17:n2:d1",
            "INC-17",
            begun + timedelta(minutes=52),
            "resolved",
            title,
            Bi("已恢复，优惠券照常可用。", "Restored; coupons work as usual."),
        ),
        Publication(
            "INC-9:n1:d1",
            "INC-9",
            begun - timedelta(days=39),
            "initial",
            Bi("华东配送信息更新慢", "Delivery information slow in East China"),
            Bi("配送信息更新慢，送达未受影响。", "Delivery information is slow; deliveries are on time."),
            ("delivery",),
            "slow",
        ),
        Publication(
            "INC-9:n2:d1",
            "INC-9",
            begun - timedelta(days=39) + timedelta(hours=5),
            "resolved",
            Bi("华东配送信息已恢复", ""),
            Bi("配送信息已恢复。", "Delivery information is current again."),
        ),
    )


def tonight() -> tuple[Publication, ...]:
    title = Bi("上海、杭州线上下单异常，正在人工接单", "Online ordering fails in Shanghai and Hangzhou; orders are taken by phone")
    zh = (
        "自 11 月 23 日 19:52 起，上海、杭州地区线上下单提交失败。我们已启用人工接单与人工配送，并优先保障医院、学校与已付款订单。"
        "您当前订单：已提交成功的订单照常配送。您可以：拨打 400-000-0000 人工下单，请备好客户号、品名、数量和送达时段。"
        "请不要：重复点提交；已显示「处理中」的单，我们会逐单核对。"
    )
    en = (
        "Since 19:52 on 23 Nov orders placed online in Shanghai and Hangzhou fail. We take orders and deliver by hand, with priority for "
        "hospitals, schools and paid orders. Your current order: orders that went through are delivered as planned. "
        "You can: call 400-000-0000 with your customer number, items, quantities and delivery window. Please do not: submit twice."
    )
    first = Publication(
        "INC-42:n1:d1",
        "INC-42",
        NIGHT - timedelta(minutes=34),
        "initial",
        title,
        Bi(zh, en),
        ("ordering", "delivery"),
        "partial",
        NIGHT - timedelta(minutes=4),
    )
    second = replace(
        first,
        key="INC-42:n3:d1",
        at=NIGHT,
        phase="update",
        text=Bi(
            "已启用人工接单，热线加派人手。医院、学校与已付款订单优先。您可以：拨打 400-000-0000 人工下单。",
            "More people answer the hotline. You can: call 400-000-0000.",
        ),
        next_at=NIGHT + timedelta(minutes=30),
    )
    return first, second


def resolved(minutes: int = 60) -> Publication:
    return replace(
        tonight()[1],
        key="INC-42:n5:d1",
        at=NIGHT + timedelta(minutes=minutes),
        phase="resolved",
        next_at=None,
        components=(),
        text=Bi("服务已恢复。您的订单：照常配送。", "Service is restored. Your order: delivered as planned."),
    )


@cache
def plan() -> Plan:
    """The plan as it is, with the status page of these tests."""
    found = Plans(ROOT / "data/plan").current
    return found.model_copy(update={"comms": found.comms.model_copy(update={"status": STATUS})})


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(ROOT / "data/locale/en")


def press(rest: Callable[[float], None] = lambda seconds: None) -> Press:
    return Press(environment(ROOT / "templates/web"), catalogue(), plan, lambda path: f"https://fire.example{path}", rest)


def told(*more: Sequence[Publication]) -> tuple[Publication, ...]:
    return (*past(), *(one for each in more for one in each))
