"""重大 「下单报错」 in Slack from report to archive with fourteen people, over signed HTTP and over Socket Mode."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.flows.night import Claims, Night, played
from tests.slack.house import SlackHouse, looks, opened
from tests.slack.people import key_of
from tests.slack.render.judge import oracle

ORDER = ("定级", "点名", "系统崩溃", "态势第 1 报", "版本回滚", "移交", "恢复验证", "总结与改进")


@pytest.fixture(scope="module", params=["http", "socket"])
def night(request: pytest.FixtureRequest, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """The story, played once for all the claims of this file."""
    file = tmp_path_factory.mktemp("night") / "fenghuo.db"
    shutil.copyfile(migrated, file)
    with opened(f"sqlite:///{file}", request.param) as house:
        yield played(house)


def of(night: Night) -> SlackHouse:
    return cast(SlackHouse, night.house)


class TestOnSlack(Claims):
    def test_the_room_says_what_it_is_about_and_is_archived_when_it_is_over(self, night: Night) -> None:
        room = of(night).channel("war")
        assert (room.name, room.archived) == ("inc-1-major-order-shanghai", True)
        assert of(night).slack.called("conversations.rename")
        assert "陈海" in room.topic

    def test_a_major_incident_has_a_room_for_each_side(self, night: Night) -> None:
        house = of(night)
        subs = [slot for _, slot, _ in house.app.service.refs("INC-1") if slot.startswith("sub:")]
        assert len(subs) == 3
        assert all(house.channel(slot).archived for slot in subs)

    def test_everybody_called_is_in_the_war_room(self, night: Night) -> None:
        house = of(night)
        called = {attempt.person for call in house.state.calls for attempt in call.attempts}
        assert {house.human(person).id for person in called} <= set(house.channel("war").members)

    def test_no_message_stands_twice_and_each_has_its_key(self, night: Night) -> None:
        house = of(night)
        keys = house.keys()
        assert len(keys) == len(set(keys)) > 30
        assert all(key_of(message) for slot in ("war", "@ecc", "@report") for message in house.bot_messages(slot) if not message.files)

    def test_the_room_tells_the_story_in_its_order(self, night: Night) -> None:
        """Each line by the first words with which it appeared; cards go on changing where they stand."""
        first = [message.looks[0][0] if message.looks else message.text for message in of(night).bot_messages("war")]
        places = [next(at for at, text in enumerate(first) if words in text) for words in ORDER]
        assert places == sorted(places)

    def test_the_status_card_and_the_page_of_the_record_are_at_the_top_of_the_room(self, night: Night) -> None:
        room = of(night).channel("war")
        assert of(night).ref("status").partition("/")[2] in room.pins
        assert [bookmark["link"] for bookmark in room.bookmarks if bookmark["link"].startswith("https://fenghuo.example.com/")]

    def test_calls_stand_no_more_when_they_are_answered(self, night: Night) -> None:
        fanyu = of(night).human("fanyu")
        assert not [m for m in fanyu.sees(fanyu.bot_dm) if "现在需要你" in fanyu.reads(m)]

    @pytest.mark.oracle
    def test_everything_that_was_sent_is_what_slack_takes(self, night: Night) -> None:
        found = [f"{method}: {fault}" for method, thing in looks(of(night)) for fault in oracle()(thing)]
        assert found == []

    def test_everything_delivered_once_more_changes_nothing(self, night: Night) -> None:
        house = of(night)
        before, texts = house.counts(), [message.text for message in house.messages("war")]
        deeds = [each for each in house.slack.delivered if each.kind != "events_api" or each.payload["event"]["type"] != "app_home_opened"]
        assert len(deeds) > 200
        for each in deeds:
            house.slack.deliver(each.kind, each.payload)
        assert house.counts() == before
        assert [message.text for message in house.messages("war")] == texts

    def test_reopened_it_goes_on_in_a_new_room_that_leads_to_the_old_one(self, night: Night) -> None:
        house = of(night)
        old, said = house.channel("war"), len(house.messages("war"))
        house.chenhai.says("/重开 INC-1 21:40 起上海仓又报错", at="@ecc")
        house.settle()
        new = house.channel("war~1")
        assert (new.name, new.archived, old.archived) == ("inc-1-major-order-shanghai-2", False, True)
        assert {house.human(person).id for person in house.state.people} <= set(new.members)
        assert any(bookmark["link"].endswith(f"/{old.id}") for bookmark in new.bookmarks)
        assert house.ref("status~1").partition("/")[2] in new.pins
        assert len(house.messages("war")) == said
        house.holds()
