"""The parts of a short message as carriers count them, and what every way carries."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.outward.length import SMS_PARTS, Length, measure
from bot.core.outward.state import Via


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("快" * 70, 1),
        ("快" * 71, 2),
        ("快" * 134, 2),
        ("快" * 135, 3),
        ("a" * 69 + "快", 1),
        ("a" * 70 + "快", 2),
        ("€" * 80, 1),  # an extension sign is two septets
        ("€" * 81, 2),
        ("€" * 152, 2),  # 153 is odd: no pair is torn, so a part carries 76
        ("€" * 153, 3),
        ("😀" * 35, 1),  # two UTF-16 units each
        ("😀" * 36, 2),
        ("😀" * 66, 2),  # 67 is odd too
        ("😀" * 67, 3),
        ("“a”", 1),
        ("a" * 159 + "“", 3),  # one curly quote turns 160 letters into three parts
        ("é\n@ÆΩ" * 32, 1),
    ],
)
def test_a_short_message_has_as_many_parts_as_the_standard_says(text: str, parts: int) -> None:
    assert measure(text, "sms").parts == parts


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=st.text(alphabet=st.sampled_from("aZ0 €[é快“😀\n"), max_size=1500))
def test_parts_never_fall_as_a_text_grows_and_it_fits_while_they_are_few(text: str) -> None:
    measured = measure(text, "sms")
    assert measure(text + "a", "sms").parts >= measured.parts
    assert measured.fits == (measured.parts <= SMS_PARTS)
    assert measured.characters == len(text)


@pytest.mark.parametrize("via", [via for via in get_args(Via) if via != "sms"])
def test_every_other_way_has_a_limit_and_one_part(via: Via) -> None:
    limit = measure("", via).limit
    assert measure("快" * limit, via) == Length(limit, 1, limit)
    assert measure("快" * limit, via).fits
    assert not measure("快" * (limit + 1), via).fits
