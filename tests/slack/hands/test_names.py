"""Names that Slack takes, and that we find again."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.slack.names import candidates, file_name


def test_a_room_is_called_by_its_slug_and_then_by_numbers() -> None:
    assert candidates("inc-42-order", "INC-42/war")[:4] == ("inc-42-order", "inc-42-order-2", "inc-42-order-3", "inc-42-order-4")


def test_the_last_resort_is_the_same_for_a_room_and_another_for_another() -> None:
    assert candidates("same", "INC-1/war") == candidates("same", "INC-1/war")
    assert set(candidates("same", "INC-1/war")[4:]).isdisjoint(candidates("same", "INC-2/war"))


@given(st.text(), st.text())
def test_any_slug_gives_names_that_slack_takes(slug: str, key: str) -> None:
    found = candidates(slug, key)
    assert all(re.fullmatch(r"(?=.*[a-z0-9])[a-z0-9_-]{1,80}", name) for name in found)
    assert len(set(found)) == len(found)


def test_a_file_carries_its_key_before_its_ending() -> None:
    assert file_name("INC-42-draft.md", "INC-42/postmortem:7") == "INC-42-draft.INC-42-postmortem-7.md"
    assert file_name("draft", "INC-42/postmortem:7") == "draft.INC-42-postmortem-7"
