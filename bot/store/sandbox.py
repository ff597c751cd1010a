"""The sandbox's own chat server in SQL: rooms, members, messages, rings, what each person has read, and its settings.

Every write takes the next number of one counter (`change`) as its first statement. The counter's row lock makes numbers commit in
order, so "everything with change > n" never misses anything: a browser that was away asks for that and is whole again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from bot.cards.model import Card
from bot.store import outbox
from bot.store.codec import Codec
from bot.store.database import Database
from bot.store.sandbox_tables import Message, Ring, Room, counter, files, links, members, messages, rings, rooms
from bot.store.tables import settings, slots
from bot.words import Text as Words

WORDS: Codec[Words] = Codec(Words)
CARD: Codec[Card] = Codec(Card)


@lru_cache(maxsize=2048)
def _words(body: str) -> Words:
    return WORDS.load(body)


@lru_cache(maxsize=512)
def _card(body: str) -> Card:
    """Every open page reads the same cards, so each look of one is decoded once."""
    return CARD.load(body)


def room_ref(room: int) -> str:
    """How the engine names a room; `m…` and `p…` are messages and rings, so that no two refs are alike."""
    return f"r{room}"


def message_ref(message: int) -> str:
    return f"m{message}"


class SandboxStore:
    """All SQL of the sandbox. Every method that writes is one transaction and safe to repeat under its key."""

    def __init__(self, database: Database, on_change: Callable[[], None] = lambda: None) -> None:
        self._db = database
        self._on_change = on_change
        self._mine = threading.local()

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """Everything this thread reads inside is read on one connection, in one transaction."""
        with self._db.read() as tx:
            self._mine.tx = tx
            try:
                yield
            finally:
                self._mine.tx = None

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        open_already: Connection | None = getattr(self._mine, "tx", None)
        if open_already is not None:
            yield open_already
            return
        with self._db.read() as tx:
            yield tx

    @contextmanager
    def _write(self) -> Iterator[tuple[Connection, int]]:
        with self._db.write() as tx:
            tx.execute(update(counter).where(counter.c.id == 1).values(change=counter.c.change + 1))
            yield tx, tx.execute(select(counter.c.change).where(counter.c.id == 1)).scalar_one()
        self._on_change()

    # --- settings -------------------------------------------------------------------------------------------------------------

    def setting(self, name: str) -> str | None:
        with self._read() as tx:
            return tx.execute(select(settings.c.value).where(settings.c.key == name)).scalar()

    def set(self, name: str, value: str) -> None:
        """Last one wins; also a change, so that open pages notice."""
        with self._write() as (tx, _):
            if not tx.execute(update(settings).where(settings.c.key == name).values(value=value)).rowcount:
                tx.execute(insert(settings).values(key=name, value=value))

    def settle(self, name: str, value: str) -> str:
        """The value that stands: the first one ever given, whoever gave it."""
        if (found := self.setting(name)) is not None:
            return found
        with self._write() as (tx, _):
            found = tx.execute(select(settings.c.value).where(settings.c.key == name)).scalar()
            if found is None:
                tx.execute(insert(settings).values(key=name, value=value))
            return found or value

    def change(self) -> int:
        """The newest number of the counter; 0 in an empty sandbox."""
        with self._read() as tx:
            return tx.execute(select(counter.c.change).where(counter.c.id == 1)).scalar() or 0

    # --- rooms ----------------------------------------------------------------------------------------------------------------

    def open_room(self, key: str, name: Words, slug: str, topic: Words, people: Sequence[str], private: bool, at: datetime) -> int:
        with self._write() as (tx, change):
            return _room(tx, change, key, "room", name, slug, topic, private, people, at)

    def direct(self, person: str, at: datetime) -> int:
        """The room of one person and the bot; there from the first time somebody asks."""
        key = f"direct:{person}"
        with self._read() as tx:
            found = tx.execute(select(rooms.c.id).where(rooms.c.key == key)).scalar()
        if found is not None:
            return int(found)
        with self._write() as (tx, change):
            return _room(tx, change, key, "direct", "", "", "", True, (person,), at)

    def rename(self, room: int, name: Words, slug: str) -> None:
        with self._write() as (tx, change):
            tx.execute(update(rooms).where(rooms.c.id == room).values(name=WORDS.dump(name), slug=slug, change=change))

    def topic(self, room: int, topic: Words) -> None:
        with self._write() as (tx, change):
            tx.execute(update(rooms).where(rooms.c.id == room).values(topic=WORDS.dump(topic), change=change))

    def close(self, room: int) -> None:
        with self._write() as (tx, change):
            tx.execute(update(rooms).where(rooms.c.id == room).values(closed=True, change=change))

    def invite(self, room: int, people: Sequence[str]) -> None:
        with self._write() as (tx, change):
            _join(tx, change, room, people)

    def link(self, room: int, title: Words, url: str) -> None:
        with self._write() as (tx, change):
            same = and_(links.c.room == room, links.c.url == url)
            if not tx.execute(update(links).where(same).values(title=WORDS.dump(title))).rowcount:
                place = tx.execute(select(func.count()).where(links.c.room == room)).scalar_one()
                tx.execute(insert(links).values(room=room, title=WORDS.dump(title), url=url, place=place))
            tx.execute(update(rooms).where(rooms.c.id == room).values(change=change))

    def rooms_of(self, person: str) -> tuple[Room, ...]:
        """The rooms a person is in, in the order they were opened, with what is new there for them."""
        seen = and_(
            messages.c.room == members.c.room,
            messages.c.id > members.c.read,
            messages.c.author != person,
            messages.c.gone.is_(False),
            or_(messages.c.only_for.is_(None), messages.c.only_for == person),
            messages.c.kind != "event",
        )
        named = or_(messages.c.mention_all, messages.c.mentions.contains(json.dumps(person, ensure_ascii=False), autoescape=True))
        unread = select(func.count()).where(seen).correlate(members).scalar_subquery()
        mentions = select(func.count()).where(seen, named).correlate(members).scalar_subquery()
        query = (
            select(rooms, unread.label("unread"), mentions.label("mentions"))
            .join(members, members.c.room == rooms.c.id)
            .where(members.c.person == person)
            .order_by(rooms.c.id)
        )
        with self._read() as tx:
            return tuple(_as_room(row, row.unread, row.mentions) for row in tx.execute(query))

    def room(self, room: int) -> Room | None:
        with self._read() as tx:
            row = tx.execute(select(rooms).where(rooms.c.id == room)).one_or_none()
        return None if row is None else _as_room(row, 0, 0)

    def place_of(self, ref: str) -> tuple[str, str] | None:
        """The (record, slot) that a room or card stands for, as the engine noted it down."""
        with self._read() as tx:
            return outbox.place(tx, "sandbox", ref)

    def places_of(self, room_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        """The (record, slot) of each of these rooms that has one."""
        wanted = [room_ref(room) for room in room_ids]
        query = select(slots.c.ref, slots.c.record, slots.c.slot).where(slots.c.platform == "sandbox", slots.c.ref.in_(wanted))
        with self._read() as tx:
            return {int(row.ref[1:]): (row.record, row.slot) for row in tx.execute(query.order_by(slots.c.record.desc()))}

    def ref_of(self, record: str, slot: str) -> str | None:
        query = select(slots.c.ref).where(slots.c.record == record, slots.c.slot == slot, slots.c.platform == "sandbox")
        with self._read() as tx:
            return tx.execute(query).scalar()

    def newest_room(self) -> int:
        with self._read() as tx:
            return tx.execute(select(func.max(rooms.c.id))).scalar() or 0

    def record_after(self, room: int, slot: str) -> str | None:
        """The first record whose `slot` is a room opened after that one."""
        query = select(slots.c.record, slots.c.ref).where(slots.c.slot == slot, slots.c.platform == "sandbox").order_by(slots.c.record)
        with self._read() as tx:
            found = sorted((int(ref[1:]), record) for record, ref in tx.execute(query) if int(ref[1:]) > room)
        return found[0][1] if found else None

    def people_of(self, room: int) -> tuple[str, ...]:
        query = select(members.c.person).where(members.c.room == room).order_by(members.c.place)
        with self._read() as tx:
            return tuple(tx.execute(query).scalars())

    def links_of(self, room: int) -> tuple[tuple[Words, str], ...]:
        query = select(links.c.title, links.c.url).where(links.c.room == room).order_by(links.c.place)
        with self._read() as tx:
            return tuple((_words(title), url) for title, url in tx.execute(query))

    def look(self, room: int, person: str, upto: int) -> bool:
        """The person has seen everything up to that message. Nobody else's pages need to hear of it. True when it was news."""
        fresh = and_(members.c.room == room, members.c.person == person, members.c.read < upto)
        with self._read() as tx:
            if tx.execute(select(members.c.read).where(fresh)).first() is None:
                return False
        with self._db.write() as tx:
            tx.execute(update(members).where(fresh).values(read=upto))
        return True

    def read_upto(self, room: int, person: str) -> int:
        query = select(members.c.read).where(members.c.room == room, members.c.person == person)
        with self._read() as tx:
            return tx.execute(query).scalar() or 0

    # --- messages -------------------------------------------------------------------------------------------------------------

    def say(self, key: str, room: int, author: str, text: str, mentions: Sequence[str], at: datetime) -> int:
        """What a person typed, kept as typed."""
        return self._post(key, room, "text", text, at, author=author, mentions=mentions)

    def line(self, key: str, room: int, text: Words, at: datetime, mentions: Sequence[str] = (), mention_all: bool = False) -> int:
        return self._post(key, room, "line", WORDS.dump(text), at, mentions=mentions, mention_all=mention_all)

    def event(self, key: str, room: int, text: Words, at: datetime) -> int:
        """A grey line about the room itself: opened, joined, renamed."""
        return self._post(key, room, "event", WORDS.dump(text), at)

    def card(
        self,
        key: str,
        room: int,
        card: Card,
        at: datetime,
        ref: int | None = None,
        mentions: Sequence[str] = (),
        mention_all: bool = False,
        only_for: str | None = None,
    ) -> int:
        """A card that stands once: redrawn in place when it is there already, by `ref` or by `key`."""
        body = CARD.dump(card)
        with self._write() as (tx, change):
            same = messages.c.id == ref if ref is not None else messages.c.key == key
            found = tx.execute(select(messages.c.id, messages.c.body).where(same)).one_or_none()
            if found is None:
                return _insert(tx, change, key, room, "card", body, at, "", mentions, mention_all, only_for)
            if found.body != body:
                tx.execute(update(messages).where(messages.c.id == found.id).values(body=body, change=change))
            return int(found.id)

    def attach(self, key: str, room: int, name: str, content: bytes, at: datetime) -> int:
        with self._write() as (tx, change):
            found = tx.execute(select(messages.c.id).where(messages.c.key == key)).scalar()
            if found is not None:
                return int(found)
            made = tx.execute(insert(files).values(key=key, name=name, content=content)).inserted_primary_key
            body = json.dumps([made[0] if made else 0, name], ensure_ascii=False)
            return _insert(tx, change, key, room, "file", body, at, "", (), False, None)

    def file(self, ident: int) -> tuple[str, bytes] | None:
        with self._read() as tx:
            row = tx.execute(select(files.c.name, files.c.content).where(files.c.id == ident)).one_or_none()
        return None if row is None else (row.name, row.content)

    def pin(self, message: int, pinned: bool = True) -> None:
        with self._write() as (tx, change):
            tx.execute(update(messages).where(messages.c.id == message).values(pinned=pinned, change=change))

    def dismiss(self, message: int, person: str) -> None:
        """A whisper is put away by the one it was for."""
        mine = and_(messages.c.id == message, messages.c.only_for == person)
        with self._write() as (tx, change):
            tx.execute(update(messages).where(mine).values(gone=True, change=change))

    def message(self, ident: int) -> Message | None:
        with self._read() as tx:
            row = tx.execute(select(messages).where(messages.c.id == ident)).one_or_none()
        return None if row is None else _as_message(row)

    def recent(self, room: int, person: str, before: int | None, limit: int) -> tuple[Message, ...]:
        """The last `limit` messages that the person may see, oldest first."""
        query = select(messages).where(_visible(room, person), messages.c.gone.is_(False)).order_by(messages.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(messages.c.id < before)
        with self._read() as tx:
            return tuple(_as_message(row) for row in reversed(tx.execute(query).all()))

    def changed(self, room: int, person: str, since: int, upto: int) -> tuple[Message, ...]:
        """What is new or different in a room after `since`, oldest first; put-away whispers come with `gone`.

        Messages born after `upto` are left for the next time: who asks takes `upto` as its next `since`, so none comes twice as new.
        """
        query = select(messages).where(_visible(room, person), messages.c.change > since, messages.c.born <= upto).order_by(messages.c.id)
        with self._read() as tx:
            return tuple(_as_message(row) for row in tx.execute(query))

    def pinned(self, room: int) -> tuple[Message, ...]:
        query = select(messages).where(messages.c.room == room, messages.c.pinned.is_(True)).order_by(messages.c.id)
        with self._read() as tx:
            return tuple(_as_message(row) for row in tx.execute(query))

    # --- rings ----------------------------------------------------------------------------------------------------------------

    def ring(self, key: str, person: str, text: Words, call: str, record: str, at: datetime) -> int:
        with self._write() as (tx, change):
            found = tx.execute(select(rings.c.id).where(rings.c.key == key)).scalar()
            if found is not None:
                return int(found)
            row = {"key": key, "person": person, "text": WORDS.dump(text), "call": call, "record": record}
            made = tx.execute(insert(rings).values(**row, ringing=True, at=at, change=change)).inserted_primary_key
            return int(made[0]) if made else 0

    def stop_ring(self, ident: int) -> None:
        with self._write() as (tx, change):
            tx.execute(update(rings).where(rings.c.id == ident).values(ringing=False, change=change))

    def ringing(self) -> tuple[Ring, ...]:
        """Everybody's phones that ring now, the longest first."""
        query = select(rings).where(rings.c.ringing.is_(True)).order_by(rings.c.id)
        with self._read() as tx:
            return tuple(Ring(row.id, row.person, _words(row.text), row.call, row.record, row.at) for row in tx.execute(query))

    # --- inside ---------------------------------------------------------------------------------------------------------------

    def _post(
        self,
        key: str,
        room: int,
        kind: str,
        body: str,
        at: datetime,
        author: str = "",
        mentions: Sequence[str] = (),
        mention_all: bool = False,
    ) -> int:
        with self._write() as (tx, change):
            found = tx.execute(select(messages.c.id).where(messages.c.key == key)).scalar()
            return int(found) if found is not None else _insert(tx, change, key, room, kind, body, at, author, mentions, mention_all, None)


def _insert(
    tx: Connection,
    change: int,
    key: str,
    room: int,
    kind: str,
    body: str,
    at: datetime,
    author: str,
    mentions: Sequence[str],
    mention_all: bool,
    only_for: str | None,
) -> int:
    row: dict[str, Any] = {
        "key": key, "room": room, "kind": kind, "body": body, "author": author, "only_for": only_for, "mention_all": mention_all,
        "mentions": json.dumps(list(mentions), ensure_ascii=False), "pinned": False, "gone": False, "at": at,
        "born": change, "change": change,
    }  # fmt: skip
    made = tx.execute(insert(messages).values(**row)).inserted_primary_key
    return int(made[0]) if made else 0


def _room(
    tx: Connection,
    change: int,
    key: str,
    kind: str,
    name: Words,
    slug: str,
    topic: Words,
    private: bool,
    people: Sequence[str],
    at: datetime,
) -> int:
    found = tx.execute(select(rooms.c.id).where(rooms.c.key == key)).scalar()
    if found is None:
        row = {"key": key, "kind": kind, "name": WORDS.dump(name), "slug": slug, "topic": WORDS.dump(topic), "private": private}
        made = tx.execute(insert(rooms).values(**row, closed=False, at=at, change=change)).inserted_primary_key
        found = made[0] if made else 0
    _join(tx, change, int(found), people)
    return int(found)


def _join(tx: Connection, change: int, room: int, people: Sequence[str]) -> None:
    there = set(tx.execute(select(members.c.person).where(members.c.room == room)).scalars())
    new = [person for person in dict.fromkeys(people) if person not in there]
    if new:
        rows = [{"room": room, "person": who, "read": 0, "place": len(there) + n, "change": change} for n, who in enumerate(new)]
        tx.execute(insert(members), rows)
        tx.execute(update(rooms).where(rooms.c.id == room).values(change=change))


def _visible(room: int, person: str) -> Any:
    return and_(messages.c.room == room, or_(messages.c.only_for.is_(None), messages.c.only_for == person))


def _as_room(row: Any, unread: int, mentions: int) -> Room:
    return Room(row.id, row.kind, _words(row.name), _words(row.topic), row.private, row.closed, unread, mentions)


def _as_message(row: Any) -> Message:
    body: str | Words | Card | tuple[int, str]
    match row.kind:
        case "text":
            body = row.body
        case "card":
            body = _card(row.body)
        case "file":
            ident, name = json.loads(row.body)
            body = (int(ident), str(name))
        case _:
            body = _words(row.body)
    return Message(
        id=row.id, room=row.room, author=row.author, body=body, kind=row.kind, only_for=row.only_for,
        mentions=tuple(json.loads(row.mentions)), mention_all=row.mention_all, pinned=row.pinned, gone=row.gone,
        at=row.at, born=row.born, change=row.change,
    )  # fmt: skip
