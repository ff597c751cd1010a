"""A response with words to the outside, under a small plan of its own: whom, who signs, how, when."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any, Literal

from bot.core import life
from bot.core.commands import Activate, Arrive, Attest, EndResponse, PassCheck, ReportIncident, Ring, StartVerification, TakeRole
from bot.core.conditions import attested, conditions, signable, signers
from bot.core.due import Deadline
from bot.core.incident import PersonId
from bot.core.outward import approval
from bot.core.outward.commands import ApproveNotice, AskApproval, DraftNotice, MarkDelivered, RecordDelivery, SendNotice
from bot.core.outward.letter import Letter
from bot.core.outward.notices import find, letter
from bot.core.outward.state import Notice
from bot.core.people import Team
from bot.core.verification import verifiers
from bot.core.world import World
from bot.effects import Deliver
from bot.plan.schema import Plan
from bot.plan.schema.comms import Comms
from bot.words import Bi
from tests.core.drive import ADMIN, BIZ, OPS, PR, PROJECT, SERVICE, TECH, TESTER, Drive, report_of
from tests.core.drive import plan as whole

SECOND_PR, SECOND_BIZ = "jiangwen", "songlan"
TEXT = Bi("下单异常，正在处理。", "Ordering is disturbed; work continues.")

_BI = {"zh": "话", "en": "word"}


def _audience(drafter: str, vias: list[str], approval: dict[str, list[str]], **cells: Any) -> dict[str, object]:
    none = {"need": "none"}
    empty = dict.fromkeys(("minor", "severe", "major"), none)
    phases = {phase: {**empty, **cells.get(phase, {})} for phase in ("initial", "update", "resolved")}
    return {"name": _BI, "drafter": drafter, "vias": vias, "approval": approval, **phases}


def _script(audience: str, phase: str, *requires: str, vias: tuple[str, ...] = ()) -> dict[str, object]:
    return {"name": {"zh": f"{audience}{phase}", "en": f"{audience} {phase}"}, "audience": audience, "phase": phase, "variables": [],
            "requires": list(requires), "vias": list(vias)}  # fmt: skip


def _contact(audience: str, *addresses: tuple[str, str], language: str = "zh-CN", sites: tuple[str, ...] = ()) -> dict[str, object]:
    reached = [{"via": via, "to": to} for via, to in addresses]
    return {"name": _BI, "audience": audience, "language": language, "addresses": reached, "owner": SERVICE, "checked": "2026-11-01",
            "sites": list(sites)}  # fmt: skip


COMMS: dict[str, Any] = {
    "audiences": {
        "internal": _audience(
            "scribe", ["room"], {"minor": [], "severe": [], "major": []}, initial={"severe": {"need": "required", "due": 20}},
        ),
        "customer": _audience(
            "service", ["status", "room", "mail", "sms"],
            {"minor": ["service"], "severe": ["external_liaison", "business_lead"], "major": ["commander", "pr"]},
            initial={"severe": {"need": "required", "due": 60}, "major": {"need": "required", "due": 30}},
            update={"severe": {"need": "required", "every": 60}, "major": {"need": "required", "every": 30, "every_after_2h": 60}},
            resolved={"severe": {"need": "required", "due": 60}, "major": {"need": "required", "due": 30}},
        ),
        "supplier": _audience(
            "procurement", ["mail", "phone"], {"minor": ["procurement"], "severe": ["biz_lead_on_incident"], "major": ["commander"]},
            initial={"severe": {"need": "required", "due": 60}, "major": {"need": "required", "due": 30}},
            update={"severe": {"need": "required", "every": 120}}, resolved={"severe": {"need": "required", "due": 60}},
        ),
        "media": _audience("external_liaison", ["mail"], {"minor": ["pr"], "severe": ["pr", "commander"], "major": ["commander", "pr"]}),
    },
    "variables": {},
    "scripts": {
        "internal_update": _script("internal", "update"),
        "customer_initial": _script("customer", "initial", "confirmed"),
        "customer_update": _script("customer", "update"),
        "customer_resolved": _script("customer", "resolved", "recovered"),
        "supplier_initial": _script("supplier", "initial", "confirmed"),
        "supplier_resolved": _script("supplier", "resolved", "recovered"),
        "media_initial": _script("media", "initial", "confirmed"),
        "media_resolved": _script("media", "resolved", "recovered", "cause_proven"),
        "data_notice": _script("customer", "special", "data_confirmed", vias=("mail", "sms")),
    },
    "wording": {
        "speculation": {"name": _BI, "kind": "speculation", "words": ["可能是"], "words_en": ["may be because"], "advice": _BI},
        "personal": {"name": _BI, "kind": "personal", "patterns": ["1[3-9]\\d{9}"], "advice": _BI, "forbids": True},
    },
    "contacts": {
        "chain": _contact("customer", ("room", "@customers"), ("mail", "supply@chain.example")),
        "bistro": _contact("customer", ("mail", "kitchen@bistro.example"), language="en"),
        "hospital": _contact("customer", ("sms", "139-0000-0212"), sites=("beijing",)),
        "farm": _contact("supplier", ("mail", "farm@farm.example"), ("phone", "139-0000-0201")),
        "press": _contact("media", ("mail", "press-list@news.example")),
    },
    "rooms": {"customers": {"name": _BI, "audience": "customer", "platform": "slack"}},
    "status": {"components": {"ordering": {"name": _BI, "services": ["order"]}, "phone": {"name": _BI, "services": ["cs"]}}},
    "approve_min": 10, "valid_min": 30, "remind_min": 10,
}  # fmt: skip


@cache
def plan() -> Plan:
    return whole().model_copy(update={"comms": Comms.model_validate(COMMS)})


class Desk(Drive):
    """One record under that plan."""

    @property
    def world(self) -> World:
        return World(plan(), self.now, Team(), "INC-1")

    def planned(self) -> tuple[Deadline, ...]:
        return life.deadlines(self.incident, plan())

    def wait(self, **span: float) -> None:
        until = self.now + timedelta(**span)
        while due := [deadline for deadline in self.planned() if deadline.at <= until]:
            first = min(due, key=lambda deadline: deadline.at)
            self.now = max(self.now, first.at)
            self.do(Ring(first.kind, first.subject, first.at))
        self.now = until

    def notice(self, id: str = "n1") -> Notice:
        found = find(self.incident, id)
        assert found is not None
        return found

    def left(self) -> list[Deliver]:
        """What was promised to leave."""
        return [effect for effect in self.effects if isinstance(effect, Deliver)]

    def letters(self) -> list[Letter]:
        """What a channel would get now for everything that was promised."""
        found = [letter(self.incident, plan(), one.notice, one.delivery, one.digest) for one in self.left()]
        return [one for one in found if one]

    def draft(
        self, script: str = "customer_initial", by: PersonId = SERVICE, text: Bi = TEXT, next_in: int | None = 40, **more: Any
    ) -> str:
        """The id of a new notice; the next update is promised in `next_in` minutes."""
        promised = self.now + timedelta(minutes=next_in) if next_in else None
        self.do(DraftNotice(script, {}, text, text, next_at=promised, **more), by)
        return self.incident.outward.notices[-1].id

    def asked(self, script: str = "customer_initial", by: PersonId = SERVICE, **more: Any) -> str:
        id = self.draft(script, by, **more)
        self.do(AskApproval(id), by)
        return id

    def approved(self, script: str = "customer_initial", by: PersonId = SERVICE, **more: Any) -> str:
        """Signed for every seat by the first who may."""
        id = self.asked(script, by, **more)
        while self.notice(id).state == "asked":
            self.do(ApproveNotice(id), approval.asked(self.incident, self.notice(id), self.world)[0])
        return id

    def sent(self, script: str = "customer_initial", by: PersonId = SERVICE, **more: Any) -> str:
        id = self.approved(script, by, **more)
        self.do(SendNotice(id), by)
        return id

    def arrive(self, id: str, kind: Literal["sent", "failed", "doubt"] = "sent") -> None:
        """The engine's word about everything of a notice that is on its way; people send the rest."""
        for one in self.notice(id).deliveries:
            if one.state == "waiting":
                self.do(RecordDelivery(id, one.id, one.tries, kind, "550 no such user" if kind == "failed" else ""))
            elif one.state == "by_hand":
                self.do(MarkDelivered(id, one.id), SERVICE)


def responding(level: str = "severe", mode: Literal["real", "drill"] = "real") -> Desk:
    """Activated a minute after its report, with a commander."""
    desk = Desk()
    desk.do(ReportIncident(report_of(), mode), SERVICE)
    desk.wait(minutes=1)
    desk.do(Activate(level, "大面积"), TECH)
    if desk.incident.commander != TECH:
        desk.do(TakeRole("commander"), TECH)
    return desk


def pre_activated() -> Desk:
    """Nobody decided in time, so the bot called people, and nothing more."""
    desk = Desk()
    desk.do(ReportIncident(report_of()), SERVICE)
    desk.wait(hours=1)
    assert desk.incident.activation
    assert desk.incident.activation.pre
    return desk


def recovered(desk: Desk) -> Desk:
    """Repaired and verified by others; the observation runs, or waits for the word to the outside alone."""
    for person in (TESTER, SERVICE, PR, ADMIN, BIZ):
        if any(person in call.ringing for call in desk.incident.calls):
            desk.do(Arrive(), person)
    desk.do(StartVerification("撤回更新", (OPS,)), TECH)
    usual = {"verifier_tech": TESTER, "verifier_biz": SERVICE}
    for check in desk.incident.checks:
        if check.role in usual:
            desk.do(PassCheck(check.id), (*verifiers(desk.incident, check, plan()), usual[check.role])[0])
    return desk


def end(desk: Desk) -> None:
    """What is left is verified, observed, attested and signed."""
    for check in desk.incident.checks:
        if check.state == "open":
            desk.do(PassCheck(check.id), PR)
    desk.wait(minutes=61)
    for condition in conditions(desk.incident, plan()):
        if signable(condition) and not attested(desk.incident, condition):
            desk.do(Attest(condition.id, "已核对"), signers(desk.incident, condition, plan())[0])
    for seat in (TECH, BIZ, PROJECT):
        desk.do(EndResponse("平稳"), seat)
