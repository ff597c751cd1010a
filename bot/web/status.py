"""The public status page: finished answers from memory. A request reads no database and renders nothing.

`Board` is kept up to date from outside (`refresh`, off the event loop); when that fails for half a minute the last good copy says so.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.core.outward.publicity import Publication
from bot.store.database import Unavailable
from bot.web.copies import Copies
from bot.web.edition import Copy, Edition, Press
from bot.words import Language

POLICY = b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PATHS = ("/status", "/status/feed", "/status/history", "/status/history/{month}")
STALE_AFTER = 30.0  # seconds without a good look
WHOLE_EVERY = 60.0  # seconds between readings of everything; between them only what is new
OVERLAP = timedelta(minutes=10)  # what may be committed later than its own moment

Reads = Callable[[datetime | None], Sequence[Publication]]
"""What was published since a moment; None for all of it. Raises Unavailable."""


class Board:
    """The edition that is served, and the last good copy on disk (`copies`, None to keep none).

    It shows a copy of an earlier run at once, marked as one that may not be the newest, until the first look succeeds.
    """

    def __init__(
        self,
        reads: Reads,
        press: Press,
        now: Callable[[], datetime],
        copies: Copies | None = None,
        passed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reads, self._press, self._now, self._copies, self._passed = reads, press, now, copies, passed
        self._published: dict[str, Publication] = {}
        self._whole_at = self._good_at = float("-inf")
        self._told: object = None  # what the edition tells: what was published, the minute, the plan
        self._fresh: Edition = copies.load() if copies else {}
        self._turn = threading.Lock()
        self._aged, self._warned = True, False
        self.not_yet = press.not_yet()
        self.edition: Edition = _stale(self._fresh)

    def refresh(self) -> None:
        """Look, render what has changed, serve it, keep it. While the database is silent the edition stays."""
        with self._turn:
            if self._passed() - self._good_at > STALE_AFTER and not self._aged:
                self.edition, self._aged = _stale(self._fresh), True
            try:
                self._look()
            except Unavailable:
                return
            now = self._now()
            told = self._published, now.replace(second=0, microsecond=0), self._press.plan()
            if self._aged or told != self._told:
                self._fresh = self.edition = self._press.edition(tuple(self._published.values()), now)
                self._told, self._aged = told, False
                self._keep(self._fresh)
            self._good_at = self._passed()

    def _look(self) -> None:
        """Read everything once a minute, so that what was taken back goes; else what is new."""
        whole = self._passed() - self._whole_at >= WHOLE_EVERY or not self._published
        since = None if whole else max(one.at for one in self._published.values()) - OVERLAP
        found = {one.key: one for one in self._reads(since)}
        self._published = found if whole else self._published | found
        if whole:
            self._whole_at = self._passed()

    def _keep(self, made: Edition) -> None:
        if self._copies is None:
            return
        try:
            self._copies.keep(made)
            self._warned = False
        except OSError as error:
            if not self._warned:
                print(f"STATUS_DIR: the status page cannot be kept: {error}", file=sys.stderr)
            self._warned = True


def _stale(edition: Edition) -> Edition:
    return {key: found.stale() for key, found in edition.items()}


def status_pages(board: Board, home: Language = "zh-CN") -> APIRouter:
    """`home` is the language of whoever asks for none that we speak."""
    answers = Answers(board, home)
    return APIRouter(routes=[Route(path, answers) for path in PATHS])


class Answers:
    """An ASGI app over the board: language, conditions, compression, and bytes."""

    def __init__(self, board: Board, home: Language) -> None:
        self._board, self._home = board, home

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked: dict[bytes, bytes] = dict(scope["headers"])
        if scope["method"] not in ("GET", "HEAD"):
            await _send(send, 405, [(b"allow", b"GET, HEAD")], b"", head=False)
            return
        language = wanted(scope["query_string"], asked.get(b"accept-language", b""), self._home)
        edition, head = self._board.edition, scope["method"] == "HEAD"
        found = edition.get((scope["path"], language))
        if found is not None:
            await _answer(found, asked, send, head)
        elif edition:
            await _send(send, 404, list(NOWHERE), NO_PAGE, head)
        else:
            await _send(send, 503, [*NOT_YET, (b"content-language", language.encode())], self._board.not_yet[language], head)


NO_PAGE = "没有这一页，看 /status · There is no such page, see /status\n".encode()
NOWHERE = ((b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"))
NOT_YET = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"retry-after", b"5"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", POLICY),
)


async def _answer(found: Copy, asked: Mapping[bytes, bytes], send: Send, head: bool) -> None:
    if _known(found, asked):
        await _send(send, 304, list(found.headers), None, head)
        return
    headers = [*found.headers, (b"content-type", found.kind.encode()), (b"content-security-policy", POLICY)]
    if _zips(asked.get(b"accept-encoding", b"")):
        await _send(send, 200, [*headers, (b"content-encoding", b"gzip")], found.zipped, head)
    else:
        await _send(send, 200, headers, found.body, head)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes | None, head: bool) -> None:
    """`body` None: an answer that has none and says nothing of its length (304)."""
    if body is not None:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head or body is None else body})


def _known(found: Copy, asked: Mapping[bytes, bytes]) -> bool:
    """Whether they have it already (RFC 9110, 13.2.2): the tag counts before the date."""
    if (tags := asked.get(b"if-none-match")) is not None:
        bare = found.etag.removeprefix(b"W/")
        return tags.strip() == b"*" or bare in (tag.strip().removeprefix(b"W/") for tag in tags.split(b","))
    since = asked.get(b"if-modified-since")
    if since is None:
        return False
    try:
        return found.modified <= parsedate_to_datetime(since.decode("latin-1"))
    except (ValueError, TypeError):
        return False


@lru_cache(maxsize=256)
def _zips(accepted: bytes) -> bool:
    """gzip named with a weight above nothing."""
    for part in accepted.lower().split(b","):
        name, _, weight = part.strip().partition(b";")
        if name.strip() in (b"gzip", b"x-gzip", b"*"):
            return _weight(weight) > 0
    return False


@lru_cache(maxsize=1024)
def wanted(query: bytes, accepted: bytes, home: Language) -> Language:
    """?lang= before Accept-Language before ours; of the languages they can read, the one they like best that we speak."""
    named = parse_qs(query.decode("latin-1")).get("lang", [""])[-1]
    if (chosen := _spoken(named)) is not None:
        return chosen
    parts = [part.strip().partition(";") for part in accepted.decode("latin-1").split(",")]
    liked = sorted(((_weight(weight.encode()), name) for name, _, weight in parts), key=lambda each: -each[0])
    return next((language for weight, name in liked if weight > 0 and (language := _spoken(name)) is not None), home)


def _spoken(name: str) -> Language | None:
    match name.strip().lower().split("-")[0]:
        case "zh":
            return "zh-CN"
        case "en":
            return "en"
        case _:
            return None


def _weight(text: bytes) -> float:
    """Of `q=0.5`; 1 where there is none, 0 where it is nonsense."""
    name, _, number = text.strip().partition(b"=")
    if name.strip().lower() != b"q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0
