"""The draft of the postmortem: what the record knows is filled in, late points stand out, and typed words stay words."""

from __future__ import annotations

import html
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from markdown_it import MarkdownIt

from bot.catalogue import Catalogue, render
from bot.core.commands import (
    AddAction,
    Attest,
    GiveTask,
    ProposeMeasure,
    ReportIncident,
    SubmitSummary,
    SuspectCause,
    TakeNote,
)  # fmt: skip
from bot.core.postmortem import plain, postmortem
from bot.core.timeline import timeline
from bot.scripts import render as fill
from bot.words import LANGUAGES, Language, Text
from tests.core.drive import DEVELOPER, OPS, SERVICE, TECH, Drive, plan, report_of, responding
from tests.core.walk import ended

NASTY = "# 顺 @所有人 <!channel> <b>粗</b> *斜* `{{ 7*7 }}` [链](http://x) | 格 <script>alert(1)</script> ~~划~~ \\"


def markdown(drive: Drive, language: Language = "zh-CN") -> str:
    names = {person.id: person.name for person in plan().people.values()}
    catalogue, zone = Catalogue.load(Path("data/locale/en")), ZoneInfo(plan().time_zone)

    def words(text: Text) -> str:
        return render(text, language, zone, names, catalogue)

    values = postmortem(drive.incident, timeline(drive.log, plan()), plan())
    return fill("documents/postmortem.md.j2", words=words, **values)


def part(document: str, heading: str) -> str:
    """One section, from its heading to the next."""
    return document.split(f"## {heading}")[1].split("\n## ")[0]


def test_every_section_of_the_plan_is_there_in_its_order_and_the_questions_after_the_causes() -> None:
    document = markdown(ended())
    places = [document.index(f"## {section.name.zh}") for section in plan().documents.postmortem.sections]
    assert places == sorted(places)
    assert document.index("## 促成因素") < document.index("## 引导问题") < document.index("## 做得好")


def test_the_summary_is_three_sentences_with_what_is_unknown_said() -> None:
    body = part(markdown(responding()), "概要")
    assert "下单报错" in body
    assert "还没有宣布结束" in body


def test_the_key_moments_have_their_times_and_what_is_missing_is_not_known() -> None:
    body = part(markdown(ended()), "影响")
    assert "| 恢复 | 11-23" in body
    assert "| 集结 | 不知道 | – |" in body


def test_the_timeline_says_what_was_written_down_later() -> None:
    drive = ended()
    drive.do(TakeNote("先看到冷库告警", drive.now - timedelta(hours=1)), OPS)
    assert "补记" in part(markdown(drive), "时间线")


def test_late_and_skipped_points_are_bold_and_return_under_what_went_badly() -> None:
    drive = responding()
    drive.do(GiveTask("查日志", OPS, 15), TECH)
    drive.do(ProposeMeasure("rollback", "回滚", "新版报错", "2 分钟", "再发布", "限流"), DEVELOPER)
    drive.wait(minutes=40)
    document = markdown(drive)
    for section in ("响应评价", "不顺之处"):
        body = part(document, section)
        assert "**任务「查日志」没有回报**" in body
        assert "**重大措施「回滚」：没有批，决策 没有决定**" in body


def test_what_people_signed_for_stands_with_their_note() -> None:
    drive = ended()
    drive.do(Attest("loss", "财务 12 月 10 日前出"), TECH)
    assert "财务 12 月 10 日前出（人工签认 林远" in part(markdown(drive), "损失")


def test_improvements_and_causes_and_summaries_are_taken_over() -> None:
    drive = ended()
    drive.do(AddAction("回滚脚本加库表检查", DEVELOPER, date(2026, 12, 7), "演练里回滚一次"), TECH)
    drive.do(SubmitSummary("tech", "做了回滚\n顺：十分钟到齐"), OPS)
    document = markdown(drive)
    assert "| 回滚脚本加库表检查 | 吴昊 | 2026-12-07 | 演练里回滚一次 | 进行中 |" in document
    assert "> 顺：十分钟到齐" in part(document, "做得好")
    assert "没有记过原因" in part(document, "促成因素")
    suspected = responding()
    suspected.do(SuspectCause("连接池耗尽"), OPS)
    assert "疑似：连接池耗尽；证据：没有" in part(markdown(suspected), "促成因素")


def nasty() -> Drive:
    """The same words typed wherever this document shows typed words."""
    drive = ended()
    drive.do(SubmitSummary("tech", NASTY), OPS)
    drive.do(AddAction(NASTY, DEVELOPER, date(2026, 12, 7), NASTY), TECH)
    drive.do(TakeNote(NASTY), OPS)
    drive.do(Attest("loss", NASTY), TECH)
    return drive


def test_typed_words_are_shown_as_typed_and_become_no_markup() -> None:
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown(nasty()))
    assert page.count(html.escape(NASTY)) == 8  # each field where it stands, and its entry in the timeline
    for tag in ("<b>", "<script", "<em>", "<a ", "<code>", "<s>", "<h3>", "<img"):
        assert tag not in page


@pytest.mark.parametrize("mention", ["@所有人", "<!channel>"])
def test_no_typed_word_is_a_mention_even_unrendered(mention: str) -> None:
    assert mention not in markdown(nasty())


def test_a_symptom_that_looks_like_a_heading_stays_a_symptom() -> None:
    drive = Drive()
    drive.do(ReportIncident(report_of("# 停产 @所有人")), SERVICE)
    assert markdown(drive).startswith("# INC-1 复盘：\\# 停产 &#64;所有人\n")


@pytest.mark.parametrize(("typed", "shown"), [("1. 一", "&#49;. 一"), ("- 一", "&#45; 一"), ("2026", "2026"), ("a\n# b", "a \\# b")])
def test_a_line_cannot_begin_a_list_or_a_heading(typed: str, shown: str) -> None:
    assert plain(typed) == shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_brace_is_left_in_any_language(language: Language) -> None:
    document = markdown(ended(), language)
    assert "{" not in document
    assert "下单报错" in document


def test_the_english_draft_has_no_chinese_of_ours() -> None:
    drive = ended()
    body = part(markdown(drive, "en"), "How found")
    assert "王敏" in body  # a name stays a name
    assert "看到" not in body
