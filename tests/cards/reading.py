"""Cards and forms as a reader of one language sees their words, as plain data: what the golden files hold."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.cards.model import Card, Form, Press
from bot.catalogue import Catalogue, render
from bot.plan.load import load
from bot.plan.schema import Plan
from bot.words import Bi, Joined, Language, Line, Text, When, Who

HOUSE = Path(__file__).parents[2]
Data = str | int | bool | None | list["Data"] | dict[str, "Data"]


@cache
def the_plan() -> Plan:
    return load(HOUSE / "data" / "plan")


@cache
def the_catalogue() -> Catalogue:
    return Catalogue.load(HOUSE / "data" / "locale" / "en")


def said(text: Text, language: Language) -> str:
    plan = the_plan()
    names = {person.id: person.name if language == "zh-CN" else person.name_en for person in plan.people.values()}
    return render(text, language, ZoneInfo(plan.time_zone), names, the_catalogue())


def read(value: object, language: Language) -> Data:
    """Any value of the card model; what is at its default is left out, so that a golden file shows what matters."""
    match value:
        case Line() | Bi() | Joined() | Who() | When():
            return said(value, language)
        case datetime():
            return said(When(value, "day"), language)
        case str() | int() | bool() | None:
            return value
        case Press(action=action, args=args):
            return " ".join([action, *(f"{key}={part}" for key, part in args)])
        case tuple() | list():
            return [read(part, language) for part in value]
    assert is_dataclass(value), value
    shown: dict[str, Data] = {"is": type(value).__name__} if not isinstance(value, Card | Form) else {}
    for field in fields(value):
        part = getattr(value, field.name)
        if part != field.default:
            shown[field.name] = read(part, language)
    return shown
