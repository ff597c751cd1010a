"""The timeline: everything that happened, in its order, in words."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from bot.catalogue import Catalogue
from bot.core import chronicle
from bot.core.commands import Arrive, CheckItem, ChooseFault, TakeNote
from bot.core.events import Event
from bot.core.timeline import timeline
from bot.words import Text, Who
from tests.core.drive import OPS, SERVICE, START, TECH, plan, responding

AT = datetime(2026, 11, 23, tzinfo=UTC)


def sample(kind: Any) -> Any:
    """Some value of a type: of a dataclass one with a sample in each field."""
    origin = get_origin(kind)
    if origin is Literal:
        return get_args(kind)[0]
    if origin in (Union, UnionType):
        return None if type(None) in get_args(kind) else sample(str if str in get_args(kind) else get_args(kind)[0])
    if origin is tuple:
        return (sample(get_args(kind)[0]),)
    if origin is not None:
        return {}
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{field.name: sample(hints[field.name]) for field in fields(kind)})
    return {str: "词", int: 1, bool: True, float: 1.0, datetime: AT, date: AT.date(), Decimal: Decimal(1)}[kind]


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_event_has_its_sentence(kind: type[Event]) -> None:
    event = sample(kind)
    names = chronicle.Names(plan())
    names.learn(event)
    text, _ = chronicle.tell(event, names)
    assert _words(text)


def _words(text: Text) -> str:
    from bot.catalogue import pieces

    return "".join(str(piece) for piece in pieces(text, "zh-CN", Catalogue()))


def test_lines_are_told_by_their_text_not_their_number() -> None:
    drive = responding()
    drive.do(Arrive(), OPS)
    drive.do(ChooseFault("fc_code_defect"), OPS)
    drive.do(CheckItem("fc_code_defect", "1", "冻结了 3 个"), OPS)
    told = [_words(entry.text) for entry in timeline(drive.log, plan())]
    assert any(plan().checklists["fc_code_defect"].items[0].text.zh in each and "冻结了 3 个" in each for each in told)


def test_entries_stand_where_they_happened_not_where_they_were_written_down() -> None:
    drive = responding()
    drive.do(TakeNote("监控先红的", START - timedelta(minutes=12), author=SERVICE), TECH)
    first = timeline(drive.log, plan())[0]
    assert (first.text, first.by, first.kind, first.back_dated) == ("监控先红的", SERVICE, "note", True)


def test_what_was_typed_is_told_untouched() -> None:
    drive = responding()
    drive.do(TakeNote("{what} <!channel> @所有人"), OPS)
    assert timeline(drive.log, plan())[-1].text == "{what} <!channel> @所有人"


def test_the_bots_own_acts_and_pinned_messages_say_so() -> None:
    drive = responding()
    drive.do(TakeNote("机房断电", pin="m7", link="/i/1#m7"), OPS)
    drive.wait(minutes=16)
    entries = timeline(drive.log, plan())
    pinned = next(entry for entry in entries if entry.text == "机房断电")
    assert (pinned.source, pinned.link) == ("message", "/i/1#m7")
    assert {entry.source for entry in entries if entry.kind == "chase"} == {"bot"}


def test_nothing_is_left_out() -> None:
    drive = responding()
    drive.wait(minutes=30)
    assert sorted(entry.seq for entry in timeline(drive.log, plan())) == list(range(1, len(drive.log) + 1))
    assert Who(TECH) in {part for entry in timeline(drive.log, plan()) for _, part in getattr(entry.text, "args", ())}
