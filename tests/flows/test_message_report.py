"""A message that somebody typed becomes a report: its words are the symptom, and the report leads back to it."""

from __future__ import annotations

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
