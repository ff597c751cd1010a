"""The rows of what the world must still be told: queue, log, slot results and the operator's view at once (decision 3).

A lane is one record's rows; one worker owns it. A worker lives while its lease, by the database's clock, has not run out; the lanes
of a dead one are anybody's. Results of a worker that lost its lane do not count. Functions of an open connection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, insert, literal, or_, select, tuple_, update

from bot.effects import Deliver, Effect
from bot.store.codec import Codec, Named
from bot.store.records import upsert
from bot.store.tables import effects, lanes, slots, workers
from bot.words import Text

EFFECTS: Named[Effect] = Named(Effect)
WHYS: Codec[Text] = Codec(Text)
NOBODY = ""
STANDING = "standing"  # the record that owns what belongs to nobody's incident: the standing rooms
Status = Literal["waiting", "parked", "done"]


@dataclass(frozen=True, slots=True)
class Wish:
    """An effect that a decision promised, for one platform, before it has a row."""

    platform: str
    effect: Effect
    priority: int


@dataclass(frozen=True, slots=True)
class Row:
    """A promised effect. `id` counts upwards in the order of decisions. `doubt`: it may have been done already, look before sending.

    `first`: the transaction that promised it has made its record, so nothing of that record stands anywhere yet (not stored).
    `made`: it was promised at this version of its record or before, by this process; 0 where that is not known (not stored).
    """

    id: int
    record: str
    platform: str
    effect: Effect
    priority: int
    status: Status = "waiting"
    attempts: int = 0
    why: Text = ""
    doubt: bool = False
    first: bool = False
    made: int = 0


@dataclass(frozen=True, slots=True)
class Ref:
    """The platform's id of one of our things, and whether it is pinned already."""

    ref: str
    pinned: bool = False


SlotKey = tuple[str, str, str]  # record, slot, platform


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a row, so far. `fill` is the slot it filled."""

    id: int
    record: str
    status: Status
    attempts: int
    why: Text = ""
    doubt: bool = False
    fill: tuple[SlotKey, Ref] | None = None


def add(connection: Connection, clock: ColumnElement[float], record: str, wishes: Sequence[Wish]) -> list[Row]:
    """Rows for the wishes, in their order."""
    if not wishes:
        return []
    values = []
    for wish in wishes:
        kind, body = EFFECTS.dump(wish.effect)
        values.append({"record": record, "platform": wish.platform, "kind": kind, "body": body, "priority": wish.priority})
    statement = insert(effects).values(status="waiting", at=clock).returning(effects.c.id, sort_by_parameter_order=True)
    ids = connection.execute(statement, values).scalars().all()
    return [Row(id_, record, wish.platform, wish.effect, wish.priority) for id_, wish in zip(ids, wishes, strict=True)]


def doubtful(row: Row) -> Row:
    """A row of a dead worker: it may have been done. A delivery is marked before it leaves, so of that only its own mark counts."""
    return row if isinstance(row.effect, Deliver) else replace(row, doubt=True)


def open_lane(connection: Connection, record: str, owner: str) -> None:
    """The lane of a record that this transaction has made, so nobody can have it yet."""
    connection.execute(insert(lanes).values(record=record, owner=owner))


def claim(connection: Connection, clock: ColumnElement[float], record: str, owner: str) -> Literal["had", "new", "free", "got", "theirs"]:
    """Make the lane ours unless a living worker has it. "new": there was none; "free": it was nobody's; "got": its worker is dead."""
    current = connection.execute(select(lanes.c.owner).where(lanes.c.record == record)).scalar_one_or_none()
    if current == owner:
        return "had"
    statement = upsert(connection)(lanes).values(record=record, owner=owner)
    statement = statement.on_conflict_do_update(index_elements=[lanes.c.record], set_={"owner": owner}, where=_ownerless(clock))
    if connection.execute(statement.returning(lanes.c.record)).one_or_none() is None:
        return "theirs"
    return "new" if current is None else "free" if current == NOBODY else "got"


def is_owner(connection: Connection, record: str, owner: str | None) -> bool:
    return connection.execute(select(lanes.c.owner).where(lanes.c.record == record)).scalar_one_or_none() == owner


def offer(connection: Connection, record: str) -> None:
    """A lane that any worker may take: for processes that have none of their own."""
    connection.execute(upsert(connection)(lanes).values(record=record, owner=NOBODY).on_conflict_do_nothing())


def _ownerless(clock: ColumnElement[float]) -> ColumnElement[bool]:
    alive = select(literal(1)).where(workers.c.name == lanes.c.owner, workers.c.lease > clock)
    return ~alive.correlate(lanes).exists()


def beat(connection: Connection, clock: ColumnElement[float], name: str, seconds: float) -> None:
    """We live for so many seconds more."""
    statement = upsert(connection)(workers).values(name=name, lease=clock + seconds)
    connection.execute(statement.on_conflict_do_update(index_elements=[workers.c.name], set_={"lease": clock + seconds}))


def leave(connection: Connection, name: str) -> None:
    """We stop: our lanes are anybody's from now on."""
    connection.execute(delete(workers).where(workers.c.name == name))


def take_over(connection: Connection, clock: ColumnElement[float], owner: str, *, all_of_them: bool = False) -> dict[str, str]:
    """Make the lanes of dead workers ours; returns whose each was. `all_of_them` when no other worker can be alive (SQLite)."""
    theirs = lanes.c.owner != owner
    which = theirs if all_of_them else and_(theirs, _ownerless(clock))
    query = select(lanes.c.record, lanes.c.owner).where(which).order_by(lanes.c.record).with_for_update(skip_locked=True)
    taken = {row.record: row.owner for row in connection.execute(query).all()}
    if taken:
        connection.execute(update(lanes).where(lanes.c.record.in_(sorted(taken))).values(owner=owner))
        dead = [workers.c.name != owner] if all_of_them else [workers.c.name != owner, workers.c.lease <= clock]
        connection.execute(delete(workers).where(*dead))
    return taken


def waiting(connection: Connection, owner: str) -> list[int]:
    """The ids of all rows of our lanes that wait, oldest first."""
    query = select(effects.c.id).join(lanes, lanes.c.record == effects.c.record)
    query = query.where(lanes.c.owner == owner, effects.c.status == "waiting").order_by(effects.c.id)
    return list(connection.execute(query).scalars())


def rows(connection: Connection, ids: Collection[int]) -> list[Row]:
    return _rows(connection, _select().where(effects.c.id.in_(sorted(ids))))


def waiting_of(connection: Connection, record: str) -> list[Row]:
    return _rows(connection, _select().where(effects.c.record == record, effects.c.status == "waiting"))


def parked(connection: Connection, *, record: str | None = None, owner: str | None = None) -> list[Row]:
    """The rows that cannot succeed as things stand: of one record, of one worker's lanes, or all."""
    query = _select().where(effects.c.status == "parked")
    if record is not None:
        query = query.where(effects.c.record == record)
    if owner is not None:
        query = query.join(lanes, lanes.c.record == effects.c.record).where(lanes.c.owner == owner)
    return _rows(connection, query)


def stuck(connection: Connection, clock: ColumnElement[float], seconds: float) -> list[Row]:
    """What an operator should see: parked rows, and rows that have waited longer than so many seconds."""
    old = and_(effects.c.status == "waiting", effects.c.at < clock - seconds)
    return _rows(connection, _select().where(or_(effects.c.status == "parked", old)))


def backlog(connection: Connection) -> int:
    """How many rows wait, for any worker."""
    return len(connection.execute(select(effects.c.id).where(effects.c.status == "waiting").order_by(effects.c.id)).all())


def unpark(connection: Connection, ids: Collection[int]) -> list[Row]:
    """Parked rows wait again, as if never tried. Those that are not parked are left alone."""
    statement = update(effects).where(effects.c.id.in_(sorted(ids)), effects.c.status == "parked")
    found = connection.execute(statement.values(status="waiting", attempts=0).returning(effects.c.id)).scalars().all()
    return rows(connection, found)


def settle(connection: Connection, owner: str, results: Sequence[Result]) -> frozenset[str]:
    """Write what became of rows, all in one transaction. Returns the lanes that are no longer ours: nothing of them is written."""
    records = sorted({result.record for result in results})
    query = select(lanes.c.record).where(lanes.c.record.in_(records), lanes.c.owner == owner).order_by(lanes.c.record)
    ours = frozenset(connection.execute(query.with_for_update(read=True)).scalars())
    kept = [result for result in results if result.record in ours]
    _fill(connection, [result.fill for result in kept if result.fill is not None])
    if kept:
        connection.execute(update(effects).where(effects.c.id == bindparam("row")), [_fate(result) for result in kept])
    return frozenset(records) - ours


def _fate(result: Result) -> dict[str, object]:
    why = WHYS.dump(result.why)
    return {"row": result.id, "status": result.status, "attempts": result.attempts, "why": why, "doubt": result.doubt}


def fill(connection: Connection, key: SlotKey, ref: Ref) -> None:
    """The platform's id of our thing. Filling it again changes it (a room bound anew, a message posted anew)."""
    _fill(connection, [(key, ref)])


def _fill(connection: Connection, filled: Sequence[tuple[SlotKey, Ref]]) -> None:
    if not filled:
        return
    statement = upsert(connection)(slots)
    new = {"ref": statement.excluded.ref, "pinned": statement.excluded.pinned}
    primary = [slots.c.record, slots.c.slot, slots.c.platform]
    values = [{"record": r, "slot": s, "platform": p, "ref": ref.ref, "pinned": ref.pinned} for (r, s, p), ref in filled]
    connection.execute(statement.on_conflict_do_update(index_elements=primary, set_=new), values)


def refs(connection: Connection, records: Iterable[str]) -> dict[SlotKey, Ref]:
    """All filled slots of these records."""
    query = select(slots).where(slots.c.record.in_(sorted(set(records))))
    found = connection.execute(query.order_by(slots.c.record, slots.c.slot, slots.c.platform)).all()
    return {(row.record, row.slot, row.platform): Ref(row.ref, row.pinned) for row in found}


def some_refs(connection: Connection, keys: Collection[SlotKey]) -> dict[SlotKey, Ref]:
    """Those of these slots that are filled by now."""
    if not keys:
        return {}
    query = select(slots).where(tuple_(slots.c.record, slots.c.slot, slots.c.platform).in_(sorted(keys)))
    found = connection.execute(query.order_by(slots.c.record, slots.c.slot, slots.c.platform)).all()
    return {(row.record, row.slot, row.platform): Ref(row.ref, row.pinned) for row in found}


def place(connection: Connection, platform: str, ref: str) -> tuple[str, str] | None:
    """Which record and slot a platform's room or message is; the youngest, should a room have served several."""
    query = select(slots.c.record, slots.c.slot).where(slots.c.platform == platform, slots.c.ref == ref)
    row = connection.execute(query.order_by(slots.c.record.desc(), slots.c.slot).limit(1)).one_or_none()
    return None if row is None else (row.record, row.slot)


def forget_done(connection: Connection, clock: ColumnElement[float], seconds: float) -> int:
    """Delete rows that were done so long ago that nobody asks any more. Slots stay."""
    return connection.execute(delete(effects).where(effects.c.status == "done", effects.c.at < clock - seconds)).rowcount


_COLUMNS = (
    effects.c.id,
    effects.c.record,
    effects.c.platform,
    effects.c.kind,
    effects.c.body,
    effects.c.priority,
    effects.c.status,
    effects.c.attempts,
    effects.c.why,
    effects.c.doubt,
)
_Query = Select[int, str, str, str, str, int, str, int, str, bool]


def _select() -> _Query:
    return select(*_COLUMNS).order_by(effects.c.id)


def _rows(connection: Connection, query: _Query) -> list[Row]:
    return [
        Row(id_, record, platform, EFFECTS.load(kind, body), priority, cast(Status, status), attempts, WHYS.load(why), doubt)
        for id_, record, platform, kind, body, priority, status, attempts, why, doubt in connection.execute(query).all()
    ]
