"""What an operator must know before a team relies on Feishu: each thing looked at once, said in one line with its fix.

Nothing is changed in the tenant, no event is taken from anybody, and no secret is ever part of what is said. When the first call fails,
the rest would be about something else and is not tried.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import aiohttp

from bot.core.errors import Later
from bot.platforms.feishu.book import AT_ONCE, STRANGERS, dialled
from bot.platforms.feishu.client import FEISHU, TOKEN, Client, Query, part, rows, words_of
from bot.platforms.feishu.faults import SCOPES as SCOPE_CODES
from bot.platforms.feishu.faults import Denied
from bot.platforms.feishu.scopes import CALLBACKS, EVENTS, Scope, missing, unheard
from bot.words import Bi, Joined, Text, joined, line

TOLERABLE_SKEW = 60  # seconds; signatures of webhooks are good for 300
SIDE_BY_SIDE = 4
NAMED = 8
PATIENCE = aiohttp.ClientTimeout(total=10.0, sock_connect=4.0)
BOT, ENDPOINT = "bot/v3/info", "/callback/ws/endpoint"
NO_BOT = 11205
NO_GROUP = frozenset({42012, 42008})
PUBLISHED = 1
STATES: Mapping[int, Text] = {2: line("审核没通过"), 3: line("审核中"), 4: line("没提交")}

WRONG_SECRET = line("应用凭据不对：到「凭证与基础信息」抄 App ID 和 App Secret，写进 FEISHU_APP_ID 和 FEISHU_APP_SECRET")
DENIED: Mapping[int, Text] = {
    10003: WRONG_SECRET,
    10014: WRONG_SECRET,
    10012: line("应用没有启用，或被停用：请飞书管理员在管理后台启用它"),
    NO_BOT: line("应用没有机器人：在「添加应用能力」里加上机器人，发布新版本"),
    99991401: line("飞书不收本机来的请求：把本机的公网地址加进应用的 IP 白名单"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `name` has no spaces, so that a script can take it apart."""

    name: str
    well: bool
    text: Text


@dataclass(frozen=True, slots=True)
class Sought:
    """Somebody of the plan. `user`: the open_id that the plan or a binding gives; without one, e-mail and mobile number must find them."""

    name: Text
    user: str | None
    email: str | None
    mobile: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """What must be there, as the house knows it.

    address: the public one. sealed: there is an Encrypt Key. spare: secrets of the webhook are set. rooms: standing rooms by slot, with
    the chat that is ours under it. groups: user groups of the plan by name.
    """

    mode: Literal["websocket", "webhook"]
    address: str
    sealed: bool
    spare: bool
    rooms: Sequence[tuple[str, str | None]]
    people: Sequence[Sought]
    groups: Sequence[tuple[Text, str]]


class Unreached(Exception):
    """Nobody answered, or not Feishu. `why` is for people."""

    def __init__(self, why: Text) -> None:
        super().__init__()
        self.why = why


async def examine(app_id: str, secret: str, domain: str | None, expected: Expected, now: Callable[[], datetime]) -> tuple[Check, ...]:
    """All checks, in the order in which an operator mends things."""
    base = (domain or FEISHU).rstrip("/")
    keys = {"app_id": app_id, "app_secret": secret}
    async with aiohttp.ClientSession(timeout=PATIENCE, trust_env=True) as session:
        try:
            begun = now()
            answer, headers = await _asked(session, "POST", f"{base}/open-apis/{TOKEN}", keys)
            if answer["code"] != 0:
                return (Check("feishu", False, _refused(answer)),)
            heard, ms = now(), round((now() - begun).total_seconds() * 1000)
            bot, _ = await _asked(session, "GET", f"{base}/open-apis/{BOT}", None, str(answer.get("tenant_access_token", "")))
            if bot["code"] != 0:
                return (Check("feishu", False, _refused(bot)),)
        except Unreached as unreached:
            return (Check("feishu", False, unreached.why),)
        name = str(bot.get("bot", {}).get("app_name", ""))
        first = Check("feishu", True, line("应用 {app}，机器人「{bot}」，{ms} 毫秒", app=app_id, bot=name, ms=ms))
        client = Client(app_id, secret, domain)
        try:
            app = [check async for check in _app(client, expected)]
            way_in = await _long(session, base, app_id, secret, expected) if expected.mode == "websocket" else _webhook(expected)
            rest = [check async for check in _rest(client, expected)]
        finally:
            await client.close()
    return (first, *app, *_clock(headers, heard), way_in, *rest)


async def _app(client: Client, expected: Expected) -> AsyncIterator[Check]:
    yield await _scopes(client)
    yield await _version(client)
    yield await _events(client, expected)


async def _rest(client: Client, expected: Expected) -> AsyncIterator[Check]:
    for check in await asyncio.gather(*(_room(client, slot, room) for slot, room in expected.rooms)):
        yield check
    yield await _people(client, expected.people)
    if expected.groups:
        yield await _groups(client, expected.groups)


# --- the first words ----------------------------------------------------------------------------------------------------------


async def _asked(
    session: aiohttp.ClientSession, method: str, url: str, body: Mapping[str, str] | None, token: str | None = None
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """What Feishu says, whether it refuses or not."""
    bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        async with session.request(method, url, json=body, headers=bearer, allow_redirects=False) as response:
            raw, heard = await response.read(), response.headers
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unreached(line("连不上飞书（{why}）：看网络、代理和 FEISHU_DOMAIN", why=_first_line(error))) from error
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or type(found.get("code")) is not int:
        raise Unreached(line("那头答的不是飞书的话：看代理和 FEISHU_DOMAIN，或过一会儿再试"))
    return found, heard


def _refused(answer: Mapping[str, Any]) -> Text:
    """Feishu's own code behind its fix."""
    code = answer["code"]
    if code in DENIED:
        return joined([DENIED[code], str(code)], by="  ")
    return line("飞书没给令牌：{code}（{msg}）", code=str(code), msg=str(answer.get("msg", ""))[:120])


def _clock(headers: Mapping[str, str], now: datetime) -> tuple[Check, ...]:
    """Feishu's clock as its answer shows it, to the second."""
    said = headers.get("Date")
    if said is None:
        return ()
    off = round(abs((now - parsedate_to_datetime(said)).total_seconds()))
    if off > TOLERABLE_SKEW:
        return (Check("feishu-clock", False, line("本机的钟和飞书差 {n} 秒：用 NTP 对时", n=off)),)
    return (Check("feishu-clock", True, line("和飞书的钟相差不到 {n} 秒", n=TOLERABLE_SKEW)),)


# --- the app ------------------------------------------------------------------------------------------------------------------


async def _scopes(client: Client) -> Check:
    """What was granted; what is only asked for, or waits for its version, is not."""
    try:
        found = rows(await client.call("GET", "application/v6/scopes"), "scopes")
    except (Denied, Later) as trouble:
        return Check("feishu-scopes", False, line("权限没查成：{why}", why=trouble.why))
    granted = {str(row.get("scope_name")) for row in found if row.get("grant_status") == 1 and row.get("scope_type", "tenant") == "tenant"}
    lacking = missing(granted)
    if lacking:
        said = line("缺 {scopes}：在「权限管理」批量导入 docs/feishu.md 里的 JSON，再发布一个版本", scopes=_listed(lacking))
        return Check("feishu-scopes", False, said)
    without = missing(granted, optional=True)
    if without:
        return Check("feishu-scopes", True, line("{n} 项权限，要的都有；没开的：{scopes}", n=len(granted), scopes=_listed(without)))
    return Check("feishu-scopes", True, line("{n} 项权限，要的都有", n=len(granted)))


def _listed(scopes: Sequence[Scope]) -> Text:
    return joined([Bi(f"{scope.name}（{scope.says.zh}）", f"{scope.name} ({scope.says.en})") for scope in scopes])


async def _version(client: Client) -> Check:
    """A scope, an event or a menu is in force only once a version that has it is published."""
    name = "feishu-version"
    try:
        answer = await client.call("GET", f"application/v6/applications/{part(client.app_id)}/app_versions", {"lang": "zh_cn"})
    except Denied as denied:
        if denied.code in SCOPE_CODES:
            said = line("看不到版本：没发布过，或缺 application:application:self_manage。到「版本管理与发布」创建版本并发布")
            return Check(name, False, said)
        return Check(name, False, line("版本没查成：{why}", why=denied.why))
    except Later as later:
        return Check(name, False, line("版本没查成：{why}", why=later.why))
    found = rows(answer, "items")
    online = next((str(row.get("version")) for row in found if row.get("status") == PUBLISHED), None)
    if online is None:
        return Check(name, False, line("还没有发布过版本，权限和事件都不生效：到「版本管理与发布」创建版本并发布"))
    newest = found[0]
    if newest.get("status") != PUBLISHED:
        state = STATES.get(newest.get("status", 0), line("没提交"))
        said = line(
            "版本 {new} 还没发布（{state}），在用的是 {old}：改动要发布了才生效", new=str(newest.get("version")), state=state, old=online
        )
        return Check(name, False, said)
    return Check(name, True, line("在用的是版本 {version}", version=online))


async def _events(client: Client, expected: Expected) -> Check:
    """What the app is told of, and by which way: events and callbacks are set apart from each other."""
    name = "feishu-events"
    try:
        answer = await client.call("GET", f"application/v6/applications/{part(client.app_id)}", {"lang": "zh_cn"})
    except (Denied, Later) as trouble:
        return Check(name, False, line("订阅没查成：{why}", why=trouble.why))
    app = answer.get("app")
    event, callback = (_object(app, key) for key in ("event", "callback_info"))
    heard = {*words_of(event, "subscribed_events"), *words_of(callback, "subscribed_callbacks")}
    lacking: list[Text] = [Bi(f"{it.name}（{it.says.zh}）", f"{it.name} ({it.says.en})") for it in unheard(heard, (*EVENTS, *CALLBACKS))]
    if lacking:
        said = line("没订阅 {events}：在「事件与回调」里添加，再发布一个版本", events=joined(lacking))
        return Check(name, False, said)
    ways = {event.get("subscription_type"), callback.get("callback_type")} & {"websocket", "webhook"}
    if ways - {expected.mode}:
        if expected.mode == "websocket":
            return Check(name, False, line("后台选的不是长连接：「事件配置」和「回调配置」都改成使用长连接"))
        return Check(name, False, line("后台选的是长连接：「事件配置」和「回调配置」都改成发送至开发者服务器，或设 FEISHU_MODE=websocket"))
    return Check(name, True, line("{n} 个事件和 {m} 个回调都订阅了", n=len(EVENTS), m=len(CALLBACKS)))


def _object(found: object, name: str) -> Mapping[str, Any]:
    inner = found.get(name) if isinstance(found, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


# --- the way in ---------------------------------------------------------------------------------------------------------------


async def _long(session: aiohttp.ClientSession, base: str, app_id: str, secret: str, expected: Expected) -> Check:
    """Where to connect is asked for and not used: whoever connects takes a share of the events."""
    name = "feishu-socket"
    try:
        answer, _ = await _asked(session, "POST", f"{base}{ENDPOINT}", {"AppID": app_id, "AppSecret": secret})
    except Unreached as unreached:
        return Check(name, False, unreached.why)
    if answer["code"] != 0 or not _object(answer, "data").get("URL"):
        why = f"{answer['code']} {str(answer.get('msg', ''))[:120]}".strip()
        return Check(name, False, line("长连接开不了（{why}）：应用要是企业自建的，连着的不能超过 50 条", why=why))
    if expected.spare:
        said = line("长连接可用；加密密钥和校验令牌用不到。用同一个应用连上的机器会分走事件：一个环境一个应用")
        return Check(name, True, said)
    return Check(name, True, line("长连接可用。用同一个应用连上的机器会分走事件：一个环境一个应用"))


def _webhook(expected: Expected) -> Check:
    name, address = "feishu-webhook", f"{expected.address}/feishu/events"
    if not expected.address.startswith("https://"):
        said = line("飞书要到得了的 https 地址，PUBLIC_URL 现在是 {address}：写代理对外的 https 地址", address=expected.address)
        return Check(name, False, said)
    if not expected.sealed:
        said = line("webhook 方式，请求地址写 {address}；没有 FEISHU_ENCRYPT_KEY，事件不加密也不签名，正式环境要设", address=address)
        return Check(name, True, said)
    return Check(name, True, line("webhook 方式，事件和回调的请求地址都写 {address}", address=address))


# --- the rooms ----------------------------------------------------------------------------------------------------------------


async def _room(client: Client, slot: str, room: str | None) -> Check:
    name = f"feishu-room:{slot}"
    if room is None:
        return Check(name, True, line("还没有；启动时会建，或在现成的群里说「绑定」"))
    try:
        found = await client.call("GET", f"im/v1/chats/{part(room)}")
    except Denied as denied:
        return Check(name, False, line("{room} 看不到：{why}", room=room, why=denied.why))
    except Later as later:
        return Check(name, False, line("{room} 没看成：{why}", room=room, why=later.why))
    title = f"「{found.get('name') or room}」"
    if found.get("chat_status") in ("dissolved", "dissolved_save"):
        return Check(name, False, line("{room} 已解散：在别的群里说「绑定」", room=title))
    return Check(name, True, line("{room}，烽火在里面", room=title))


# --- the people ---------------------------------------------------------------------------------------------------------------


async def _people(client: Client, people: Sequence[Sought]) -> Check:
    """Looked up by the fifty, those whose open_id is known one by one. What refuses once is not asked on."""
    name = "feishu-people"
    seen: dict[int, bool] = {}
    stopped: list[Text] = []
    turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def look(numbers: Sequence[int]) -> None:
        async with turns:
            if stopped:
                return
            try:
                there = await _found(client, [people[number] for number in numbers])
            except (Denied, Later) as trouble:
                stopped.append(trouble.why)
            else:
                seen.update(zip(numbers, there, strict=True))

    known = [number for number, one in enumerate(people) if one.user is not None]
    unknown = [number for number, one in enumerate(people) if one.user is None]
    batches = [unknown[start : start + AT_ONCE] for start in range(0, len(unknown), AT_ONCE)]
    await asyncio.gather(*(look([number]) for number in known), *map(look, batches))
    lost = [people[number].name for number, there in sorted(seen.items()) if not there]
    if lost:
        said = line(
            "方案里 {n} 人在飞书里找不到：{who}。核对邮箱和手机号，把人加进应用的可用范围，或写 identities.feishu",
            n=len(lost),
            who=_named(lost),
        )
        return Check(name, False, said)
    if stopped:
        return Check(name, False, line("方案里还有 {n} 人没查成：{why}", n=len(people) - len(seen), why=stopped[0]))
    return Check(name, True, line("方案里 {n} 人都找得到", n=len(people)))


async def _found(client: Client, people: Sequence[Sought]) -> list[bool]:
    """Whether each is there: one whose open_id is known, or many by their addresses and numbers."""
    if people[0].user is not None:
        try:
            answer = await client.call("GET", f"contact/v3/users/{part(people[0].user)}", {"user_id_type": "open_id"})
        except Denied as denied:
            if denied.code in STRANGERS:
                return [False]
            raise
        return [not _gone(_object(answer, "user"))]
    asked = {
        "emails": sorted({one.email for one in people if one.email}),
        "mobiles": sorted({dialled(one.mobile) for one in people if one.mobile}),
    }
    body = {key: words for key, words in asked.items() if words}
    if not body:
        return [False] * len(people)
    found = rows(await client.call("POST", "contact/v3/users/batch_get_id", {"user_id_type": "open_id"}, body), "user_list")
    there = [row for row in found if row.get("user_id") and not _gone(row)]
    emails = {str(row["email"]).casefold() for row in there if row.get("email")}
    mobiles = {dialled(str(row["mobile"])) for row in there if row.get("mobile")}
    return [(one.email or "").casefold() in emails or dialled(one.mobile or "") in mobiles for one in people]


def _gone(row: Mapping[str, Any]) -> bool:
    status = _object(row, "status")
    return any(status.get(name) is True for name in ("is_frozen", "is_resigned", "is_exited"))


def _named(names: Sequence[Text]) -> Text:
    """The first few by name, and how many more."""
    if len(names) <= NAMED:
        return Joined(tuple(names))
    return line("{names} 等", names=Joined(tuple(names[:NAMED])))


async def _groups(client: Client, groups: Collection[tuple[Text, str]]) -> Check:
    name = "feishu-groups"
    lost: list[Text] = []
    for title, ident in groups:
        try:
            query: Query = {"member_id_type": "open_id", "member_type": "user", "page_size": 1}
            await client.call("GET", f"contact/v3/group/{part(ident)}/member/simplelist", query)
        except Denied as denied:
            if denied.code not in NO_GROUP:
                return Check(name, False, line("用户组看不到：{why}", why=denied.why))
            lost.append(Joined((title, ident), by=" "))
        except Later as later:
            return Check(name, False, line("用户组没看成：{why}", why=later.why))
    if lost:
        said = line("方案里的用户组在飞书里没有：{groups}。改方案里的 user_groups", groups=Joined(tuple(lost)))
        return Check(name, False, said)
    return Check(name, True, line("方案里 {n} 个用户组都在", n=len(groups)))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
