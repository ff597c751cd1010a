"""What a person does in Feishu, as one request to a handler, acknowledged right after it is committed and answered where they see it.

The doors hand in payloads and send back what `hear` returns. A handler is synchronous and runs in a thread; what it takes longer than a
person should wait is answered afterwards. The same thing sent again is the same request, and gets the same answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from bot.cards.model import Button, Card, press
from bot.core.errors import Later, Never, Refused
from bot.platforms.feishu import forms, payload, render, values
from bot.platforms.feishu.answers import HOME, SAY, TURNED, Answers, Filled, Reply, Told
from bot.platforms.feishu.book import Book
from bot.platforms.feishu.client import Client, part, rows
from bot.platforms.feishu.markdown import Reader
from bot.platforms.feishu.payload import Ack, Body, Malformed, Mention, Occasion
from bot.platforms.feishu.recent import Recent
from bot.platforms.feishu.traces import uuid
from bot.platforms.feishu.turns import LONGEST, Turns
from bot.platforms.spoken import CALLS, Doors, Spoken, storable
from bot.service import Service
from bot.store.database import Unavailable
from bot.talk import Answer, Ask, Private, Refusal, Request, Toast
from bot.words import Language, line

log = logging.getLogger("fenghuo.feishu")

GONE = line("这个按钮已经不用了，看最新的那张卡片。")
NO_FORM = line("这张表已经不用了，从卡片上再打开一次。")
ROOM, RECORD = "~room", "~record"  # arguments of a form that are ours: where it was asked for
OWN = frozenset({"tasks", "home"})
"""The items of the bot's menu that show somebody's own card; every other key is a verb, by any of its names."""
DAY = 86_400.0  # seconds between two looks at the home card that nobody asked for
THREADS = 4  # of our own: whoever waits for an answer waits for nobody else's work
INTRODUCED = 1.0  # seconds that an event may spend on finding out who we are
Act = Callable[[Request], Answer | None]
T = TypeVar("T")


class FeishuEars:
    """`reader` gives the eyes of a person, `home` their own card; both, like the handlers, may look into the database.

    `pins`: the emoji types that put a message into the timeline.
    """

    def __init__(
        self,
        doors: Doors,
        service: Service,
        book: Book,
        client: Client,
        reader: Callable[[str | None], Reader],
        now: Callable[[], datetime],
        language_of: Callable[[str], Language],
        home: Callable[[str], Card],
        pins: Collection[str] = payload.PINS,
        longest: float = LONGEST,
    ) -> None:
        self._doors, self._service, self._book, self._client = doors, service, book, client
        self._reader, self._now, self._language_of, self._home_of = reader, now, language_of, home
        self._pins = frozenset(pins)
        self._spoken = Spoken(doors.commands)
        self._answers = Answers(client)
        self._turns = Turns(self._answers, reader, longest)
        self._greeted: Recent[bool] = Recent(DAY)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="feishu-ears")

    async def hear(self, body: Body) -> Ack:
        """Anything that Feishu sends, once it is sure that Feishu sent it: the answer to a press, None for an event.

        Raises Unavailable or Later where Feishu must send it again.
        """
        kind = payload.kind_of(body)
        app = payload.text(body, "header", "app_id", otherwise="")
        if app and app != self._client.app_id:
            log.warning("ignored: %s of another app, %s", kind or "something", app)
            return {} if kind == "card.action.trigger" else None
        try:
            return await self._heard(kind, body)
        except Malformed as wrong:
            log.warning("a %s without %s", kind, wrong)
            return {} if kind == "card.action.trigger" else None
        except (Unavailable, Later) as away:
            log.error("%s was not heard: %s", kind, type(away).__name__)
            raise

    def close(self) -> None:
        """Its threads are let go; nothing is heard after this."""
        self._pool.shutdown(wait=False)

    async def settle(self, seconds: float = 5.0) -> None:
        """Everything that was begun is finished and answered, as far as it can be in so many seconds."""
        await self._turns.settle(seconds)

    async def _heard(self, kind: str, body: Body) -> Ack:
        match kind:
            case "card.action.trigger":
                return await self._pressed(body)
            case "im.message.receive_v1":
                return await self._heard_talk(body)
            case "im.message.reaction.created_v1":
                return await self._reacted(body)
            case "application.bot.menu_v6":
                return await self._menu(body)
            case "im.chat.member.user.added_v1":
                return await self._moved(body, "on_joined")
            case "im.chat.member.user.deleted_v1" | "im.chat.member.user.withdrawn_v1":
                return await self._moved(body, "on_left")
            case "im.chat.access_event.bot_p2p_chat_entered_v1":
                return await self._entered(body)
            case "im.chat.member.bot.deleted_v1" | "im.chat.disbanded_v1" | "im.chat.member.bot.added_v1" | "im.chat.updated_v1":
                return await self._changed(kind, body)
            case _:
                return None

    # --- events -------------------------------------------------------------------------------------------------------------

    async def _heard_talk(self, body: Body) -> Ack:
        """To the bot (by mention, or in its own chat) it is a command; in a room of ours it is heard; anywhere else it is not."""
        message = payload.said(body)
        if message is None:
            return None
        occasion, bot = message.occasion, await self._bot()
        said = payload.without(message.spoken, message.mentions, bot)
        others = tuple(each for each in message.mentions if each.user != bot)
        called = len(others) < len(message.mentions) if bot else any(CALLS.match(f"@{each.name}") for each in others)
        if occasion.direct or called:
            return await self._command(occasion, said, others)
        if await self._placed(occasion.room) is None:
            return None
        if CALLS.match(said) and not payload.PATH.match(said):
            return await self._command(occasion, said, others)
        hook = self._doors.hooks.get("on_message")
        if hook is None:
            return None

        def listen(request: Request) -> Answer | None:
            return None if request.record is None else hook(request, self._service)

        return await self._turns.take(occasion, lambda: self._ask(occasion, listen, said=(said, others)))

    async def _command(self, occasion: Occasion, said: str, mentioned: Sequence[Mention]) -> Ack:
        people = await self._people(mentioned)
        ours = replace(occasion, line=payload.typed(said, mentioned, self._called(people)))
        return await self._turns.take(ours, lambda: self._spoken_to(ours, ours.line))

    async def _menu(self, body: Body) -> Ack:
        """An item of the bot's menu says a verb, as if it were typed in the direct chat."""
        occasion = payload.happened(body, "menu", "operator", "operator_id", "open_id")
        key = payload.text(body, "event", "event_key")
        if key in OWN:
            return await self._turns.take(occasion, lambda: self._own(occasion), key)
        verb, _ = self._spoken.parse(key)
        if verb is None:
            log.warning("the bot's menu has an item %.40r, which is no verb", key)
            return None
        ours = replace(occasion, line=f"/{verb.zh}", direct=True)
        return await self._turns.take(ours, lambda: self._spoken_to(ours, ours.line), ours.line)

    async def _own(self, occasion: Occasion) -> Told:
        told = await self._ask(occasion, lambda request: Private(self._home_of(request.who)))
        return replace(told, home=told.answer.card) if isinstance(told.answer, Private) else told

    async def _reacted(self, body: Body) -> Ack:
        """A pin puts what somebody said in a room of ours into the timeline."""
        event = payload.part(body, "event")
        if payload.text(event, "reaction_type", "emoji_type", otherwise="") not in self._pins or event.get("operator_type") == "app":
            return None
        occasion = payload.happened(body, "happened", "user_id", "open_id")
        message = await self._message(payload.text(event, "message_id"))
        occasion = replace(occasion, room=payload.text(message, "chat_id", otherwise=""))
        if not occasion.room or await self._placed(occasion.room) is None:
            return None
        return await self._turns.take(occasion, lambda: self._pinned(occasion, message))

    async def _pinned(self, occasion: Occasion, message: Body) -> Told:
        if payload.text(message, "sender", "sender_type", otherwise="") != "user":
            return await self._ask(occasion, lambda request: Refusal(line("这条消息不能记进时间线。")))
        mentioned = payload.mentions(message)
        people = await self._people((*mentioned, Mention("", payload.text(message, "sender", "id", otherwise=""), "")))
        author = people.get(payload.text(message, "sender", "id", otherwise=""), "")
        said = payload.words(payload.text(message, "msg_type", otherwise=""), payload.text(message, "body", "content", otherwise=""))
        link, handler = payload.link(self._client.domain, occasion.room), self._action("timeline.pin")

        def act(request: Request) -> Answer | None:
            told = payload.typed(said, mentioned, self._called(people))
            return handler(replace(request, message=(author, told, link) if told.strip() else None))

        return await self._ask(occasion, act, args={"message": payload.text(message, "message_id")})

    async def _message(self, id_: str) -> Body:
        """A message; nothing where it is gone, or is not for us to see."""
        try:
            answer = await self._client.call("GET", f"im/v1/messages/{part(id_)}", {"user_id_type": "open_id"})
        except Never as never:
            log.info("a message with a pin cannot be read: %s", never)
            return {}
        return next((row for row in rows(answer, "items") if not row.get("deleted")), {})

    async def _moved(self, body: Body, name: str) -> Ack:
        """People of the plan who came into a room of ours, or left it: all of them in one go. Nobody is answered."""
        hook = self._doors.hooks.get(name)
        occasion = Occasion("happened", f"feishu:{payload.text(body, 'header', 'event_id')}", "", payload.text(body, "event", "chat_id"))
        planned = [(user, person) for user in payload.users(body) for person in self._book.planned((user,))]
        if hook is None or not planned:
            return None

        def handled() -> Told:
            record, slot = self._place(occasion)
            for user, who in planned if record is not None else ():
                request = Request(
                    key=f"{occasion.key}:{user}", who=who, platform="feishu", at=self._now(), language=self._language_of(who),
                    record=record, slot=slot, room=occasion.room,
                )  # fmt: skip
                hook(request, self._service)
            return Told(occasion, None, self._reader(None))

        return await self._turns.take(occasion, lambda: self._threads(handled))

    async def _changed(self, kind: str, body: Body) -> Ack:
        """What becomes of groups. Effects that no longer find their room say so themselves; the log says why."""
        room = payload.text(body, "event", "chat_id")
        if await self._placed(room) is None:
            return None
        by = payload.text(body, "event", "operator_id", "open_id", otherwise="?")
        match kind:
            case "im.chat.member.bot.deleted_v1":
                log.warning("the bot was taken out of %s by %s; add it again, or its effects there wait", room, by)
            case "im.chat.disbanded_v1":
                log.warning("%s was disbanded by %s; its history is gone, and its effects there come to nothing", room, by)
            case _:
                log.info("%s of %s by %s", kind, room, by)
        return None

    async def _entered(self, body: Body) -> Ack:
        """Whoever opens the chat with the bot finds their own card there, unless something newer stands in it; once a day."""
        user = payload.text(body, "event", "operator_id", "open_id")
        if self._greeted.get(user) or not payload.quiet_since(body, self._now().timestamp()):
            return None
        self._greeted.put(user, True)
        self._turns.later(self._greet(user, payload.text(body, "header", "event_id")))
        return None

    async def _greet(self, user: str, event: str) -> None:
        try:
            person = await self._book.person(user)
            card = await self._threads(lambda: render.card(self._home_of(person), self._reader(person), HOME))
            sent = await self._answers.send(user, card, uuid("home", event))
        except Refused:
            return
        except Exception:
            self._greeted.drop(user)
            raise
        if not sent:
            self._greeted.drop(user)

    # --- presses ------------------------------------------------------------------------------------------------------------

    async def _pressed(self, body: Body) -> Ack:
        """A button, select or tick, wherever it stands; or a form that was filled in."""
        occasion = payload.pressed(body)
        control = payload.part(body, "event", "action")
        try:
            action, args, key = values.pressed(control)
        except values.Forged as forged:
            log.warning("forged press by %s on %s: %s", occasion.user, occasion.message, forged)
            return await self._turns.take(occasion, lambda: self._ask(occasion, lambda request: Refusal(GONE)))
        occasion = replace(occasion, card=key)
        if action == values.FORM:
            form_id = args.get("form", "")
            filled = replace(occasion, kind="form", key=f"feishu:form:{form_id}:{occasion.user}")
            return await self._turns.take(filled, lambda: self._submitted(filled, form_id, payload.part(control, "form_value")))
        click = "|".join((occasion.message, action, repr(sorted(args.items()))))
        return await self._turns.take(occasion, lambda: self._acted(occasion, action, args), click)

    async def _acted(self, occasion: Occasion, action: str, args: Mapping[str, str]) -> Told:
        if action == SAY:
            said = args.get("line", "")
            return await self._spoken_to(replace(occasion, line=said), said)
        if action == values.PAGE:
            return await self._page(occasion, args)
        return await self._ask(occasion, self._action(action), args=args)

    async def _page(self, occasion: Occasion, args: Mapping[str, str]) -> Told:
        """A long card is read page by page in the direct chat: a live one as it looks now, a private one while it is remembered."""
        slot, page = args.get("slot", ""), args.get("page", "")
        replies: list[Callable[[Told], Reply]] = []

        def looked(request: Request) -> Answer | None:
            found = self._answers.card(slot.removeprefix(TURNED)) or self._card_at(request, occasion, slot.removeprefix(TURNED))
            if found is None:
                return Refusal(line("这一页已经旧了，再要一次。"))
            number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0
            replies.append(lambda told: self._answers.turned(told, found, slot, number))
            return None

        told = await self._ask(occasion, looked)
        return replace(told, reply=replies[0](told)) if replies else told

    def _card_at(self, request: Request, occasion: Occasion, slot: str) -> Card | None:
        if slot == HOME and occasion.record is None:
            return self._home_of(request.who)
        record = occasion.record or request.record
        return self._service.card_at(record, slot) if record else None

    async def _submitted(self, occasion: Occasion, form_id: str, found: Mapping[str, object]) -> Told:
        """A form comes back: it belongs where it was asked for, and it is answered once."""
        forms_filled: list[Filled] = []

        def act(request: Request) -> Answer | None:
            form = self._service.form(form_id)
            handler = None if form is None else self._doors.forms.get(form.id)
            if form is None or handler is None:
                return Refusal(NO_FORM)
            args = dict(form.args)
            room, record = args.pop(ROOM, ""), args.pop(RECORD, "")
            shown = replace(form, args=tuple(args.items()))
            typed = forms.read_form(shown, found, self._person_of)
            forms_filled.append(Filled(form, form_id, typed))
            place = self._service.place("feishu", room) if room else None
            asked = replace(
                request, args=args, values=typed, room=room or request.room, record=place[0] if place else record or None,
                slot=place[1] if place else None,
            )  # fmt: skip
            answer = handler(asked, self._service) or Toast(line("好。"))
            return _asked(answer, room, record) if isinstance(answer, Ask) else answer

        told = await self._ask(occasion, act)
        return replace(told, filled=forms_filled[0]) if forms_filled else told

    # --- what is said -------------------------------------------------------------------------------------------------------

    async def _spoken_to(self, occasion: Occasion, said: str) -> Told:
        """A line to the bot: the verb's handler, or the verbs nearest to what was said."""

        def act(request: Request) -> Answer | None:
            typed = storable(said)
            called = CALLS.match(typed)
            spoken = typed[called.end() :] if called else typed
            verb, rest = self._spoken.parse(spoken)
            if verb is None:
                return self._unknown(spoken, request.language, direct=occasion.direct)
            return verb.handler(replace(request, words=rest), self._service) or Toast(line("好。"))

        return await self._ask(occasion, act)

    def _unknown(self, spoken: str, language: Language, *, direct: bool) -> Refusal:
        """In the bot's own chat it may be somebody who just says what is wrong: one press reports it."""
        unknown = self._spoken.unknown(spoken, language)
        lines = unknown.lines
        if direct:
            report, helping = (self._spoken.parse(name)[0] for name in ("report", "help"))
            names = [verb.zh if language == "zh-CN" else verb.en for verb in (report, helping) if verb is not None]
            more = [f"/{name} {spoken}" if place == 0 else f"/{name}" for place, name in enumerate(names)]
            lines = tuple({each.split()[0]: each for each in (*lines, *more)}.values())
        return Refusal(unknown.text, tuple(Button(each.split()[0], press(SAY, line=each)) for each in lines))

    def _action(self, name: str) -> Act:
        handler = self._doors.actions.get(name)
        if handler is None:
            return lambda request: Refusal(GONE)
        return lambda request: handler(request, self._service) or Toast(line("好。"))

    # --- one request --------------------------------------------------------------------------------------------------------

    async def _ask(
        self,
        occasion: Occasion,
        act: Act,
        args: Mapping[str, str] | None = None,
        said: tuple[str, Sequence[Mention]] | None = None,
    ) -> Told:
        """Who asks is looked up here; everything that reads the database happens in a thread, in one go with the handler."""
        try:
            who = await self._book.person(occasion.user)
        except Refused as refused:
            return Told(occasion, Refusal(refused.text, refused.fix), self._reader(None))
        people = await self._people(said[1]) if said is not None else {}

        def handled() -> Told:
            record, slot = self._place(occasion)
            reader, at = self._reader(who), self._now()
            request = Request(
                key=occasion.key, who=who, platform="feishu", at=at, language=self._language_of(who), record=record, slot=slot,
                room=occasion.room or None, words=payload.typed(*said, self._called(people)) if said is not None else "", args=args or {},
            )  # fmt: skip
            answer = act(request)
            told = Told(occasion if occasion.card else replace(occasion, card=f"{record or ''}/"), answer, reader, by=who, at=at)
            if isinstance(answer, Ask):
                told = replace(told, form_id=self._service.keep_form(_asked(answer, occasion.room, record or "").form))
            if occasion.card == HOME and isinstance(answer, Toast):
                told = replace(told, home=self._home_of(who))
            return told

        return await self._threads(handled)

    async def _threads(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _placed(self, room: str) -> tuple[str, str] | None:
        return await self._threads(lambda: self._service.place("feishu", room))

    def _place(self, occasion: Occasion) -> tuple[str | None, str | None]:
        """Which record and slot it was done in: those of the room, else the record that the card names."""
        found = self._service.place("feishu", occasion.room) if occasion.room else None
        return found if found is not None else (occasion.record, None)

    async def _bot(self) -> str:
        """Our own open_id, "" while Feishu does not say."""
        if self._client.known is not None:
            return self._client.known.open_id
        try:
            async with asyncio.timeout(INTRODUCED):
                return (await self._client.me()).open_id
        except (Later, Never, TimeoutError) as trouble:
            log.warning("Feishu does not say who we are: %r", trouble)
            return ""

    def _person_of(self, user: str) -> str | None:
        return next(iter(self._book.planned((user,))), None)

    async def _person(self, user: str) -> str | None:
        """Somebody who is spoken of, None where they are nobody (a bot)."""
        try:
            return await self._book.person(user) if user else None
        except Refused:
            return None

    async def _people(self, mentioned: Sequence[Mention]) -> Mapping[str, str]:
        """The people mentioned, by their open_ids."""
        found = tuple(dict.fromkeys(each.user for each in mentioned if each.user))
        persons = await asyncio.gather(*map(self._person, found))
        return {user: person for user, person in zip(found, persons, strict=True) if person is not None}

    def _called(self, people: Mapping[str, str]) -> Callable[[str], str | None]:
        """The name by which handlers know a Feishu user."""
        names = self._reader(None).names
        return lambda user: names.get(people.get(user, ""))


def _asked(answer: Ask, room: str, record: str) -> Ask:
    """A form goes out as a message; with it is kept where it was asked for first."""
    there = dict(answer.form.args)
    ours = tuple((name, value) for name, value in ((ROOM, room), (RECORD, record)) if value and name not in there)
    return Ask(replace(answer.form, args=(*answer.form.args, *ours))) if ROOM not in there else answer
