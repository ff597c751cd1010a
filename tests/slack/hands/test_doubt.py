"""Whatever goes wrong with a call, before Slack acted or after: asked again in doubt, the thing is there once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from bot.core.errors import Later
from tests.slack.double.limits import Fault
from tests.slack.hands.stage import FIRST, IMPATIENCE, SECOND, Ward, do


@dataclass(frozen=True)
class Scene:
    room: str
    status: str
    ring: str


@dataclass(frozen=True)
class Deed:
    """A verb, the call that goes wrong under it, and how often its effect is there."""

    method: str
    act: Callable[[Ward, Scene, bool], Coroutine[Any, Any, object]]
    there: Callable[[Ward, Scene], int]


def keyed(w: Ward, key: str) -> int:
    messages = [message for channel in w.workspace.channels.values() for message in channel.messages.values()]
    return sum(message.metadata is not None and message.metadata["event_payload"]["key"] == key for message in messages)


DEEDS = {
    "open_room": Deed(
        "conversations.create",
        lambda w, s, doubt: w.slack.open_room("two", "inc-2-war", (), "", False, "INC-2/war", doubt),
        lambda w, s: sum(room.name.startswith("inc-2-war") for room in w.rooms()),
    ),
    "rename": Deed(
        "conversations.rename",
        lambda w, s, doubt: w.slack.rename(s.room, "new", "inc-1-new"),
        lambda w, s: sum(room.name == "inc-1-new" for room in w.rooms()),
    ),
    "invite": Deed(
        "conversations.invite",
        lambda w, s, doubt: w.slack.invite(s.room, ("ann", "bob")),
        lambda w, s: w.room(s.room).members.count("UBOB"),
    ),
    "show": Deed(
        "chat.postMessage",
        lambda w, s, doubt: w.slack.show(s.room, FIRST, None, "INC-1/roll", doubt, ("ann",), False),
        lambda w, s: keyed(w, "INC-1/roll"),
    ),
    "redraw": Deed(
        "chat.update",
        lambda w, s, doubt: w.slack.show(s.room, SECOND, s.status, "INC-1/status", doubt, (), False),
        lambda w, s: sum(post.text == "second look" for post in w.posts(s.room)),
    ),
    "say": Deed(
        "chat.postMessage",
        lambda w, s, doubt: w.slack.say(s.room, "a line", "INC-1/say:1", doubt, (), True),
        lambda w, s: keyed(w, "INC-1/say:1"),
    ),
    "tell": Deed(
        "chat.postMessage",
        lambda w, s, doubt: w.slack.tell("bob", FIRST, None, "INC-1/dm:bob", doubt),
        lambda w, s: keyed(w, "INC-1/dm:bob"),
    ),
    "page": Deed(
        "chat.postMessage",
        lambda w, s, doubt: w.slack.page("ann", "come", "INC-1/page:ann:2", "c2", "INC-1", doubt),
        lambda w, s: keyed(w, "INC-1/page:ann:2"),
    ),
    "stop_page": Deed("chat.delete", lambda w, s, doubt: w.slack.stop_page(s.ring), lambda w, s: 1 - keyed(w, "INC-1/page:ann:1")),
    "pin": Deed("pins.add", lambda w, s, doubt: w.slack.pin(s.room, s.status), lambda w, s: len(w.room(s.room).pins)),
    "set_topic": Deed(
        "conversations.setTopic", lambda w, s, doubt: w.slack.set_topic(s.room, "topic"), lambda w, s: int(w.room(s.room).topic == "topic")
    ),
    "link": Deed(
        "bookmarks.add", lambda w, s, doubt: w.slack.link(s.room, "record", "http://bot/i/1"), lambda w, s: len(w.room(s.room).bookmarks)
    ),
    "attach, its place": Deed(
        "files.getUploadURLExternal",
        lambda w, s, doubt: w.slack.attach(s.room, "draft.md", b"words", "INC-1/file:1", doubt),
        lambda w, s: sum(bool(post.files) for post in w.posts(s.room)),
    ),
    "attach, its end": Deed(
        "files.completeUploadExternal",
        lambda w, s, doubt: w.slack.attach(s.room, "draft.md", b"words", "INC-1/file:1", doubt),
        lambda w, s: sum(bool(post.files) for post in w.posts(s.room)),
    ),
    "close_room": Deed("conversations.archive", lambda w, s, doubt: w.slack.close_room(s.room), lambda w, s: int(w.room(s.room).archived)),
}


async def staged(w: Ward) -> Scene:
    room = await w.open()
    status = await w.show(room)
    return Scene(room, status, await w.slack.page("ann", "come", "INC-1/page:ann:1", "c1", "INC-1", False))


def fails_then_succeeds(w: Ward, deed: Deed, fault: Fault, *, restart: bool) -> None:
    async def scene() -> None:
        s = await staged(w)
        w.faulty(deed.method, fault)
        with pytest.raises(Later) as later:
            await deed.act(w, s, False)
        assert later.value.seconds is None
        if restart:
            await w.web.close()
            w.new()
        await deed.act(w, s, True)
        assert deed.there(w, s) == 1

    do(scene())


@pytest.mark.parametrize("name", DEEDS)
def test_a_call_that_slack_never_saw_is_made_good(w: Ward, name: str) -> None:
    fails_then_succeeds(w, DEEDS[name], Fault("http", status=503), restart=False)


@pytest.mark.parametrize("name", DEEDS)
def test_a_call_whose_answer_was_lost_after_slack_did_it_makes_nothing_twice(w: Ward, name: str) -> None:
    fails_then_succeeds(w, DEEDS[name], Fault("garbage", after=True), restart=False)


@pytest.mark.parametrize("name", DEEDS)
def test_nor_does_another_process_that_takes_over_after_a_reset(w: Ward, name: str) -> None:
    fails_then_succeeds(w, DEEDS[name], Fault("reset", after=True), restart=True)


def test_a_time_out_after_slack_did_it_makes_nothing_twice(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        await w.web.close()
        w.new(IMPATIENCE)
        w.faulty("chat.postMessage", Fault("hang", after=True, seconds=IMPATIENCE + 0.1))
        with pytest.raises(Later) as later:
            await w.slack.say(room, "a line", "INC-1/say:1", False, (), False)
        assert later.value.seconds is None
        await w.web.close()
        w.new()
        await w.slack.say(room, "a line", "INC-1/say:1", True, (), False)
        assert len(w.posts(room)) == 1

    do(scene())


def test_too_many_calls_wait_as_long_as_slack_says_and_were_surely_not_made(w: Ward) -> None:
    async def scene() -> float | None:
        room = await w.open()
        w.faulty("chat.postMessage", Fault("ratelimited", seconds=17))
        with pytest.raises(Later) as later:
            await w.slack.say(room, "a line", "INC-1/say:1", False, (), False)
        return later.value.seconds

    assert do(scene()) == 17.0


def test_without_doubt_nothing_is_looked_for(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        await w.slack.invite(room, ("ann", "bob"))
        w.server.calls.clear()
        await w.show(room)
        await w.slack.say(room, "a line", "INC-1/say:1", False, ("ann",), False)
        await w.slack.tell("bob", FIRST, None, "INC-1/dm:bob", False)
        await w.slack.page("ann", "come", "INC-1/page:ann:1", "c1", "INC-1", False)

    do(scene())
    assert w.calls() == ["chat.postMessage"] * 4


def test_what_is_looked_for_is_found_behind_much_else(w: Ward) -> None:
    async def scene() -> tuple[str, str]:
        room = await w.open()
        first = await w.slack.say(room, "a line", "INC-1/say:1", False, (), False)
        for _ in range(401):
            w.workspace.system(w.room(room), "channel_topic", w.workspace.bot_user, "chatter")
        return first, await w.slack.say(room, "a line", "INC-1/say:1", True, (), False)

    first, second = do(scene())
    assert first == second


def test_somebody_elses_metadata_with_our_key_is_not_ours(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        await w.web.call(
            "chat.postMessage", channel=room, text="x", metadata={"event_type": "other", "event_payload": {"key": "INC-1/say:1"}}
        )
        await w.slack.say(room, "a line", "INC-1/say:1", True, (), False)
        assert len(w.posts(room)) == 2

    do(scene())


def test_an_answer_that_says_ok_without_the_message_leaves_a_doubt(w: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hollow(method: str, /, **arguments: object) -> dict[str, object]:
        return {"ok": True, "channel": 7, "ts": None}

    async def scene() -> None:
        monkeypatch.setattr(w.web, "call", hollow)
        with pytest.raises(Later) as later:
            await w.slack.say("C1", "a line", "INC-1/say:1", False, (), False)
        assert later.value.seconds is None

    do(scene())
