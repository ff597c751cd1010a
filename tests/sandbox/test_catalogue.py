"""Words for readers: Chinese is the key, English has the same fillings, typed text is nobody's template."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from bot.catalogue import Catalogue, render
from bot.words import Bi, Language, Text, When, Who, joined, line
from tests.sandbox.toy import ROOT

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 23, 12, 42, tzinfo=UTC)
CATALOGUE = Catalogue({"还差 {n} 人：{who}": "{n} missing: {who}"})


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (line("还差 {n} 人：{who}", n=2, who=joined([Who("a"), Bi("测试", "Tester")])), "还差 2 人：王敏、测试", "2 missing: 王敏, Tester"),
        (line("没译过 {x}", x="{n}"), "没译过 {n}", "没译过 {n}"),
        ("{n} %s {{x}}", "{n} %s {{x}}", "{n} %s {{x}}"),
        (line("{missing}"), "{missing}", "{missing}"),
        (When(AT), "20:42", "20:42"),
        (When(AT, "day"), "11-23 20:42", "11-23 20:42"),
        (When(AT, "date"), "2026-11-23", "2026-11-23"),
        (Who("nobody"), "nobody", "nobody"),
        (joined(["a", "b"], " · "), "a · b", "a · b"),
    ],
)
def test_a_text_is_said_in_the_readers_language(text: Text, zh: str, en: str) -> None:
    def said(language: Language) -> str:
        return render(text, language, SHANGHAI, {"a": "王敏"}, CATALOGUE)

    assert (said("zh-CN"), said("en")) == (zh, en)


def test_every_sentence_of_the_page_templates_has_its_english() -> None:
    english = Catalogue.load(ROOT / "data/locale/en").english
    calls = re.compile(r"""\b[ts]\((["'])(.*?)\1""")
    said = {found[2] for path in (ROOT / "templates/web").glob("*.html") for found in calls.finditer(path.read_text("utf-8"))}
    assert sorted(said - set(english)) == []
    assert [key for key in said if _fields(key) != _fields(english[key])] == []


def _fields(sentence: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(sentence)} - {None}
