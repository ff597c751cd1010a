"""The parts of card JSON 2.0 that we use, each within its limits: the one place that knows their JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.cards.model import Press
from bot.platforms.feishu import limits
from bot.platforms.feishu.markdown import NOTHING, filled, first, shown, split, tidy
from bot.platforms.feishu.values import Json, encode

FOLD = 12  # rows of a list; of more, the first OPEN stand there and the rest is folded
OPEN = 8


def text(content: str, limit: int) -> Json:
    return {"tag": "plain_text", "content": first(shown(content), limit)}


def icon(token: str, colour: str | None = None) -> Json:
    return {"tag": "standard_icon", "token": token} | ({"color": colour} if colour else {})


def markdown(content: str, small: bool = False, mark: Json | None = None) -> Json:
    """`content` fits already (see `markdowns`)."""
    drawn: Json = {"tag": "markdown", "content": tidy(shown(content))}
    return drawn | ({"text_size": "notation"} if small else {}) | ({"icon": mark} if mark else {})


def markdowns(content: str, small: bool = False, mark: Json | None = None) -> Iterator[Json]:
    """As many as the text needs; the icon at the first."""
    for number, part in enumerate(split(content, limits.MARKDOWN)):
        yield markdown(part, small, None if number else mark)


def divider() -> Json:
    return {"tag": "hr"}


def columns(cells: Sequence[Json]) -> Json:
    """Side by side, of the same width; two by two on a phone."""
    return {
        "tag": "column_set",
        "flex_mode": "bisect" if len(cells) > 2 else "none",
        "columns": [{"tag": "column", "width": "weighted", "weight": 1, "elements": [cell]} for cell in cells],
    }


def well(element: Json) -> Json:
    """On grey ground."""
    column = {"tag": "column", "width": "weighted", "weight": 1, "padding": "8px", "elements": [element]}
    return {"tag": "column_set", "background_style": "grey", "columns": [column]}


def row(controls: Sequence[Json]) -> Json:
    """As wide as they are, on as many lines as they need."""
    return {
        "tag": "column_set",
        "flex_mode": "flow",
        "horizontal_spacing": "8px",
        "columns": [{"tag": "column", "width": "auto", "elements": [control]} for control in controls],
    }


def button(label: str, pressed: Press, key: str, kind: str = "default", *, confirm: Json | None = None, small: bool = False) -> Json:
    return {
        "tag": "button",
        "text": text(label, limits.BUTTON),
        "type": kind,
        **({"size": "small"} if small else {}),
        **({"confirm": confirm} if confirm else {}),
        "behaviors": callback(pressed, key),
    }


def disabled(label: str, why: str, pressed: Press, key: str) -> Json:
    """Grey; says why when it is touched."""
    return {**button(label, pressed, key), "disabled": True, "disabled_tips": text(why, limits.TIPS)}


def link(label: str, url: str) -> Json:
    opens = {"type": "open_url", "default_url": url}
    return {"tag": "button", "text": text(label, limits.BUTTON), "type": "default", "behaviors": [opens]}


def callback(pressed: Press, key: str) -> list[Json]:
    return [{"type": "callback", "value": encode(pressed, key)}]


def confirm(title: str, question: str) -> Json:
    return {"title": text(title, limits.CONFIRM), "text": text(question, limits.CONFIRM)}


def checker(label: str, pressed: Press, key: str) -> Json:
    """Not ticked yet; `label` is plain text of any length."""
    return {
        "tag": "checker",
        "checked": False,
        "text": {"tag": "plain_text", "content": shown(label)},
        "behaviors": callback(pressed, key),
    }


def option(label: str, value: str) -> Json:
    return {"text": text(label, limits.OPTION), "value": value}


def select(placeholder: str, options: Sequence[Json], pressed: Press, key: str) -> Json:
    return {
        "tag": "select_static",
        "placeholder": text(placeholder, limits.PLACEHOLDER),
        "width": "fill",
        "options": list(options),
        "behaviors": callback(pressed, key),
    }


def table(head: Sequence[str], rows: Sequence[Sequence[str]], figures: Sequence[int]) -> Json:
    """Cells are plain text. At the root of a card only, and few of them (see `drawing`)."""
    return {
        "tag": "table",
        "page_size": max(1, min(10, len(rows))),
        "row_height": "auto",
        "header_style": {"text_color": "grey", "bold": False},
        "columns": [
            {
                "name": f"c{place}",
                **({"display_name": name} if name.strip() else {}),
                "data_type": "text",
                "width": "auto",
                "horizontal_align": "right" if place in figures else "left",
            }
            for place, name in enumerate(head)
        ],
        "rows": [{f"c{place}": cell.strip() or NOTHING for place, cell in enumerate(row)} for row in rows],
    }


def panel(title: str, inside: Sequence[Json]) -> Json:
    """Folded until somebody opens it."""
    mark = icon("down-small-ccm_outlined", "grey") | {"size": "16px 16px"}
    return {
        "tag": "collapsible_panel",
        "expanded": False,
        "header": {"title": {"tag": "plain_text", "content": title}, "icon": mark, "icon_position": "follow_text"},
        "elements": list(inside),
    }


@dataclass(frozen=True)
class Piece:
    """Elements that stay together. `items` of the card begin in it. `ends`: it belongs to what to do next, at the foot of the card."""

    elements: tuple[Json, ...]
    items: int = 1
    ends: bool = False

    @cached_property
    def weight(self) -> int:
        return sum(limits.weight(element) + 2 for element in self.elements)

    @cached_property
    def count(self) -> int:
        return limits.count(self.elements)


def piece(element: Json, items: int = 1) -> Piece:
    return Piece((element,), items)


def lines(rows: Sequence[str], more: str) -> Iterator[Piece]:
    """Rows in as few elements as hold them; of a long list the rest is folded. `more` says how many, as {n}."""
    upto = OPEN if len(rows) > FOLD else len(rows)
    yield from (piece(markdown(part), count) for part, count in filled(rows[:upto], limits.MARKDOWN))
    yield from folded(rows[upto:], more)


def folded(rows: Iterable[str], title: str) -> Iterator[Piece]:
    """Rows that are there for whoever opens them."""
    for part, count in filled(rows, limits.MARKDOWN):
        yield piece(panel(title.replace("{n}", str(count)), (markdown(part),)), count)
