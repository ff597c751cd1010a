"""Every table there is. Records and their events are the truth; effects, slots and timers are what was promised about them.

Moments that are compared with the plan's clock (events, timers) are aware UTC. Moments that only machines compare (leases, ages
of effects) are seconds since 1970 by the database's own clock, so that workers with different clocks agree.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)


class Moment(TypeDecorator[datetime]):
    """Aware UTC going in and coming out. SQLite has no time zones, there it is ISO text of one width, which sorts as time does."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if isinstance(value, str):
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        return None if value is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)
Serial = BigInteger().with_variant(Integer, "sqlite")

records = Table(
    "records",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("number", Integer),
    Column("version", Integer, nullable=False),
    Column("stage", String(30), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("plan", String(64), nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "open", "kind", "number"),
)

events = Table(
    "events",
    metadata,
    Column("record", String(40), ForeignKey(records.c.id), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("by", String(60)),
    Column("at", Moment, nullable=False),
    Column("request", String(200), nullable=False),
)

requests = Table(
    "requests",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)

counters = Table(
    "counters",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("number", Integer, nullable=False),
)

timers = Table(
    "timers",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("record", String(40), nullable=False, index=True),
    Column("kind", String(60), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at", "key"),
)

effects = Table(
    "effects",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("record", String(40), nullable=False),
    Column("platform", String(20), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("body", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("status", String(12), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("why", Text, nullable=False, server_default='""'),
    Column("doubt", Boolean, nullable=False, server_default=false()),
    Column("at", Float, nullable=False),
    Index("ix_effects_open", "record", "id", sqlite_where=text("status <> 'done'"), postgresql_where=text("status <> 'done'")),
    Index("ix_effects_done", "at", sqlite_where=text("status = 'done'"), postgresql_where=text("status = 'done'")),
    sqlite_autoincrement=True,
)

publications = Table(
    "publications",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("record", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("phase", String(20), nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("components", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("next_at", Moment),
    Index(None, "at", "key"),
)

slots = Table(
    "slots",
    metadata,
    Column("record", String(40), primary_key=True),
    Column("slot", String(200), primary_key=True),
    Column("platform", String(20), primary_key=True),
    Column("ref", Text, nullable=False),
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Index(None, "platform", "ref"),
)

lanes = Table(
    "lanes",
    metadata,
    Column("record", String(40), primary_key=True),
    Column("owner", String(80), nullable=False, index=True),
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("lease", Float, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("version", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)
