"""A process to be killed: it opens a board and assembles, on a database and a platform that are files, and may die at the n-th moment.

python -m tests.engine.victim URL JOURNAL [MOMENT] [SEED]. A moment is just before or just after the platform does something. Prints the
number of moments that passed; without MOMENT it lives to the end.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

from bot.engine import Habits
from bot.store.database import Database
from bot.talk import Toast
from tests.engine.toy import Assemble, Begin, Bot, do
from tests.platforms.double import Double


class Reaper:
    """Counts the moments, and strikes at one."""

    def __init__(self, fatal: int) -> None:
        self.fatal, self.moments = fatal, 0

    def __call__(self, moment: str, verb: str, about: str) -> None:
        self.moments += 1
        if self.moments == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


async def live(url: str, journal: Path, fatal: int, seed: int) -> int:
    """Report and activate. The requests have fixed keys, so that the next process may safely ask for the same again."""
    dice = random.Random(seed)
    reaper = Reaper(fatal)
    double = Double(journal=journal)
    double.on_call = reaper
    double.latency = dice.random() * 0.004
    database = Database(url)
    bot = Bot(database, double, habits=Habits(alone=True), threads=asyncio.to_thread, dice=dice)
    async with bot:
        answer = do(bot.service, None, Begin(), "begin")
        assert answer == Toast("INC-1: 1")
        if dice.random() < 0.5:
            await bot.idle()
        do(bot.service, "INC-1", Assemble(), "assemble")
        await bot.idle()
    database.close()
    return reaper.moments


if __name__ == "__main__":
    url, journal, *more = sys.argv[1:]
    fatal, seed = (int(more[0]) if more else 0), (int(more[1]) if len(more) > 1 else 0)
    print(asyncio.run(live(url, Path(journal), fatal, seed)))
