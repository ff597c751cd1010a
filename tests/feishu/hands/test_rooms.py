"""Rooms: one call opens one, named as people read it; the one who cannot be invited keeps out nobody; closed is never disbanded."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.errors import Later, Never
from bot.platforms.feishu.adapter import CREATES, PACES, TOPIC
from bot.platforms.feishu.client import Client
from bot.platforms.feishu.faults import Denied
from bot.platforms.feishu.shelf import short
from bot.words import line
from tests.feishu.double.limits import Fault
from tests.feishu.double.model import Json
from tests.feishu.hands.stage import Ward, do


def test_a_room_is_opened_by_one_call(w: Ward) -> None:
    room = w.room(do(w.open(name="【严重】INC-42 支付失败")))
    assert w.calls() == ["chat.create"]
    assert (room.name, room.owner, room.public, room.members) == ("【严重】INC-42 支付失败", "bot", False, [])
    assert w.server.violations == []


def test_a_long_name_is_cut_and_stays_in_one_row(w: Ward) -> None:
    name = w.room(do(w.open(name="【严重】INC-42\n" + "长" * 80))).name
    assert len(name) == 60
    assert name.startswith("【严重】INC-42 长")
    assert name.endswith("…")


def test_the_uuid_is_the_keys_own_for_ever(w: Ward) -> None:
    async def scene() -> tuple[str, str]:
        return await w.open("INC-1/war"), await w.open("INC-2/war")

    first, second = do(scene())
    assert first != second
    uuids = [call.query["uuid"] for call in w.server.called("chat.create")]
    assert len(set(uuids)) == 2
    assert all(len(each) <= 50 and each.isascii() for each in uuids)


def test_in_doubt_and_just_now_the_uuid_is_enough(w: Ward) -> None:
    async def scene() -> tuple[str, str]:
        return await w.open(), await w.open(in_doubt=True)

    first, second = do(scene())
    assert first == second
    assert w.calls() == ["chat.create"] * 2


@pytest.mark.parametrize("hours", [0, 11])
def test_another_process_finds_the_room_that_no_record_owns(w: Ward, hours: int) -> None:
    async def scene() -> tuple[str, str]:
        w.tenant.chat("【严重】INC-1 war", ["ann"])
        room = await w.open()
        await w.client.close()
        w.tenant.advance(hours * 3600)
        w.new()
        return room, await w.open(in_doubt=True)

    first, second = do(scene())
    assert first == second


def test_a_room_of_another_record_with_that_name_is_not_taken(w: Ward) -> None:
    async def scene() -> tuple[str, str]:
        room = await w.open("INC-9/war")
        w.taken.add(room)
        await w.client.close()
        w.new()
        return room, await w.open(in_doubt=True)

    first, second = do(scene())
    assert first != second


def test_where_we_may_not_look_the_uuid_must_do(w: Ward) -> None:
    async def scene() -> tuple[str, str]:
        room = await w.open()
        await w.client.close()
        w.new()
        w.faulty("chat.list", Fault("error", code=99991672))
        return room, await w.open(in_doubt=True)

    first, second = do(scene())
    assert first == second


def test_a_topic_is_cut(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        await w.feishu.set_topic(room, "话\n题" * 80)
        return w.room(room).description

    topic = do(scene())
    assert len(topic) == TOPIC
    assert "\n" not in topic


def test_a_room_that_was_disbanded_says_so(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        w.room(room).dissolved = True
        await w.feishu.rename(room, "new", "new")

    with pytest.raises(Denied) as denied:
        do(scene())
    assert denied.value.why == line("群已在飞书里解散，历史也没有了：换一个群，或新开一个")


def test_operations_on_one_group_follow_one_another(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        w.server.latency = 0.01
        await asyncio.gather(
            w.feishu.rename(room, "new", "new"),
            w.feishu.set_topic(room, "topic"),
            w.feishu.invite(room, ("ann", "bob")),
            w.feishu.link(room, "record", "http://bot/i/1"),
            w.feishu.close_room(room),
        )
        return room

    room = w.room(do(scene()))
    assert (room.name, room.description, room.members) == ("【已结束】new", "topic", ["ou_ann", "ou_bob"])
    assert w.server.violations == []


def test_what_feishu_finds_too_close_together_was_surely_not_done(w: Ward) -> None:
    async def scene() -> float | None:
        room = await w.open()
        w.faulty("chat.update", Fault("error", code=232019))
        with pytest.raises(Later) as later:
            await w.feishu.rename(room, "new", "new")
        return later.value.seconds

    assert do(scene()) == 1.0


# --- people -----------------------------------------------------------------------------------------------------------------


def test_fifty_at_a_time_are_invited(w: Ward) -> None:
    people = tuple(f"p{n:03d}" for n in range(120))
    for person in people:
        w.team.identities[person] = w.member(person).open_id

    async def scene() -> str:
        room = await w.open()
        assert await w.feishu.invite(room, people) == ()
        return room

    assert len(w.room(do(scene())).members) == 120
    assert [len(call.args["id_list"]) for call in w.server.called("chat_members.create")] == [50, 50, 20]


def test_the_ones_who_cannot_come_are_named_and_the_others_are_in(w: Ward) -> None:
    w.team.identities["gone"] = w.member("gone", resigned=True).open_id
    w.team.identities["hidden"] = w.member("hidden", visible=False).open_id
    w.team.identities["old"] = "ou_old"
    w.team.emails["zoe"] = "zoe@example.com"

    async def scene() -> tuple[str, tuple[str, ...]]:
        room = await w.open()
        return room, await w.feishu.invite(room, ("gone", "ann", "hidden", "zoe", "bob", "old"))

    room, left_out = do(scene())
    assert left_out == ("gone", "hidden", "zoe", "old")
    assert w.room(room).members == ["ou_ann", "ou_bob"]
    assert len(w.server.called("chat_members.create")) == 1


@pytest.mark.parametrize("code", [232024, 232027, 232028, 232043, 99992351, 99992364])
def test_where_feishu_refuses_all_because_of_one_the_others_are_invited_by_halves(w: Ward, code: int) -> None:
    people = tuple(f"p{n}" for n in range(9))
    for person in people:
        w.team.identities[person] = w.member(person).open_id

    def refuse(method: str, args: Json) -> Fault | None:
        return Fault("error", code=code) if method == "im.v1.chat_members.create" and "ou_p3" in args["id_list"] else None

    async def scene() -> str:
        room = await w.open()
        w.server.fault = refuse
        assert await w.feishu.invite(room, people) == ("p3",)
        return room

    assert len(w.room(do(scene())).members) == 8


def test_a_room_that_takes_nobody_is_no_ones_own_fault(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        w.room(room).bot = False
        await w.feishu.invite(room, ("ann", "bob"))

    with pytest.raises(Denied, match="232011"):
        do(scene())
    assert len(w.server.called("chat_members.create")) == 1


def test_those_we_know_are_in_before_a_missing_right_is_named(w: Ward) -> None:
    w.tenant.scopes.discard("contact:user.id:readonly")
    w.team.identities["ann"] = "ou_ann"

    async def scene() -> str:
        room = await w.open()
        with pytest.raises(Never):
            await w.feishu.invite(room, ("ann", "bob"))
        return room

    assert w.room(do(scene())).members == ["ou_ann"]


def test_user_groups_come_along_without_those_who_left(w: Ward) -> None:
    w.member("gone", resigned=True)
    w.tenant.user("eve", "Eve")
    w.tenant.group("g1", "ops", ["bob", "eve", "gone"])

    async def scene() -> str:
        room = await w.open()
        assert await w.feishu.invite(room, ("ann",), ("g1",)) == ()
        return room

    assert sorted(w.room(do(scene())).members) == ["ou_ann", "ou_bob", "ou_eve"]


def test_a_group_that_is_not_there_is_said_to_be_the_plans(w: Ward) -> None:
    async def scene() -> None:
        await w.feishu.invite(await w.open(), ("ann",), ("g404",))

    with pytest.raises(Denied) as denied:
        do(scene())
    assert denied.value.why == line("飞书里没有方案写的用户组：核对它的编号")


def test_a_guest_who_reported_is_invited(w: Ward) -> None:
    w.tenant.user("eve", "Eve")

    async def scene() -> str:
        room = await w.open()
        assert await w.feishu.invite(room, ("feishu:ou_eve",)) == ()
        return room

    assert w.room(do(scene())).members == ["ou_eve"]


def test_who_is_there_are_the_people_of_the_plan(w: Ward) -> None:
    w.team.identities["ann"] = "ou_ann"
    people = [w.tenant.user(f"x{n}", f"X{n}").open_id for n in range(120)]
    room = w.tenant.chat("big", [*people, "ann"])
    assert do(w.feishu.people(room.id)) == ("ann",)
    assert w.calls() == ["chat_members.get"] * 2


# --- links and the end ------------------------------------------------------------------------------------------------------


def test_the_first_links_of_a_new_room_cost_a_call_each_and_take_turns(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        w.server.latency = 0.01
        await asyncio.gather(*(w.feishu.link(room, f"link {n}", f"http://bot/{n}") for n in range(3)))
        return room

    room = do(scene())
    assert w.calls() == ["chat.create", *["chat_tab.create"] * 3]
    assert [tab["tab_name"] for tab in w.room(room).tabs] == ["link 0", "link 1", "link 2"]


def test_among_another_rooms_tabs_we_look_first(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        await w.feishu.link(room, "record", "http://bot/i/1")
        await w.client.close()
        w.new()
        w.server.calls.clear()
        await w.feishu.link(room, "record", "http://bot/i/1/")
        await w.feishu.link(room, "plan", "http://bot/plan")
        assert [tab["tab_content"]["url"] for tab in w.room(room).tabs] == ["http://bot/i/1", "http://bot/plan"]

    do(scene())
    assert w.calls() == ["chat_tab.list_tabs", "chat_tab.list_tabs", "chat_tab.create"]


def test_a_tabs_name_has_thirty_bytes() -> None:
    assert short("事件记录") == "事件记录"
    assert short("一二三四五六七八九十十一") == "一二三四五六七八九十"
    assert short("a事件记录事件记录事件记录") == "a事件记录事件记录事"
    assert short("") == "…"


def test_a_closed_room_says_so_is_silent_and_keeps_its_history(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        await w.show(room)
        for _ in range(2):
            await w.feishu.close_room(room)
        return room

    room = w.room(do(scene()))
    assert (room.name, room.moderation, room.dissolved) == ("【已结束】【严重】INC-1 war", "only_owner", False)
    assert len(w.posts(room.id)) == 1
    assert len(w.server.called("chat.update")) == 1


def test_a_closed_rooms_card_is_still_drawn(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        ref = await w.show(room)
        await w.feishu.close_room(room)
        assert await w.show(room, ref) == ref

    do(scene())


def test_a_long_name_makes_room_for_what_says_it_is_over(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open(name="长" * 60)
        await w.feishu.close_room(room)
        return w.room(room).name

    assert do(scene()) == "【已结束】" + "长" * 55


def test_a_room_that_was_disbanded_is_silent_enough(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        w.room(room).dissolved = True
        await w.feishu.close_room(room)

    do(scene())


def test_a_room_of_somebody_elses_cannot_be_silenced_and_says_who_can(w: Ward) -> None:
    room = w.tenant.chat("theirs", ["ann", "bob"])
    with pytest.raises(Denied) as denied:
        do(w.feishu.close_room(room.id))
    assert denied.value.why == line("群主才能做这一步：请群主把群转让给烽火，再重试")


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        (None, "applink.feishu.cn"),
        ("https://open.feishu.cn", "applink.feishu.cn"),
        ("https://open.larksuite.com/", "applink.larksuite.com"),
    ],
)
def test_a_room_has_an_address_that_opens_the_client(w: Ward, domain: str | None, host: str) -> None:
    w.feishu._client = Client("cli_1", "secret", domain)
    assert w.feishu.room_url("oc_1") == f"https://{host}/client/chat/open?openChatId=oc_1"


def test_no_pace_is_beyond_what_feishu_grants() -> None:
    for pace in PACES:
        if pace.per_room:
            assert pace.calls / pace.seconds < 5
        else:
            assert (pace.calls, pace.seconds) in ((950, 60.0), (45, 1.0))
    assert {verb for pace in PACES if pace.per_room for verb in pace.verbs} == {*CREATES, "redraw"}
