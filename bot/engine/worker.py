"""Perform the effects that decisions promised: at least once asked, as good as exactly once done, in order per room."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.errors import Later, Never
from bot.effects import Deliver, Invite, OpenRoom, Show
from bot.engine.couriers import NOWHERE, Couriers, Outside
from bot.engine.graph import Graph, Job, subject
from bot.engine.habits import Habits
from bot.engine.hands import Done, Kind, Source, content_of, failure, has_content, name_of, perform, queued, remembered, verb
from bot.engine.lanes import Lanes
from bot.engine.launch import Launch, Turn
from bot.engine.ledger import Ledger, Lost, Threads
from bot.engine.pulse import AFRESH, Pulses
from bot.platforms.port import Platform
from bot.store import outbox
from bot.store.database import Database, Unavailable
from bot.store.outbox import STANDING, Ref, Result, Row, SlotKey
from bot.words import Text, line

log = logging.getLogger("fenghuo.engine")


class Engine:
    """The hands of one process. Everything but `wake` belongs to its event loop."""

    def __init__(
        self,
        database: Database,
        platforms: Mapping[str, Platform],
        source: Source,
        name: str,
        habits: Habits | None = None,
        threads: Threads | None = None,
        dice: random.Random | None = None,
        outside: Outside = NOWHERE,
    ) -> None:
        """`name` is this worker's, never used before. `threads` runs database work beside the loop."""
        self.name = name
        self._platforms, self._source = platforms, source
        self._habits = habits or Habits()
        self._book = Lanes(database, name, self._habits)
        self._pool = None if threads else ThreadPoolExecutor(4, thread_name_prefix="engine")
        self._threads: Threads = threads or self._in_pool
        self._dice = dice or random.Random()
        self._ledger = Ledger(database, name, self._threads, self._habits.gather)
        self._graph = Graph()
        self._launch = Launch(self._graph, platforms, self._habits, self._ref, lambda job: self._spawn(self._fly(job)), self._announce)
        self._gates = self._launch.gates
        self._pulses = Pulses(platforms, self._habits, self._gates, source.silence, self._threads, self._spawn)
        hooks = (self._ref, self._fill, self._write, self._settle, self._pulses.answered)
        self._couriers = Couriers(outside, platforms, source, self._habits, self._threads, *hooks)
        self._parked: defaultdict[Hashable, set[int]] = defaultdict(set)
        self._pinning: dict[SlotKey, Job] = {}
        self._lanes: set[str] = set()
        self._arriving: dict[str, list[Row]] = {}
        self._finished: dict[int, int] = {}
        self._beats = 0
        self._flying: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._beating: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    # --- life ---------------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take what a dead worker left, and be ready for more. Until this returns, promised rows wait in the database."""
        self._loop = asyncio.get_running_loop()
        self._launch.start()
        await self._beat(everything=self._habits.alone)
        self._beating = asyncio.create_task(self._keep_beating())

    async def stop(self, grace: float = 5.0) -> None:
        """Let the calls in flight end, write down their results, leave the lanes to others."""
        if self._beating is not None:
            self._beating.cancel()
        self._loop = None
        self._launch.stop()
        if self._flying:
            await asyncio.wait(self._flying, timeout=grace)
        late = {*self._flying, *([self._beating] if self._beating is not None else [])}
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        await self._ledger.settled()
        await self._threads(self._book.leave)
        if self._pool is not None:
            self._pool.shutdown(wait=False)

    def wake(self, rows: Sequence[Row]) -> None:
        """Committed rows of our own lanes, from any thread. Rows that get lost on the way are found by the next beat."""
        loop = self._loop
        if rows and loop is not None:
            loop.call_soon_threadsafe(self._promised, tuple(rows))

    async def idle(self) -> None:
        """Return when nothing promised so far is left to be done, now or later; parked rows do not count."""
        await asyncio.sleep(0)  # what was handed over a moment ago arrives first
        while len(self._graph) or self._arriving or self._flying:
            self._changed.clear()
            await self._changed.wait()

    @property
    def backlog(self) -> int:
        """Rows in hand that are not done."""
        return len(self._graph)

    # --- rows come in -------------------------------------------------------------------------------------------------------

    def _promised(self, rows: tuple[Row, ...]) -> None:
        """Straight from a commit, so they do wait, even one that was parked a moment ago; of a new lane there is nothing to learn."""
        for row in rows:
            self._finished.pop(row.id, None)
            if row.first:
                self._lanes.add(row.record)
        if any(row.first for row in rows):
            self._launch.make_way()
        self._arrive(rows)

    def _arrive(self, rows: tuple[Row, ...]) -> None:
        """Admit rows at once where the lane's slots are known, else after reading them."""
        fresh = sorted({row.record for row in rows} - self._lanes - self._arriving.keys())
        for row in rows:
            if row.record in self._lanes:
                self._admit(row)
            else:
                self._arriving.setdefault(row.record, []).append(row)
        for record in fresh:
            self._spawn(self._enter(record))
        self._pump()

    async def _enter(self, record: str) -> None:
        """Learn what a lane has brought into the world so far, then take its rows."""
        while True:
            try:
                slots, parked = await self._threads(lambda: self._book.read(record))
                break
            except Unavailable:
                await asyncio.sleep(self._habits.beat)
        self._graph.know(slots)
        for row in parked:
            self._parked[subject(row)].add(row.id)
        self._lanes.add(record)
        for row in sorted(self._arriving.pop(record), key=lambda row: row.id):
            self._admit(row)

    def _admit(self, row: Row) -> None:
        if row.id in self._finished:
            return
        pointless = self._graph.admit(row)
        if pointless:
            self._spawn(self._put_away(row.record, [other.id for other in pointless]))

    async def _put_away(self, record: str, rows: Iterable[int]) -> None:
        """Something later has made these needless."""
        results = [Result(id_, record, "done", 0, "superseded") for id_ in sorted(rows)]
        if results:
            await self._ledger.write(*results)

    # --- jobs go out --------------------------------------------------------------------------------------------------------

    def _pump(self) -> None:
        self._launch.pump()
        self._changed.set()

    def _announce(self, job: Job, now: float, turn: float) -> None:
        """People are told, once, when a room keeps them waiting."""
        if not isinstance(job.effect, OpenRoom) or job.row.platform in self._gates.silent:
            return
        if job.held_since is None:
            job.held_since = now
        clock = self._source.now
        if job.announced or clock is None or turn - job.held_since <= self._habits.tell_after:
            return
        job.announced = True
        self._spawn(self._report(job, job.effect.slot, "waiting", queued(clock() + timedelta(seconds=turn - now))))

    def _turned(self, platform: str) -> None:
        self._launch.landed(platform)
        self._pump()

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._flying.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        if not task.cancelled() and task.exception() is not None and not isinstance(task.exception(), Lost):
            log.error("a task of the engine failed", exc_info=task.exception())
        self._pump()

    async def _fly(self, job: Job) -> None:
        """The engine's edge: whatever goes wrong with one job is that job's affair, and it is never lost."""
        try:
            await self._attempt(job)
        except Lost as lost:
            self._lose(str(lost))
        except Later as later:
            await self._not_now(job, later)
        except Never as never:
            self._pulses.answered(job, never.reached)
            job.verdict = never.why
            self._again(job, 0.0)
        except TimeoutError:
            await self._not_now(job, Later(None, "timed out"))
        except Unavailable as busy:
            job.in_doubt = True
            await self._pause(job, str(busy))
        except Exception as bug:
            log.exception("effect %s of %s failed", job.row.id, job.row.record)
            await self._stumble(job, f"{type(bug).__name__}: {bug}")

    async def _not_now(self, job: Job, later: Later) -> None:
        job.in_doubt = job.in_doubt or later.seconds is None
        if later.reached:
            self._pulses.alive(job.row.platform)
        elif self._pulses.unheard(job):
            await self._step_back(job, later.why)
            return
        if later.seconds is not None:
            await self._turned_away(job, later.seconds, later.why)
        else:
            await self._pause(job, later.why)

    async def _stumble(self, job: Job, error: str) -> None:
        """Nobody foresaw this: try again a few times, then park it."""
        job.in_doubt = True
        if job.verdict is None and job.attempts + 1 >= self._habits.tries:
            job.verdict = line("连续 {n} 次出错：{error}", n=job.attempts + 1, error=error)
        await self._pause(job, error)

    async def _attempt(self, job: Job) -> None:
        turn = Turn(lambda: self._turned(job.row.platform))
        try:
            if isinstance(job.effect, Deliver):
                if job.effect.via != "room":  # a channel has its own limits, and keeps nobody waiting here
                    turn.over()
                later = await self._couriers.see_through(job, job.effect)
                if later is not None:
                    await self._pause(job, later.why, later.seconds or 0.0)
                return
            if job.verdict is not None:
                turn.over()
                await self._park(job, job.verdict)
                return
            platform = self._platforms.get(job.row.platform)
            if platform is None:
                raise Never(line("平台 {platform} 没有接上", platform=job.row.platform))
            if verb(job.effect) in platform.capabilities.cannot:
                await self._settle(job, None, "cannot")
                return
            done = Done(self._ref(job.fills)) if job.shown else await self._call(job, platform)
            ref = self._fill(job, done)
            if isinstance(job.effect, Show) and job.effect.pin and ref is not None and not ref.pinned:
                ref = await self._pin(job, platform, ref)
                if ref is None:
                    return
            turn.over()
            await self._after(job, done, ref)
        finally:
            turn.over()

    async def _call(self, job: Job, platform: Platform) -> Done:
        content = remembered(job, self._source)
        if content is None and has_content(job):
            content = await self._threads(lambda: content_of(job, self._source))
        async with asyncio.timeout(self._habits.call):
            done = await perform(job, platform, content, self._ref, self._source, job.in_doubt)
        self._pulses.answered(job)
        return done

    async def _after(self, job: Job, done: Done, ref: Ref | None) -> None:
        """The call succeeded: store what others need first, then what people must see, then that it is done."""
        match job.effect:
            case OpenRoom(slot=slot) if ref is not None:
                await self._write(job, "waiting", ref)
                self._graph.stored(job.fills)
                self._pump()
                await asyncio.sleep(self._habits.breath)
                await self._report(job, slot, "room_opened", ref.ref)
            case Invite(room=room) if done.left_out:
                await self._report(job, room, "not_invited", line("没能拉进群"), done.left_out)
            case _:
                pass
        await self._unpark(job)
        await self._settle(job, ref)

    def _fill(self, job: Job, done: Done) -> Ref | None:
        """From now on we know where it is; the rest of the graph hears of it when it is stored."""
        if job.fills is None or done.ref is None:
            return None
        old = self._graph.slots.get(job.fills)
        ref = Ref(done.ref, pinned=old is not None and old.ref == done.ref and old.pinned)
        self._graph.slots[job.fills] = ref
        return ref

    async def _pin(self, job: Job, platform: Platform, ref: Ref) -> Ref | None:
        """The message stands, so what comes behind it need not wait for the pin; nor is it pinned twice at a time. None: not yet."""
        assert job.fills is not None
        if self._pinning.setdefault(job.fills, job) is not job:
            return ref
        if not job.shown:
            job.shown = True
            self._graph.release(job)
            self._pump()
            if not self._launch.may_go(job, asyncio.get_running_loop().time()):
                await self._write(job, "waiting", ref)
                self._graph.stored(job.fills)
                return None
        if "pin" not in platform.capabilities.cannot:
            async with asyncio.timeout(self._habits.call):
                await platform.pin(self._ref(job.needs) or "", ref.ref)
            self._pulses.answered(job)
        pinned = replace(ref, pinned=True)
        self._graph.slots[job.fills] = pinned
        return pinned

    async def _settle(self, job: Job, ref: Ref | None, why: Text = "") -> None:
        """All its rows are done; what it filled is stored with them, and then what needs that may go."""
        self._graph.release(job)
        self._pump()
        if ref is not None and job.fills is not None:
            ref = self._graph.slots[job.fills]  # pinned by now, perhaps, or posted anew
        await self._write(job, "done", ref, why)
        if ref is not None:
            self._graph.stored(job.fills)
        self._finish(job)

    async def _park(self, job: Job, why: Text) -> None:
        """It cannot succeed as things stand: people are told, once for each thing, and may have it tried again."""
        assert not isinstance(job.effect, Deliver)
        words = failure(job.effect, why)
        older = self._parked[job.subject] - {row.id for row in job.rows}
        if not older:
            await self._report(job, name_of(job), "parked", words)
        log.warning("parked: effect %s of %s on %s: %r", job.row.id, job.row.record, job.row.platform, job.effect)
        await self._put_away(job.row.record, older)
        await self._write(job, "parked", None, words)
        self._parked[job.subject] = {job.row.id}
        self._finish(job)

    async def _unpark(self, job: Job) -> None:
        """What was parked about the same thing is made good by this success."""
        if not self._parked.get(job.subject):
            return
        await self._report(job, name_of(job), "unparked", "")
        older = self._parked[job.subject] - {row.id for row in job.rows}
        await self._put_away(job.row.record, older)
        self._parked.pop(job.subject, None)

    def _finish(self, job: Job) -> None:
        for row in job.rows:
            self._finished[row.id] = self._beats
        if job.fills is not None and self._pinning.get(job.fills) is job:
            del self._pinning[job.fills]
        self._graph.finish(job)
        self._pump()

    async def _pause(self, job: Job, why: str, at_least: float = 0.0) -> None:
        """It failed, and may have happened: try again when our own habits say so."""
        job.attempts += 1
        self._again(job, max(at_least, self._habits.pause(job.attempts, self._dice)))
        await self._defer(job, why)

    async def _turned_away(self, job: Job, seconds: float, why: str) -> None:
        """The platform takes no calls of this kind for a while, from nobody. That is not the job's fault: it keeps its place."""
        now = asyncio.get_running_loop().time()
        self._gates.close(job, now + self._habits.obey(seconds, self._dice))
        await self._step_back(job, why)

    async def _step_back(self, job: Job, why: str) -> None:
        self._graph.rest(job, keep_place=True)
        self._graph.resume(job)
        self._pump()
        await self._defer(job, why)

    async def _defer(self, job: Job, why: str) -> None:
        try:
            await self._write(job, "waiting", self._graph.slots.get(job.fills) if job.shown and job.fills else None, why)
        except Lost as lost:
            self._lose(str(lost))

    def _again(self, job: Job, seconds: float) -> None:
        self._graph.rest(job, keep_place=job.attempts < self._habits.patience)

        def resume() -> None:
            self._graph.resume(job)
            self._pump()

        asyncio.get_running_loop().call_later(seconds, resume)

    # --- small matters ------------------------------------------------------------------------------------------------------

    def _ref(self, key: SlotKey | None) -> str | None:
        found = None if key is None else self._graph.slots.get(key)
        return None if found is None else found.ref

    async def _write(self, job: Job, status: outbox.Status, ref: Ref | None, why: Text = "") -> None:
        """What became of the job's rows; of several rows the newest counts, unless they are to wait together."""
        fill = None if ref is None or job.fills is None else (job.fills, ref)
        doubt = job.in_doubt and status != "done"
        older: outbox.Status = "waiting" if status == "waiting" else "done"
        results = [Result(row.id, row.record, older, job.attempts, "superseded", doubt) for row in job.rows[:-1]]
        last = Result(job.row.id, job.row.record, status, job.attempts, why, doubt, fill)
        await self._ledger.write(*results, last, soon=isinstance(job.effect, OpenRoom))

    async def _report(self, job: Job, effect: str, kind: Kind, text: Text, people: tuple[str, ...] = ()) -> None:
        key = f"effect:{job.row.id}:{kind}"
        await self._threads(lambda: self._source.report(job.row.record, effect, kind, text, people, key))

    async def _in_pool(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    # --- the beat -----------------------------------------------------------------------------------------------------------

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(self._habits.beat)
            try:
                await self._beat(everything=False)
            except Unavailable as busy:
                log.warning("the database does not answer: %s", busy)

    async def _beat(self, *, everything: bool) -> None:
        self._beats += 1
        if self._beats % AFRESH == 0:
            self._pulses.afresh()
        known = frozenset(self._graph.jobs()) | self._finished.keys()
        wanted, tidy = self._graph.missing(), self._beats % 600 == 1
        rows, slots = await self._threads(lambda: self._book.look(known, wanted, everything=everything, tidy=tidy))
        self._graph.know(slots)
        self._arrive(tuple(row for row in rows if row.id not in self._graph))
        self._couriers.look_for_rooms(self._graph)
        self._forget()
        self._pump()

    def _forget(self) -> None:
        """Finished rows are remembered for two beats more: a look that began before they ended must not start them again."""
        self._finished = {id_: beat for id_, beat in self._finished.items() if beat >= self._beats - 2}
        for record in self._lanes - self._graph.records() - self._arriving.keys() - {STANDING}:
            self._lanes.discard(record)
            self._graph.forget(record)

    def _lose(self, record: str) -> None:
        """The lane was taken from us: what we have in hand of it is another worker's."""
        log.warning("lane %s belongs to another worker now", record)
        self._graph.drop(record)
        self._pinning = {key: job for key, job in self._pinning.items() if job.row.record != record}
        self._lanes.discard(record)
        self._graph.forget(record)
        self._pump()
