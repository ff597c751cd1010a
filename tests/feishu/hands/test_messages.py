"""Messages: drawn once, redrawn in their place, posted anew where the place is gone or too old; pages, files, words for one person."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.errors import Later, Never
from bot.effects import Louder
from bot.platforms.feishu.adapter import RENEW
from bot.platforms.feishu.faults import Denied
from bot.platforms.feishu.values import decode
from bot.words import Who, line
from tests.feishu.double.cards import walk
from tests.feishu.double.limits import Fault
from tests.feishu.double.model import Message
from tests.feishu.hands.stage import FIRST, SECOND, Ward, do, title

DAY = 86_400


def words(message: Message) -> str:
    assert message.card is not None
    return json.dumps(message.card, ensure_ascii=False)


def test_a_card_is_one_call_and_its_ref_says_when_it_was_made(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        w.server.calls.clear()
        ref = await w.show(room)
        assert ref == w.tenant.message(ref).ref
        assert title(w.tenant.message(ref)) == "first"

    do(scene())
    assert w.calls() == ["message.create"]


def test_the_first_posting_mentions_and_a_redraw_does_not(w: Ward) -> None:
    async def scene() -> Message:
        room = await w.open()
        await w.feishu.invite(room, ("ann",))
        ref = await w.feishu.show(room, FIRST, None, "INC-1/status", False, ("ann",), True)
        posted = words(w.tenant.message(ref))
        await w.feishu.show(room, SECOND, ref, "INC-1/status", False, ("ann",), True)
        assert "<at id=ou_ann></at>" in posted
        assert "<at id=all></at>" in posted
        return w.tenant.message(ref)

    assert "<at" not in words(do(scene()))


def test_where_a_group_lets_nobody_mention_everybody_the_words_go_out_all_the_same(w: Ward) -> None:
    room = w.tenant.chat("theirs", ["ann"], settings={"at_all_permission": "only_owner"})

    async def scene() -> tuple[Message, Message]:
        card = await w.feishu.show(room.id, FIRST, None, "INC-1/status", False, ("ann",), True)
        said = await w.feishu.say(room.id, "a line", "INC-1/say:1", False, ("ann",), True)
        return w.tenant.message(card), w.tenant.message(said)

    card, said = do(scene())
    assert "id=all" not in words(card)
    assert "ou_ann" in words(card)
    assert json.loads(said.content)["text"] == '<at user_id="ou_ann">Ann</at> a line'


def test_a_card_that_somebody_recalled_is_posted_anew(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        w.tenant.recall(w.tenant.message(first))
        second = await w.show(room, first, SECOND)
        assert second != first
        assert [title(post) for post in w.posts(room)] == ["second"]

    do(scene())


def test_a_card_posted_anew_in_doubt_is_posted_once(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        w.tenant.recall(w.tenant.message(first))
        w.faulty("message.create", Fault("reset", after=True))
        with pytest.raises(Later):
            await w.show(room, first, SECOND)
        second = await w.show(room, first, SECOND, in_doubt=True)
        assert [post.ref for post in w.posts(room)] == [second]

    do(scene())


def test_before_a_card_is_too_old_to_be_drawn_on_it_is_replaced(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        await w.feishu.pin(room, first)
        w.tenant.advance(RENEW - 60)
        assert await w.show(room, first, SECOND) == first
        w.tenant.advance(120)
        second = await w.show(room, first)
        assert second != first
        assert [title(post) for post in w.posts(room)] == ["", "first"]
        assert "新的一张在最下面" in words(w.tenant.message(first))
        assert list(w.room(room).pins) == []
        assert await w.show(room, second, SECOND) == second

    do(scene())
    assert w.server.violations == []


def test_one_that_is_too_old_even_to_say_so_is_replaced_all_the_same(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        w.tenant.advance(20 * DAY)
        second = await w.show(room, first, SECOND)
        assert [title(post) for post in w.posts(room)] == ["first", "second"]
        assert w.posts(room)[1].ref == second

    do(scene())


@pytest.mark.parametrize("code", [230031, 230012])
def test_a_card_that_feishu_does_not_let_us_change_is_replaced(w: Ward, code: int) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        w.faulty("message.patch", Fault("error", code=code))
        second = await w.show(room, first, SECOND)
        assert second != first
        assert title(w.tenant.message(second)) == "second"

    do(scene())


def test_the_replacement_made_by_a_process_that_died_is_found(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        first = await w.show(room)
        w.tenant.advance(RENEW + 60)
        second = await w.show(room, first, SECOND)
        await w.client.close()
        w.tenant.advance(2 * 3600)
        w.new()
        assert await w.show(room, first, SECOND, in_doubt=True) == second

    do(scene())


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("dissolved", "群已在飞书里解散，历史也没有了：换一个群，或新开一个"),
        ("kicked", "烽火不在这个群里：在群设置的「群机器人」里加回烽火，再重试"),
    ],
)
def test_a_room_that_is_gone_and_a_bot_that_was_kicked_are_named_with_the_fix(w: Ward, status: str, why: str) -> None:
    async def scene() -> None:
        room = await w.open()
        w.room(room).dissolved, w.room(room).bot = status == "dissolved", status != "kicked"
        await w.show(room)

    with pytest.raises(Denied) as denied:
        do(scene())
    assert denied.value.why == line(why)


def test_a_line_mentions_whom_it_is_for_even_when_they_were_not_known(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        w.room(room).members.append("ou_ann")
        return w.tenant.message(await w.feishu.say(room, "a line", "INC-1/say:1", False, ("ann",), False)).content

    assert 'user_id=\\"ou_ann\\"' in do(scene())


def test_nobody_is_waited_for_when_feishu_does_not_find_them(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        w.faulty("user.batch_get_id", Fault("http"))
        return w.tenant.message(await w.feishu.say(room, "a line", "INC-1/say:1", False, ("ann",), False)).content

    assert json.loads(do(scene()))["text"] == "@Ann a line"


# --- one person -------------------------------------------------------------------------------------------------------------


def test_a_word_to_one_person_is_one_round_trip(w: Ward) -> None:
    w.team.identities["bob"] = "ou_bob"
    ref = do(w.feishu.tell("bob", FIRST, None, "INC-1/dm:bob", False))
    assert w.calls() == ["message.create"]
    assert [message.ref for message in w.told("bob")] == [ref]


def test_somebody_feishu_does_not_know_is_named_with_the_way_round(w: Ward) -> None:
    with pytest.raises(Never) as never:
        do(w.feishu.tell("stranger", FIRST, None, "INC-1/dm:stranger", False))
    fix = "飞书里找不到 {who}：核对方案里的邮箱和手机号，或请本人私聊烽火发「身份」绑定"
    assert never.value.why == line(fix, who=Who("stranger"))


@pytest.mark.parametrize(
    ("state", "code"), [({"visible": False}, 230013), ({"resigned": True}, 230029), ({"blocks_bot": True}, 230053), (None, 230034)]
)
def test_somebody_who_cannot_be_written_to_says_why(w: Ward, state: dict[str, Any] | None, code: int) -> None:
    w.team.identities["eve"] = "ou_eve"
    if state is not None:
        w.tenant.user("eve", "Eve", **state)
    with pytest.raises(Denied) as denied:
        do(w.feishu.tell("eve", FIRST, None, "INC-1/dm:eve", False))
    assert denied.value.code == code


def test_a_whisper_reaches_one_person_even_when_they_are_away_and_nobody_else(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        await w.feishu.whisper(room, "ann", FIRST, "INC-1/whisper:1", False)
        return room

    room = do(scene())
    assert w.posts(room) == []
    assert [title(message) for message in w.told("ann")] == ["first"]


# --- pages ------------------------------------------------------------------------------------------------------------------


def ways(w: Ward, person: str = "ann") -> list[str]:
    return [urgent.way for urgent in w.tenant.urgents[f"ou_{person}"]]


def page(w: Ward, n: int = 1, *louder: Louder, in_doubt: bool = False) -> str:
    return do(w.feishu.page("ann", "come quickly", f"INC-1/page:ann:{n}", "c1", "INC-1", in_doubt, louder))


def test_a_page_rings_and_its_button_answers_the_call(w: Ward) -> None:
    message = w.tenant.message(page(w))
    (button,) = [node for node in walk(message.card) if node.get("tag") == "button"]
    assert decode(button["behaviors"][0]["value"]) == ("roll.here", {"call": "c1", "record": "INC-1"}, "INC-1/page:ann:1")
    assert "<at id=ou_ann></at>" in words(message)
    assert "come quickly" in words(message)
    assert ways(w) == ["app"]
    assert w.server.violations == []


def test_sms_and_telephone_ring_where_they_are_asked_for_and_after_the_app(w: Ward) -> None:
    w.tenant.users["ou_ann"].mobile = "13800000001"
    page(w, 1)
    page(w, 2, "sms")
    page(w, 2, "sms", in_doubt=True)
    page(w, 3, "sms", "phone")
    assert ways(w) == ["app", "app", "sms", "app", "sms", "phone"]
    assert w.server.violations == []


def test_a_page_whose_ring_failed_rings_when_it_is_asked_for_again(w: Ward) -> None:
    w.faulty("message.urgent_app", Fault("http"), Fault("ratelimited", seconds=3))
    for seconds in (None, 3.0):
        with pytest.raises(Later) as later:
            page(w, in_doubt=seconds is not None)
        assert later.value.seconds == seconds
    page(w)
    assert ways(w) == ["app"]
    assert len(w.told("ann")) == 1


def test_what_rang_by_sms_already_is_not_sent_by_sms_again(w: Ward) -> None:
    w.tenant.users["ou_ann"].mobile = "13800000001"
    w.faulty("message.urgent_phone", Fault("http"))
    with pytest.raises(Later):
        page(w, 1, "sms", "phone")
    page(w, 1, "sms", "phone", in_doubt=True)
    assert ways(w) == ["app", "sms", "phone"]


def test_a_quota_that_is_used_up_is_left_alone_for_an_hour(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    w.tenant.users["ou_ann"].mobile = "13800000001"
    w.tenant.sms_quota = 0
    page(w, 1, "sms")
    page(w, 2, "sms")
    assert (ways(w), len(w.server.called("message.urgent_sms"))) == (["app", "app"], 1)
    assert "230024" in caplog.text
    w.tenant.sms_quota = 9
    w.tenant.advance(3601)
    page(w, 3, "sms")
    assert ways(w)[2:] == ["app", "sms"]


def test_without_the_scope_for_the_telephone_a_page_rings_in_the_app_alone(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    w.tenant.users["ou_ann"].mobile = "13800000001"
    w.tenant.scopes.discard("im:message.urgent:phone")
    page(w, 1, "sms", "phone")
    page(w, 2, "sms", "phone")
    assert (ways(w), len(w.server.called("message.urgent_phone"))) == (["app", "sms", "app", "sms"], 1)
    assert "does not ring by phone" in caplog.text


def test_somebody_without_a_mobile_number_is_rung_in_the_app_and_holds_up_nobody_elses_sms(w: Ward) -> None:
    page(w, 1, "sms")
    w.tenant.users["ou_ann"].mobile = "13800000001"
    page(w, 2, "sms")
    assert ways(w) == ["app", "app", "sms"]


def test_where_we_may_not_ring_the_message_stands_and_the_log_says_so(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    w.tenant.scopes.discard("im:message.urgent")
    assert [message.ref for message in w.told("ann")] == [] != [page(w)]
    assert len(w.told("ann")) == 1
    assert "does not ring by app" in caplog.text


def test_a_page_that_is_over_is_gone_and_may_be_over_twice(w: Ward) -> None:
    async def scene() -> None:
        ref = await w.feishu.page("ann", "come", "INC-1/page:ann:1", "c1", "INC-1", False)
        await w.feishu.stop_page(ref)
        await w.feishu.stop_page(ref)
        assert w.told("ann") == []

    do(scene())


@pytest.mark.parametrize("code", [230009, 230026])
def test_where_nothing_may_be_recalled_a_page_loses_its_button(w: Ward, code: int) -> None:
    async def scene() -> Message:
        ref = await w.feishu.page("ann", "come", "INC-1/page:ann:1", "c1", "INC-1", False)
        w.faulty("message.delete", Fault("error", code=code))
        await w.feishu.stop_page(ref)
        return w.tenant.message(ref)

    message = do(scene())
    assert "这次呼叫已经结束，不用再应。" in words(message)
    assert not any(node.get("tag") == "button" for node in walk(message.card))


# --- pins and files ---------------------------------------------------------------------------------------------------------


def test_a_pin_that_is_there_is_done_and_stands_at_the_top(w: Ward) -> None:
    async def scene() -> tuple[str, str]:
        room = await w.open()
        ref = await w.show(room)
        await w.feishu.pin(room, ref)
        await w.feishu.pin(room, ref)
        return room, ref.partition("/")[0]

    room, message = do(scene())
    assert list(w.room(room).pins) == [message]
    assert w.room(room).notice == {"action_type": "1", "message_id": message}


def test_a_room_without_a_top_is_pinned_all_the_same(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        w.faulty("put_top_notice", Fault("error", code=232014))
        await w.feishu.pin(room, await w.show(room))
        return room

    assert len(w.room(do(scene())).pins) == 1


def test_a_file_is_in_the_room_under_its_name(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        await w.feishu.attach(room, "INC-1-复盘.md", "话".encode(), "INC-1/postmortem:7", False)
        return room

    (message,) = w.posts(do(scene()))
    file = w.tenant.files[json.loads(message.content)["file_key"]]
    assert (file.name, file.content) == ("INC-1-复盘.md", "话".encode())


def test_an_empty_file_arrives(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        await w.feishu.attach(room, "draft.md", b"", "INC-1/postmortem:7", False)
        return room

    assert len(w.posts(do(scene()))) == 1


@pytest.mark.parametrize("ref", ["", "F0001", "om_1", "om_1/soon", "oc_1/12"])
def test_what_is_no_message_of_feishu_is_said_to_be_none(w: Ward, ref: str) -> None:
    with pytest.raises(Never):
        do(w.feishu.stop_page(ref))
