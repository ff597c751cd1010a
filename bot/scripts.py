"""Fill templates with values: documents, and the scripts of what is said outside. Nothing a value holds is ever executed.

The sandbox keeps templates from the machine, an unknown name is an error, and pages escape every value; a template whose name ends in
`.html.j2` is a page, everything else is plain text in which a value stands as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.core.outward import length, wording
from bot.plan.errors import nearest
from bot.plan.schema import Plan, Script
from bot.words import LANGUAGES, Bi, Language

TEMPLATES = Path(__file__).parents[1] / "templates"
WRONG = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What a template can raise when it is filled; its author reads it in the plan's check."""


def _escapes(name: str | None) -> bool:
    return name is not None and name.endswith((".html", ".html.j2"))


def bi(text: Bi, language: Language) -> str:
    """The filter `{{ plan.name | bi(language) }}`."""
    return text.zh if language == "zh-CN" else text.en


def clock(at: datetime | time) -> str:
    """The filter `{{ shift.start | clock }}`: 20:42."""
    return at.strftime("%H:%M")


def day(at: datetime | date) -> str:
    """The filter `{{ plan.effective | day }}`: 2026-10-01."""
    return at.strftime("%Y-%m-%d")


def ends(text: str, stop: str) -> str:
    """The filter `{{ what | ends("。") }}`: with a stop at its end, unless what was typed has one."""
    return text if text.rstrip().endswith(("。", "！", "？", "；", ".", "!", "?", ";", "…")) else text + stop


ENVIRONMENT = ImmutableSandboxedEnvironment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    autoescape=_escapes,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
ENVIRONMENT.filters.update(bi=bi, clock=clock, day=day, ends=ends)


def render(template: str, /, **values: Any) -> str:
    """The words of a template below `templates/`, such as "documents/pocket.html.j2". A name it lacks is a bug: UndefinedError."""
    return ENVIRONMENT.get_template(template).render(values)


# --- scripts of words to the outside


def script(script_id: str, values: Mapping[str, Bi | str]) -> Bi:
    """A script in both languages, without the newline at its end. A `Bi` gives each language its own; a `str` stands as it was typed."""
    return Bi(*(_filled(ENVIRONMENT, script_id, values, language) for language in LANGUAGES))


def _file(script_id: str, language: Language) -> str:
    return f"scripts/{script_id}.{language}.j2"


def _filled(environment: ImmutableSandboxedEnvironment, script_id: str, values: Mapping[str, Bi | str], language: Language) -> str:
    said = {name: bi(value, language) if isinstance(value, Bi) else value for name, value in values.items()}
    return environment.get_template(_file(script_id, language)).render(said).rstrip("\n")


def examples(plan: Plan, script: Script, severity: str) -> Mapping[str, Bi | str]:
    """What a script is filled with in its preview and in the check: the plan's examples, at a severity."""
    audience = plan.comms.audiences[script.audience]
    known: dict[str, Bi | str] = {name: plan.comms.variables[name].example for name in script.variables}
    own: dict[str, Bi | str] = {
        "level": plan.severities[severity].name,
        "severity_insert": audience.insert.get(severity, ""),
    }
    return known | {name: value for name, value in own.items() if name in known}


def faults(plan: Plan, templates: Path = TEMPLATES) -> tuple[str, ...]:
    """What is wrong with the scripts, each as `templates/scripts/x.en.j2:3: what`: their files, blanks, and how they read when filled.

    Each is filled with the plan's examples in both languages at every severity, as people would be shown it.
    """
    environment = ENVIRONMENT.overlay(loader=FileSystemLoader(templates))
    wanted = {_file(name, language) for name in plan.comms.scripts for language in LANGUAGES}
    lost = sorted({f"scripts/{path.name}" for path in (templates / "scripts").glob("*.j2")} - wanted) if wanted else []
    found = [_Flaw(file, 1, f"no script of the plan is written here{_meant(file, plan)}") for file in lost]
    for entry in plan.comms.scripts.values():
        for language in LANGUAGES:
            found += _flaws(plan, entry, language, environment, templates)
    return tuple(dict.fromkeys(map(str, sorted(found, key=lambda flaw: (flaw.file, flaw.line)))))


def _meant(file: str, plan: Plan) -> str:
    return nearest(Path(file).name.split(".")[0], list(plan.comms.scripts))


@dataclass(frozen=True, slots=True)
class _Flaw:
    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"templates/{self.file}:{self.line}: {self.what}"


def _flaws(plan: Plan, entry: Script, language: Language, environment: ImmutableSandboxedEnvironment, templates: Path) -> Iterator[_Flaw]:
    file = _file(entry.id, language)
    try:
        source = (templates / file).read_text(encoding="utf-8")
        tree = environment.parse(source)
        used = meta.find_undeclared_variables(tree)
    except FileNotFoundError:
        yield _Flaw(file, 1, f'is missing: script "{entry.id}" of the plan is written here')
    except UnicodeDecodeError:
        yield _Flaw(file, 1, "not UTF-8 text")
    except TemplateSyntaxError as error:
        yield _Flaw(file, error.lineno, error.message or "not a template")
    else:
        blanks = list(_blanks(file, entry, tree, used))
        yield from blanks or _read(plan, entry, language, environment, source)


def _blanks(file: str, entry: Script, tree: nodes.Template, used: set[str]) -> Iterator[_Flaw]:
    """Its blanks are exactly the variables that the plan gives it."""
    for name in tree.find_all(nodes.Name):
        if name.name in used and name.name not in entry.variables:
            yield _Flaw(file, name.lineno, f'no variable "{name.name}" of script "{entry.id}"{nearest(name.name, list(entry.variables))}')
    for unused in (name for name in entry.variables if name not in used):
        yield _Flaw(file, 1, f'variable "{unused}" of script "{entry.id}" stands nowhere')


def _read(plan: Plan, entry: Script, language: Language, environment: ImmutableSandboxedEnvironment, source: str) -> Iterator[_Flaw]:
    """How it reads when it is filled."""
    file = _file(entry.id, language)
    for severity in plan.severities:
        values = examples(plan, entry, severity)
        try:
            text = _filled(environment, entry.id, values, language)
        except WRONG as error:
            yield _Flaw(file, _raised(error, file), f"cannot be filled: {error}")
            return
        lines = _Lines(source, {name: bi(value, language) if isinstance(value, Bi) else value for name, value in values.items()})
        for brace in (brace for brace in ("{{", "}}", "{%", "%}", "{#", "#}") if brace in text):
            yield _Flaw(file, lines.of(brace), f'"{brace}" is left standing in the text')
        proven = "cause_proven" in entry.requires
        for remark in wording.remarks(text, language, plan, None, entry.audience, proven=proven):
            rule = plan.comms.wording[remark.rule]
            yield _Flaw(file, lines.of(remark.word), f'"{remark.word}" ({rule.id}): {remark.advice.en}')
        for via in entry.vias or plan.comms.audiences[entry.audience].vias:
            measured = length.measure(text, via)
            if not measured.fits:
                yield _Flaw(file, 1, f'{measured.characters} characters at "{severity}", and {via} carries {measured.limit}')


_BLANK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where in a template something in the filled text comes from: it stands there, or a variable brings it."""

    source: str
    values: Mapping[str, str]

    def of(self, word: str) -> int:
        bringers = [f"{{{{ {name}" for name, value in self.values.items() if word in value]
        for number, row in enumerate(self.source.splitlines(), start=1):
            if word in _BLANK.sub("", row) or any(bringer in row for bringer in bringers):
                return number
        return 1


def _raised(error: Exception, file: str) -> int:
    """The line of a template at which an error was raised."""
    line, trace = (error.lineno if isinstance(error, TemplateSyntaxError) else 1), error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
