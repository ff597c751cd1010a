"""What the public reads: the status page as a projection of what was published, and of nothing else (plan, 二(四); clause 2.1-5).

Nothing of an incident's own state comes near it: a text is here because it was approved and sent to the page. Publications carry keys
and record ids that people inside know; none of them leaves this module. An affair is known to the public by the moment it began.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Literal, get_args
from uuid import NAMESPACE_URL, uuid5

from bot.plan.schema.comms import Phase, StatusPage
from bot.words import Bi, Language

DAYS = 90  # of bars
LATEST = 6  # posts of an affair on the front page; all of them stand in its month
FED = 40  # posts in the feed
PAST = 8  # affairs that are over, on the front page

Health = Literal["normal", "slow", "partial", "down"]
HEALTHS: tuple[Health, ...] = get_args(Health)  # from well to worst


@dataclass(frozen=True, slots=True)
class Publication:
    """A text that was sent to the status page.

    `key` is its delivery's and never changes, `record` the incident's id; both stay inside. `components` are lines of the plan's
    status page, `state` how they are from then on; `next_at` is when the text says the next one comes. Times are aware UTC.
    """

    key: str
    record: str
    at: datetime
    phase: Phase
    title: Bi
    text: Bi
    components: tuple[str, ...] = ()
    state: Health = "partial"
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Words of a language: the reader's, or the other where nothing was said in it."""

    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph; with a `label` it answers one question: 您可以, 请不要."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """One text as it was told."""

    at: datetime
    phase: Phase
    pieces: tuple[Piece, ...]
    language: Language
    anchor: str

    @property
    def blocks(self) -> tuple[tuple[bool, tuple[Piece, ...]], ...]:
        """Its pieces in order, the answers that follow each other together: (whether they are answers, the pieces)."""
        return tuple((answers, tuple(found)) for answers, found in groupby(self.pieces, lambda piece: bool(piece.label)))


@dataclass(frozen=True, slots=True)
class Affair:
    """What the public knows of one incident. `posts` newest first; `over` is None while it goes on."""

    anchor: str  # 20261123T115200Z, the moment of its first post
    month: str  # 2026-11, where it stands in the past
    title: Said
    posts: tuple[Post, ...]
    count: int  # of all its posts
    components: tuple[str, ...]  # names
    since: datetime
    over: datetime | None
    next_at: datetime | None
    late: bool  # the promised next post has not come
    health: Health


@dataclass(frozen=True, slots=True)
class Bar:
    """A day on which a component was not well. `place` counts from the oldest day, 0, to today, 89."""

    day: date
    place: int
    minutes: int
    health: Health


@dataclass(frozen=True, slots=True)
class Component:
    """A line of the page with its last 90 days; `affairs` are those that touched it then, newest first, as (month, anchor, title)."""

    id: str
    name: str
    health: Health
    bars: tuple[Bar, ...]
    affairs: tuple[tuple[str, str, Said], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The front page. `at` is the minute of which it tells."""

    title: str
    legal: str
    language: Language
    at: datetime
    current: tuple[Affair, ...]
    past: tuple[Affair, ...]
    components: tuple[Component, ...]
    months: tuple[str, ...]  # newest first


@dataclass(frozen=True, slots=True)
class Month:
    """The affairs that began in a month, newest first, with all their posts."""

    name: str  # 2026-11
    affairs: tuple[Affair, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A post in the feed. `urn` follows from public moments alone, and never changes."""

    urn: str
    title: Said
    text: Said
    at: datetime
    phase: Phase
    month: str
    anchor: str  # of its affair


def page(published: Iterable[Publication], status: StatusPage, zone: tzinfo, now: datetime, language: Language) -> Page:
    """The front page, of the minute in which `now` lies."""
    minute = now.replace(second=0, microsecond=0)
    told = _told(published)
    recent = {anchor: posts for anchor, posts in told.items() if _over(posts) is None or posts[-1].at > now - timedelta(days=DAYS)}
    affairs = {anchor: _affair(anchor, posts, status, zone, minute, language, LATEST) for anchor, posts in recent.items()}
    newest = tuple(reversed(list(affairs.values())))
    lines = tuple(_component(id, recent, affairs, status, zone, now, language) for id in status.components)
    names = tuple(sorted({_month(posts, zone) for posts in told.values()}, reverse=True))
    return Page(
        _in(status.title, language).text,
        _in(status.legal, language).text,
        language,
        minute,
        tuple(affair for affair in newest if affair.over is None),
        tuple(affair for affair in newest if affair.over)[:PAST],
        lines,
        names,
    )


def by_month(published: Iterable[Publication], zone: tzinfo) -> Mapping[str, tuple[Publication, ...]]:
    """What was ever published, by the month in which its affair began, newest first."""
    found: dict[str, tuple[Publication, ...]] = {}
    for posts in _told(published).values():
        name = _month(posts, zone)
        found[name] = (*found.get(name, ()), *posts)
    return dict(sorted(found.items(), reverse=True))


def month(name: str, published: Iterable[Publication], status: StatusPage, zone: tzinfo, language: Language) -> Month:
    """A month of `by_month` with all its posts. It knows no present: no promise in it is late."""
    told = reversed(list(_told(published).items()))
    return Month(name, tuple(_affair(anchor, posts, status, zone, posts[-1].at, language) for anchor, posts in told))


def feed(published: Iterable[Publication], zone: tzinfo, language: Language) -> tuple[Entry, ...]:
    """The newest posts of all, newest first."""
    found = [
        (one, anchor, name, posts, number)
        for anchor, posts in _told(published).items()
        for number, (one, name) in enumerate(zip(posts, _anchors(each.at for each in posts), strict=True), 1)
    ]
    newest = sorted(found, key=lambda row: (row[0].at, row[1]), reverse=True)[:FED]
    return tuple(
        Entry(
            uuid5(NAMESPACE_URL, f"fenghuo:status:{anchor}:{name}:{language}").urn,
            _title(posts[:number], language),
            _in(one.text, language),
            one.at,
            one.phase,
            _month(posts, zone),
            anchor,
        )
        for one, anchor, name, posts, number in newest
    )


def _told(published: Iterable[Publication]) -> Mapping[str, tuple[Publication, ...]]:
    """The publications of each affair, oldest first, by its public name; affairs in the order they began."""
    records: dict[str, list[Publication]] = {}
    for one in sorted(published, key=lambda each: (each.at, each.key)):
        records.setdefault(one.record, []).append(one)
    return dict(zip(_anchors(posts[0].at for posts in records.values()), map(tuple, records.values()), strict=True))


def _anchors(moments: Iterable[datetime]) -> Iterator[str]:
    """A name for each moment; the second and third of the same second say so."""
    seen: Counter[str] = Counter()
    for at in moments:
        name = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}"


def _month(told: Sequence[Publication], zone: tzinfo) -> str:
    return told[0].at.astimezone(zone).strftime("%Y-%m")


def _word(told: Sequence[Publication]) -> Publication:
    """The last one that says how it stands: a special text does not, unless there is no other."""
    return next((one for one in reversed(told) if one.phase != "special"), told[-1])


def _over(told: Sequence[Publication]) -> datetime | None:
    return word.at if (word := _word(told)).phase == "resolved" else None


def _affair(
    anchor: str, told: Sequence[Publication], status: StatusPage, zone: tzinfo, now: datetime, language: Language, most: int | None = None
) -> Affair:
    """`most`: how many of its posts are wanted, the newest; None for all."""
    over = _over(told)
    next_at = told[-1].next_at if over is None else None
    touched = dict.fromkeys(id for one in told for id in one.components if id in status.components)
    names = list(_anchors(one.at for one in told))
    wanted = list(zip(told, names, strict=True))[-(most or len(told)) :]
    posts = tuple(_post(one, name, language) for one, name in wanted)
    return Affair(
        anchor,
        _month(told, zone),
        _title(told, language),
        posts[::-1],
        len(told),
        tuple(_in(status.components[id].name, language).text for id in touched),
        told[0].at,
        over,
        next_at,
        next_at is not None and next_at < now,
        "normal" if over else _health(_word(told)),
    )


def _title(told: Sequence[Publication], language: Language) -> Said:
    """The newest in the language, else the newest."""
    found = [said for one in reversed(told) if (said := _in(one.title, language)).text]
    return next((said for said in found if said.language == language), found[0] if found else Said("", language))


def _post(one: Publication, anchor: str, language: Language) -> Post:
    said = _in(one.text, language)
    return Post(one.at, one.phase, pieces(said.text), said.language, anchor)


def _health(one: Publication) -> Health:
    """A word that is not known says that something is the matter, and no more."""
    if one.phase == "resolved":
        return "normal"
    return one.state if one.state in HEALTHS else "partial"


def _component(
    id: str,
    told: Mapping[str, Sequence[Publication]],
    affairs: Mapping[str, Affair],
    status: StatusPage,
    zone: tzinfo,
    now: datetime,
    language: Language,
) -> Component:
    today = now.astimezone(zone).date()
    spells = [(spell, anchor) for anchor, posts in told.items() for spell in _spells(id, posts, now)]
    minutes: dict[date, float] = {}
    worst: dict[date, Health] = {}
    for (begun, ended, health), _ in spells:
        for day, length in _by_day(max(begun, now - timedelta(days=DAYS)), ended, zone):
            minutes[day] = minutes.get(day, 0.0) + length
            worst[day] = max(health, worst.get(day, "normal"), key=HEALTHS.index)
    first = today - timedelta(days=DAYS - 1)
    bars = tuple(Bar(day, (day - first).days, round(minutes[day]), worst[day]) for day in sorted(minutes) if day >= first)
    recent = dict.fromkeys(anchor for (_, ended, _), anchor in reversed(spells) if ended.astimezone(zone).date() >= first)
    links = tuple((affairs[anchor].month, anchor, affairs[anchor].title) for anchor in recent)
    well: Health = "normal"
    present = max((health for (_, ended, health), _ in spells if ended == now), key=HEALTHS.index, default=well)
    return Component(id, _in(status.components[id].name, language).text, present, bars, links)


def _spells(id: str, told: Sequence[Publication], now: datetime) -> Iterator[tuple[datetime, datetime, Health]]:
    """From when to when it was how, as the posts have it: one that names components speaks for them until the next that does."""
    speaking = [one for one in told if one.at <= now and (one.components or one.phase == "resolved")]
    for one, following in zip(speaking, [*speaking[1:], None], strict=True):
        if id in one.components and (health := _health(one)) != "normal":
            yield one.at, following.at if following else now, health


def _by_day(begun: datetime, ended: datetime, zone: tzinfo) -> Iterator[tuple[date, float]]:
    """The days of a spell in the zone, with the minutes on each."""
    while begun < ended:
        there = begun.astimezone(zone)
        midnight = datetime.combine(there.date() + timedelta(days=1), datetime.min.time(), zone).astimezone(UTC)
        yield there.date(), (min(midnight, ended) - begun).total_seconds() / 60
        begun = midnight


# --- words --------------------------------------------------------------------------------------------------------------------

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What no page and no feed can show, or what would turn its words about."""
LABEL = re.compile(
    r"(?:^|(?<=[。；;.!?\s]))"
    r"(?P<label>您(?:当前|的)?(?:的)?订单|您可以|请您|请不要|请勿|对您的影响|我们在做"
    r"|Your (?:current )?orders?|You can|Please do not|Please|What it means for you|What we are doing)\s*[:：]\s*"
)
LINE = re.compile(r"\s*(?P<label>[^：:。；;，,.!?！？\s][^：:。；;，,.!?！？]{0,19}：|[A-Z][A-Za-z '’()-]{1,39}:(?=\s))\s*(?=\S)")
"""A line that says at its beginning what it is about, as the scripts write them."""
STOP = re.compile(r"。|[.!?](?=\s+[A-Z])")


def _in(text: Bi, language: Language) -> Said:
    """In the language, or in the other where this one is empty."""
    mine, other = (text.zh, text.en) if language == "zh-CN" else (text.en, text.zh)
    if mine.strip() or not other.strip():
        return Said(_clean(mine), language)
    return Said(_clean(other), "en" if language == "zh-CN" else "zh-CN")


def _clean(text: str) -> str:
    return UNSEEN.sub("", text.replace("\r\n", "\n")).strip()


def pieces(text: str) -> tuple[Piece, ...]:
    """A text as paragraphs, its answers to the usual questions set apart. No word is added or lost."""
    return tuple(piece for paragraph in text.split("\n") for piece in _paragraph(paragraph) if piece.text or piece.label)


def _paragraph(text: str) -> Iterator[Piece]:
    place = 0
    if (line := LINE.match(text)) is not None and LABEL.search(text, line.end()) is None:
        yield Piece(text[line.end() :].strip(), line["label"][:-1].strip())
        return
    while (found := LABEL.search(text, place)) is not None:
        yield Piece(text[place : found.start()].strip())
        following = LABEL.search(text, found.end())
        stop = STOP.search(text, found.end())
        place = min(following.start() if following else len(text), stop.end() if stop else len(text))
        yield Piece(text[found.end() : place].strip(), found["label"])
    yield Piece(text[place:].strip())
