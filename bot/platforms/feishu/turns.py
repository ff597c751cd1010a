"""One turn: asked once however often it is sent, answered in time, and never acknowledged before it is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar

from bot.cards.model import Button, press
from bot.core.errors import Later
from bot.platforms.feishu.answers import SAY, Answers, Told
from bot.platforms.feishu.markdown import Reader
from bot.platforms.feishu.payload import Ack, Occasion
from bot.platforms.feishu.recent import Recent
from bot.store.database import Unavailable
from bot.talk import Invalid, Refusal
from bot.words import Line, line

log = logging.getLogger("fenghuo.feishu")

LONGEST = 2.2  # seconds until Feishu must be answered; it gives up after 3, and the way there takes some
REMEMBERED = 90_000.0  # seconds: a day and an hour; Feishu sends an event for the fifth and last time after some seven hours
MOST = 5_000  # turns remembered; an older one is asked of the service again, which gives the kept answer
TWICE = 2.0  # seconds within which the same press by the same person is one press
BROKEN = line("没办成，再按一次。还不行就在群里叫指挥中心的人来办。")
T = TypeVar("T")


class Turns:
    """Everything that is under way between a payload and its answer, in one event loop."""

    def __init__(self, answers: Answers, reader: Callable[[str | None], Reader], longest: float = LONGEST) -> None:
        self._answers, self._reader, self._longest = answers, reader, longest
        self._heard: Recent[asyncio.Future[Ack]] = Recent(REMEMBERED, most=MOST)
        self._last: Recent[tuple[str, asyncio.Future[Ack]]] = Recent(TWICE, most=MOST)
        self._running: set[asyncio.Future[Any]] = set()

    async def settle(self, seconds: float = 5.0) -> None:
        """Everything that was begun is finished and answered, as far as it can be in so many seconds."""
        while self._running:
            _, left = await asyncio.wait(self._running, timeout=seconds)
            if left:
                return

    async def take(self, occasion: Occasion, ask: Callable[[], Awaitable[Told]], click: str = "") -> Ack:
        """Sent again while it runs, or within a day: the same turn. A form that was refused is sent again on purpose, so it is not kept.

        Raises Later where an event is not done in time: Feishu sends it again, and finds the turn that went on meanwhile.
        """
        running = self._heard.get(occasion.key) or self._again(occasion.user, click)
        if running is None:
            running = self._begun(self._answered(occasion, ask()))
            running.add_done_callback(_read)
            self._heard.put(occasion.key, running)
            self._last.put(occasion.user, (click, running))
        await asyncio.wait({running}, timeout=self._longest + 0.1)
        if not running.done():
            return self._unfinished(occasion)
        return running.result()

    def _again(self, user: str, click: str) -> asyncio.Future[Ack] | None:
        """The turn of a press that follows straight after itself: whoever did something else in between, or was refused, means it."""
        last = self._last.get(user)
        return last[1] if last is not None and click and last[0] == click else None

    def _unfinished(self, occasion: Occasion) -> Ack:
        if occasion.event:
            raise Later(None, f"{occasion.key} takes longer")
        return self._answers.hold(self._reader(None))

    async def _answered(self, occasion: Occasion, asking: Awaitable[Told]) -> Ack:
        end = monotonic() + self._longest
        asked = self._begun(asking)
        await asyncio.wait({asked}, timeout=self._longest)
        if asked.done():
            return await self._drawn(self._outcome(occasion, asked), max(0.0, end - monotonic()))
        rest = self.later(self._afterwards(occasion, asked))
        if occasion.event:
            self._heard.put(occasion.key, rest)
        return self._unfinished(occasion)

    async def _drawn(self, told: Told, seconds: float) -> Ack:
        """Acknowledged now; what needs a call follows by itself, and is waited for only where the acknowledgement speaks of it."""
        if told.occasion.event:
            self.later(self._answers.say(told))
            return None
        reply = self._answers.reply(told)
        if reply.calls is None:
            return reply.ack
        said = self.later(reply.calls())
        if reply.lost is None:
            return reply.ack
        await asyncio.wait({said}, timeout=seconds)
        if not said.done():
            return self._answers.hold(told.reader)
        return reply.ack if said.exception() is None and said.result() else reply.lost

    async def _afterwards(self, occasion: Occasion, asked: asyncio.Future[Told]) -> Ack:
        await asyncio.wait({asked})
        await self._answers.late(self._outcome(occasion, asked))
        return None

    def _outcome(self, occasion: Occasion, asked: asyncio.Future[Told]) -> Told:
        """What was answered. A bug is said calmly and may be tried again at once; Feishu sends an event again that could not be kept."""
        bug = asked.exception()
        if bug is None:
            told = asked.result()
            if isinstance(told.answer, Refusal | Invalid):
                if occasion.kind == "form":
                    self._heard.drop(occasion.key)
                self._last.drop(occasion.user)
                self._note(occasion, told.answer)
            return told
        self._heard.drop(occasion.key)
        self._last.drop(occasion.user)
        if isinstance(bug, Unavailable | Later) and occasion.event:
            raise bug
        log.error("%s of %s was not done (%s)", occasion.kind, occasion.user, occasion.key, exc_info=bug)
        again = Button(line("再试一次"), press(SAY, line=occasion.line), "primary")
        unheard = occasion.kind in ("said", "happened") and not occasion.line
        return Told(occasion, None if unheard else Refusal(BROKEN, (again,) if occasion.line else ()), self._reader(None))

    @staticmethod
    def _note(occasion: Occasion, answer: Refusal | Invalid) -> None:
        """Whoever was refused something can be found in the log, with the words but not with what they typed."""
        texts = [answer.text] if isinstance(answer, Refusal) else [*answer.errors.values()]
        reasons = [text.text if isinstance(text, Line) else type(text).__name__ for text in texts]
        log.info("refused: %s by %s (%s): %s", occasion.kind, occasion.user, occasion.key, "; ".join(reasons))

    def later(self, work: Awaitable[T]) -> asyncio.Future[T]:
        """It goes on by itself, and nobody else hears of its troubles."""
        task = self._begun(work)
        task.add_done_callback(_told_of)
        return task

    def _begun(self, work: Awaitable[T]) -> asyncio.Future[T]:
        """It is not lost on the way."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


def _read(task: asyncio.Future[Any]) -> None:
    """Whoever asked may have gone, and with them the one who would hear of it."""
    if not task.cancelled():
        task.exception()


def _told_of(task: asyncio.Future[Any]) -> None:
    if task.cancelled():
        return
    bug = task.exception()
    if bug is not None and not isinstance(bug, Unavailable | Later):
        log.error("an answer was lost", exc_info=bug)
