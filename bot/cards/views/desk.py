"""Which cards must exist now, and where: the one place that decides what the bot says in cards (architecture 7, 15).

The order is the order of creation. What once stood stays in the list and ends as a finished card, so that no stale button is left.
Kept short on purpose: a 严重 incident must stay under twelve messages in its room in the first hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.cards.views import report
from bot.cards.views.placed import Placed
from bot.core import housing
from bot.core.incident import SIDES, Absence, Incident
from bot.core.outward import duty_clocks
from bot.plan.schema import Plan


def desk(state: Incident, plan: Plan) -> tuple[Placed, ...]:
    """Every card of the record as things stand, in the rooms where it lives now (bot.core.housing)."""
    cards = (*_report(state), *_response(state, plan), *_recovery(state))
    return tuple(_housed(state, card) for card in cards) if state.moves else cards


def _housed(state: Incident, card: Placed) -> Placed:
    if not housing.own(card.room):
        return card
    return replace(card, room=housing.known(state, card.room), slot=housing.known(state, card.slot))


def _told(state: Incident, at: datetime) -> bool:
    """Said in an earlier room and over: it stays there and is not said to everybody once more."""
    return state.moved_at is not None and at < state.moved_at


def _report(state: Incident) -> Iterator[Placed]:
    """From the first line of the report on."""
    yield Placed("war", "status", "status", pin=True)
    if state.warning is None or state.stage != "warning":
        for side in SIDES:
            yield Placed("war", f"grade:{side}", "grading", (("side", side),))
    yield Placed("@ecc", "centre", "centre")
    yield Placed("@report", "notice", "notice")
    for person in dict.fromkeys(assessor.person for assessor in state.assessors):
        yield Placed(f"dm:{person}", f"assess:{person}", "assess", (("person", person),))
    if housing.known(state, "war") in state.waited:
        for person in report.kept_waiting(state):
            yield Placed(f"dm:{person}", f"receipt:{person}", "receipt", (("person", person),))


def _response(state: Incident, plan: Plan) -> Iterator[Placed]:
    """From the activation on: who is called, what is done, what is decided."""
    if state.calls:
        news = any(not _told(state, attempt.at) for call in state.calls for attempt in call.attempts)
        loud = news and state.level is not None and plan.severities[state.level].mention_all
        yield Placed("war", "roll", "roll", mention_all=loud)
    for person in dict.fromkeys(attempt.person for call in state.calls for attempt in call.attempts):
        yield Placed(f"dm:{person}", f"call:{person}", "summons", (("person", person),))
    for found in state.checklists:
        if _told(state, found.loaded_at) and all(item.state in ("done", "skipped") for item in found.items):
            continue
        yield Placed("war", f"list:{found.id}", "checklist", (("list", found.id),))
    for rule in state.prompts:
        if _told(state, rule.at):
            continue
        yield Placed("war", f"prompt:{rule.rule}", "prompt", (("rule", rule.rule),))
    if state.handover is not None:
        yield from _handover(state)
    for gone in state.absences.values():
        if not _told(state, gone.at):
            yield from _absence(state, gone)
    if state.tasks:
        yield Placed("war", "tasks", "tasks")
    for task in state.tasks:
        yield Placed(f"dm:{task.owner}", f"task:{task.id}", "task", (("task", task.id),))
    for sent in state.broadcasts:
        if _told(state, sent.at):
            continue
        yield Placed("war", f"bc:{sent.id}", "broadcast", (("broadcast", sent.id),), mentions=sent.to)
    if state.figures:
        yield Placed("war", "impact", "impact")
    if state.causes:
        yield Placed("war", "causes", "causes")
    for measure in state.measures:
        if _told(state, measure.at) and measure.state in ("rejected", "executed"):
            continue
        boss = (state.commander,) if state.commander else ()
        yield Placed("war", f"measure:{measure.id}", "measure", (("measure", measure.id),), mentions=boss)
    for notice in state.outward.notices:
        if not (_told(state, notice.at) and notice.state in ("sent", "withdrawn")):
            yield Placed("war", f"letter:{notice.id}", "letter", (("letter", notice.id),))
    yield from _asked(state, plan)
    for sitrep in state.sitreps:
        for room, slot in (("war", ""), ("@ecc", ":ecc"), ("@report", ":report")):
            if room == "war" and _told(state, sitrep.at):
                continue
            yield Placed(room, f"sitrep:{sitrep.number}{slot}", "sitrep", (("number", str(sitrep.number)),))


def _asked(state: Incident, plan: Plan) -> Iterator[Placed]:
    """What is asked from outside, the answers that wait for signatures, and what may have to be reported."""
    outward = state.outward
    if outward.inquiries:
        yield Placed("war", "inquiries", "inquiries")
    for topic in outward.topics:
        if topic.text and topic.needed and topic.at and not _told(state, topic.at):
            yield Placed("war", f"answer:{topic.id}", "answer", (("topic", topic.id),))
    for duty in outward.duties:
        known = plan.obligations.get(duty.id)
        owner = state.roles.get(known.owner) if known and known.owner else None
        yield Placed("war", f"duty:{duty.id}", "duty", (("duty", duty.id),), mentions=(owner.person,) if owner else ())
        if state.stage == "closed" and list(duty_clocks.legs(state, plan, duty)):
            yield Placed("@ecc", f"duty:{duty.id}:after", "duty", (("duty", duty.id), ("after", "1")))


def _handover(state: Incident) -> Iterator[Placed]:
    assert state.handover is not None
    role, taker = state.handover.role, state.handover.taker
    yield Placed("war", "handover", "handover", (("role", role),))
    yield Placed(f"dm:{taker}", f"handover:{taker}", "handover", (("role", role),))


def _absence(state: Incident, gone: Absence) -> Iterator[Placed]:
    """Asked in the room, and of whoever left where they still read it."""
    args = (("person", gone.person), ("times", str(gone.times)))
    boss = (state.commander,) if state.commander and state.commander != gone.person else ()
    yield Placed("war", f"left:{gone.person}:{gone.times}", "left", args, mentions=(gone.person, *boss))
    yield Placed(f"dm:{gone.person}", f"left:{gone.person}:{gone.times}:dm", "left", args)


def _recovery(state: Incident) -> Iterator[Placed]:
    """From the repair to the archive."""
    if state.checks:
        yield Placed("war", "verify", "verify")
    if state.stage == "observing" or state.ending is not None:
        yield Placed("war", "end", "end")
    if state.ending is not None and state.ending.ended_at is not None:
        yield Placed("war", "after", "after")
