"""What a person does in Slack, as one request to a handler, acknowledged right after it is committed and answered where they are.

The doors hand in payloads and send back what these methods return. A handler is synchronous and runs in a thread; what it takes longer
than a person should wait is answered afterwards. The same thing sent again is the same request, and gets the same answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.cards.model import Button, Card, press
from bot.core.errors import Later, Never, Refused
from bot.platforms.slack import payload
from bot.platforms.slack.answers import SAY, Ack, Answers, people
from bot.platforms.slack.book import Book
from bot.platforms.slack.home import Home
from bot.platforms.slack.modal import people_options, read_form
from bot.platforms.slack.payload import Body, Occasion
from bot.platforms.slack.press import LINK, PAGE, Forged, pressed
from bot.platforms.slack.render import Reader
from bot.platforms.slack.turns import LONGEST, PATIENCE, Told, Turns
from bot.platforms.slack.web import Web, rows
from bot.platforms.spoken import CALLS, Doors, Handler, Spoken, storable
from bot.service import Service
from bot.talk import Answer, Refusal, Request, Toast
from bot.words import Language, Line, line

log = logging.getLogger("fenghuo.slack")

CALM = 1.0  # seconds after which it is looked at who has joined
HOME = "home"  # the slot of a Home that is too long
GONE = line("这个按钮已经不用了，看最新的那张卡片。")
Act = Callable[[Request], Answer | None]


class SlackEars:
    """`reader` gives the eyes of a person, `home` their App Home; both, like the handlers, may look into the database."""

    def __init__(
        self,
        doors: Doors,
        service: Service,
        book: Book,
        web: Web,
        reader: Callable[[str | None], Reader],
        now: Callable[[], datetime],
        language_of: Callable[[str], Language],
        home: Callable[[str], Card],
        patience: float = PATIENCE,
        longest: float = LONGEST,
        calm: float = CALM,
    ) -> None:
        self._doors, self._service, self._book, self._web = doors, service, book, web
        self._reader, self._now, self._language_of = reader, now, language_of
        self._spoken = Spoken(doors.commands)
        self._answers = Answers(web)
        self._home = Home(web, book, reader, home)
        self._turns = Turns(self._answers, self._home, reader, patience, longest)
        self._calm, self._hurry = calm, asyncio.Event()

    # --- what the doors hand in ---------------------------------------------------------------------------------------------

    async def command(self, body: Body) -> Ack:
        """/incident and what follows it; alone it opens the form of a report."""
        occasion = payload.command(body)
        said = payload.text(body, "text", otherwise="")
        if not said.strip():
            return await self._turns.take(occasion, lambda: self._ask(occasion, self._action("report.form")))
        occasion = replace(occasion, line=said)
        return await self._turns.take(occasion, lambda: self._spoken_to(occasion, said))

    async def press(self, body: Body) -> Ack:
        """A button, choice or menu, wherever it stands."""
        occasion, control = payload.pressed(body), payload.control(body)
        if control.get("action_id", "").partition("#")[0] == LINK:
            return None
        try:
            action, args = pressed(control)
        except Forged as forged:
            log.warning("forged press by %s in %s: %s", occasion.user, occasion.message or occasion.kind, forged)
            return await self._turns.take(occasion, lambda: self._ask(occasion, lambda request: Refusal(GONE)))
        where = occasion.message or payload.text(occasion.view or {}, "id", otherwise="")
        click = "|".join((where, action, repr(sorted(args.items()))))
        return await self._turns.take(occasion, lambda: self._pressed(occasion, action, args), click)

    async def submit(self, body: Body) -> Ack:
        """A form that was filled in."""
        occasion = payload.submitted(body)
        try:
            form, args, values, _ = read_form(payload.part(body, "view"))
        except Forged as forged:
            log.warning("forged form by %s: %s", occasion.user, forged)
            return None
        typed = {key: storable(value) for key, value in values.items()}
        return await self._turns.take(occasion, lambda: self._ask(occasion, self._form(form), args=args, values=typed))

    async def shortcut(self, body: Body) -> Ack:
        """Report a message, or report with the form."""
        occasion = payload.shortcut(body)
        if payload.text(body, "callback_id") != "report_message":
            return await self._turns.take(occasion, lambda: self._ask(occasion, self._action("report.form")))
        domain, message = payload.text(body, "team", "domain", otherwise=""), payload.part(body, "message")
        at, thread = payload.text(message, "ts"), payload.text(message, "thread_ts", otherwise="")
        link = payload.link(f"https://{domain}.slack.com" if domain else "", occasion.room, at, thread)
        return await self._turns.take(occasion, lambda: self._about(occasion, "report.message", message, link))

    async def suggest(self, body: Body) -> Ack:
        """The people whose names hold what was typed, for a select that has more than a hundred of them."""
        person = await self._book.person(payload.text(body, "user", "id"))
        reader = await asyncio.to_thread(self._reader, person)
        return {"options": people_options(payload.text(body, "value", otherwise=""), people(reader))}

    async def event(self, body: Body) -> Ack:
        """Something that happened in the workspace; most of it is none of our business. Unavailable or Later: Slack must send it again."""
        match payload.part(body, "event").get("type"):
            case "app_mention" | "message":
                return await self._heard_talk(body)
            case "reaction_added":
                return await self._reacted(body)
            case "member_left_channel":
                return await self._came_or_went(body, "on_left")
            case "member_joined_channel":
                self._turns.later(self._joined(body))
                return None
            case "app_home_opened" if payload.part(body, "event").get("tab") == "home":
                self._turns.later(self._home.publish(payload.text(body, "event", "user")))
                return None
            case _:
                return None

    async def settle(self, seconds: float = 5.0) -> None:
        """Everything that was begun is finished and answered, as far as it can be in so many seconds."""
        self._hurry.set()
        await self._turns.settle(seconds)
        self._hurry.clear()

    # --- events -------------------------------------------------------------------------------------------------------------

    async def _heard_talk(self, body: Body) -> Ack:
        """To the bot (by mention, or in its own chat) it is a command; in a room of ours it is heard; anywhere else it is not."""
        message = payload.said(body)
        if message is None:
            return None
        occasion, us = message.occasion, self._web.known
        bot = us.user if us is not None else ""
        called = bool(bot) and bot in payload.mentioned(message.spoken)
        if message.mention or occasion.direct:
            said = payload.without(message.spoken, bot) if message.mention or called else message.spoken
            ours = replace(occasion, line=said)
            return await self._turns.take(ours, lambda: self._spoken_to(ours, said))
        hook = self._doors.hooks.get("on_message")
        if hook is None or called:
            return None

        def listen(request: Request) -> Answer | None:
            return None if request.record is None else hook(request, self._service)

        return await self._turns.take(occasion, lambda: self._ask(occasion, listen, said=message.spoken))

    async def _reacted(self, body: Body) -> Ack:
        """A pin puts what somebody said in a room of ours into the timeline."""
        event = payload.part(body, "event")
        item = payload.part(event, "item")
        if event.get("reaction") not in payload.PINS or item.get("type") != "message":
            return None
        occasion = payload.happened(body, "item", "channel")
        if await asyncio.to_thread(self._service.place, "slack", occasion.room) is None:
            return None
        return await self._turns.take(occasion, lambda: self._pinned(occasion, payload.text(item, "ts")))

    async def _pinned(self, occasion: Occasion, at: str) -> Told:
        message, link = await asyncio.gather(self._message(occasion.room, at), self._permalink(occasion.room, at))
        if message is None or message.get("bot_id"):
            return await self._ask(occasion, lambda request: Refusal(line("这条消息不能记进时间线。")))
        return await self._about(occasion, "timeline.pin", message, link)

    async def _message(self, room: str, at: str) -> Body | None:
        """A message of the room, or of a thread in it, whose first line always comes along."""
        for method, where in (("conversations.history", {}), ("conversations.replies", {"ts": at})):
            try:
                answer = await self._web.call(method, channel=room, latest=at, oldest=at, inclusive=True, limit=2, **where)
            except Never as never:
                log.warning("%s in %s: %s", method, room, never)
                continue
            found = next((each for each in rows(answer, "messages") if each.get("ts") == at), None)
            if found is not None:
                return found
        return None

    async def _permalink(self, room: str, at: str) -> str:
        try:
            return payload.text(await self._web.call("chat.getPermalink", channel=room, message_ts=at), "permalink", otherwise="")
        except (Later, Never) as trouble:
            log.info("chat.getPermalink: %s", trouble)
            return ""

    async def _joined(self, body: Body) -> None:
        """It is of use only to a question that may wait; whoever is invited joins, and an assembly has more urgent things to do."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), self._calm)
        await self._came_or_went(body, "on_joined")

    async def _came_or_went(self, body: Body, hook_name: str) -> Ack:
        """Somebody who leaves a room of ours while something waits for them is asked about, until they are back."""
        occasion = payload.happened(body, "channel")
        hook, us = self._doors.hooks.get(hook_name), self._web.known
        if us is not None and occasion.user == us.user:
            if hook_name == "on_left":
                log.warning("the bot was taken out of %s; invite it again, or its effects there wait", occasion.room)
            return None
        if hook is None or await asyncio.to_thread(self._service.place, "slack", occasion.room) is None:
            return None

        def told(request: Request) -> Answer | None:
            return None if request.record is None else hook(request, self._service)

        return await self._turns.take(occasion, lambda: self._ask(occasion, told))

    # --- deeds --------------------------------------------------------------------------------------------------------------

    async def _pressed(self, occasion: Occasion, action: str, args: Mapping[str, str]) -> Told:
        if action == SAY:
            return await self._spoken_to(occasion, args.get("line", ""), marked="marked" in args)
        if action == PAGE:
            return await self._page(occasion, args)
        return await self._ask(occasion, self._action(action), args=args)

    async def _page(self, occasion: Occasion, args: Mapping[str, str]) -> Told:
        """A long card is read page by page in a modal: a live one as it looks now, a private one while it is remembered."""
        slot, page = args.get("slot", ""), args.get("page", "")

        def looked(request: Request) -> Answer | None:
            found = self._answers.card(slot) or self._card_at(request, slot)
            if found is None:
                return Refusal(line("这一页已经旧了，再要一次。"))
            cards.append(found)
            return None

        cards: list[Card] = []
        told = await self._ask(occasion, looked)
        if cards:
            about = replace(told.occasion, meta={**told.occasion.meta, "slot": slot})
            await self._answers.show(about, cards[0], int(page) if page.isdigit() else 0, told.reader)
        return told

    def _card_at(self, request: Request, slot: str) -> Card | None:
        if slot == HOME:
            return self._home.card(request.who)
        return self._service.card_at(request.record, slot) if request.record else None

    async def _about(self, occasion: Occasion, action: str, message: Body, link: str) -> Told:
        """An action on a message that somebody sent."""
        author = await self._person(payload.text(message, "user", otherwise="")) or ""
        said = payload.shown(message)
        people = await self._people(said)
        handler = self._action(action)

        def act(request: Request) -> Answer | None:
            told = payload.typed(said, self._called(people))
            return handler(replace(request, message=(author, told, link) if told.strip() else None))

        return await self._ask(occasion, act)

    async def _spoken_to(self, occasion: Occasion, said: str, *, marked: bool = True) -> Told:
        """A line to the bot: the verb's handler, or the verbs nearest to what was said. `marked`: as Slack writes it."""
        people = await self._people(said) if marked else {}
        lines: list[str] = []

        def act(request: Request) -> Answer | None:
            typed = payload.typed(said, self._called(people)) if marked else storable(said)
            called = CALLS.match(typed)
            spoken = typed[called.end() :] if called else typed
            lines.append(spoken)
            verb, rest = self._spoken.parse(spoken)
            if verb is None:
                return self._unknown(spoken, request.language, direct=occasion.direct)
            return verb.handler(replace(request, words=rest), self._service) or Toast(line("好。"))

        told = await self._ask(occasion, act)
        return replace(told, occasion=replace(told.occasion, line=lines[0])) if lines else told

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
        return self._opened(self._doors.actions.get(name), GONE)

    def _form(self, name: str) -> Act:
        return self._opened(self._doors.forms.get(name), line("这张表已经不用了，从卡片上再打开一次。"))

    def _opened(self, handler: Handler | None, otherwise: Line) -> Act:
        if handler is None:
            return lambda request: Refusal(otherwise)
        return lambda request: handler(request, self._service) or Toast(line("好。"))

    # --- one request --------------------------------------------------------------------------------------------------------

    async def _ask(
        self,
        occasion: Occasion,
        act: Act,
        args: Mapping[str, str] | None = None,
        values: Mapping[str, str] | None = None,
        said: str | None = None,
    ) -> Told:
        """Who asks is looked up here; everything that reads the database happens in a thread, in one go with the handler."""
        try:
            who = await self._book.person(occasion.user)
        except Refused as refused:
            return Told(occasion, Refusal(refused.text, refused.fix), self._reader(None))
        people = await self._people(said) if said is not None else {}

        def handled() -> Told:
            record, slot = self._place(occasion)
            reader = self._reader(who)
            request = Request(
                key=occasion.key, who=who, platform="slack", at=self._now(), language=self._language_of(who), record=record, slot=slot,
                room=occasion.room or None, words=payload.typed(said, self._called(people)) if said is not None else "",
                args=args or {}, values=values or {},
            )  # fmt: skip
            meta = {**occasion.meta, **{key: value for key, value in (("room", occasion.room), ("record", record)) if value}}
            return Told(replace(occasion, meta=meta), act(request), reader)

        return await asyncio.to_thread(handled)

    def _place(self, occasion: Occasion) -> tuple[str | None, str | None]:
        """Which record and slot it was done in: those of the room, else the record of the card (or of the modal that came from one)."""
        found = self._service.place("slack", occasion.room) if occasion.room else None
        if found is not None:
            return found
        card = self._service.place("slack", occasion.message) if occasion.message else None
        return (card[0] if card is not None else occasion.meta.get("record")), None

    async def _person(self, user: str) -> str | None:
        """Somebody who is spoken of, None where they are nobody (a bot)."""
        try:
            return await self._book.person(user) if user else None
        except Refused:
            return None

    async def _people(self, said: str) -> Mapping[str, str]:
        """The people mentioned, by their Slack users."""
        users = payload.mentioned(said)
        found = await asyncio.gather(*map(self._person, users))
        return {user: person for user, person in zip(users, found, strict=True) if person is not None}

    def _called(self, people: Mapping[str, str]) -> Callable[[str], str | None]:
        """The name by which handlers know a Slack user."""
        names = self._reader(None).names
        return lambda user: names.get(people.get(user, ""))
