"""The sandbox's drawing of a card: every block, nothing executed, nothing lost."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Literal, get_args, get_type_hints

import pytest

from bot.cards.model import (
    Block,
    Button,
    Buttons,
    Card,
    Choices,
    Divider,
    Fact,
    Facts,
    Image,
    LinkOut,
    Option,
    Progress,
    Stage,
    Stages,
    Step,
    Steps,
    Table,
    Words,
    press,
)
from bot.html.render import draw, still
from tests.sandbox.toy import START, example_viewer

STATES: tuple[Literal["todo", "doing", "done", "skipped", "blocked", "failed"], ...] = get_args(get_type_hints(Step)["state"])
NASTY = """<img src=x onerror=alert(1)> <!channel> @所有人 {{ 7*7 }} {n} "quoted" 'single' </article><script>alert(1)</script>"""
BLOCKS: tuple[Block, ...] = (
    *(Words(NASTY, kind) for kind in ("plain", "lead", "next", "quote", "note", "warn")),
    Facts((Fact(NASTY, NASTY, NASTY, START, "warn"),)),
    Facts((Fact(NASTY, "", None, START),), "rows"),
    Stages((Stage(NASTY, "done", START), Stage(NASTY, "now"), Stage(NASTY, "todo"), Stage(NASTY, "skipped"))),
    Steps(
        tuple(
            Step(f"s{n}", NASTY, state, NASTY, n == 1, NASTY, press("a", x=NASTY), NASTY if n == 2 else None, (Button(NASTY, press("b")),))
            for n, state in enumerate(STATES)
        )
    ),
    Table((NASTY, NASTY), ((NASTY, NASTY),), (1,)),
    Progress(NASTY, 3, 4, NASTY, "alarm"),
    Progress("0", 0, 0),
    Buttons(
        (
            Button(NASTY, press("c", y=NASTY), "primary", icon=NASTY),
            Button(NASTY, press("d"), locked=NASTY),
            LinkOut(NASTY, "javascript:alert(1)"),
        )
    ),
    Choices(NASTY, (Option(NASTY, NASTY, NASTY),), press("e")),
    Image("https://elsewhere.example/x.png", NASTY),
    Image("/static/x.png", NASTY),
    Divider(),
)
CARD = Card(NASTY, BLOCKS, NASTY, "alarm", "parked", NASTY, NASTY, NASTY, NASTY, True)


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(card: Card) -> Seen:
    parser = Seen()
    parser.feed(str(draw(card, "c1", example_viewer())))
    return parser


def test_markup_in_every_field_of_every_block_stays_text() -> None:
    found = seen(CARD)
    assert "script" not in {tag for tag, _ in found.tags}
    assert not [name for _, attrs in found.tags for name in attrs if name.startswith("on") or name == "style"]
    assert [attrs["src"] for tag, attrs in found.tags if tag == "img"] == ["/static/x.png"]
    assert not [attrs for tag, attrs in found.tags if tag == "a" and (attrs.get("href") or "").startswith("javascript")]
    assert found.text.count(NASTY) >= 30


def test_every_control_has_an_id_of_its_own_so_that_a_redraw_keeps_the_focus() -> None:
    idents = [attrs["id"] for _, attrs in seen(CARD).tags if "id" in attrs]
    controls = [attrs for tag, attrs in seen(CARD).tags if tag in ("button", "select")]
    assert len(idents) == len(set(idents))
    assert all("id" in attrs for attrs in controls)


def test_a_locked_button_keeps_the_focus_and_tells_why() -> None:
    card = Card("t", (Buttons((Button("执行", press("x"), locked="还没批准"),)),), "t")
    (button,) = [attrs for tag, attrs in seen(card).tags if tag == "button"]
    assert (button["aria-disabled"], button["data-why"], "data-press" in button, "disabled" in button) == ("true", "还没批准", False, False)
    assert "还没批准" in seen(card).text


@pytest.mark.parametrize(("text", "folds"), [("短", False), ("长" * 901, True), ("行\n" * 20, True)])
def test_a_wall_of_text_folds_and_keeps_every_character(text: str, folds: bool) -> None:
    found = seen(Card("t", (Words(text),), "t"))
    assert ("details" in {tag for tag, _ in found.tags}) is folds
    assert text.replace("\n", "") in found.text.replace("\n", "")


def test_a_deadline_is_a_clock_time_and_the_countdown_is_silent() -> None:
    found = seen(Card("t", (Facts((Fact("下次", "", due=START),)),), "t"))
    assert "20:38" in found.text
    (countdown,) = [attrs for _, attrs in found.tags if "data-due" in attrs]
    assert countdown["data-due"] == str(int(START.timestamp() * 1000))


def test_a_still_card_says_the_same_and_has_nothing_to_press() -> None:
    found = seen(still(CARD))
    assert not [attrs for _, attrs in found.tags if "data-press" in attrs or "data-choose" in attrs]
    assert found.text.count(NASTY) >= 20
