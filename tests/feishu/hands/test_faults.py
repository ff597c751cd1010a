"""Every refusal of Feishu has a meaning, and words that name what to do."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from bot.catalogue import Catalogue
from bot.platforms.feishu.faults import FAULTS, MEANINGS, SCOPES, SINGLE, STALE, Refusal, Wait, meaning, scopes, unheard
from bot.words import line
from tests import parts
from tests.house.tree import HOUSE


@pytest.mark.oracle
def test_every_error_that_feishu_lists_for_our_calls_has_its_row() -> None:
    listed = json.loads((parts.ORACLES / "feishu_errors.json").read_text())
    codes = {int(code) for call in listed.values() for code in call["errors"]}
    assert sorted(codes - FAULTS.keys() - SCOPES) == []


@pytest.mark.oracle
def test_the_paces_are_those_that_feishu_lists() -> None:
    listed = json.loads((parts.ORACLES / "feishu_errors.json").read_text())
    assert {call["rate"] for call in listed.values()} == {"1000 次/分钟、50 次/秒"}


def test_an_error_means_one_thing() -> None:
    codes = [code for codes in MEANINGS.values() for code in codes.split()]
    assert sorted(code for code, times in Counter([*codes, *map(str, SINGLE), *map(str, SCOPES)]).items() if times > 1) == []


def test_a_missing_scope_is_named_with_its_fix() -> None:
    violations = [{"type": "action_scope_required", "subject": scope} for scope in ("im:chat", "im:chat:create")]
    found = meaning(99991672, {"code": 99991672, "msg": "Access denied.", "error": {"permission_violations": violations}})
    words = line("飞书应用缺权限 {scope}：在飞书开发者后台「权限管理」开通，发布新版本，再重试", scope="im:chat / im:chat:create")
    assert found == Refusal(words)


@pytest.mark.parametrize(
    ("msg", "named"),
    [
        (
            "One of these scopes is required: [im:chat, im:chat:create].应用尚未开通：https://x/auth?q=im:chat",
            ("im:chat", "im:chat:create"),
        ),
        ("Lack of necessary permissions, ext=need scope: im:message.group_msg", ("im:message.group_msg",)),
        ("[contact:user.employee_id:readonly]", ("contact:user.employee_id:readonly",)),
        ("no", ()),
    ],
)
def test_a_scope_that_stands_only_in_the_words_is_found_there(msg: str, named: tuple[str, ...]) -> None:
    assert scopes({"msg": msg}) == named


@pytest.mark.parametrize("data", [{}, {"msg": 7}, {"error": []}, {"error": {"permission_violations": [None, {"subject": 5}]}}])
def test_a_missing_scope_that_is_not_named_is_still_one(data: dict[str, object]) -> None:
    found = meaning(99991672, data)
    assert isinstance(found, Refusal)
    assert dict(found.why.args) == {"scope": "?"}


def test_a_code_that_nobody_has_listed_is_shown_as_it_is() -> None:
    assert meaning(123456, {}) is None
    assert dict(unheard(123456).why.args) == {"code": "123456"}


@pytest.mark.parametrize("code", [2200, 230049, 232068])
def test_what_may_have_happened_all_the_same_waits_in_doubt(code: int) -> None:
    assert FAULTS[code] == Wait(None)


@pytest.mark.parametrize("code", [*STALE, 10003, 10014, 230006, 232025, 232034])
def test_an_app_that_must_be_repaired_loses_nothing_and_is_shouted_about(code: int) -> None:
    found = FAULTS[code]
    assert isinstance(found, Wait)
    assert found.seconds is not None
    assert found.loud


@pytest.mark.parametrize("code", [230002, 232011])
def test_a_bot_that_was_kicked_says_how_to_bring_it_back(code: int) -> None:
    found = FAULTS[code]
    assert isinstance(found, Refusal)
    assert "加回烽火" in found.why.text
    assert "add it again" in Catalogue.load(HOUSE / "data" / "locale" / "en").sentence(found.why.text, "en")


def test_a_group_that_was_disbanded_is_said_to_be() -> None:
    found = FAULTS[232009]
    assert isinstance(found, Refusal)
    assert "解散" in found.why.text
