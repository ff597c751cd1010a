"""Words and traces: the catalogue is whole, nothing unfinished or private to a machine is left lying about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from bot.words import LANGUAGES
from tests.house.tree import HOUSE, files, texts

CATALOGUES = sorted(path for path in files() if path.suffix == ".po")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
SOMEBODYS = re.compile(r"(?<![\w.$}/-])/(work|root|home|Users|farm)/[A-Za-z.]")
DOWNLOADS = re.compile(r"(?<!no-emit-)index-url[ =]+\S|--registry|\"resolved\": *\"http|https?://\S+\.(whl|tar\.gz|tgz)\b")


def entries() -> Iterator[tuple[str, str, str]]:
    """(file, Chinese, English) of every entry of every catalogue."""
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


def test_a_sentence_has_one_english() -> None:
    known: dict[str, str] = {}
    twice = [f"{file}: {zh!r}: {known[zh]!r} / {en!r}" for file, zh, en in entries() if known.setdefault(zh, en) != en]
    assert twice == []


def spoken() -> Iterator[tuple[str, int, str]]:
    """(file, line, sentence) of every line("…") that the program says."""
    for name, source in texts(".py"):
        if not name.startswith(("bot/", "handlers/")):
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "line" and node.args:
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield name, node.lineno, part.value


def test_every_sentence_the_program_says_is_in_the_catalogue() -> None:
    known = {zh for _, zh, _ in entries()}
    missing = [f"{name}:{number}: {sentence}" for name, number, sentence in spoken() if sentence not in known and _is_words(sentence)]
    assert missing == []


def _is_words(sentence: str) -> bool:
    """Chinese is the key; a constant without any is an id inside an expression."""
    return re.search(r"[一-鿿]", sentence) is not None


def test_the_english_of_the_catalogue_has_no_chinese_left() -> None:
    left = [f"{file}: {en!r}" for file, _, en in entries() if re.search(r"[一-鿿，。；：！？]", re.sub(r"「[^」]*」", "", en))]
    assert left == []


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
