"""The status page alone: what is served while the database does not answer at the start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from bot.web.app import make_app
from bot.web.server import Server
from bot.web.status import Board, status_pages
from bot.words import Language


def stand_in(board: Board, home: Language, host: str, port: int, back: Callable[[], bool], every: float = 2.0) -> bool:
    """Serve the board's last good copy until the database is `back` (True) or somebody stops us (False). /readyz says what is missing."""
    found = False

    async def watch() -> None:
        nonlocal found
        while not found:
            found = server.should_exit = await asyncio.to_thread(back)
            await asyncio.sleep(0 if found else every)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(watch())
        yield
        watching.cancel()

    server = Server(make_app([status_pages(board, home)], lambda: {"database": False}, "/status", lifespan), host, port, lambda: None)
    server.run()
    return found
