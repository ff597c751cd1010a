"""A platform that remembers everything, forgives nothing and misbehaves on request.

It has no idea of idempotence, like the worst of them: the same message sent twice stands there twice, and the oracle sees it. Only who
says `in_doubt` has it look for the key first, which costs a call. All of it can live in a journal file, so that it outlives a killed bot.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bot.cards.model import Card
from bot.core.errors import Later, Never
from bot.effects import Louder
from bot.platforms.port import Capabilities, Verb
from bot.words import Text


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong. later: 429 with `seconds` (None: a 5xx) · never · bug: an unknown exception · hang: never answers.

    `done`: the platform did it all the same, only the answer is lost.
    """

    kind: Literal["later", "never", "bug", "hang"]
    seconds: float | None = None
    done: bool = False


@dataclass(slots=True)
class Call:
    verb: Verb | Literal["look"]
    about: str
    start: float
    end: float | None = None
    ending: str = "flying"


@dataclass(slots=True)
class Room:
    ref: str
    key: str
    name: str
    people: list[str]
    topic: str
    invited: Counter[str] = field(default_factory=Counter)
    groups: list[str] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    closed: bool = False


@dataclass(slots=True)
class Message:
    ref: str
    key: str
    where: str
    looks: list[str]
    mentions: tuple[str, ...] = ()
    ringing: bool = False


class Double:
    """Made to be asked afterwards: `rooms`, `messages`, `calls`."""

    def __init__(self, name: str = "double", latency: float = 0.0, journal: Path | None = None) -> None:
        self.name = name
        self.capabilities = Capabilities()
        self.latency = latency
        self.fault: Callable[[str, str], Fault | None] = lambda verb, about: None
        self.on_call: Callable[[Literal["before", "after"], str, str], None] = lambda moment, verb, about: None
        self.cannot_invite: frozenset[str] = frozenset()
        self.strangers: frozenset[str] = frozenset()
        self.rooms: dict[str, Room] = {}
        self.messages: dict[str, Message] = {}
        self.calls: list[Call] = []
        self.in_flight = self.most_in_flight = 0
        self._journal = journal
        if journal is not None and journal.exists():
            for entry in journal.read_text().splitlines():
                self._apply(json.loads(entry))

    # --- asking -------------------------------------------------------------------------------------------------------------

    def posts(self, key: str) -> list[Message]:
        return [message for message in self.messages.values() if message.key == key]

    def room(self, key: str) -> Room:
        (found,) = [room for room in self.rooms.values() if room.key == key]
        return found

    def in_room(self, key: str) -> list[str]:
        """The keys of the messages of a room, in the order in which they came."""
        ref = self.room(key).ref
        return [message.key for message in self.messages.values() if message.where == ref]

    def done(self, *verbs: str) -> list[str]:
        return [call.about for call in self.calls if call.verb in verbs and call.ending == "ok"]

    def doubled(self) -> list[str]:
        """Keys that stand there more than once: there must be none."""
        count = Counter([room.key for room in self.rooms.values()] + [message.key for message in self.messages.values()])
        return sorted(key for key, times in count.items() if times > 1)

    # --- the verbs ----------------------------------------------------------------------------------------------------------

    async def open_room(
        self, name: Text, slug: str, members: tuple[str, ...], topic: Text, private: bool, key: str, in_doubt: bool, /
    ) -> str:
        if in_doubt:
            found = await self._look(key, lambda: [room.ref for room in self.rooms.values() if room.key == key])
            if found:
                return found
        if self.capabilities.opens_empty and (members or topic):
            raise Never("one call opens a room and no more")
        entry = {"key": key, "name": repr(name), "people": list(members), "topic": repr(topic)}
        return str(await self._call("open_room", key, "room", **entry))

    async def rename(self, room: str, name: Text, slug: str, /) -> None:
        await self._call("rename", self._known(room).key, "rename", room=room, name=repr(name))

    async def invite(self, room: str, people: tuple[str, ...], groups: tuple[str, ...] = (), /) -> tuple[str, ...]:
        some = [person for person in people if person not in self.cannot_invite]
        await self._call("invite", self._known(room).key, "invite", room=room, people=some, groups=list(groups))
        return tuple(person for person in people if person in self.cannot_invite)

    async def show(
        self, room: str, card: Card, ref: str | None, key: str, in_doubt: bool, mentions: tuple[str, ...], mention_all: bool, /
    ) -> str:
        self._known(room)
        return await self._post("show", room, repr(card), ref, key, in_doubt, mentions)

    async def say(self, room: str, text: Text, key: str, in_doubt: bool, mentions: tuple[str, ...], mention_all: bool, /) -> str:
        self._known(room)
        return await self._post("say", room, repr(text), None, key, in_doubt, mentions)

    async def tell(self, person: str, card: Card, ref: str | None, key: str, in_doubt: bool, /) -> str:
        if person in self.strangers:
            raise Never("nobody of that name")
        return await self._post("tell", f"dm:{person}", repr(card), ref, key, in_doubt)

    async def whisper(self, room: str, person: str, card: Card, key: str, in_doubt: bool, /) -> str:
        self._known(room)
        return await self._post("whisper", f"{room}:{person}", repr(card), None, key, in_doubt)

    async def page(
        self, person: str, text: Text, key: str, call: str, record: str, in_doubt: bool, louder: tuple[Louder, ...] = (), /
    ) -> str:
        return await self._post("page", f"dm:{person}", " ".join((repr(text), *louder)), None, key, in_doubt, ringing=True)

    async def rung(self, person: str, key: str, /) -> str | None:
        return await self._look(key, lambda: [message.ref for message in self.posts(key)])

    async def stop_page(self, ref: str, /) -> None:
        await self._call("stop_page", self.messages[ref].key, "quiet", ref=ref)

    async def pin(self, room: str, ref: str, /) -> None:
        self._known(room)
        await self._call("pin", self.messages[ref].key, "pin", room=room, ref=ref)

    async def set_topic(self, room: str, text: Text, /) -> None:
        await self._call("set_topic", self._known(room).key, "topic", room=room, topic=repr(text))

    async def link(self, room: str, title: Text, url: str, /) -> None:
        await self._call("link", self._known(room).key, "link", room=room, url=url)

    async def attach(self, room: str, name: str, content: bytes, key: str, in_doubt: bool, /) -> str:
        self._known(room)
        return await self._post("attach", room, f"{name}:{len(content)}", None, key, in_doubt)

    async def people(self, room: str, /) -> tuple[str, ...]:
        await self._call("people", self._known(room).key, "nothing")
        return tuple(self.rooms[room].people)

    async def close_room(self, room: str, /) -> None:
        await self._call("close_room", self.rooms[room].key, "close", room=room)

    def room_url(self, room: str, /) -> str:
        return f"http://{self.name}/{room}"

    # --- inside -------------------------------------------------------------------------------------------------------------

    async def _post(
        self,
        verb: Verb,
        where: str,
        look: str,
        ref: str | None,
        key: str,
        in_doubt: bool,
        mentions: tuple[str, ...] = (),
        ringing: bool = False,
    ) -> str:
        if ref is None and in_doubt:
            ref = await self._look(key, lambda: [message.ref for message in self.posts(key)])
            if ref is not None and verb not in ("show", "tell"):
                return ref
        if ref is not None:
            await self._call(verb, key, "redraw", ref=ref, look=look)
            return ref
        entry = {"key": key, "where": where, "look": look, "mentions": mentions, "ringing": ringing}
        return str(await self._call(verb, key, "message", **entry))

    def _known(self, room: str) -> Room:
        found = self.rooms[room]
        if found.closed:
            raise Never("the room is closed")
        return found

    async def _look(self, key: str, find: Callable[[], list[str]]) -> str | None:
        await self._call("look", key, "nothing")
        return next(iter(find()), None)

    async def _call(self, verb: Verb | Literal["look"], about: str, op: str, **entry: Any) -> Any:
        if verb != "look" and verb in self.capabilities.cannot:
            raise Never(self.capabilities.cannot[verb])
        loop = asyncio.get_running_loop()
        call = Call(verb, about, loop.time())
        self.calls.append(call)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        fault = self.fault(verb, about)
        self.on_call("before", verb, about)
        try:
            await asyncio.sleep(self.latency)
            if fault is None or fault.done:
                if op in ("room", "message"):
                    entry["ref"] = f"{self.name}-{op[0]}{len(self.rooms) + len(self.messages) + 1}"
                self._write({"op": op, **entry})
                self.on_call("after", verb, about)
            if fault is not None:
                call.ending = fault.kind
                await self._fail(fault)
            call.ending = "ok"
            return entry.get("ref")
        finally:
            self.in_flight -= 1
            call.end = loop.time()

    async def _fail(self, fault: Fault) -> None:
        match fault.kind:
            case "later":
                raise Later(fault.seconds, "busy")
            case "never":
                raise Never("not allowed")
            case "bug":
                raise RuntimeError("connection reset in the middle of an answer")
            case "hang":
                await asyncio.sleep(3600)

    def _write(self, entry: dict[str, Any]) -> None:
        if self._journal is not None:
            with self._journal.open("a") as file:
                file.write(json.dumps(entry) + "\n")
        self._apply(entry)

    def _apply(self, entry: dict[str, Any]) -> None:
        room = self.rooms.get(entry.get("room", ""))
        match entry["op"], room:
            case "room", _:
                made = Room(entry["ref"], entry["key"], entry["name"], list(entry["people"]), entry["topic"])
                made.invited.update(entry["people"])
                self.rooms[made.ref] = made
            case "message", _:
                message = Message(entry["ref"], entry["key"], entry["where"], [entry["look"]], tuple(entry["mentions"]), entry["ringing"])
                self.messages[message.ref] = message
            case "redraw", _:
                self.messages[entry["ref"]].looks.append(entry["look"])
            case "quiet", _:
                self.messages[entry["ref"]].ringing = False
            case "rename", Room():
                room.name = entry["name"]
            case "invite", Room():
                fresh = [person for person in entry["people"] if person not in room.people]
                room.invited.update(fresh)
                room.people.extend(fresh)
                room.groups.extend(group for group in entry["groups"] if group not in room.groups)
            case "topic", Room():
                room.topic = entry["topic"]
            case "pin", Room():
                if entry["ref"] not in room.pins:
                    room.pins.append(entry["ref"])
            case "link", Room():
                if entry["url"] not in room.links:
                    room.links.append(entry["url"])
            case "close", Room():
                room.closed = True
            case _:
                pass
