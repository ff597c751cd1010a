"""One client: what goes wrong on the way is said as Later or Never, and connections are kept."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.errors import Later, Never
from bot.platforms.slack.faults import CROWDED, OPERATOR, Denied
from bot.platforms.slack.web import UNREACHED, Web
from bot.words import line
from tests.slack.double.limits import Fault
from tests.slack.hands.stage import FIRST, IMPATIENCE, PATIENCE, Ward, do


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[Web]:
    """A server that says these bytes to whoever connects, one connection after the other."""
    coming = list(answers)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(coming.pop(0))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    web = Web("xoxb-test", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/", timeout=PATIENCE)
    try:
        yield web
    finally:
        await web.close()
        server.close()
        await server.wait_closed()


def http(body: bytes, status: str = "200 OK", kind: str = "application/json", *more: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def trouble(answer: bytes) -> Later | Never:
    async def scene() -> Later | Never:
        async with answering(answer) as web:
            try:
                await web.call("chat.postMessage", channel="C1")
            except (Later, Never) as found:
                return found
            raise AssertionError("it was taken for an answer")

    return do(scene())


ODD = {
    "a list": http(b"[1]"),
    "a string": http(b'"ok"'),
    "a number": http(b"7"),
    "null": http(b"null"),
    "nothing": http(b""),
    "no UTF-8": http(b"\xff\xfe\x00"),
    "half an object": http(b'{"ok": tr'),
    "a page of a proxy": http(b"<html>", "200 OK", "text/html"),
    "plain text": http(b"ok", "200 OK", "text/plain"),
    "an error that is no word": http(b'{"ok": false, "error": 5}'),
    "no error": http(b'{"ok": false}'),
    "502": http(b"", "502 Bad Gateway", "text/html"),
    "500 in JSON": http(b'{"ok": false, "error": "not_in_channel"}', "500 Internal Server Error"),
    "an answer cut off": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "silence": b"",
}


@pytest.mark.parametrize("name", ODD)
def test_an_answer_that_makes_no_sense_leaves_a_doubt(name: str) -> None:
    found = trouble(ODD[name])
    assert isinstance(found, Later)
    assert found.seconds is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("Retry-After: 30", 30.0), ("Retry-After: 0.5", 0.5), ("Retry-After: soon", CROWDED), ("Retry-After: -3", 0.0), ("X: y", CROWDED)],
)
def test_429_waits_as_long_as_it_says(header: str, seconds: float) -> None:
    found = trouble(http(b'{"ok": false, "error": "ratelimited"}', "429 Too Many Requests", "application/json", header))
    assert isinstance(found, Later)
    assert found.seconds == seconds


def test_429_of_a_proxy_is_one_too() -> None:
    found = trouble(http(b"slow down", "429 Too Many Requests", "text/html", "Retry-After: 4"))
    assert isinstance(found, Later)
    assert found.seconds == 4.0


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with answering(http(b'{"ok": true}')) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.client.base_url.removesuffix("/api/"))
            web = Web("xoxb-test", "http://slack.invalid/api/")
            assert await web.call("auth.test") == {"ok": True}
            await web.close()

    do(scene())


def test_a_call_takes_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that wake up beside the loop hold up every other call."""

    async def scene() -> None:
        async with answering(http(b'{"ok": true}')) as web:
            monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", None)
            assert await web.call("auth.test") == {"ok": True}

    do(scene())


def test_where_nobody_listens_surely_nothing_was_done() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    async def scene() -> None:
        web = Web("xoxb-test", f"http://127.0.0.1:{port}/api/")
        with pytest.raises(Later) as later:
            await web.call("auth.test")
        assert later.value.seconds == UNREACHED

    do(scene())


def test_a_name_that_does_not_resolve_is_the_same() -> None:
    async def scene() -> None:
        with pytest.raises(Later) as later:
            await Web("xoxb-test", "http://slack.invalid/api/").call("auth.test")
        assert later.value.seconds == UNREACHED

    do(scene())


def test_a_server_that_hangs_is_left_in_doubt(w: Ward) -> None:
    async def scene() -> None:
        w.new(IMPATIENCE)
        w.faulty("auth.test", Fault("hang", seconds=IMPATIENCE + 0.1))
        with pytest.raises(Later) as later:
            await w.web.call("auth.test")
        assert later.value.seconds is None

    do(scene())


def test_a_missing_scope_is_named_with_its_fix(w: Ward) -> None:
    w.workspace.scopes.discard("channels:manage")
    with pytest.raises(Never) as never:
        do(w.open())
    assert never.value.why == line("应用缺权限 {scope}：在 Slack 后台加上并重装", scope="channels:manage")


def test_a_kicked_bot_says_how_to_bring_it_back(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        w.room(room).members.remove(w.workspace.bot_user)
        await w.slack.set_topic(room, "topic")

    with pytest.raises(Denied, match=r"^conversations.setTopic: not_in_channel$") as denied:
        do(scene())
    assert denied.value.why == line("烽火不在这个群里：在群里输入 /invite @烽火，再重试")


def test_a_dead_token_is_shouted_about_once_and_everything_waits(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        w.workspace.revoked = True
        for _ in range(3):
            with pytest.raises(Later) as later:
                await w.web.call("chat.postMessage", channel="C1", text="x")
            assert later.value.seconds == OPERATOR

    do(scene())
    loud = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(loud) == 1
    assert "token_revoked" in loud[0].getMessage()
    assert w.workspace.bot_token not in caplog.text


def test_a_payload_that_slack_cannot_read_is_our_fault_and_logged(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        room = await w.open()
        with pytest.raises(Denied):
            await w.web.call("chat.postMessage", channel=room, text="x", blocks=[{"type": "nonsense"}])

    do(scene())
    assert "invalid_blocks" in caplog.text


def test_a_burst_uses_a_pool_and_a_second_incident_opens_no_connection(w: Ward) -> None:
    async def incident(n: int) -> None:
        room = await w.slack.open_room("war", f"inc-{n}-war", (), "", False, f"INC-{n}/war", False)
        await asyncio.gather(
            w.slack.invite(room, ("ann", "bob")),
            w.slack.set_topic(room, "topic"),
            w.slack.link(room, "record", f"http://bot/i/{n}"),
            w.slack.show(room, FIRST, None, f"INC-{n}/status", False, (), False),
            w.slack.page("ann", "come", f"INC-{n}/page:ann:1", "c1", f"INC-{n}", False),
        )

    async def scene() -> tuple[int, int]:
        w.server.latency = 0.02
        await incident(1)
        first = w.server.connections
        await incident(2)
        return first, w.server.connections

    first, both = do(scene())
    assert first > 1
    assert first == both


def test_bolt_finds_the_same_connections_in_the_client(w: Ward) -> None:
    async def scene() -> None:
        client = w.web.client
        await w.web.call("auth.test")
        await client.auth_test()
        assert client.session is w.web.client.session
        assert client.retry_handlers == []

    do(scene())
    assert w.server.connections == 1


def test_a_client_that_nobody_runs_yet_has_no_session() -> None:
    assert Web("xoxb-test").client.session is None


def test_who_we_are_is_asked_once(w: Ward) -> None:
    async def scene() -> None:
        assert w.web.known is None
        me = await w.web.me()
        assert await w.web.me() is me is w.web.known
        assert (me.user, me.team, me.org) == (w.workspace.bot_user, w.workspace.team, False)

    do(scene())
    assert w.calls() == ["auth.test"]


def test_a_file_that_cannot_be_taken_up_leaves_a_doubt(w: Ward) -> None:
    async def scene() -> None:
        with pytest.raises(Later) as later:
            await w.web.upload(f"{w.server.url}/upload/nowhere", b"words")
        assert later.value.seconds is None

    do(scene())
