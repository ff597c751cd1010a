"""What a person does in the sandbox, as one request to a handler: says, presses, fills in, answers a ring, pins.

The browser and the scene player come through these same doors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from bot.cards.model import Button, Card, press
from bot.platforms.spoken import CALLS, Handler, Hook, Spoken, Verb, storable
from bot.store.sandbox import SandboxStore, message_ref, room_ref
from bot.talk import Answer, Invalid, Refusal, Request, Toast
from bot.words import Language, Text, line

CALLS_BOT = re.compile(r"^\s*[@＠]", re.IGNORECASE)
A = TypeVar("A", bound=Answer | None)
NO_PREVIEWS: Mapping[str, Callable[[Request, Any], Text | None]] = {}


@dataclass(frozen=True, slots=True)
class Human:
    """A person of the plan as the sandbox shows them."""

    id: str
    name: str
    name_en: str
    post: Text
    group: Text = ""

    def called(self, language: Language) -> str:
        return self.name if language == "zh-CN" else self.name_en


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done and not refused. `name`: the verb's Chinese name ("" for plain talk), the action, or the form."""

    person: str
    name: str
    ident: str


class SandboxEars:
    """`people` are those of the current plan, `language_of` what each of them reads; `service` goes on to the handlers."""

    def __init__(
        self,
        commands: Sequence[Verb],
        actions: Mapping[str, Handler],
        forms: Mapping[str, Handler],
        hooks: Mapping[str, Hook],
        service: Any,
        store: SandboxStore,
        clock: Callable[[], datetime],
        people: Callable[[], Sequence[Human]],
        language_of: Callable[[str], Language],
        previews: Mapping[str, Callable[[Request, Any], Text | None]] = NO_PREVIEWS,
    ) -> None:
        self.commands, self._actions, self._forms, self._hooks, self._service = commands, actions, forms, hooks, service
        self._store, self.now, self._people, self._language_of = store, clock, people, language_of
        self._previews = previews
        self.listeners: list[Callable[[Deed], None]] = []
        self._spoken = Spoken(commands)

    def say(self, person: str, room: int, text: str, ident: str) -> Answer | None:
        """A command where the bot is called, or anything in its direct chat; else a plain message, kept as typed."""
        text = storable(text)
        direct = (found := self._store.room(room)) is not None and found.kind == "direct"
        called = CALLS.match(text)
        if direct or (called and CALLS_BOT.match(text)):
            self._store.say(f"sandbox:{ident}:said", room, person, text, self.mentioned(text), self.now())
        if called or direct:
            answer: Answer | None = self._command(self._request(person, room, ident), text[called.end() if called else 0 :])
            return self._noted(Deed(person, self.verb_of(text), ident), answer)
        self._store.say(f"sandbox:{ident}", room, person, text, self.mentioned(text), self.now())
        hook = self._hooks.get("on_message")
        answer = None if hook is None else hook(self._request(person, room, ident, words=text), self._service)
        return self._noted(Deed(person, "", ident), answer)

    def verb_of(self, text: str) -> str:
        """The Chinese name of the verb that a line calls, "" for plain talk."""
        called = CALLS.match(text)
        verb = self._spoken.parse(text[called.end() if called else 0 :])[0]
        return "" if verb is None or (called is None and verb.zh == "帮助") else verb.zh

    def _noted(self, deed: Deed, answer: A) -> A:
        if not isinstance(answer, Refusal | Invalid):
            for listener in self.listeners:
                listener(deed)
        return answer

    def press(self, person: str, room: int, action: str, args: Mapping[str, str], ident: str, message: int | None = None) -> Answer:
        """A control of the card `message`; in a direct chat the card, not the room, tells which record it belongs to."""
        if action == "sandbox.say":
            return self.say(person, room, args["text"], ident) or Toast(line("发出去了。"))
        handler = self._actions.get(action)
        if handler is None:
            return Refusal(line("这个按钮已经不用了，看最新的那张卡片。"))
        request = self._request(person, room, ident, args=args)
        if request.record is None and message is not None:
            request = replace(request, record=(self._store.place_of(message_ref(message)) or (None,))[0])
        return self._noted(Deed(person, action, ident), handler(request, self._service) or Toast(line("好。")))

    def submit(self, person: str, room: int, form: str, args: Mapping[str, str], values: Mapping[str, str], ident: str) -> Answer:
        handler = self._forms.get(form)
        if handler is None:
            return Refusal(line("这张表已经不用了，从卡片上再打开一次。"))
        values = {key: storable(value) for key, value in values.items()}
        answer = handler(self._request(person, room, ident, args=args, values=values), self._service) or Toast(line("好。"))
        self._noted(Deed(person, f"{form.split('.')[0]}.*", ident), answer)
        return self._noted(Deed(person, form, ident), answer)

    def preview(self, person: str, room: int, form: str, args: Mapping[str, str], values: Mapping[str, str], ident: str) -> Text | None:
        """What a form would say with what has been typed so far; nothing is done."""
        shown = self._previews.get(form)
        values = {key: storable(value) for key, value in values.items()}
        return shown(self._request(person, room, ident, args=args, values=values), self._service) if shown else None

    def answer_ring(self, person: str, ring: int, ident: str) -> Answer:
        """The one who is rung says: I am here."""
        found = next((each for each in self._store.ringing() if each.id == ring and each.person == person), None)
        if found is None:
            return Toast(line("电话已经不响了。"))
        handler = self._actions.get("roll.here")
        if handler is None:
            return Refusal(line("没有人接这个电话。"))
        args = {"call": found.call, "record": found.record}
        request = self._request(person, self._store.direct(person, self.now()), ident, args=args)
        answer = handler(replace(request, record=found.record), self._service) or Toast(line("好。"))
        if not isinstance(answer, Refusal):
            self._store.stop_ring(ring)
        return self._noted(Deed(person, "roll.here", ident), answer)

    def pin(self, person: str, message: int, ident: str) -> Answer:
        """Into the timeline with what somebody typed."""
        return self._about(person, message, "timeline.pin", line("这条消息不能记进时间线。"), ident)

    def report(self, person: str, message: int, ident: str) -> Answer:
        """What somebody typed becomes the symptom of a report, with a link back to it."""
        return self._about(person, message, "report.message", line("这条消息不能报成故障。"), ident)

    def _about(self, person: str, message: int, action: str, otherwise: Text, ident: str) -> Answer:
        """An action on a message that a person typed."""
        found = self._store.message(message)
        handler = self._actions.get(action)
        if found is None or handler is None or not isinstance(found.body, str) or found.kind != "text":
            return Refusal(otherwise)
        about = (found.author, found.body, f"/sandbox/r/{found.room}#m{found.id}")
        answer = handler(self._request(person, found.room, ident, message=about), self._service) or Toast(line("好。"))
        return self._noted(Deed(person, action, ident), answer)

    def mentioned(self, text: str) -> tuple[str, ...]:
        """People whose @name was typed, longest names first so that no name hides in another. @所有人 is only letters."""
        if "@" not in text and "＠" not in text:
            return ()
        rest, found = text.replace("＠", "@"), []
        names = [(f"@{name}", human.id) for human in self._people() for name in {human.name, human.name_en} if name]
        for mark, person in sorted(names, key=lambda pair: -len(pair[0])):
            if mark in rest:
                found.append(person)
                rest = rest.replace(mark, " ")
        return tuple(dict.fromkeys(found))

    def _command(self, request: Request, spoken: str) -> Answer:
        verb, rest = self._spoken.parse(spoken)
        if verb is None:
            return self._unknown(spoken, request.language)
        return verb.handler(replace(request, words=rest), self._service) or Toast(line("好。"))

    def _unknown(self, spoken: str, language: Language) -> Refusal:
        unknown = self._spoken.unknown(spoken, language)
        return Refusal(unknown.text, tuple(Button(each.split()[0], press("sandbox.fill", text=each)) for each in unknown.lines))

    def _request(
        self,
        person: str,
        room: int,
        ident: str,
        words: str = "",
        args: Mapping[str, str] | None = None,
        values: Mapping[str, str] | None = None,
        message: tuple[str, str, str] | None = None,
    ) -> Request:
        record, slot = self._store.place_of(room_ref(room)) or (None, None)
        return Request(
            key=f"sandbox:{ident}",
            who=person,
            platform="sandbox",
            at=self.now(),
            language=self._language_of(person),
            record=record,
            slot=slot,
            room=room_ref(room),
            words=words,
            args=args or {},
            values=values or {},
            message=message,
        )

    def whisper(self, person: str, room: int, card: Card, ident: str) -> int:
        """A card that only this person sees, in the room where they asked."""
        return self._store.card(f"sandbox:{ident}:private", room, card, self.now(), only_for=person)
