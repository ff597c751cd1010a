"""What people see of a record, as functions from its state to a card; and `desk`, which says what cards must exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.cards.model import Card
from bot.cards.views import (
    after,
    checklist,
    duty,
    end,
    grade,
    handover,
    inquiry,
    left,
    letter,
    measure,
    report,
    roll,
    sitrep,
    status,
    verify,
    work,
)
from bot.cards.views.desk import desk
from bot.cards.views.examples import examples
from bot.cards.views.placed import Placed
from bot.core.incident import Incident
from bot.plan.schema import Plan

__all__ = ["VIEWS", "Placed", "desk", "examples"]

View = Callable[[Incident, Plan, Mapping[str, str]], Card]

VIEWS: Mapping[str, View] = {
    "status": status.status,
    "centre": report.centre,
    "notice": report.notice,
    "assess": report.assess,
    "receipt": report.receipt,
    "grading": grade.grade,
    "prompt": grade.prompt,
    "roll": roll.roll,
    "summons": roll.summons,
    "handover": handover.handover,
    "left": left.left,
    "checklist": checklist.checklist,
    "tasks": work.tasks,
    "task": work.task,
    "broadcast": work.broadcast,
    "impact": work.impact,
    "causes": work.causes,
    "measure": measure.measure,
    "letter": letter.letter,
    "inquiries": inquiry.inquiries,
    "answer": inquiry.answer,
    "duty": duty.duty,
    "sitrep": sitrep.sitrep,
    "verify": verify.verify,
    "end": end.end,
    "after": after.after,
}
"""By the name that `Placed` and the effects carry. A new view is a function here, a place in `desk` and an example in `story`."""
