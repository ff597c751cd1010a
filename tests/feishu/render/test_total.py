"""Whatever the card or form: Feishu takes what is drawn, nothing that was typed comes alive, and no word is lost."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.cards.model import Button, Buttons, Card, Choices, Form, LinkOut, Option, Press, Step, Steps, Words
from bot.catalogue import pieces
from bot.platforms.feishu.forms import done, form, read_form
from bot.platforms.feishu.markdown import tame
from bot.platforms.feishu.render import card, line_card, pages, text_of
from bot.platforms.feishu.values import carried, pressed
from bot.words import Bi, Joined, Line, Text, When, Who
from tests.feishu.render.judge import OURS, controls, faults_of_card, nodes, seen, squeezed
from tests.feishu.render.made import PEOPLE, cards, forms, reader, texts, typed

R = reader()
MANY = replace(R, names={f"p{n}": f"人 {n}" for n in range(400)}, handle={f"p{n}": f"ou_{n}" for n in range(380)}.get)
KEY = "INC-42/status"
TURNING = 3  # elements at the foot of a page that lead to the others
many = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])


@many
@given(cards, st.lists(st.sampled_from(PEOPLE), max_size=4), st.booleans())
def test_any_card_is_a_message_that_feishu_takes(drawn: Card, mentions: list[str], everybody: bool) -> None:
    assert faults_of_card(card(drawn, R, KEY, mentions, everybody)) == []


@many
@given(cards)
def test_any_card_is_pages_that_feishu_takes(drawn: Card) -> None:
    assert [fault for page in pages(drawn, R, KEY) for fault in faults_of_card(page)] == []


@many
@given(texts, st.lists(st.sampled_from(PEOPLE), max_size=300))
def test_any_line_is_a_card_and_a_text_that_feishu_takes(text: Text, mentions: list[str]) -> None:
    assert faults_of_card(line_card(text, R, mentions, True)) == []
    assert 0 < len(text_of(text, R, mentions, True).encode()) <= 150 * 1024


def test_hundreds_of_people_are_rung_or_counted() -> None:
    drawn = card(Card("点名", (Words("快来"),), "快来"), MANY, KEY, [f"p{n}" for n in range(400)])
    assert faults_of_card(drawn) == []
    marks = drawn["body"]["elements"][0]["content"]
    assert marks.count("<at id=ou_") + int(re.findall(r"还有 (\d+) 人", marks)[0]) == 400


@many
@given(forms(), st.dictionaries(st.sampled_from(("a", "b")), typed), st.booleans())
def test_any_form_is_a_card_that_feishu_takes_also_with_errors(asked: Form, more: dict[str, str], crowd: bool) -> None:
    who = MANY if crowd else R
    values = {field.key: field.initial + "补" for field in asked.fields} | more
    errors: dict[str, Text] = {"": "不行", **{field.key: "差一点" for field in asked.fields}}
    first, again, over = form(asked, who, "f1", KEY), form(asked, who, "f1", KEY, values, errors), done(asked, who, values, "chenhai")
    assert [faults_of_card(each) for each in (first, again, over)] == [[], [], []]
    assert [each["value"] for each in controls(again)] == [{"a": "feishu.form", "p": {"form": "f1"}, "k": KEY}]
    assert list(controls(over)) == []


@many
@given(cards)
def test_only_the_card_itself_mentions_and_formats(drawn: Card) -> None:
    """Typed mentions, links and tags are letters; what is left of a text without our own marks means nothing to markdown."""
    for page in pages(drawn, R, KEY):
        for node in nodes(page["body"]):
            if node.get("tag") != "markdown":
                continue
            alive = re.findall(r"<at [^>]*>", node["content"])
            assert set(alive) <= {"<at id=ou_chenhai>", "<at id=ou_zhoumu>"}
            rest = OURS.sub("", node["content"]).replace("**", "")
            picture = re.sub(r"^\[[^][<>]*\]\(https://fenghuo\.example/[^()\s]*\)$", "", rest, flags=re.MULTILINE)
            assert not re.search(r"[<*_~`\[\]]|&(?!#\d+;)|\n#|://(?!fenghuo)", re.sub(r"^> ?", "", picture, flags=re.MULTILINE))


@many
@given(typed)
def test_what_is_typed_is_read_as_it_was_typed(text: str) -> None:
    shown = card(Card("t", (Words(text),), ""), R, KEY)["body"]["elements"]
    whole = "".join(html.unescape(element["content"]) for element in shown[:8] if element["tag"] == "markdown")
    assert squeezed(tame(text)).startswith(squeezed(whole)) or squeezed(whole).startswith(squeezed(tame(text))[:2_000]) or not text.strip()


@many
@given(cards)
def test_the_pages_together_hold_every_word(drawn: Card) -> None:
    first, *others = pages(drawn, R, KEY)
    inner = [{"body": {"elements": page["body"]["elements"][:-TURNING]}} for page in (first, *others)] if others else [first]
    shown = seen([{**first, **inner[0]}, *inner[1:]])
    assert [text[:60] for text in said(drawn) if squeezed(tame(text)) not in shown] == []


@many
@given(cards)
def test_the_pages_together_have_every_button(drawn: Card) -> None:
    found = {freeze(pressed(each)) for page in pages(drawn, R, KEY) for each in controls(page)}
    assert {each for each in found if not each[0].startswith("feishu.")} == {freeze((*told(each), KEY)) for each in wanted(drawn)}


@many
@given(cards)
def test_a_message_has_all_or_says_how_much_more_there_is(drawn: Card) -> None:
    message = card(drawn, R, KEY)
    opening = [pressed(each) for each in controls(message) if each["value"]["a"] == "feishu.page"]
    assert opening in ([], [("feishu.page", {"slot": "status", "page": "0"}, KEY)])
    shown = seen([message])
    assert opening or [text[:60] for text in said(drawn) if squeezed(tame(text)) not in shown] == []


@many
@given(forms(), st.dictionaries(st.text(max_size=5), typed, max_size=3), st.data())
def test_a_form_comes_back_as_it_was_filled_in(asked: Form, more: dict[str, str], data: st.DataObject) -> None:
    """What stands in the inputs when nobody changes anything is what was there before, as far as there was room."""
    drawn = form(asked, R, "f1", KEY)
    if "截短" in str(drawn):
        return
    back = read_form(asked, {**as_left(drawn), **{f"no such {key}": value for key, value in more.items()}})
    for field in asked.fields:
        if field.kind in ("line", "text", "time", "number") and len(field.initial) < 5_000:
            assert back[field.key] == tame(field.initial)
        elif field.kind == "note":
            assert field.key not in back
        elif field.kind in ("choice", "choices") and back[field.key]:
            assert set(back[field.key].split(",")) & set(field.initial.split(","))


def as_left(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """`form_value` of a form in which nobody changed anything."""
    found: dict[str, Any] = {}
    for node in nodes(drawn["body"]):
        match node:
            case {"tag": "input", "name": str(name)}:
                found[name] = node.get("default_value", "")
            case {"tag": "select_static", "name": str(name), "options": options, "initial_index": int(place)}:
                found[name] = options[place - 1]["value"]
            case {"tag": "multi_select_static", "name": str(name)}:
                found[name] = node.get("selected_values", [])
            case _:
                pass
    return found


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


def wanted(drawn: Card) -> Iterator[Press]:
    """Everything that can be pressed on the card."""
    for block in drawn.blocks:
        match block:
            case Buttons(items=items):
                yield from (item.press for item in items if isinstance(item, Button) and item.locked is None and carried(item.press, KEY))
            case Steps(items=items):
                for step in items:
                    tick = [step.press] if step.press and step.locked is None else []
                    yield from (each for each in (*tick, *_more(step)) if carried(each, KEY))
            case Choices(options=options, press=press):
                found = [replace(press, args=(*press.args, ("value", option.value))) for option in options]
                yield from (each for each in found if carried(each, KEY))
            case _:
                pass


def _more(step: Step) -> list[Press]:
    return [each.press for each in step.more if each.locked is None]


def told(press: Press) -> tuple[str, dict[str, str]]:
    return press.action, dict(press.args)


def freeze(each: tuple[str, dict[str, str], str]) -> tuple[str, frozenset[tuple[str, str]], str]:
    return each[0], frozenset(each[1].items()), each[2]
