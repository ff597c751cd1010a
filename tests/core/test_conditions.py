"""Every closing condition says why it does not hold, and offers the button that opens that form or calls that person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.catalogue import Catalogue, render
from bot.core.commands import Arrive, AskWaiver, Attest, EndResponse, FailCheck, PassCheck, SendBroadcast, SetLevel, StartVerification
from bot.core.conditions import Unmet, conditions, either, unmet
from bot.plan.schema import Plan
from bot.words import LANGUAGES
from tests.core.drive import BIZ, OPS, PROJECT, SERVICE, TECH, TESTER, Drive, plan, responding
from tests.core.walk import attest_all, ended, observed, pass_all, verifying


def standing(drive: Drive, one: str | None = None, of: Plan | None = None) -> tuple[Unmet, ...]:
    found = unmet(drive.incident, of or plan(), drive.now)
    return found if one is None else tuple(each for each in found if each.condition == one)


def words(drive: Drive, one: str) -> str:
    [found] = standing(drive, one)
    names = {person.id: person.name for person in plan().people.values()}
    return render(found.text, "zh-CN", ZoneInfo("Asia/Shanghai"), names, Catalogue())


def checking(check: str) -> tuple[Plan, str]:
    """The plan with its fourth condition checked another way."""
    closing = plan().closing
    changed = closing.conditions[3].model_copy(update={"check": check, "attest_by": ()})
    listed = (*closing.conditions[:3], changed, *closing.conditions[4:])
    return plan().model_copy(update={"closing": closing.model_copy(update={"conditions": listed})}), changed.id


def test_the_conditions_are_those_of_the_level() -> None:
    assert [c.id for c in conditions(responding("minor").incident, plan())] == ["c1", "c2", "c3", "c7"]
    assert len(conditions(responding("major").incident, plan())) == 7


def test_an_ended_incident_lacked_nothing() -> None:
    assert standing(ended()) == ()


def test_before_verification_the_way_leads_there() -> None:
    [found] = standing(responding(), "c1")
    assert found.fix is not None
    assert found.fix.press.action == "verify.start"


def test_open_items_are_counted_and_the_first_two_named() -> None:
    assert words(verifying(), "c1").startswith("恢复验证：还差 12 项：健康检查与错误率恢复到基线 15 分钟；核心链路冒烟")


def test_the_button_of_an_open_item_passes_it_while_a_verifier_is_there_and_calls_one_otherwise() -> None:
    drive = verifying()
    assert [u.fix.press.action for u in standing(drive, "c1") if u.fix] == ["verify.pass"]
    alone = responding()
    alone.do(StartVerification("回滚", (OPS,)), TECH)
    assert [u.fix.press.action for u in standing(alone, "c1") if u.fix] == ["roll.call"]


def test_a_waiver_that_waits_is_decided_with_its_button() -> None:
    drive = verifying()
    drive.do(AskWaiver("v1", "没有基线"), TESTER)
    assert [u.fix.press.action for u in standing(drive, "c1") if u.fix] == ["verify.decide"]


def test_a_failed_item_is_still_open() -> None:
    drive = verifying()
    pass_all(drive)
    drive.do(FailCheck("v1", "又慢了"), TESTER)
    assert "还差 1 项" in words(drive, "c1")
    drive.do(PassCheck("v1"), TESTER)
    assert standing(drive, "c1") == ()


def test_a_higher_level_asks_for_more_items() -> None:
    drive = observed()
    drive.do(SetLevel("major", "影响扩大"), TECH)
    assert "还要加验 2 项" in words(drive, "c1")


def test_the_observation_says_how_long_it_still_takes() -> None:
    drive = verifying()
    pass_all(drive)
    drive.wait(minutes=12)
    assert words(drive, "c3") == "观察期：还要 18 分钟，到 21:01"
    drive.wait(minutes=18)
    assert standing(drive, "c3") == ()


def test_the_observation_is_over_with_its_time_even_before_its_bell() -> None:
    drive = verifying()
    pass_all(drive)
    assert drive.incident.observation is not None
    drive.now = drive.incident.observation.until
    assert standing(drive, "c3") == ()


def test_business_unaffected_names_the_open_lines_and_is_signed_by_the_business_side() -> None:
    drive = verifying()
    assert "行没完" in words(drive, "c2")
    drive.do(Attest("c2", "风险已接受"), BIZ)
    assert standing(drive, "c2") == ()


def test_a_condition_whose_signers_are_not_here_calls_one() -> None:
    drive = verifying()
    [found] = standing(drive, "c6")
    assert found.fix is not None
    assert found.fix.press.action in ("roll.call", "end.attest")
    lonely = responding()
    [away] = standing(lonely, "c6")
    assert away.fix is not None
    assert away.fix.press.action == "roll.call"


def test_the_signer_who_has_arrived_gets_the_form() -> None:
    drive = responding()
    drive.do(Arrive(), "suqing")  # administration, who may sign for resources
    assert [u.fix.press.action for u in standing(drive, "c6") if u.fix] == ["end.attest"]


def test_the_assessment_is_asked_for_then_the_missing_seats() -> None:
    drive = observed("major")
    attest_all(drive)
    assert "评估意见" in words(drive, "c7")
    drive.do(EndResponse("平稳"), TECH)
    assert words(drive, "c7") == "签认：还差签认：项目负责人、业务负责人"


def test_everybody_told_means_every_broadcast_confirmed() -> None:
    drive = verifying()
    changed, condition = checking("all_told")
    assert standing(drive, condition, changed) == ()
    drive.do(SendBroadcast("21:10 停止手工记单", ("tech",)), TECH)
    [found] = standing(drive, condition, changed)
    assert found.fix is not None
    assert found.fix.press.action == "broadcast.remind"


def test_business_unaffected_without_a_signer_is_proven_by_closed_lists() -> None:
    drive = verifying()
    changed, condition = checking("business_unaffected")
    [found] = standing(drive, condition, changed)
    assert found.fix is not None
    assert found.fix.press.action == "list.playbook"


def test_one_of_several_reads_as_a_sentence() -> None:
    catalogue, zone = Catalogue(), ZoneInfo("UTC")
    assert render(either(["甲"]), "zh-CN", zone, {}, catalogue) == "甲"
    assert render(either(["甲", "乙", "丙"]), "zh-CN", zone, {}, catalogue) == "甲、乙或丙"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_brace_is_left_unfilled_in_any_language(language: str) -> None:
    drive = observed("major")
    catalogue = Catalogue.load(Path("data/locale/en"))
    for one in standing(drive):
        assert "{" not in render(one.text, language, ZoneInfo("UTC"), {}, catalogue)  # type: ignore[arg-type]  # both of LANGUAGES


def test_the_clock_is_a_parameter() -> None:
    drive = verifying()
    pass_all(drive)
    assert not [u for u in unmet(drive.incident, plan(), datetime(2027, 1, 1, tzinfo=UTC)) if u.condition == "c3"]
    assert {TECH, PROJECT, SERVICE}  # the people of this story
