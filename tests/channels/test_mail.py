"""Mail to a real SMTP server: what arrives, what cannot, and what nobody sends twice."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from bot.channels.mail import LOST, Mail, Server
from bot.channels.port import Doubt
from bot.core.errors import Later, Never
from tests.channels import tls
from tests.channels.letters import HOUSE, KEY, NOW, letter, said

T = TypeVar("T")
SENDER = "客服 <service@fenghuo.example.com>"


@dataclass
class Postbox:
    """A server's handler: what it took, and what it answers instead of taking it. `drop`: the line goes dead there."""

    answers: dict[str, str] = field(default_factory=dict)
    drop: str = ""
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    users: list[bytes] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self._answer(server, "RCPT")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" not in self.answers:
            parsed = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
            self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), parsed))
        return self._answer(server, "DATA")

    def _answer(self, server: SMTP, step: str) -> str:
        if self.drop == step:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.answers.get(step, "250 OK")

    def log_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.users.append(data.login)
        return AuthResult(success=data.password == b"p@ss", handled=False)


@asynccontextmanager
async def listening(
    postbox: Postbox, tls_context: ssl.SSLContext | None = None, implicit: bool = False, login: bool = True
) -> AsyncIterator[int]:
    def protocol() -> SMTP:
        start_tls = None if implicit else tls_context
        open_ = implicit and login  # it does not know of the line that it is encrypted
        return SMTP(postbox, tls_context=start_tls, authenticator=postbox.log_in, auth_require_tls=not open_, hostname="mx.example.com")

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls_context if implicit else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def mail(port: int, scheme: str = "smtp", user: str = "", context: ssl.SSLContext | None = None) -> Mail:
    return Mail(Server.at(f"{scheme}://{user}127.0.0.1:{port}"), SENDER, "", HOUSE, lambda: NOW, context)


def with_server(
    postbox: Postbox, act: Callable[[int], Awaitable[T]], context: ssl.SSLContext | None = None, implicit: bool = False, login: bool = True
) -> T:
    async def scene() -> T:
        async with listening(postbox, context, implicit, login) as port:
            return await act(port)

    return asyncio.run(scene())


# --- what arrives -----------------------------------------------------------------------------------------------------------


def test_a_letter_arrives_as_one_readable_message() -> None:
    box = Postbox()
    with_server(box, lambda port: mail(port).send(letter(), KEY, False))
    ((sender, recipients, message),) = box.taken
    assert (sender, recipients) == ("service@fenghuo.example.com", ["ops@shop.example.com"])
    assert (message["From"], message["To"], message["Subject"]) == (SENDER, "某连锁超市 <ops@shop.example.com>", "服务异常通知")
    assert message.get_content().replace("\r\n", "\n") == "上海地区下单失败。\n您可以拨打 400-000-0000 下单。\n.\n"
    assert (message["Auto-Submitted"], message["Date"]) == ("auto-generated", "Mon, 23 Nov 2026 12:46:00 +0000")


def test_the_message_id_is_the_deliverys_for_ever_and_no_other_houses() -> None:
    port = 25
    ids = [channel.message(letter(), key)["Message-ID"] for channel, key in (
        (mail(port), KEY), (mail(port), KEY), (mail(port), "INC-1/n1/d2"), (replace(mail(port), house="another"), KEY),
    )]  # fmt: skip
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert ids[0].endswith("@fenghuo.example.com>")


def test_answers_go_where_the_settings_say() -> None:
    message = replace(mail(25), reply_to="hotline@fenghuo.example.com").message(letter(), KEY)
    assert message["Reply-To"] == "hotline@fenghuo.example.com"


@pytest.mark.parametrize("implicit", [False, True])
def test_the_line_is_encrypted_and_the_password_goes_over_nothing_else(tmp_path: Path, implicit: bool) -> None:
    box, scheme = Postbox(), "smtps" if implicit else "smtp"
    channel: Callable[[int], Mail] = lambda port: mail(port, scheme, "bot%40example.com:p%40ss@", tls.trusting())  # noqa: E731
    with_server(box, lambda port: channel(port).send(letter(), KEY, False), tls.serving(tmp_path), implicit)
    assert (len(box.taken), box.users) == (1, [b"bot@example.com"])


def test_nobody_logs_in_over_a_line_that_anybody_can_read() -> None:
    box = Postbox()
    with pytest.raises(Never) as refused:
        with_server(box, lambda port: mail(port, user="bot:p@").send(letter(), KEY, False))
    assert "没有加密" in said(refused.value.why)
    assert (box.users, box.taken) == ([], [])


def test_a_certificate_that_nobody_vouches_for_is_refused_with_the_reason(tmp_path: Path) -> None:
    box = Postbox()
    with pytest.raises(Never) as refused:
        with_server(box, lambda port: mail(port).send(letter(), KEY, False), tls.serving(tmp_path))
    assert "证书不对" in said(refused.value.why)
    assert box.taken == []


def test_a_wrong_password_names_the_setting(tmp_path: Path) -> None:
    box, context = Postbox(), tls.trusting()
    with pytest.raises(Never) as refused:
        with_server(box, lambda port: mail(port, user="bot:wrong@", context=context).send(letter(), KEY, False), tls.serving(tmp_path))
    assert "SMTP_URL" in said(refused.value.why)


def test_a_server_that_lets_nobody_log_in_is_refused_with_the_reason(tmp_path: Path) -> None:
    box, context = Postbox(), tls.trusting()
    with pytest.raises(Never) as refused:
        with_server(box, lambda port: mail(port, "smtps", "bot:p@", context).send(letter(), KEY, False), tls.serving(tmp_path), True, False)
    assert "不提供登录" in said(refused.value.why)


# --- what the server says ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_refusal_for_good_is_told_in_the_servers_words(step: str) -> None:
    box = Postbox({step: "550 5.1.1 no such user here"})
    with pytest.raises(Never) as refused:
        with_server(box, lambda port: mail(port).send(letter(), KEY, False))
    assert "550 5.1.1 no such user here" in said(refused.value.why)
    assert box.taken == []


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_a_refusal_for_now_is_tried_again(step: str) -> None:
    box = Postbox({step: "451 4.7.1 greylisted, come back"})
    with pytest.raises(Later) as later:
        with_server(box, lambda port: mail(port).send(letter(), KEY, False))
    assert (later.value.seconds, "greylisted" in later.value.why) == (None, True)


def test_nobody_listening_is_tried_again() -> None:
    async def scene() -> None:
        async with listening(Postbox()) as port:
            pass
        await mail(port).send(letter(), KEY, False)

    with pytest.raises(Later):
        asyncio.run(scene())


def test_a_line_that_breaks_before_the_text_is_tried_again() -> None:
    with pytest.raises(Later):
        with_server(Postbox(drop="RCPT"), lambda port: mail(port).send(letter(), KEY, False))


def test_a_line_that_breaks_after_the_text_leaves_doubt() -> None:
    box = Postbox(drop="DATA")
    with pytest.raises(Doubt) as doubt:
        with_server(box, lambda port: mail(port).send(letter(), KEY, False))
    assert doubt.value.why == LOST
    assert len(box.taken) == 1


def test_in_doubt_nothing_is_sent() -> None:
    box = Postbox()
    with pytest.raises(Doubt):
        with_server(box, lambda port: mail(port).send(letter(), KEY, True))
    assert box.taken == []


# --- injection --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00"])
@pytest.mark.parametrize("where", ["subject", "contact_name", "to"])
def test_nothing_typed_ends_a_header_line(where: str, end: str) -> None:
    evil = {"subject": f"通知{end}Bcc: all@example.com", "contact_name": f"某{end}Bcc: x@example.com", "to": f"a@example.com{end}Bcc: x"}
    with pytest.raises(Never):
        mail(25).message(letter(**{where: evil[where]}), KEY)


@pytest.mark.parametrize(
    "to", ["", "nobody", "a@b@c.com", "a@x.com, b@x.com", "a b@x.com", "<a@x.com>", "a@-x.com", "名@x.com", '"a b"@x.com', "a@x..com"]
)
def test_what_is_no_address_is_refused_by_name(to: str) -> None:
    with pytest.raises(Never) as refused:
        mail(25).message(letter(to=to), KEY)
    assert "不是能用的邮箱地址" in said(refused.value.why)


def test_a_name_with_signs_of_its_own_stays_a_name() -> None:
    message = mail(25).message(letter(contact_name='Shop, "East" <evil@example.com>'), KEY)
    assert [address.addr_spec for address in message["To"].addresses] == ["ops@shop.example.com"]


def test_a_domain_in_chinese_is_written_as_servers_read_it() -> None:
    assert mail(25).message(letter(to="ops@例子.中国"), KEY)["To"].addresses[0].addr_spec == "ops@xn--fsqu00a.xn--fiqs8s"


def test_a_body_cannot_end_the_message_or_grow_headers() -> None:
    box = Postbox()
    text = ".\nMAIL FROM:<x@example.com>\n.\r\nBcc: all@example.com\n" + "长" * 3000
    with_server(box, lambda port: mail(port).send(letter(text=text), KEY, False))
    ((_, recipients, message),) = box.taken
    assert recipients == ["ops@shop.example.com"]
    assert (message["Bcc"], message.get_content().replace("\r\n", "\n")) == (None, text.replace("\r\n", "\n") + "\n")
