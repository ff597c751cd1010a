"""A form as a card in the direct chat, and back: what was typed reaches the handler as any other platform's form would hand it over.

Feishu's inputs take 1,000 characters. A longer draft stands in several inputs below one another (`key`, `key.2` …) and is one text again
when it comes back. People are chosen from the plan's list, so that whoever has no Feishu account can be chosen too; plan ids come back.
Where the plan has more people than a card holds options, those with an account are in Feishu's own picker (by open_id), the others in a
list below it (`key.2`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot.cards.model import Field, Form, Option, press
from bot.platforms.feishu import elements as e
from bot.platforms.feishu import limits
from bot.platforms.feishu.limits import units
from bot.platforms.feishu.markdown import (
    Reader,
    bold,
    coloured,
    filled,
    first,
    fitting,
    grey,
    plain,
    shown,
    split,
    tame,
    words,
)
from bot.platforms.feishu.values import FORM, Json, encode
from bot.platforms.spoken import storable
from bot.words import Text, When, Who, joined, line

NONE = "feishu.none"  # the option by which a question is left open after all
PART = 900  # characters of one input of a long draft: there is room to add some
PARTS = 8
CONTAINER = "feishu.form"
SUBMIT = "feishu.submit"
CHOOSING = ("choice", "choices", "person", "people")


STRANGERS = 40  # people without an account, listed below the picker


@dataclass(frozen=True, slots=True)
class Space:
    """How much room a form is given: bytes of an explanation, characters of an option, parts of a draft.

    `explained`: options are said in full above; `picker`: everybody of the plan is in Feishu's own picker.
    """

    words: int = limits.MARKDOWN
    option: int = limits.OPTION
    parts: int = PARTS
    explained: bool = True
    picker: bool = True


SPACES = (Space(picker=False), Space(), Space(600, 60), Space(300, 30, 3, False), Space(150, 15, 1, False))


def form(
    form: Form,
    reader: Reader,
    form_id: str,
    key: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, Text] | None = None,
) -> Json:
    """The form to be filled in, or once more with what was typed and what is wrong with it.

    Of a form that is too large the explanations are cut first, then drafts, then the last questions; it says so.
    """
    asked = _asked(form, typed or {}, errors or {})
    for space in SPACES:
        drawn = _drawn(asked, reader, form_id, key, space, cut=space not in SPACES[:2])
        if _fits(drawn):
            return drawn
    fields, left = list(asked.fields), 0
    while fields and not _fits(drawn):
        fields.pop()
        left += 1
        drawn = _drawn(replace(asked, fields=tuple(fields)), reader, form_id, key, SPACES[-1], cut=True, left=left)
    return drawn


def _fits(card: Json) -> bool:
    return limits.weight(card) <= limits.CARD and limits.count(card) <= limits.ELEMENTS


def _asked(form: Form, typed: Mapping[str, str], errors: Mapping[str, Text]) -> Form:
    """The form with what was typed as its defaults and every error at its question; what belongs to none stands on top."""
    fields = tuple(
        replace(field, initial=typed.get(field.key, field.initial), error=errors.get(field.key, field.error)) for field in form.fields
    )
    known = {field.key for field in fields if field.kind != "note"}
    above = [text for text in (form.error, *(error for key, error in errors.items() if key not in known)) if text is not None]
    return replace(form, fields=fields, error=joined(above, by="\n") if above else None)


def _drawn(form: Form, reader: Reader, form_id: str, key: str, space: Space, *, cut: bool, left: int = 0) -> Json:
    name = plain(form.title, reader)
    inside = [element for field in form.fields for element in _field(field, reader, space)]
    if left:
        inside.append(e.markdown(grey(words(line("还有 {n} 项", n=left), reader)), small=True))
    container = {"tag": "form", "name": CONTAINER, "elements": [*inside, _submit(form, reader, form_id, key)]}
    return {
        "schema": "2.0",
        "config": {"update_multi": True, "width_mode": "fill", "summary": {"content": first(shown(name), limits.SUMMARY)}},
        "header": {"title": e.text(name, limits.TITLE), "template": "default", "icon": e.icon("edit_outlined")},
        "body": {"vertical_spacing": "8px", "elements": [*_above(form, reader, space, cut), container]},
    }


def _above(form: Form, reader: Reader, space: Space, cut: bool) -> Iterator[Json]:
    if form.error is not None:
        yield from e.markdowns(coloured(_brief(form.error, reader, space), "red"), mark=e.icon("warning_outlined", "red"))
    if units(plain(form.title, reader)) > limits.TITLE:
        yield from e.markdowns(bold(_brief(form.title, reader, space)))
    if units(plain(form.submit, reader)) > limits.BUTTON:
        yield from e.markdowns(grey(_brief(form.submit, reader, space)), small=True)
    if form.intro is not None:
        yield from e.markdowns(_brief(form.intro, reader, space))
    if cut:
        yield e.markdown(grey(words(line("这张表的说明太长，截短了。"), reader)), small=True)


def _brief(text: Text, reader: Reader, space: Space) -> str:
    """As much of an explanation as there is room for."""
    marked = words(text, reader)
    if space in SPACES[:2]:
        return marked
    part = next(split(marked, space.words))
    return f"{part}…" if len(part) < len(marked) else part


def _submit(form: Form, reader: Reader, form_id: str, key: str) -> Json:
    label = plain(form.submit, reader)
    ask = e.confirm(label, plain(line("交上去就生效，群里都看得到。"), reader)) if form.danger else None
    return {
        "tag": "button",
        "name": SUBMIT,
        "text": e.text(label, limits.BUTTON),
        "type": "danger_filled" if form.danger else "primary_filled",
        **({"confirm": ask} if ask else {}),
        "form_action_type": "submit",
        "behaviors": [{"type": "callback", "value": encode(press(FORM, form=form_id), key)}],
    }


# --- one question -------------------------------------------------------------------------------------------------------------


def _field(field: Field, reader: Reader, space: Space) -> Iterator[Json]:
    if field.kind == "note":
        yield from e.markdowns(_brief(field.label, reader, space), mark=e.icon("info_outlined", "grey"))
        return
    options = _options(field, reader)
    yield from _label(field, options, reader, space)
    if field.kind not in CHOOSING:
        yield from _inputs(field, reader, space)
    elif space.picker and field.kind in ("person", "people") and not field.options:
        yield from _picker(field, options, reader, space)
    elif options:
        yield _select(field, options, reader, space)


def _label(field: Field, options: Sequence[Option], reader: Reader, space: Space) -> Iterator[Json]:
    """The question, what is wrong with the answer, and what the answer's place has no room for, all in one element."""
    must = " <font color='red'>&#42;</font>" if field.required else f"　{grey(words(line('可不填'), reader))}"
    rows = [f"{bold(_brief(field.label, reader, space))}{must}"]
    if field.error is not None:
        rows.append(coloured(_brief(field.error, reader, space), "red"))
    if field.hint is not None and _hint_apart(field, reader):
        rows.append(grey(_brief(field.hint, reader, space)))
    if field.kind in CHOOSING and not options:
        rows.append(words(line("没有可选的。"), reader))
    if space.explained:
        long = [each for each in options if units(_told(each, reader)) > space.option]
        rows += (grey(f"• {_brief(each.label, reader, space)}{_small(each, reader, space)}") for each in long)
    lost = units(field.initial) - PART * space.parts
    if field.kind not in CHOOSING and lost > 0:
        rows.append(words(line("原来的有 {n} 字，这里放得下 {most} 字。", n=units(field.initial), most=PART * space.parts), reader))
    yield from (e.markdown(text) for text, _ in filled(rows, limits.MARKDOWN))


def _hint_apart(field: Field, reader: Reader) -> bool:
    """A placeholder is short, and gone as soon as something stands in the input."""
    return bool(field.initial.strip()) or units(plain(field.hint or "", reader)) > limits.PLACEHOLDER


def _placeholder(field: Field, otherwise: Text, reader: Reader) -> Json:
    hint = plain(field.hint, reader) if field.hint is not None else ""
    return e.text(hint if hint.strip() else plain(otherwise, reader), limits.PLACEHOLDER)


def _inputs(field: Field, reader: Reader, space: Space) -> Iterator[Json]:
    drafts = drafted(tame(field.initial))[: space.parts]
    many = field.kind == "text" or len(drafts) > 1 or "\n" in field.initial
    for number, draft in enumerate(drafts):
        most = min(limits.INPUT, max(field.limit, units(draft), 1)) if len(drafts) == 1 else limits.INPUT
        yield {
            "tag": "input",
            "name": part_name(field.key, number),
            "required": field.required and number == 0,
            "placeholder": _placeholder(field, line("写在这里"), reader),
            **({"default_value": draft} if draft else {}),
            "width": "fill",
            "max_length": most,
            **({"input_type": "multiline_text", "rows": 3, "auto_resize": True, "max_rows": 12} if many else {}),
        }


def part_name(key: str, number: int) -> str:
    return f"{key}.{number + 1}" if number else key


def drafted(text: str) -> list[str]:
    """The text in parts that fit into an input, cut at line ends where there are any; joined they are the text."""
    parts: list[str] = []
    while units(text) > limits.INPUT:
        part = fitting(text, PART)
        at = part.rfind("\n", len(part) // 2) + 1 or len(part)
        parts.append(text[:at])
        text = text[at:]
    return [*parts, text]


def _options(field: Field, reader: Reader) -> tuple[Option, ...]:
    """Each value once; values are ids, so an empty or a very long one cannot be meant."""
    found = field.options
    if field.kind in ("person", "people") and not found:
        found = tuple(Option(person, name) for person, name in reader.names.items())
    return tuple({each.value: each for each in found if each.value and limits.size(each.value) <= limits.VALUE // 10}.values())


def _told(option: Option, reader: Reader) -> str:
    small = plain(option.hint, reader) if option.hint else ""
    return f"{plain(option.label, reader)} · {small}" if small.strip() else plain(option.label, reader)


def _small(option: Option, reader: Reader, space: Space) -> str:
    return f" · {_brief(option.hint, reader, space)}" if option.hint else ""


def _select(field: Field, options: Sequence[Option], reader: Reader, space: Space) -> Json:
    drawn = [{"text": e.text(_told(each, reader), space.option), "value": each.value} for each in options]
    values = [each.value for each in options]
    shared = {"name": field.key, "required": field.required, "width": "fill", "placeholder": _placeholder(field, line("选一个…"), reader)}
    match field.kind:
        case "choices" | "people":
            wanted = set(field.initial.split(","))
            chosen = [value for value in values if value in wanted]
            return {"tag": "multi_select_static", **shared, "options": drawn, **({"selected_values": chosen} if chosen else {})}
        case "choice" | "person":
            leave = [] if field.required else [e.option(plain(line("不选"), reader), NONE)]
            place = values.index(field.initial) + 1 + len(leave) if field.initial in values else 0
            return {"tag": "select_static", **shared, "options": [*leave, *drawn], **({"initial_index": place} if place else {})}
        case "line" | "text" | "time" | "number" | "note":
            raise AssertionError(field)  # typed or a paragraph, drawn before
        case _:
            assert_never(field.kind)


def _picker(field: Field, options: Sequence[Option], reader: Reader, space: Space) -> Iterator[Json]:
    """Whoever has an account by Feishu's own picker, which finds people by what is typed; the others in a list."""
    handles = {each.value: handle for each in options if (handle := reader.handle(each.value))}
    others = [each for each in options if each.value not in handles]
    if handles:
        chosen = [handles[person] for person in field.initial.split(",") if person in handles]
        many = field.kind == "people"
        first_chosen = {"selected_values": chosen} if many else {"initial_option": chosen[0]} if chosen else {}
        yield {
            "tag": "multi_select_person" if many else "select_person",
            "name": field.key,
            "required": field.required and not others,
            "width": "fill",
            "placeholder": _placeholder(field, line("选一个…"), reader),
            "options": [{"value": handle} for handle in handles.values()],
            **(first_chosen if chosen else {}),
        }
    if others:
        rest = replace(field, key=part_name(field.key, 1), required=False, hint=line("没有飞书账号的人"))
        yield _select(rest, others[:STRANGERS], reader, space)


# --- and back -----------------------------------------------------------------------------------------------------------------


def read_form(form: Form, form_value: Mapping[str, object], person_of: Callable[[str], str | None] | None = None) -> dict[str, str]:
    """What was answered, by question. Every question is there, empty where nothing was answered.

    `person_of`: the plan's id of an open_id that comes from Feishu's own picker; whom it does not know was not chosen.
    """
    known = person_of or (lambda handle: None)
    return {field.key: _answer(field, form_value, known) for field in form.fields if field.kind != "note"}


def _answer(field: Field, found: Mapping[str, object], person_of: Callable[[str], str | None]) -> str:
    parts = [found.get(part_name(field.key, number)) for number in range(PARTS)]
    if field.kind in CHOOSING:
        chosen = [
            str(one) for part in parts for one in (part if isinstance(part, list | tuple) else (part,)) if one not in (None, "", NONE)
        ]
        return _chosen(field, chosen, person_of)
    return storable("".join(part for part in parts if isinstance(part, str))).replace("\r\n", "\n")


def _chosen(field: Field, chosen: Sequence[str], person_of: Callable[[str], str | None]) -> str:
    """Several in the order in which they were offered."""
    offered = {option.value: place for place, option in enumerate(field.options)}
    if field.kind in ("person", "people"):
        chosen = [person for one in chosen if (person := person_of(one) if one.startswith("ou_") and one not in offered else one)]
    several = sorted(dict.fromkeys(chosen), key=lambda value: offered.get(value, len(offered)))
    return ",".join(several) if field.kind in ("choices", "people") else next(iter(chosen), "")


# --- afterwards ---------------------------------------------------------------------------------------------------------------


def done(form: Form, reader: Reader, typed: Mapping[str, str], by: str | None = None, at: datetime | None = None) -> Json:
    """The form once it was accepted: what was sent, by whom, when. There is nothing left to press."""
    name = plain(form.title, reader)
    rows = [
        f"{bold(words(field.label, reader))}\n{words(_said(field, typed[field.key]), reader)}"
        for field in form.fields
        if field.kind != "note" and typed.get(field.key, "").strip()
    ]
    texts = [text for text, _ in filled(rows, limits.MARKDOWN)]
    most = limits.CARD // limits.MARKDOWN - 4
    elements = [e.markdown(text) for text in texts[:most]]
    if texts[most:]:
        elements.append(e.markdown(words(line("还有 {n} 字放不下。", n=sum(map(len, texts[most:]))), reader), small=True))
    signed = joined([part for part in (Who(by) if by else None, When(at, "day") if at else None) if part is not None], by=" ")
    elements.append(e.markdown(grey(f"{words(line('已交'), reader)}　{words(signed, reader)}".strip()), small=True))
    summary = plain(line("已交：{what}", what=form.title), reader)
    return {
        "schema": "2.0",
        "config": {"update_multi": True, "width_mode": "fill", "summary": {"content": first(summary, limits.SUMMARY)}},
        "header": {"title": e.text(name, limits.TITLE), "template": "green", "icon": e.icon("done_outlined")},
        "body": {"vertical_spacing": "8px", "elements": elements},
    }


def _said(field: Field, answer: str) -> Text:
    """What was chosen by its name, what was typed as it was typed."""
    labels = {option.value: option.label for option in field.options}
    match field.kind:
        case "person" | "people":
            return joined([labels.get(value, Who(value)) for value in answer.split(",")])
        case "choice" | "choices":
            return joined([labels.get(value, value) for value in answer.split(",")])
        case _:
            return answer
