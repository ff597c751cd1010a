"""People are asked for by the fifty and then known; strangers are guests; accounts switched off are nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.core.errors import Later, Refused
from bot.platforms.feishu.book import LEISURE, MET, MISS, Book, dialled
from bot.platforms.feishu.faults import Denied
from tests.feishu.double.limits import Fault
from tests.feishu.hands.stage import PATIENCE, Ward, counted, do

LOOK, GET = "user.batch_get_id", "user.get"


def test_fifty_who_ask_for_one_person_at_the_same_time_make_one_call(w: Ward) -> None:
    async def scene() -> list[str | None]:
        return await asyncio.gather(*(w.book.user("ann") for _ in range(50)))

    assert set(do(scene())) == {"ou_ann"}
    assert w.calls() == [LOOK]
    assert w.team.bound == [("ann", "ou_ann")]


def test_a_hundred_and_twenty_people_are_three_calls(w: Ward) -> None:
    people = [f"p{n:03d}" for n in range(120)]
    for person in people:
        w.member(person)
    assert do(w.book.users(people)) == {person: f"ou_{person}" for person in people}
    assert w.calls() == [LOOK] * 3
    assert sorted(len(call.args["emails"]) for call in w.server.called(LOOK)) == [20, 50, 50]


def test_one_who_gives_up_does_not_take_the_answer_from_the_others(w: Ward) -> None:
    async def scene() -> str | None:
        w.server.latency = 0.05
        first, second = asyncio.ensure_future(w.book.user("ann")), asyncio.ensure_future(w.book.user("ann"))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert do(scene()) == "ou_ann"
    assert w.calls() == [LOOK]


@pytest.mark.parametrize(
    ("plan", "there"),
    [
        ("13800000001", "13800000001"),
        ("+86 138-0000-0001", "13800000001"),
        ("138 0000 0001", "+8613800000001"),
        ("+1 (415) 555 0100", "+14155550100"),
    ],
)
def test_a_mobile_number_gives_somebody_away_however_it_is_written(w: Ward, plan: str, there: str) -> None:
    w.dialled("eve", plan, there)
    assert do(w.book.user("eve")) == "ou_eve"
    assert do(w.book.person("ou_eve")) == "eve"


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("+86 138 0000 0001", "13800000001"),
        ("8008208820", "8008208820"),
        ("+852 5100 0000", "+85251000000"),
        ("0086 13800000001", "13800000001"),
    ],
)
def test_numbers_as_feishu_takes_them(written: str, taken: str) -> None:
    assert dialled(written) == taken


def test_the_email_is_believed_before_the_mobile_number(w: Ward) -> None:
    w.team.mobiles["ann"] = "13800000001"
    w.tenant.user("other", "Other", None, "13800000001")
    assert do(w.book.user("ann")) == "ou_ann"


def test_a_number_that_is_somebody_elses_takes_not_their_place(w: Ward) -> None:
    w.team.identities["bob"] = "ou_shared"
    w.dialled("eve", "13800000001")
    w.tenant.user("shared", "Shared", None, "13800000001")
    del w.tenant.users["ou_eve"]
    assert do(w.book.user("eve")) is None
    assert w.team.bound == []


def test_whom_the_plan_names_is_not_asked_for(w: Ward) -> None:
    w.team.identities["ann"] = "ou_plan"
    assert do(w.book.user("ann")) == "ou_plan"
    assert do(w.book.user("feishu:ou_guest")) == "ou_guest"
    assert w.calls() == []


def test_somebody_without_an_account_is_not_looked_for_again_for_some_minutes(w: Ward) -> None:
    w.team.emails["zoe"] = "zoe@example.com"
    now = [0.0]
    book = Book(w.client, w.team.roll(), clock=counted(now))

    async def scene() -> None:
        assert await book.user("zoe") is None
        now[0] = MISS - 1
        assert await book.user("zoe") is None
        w.member("zoe")
        now[0] = MISS + 1
        assert await book.user("zoe") == "ou_zoe"

    do(scene())
    assert w.calls() == [LOOK] * 2


def test_somebody_without_an_email_or_a_number_is_not_looked_for(w: Ward) -> None:
    assert do(w.book.user("nobody")) is None
    assert w.calls() == []


def test_an_account_that_is_frozen_is_a_miss(w: Ward) -> None:
    w.member("ann", frozen=True)
    assert do(w.book.user("ann")) is None


def test_a_trouble_is_no_miss(w: Ward) -> None:
    async def scene() -> str | None:
        w.faulty(LOOK, Fault("http"))
        with pytest.raises(Later):
            await w.book.user("ann")
        return await w.book.user("ann")

    assert do(scene()) == "ou_ann"


def test_a_missing_scope_is_no_miss(w: Ward) -> None:
    w.tenant.scopes.discard("contact:user.id:readonly")
    with pytest.raises(Denied):
        do(w.book.user("ann"))


def test_what_is_found_is_kept_when_one_of_the_looks_fails(w: Ward) -> None:
    people = [f"p{n:03d}" for n in range(60)]
    for person in people:
        w.member(person)

    async def scene() -> None:
        w.server.fault = lambda method, args: Fault("http") if "p059@example.com" in args.get("emails", ()) else None
        found, trouble = await w.book.seek(people)
        assert (len(found), type(trouble)) == (50, Later)

    do(scene())
    assert len(w.team.bound) == 50


def test_prefetch_finds_everybody_by_the_fifty(w: Ward) -> None:
    for n in range(70):
        w.member(f"p{n:03d}")
    w.team.emails["zoe"] = "zoe@example.com"
    do(w.book.prefetch())
    assert len(w.team.bound) == 72
    assert w.calls() == [LOOK] * 2
    assert w.naps == [LEISURE] * 2


def test_prefetch_waits_when_feishu_says_so_and_goes_on(w: Ward) -> None:
    w.faulty(LOOK, Fault("ratelimited", seconds=30), Fault("http"))
    do(w.book.prefetch())
    assert w.naps == [30.0, MISS / 10, LEISURE]
    assert sorted(w.team.bound) == [("ann", "ou_ann"), ("bob", "ou_bob")]


def test_prefetch_stops_where_it_may_not_look(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    w.tenant.scopes.discard("contact:user.id:readonly")
    do(w.book.prefetch())
    assert w.calls() == [LOOK]
    assert "99991672" in caplog.text


# --- who pressed ------------------------------------------------------------------------------------------------------------


def test_who_presses_is_found_by_email_and_bound(w: Ward) -> None:
    assert do(w.book.person("ou_ann")) == "ann"
    assert w.team.bound == [("ann", "ou_ann")]
    assert do(w.book.person("ou_ann")) == "ann"
    assert w.calls() == [GET]


def test_fifty_presses_of_one_stranger_make_one_call(w: Ward) -> None:
    w.tenant.user("eve", "Eve", "eve@elsewhere.example")

    async def scene() -> list[str]:
        return await asyncio.gather(*(w.book.person("ou_eve") for _ in range(50)))

    assert set(do(scene())) == {"feishu:ou_eve"}
    assert w.calls() == [GET]


@pytest.mark.parametrize(("language", "name"), [("zh-CN", "伊芙"), ("en", "Eve")])
def test_whom_the_plan_does_not_know_is_a_guest_by_name(w: Ward, language: Any, name: str) -> None:
    w.tenant.user("eve", "伊芙", "eve@elsewhere.example", en_name="Eve")
    book = Book(w.client, w.team.roll(), language, glance=PATIENCE)
    assert do(book.person("ou_eve")) == "feishu:ou_eve"
    assert w.team.guests == [("ou_eve", name, language)]
    assert book.handle("feishu:ou_eve") == "ou_eve"


@pytest.mark.parametrize("hidden", [{"visible": False}, None])
def test_somebody_of_another_organisation_is_a_guest_without_a_name(w: Ward, hidden: dict[str, Any] | None) -> None:
    if hidden is not None:
        w.tenant.user("eve", "Eve", "ann@example.com", **hidden)
    assert do(w.book.person("ou_eve")) == "feishu:ou_eve"
    assert [name for _, name, _ in w.team.guests] == ["ou_eve"]
    assert w.team.bound == []


def test_a_guest_is_met_again_after_a_while_and_not_before(w: Ward) -> None:
    w.tenant.user("eve", "Eve")
    now = [0.0]
    book = Book(w.client, w.team.roll(), clock=counted(now), glance=PATIENCE)

    async def scene() -> None:
        for at in (0.0, MET - 1, MET + 1):
            now[0] = at
            await book.person("ou_eve")

    do(scene())
    assert w.calls() == [GET] * 2


@pytest.mark.parametrize("more", [{"frozen": True}, {"resigned": True}])
def test_accounts_switched_off_are_nobody(w: Ward, more: dict[str, Any]) -> None:
    w.member("ann", **more)
    with pytest.raises(Refused):
        do(w.book.person("ou_ann"))
    assert (w.team.bound, w.team.guests) == ([], [])


def test_an_email_takes_nobody_elses_place(w: Ward) -> None:
    w.team.identities["ann"] = "ou_ann"
    w.tenant.user("second", "Second", "ann@example.com")
    assert do(w.book.person("ou_second")) == "feishu:ou_second"
    assert w.team.bound == []


def test_when_feishu_does_not_say_who_it_is_they_are_a_guest_this_once(w: Ward) -> None:
    async def scene() -> tuple[str, str]:
        w.faulty(GET, Fault("http"))
        return await w.book.person("ou_ann"), await w.book.person("ou_ann")

    assert do(scene()) == ("feishu:ou_ann", "ann")
    assert w.team.guests == []


def test_nobody_waits_longer_than_a_glance_to_be_recognised_and_the_next_time_they_are(w: Ward) -> None:
    book = Book(w.client, w.team.roll(), glance=0.05)

    async def scene() -> tuple[str, str]:
        w.server.latency = 0.2
        first = await book.person("ou_ann")
        book.glance = PATIENCE
        return first, await book.person("ou_ann")

    assert do(scene()) == ("feishu:ou_ann", "ann")
    assert w.team.guests == []


def test_a_binding_that_the_house_refuses_is_still_good_for_this_process(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(person: str, user: str) -> None:
        raise Refused("taken")

    w.team.bind = refuse  # type: ignore[method-assign]
    book = Book(w.client, w.team.roll())
    assert do(book.user("ann")) == "ou_ann"
    assert book.handle("ann") == "ou_ann"
    assert "not kept" in caplog.text


@pytest.mark.parametrize("user", ["../im/v1/chats", "a?b=c", "a/b", "ou_x#y"])
def test_an_id_that_was_made_up_reaches_no_other_call(w: Ward, user: str) -> None:
    assert do(w.book.person(user)) == f"feishu:{user}"
    assert "chat.list" not in w.calls()
    assert [call.query for call in w.server.calls[1:]] == [{"user_id_type": "open_id"}]
