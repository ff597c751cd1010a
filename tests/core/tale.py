"""An incident told step by step against the real plan: commands by people, a clock moved by hand, what the world was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.catalogue import Catalogue, render
from bot.core import life
from bot.core.commands import Command, ReportIncident, Ring
from bot.core.events import Event, Stamp
from bot.core.hearing import Vocabulary, hear
from bot.core.incident import Incident, Report
from bot.core.people import Team
from bot.core.world import World
from bot.effects import Effect
from bot.plan.load import load
from bot.plan.schema import Plan
from bot.words import Text

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 11, 23, 20, 10, tzinfo=SHANGHAI)


@cache
def real_plan() -> Plan:
    return load(Path(__file__).parents[2] / "data" / "plan")


@dataclass
class Tale:
    """`told` is what the last step asked of the world."""

    plan: Plan = field(default_factory=real_plan)
    now: datetime = EVENING
    team: Team = field(default_factory=Team)
    record: str = "INC-1"
    found: Incident | None = None
    told: tuple[Effect, ...] = ()
    events: list[tuple[Event, Stamp]] = field(default_factory=list[tuple[Event, Stamp]])  # slow to infer

    @property
    def state(self) -> Incident:
        assert self.found is not None
        return self.found

    @property
    def world(self) -> World:
        return World(self.plan, self.now, self.team, self.record)

    def do(self, command: Command, by: str | None) -> tuple[Event, ...]:
        events = life.decide(self.found, command, by, self.world)
        before = self.found
        stamped = tuple((event, Stamp(self.now, by, len(self.events) + number)) for number, event in enumerate(events, 1))
        for event, stamp in stamped:
            after = life.evolve(self.found, event, stamp)
            assert isinstance(after, Incident)
            self.found = after
        self.events += stamped
        self.told = life.react(before, stamped, self.state, self.world)
        return events

    def ring_due(self) -> tuple[Event, ...]:
        """Ring every deadline that has come, as the clock would, until none is left."""
        rung: list[Event] = []
        for _ in range(200):
            due = sorted((d for d in life.deadlines(self.state, self.plan) if d.at <= self.now), key=lambda d: d.at)
            if not due:
                return tuple(rung)
            rung += self.do(Ring(due[0].kind, due[0].subject, due[0].at), None)
        raise AssertionError(f"{due[0]} rings for ever")

    def advance(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
        self.ring_due()

    def read(self, text: Text) -> str:
        names = {person.id: person.name for person in self.plan.people.values()}
        return render(text, "zh-CN", SHANGHAI, names, _catalogue())


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(Path(__file__).parents[2] / "data" / "locale" / "en")


def report(words: str, now: datetime = EVENING, reporter: str = "wangmin") -> Report:
    plan = real_plan()
    heard = hear(words, now, SHANGHAI, Vocabulary.of(plan))
    return Report(
        symptom=heard.symptom, words=words, started_at=heard.started.at if heard.started else None,
        started_text=heard.started.text if heard.started else "", discovered_at=now, scope=heard.scope, services=heard.services,
        links=heard.links, sites=heard.sites, unknown=heard.unknown, reporter=reporter, source="chat",
    )  # fmt: skip


def reported(words: str, reporter: str = "wangmin") -> Tale:
    tale = Tale()
    tale.do(ReportIncident(report(words, reporter=reporter)), reporter)
    return tale
