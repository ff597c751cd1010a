"""What is remembered of records: their state, their events, the answers given, the plans they run under, the timers they set.

Functions of an open connection; the caller owns the transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.database import Conflict
from bot.store.tables import counters, events, plans, records, requests, settings, timers


@dataclass(frozen=True, slots=True)
class Saved:
    """A record as it stands. `version` is the number of its events, so it is also the seq of the last one."""

    id: str
    kind: str
    number: int | None
    version: int
    stage: str
    open: bool
    plan: str
    state: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as it is kept: seq counts from 1 within its record."""

    seq: int
    kind: str
    body: str
    by: str | None
    at: datetime
    request: str


@dataclass(frozen=True, slots=True)
class Timer:
    key: str
    record: str
    kind: str
    subject: str
    at: datetime


_SAVED = (
    records.c.id,
    records.c.kind,
    records.c.number,
    records.c.version,
    records.c.stage,
    records.c.open,
    records.c.plan,
    records.c.state,
)
_TIMER = (timers.c.key, timers.c.record, timers.c.kind, timers.c.subject, timers.c.at)


def upsert(connection: Connection) -> type[sqlite.Insert] | type[postgresql.Insert]:
    """INSERT … ON CONFLICT of this database: both speak it, SQLAlchemy names it twice."""
    return sqlite.Insert if connection.dialect.name == "sqlite" else postgresql.Insert


def load(connection: Connection, record: str, *, lock: bool = False) -> Saved | None:
    query = select(*_SAVED).where(records.c.id == record)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else Saved(*row)


def head(connection: Connection, record: str) -> Saved | None:
    """The record without its state, for those who may have the state of this version already."""
    row = connection.execute(select(*_SAVED[:-1]).where(records.c.id == record)).one_or_none()
    return None if row is None else Saved(*row, state="")


def versions(connection: Connection, kinds: Collection[str], *, open_only: bool) -> list[tuple[str, int]]:
    """Ids and versions of the records of these kinds, in the order of their numbers."""
    query = select(records.c.id, records.c.version).where(records.c.kind.in_(sorted(kinds)))
    if open_only:
        query = query.where(records.c.open)
    rows = connection.execute(query.order_by(records.c.kind, records.c.number, records.c.id)).all()
    return [(row.id, row.version) for row in rows]


def next_number(connection: Connection, kind: str) -> int:
    """The next number of a kind. A transaction that fails gives it back, so the numbers have no gaps."""
    statement = upsert(connection)(counters).values(kind=kind, number=1)
    statement = statement.on_conflict_do_update(index_elements=[counters.c.kind], set_={"number": counters.c.number + 1})
    return int(connection.execute(statement.returning(counters.c.number)).scalar_one())


def create(connection: Connection, saved: Saved, at: datetime) -> None:
    """A new record; Conflict when it exists by now."""
    statement = upsert(connection)(records).values(
        id=saved.id,
        kind=saved.kind,
        number=saved.number,
        version=saved.version,
        stage=saved.stage,
        open=saved.open,
        plan=saved.plan,
        state=saved.state,
        opened_at=at,
        updated_at=at,
    )
    if connection.execute(statement.on_conflict_do_nothing().returning(records.c.id)).one_or_none() is None:
        raise Conflict(saved.id)


def save(connection: Connection, saved: Saved, read: int, at: datetime) -> None:
    """Replace the state that was read as version `read`; Conflict when somebody else did so first."""
    statement = (
        update(records)
        .where(records.c.id == saved.id, records.c.version == read)
        .values(version=saved.version, stage=saved.stage, open=saved.open, state=saved.state, updated_at=at)
    )
    if connection.execute(statement).rowcount != 1:
        raise Conflict(saved.id)


def append(connection: Connection, record: str, happenings: Sequence[Happening]) -> None:
    if not happenings:
        return
    rows = [
        {"record": record, "seq": h.seq, "kind": h.kind, "body": h.body, "by": h.by, "at": h.at, "request": h.request} for h in happenings
    ]
    connection.execute(insert(events), rows)


def history(connection: Connection, record: str) -> list[Happening]:
    columns = (events.c.seq, events.c.kind, events.c.body, events.c.by, events.c.at, events.c.request)
    rows = connection.execute(select(*columns).where(events.c.record == record).order_by(events.c.seq)).all()
    return [Happening(*row) for row in rows]


def answer(connection: Connection, key: str) -> str | None:
    return connection.execute(select(requests.c.answer).where(requests.c.key == key)).scalar_one_or_none()


def answered(connection: Connection, keys: Collection[str]) -> frozenset[str]:
    if not keys:
        return frozenset()
    return frozenset(connection.execute(select(requests.c.key).where(requests.c.key.in_(keys))).scalars())


def keep_answer(connection: Connection, key: str, body: str, at: datetime) -> None:
    """Conflict when the same request was answered in the meantime: its answer is the one that counts."""
    statement = upsert(connection)(requests).values(key=key, answer=body, at=at).on_conflict_do_nothing()
    if connection.execute(statement.returning(requests.c.key)).one_or_none() is None:
        raise Conflict(key)


def forget_answers(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(requests).where(requests.c.at < before)).rowcount


def timers_of(connection: Connection, record: str) -> list[Timer]:
    rows = connection.execute(select(*_TIMER).where(timers.c.record == record).order_by(timers.c.at, timers.c.key)).all()
    return [Timer(*row) for row in rows]


def timer(connection: Connection, key: str) -> Timer | None:
    row = connection.execute(select(*_TIMER).where(timers.c.key == key)).one_or_none()
    return None if row is None else Timer(*row)


def due(connection: Connection, now: datetime, limit: int) -> list[Timer]:
    """The timers whose moment has come, oldest first."""
    query = select(*_TIMER).where(timers.c.at <= now).order_by(timers.c.at, timers.c.key).limit(limit)
    return [Timer(*row) for row in connection.execute(query).all()]


def next_due(connection: Connection) -> datetime | None:
    row = connection.execute(select(timers.c.at).order_by(timers.c.at).limit(1)).one_or_none()
    return None if row is None else row.at


def drop_timers(connection: Connection, keys: Collection[str]) -> None:
    if keys:
        connection.execute(delete(timers).where(timers.c.key.in_(sorted(keys))))


def set_timers(connection: Connection, wanted: Iterable[Timer]) -> None:
    rows = [{"key": t.key, "record": t.record, "kind": t.kind, "subject": t.subject, "at": t.at} for t in wanted]
    if rows:
        connection.execute(upsert(connection)(timers).on_conflict_do_nothing(), rows)


def follow(connection: Connection, record: str, wanted: Iterable[Timer], ringing: str, *, fresh: bool) -> None:
    """The record's timers are these from now on, but for those that have rung already. A fresh record has none, and none has rung.

    ringing: the key of the one that rings in this transaction, if one does.
    """
    now = {timer.key: timer for timer in wanted}
    present = set() if fresh else {timer.key for timer in timers_of(connection, record)}
    missing = now.keys() - present - {ringing}
    rung = frozenset() if fresh else answered(connection, missing)
    drop_timers(connection, (present - now.keys()) | ({ringing} & present))
    set_timers(connection, [now[key] for key in sorted(missing - rung)])


def keep_plan(connection: Connection, digest: str, version: str, body: str, at: datetime) -> None:
    connection.execute(upsert(connection)(plans).values(hash=digest, version=version, body=body, at=at).on_conflict_do_nothing())


def plan(connection: Connection, digest: str) -> str | None:
    return connection.execute(select(plans.c.body).where(plans.c.hash == digest)).scalar_one_or_none()


def setting(connection: Connection, key: str) -> str | None:
    return connection.execute(select(settings.c.value).where(settings.c.key == key)).scalar_one_or_none()


def set_setting(connection: Connection, key: str, value: str) -> None:
    statement = upsert(connection)(settings).values(key=key, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=[settings.c.key], set_={"value": value}))
