"""Draw the neutral card as HTML for one viewer. Total: every block has a drawing, nothing is cut, typed text stays literal."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import assert_never

from markupsafe import Markup, escape

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
    Press,
    Progress,
    Stages,
    Step,
    Steps,
    Table,
    Tone,
    Words,
)
from bot.html.ink import Viewer, folded, icon, ink, plain
from bot.words import Bi, Text, When, line

SEVERITIES = {"minor": (Bi("一般", "Minor"), 1), "severe": (Bi("严重", "Severe"), 2), "major": (Bi("重大", "Major"), 3)}
ICONS = frozenset(
    [
        "alarm",
        "back",
        "bar",
        "check",
        "clock",
        "doc",
        "flag",
        "hash",
        "horn",
        "info",
        "list",
        "lock",
        "next",
        "note",
        "pencil",
        "people",
        "phone",
        "pin",
        "play",
        "plus",
        "printer",
        "pulse",
        "retry",
        "scale",
        "send",
        "shield",
        "sun",
        "swap",
        "warn",
        "x",
    ]
)
TONE_ICONS: dict[Tone, str] = {"calm": "info", "warn": "clock", "alarm": "alarm", "good": "check", "drill": "play"}
STEP_ICONS = {"todo": "", "doing": "", "done": "check", "skipped": "next", "blocked": "alarm", "failed": "x"}
EMPTY = Markup("")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a card is drawn: `ident` makes its element ids unique and stable over redraws."""

    ident: str
    viewer: Viewer


def draw(card: Card, ident: str, viewer: Viewer) -> Markup:
    """The whole card. Which buttons a finished card still has is its view's to say."""
    spot = Spot(ident, viewer)
    body = Markup("").join(_block(block, number, spot) for number, block in enumerate(card.blocks))
    return Markup(
        '<article class="card" id="{id}" data-tone="{tone}" data-state="{state}" aria-labelledby="{id}-t">{head}'
        '<div class="card-b">{body}</div></article>'
    ).format(
        id=ident,
        tone="drill" if card.drill and card.tone == "calm" else card.tone,
        state=card.state,
        head=_head(card, spot),
        body=body,
    )


def still(card: Card) -> Card:
    """The card to be read only: what it says stays, what could be pressed is gone."""
    return replace(card, blocks=tuple(_still(block) for block in card.blocks if not isinstance(block, Buttons | Choices)))


def _still(block: Block) -> Block:
    if isinstance(block, Steps):
        return Steps(tuple(replace(step, press=None, more=()) for step in block.items))
    return block


def badge(severity: str, viewer: Viewer) -> Markup:
    """Severity as word, bars and lightness."""
    name, bars = SEVERITIES.get(severity, (severity, 0))
    if not bars:
        return Markup('<span class="sev" data-sev="{}">{}</span>').format(severity, ink(name, viewer))
    return Markup('<span class="sev" data-sev="{}">{}{}</span>').format(severity, bar_shape(bars, ""), ink(name, viewer))


def bar_shape(bars: int, kind: str) -> Markup:
    off = [Markup(' class="off"') if number >= bars else EMPTY for number in range(3)]
    return Markup(
        '<svg class="{}" viewBox="0 0 12 12" aria-hidden="true"><rect x="0" y="8" width="3" height="4" rx=".8"{}/>'
        '<rect x="4.5" y="4" width="3" height="8" rx=".8"{}/><rect x="9" y="0" width="3" height="12" rx=".8"{}/></svg>'
    ).format(kind, *off)


def chip(text: Text, tone: Tone, viewer: Viewer) -> Markup:
    mark = icon(TONE_ICONS[tone]) if tone != "calm" else EMPTY
    return Markup('<span class="chip{}">{}{}</span>').format("" if tone == "calm" else f" {tone}", mark, ink(text, viewer))


def pressing(press: Press) -> str:
    """What a control carries to the ear; fenghuo.js adds a fresh request id."""
    return json.dumps({"action": press.action, "args": dict(press.args)}, ensure_ascii=False, separators=(",", ":"))


def _head(card: Card, spot: Spot) -> Markup:
    viewer = spot.viewer
    if card.badge:
        mark = badge(card.badge, viewer)
    else:
        mark = Markup('<span class="g">{}</span>').format(icon(card.icon if card.icon in ICONS else TONE_ICONS[card.tone]))
    drill = Markup('<span class="sev" data-sev="drill">{}</span>').format(ink(line("演练"), viewer)) if card.drill else EMPTY
    meta = Markup('<span class="k">{}</span>').format(ink(card.meta, viewer)) if card.meta else EMPTY
    mini = chip(card.chip, card.tone, viewer) if card.chip else EMPTY
    right = Markup('<span class="row push">{}{}</span>').format(meta, mini) if meta or mini else EMPTY
    return Markup('<header class="card-h">{}{}<h3 id="{}-t">{}</h3>{}</header>').format(
        mark, drill, spot.ident, ink(card.title, viewer), right
    )


def _block(block: Block, number: int, spot: Spot) -> Markup:
    match block:
        case Words():
            return _words(block, spot)
        case Facts(items=items, shape="rows"):
            return Markup('<dl class="rows">{}</dl>').format(EMPTY.join(_row(fact, spot) for fact in items))
        case Facts(items=items):
            return Markup('<dl class="facts">{}</dl>').format(EMPTY.join(_fact(fact, spot) for fact in items))
        case Stages():
            return _stages(block, spot)
        case Steps(items=items):
            steps = EMPTY.join(_step(step, place, spot) for place, step in enumerate(items, 1))
            return Markup('<ol class="steps">{}</ol>').format(steps)
        case Table():
            return _table(block, spot)
        case Progress():
            return _progress(block, spot)
        case Buttons():
            return _buttons(block, number, spot)
        case Choices():
            return _choices(block, number, spot)
        case Image(url=url, alt=alt):
            return _image(url, alt, spot)
        case Divider():
            return Markup("<hr>")
        case _:
            assert_never(block)


MARKED = re.compile("〖[^〖〗<>]*〗")


def _marked(body: Markup) -> Markup:
    """What a wording check has put between these brackets stands out; it is escaped already."""
    return Markup(MARKED.sub(r"<mark>\g<0></mark>", str(body)))


def _words(block: Words, spot: Spot) -> Markup:
    body = folded(block.text, spot.viewer)
    match block.kind:
        case "plain":
            return Markup('<div class="p">{}</div>').format(body)
        case "lead":
            return Markup('<div class="lead">{}</div>').format(body)
        case "next":
            return Markup('<div class="next">{}<div>{}</div></div>').format(icon("next"), body)
        case "quote":
            return Markup('<blockquote class="quote">{}</blockquote>').format(_marked(body))
        case "note":
            return Markup('<div class="note">{}</div>').format(body)
        case "warn":
            return Markup('<div class="why t-warn">{}<div class="x">{}</div></div>').format(icon("warn"), body)
        case _:
            assert_never(block.kind)


def _tone_class(tone: Tone) -> str:
    return {"calm": "", "warn": "t-warn", "alarm": "t-alarm", "good": "t-good", "drill": ""}[tone]


def _value(fact: Fact, spot: Spot) -> Markup:
    small = Markup(" <small>{}</small>").format(ink(fact.small, spot.viewer)) if fact.small else EMPTY
    due = Markup(' <small aria-hidden="true">{}</small>').format(countdown(fact, spot)) if fact.due else EMPTY
    shown = fact.value if fact.value != "" or fact.due is None else When(fact.due)
    return folded(shown, spot.viewer) + small + due


def countdown(fact: Fact, spot: Spot) -> Markup:
    if fact.due is None:
        return EMPTY
    return Markup('<span data-due="{}"></span>').format(int(fact.due.timestamp() * 1000))


def _fact(fact: Fact, spot: Spot) -> Markup:
    return Markup('<div><dt>{}</dt><dd class="{}">{}</dd></div>').format(
        ink(fact.label, spot.viewer), _tone_class(fact.tone), _value(fact, spot)
    )


_row = _fact


def _stages(block: Stages, spot: Spot) -> Markup:
    drawn = []
    for stage in block.items:
        dot = icon("check") if stage.state == "done" else EMPTY
        when = (
            ink(When(stage.at), spot.viewer)
            if stage.at
            else (ink(line("跳过"), spot.viewer) if stage.state == "skipped" else Markup("&nbsp;"))
        )
        current = Markup(' aria-current="step"') if stage.state == "now" else EMPTY
        drawn.append(
            Markup('<li class="{}"{}><span class="dot">{}</span><b>{}</b>{}</li>').format(
                stage.state, current, dot, ink(stage.name, spot.viewer), when
            )
        )
    return Markup('<ol class="stages" aria-label="{}">{}</ol>').format(plain(line("阶段"), spot.viewer), EMPTY.join(drawn))


def _step(step: Step, place: int, spot: Spot) -> Markup:
    viewer = spot.viewer
    mini = Markup(" ") + chip(step.chip, "calm", viewer) if step.chip else EMPTY
    who = Markup('<span class="w{}">{}</span>').format(" late" if step.late else "", ink(step.who, viewer)) if step.who else EMPTY
    more = EMPTY.join(_button(button, f"{spot.ident}-s{step.id}-{number}", spot, small=True) for number, button in enumerate(step.more))
    row = Markup('<div class="more">{}</div>').format(more) if more else EMPTY
    why = Markup('<div class="why2">{}</div>').format(ink(step.locked, viewer)) if step.locked and step.press else EMPTY
    return Markup('<li class="{}">{}<div class="x">{}{}{}</div>{}{}</li>').format(
        "doing" if step.state == "doing" else step.state, _tick(step, place, spot), folded(step.text, viewer), mini, why, who, row
    )


def _tick(step: Step, place: int, spot: Spot) -> Markup:
    viewer = spot.viewer
    label = plain(line("第 {n} 步：{text}", n=place, text=step.text), viewer)[:200]
    locked = step.locked or (None if step.press else line("这一步现在没有可按的"))
    mark = icon("lock") if step.locked and step.state == "todo" else (icon(STEP_ICONS[step.state]) if STEP_ICONS[step.state] else EMPTY)
    act = _locks(locked, spot) if locked is not None else Markup(' data-press="{}"').format(pressing(step.press) if step.press else "")
    return Markup('<button type="button" class="tick" id="{}-k{}" role="checkbox" aria-checked="{}" aria-label="{}"{}>{}</button>').format(
        spot.ident, step.id, "true" if step.state == "done" else "false", label, act, mark
    )


def _locks(reason: Text, spot: Spot) -> Markup:
    return Markup(' aria-disabled="true" data-why="{}"').format(plain(reason, spot.viewer))


def _table(block: Table, spot: Spot) -> Markup:
    def cells(tag: str, row: tuple[Text, ...]) -> Markup:
        scope = Markup(' scope="col"') if tag == "th" else EMPTY
        return EMPTY.join(
            Markup("<{0}{1}{2}>{3}</{0}>").format(
                Markup(tag), scope, Markup(' class="n"') if column in block.figures else EMPTY, folded(cell, spot.viewer)
            )
            for column, cell in enumerate(row)
        )

    rows = EMPTY.join(Markup("<tr>{}</tr>").format(cells("td", row)) for row in block.rows)
    return Markup('<div class="tbl" tabindex="0"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>').format(
        cells("th", block.head), rows
    )


def _progress(block: Progress, spot: Spot) -> Markup:
    total = max(block.total, 0)
    share = 0 if total == 0 else min(100, round(100 * block.done / total))
    note = Markup('<span class="push quiet xs">{}</span>').format(ink(block.note, spot.viewer)) if block.note else EMPTY
    return Markup(
        '<div class="prog"><div class="row"><span>{label}</span><b class="num">{done}/{total}</b>{note}</div>'
        '<svg class="bar {tone}" role="progressbar" aria-label="{name}" aria-valuenow="{done}" aria-valuemin="0" aria-valuemax="{total}">'
        '<rect width="{share}%" height="100%"/></svg></div>'
    ).format(
        label=ink(block.label, spot.viewer),
        name=plain(block.label, spot.viewer),
        done=block.done,
        total=total,
        note=note,
        tone={"calm": "accent", "alarm": "alarm", "warn": "warn", "good": "good", "drill": ""}[block.tone],
        share=share,
    )


def _button(button: Button, ident: str, spot: Spot, small: bool = False) -> Markup:
    mark = icon(button.icon) if button.icon in ICONS and button.icon else EMPTY
    act = _locks(button.locked, spot) if button.locked is not None else Markup(' data-press="{}"').format(pressing(button.press))
    return Markup('<button type="button" id="{}" class="btn {}{}"{}>{}{}</button>').format(
        ident, button.style, " sm" if small else "", act, mark, ink(button.label, spot.viewer)
    )


def _link(item: LinkOut, spot: Spot) -> Markup:
    if not item.url.startswith(("https://", "http://", "/")):
        return Markup('<span class="small quiet">{} {}</span>').format(ink(item.label, spot.viewer), item.url)
    return Markup('<a class="btn" href="{}" target="_blank" rel="noopener noreferrer">{}{}</a>').format(
        item.url, icon("doc"), ink(item.label, spot.viewer)
    )


def _buttons(block: Buttons, number: int, spot: Spot) -> Markup:
    drawn = EMPTY.join(
        _link(item, spot) if isinstance(item, LinkOut) else _button(item, f"{spot.ident}-b{number}-{place}", spot)
        for place, item in enumerate(block.items)
    )
    reasons = dict.fromkeys(ink(item.locked, spot.viewer) for item in block.items if isinstance(item, Button) and item.locked is not None)
    why = EMPTY.join(Markup('<div class="why">{}<span class="x">{}</span></div>').format(icon("lock"), reason) for reason in reasons)
    return Markup('<div class="acts">{}</div>{}').format(drawn, why)


def _choices(block: Choices, number: int, spot: Spot) -> Markup:
    ident = f"{spot.ident}-c{number}"
    options = EMPTY.join(
        Markup('<option value="{}">{}</option>').format(
            option.value, plain(option.label, spot.viewer) + (f" · {plain(option.hint, spot.viewer)}" if option.hint else "")
        )
        for option in block.options
    )
    return Markup(
        '<div class="pick"><label for="{id}">{label}</label><select id="{id}" data-choose="{press}">'
        '<option value="">{none}</option>{options}</select></div>'
    ).format(
        id=ident,
        label=ink(block.label, spot.viewer),
        press=pressing(block.press),
        none=plain(line("选一个…"), spot.viewer),
        options=options,
    )


def _image(url: str, alt: Text, spot: Spot) -> Markup:
    """Pictures of other hosts are a link: the sandbox sends no request to anybody else."""
    if url.startswith(("/", "data:image/")) and not url.startswith("//"):
        return Markup('<img src="{}" alt="{}" loading="lazy">').format(url, plain(alt, spot.viewer))
    if url.startswith(("https://", "http://")):
        return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, ink(alt, spot.viewer))
    return Markup("<span>{}</span>").format(escape(plain(alt, spot.viewer)))
