"""The first notice to customers in a 重大, from its script to a real mail server and the public page, by three people in three browsers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Opens
from tests.browser.served import Eyes, Server
from tests.channels import served
from tests.channels.served import Office
from tests.flows import notice, story
from tests.flows.house import House
from tests.flows.notice import BISTRO, CARD, ENGLISH, HOSPITAL, TYPED

pytestmark = pytest.mark.browser
SHANGHAI = ZoneInfo("Asia/Shanghai")
REASON = "英文那份还是中文，补上"


@pytest.fixture
def office() -> Iterator[Office]:
    with served.opened(BISTRO) as made:
        yield made


@pytest.fixture
def server(sqlite_url: str, office: Office) -> Iterator[Server]:
    made = Server(sqlite_url, smtp_url=office.url, mail_from=notice.SENDER)
    yield made
    made.stop()


def test_a_first_notice_from_its_script_to_the_customers(
    house: House, opens: Opens, eyes: Eyes, server: Server, office: Office, chromium: Browser
) -> None:
    story.reported(house)
    house.linyuan.says("/启动 重大 大面积下单失败")
    house.settle()
    wang, lin, xu = opens("wangmin", "war"), opens("linyuan", "war"), opens("xunuo", "war")

    # from the script: what the incident does not know is asked, and the text grows while one types
    wang.says("/话术 客户 首次")
    preview = wang.page.locator("#preview")
    expect(preview).to_contain_text("自 11 月 23 日")
    expect(preview).to_contain_text("〔我们正在做〕")
    wang.types(**TYPED)
    expect(preview).to_contain_text("改由人工接单，马上就好")
    wang.sends()

    # a promise that nobody may make is marked; the first button puts the better words in place
    card = wang.card(CARD)
    expect(card.locator("mark").first).to_have_text("〖马上就好〗")
    better = card.get_by_role("button").first
    expect(better).to_have_text("换成建议的说法")
    better.click()
    expect(card).not_to_contain_text("〖马上就好〗")
    expect(card).to_contain_text("改由人工接单，正在处理")

    # put forward; its author may not sign; one of the two gives it back
    wang.taps("提交审批", CARD)
    expect(card).to_contain_text("等批准")
    wang.taps("批准", CARD)
    expect(wang.page.locator(".refusal")).to_contain_text("自己写的、改的要别人批")
    xu.taps("退回", CARD)
    xu.fills(reason=REASON)
    expect(card).to_contain_text(f"许诺退回：{REASON}")

    # mended, put forward again, signed by both seats
    wang.taps("修改", CARD)
    sooner = house.app.now().astimezone(SHANGHAI) + timedelta(minutes=20)
    wang.types(text_en=ENGLISH, next_at=f"{sooner:%m-%d %H:%M}")
    for way in ("webhook:app_notice", "file:"):
        wang.page.locator(f"#dialog [name='v:to'][value='{way}']").uncheck()
    wang.sends()
    expect(card).to_contain_text("草稿")
    wang.taps("提交审批", CARD)
    lin.taps("批准", CARD)
    expect(xu.card(CARD)).to_contain_text("差 1 个签字")
    xu.taps("批准", CARD)
    assert office.taken == []

    # sent: one address is refused, the others have it; tried again once the server knows it
    wang.taps("发出（4 处）", CARD)
    expect(card).to_contain_text(f"没发到：邮件服务器不收（{BISTRO}）：550 5.1.1 no such user")
    house.settle()
    assert set(office.arrived()) == {HOSPITAL}
    office.unknown.clear()
    wang.taps("重发没发到的 1 处", CARD)
    expect(card).not_to_contain_text("没发到")
    house.settle()

    # what the customers have
    text = house.state.outward.notices[0].text
    mail = office.arrived()
    assert {to: (it["Subject"], notice.read(it)) for to, it in mail.items()} == {
        HOSPITAL: ("服务异常通知", text.zh), BISTRO: ("Service disruption notice", ENGLISH),
    }  # fmt: skip
    (room,) = house.said("@customers")
    assert "上海地区线上下单提交失败" in room
    house.app.board.refresh()
    pages = (("zh-CN", "服务异常通知", "改由人工接单，正在处理"), ("en", "Service disruption notice", ENGLISH.splitlines()[1]))
    for language, title, words in pages:
        page = chromium.new_context(locale=language).new_page()
        page.goto(f"{server.address}/status")
        expect(page.locator("h1")).to_have_text(title)
        expect(page.locator("main")).to_contain_text(words)
        for inner in ("INC-1", "林远", "王敏", "许诺", "wangmin", "马上就好", "重大"):
            assert inner not in page.content(), inner
        page.context.close()

    # the next word is promised, and the headline counts to it
    assert f"{sooner:%H:%M}（北京时间）前，没有新进展也会告知" in text.zh
    expect(lin.card("status")).to_contain_text(f"{sooner:%H:%M} 前 给客户的进展更新")
    lin.says("/话术")
    expect(lin.page.locator(".msg").last).to_contain_text("给客户的进展更新")

    # the end asks to tell everybody who was told
    for person in ("sunyue", "zhengyan", "xunuo", "wangmin"):
        house.person(person).presses("我到了", on=f"call:{person}")
    lin.taps("修好了，开始验证", "status")
    lin.fills(fix="回滚到 v5.1", fixers="hechuan")
    story.verified(house)
    expect(lin.card("end")).to_contain_text("恢复通知：还没告诉客户已经恢复")
    wang.taps("起草恢复通知", "end", "恢复通知")
    expect(wang.page.locator("#dialog")).to_contain_text("起草：客户恢复")

    assert eyes.hosts == {f"127.0.0.1:{server.port}"}
    assert eyes.faults == []
    house.holds()
