"""The read-only page of a record, opened by a signed, expiring, personal link that the bot hands out."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from itsdangerous import BadSignature, URLSafeSerializer
from jinja2 import Environment

from bot.cards.model import Card
from bot.html.ink import Viewer
from bot.html.phrases import words_for
from bot.words import Text, line

SALT = "fenghuo.record-link"
SECRET = "web.secret"
GOOD_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline. `weight` decision stands out; `by` is a person's id, None where the bot noted it."""

    at: datetime
    text: Text
    by: str | None = None
    weight: str = "note"


@dataclass(frozen=True, slots=True)
class RecordPage:
    """What one person may read of a record: the cards that sum it up, its rooms with their addresses, its timeline, oldest first."""

    record: str
    title: Text
    cards: tuple[Card, ...]
    timeline: tuple[Moment, ...]
    severity: str | None = None
    drill: bool = False
    rooms: tuple[tuple[Text, str], ...] = ()
    evidence: bool = False  # whether this person may take the evidence pack along


RecordView = Callable[[str, str], RecordPage | None]


@dataclass(frozen=True, slots=True)
class Ticket:
    person: str
    record: str
    until: datetime


class Links:
    """Makes and reads the links. The secret lives in the database's settings, so every process signs alike."""

    def __init__(self, secret: str, public_url: str, clock: Callable[[], datetime]) -> None:
        self._seal = URLSafeSerializer(secret, salt=SALT)
        self._url = public_url.rstrip("/")
        self._now = clock

    def record_link(self, person: str, record: str) -> str:
        """https://…/i/42?k=…: for this person alone, for a week."""
        until = int((self._now() + GOOD_FOR).timestamp())
        return f"{self._url}/i/{number_of(record)}?k={quote(self._seal.dumps([person, record, until]))}"

    def read(self, key: str) -> Ticket | None:
        """None when it was not made here, was changed, or has expired."""
        try:
            person, record, until = self._seal.loads(key)
        except (BadSignature, ValueError, TypeError):
            return None
        ticket = Ticket(str(person), str(record), datetime.fromtimestamp(int(until), UTC))
        return ticket if self._now() < ticket.until else None


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def number_of(record: str) -> str:
    return record.rpartition("-")[2]


def record_pages(
    links: Links,
    view: RecordView,
    viewer: Callable[[str], Viewer],
    html: Environment,
    evidence: Callable[[str, str], bytes | None] = lambda record, person: None,
) -> APIRouter:
    """`view` gives what the person may read of the record, None for nothing; `viewer` how they read; `evidence` the pack."""
    router = APIRouter(include_in_schema=False)

    @router.get("/i/{number}", response_model=None)
    def page(number: str, k: str = "") -> HTMLResponse:
        ticket = links.read(k)
        found = view(ticket.record, ticket.person) if ticket and number in (ticket.record, number_of(ticket.record)) else None
        if ticket is None or found is None:
            gone = words_for(viewer(""))
            why = line("这个链接过期了，或不是给你的。在群里发「事件」再要一个。") if ticket is None else line("没有这样的记录。")
            return HTMLResponse(html.get_template("no_record.html").render(**gone, why=why), 403 if ticket is None else 404, NEVER_KEPT)
        looker = viewer(ticket.person)
        body = html.get_template("record.html").render(
            **words_for(looker), page=found, ticket=ticket, days=_days(found, looker), evidence=f"/i/{number}/evidence.zip?k={quote(k)}"
        )
        return HTMLResponse(body, headers=NEVER_KEPT)

    @router.get("/i/{number}/evidence.zip", response_model=None)
    def packed(number: str, k: str = "") -> Response:
        ticket = links.read(k)
        known = ticket is not None and number in (ticket.record, number_of(ticket.record))
        found = evidence(ticket.record, ticket.person) if ticket and known and view(ticket.record, ticket.person) else None
        if ticket is None or found is None:
            why = line("这个链接过期了，或证据包不是给你的。指挥中心、总指挥和书记员能取。")
            body = html.get_template("no_record.html").render(**words_for(viewer("")), why=why)
            return HTMLResponse(body, 403, NEVER_KEPT)
        name = {"Content-Disposition": f'attachment; filename="{ticket.record}-evidence.zip"'}
        return Response(found, media_type="application/zip", headers={**NEVER_KEPT, **name})

    return router


NEVER_KEPT: Mapping[str, str] = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def _days(page: RecordPage, viewer: Viewer) -> list[tuple[str, list[Moment]]]:
    days: dict[str, list[Moment]] = {}
    for moment in page.timeline:
        days.setdefault(moment.at.astimezone(viewer.zone).strftime("%Y-%m-%d"), []).append(moment)
    return list(days.items())
