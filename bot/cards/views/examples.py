"""Examples of every view, taken from one story: what the golden files, the gallery and the docs show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.cards.views.story import chapters
from bot.core.incident import Incident
from bot.plan.schema import Plan


@dataclass(frozen=True, slots=True)
class Example:
    """`name` tells examples of one view apart; `args` are what `Placed` would carry."""

    name: str
    state: Incident
    args: Mapping[str, str]


SHOWN: Mapping[str, tuple[tuple[str, Mapping[str, str]], ...]] = {
    "status": tuple(
        (chapter, {})
        for chapter in (
            "just_reported",
            "complete",
            "half_graded",
            "provisional",
            "graded",
            "overridden",
            "pre_activated",
            "activated",
            "nobody_left",
            "responding",
            "proposed",
            "handover_offered",
            "assembled",
            "update_late",
            "verifying",
            "observing",
            "end_signed",
            "ended",
            "reviewing",
            "closed",
            "reopened",
            "warned",
            "trouble",
            "cut_off",
            "cut_off_everywhere",
            "false_alarm",
            "merged",
            "minor",
            "drill",
            "telling",
            "telling_late",
            "shouted",
        )
    ),
    "centre": tuple((chapter, {}) for chapter in ("just_reported", "graded", "pre_activated", "responding", "ended")),
    "notice": tuple((chapter, {}) for chapter in ("just_reported", "complete", "responding", "ended", "drill")),
    "assess": (
        ("just_reported", {"person": "chenhai"}),
        ("just_reported", {"person": "zhoumu"}),
        ("half_graded", {"person": "zhoumu"}),
        ("graded", {"person": "wangmin"}),
        ("responding", {"person": "zhoumu"}),
    ),
    "receipt": (
        ("queued", {"person": "wangmin"}),
        ("queued", {"person": "chenhai"}),
        ("unqueued", {"person": "wangmin"}),
    ),
    "grading": (
        ("complete", {"side": "technical"}),
        ("half_graded", {"side": "technical"}),
        ("clock_asked", {"side": "technical"}),
        ("provisional", {"side": "technical"}),
        ("stopped", {"side": "technical"}),
        ("overridden", {"side": "business"}),
        ("responding", {"side": "business"}),
    ),
    "prompt": (("escalation", {"rule": "minor_long"}), ("escalated", {"rule": "minor_long"})),
    "roll": tuple((chapter, {}) for chapter in ("activated", "nobody_left", "one_missing", "assembled", "ended", "minor")),
    "summons": (
        ("activated", {"person": "zhengyan"}),
        ("activated", {"person": "dinglei"}),
        ("activated", {"person": "suqing"}),
        ("activated", {"person": "fanyu"}),
        ("assembled", {"person": "zhengyan"}),
        ("drill", {"person": "zhengyan"}),
        ("ended", {"person": "zhengyan"}),
    ),
    "handover": (("handover_offered", {"role": "commander"}), ("responding", {"role": "commander"})),
    "left": (
        ("commander_left", {"person": "chenhai"}),
        ("left_and_back", {"person": "hechuan"}),
        ("left_and_back", {"person": "wuhao"}),
    ),
    "checklist": (
        ("responding", {"list": "fc_code_defect"}),
        ("gate_locked", {"list": "fc_code_defect"}),
        ("approved", {"list": "fc_code_defect"}),
        ("responding", {"list": "pb_manual_order"}),
        ("end_signed", {"list": "fc_code_defect"}),
        ("responding", {"list": "fc_hardware"}),
    ),
    "tasks": tuple((chapter, {}) for chapter in ("responding", "end_refused")),
    "task": tuple(("responding", {"task": task}) for task in ("t1", "t2", "t3", "t4")),
    "broadcast": (("responding", {"broadcast": "b1"}), ("end_signed", {"broadcast": "b1"})),
    "impact": (("activated", {}), ("responding", {})),
    "causes": tuple((chapter, {}) for chapter in ("activated", "responding", "cause_proven")),
    "measure": tuple((chapter, {"measure": "m1"}) for chapter in ("proposed", "approved", "executing", "executed", "rejected", "shouted")),
    "letter": (
        *(("telling", {"letter": letter}) for letter in ("n1", "n2", "n3", "n4")),
        *(("told", {"letter": letter}) for letter in ("n1", "n2", "n3", "n4", "n5")),
        ("telling_drill", {"letter": "n1"}),
        ("responding", {"letter": "n1"}),
    ),
    "inquiries": (("inquired", {}), ("responding", {})),
    "answer": (
        *(("inquired", {"topic": topic}) for topic in ("k1", "k2", "k3")),
        ("inquired_back", {"topic": "k2"}),
    ),
    "duty": (
        *(("duty_asked", {"duty": duty}) for duty in ("cac_4h", "pipl_notice")),
        *(("duty_owed", {"duty": duty}) for duty in ("cac_4h", "pipl_notice")),
        *((chapter, {"duty": "cac_4h"}) for chapter in ("duty_late", "duty_reported", "duty_unneeded", "responding")),
    ),
    "sitrep": (("responding", {"number": "1"}), ("second_report", {"number": "1"}), ("second_report", {"number": "2"})),
    "verify": tuple((chapter, {}) for chapter in ("verifying", "observing", "reopened")),
    "end": tuple((chapter, {}) for chapter in ("observing", "end_refused", "end_signed", "ended")),
    "after": tuple((chapter, {}) for chapter in ("ended", "reviewing", "closed")),
}
"""Which chapters show a view at its best and at its worst, with the view's arguments."""


def examples(plan: Plan) -> Mapping[str, tuple[Example, ...]]:
    """By view, in the order to be shown, as incidents that run under `plan`."""
    told = {name: replace(state, plan_hash=plan.hash, plan_version=plan.version) for name, state in chapters().items()}
    return {
        view: tuple(Example(" ".join([chapter, *args.values()]), told[chapter], args) for chapter, args in shown)
        for view, shown in SHOWN.items()
    }
