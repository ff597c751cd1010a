"""What holds for every platform behind the port: each verb makes it so, twice is once; what it cannot do it declares and refuses.

A platform's own tests subclass `Contract` and give it a `stage`: the adapter, two people it knows, one it does not, and eyes to see what
stands there. The suite needs no network and no clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, assert_never

import pytest

from bot.cards.model import Card, Words
from bot.core.errors import Never
from bot.platforms.port import VERBS, Platform, Verb

T = TypeVar("T")
NEEDED: frozenset[Verb] = frozenset({"open_room", "show", "say", "tell"})
OPTIONAL = tuple(verb for verb in VERBS if verb not in NEEDED)
FIRST = Card("first", (Words("one"),), "first look")
SECOND = Card("second", (Words("two"),), "second look")


class Eyes(Protocol):
    """What people of the platform would see."""

    def messages(self, room: str) -> int:
        """How many messages of the bot stand in the room."""

    def told(self, person: str) -> int:
        """How many messages of the bot stand in the person's own chat."""

    def rooms(self) -> int: ...


@dataclass(frozen=True)
class Stage:
    platform: Platform
    eyes: Eyes
    ann: str
    bob: str
    stranger: str
    groups: tuple[str, ...] = ()  # groups of its users that it knows


def do(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def asked(stage: Stage, verb: Verb, room: str, message: str) -> Coroutine[Any, Any, object]:
    """The verb as the engine would ask for it, in a room and about a message that stand."""
    platform = stage.platform
    match verb:
        case "open_room":
            return opened(stage, "INC-1/war", in_doubt=True)
        case "rename":
            return platform.rename(room, "another name", "inc-1-another")
        case "invite":
            return platform.invite(room, (stage.bob,))
        case "show":
            return platform.show(room, SECOND, message, "INC-1/status", False, (), False)
        case "say":
            return platform.say(room, "line", "INC-1/line:1", True, (), False)
        case "tell":
            return platform.tell(stage.bob, FIRST, None, "INC-1/dm:bob", True)
        case "whisper":
            return platform.whisper(room, stage.ann, FIRST, "INC-1/whisper:1", True)
        case "page":
            return platform.page(stage.ann, "come", "INC-1/page:ann:1", "c1", "INC-1", True)
        case "stop_page":
            return platform.stop_page(message)
        case "pin":
            return platform.pin(room, message)
        case "set_topic":
            return platform.set_topic(room, "another topic")
        case "link":
            return platform.link(room, "record", "http://bot/i/1")
        case "attach":
            return platform.attach(room, "draft.md", b"words", "INC-1/file:1", True)
        case "people":
            return platform.people(room)
        case "close_room":
            return platform.close_room(room)
    assert_never(verb)


async def opened(stage: Stage, key: str, in_doubt: bool = False) -> str:
    """A room with Ann in it, and a topic, as the engine would have it."""
    platform = stage.platform
    if not platform.capabilities.opens_empty:
        return await platform.open_room("war room", "inc-1-war", (stage.ann,), "topic", False, key, in_doubt)
    room = await platform.open_room("war room", "inc-1-war", (), "", False, key, in_doubt)
    await platform.invite(room, (stage.ann,))
    await platform.set_topic(room, "topic")
    return room


class Contract:
    """Subclass it as Test…, with a fixture `stage`."""

    def can(self, stage: Stage, *verbs: Verb) -> bool:
        """Whether it has all of these verbs; those that it has declared away it must refuse, for good and with the words for people."""
        declared = [verb for verb in verbs if verb in stage.platform.capabilities.cannot]
        for verb in declared:
            self.refuses(stage, verb)
        return not declared

    def refuses(self, stage: Stage, verb: Verb) -> None:
        async def scene() -> None:
            room = await self.room(stage)
            message = await self.show(stage, room)
            with pytest.raises(Never) as never:
                await asked(stage, verb, room, message)
            assert never.value.why

        do(scene())

    async def room(self, stage: Stage, key: str = "INC-1/war", in_doubt: bool = False) -> str:
        return await opened(stage, key, in_doubt)

    async def show(self, stage: Stage, room: str, ref: str | None = None, card: Card = FIRST, in_doubt: bool = False) -> str:
        return await stage.platform.show(room, card, ref, "INC-1/status", in_doubt, (stage.ann,), False)

    def test_what_it_cannot_do_is_a_verb_with_a_reason(self, stage: Stage) -> None:
        assert set(stage.platform.capabilities.cannot) <= set(VERBS)
        assert all(stage.platform.capabilities.cannot.values())

    def test_it_can_open_rooms_and_speak_in_them(self, stage: Stage) -> None:
        assert NEEDED.isdisjoint(stage.platform.capabilities.cannot)

    @pytest.mark.parametrize("verb", OPTIONAL)
    def test_a_verb_may_be_asked_for_again_or_is_declared_and_refused(self, stage: Stage, verb: Verb) -> None:
        if not self.can(stage, verb):
            return

        async def scene() -> None:
            room = await self.room(stage)
            message = await self.show(stage, room)
            if verb == "stop_page":
                message = await stage.platform.page(stage.ann, "come", "INC-1/page:ann:1", "c1", "INC-1", False)
            for _ in range(2):
                await asked(stage, verb, room, message)

        do(scene())

    def test_a_room_opened_again_in_doubt_is_the_same_room(self, stage: Stage) -> None:
        async def scene() -> tuple[str, str]:
            return await self.room(stage), await self.room(stage, in_doubt=True)

        before = stage.eyes.rooms()
        first, second = do(scene())
        assert (first, stage.eyes.rooms() - before) == (second, 1)

    def test_a_doubt_about_something_never_sent_sends_it(self, stage: Stage) -> None:
        room = do(self.room(stage, in_doubt=True))
        do(self.show(stage, room, in_doubt=True))
        assert stage.eyes.messages(room) == 1

    def test_a_line_said_again_in_doubt_stands_once(self, stage: Stage) -> None:
        async def scene() -> str:
            room = await self.room(stage)
            first = await stage.platform.say(room, "line", "INC-1/line:1", False, (), False)
            second = await stage.platform.say(room, "line", "INC-1/line:1", True, (), False)
            assert first == second
            return room

        assert stage.eyes.messages(do(scene())) == 1

    def test_two_lines_with_the_same_words_are_two(self, stage: Stage) -> None:
        async def scene() -> str:
            room = await self.room(stage)
            await stage.platform.say(room, "line", "INC-1/line:1", False, (), False)
            await stage.platform.say(room, "line", "INC-1/line:2", True, (), False)
            return room

        assert stage.eyes.messages(do(scene())) == 2

    def test_a_card_is_redrawn_where_it_stands(self, stage: Stage) -> None:
        async def scene() -> str:
            room = await self.room(stage)
            first = await self.show(stage, room)
            second = await self.show(stage, room, first, SECOND)
            third = await self.show(stage, room, None, SECOND, in_doubt=True)
            assert first == second == third
            return room

        assert stage.eyes.messages(do(scene())) == 1

    def test_a_card_for_one_person_is_redrawn_too(self, stage: Stage) -> None:
        async def scene() -> None:
            first = await stage.platform.tell(stage.bob, FIRST, None, "INC-1/dm:bob", False)
            assert await stage.platform.tell(stage.bob, SECOND, first, "INC-1/dm:bob", False) == first
            assert await stage.platform.tell(stage.bob, SECOND, None, "INC-1/dm:bob", True) == first

        before = stage.eyes.told(stage.bob)
        do(scene())
        assert stage.eyes.told(stage.bob) - before == 1

    def test_inviting_twice_is_inviting_once_and_the_one_who_cannot_come_keeps_out_nobody(self, stage: Stage) -> None:
        if not self.can(stage, "invite", "people"):
            return

        async def scene() -> tuple[str, ...]:
            room = await self.room(stage)
            assert await stage.platform.invite(room, (stage.stranger, stage.bob)) == (stage.stranger,)
            assert await stage.platform.invite(room, (stage.bob,)) == ()
            return await stage.platform.people(room)

        assert sorted(do(scene())) == sorted((stage.ann, stage.bob))

    def test_groups_of_users_may_come_along(self, stage: Stage) -> None:
        if not self.can(stage, "invite"):
            return

        async def scene() -> tuple[str, ...]:
            return await stage.platform.invite(await self.room(stage), (stage.bob,), stage.groups)

        assert do(scene()) == ()

    def test_a_room_has_an_address_of_its_own(self, stage: Stage) -> None:
        async def scene() -> set[str]:
            rooms = [await opened(stage, "INC-1/war"), await opened(stage, "INC-2/war")]
            return {stage.platform.room_url(room) for room in rooms}

        addresses = do(scene())
        assert len(addresses) == 2
        assert all(address.startswith(("https://", "http://", "/")) for address in addresses)

    def test_a_platform_that_opens_rooms_empty_can_invite_and_set_a_topic(self, stage: Stage) -> None:
        capabilities = stage.platform.capabilities
        assert not capabilities.opens_empty or {"invite", "set_topic"}.isdisjoint(capabilities.cannot)

    def test_a_page_in_doubt_rings_once(self, stage: Stage) -> None:
        if not self.can(stage, "page"):
            return

        async def scene() -> None:
            first = await stage.platform.page(stage.ann, "come", "INC-1/page:ann:1", "c1", "INC-1", False)
            assert await stage.platform.page(stage.ann, "come", "INC-1/page:ann:1", "c1", "INC-1", True) == first

        do(scene())

    def test_a_file_attached_again_in_doubt_is_there_once(self, stage: Stage) -> None:
        if not self.can(stage, "attach"):
            return

        async def scene() -> str:
            room = await self.room(stage)
            for in_doubt in (False, True):
                await stage.platform.attach(room, "draft.md", b"words", "INC-1/file:1", in_doubt)
            return room

        assert stage.eyes.messages(do(scene())) == 1

    def test_telling_somebody_who_is_not_there_can_never_succeed(self, stage: Stage) -> None:
        with pytest.raises(Never):
            do(stage.platform.tell(stage.stranger, FIRST, None, "INC-1/dm:stranger", False))
