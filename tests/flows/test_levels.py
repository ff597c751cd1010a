"""The lighter levels: 一般 stays quiet and ends in its small room, 严重 is a full room that does not shout."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.model import Card
from bot.core.incident import Item
from bot.store.sandbox_tables import Message
from tests.flows.house import House

MINOR = (
    "单一非核心功能或有等价入口", "<5%", "<5 万元", "否", "否或可重放", "无", ">4 小时", "已启动且稳定", "收敛", "无离冷货品或 >4 小时",
)  # fmt: skip
SEVERE = (
    "≥2 个核心模块或一个环节整体受阻", "5%–30%", "5–50 万元", "否", "否或可重放", "无", "1–4 小时", "可启动但能力不足", "平稳",
    "无离冷货品或 >4 小时",
)  # fmt: skip
MOST_IN_THE_FIRST_HOUR = 11  # docs/user.md says: fewer than twelve


def graded(house: House, side: str, by: str, *answers: str) -> None:
    house.person(by).presses("都没有", on=f"grade:{side}")
    for answer in answers:
        house.person(by).presses(answer, on=f"grade:{side}")


def test_a_minor_incident_stays_in_its_small_room_and_ends_there(house: House) -> None:
    house.wangmin.says("/报故障 上海仓小票打印机偶尔卡纸，19:40 开始", at="@report")
    house.settle()
    house.chenhai.presses("收到", on="centre")
    graded(house, "technical", "zhoumu", *MINOR)
    graded(house, "business", "wangmin", *MINOR)
    house.linyuan.presses("启动响应", on="centre")
    house.settle()
    assert house.state.level == "minor"
    assert house.state.rooms == ("war",)
    few = house.app.sandbox.people_of(house.room("war"))
    assert len(few) <= 6
    fixed(house, "换了热敏头")
    verify(house, tech="zhoumu")
    house.advance(16)
    house.wangmin.presses("签认", on="end", step="业务不受影响", note="窗口都在出票")
    house.linyuan.presses("填评估意见并签认", on="end", assessment="小事，已好")
    assert house.state.stage == "ended"


def fixed(house: House, what: str) -> None:
    house.zhoumu.presses("修好了，开始验证", fix=what, fixers="hechuan")


def verify(house: House, tech: str, biz: str = "wangmin", comms: str = "xunuo") -> None:
    texts = {check.id: house.words(check.text) for check in house.state.checks}
    for check in house.state.checks:
        who = {"verifier_tech": tech, "verifier_biz": biz}.get(check.role, comms)
        house.person(who).ticks(texts[check.id][:12], on="verify")


def lived(house: House, minutes: int) -> None:
    """Minute by minute: whoever has a line due does it in time, and the commander is heard of every five minutes."""
    for minute in range(minutes):
        for found in house.state.checklists:
            for item in found.items:
                soon = item.due_at is not None and item.due_at <= house.app.now() + timedelta(minutes=1)
                if item.state == "todo" and soon:
                    done(house, found.id, item)
        if minute % 5 == 0:
            house.linyuan.says("/记 看过进展")
        house.advance(1)


def done(house: House, where: str, item: Item) -> None:
    """Ticked by whose it is; a rollback that nobody asked for is left out."""
    who = house.person(item.owner or "hechuan")
    if item.measure and not any(measure.state == "executed" for measure in house.state.measures):
        who.presses("跳过这一步", on=f"list:{where}", step=house.words(item.text)[:10], reason="先缓解")
    else:
        who.ticks(house.words(item.text)[:12], on=f"list:{where}")


def test_a_severe_incident_makes_fewer_than_twelve_messages_in_its_room_in_the_first_hour(house: House) -> None:
    """Both sides grade, everybody comes, a checklist of either side, figures, a measure, two situation reports; all in time."""
    end = house.app.now() + timedelta(minutes=60)
    house.wangmin.says("/报故障 上海仓下单报错，10 分钟前开始", at="@report")
    house.settle()
    house.linyuan.presses("收到", on="centre")
    house.advance(2)
    graded(house, "technical", "zhoumu", *SEVERE)
    graded(house, "business", "wangmin", *SEVERE)
    house.linyuan.presses("启动响应", on="centre")
    house.settle()
    for person in ("wuhao", "sunyue", "hechuan", "suqing", "xunuo"):
        house.person(person).presses("我到了", on=f"call:{person}")
    assert house.state.level == "severe"
    house.zhoumu.says("/故障类型 代码缺陷")
    lived(house, 4)
    house.wangmin.says("/影响 未接 58 单")
    house.zhoumu.presses(
        "提案重大措施", kind="rollback", what="回滚到 v5.1", why="时间吻合", cost="丢 19 分钟", way_back="再发", plan_b="摘缓存"
    )  # fmt: skip
    house.linyuan.presses("批准版本回滚", on="measure:m1")
    house.hechuan.presses("我来执行", on="measure:m1")
    house.sunyue.presses("复核，登记结果", on="measure:m1", result="错误率 0.3%")
    lived(house, 10)
    house.suqing.says("/态势 已回滚，错误率在降")
    lived(house, 24)
    house.suqing.says("/态势 错误率 0.3%，在看积压")
    lived(house, 20)
    house.until(end)
    made = house.bot_messages("war")
    lines = [f"{message.at:%H:%M} {_first(house, message)}" for message in made]
    print(f"war room, first hour of a 严重: {len(made)} messages", *lines, sep="\n  ")
    assert len(made) <= MOST_IN_THE_FIRST_HOUR, "\n".join(lines)


def _first(house: House, message: Message) -> str:
    words = house.shown(message).replace("\n", " ")
    return f"{'card' if isinstance(message.body, Card) else 'line'} {words[:50]}"
