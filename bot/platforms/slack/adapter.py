"""Slack as a platform: each verb is one call of its Web API where one is enough, and may be said twice.

Slack has no idempotency at all. Every message carries our key as metadata, a file in its name, a room by its name and maker; only in
doubt are they looked for. Refs: `C…` a room, `C…/ts` or `D…/ts` a message or a page, `F…` a file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from bot.cards.model import Button, Buttons, Card, Words, press
from bot.core.errors import Later, Never
from bot.effects import Louder, PersonId
from bot.platforms.port import Capabilities, Pace, Ref
from bot.platforms.slack.book import Book, User
from bot.platforms.slack.faults import Denied
from bot.platforms.slack.names import candidates, file_name
from bot.platforms.slack.render import Drawn, Reader, line_of, message, plain
from bot.platforms.slack.shelf import Shelf
from bot.platforms.slack.web import Web, dig, rows, words_of
from bot.words import Text, Who, line

log = logging.getLogger("fenghuo.slack")

MINUTE = 60.0
TIER_2, TIER_3, TIER_4 = 20, 50, 100  # calls a minute that Slack grants a method in a workspace at least
PACES = (
    *(Pace((verb,), TIER_2, MINUTE) for verb in ("open_room", "rename", "set_topic", "close_room", "pin", "link")),
    *(Pace((verb,), TIER_3, MINUTE) for verb in ("invite", "redraw", "stop_page")),
    *(Pace((verb,), TIER_4, MINUTE) for verb in ("whisper", "attach", "people")),
    Pace(("show", "say", "tell", "page"), 300, MINUTE),  # chat.postMessage: "several hundred" in a workspace
    Pace(("show", "say", "attach"), 3, 3.3, per_room=True),  # and one a second in a channel, with short bursts
)
INVITED_AT_ONCE = 100
TOPIC = 250  # characters
PAGE_OF_HISTORY, PAGES_OF_HISTORY = 200, 15
PAGE_OF_ROOMS, PAGES_OF_ROOMS = 200, 20
PAGE_OF_MEMBERS, PAGES_OF_MEMBERS = 1000, 10
EVENT = "fenghuo"
TAKEN = line("这个群名和几个带编号的都有人用了：给旧群改名，再重试")

HERE_ALREADY = frozenset({"already_in_channel", "cant_invite_self"})
ONE_PERSONS = frozenset(
    {
        "already_in_channel", "cant_invite", "cant_invite_self", "failed_for_some_users", "no_external_invite_permission", "no_user",
        "org_user_not_in_team", "too_many_users", "ura_max_channels", "user_disabled", "user_is_restricted", "user_is_ultra_restricted",
        "user_not_found", "user_team_not_in_channel", "users_not_found",
    }
)  # fmt: skip
"""Refusals of an invitation that are about somebody who was invited, not about the room or about us."""
NO_CHAT = frozenset({"channel_not_found", "user_not_found", "users_not_found", "user_disabled", "cannot_dm_bot", "not_in_channel"})
SILENT = frozenset({"is_archived", "is_inactive"})
FIXED = frozenset({"cant_update_message", "edit_window_closed", "block_mismatch"})
UNDELETABLE = frozenset({"cant_delete_message", "compliance_exports_prevent_deletion"})


class Slack:
    """Belongs to one event loop. `reader` draws for a person, or for a room (None); `taken`: is the room some record's already?"""

    name = "slack"

    def __init__(
        self,
        web: Web,
        book: Book,
        reader: Callable[[PersonId | None], Reader],
        taken: Callable[[Ref], bool],
        paces: tuple[Pace, ...] = PACES,
    ) -> None:
        self.capabilities = Capabilities(paces=paces, opens_empty=True)
        self._web, self._book, self._reader, self._taken = web, book, reader, taken
        self._shelf = Shelf(web)

    # --- rooms --------------------------------------------------------------------------------------------------------------

    async def open_room(
        self, name: Text, slug: str, members: Sequence[PersonId], topic: Text, private: bool, key: str, in_doubt: bool, /
    ) -> Ref:
        """One call; who belongs in it and its topic are effects of their own. The shown name is the slug: Slack has no other.

        In doubt a name that is taken may be taken by us: then the bot's own rooms (never all of the workspace's) hold it.
        """
        ours: Mapping[str, Ref] | None = None
        for candidate in candidates(slug, key):
            if ours is None or candidate not in ours:
                room = await self._create(candidate, private)
                if room is not None:
                    self._shelf.opened(room)
                    return room
                if not in_doubt:
                    continue
                ours = await self._own_rooms() if ours is None else ours
            found = ours.get(candidate)
            if found is not None and not await asyncio.to_thread(self._taken, found):
                return found
        raise Never(TAKEN)

    async def _create(self, name: str, private: bool) -> Ref | None:
        """None: the name is taken."""
        me = self._web.known
        team = me.team if me is not None and me.org else None
        try:
            answer = await self._web.call("conversations.create", name=name, is_private=private, team_id=team)
        except Denied as denied:
            if denied.code == "name_taken":
                return None
            raise
        return dig(answer, "channel", "id")

    async def _own_rooms(self) -> Mapping[str, Ref]:
        """Our open rooms that we made, by name."""
        me = await self._web.me()
        asked = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": PAGE_OF_ROOMS}
        pages = self._web.pages("users.conversations", PAGES_OF_ROOMS, **asked, team_id=me.team if me.org else None)
        made = [room async for page in pages for room in rows(page, "channels") if room.get("creator") == me.user]
        return {dig(room, "name"): dig(room, "id") for room in made}

    async def rename(self, room: Ref, name: Text, slug: str, /) -> None:
        standing: str | None = None
        wanted = candidates(slug, room)
        for candidate in wanted:
            try:
                await self._web.call("conversations.rename", channel=room, name=candidate)
            except Denied as denied:
                if denied.code != "name_taken":
                    raise
            else:
                return
            if standing is None:
                standing = dig(await self._web.call("conversations.info", channel=room), "channel", "name")
                if standing in wanted:
                    return
        raise Never(TAKEN)

    async def invite(self, room: Ref, people: Sequence[PersonId], groups: Sequence[str] = (), /) -> tuple[PersonId, ...]:
        """Whoever is known comes at once; a trouble in finding the others is said after that."""
        (found, trouble), theirs = await asyncio.gather(self._book.seek(people), self._members_of(groups))
        persons = {user: person for person, user in found.items()}
        users = tuple(dict.fromkeys((*persons, *theirs)))
        batches = [users[start : start + INVITED_AT_ONCE] for start in range(0, len(users), INVITED_AT_ONCE)]
        kept_out = {user for batch in batches for user in await self._bring(room, batch)}
        if trouble is not None:
            raise trouble
        strangers = sorted(self._book.planned(kept_out - persons.keys()))
        return (*(person for person in people if found.get(person) in kept_out or person not in found), *strangers)

    async def _members_of(self, groups: Sequence[str]) -> tuple[User, ...]:
        answers = await asyncio.gather(*(self._web.call("usergroups.users.list", usergroup=group) for group in groups))
        return tuple(user for answer in answers for user in words_of(answer, "users"))

    async def _bring(self, room: Ref, users: tuple[User, ...]) -> set[User]:
        """Those who could not be invited. Slack names them one by one, or refuses everybody because of one: then by halves."""
        if not users:
            return set()
        try:
            answer = await self._web.call("conversations.invite", channel=room, users=",".join(users), force=len(users) > 1 or None)
        except Denied as denied:
            return await self._bring_rest(room, users, denied)
        return _refused_ones(answer)

    async def _bring_rest(self, room: Ref, users: tuple[User, ...], denied: Denied) -> set[User]:
        named = {row.get("user") for row in rows(denied.data, "errors")}
        if denied.code not in ONE_PERSONS and named.isdisjoint(users):
            raise denied
        if len(users) == 1:
            return set() if denied.code in HERE_ALREADY else set(users)
        rest = tuple(user for user in users if user not in named)
        if len(rest) < len(users):
            return _refused_ones(denied.data) | await self._bring(room, rest)
        half = len(users) // 2
        return await self._bring(room, users[:half]) | await self._bring(room, users[half:])

    async def set_topic(self, room: Ref, text: Text, /) -> None:
        await self._web.call("conversations.setTopic", channel=room, topic=self._plain(text)[:TOPIC])

    async def people(self, room: Ref, /) -> tuple[PersonId, ...]:
        pages = self._web.pages("conversations.members", PAGES_OF_MEMBERS, channel=room, limit=PAGE_OF_MEMBERS)
        return self._book.planned([user async for page in pages for user in words_of(page, "members")])

    async def close_room(self, room: Ref, /) -> None:
        await self._web.call("conversations.archive", channel=room)

    async def link(self, room: Ref, title: Text, url: str, /) -> None:
        await self._shelf.put(room, self._plain(title), url)

    def room_url(self, room: Ref, /) -> str:
        me = self._web.known
        return f"https://app.slack.com/client/{me.team}/{room}" if me is not None else f"https://slack.com/app_redirect?channel={room}"

    # --- messages -----------------------------------------------------------------------------------------------------------

    async def show(
        self, room: Ref, card: Card, ref: Ref | None, key: str, in_doubt: bool, mentions: Sequence[PersonId], mention_all: bool, /
    ) -> Ref:
        reader, slot = self._reader(None), _slot(key)
        if ref is None and in_doubt:
            ref = await self._sought(room, key)
        if ref is not None:
            return await self._redrawn(room, ref, key, message(card, reader, slot=slot), in_doubt)
        await self._acquaint(mentions)
        return await self._post(room, message(card, reader, slot=slot, mentions=mentions, mention_all=mention_all), key)

    async def say(self, room: Ref, text: Text, key: str, in_doubt: bool, mentions: Sequence[PersonId], mention_all: bool, /) -> Ref:
        said = await self._sought(room, key) if in_doubt else None
        if said is not None:
            return said
        await self._acquaint(mentions)
        return await self._post(room, line_of(text, self._reader(None), mentions, mention_all), key)

    async def tell(self, person: PersonId, card: Card, ref: Ref | None, key: str, in_doubt: bool, /) -> Ref:
        drawn = message(card, self._reader(person), slot=_slot(key))
        if ref is not None:
            return await self._redrawn(_at(ref)[0], ref, key, drawn, in_doubt)
        user = await self._user(person)
        stands = await self._sought(await self._chat(user), key) if in_doubt else None
        if stands is not None:
            return await self._redrawn(_at(stands)[0], stands, key, drawn, in_doubt)
        return await self._send(person, user, drawn, key)

    async def whisper(self, room: Ref, person: PersonId, card: Card, key: str, in_doubt: bool, /) -> Ref:
        """Slack keeps no such message, so in doubt there is nothing to look for, and a second one does no harm."""
        user = await self._user(person)
        drawn = message(card, self._reader(person), slot=_slot(key))
        answer = await self._web.call("chat.postEphemeral", channel=room, user=user, text=drawn.text, blocks=list(drawn.blocks))
        return f"{room}/{dig(answer, 'message_ts')}"

    async def page(
        self, person: PersonId, text: Text, key: str, call: str, record: str, in_doubt: bool, louder: tuple[Louder, ...] = (), /
    ) -> Ref:
        """A short direct message that names the person, with the button. Slack rings no telephone."""
        user = await self._user(person)
        rung = await self._sought(await self._chat(user), key) if in_doubt else None
        if rung is not None:
            return rung
        here = Button(line("我到了"), press("roll.here", call=call, record=record), "primary")
        card = Card(line("现在需要你"), (Words(text, "lead"), Buttons((here,))), text, "alarm")
        return await self._send(person, user, message(card, self._reader(person), slot=_slot(key), mentions=(person,)), key)

    async def rung(self, person: PersonId, key: str, /) -> Ref | None:
        return await self._sought(await self._chat(await self._user(person)), key)

    async def stop_page(self, ref: Ref, /) -> None:
        """The message goes; where the workspace keeps everything, its button does."""
        channel, ts = _at(ref)
        try:
            await self._web.call("chat.delete", channel=channel, ts=ts)
        except Denied as denied:
            if denied.code not in UNDELETABLE:
                raise
            over = line_of(line("这次呼叫已经结束，不用再应。"), self._reader(None))
            await self._update(ref, over)

    async def pin(self, room: Ref, ref: Ref, /) -> None:
        channel, ts = _at(ref)
        await self._web.call("pins.add", channel=channel, timestamp=ts)

    async def attach(self, room: Ref, name: str, content: bytes, key: str, in_doubt: bool, /) -> Ref:
        """People read the title; the file's own name carries the key."""
        kept, content = file_name(name, key), content or b"\n"  # Slack takes no empty file
        found = await self._file(room, kept) if in_doubt else None
        if found is not None:
            return found
        place = await self._web.call("files.getUploadURLExternal", filename=kept, length=len(content))
        file = dig(place, "file_id")
        await self._web.upload(dig(place, "upload_url"), content)
        await self._web.call("files.completeUploadExternal", files=[{"id": file, "title": name}], channel_id=room)
        return file

    # --- inside -------------------------------------------------------------------------------------------------------------

    async def _post(self, channel: str, drawn: Drawn, key: str) -> Ref:
        label = {"event_type": EVENT, "event_payload": {"key": key}}
        answer = await self._web.call(
            "chat.postMessage",
            channel=channel,
            text=drawn.text,
            blocks=list(drawn.blocks) or None,
            metadata=label,
            unfurl_links=False,
            unfurl_media=False,
        )
        return f"{dig(answer, 'channel')}/{dig(answer, 'ts')}"

    async def _send(self, person: PersonId, user: User, drawn: Drawn, key: str) -> Ref:
        """A post to a user's id goes to their own chat with us and says which that is."""
        try:
            return await self._post(user, drawn, key)
        except Denied as denied:
            if denied.code in NO_CHAT:
                raise _nobody(person) from denied
            raise

    async def _update(self, ref: Ref, drawn: Drawn) -> Literal["drawn", "silent", "gone", "fixed"]:
        """silent: the room is archived, so what stands there stands. fixed: the message is there and may not be changed."""
        channel, ts = _at(ref)
        try:
            await self._web.call("chat.update", channel=channel, ts=ts, text=drawn.text, blocks=list(drawn.blocks))
        except Denied as denied:
            if denied.code in SILENT:
                return "silent"
            if denied.code == "message_not_found":
                return "gone"
            if denied.code in FIXED:
                return "fixed"
            raise
        return "drawn"

    async def _redrawn(self, channel: str, ref: Ref, key: str, drawn: Drawn, in_doubt: bool) -> Ref:
        """The message as it is now: in its place, or anew where its place is gone."""
        end = await self._update(ref, drawn)
        if end in ("drawn", "silent"):
            return ref
        other = await self._sought(channel, key) if in_doubt else None
        if other is not None and other != ref:
            await self._update(other, drawn)
            return other
        try:
            anew = await self._post(channel, drawn, key)
        except Denied as denied:
            if denied.code in SILENT:
                return ref
            raise
        if end == "fixed":
            await self._drop(ref)
        return anew

    async def _drop(self, ref: Ref) -> None:
        """An old look that could not be changed; where it cannot go either, two stand."""
        channel, ts = _at(ref)
        try:
            await self._web.call("chat.delete", channel=channel, ts=ts)
        except (Later, Never) as trouble:
            log.warning("an old card stays beside the new one: %s", trouble)

    async def _sought(self, channel: str, key: str) -> Ref | None:
        """The newest message with our key."""
        pages = self._web.pages(
            "conversations.history", PAGES_OF_HISTORY, channel=channel, limit=PAGE_OF_HISTORY, include_all_metadata=True
        )
        async for page in pages:
            for found in rows(page, "messages"):
                if _key_of(found) == key:
                    return f"{channel}/{dig(found, 'ts')}"
        return None

    async def _file(self, room: Ref, name: str) -> Ref | None:
        async for page in self._web.pages("conversations.history", PAGES_OF_HISTORY, channel=room, limit=PAGE_OF_HISTORY):
            for said in rows(page, "messages"):
                for file in rows(said, "files"):
                    if file.get("name") == name:
                        return dig(file, "id")
        return None

    async def _user(self, person: PersonId) -> User:
        user = await self._book.user(person)
        if user is None:
            raise _nobody(person)
        return user

    async def _chat(self, user: User) -> str:
        """The person's own chat with us; needed only to look into it."""
        return dig(await self._web.call("conversations.open", users=user), "channel", "id")

    async def _acquaint(self, people: Sequence[PersonId]) -> None:
        """Who is to be mentioned is found first. That must not hold up the words: whoever is not found in time is named."""
        if all(self._book.handle(person) is not None for person in people):
            return
        try:
            async with asyncio.timeout(self._book.glance):
                await self._book.seek(people)
        except TimeoutError:
            log.warning("people are named and not mentioned: Slack takes long to find them")

    def _plain(self, text: Text) -> str:
        """Words in one row where Slack draws no formatting. Brackets would still make mentions there."""
        return " ".join(plain(text, self._reader(None)).replace("<", "‹").replace(">", "›").split())


def _nobody(person: PersonId) -> Never:
    return Never(line("Slack 里找不到 {who}：核对方案里的邮箱，或请本人用 /incident 身份 绑定", who=Who(person)))


def _refused_ones(answer: Mapping[str, Any]) -> set[User]:
    """Those whom the answer names as not invited, but for those who are there."""
    errors: Iterable[Mapping[str, Any]] = rows(answer, "errors")
    return {dig(row, "user") for row in errors if row.get("user") and row.get("error") not in HERE_ALREADY}


def _at(ref: Ref) -> tuple[str, str]:
    channel, slash, ts = ref.partition("/")
    if not slash:
        raise Never(line("Slack 里没有「{ref}」这条消息", ref=ref))
    return channel, ts


def _slot(key: str) -> str:
    return key.partition("/")[2]


def _key_of(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata")
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != EVENT:
        return None
    payload = metadata.get("event_payload")
    key = payload.get("key") if isinstance(payload, Mapping) else None
    return key if isinstance(key, str) else None
