"""The way to the end, step by step, so that a test begins where it means to."""

from __future__ import annotations

from bot.core.commands import Arrive, Attest, EndResponse, PassCheck, StartVerification
from bot.core.conditions import attested, conditions, signable, signers
from bot.core.verification import verifiers
from tests.core.drive import ADMIN, BIZ, OPS, PR, PROJECT, SERVICE, TECH, TESTER, Drive, plan, responding

ASSESSMENT = "系统和业务都已平稳"


def verifying(level: str = "severe") -> Drive:
    """Repaired by operations; tester, service, administration and public relations are there."""
    drive = responding(level)
    for person in (TESTER, SERVICE, PR, ADMIN, BIZ):
        if any(person in call.ringing for call in drive.incident.calls):
            drive.do(Arrive(), person)
    drive.do(StartVerification("回滚到 3.41", (OPS,)), TECH)
    return drive


def pass_all(drive: Drive) -> None:
    """Every open item is passed by the first person who may."""
    usual = {"verifier_tech": TESTER, "verifier_biz": SERVICE, "external_liaison": PR}
    for check in drive.incident.checks:
        if check.state == "open":
            drive.do(PassCheck(check.id), (*verifiers(drive.incident, check, plan()), usual[check.role])[0])


def observed(level: str = "severe") -> Drive:
    """Verified, and the observation is over."""
    drive = verifying(level)
    pass_all(drive)
    drive.wait(minutes=61)
    return drive


def attest_all(drive: Drive) -> None:
    for condition in conditions(drive.incident, plan()):
        if signable(condition) and not attested(drive.incident, condition):
            drive.do(Attest(condition.id, "已核对"), signers(drive.incident, condition, plan())[0])


def end(drive: Drive) -> None:
    """All three seats sign as far as needed."""
    for seat in (TECH, BIZ, PROJECT):
        drive.do(EndResponse(ASSESSMENT), seat)


def ended(level: str = "severe") -> Drive:
    drive = observed(level)
    attest_all(drive)
    end(drive)
    return drive
