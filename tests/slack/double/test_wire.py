"""Both transports, limits, faults and strangers: what happens between Slack and the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from tests.slack.double import Fault, Hostile, SlackServer, Workspace, payloads
from tests.slack.double.delivery import SOCKETS_MOST, Kind
from tests.slack.double.toy import ToyBot, register

SLOW = 0.05


class Lazy:
    """Listeners that answer as a test wants: `wait` seconds late, or with an error for the first `fail` events."""

    def __init__(self) -> None:
        self.wait, self.fail, self.events = 0.0, 0, 0
        self.retries: list[str] = []

    def register(self, bolt: AsyncApp) -> None:
        async def event(request: Any) -> None:
            self.events += 1
            self.retries += request.headers.get("x-slack-retry-num", [])
            if self.events <= self.fail:
                raise RuntimeError("not now")
            await asyncio.sleep(self.wait)

        async def command(ack: Any) -> None:
            await asyncio.sleep(self.wait)
            await ack("好")

        bolt.event("message")(event)
        bolt.command("/incident")(command)


@pytest.fixture
def lazy() -> Lazy:
    return Lazy()


@pytest.fixture
def lazy_bot(slack: SlackServer, lazy: Lazy) -> Iterator[ToyBot]:
    toy = ToyBot(slack, lazy.register)
    yield toy
    toy.stop()


@pytest.fixture
def sockets(ws: Workspace, lazy: Lazy) -> Iterator[tuple[SlackServer, ToyBot]]:
    with SlackServer(ws, transport="socket") as server:
        toy = ToyBot(server, lazy.register)
        yield server, toy
        toy.stop()


@pytest.fixture
def heard(slack: SlackServer) -> Iterator[ToyBot]:
    toy = ToyBot(slack, register)
    yield toy
    toy.stop()


# --- HTTP -------------------------------------------------------------------------------------------------------------------


def test_an_event_comes_again_until_it_is_acknowledged(slack: SlackServer, ws: Workspace, lazy: Lazy, lazy_bot: ToyBot) -> None:
    lazy.fail = 2
    slack.person("U1").says(ws.channel("inc", ["U1"]), "在吗")
    assert (lazy.events, lazy.retries) == (3, ["1", "2"])
    assert [it.reply.status for it in slack.delivered] == [500, 500, 200]
    assert len({it.payload["event_id"] for it in slack.delivered}) == 1


def test_an_event_is_given_up_after_three_retries(slack: SlackServer, ws: Workspace, lazy: Lazy, lazy_bot: ToyBot) -> None:
    lazy.fail = 9
    slack.person("U1").says(ws.channel("inc", ["U1"]), "在吗")
    assert lazy.events == 4


def test_a_command_that_is_not_answered_in_time_fails_in_the_face(slack: SlackServer, ws: Workspace, lazy: Lazy, lazy_bot: ToyBot) -> None:
    room, ann = ws.channel("inc", ["U1"]), slack.person("U1")
    assert ann.command("x", room).words == "好"
    slack.delivery.ack_seconds, lazy.wait = SLOW, 20 * SLOW
    assert ann.command("x", room).error == "operation_timeout"
    assert ann.command("x", room, command="/unknown").error == "dispatch_failed"
    slack.request_url = "http://127.0.0.1:1/slack/events"
    assert ann.command("x", room).error == "dispatch_failed"
    assert len([it for it in slack.delivered if it.kind == "slash_commands"]) == 4


def test_only_what_is_subscribed_allowed_and_in_a_room_of_the_bot_is_told(slack: SlackServer, ws: Workspace, lazy_bot: ToyBot) -> None:
    ann, room = slack.person("U1"), ws.channel("inc", ["U1", "U2"])
    ann.says(ws.channel("random", ["U1"], bot=False), "悄悄话")
    ws.scopes.discard("im:history")
    ann.tells_bot("在吗")
    ws.events.discard("reaction_added")
    ann.reacts(ann.says(room, "一"), ":eyes:")
    assert [it.payload["event"]["text"] for it in slack.delivered] == ["一"]


def test_everything_that_happens_in_a_room_is_told(slack: SlackServer, ws: Workspace, heard: ToyBot) -> None:
    ann, room = slack.person("U1"), ws.channel("inc", ["U1"])
    slack.delivery.retry_waits = ()
    said = ann.says(room, "一")
    ann.edits(said, "二")
    ann.reacts(said, "pushpin")
    ann.unreacts(said, "pushpin")
    ann.pins(said)
    ann.invites(room, "李四")
    ann.kicks(room, "李四")
    ann.renames(room, "inc-2")
    ann.archives(room)
    ann.unarchives(room)
    ann.kicks(room, ws.bot_user)
    ann.says(room, "三")
    told = [(it.payload["event"]["type"], it.payload["event"].get("subtype")) for it in slack.delivered]
    assert [kind for kind, _ in told if kind != "message"] == [
        *("reaction_added", "reaction_removed", "pin_added", "member_joined_channel", "member_left_channel"),
        *("channel_rename", "channel_archive", "channel_unarchive", "member_left_channel"),
    ]
    assert [sub for kind, sub in told if kind == "message"] == [
        *(None, "message_changed", "channel_join", "channel_leave", "channel_name", "channel_archive", "channel_unarchive"),
    ]


def test_the_request_url_is_verified(slack: SlackServer, heard: ToyBot) -> None:
    assert slack.verifies_url()


# --- sockets ----------------------------------------------------------------------------------------------------------------


def test_each_payload_goes_to_one_of_the_sockets(ws: Workspace, sockets: tuple[SlackServer, ToyBot], lazy: Lazy) -> None:
    slack, bot = sockets
    bot.connect()
    assert slack.sockets == 2
    for number in range(8):
        slack.person("U1").says(ws.channel(f"inc-{number}", ["U1"]), "在吗")
    assert lazy.events == 8


def test_a_socket_cut_before_the_answer_brings_an_event_again_and_loses_a_command(
    ws: Workspace, sockets: tuple[SlackServer, ToyBot], lazy: Lazy
) -> None:
    slack, _ = sockets
    room, ann = ws.channel("inc", ["U1"]), slack.person("U1")
    slack.delivery.drop_next, lazy.wait = True, SLOW
    ann.says(room, "在吗")
    assert "1" in lazy.retries
    slack.delivery.drop_next = True
    assert ann.command("x", room).error == "operation_timeout"
    assert slack.violations == []


def test_a_refreshed_socket_comes_back(ws: Workspace, sockets: tuple[SlackServer, ToyBot], lazy: Lazy) -> None:
    slack, _ = sockets
    slack.refresh_sockets()
    slack.person("U1").says(ws.channel("inc", ["U1"]), "在吗")
    assert (lazy.events >= 1, slack.delivery.opened >= 1) == (True, True)


def test_a_ticket_opens_one_socket_and_ten_are_the_most(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    async def connect(session: aiohttp.ClientSession, url: str) -> tuple[aiohttp.ClientWebSocketResponse, Any]:
        socket = await session.ws_connect(url)
        return socket, await socket.receive_json()

    async def many() -> list[str]:
        bot.client.token = ws.app_token
        async with aiohttp.ClientSession() as session:
            found = []
            for _ in range(SOCKETS_MOST + 1):
                url = (await bot.client.apps_connections_open(app_token=ws.app_token))["url"]
                found.append(await connect(session, url))
            async with session.get(url.replace("ws://", "http://")) as again:
                assert again.status == 403
            for socket, _ in found:
                await socket.close()
        return [hello.get("reason") or hello["type"] for _, hello in found]

    assert bot.run(many()) == ["hello"] * SOCKETS_MOST + ["too_many_websockets"]


# --- limits -----------------------------------------------------------------------------------------------------------------


def test_tiers_hold_by_the_minute(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    now = 0.0
    slack.limits.on, slack.limits.clock = True, lambda: now
    rooms = [f"inc-{number}" for number in range(21)]
    for name in rooms[:20]:
        bot.call("conversations_create", name=name)
    assert bot.error("conversations_create", name=rooms[20])["error"] == "ratelimited"
    now = 59.0
    assert bot.refused("conversations_create", name=rooms[20]) == "ratelimited"
    assert [violation.kind for violation in slack.violations] == ["pace"]  # it was told to wait a minute
    now = 60.1
    bot.call("conversations_create", name=rooms[20])


def test_one_message_a_second_in_a_room(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    now = 0.0
    slack.limits.on, slack.limits.clock = True, lambda: now
    one, other = ws.channel("one").id, ws.channel("other").id
    bot.call("chat_postMessage", channel=one, text="x")
    bot.call("chat_postMessage", channel=other, text="x")
    assert bot.refused("chat_postMessage", channel=one, text="y") == "ratelimited"
    now = 1.0
    bot.call("chat_postMessage", channel=one, text="y")
    assert [violation.kind for violation in slack.violations] == ["pace"]


def test_round_trips_are_counted_and_connections_too(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    slack.latency = 0.02
    ws.events.clear()  # and so Bolt itself calls nothing
    room = bot.call("conversations_create", name="inc")["channel"]["id"]
    assert bot.together(3, "conversations_info", channel=room) == ["ok"] * 3
    assert (slack.chain(), len(slack.calls)) == (2, 4)
    assert slack.connections == 3
    assert all(call.end - call.start >= 0.02 for call in slack.calls)


# --- faults -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("http", "SlackApiError"),
        ("reset", "ServerDisconnectedError"),
        ("hang", "ServerDisconnectedError"),
        ("garbage", "SlackApiError"),
        ("ratelimited", "SlackApiError"),
        ("error", "SlackApiError"),
    ],
)
def test_a_fault_strikes_before_or_after_slack_acted(
    slack: SlackServer, ws: Workspace, bot: ToyBot, fault: Any, error: str, after: bool
) -> None:
    room = ws.channel("inc")
    slack.fault = lambda method, args: Fault(fault, after=after, seconds=0.01) if method == "chat.postMessage" else None
    with pytest.raises((SlackApiError, aiohttp.ClientError)) as caught:
        bot.call("chat_postMessage", channel=room.id, text="x")
    assert (type(caught.value).__name__, len(room.messages)) == (error, 1 if after else 0)
    assert [call.error for call in slack.called("chat.postMessage")] == [f"fault:{fault}"]


def test_a_slow_call_is_only_slow(slack: SlackServer, ws: Workspace, bot: ToyBot) -> None:
    slack.fault = lambda method, args: Fault("slow", seconds=0.01)
    assert bot.call("auth_test")["user_id"] == ws.bot_user


# --- response URLs ----------------------------------------------------------------------------------------------------------


def test_a_response_url_works_five_times_within_half_an_hour(slack: SlackServer, ws: Workspace, heard: ToyBot) -> None:
    room, ann = ws.channel("inc", ["U1"]), slack.person("U1")
    ann.command("x", room)
    url = slack.delivered[-1].payload["response_url"]

    async def respond(text: str) -> int:
        async with aiohttp.ClientSession() as session, session.post(url, json={"text": text}) as got:
            return got.status

    assert [heard.run(respond(str(number))) for number in range(6)] == [*[200] * 5, 404]
    ann.command("x", room)
    url = slack.delivered[-1].payload["response_url"]
    ws.advance(1801)
    assert heard.run(respond("晚了")) == 404
    assert [it.text for it in ann.ephemerals(room)] == ["你说：x", "0", "1", "2", "3", "4", "你说：x"]


# --- strangers --------------------------------------------------------------------------------------------------------------


def test_what_slack_did_not_sign_is_refused(slack: SlackServer, ws: Workspace, heard: ToyBot) -> None:
    room, hostile = ws.channel("inc", ["U1"]), Hostile(slack)
    form = payloads.command(ws, "U1", room, "/incident", "x", ws.trigger("U1"), "https://example.com")
    kind: Kind = "slash_commands"
    refused = [hostile.unsigned, hostile.badly_signed, hostile.tampered, hostile.stale]
    assert [act(kind, form).status for act in refused] == [401] * 4
    assert hostile.stale(kind, form, -301).status == 401
    assert hostile.garbage(b"{").status != 401
    slack.person("U1").command("y", room)
    assert hostile.replayed(slack.delivered[-1]).status == 200  # Slack's own words: only the bot can know it heard this before


def test_a_forged_press_reaches_the_bot_as_any_other(slack: SlackServer, ws: Workspace, heard: ToyBot) -> None:
    room = ws.channel("inc", ["U1"])
    said = bot_says(heard, room.id)
    hostile = Hostile(slack)
    assert hostile.presses("U2", room.messages[said], "take", '{"role":"老板"}').error is None
    assert hostile.presses("U2", room.messages[said], "unheard", "x").error == "dispatch_failed"
    assert slack.person("U2").ephemerals(room)[0].text == '按了 {"role":"老板"}'
    held = {"title": {"title": {"type": "plain_text_input", "value": "短"}}}
    body = {"callback_id": "report", "private_metadata": "INC-404", "blocks": []}
    assert hostile.submits("U2", body, held).body == {"response_action": "errors", "errors": {"title": "太短"}}


def bot_says(bot: ToyBot, room: str) -> str:
    return str(bot.call("chat_postMessage", channel=room, text="x")["ts"])


def test_a_lost_acknowledgement_brings_the_same_payload_again(slack: SlackServer, ws: Workspace, lazy: Lazy, lazy_bot: ToyBot) -> None:
    slack.person("U1").says(ws.channel("inc", ["U1"]), "在吗")
    assert slack.again(slack.delivered[-1]).status == 200
    assert (lazy.events, lazy.retries) == (2, ["1"])
    other = Hostile(slack).other_team("events_api", slack.delivered[0].payload)
    assert other.status == 200  # Bolt lets it in: whose team it is, the bot must ask
