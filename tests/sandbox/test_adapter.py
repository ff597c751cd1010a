"""Each verb makes it so, and saying it twice changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bot.cards.model import Card, Words
from bot.core.errors import Never
from bot.platforms.port import Platform
from bot.platforms.sandbox.adapter import Sandbox
from bot.store.database import Database
from bot.store.sandbox import SandboxStore
from bot.words import Bi, line
from tests.sandbox.toy import HUMANS, START

CARD = Card(line("点名"), (Words("在"),), line("点名"))


@pytest.fixture
def store(database_url: str) -> Iterator[SandboxStore]:
    database = Database(database_url)
    yield SandboxStore(database)
    database.close()


@pytest.fixture
def platform(store: SandboxStore) -> Platform:
    return Sandbox(store, lambda: START, lambda person: any(human.id == person for human in HUMANS))


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def opened(platform: Platform, *members: str) -> str:
    return str(run(platform.open_room(line("群"), "inc-1", members or ("wangmin",), "", False, "INC-1:war", False)))


def test_a_room_opened_twice_is_one_room(platform: Platform, store: SandboxStore) -> None:
    assert opened(platform, "wangmin") == opened(platform, "wangmin", "chenhai")
    assert store.people_of(1) == ("wangmin", "chenhai")


def test_the_one_who_cannot_be_invited_does_not_keep_out_the_rest(platform: Platform, store: SandboxStore) -> None:
    room = opened(platform)
    assert run(platform.invite(room, ("nobody", "chenhai"))) == ("nobody",)
    assert run(platform.people(room)) == ("wangmin", "chenhai")


def test_a_card_shown_again_stands_in_the_same_place(platform: Platform, store: SandboxStore) -> None:
    room = opened(platform)
    first = run(platform.show(room, CARD, None, "INC-1:roll", False, (), False))
    again = run(platform.show(room, Card(line("变了"), (), ""), None, "INC-1:roll", True, (), False))
    moved = run(platform.show(room, Card(line("又变"), (), ""), first, "INC-1:roll", False, (), False))
    assert first == again == moved
    found = store.message(int(first[1:]))
    assert found is not None
    assert found.body == Card(line("又变"), (), "")


def test_a_line_said_twice_is_said_once(platform: Platform, store: SandboxStore) -> None:
    room = opened(platform)
    assert run(platform.say(room, line("好。"), "k", False, (), False)) == run(platform.say(room, line("好。"), "k", True, (), False))


def test_a_ring_rings_until_it_is_stopped(platform: Platform, store: SandboxStore) -> None:
    ref = run(platform.page("dinglei", line("来"), "k", "call-1", "INC-1", False))
    assert run(platform.page("dinglei", line("来"), "k", "call-1", "INC-1", True)) == ref
    assert [ring.person for ring in store.ringing()] == ["dinglei"]
    run(platform.stop_page(ref))
    assert store.ringing() == ()


def test_whom_the_plan_does_not_know_is_never_told(platform: Platform) -> None:
    with pytest.raises(Never):
        run(platform.tell("nobody", CARD, None, "k", False))


def test_the_rest_of_the_verbs_may_be_said_twice(platform: Platform, store: SandboxStore) -> None:
    room = opened(platform)
    card = run(platform.show(room, CARD, None, "k", False, (), False))
    for _ in range(2):
        run(platform.pin(room, card))
        run(platform.set_topic(room, line("话题")))
        run(platform.link(room, Bi("会议", "Call"), "https://meet.example/" + "9" * 300))
        run(platform.rename(room, line("新名"), "inc-1-new"))
        run(platform.attach(room, "复盘.md", b"# \xe5\xa4\x8d", "INC-1:postmortem", False))
        run(platform.whisper(room, "wangmin", CARD, "INC-1:whisper", False))
        run(platform.tell("chenhai", CARD, None, "INC-1:dm", False))
        run(platform.close_room(room))
    assert len(store.pinned(1)) == 1
    assert len(store.links_of(1)) == 1
    assert store.file(1) == ("复盘.md", b"# \xe5\xa4\x8d")
    found = store.room(1)
    assert found is not None
    assert (found.name, found.topic, found.closed) == (line("新名"), line("话题"), True)
    assert [message.kind for message in store.recent(1, "wangmin", None, 20)] == ["event", "card", "file", "card", "event"]
    assert [message.kind for message in store.recent(1, "chenhai", None, 20)] == ["event", "card", "file", "event"]


def test_mentions_and_unread_are_counted_for_each_person_alone(platform: Platform, store: SandboxStore) -> None:
    room = opened(platform, "wangmin", "chenhai")
    run(platform.show(room, CARD, None, "k", False, ("chenhai",), False))
    last = run(platform.say(room, line("好。"), "k2", False, (), False))
    (mine,), (his,) = store.rooms_of("wangmin"), store.rooms_of("chenhai")
    assert (mine.unread, mine.mentions, his.unread, his.mentions) == (2, 0, 2, 1)
    assert store.look(1, "chenhai", int(last[1:]))
    assert not store.look(1, "chenhai", int(last[1:]))
    assert store.rooms_of("chenhai")[0].unread == 0


def test_what_changed_is_never_missed_and_never_new_twice(platform: Platform, store: SandboxStore) -> None:
    room = opened(platform)
    first = run(platform.show(room, CARD, None, "a", False, (), False))
    since = store.change()
    run(platform.show(room, Card(line("变了"), (), ""), first, "a", False, (), False))
    run(platform.say(room, line("好。"), "b", False, (), False))
    upto = store.change()
    run(platform.say(room, line("好。"), "c", False, (), False))
    changed = store.changed(1, "wangmin", since, upto)
    assert [message.born > since for message in changed] == [False, True]
    assert [message.born > upto for message in store.changed(1, "wangmin", upto, store.change())] == [True]
