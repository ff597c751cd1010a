"""One turn: asked once however often it is sent, acknowledged in time, answered where the person is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.cards.model import Button, press
from bot.core.errors import Later
from bot.platforms.slack.answers import SAY, Ack, Answers, Waiting
from bot.platforms.slack.home import Home
from bot.platforms.slack.payload import Occasion
from bot.platforms.slack.recent import Recent
from bot.platforms.slack.render import Reader
from bot.store.database import Unavailable
from bot.talk import Answer, Ask, Invalid, Refusal, Toast
from bot.words import Line, line

log = logging.getLogger("fenghuo.slack")

PATIENCE = 1.0  # seconds until a person is shown that it takes longer
LONGEST = 2.4  # seconds until Slack must be answered; it gives up after 3, and the way there takes some
REMEMBERED = 600.0  # seconds; Slack sends an event for the third and last time after some five minutes
MOST = 3_000  # turns remembered; an older one is asked of the service again, which gives the kept answer
TWICE = 2.0  # seconds within which the same press by the same person is one press
BROKEN = line("没办成，再按一次。还不行就在群里叫指挥中心的人来办。")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """What a handler answered, for whom, and what it was about."""

    occasion: Occasion
    answer: Answer | None
    reader: Reader


class Turns:
    """Everything that is under way between a payload and its answer, in one event loop."""

    def __init__(
        self,
        answers: Answers,
        home: Home,
        reader: Callable[[str | None], Reader],
        patience: float = PATIENCE,
        longest: float = LONGEST,
    ) -> None:
        self._answers, self._home, self._reader = answers, home, reader
        self._patience, self._longest = patience, longest
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
        """Sent again while it runs, or soon after: the same turn. A form that was refused is sent again on purpose, so it is not kept."""
        running = self._heard.get(occasion.key) or self._again(occasion.user, click)
        if running is None:
            running = self._begun(self._answered(occasion, ask()))
            self._heard.put(occasion.key, running)
            self._last.put(occasion.user, (click, running))
        return await asyncio.shield(running)

    def _again(self, user: str, click: str) -> asyncio.Future[Ack] | None:
        """The turn of a press that follows straight after itself: whoever did something else in between, or was refused, means it."""
        last = self._last.get(user)
        return last[1] if last is not None and click and last[0] == click else None

    async def _answered(self, occasion: Occasion, asking: Awaitable[Told]) -> Ack:
        asked = self._begun(asking)
        waiting: asyncio.Future[Waiting | None] | None = None
        await asyncio.wait({asked}, timeout=self._patience)
        if not asked.done():
            if occasion.trigger and occasion.kind != "submission":
                waiting = self.later(self._answers.wait(occasion, self._reader(None)))
            await asyncio.wait({asked}, timeout=self._longest - self._patience)
        if waiting is None and asked.done():
            return await self._drawn(self._outcome(occasion, asked))
        self.later(self._afterwards(occasion, asked, waiting))
        return self._answers.hold(occasion, self._reader(None))

    async def _drawn(self, told: Told) -> Ack:
        """Acknowledged now; what needs a call follows by itself. Only a form opens first, while its trigger is fresh."""
        reply = self._answers.reply(told.occasion, told.answer, told.reader)
        word = told.answer if told.occasion.kind == "home" and isinstance(told.answer, Toast) else None
        if reply.calls is not None and word is None:
            said = self.later(reply.calls())
            if isinstance(told.answer, Ask):
                await asyncio.wait({said}, timeout=self._longest - self._patience)
        if told.occasion.kind == "home":  # it shows what has changed, and a short word stands in it
            self.later(self._home.publish(told.occasion.user, word.text if word else ""))
        return reply.ack

    async def _afterwards(self, occasion: Occasion, asked: asyncio.Future[Told], waiting: asyncio.Future[Waiting | None] | None) -> None:
        await asyncio.wait({asked})
        told = self._outcome(occasion, asked, acknowledged=True)
        await self._answers.late(told.occasion, told.answer, told.reader, await waiting if waiting is not None else None)
        if occasion.kind == "home":
            await self._home.publish(occasion.user)

    def _outcome(self, occasion: Occasion, asked: asyncio.Future[Told], *, acknowledged: bool = False) -> Told:
        """What was answered. A bug is said calmly and may be tried again at once; Slack sends an event again that could not be kept."""
        bug = asked.exception()
        if bug is None:
            told = asked.result()
            if isinstance(told.answer, Refusal | Invalid):
                if occasion.kind == "submission":
                    self._forget(occasion)
                self._last.drop(occasion.user)
                self._note(occasion, told.answer)
            return told
        self._forget(occasion)
        if isinstance(bug, Unavailable | Later) and occasion.kind == "event" and not acknowledged:
            raise bug
        log.error("%s of %s was not done (%s)", occasion.kind, occasion.user, occasion.key, exc_info=bug)
        again = Button(line("再试一次"), press(SAY, line=occasion.line, marked="yes"), "primary")
        unheard = occasion.kind == "event" and not occasion.line
        return Told(occasion, None if unheard else Refusal(BROKEN, (again,) if occasion.line else ()), self._reader(None))

    def _forget(self, occasion: Occasion) -> None:
        """The next try is a new one."""
        self._heard.drop(occasion.key)
        self._last.drop(occasion.user)

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


def _told_of(task: asyncio.Future[Any]) -> None:
    if not task.cancelled() and (bug := task.exception()) is not None:
        log.error("an answer was lost", exc_info=bug)
