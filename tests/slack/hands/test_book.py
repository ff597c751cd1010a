"""Each person is asked for once and then known; strangers are guests; bots are nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.core.errors import Later, Refused
from bot.platforms.slack.book import LEISURE, MET, MISS, Book
from bot.platforms.slack.faults import Denied
from tests.slack.double.limits import Fault
from tests.slack.hands.stage import Ward, counted, do


def test_fifty_who_ask_for_one_person_at_the_same_time_make_one_call(w: Ward) -> None:
    async def scene() -> list[str | None]:
        return await asyncio.gather(*(w.book.user("ann") for _ in range(50)))

    assert set(do(scene())) == {"UANN"}
    assert w.calls() == ["users.lookupByEmail"]
    assert w.team.bound == [("ann", "UANN")]


def test_one_who_gives_up_does_not_take_the_answer_from_the_others(w: Ward) -> None:
    async def scene() -> str | None:
        w.server.latency = 0.05
        first, second = asyncio.ensure_future(w.book.user("ann")), asyncio.ensure_future(w.book.user("ann"))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert do(scene()) == "UANN"
    assert w.calls() == ["users.lookupByEmail"]


def test_whom_the_plan_names_is_not_asked_for(w: Ward) -> None:
    w.team.identities["ann"] = "UPLAN"
    assert do(w.book.user("ann")) == "UPLAN"
    assert do(w.book.user("slack:UGUEST")) == "UGUEST"
    assert w.calls() == []


def test_somebody_without_an_account_is_not_looked_for_again_for_some_minutes(w: Ward) -> None:
    w.team.emails["zoe"] = "zoe@example.com"
    now = [0.0]
    book = Book(w.web, w.team.roll(), clock=counted(now))

    async def scene() -> None:
        assert await book.user("zoe") is None
        now[0] = MISS - 1
        assert await book.user("zoe") is None
        w.workspace.user("UZOE", "Zoe", "zoe@example.com")
        now[0] = MISS + 1
        assert await book.user("zoe") == "UZOE"

    do(scene())
    assert w.calls() == ["users.lookupByEmail"] * 2


def test_somebody_without_an_email_is_not_looked_for(w: Ward) -> None:
    assert do(w.book.user("nobody")) is None
    assert w.calls() == []


def test_a_trouble_is_no_miss(w: Ward) -> None:
    async def scene() -> str | None:
        w.faulty("users.lookupByEmail", Fault("http"))
        with pytest.raises(Later):
            await w.book.user("ann")
        return await w.book.user("ann")

    assert do(scene()) == "UANN"


def test_what_is_found_is_kept_when_one_of_the_looks_fails(w: Ward) -> None:
    async def scene() -> None:
        w.server.fault = lambda method, args: Fault("http") if args.get("email") == "bob@example.com" else None
        with pytest.raises(Later):
            await w.book.users(("ann", "bob"))

    do(scene())
    assert w.team.bound == [("ann", "UANN")]


def test_prefetch_finds_everybody_at_leisure(w: Ward) -> None:
    w.team.emails["zoe"] = "zoe@example.com"
    w.team.identities["bob"] = "UBOB"
    do(w.book.prefetch())
    assert w.team.bound == [("ann", "UANN")]
    assert w.calls() == ["users.lookupByEmail"] * 2
    assert w.naps == [LEISURE] * 2


def test_prefetch_waits_when_slack_says_so_and_goes_on(w: Ward) -> None:
    w.faulty("users.lookupByEmail", Fault("ratelimited", seconds=30))
    do(w.book.prefetch())
    assert w.naps == [30.0, LEISURE, LEISURE]
    assert w.team.bound == [("bob", "UBOB")]


def test_prefetch_stops_where_it_may_not_look(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    w.workspace.scopes.discard("users:read.email")
    do(w.book.prefetch())
    assert w.calls() == ["users.lookupByEmail"]
    assert "missing_scope" in caplog.text


# --- who pressed ------------------------------------------------------------------------------------------------------------


def test_who_presses_is_found_by_email_and_bound(w: Ward) -> None:
    assert do(w.book.person("UANN")) == "ann"
    assert w.team.bound == [("ann", "UANN")]
    assert do(w.book.person("UANN")) == "ann"
    assert w.calls() == ["users.info", "auth.test"]


def test_whom_the_plan_does_not_know_is_a_guest_by_name_and_language(w: Ward) -> None:
    w.workspace.user("UEVE", "Eve", "eve@elsewhere.example", locale="en-US")
    assert do(w.book.person("UEVE")) == "slack:UEVE"
    assert w.team.guests == [("UEVE", "Eve", "en")]
    assert w.book.handle("slack:UEVE") == "UEVE"


def test_a_guest_is_met_again_after_a_while_and_not_before(w: Ward) -> None:
    w.workspace.user("UEVE", "Eve", None)
    now = [0.0]
    book = Book(w.web, w.team.roll(), clock=counted(now))

    async def scene() -> None:
        for at in (0.0, MET - 1, MET + 1):
            now[0] = at
            await book.person("UEVE")

    do(scene())
    assert w.calls() == ["users.info"] * 2


@pytest.mark.parametrize("more", [{"is_bot": True}, {"deleted": True}])
def test_bots_and_accounts_switched_off_are_nobody(w: Ward, more: dict[str, Any]) -> None:
    w.workspace.user("UBOT", "Bot", "ann@example.com", **more)
    with pytest.raises(Refused):
        do(w.book.person("UBOT"))
    assert (w.team.bound, w.team.guests) == ([], [])


def test_an_email_of_another_organisation_proves_nothing(w: Ward) -> None:
    w.workspace.user("UEVIL", "Evil", "ann@example.com", team_id="T0OTHER")
    assert do(w.book.person("UEVIL")) == "slack:UEVIL"
    assert w.team.bound == []


def test_an_email_takes_nobody_elses_place(w: Ward) -> None:
    w.team.identities["ann"] = "UANN"
    w.workspace.user("USECOND", "Second", "ann@example.com")
    assert do(w.book.person("USECOND")) == "slack:USECOND"
    assert w.team.bound == []


def test_when_slack_does_not_say_who_it_is_they_are_a_guest_this_once(w: Ward) -> None:
    async def scene() -> tuple[str, str]:
        w.faulty("users.info", Fault("http"))
        return await w.book.person("UANN"), await w.book.person("UANN")

    assert do(scene()) == ("slack:UANN", "ann")
    assert w.team.guests == []


def test_nobody_waits_longer_than_a_glance_to_be_recognised_and_the_next_time_they_are(w: Ward) -> None:
    book = Book(w.web, w.team.roll(), glance=0.05)

    async def scene() -> tuple[str, str]:
        w.server.latency = 0.2
        first = await book.person("UANN")
        book.glance = 20.0
        return first, await book.person("UANN")

    assert do(scene()) == ("slack:UANN", "ann")
    assert w.team.guests == []


def test_a_binding_that_the_house_refuses_is_still_good_for_this_process(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(person: str, user: str) -> None:
        raise Refused("taken")

    w.team.bind = refuse  # type: ignore[method-assign]
    book = Book(w.web, w.team.roll())
    assert do(book.user("ann")) == "UANN"
    assert book.handle("ann") == "UANN"
    assert "not kept" in caplog.text


def test_a_missing_scope_is_no_miss(w: Ward) -> None:
    w.workspace.scopes.discard("users:read.email")
    with pytest.raises(Denied):
        do(w.book.user("ann"))
