"""Which rows a decision leaves behind: on every platform that it concerns, in one order, as that platform can keep them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.spread import Spread
from bot.effects import Deliver, Effect, Invite, OpenRoom, Page, Say, SetTopic, Show, StopPage, Tell
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import STANDING
from bot.store.promises import Promises

BOTH = ("slack", "sandbox")
ROOM = OpenRoom("war", "room", "room", ("ann", "bob"), "topic", groups=("slack:S1", "feishu:g2", "slack:S3"))


def spread(
    reaches: Callable[[str, str], bool], rooms: tuple[str, ...] = BOTH, served: tuple[str, ...] | None = None, lost: tuple[str, ...] = ()
) -> Spread:
    return Spread(served or rooms, rooms, frozenset(lost), reaches)


def kept(database: Database, effects: Sequence[Effect], *opens_empty: str, here: Sequence[str] = ("ann", "bob")) -> dict[str, list[Effect]]:
    """The effects as rows, by platform, in the order of their numbers."""
    promises = Promises(database.clock, None, frozenset(opens_empty))
    with database.write() as connection:
        promises.keep(connection, "INC-1", [(effect, 2) for effect in effects], spread(lambda person, platform: person in here), fresh=True)
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


def test_a_text_to_people_outside_is_one_row_of_its_channel_or_of_the_one_platform_where_its_room_is(database: Database) -> None:
    def deliver(number: int, via: str, platform: str = "") -> Deliver:
        return Deliver(f"out:n1:d{number}:1", via, "n1", f"d{number}", 1, "digest", "shop", "@shops", "zh-CN", platform)

    texts = [deliver(1, "mail"), deliver(2, "room", "sandbox"), deliver(3, "room"), deliver(4, "room", "feishu")]
    with database.write() as connection:
        Promises(database.clock, None).keep(connection, "INC-1", [(text, 2) for text in texts], spread(lambda *_: True), fresh=True)
    with database.read() as connection:
        rows = outbox.waiting_of(connection, "INC-1")
    assert [(row.effect, row.platform) for row in rows] == list(zip(texts, ("mail", "sandbox", "slack", "slack"), strict=True))


def test_a_room_for_people_outside_is_promised_on_one_platform(database: Database) -> None:
    rooms = [OpenRoom("@shops", "shops", "shops", (), "", only="sandbox"), OpenRoom("@drivers", "drivers", "drivers", (), "", only="")]
    with database.write() as connection:
        Promises(database.clock, None).ensure(connection, rooms, spread(lambda *_: True))
        rows = outbox.waiting_of(connection, STANDING)
    assert [(row.platform, row.effect) for row in rows] == [("sandbox", rooms[0]), ("slack", rooms[1])]


def test_people_are_invited_told_and_paged_where_they_can_be_reached(database: Database) -> None:
    promises = Promises(database.clock, None)
    effects: list[Effect] = [Invite("war", ("ann", "bob")), Tell("bob", "dm:bob", "person"), Page("ann", "page:ann", "come", "c1")]
    with database.write() as connection:
        wishes = [(effect, 2) for effect in effects]
        promises.keep(connection, "INC-1", wishes, spread(lambda person, platform: (person == "ann") == (platform == "slack")), fresh=True)
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
    promises = Promises(database.clock, None, frozenset({"slack"}))
    room = OpenRoom("@tech", "tech", "group-tech", ("ann",), "duties", groups=("slack:S1",))
    for _ in range(2):
        with database.write() as connection:
            promises.ensure(connection, [room], spread(lambda person, platform: True, ("slack",)))
    with database.read() as connection:
        found = [row.effect for row in outbox.waiting_of(connection, STANDING)]
    assert found == [OpenRoom("@tech", "tech", "group-tech", (), ""), Invite("@tech", ("ann",), ("S1",)), SetTopic("@tech", "duties")]


# --- an incident at home on one of two platforms ----------------------------------------------------------------------------


def promised(database: Database, effects: Sequence[Effect], at: Spread, *stands: tuple[str, str]) -> list[tuple[str, Effect]]:
    """Where each effect goes; `stands`: slots that stand already, with the platform."""
    with database.write() as connection:
        for slot, platform in stands:
            outbox.fill(connection, ("INC-1", slot, platform), outbox.Ref("x"))
        Promises(database.clock, None).keep(connection, "INC-1", [(effect, 2) for effect in effects], at, fresh=False)
    with database.read() as connection:
        return [(row.platform, row.effect) for row in outbox.waiting_of(connection, "INC-1")]


CARD, CALL = Tell("ann", "call:ann", "summons"), Page("ann", "page:ann:3", "come", "INC-1")


def test_rooms_stand_only_at_home_and_standing_rooms_everywhere(database: Database) -> None:
    war, centre = Show("war", "status", "status"), Show("@ecc", "centre", "centre")
    found = promised(database, [war, centre, StopPage("page:ann:3")], spread(lambda *_: True, ("slack",), BOTH))
    assert found == [
        ("slack", war), ("slack", centre), ("sandbox", centre), ("slack", StopPage("page:ann:3")), ("sandbox", StopPage("page:ann:3")),
    ]  # fmt: skip


def test_a_person_is_called_at_home_and_elsewhere_only_when_home_does_not_reach_them(database: Database) -> None:
    bob = Page("bob", "page:bob:3", "come", "INC-1")
    found = promised(database, [CALL, bob], spread(lambda who, where: who == "ann" or where == "sandbox", ("slack",), BOTH))
    assert found == [("slack", CALL), ("sandbox", bob)]


def test_while_home_is_lost_people_are_called_elsewhere_too(database: Database) -> None:
    found = promised(database, [CALL], spread(lambda *_: True, ("slack",), BOTH, lost=("slack",)))
    assert found == [("slack", CALL), ("sandbox", CALL)]


def test_a_card_that_came_to_stand_elsewhere_is_kept_true_when_home_is_back(database: Database) -> None:
    found = promised(database, [CARD, CALL], spread(lambda *_: True, ("slack",), BOTH), ("call:ann", "sandbox"))
    assert found == [("slack", CARD), ("sandbox", CARD), ("slack", CALL)]
