"""Feishu as a platform: each verb is one call of its open API where one is enough, and may be said twice.

Feishu keeps our uuid for an hour (of a room for ten): what is sent again within that time stands once. After it, we look (traces.py).
Refs: `oc_…` a room, `om_…/<ms since 1970>` a message or a page, as a card may be redrawn for fourteen days only.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from bot.cards.model import Button, Buttons, Card, Words, press
from bot.core.errors import Never
from bot.effects import Louder, PersonId
from bot.platforms.feishu import render, traces
from bot.platforms.feishu.bell import Bell
from bot.platforms.feishu.book import Book, User
from bot.platforms.feishu.client import Client, Query, dig, part, rows, words_of
from bot.platforms.feishu.faults import Denied
from bot.platforms.feishu.render import Reader
from bot.platforms.feishu.shelf import Shelf
from bot.platforms.feishu.traces import Traces, ref_of, uuid
from bot.platforms.port import Call, Capabilities, Pace, Ref
from bot.words import Text, Who, line

log = logging.getLogger("fenghuo.feishu")

CREATES: tuple[Call, ...] = ("show", "say", "tell", "page", "whisper", "attach")  # one method: im.v1.message.create
METHODS: tuple[tuple[Call, ...], ...] = (
    CREATES, ("redraw",), ("open_room",), ("rename", "set_topic", "close_room"), ("invite",), ("stop_page",), ("pin",), ("link",),
    ("people",),
)  # fmt: skip
PACES = (
    *(Pace(verbs, 950, 60.0) for verbs in METHODS),  # 1000 a minute and 50 a second; clocks and roads differ a little
    *(Pace(verbs, 45, 1.0) for verbs in METHODS),
    Pace(CREATES, 4, 1.1, per_room=True),  # 5 a second to one group, shared with every other bot in it, or to one person
    Pace(("redraw",), 4, 1.1, per_room=True),  # 5 a second of one message
)
INVITED_AT_ONCE = 50
NAME, TOPIC = 60, 100  # characters
RENEW = 13 * 86_400  # seconds; a card of fourteen days can be redrawn no more
PAGE, PAGES = 100, 60  # of members of a room or group: 5000 is the most that a room holds
CLOSED = "【已结束】"

HERE_FAILS = frozenset({232022, 232024, 232027, 232028, 232030, 232033, 232043, 99992351, 99992360, 99992364})
"""Refusals of an invitation that are about somebody who was invited, not about the room or about us."""
GONE = frozenset({230011, 230110})
FIXED = frozenset({230012, 230017, 230031, 230050})
UNRECALLABLE = frozenset({230009, 230026, 230050, 230054})
SETTINGS = 230018  # what the group's settings forbid: here, mentioning everybody
DISSOLVED = 232009


@dataclass(frozen=True, slots=True)
class To:
    """Who receives a message."""

    kind: Literal["chat_id", "open_id"]
    id: str


@dataclass(frozen=True, slots=True)
class Said:
    """A message as Feishu takes it: `content` is JSON inside JSON."""

    kind: Literal["interactive", "text", "file"]
    content: str


class Feishu:
    """Belongs to one event loop. `reader` draws for a person, or for a room (None); `taken`: is the room or message some record's already?

    `clock` counts seconds since 1970.
    """

    name = "feishu"

    def __init__(
        self,
        client: Client,
        book: Book,
        reader: Callable[[PersonId | None], Reader],
        taken: Callable[[Ref], bool],
        *,
        clock: Callable[[], float] = time.time,
        paces: tuple[Pace, ...] = PACES,
    ) -> None:
        self.capabilities = Capabilities(paces=paces, opens_empty=True)
        self._client, self._book, self._reader, self._clock = client, book, reader, clock
        self._traces = Traces(client, taken, clock)
        self._bell = Bell(client, clock)
        self._shelf = Shelf(client)
        self._turns: WeakValueDictionary[Ref, asyncio.Lock] = WeakValueDictionary()

    # --- rooms --------------------------------------------------------------------------------------------------------------

    async def open_room(
        self, name: Text, slug: str, members: Sequence[PersonId], topic: Text, private: bool, key: str, in_doubt: bool, /
    ) -> Ref:
        """One call; who belongs in it and its topic are effects of their own, so that who cannot come is named and keeps out nobody.

        Every room is Feishu's private kind: a public one's name must be unique, and anybody of the tenant could walk in.
        """
        shown, id = self._plain(name, NAME), uuid("room", key)
        if in_doubt and not self._traces.lately(id, traces.ROOMS):
            found = await self._traces.room(shown, id)
            if found is not None:
                return found
        self._traces.try_(id)
        query: Query = {"user_id_type": "open_id", "set_bot_manager": True, "uuid": id}
        room = dig(await self._client.call("POST", "im/v1/chats", query, {"name": shown, "chat_type": "private"}), "chat_id")
        self._traces.made(id, room)
        if not in_doubt:
            self._shelf.opened(room)
        return room

    async def rename(self, room: Ref, name: Text, slug: str, /) -> None:
        async with self._turn(room):
            await self._change(room, name=self._plain(name, NAME))

    async def set_topic(self, room: Ref, text: Text, /) -> None:
        async with self._turn(room):
            await self._change(room, description=self._plain(text, TOPIC))

    async def invite(self, room: Ref, people: Sequence[PersonId], groups: Sequence[str] = (), /) -> tuple[PersonId, ...]:
        """Whoever is known comes at once; a trouble in finding the others is said after that."""
        theirs: tuple[User, ...] = ()
        if groups:
            (found, trouble), theirs = await asyncio.gather(self._book.seek(people), self._members_of(groups))
        else:  # nothing is awaited where everybody is known, so nobody gets into the room before them
            found, trouble = await self._book.seek(people)
        persons = {user: person for person, user in found.items()}
        users = tuple(dict.fromkeys((*persons, *theirs)))
        kept_out: set[User] = set()
        async with self._turn(room):
            for start in range(0, len(users), INVITED_AT_ONCE):
                kept_out |= await self._bring(room, users[start : start + INVITED_AT_ONCE])
        if trouble is not None:
            raise trouble
        strangers = sorted(self._book.planned(kept_out - persons.keys()))
        return (*(person for person in people if found.get(person) in kept_out or person not in found), *strangers)

    async def _members_of(self, groups: Sequence[str]) -> tuple[User, ...]:
        query: Query = {"member_id_type": "open_id", "member_type": "user", "page_size": PAGE}
        found: list[User] = []
        for group in groups:
            async for page in self._client.pages(f"contact/v3/group/{part(group)}/member/simplelist", PAGES, query):
                found += [dig(row, "member_id") for row in rows(page, "memberlist")]
        return tuple(found)

    async def _bring(self, room: Ref, users: tuple[User, ...]) -> set[User]:
        """Those who could not be invited. Feishu names them one by one, or refuses everybody because of one: then by halves."""
        try:
            answer = await self._client.call(
                "POST", f"im/v1/chats/{part(room)}/members", {"member_id_type": "open_id", "succeed_type": 1}, {"id_list": list(users)}
            )
        except Denied as denied:
            if denied.code not in HERE_FAILS:
                raise
            if len(users) == 1:
                return set(users)
            half = len(users) // 2
            return await self._bring(room, users[:half]) | await self._bring(room, users[half:])
        lists = ("invalid_id_list", "not_existed_id_list", "pending_approval_id_list")
        return {user for name in lists for user in words_of(answer, name)}

    async def people(self, room: Ref, /) -> tuple[PersonId, ...]:
        query: Query = {"member_id_type": "open_id", "page_size": PAGE}
        pages = self._client.pages(f"im/v1/chats/{part(room)}/members", PAGES, query)
        return self._book.planned([dig(row, "member_id") async for page in pages for row in rows(page, "items")])

    async def close_room(self, room: Ref, /) -> None:
        """Its name says so, and only the owner (we) may speak. Never disbanded: that would take its history from everybody."""
        async with self._turn(room):
            stands = await self._client.call("GET", f"im/v1/chats/{part(room)}")
            if stands.get("chat_status") in ("dissolved", "dissolved_save"):
                return
            name = str(stands.get("name") or "")
            if not name.startswith(CLOSED):
                await self._change(room, name=(CLOSED + name)[:NAME])
            await self._client.call("PUT", f"im/v1/chats/{part(room)}/moderation", None, {"moderation_setting": "only_owner"})

    async def link(self, room: Ref, title: Text, url: str, /) -> None:
        async with self._turn(room):
            await self._shelf.put(room, self._plain(title, TOPIC), url)

    def room_url(self, room: Ref, /) -> str:
        host = urlsplit(self._client.domain).hostname or ""
        return f"https://applink.{'larksuite.com' if 'larksuite' in host else 'feishu.cn'}/client/chat/open?openChatId={room}"

    async def _change(self, room: Ref, **fields: str) -> None:
        await self._client.call("PUT", f"im/v1/chats/{part(room)}", None, fields)

    def _turn(self, room: Ref) -> asyncio.Lock:
        """Feishu refuses two operations on one group at a time."""
        return self._turns.setdefault(room, asyncio.Lock())

    # --- messages -----------------------------------------------------------------------------------------------------------

    async def show(
        self, room: Ref, card: Card, ref: Ref | None, key: str, in_doubt: bool, mentions: Sequence[PersonId], mention_all: bool, /
    ) -> Ref:
        reader, to = self._reader(None), To("chat_id", room)
        if ref is not None:
            return await self._redrawn(to, ref, key, _drawn(card, reader, key), in_doubt)
        await self._acquaint(mentions)
        quiet = _drawn(card, reader, key, mentions)
        said = _drawn(card, reader, key, mentions, mention_all) if mention_all else quiet
        return await self._first(to, key, said, quiet, in_doubt)

    async def say(self, room: Ref, text: Text, key: str, in_doubt: bool, mentions: Sequence[PersonId], mention_all: bool, /) -> Ref:
        await self._acquaint(mentions)
        reader = self._reader(None)
        words, quiet = (render.text_of(text, reader, mentions, everybody) for everybody in (mention_all, False))
        to, id = To("chat_id", room), uuid(key)
        return await self._placed(to, id, _text(words), in_doubt, lambda: self._traces.text(room, words, id), _text(quiet))

    async def tell(self, person: PersonId, card: Card, ref: Ref | None, key: str, in_doubt: bool, /) -> Ref:
        to, said = To("open_id", await self._user(person)), _drawn(card, self._reader(person), key)
        if ref is not None:
            return await self._redrawn(to, ref, key, said, in_doubt)
        return await self._first(to, key, said, said, in_doubt)

    async def whisper(self, room: Ref, person: PersonId, card: Card, key: str, in_doubt: bool, /) -> Ref:
        """In the person's own chat: Feishu's card for one person in a group reaches only who is online, and nobody's phone."""
        return await self.tell(person, card, None, key, in_doubt)

    async def page(
        self, person: PersonId, text: Text, key: str, call: str, record: str, in_doubt: bool, louder: tuple[Louder, ...] = (), /
    ) -> Ref:
        """A short direct message that names the person, with the button, and 加急 about it."""
        user = await self._user(person)
        here = Button(line("我到了"), press("roll.here", call=call, record=record), "primary")
        card = Card(line("现在需要你"), (Words(text, "lead"), Buttons((here,))), text, "alarm")
        said = _drawn(card, self._reader(person), key, (person,))
        ref = await self._placed(To("open_id", user), uuid(key), said, in_doubt, _nowhere)
        await self._bell.ring(_at(ref)[0], user, key, louder)
        return ref

    async def rung(self, person: PersonId, key: str, /) -> Ref | None:
        """A direct chat cannot be looked through: a page that came through all the same stands, and its button does no harm."""
        return None

    async def stop_page(self, ref: Ref, /) -> None:
        """The message goes; where it can go no more, its button does."""
        message, _ = _at(ref)
        try:
            await self._client.call("DELETE", f"im/v1/messages/{part(message)}")
        except Denied as denied:
            if denied.code in GONE:
                return
            if denied.code not in UNRECALLABLE:
                raise
            over = line("这次呼叫已经结束，不用再应。")
            await self._patch(message, _card(render.line_card(over, self._reader(None))))

    async def pin(self, room: Ref, ref: Ref, /) -> None:
        """Pinned, and at the top of the room as well, where the last that was pinned stands."""
        message, _ = _at(ref)
        pinned = self._client.call("POST", "im/v1/pins", None, {"message_id": message})
        for end in await asyncio.gather(pinned, self._lifted(room, message), return_exceptions=True):
            if isinstance(end, BaseException):
                raise end

    async def _lifted(self, room: Ref, message: str) -> None:
        top = {"chat_top_notice": [{"action_type": "1", "message_id": message}]}
        try:
            await self._client.call("POST", f"im/v1/chats/{part(room)}/top_notice/put_top_notice", None, top)
        except Denied as denied:
            log.warning("a card is pinned and not at the top: %s", denied)

    async def attach(self, room: Ref, name: str, content: bytes, key: str, in_doubt: bool, /) -> Ref:
        to, id = To("chat_id", room), uuid(key)
        if in_doubt and not self._traces.lately(id, traces.MESSAGES):
            found = await self._traces.file(room, name, id)
            if found is not None:
                return found
        fields = {"file_type": "stream", "file_name": name}
        file = await self._client.upload("im/v1/files", fields, name, content or b"\n")  # Feishu takes no empty file
        return await self._sent(to, id, Said("file", json.dumps({"file_key": dig(file, "file_key")})))

    # --- inside -------------------------------------------------------------------------------------------------------------

    async def _first(self, to: To, key: str, said: Said, quiet: Said, in_doubt: bool) -> Ref:
        """The card stands. What an earlier call left there may look as things were then."""
        ref = await self._placed(to, uuid(key), said, in_doubt, lambda: self._standing(to, key, None), quiet)
        return await self._redrawn(to, ref, key, said, in_doubt) if in_doubt else ref

    async def _redrawn(self, to: To, ref: Ref, key: str, said: Said, in_doubt: bool) -> Ref:
        """The card as it is now: in its place, or anew where its place is gone or too old to be drawn on."""
        message, made = _at(ref)
        end = "fixed" if self._clock() * 1000 - made > RENEW * 1000 else await self._patch(message, said)
        if end == "drawn":
            return ref
        anew = await self._placed(to, uuid(key, ref), said, in_doubt, lambda: self._standing(to, key, ref))
        if in_doubt:
            await self._patch(_at(anew)[0], said)
        if end == "fixed":
            await self._step_back(message)
        return anew

    async def _placed(
        self, to: To, id: str, said: Said, in_doubt: bool, look: Callable[[], Awaitable[Ref | None]], quiet: Said | None = None
    ) -> Ref:
        """The message stands, once. `quiet`: the same without mentioning everybody, where the group does not let us."""
        if in_doubt and not self._traces.lately(id, traces.MESSAGES):
            found = await look()
            if found is not None:
                return found
        try:
            return await self._sent(to, id, said)
        except Denied as denied:
            if denied.code != SETTINGS or quiet is None or quiet == said:
                raise
            return await self._sent(to, id, quiet)

    async def _sent(self, to: To, id: str, said: Said) -> Ref:
        self._traces.try_(id)
        body = {"receive_id": to.id, "msg_type": said.kind, "content": said.content, "uuid": id}
        ref = ref_of(await self._client.call("POST", "im/v1/messages", {"receive_id_type": to.kind}, body))
        self._traces.made(id, ref)
        return ref

    async def _patch(self, message: str, said: Said) -> Literal["drawn", "gone", "fixed"]:
        """fixed: the message is there and may not be changed."""
        try:
            await self._client.call("PATCH", f"im/v1/messages/{part(message)}", None, {"content": said.content})
        except Denied as denied:
            if denied.code in GONE:
                return "gone"
            if denied.code in FIXED:
                return "fixed"
            raise
        return "drawn"

    async def _standing(self, to: To, key: str, other_than: Ref | None) -> Ref | None:
        found = await self._traces.card(to.id, key) if to.kind == "chat_id" else None
        return None if found == other_than else found

    async def _step_back(self, message: str) -> None:
        """An old card makes room for the new one: it says so where it still can, and is pinned no more."""
        moved = line("这张卡片太旧，不再更新；新的一张在最下面。")
        try:
            await self._patch(message, _card(render.line_card(moved, self._reader(None))))
            await self._client.call("DELETE", f"im/v1/pins/{part(message)}")
        except Never as never:
            log.warning("an old card stays beside the new one: %s", never)

    async def _user(self, person: PersonId) -> User:
        user = await self._book.user(person)
        if user is None:
            raise Never(line("飞书里找不到 {who}：核对方案里的邮箱和手机号，或请本人私聊烽火发「身份」绑定", who=Who(person)))
        return user

    async def _acquaint(self, people: Sequence[PersonId]) -> None:
        """Who is to be mentioned is found first. That must not hold up the words: whoever is not found in time is named."""
        if all(self._book.handle(person) is not None for person in people):
            return
        try:
            async with asyncio.timeout(self._book.glance):
                await self._book.seek(people)
        except TimeoutError:
            log.warning("people are named and not mentioned: Feishu takes long to find them")

    def _plain(self, text: Text, longest: int) -> str:
        """Words in one row, as far as there is room."""
        words = " ".join(render.plain(text, self._reader(None)).split())
        return words if len(words) <= longest else words[: longest - 1] + "…"


def _drawn(card: Card, reader: Reader, key: str, mentions: Sequence[PersonId] = (), mention_all: bool = False) -> Said:
    return _card(traces.marked(render.card(card, reader, key, mentions, mention_all), key))


def _card(card: dict[str, Any]) -> Said:
    return Said("interactive", json.dumps(card, ensure_ascii=False, separators=(",", ":")))


def _text(words: str) -> Said:
    return Said("text", json.dumps({"text": words}, ensure_ascii=False))


async def _nowhere() -> None:
    """A direct chat has no address before something was sent there."""


def _at(ref: Ref) -> tuple[str, int]:
    message, _, made = ref.partition("/")
    if not message.startswith("om_") or not made.isdigit():
        raise Never(line("飞书里没有「{ref}」这条消息", ref=ref))
    return message, int(made)
