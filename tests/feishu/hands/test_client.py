"""One client: what goes wrong on the way is said as Later or Never, one token for all, and connections are kept."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.errors import Later, Never
from bot.platforms.feishu.client import UNREACHED, Client
from bot.platforms.feishu.faults import CROWDED, OPERATOR, Denied
from bot.words import line
from tests.feishu.double.limits import Fault
from tests.feishu.hands.stage import FIRST, IMPATIENCE, PATIENCE, Ward, do


def http(body: bytes, status: str = "200 OK", kind: str = "application/json", *more: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


GIVEN = http(json.dumps({"code": 0, "msg": "ok", "tenant_access_token": "t-1", "expire": 7200}).encode())


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[Client]:
    """A server that says these bytes to whoever connects, one connection after the other."""
    coming = list(answers)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(coming.pop(0))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    client = Client("cli_1", "secret", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", timeout=PATIENCE)
    try:
        yield client
    finally:
        await client.close()
        server.close()
        await server.wait_closed()


def trouble(*answers: bytes) -> Later | Never:
    async def scene() -> Later | Never:
        async with answering(*answers) as client:
            try:
                await client.call("GET", "im/v1/chats")
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
    "half an object": http(b'{"code": 0, "da'),
    "a page of a proxy": http(b"<html>", "200 OK", "text/html"),
    "a code that is no number": http(b'{"code": "0"}'),
    "a code that is a truth": http(b'{"code": false}'),
    "no code": http(b'{"msg": "success", "data": {}}'),
    "502": http(b"", "502 Bad Gateway", "text/html"),
    "500 with a code nobody knows": http(b'{"code": 777777}', "500 Internal Server Error"),
    "an internal error": http(b'{"code": 2200, "msg": "Internal Error"}', "400 Bad Request"),
    "somewhere else": http(b"", "302 Found", "text/html", "Location: http://example.invalid/"),
    "brackets without end": http(b'{"a":' * 20_000),
    "an answer cut off": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "silence": b"",
}


@pytest.mark.parametrize("name", ODD)
def test_an_answer_that_makes_no_sense_leaves_a_doubt(name: str) -> None:
    found = trouble(GIVEN, ODD[name], ODD[name])
    assert isinstance(found, Later)
    assert found.seconds is None


@pytest.mark.parametrize("name", [name for name in ODD if name not in ("a list", "an internal error")])
def test_where_no_token_can_be_had_surely_nothing_was_done(name: str) -> None:
    found = trouble(ODD[name], ODD[name])
    assert isinstance(found, Later)
    assert found.seconds == UNREACHED


@pytest.mark.parametrize("status", ["429 Too Many Requests", "400 Bad Request"])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("x-ogw-ratelimit-reset: 30", 30.0),
        ("x-ogw-ratelimit-reset: soon", CROWDED),
        ("x-ogw-ratelimit-reset: -3", 0.0),
        ("Retry-After: 7", 7.0),
        ("X: y", CROWDED),
    ],
)
def test_too_many_calls_wait_as_long_as_feishu_says(status: str, header: str, seconds: float) -> None:
    found = trouble(GIVEN, http(b'{"code": 99991400, "msg": "request trigger frequency limit"}', status, "application/json", header))
    assert isinstance(found, Later)
    assert found.seconds == seconds


def test_429_of_a_proxy_is_one_too() -> None:
    found = trouble(GIVEN, http(b"slow down", "429 Too Many Requests", "text/html", "Retry-After: 4"))
    assert isinstance(found, Later)
    assert found.seconds == 4.0


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with answering(GIVEN, http(b'{"code": 0, "data": {"ok": "1"}}')) as proxy:
            monkeypatch.setenv("http_proxy", proxy.domain.replace("://", "://us%40er:pass@"))
            client = Client("cli_1", "secret", "http://feishu.invalid")
            assert await client.call("GET", "im/v1/chats") == {"ok": "1"}
            await client.close()

    do(scene())


def test_a_call_takes_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that wake up beside the loop hold up every other call, and whoever waits for an answer."""

    async def scene() -> None:
        async with answering(GIVEN, http(b'{"code": 0, "data": {"ok": "1"}}')) as client:
            monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", None)
            assert await client.call("GET", "im/v1/chats") == {"ok": "1"}

    do(scene())


def test_the_code_says_more_than_the_status() -> None:
    found = trouble(GIVEN, http(b'{"code": 230002, "msg": "The bot can not be outside the group."}', "500 Internal Server Error"))
    assert isinstance(found, Denied)
    assert found.code == 230002


def test_a_refusal_names_the_log_id_that_feishus_support_asks_for() -> None:
    found = trouble(GIVEN, http(b'{"code": 230002}', "400 Bad Request", "application/json", "X-Tt-Logid: 2026ABC"))
    assert str(found) == "GET im/v1/chats: 230002 (log_id 2026ABC)"
    found = trouble(GIVEN, http(b'{"code": 230002, "error": {"log_id": "2026DEF"}}', "400 Bad Request"))
    assert str(found) == "GET im/v1/chats: 230002 (log_id 2026DEF)"


def test_where_nobody_listens_surely_nothing_was_done() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    async def scene() -> None:
        with pytest.raises(Later) as later:
            await Client("cli_1", "secret", f"http://127.0.0.1:{port}").me()
        assert later.value.seconds == UNREACHED

    do(scene())


def test_a_server_that_hangs_is_left_in_doubt(w: Ward) -> None:
    async def scene() -> None:
        w.new(IMPATIENCE)
        await w.client.me()
        w.faulty("chat.create", Fault("hang", seconds=IMPATIENCE + 0.1))
        with pytest.raises(Later) as later:
            await w.open()
        assert later.value.seconds is None

    do(scene())


def test_a_missing_scope_is_named_with_its_fix(w: Ward) -> None:
    w.tenant.scopes.discard("im:chat")
    with pytest.raises(Never) as never:
        do(w.open())
    words = line("飞书应用缺权限 {scope}：在飞书开发者后台「权限管理」开通，发布新版本，再重试", scope="im:chat / im:chat:create")
    assert never.value.why == words


def test_a_kicked_bot_says_how_to_bring_it_back(w: Ward) -> None:
    async def scene() -> None:
        room = await w.open()
        w.room(room).bot = False
        await w.feishu.set_topic(room, "topic")

    with pytest.raises(Denied, match=r"^PUT im/v1/chats/oc_\w+: 232011 ") as denied:
        do(scene())
    assert denied.value.why == line("烽火不在这个群里：在群设置的「群机器人」里加回烽火，再重试")


def test_a_wrong_secret_is_shouted_about_once_and_everything_waits(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        w.tenant.app_secret = "changed"
        for _ in range(3):
            with pytest.raises(Later) as later:
                await w.open()
            assert later.value.seconds == OPERATOR

    do(scene())
    loud = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(loud) == 1
    assert "FEISHU_APP_SECRET" in loud[0].getMessage()
    assert "double-app-secret" not in caplog.text


def test_what_feishu_cannot_read_is_our_fault_and_logged(w: Ward, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        with pytest.raises(Denied):
            await w.client.call("POST", "im/v1/messages", {"receive_id_type": "nonsense"}, {"receive_id": "x"})

    do(scene())
    assert "99992402" in caplog.text
    assert "log_id" in caplog.text


def test_a_burst_uses_a_pool_and_a_second_incident_opens_no_connection(w: Ward) -> None:
    async def incident(n: int) -> None:
        room = await w.open(f"INC-{n}/war")
        await asyncio.gather(
            w.feishu.invite(room, ("ann", "bob")),
            w.feishu.set_topic(room, "topic"),
            w.feishu.link(room, "record", f"http://bot/i/{n}"),
            w.feishu.show(room, FIRST, None, f"INC-{n}/status", False, (), False),
            w.feishu.page("ann", "come", f"INC-{n}/page:ann:1", "c1", f"INC-{n}", False),
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
    assert w.server.violations == []


def test_who_we_are_is_asked_once(w: Ward) -> None:
    async def scene() -> None:
        assert w.client.known is None
        me = await w.client.me()
        assert await w.client.me() is me is w.client.known
        assert (me.open_id, me.name) == (w.tenant.bot_open_id, w.tenant.bot_name)

    do(scene())
    assert len(w.server.called("bot.v3.info")) == 1


def test_pages_follow_one_another_and_end(w: Ward) -> None:
    people = [w.tenant.user(f"p{n:03d}", f"P{n}").open_id for n in range(230)]
    room = w.tenant.chat("big", people)

    async def scene(most: int) -> list[int]:
        pages = w.client.pages(f"im/v1/chats/{room.id}/members", most, {"member_id_type": "open_id", "page_size": 100})
        return [len(page["items"]) async for page in pages]

    assert do(scene(10)) == [100, 100, 30]
    assert do(scene(2)) == [100, 100]


# --- the token --------------------------------------------------------------------------------------------------------------


def tokens(w: Ward) -> int:
    return len(w.server.called("tenant_access_token.internal"))


def test_fifty_calls_at_once_fetch_one_token(w: Ward) -> None:
    async def scene() -> None:
        w.server.latency = 0.02
        await asyncio.gather(*(w.client.call("GET", "im/v1/chats") for _ in range(50)))

    do(scene())
    assert tokens(w) == 1


def test_a_token_that_feishu_takes_no_more_is_replaced_and_nobody_notices(w: Ward) -> None:
    async def scene() -> None:
        await w.client.me()
        w.tenant.expire_tokens()
        w.server.latency = 0.02
        await asyncio.gather(*(w.client.call("GET", "im/v1/chats") for _ in range(20)))

    do(scene())
    assert tokens(w) == 2


def test_a_file_goes_up_again_whole_under_the_new_token(w: Ward) -> None:
    async def scene() -> str:
        room = await w.open()
        w.tenant.expire_tokens()
        return await w.feishu.attach(room, "draft.md", b"words", "INC-1/file:1", False)

    do(scene())
    assert [file.content for file in w.tenant.files.values()] == [b"words"]


def test_where_every_token_is_refused_the_call_is_tried_twice_and_waits(w: Ward) -> None:
    async def scene() -> None:
        await w.client.me()
        w.server.fault = lambda method, args: Fault("error", code=99991663) if method == "im.v1.chat.create" else None
        with pytest.raises(Later) as later:
            await w.open()
        assert later.value.seconds == OPERATOR

    do(scene())
    assert len(w.server.called("chat.create")) == 2


def test_a_token_that_cannot_be_fetched_leaves_no_doubt(w: Ward) -> None:
    async def scene() -> None:
        w.new(IMPATIENCE)
        w.faulty("tenant_access_token.internal", Fault("hang", seconds=IMPATIENCE + 0.1), Fault("ratelimited", seconds=9))
        for seconds in (UNREACHED, 9.0):
            with pytest.raises(Later) as later:
                await w.open()
            assert later.value.seconds == seconds

    do(scene())
    assert w.rooms() == []
