"""What is stored comes back equal, whatever it contains."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.events import Event
from bot.core.incident import Incident
from bot.effects import Effect
from bot.store.codec import Codec, Named, Unstorable
from bot.talk import Answer
from bot.words import Text

st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
ANSWERS = Codec[Answer](Answer)
EFFECTS = Named[Effect](Effect)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.from_type(Answer))  # type: ignore[arg-type]  # hypothesis resolves unions
def test_every_answer_comes_back_as_it_was(answer: Answer) -> None:
    assert ANSWERS.load(ANSWERS.dump(answer)) == answer


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.from_type(Effect))  # type: ignore[arg-type]
def test_every_effect_comes_back_as_it_was(effect: Effect) -> None:
    assert EFFECTS.load(*EFFECTS.dump(effect)) == effect


def test_every_type_of_an_incident_has_a_stored_form() -> None:
    Named[Event](Event).check()
    Codec[Incident](Incident).check()


def test_two_classes_with_the_same_fields_are_told_apart() -> None:
    @dataclass(frozen=True)
    class One:
        text: str

    @dataclass(frozen=True)
    class Two:
        text: str

    codec = Codec[typing.Any](One | Two)
    assert (codec.load(codec.dump(One("a"))), codec.load(codec.dump(Two("a")))) == (One("a"), Two("a"))


@dataclass(frozen=True)
class Old:
    name: str
    gone: int = 1


@dataclass(frozen=True)
class New:
    name: str
    at: datetime | None = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)


def test_an_old_row_takes_the_default_of_a_new_field_and_forgets_what_is_gone() -> None:
    stored = Codec[Old](Old).dump(Old("x", 7))
    assert Codec[New](New).load(stored) == New("x")


def test_a_moment_is_kept_in_utc_and_a_naive_one_is_refused() -> None:
    codec = Codec[New](New)
    assert codec.load(codec.dump(New("x", datetime(2026, 1, 2, 3, tzinfo=UTC)))).at == datetime(2026, 1, 2, 3, tzinfo=UTC)
    with pytest.raises(Unstorable):
        codec.dump(New("x", datetime(2026, 1, 2, 3)))  # noqa: DTZ001  # that is the point


def test_a_field_called_is_cannot_exist_so_the_tag_is_safe_and_mappings_may_have_any_key() -> None:
    codec = Codec[Mapping[str, Text]](Mapping[str, Text])
    assert codec.load(codec.dump({"is": "Toast", "": "x"})) == {"is": "Toast", "": "x"}
    assert not any(f.name == "is" for kind in (Old, New) for f in dataclasses.fields(kind))


def test_a_type_without_a_stored_form_is_refused_when_the_codec_is_made() -> None:
    with pytest.raises(Unstorable):
        Codec[typing.Any](complex)
