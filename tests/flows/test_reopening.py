"""A fault that returns after the archive: the same record goes on in a new room, and the old one is left as it was."""

from __future__ import annotations

from tests.flows import story
from tests.flows.house import House


def test_a_closed_incident_goes_on_in_a_new_room_from_which_the_old_one_can_be_read(house: House) -> None:
    for chapter in story.CHAPTERS:
        chapter(house)
    house.settle()
    old = house.messages("war")
    last = [house.shown(message) for message in house.bot_messages("war")]
    assert any("重开 INC-1 原因" in words for words in last), "the last words say where a return leads"
    assert house.app.sandbox.room(house.room("war")).closed  # type: ignore[union-attr]
    house.chenhai.says("/重开 INC-1 上海仓又报错", at="@ecc")
    house.settle()
    assert (house.state.stage, house.state.moves) == ("responding", 1)
    assert any("这是新的群" in house.shown(message) for message in house.bot_messages("war~1"))
    assert "发态势更新" in house.chenhai.card("status~1")
    assert house.messages("war") == old, "nothing is drawn in the old room"
    house.zhoumu.presses("提案重大措施", on="status~1", kind="rollback", what="回滚到 v5.0", why="又报错", cost="丢改动",
                         way_back="再发", plan_b="摘缓存")  # fmt: skip
    house.linyuan.is_refused(lambda: house.linyuan.presses("批准版本回滚", on="measure:m2~1"))
    house.chenhai.presses("批准版本回滚", on="measure:m2~1")
    house.wangmin.says("/影响 未接 12 单", at="war~1")
    house.settle()
    links = [house.words(title) for title, url in house.app.sandbox.links_of(house.room("war~1"))]
    assert sorted(links) == sorted(["事件记录", "上一个群"]), "side by side, so in any order"
