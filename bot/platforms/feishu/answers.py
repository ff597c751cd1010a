"""Give a person their answer: in the toast of what they pressed, in the form that they filled in, or in their own chat with the bot.

Feishu could show a card to one person in a group, but only while they look at it, and nobody's phone rings. So words for one person go
to that person's direct chat, where they stay, and where forms and long cards are too.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from bot.cards.model import Button, Card, Form
from bot.core.errors import Later, Never
from bot.platforms.feishu import forms, limits, render
from bot.platforms.feishu.client import Client, part
from bot.platforms.feishu.controls import buttons
from bot.platforms.feishu.limits import units
from bot.platforms.feishu.markdown import Reader, first, plain, shown
from bot.platforms.feishu.payload import Ack, Occasion
from bot.platforms.feishu.recent import Recent
from bot.platforms.feishu.traces import uuid
from bot.platforms.feishu.values import Json
from bot.talk import Answer, Ask, Invalid, Private, Refusal, Toast
from bot.words import Text, joined, line

log = logging.getLogger("fenghuo.feishu")

SAY = "feishu.say"  # a button that says its argument `line` to the bot
KEPT = 3600.0  # seconds that a private card can still be paged through
TOAST = 120  # characters that a toast shows; of a longer one the rest goes to the direct chat
OVERTAKEN = 0.5  # seconds by which the answer to a press is surely ahead of the call that redraws the card again
TRIES = (0.3, 1.5)  # seconds before an answer is sent a second and a third time; Feishu knows it by its uuid
HOME = "home"  # the slot of a person's own card
TURNED = "@"  # before the slot of a card whose pages are turned in place
ELSEWHERE = line("发到你和烽火的单聊了。")
LOST = line("没能发到你和烽火的单聊。打开和烽火的对话，再按一次。")


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent back."""

    form: Form
    form_id: str
    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a handler answered, for whom, and what it was about.

    form_id: under which the form of an `Ask` is kept. filled: the form that was answered. home: the person's own card, which was pressed
    on and has changed, or asked for. by, at: who acted, and when. reply: a page that was turned.
    """

    occasion: Occasion
    answer: Answer | None
    reader: Reader
    form_id: str = ""
    filled: Filled | None = None
    home: Card | None = None
    by: str | None = None
    at: datetime | None = None
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a press is answered, and the calls that say the rest. `lost`: the answer instead, should those calls come to nothing."""

    ack: Ack
    calls: Callable[[], Awaitable[bool]] | None = None
    lost: Ack = None


class Answers:
    """`cards` are the private ones that were too long for a message, for whoever turns their pages."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._cards: Recent[Card] = Recent(KEPT)

    def card(self, slot: str) -> Card | None:
        return self._cards.get(slot)

    # --- at once ------------------------------------------------------------------------------------------------------------

    def reply(self, told: Told) -> Reply:
        """How to answer a press or a form while Feishu waits for it."""
        if told.reply is not None:
            return told.reply
        return self._to_form(told) if told.occasion.kind == "form" else self._to_press(told)

    def _to_press(self, told: Told) -> Reply:
        answer, reader = told.answer, told.reader
        home = None if told.home is None else render.card(told.home, reader, HOME)
        match answer:
            case None:
                return Reply(_ack(card=home))
            case Toast(text=said):
                return Reply(_ack(said, "success", reader, home), self._in_full(told, said))
            case Refusal(text=said, fix=fix):
                ack = _ack(said, "warning", reader, home)
                return Reply(ack, (lambda: self.say(told)) if fix else self._in_full(told, said))
            case Invalid():
                return self._to_press(replace(told, answer=spoken(answer)))
            case Ask():
                ack = _ack(line("表单发到你和烽火的单聊了，在那里填。"), "info", reader, home)
                return Reply(ack, lambda: self.say(told), _ack(LOST, "error", reader))
            case Private():
                return Reply(_ack(ELSEWHERE, "info", reader, home), lambda: self.say(told), _ack(LOST, "error", reader))
            case _:
                assert_never(answer)

    def _to_form(self, told: Told) -> Reply:
        """The form says that it was sent, comes back with what is wrong, or becomes the next form."""
        answer, reader = told.answer, told.reader
        card = self._form_after(told)
        match answer:
            case None:
                return Reply(_ack(card=card))
            case Toast(text=said):
                return Reply(_ack(said, "success", reader, card), self._in_full(told, said))
            case Refusal(text=said):
                return Reply(_ack(said, "warning", reader, card), None if told.filled else self._in_full(told, said))
            case Invalid(errors=errors):
                return Reply(_ack(joined(tuple(errors.values()), "；"), "warning", reader, card))
            case Ask():
                return Reply(_ack(card=card))
            case Private():
                return Reply(_ack(card=card), lambda: self.say(told))
            case _:
                assert_never(answer)

    def _form_after(self, told: Told) -> Json | None:
        """What stands where the form stood; None where it stays as it is, with everything typed."""
        filled, reader = told.filled, told.reader
        if filled is None:
            return None
        match told.answer:
            case Ask(form=form):
                return forms.form(form, reader, told.form_id, told.occasion.card)
            case Invalid(errors=errors):
                return self._again(told, filled, errors)
            case Refusal(text=said, fix=fix):
                return with_buttons(self._again(told, filled, {"": said}), fix, reader, told.occasion.card, above=True)
            case _:
                return forms.done(filled.form, reader, filled.typed, told.by, told.at)

    @staticmethod
    def _again(told: Told, filled: Filled, errors: Mapping[str, Text]) -> Json:
        return forms.form(filled.form, told.reader, filled.form_id, told.occasion.card, filled.typed, errors)

    def _in_full(self, told: Told, said: Text) -> Callable[[], Awaitable[bool]] | None:
        """A toast has room for a line; more than that is sent as well, so that it can be read."""
        return (lambda: self.say(told)) if units(plain(said, told.reader)) > TOAST else None

    def turned(self, told: Told, card: Card, slot: str, page: int) -> Reply:
        """A page of a long card: on the card whose pages are turned, else in the direct chat."""
        in_place = slot.startswith(TURNED)
        record = told.occasion.record or ""
        drawn = render.pages(card, told.reader, f"{record}/{TURNED}{slot.removeprefix(TURNED)}")
        shown_page = drawn[min(max(page, 0), len(drawn) - 1)]
        if in_place:
            return Reply(_ack(card=shown_page))
        return Reply(
            _ack(ELSEWHERE, "info", told.reader), lambda: self.post(told.occasion, shown_page, "page"), _ack(LOST, "error", told.reader)
        )

    @staticmethod
    def hold(reader: Reader) -> Ack:
        """The answer to what is not finished."""
        return _ack(line("正在办，一会儿就好，不用再按。"), "info", reader)

    # --- afterwards ---------------------------------------------------------------------------------------------------------

    async def late(self, told: Told) -> None:
        """The answer to what has been acknowledged without one."""
        if told.reply is not None and told.reply.calls is not None:
            await told.reply.calls()
        if told.occasion.kind != "form":
            await self.say(told)
            return
        card = self._form_after(told)
        await asyncio.sleep(OVERTAKEN)
        if card is not None:
            await self._redraw(told.occasion.message, card)
        if card is None or isinstance(told.answer, Private | Toast):
            await self.say(told)

    async def say(self, told: Told) -> bool:
        """In the person's own chat. Whether there is nothing more to say."""
        if told.answer is None or silent(told.answer):
            return True
        return await self.post(told.occasion, self._drawn(told, told.answer))

    async def post(self, occasion: Occasion, card: Json, more: str = "") -> bool:
        """A card to this person alone, once. Whether it stands there."""
        return await self.send(occasion.user, card, uuid("answer", occasion.key, more))

    async def send(self, user: str, card: Json, id_: str) -> bool:
        body = {"receive_id": user, "msg_type": "interactive", "content": _dumped(card), "uuid": id_}
        for wait in (*TRIES, None):
            try:
                await self._client.call("POST", "im/v1/messages", {"receive_id_type": "open_id"}, body)
                return True
            except Later as later:
                if wait is None:
                    log.warning("an answer to %s is lost: %s", user, later)
                    return False
                await asyncio.sleep(wait if later.seconds is None else min(later.seconds, 10.0))
            except Never as never:
                log.warning("an answer to %s is lost: %s", user, never)
                return False
        return False

    async def _redraw(self, message: str, card: Json) -> None:
        try:
            await self._client.call("PATCH", f"im/v1/messages/{part(message)}", None, {"content": _dumped(card)})
        except (Later, Never) as trouble:
            log.warning("a form is not redrawn: %s", trouble)

    # --- drawing ------------------------------------------------------------------------------------------------------------

    def _drawn(self, told: Told, answer: Answer) -> Json:
        reader, key = told.reader, told.occasion.card
        match answer:
            case Toast(text=said):
                return render.line_card(said, reader)
            case Refusal(text=said, fix=fix):
                return with_buttons(render.line_card(said, reader), fix, reader, key)
            case Private(card=card) if told.home is not None:
                return render.card(card, reader, HOME)
            case Private(card=card):
                slot = f"~{told.occasion.key}"
                self._cards.put(slot, card)
                return render.card(card, reader, f"{told.occasion.record or ''}/{slot}")
            case Ask(form=form):
                return forms.form(form, reader, told.form_id, key)
            case Invalid():
                return self._drawn(told, spoken(answer))
            case _:
                assert_never(answer)


def silent(answer: Answer) -> bool:
    """The card in the room shows it already, or there is nothing to say."""
    return isinstance(answer, Toast) and (answer.shown or answer.text == "")


def spoken(answer: Invalid) -> Refusal:
    """What is wrong with a form, where there is no form."""
    return Refusal(joined(tuple(answer.errors.values()), "；"))


def toast(said: Text, kind: str, reader: Reader) -> Json:
    return {"type": kind, "content": first(shown(plain(said, reader)), TOAST)}


def _ack(said: Text = "", kind: str = "info", reader: Reader | None = None, card: Json | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if reader is not None and said != "":
        found["toast"] = toast(said, kind, reader)
    if card is not None:
        found["card"] = {"type": "raw", "data": card}
    return found


def with_buttons(card: Json, fix: Sequence[Button], reader: Reader, key: str, *, above: bool = False) -> Json:
    """The card with rows of buttons at its end, or at its beginning; without them where it has no room."""
    rows = [element for piece in buttons(fix, reader, key) for element in piece.elements]
    there = card["body"]["elements"]
    drawn = {**card, "body": {**card["body"], "elements": [*rows, *there] if above else [*there, *rows]}}
    return drawn if limits.weight(drawn) <= limits.CARD and limits.count(drawn) <= limits.ELEMENTS else card


def _dumped(card: Json) -> str:
    return json.dumps(card, ensure_ascii=False, separators=(",", ":"))
