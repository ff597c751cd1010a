"""A mail server on a thread of its own, for a bot that runs on another: what it took, and whom it does not know."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.channels.test_mail import Postbox, listening

UNKNOWN = "550 5.1.1 no such user"


@dataclass
class Office(Postbox):
    """It refuses the recipients in `unknown`, until one is taken out."""

    unknown: set[str] = field(default_factory=set)
    port: int = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.unknown:
            return UNKNOWN
        return await super().handle_RCPT(server, session, envelope, address, options)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def arrived(self) -> dict[str, EmailMessage]:
        """By recipient; nothing comes twice."""
        found = [(recipient, message) for _, recipients, message in self.taken for recipient in recipients]
        assert len(dict(found)) == len(found), [recipient for recipient, _ in found]
        return dict(found)


@contextmanager
def opened(*unknown: str) -> Iterator[Office]:
    office, loop = Office(unknown=set(unknown)), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = listening(office)
    office.port = asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    try:
        yield office
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
