"""Messages: drawn once, redrawn in their place, posted anew where the place is gone; pages, files, words for one person."""

from __future__ import annotations

import pytest

from bot.core.errors import Later, Never
from bot.platforms.slack.faults import Denied
from bot.platforms.slack.press import decode
from bot.words import Who, line
from tests.slack.double.limits import Fault
from tests.slack.double.model import Json, Message
from tests.slack.hands.stage import FIRST, SECOND, Ward, do


def buttons(message: Message) -> list[Json]:
    return [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]


def test_the_first_posting_mentions_and_a_redraw_does_not(w: Ward) -> None:
    async def scene() -> tuple[Message, Message]:
        room = await w.open()
        ref = await w.slack.show(room, FIRST, None, "INC-1/status", False, ("ann",), True)
        posted = w.workspace.message(ref).text
        await w.slack.show(room, SECOND, ref, "INC-1/status", False, ("ann",), True)
        assert "<@UANN>" in posted
        assert "<!channel>" in posted
        return w.workspace.message(ref), w.workspace.message(ref)

    message, _ = do(scene())
    assert "<" not in message.text
    assert message.metadata == {"event_type": "fenghuo", "event_payload": {"key": "INC-1/status"}}


def test_a_card_that_somebody_deleted_is_posted_anew(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        w.workspace.delete(w.workspace.message(first))
        second = await w.show(room, first, SECOND)
        assert second != first
        assert [post.text for post in w.posts(room)] == ["second look"]

    do(scene())


def test_a_card_posted_anew_in_doubt_is_posted_once(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        w.workspace.delete(w.workspace.message(first))
        w.faulty("chat.postMessage", Fault("reset", after=True))
        with pytest.raises(Later):
            await w.show(room, first, SECOND)
        second = await w.show(room, first, SECOND, in_doubt=True)
        assert [post.ref for post in w.posts(room)] == [second]

    do(scene())


def test_a_redraw_in_an_archived_room_is_done(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        ref = await w.show(room)
        await w.slack.close_room(room)
        assert await w.show(room, ref, SECOND) == ref

    do(scene())


def test_so_is_one_whose_message_is_gone_as_well(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        ref = await w.show(room)
        w.workspace.delete(w.workspace.message(ref))
        await w.slack.close_room(room)
        assert await w.show(room, ref, SECOND) == ref

    do(scene())


def test_a_first_word_in_an_archived_room_can_never_be_said(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        await w.slack.close_room(room)
        await w.show(room)

    with pytest.raises(Never) as never:
        do(scene())
    assert never.value.why == line("群已归档：在 Slack 里取消归档，再重试")


@pytest.mark.parametrize("code", ["edit_window_closed", "cant_update_message", "block_mismatch"])
def test_a_card_that_may_not_be_changed_is_replaced(w: Ward, code: str) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        w.faulty("chat.update", Fault("error", code=code))
        second = await w.show(room, first, SECOND)
        assert [post.ref for post in w.posts(room)] == [second] != [first]

    do(scene())


def test_where_the_old_one_cannot_go_the_new_one_stands_all_the_same(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        codes = {"chat.update": "edit_window_closed", "chat.delete": "compliance_exports_prevent_deletion"}
        w.server.fault = lambda method, args: Fault("error", code=codes[method]) if method in codes else None
        second = await w.show(room, first, SECOND)
        assert [post.ref for post in w.posts(room)] == [first, second]

    do(scene())


def test_a_line_mentions_whom_it_is_for_even_when_they_were_not_known(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        return w.workspace.message(await w.slack.say(room, "a line", "INC-1/say:1", False, ("ann",), False)).text

    assert "<@UANN>" in do(scene())


def test_nobody_is_waited_for_when_slack_does_not_find_them(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        w.faulty("users.lookupByEmail", Fault("http"))
        return w.workspace.message(await w.slack.say(room, "a line", "INC-1/say:1", False, ("ann",), False)).text

    assert "a line" in do(scene())


# --- one person -------------------------------------------------------------------------------------------------------------


def test_a_word_to_one_person_is_one_round_trip_and_says_where_it_stands(w: Ward) -> None:
    w.team.identities["bob"] = "UBOB"
    ref = do(w.slack.tell("bob", FIRST, None, "INC-1/dm:bob", False))
    assert w.calls() == ["chat.postMessage"]
    assert ref.startswith("D")
    assert w.workspace.message(ref).text == "first look"


def test_somebody_slack_does_not_know_is_named_with_the_way_round(w: Ward) -> None:
    w.team.identities["old"] = "UOLD"
    for person in ("stranger", "old"):
        with pytest.raises(Never) as never:
            do(w.slack.tell(person, FIRST, None, f"INC-1/dm:{person}", False))
        words = line("Slack 里找不到 {who}：核对方案里的邮箱，或请本人用 /incident 身份 绑定", who=Who(person))
        assert never.value.why == words


def test_a_whisper_reaches_one_person_in_the_room_and_nobody_else(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        await w.slack.invite(room, ("ann", "bob"))
        await w.slack.whisper(room, "ann", FIRST, "INC-1/whisper:1", False)
        return room

    room = do(scene())
    assert [(seen.user, seen.channel) for seen in w.workspace.ephemerals] == [("UANN", room)]
    assert w.posts(room) == []


def test_a_whisper_to_somebody_outside_says_so(w: Ward) -> None:
    async def scene() -> None:
        await w.slack.whisper(await w.open(), "ann", FIRST, "INC-1/whisper:1", False)

    with pytest.raises(Denied) as denied:
        do(scene())
    assert denied.value.why == line("对方不在这个群里：先拉进来")


def test_a_page_mentions_and_its_button_answers_the_call(w: Ward) -> None:
    ref = do(w.slack.page("ann", "come quickly", "INC-1/page:ann:1", "c1", "INC-1", False))
    message = w.workspace.message(ref)
    assert "<@UANN>" in message.text
    assert "come quickly" in message.text
    (button,) = buttons(message)
    assert decode(button["action_id"], button["value"]) == ("roll.here", {"call": "c1", "record": "INC-1"})


def test_a_page_that_is_over_is_gone_and_may_be_over_twice(w: Ward) -> None:
    async def scene() -> None:
        ref = await w.slack.page("ann", "come", "INC-1/page:ann:1", "c1", "INC-1", False)
        await w.slack.stop_page(ref)
        await w.slack.stop_page(ref)
        assert w.posts(ref.partition("/")[0]) == []

    do(scene())


def test_where_nothing_may_be_deleted_a_page_loses_its_button(w: Ward) -> None:
    async def scene() -> Message:
        ref = await w.slack.page("ann", "come", "INC-1/page:ann:1", "c1", "INC-1", False)
        w.faulty("chat.delete", Fault("error", code="compliance_exports_prevent_deletion"))
        await w.slack.stop_page(ref)
        return w.workspace.message(ref)

    message = do(scene())
    assert message.text == "这次呼叫已经结束，不用再应。"
    assert buttons(message) == []


# --- pins and files ---------------------------------------------------------------------------------------------------------


def test_a_pin_that_is_there_is_done(w: Ward) -> None:
    async def scene() -> int:
        room = await w.open()
        ref = await w.show(room)
        await w.slack.pin(room, ref)
        await w.slack.pin(room, ref)
        return len(w.room(room).pins)

    assert do(scene()) == 1


def test_people_read_a_files_title_and_its_name_has_the_key(w: Ward) -> None:
    async def scene() -> str:
        return await w.slack.attach(await w.open(), "INC-1-draft.md", b"words", "INC-1/postmortem:7", False)

    file = w.workspace.files[do(scene())]
    assert (file.title, file.name, file.content) == ("INC-1-draft.md", "INC-1-draft.INC-1-postmortem-7.md", b"words")
    assert "conversations.history" not in w.calls()


def test_a_second_draft_of_the_same_title_is_another_file(w: Ward) -> None:
    async def scene() -> int:
        room = await w.open()
        await w.slack.attach(room, "draft.md", b"words", "INC-1/postmortem:7", False)
        await w.slack.attach(room, "draft.md", b"words", "INC-1/postmortem:9", True)
        return len(w.posts(room))

    assert do(scene()) == 2


def test_an_empty_file_arrives(w: Ward) -> None:
    async def scene() -> str:
        return await w.slack.attach(await w.open(), "draft.md", b"", "INC-1/postmortem:7", False)

    assert w.workspace.files[do(scene())].complete


@pytest.mark.parametrize("ref", ["", "F0001", "m12"])
def test_what_is_no_message_of_slack_is_said_to_be_none(w: Ward, ref: str) -> None:
    with pytest.raises(Never):
        do(w.slack.stop_page(ref))
