"""What was sent to the status page: all that the public ever reads. Functions of an open connection; the caller owns the transaction."""

from __future__ import annotations

import json
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, select

from bot.core.outward.publicity import Health, Publication
from bot.plan.schema.comms import Phase
from bot.store.records import upsert
from bot.store.tables import publications
from bot.words import Bi


def add(connection: Connection, publication: Publication) -> None:
    """Once for each key: what the public has read stays as it was."""
    p = publication
    values = {
        "key": p.key, "record": p.record, "at": p.at, "phase": p.phase, "title_zh": p.title.zh, "title_en": p.title.en,
        "text_zh": p.text.zh, "text_en": p.text.en, "components": json.dumps(p.components), "state": p.state, "next_at": p.next_at,
    }  # fmt: skip
    connection.execute(upsert(connection)(publications).values(**values).on_conflict_do_nothing(index_elements=[publications.c.key]))


def listed(connection: Connection, since: datetime) -> tuple[Publication, ...]:
    """Those from then on, oldest first."""
    query = select(publications).where(publications.c.at >= since).order_by(publications.c.at, publications.c.key)
    return tuple(
        Publication(
            row.key, row.record, row.at, cast(Phase, row.phase), Bi(row.title_zh, row.title_en), Bi(row.text_zh, row.text_en),
            tuple(json.loads(row.components)), cast(Health, row.state), row.next_at,
        )
        for row in connection.execute(query).all()
    )  # fmt: skip
