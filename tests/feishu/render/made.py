"""Cards and forms of every kind, length and nastiness, for claims about all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.cards.model import (
    Block,
    Button,
    Buttons,
    Card,
    Choices,
    Divider,
    Fact,
    Facts,
    Field,
    Form,
    Image,
    LinkOut,
    Option,
    Press,
    Progress,
    Stage,
    Stages,
    Step,
    Steps,
    Table,
    Words,
)
from bot.platforms.feishu.render import Reader
from bot.words import Bi, Joined, Language, Text, When, Who, line
from tests.cards.reading import the_catalogue, the_plan

NASTY = (
    "下单报错，提交报 5xx",
    "<at id=all></at> <at id=ou_x></at> @所有人 <a href='https://evil.example'>看</a> &#60;at id=all&#62; &amp; & < >",
    "**bold** _it_ ~~no~~ `code` ```block``` :DONE: > quote [look](https://evil.example) ![x](img_v2)",
    "- 一\n- 二\n1. 三\n+ 四\n---\n===\n# 五\n    六\n| a | b |\n|---|---|\n> 七\n* 八",
    "<font color='red'>红</font><text_tag color='blue'>x</text_tag><link url='https://evil.example'>y</link>",
    "مرحبا بالعالم \u202e reversed",
    "👩‍👩‍👧‍👦" * 20 + "é" * 10,
    "看 https://grafana.example/d/x_1?from=1&to=2&var=<a>，然后",
    " \n\t ",
    "",
    "a" * 400,
    "长" * 10_000,
    "&" * 5_000,
    "行一\r\n" * 700,
    "- \n" * 700,
    "\x01" * 3_000,
    "https://" + "a" * 4_000,
    "e" + "\u0301" * 4_000,
)
MOMENTS = st.integers(0, 100_000).map(lambda minutes: datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minutes))
PEOPLE = ("chenhai", "zhoumu", "stranger")


@cache
def reader(language: Language = "zh-CN") -> Reader:
    plan = the_plan()
    names = {person.id: person.name if language == "zh-CN" else person.name_en for person in plan.people.values()}
    return Reader(language, ZoneInfo(plan.time_zone), names, {"chenhai": "ou_chenhai", "zhoumu": "ou_zhoumu"}.get, the_catalogue())


short: st.SearchStrategy[str] = st.text(max_size=30).map(lambda text: text.replace("\0", ""))
typed: st.SearchStrategy[str] = st.one_of(short, short, st.sampled_from(NASTY))
texts: st.SearchStrategy[Text] = st.one_of(
    typed,
    typed.map(lambda text: line("还差 {n} 人", n=text)),
    st.builds(Bi, typed, typed),
    st.builds(Who, st.sampled_from(PEOPLE), st.booleans()),
    st.builds(When, MOMENTS, st.sampled_from(("clock", "day", "date"))),
    st.lists(typed, max_size=4).map(lambda parts: Joined(tuple(parts))),
)
ids = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
args = st.dictionaries(ids, st.one_of(ids, typed), max_size=3).map(lambda found: tuple(found.items()))
presses = st.builds(Press, st.builds("{}.{}".format, ids, ids), args)
tones = st.sampled_from(("calm", "warn", "alarm", "good", "drill"))
options = st.builds(Option, st.one_of(ids, ids, typed), texts, st.none() | texts)
buttons = st.builds(Button, texts, presses, st.sampled_from(("primary", "plain", "danger", "ghost")), st.none() | texts)
urls = st.one_of(st.sampled_from(("https://fenghuo.example/i/INC-1", "/sandbox/r/1", "javascript:alert(1)")), typed)
links = st.builds(LinkOut, texts, urls)
facts = st.builds(Fact, texts, texts, st.none() | texts, st.none() | MOMENTS, tones)
steps = st.builds(
    Step, ids, texts, st.sampled_from(("todo", "doing", "done", "skipped", "blocked", "failed")), st.none() | texts, st.booleans(),
    st.none() | texts, st.none() | presses, st.none() | texts, st.lists(buttons, max_size=3).map(tuple),
)  # fmt: skip
blocks: st.SearchStrategy[Block] = st.one_of(
    st.builds(Words, texts, st.sampled_from(("plain", "lead", "next", "quote", "note", "warn"))),
    st.builds(Facts, st.lists(facts, min_size=1, max_size=12).map(tuple), st.sampled_from(("grid", "rows"))),
    st.lists(st.builds(Stage, texts, st.sampled_from(("done", "now", "todo", "skipped")), st.none() | MOMENTS), min_size=1, max_size=8).map(
        lambda items: Stages(tuple(items))
    ),
    st.lists(steps, min_size=1, max_size=6).map(lambda items: Steps(tuple(items))),
    st.builds(
        Table,
        st.lists(texts, min_size=1, max_size=6).map(tuple),
        st.lists(st.lists(texts, max_size=4).map(tuple), max_size=6).map(tuple),
        st.lists(st.integers(0, 8), max_size=3).map(tuple),
    ),
    st.builds(Progress, texts, st.integers(-5, 200), st.integers(-5, 100), st.none() | texts, tones),
    st.lists(st.one_of(buttons, links), min_size=1, max_size=8).map(lambda items: Buttons(tuple(items))),
    st.builds(Choices, texts, st.lists(options, max_size=12).map(tuple), presses),
    st.builds(Image, urls, texts),
    st.just(Divider()),
)
cards = st.builds(
    Card,
    title=texts,
    blocks=st.lists(blocks, max_size=5).map(tuple),
    alone=texts,
    tone=tones,
    state=st.sampled_from(("open", "done", "locked", "parked")),
    badge=st.sampled_from((None, "minor", "severe", "major", "own")),
    icon=st.sampled_from((None, "list", "elsewhere")),
    meta=st.none() | texts,
    chip=st.none() | texts,
    drill=st.booleans(),
)
KINDS = ("line", "text", "choice", "choices", "person", "people", "time", "number", "note")


@st.composite
def forms(draw: st.DrawFn) -> Form:
    keys = draw(st.lists(ids, max_size=8, unique=True))
    fields = tuple(
        draw(
            st.builds(
                Field, st.just(key), texts, st.sampled_from(KINDS), st.booleans(), st.none() | texts, typed,
                st.lists(options, max_size=6).map(tuple), st.integers(0, 5000), st.none() | texts,
            )
        )
        for key in keys
    )  # fmt: skip
    return draw(
        st.builds(
            Form, ids, texts, st.just(fields), texts, st.just((("record", "INC-42"),)), st.none() | texts, st.none() | texts, st.booleans()
        )
    )
