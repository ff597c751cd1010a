"""A webhook to a real receiver: signed as the standard says, to no inner address, and never to where somebody else points."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
import standardwebhooks
from aiohttp import web

from bot.channels.guard import Resolve, admit, forbidden, resolve
from bot.channels.webhook import Webhook, signature
from bot.core.errors import Later, Never
from tests.channels import tls
from tests.channels.letters import HOUSE, KEY, NOW, letter, said

T = TypeVar("T")
SECRET = base64.b64encode(bytes(range(32))).decode()
KEYS = {"shop": bytes(range(32))}


@dataclass
class Receiver:
    """What it was sent, and what it answers: status, headers, body. `silent`: it hangs up without a word."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    silent: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        if self.silent and request.transport is not None:
            request.transport.abort()
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@asynccontextmanager
async def listening(receiver: Receiver, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = web.Server(receiver.handle)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0, ssl=context)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await server.shutdown(0.1)


class Names:
    """A resolver's double: what a name says, one answer after the other; it counts how often it is asked."""

    def __init__(self, *answers: tuple[str, ...]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        self.asked += 1
        answer = self.answers.pop(0)
        if not answer:
            raise OSError("Name or service not known")
        return answer


def deliver(
    receiver: Receiver,
    *,
    url: str = "http://127.0.0.1:{port}/hook",
    names: Resolve | None = None,
    trusted: str = "127.0.0.1:{port}",
    keys: dict[str, bytes] | None = None,
    now: datetime = NOW,
    times: int = 1,
    context: ssl.SSLContext | None = None,
    client: ssl.SSLContext | None = None,
) -> str:
    async def scene() -> str:
        async with listening(receiver, context) as port:
            trust = frozenset({trusted.format(port=port)})
            channel = Webhook(KEYS if keys is None else keys, HOUSE, lambda: now, trust, names or resolve, client)
            proofs = [await channel.send(letter(via="webhook", to=url.format(port=port)), KEY, n > 0) for n in range(times)]
            return proofs[-1]

    return asyncio.run(scene())


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Never) as refused:
        act()
    return said(refused.value.why)


# --- what arrives -----------------------------------------------------------------------------------------------------------


def test_a_receiver_can_verify_what_it_gets_with_the_standards_own_library() -> None:
    receiver = Receiver()
    deliver(receiver, now=datetime.now(UTC))
    ((headers, body),) = receiver.got
    verified = standardwebhooks.Webhook(f"whsec_{SECRET}").verify(body.decode(), headers)
    assert verified["data"]["text"] == letter().text
    assert headers["content-type"] == "application/json"


def test_the_signature_is_that_of_the_standards_example() -> None:
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    found = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_changed_body_does_not_verify() -> None:
    receiver = Receiver()
    deliver(receiver, now=datetime.now(UTC))
    ((headers, body),) = receiver.got
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(f"whsec_{SECRET}").verify(body.decode().replace("下单", "支付"), headers)


def test_the_same_delivery_has_the_same_id_however_often_it_is_sent() -> None:
    receiver = Receiver()
    deliver(receiver, times=2)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 2


def test_nothing_that_only_we_know_is_in_it() -> None:
    receiver = Receiver()
    deliver(receiver)
    data = json.loads(receiver.got[0][1])["data"]
    assert "INC-1" not in receiver.got[0][1].decode()
    assert set(data) == {"incident", "audience", "phase", "language", "subject", "text", "components", "sent_at", "next_at"}


def test_it_goes_over_tls_to_the_name_it_was_told(tmp_path: Path) -> None:
    receiver, names = Receiver(), Names(("127.0.0.1",))
    proof = deliver(receiver, url="https://hooks.example.com:{port}/in", trusted="hooks.example.com:{port}", names=names,
                    context=tls.serving(tmp_path), client=tls.trusting())  # fmt: skip
    assert receiver.got[0][0]["host"].startswith("hooks.example.com:")
    assert proof.endswith(" 200")


# --- what the receiver says -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "after", "seconds"), [
    (500, "", None), (503, "120", 120.0), (429, "Mon, 23 Nov 2026 12:47:00 GMT", 60.0), (408, "soon", None),
])  # fmt: skip
def test_not_now_is_tried_again_when_the_receiver_says(status: int, after: str, seconds: float | None) -> None:
    with pytest.raises(Later) as later:
        deliver(Receiver(status, {"Retry-After": after} if after else {}))
    assert later.value.seconds == seconds


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_refusal_is_told_in_the_receivers_words(status: int) -> None:
    assert f"回答 {status}：no such hook" in refusal(lambda: deliver(Receiver(status, body=b"no such\n\x00 hook")))


def test_a_receiver_that_hangs_up_is_tried_again() -> None:
    with pytest.raises(Later):
        deliver(Receiver(silent=True))


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    words = refusal(lambda: deliver(Receiver(400, body=b"x" * 5_000_000)))
    assert len(words) < 300


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(status: int) -> None:
    receiver = Receiver(status, {"Location": "http://169.254.169.254/latest/meta-data"})
    words = refusal(lambda: deliver(receiver))
    assert f"{status} http://169.254.169.254/latest/meta-data" in words
    assert len(receiver.got) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused_with_the_reason(tmp_path: Path) -> None:
    receiver = Receiver()
    assert "证书不对" in refusal(lambda: deliver(receiver, url="https://127.0.0.1:{port}/", context=tls.serving(tmp_path)))
    assert receiver.got == []


def test_a_contact_without_a_secret_names_the_setting() -> None:
    receiver = Receiver()
    assert "WEBHOOK_SECRETS 里加 shop=whsec_…" in refusal(lambda: deliver(receiver, keys={"other": KEYS["shop"]}))
    assert receiver.got == []


# --- where it may go --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.8", "172.16.5.4", "192.168.1.1", "169.254.1.1", "169.254.169.254", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1",
    "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::1", "2001:db8::1", "nonsense",
])  # fmt: skip
def test_no_inner_address_is_called(address: str) -> None:
    names = Names((address,))
    words = refusal(lambda: asyncio.run(admit("https://hooks.example.com/in", frozenset(), names)))
    assert f"hooks.example.com 指向内部地址 {address}" in words


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:2800:220:1:248:1893:25c8:1946", "2002:808:808::1"])
def test_an_address_of_the_public_internet_is_called(address: str) -> None:
    assert forbidden(address) == ""


def test_one_inner_address_among_public_ones_is_enough() -> None:
    names = Names(("93.184.215.14", "10.0.0.8"))
    assert "10.0.0.8" in refusal(lambda: asyncio.run(admit("https://hooks.example.com/in", frozenset(), names)))


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "localhost."])
def test_an_inner_address_in_any_spelling_is_refused(host: str) -> None:
    with pytest.raises((Never, Later)):  # what the system's resolver does not read at all, it cannot reach
        asyncio.run(admit(f"https://{host}/", frozenset()))


@pytest.mark.parametrize(("url", "reason"), [
    ("http://hooks.example.com/", "https://"), ("ftp://hooks.example.com/", "写得不对"), ("https:///in", "写得不对"),
    ("https://user:pass@hooks.example.com/", "不能带用户名"), ("https://user@hooks.example.com/", "不能带用户名"),
    ("https://hooks.example.com:0/", "写得不对"), ("https://hooks.example.com:99999/", "写得不对"), ("hooks.example.com", "写得不对"),
    ("https://hooks.example.com/\r\nHost: x", "写得不对"), ("file:///etc/passwd", "写得不对"), ("https://[::1", "写得不对"),
    ("https://hooks.example.com/ x", "写得不对"),
])  # fmt: skip
def test_a_url_that_is_not_plainly_https_is_refused(url: str, reason: str) -> None:
    names = Names(("93.184.215.14",))
    assert reason in refusal(lambda: asyncio.run(admit(url, frozenset(), names)))
    assert names.asked == 0


def test_no_password_is_repeated_in_a_refusal() -> None:
    words = refusal(lambda: asyncio.run(admit("https://user:hunter2@hooks.example.com/", frozenset(), Names())))
    assert "hunter2" not in words


def test_a_name_that_says_something_else_a_moment_later_changes_nothing() -> None:
    """It is asked once, and the machine that was looked at is the one that is called."""
    receiver, names = Receiver(), Names(("127.0.0.1",), ("10.0.0.8",))
    deliver(receiver, url="http://rebinding.example:{port}/", trusted="rebinding.example:{port}", names=names)
    assert (names.asked, len(receiver.got)) == (1, 1)


def test_a_name_that_is_not_known_now_is_tried_again() -> None:
    with pytest.raises(Later):
        asyncio.run(admit("https://hooks.example.com/", frozenset(), Names(())))


def test_trust_goes_to_one_host_and_port_and_never_to_where_clouds_keep_secrets() -> None:
    trusted = frozenset({"relay.corp:8443"})
    assert asyncio.run(admit("https://relay.corp:8443/", trusted, Names(("10.0.0.8",)))).address == "10.0.0.8"
    assert "10.0.0.8" in refusal(lambda: asyncio.run(admit("https://relay.corp:9000/", trusted, Names(("10.0.0.8",)))))
    assert "metadata" in refusal(lambda: asyncio.run(admit("https://relay.corp:8443/", trusted, Names(("169.254.169.254",)))))


@pytest.mark.parametrize(
    "url",
    ["https://good.example\\@127.0.0.1:{port}/", "http://good.example#@127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@good.example/"],
)
def test_a_url_that_two_readers_read_differently_reaches_nobody(url: str) -> None:
    receiver = Receiver()
    with pytest.raises((Never, Later)):
        deliver(receiver, url=url, names=Names(("93.184.215.14",)), trusted="nobody:1")
    assert receiver.got == []
