"""Whoever is not Slack, and whoever may not do it: turned away, written down, and nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows import story
from tests.slack.double import Channel, Hostile, Reply, payloads
from tests.slack.double.model import Json
from tests.slack.house import SlackHouse, opened
from tests.slack.people import user_of

WANG, HE = user_of("wangmin"), user_of("hechuan")


@pytest.fixture(scope="module")
def reported(module_url: str) -> Iterator[SlackHouse]:
    with opened(module_url) as built:
        story.reported(built)
        yield built
        built.holds()


@pytest.fixture
def house(reported: SlackHouse) -> Iterator[SlackHouse]:
    """Whatever is done to it, nothing has happened afterwards, and somebody has written it down."""
    before, written = reported.counts(), len(reported.log.lines)
    yield reported
    assert reported.counts() == before
    assert any(word in line for line in reported.log.lines[written:] for word in ("refused", "forged", "ignored"))


@pytest.fixture
def hostile(house: SlackHouse) -> Hostile:
    return Hostile(house.slack)


def report(house: SlackHouse) -> Json:
    """A command as Slack would bring it."""
    ws, room = house.slack.workspace, house.channel("@report")
    return payloads.command(ws, WANG, room, "/incident", "报故障 冷库报警", ws.trigger(WANG), house.slack.url)


def test_who_does_not_sign_is_refused(house: SlackHouse, hostile: Hostile) -> None:
    assert hostile.unsigned("slash_commands", report(house)).status == 401


def test_who_signs_with_another_secret_is_refused(house: SlackHouse, hostile: Hostile) -> None:
    assert hostile.badly_signed("slash_commands", report(house)).status == 401


def test_a_signature_holds_for_its_own_body_only(house: SlackHouse, hostile: Hostile) -> None:
    assert hostile.tampered("slash_commands", report(house)).status == 401


@pytest.mark.parametrize("seconds", [301, -301])
def test_a_signature_of_another_time_is_refused(house: SlackHouse, hostile: Hostile, seconds: int) -> None:
    assert hostile.stale("slash_commands", report(house), seconds).status == 401


def test_what_was_sent_before_is_refused_the_second_time(reported: SlackHouse) -> None:
    """Once its second is over: within it Slack itself may be late."""
    sent = next(each for each in reported.slack.delivered if each.kind == "slash_commands")
    before = reported.counts()
    Hostile(reported.slack).replayed(sent)
    assert reported.counts() == before


def test_another_workspace_is_not_heard(house: SlackHouse, hostile: Hostile) -> None:
    assert hostile.other_team("slash_commands", report(house)).status == 200


def centre(house: SlackHouse) -> tuple[Channel, str]:
    message = house.linyuan.sees("centre")
    return house.slack.workspace.channels[message.channel], message.ts


@pytest.mark.parametrize("value", ["not json", '{"record":1}', "[]", '{"record":{"x":"y"}}', ""])
def test_a_button_that_we_cannot_have_made_does_nothing(house: SlackHouse, hostile: Hostile, value: str) -> None:
    room, ts = centre(house)
    answered(hostile.presses(user_of("linyuan"), room.messages[ts], "incident.activate", value or "{", ""))


def test_a_button_with_the_arguments_of_another_card_asks_for_the_same_right(house: SlackHouse, hostile: Hostile) -> None:
    """何川 is no commander, so 启动响应 under his name is refused wherever he found it."""
    message = house.linyuan.sees("status")
    answered(hostile.presses(HE, message, "incident.activate", '{"record":"INC-1","level":"major"}'))


def test_a_press_of_something_unknown_does_nothing(house: SlackHouse, hostile: Hostile) -> None:
    answered(hostile.presses(WANG, house.wangmin.sees("status"), "no.such.action", "{}"))


def test_a_form_that_nobody_opened_asks_for_the_same_right(house: SlackHouse, hostile: Hostile) -> None:
    body: Json = {
        "callback_id": "incident.false_alarm", "private_metadata": '{"args":{"record":"INC-1"},"record":"INC-1"}', "title": plain("x"),
        "submit": plain("x"), "blocks": [{"type": "input", "block_id": "reason", "label": plain("x"), "element": typed("reason")}],
    }  # fmt: skip
    answered(hostile.submits(HE, body, {"reason": {"reason": {"type": "plain_text_input", "value": "没事"}}}))


def test_a_form_with_forged_metadata_does_nothing(house: SlackHouse, hostile: Hostile) -> None:
    body: Json = {"callback_id": "report.form", "private_metadata": '{"args":[1]}', "title": plain("x"), "blocks": []}
    answered(hostile.submits(WANG, body, {}))


def test_who_may_not_decide_is_told_who_may(house: SlackHouse) -> None:
    said = str(house.wangmin.is_refused(lambda: house.wangmin.says("/误报 是我看错了")))
    assert "指挥中心" in said or "林远" in said


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def typed(action_id: str) -> Json:
    return {"type": "plain_text_input", "action_id": action_id}


def answered(reply: Reply) -> None:
    """Slack is always acknowledged: the person would see a failure of Slack otherwise."""
    assert (reply.status, reply.error) == (200, None)
