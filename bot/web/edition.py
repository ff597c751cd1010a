"""The public pages as bytes: rendered when what they tell has changed, in every language, ready to be sent as they are."""

from __future__ import annotations

import gzip
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import format_datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment

from bot.catalogue import Catalogue
from bot.core.outward import publicity
from bot.core.outward.publicity import Publication
from bot.html.ink import Viewer, plain
from bot.html.phrases import words_for
from bot.plan.schema import Plan
from bot.words import LANGUAGES, Language, Text, joined, line

HTML, ATOM = "text/html; charset=utf-8", "application/atom+xml; charset=utf-8"
HIDDEN, SHOWN = b'<p class="stale" hidden>', b'<p class="stale">'
BREATH = 0.002
"""Seconds of rest after each page rendered: requests are answered by the same interpreter, and do not wait for the rendering of all."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Copy:
    """One finished answer. `modified` is when its words last changed, aware UTC."""

    body: bytes
    zipped: bytes
    etag: bytes
    kind: str
    language: Language
    modified: datetime
    headers: tuple[tuple[bytes, bytes], ...]

    def stale(self) -> Copy:
        """The same with the line that says it may not be the newest."""
        return copy(self.body.replace(HIDDEN, SHOWN), self.kind, self.language, self.modified) if HIDDEN in self.body else self


Edition = Mapping[tuple[str, Language], Copy]
"""By path and language."""


def copy(body: bytes, kind: str, language: Language, at: datetime) -> Copy:
    etag = b'W/"' + hashlib.sha256(body).hexdigest()[:20].encode() + b'"'
    headers = (
        (b"etag", etag),
        (b"last-modified", format_datetime(at.astimezone(UTC), usegmt=True).encode()),
        (b"cache-control", b"public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"),
        (b"content-language", language.encode()),
        (b"vary", b"accept-language, accept-encoding"),
    )
    return Copy(body, gzip.compress(body, 6, mtime=0), etag, kind, language, at.replace(microsecond=0), headers)


class Press:
    """Renders an edition, and keeps what has not changed since the last one.

    `address` makes a whole URL of a path: a feed needs them. `rest` lets other threads go first, in seconds.
    """

    def __init__(
        self,
        html: Environment,
        catalogue: Catalogue,
        plan: Callable[[], Plan],
        address: Callable[[str], str],
        rest: Callable[[float], None] = time.sleep,
    ) -> None:
        self._html, self._catalogue, self._plan, self._address, self._rest = html, catalogue, plan, address, rest
        self._kept: dict[tuple[str, Language], tuple[object, Copy]] = {}
        self._months: dict[tuple[str, Language], tuple[object, publicity.Month]] = {}

    def plan(self) -> str:
        """Which plan is in force: its words stand on every page."""
        return self._plan().hash

    def edition(self, published: Sequence[Publication], now: datetime) -> Edition:
        """Every page in every language, of the moment `now`."""
        plan = self._plan()
        made = {key: self._copy(key, value, template, now, plan) for key, value, template in self._values(published, now, plan)}
        self._kept = {key: self._kept[key] for key in made}
        return made

    def _values(self, published: Sequence[Publication], now: datetime, plan: Plan) -> Iterator[tuple[tuple[str, Language], object, str]]:
        """(path and language, all that the page tells, its template)."""
        status, zone = plan.comms.status, ZoneInfo(plan.time_zone)
        grouped = publicity.by_month(published, zone)
        for language in LANGUAGES:
            yield ("/status", language), publicity.page(published, status, zone, now, language), "status.html"
            yield ("/status/feed", language), publicity.feed(published, zone, language), "status_feed.xml.j2"
            found = tuple(self._month(name, told, language, plan, zone) for name, told in grouped.items())
            yield ("/status/history", language), found, "status_history.html"
            names = [None, *grouped, None]
            for newer, each, older in zip(names, found, names[2:], strict=False):
                yield (f"/status/history/{each.name}", language), (each, newer, older), "status_month.html"

    def _month(self, name: str, told: tuple[Publication, ...], language: Language, plan: Plan, zone: tzinfo) -> publicity.Month:
        """The past does not change: a month is told anew only when something was published in it."""
        of, kept = (told, plan.hash), self._months.get((name, language))
        if kept is None or kept[0] != of:
            kept = self._months[name, language] = of, publicity.month(name, told, plan.comms.status, zone, language)
        return kept[1]

    def _copy(self, key: tuple[str, Language], value: object, template: str, now: datetime, plan: Plan) -> Copy:
        kept = self._kept.get(key)
        told = (value, plan.hash)
        if kept is not None and kept[0] == told:
            return kept[1]
        path, language = key
        atom = template.endswith(".xml.j2")
        body = self._html.get_template(template).render(**self._words(path, language, now, plan), page=value).encode()
        made = copy(body, ATOM if atom else HTML, language, now)
        self._kept[key] = told, made
        self._rest(BREATH)
        return made

    def not_yet(self) -> Mapping[Language, bytes]:
        """What is said until there is a first edition."""
        plan = self._plan()
        found = {}
        for language in LANGUAGES:
            words = self._words("/status", language, datetime.min.replace(tzinfo=UTC), plan)
            found[language] = self._html.get_template("status_none.html").render(**words).encode()
        return found

    def _words(self, path: str, language: Language, now: datetime, plan: Plan) -> dict[str, object]:
        zone = ZoneInfo(plan.time_zone)
        viewer = Viewer("", language, zone, now, {}, self._catalogue)
        other: Language = "en" if language == "zh-CN" else "zh-CN"

        def here(to: str, tongue: Language = language, anchor: str = "") -> str:
            return f"{to}?lang={tongue}{anchor and '#'}{quote(anchor)}"

        return {
            **words_for(viewer),
            "path": path,
            "other": other,
            "here": here,
            "whole": self._address,
            "stale_at": now,
            "title": plain(plan.comms.status.title, viewer),
            "legal": plain(plan.comms.status.legal, viewer),
            "on": lambda at: moment(at, zone, language),
            "day": lambda at: day(at, zone, language),
            "date": lambda at: date(at, zone, language),
            "zone": lambda at: zone_name(at, zone, language),
            "well": well,
            "all": lambda names: plain(joined(names), viewer),
            "span": lambda begun, ended: span(begun, ended, zone, language),
            "month": lambda name: month(name, language),
            "long": lambda minutes: plain(length(minutes), viewer),
            "began": datetime.combine(plan.effective, datetime.min.time(), UTC),
        }


def well(hurt: Sequence[publicity.Bar]) -> str:
    """The bars of the days that were good, as one path: six units a day, all of one height."""
    places = {bar.place for bar in hurt}
    return "".join(f"M{place * 6 + 2} 1v26" for place in range(publicity.DAYS) if place not in places)


# --- moments as customers read them: with their date, and once with their zone -----------------------------------------------------


def zone_name(at: datetime, zone: tzinfo, language: Language) -> str:
    if str(zone) == "Asia/Shanghai":
        return "北京时间" if language == "zh-CN" else "Beijing time"
    offset = at.astimezone(zone).strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def date(at: datetime, zone: tzinfo, language: Language) -> str:
    """11 月 23 日 · 23 Nov"""
    there = at.astimezone(zone)
    return f"{there.month} 月 {there.day} 日" if language == "zh-CN" else f"{there.day} {MONTHS[there.month - 1]}"


def day(at: datetime, zone: tzinfo, language: Language) -> str:
    """11 月 23 日 20:46 · 23 Nov, 20:46"""
    return f"{date(at, zone, language)}{' ' if language == 'zh-CN' else ', '}{at.astimezone(zone).strftime('%H:%M')}"


def moment(at: datetime, zone: tzinfo, language: Language) -> str:
    """2026 年 11 月 23 日 20:46（北京时间） · 23 Nov 2026, 20:46 (Beijing time)"""
    there, name = at.astimezone(zone), zone_name(at, zone, language)
    if language == "zh-CN":
        return f"{there.year} 年 {day(at, zone, language)}（{name}）"
    return f"{there.day} {MONTHS[there.month - 1]} {there.year}, {there.strftime('%H:%M')} ({name})"


def span(begun: datetime, ended: datetime, zone: tzinfo, language: Language) -> str:
    """From one moment to another: the day is said once."""
    one, two = begun.astimezone(zone), ended.astimezone(zone)
    same = one.date() == two.date()
    return f"{day(begun, zone, language)}–{two.strftime('%H:%M') if same else day(ended, zone, language)}"


def month(name: str, language: Language) -> str:
    """2026 年 11 月 · Nov 2026"""
    year, number = name.split("-")
    return f"{year} 年 {int(number)} 月" if language == "zh-CN" else f"{MONTHS[int(number) - 1]} {year}"


def length(minutes: int) -> Text:
    """Of a trouble, as coarse as people say it."""
    if minutes < 90:
        return line("约 {n} 分钟", n=max(minutes, 1))
    return line("约 {n} 小时", n=round(minutes / 60))
