"""What an operator must know before a team relies on Slack: each thing looked at once, said in one line with its fix.

Nothing is changed in the workspace, and no token is ever part of what is said. When the first call fails, the rest would be about
something else and is not tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.core.errors import Later
from bot.platforms.slack.book import NOBODY
from bot.platforms.slack.faults import Denied
from bot.platforms.slack.scopes import missing
from bot.platforms.slack.web import Web, rows
from bot.words import Bi, Joined, Text, joined, line

TOLERABLE_SKEW = 60  # seconds; Slack's signatures are good for 300
AT_ONCE = 4
NAMED = 8


TOKEN_FIXES: Mapping[str, Text] = {
    "invalid_auth": line("令牌不对：到 OAuth & Permissions 抄 Bot User OAuth Token，写进 SLACK_BOT_TOKEN"),
    "not_authed": line("令牌不对：到 OAuth & Permissions 抄 Bot User OAuth Token，写进 SLACK_BOT_TOKEN"),
    "token_revoked": line("令牌已作废：重新安装应用，把新的令牌写进 SLACK_BOT_TOKEN"),
    "token_expired": line("令牌过期了：关掉 token rotation，重新安装应用"),
    "account_inactive": line("应用已从工作区移除：重新安装，把新的令牌写进 SLACK_BOT_TOKEN"),
}
APP_TOKEN_FIXES: Mapping[str, Text] = {
    "invalid_auth": line("应用令牌不对：Basic Information → App-Level Tokens，写进 SLACK_APP_TOKEN"),
    "not_allowed_token_type": line("这不是应用令牌：要 App-Level Tokens 里 xapp- 开头的那个"),
    "missing_scope": line("应用令牌缺权限 connections:write：新建一个带它的，写进 SLACK_APP_TOKEN"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `name` has no spaces, so that a script can take it apart."""

    name: str
    well: bool
    text: Text


@dataclass(frozen=True, slots=True)
class Sought:
    """Somebody of the plan. `user` is the Slack id that the plan or a binding gives, None where only the e-mail can find them."""

    name: Text
    user: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be there, as the house knows it.

    address: the public one. rooms: standing rooms by slot, with the channel that is ours under it. groups: user groups of the plan by name.
    """

    app_token: str | None
    address: str
    signing_secret: bool
    rooms: Sequence[tuple[str, str | None]]
    people: Sequence[Sought]
    groups: Sequence[tuple[Text, str]]


async def examine(web: Web, expected: Expected, now: Callable[[], datetime]) -> tuple[Check, ...]:
    """All checks, in the order in which an operator mends things."""
    begun = now()
    try:
        answer = await web.client.auth_test()
    except SlackApiError as refused:
        return (Check("slack", False, _refused(refused, TOKEN_FIXES)),)
    except (ClientError, TimeoutError, OSError) as error:
        return (Check("slack", False, line("连不上 Slack（{why}）：看网络、代理和 SLACK_API_URL", why=_first_line(error))),)
    took = round((now() - begun).total_seconds() * 1000)
    team, bot = str(answer.get("team", "")), str(answer.get("user", ""))
    first = Check("slack", True, line("工作区 {team}，机器人 {bot}，{ms} 毫秒", team=team, bot=bot, ms=took))
    told = [check async for check in _rest(web, expected)]
    return (first, _scopes(answer), *_clock(answer, now()), *told)


async def _rest(web: Web, expected: Expected) -> AsyncIterator[Check]:
    yield await _way_in(web, expected)
    for check in await asyncio.gather(*(_room(web, slot, channel) for slot, channel in expected.rooms)):
        yield check
    yield await _people(web, expected.people)
    if expected.groups:
        yield await _groups(web, expected.groups)


# --- the app ----------------------------------------------------------------------------------------------------------------


def _scopes(answer: AsyncSlackResponse) -> Check:
    granted = frozenset(part.strip() for part in str(answer.headers.get("x-oauth-scopes", "")).split(",") if part.strip())
    lacking = missing(granted)
    if not lacking:
        return Check("slack-scopes", True, line("{n} 项权限，清单里的都有", n=len(granted)))
    named = joined([Bi(f"{scope.name}（{scope.says.zh}）", f"{scope.name} ({scope.says.en})") for scope in lacking])
    return Check("slack-scopes", False, line("缺 {scopes}：把 deploy/slack-manifest.yaml 贴进 App Manifest，再重新安装应用", scopes=named))


def _clock(answer: AsyncSlackResponse, now: datetime) -> tuple[Check, ...]:
    """Slack's clock as its answer shows it, to the second."""
    said = answer.headers.get("Date")
    if said is None:
        return ()
    off = round((now - parsedate_to_datetime(said)).total_seconds())
    if abs(off) > TOLERABLE_SKEW:
        return (Check("slack-clock", False, line("本机的钟和 Slack 差 {n} 秒：用 NTP 对时", n=off)),)
    return (Check("slack-clock", True, line("和 Slack 的钟相差不到 {n} 秒", n=TOLERABLE_SKEW)),)


async def _way_in(web: Web, expected: Expected) -> Check:
    if expected.app_token is not None:
        return await _socket(web, expected.app_token, spare=expected.signing_secret)
    address = f"{expected.address}/slack/events"
    if not expected.address.startswith("https://"):
        said = line("Slack 只来 https，PUBLIC_URL 现在是 {address}：写代理对外的 https 地址", address=expected.address)
        return Check("slack-http", False, said)
    return Check("slack-http", True, line("HTTP 方式，应用设置里三处 Request URL 都写 {address}", address=address))


async def _socket(web: Web, app_token: str, *, spare: bool) -> Check:
    """An address for a socket is asked for and not used."""
    try:
        await web.client.apps_connections_open(app_token=app_token)
    except SlackApiError as refused:
        return Check("slack-socket", False, _refused(refused, APP_TOKEN_FIXES))
    except (ClientError, TimeoutError, OSError) as error:
        return Check("slack-socket", False, line("连不上 Slack（{why}）：看网络、代理和 SLACK_API_URL", why=_first_line(error)))
    if spare:
        return Check("slack-socket", True, line("Socket Mode，应用令牌可用；SLACK_SIGNING_SECRET 用不到"))
    return Check("slack-socket", True, line("Socket Mode，应用令牌可用"))


def _refused(refused: SlackApiError, fixes: Mapping[str, Text]) -> Text:
    """Slack's own code behind its fix. What answers without one is not Slack, or not well."""
    code = refused.response.get("error") if isinstance(refused.response, AsyncSlackResponse) else None
    if not isinstance(code, str):
        return line("那头答的不是 Slack 的话：看代理和 SLACK_API_URL，或过一会儿再试")
    return joined([fixes[code], code], by="  ") if code in fixes else line("Slack 不认这个令牌：{code}", code=code)


# --- the rooms --------------------------------------------------------------------------------------------------------------


async def _room(web: Web, slot: str, channel: str | None) -> Check:
    name = f"slack-room:{slot}"
    if channel is None:
        return Check(name, True, line("还没有；启动时会建，或在现成的群里说「绑定」"))
    try:
        answer = await web.call("conversations.info", channel=channel)
    except Denied as denied:
        return Check(name, False, line("{room} 看不到：{why}", room=channel, why=denied.why))
    except Later as later:
        return Check(name, False, line("{room} 没看成：{why}", room=channel, why=later.why))
    found: Mapping[str, Any] = answer.get("channel", {})
    title = f"#{found.get('name', channel)}"
    if found.get("is_archived"):
        return Check(name, False, line("{room} 已归档：在 Slack 里恢复它，或在别的群里说「绑定」", room=title))
    if not found.get("is_member"):
        return Check(name, False, line("烽火不在 {room} 里：在那里发 /invite @烽火", room=title))
    return Check(name, True, line("{room}，烽火在里面", room=title))


# --- the people -------------------------------------------------------------------------------------------------------------


async def _people(web: Web, people: Sequence[Sought]) -> Check:
    """Looked up side by side, a few at once. When Slack asks for patience or refuses, the rest are counted, not asked for."""
    turns = asyncio.Semaphore(AT_ONCE)
    stopped: list[Text] = []

    async def found(one: Sought) -> bool | None:
        async with turns:
            if stopped:
                return None
            try:
                return await _is_there(web, one)
            except Denied as denied:
                stopped.append(denied.why)
            except Later as later:
                stopped.append(later.why)
            return None

    results = await asyncio.gather(*map(found, people))
    lost = [one.name for one, there in zip(people, results, strict=True) if there is False]
    if lost:
        said = line("方案里 {n} 人在 Slack 上找不到：{who}。在方案里写对邮箱，或写 identities.slack", n=len(lost), who=_named(lost))
        return Check("slack-people", False, said)
    if stopped:
        unseen = results.count(None)
        return Check("slack-people", False, line("方案里还有 {n} 人没查成：{why}", n=unseen, why=stopped[0]))
    return Check("slack-people", True, line("方案里 {n} 人都找得到", n=len(people)))


async def _is_there(web: Web, one: Sought) -> bool:
    if one.user is None and one.email is None:
        return False
    try:
        if one.user is not None:
            answer = await web.call("users.info", user=one.user)
        else:
            answer = await web.call("users.lookupByEmail", email=one.email)
    except Denied as denied:
        if denied.code in NOBODY:
            return False
        raise
    return not answer.get("user", {}).get("deleted", False)


def _named(names: Sequence[Text]) -> Text:
    """The first few by name, and how many more."""
    if len(names) <= NAMED:
        return Joined(tuple(names))
    return line("{names} 等", names=Joined(tuple(names[:NAMED])))


async def _groups(web: Web, groups: Sequence[tuple[Text, str]]) -> Check:
    try:
        found = rows(await web.call("usergroups.list"), "usergroups")
    except Denied as denied:
        return Check("slack-groups", False, line("用户组看不到：{why}", why=denied.why))
    except Later as later:
        return Check("slack-groups", False, line("用户组没看成：{why}", why=later.why))
    there = {group.get("id") for group in found}
    lost = [Joined((name, ident), by=" ") for name, ident in groups if ident not in there]
    if lost:
        said = line("方案里的用户组在 Slack 上没有：{groups}。改方案里的 user_groups", groups=Joined(tuple(lost)))
        return Check("slack-groups", False, said)
    return Check("slack-groups", True, line("方案里 {n} 个用户组都在", n=len(groups)))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
