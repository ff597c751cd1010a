"""Whatever the card or form: Slack takes what is drawn, nothing that was typed comes alive, and no word is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.cards.model import Button, Buttons, Card, Choices, Form, LinkOut, Option, Press, Step, Steps, Words
from bot.catalogue import pieces
from bot.platforms.slack.drawing import head
from bot.platforms.slack.modal import form_view, with_errors
from bot.platforms.slack.press import carried, pressed
from bot.platforms.slack.render import card_view, home_view, line_of, message, pages_of
from bot.words import Bi, Joined, Line, Text, When, Who
from tests.slack.render.judge import faults_of_message, faults_of_view, seen, squeezed, written
from tests.slack.render.made import PEOPLE, cards, forms, reader, texts

R = reader()
PEOPLE_OF_PLAN = tuple((f"p{n}", f"人 {n}") for n in range(140))
many = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])
TURNING = 3  # blocks at the foot of a page that lead to the others


@many
@given(cards, st.lists(st.sampled_from(PEOPLE), max_size=4), st.booleans())
def test_any_card_is_a_message_that_slack_takes(card: Card, mentions: list[str], everybody: bool) -> None:
    drawn = message(card, R, slot="status", mentions=mentions, mention_all=everybody)
    assert faults_of_message(drawn.text, drawn.blocks) == []


@many
@given(cards)
def test_any_card_is_pages_and_a_home_that_slack_takes(card: Card) -> None:
    found = [card_view(card, R, page=page, meta={"slot": "status", "record": "INC-42"}) for page in range(pages_of(card, R))]
    assert [fault for view in (*found, home_view(card, R)) for fault in faults_of_view(view)] == []


@many
@given(texts, st.lists(st.sampled_from(PEOPLE), max_size=300))
def test_any_line_is_a_message_that_slack_takes(text: Text, mentions: list[str]) -> None:
    drawn = line_of(text, R, mentions, True)
    assert faults_of_message(drawn.text, drawn.blocks) == []


@many
@given(forms())
def test_any_form_is_a_modal_that_slack_takes_also_with_errors(form: Form) -> None:
    view = form_view(form, R, PEOPLE_OF_PLAN, {"room": "C1"})
    again = with_errors({**view, "id": "V1", "state": {"values": {}}}, {"": "不行", **{field.key: "差一点" for field in form.fields}})
    assert [*faults_of_view(view), *faults_of_view(again)] == []


@many
@given(cards)
def test_only_the_card_itself_mentions(card: Card) -> None:
    """Typed <!channel> and <@U1> are letters; addresses are linked as they were typed."""
    marked = [node["text"] for node in written(message(card, R).blocks) if node["type"] == "mrkdwn"]
    alive = {found.partition("|")[0] for text in marked for found in re.findall(r"<([^<>]*)>", text)}
    assert {each for each in alive if not each.startswith(("http://", "https://"))} <= {"@U0CHENHAI", "@U0ZHOUMU"}
    assert not re.search(r"&(?!amp;|lt;|gt;)", "".join(marked))


def whole(card: Card) -> list[dict[str, Any]]:
    """The windows of all pages."""
    return [card_view(card, R, page=page, meta={"slot": "status"}) for page in range(pages_of(card, R))]


@many
@given(cards)
def test_the_pages_together_hold_every_word(card: Card) -> None:
    top = head(card, R)
    pages = whole(card)
    inner = [page["blocks"][len(top) - (page["blocks"][: len(top)] != top) :][: None if len(pages) == 1 else -TURNING] for page in pages]
    shown = seen([{"type": "header", "text": pages[0]["title"]}, *top, *(block for blocks in inner for block in blocks)])
    assert [text[:60] for text in said(card) if squeezed(text) not in shown] == []


@many
@given(cards)
def test_the_pages_together_have_every_button(card: Card) -> None:
    assert {freeze(each) for each in wanted(card)} == {
        freeze(each) for view in whole(card) for each in controls(view["blocks"]) if not each[0].startswith("slack.")
    }


@many
@given(cards)
def test_a_message_has_all_or_says_how_much_more_there_is(card: Card) -> None:
    drawn = message(card, R, slot="status")
    opening = [each for each in controls(list(drawn.blocks)) if each[0] == "slack.page"]
    assert (drawn.pages > 1) == (opening == [("slack.page", {"slot": "status", "page": "0"})])
    shown = seen(drawn.blocks)
    assert drawn.pages > 1 or [text[:60] for text in said(card) if squeezed(text) not in shown] == []


def strings(value: object) -> Iterator[str]:
    """What was typed, wherever it stands in a text."""
    return (piece for piece in pieces(value, R.language, R.catalogue) if isinstance(piece, str))  # type: ignore[arg-type]


def said(value: object) -> Iterator[str]:
    """Every word of the card but its fallback, which is another text."""
    match value:
        case None | bool() | int() | datetime() | Press():
            return
        case str() | Line() | Bi() | Joined() | Who() | When():
            yield from strings(value)
        case tuple():
            for part in value:
                yield from said(part)
        case LinkOut(label=label):
            yield from said(label)
        case Option(label=label, hint=hint):
            yield from said((label, hint))
        case Choices(options=(), label=label):
            yield from said(label)
        case Step(press=None, locked=_):
            yield from said((value.text, value.who, value.chip, value.more))
        case Step():
            yield from said((value.text, value.who, value.chip, value.locked, value.more))
        case Card():
            yield from said((value.title, value.blocks, value.meta, value.chip))
        case Button():
            yield from said((value.label, value.locked))
        case Words():
            yield from said(value.text)
        case _:
            assert is_dataclass(value)
            for field in fields(value):
                if field.name not in ("kind", "shape", "state", "tone", "figures", "done", "total"):
                    yield from said(getattr(value, field.name))


def wanted(card: Card) -> Iterator[tuple[str, dict[str, str]]]:
    """Everything that can be pressed on the card."""
    for block in card.blocks:
        match block:
            case Buttons(items=items):
                yield from (told(item.press) for item in items if isinstance(item, Button) and item.locked is None and carried(item.press))
            case Steps(items=items):
                for step in items:
                    tick = [step.press] if step.press and step.locked is None else []
                    more = [each.press for each in step.more if each.locked is None]
                    yield from (told(each) for each in (*tick, *more) if carried(each))
            case Choices(options=options, press=press):
                found = [replace(press, args=(*press.args, ("value", option.value))) for option in options]
                yield from (told(each) for each in found if carried(each))
            case _:
                pass


def told(press: Press) -> tuple[str, dict[str, str]]:
    return press.action, dict(press.args)


def controls(blocks: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, str]]]:
    """What the controls send, read as the ears read it."""
    for block in blocks:
        for element in (*block.get("elements", ()), block.get("accessory", {})):
            match element:
                case {"type": "button"}:
                    yield pressed(element)
                case {"type": "static_select" | "overflow", "options": options}:
                    yield from (pressed({**element, "block_id": block.get("block_id", ""), "selected_option": each}) for each in options)
                case _:
                    pass


def freeze(each: tuple[str, dict[str, str]]) -> tuple[str, frozenset[tuple[str, str]]]:
    return each[0], frozenset(each[1].items())
