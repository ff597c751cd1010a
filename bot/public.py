"""The public status page put together: beside the bot while it runs, and alone while its database is away at the start."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.catalogue import Catalogue
from bot.plan.load import Plans
from bot.settings import Settings
from bot.store.reach import Unreachable, reach
from bot.web.copies import Copies
from bot.web.edition import Press
from bot.web.standby import stand_in
from bot.web.status import Board, Reads
from bot.web.templates import environment

ROOT = Path(__file__).parents[1]


def board(settings: Settings, plans: Plans, words: Catalogue, reads: Reads, now: Callable[[], datetime]) -> Board:
    """Of one process; its last good copy lies in the settings' folder."""
    press = Press(environment(ROOT / "templates" / "web"), words, lambda: plans.current, lambda path: f"{settings.address}{path}")
    return Board(reads, press, now, Copies(settings.status_folder) if settings.status_folder else None)


async def follow(board: Board, every: float = 1.0) -> None:
    """The page follows what is sent to it, by whichever process. A fault is said once, and the page then says how old it is."""
    said = ""
    while True:
        (fault,) = await asyncio.gather(asyncio.to_thread(board.refresh), return_exceptions=True)
        if fault is not None and repr(fault) != said:
            said = repr(fault)
            print(f"the status page is not kept up to date: {said}", file=sys.stderr)
        await asyncio.sleep(every)


def wait_for_database(settings: Settings, every: float = 2.0) -> bool:
    """Until the database answers, serve the last good status page where there is one. False: told to stop meanwhile.

    Raises Unreachable where there is nothing to show.
    """

    def back() -> bool:
        with contextlib.suppress(Unreachable):
            reach(settings.database_url)
            return True
        return False

    try:
        reach(settings.database_url)
    except Unreachable as error:
        plans = Plans(settings.plan_dir)
        alone = board(settings, plans, Catalogue.load(ROOT / "data" / "locale" / "en"), lambda since: (), lambda: datetime.now(UTC))
        if not alone.edition:
            raise
        print(f"DATABASE_URL: {error}; until it answers only the last good status page is served", file=sys.stderr, flush=True)
        return stand_in(alone, plans.current.language, settings.host, settings.port, back, every)
    return True
