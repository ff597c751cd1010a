"""The blanks of a script: what the incident, its impact and the plan know, and what is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from bot.core.commands import AddToReport, Command, LoadPlaybook, ProveCause, ReportImpact, SendUpdate, SuspectCause
from bot.core.incident import Figure
from bot.core.outward.variables import FILLS, known, missing, shown
from bot.plan.schema import Plan
from bot.plan.schema.comms import Comms, Script
from bot.words import Bi
from tests.core.drive import OPS, SERVICE, START, TECH
from tests.core.outward.desk import COMMS, Desk, recovered, responding
from tests.core.outward.desk import plan as small

INSERT = {"zh": "已启用人工协助。", "en": "Our staff are helping by hand."}


@cache
def plan() -> Plan:
    """With every variable that the core fills, and some that it does not."""
    example = {"zh": "例", "en": "e.g."}
    sources = {**dict.fromkeys(FILLS, "incident"), "next_update": "incident", "impact": "impact", "what": "ask", "unheard_of": "incident",
               "severity_insert": "plan", "cadence": "plan", "hotline": "plan"}  # fmt: skip
    variables = {id: {"name": example, "source": source, "example": example} for id, source in sources.items()}
    variables["hotline"]["fill"] = {"zh": "400-000-0000", "en": "400-000-0000"}
    customer = {**COMMS["audiences"]["customer"], "insert": {"severe": INSERT}}
    made = {**COMMS, "variables": variables, "audiences": {**COMMS["audiences"], "customer": customer}}
    return small().model_copy(update={"comms": Comms.model_validate(made)})


def script(*variables: str) -> Script:
    return plan().comms.scripts["customer_update"].model_copy(update={"variables": variables})


def value(desk: Desk, variable: str) -> object:
    return known(desk.incident, plan(), script(variable), desk.now).get(variable)


def test_what_the_plan_fills() -> None:
    desk = responding()
    assert value(desk, "severity_insert") == Bi(INSERT["zh"], INSERT["en"])
    assert value(desk, "cadence") == Bi("60 分钟", "60 minutes")
    assert value(desk, "hotline") == Bi("400-000-0000", "400-000-0000")


def test_times_are_given_with_their_day_and_zone() -> None:
    assert shown(START, plan()) == Bi("11 月 23 日 20:30（北京时间）", "20:30 on 23 November (Beijing time)")
    abroad = plan().model_copy(update={"time_zone": "Asia/Kolkata"})
    assert shown(START, abroad) == Bi("11 月 23 日 18:00（UTC+5:30）", "18:00 on 23 November (UTC+5:30)")


def test_the_next_update_is_the_cadences_unless_there_is_none() -> None:
    desk = responding()
    assert value(desk, "next_update") == shown(desk.now + timedelta(minutes=60), plan())
    media = script("next_update").model_copy(update={"audience": "media"})
    assert known(desk.incident, plan(), media, desk.now) == {}


def test_what_nobody_knows_yet_is_asked_in_the_scripts_order() -> None:
    desk = responding()
    asked = missing(desk.incident, plan(), script("what", "started_at", "recovered_at", "impact", "unheard_of"), desk.now)
    assert [one.id for one in asked] == ["what", "recovered_at", "impact", "unheard_of"]


@pytest.mark.parametrize(
    ("command", "variable", "said"),
    [
        (SuspectCause("程序更新"), "cause_verified", None),
        (ReportImpact((Figure("orders", "260 笔", None, None, "客服", SERVICE, START),)), "impact",
         Bi("截至 20:30 260 笔", "260 笔 as of 20:30")),
        (SendUpdate({"situation": "撤回已完成"}), "now_state", "撤回已完成"),
        (AddToReport("上海仓", scope="上海仓下单"), "scope", "上海仓下单"),
        (LoadPlaybook("pb_manual_order"), "workaround", None),
    ],
)  # fmt: skip
def test_what_the_incident_fills(command: Command, variable: str, said: object) -> None:
    desk = responding()
    desk.do(command, TECH)
    found = value(desk, variable)
    assert found == said if said else found is None or isinstance(found, Bi)


def test_a_cause_fills_in_only_once_it_is_proven() -> None:
    desk = responding()
    desk.do(SuspectCause("程序更新"), OPS)
    assert value(desk, "cause_verified") is None
    desk.do(ProveCause(desk.incident.causes[0].id, "撤回后恢复"), TECH)
    assert value(desk, "cause_verified") == "程序更新"


def test_every_fill_gives_words_or_nothing_at_the_start_and_at_the_end() -> None:
    for desk in (responding(), recovered(responding())):
        found = known(desk.incident, plan(), script(*FILLS), desk.now)
        assert all(isinstance(one, str | Bi) and one for one in found.values())
    assert {"recovered_at", "verified_by", "commander", "level", "room"} <= set(found)


def test_hours_count_from_the_fault() -> None:
    desk = responding()
    assert value(desk, "hours") == "1"
    desk.state = replace(desk.incident, report=replace(desk.incident.report, started_at=desk.now - timedelta(hours=6, minutes=5)))
    assert value(desk, "hours") == "6"
