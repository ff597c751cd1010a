"""Rooms: one call opens one, names give way, the one who cannot be invited keeps out nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from bot.core.errors import Later, Never
from bot.platforms.slack.adapter import PACES
from bot.platforms.slack.faults import Denied
from bot.platforms.slack.web import Me
from bot.words import line
from tests.slack.double.limits import Fault
from tests.slack.double.model import Json
from tests.slack.hands.stage import Ward, do


def test_a_room_is_opened_by_one_call(w: Ward) -> None:
    room = do(w.open())
    assert w.calls() == ["conversations.create"]
    assert (w.room(room).name, w.room(room).private) == ("inc-1-war", False)


def test_a_confidential_one_is_private(w: Ward) -> None:
    room = do(w.slack.open_room("war", "inc-1-war", (), "", True, "INC-1/war", False))
    assert w.room(room).private


@pytest.mark.parametrize("archived", [False, True])
def test_a_name_that_is_taken_gets_a_number(w: Ward, archived: bool) -> None:
    w.workspace.channel("inc-1-war", ["UANN"], archived=archived)
    w.workspace.channel("inc-1-war-2", ["UANN"])
    assert w.room(do(w.open())).name == "inc-1-war-3"
    assert set(w.calls()) == {"conversations.create"}


def test_when_all_names_are_taken_people_are_told_what_to_do(w: Ward) -> None:
    w.faulty("conversations.create", *[Fault("error", code="name_taken")] * 6)
    with pytest.raises(Never) as never:
        do(w.open())
    assert never.value.why == line("这个群名和几个带编号的都有人用了：给旧群改名，再重试")


def test_in_doubt_the_room_we_made_is_found_behind_a_strangers_room(w: Ward) -> None:
    w.workspace.channel("inc-1-war", ["UANN"], creator="UANN")

    async def scene() -> tuple[str, str]:
        return await w.open(), await w.open(in_doubt=True)

    first, second = do(scene())
    assert first == second
    assert w.room(first).name == "inc-1-war-2"


def test_in_doubt_neither_a_strangers_room_nor_another_records_is_taken(w: Ward) -> None:
    stranger = w.workspace.channel("inc-1-war", ["UANN"], creator="UANN")

    async def scene() -> tuple[str, str]:
        others = await w.slack.open_room("war", "inc-1-war", (), "", False, "INC-1/other", False)
        w.taken.add(others)
        return others, await w.open(in_doubt=True)

    others, ours = do(scene())
    assert ours not in (others, stranger.id)
    assert w.room(ours).name == "inc-1-war-3"


def test_the_rooms_of_the_workspace_are_never_listed(w: Ward) -> None:
    for n in range(450):
        w.workspace.channel(f"theirs-{n}", [w.workspace.bot_user], creator="UANN")

    async def scene() -> tuple[str, str]:
        return await w.open(), await w.open(in_doubt=True)

    first, second = do(scene())
    assert first == second
    assert "conversations.list" not in w.calls()


def test_an_organisations_token_names_the_team(w: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(w.web, "_me", Me(w.workspace.bot_user, w.workspace.bot_id, "T0FENGHUO", True))
    do(w.open())
    assert w.server.calls[0].args["team_id"] == "T0FENGHUO"


def test_a_room_opened_empty_asks_for_nothing_else(w: Ward) -> None:
    assert w.slack.capabilities.opens_empty
    room = do(w.slack.open_room("war", "inc-1-war", ("ann",), "topic", False, "INC-1/war", False))
    assert (w.room(room).members, w.room(room).topic) == ([w.workspace.bot_user], "")


# --- names and topics -------------------------------------------------------------------------------------------------------


def test_a_new_name_that_is_taken_gets_a_number(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        w.workspace.channel("inc-1-new", ["UANN"])
        await w.slack.rename(room, "new", "inc-1-new")
        return w.room(room).name

    assert do(scene()) == "inc-1-new-2"


def test_a_room_that_has_a_numbered_name_keeps_it(w: Ward) -> None:
    w.workspace.channel("inc-1-war", ["UANN"])

    async def scene() -> str:
        room = await w.open()
        await w.slack.rename(room, "war", "inc-1-war")
        return w.room(room).name

    assert do(scene()) == "inc-1-war-2"


def test_a_room_of_others_cannot_be_renamed_and_says_who_can(w: Ward) -> None:
    room = w.workspace.channel("theirs", ["UANN"])
    with pytest.raises(Denied) as denied:
        do(w.slack.rename(room.id, "new", "inc-1-new"))
    assert denied.value.why == line("群不是烽火建的：请建群的人做这一步，或请 Slack 管理员把烽火设为频道管理员")


def test_a_topic_is_cut_and_mentions_nobody(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        await w.slack.set_topic(room, "<!channel> " + "长" * 300)
        return w.room(room).topic

    topic = do(scene())
    assert len(topic) == 250
    assert topic.startswith("‹!channel› 长")


# --- people -----------------------------------------------------------------------------------------------------------------


def test_a_hundred_at_a_time_are_invited(w: Ward) -> None:
    people = tuple(f"p{n:03d}" for n in range(150))
    for person in people:
        w.team.identities[person] = w.member(person)

    async def scene() -> str:
        room = await w.open()
        assert await w.slack.invite(room, people) == ()
        return room

    room = do(scene())
    assert len(w.room(room).members) == 151
    assert [call.args["users"].count(",") + 1 for call in w.server.called("conversations.invite")] == [100, 50]


def test_the_ones_who_cannot_come_are_named_and_the_others_are_in(w: Ward) -> None:
    w.member("gone", deleted=True)
    w.team.identities["gone"] = "UGONE"
    w.team.emails["zoe"] = "zoe@example.com"

    async def scene() -> tuple[str, tuple[str, ...]]:
        room = await w.open()
        return room, await w.slack.invite(room, ("gone", "ann", "zoe", "bob"))

    room, left_out = do(scene())
    assert left_out == ("gone", "zoe")
    assert sorted(w.room(room).members) == sorted([w.workspace.bot_user, "UANN", "UBOB"])


def test_one_alone_who_cannot_come_is_named(w: Ward) -> None:
    w.member("gone", deleted=True)
    w.team.identities["gone"] = "UGONE"

    async def scene() -> tuple[str, ...]:
        return await w.slack.invite(await w.open(), ("gone",))

    assert do(scene()) == ("gone",)


@pytest.mark.parametrize("code", ["user_is_restricted", "cant_invite", "org_user_not_in_team", "no_external_invite_permission"])
def test_where_slack_refuses_all_because_of_one_the_others_are_invited_by_halves(w: Ward, code: str) -> None:
    people = tuple(f"p{n}" for n in range(9))
    for person in people:
        w.team.identities[person] = w.member(person)

    def refuse(method: str, args: Json) -> Fault | None:
        return Fault("error", code=code) if method == "conversations.invite" and "UP3" in args["users"].split(",") else None

    async def scene() -> str:
        room = await w.open()
        w.server.fault = refuse
        assert await w.slack.invite(room, people) == ("p3",)
        return room

    assert len(w.room(do(scene())).members) == 9


def test_where_slack_names_the_one_and_invites_nobody_the_others_need_one_call_more(w: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = w.web.call

    async def strict(method: str, /, **arguments: Any) -> Mapping[str, Any]:
        if method == "conversations.invite" and "UBAD" in arguments["users"]:
            asked.append(arguments["users"])
            raise Denied("no", method, "cant_invite", {"errors": [{"user": "UBAD", "ok": False, "error": "cant_invite"}]})
        return await whole(method, **arguments)

    async def scene() -> str:
        room = await w.open()
        monkeypatch.setattr(w.web, "call", strict)
        assert await w.slack.invite(room, ("ann", "bad", "bob")) == ("bad",)
        return room

    asked: list[str] = []
    w.team.identities.update({"ann": "UANN", "bad": "UBAD", "bob": "UBOB"})
    assert sorted(w.room(do(scene())).members) == sorted([w.workspace.bot_user, "UANN", "UBOB"])
    assert (asked, len(w.server.called("conversations.invite"))) == (["UANN,UBAD,UBOB"], 1)


def test_a_room_that_takes_nobody_is_no_ones_own_fault(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        w.room(room).archived = True
        await w.slack.invite(room, ("ann", "bob"))

    with pytest.raises(Denied, match="is_archived"):
        do(scene())
    assert len(w.server.called("conversations.invite")) == 1


def test_those_we_know_are_in_before_a_missing_right_is_named(w: Ward) -> None:
    w.workspace.scopes.discard("users:read.email")
    w.team.identities["ann"] = "UANN"

    async def scene() -> str:
        room = await w.open()
        with pytest.raises(Never) as never:
            await w.slack.invite(room, ("ann", "bob"))
        assert never.value.why == line("应用缺权限 {scope}：在 Slack 后台加上并重装", scope="users:read.email")
        return room

    assert "UANN" in w.room(do(scene())).members


def test_those_we_know_are_in_before_the_others_can_be_found(w: Ward) -> None:
    w.team.identities["ann"] = "UANN"

    async def scene() -> str:
        room = await w.open()
        w.faulty("users.lookupByEmail", Fault("ratelimited", seconds=9))
        with pytest.raises(Later):
            await w.slack.invite(room, ("ann", "bob"))
        return room

    assert "UANN" in w.room(do(scene())).members


def test_user_groups_come_along_without_those_who_left(w: Ward) -> None:
    w.member("gone", deleted=True)
    w.workspace.user("UEVE", "Eve", None)
    w.workspace.group("S1", "ops", ["UBOB", "UEVE", "UGONE"])

    async def scene() -> str:
        room = await w.open()
        assert await w.slack.invite(room, ("ann",), ("S1",)) == ()
        return room

    assert sorted(w.room(do(scene())).members) == sorted([w.workspace.bot_user, "UANN", "UBOB", "UEVE"])


def test_a_guest_who_reported_is_invited(w: Ward) -> None:
    w.workspace.user("UEVE", "Eve", None)

    async def scene() -> str:
        room = await w.open()
        assert await w.slack.invite(room, ("slack:UEVE",)) == ()
        return room

    assert "UEVE" in w.room(do(scene())).members


def test_who_is_there_are_the_people_of_the_plan(w: Ward) -> None:
    w.team.identities["ann"] = "UANN"
    people = [f"UX{n}" for n in range(1200)]
    room = w.workspace.channel("big", [*people, "UANN"])
    assert do(w.slack.people(room.id)) == ("ann",)
    assert w.calls() == ["conversations.members"] * 2


# --- links and the end ------------------------------------------------------------------------------------------------------


def test_the_first_links_of_a_new_room_cost_a_call_each_and_take_turns(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        w.server.latency = 0.01
        await asyncio.gather(*(w.slack.link(room, f"link {n}", f"http://bot/{n}") for n in range(3)))
        return room

    room = do(scene())
    assert w.calls() == ["conversations.create", *["bookmarks.add"] * 3]
    assert [mark["title"] for mark in w.room(room).bookmarks] == ["link 0", "link 1", "link 2"]


def test_in_another_rooms_shelf_we_look_first(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        await w.slack.link(room, "record", "http://bot/i/1")
        await w.web.close()
        w.new()
        w.server.calls.clear()
        await w.slack.link(room, "record", "http://bot/i/1")
        await w.slack.link(room, "plan", "http://bot/plan")
        assert [mark["link"] for mark in w.room(room).bookmarks] == ["http://bot/i/1", "http://bot/plan"]

    do(scene())
    assert w.calls() == ["bookmarks.list", "bookmarks.list", "bookmarks.add"]


def test_an_address_that_slack_writes_another_way_is_the_same(w: Ward) -> None:
    room = w.workspace.channel("old", [])
    room.bookmarks.append({"id": "Bk1", "link": "http://bot/i/1?a=1&amp;b=2/", "title": "record"})
    do(w.slack.link(room.id, "record", "http://bot/i/1?a=1&b=2"))
    assert len(room.bookmarks) == 1


def test_a_closed_room_is_archived_and_closing_it_again_is_nothing(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        await w.slack.close_room(room)
        await w.slack.close_room(room)
        return room

    assert w.room(do(scene())).archived


def test_a_room_has_an_address_before_and_after_we_know_who_we_are(w: Ward) -> None:
    assert w.slack.room_url("C1") == "https://slack.com/app_redirect?channel=C1"
    do(w.web.me())
    assert w.slack.room_url("C1") == f"https://app.slack.com/client/{w.workspace.team}/C1"


def test_each_verb_has_the_pace_of_its_method() -> None:
    tiers = {"open_room": 20, "rename": 20, "set_topic": 20, "close_room": 20, "pin": 20, "link": 20}
    tiers |= {"invite": 50, "redraw": 50, "stop_page": 50, "whisper": 100, "attach": 100, "people": 100}
    assert {verb: pace.calls for pace in PACES if not pace.per_room and pace.calls <= 100 for verb in pace.verbs} == tiers
    assert all(pace.seconds == 60.0 for pace in PACES if not pace.per_room)
    (channel,) = [pace for pace in PACES if pace.per_room]
    assert channel.calls / channel.seconds < 1.0
