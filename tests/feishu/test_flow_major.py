"""重大 「下单报错」 in Feishu from report to archive with fourteen people, over sealed HTTP and over the long connection."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.feishu.double import Message
from tests.feishu.house import FeishuHouse, looks, opened
from tests.feishu.people import mark_of
from tests.feishu.render.judge import faults_of_card
from tests.feishu.requests import faults_of, requests_of
from tests.flows.night import Claims, Night, played

ORDER = ("定级", "点名", "系统崩溃", "态势第 1 报", "版本回滚", "移交", "恢复验证", "总结与改进")


@pytest.fixture(scope="module", params=["webhook", "socket"])
def night(request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """The story, played once for all the claims of this file."""
    file = tmp_path_factory.mktemp("night") / "fenghuo.db"
    shutil.copyfile(migrated, file)
    with opened(f"sqlite:///{file}", request.param) as house:
        yield played(house)


def of(night: Night) -> FeishuHouse:
    return cast(FeishuHouse, night.house)


def first_words(house: FeishuHouse, message: Message) -> str:
    """What it said when it appeared; cards go on changing where they stand."""
    now = message.card
    if message.looks:
        message.card = message.looks[0]
    try:
        return house.reads(message)
    finally:
        message.card = now


class TestOnFeishu(Claims):
    def test_the_room_says_what_it_is_about_and_how_grave_and_only_we_speak_there_when_it_is_over(self, night: Night) -> None:
        house, room = of(night), of(night).chat("war")
        assert room.name == "【已结束】【重大】INC-1 上海仓下单报错"
        names = [call.body["name"] for call in house.feishu.called("chat.update") if room.id in call.path and "name" in call.body]
        assert "【重大】INC-1 上海仓下单报错" in names
        assert (room.moderation, room.dissolved) == ("only_owner", False)
        assert "陈海" in room.description

    def test_a_major_incident_has_a_room_for_each_side(self, night: Night) -> None:
        house = of(night)
        subs = [slot for _, slot, _ in house.app.service.refs("INC-1") if slot.startswith("sub:")]
        assert len(subs) == 3
        assert all(house.chat(slot).name.startswith("【已结束】") for slot in subs)
        assert all(house.chat(slot).moderation == "only_owner" for slot in subs)

    def test_everybody_called_is_in_the_war_room(self, night: Night) -> None:
        house = of(night)
        called = {attempt.person for call in house.state.calls for attempt in call.attempts}
        assert {house.human(person).id for person in called} <= set(house.chat("war").members)

    def test_everybody_called_was_rung_but_who_was_there_already(self, night: Night) -> None:
        house = of(night)
        called = {attempt.person for call in house.state.calls for attempt in call.attempts}
        assert [person for person in called if not house.human(person).urgents] == [house.state.report.reporter]

    def test_whoever_is_silent_is_rung_by_sms_and_then_by_telephone(self, night: Night) -> None:
        rung = {person: [it.way for it in of(night).human(person).urgents] for person in ("dinglei", "fanyu", "hechuan")}
        assert rung["dinglei"] == ["app", "app", "sms", "app", "sms", "phone"]
        assert rung["fanyu"] == ["app", "sms", "phone"], "the deputy, called when it was already late"
        assert set(rung["hechuan"]) == {"app"}

    def test_no_message_stands_twice_and_each_card_has_its_mark(self, night: Night) -> None:
        house = of(night)
        assert house.twice() == []
        cards = [it for slot in ("war", "@ecc", "@report") for it in house.bot_messages(slot) if it.kind == "interactive"]
        assert len(cards) > 15
        assert all(map(mark_of, cards))

    def test_the_room_tells_the_story_in_its_order(self, night: Night) -> None:
        first = [first_words(of(night), message) for message in of(night).bot_messages("war")]
        places = [next(at for at, text in enumerate(first) if words in text) for words in ORDER]
        assert places == sorted(places)

    def test_the_status_card_and_the_page_of_the_record_are_at_the_top_of_the_room(self, night: Night) -> None:
        room = of(night).chat("war")
        assert of(night).ref("status").partition("/")[0] in room.pins
        tabs = [tab["tab_content"].get("url", "") for tab in room.tabs]
        assert [url for url in tabs if url.startswith("https://fenghuo.example.com/")]

    def test_calls_stand_no_more_when_they_are_answered(self, night: Night) -> None:
        fanyu = of(night).human("fanyu")
        assert not [it for it in fanyu.sees(fanyu.bot_chat) if "现在需要你" in fanyu.reads(it)]

    def test_no_form_is_left_open(self, night: Night) -> None:
        house = of(night)
        for person in ("linyuan", "zhoumu", "chenhai", "wangmin", "wuhao", "sunyue"):
            human = house.human(person)
            shown = [human.form(it) for it in human.sees(human.bot_chat) if it.card is not None]
            assert [form.title for form in shown if form.open and "何川" not in form.words] == [], person

    @pytest.mark.oracle
    def test_everything_that_was_sent_is_what_feishu_takes(self, night: Night) -> None:
        found = [f"{sent.method}: {fault}" for sent in looks(of(night)) for fault in faults_of_card(sent.card)]
        assert found == []
        assert of(night).feishu.violations == []

    @pytest.mark.schemas
    def test_every_request_is_one_that_feishu_defines(self, night: Night, tmp_path: Path) -> None:
        sent = requests_of(of(night).feishu)
        assert len({re.sub(r"/[a-z]+_\w+", "/:", str(request["path"])) for request in sent}) > 10
        assert faults_of(sent, tmp_path) == []

    def test_everything_delivered_once_more_changes_nothing(self, night: Night) -> None:
        house = of(night)
        before, texts = house.counts(), house.said("war")
        deeds = [each for each in house.feishu.delivered if each.reply.error is None]
        assert len(deeds) > 150
        for each in deeds:
            house.feishu.again(each)
        assert house.counts() == before
        assert house.said("war") == texts

    def test_reopened_it_goes_on_in_a_new_room_that_leads_to_the_old_one(self, night: Night) -> None:
        house = of(night)
        old, said = house.chat("war"), len(house.messages("war"))
        house.chenhai.says("/重开 INC-1 21:40 起上海仓又报错", at="@ecc")
        house.settle()
        new = house.chat("war~1")
        assert (new.moderation, old.moderation) == ("all_members", "only_owner")
        assert "INC-1" in new.name
        assert "【已结束】" not in new.name
        assert {house.human(person).id for person in house.state.people} <= set(new.members)
        assert any(old.id in tab["tab_content"].get("url", "") for tab in new.tabs)
        assert house.ref("status~1").partition("/")[0] in new.pins
        assert len(house.messages("war")) == said
        house.holds()
