"""Templates are filled, never executed beyond what they are: no way to the machine, no silent hole, nothing typed becomes markup."""

from __future__ import annotations

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError

from bot.scripts import ENVIRONMENT, render
from bot.words import Bi


def test_a_template_cannot_reach_the_machine() -> None:
    with pytest.raises(SecurityError):
        ENVIRONMENT.from_string("{{ ''.__class__.__mro__[1].__subclasses__() }}").render()


def test_a_template_cannot_change_what_it_is_given() -> None:
    with pytest.raises(SecurityError):
        ENVIRONMENT.from_string("{{ lines.append(1) }}").render(lines=[])


def test_an_unknown_name_is_an_error_not_a_hole() -> None:
    with pytest.raises(UndefinedError):
        ENVIRONMENT.from_string("{{ incident.number }}").render()


def test_a_value_that_looks_like_a_template_stays_what_it_is() -> None:
    assert ENVIRONMENT.from_string("{{ typed }}").render(typed="{{ 7 * 7 }}") == "{{ 7 * 7 }}"


def test_a_template_outside_the_folder_is_not_found() -> None:
    with pytest.raises(TemplateNotFound):
        render("../pyproject.toml")


@pytest.mark.parametrize(("language", "expected"), [("zh-CN", "重大"), ("en", "Major")])
def test_a_phrase_of_the_plan_comes_in_the_readers_language(language: str, expected: str) -> None:
    assert ENVIRONMENT.from_string("{{ name | bi(language) }}").render(name=Bi("重大", "Major"), language=language) == expected
