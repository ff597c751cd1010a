"""A form as a dialog. Errors are swapped in at their fields and nothing else is touched, so what was typed cannot be lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import assert_never

from markupsafe import Markup

from bot.cards.model import Field, Form, Option
from bot.html.ink import Viewer, icon, ink, plain
from bot.platforms.sandbox.ears import Human
from bot.words import Text, line

MOST_RADIOS = 6
PREVIEW = "preview"  # the note that shows what the form would say
EMPTY = Markup("")


def draw_form(form: Form, viewer: Viewer, people: Sequence[Human]) -> Markup:
    """What stands inside the dialog element. Field names carry `v:` so that they never meet our own.

    No field has a maxlength: browsers would cut off silently what is pasted.
    """
    fields = EMPTY.join(_field(field, viewer, people) for field in form.fields)
    intro = Markup('<p class="quiet small">{}</p>').format(ink(form.intro, viewer)) if form.intro else EMPTY
    return Markup(
        '<form data-form method="post" novalidate aria-labelledby="dialog-t"><header><h2 id="dialog-t">{title}</h2></header>'
        '<div class="b">{error}{intro}{fields}<input type="hidden" name="form" value="{id}">'
        '<input type="hidden" name="args" value="{args}"></div>'
        '<footer><button type="submit" class="btn {style}">{submit}</button>'
        '<button type="button" class="btn ghost push" data-do="close">{cancel}</button>'
        '<p class="why t-warn" id="dialog-warn" hidden>{warn}</p></footer></form>'
    ).format(
        title=ink(form.title, viewer),
        error=_error("", form.error, viewer),
        intro=intro,
        fields=fields,
        id=form.id,
        args=json.dumps(dict(form.args), ensure_ascii=False),
        style="danger" if form.danger else "primary",
        submit=ink(form.submit, viewer),
        cancel=ink(line("取消"), viewer),
        warn=ink(line("还没交。再按一次就丢掉写的内容。"), viewer),
    )


def draw_preview(text: Text, viewer: Viewer) -> Markup:
    """What the form would say; the page asks for it again while somebody types, and without a script it stays as it was."""
    return Markup('<blockquote class="quote draft" id="preview" aria-live="off">{}</blockquote>').format(ink(text, viewer))


def swap_preview(text: Text, viewer: Viewer) -> Markup:
    return Markup('<hx-partial hx-target="#preview" hx-swap="outerHTML">{}</hx-partial>').format(draw_preview(text, viewer))


def draw_errors(errors: Mapping[str, Text], fields: Sequence[str], viewer: Viewer) -> Markup:
    """The error line of every field, filled or emptied; an error of an unknown field stands at the top."""
    known = {key: errors[key] for key in fields if key in errors}
    rest = [error for key, error in errors.items() if key not in known]
    lines = [_swap("", rest[0] if rest else None, viewer), *(_swap(key, known.get(key), viewer) for key in fields)]
    return EMPTY.join(lines)


def _swap(key: str, error: Text | None, viewer: Viewer) -> Markup:
    return Markup('<hx-partial hx-target="[id=\'e-{}\']" hx-swap="outerHTML">{}</hx-partial>').format(key, _error(key, error, viewer))


def _error(key: str, error: Text | None, viewer: Viewer) -> Markup:
    if error is None:
        return Markup('<span class="err" id="e-{}" hidden></span>').format(key)
    return Markup('<span class="err" id="e-{}" role="alert">{}<span>{}</span></span>').format(key, icon("warn"), ink(error, viewer))


def _field(field: Field, viewer: Viewer, people: Sequence[Human]) -> Markup:
    match field.kind:
        case "note" if field.key == PREVIEW:
            return draw_preview(field.label, viewer)
        case "note":
            return Markup('<p class="next">{}<span>{}</span></p>').format(icon("info"), ink(field.label, viewer))
        case "line" | "time":
            return _labelled(field, viewer, _input(field, 'type="text"'))
        case "number":
            return _labelled(field, viewer, _input(field, 'type="text" inputmode="decimal"'))
        case "text":
            area = Markup('<textarea id="f-{0}" name="v:{0}" rows="3" aria-describedby="h-{0} e-{0}">\n{1}</textarea>')
            return _labelled(field, viewer, area.format(field.key, field.initial))
        case "choice":
            if len(field.options) <= MOST_RADIOS:
                return _group(field, viewer, field.options, "radio")
            return _labelled(field, viewer, _select(field, field.options, viewer))
        case "choices":
            return _group(field, viewer, field.options, "checkbox")
        case "person":
            return _labelled(field, viewer, _select(field, field.options or _everybody(people, viewer), viewer))
        case "people":
            return _group(field, viewer, field.options or _everybody(people, viewer), "checkbox")
        case _:
            assert_never(field.kind)


def _everybody(people: Sequence[Human], viewer: Viewer) -> tuple[Option, ...]:
    return tuple(Option(human.id, human.called(viewer.language), human.post) for human in people)


def _mark(field: Field, viewer: Viewer) -> Markup:
    if field.required:
        return EMPTY
    return Markup(' <span class="quiet xs">{}</span>').format(ink(line("可不填"), viewer))


def _hint(field: Field, viewer: Viewer) -> Markup:
    return Markup('<span class="hint" id="h-{}">{}</span>').format(field.key, ink(field.hint, viewer)) if field.hint else EMPTY


def _labelled(field: Field, viewer: Viewer, control: Markup) -> Markup:
    return Markup('<div class="fld"><label for="f-{}">{}{}</label>{}{}{}</div>').format(
        field.key, ink(field.label, viewer), _mark(field, viewer), _hint(field, viewer), control, _error(field.key, field.error, viewer)
    )


def _input(field: Field, kind: str) -> Markup:
    return Markup('<input id="f-{0}" name="v:{0}" {1} value="{2}" autocomplete="off" aria-describedby="h-{0} e-{0}">').format(
        field.key, Markup(kind), field.initial
    )


def _select(field: Field, options: Sequence[Option], viewer: Viewer) -> Markup:
    drawn = EMPTY.join(
        Markup('<option value="{}"{}>{}</option>').format(
            option.value,
            Markup(" selected") if option.value == field.initial else EMPTY,
            plain(option.label, viewer) + (f" · {plain(option.hint, viewer)}" if option.hint else ""),
        )
        for option in options
    )
    return Markup('<select id="f-{0}" name="v:{0}" aria-describedby="h-{0} e-{0}"><option value="">{1}</option>{2}</select>').format(
        field.key, plain(line("选一个…"), viewer), drawn
    )


def _group(field: Field, viewer: Viewer, options: Sequence[Option], kind: str) -> Markup:
    """Radios or ticks. The empty hidden value makes the field known to the server when none is chosen."""
    chosen = {field.initial} if kind == "radio" else set(field.initial.split(","))
    many = " many" if len(options) > MOST_RADIOS * 2 else ""
    drawn = EMPTY.join(
        Markup('<label class="opt"><input type="{}" name="v:{}" value="{}"{}><span>{}</span>{}</label>').format(
            kind,
            field.key,
            option.value,
            Markup(" checked") if option.value in chosen else EMPTY,
            ink(option.label, viewer),
            Markup('<span class="s">{}</span>').format(ink(option.hint, viewer)) if option.hint else EMPTY,
        )
        for option in options
    )
    return Markup(
        '<fieldset class="fld" id="f-{key}" aria-describedby="h-{key} e-{key}"><legend>{label}{mark}</legend>{hint}'
        '<input type="hidden" name="v:{key}" value=""><div class="opts{many}">{drawn}</div>{error}</fieldset>'
    ).format(
        key=field.key,
        label=ink(field.label, viewer),
        mark=_mark(field, viewer),
        hint=_hint(field, viewer),
        many=many,
        drawn=drawn,
        error=_error(field.key, field.error, viewer),
    )
