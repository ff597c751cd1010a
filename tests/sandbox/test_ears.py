"""What is typed becomes one request; what was typed stays what it was."""

from __future__ import annotations

import asyncio

import pytest

from bot.store.sandbox import SandboxStore
from bot.talk import Private, Refusal, Toast
from bot.words import line
from tests.sandbox.toy import House


def room_of(made: House, person: str = "wangmin") -> int:
    return made.store.direct(person, made.toy.clock())


def group(made: House) -> int:
    ref = asyncio.run(made.toy.platform.open_room(line("群"), "g", ("wangmin", "chenhai"), "", False, "INC-9:war", False))
    return int(ref[1:])


@pytest.mark.parametrize(
    "text",
    [
        "/报故障 下单报错",
        "／报故障　下单报错",
        "/report 下单报错",
        "/REPORT 下单报错",
        "@烽火 报故障 下单报错",
        "＠bot report 下单报错",
        "/报故障下单报错",
        "/报故障：下单报错",
    ],
)
def test_every_way_to_call_a_verb_is_the_same_request(toy_house: House, text: str) -> None:
    toy_house.ears.say("wangmin", group(toy_house), text, "id-00000001")
    assert [(asked.who, asked.words, asked.key) for asked in toy_house.toy.asked] == [("wangmin", "下单报错", "sandbox:id-00000001")]


def test_the_same_id_again_is_the_same_request(toy_house: House) -> None:
    room = room_of(toy_house)
    for _ in range(2):
        toy_house.ears.say("wangmin", room, "/报故障 下单报错", "id-00000001")
    assert len(toy_house.toy.asked) == 1
    assert [message.body for message in toy_house.store.recent(room, "wangmin", None, 9)] == ["/报故障 下单报错"]


def test_an_unknown_verb_names_the_nearest_and_keeps_the_rest(toy_house: House) -> None:
    answer = toy_house.ears.say("wangmin", room_of(toy_house), "/报故账 上海仓", "id-00000001")
    assert isinstance(answer, Refusal)
    assert dict(answer.fix[0].press.args) == {"text": "/报故障 上海仓"}


def test_plain_talk_in_a_room_is_kept_and_asks_nobody(toy_house: House) -> None:
    room = group(toy_house)
    assert toy_house.ears.say("wangmin", room, "5xx 从 19:52 起抬头 @陈海 @所有人", "id-00000001") is None
    (message,) = [each for each in toy_house.store.recent(room, "wangmin", None, 9) if each.kind == "text"]
    assert (message.body, message.mentions, message.mention_all) == ("5xx 从 19:52 起抬头 @陈海 @所有人", ("chenhai",), False)


def test_a_button_that_is_gone_says_so(toy_house: House) -> None:
    assert isinstance(toy_house.ears.press("wangmin", room_of(toy_house), "no.such", {}, "id-00000001"), Refusal)


def test_answering_a_ring_carries_the_call_and_stops_the_phone(toy_house: House) -> None:
    toy_house.ears.say("wangmin", room_of(toy_house), "/报故障 下单报错", "id-00000001")
    (ring,) = toy_house.store.ringing()
    assert isinstance(toy_house.ears.answer_ring("dinglei", ring.id, "id-00000002"), Toast)
    asked = toy_house.toy.asked[-1]
    assert (asked.record, dict(asked.args)) == ("INC-42", {"call": "call-1", "record": "INC-42"})
    assert toy_house.store.ringing() == ()
    assert isinstance(toy_house.ears.answer_ring("dinglei", ring.id, "id-00000003"), Toast)


def test_nobody_answers_the_phone_of_another(toy_house: House) -> None:
    toy_house.ears.say("wangmin", room_of(toy_house), "/报故障 下单报错", "id-00000001")
    (ring,) = toy_house.store.ringing()
    toy_house.ears.answer_ring("chenhai", ring.id, "id-00000002")
    assert len(toy_house.store.ringing()) == 1


def test_a_room_knows_its_record(toy_house: House) -> None:
    toy_house.ears.say("wangmin", room_of(toy_house), "/报故障 下单报错", "id-00000001")
    war = int((toy_house.store.ref_of("INC-42", "war") or "")[1:])
    toy_house.ears.press("chenhai", war, "roll.here", {}, "id-00000002")
    assert (toy_house.toy.asked[-1].record, toy_house.toy.asked[-1].slot) == ("INC-42", "war")


def test_a_pinned_message_goes_with_its_author_and_words(toy_house: House) -> None:
    room = group(toy_house)
    toy_house.ears.say("chenhai", room, "先回滚", "id-00000001")
    message = toy_house.store.recent(room, "wangmin", None, 9)[-1]
    toy_house.ears.pin("wangmin", message.id, "id-00000002")
    assert toy_house.toy.asked[-1].message == ("chenhai", "先回滚", f"/sandbox/r/{room}#m{message.id}")


def test_help_is_for_the_one_who_asked(toy_house: House) -> None:
    answer = toy_house.ears.say("wangmin", room_of(toy_house), "帮助", "id-00000001")
    assert isinstance(answer, Private)


def test_the_secret_that_came_first_stands(toy_house: House) -> None:
    store: SandboxStore = toy_house.store
    assert (store.settle("web.secret", "a"), store.settle("web.secret", "b")) == ("a", "a")
