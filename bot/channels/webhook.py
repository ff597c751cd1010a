"""Post a text to the address of somebody's system, signed as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature v1).

A receiver may get the same text twice, after a crash or an answer that was lost, and always under the same webhook-id: it takes an id once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.channels.guard import Place, Resolve, admit, resolve
from bot.channels.port import quoted
from bot.core.errors import Later, Never
from bot.core.outward.letter import Letter
from bot.words import line

LONGEST_ANSWER = 2000  # bytes that are read of it
TIMEOUT = aiohttp.ClientTimeout(total=15.0, connect=6.0)
AGAIN = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Webhook:
    """`secrets`: the key of each contact. `house`: what tells this installation's ids from another's. `trusted`: see the guard."""

    secrets: Mapping[str, bytes] = field(repr=False)
    house: str = field(repr=False)
    now: Callable[[], datetime]
    trusted: frozenset[str] = frozenset()
    resolver: Resolve = resolve
    tls: ssl.SSLContext | None = None
    name: str = "webhook"

    async def send(self, letter: Letter, key: str, in_doubt: bool, /) -> str:
        """Being in doubt changes nothing: the same id again. Returns the id and the answer's status."""
        secret = self.secrets.get(letter.contact)
        if secret is None:
            who, contact = letter.contact_name, letter.contact
            raise Never(line("没有配置 {who} 的 webhook 签名密钥：WEBHOOK_SECRETS 里加 {contact}=whsec_…", who=who, contact=contact))
        place = await admit(letter.to, self.trusted, self.resolver)
        id_ = f"msg_{self._hash(key)}"
        moment = self.now()
        body = json.dumps(self._said(letter, moment), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json", "User-Agent": "Fenghuo", "Accept-Encoding": "identity",
            "webhook-id": id_, "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature(secret, id_, moment, body),
        }  # fmt: skip
        status = await self._post(place, body, headers)
        return f"{id_} {status}"

    def _said(self, letter: Letter, moment: datetime) -> dict[str, Any]:
        """What of a letter is meant for its reader; the incident has a name by which texts belong together, and no number."""
        return {
            "type": f"notice.{letter.phase}",
            "timestamp": moment.astimezone(UTC).isoformat(),
            "data": {
                "incident": self._hash(letter.record)[:16],
                "audience": letter.audience,
                "phase": letter.phase,
                "language": letter.language,
                "subject": letter.subject,
                "text": letter.text,
                "components": list(letter.components),
                "sent_at": letter.at.astimezone(UTC).isoformat(),
                "next_at": letter.next_at.astimezone(UTC).isoformat() if letter.next_at else None,
            },
        }

    def _hash(self, text: str) -> str:
        return hmac.new(self.house.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]

    async def _post(self, place: Place, body: bytes, headers: Mapping[str, str]) -> int:
        connector = aiohttp.TCPConnector(resolver=_Pinned(place.address), use_dns_cache=False, force_close=True, ssl=self.tls or True)
        session = aiohttp.ClientSession(connector=connector, timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
        async with session:
            try:
                async with session.post(_target(place), data=body, headers=headers, allow_redirects=False) as answer:
                    said = await _beginning(answer)
                    _judge(place, answer, said, self.now())
                    return answer.status
            except aiohttp.ClientConnectorCertificateError as error:
                raise Never(line("{host} 的证书不对，不发：{why}", host=place.host, why=quoted(str(error.certificate_error)))) from error
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Later(None, f"{place.host}: {quoted(str(error)) or type(error).__name__}") from error


def signature(secret: bytes, id_: str, moment: datetime, body: bytes) -> str:
    """Standard Webhooks, symmetric: v1,base64(HMAC-SHA256(id.timestamp.body))."""
    signed = f"{id_}.{int(moment.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def _target(place: Place) -> URL:
    """The URL as the client reads it. Where it reads another host out of it than the guard did, nobody looked at that one."""
    url = URL(place.url)
    read = {(url.host or "").lower().rstrip("."), (url.raw_host or "").lower().rstrip(".")}
    if place.host not in read or url.port != place.port:
        raise Never(line("webhook 地址写得不对：{url}", url=quoted(place.url)))
    return url


async def _beginning(answer: aiohttp.ClientResponse) -> str:
    found = b""
    while len(found) < LONGEST_ANSWER and (chunk := await answer.content.read(LONGEST_ANSWER - len(found))):
        found += chunk
    return quoted(found.decode(errors="replace"))


def _judge(place: Place, answer: aiohttp.ClientResponse, said: str, now: datetime) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        where = quoted(f"{status} {answer.headers.get('Location', '')}")
        raise Never(line("{host} 要我们转到别处（{where}），不跟：把联系人的地址改成新的", host=place.host, where=where))
    if status in AGAIN or status >= 500:
        raise Later(_seconds(answer.headers.get("Retry-After", ""), now), f"{place.host}: {status} {said}".strip())
    raise Never(line("{host} 回答 {status}：{said}", host=place.host, status=status, said=said))


def _seconds(retry_after: str, now: datetime) -> float | None:
    """Both forms of Retry-After."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (ValueError, TypeError):
        return None


class _Pinned(AbstractResolver):
    """Whatever the name says by now, this is the machine that was looked at."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        kind = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        return [ResolveResult(hostname=host, host=self._address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)]

    async def close(self) -> None:
        return None
