"""The sandbox as a platform: each verb makes it so in the same database, and saying it twice is harmless.

Cards and texts are kept neutral and drawn for each viewer, so a Chinese and an English reader see the same card in their own words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.cards.model import Card
from bot.core.errors import Never
from bot.effects import Louder
from bot.platforms.port import Capabilities
from bot.store.sandbox import SandboxStore, room_ref
from bot.words import Joined, Text, Who, line


class Sandbox:
    """Refs: `r7` a room, `m12` a message, `p3` a ring. Everything is local, so `in_doubt` needs no looking: keys decide."""

    name = "sandbox"
    capabilities = Capabilities()

    def __init__(self, store: SandboxStore, clock: Callable[[], datetime], knows: Callable[[str], bool]) -> None:
        self._store = store
        self._now = clock
        self._knows = knows

    async def open_room(
        self, name: Text, slug: str, members: Sequence[str], topic: Text, private: bool, key: str, in_doubt: bool = False
    ) -> str:
        people = [person for person in members if self._knows(person)]

        def make() -> str:
            room = self._store.open_room(key, name, slug, topic, people, private, self._now())
            self._store.event(f"{key}:opened", room, line("烽火开了本群，拉入 {n} 人。", n=len(people)), self._now())
            return room_ref(room)

        return await asyncio.to_thread(make)

    async def rename(self, ref: str, name: Text, slug: str) -> None:
        await asyncio.to_thread(self._store.rename, _id(ref, "r"), name, slug)

    async def invite(self, ref: str, people: Sequence[str], groups: Sequence[str] = ()) -> tuple[str, ...]:
        """Those who could not be invited: people whom the plan does not know. There are no groups of users here."""
        known = [person for person in people if self._knows(person)]

        def make() -> None:
            room = _id(ref, "r")
            new = [person for person in known if person not in self._store.people_of(room)]
            self._store.invite(room, known)
            if new:
                said = line("{people} 进群。", people=Joined(tuple(Who(person) for person in new)))
                self._store.event(f"{ref}:joined:{','.join(new)}"[:200], room, said, self._now())

        await asyncio.to_thread(make)
        return tuple(person for person in people if person not in known)

    async def show(
        self,
        room_ref: str,
        card: Card,
        ref: str | None,
        key: str,
        in_doubt: bool = False,
        mentions: Sequence[str] = (),
        mention_all: bool = False,
    ) -> str:
        known = None if ref is None else _id(ref, "m")
        room = _id(room_ref, "r")
        return f"m{await asyncio.to_thread(self._store.card, key, room, card, self._now(), known, mentions, mention_all)}"

    async def say(
        self, room_ref: str, text: Text, key: str, in_doubt: bool = False, mentions: Sequence[str] = (), mention_all: bool = False
    ) -> str:
        room = _id(room_ref, "r")
        return f"m{await asyncio.to_thread(self._store.line, key, room, text, self._now(), mentions, mention_all)}"

    async def tell(self, person: str, card: Card, ref: str | None, key: str, in_doubt: bool = False) -> str:
        if not self._knows(person):
            raise Never(line("沙盒里没有 {person}。", person=person))
        known = None if ref is None else _id(ref, "m")

        def make() -> str:
            room = self._store.direct(person, self._now())
            return f"m{self._store.card(key, room, card, self._now(), known, (person,))}"

        return await asyncio.to_thread(make)

    async def whisper(self, room_ref: str, person: str, card: Card, key: str, in_doubt: bool = False) -> str:
        room = _id(room_ref, "r")
        return f"m{await asyncio.to_thread(lambda: self._store.card(key, room, card, self._now(), only_for=person))}"

    async def page(
        self, person: str, text: Text, key: str, call: str, record: str, in_doubt: bool = False, louder: tuple[Louder, ...] = ()
    ) -> str:
        if not self._knows(person):
            raise Never(line("沙盒里没有 {person}。", person=person))
        return f"p{await asyncio.to_thread(self._store.ring, key, person, text, call, record, self._now())}"

    async def rung(self, person: str, key: str) -> str | None:
        """A call of the sandbox ends before anybody can doubt it."""
        return None

    async def stop_page(self, ref: str) -> None:
        await asyncio.to_thread(self._store.stop_ring, _id(ref, "p"))

    async def pin(self, room_ref: str, ref: str) -> None:
        await asyncio.to_thread(self._store.pin, _id(ref, "m"))

    async def set_topic(self, ref: str, text: Text) -> None:
        await asyncio.to_thread(self._store.topic, _id(ref, "r"), text)

    async def link(self, ref: str, title: Text, url: str) -> None:
        await asyncio.to_thread(self._store.link, _id(ref, "r"), title, url)

    async def attach(self, room_ref: str, name: str, content: bytes, key: str, in_doubt: bool = False) -> str:
        return f"m{await asyncio.to_thread(self._store.attach, key, _id(room_ref, 'r'), name, content, self._now())}"

    async def people(self, ref: str) -> tuple[str, ...]:
        return await asyncio.to_thread(self._store.people_of, _id(ref, "r"))

    async def close_room(self, ref: str) -> None:
        def make() -> None:
            self._store.close(_id(ref, "r"))
            self._store.event(f"{ref}:closed", _id(ref, "r"), line("本群已归档，还能看，不再发言。"), self._now())

        await asyncio.to_thread(make)

    def room_url(self, ref: str) -> str:
        return f"/sandbox/r/{_id(ref, 'r')}"


def _id(ref: str, kind: str) -> int:
    if ref[:1] != kind or not ref[1:].isdigit():
        raise Never(line("沙盒里没有「{ref}」。", ref=ref))
    return int(ref[1:])
