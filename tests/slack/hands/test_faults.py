"""Every refusal of Slack has a meaning, and words that name what to do."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from bot.catalogue import Catalogue
from bot.platforms.slack.faults import DONE, FAULTS, MEANINGS, SINGLE, Refusal, Wait, meaning
from bot.words import line
from tests import parts
from tests.house.tree import HOUSE

OURS = (
    "auth.test", "chat.delete", "chat.postEphemeral", "chat.postMessage", "chat.update", "conversations.archive", "conversations.create",
    "conversations.history", "conversations.info", "conversations.invite", "conversations.join", "conversations.members",
    "conversations.open", "conversations.rename", "conversations.setTopic", "pins.add", "usergroups.list", "usergroups.users.list",
    "users.info", "users.lookupByEmail", "views.open", "views.publish", "views.push", "views.update",
)  # fmt: skip
"""What we call, as far as Slack's definitions list errors for it."""


@pytest.mark.oracle
def test_every_error_that_slack_lists_for_our_methods_has_its_row() -> None:
    listed = json.loads((parts.ORACLES / "slack_methods.json").read_text())
    codes = {code for method in OURS for code in set(listed[method]["errors"]) - DONE.get(method, frozenset())}
    assert sorted(codes - FAULTS.keys() - {"missing_scope"}) == []


def test_an_error_means_one_thing() -> None:
    codes = [code for codes in MEANINGS.values() for code in codes.split()]
    assert sorted(code for code, times in Counter([*codes, *SINGLE]).items() if times > 1) == []


def test_a_missing_scope_is_named_with_its_fix() -> None:
    found = meaning("missing_scope", {"needed": "channels:manage", "provided": "chat:write"})
    assert found == Refusal(line("应用缺权限 {scope}：在 Slack 后台加上并重装", scope="channels:manage"))


def test_a_code_that_nobody_has_listed_is_shown_as_it_is() -> None:
    found = meaning("brand_new", {})
    assert isinstance(found, Refusal)
    assert dict(found.why.args) == {"code": "brand_new"}


@pytest.mark.parametrize("code", ["fatal_error", "internal_error", "request_timeout", "service_unavailable"])
def test_what_may_have_happened_all_the_same_waits_in_doubt(code: str) -> None:
    assert FAULTS[code] == Wait(None)


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive", "not_authed", "token_expired"])
def test_a_token_that_is_dead_loses_nothing_and_is_shouted_about(code: str) -> None:
    found = FAULTS[code]
    assert isinstance(found, Wait)
    assert found.seconds is not None
    assert found.loud


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found"])
def test_a_bot_that_was_kicked_says_how_to_bring_it_back(code: str) -> None:
    found = FAULTS[code]
    assert isinstance(found, Refusal)
    assert "/invite @烽火" in found.why.text
    assert "/invite @Fenghuo" in Catalogue.load(HOUSE / "data" / "locale" / "en").sentence(found.why.text, "en")


def test_what_counts_as_done_is_an_error_that_would_else_be_refused() -> None:
    assert [code for codes in DONE.values() for code in codes if isinstance(meaning(code, {}), Wait)] == []
