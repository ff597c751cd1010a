"""Slack's way of writing becomes what was typed again."""

from __future__ import annotations

import pytest

from bot.platforms.slack import payload
from bot.platforms.slack.payload import Malformed
from bot.platforms.slack.recent import Recent

CALLED = {"U1WANG": "王敏"}


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("任务 <@U1WANG|wang.min> 重启", "任务 @王敏 重启"),
        ("任务 <@U1WANG> 重启", "任务 @王敏 重启"),
        ("问 <@U8NEW|li> 吧", "问 @li 吧"),
        ("问 <@U8NEW> 吧", "问 @U8NEW 吧"),
        ("见 <#C0AB|inc-1>", "见 #inc-1"),
        ("见 <#C0AB>", "见 #C0AB"),
        ("<!here> 看", "@here 看"),
        ("<!subteam^S1|@ops> 看", "@ops 看"),
        ("<!date^1767225600^{time}|20:10>", "20:10"),
        ("看 <https://a.example/x?a=1&amp;b=2>", "看 https://a.example/x?a=1&b=2"),
        ("看 <http://a.example|a.example>", "看 a.example"),
        ("看 <https://a.example/board|看板>", "看 看板 https://a.example/board"),
        ("写 <mailto:a@b.example|a@b.example>", "写 a@b.example"),
        ("5xx &gt; 3% &amp; 抬头 &lt;慢&gt;", "5xx > 3% & 抬头 <慢>"),
        ("&amp;lt;", "&lt;"),
        ("a\0b", "a\N{SYMBOL FOR NULL}b"),
        ("没有 < 记号 >", "没有 < 记号 >"),
    ],
)
def test_what_was_typed_comes_back(written: str, typed: str) -> None:
    assert payload.typed(written, CALLED.get) == typed


@pytest.mark.parametrize(
    ("said", "bot", "left"),
    [
        ("<@U0BOT> 报故障 慢", "U0BOT", "报故障 慢"),
        ("<@U0BOT>，报故障 慢", "U0BOT", "报故障 慢"),
        ("请 <@U0BOT> 任务 <@U1WANG> 重启", "U0BOT", "请  任务 <@U1WANG> 重启"),
        ("<@U0BOT> 任务 <@U1WANG> 重启", "", "任务 <@U1WANG> 重启"),
    ],
)
def test_a_line_to_the_bot_loses_only_the_call(said: str, bot: str, left: str) -> None:
    assert payload.without(said, bot) == left


def test_a_link_to_a_message_needs_no_call() -> None:
    assert payload.link("https://ours.slack.com/", "C1", "1700000000.000100") == "https://ours.slack.com/archives/C1/p1700000000000100"
    threaded = payload.link("https://ours.slack.com", "C1", "1700000000.000200", "1700000000.000100")
    assert threaded.endswith("/p1700000000000200?thread_ts=1700000000.000100&cid=C1")
    assert payload.link("", "C1", "1700000000.000100") == ""


@pytest.mark.parametrize(
    "message",
    [
        {"text": "db is down"},
        {"text": "", "attachments": [{"fallback": "db is down"}]},
        {"attachments": [{"title": "db is down"}]},
        {"text": " ", "attachments": ["?", {"text": "db is down"}]},
    ],
)
def test_a_message_of_another_program_is_read_where_it_put_its_words(message: dict[str, object]) -> None:
    assert payload.shown(message) == "db is down"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_id": "U1", "channel_id": "C1"},
        {"trigger_id": 7, "user_id": "U1", "channel_id": "C1"},
        {"trigger_id": "", "user_id": "U1"},
    ],
)
def test_a_payload_without_what_it_must_have_is_named_malformed(body: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        payload.command(body)


def test_what_is_recent_is_forgotten_in_time() -> None:
    now = [0.0]
    recent: Recent[str] = Recent(10.0, lambda: now[0])
    recent.put("a", "first")
    now[0] = 9.0
    recent.put("b", "second")
    assert (recent.get("a"), recent.get("b")) == ("first", "second")
    now[0] = 10.0
    assert (recent.get("a"), recent.get("b")) == (None, "second")
    recent.drop("b")
    assert recent.get("b") is None
