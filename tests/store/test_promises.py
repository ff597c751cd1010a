"""Which rows a decision leaves behind: on every platform that it concerns, in one order, as that platform can keep them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.effects import Effect, Invite, OpenRoom, Page, Say, SetTopic, Tell
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import STANDING
from bot.store.promises import Promises

ROOM = OpenRoom("war", "room", "room", ("ann", "bob"), "topic", groups=("slack:S1", "feishu:g2", "slack:S3"))


def kept(database: Database, effects: Sequence[Effect], *opens_empty: str, here: Sequence[str] = ("ann", "bob")) -> dict[str, list[Effect]]:
    """The effects as rows, by platform, in the order of their numbers."""
    promises = Promises(database.clock, ("slack", "sandbox"), None, frozenset(opens_empty))
    with database.write() as connection:
        promises.keep(connection, "INC-1", [(effect, 2) for effect in effects], lambda person, platform: person in here, fresh=True)
    with database.read() as connection:
        rows = outbox.waiting_of(connection, "INC-1")
    assert {row.priority for row in rows} == {2}
    return {name: [row.effect for row in rows if row.platform == name] for name in ("slack", "sandbox")}


def test_a_room_that_opens_empty_is_opened_filled_and_given_its_topic(database: Database) -> None:
    found = kept(database, [ROOM, Say("war", "hello", "hello")], "slack")
    assert found["slack"] == [
        OpenRoom("war", "room", "room", (), ""),
        Invite("war", ("ann", "bob"), ("S1", "S3")),
        SetTopic("war", "topic"),
        Say("war", "hello", "hello"),
    ]


def test_another_platform_opens_the_same_room_in_one_call(database: Database) -> None:
    found = kept(database, [ROOM, Say("war", "hello", "hello")], "slack")
    assert found["sandbox"] == [OpenRoom("war", "room", "room", ("ann", "bob"), "topic"), Say("war", "hello", "hello")]


def test_groups_of_users_are_invited_also_where_one_call_opens_a_room_with_people_in_it(database: Database) -> None:
    assert kept(database, [ROOM])["slack"] == [OpenRoom("war", "room", "room", ("ann", "bob"), "topic"), Invite("war", (), ("S1", "S3"))]


def test_people_are_invited_told_and_paged_where_they_can_be_reached(database: Database) -> None:
    promises = Promises(database.clock, ("slack", "sandbox"), None)
    effects: list[Effect] = [Invite("war", ("ann", "bob")), Tell("bob", "dm:bob", "person"), Page("ann", "page:ann", "come", "c1")]
    with database.write() as connection:
        wishes = [(effect, 2) for effect in effects]
        promises.keep(connection, "INC-1", wishes, lambda person, platform: (person == "ann") == (platform == "slack"), fresh=True)
    with database.read() as connection:
        found = [(row.platform, row.effect) for row in outbox.waiting_of(connection, "INC-1")]
    assert found == [
        ("slack", Invite("war", ("ann",))),
        ("sandbox", Invite("war", ("bob",))),
        ("sandbox", Tell("bob", "dm:bob", "person")),
        ("slack", Page("ann", "page:ann", "come", "c1")),
    ]


def test_who_can_be_reached_nowhere_is_tried_on_the_first_platform_which_will_say_that_it_failed(database: Database) -> None:
    effects: list[Effect] = [Invite("war", ("ann", "eve")), Tell("eve", "dm:eve", "person"), Page("eve", "page:eve", "come", "c1")]
    found = kept(database, effects)
    assert found == {"slack": effects, "sandbox": [Invite("war", ("ann",))]}


def test_each_platform_invites_its_own_groups(database: Database) -> None:
    found = kept(database, [Invite("war", ("ann",), ("slack:S1", "sandbox:g")), Invite("war", (), ("slack:S2",))])
    assert found == {"slack": [Invite("war", ("ann",), ("S1",)), Invite("war", (), ("S2",))], "sandbox": [Invite("war", ("ann",), ("g",))]}


def test_a_standing_room_that_opens_empty_is_promised_once_with_all_that_belongs_in_it(database: Database) -> None:
    promises = Promises(database.clock, ("slack",), None, frozenset({"slack"}))
    room = OpenRoom("@tech", "tech", "group-tech", ("ann",), "duties", groups=("slack:S1",))
    for _ in range(2):
        with database.write() as connection:
            promises.ensure(connection, [room], lambda person, platform: True)
    with database.read() as connection:
        found = [row.effect for row in outbox.waiting_of(connection, STANDING)]
    assert found == [OpenRoom("@tech", "tech", "group-tech", (), ""), Invite("@tech", ("ann",), ("S1",)), SetTopic("@tech", "duties")]
