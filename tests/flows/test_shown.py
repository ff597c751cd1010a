"""An outcome that the pressed card shows by itself is marked, so that a platform may keep the second message to itself."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bot.service import ANSWERS
from bot.talk import Answer, Toast
from tests.flows import story
from tests.flows.house import House


def test_whatever_is_marked_as_shown_has_changed_the_card_that_was_pressed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ears, marked, unseen = house.app.ears, set[str](), list[str]()
    press = ears.press

    def looked_at(person: str, room: int, action: str, args: Mapping[str, str], ident: str, message: int | None = None) -> Answer | None:
        before = house.app.sandbox.message(message) if message else None
        answer = press(person, room, action, args, ident, message)
        if isinstance(answer, Toast) and answer.shown:
            house.settle()
            marked.add(action)
            if before is None or house.app.sandbox.message(before.id) == before:
                unseen.append(action)
        return answer

    monkeypatch.setattr(ears, "press", looked_at)
    for chapter in (story.reported, story.graded, story.activated, story.worked, story.proposed, story.executed, story.confirmed):
        chapter(house)
    story.fixed(house)
    story.verified(house)
    assert unseen == []
    assert marked >= {"report.ack", "grade.override", "grade.answer", "roll.here", "list.check", "task.accept", "broadcast.confirm"}


def test_a_second_press_and_a_typed_line_are_answered_in_words(house: House) -> None:
    story.reported(house)

    def pressed() -> Answer | None:
        return house.app.ears.press("linyuan", house.room("war"), "report.ack", {"record": "INC-1"}, house.ident())

    first, again = pressed(), pressed()
    assert isinstance(first, Toast)
    assert first.shown
    assert isinstance(again, Toast)
    assert not again.shown
    typed = house.app.ears.say("linyuan", house.room("war"), "/到位", house.ident())
    assert isinstance(typed, Toast)
    assert not typed.shown


def test_an_answer_that_was_kept_before_there_was_such_a_mark_can_still_be_read() -> None:
    kept = json.loads(ANSWERS.dump(Toast("好")))
    del kept["shown"]
    assert ANSWERS.load(json.dumps(kept)) == Toast("好", shown=False)
