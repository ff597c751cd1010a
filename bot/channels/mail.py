"""Send a text as mail over SMTP: one message to one recipient, which says the same of itself for ever.

Whether a server has taken a message is known only from its last answer. Where that is lost nobody sends it again by itself: a person asks.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import ssl
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as MIME
from email.utils import format_datetime, parseaddr
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP

from bot.channels.port import Doubt, quoted
from bot.core.errors import Later, Never
from bot.core.outward.letter import Letter
from bot.words import Text, line

BEFORE = 20.0  # seconds until the server is ready to take the message
AFTER = 25.0  # seconds for taking it
POLICY = MIME.clone(cte_type="7bit")  # for servers that know nothing else
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
SENDER = line("发件人（MAIL_FROM）")
LOST = line("邮件可能已经发出：服务器收了正文，没等到它的回答。先问对方收到没有，再决定重发。")


@dataclass(frozen=True, slots=True)
class Server:
    """Read from SMTP_URL: `smtps` speaks TLS from the first byte, `smtp` changes to it where the server can."""

    host: str
    port: int
    implicit_tls: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def at(cls, url: str) -> Server:
        """smtp://user:password@host:587; the ports are 587 and, of smtps, 465."""
        parts = urlsplit(url)
        implicit = parts.scheme == "smtps"
        port = parts.port or (465 if implicit else 587)
        return cls(parts.hostname or "", port, implicit, unquote(parts.username or ""), unquote(parts.password or ""))


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender` and `reply_to` as people write them: 客服 <service@example.com>. `house` tells this installation's ids from another's."""

    server: Server
    sender: str
    reply_to: str
    house: str = field(repr=False)
    now: Callable[[], datetime]
    tls: ssl.SSLContext | None = None
    name: str = "mail"

    async def send(self, letter: Letter, key: str, in_doubt: bool, /) -> str:
        """In doubt nothing is sent. Returns the Message-ID and the server's last answer."""
        if in_doubt:
            raise Doubt(LOST)
        message = self.message(letter, key)
        sender, to = message["From"].addresses[0].addr_spec, message["To"].addresses[0].addr_spec
        async with _Connected(self.server, self.tls, message["From"].addresses[0].domain) as client:
            with _refusals(letter.to):
                async with asyncio.timeout(BEFORE):
                    await client.mail(sender)
                    await client.rcpt(to)
            try:
                async with asyncio.timeout(AFTER):
                    answer = await client.data(message.as_bytes())
            except aiosmtplib.SMTPResponseException as refused:
                _judge(refused, letter.to)
            except (aiosmtplib.SMTPException, TimeoutError, OSError) as broken:
                raise Doubt(LOST) from broken
        return quoted(f"{message['Message-ID']} {answer.code} {answer.message}")

    def message(self, letter: Letter, key: str) -> EmailMessage:
        """Nothing that is typed anywhere can end a header line."""
        _one_line(letter.subject, line("邮件标题"))
        sender = _address(self.sender, SENDER)
        found = EmailMessage(POLICY)
        found["From"] = sender
        if self.reply_to:
            found["Reply-To"] = _address(self.reply_to, line("回信地址（MAIL_REPLY_TO）"))
        found["To"] = _spelled(letter.contact_name, letter.to, line("收件人"))
        found["Subject"] = letter.subject
        found["Date"] = format_datetime(self.now())
        digest = hmac.new(self.house.encode(), key.encode(), hashlib.sha256).hexdigest()[:32]
        found["Message-ID"] = f"<{digest}@{sender.domain}>"
        found["Auto-Submitted"] = "auto-generated"
        found["Content-Language"] = letter.language
        found.set_content(letter.text, charset="utf-8")
        return found


async def check(server: Server, sender: str, tls: ssl.SSLContext | None = None) -> None:
    """Speak to the server up to the point where a message would begin. Raises Later and Never as `send` does."""
    async with _Connected(server, tls, _address(sender, SENDER).domain):
        pass


class _Connected:
    """A connection that is encrypted and logged in as far as the settings want it."""

    def __init__(self, server: Server, tls: ssl.SSLContext | None, greeting: str) -> None:
        self._server = server
        self._client = SMTP(
            hostname=server.host, port=server.port, use_tls=server.implicit_tls, start_tls=False if server.implicit_tls else None,
            tls_context=tls, timeout=BEFORE, local_hostname=greeting,
        )  # fmt: skip

    async def __aenter__(self) -> SMTP:
        client, server = self._client, self._server
        with _refusals(server.host):
            try:
                async with asyncio.timeout(BEFORE):
                    await client.connect()
                    if server.user:
                        await self._log_in()
            except BaseException:
                client.close()
                raise
        return client

    async def __aexit__(self, *exc: object) -> None:
        """What the server says to a good-bye changes nothing any more."""
        try:
            async with asyncio.timeout(2.0):
                await self._client.quit()
        except (aiosmtplib.SMTPException, TimeoutError, OSError):
            self._client.close()

    async def _log_in(self) -> None:
        if self._client.get_transport_info("sslcontext") is None:
            raise Never(line("邮件服务器 {host} 没有加密，不在上面登录（SMTP_URL）", host=self._server.host))
        try:
            await self._client.login(self._server.user, self._server.password)
        except aiosmtplib.SMTPAuthenticationError as refused:
            if refused.code < 500:
                raise
            words = quoted(f"{refused.code} {refused.message}")
            raise Never(line("邮件服务器不让登录（SMTP_URL 里的用户和密码）：{words}", words=words)) from refused
        except aiosmtplib.SMTPException as lack:
            if type(lack) is not aiosmtplib.SMTPException:
                raise
            raise Never(line("邮件服务器不提供登录，SMTP_URL 里却有用户名：{words}", words=quoted(lack.message))) from lack


@contextmanager
def _refusals(to: str) -> Iterator[None]:
    """What the server says, or does not say, before a message was begun: nothing has left."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as refused:
        if refused.code < 400:
            raise Later(None, f"SMTP: {quoted(refused.message)}") from refused
        _judge(refused, to)
    except aiosmtplib.SMTPNotSupported as lack:
        raise Never(line("邮件服务器做不到：{words}", words=quoted(lack.message))) from lack
    except (aiosmtplib.SMTPException, TimeoutError, OSError) as broken:
        if isinstance(broken.__cause__ or broken, ssl.SSLCertVerificationError):
            raise Never(line("邮件服务器的证书不对，不发：{why}", why=quoted(str(broken)))) from broken
        raise Later(None, f"SMTP: {quoted(str(broken)) or type(broken).__name__}") from broken


def _judge(refused: aiosmtplib.SMTPResponseException, to: str) -> NoReturn:
    words = quoted(f"{refused.code} {refused.message}")
    if refused.code >= 500:
        raise Never(line("邮件服务器不收（{to}）：{words}", to=to, words=words)) from refused
    if refused.code >= 400:
        raise Later(None, f"SMTP: {words}") from refused
    raise Doubt(LOST) from refused


def _address(written: str, what: Text) -> Address:
    """Of `名字 <a@example.com>` or the address alone."""
    _one_line(written, what)
    name, spec = parseaddr(written)
    return _spelled(name, spec, what)


def _spelled(name: str, spec: str, what: Text) -> Address:
    _one_line(name, what)
    local, _, domain = spec.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        ascii_domain = ""
    if not LOCAL.fullmatch(local) or not DOMAIN.fullmatch(ascii_domain):
        raise Never(line("{what}：「{address}」不是能用的邮箱地址", what=what, address=quoted(spec)))
    return Address(name, local, ascii_domain)


def _one_line(text: str, what: Text) -> None:
    """Whatever could end a header line, in any reading of it."""
    if any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in text):
        raise Never(line("{what}里有换行或控制字符，不发：「{text}」", what=what, text=quoted(text)))
