"""Where a webhook may go: to an address of the public internet, over https, and to exactly the machine that was looked at."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from bot.channels.port import quoted
from bot.core.errors import Later, Never
from bot.words import line

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""(host, port) to IP addresses. Raises OSError."""

METADATA = frozenset(map(ip_address, ("168.63.129.16", "169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")))
"""Where clouds hand their machines secrets; some of them look like anybody's address."""


@dataclass(frozen=True, slots=True)
class Place:
    """A URL that may be called. `address` is the one to connect to, whatever the name says by then."""

    url: str
    host: str
    port: int
    address: str


async def resolve(host: str, port: int) -> tuple[str, ...]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


async def admit(url: str, trusted: frozenset[str], resolver: Resolve = resolve) -> Place:
    """Look at the URL and at every address that its name has now. `trusted` are host:port to which http and inner addresses are allowed.

    Never says what is wrong; Later, that the name is not known now.
    """
    host, port, scheme = _parts(url)
    inner = f"{host}:{port}" in trusted
    if scheme == "http" and not inner:
        raise Never(line("webhook 地址要以 https:// 开头：{url}", url=quoted(url)))
    try:
        addresses = await resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise Later(None, f"{host}: {quoted(str(error))}") from error
    if not addresses:
        raise Later(None, f"{host}: no address")
    for address in addresses:
        wrong = forbidden(address)
        if wrong == "metadata" or (wrong and not inner):
            raise Never(line("{host} 指向内部地址 {address}（{kind}），不发", host=host, address=address, kind=wrong))
    return Place(url, host, port, addresses[0])


def _parts(url: str) -> tuple[str, int, str]:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        raise Never(line("webhook 地址写得不对：{url}", url=quoted(url))) from None
    if parts.username is not None or parts.password is not None:
        raise Never(line("webhook 地址里不能带用户名和密码：{host}", host=quoted(host)))
    if parts.scheme not in ("http", "https") or not host or port == 0 or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise Never(line("webhook 地址写得不对：{url}", url=quoted(url)))
    return host, port or (443 if parts.scheme == "https" else 80), parts.scheme


def forbidden(address: str) -> str:
    """Which kind of inner address it is; "" for one of the public internet."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return "unreadable"
    return next((kind for each in _faces(ip) if (kind := _kind(each))), "")


def _faces(ip: IPv4Address | IPv6Address) -> tuple[IPv4Address | IPv6Address, ...]:
    """The address, and the IPv4 addresses that it carries in itself."""
    if isinstance(ip, IPv4Address):
        return (ip,)
    return (*(each for each in (ip.ipv4_mapped, ip.sixtofour) if each is not None), ip)


def _kind(ip: IPv4Address | IPv6Address) -> str:
    kinds = {
        "metadata": ip in METADATA, "loopback": ip.is_loopback, "link-local": ip.is_link_local, "multicast": ip.is_multicast,
        "unspecified": ip.is_unspecified, "private": ip.is_private or (isinstance(ip, IPv6Address) and ip.is_site_local),
        "reserved": ip.is_reserved or not ip.is_global,
    }  # fmt: skip
    return next((kind for kind, holds in kinds.items() if holds), "")
