"""A form as a modal, and back: what was typed reaches the handler exactly as any other platform's form would hand it over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from bot.cards.model import Field, Form, Option
from bot.platforms.slack import elements as e
from bot.platforms.slack import limits
from bot.platforms.slack.limits import size
from bot.platforms.slack.mrkdwn import Reader, bold, escape, filled, first, fitting, plain, split, tame, words
from bot.platforms.slack.press import Forged, packed
from bot.platforms.spoken import storable
from bot.words import line

ERRORS = "slack.error:"
BRIEF = 150  # characters of an explanation in a form that would else be too large
EMPTY = "slack.empty:"  # the block_id of a question that has nothing to choose from
STATE = ("blocks", "type", "title", "submit", "close", "callback_id", "private_metadata", "notify_on_close")


def form_view(form: Form, reader: Reader, people: Sequence[tuple[str, str]], meta: Mapping[str, str]) -> dict[str, Any]:
    """`people`: (id, what they are called) of everybody whom a person field offers where the form names nobody itself."""
    metadata = packed_meta(dict(form.args), meta)
    name = plain(form.title, reader)
    return {
        "type": "modal",
        "callback_id": form.id,
        "title": e.label(name, limits.VIEW_TITLE),
        "submit": e.label(plain(form.submit, reader), limits.VIEW_TITLE),
        "close": e.label(plain(line("取消"), reader), limits.VIEW_TITLE),
        "private_metadata": metadata,
        "notify_on_close": False,
        "blocks": _within(list(_blocks(form, reader, people)), reader) or [e.section(words(form.title, reader))],
    }


def packed_meta(args: Mapping[str, str], meta: Mapping[str, str]) -> str:
    """Ids only: a form whose arguments do not fit is a bug of the form, and is heard of before anybody types into it."""
    metadata = packed({"args": dict(args), **meta})
    if size(metadata) > limits.METADATA:
        raise ValueError(f"private_metadata of {size(metadata)} characters")
    return metadata


def _within(blocks: list[e.Json], reader: Reader) -> list[e.Json]:
    """What Slack takes in number and in bytes. Beyond that only explanations are cut, and the form says so."""
    if len(blocks) > limits.VIEW_BLOCKS:
        kept = blocks[: limits.VIEW_BLOCKS - 1]
        blocks = [*kept, *e.contexts(words(line("还有 {n} 项", n=len(blocks) - len(kept)), reader))]
    if len(packed({"": blocks}).encode()) <= limits.VIEW_BYTES:
        return blocks
    return [*e.contexts(words(line("这张表的说明太长，截短了。"), reader)), *map(_brief, blocks)][: limits.VIEW_BLOCKS]


def _brief(block: e.Json) -> e.Json:
    match block:
        case {"type": "section", "text": {"text": str(text)}}:
            return {**block, "text": e.marked(next(split(text, BRIEF)) + ("…" if size(text) > BRIEF else ""))}
        case {"type": "input"}:
            return {**block, **{key: e.label(block[key]["text"], BRIEF) for key in ("label", "hint") if key in block}}
        case _:
            return block


def _blocks(form: Form, reader: Reader, people: Sequence[tuple[str, str]]) -> Iterator[e.Json]:
    if form.error is not None:
        yield from _trouble([words(form.error, reader)])
    if size(plain(form.title, reader)) > limits.VIEW_TITLE:
        yield from e.sections(bold(words(form.title, reader)))
    if size(plain(form.submit, reader)) > limits.VIEW_TITLE:
        yield from e.contexts(words(form.submit, reader))
    if form.danger:
        yield from e.sections(f"⚠️ {bold(words(line('交上去就生效，群里都看得到。'), reader))}")
    if form.intro is not None:
        yield from e.sections(words(form.intro, reader))
    notes: list[str] = []
    for field in form.fields:
        if field.kind == "note":
            notes.append(words(field.label, reader))
            continue
        yield from (e.section(text) for text, _ in filled(notes, limits.SECTION))
        notes = []
        yield from _field(field, reader, people)
    yield from (e.section(text) for text, _ in filled(notes, limits.SECTION))


def _trouble(errors: Sequence[str]) -> list[e.Json]:
    """On top, where with_errors finds them again."""
    text = "\n".join(f"⚠️ {error}" for error in errors)
    return [{**block, "block_id": f"{ERRORS}{number}"} for number, block in enumerate(e.sections(text))]


# --- one question -------------------------------------------------------------------------------------------------------------


def _field(field: Field, reader: Reader, people: Sequence[tuple[str, str]]) -> Iterator[e.Json]:
    options = _options(field, reader, people)
    listed = [f"• {words(each.label, reader)}{_hint(each, reader)}" for each in options if not _shown_whole(each, reader)]
    if size(plain(field.label, reader)) > limits.LABEL:
        listed.insert(0, words(field.label, reader))
    yield from (e.section(text) for text, _ in filled(listed, limits.SECTION))
    if field.kind in ("choice", "choices", "person", "people") and not options:
        *before, last = e.sections(f"{words(field.label, reader)}　{words(line('没有可选的。'), reader)}")
        yield from before
        yield {**last, "block_id": EMPTY + field.key}
        return
    hint = plain(field.hint, reader) if field.hint else ""
    block: e.Json = {
        "type": "input",
        "block_id": field.key,
        "optional": not field.required,
        "label": e.label(plain(field.label, reader), limits.LABEL),
        "element": {**_element(field, options, reader), "action_id": field.key},
    }
    lost = size(field.initial) - limits.INPUT if _typed(field) else 0
    hint += plain(line("原来的有 {n} 字，这里放得下 {most} 字。", n=size(field.initial), most=limits.INPUT), reader) if lost > 0 else ""
    yield block | ({"hint": e.label(hint, limits.LABEL)} if hint.strip() else {})
    if size(hint) > limits.LABEL:
        yield from e.contexts(words(field.hint or "", reader))
    if field.error is not None:
        yield from e.contexts(f"⚠️ {words(field.error, reader)}")


def _typed(field: Field) -> bool:
    return field.kind in ("line", "text", "time", "number")


def _options(field: Field, reader: Reader, people: Sequence[tuple[str, str]]) -> tuple[Option, ...]:
    """Each value once. A value that is empty or too long for Slack cannot be chosen: ids are neither."""
    found = field.options
    if field.kind in ("person", "people") and not found:
        found = tuple(Option(person, name) for person, name in people)
    return tuple({each.value: each for each in found if each.value and size(each.value) <= limits.OPTION_VALUE}.values())


def _hint(option: Option, reader: Reader) -> str:
    return f" · {words(option.hint, reader)}" if option.hint else ""


def _shown_whole(option: Option, reader: Reader) -> bool:
    return size(plain(option.label, reader)) <= limits.OPTION and size(plain(option.hint or "", reader)) <= limits.OPTION


def _element(field: Field, options: Sequence[Option], reader: Reader) -> e.Json:
    drawn = [e.option(plain(each.label, reader), each.value, plain(each.hint or "", reader)) for each in options]
    few = len(drawn) <= limits.BOXES
    match field.kind:
        case "line" | "time" | "number":
            return _input(field, multiline="\n" in field.initial)
        case "text":
            return _input(field, multiline=True)
        case "choice":
            return _one({"type": "radio_buttons", "options": drawn} if few else _select("static_select", drawn, reader), drawn, field)
        case "choices":
            return _some({"type": "checkboxes", "options": drawn} if few else _select("multi_static_select", drawn, reader), drawn, field)
        case "person":
            return _one(_select("static_select", drawn, reader), drawn, field)
        case "people":
            return _some(_select("multi_static_select", drawn, reader), drawn, field)
        case "note":
            raise AssertionError(field)  # a paragraph, drawn before
        case _:
            assert_never(field.kind)


def _input(field: Field, multiline: bool) -> e.Json:
    """What is there already may be longer than what may be typed anew."""
    initial = fitting(tame(field.initial), limits.INPUT)
    most = min(limits.INPUT, max(field.limit, size(initial), 1))
    drawn: e.Json = {"type": "plain_text_input", "multiline": multiline, "max_length": most}
    return drawn | ({"initial_value": initial} if initial else {})


def _select(kind: str, drawn: Sequence[e.Json], reader: Reader) -> e.Json:
    """Up to a hundred are in the window; of more, `people_options` answers what is typed."""
    shown = {"type": kind, "placeholder": e.label(plain(line("选一个…"), reader), limits.PLACEHOLDER)}
    if len(drawn) > limits.OPTIONS:
        return shown | {"type": kind.replace("static", "external"), "min_query_length": 1}
    return shown | {"options": list(drawn)}


def _one(element: e.Json, drawn: Sequence[e.Json], field: Field) -> e.Json:
    chosen = [option for option in drawn if option["value"] == field.initial]
    return element | ({"initial_option": chosen[0]} if chosen else {})


def _some(element: e.Json, drawn: Sequence[e.Json], field: Field) -> e.Json:
    wanted = set(field.initial.split(","))
    chosen = [option for option in drawn if option["value"] in wanted]
    return element | ({"initial_options": chosen} if chosen else {})


def people_options(query: str, people: Sequence[tuple[str, str]]) -> list[e.Json]:
    """The answer to a `block_suggestion`: whoever has the query in their name or id."""
    wanted = query.strip().casefold()
    found = [(person, name) for person, name in people if wanted in name.casefold() or wanted in person.casefold()]
    return [e.option(tame(name), person) for person, name in found[: limits.OPTIONS]]


# --- and back -----------------------------------------------------------------------------------------------------------------


def read_form(view: Mapping[str, Any]) -> tuple[str, dict[str, str], dict[str, str], dict[str, str]]:
    """(form, args, values, meta) of a submitted view. Every question is there, empty where nothing was answered."""
    args, meta = read_meta(view)
    values: dict[str, str] = {}
    for block in view.get("blocks", ()):
        key = str(block.get("block_id", ""))
        if key.startswith(EMPTY):
            values[key.removeprefix(EMPTY)] = ""
        elif block.get("type") == "input":
            values[key] = _answer(block["element"], _answered(view, key))
    return str(view.get("callback_id", "")), args, values, meta


def read_meta(view: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """(args, meta) that the view was opened with."""
    meta = _object(str(view.get("private_metadata") or "{}"))
    args = meta.pop("args", {})
    if not isinstance(args, dict) or not all(isinstance(value, str) for value in (*args.values(), *meta.values())):
        raise Forged("private_metadata")
    return args, meta


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise Forged("private_metadata") from wrong
    if not isinstance(found, dict):
        raise Forged("private_metadata")
    return found


def _answered(view: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = view.get("state", {}).get("values", {}).get(key, {}).get(key)
    return found or {}


def _answer(element: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """Text as typed; one chosen value; several in the order in which they were offered."""
    if state.get("selected_option"):
        return str(state["selected_option"]["value"])
    if state.get("selected_options"):
        chosen = [str(option["value"]) for option in state["selected_options"]]
        offered = {option["value"]: place for place, option in enumerate(element.get("options", ()))}
        return ",".join(sorted(chosen, key=lambda value: offered.get(value, len(offered))))
    return storable(str(state.get("value") or "")).replace("\r\n", "\n")


def with_errors(view: Mapping[str, Any], errors: Mapping[str, str]) -> dict[str, Any]:
    """The submitted view once more, what was typed in its place, the errors on top (those of a question with its label)."""
    labels = {str(block["block_id"]): str(block["label"]["text"]) for block in view["blocks"] if block.get("type") == "input"}
    told = [escape(f"{first(labels[key], 60)}：{error}" if key in labels else error) for key, error in errors.items()]
    blocks = [_kept(block, view) for block in view["blocks"] if not str(block.get("block_id", "")).startswith(ERRORS)]
    again = {key: view[key] for key in STATE if key in view}
    return again | {"blocks": [*(_trouble(told) if told else []), *blocks][: limits.VIEW_BLOCKS]}


def _kept(block: Mapping[str, Any], view: Mapping[str, Any]) -> e.Json:
    """An input as it was left."""
    if block.get("type") != "input":
        return dict(block)
    state = _answered(view, str(block["block_id"]))
    element = {key: value for key, value in block["element"].items() if not key.startswith("initial_")}
    for key, initial in (("value", "initial_value"), ("selected_option", "initial_option"), ("selected_options", "initial_options")):
        if state.get(key):
            element[initial] = state[key]
    return {**block, "element": element}
