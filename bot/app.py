"""The composition root: the only module that knows all others, and the only one that owns a clock.

`build` puts a bot together without starting it; `serve`, `work` and `demo` run one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from pydantic import SecretStr

import handlers
from bot import casefile, public, scripts
from bot.cards import views
from bot.cards.model import Card
from bot.cards.views.home import home
from bot.catalogue import Catalogue, render
from bot.channels import ways
from bot.clock import Clock
from bot.core import housing, life, people, report, rights, timeline
from bot.core.commands import ChooseLanguage
from bot.core.incident import Incident
from bot.core.outward import duty_clocks, duty_paper
from bot.core.outward.publicity import Publication
from bot.core.people import Team
from bot.core.postmortem import postmortem
from bot.directory import Directory
from bot.engine import Engine, Habits, Source
from bot.evidence import pack
from bot.html.ink import Viewer
from bot.html.render import still
from bot.plan.load import Plans, document
from bot.plan.schema import Plan
from bot.platforms.needs import Eyes, Needs, Side
from bot.platforms.port import Platform
from bot.platforms.sandbox import scene
from bot.platforms.sandbox.adapter import Sandbox
from bot.platforms.sandbox.bell import Bell
from bot.platforms.sandbox.ears import Human, SandboxEars
from bot.platforms.sandbox.glance import glance
from bot.platforms.sandbox.pages import Presence, SandboxPages, Wiring
from bot.platforms.sandbox.panes import Scenery
from bot.platforms.sandbox.situation import Situation
from bot.platforms.spoken import Doors
from bot.rules import rules
from bot.service import Service
from bot.settings import Settings
from bot.store import publications
from bot.store.database import Database, Unavailable
from bot.store.migrate import migrate
from bot.store.sandbox import SandboxStore
from bot.talk import Request, Toast
from bot.web.app import make_app
from bot.web.gallery import gallery
from bot.web.records import SECRET, Links, Moment, RecordPage, new_secret, record_pages
from bot.web.server import Server
from bot.web.status import Board, status_pages
from bot.web.templates import environment
from bot.words import Bi, Language, Text, When, line

ROOT = Path(__file__).parents[1]
OPENS_EMPTY = frozenset({"slack", "feishu"})  # where one call opens a room and no more; known before the adapter is loaded
OFFSET = "clock.offset"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Record = Incident | Team


def _wall() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Now:
    """The one clock. In the sandbox its hands can be moved forward; how far is kept in the database. A test gives a wall that stands."""

    wall: Callable[[], datetime] = _wall
    offset: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return self.wall() + self.offset


@dataclass
class App:
    """A bot put together: everything shares one database and one clock."""

    settings: Settings
    database: Database
    plans: Plans
    catalogue: Catalogue
    now: Now
    service: Service
    name: str

    @cached_property
    def clock(self) -> Clock:
        return Clock(self.service)

    @cached_property
    def bell(self) -> Bell:
        return Bell()

    @cached_property
    def sandbox(self) -> SandboxStore:
        return SandboxStore(self.database, self.bell.ring)

    @cached_property
    def links(self) -> Links:
        """Signed, personal links to the pages of records; the secret lies in the database, so every process signs alike."""
        return Links(self.sandbox.settle(SECRET, new_secret()), self.settings.address, self.now)

    def record_page(self, record: str, person: str) -> RecordPage | None:
        """What a participant may read of a record (the learning vault; architecture 13)."""
        state = self.service.incident(record)
        if state is None or (state.confidential and person not in state.people):
            return None
        plan = self.service.plan_of(record)
        shown = ["status", *(view for view, there in (("roll", state.calls), ("impact", state.figures), ("causes", state.causes)) if there)]
        cards = tuple(still(views.VIEWS[view](state, plan, {})) for view in shown)
        entries = timeline.timeline(self.service.events(record), plan)
        moments = tuple(Moment(e.at, e.text, e.by, "decision" if e.kind == "decision" else "note") for e in entries)
        rooms = self._rooms_of(record, plan)
        packed = rights.may("record.evidence", person, state, self.service.world(record))
        drill = state.mode == "drill"
        return RecordPage(record, report.name(state, plan), cards, moments, state.level, drill, rooms, evidence=packed)

    def _rooms_of(self, record: str, plan: Plan) -> tuple[tuple[Text, str], ...]:
        """Every room it has had, on every platform: an archived one leads here, and from here to where it goes on."""
        hands, found = self.platforms(), self.service.refs(record)
        there = [(slot, platform, ref.ref) for (_, slot, platform), ref in found.items() if housing.own(slot) and platform in hands]
        return tuple((_room_name(slot, plan), hands[platform].room_url(ref)) for slot, platform, ref in sorted(there))

    @cached_property
    def directory(self) -> Directory:
        return Directory(self.service)

    @cached_property
    def doors(self) -> Doors:
        """What every platform's ears open onto."""
        return Doors(handlers.COMMANDS, handlers.ACTIONS, handlers.FORMS, handlers.HOOKS)

    @cached_property
    def sides(self) -> Mapping[str, Side]:
        """The real platforms that are chosen, by name. Their libraries are loaded here and nowhere before."""
        known, found = self.settings, dict[str, Side]()
        if "slack" in known.chosen:
            from bot.platforms.slack import connect as slack

            token, secret, socket = map(_open, (known.slack_bot_token, known.slack_signing_secret, known.slack_app_token))
            found["slack"] = slack.Connected(slack.Keys(token or "", secret, socket, known.slack_api_url), self._needs("slack"))
        if "feishu" in known.chosen:
            from bot.platforms.feishu import connect as feishu

            secret, seal, word = map(_open, (known.feishu_app_secret, known.feishu_encrypt_key, known.feishu_verification_token))
            keys = feishu.Keys(known.feishu_app_id or "", secret or "", known.feishu_mode, seal, word, known.feishu_domain)
            found["feishu"] = feishu.Connected(keys, self._needs("feishu"))
        return found

    def _needs(self, platform: str) -> Needs:
        return Needs(self.service, self.doors, self.now, self.directory.on(platform), self._eyes, self.home)

    def _eyes(self, person: str | None) -> Eyes:
        """A room reads the plan's language."""
        plan = self.plans.current
        language = plan.language if person is None else self.directory.language_of(person)
        return Eyes(language, ZoneInfo(plan.time_zone), self.directory.names(language), self.catalogue)

    def home(self, person: str) -> Card:
        """What concerns the person now, wherever it is: the front page of a platform that has one."""
        service = self.service
        return home(person, service.incidents(), service.team(), service.plan(), self.now())

    def platforms(self) -> Mapping[str, Platform]:
        """The hands of every chosen platform."""
        found: dict[str, Platform] = {}
        if self.settings.sandbox_served:
            found["sandbox"] = Sandbox(self.sandbox, self.now, lambda person: person in self.plans.current.people)
        return found | {name: side.hands for name, side in self.sides.items()}

    def engine(self) -> Engine:
        service = self.service
        told = (service.record_outcome, self.now, service.drawn, service.mark_platform)
        source = Source(service.draw, self.file, self.address, *told)
        alone = self.database.is_sqlite
        letters = ways.outside(self.settings, service, self.sandbox.settle(ways.HOUSE, new_secret()), self.now)
        return Engine(self.database, self.platforms(), source, self.name, Habits(alone=alone), outside=letters)

    def address(self, path: str) -> str:
        """A whole URL for a path of ours."""
        return path if path.startswith("http") else f"{self.settings.address}{path}"

    @cached_property
    def board(self) -> Board:
        """The public status page as this process serves it."""
        return public.board(self.settings, self.plans, self.catalogue, self._published, self.now)

    def _published(self, since: datetime | None) -> tuple[Publication, ...]:
        with self.database.read() as connection:
            return publications.listed(connection, since or datetime.fromtimestamp(0, UTC))

    # --- words --------------------------------------------------------------------------------------------------------------

    def humans(self) -> tuple[Human, ...]:
        return _humans(self.plans.current)

    def language_of(self, person: str) -> Language:
        return people.language(self.plans.current, self.service.team(), person)

    def viewer(self, person: str, language: Language | None = None) -> Viewer:
        tongue = language or self.language_of(person)
        zone, names = ZoneInfo(self.plans.current.time_zone), self.directory.names(tongue)
        return Viewer(person, tongue, zone, self.now(), names, self.catalogue)

    def document(self, record: str, template: str, language: Language | None = None) -> str | None:
        """A document about a record: `postmortem` as Markdown, `duty:<id>` the draft of a report as text."""
        state = self.service.incident(record)
        if state is None:
            return None
        plan = self.service.plan_of(record)
        kind, _, id = template.partition(":")
        if kind == "duty":
            duty = duty_clocks.find(state, id)
            return duty_paper.text(state, plan, duty) if duty and id in plan.obligations else None
        viewer = self.viewer("", language or plan.language)
        entries = timeline.timeline(self.service.events(record), plan)

        def words(text: Text) -> str:
            return render(text, viewer.language, viewer.zone, viewer.names, viewer.catalogue)

        return scripts.render(f"documents/{template}.md.j2", **postmortem(state, entries, plan), words=words)

    def evidence(self, record: str, person: str | None = None) -> bytes | None:
        """The evidence pack; for a person only where they may have it. None: there is none, or not for them."""
        state = self.service.incident(record)
        if state is None or (person is not None and not rights.may("record.evidence", person, state, self.service.world(record))):
            return None
        zone = ZoneInfo(self.service.plan_of(record).time_zone)

        def words(text: Text, language: Language) -> str:
            return render(text, language, zone, self.directory.names(language), self.catalogue)

        found = casefile.case(self.service, record, words, lambda record, language: self.document(record, "postmortem", language))
        return pack(found) if found else None

    def file(self, record: str, template: str) -> bytes:
        return (self.document(record, template) or "").encode()

    # --- the sandbox --------------------------------------------------------------------------------------------------------

    def situation(self, record: str) -> Situation | None:
        state = self.service.incident(record)
        if state is None:
            return None
        plan = self.service.plan_of(record)
        return glance(state, plan, life.deadlines(state, plan))

    @property
    def _own_time(self) -> bool:
        """The clock may be moved only where nobody but the sandbox lives by it."""
        return self.settings.chosen == ("sandbox",)

    def advance(self) -> Text:
        """Move the sandbox's hands to the next deadline and ring what is due there."""
        if not self._own_time:
            return line("接了别的平台，时间不能快进。")
        wanted = self.clock.next_deadline()
        if wanted is None:
            return line("现在没有等着的时限。先报一个故障。")
        rung = self._forward(wanted)
        return line("快进到 {at}，到点的事 {n} 件。", at=When(self.now()), n=rung)

    def leap(self, minutes: int, until: str) -> None:
        """Move them so many minutes on, or until the next such hour of the week, ringing on the way; (0, "") is `advance`."""
        if not self._own_time:
            return
        if not minutes and not until:
            self.advance()
            return
        wanted = _next_hour(until, self.now(), ZoneInfo(self.plans.current.time_zone)) if until else self.now() + timedelta(minutes=minutes)
        while (due := self.clock.next_deadline()) is not None and due < wanted and self._forward(due):
            pass
        self._forward(wanted)

    def _forward(self, wanted: datetime) -> int:
        if wanted > self.now():
            self.now.offset += wanted - self.now() + timedelta(milliseconds=50)
            self.sandbox.set(OFFSET, str(self.now.offset.total_seconds()))
        return self.clock.ring_due()

    def examples(self) -> Sequence[tuple[str, Sequence[tuple[str, Card]]]]:
        """Every view's examples, drawn."""
        plan = self.plans.current
        return [(name, [(e.name, views.VIEWS[name](e.state, plan, e.args)) for e in found]) for name, found in views.examples(plan).items()]

    def set_language(self, person: str, language: Language) -> None:
        request = Request(f"sandbox:language:{person}:{self.now().timestamp()}", person, "sandbox", self.now())
        self.service.run(request, "team", ChooseLanguage(language), lambda outcome: Toast(""))

    @cached_property
    def ears(self) -> SandboxEars:
        """The doors of the sandbox: browsers, the scene player and the flow tests come through these."""
        return SandboxEars(
            handlers.COMMANDS, handlers.ACTIONS, handlers.FORMS, handlers.HOOKS, self.service, self.sandbox, self.now, self.humans,
            self.language_of, handlers.PREVIEWS,
        )  # fmt: skip

    def sandbox_pages(self) -> SandboxPages:
        presence, ears = Presence(), self.ears
        player = scene.Player(scenes(), ears, self.sandbox, presence.__contains__, self.leap)
        zone = ZoneInfo(self.plans.current.time_zone)
        scenery = Scenery(self.sandbox, self.humans, self.situation, self.catalogue, zone, self.now, self.language_of)
        starter: tuple[str, Text] = ("wangmin", Bi("上海仓下单报错，10 分钟前开始", "Ordering fails in Shanghai since 10 min ago"))
        html = environment(ROOT / "templates" / "web")
        doors = (self.advance, self.set_language, self.links.record_link)
        return SandboxPages(Wiring(ears, scenery, self.bell, html, player, presence, starter, *doors))


def _room_name(slot: str, plan: Plan) -> Text:
    kind, _, group = housing.plain(slot).partition(":")
    name: Text = line("作战群") if kind == "war" else plan.groups[group].name if group in plan.groups else group
    return line("{room}（重开后）", room=name) if slot != housing.plain(slot) else name


def _next_hour(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The next "Mon 20:10" there."""
    day, clock = text.split()
    there = now.astimezone(zone)
    hour, minute = map(int, clock.split(":"))
    wanted = there.replace(hour=hour, minute=minute, second=0, microsecond=0)
    wanted += timedelta(days=(DAYS.index(day) - there.weekday()) % 7)
    return wanted if wanted > there else wanted + timedelta(days=7)


def scenes() -> tuple[scene.Scene, ...]:
    """The demo's scenes, data/demo/*.yaml."""
    return tuple(scene.Scene.model_validate(document(path)) for path in sorted((ROOT / "data" / "demo").glob("*.yaml")))


def _open(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _humans(plan: Plan) -> tuple[Human, ...]:
    """Everybody of the plan with the post they are known by."""
    return tuple(
        Human(p.id, p.name, p.name_en, post.short if post else "", plan.groups[post.group].name if post else "")
        for p in plan.people.values()
        for post in (plan.posts[p.posts[0]] if p.posts else None,)
    )


# --- putting it together ----------------------------------------------------------------------------------------------------


@contextmanager
def build(settings: Settings, now: Now | None = None, worker: bool = True) -> Iterator[App]:
    """A bot on the settings' database (brought to this version), not started: no clock rings, no effect is performed.

    Without a `worker` it promises effects for the workers of other processes.
    """
    migrate(settings.database_url)
    database = Database(settings.database_url)
    try:
        yield _house(settings, database, now or Now(), worker)
    finally:
        database.close()


def _house(settings: Settings, database: Database, now: Now, worker: bool) -> App:
    plans = Plans(settings.plan_dir)
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    chosen = settings.chosen
    service = Service(
        database, rules(), lambda: plans.current, now, chosen, worker=name if worker else None, opens_empty=OPENS_EMPTY.intersection(chosen)
    )
    house = App(settings, database, plans, Catalogue.load(ROOT / "data" / "locale" / "en"), now, service, name)
    service.record_link = lambda person, record: house.links.record_link(person, record)
    if settings.chosen == ("sandbox",):
        now.offset = timedelta(seconds=float(house.sandbox.setting(OFFSET) or 0))
    return house


@asynccontextmanager
async def running(house: App, worker: bool = True, ears: bool = True) -> AsyncIterator[None]:
    """Start the hands and the clock, open the standing rooms, watch the plan, listen; stop all of it in order."""
    engine = house.engine() if worker else None
    if engine is not None:
        house.service.on_promise(engine.wake)
        await engine.start()
        house.clock.start()
    await asyncio.to_thread(house.service.ensure_standing)
    chores = [asyncio.create_task(chore) for chore in (_watch(house.plans), _tidy(house.service), _look_up(house.directory))]
    for side in house.sides.values():
        await side.start(hands=worker, ears=ears)
    try:
        yield
    finally:
        for side in house.sides.values():
            await side.hush()
        for chore in chores:
            chore.cancel()
        house.bell.close()
        if engine is not None:
            await asyncio.to_thread(house.clock.stop)
            await engine.stop()
        for side in house.sides.values():
            await side.stop()


async def _look_up(directory: Directory, every: float = 1.0) -> None:
    """Who has been met, bound or changed by another process, or in the plan."""
    while True:
        await asyncio.sleep(every)
        with contextlib.suppress(Unavailable):
            await asyncio.to_thread(directory.refresh)


async def _tidy(service: Service, every: float = 3600.0) -> None:
    """What is kept only for redelivered requests does not grow for ever."""
    while True:
        await asyncio.sleep(every)
        await asyncio.to_thread(service.tidy)


async def _watch(plans: Plans, every: float = 2.0) -> None:
    """A changed plan is taken when it is valid; when not, its errors are said once and the old one stays."""
    told: tuple[object, ...] = ()
    while True:
        await asyncio.sleep(every)
        changed = await asyncio.to_thread(plans.refresh)
        if changed:
            print(f"plan v{plans.current.version} ({plans.current.hash}) is in force", file=sys.stderr)
        if plans.errors and plans.errors != told:
            print(*plans.errors, sep="\n", file=sys.stderr)
        told = plans.errors


def web(house: App, worker: bool = True) -> Any:
    """The HTTP side with everything running inside its lifespan."""

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        async with running(house, worker), contextlib.AsyncExitStack() as stack:
            stack.callback(asyncio.create_task(public.follow(house.board)).cancel)
            if house.settings.sandbox_served:
                player = asyncio.create_task(pages.player.run())
                stack.callback(player.cancel)
            yield

    pages = house.sandbox_pages()
    html = environment(ROOT / "templates" / "web")
    pages_of_records = record_pages(house.links, house.record_page, house.viewer, html, house.evidence)
    routers = [pages_of_records, status_pages(house.board, house.plans.current.language)]
    routers += [router for side in house.sides.values() if (router := side.router()) is not None]
    if house.settings.sandbox_served:
        routers += [pages.router(), gallery(house.examples, lambda language: house.viewer("", language), html)]
    return make_app(routers, _ready(house), "/sandbox/" if house.settings.sandbox_served else None, cast(Any, lifespan))


def _ready(house: App) -> Callable[[], Mapping[str, bool | str]]:
    def ready() -> Mapping[str, bool | str]:
        try:
            house.database.now()
        except Unavailable:
            return {"database": False}
        heard = {name: side.coming or True for name, side in house.sides.items()}
        return {"database": True, "plan": not house.plans.errors, **heard}

    return ready


def serve(settings: Settings, worker: bool = True) -> None:
    """Web, ears and worker in one process, until it is told to stop."""
    with build(settings, worker=worker) as house:
        Server(web(house, worker), settings.host, settings.port, house.bell.close).run()


def work(settings: Settings) -> None:
    """The worker alone."""
    with build(settings) as house:
        stop = threading.Event()

        async def until_stopped() -> None:
            async with running(house, ears=False):
                await asyncio.to_thread(stop.wait)

        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(until_stopped())


def demo(settings: Settings) -> None:
    """The sandbox on its own database, with its address printed."""
    print(f"烽火 Fenghuo: {settings.address}/", flush=True)
    serve(settings)
