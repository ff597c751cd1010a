"""Whatever goes wrong with a call, before Feishu acted or after: asked again in doubt, the thing is there once."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from bot.core.errors import Later
from bot.platforms.feishu.traces import mark
from tests.feishu.double.limits import Fault
from tests.feishu.double.model import Message
from tests.feishu.hands.stage import FIRST, IMPATIENCE, SECOND, Ward, do, title

HOUR = 3600


@dataclass(frozen=True)
class Scene:
    room: str
    status: str
    ring: str


@dataclass(frozen=True)
class Deed:
    """A verb, the call that goes wrong under it, and how often its effect is there. `puts`: aiohttp itself sends it again after a reset."""

    method: str
    act: Callable[[Ward, Scene, bool], Coroutine[Any, Any, object]]
    there: Callable[[Ward, Scene], int]
    puts: bool = False


def keyed(w: Ward, key: str) -> int:
    return sum(message.card is not None and mark(key) in json.dumps(message.card) for message in standing(w))


def standing(w: Ward) -> list[Message]:
    return [message for message in w.tenant.messages.values() if not message.recalled]


def files(w: Ward, s: Scene) -> int:
    return sum(post.kind == "file" for post in w.posts(s.room))


async def attached(w: Ward, s: Scene, doubt: bool) -> str:
    return await w.feishu.attach(s.room, "draft.md", b"words", "INC-1/file:1", doubt)


DEEDS = {
    "open_room": Deed(
        "chat.create", lambda w, s, doubt: w.open("INC-2/war", doubt, "INC-2"), lambda w, s: sum(room.name == "INC-2" for room in w.rooms())
    ),
    "rename": Deed(
        "chat.update",
        lambda w, s, doubt: w.feishu.rename(s.room, "new", "inc-1-new"),
        lambda w, s: sum(room.name == "new" for room in w.rooms()),
        puts=True,
    ),
    "invite": Deed(
        "chat_members.create",
        lambda w, s, doubt: w.feishu.invite(s.room, ("ann", "bob")),
        lambda w, s: w.room(s.room).members.count("ou_bob"),
    ),
    "show": Deed(
        "message.create",
        lambda w, s, doubt: w.feishu.show(s.room, FIRST, None, "INC-1/roll", doubt, ("ann",), False),
        lambda w, s: keyed(w, "INC-1/roll"),
    ),
    "redraw": Deed(
        "message.patch",
        lambda w, s, doubt: w.feishu.show(s.room, SECOND, s.status, "INC-1/status", doubt, (), False),
        lambda w, s: sum(title(post) == "second" for post in w.posts(s.room)),
    ),
    "say": Deed(
        "message.create",
        lambda w, s, doubt: w.feishu.say(s.room, "a line", "INC-1/say:1", doubt, ("ann",), True),
        lambda w, s: sum("a line" in post.content for post in w.posts(s.room)),
    ),
    "tell": Deed(
        "message.create",
        lambda w, s, doubt: w.feishu.tell("bob", FIRST, None, "INC-1/dm:bob", doubt),
        lambda w, s: keyed(w, "INC-1/dm:bob"),
    ),
    "whisper": Deed(
        "message.create",
        lambda w, s, doubt: w.feishu.whisper(s.room, "bob", FIRST, "INC-1/whisper:1", doubt),
        lambda w, s: keyed(w, "INC-1/whisper:1"),
    ),
    "page": Deed(
        "message.create",
        lambda w, s, doubt: w.feishu.page("ann", "come", "INC-1/page:ann:2", "c2", "INC-1", doubt),
        lambda w, s: keyed(w, "INC-1/page:ann:2"),
    ),
    "page, its ring": Deed(
        "message.urgent_app",
        lambda w, s, doubt: w.feishu.page("ann", "come", "INC-1/page:ann:2", "c2", "INC-1", doubt),
        lambda w, s: keyed(w, "INC-1/page:ann:2"),
    ),
    "stop_page": Deed(
        "message.delete", lambda w, s, doubt: w.feishu.stop_page(s.ring), lambda w, s: 1 - keyed(w, "INC-1/page:ann:1"), puts=True
    ),
    "pin": Deed("pin.create", lambda w, s, doubt: w.feishu.pin(s.room, s.status), lambda w, s: len(w.room(s.room).pins)),
    "pin, at the top": Deed(
        "put_top_notice", lambda w, s, doubt: w.feishu.pin(s.room, s.status), lambda w, s: int(w.room(s.room).notice is not None)
    ),
    "set_topic": Deed(
        "chat.update",
        lambda w, s, doubt: w.feishu.set_topic(s.room, "topic"),
        lambda w, s: int(w.room(s.room).description == "topic"),
        puts=True,
    ),
    "link": Deed(
        "chat_tab.create", lambda w, s, doubt: w.feishu.link(s.room, "record", "http://bot/i/1"), lambda w, s: len(w.room(s.room).tabs)
    ),
    "attach, going up": Deed("file.create", lambda w, s, doubt: attached(w, s, doubt), files),
    "attach": Deed("message.create", lambda w, s, doubt: attached(w, s, doubt), files),
    "close_room": Deed(
        "chat.update", lambda w, s, doubt: w.feishu.close_room(s.room), lambda w, s: w.room(s.room).name.count("【已结束】"), puts=True
    ),
    "close_room, its end": Deed(
        "chat_moderation.update",
        lambda w, s, doubt: w.feishu.close_room(s.room),
        lambda w, s: int(w.room(s.room).moderation == "only_owner"),
        puts=True,
    ),
}


async def staged(w: Ward) -> Scene:
    room = await w.open()
    status = await w.show(room)
    return Scene(room, status, await w.feishu.page("ann", "come", "INC-1/page:ann:1", "c1", "INC-1", False))


async def restarted(w: Ward, patience: float | None = None) -> None:
    await w.client.close()
    w.new() if patience is None else w.new(patience)


def fails_then_succeeds(w: Ward, deed: Deed, *faults: Fault, restart: bool) -> None:
    async def scene() -> None:
        s = await staged(w)
        w.faulty(deed.method, *faults)
        with pytest.raises(Later) as later:
            await deed.act(w, s, False)
        assert later.value.seconds is None
        if restart:
            await restarted(w)
        await deed.act(w, s, True)
        assert deed.there(w, s) == 1

    do(scene())


@pytest.mark.parametrize("name", DEEDS)
def test_a_call_that_feishu_never_saw_is_made_good(w: Ward, name: str) -> None:
    fails_then_succeeds(w, DEEDS[name], Fault("http", status=503), restart=False)


@pytest.mark.parametrize("name", DEEDS)
def test_a_call_whose_answer_was_lost_after_feishu_did_it_makes_nothing_twice(w: Ward, name: str) -> None:
    fails_then_succeeds(w, DEEDS[name], Fault("garbage", after=True), restart=False)


@pytest.mark.parametrize("name", DEEDS)
def test_nor_does_another_process_that_takes_over_after_a_reset(w: Ward, name: str) -> None:
    deed = DEEDS[name]
    fails_then_succeeds(w, deed, *[Fault("reset", after=True)] * (1 + deed.puts), restart=True)


@pytest.mark.parametrize("name", ["open_room", "show", "say"])
def test_nor_does_a_process_that_takes_over_when_feishu_has_forgotten_the_uuid(w: Ward, name: str) -> None:
    async def scene() -> None:
        s = await staged(w)
        w.taken.update((s.room, s.status, s.ring))
        w.faulty(DEEDS[name].method, Fault("garbage", after=True))
        with pytest.raises(Later):
            await DEEDS[name].act(w, s, False)
        w.tenant.advance(11 * HOUR)
        await restarted(w)
        await DEEDS[name].act(w, s, True)
        assert DEEDS[name].there(w, s) == 1

    do(scene())


def test_what_stood_there_looks_as_things_are_now(w: Ward) -> None:
    async def scene(hours: int) -> list[str]:
        room = await w.open(f"INC-{hours}/war")
        w.faulty("message.create", Fault("garbage", after=True))
        with pytest.raises(Later):
            await w.show(room)
        w.tenant.advance(hours * HOUR)
        await restarted(w)
        await w.show(room, None, SECOND, in_doubt=True)
        return [title(post) for post in w.posts(room)]

    assert [do(scene(hours)) for hours in (0, 2)] == [["second"]] * 2


def test_a_card_told_in_doubt_looks_as_things_are_now(w: Ward) -> None:
    async def scene() -> list[str]:
        w.faulty("message.create", Fault("garbage", after=True))
        with pytest.raises(Later):
            await w.feishu.tell("bob", FIRST, None, "INC-1/dm:bob", False)
        await w.feishu.tell("bob", SECOND, None, "INC-1/dm:bob", True)
        return [title(message) for message in w.told("bob")]

    assert do(scene()) == ["second"]


def test_a_time_out_after_feishu_did_it_makes_nothing_twice(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        await restarted(w, IMPATIENCE)
        await w.client.me()
        w.faulty("message.create", Fault("hang", after=True, seconds=IMPATIENCE + 0.1))
        with pytest.raises(Later) as later:
            await w.feishu.say(room, "a line", "INC-1/say:1", False, (), False)
        assert later.value.seconds is None
        await restarted(w)
        await w.feishu.say(room, "a line", "INC-1/say:1", True, (), False)
        assert len(w.posts(room)) == 1

    do(scene())


def test_too_many_calls_wait_as_long_as_feishu_says_and_were_surely_not_made(w: Ward) -> None:
    async def scene() -> float | None:
        room = await w.open()
        w.faulty("message.create", Fault("ratelimited", seconds=17, status=400))
        with pytest.raises(Later) as later:
            await w.feishu.say(room, "a line", "INC-1/say:1", False, (), False)
        return later.value.seconds

    assert do(scene()) == 17.0


def test_without_doubt_nothing_is_looked_for(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        await w.feishu.invite(room, ("ann", "bob"))
        w.server.calls.clear()
        await w.show(room)
        await w.feishu.say(room, "a line", "INC-1/say:1", False, ("ann",), False)
        await w.feishu.tell("bob", FIRST, None, "INC-1/dm:bob", False)
        await w.feishu.page("ann", "come", "INC-1/page:ann:1", "c1", "INC-1", False)

    do(scene())
    assert w.calls() == ["message.create"] * 4 + ["message.urgent_app"]


def test_in_doubt_and_just_now_the_uuid_is_enough(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        w.server.calls.clear()
        for in_doubt in (False, True):
            await w.feishu.say(room, "a line", "INC-1/say:1", in_doubt, (), False)

    do(scene())
    assert w.calls() == ["message.create"] * 2


def test_where_we_may_not_read_the_uuid_must_do(w: Ward) -> None:
    w.tenant.scopes.discard("im:message.group_msg")

    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        await restarted(w)
        assert await w.show(room, None, FIRST, in_doubt=True) == first

    do(scene())


def test_what_is_looked_for_is_found_behind_much_else(w: Ward) -> None:
    async def scene() -> tuple[str, str]:
        room = await w.open()
        first = await w.show(room)
        chat = w.room(room)
        for n in range(160):
            w.tenant.post(chat, Message(f"om_x{n}", room, "ou_ann", "text", '{"text": "chatter"}', w.tenant.now()))
        await restarted(w)
        w.tenant.advance(2 * HOUR)
        return first, await w.show(room, None, FIRST, in_doubt=True)

    first, second = do(scene())
    assert first == second


def test_the_same_words_of_somebody_else_or_of_another_record_are_not_ours(w: Ward) -> None:
    async def scene() -> int:
        room = await w.open()
        w.tenant.post(w.room(room), Message("om_ann", room, "ou_ann", "text", '{"text": "a line"}', w.tenant.now()))
        w.taken.add(await w.feishu.say(room, "a line", "INC-9/say:1", False, (), False))
        await restarted(w)
        w.tenant.advance(2 * HOUR)
        await w.feishu.say(room, "a line", "INC-1/say:1", True, (), False)
        return len(w.posts(room))

    assert do(scene()) == 2


@pytest.mark.parametrize(
    "answer", [{}, {"message_id": 7, "create_time": "1"}, {"message_id": "om_1"}, {"message_id": "om_1", "create_time": 5}]
)
def test_an_answer_that_says_success_without_the_message_leaves_a_doubt(
    w: Ward, answer: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hollow(*asked: object) -> dict[str, object]:
        return answer

    async def scene() -> None:
        monkeypatch.setattr(w.client, "call", hollow)
        with pytest.raises(Later) as later:
            await w.feishu.say("oc_1", "a line", "INC-1/say:1", False, (), False)
        assert later.value.seconds is None

    do(scene())
