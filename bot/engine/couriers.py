"""Take a text to its recipient outside, and say how that ended. What might arrive twice is never tried again by itself.

A delivery has one end: sent, failed, or in doubt. It is never parked, for a second way to try again would be a second sending; trying
again is another delivery, with its own row.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.channels.port import Channel, Doubt
from bot.core.errors import Later, Never
from bot.core.outward.letter import Letter
from bot.effects import Deliver
from bot.engine.graph import Graph, Job
from bot.engine.habits import Habits
from bot.engine.hands import Done, Slots, Source, perform
from bot.engine.ledger import Threads
from bot.platforms.port import Platform
from bot.store.database import Unavailable
from bot.store.outbox import Ref, Status
from bot.words import Text, line

AT_ONCE = 8  # letters in the hands of one channel
GONE = line("这份稿子不再有效（改过、撤回或过期），没有发出")
MAYBE = line("可能已经发出，也可能没有：问一下对方")
HOMELESS = line("群还没有建好：在那个群里说「绑定」，或请运维看 fenghuo stuck，然后重发")


class Delivered(Protocol):
    """Service.record_delivery: the end of a delivery becomes an event. The key makes it count once."""

    def __call__(
        self, record: str, notice: str, delivery: str, tries: int, kind: Literal["sent", "failed", "doubt"], why: Text, key: str, /
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What the engine must be told to write to people outside.

    channels: the ways out that are no chat, by name. letter: what leaves at this moment, None when it must not (any more).
    delivered: who is told how it ended.
    """

    channels: Mapping[str, Channel]
    letter: Callable[[str, Deliver], Letter | None]
    delivered: Delivered


NOWHERE = Outside({}, lambda record, effect: None, lambda *end: None)
"""Where nobody writes to anybody: whatever is promised all the same ends unsent."""


@dataclass(frozen=True, slots=True)
class End:
    """`ref` is what proves that it was sent."""

    kind: Literal["sent", "failed", "doubt"]
    why: Text = ""
    ref: str | None = None


class Fill(Protocol):
    def __call__(self, job: Job, done: Done, /) -> Ref | None: ...


class Write(Protocol):
    def __call__(self, job: Job, status: Status, ref: Ref | None, /) -> Awaitable[None]: ...


class Settle(Protocol):
    def __call__(self, job: Job, ref: Ref | None, why: Text, /) -> Awaitable[None]: ...


@dataclass
class Couriers:
    """The engine lends its hands.

    `refs` and `fill` know what stands, `write` and `settle` write down what became of a job, `answered` hears that a platform has spoken.
    """

    outside: Outside
    platforms: Mapping[str, Platform]
    source: Source
    habits: Habits
    threads: Threads
    refs: Slots
    fill: Fill
    write: Write
    settle: Settle
    answered: Callable[[Job, bool], None]
    _desks: defaultdict[str, asyncio.Semaphore] = field(default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(AT_ONCE)))

    async def see_through(self, job: Job, effect: Deliver) -> Later | None:
        """One try; None when that was the end of it.

        That it left is written down before the record hears of it, and the record hears of one end, once.
        """
        end = await self._carry(job, effect)
        if isinstance(end, Later):
            return end
        ref = self.fill(job, Done(end.ref))
        if ref is not None:
            await self.write(job, "waiting", ref)
        told = (job.row.record, effect.notice, effect.delivery, effect.tries, end.kind, end.why, f"effect:{job.row.id}:end")
        await self.threads(lambda: self.outside.delivered(*told))
        await self.settle(job, ref, end.why)
        return None

    def look_for_rooms(self, graph: Graph) -> None:
        """At each beat: whose room does not come is not kept waiting for ever."""
        for job in graph.homeless():
            job.homeless += self.habits.beat
            if job.homeless > self.habits.homeless:
                graph.give_up(job, HOMELESS)

    async def _carry(self, job: Job, effect: Deliver) -> End | Later:
        """Later: not this time. A platform's "not now" is raised: its gates and its silence are the engine's affair."""
        known = None if job.fills is None else self.refs(job.fills)
        if known is not None:
            return End("sent", ref=known)
        if job.verdict is not None:
            return self._given_up(job, job.verdict)
        try:
            if effect.via == "room":
                return await self._try(job, effect, self._say)
            async with self._desks[effect.via]:
                return await self._try(job, effect, self._send)
        except Doubt as doubt:
            return End("doubt", doubt.why)
        except Never as never:
            if effect.via == "room":
                self.answered(job, never.reached)
            return End("failed", never.why)

    async def _try(self, job: Job, effect: Deliver, leave: Callable[[Job, Deliver, Letter, bool], Awaitable[str | None]]) -> End | Later:
        """Marked before it leaves, so whoever comes after us knows; asked for after that, so nothing that was stopped meanwhile leaves."""
        doubt = job.in_doubt
        await self._mark(job)
        try:
            letter = await self.threads(lambda: self.outside.letter(job.row.record, effect))
        except Unavailable as busy:
            return Later(None, str(busy))
        if letter is None:
            return End("doubt", MAYBE) if doubt else End("failed", GONE)
        try:
            async with asyncio.timeout(self.habits.letter):
                return End("sent", ref=await leave(job, effect, letter, doubt) or "")
        except Later as later:
            if effect.via == "room" and job.attempts + 1 < self.habits.letter_tries:
                raise
            job.in_doubt = doubt or (effect.via == "room" and later.seconds is None)
            return self._patience(job, later)
        except TimeoutError:
            if effect.via == "room" and job.attempts + 1 < self.habits.letter_tries:
                raise
            job.in_doubt = True
            return self._patience(job, Later(None, "timed out"))

    async def _mark(self, job: Job) -> None:
        """From here on it may have happened. Raises Lost where the lane is another worker's by now."""
        doubt, job.in_doubt = job.in_doubt, True
        await self.write(job, "waiting", None)
        job.in_doubt = doubt

    async def _send(self, job: Job, effect: Deliver, letter: Letter, doubt: bool) -> str | None:
        channel = self.outside.channels.get(effect.via)
        if channel is None:
            raise Never(line("没有「{via}」这条发送的路", via=effect.via))
        return await channel.send(letter, f"{job.row.record}/{effect.notice}/{effect.delivery}", doubt)

    async def _say(self, job: Job, effect: Deliver, letter: Letter, doubt: bool) -> str | None:
        platform = self.platforms.get(job.row.platform)
        if platform is None:
            raise Never(line("平台 {platform} 没有接上", platform=job.row.platform))
        if "say" in platform.capabilities.cannot:
            raise Never(platform.capabilities.cannot["say"])
        done = await perform(job, platform, letter, self.refs, self.source, doubt)
        self.answered(job, True)
        return done.ref

    def _patience(self, job: Job, later: Later) -> End | Later:
        """A person who waits for it must hear in time that it does not go."""
        if later.seconds is not None and later.seconds > self.habits.longest_letter:
            return self._given_up(job, line("对方要我们 {n} 秒以后再来：{why}", n=round(later.seconds), why=later.why))
        if job.attempts + 1 >= self.habits.letter_tries:
            return self._given_up(job, line("试了 {n} 次都不行：{why}", n=job.attempts + 1, why=later.why))
        return later

    def _given_up(self, job: Job, why: Text) -> End:
        return End("doubt" if job.in_doubt else "failed", why)
