"""What people press: on messages, in their own chat, in modals, in App Home."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.cards.model import Button, Buttons, Card, Choices, Option, Words, press
from bot.platforms.slack.doors import make_bolt
from bot.platforms.slack.render import message
from bot.talk import Request
from tests.slack.double import Channel, Fault, Message
from tests.slack.ears.toy import Stage

CARD = Card(
    "INC-1 下单报错",
    (
        Words("怎么办"),
        Buttons((
            Button("报故障", press("report.form")),
            Button("完成", press("task.done", record="INC-1")),
            Button("打钩", press("step.tick", step="1")),
            Button("停", press("grade.stop")),
            Button("旧的", press("no.such")),
            Button("慢慢来", press("slow.press")),
        )),
        Choices("派给谁", (Option("chenhai", "陈海"), Option("wangmin", "王敏")), press("task.give", record="INC-1")),
    ),
    alone="INC-1 下单报错",
)  # fmt: skip


def posted(stage: Stage, room: Channel, card: Card = CARD, slot: str = "") -> Message:
    """A card of ours in the room."""
    drawn = message(card, stage.reader(None), slot=slot)
    answer = stage.run(stage.web.call("chat.postMessage", channel=room.id, text=drawn.text, blocks=list(drawn.blocks)))
    stage.slack.settle()
    return room.messages[answer["ts"]]


def last(stage: Stage) -> Request:
    return stage.toy.asked[-1]


def whispers(stage: Stage, room: Channel) -> list[str]:
    stage.settle()
    return [stage.wang().reads(each) for each in stage.wang().ephemerals(room)]


def test_a_press_is_a_request_of_its_room_and_answered_to_the_person_alone(both: Stage) -> None:
    card = posted(both, both.room)
    assert both.wang().clicks(card, "完成").error is None
    assert whispers(both, both.room) == ["收到 1：task"]
    asked = last(both)
    assert (asked.who, asked.record, asked.slot, asked.room, dict(asked.args)) == (
        "wangmin",
        "INC-1",
        "war",
        both.room.id,
        {"record": "INC-1"},
    )
    assert [call.method for call in both.slack.calls].count("chat.postEphemeral") == 0
    assert both.slack.violations == []


def test_a_press_that_opens_a_form_spends_its_trigger_at_once(both: Stage) -> None:
    card = posted(both, both.room)
    seen = both.wang().clicks(card, "报故障")
    assert (seen.error, seen.modal.title, both.slack.violations) == (None, "报故障", [])


def test_two_clicks_are_one_press(here: Stage) -> None:
    card = posted(here, here.room)
    here.wang().clicks(card, "完成")
    here.wang().clicks(card, "完成")
    here.slack.person("U2CHEN").clicks(card, "完成")
    assert (whispers(here, here.room), [asked.who for asked in here.toy.asked]) == (["收到 1：task"], ["wangmin", "chenhai"])


def test_who_was_refused_or_did_something_else_in_between_means_the_second_press(here: Stage) -> None:
    card = posted(here, here.room)
    for label in ("停", "停", "完成", "打钩", "完成"):
        here.wang().clicks(card, label)
        here.settle()
    assert [asked.key for asked in here.toy.asked] == list(dict.fromkeys(asked.key for asked in here.toy.asked))
    assert len(here.toy.asked) == 5


def test_what_the_card_shows_by_itself_is_not_said_as_well(here: Stage) -> None:
    card = posted(here, here.room)
    here.wang().clicks(card, "打钩")
    assert (whispers(here, here.room), dict(last(here).args)) == ([], {"step": "1"})


def test_what_was_chosen_comes_as_value(here: Stage) -> None:
    card = posted(here, here.room)
    assert here.wang().selects(card, "task.give", "陈海").modal.title == "还差一项"
    assert dict(last(here).args) == {"record": "INC-1", "value": "chenhai"}


def test_a_press_without_the_right_is_refused_with_its_fix_and_logged(here: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "fenghuo.slack")
    here.wang().clicks(posted(here, here.room), "停")
    assert whispers(here, here.room) == ["只有指挥能停。\n请指挥来停"]
    assert "refused: press by U1WANG" in caplog.text
    (told,) = here.wang().ephemerals(here.room)
    here.wang().clicks(told, "请指挥来停")
    assert whispers(here, here.room)[1:] == ["叫了指挥"]
    assert here.slack.violations == []


def test_a_button_of_an_older_version_says_where_to_look(here: Stage) -> None:
    here.wang().clicks(posted(here, here.room), "旧的")
    assert whispers(here, here.room) == ["这个按钮已经不用了，看最新的那张卡片。"]


@pytest.mark.parametrize(
    "forged",
    [
        {"type": "button", "action_id": "task.done", "value": "not json", "block_id": "b"},
        {"type": "button", "action_id": "task.done", "value": '{"record": 7}', "block_id": "b"},
        {"type": "button", "action_id": "a b", "value": "{}", "block_id": "b"},
        {"type": "static_select", "action_id": "task.give", "block_id": "{}", "selected_option": {"value": "x"}},
        {"type": "users_select", "action_id": "task.give", "block_id": "b", "selected_user": "U1WANG"},
    ],
)
def test_a_forged_value_reaches_no_handler_and_is_logged(here: Stage, forged: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    card = posted(here, here.room)
    here.wang().clicks(card, "停")
    here.settle()
    asked = len(here.toy.asked)
    sent = here.slack.delivered[-1].payload
    reply = here.slack.deliver("interactive", {**sent, "trigger_id": "1.2.forged", "actions": [{**forged, "action_ts": "1.2"}]})
    assert (reply.error, len(here.toy.asked)) == (None, asked)
    assert whispers(here, here.room)[-1] == "这个按钮已经不用了，看最新的那张卡片。"
    assert "forged press by U1WANG" in caplog.text


def test_a_card_in_the_bots_own_chat_knows_its_record(here: Stage) -> None:
    chat = here.wang().bot_dm
    card = posted(here, chat)
    here.toy.places[f"{chat.id}/{card.ts}"] = ("INC-1", "summons:wangmin")
    here.wang().clicks(card, "完成")
    here.settle()
    assert (last(here).record, last(here).slot) == ("INC-1", None)
    assert here.wang().message(chat, "收到 1：task").user == here.ws.bot_user
    assert here.wang().clicks(card, "报故障").modal.fill("看到了什么", "下单慢").submit().error is None
    assert last(here).record == "INC-1"


def test_where_the_response_url_fails_the_words_come_as_a_whisper_and_then_in_their_own_chat(here: Stage) -> None:
    card = posted(here, here.room)
    here.wang().clicks(card, "停")
    here.settle()
    sent = here.slack.delivered[-1].payload
    again = {**sent, "trigger_id": "1.2.again", "response_url": f"{here.slack.url}/respond/nowhere"}
    here.slack.deliver("interactive", {**again, "user": {**sent["user"], "id": "U2CHEN"}})
    here.settle()
    assert [call.args["user"] for call in here.slack.called("chat.postEphemeral")] == ["U2CHEN"]
    outside = here.ws.user("U7OUT", "外人")
    here.slack.deliver("interactive", {**again, "trigger_id": "1.2.out", "user": {**sent["user"], "id": outside.id}})
    here.settle()
    assert here.ws.direct(outside.id).messages != {}


def test_a_long_card_is_read_page_by_page_as_it_is_now(here: Stage) -> None:
    long = Card("方案", tuple(Words(f"旧 {n}。" + "字" * 900) for n in range(40)), alone="方案全文")
    card = posted(here, here.room, long, slot="plan")
    opener = here.wang().labels(card)[0]
    modal = here.wang().clicks(card, opener).modal
    assert "第 0 条。" in modal.words
    modal.clicks("下一页")
    here.settle()
    assert "第 0 条。" not in here.wang().modal.words
    assert here.slack.violations == []


def test_in_a_modal_a_short_word_stands_above_the_card_and_a_form_above_the_modal(here: Stage) -> None:
    told = Card("结果", (Words("看看"), *CARD.blocks[1:2]), alone="看看")
    here.toy.card_at = lambda record, slot: told  # type: ignore[method-assign]
    long = Card("方案", tuple(Words(f"旧 {n}。" + "字" * 900) for n in range(40)), alone="方案全文")
    card = posted(here, here.room, long, slot="told")
    modal = here.wang().clicks(card, here.wang().labels(card)[0]).modal
    modal.clicks("完成")
    here.settle()
    assert here.wang().modal.words.splitlines()[:2] == ["结果", "收到 1：task"]
    here.wang().modal.clicks("停")
    here.settle()
    assert here.wang().modal.words.splitlines()[:3] == ["结果", "只有指挥能停。", "请指挥来停"]
    assert last(here).room == here.room.id
    seen = here.wang().modal.clicks("报故障")
    assert seen.modal.title == "报故障"
    seen.modal.fill("看到了什么", "下单慢").submit()
    assert (last(here).record, last(here).room, here.wang().modal.title) == ("INC-1", here.room.id, "结果")
    assert here.slack.violations == []


def test_home_is_drawn_when_opened_and_again_after_what_is_done_there(here: Stage) -> None:
    here.wang().opens_home()
    here.settle()
    here.wang().clicks(here.wang().home, "完成")
    here.settle()
    assert here.wang().reads(here.wang().home).splitlines()[:2] == ["我的 2", "收到 1：task"]
    assert here.wang().clicks(here.wang().home, "报故障").modal.title == "报故障"
    here.settle()
    assert "收到" not in here.wang().reads(here.wang().home)
    here.wang().opens_home("messages")
    here.settle()
    assert (len(here.slack.called("views.publish")), here.slack.violations) == (3, [])


def test_people_of_a_long_list_are_found_by_what_is_typed(here: Stage) -> None:
    body = {"type": "block_suggestion", "user": {"id": "U1WANG"}, "action_id": "who", "block_id": "who", "value": "陈"}
    assert here.run(here.ears.suggest(body)) == {
        "options": [{"text": {"type": "plain_text", "text": "陈海", "emoji": True}, "value": "chenhai"}]
    }


# --- when it takes longer -------------------------------------------------------------------------------------------------------


@pytest.fixture
def hasty(request: pytest.FixtureRequest) -> Stage:
    """Waits a tenth of what people are made to wait."""
    here: Stage = request.getfixturevalue("here")
    here.ears = here.new_ears(0.05, 0.2)
    here.line._bolt = make_bolt(here.ears, here.web)
    return here


def test_a_slow_form_first_shows_that_it_is_coming_and_then_comes(hasty: Stage) -> None:
    hasty.toy.gate.clear()
    assert hasty.wang().command("慢 form", hasty.room).error is None
    assert hasty.wang().modal.title == "稍等"
    hasty.toy.gate.set()
    hasty.settle()
    assert hasty.wang().modal.title == "还差一项"
    hasty.wang().modal.fill("几点开始", "20:10").submit()
    assert (hasty.toy.deeds, hasty.slack.violations) == (["INC-1 20:10"], [])


def test_a_slow_deed_is_acknowledged_in_time_and_its_outcome_shown_where_the_wait_was(hasty: Stage) -> None:
    card = posted(hasty, hasty.room)
    for slash in (True, False):
        hasty.toy.gate.clear()
        seen = hasty.wang().command("慢 重启", hasty.room) if slash else hasty.wang().clicks(card, "慢慢来")
        assert seen.error is None
        assert hasty.slack.delivered[-1].seconds < 0.6
        hasty.toy.gate.set()
        hasty.settle()
        assert hasty.wang().modal.title == "好了"
        hasty.wang().modal.close()
    assert hasty.slack.violations == []


def test_a_slow_command_by_mention_is_done_once_and_answered_later(hasty: Stage) -> None:
    hasty.toy.gate.clear()
    hasty.wang().mentions_bot(hasty.room, "慢 重启")
    hasty.toy.gate.set()
    assert whispers(hasty, hasty.room) == ["收到 1：重启"]


def test_a_burst_is_acknowledged_within_a_second(here: Stage) -> None:
    def one(number: int) -> float:
        body = {
            "trigger_id": f"1.{number}",
            "user_id": "U1WANG",
            "channel_id": here.room.id,
            "text": f"报故障 {number}",
            "command": "/incident",
        }
        here.slack.deliver("slash_commands", {**body, "team_id": here.ws.team})
        return next(each.seconds for each in here.slack.delivered if each.payload["trigger_id"] == f"1.{number}")

    async def burst() -> list[float]:
        return await asyncio.gather(*(asyncio.to_thread(one, number) for number in range(50)))

    before = threading.active_count()  # other tests of this process may have left some
    seconds = asyncio.run(burst())
    assert (len(here.toy.deeds), max(seconds) < 1.0, threading.active_count() - before < 45) == (50, True, True)


def test_what_is_sent_again_while_it_runs_is_the_same_turn(here: Stage) -> None:
    here.toy.gate.clear()
    body = {"trigger_id": "1.2", "user_id": "U1WANG", "channel_id": here.room.id, "text": "慢 重启", "command": "/incident"}

    async def twice() -> list[dict[str, object] | None]:
        first, second = asyncio.ensure_future(here.ears.command(body)), asyncio.ensure_future(here.ears.command(body))
        await asyncio.sleep(0)
        here.toy.gate.set()
        return list(await asyncio.gather(first, second))

    one, other = here.run(twice())
    assert one is other
    assert (here.toy.deeds, len(here.toy.asked)) == (["重启"], 1)


def test_a_form_that_slack_would_not_open_is_offered_behind_a_button(here: Stage) -> None:
    here.slack.fault = lambda method, args: Fault("error", code="expired_trigger_id") if method == "views.open" else None
    here.wang().command("报故障", here.room)
    here.settle()
    (offered,) = here.wang().ephemerals(here.room)
    here.slack.fault = lambda method, args: None
    assert here.wang().clicks(offered, "打开表单").modal.title == "报故障"


def test_a_slow_deed_whose_wait_could_not_be_shown_is_answered_in_words(hasty: Stage) -> None:
    hasty.slack.fault = lambda method, args: Fault("error", code="expired_trigger_id") if method == "views.open" else None
    hasty.toy.gate.clear()
    hasty.wang().command("慢 重启", hasty.room)
    hasty.toy.gate.set()
    assert whispers(hasty, hasty.room) == ["收到 1：重启"]
