"""The tables of the sandbox's own chat server, and their rows as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from bot.cards.model import Card
from bot.store.tables import Moment, metadata
from bot.words import Text as Words

Key = String(200)
Person = String(80)

counter = Table(
    "sandbox_counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("change", BigInteger, nullable=False),
)

rooms = Table(
    "sandbox_rooms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Key, nullable=False),
    Column("kind", String(10), nullable=False),  # room | direct
    Column("name", Text, nullable=False),
    Column("slug", Key, nullable=False),
    Column("topic", Text, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("change", BigInteger, nullable=False),
    Index(None, "key", unique=True),
)

members = Table(
    "sandbox_members",
    metadata,
    Column("room", Integer, ForeignKey(rooms.c.id), primary_key=True),
    Column("person", Person, primary_key=True, index=True),
    Column("read", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("change", BigInteger, nullable=False),
)

messages = Table(
    "sandbox_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room", Integer, ForeignKey(rooms.c.id), nullable=False),
    Column("key", Key, nullable=False),
    Column("author", Person, nullable=False),  # a person, or "" for the bot
    Column("kind", String(10), nullable=False),  # text | line | card | file | event
    Column("body", Text, nullable=False),
    Column("only_for", Person),
    Column("mentions", Text, nullable=False),
    Column("mention_all", Boolean, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("born", BigInteger, nullable=False),
    Column("change", BigInteger, nullable=False),
    Index(None, "room", "change"),
    Index(None, "key", unique=True),
)

links = Table(
    "sandbox_links",
    metadata,
    Column("room", Integer, ForeignKey(rooms.c.id), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("title", Text, nullable=False),
)

files = Table(
    "sandbox_files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index(None, "key", unique=True),
)

rings = Table(
    "sandbox_rings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Key, nullable=False),
    Column("person", Person, nullable=False),
    Column("text", Text, nullable=False),
    Column("call", Key, nullable=False),
    Column("record", String(40), nullable=False),
    Column("ringing", Boolean, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("change", BigInteger, nullable=False),
    Index(None, "key", unique=True),
)


@dataclass(frozen=True, slots=True)
class Room:
    """One room as one person sees it in the list. `unread` and `mentions` count what came after they last looked."""

    id: int
    kind: str
    name: Words
    topic: Words
    private: bool
    closed: bool
    unread: int = 0
    mentions: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """`body` is what was typed, a text of the bot, a card, or (file id, name). `born` and `change` are counter numbers."""

    id: int
    room: int
    author: str
    body: str | Words | Card | tuple[int, str]
    kind: str
    only_for: str | None
    mentions: tuple[str, ...]
    mention_all: bool
    pinned: bool
    gone: bool
    at: datetime
    born: int
    change: int


@dataclass(frozen=True, slots=True)
class Ring:
    id: int
    person: str
    text: Words
    call: str
    record: str
    at: datetime
