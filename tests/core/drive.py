"""Live through an incident without a service: commands in, events folded, the clock moved by hand, deadlines rung when they are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bot.core import life
from bot.core.commands import Activate, Command, ReportIncident, Ring, TakeRole
from bot.core.errors import Refused
from bot.core.events import Event, Stamp
from bot.core.incident import Incident, PersonId, Report
from bot.core.people import Team
from bot.core.world import World
from bot.effects import Effect, Say
from bot.plan.load import load
from bot.plan.schema import Plan

START = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)  # a Monday, 20:30 in Shanghai
TECH, BIZ, SERVICE, OPS, TESTER = "linyuan", "zhaojing", "wangmin", "hechuan", "sunyue"
PROJECT, DEVELOPER, ARCHITECT, ADMIN, PR = "chenhai", "wuhao", "zhoumu", "suqing", "xunuo"


@cache
def plan() -> Plan:
    return load(Path("data/plan"))


def report_of(symptom: str = "下单报错", reporter: PersonId = SERVICE, at: datetime = START) -> Report:
    return Report(symptom, symptom, at, "", at, "", ("order",), ("sales",), (), (), reporter, "chat")


class Drive:
    """One record and its clock. `do` folds what was decided and keeps the effects; `refused` gives the refusal instead."""

    def __init__(self, at: datetime = START) -> None:
        self.now = at
        self.state: Incident | None = None
        self.log: list[tuple[Event, Stamp]] = []
        self.effects: list[Effect] = []

    @property
    def world(self) -> World:
        return World(plan(), self.now, Team(), "INC-1")

    @property
    def incident(self) -> Incident:
        assert self.state is not None
        return self.state

    def do(self, command: Command, by: PersonId | None = None) -> tuple[Event, ...]:
        before = self.state
        events = life.decide(before, command, by, self.world)
        stamped = tuple((event, Stamp(self.now, by, len(self.log) + n)) for n, event in enumerate(events, 1))
        for event, stamp in stamped:
            after = life.evolve(self.state, event, stamp)
            assert isinstance(after, Incident)
            self.state = after
        self.log.extend(stamped)
        if stamped:
            self.effects.extend(life.react(before, stamped, self.incident, self.world))
        return events

    def refused(self, command: Command, by: PersonId | None = None) -> Refused:
        try:
            events = life.decide(self.state, command, by, self.world)
        except Refused as refusal:
            return refusal
        raise AssertionError(f"not refused: {events}")

    def wait(self, **span: float) -> None:
        """Let time pass; whatever falls due meanwhile rings at its time."""
        until = self.now + timedelta(**span)
        while due := [d for d in life.deadlines(self.incident, plan()) if d.at <= until]:
            first = min(due, key=lambda deadline: deadline.at)
            self.now = max(self.now, first.at)
            self.do(Ring(first.kind, first.subject, first.at))
        self.now = until

    def stage(self) -> str:
        return self.incident.stage

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event, _ in self.log]

    def said(self, room: str = "war") -> list[Say]:
        return [effect for effect in self.effects if isinstance(effect, Say) and effect.room == room]


def responding(level: str = "severe", commander: PersonId = TECH) -> Drive:
    """A reported, activated incident with a commander, one minute after its start."""
    drive = Drive()
    drive.do(ReportIncident(report_of()), SERVICE)
    drive.wait(minutes=1)
    drive.do(Activate(level, "大面积"), commander)
    if drive.incident.commander != commander:
        drive.do(TakeRole("commander"), commander)
    return drive
