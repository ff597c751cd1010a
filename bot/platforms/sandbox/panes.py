"""What each pane of the sandbox shows to one person: plain values for the templates, read from the store in one go."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from markupsafe import Markup

from bot.cards.model import Card
from bot.catalogue import Catalogue
from bot.html.ink import Viewer, folded, plain, with_mentions
from bot.html.render import SEVERITIES, bar_shape, draw
from bot.platforms.sandbox.ears import Human
from bot.platforms.sandbox.situation import Situation, Situations, Standing
from bot.store.sandbox import SandboxStore
from bot.store.sandbox_tables import Message, Ring, Room
from bot.words import Bi, Language, Text, When, line

PAGE = 80
SAME_BREATH = timedelta(minutes=5)
SECTIONS = (
    ("live", line("进行中")),
    ("drill", line("演练")),
    ("standing", line("常用群")),
    ("over", line("已结束")),
    ("direct", line("私聊")),
)


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room in the list, with what is new in it and how bad its incident is."""

    room: Room
    section: str
    title: str
    mark: Markup
    here: bool
    severity: Text | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the conversation, drawn. `fresh` = the first one the person has not seen; `joins` = goes on with the one above."""

    message: Message
    kind: str
    author: Human | None
    time: str
    day: str
    body: Markup
    new_day: bool = False
    fresh: bool = False
    joins: bool = False


@dataclass(frozen=True, slots=True)
class MemberLine:
    human: Human
    standing: Standing
    me: bool


@dataclass(frozen=True, slots=True)
class Scenery:
    """What every pane needs: people, words, and what is known about records."""

    store: SandboxStore
    people: Callable[[], Sequence[Human]]
    situations: Situations
    catalogue: Catalogue
    zone: tzinfo
    clock: Callable[[], datetime]
    language_of: Callable[[str], Language]

    def humans(self) -> Mapping[str, Human]:
        return {human.id: human for human in self.people()}

    def viewer(self, person: str, language: Language | None = None) -> Viewer:
        tongue = language or self.language_of(person)
        names = {human.id: human.called(tongue) for human in self.people()}
        return Viewer(person, tongue, self.zone, self.clock(), names, self.catalogue)

    def situations_of(self, rooms: Sequence[Room]) -> dict[int, Situation]:
        """What is known of the records behind these rooms; each record is looked at once."""
        places = self.store.places_of([room.id for room in rooms if room.kind == "room"])
        records = {record for record, _ in places.values() if record != "standing"}
        known = {record: self.situations(record) for record in sorted(records)}
        return {room: at for room, (record, _) in places.items() if (at := known.get(record)) is not None}


def room_lines(rooms: Sequence[Room], known: Mapping[int, Situation], viewer: Viewer, here: int) -> list[tuple[Text, list[RoomLine]]]:
    """The list by section; the most serious incident first, then the newest."""
    drawn = [_room_line(room, known.get(room.id), viewer, here) for room in rooms]
    sections = [(title, [line for line in drawn if line[1].section == name]) for name, title in SECTIONS]
    return [(title, [each for _, each in sorted(found, key=lambda pair: pair[0])]) for title, found in sections if found]


def _room_line(room: Room, at: Situation | None, viewer: Viewer, here: int) -> tuple[tuple[int, int], RoomLine]:
    bars = SEVERITIES[at.severity][1] if at and at.severity in SEVERITIES else 0
    if room.kind == "direct":
        section, mark = "direct", ""
    elif at is None:
        section, mark = ("over" if room.closed else "standing"), "hash"
    else:
        section, mark = ("over" if at.over or room.closed else "drill" if at.drill else "live"), "alarm"
    drawn = bar_shape(bars, f"bars {at.severity}") if at and bars else Markup(mark)
    severity = SEVERITIES[at.severity][0] if at and at.severity in SEVERITIES else None
    order = (-bars, -room.id) if at else (0, room.id)
    return order, RoomLine(room, section, title_of(room, viewer, at), drawn, room.id == here, severity)


PREFIX = re.compile(r"^(?:【[^】]*】|\[[^\]]*\])\s*")


def title_of(room: Room, viewer: Viewer, at: Situation | None = None) -> str:
    """The room's name; beside a severity badge or bars its 【重大】 would say the same twice."""
    if room.kind == "direct":
        return plain(line("烽火（机器人）"), viewer)
    name = plain(room.name, viewer)
    return PREFIX.sub("", name) or name if at and (at.severity or at.drill) else name


def entries(
    scenery: Scenery, viewer: Viewer, messages: Sequence[Message], read: int | None = None, after: Message | None = None
) -> list[Entry]:
    """The conversation, with day lines and one line before the first message that was not seen yet. `after`: what stands above it."""
    humans = scenery.humans()
    drawn = [_entry(message, viewer, humans) for message in messages]
    out, marked = [], read is None
    for before, entry in zip([after, *messages], drawn, strict=False):
        message = entry.message
        fresh = not marked and message.id > (read or 0) and message.author != viewer.me and entry.kind != "event" and before is not None
        marked = marked or fresh
        out.append(
            Entry(
                message,
                entry.kind,
                entry.author,
                entry.time,
                entry.day,
                entry.body,
                new_day=before is None or _day(before, viewer) != entry.day,
                fresh=fresh,
                joins=before is not None and not fresh and _joins(before, message) and _day(before, viewer) == entry.day,
            )
        )
    return out


def _joins(before: Message, message: Message) -> bool:
    near = message.at - before.at < SAME_BREATH
    return near and before.kind == message.kind == "text" and before.author == message.author


def _day(message: Message, viewer: Viewer) -> str:
    return plain(day_of(message.at, viewer), viewer)


def _entry(message: Message, viewer: Viewer, humans: Mapping[str, Human]) -> Entry:
    time = plain(When(message.at), viewer)
    return Entry(message, message.kind, humans.get(message.author), time, _day(message, viewer), _body(message, viewer))


WEEKDAYS = (
    Bi("周一", "Mon"),
    Bi("周二", "Tue"),
    Bi("周三", "Wed"),
    Bi("周四", "Thu"),
    Bi("周五", "Fri"),
    Bi("周六", "Sat"),
    Bi("周日", "Sun"),
)


def day_of(at: datetime, viewer: Viewer) -> Text:
    local = at.astimezone(viewer.zone)
    return line("{month} 月 {day} 日 {weekday}", month=local.month, day=local.day, weekday=WEEKDAYS[local.weekday()])


def _body(message: Message, viewer: Viewer) -> Markup:
    match message.body:
        case Card() as card:
            return draw(card, f"c{message.id}", viewer)
        case str() as text if message.kind == "text":
            if len(text) > 900 or text.count("\n") > 14:
                return folded(text, viewer)
            return with_mentions(text, viewer, message.mentions)
        case (int() as ident, str() as name):
            return Markup('<a class="btn sm" href="/sandbox/files/{}" download>{}</a>').format(ident, name)
        case words:
            return folded(words, viewer) if not isinstance(words, tuple) else Markup("")


def member_lines(scenery: Scenery, viewer: Viewer, room: Room, at: Situation | None) -> list[MemberLine]:
    """Those who are missing come first."""
    humans = scenery.humans()
    there = [humans[person] for person in scenery.store.people_of(room.id) if person in humans]
    known = at.people if at else {}
    lines = [MemberLine(human, known.get(human.id, Standing()), human.id == viewer.me) for human in there]
    return sorted(lines, key=lambda each: not each.standing.missing)


def rings_for(scenery: Scenery, person: str) -> list[Ring]:
    """My phone first, then those of two others; a person's phone rings once, however often they were called."""
    ringing = {ring.person: ring for ring in reversed(scenery.store.ringing())}
    mine = [ringing.pop(person)] if person in ringing else []
    return mine + list(reversed(ringing.values()))[:2]


def card_title(message: Message, viewer: Viewer) -> str:
    match message.body:
        case Card(title=title):
            return plain(title, viewer)
        case str() as text:
            return text[:60]
        case (_, str() as name):
            return name
        case words:
            return plain(words, viewer)[:60] if not isinstance(words, tuple) else ""
