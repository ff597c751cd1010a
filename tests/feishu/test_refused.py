"""Whoever is not Feishu, and whoever may not do it: turned away, written down, and nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.feishu.double import Form, Hostile, Message, Reply
from tests.feishu.double.model import Json
from tests.feishu.house import FeishuHouse, opened
from tests.flows import story


@pytest.fixture(scope="module")
def reported(module_url: str) -> Iterator[FeishuHouse]:
    with opened(module_url) as built:
        story.reported(built)
        yield built
        built.holds()


@pytest.fixture
def house(reported: FeishuHouse) -> Iterator[FeishuHouse]:
    """Whatever is done to it, nothing has happened afterwards, and somebody has written it down."""
    before, written = reported.counts(), len(reported.log.lines)
    yield reported
    assert reported.counts() == before
    assert any(word in line for line in reported.log.lines[written:] for word in ("refused", "forged", "ignored"))


@pytest.fixture
def hostile(house: FeishuHouse) -> Hostile:
    return Hostile(house.feishu)


def report(hostile: Hostile) -> Json:
    """A report as Feishu would bring it."""
    return hostile.message("王敏", "报故障 冷库报警")


def test_who_does_not_sign_is_refused(hostile: Hostile) -> None:
    assert hostile.unsigned(report(hostile)).status == 401


def test_who_signs_with_another_key_is_refused(hostile: Hostile) -> None:
    assert hostile.badly_signed(report(hostile)).status == 401


def test_who_does_not_seal_is_refused(hostile: Hostile) -> None:
    assert hostile.plain(report(hostile)).status == 401


def test_what_is_sealed_under_another_key_is_refused(hostile: Hostile) -> None:
    assert hostile.badly_sealed(report(hostile)).status in (400, 401)


def test_a_signature_holds_for_its_own_body_only(hostile: Hostile) -> None:
    assert hostile.tampered(report(hostile)).status == 401


def test_another_token_is_refused(hostile: Hostile) -> None:
    assert hostile.wrong_token(report(hostile)).status == 401


@pytest.mark.parametrize("seconds", [301, -301])
def test_a_signature_of_another_time_is_refused(hostile: Hostile, seconds: int) -> None:
    assert hostile.stale(report(hostile), seconds).status == 401


def test_what_was_sent_before_is_refused_the_second_time(house: FeishuHouse, hostile: Hostile) -> None:
    sent = next(it for it in house.feishu.delivered if it.type == "im.message.receive_v1")
    assert hostile.replayed(sent).status == 401


def test_another_app_is_not_heard(hostile: Hostile) -> None:
    assert hostile.other_app(report(hostile)).status == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"encrypt":1}', b'{"encrypt":"AAAA"}', b"[" * 90_000])
def test_what_cannot_be_read_is_refused(hostile: Hostile, body: bytes) -> None:
    assert hostile.garbage(body).status in (400, 401)


def test_what_is_endless_is_refused(hostile: Hostile) -> None:
    assert hostile.garbage(b" " * 1_000_001).status == 413


def test_the_address_proves_itself_when_feishu_asks(reported: FeishuHouse) -> None:
    assert reported.feishu.verifies_url()


# --- presses ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [None, "not an object", "{}", [], {}, {"a": 1, "p": {}, "k": ""}, {"a": "x", "p": [], "k": ""}, {"a": "x", "p": {"r": 1}, "k": ""}],
)
def test_a_button_that_we_cannot_have_made_does_nothing(house: FeishuHouse, hostile: Hostile, value: Any) -> None:
    answered(hostile.presses("林远", house.linyuan.sees("centre"), value))


@pytest.mark.parametrize("tag", ["select_person", "input", "date_picker", "form", ""])
def test_a_control_that_we_never_draw_does_nothing(house: FeishuHouse, hostile: Hostile, tag: str) -> None:
    answered(hostile.presses("林远", house.linyuan.sees("centre"), value("report.acknowledge", record="INC-1"), tag))


def test_a_button_with_the_arguments_of_another_card_asks_for_the_same_right(house: FeishuHouse, hostile: Hostile) -> None:
    """何川 is no commander, so 启动响应 under his name is refused wherever he found it."""
    answered(hostile.presses("何川", house.linyuan.sees("status"), value("incident.activate", record="INC-1", level="major")))


def test_a_press_of_something_unknown_does_nothing(house: FeishuHouse, hostile: Hostile) -> None:
    answered(hostile.presses("王敏", house.wangmin.sees("status"), value("no.such.action")))


def test_a_press_of_a_record_that_is_not_there_does_nothing(house: FeishuHouse, hostile: Hostile) -> None:
    answered(hostile.presses("林远", house.linyuan.sees("centre"), value("incident.activate", "INC-999/status", record="INC-999")))


# --- forms --------------------------------------------------------------------------------------------------------------------------


def test_a_form_that_was_never_asked_for_does_nothing(house: FeishuHouse, hostile: Hostile) -> None:
    answered(hostile.submits("王敏", house.wangmin.sees("status"), value("feishu.form", form="guessed"), {"symptom": "x"}))


def test_somebody_elses_form_asks_for_the_same_right(house: FeishuHouse, hostile: Hostile) -> None:
    """何川 sends the form that 林远 was given: it is judged as 何川's."""
    form = form_of(house)
    answered(hostile.submits("何川", form, submitted(form), {"reason": "没事"}))


def test_what_a_form_does_not_offer_was_not_chosen(house: FeishuHouse, hostile: Hostile) -> None:
    form = form_of(house)
    answered(hostile.submits("林远", form, submitted(form), {"reason": ["x", {"y": 1}], "more": "x" * 5000, "record": "INC-999"}))


def form_of(house: FeishuHouse) -> Message:
    """An open form in 林远's chat: 误报."""
    human = house.human("linyuan")
    house.bot.do(house.side.ears.settle())
    open_forms = [it for it in human.sees(human.bot_chat) if it.card is not None and Form(human, it).open]
    if not open_forms:
        human.clicks(house.linyuan.sees("status"), "误报")
        house.hear()
        open_forms = [it for it in human.sees(human.bot_chat) if it.card is not None and Form(human, it).open]
    return open_forms[-1]


def submitted(form: Message) -> Json:
    assert form.card is not None
    inside = next(it for it in form.card["body"]["elements"] if it["tag"] == "form")
    button = next(it for it in inside["elements"] if it.get("form_action_type") == "submit")
    found: Json = button["behaviors"][0]["value"]
    return found


def test_who_may_not_decide_is_told_who_may(house: FeishuHouse) -> None:
    said = str(house.hechuan.is_refused(lambda: house.hechuan.says("/误报 INC-1 是我看错了", at="direct")))
    assert "指挥中心" in said or "林远" in said


def value(action: str, card: str = "INC-1/status", **args: str) -> Json:
    return {"a": action, "p": args, "k": card}


def answered(reply: Reply) -> None:
    """Feishu is always answered: the person would see a failure of Feishu otherwise."""
    assert (reply.status, reply.error) == (200, None)
