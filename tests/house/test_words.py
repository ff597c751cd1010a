"""Words and traces: the catalogue is whole, nothing unfinished or private to a machine is left lying about."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from string import Formatter
from typing import Any

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

import handlers
from bot.platforms.sandbox.ears import SandboxEars
from bot.words import LANGUAGES
from tests.house.tree import HOUSE, files, text, texts

CATALOGUES = sorted(path for path in files() if path.suffix == ".po")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
SOMEBODYS = re.compile(r"(?<![\w.$}/-])/(work|root|home|Users|farm)/[A-Za-z.]")
DOWNLOADS = re.compile(r"(?<!no-emit-)index-url[ =]+\S|--registry|\"resolved\": *\"http|https?://\S+\.(whl|tar\.gz|tgz)\b")


@cache
def entries() -> tuple[tuple[str, str, str], ...]:
    """(file, Chinese, English) of every entry of every catalogue."""
    return tuple(_entries())


def _entries() -> Iterator[tuple[str, str, str]]:
    for path in CATALOGUES:
        with path.open("rb") as file:
            for entry in read_po(file):
                if entry.id:
                    yield path.name, str(entry.id), str(entry.string)


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_entry_has_its_english_with_the_same_braces() -> None:
    wrong = [f"{file}: {zh!r} -> {en!r}" for file, zh, en in entries() if not en or braces(zh) != braces(en)]
    assert wrong == []


def test_a_sentence_is_translated_in_one_place() -> None:
    """Also within one file, where a reader of catalogues would silently take the last."""
    ids = [row for path in CATALOGUES for row in re.findall(r'^msgid (".+(?:\n".*")*)$', path.read_text(encoding="utf-8"), re.MULTILINE)]
    assert [sentence for sentence, times in Counter(ids).items() if times > 1 and sentence != '""'] == []


@cache
def spoken() -> tuple[tuple[str, int, str], ...]:
    """(file, line, sentence) of every line("…") that the program says and every t("…") or s("…") of a page."""
    return tuple(_spoken())


def _spoken() -> Iterator[tuple[str, int, str]]:
    for name, source in texts(".py"):
        if not name.startswith(("bot/", "handlers/")):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "line" and node.args:
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and _is_words(part.value):
                        yield name, node.lineno, part.value
    for name, source in texts(".html", ".j2"):
        if not name.startswith("templates/"):
            continue
        for call in jinja2.Environment(autoescape=True).parse(source).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("t", "s"):
                for constant in call.args[0].find_all(nodes.Const) if not isinstance(call.args[0], nodes.Const) else [call.args[0]]:
                    yield name, call.lineno, str(constant.value)


def test_every_sentence_the_program_says_is_in_the_catalogue() -> None:
    known = {zh for _, zh, _ in entries()}
    assert [f"{name}:{number}: {sentence}" for name, number, sentence in spoken() if _has_chinese(sentence) and sentence not in known] == []


def test_every_entry_of_the_catalogue_is_said_somewhere() -> None:
    said = {sentence for _, _, sentence in spoken()}
    assert [f"{file}: {zh}" for file, zh, _ in entries() if zh not in said] == []


def test_a_sentence_that_names_a_button_names_one_that_exists_and_so_does_its_english() -> None:
    english = {zh: en for _, zh, en in entries()}
    wrong = []
    for name, number, sentence in spoken():
        for button in re.findall(r"[点按选]「([^」{]+)」", sentence):
            if f"“{english.get(button)}”" not in english.get(sentence, ""):
                wrong.append(f"{name}:{number}: {button} ({english.get(button)}): {english.get(sentence)}")
    assert wrong == []


def _is_words(sentence: str) -> bool:
    """A key has Chinese or braces; a constant without either is an id inside an expression."""
    return re.search(r"[^\x00-\x7f]|\{", sentence) is not None


def _has_chinese(text: str) -> bool:
    return re.search(r"[一-鿿，。；：！？「」【】（）]", text) is not None


def test_the_english_of_the_catalogue_has_no_chinese_left() -> None:
    assert [f"{file}: {en!r}" for file, _, en in entries() if _has_chinese(en)] == []


def test_nothing_is_shouted_begged_or_apologised_for() -> None:
    """DESIGN: no exclamation marks, no 请您务必, no apology from the machine, no failure without a way on."""
    tones = re.compile(
        r"[!！]|务必|抱歉|对不起|操作失败|没有权限|稍后重试|必填|sorry|please try again later|invalid|error occurred", re.IGNORECASE
    )
    assert [f"{file}: {zh!r} / {en!r}" for file, zh, en in entries() if tones.search(zh) or tones.search(en)] == []


def test_the_help_of_every_verb_is_chinese_then_english_then_an_example_that_calls_this_verb() -> None:
    nobody: Any = None
    ears = SandboxEars(handlers.COMMANDS, {}, {}, {}, nobody, nobody, nobody, tuple, nobody)
    wrong = []
    for verb in handlers.COMMANDS:
        lines = (inspect.getdoc(verb.handler) or "").splitlines()
        if len(lines) != 3 or not _has_chinese(lines[0]) or _has_chinese(lines[1]) or ears.verb_of(f"/{lines[2].strip()}") != verb.zh:
            wrong.append((verb.zh, lines))
    assert wrong == []


def test_an_idea_has_one_word() -> None:
    """Other words for what the glossary calls 作战群, 偏离, 载入, 建群, 总指挥."""
    others = re.compile(r"事件群|偏差|装载|开群|分群|最高指挥|指挥官|war room|provisional start|action item", re.IGNORECASE)
    assert [f"{file}: {zh!r} / {en!r}" for file, zh, en in entries() if others.search(zh) or others.search(en)] == []


def test_the_words_of_the_glossary_are_those_that_are_said() -> None:
    """Each term, in both languages, stands in the catalogue or in the plan."""
    plan = "\n".join(source for name, source in texts(".yaml") if name.startswith("data/plan/"))
    said = ("\n".join(f"{zh}\n{en}" for _, zh, en in entries()) + plan).casefold()
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", text("docs/glossary.md").split("## 代码里的词")[0], re.MULTILINE)[2:]
    terms = [term for zh, en in rows for term in (*re.sub("（.*?）", "", zh).split("、"), *en.removeprefix("the ").split(","))]
    assert [term for term in terms if term.strip().casefold() not in said] == []


@pytest.mark.parametrize("pattern", [UNFINISHED, SOMEBODYS, DOWNLOADS], ids=["unfinished", "paths of a machine", "download addresses"])
def test_no_trace_is_left_in_the_tree(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}:{number}: {row.strip()[:120]}"
        for name, text in texts()
        for number, row in enumerate(text.splitlines(), 1)
        if pattern.search(row) and name != "tests/house/test_words.py"
    ]
    assert found == []


def test_no_module_is_named_after_nothing() -> None:
    assert [str(p.relative_to(HOUSE)) for p in files() if re.fullmatch(r"(utils?|helpers?|managers?|misc|common)\.py", p.name)] == []


def test_the_languages_are_the_two_of_the_plan() -> None:
    assert LANGUAGES == ("zh-CN", "en")
