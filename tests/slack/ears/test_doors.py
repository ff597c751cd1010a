"""The doors: who is let in over HTTP, and a socket that is opened again however often it goes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from bot.store.database import Unavailable
from tests.slack.double import Fault, SlackServer
from tests.slack.double.delivery import Reply, encoded, signature
from tests.slack.ears.toy import Stage, stage

# --- HTTP -----------------------------------------------------------------------------------------------------------------------


def command(stage: Stage, text: str) -> bytes:
    body = {"trigger_id": f"1.{text}", "user_id": "U1WANG", "channel_id": stage.room.id, "text": text, "command": "/incident"}
    return encoded("slash_commands", {**body, "team_id": stage.ws.team})[0]


def send(stage: Stage, body: bytes, stamp: str, signed: str, kind: str = "application/x-www-form-urlencoded") -> Reply:
    headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signed}
    return stage.slack.run(stage.slack.delivery.send(body, headers))[0]


def seconds(off: int = 0) -> str:
    return str(int(time.time()) + off)


def test_only_what_slack_has_signed_just_now_is_heard_and_the_rest_is_logged(http: Stage, caplog: pytest.LogCaptureFixture) -> None:
    body, secret = command(http, "报故障 一"), http.ws.signing_secret
    stamp = seconds()
    good = signature(secret, stamp, body)
    wrong = {
        "another secret": (body, stamp, signature("not-ours", stamp, body)),
        "another body": (command(http, "报故障 二"), stamp, good),
        "another time": (body, seconds(1), good),
        "too old": (body, seconds(-301), signature(secret, seconds(-301), body)),
        "too early": (body, seconds(310), signature(secret, seconds(310), body)),
        "no signature": (body, stamp, ""),
        "no time": (body, "", good),
        "no number": (body, "soon", good),
        "no hex": (body, stamp, "v0=" + "\xe9" * 64),
        "no text": (b"\xff\xfe", stamp, signature(secret, stamp, b"\xff\xfe")),
    }
    assert {name: send(http, *request).status for name, request in wrong.items()} == dict.fromkeys(wrong, 401)
    assert http.toy.asked == []
    assert caplog.text.count("refused: a request to /slack/events") == len(wrong)
    assert secret not in caplog.text
    assert send(http, body, stamp, good).status == 200
    assert http.toy.deeds == ["一"]


def test_a_request_that_was_recorded_and_is_sent_again_is_refused_and_logged(http: Stage, caplog: pytest.LogCaptureFixture) -> None:
    body, stamp = command(http, "报故障 一"), seconds()
    signed = signature(http.ws.signing_secret, stamp, body)
    assert [send(http, body, stamp, signed).status for _ in range(3)] == [200, 401, 401]
    assert (http.toy.deeds, caplog.text.count("replayed")) == (["一"], 2)


def test_a_request_that_slack_itself_sends_again_is_heard(http: Stage) -> None:
    body = command(http, "报故障 一")
    for stamp in (seconds(-1), seconds()):
        assert send(http, body, stamp, signature(http.ws.signing_secret, stamp, body)).status == 200
    assert http.toy.deeds == ["一"]


BODIES = (
    (b'{"type":"url_verification","challenge":"3eZbrw1a"}', "application/json", 200, "3eZbrw1a"),
    (b"ssl_check=1&token=x", "application/x-www-form-urlencoded", 200, None),
    (b"{", "application/json", 400, None),
    (b"[]", "application/json", 400, None),
    (b"payload=%7B", "application/x-www-form-urlencoded", 400, None),
    (b"payload=7", "application/x-www-form-urlencoded", 400, None),
    (b"[" * 100_000, "application/json", 400, None),
    (b"", "application/x-www-form-urlencoded", 200, None),
    (b"x" * 1_000_001, "application/json", 413, None),
)


def test_every_body_gets_its_answer(http: Stage) -> None:
    stamp = seconds()
    replies = [send(http, body, stamp, signature(http.ws.signing_secret, stamp, body), kind) for body, kind, _, _ in BODIES]
    assert [(reply.status, reply.body) for reply in replies] == [(status, answer) for _, _, status, answer in BODIES]


def test_without_a_database_slack_is_told_to_come_again(http: Stage) -> None:
    http.toy.trouble.append(Unavailable("no database"))
    event = {"type": "message", "channel": http.wang().bot_dm.id, "channel_type": "im", "user": "U1WANG", "ts": "1700000000.000100"}
    http.slack.delivery.retry_waits = ()
    assert http.slack.event({**event, "text": "报故障 一"}).status == 503
    assert http.slack.event({**event, "text": "报故障 一"}).status == 200
    assert http.toy.deeds == ["一"]


def test_what_is_done_while_slacks_own_side_is_down_is_done(http: Stage) -> None:
    """Nobody can say yet who we are, and who it was that spoke is taken from memory."""
    http.slack.fault = lambda method, args: Fault("http")
    assert http.wang().command("报故障 一", http.room).words == "收到 1：一"


# --- Socket Mode ------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def apart() -> Iterator[Stage]:
    """A bot whose socket is not open yet."""
    with stage() as made:
        made.slack.delivery.transport = "socket"
        yield made


def test_starting_does_not_wait_for_slack_and_the_socket_comes_when_slack_does(apart: Stage) -> None:
    troubles = [Fault("http"), Fault("reset"), Fault("error", code="invalid_auth"), Fault("garbage")]
    apart.slack.fault = lambda method, args: troubles.pop() if method == "apps.connections.open" and troubles else None
    before = time.monotonic()
    apart.run(apart.line.start())
    assert (time.monotonic() - before < 0.5, apart.line.connected) == (True, False)
    apart.until(lambda: apart.line.connected)
    assert apart.wang().command("报故障 一", apart.room).words == "收到 1：一"


def test_a_dropped_socket_is_opened_again(here: Stage) -> None:
    for number in range(3):
        here.slack.drop_sockets()
        here.until(lambda: here.slack.sockets == 1 and here.line.connected)
        assert here.wang().command(f"报故障 {number}", here.room).error is None
    assert here.toy.deeds == ["0", "1", "2"]


def test_a_recycled_socket_is_replaced_and_one_recycling_opens_one(here: Stage) -> None:
    opened = here.slack.delivery.opened
    here.slack.refresh_sockets()
    here.until(lambda: here.slack.delivery.opened == opened + 1 and here.line.connected)
    assert here.wang().command("报故障 一", here.room).error is None
    assert (here.toy.deeds, here.slack.delivery.opened) == (["一"], opened + 1)


def test_a_socket_that_goes_mid_command_loses_neither_the_deed_nor_the_answer(here: Stage) -> None:
    here.toy.gate.clear()
    here.slack.delivery.drop_next = True
    assert here.wang().command("慢 重启", here.room).error == "operation_timeout"
    here.until(lambda: len(here.toy.asked) == 1)
    here.toy.gate.set()
    here.until(lambda: here.toy.deeds == ["重启"])
    here.until(lambda: [here.wang().reads(each) for each in here.wang().ephemerals(here.room)] == ["收到 1：重启"])
    assert here.slack.violations == []


def test_an_event_whose_socket_goes_is_sent_again_and_done_once(here: Stage) -> None:
    here.slack.delivery.drop_next = True
    here.slack.delivery.retry_waits = (0.3, 0.3, 0.3)
    here.wang().tells_bot("报故障 一")
    here.settle()
    assert (here.toy.deeds, len(here.slack.called("chat.postMessage"))) == (["一"], 1)


def test_a_command_that_is_under_way_when_the_bot_stops_is_still_acknowledged(here: Stage) -> None:
    here.toy.gate.set()
    assert here.wang().command("慢 重启", here.room).words == "收到 1：重启"
    here.run(here.line.stop())
    assert (here.line.connected, here.slack.run(gone(here.slack))) == (False, 0)
    here.run(here.line.start())
    here.until(lambda: here.line.connected)


async def gone(slack: SlackServer) -> int:
    return len([socket for socket in slack.delivery.sockets if not socket.closed])


def test_a_second_incident_opens_no_connection(here: Stage) -> None:
    for number in range(3):
        modal = here.wang().command("", here.room).modal
        modal.fill("看到了什么", f"第 {number} 次").submit()
        here.settle()
    first = here.slack.connections
    here.wang().command("", here.room)
    assert here.slack.connections == first


def test_what_is_logged_of_an_odd_payload_holds_no_secret(here: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "fenghuo.slack")
    here.wang().command("报故障 机密", here.room)
    here.wang().tells_bot("机密")
    here.settle()
    told = json.dumps([record.getMessage() for record in caplog.records], ensure_ascii=False)
    assert [secret for secret in (here.ws.bot_token, here.ws.app_token, here.ws.signing_secret, "机密") if secret in told] == []
