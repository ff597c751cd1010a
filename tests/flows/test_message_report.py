"""A message that somebody typed becomes a report: its words are the symptom, and the report leads back to it."""

from __future__ import annotations

from bot.cards.model import Button, Buttons
from bot.talk import Private, Toast
from tests.flows.house import House


def test_a_message_becomes_the_symptom_and_is_linked(house: House) -> None:
    house.lixiang.says("十几个客户说点下单没反应，10 分钟前开始", at="@report")
    message = next(m for m in house.messages("@report") if m.author == "lixiang")
    answer = house.app.ears.report("wangmin", message.id, house.ident())
    assert isinstance(answer, Toast)
    report = house.state.report
    assert (report.words, report.reporter) == ("十几个客户说点下单没反应，10 分钟前开始", "wangmin")
    assert report.source_link.endswith(f"#m{message.id}")


def test_the_same_message_twice_is_offered_as_an_addition(house: House) -> None:
    house.lixiang.says("上海仓十几个客户说点下单没反应", at="@report")
    message = next(m for m in house.messages("@report") if m.author == "lixiang")
    house.app.ears.report("wangmin", message.id, house.ident())
    again = house.app.ears.report("hanxue", message.id, house.ident())
    assert isinstance(again, Private)
    assert len(house.app.service.incidents()) == 1


def test_whoever_says_that_it_is_another_fault_types_nothing_again_and_keeps_the_link(house: House) -> None:
    words = "上海仓十几个客户说点下单没反应。" + "详情很长。" * 1_000
    house.lixiang.says(words, at="@report")
    message = next(m for m in house.messages("@report") if m.author == "lixiang")
    house.app.ears.report("wangmin", message.id, house.ident())
    offered = house.app.ears.report("hanxue", message.id, house.ident())
    assert isinstance(offered, Private)
    buttons = [b for block in offered.card.blocks if isinstance(block, Buttons) for b in block.items if isinstance(b, Button)]
    assert all(len(str(button.press)) < 500 for button in buttons), "platforms take short arguments only"
    args = {button.press.action: dict(button.press.args) for button in buttons}
    answer = house.app.ears.press("hanxue", message.room, "report.anyway", args["report.anyway"], house.ident())
    assert isinstance(answer, Toast)
    report = house.app.service.incidents()[-1].report
    assert (report.words, report.reporter, report.source_link[-len(f"#m{message.id}") :]) == (words, "hanxue", f"#m{message.id}")
