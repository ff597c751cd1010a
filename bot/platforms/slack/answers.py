"""Give a person their answer where they will see it: in the acknowledgement, at the response_url, in a modal, or in a message.

What fits into the acknowledgement costs no call. Nothing here is said twice in a room: words for one person may at worst come twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

import aiohttp

from bot.cards.model import Block, Button, Buttons, Card, Form, Words, press
from bot.core.errors import Later, Never
from bot.platforms.slack import elements as e
from bot.platforms.slack import limits
from bot.platforms.slack.modal import form_view, with_errors
from bot.platforms.slack.mrkdwn import plain
from bot.platforms.slack.payload import Body, Occasion, next_form, text
from bot.platforms.slack.press import carried
from bot.platforms.slack.recent import Recent
from bot.platforms.slack.render import Drawn, Reader, card_view, line_of, message, words
from bot.platforms.slack.web import Web
from bot.talk import Answer, Ask, Invalid, Private, Refusal, Toast
from bot.words import joined, line

log = logging.getLogger("fenghuo.slack")

Ack = dict[str, Any] | None
SAY = "slack.say"  # a button that says its argument `line` to the bot
KEPT = 3600.0  # seconds that a private card can still be paged through
OVERTAKEN = 0.4  # seconds by which an acknowledgement that replaces a view is surely ahead of the call that replaces it again
NOTED = "said"
OWN = ("type", "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close", "notify_on_close", "external_id")
"""The parts of a view that a caller may send; Slack's payload has more."""
Said = Toast | Private | Refusal


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes into the acknowledgement, and the calls that say the rest after it."""

    ack: Ack = None
    calls: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A modal that says so: it is filled with whatever comes."""

    view: str
    hash: str


class Answers:
    """`cards` are the private ones that were too long for a message, for whoever turns their pages."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._cards: Recent[Card] = Recent(KEPT)

    def card(self, slot: str) -> Card | None:
        return self._cards.get(slot)

    # --- at once ------------------------------------------------------------------------------------------------------------

    def reply(self, occasion: Occasion, answer: Answer | None, reader: Reader) -> Reply:
        """How to answer while the acknowledgement is still ours to give."""
        if answer is None or (silent(answer) and occasion.kind != "submission"):
            return Reply()
        if occasion.kind == "submission" and occasion.view is not None:
            return self._to_form(occasion, occasion.view, answer, reader)
        if occasion.kind == "command" and not isinstance(answer, Ask):
            drawn = self._drawn(occasion, spoken(answer), reader)
            return Reply({"response_type": "ephemeral", "text": drawn.text, "blocks": list(drawn.blocks)})
        return Reply(None, lambda: self.say(occasion, answer, reader))

    def _to_form(self, occasion: Occasion, view: Body, answer: Answer, reader: Reader) -> Reply:
        """The modal closes, stays with its errors, or becomes the next form or the card that was asked for."""
        match answer:
            case Toast():
                return Reply(None, None if silent(answer) else lambda: self.say(replace(occasion, view=None), answer, reader))
            case Invalid(errors=errors) if errors and all(field in inputs(view) for field in errors):
                return Reply({"response_action": "errors", "errors": {field: plain(told, reader) for field, told in errors.items()}})
            case Invalid() | Refusal() | Ask() | Private():
                return Reply({"response_action": "update", "view": self._next_view(occasion, view, answer, reader)})
            case _:
                assert_never(answer)

    def _next_view(self, occasion: Occasion, view: Body, answer: Answer, reader: Reader) -> dict[str, Any]:
        match answer:
            case Ask(form=form):
                return self._form(replace(occasion, meta=next_form(occasion.meta)), form, reader)
            case Invalid(errors=errors):
                return with_errors(view, {field: plain(told, reader) for field, told in errors.items()})
            case Refusal(text=told, fix=fix):
                stays = with_errors(view, {"": plain(told, reader)})
                return stays | {"blocks": with_row(unnoted(stays), fix, reader)[: limits.VIEW_BLOCKS]}
            case Toast() | Private():
                return self._card(occasion, as_card(answer), reader)
            case _:
                assert_never(answer)

    # --- by calls -----------------------------------------------------------------------------------------------------------

    async def say(self, occasion: Occasion, answer: Answer, reader: Reader) -> None:
        """Where the acknowledgement could not carry it."""
        if isinstance(answer, Ask):
            await self._ask(occasion, answer.form, reader)
        elif silent(answer):
            return
        elif occasion.view is not None:
            await self._in_view(occasion, occasion.view, spoken(answer), reader)
        else:
            await self.tell(occasion, self._drawn(occasion, spoken(answer), reader))

    async def _ask(self, occasion: Occasion, form: Form, reader: Reader) -> None:
        """The form opens with the trigger of what was done; where that had none, behind a button."""
        if not occasion.trigger:
            await self.tell(occasion, self._offered(occasion, form, reader))
            return
        opened = await self._opened(occasion, self._form(occasion, form, reader))
        if opened is None and occasion.line:
            await self.tell(occasion, self._offered(occasion, form, reader))
        elif opened is None:
            await self.tell(occasion, line_of(line("表单没打开，再按一次。"), reader))

    def _offered(self, occasion: Occasion, form: Form, reader: Reader) -> Drawn:
        button = Button(line("打开表单"), press(SAY, line=occasion.line), "primary")
        return with_buttons(line_of(form.title, reader), (button,) if occasion.line else (), reader)

    async def _in_view(self, occasion: Occasion, view: Body, answer: Said, reader: Reader) -> None:
        """A short word stands above the card that was pressed; a card takes its place. App Home is never replaced by an answer."""
        if not occasion.in_modal:
            await self._opened(occasion, self._card(occasion, as_card(answer), reader))
        elif isinstance(answer, Private):
            await self._update(text(view, "id"), text(view, "hash", otherwise=""), self._card(occasion, answer.card, reader))
        else:
            await self._update(text(view, "id"), text(view, "hash", otherwise=""), noted(view, answer, reader))

    async def show(self, occasion: Occasion, card: Card, page: int, reader: Reader) -> None:
        """A page of a long card: in the modal that is open, else in a new one."""
        view = card_view(card, reader, page=page, meta=occasion.meta)
        if occasion.in_modal and occasion.view is not None:
            await self._update(text(occasion.view, "id"), text(occasion.view, "hash", otherwise=""), view)
        else:
            await self._opened(occasion, view)

    # --- when it takes longer -----------------------------------------------------------------------------------------------

    async def wait(self, occasion: Occasion, reader: Reader) -> Waiting | None:
        """Spend the trigger on a modal that says to wait, before it expires."""
        return await self._opened(occasion, self._waiting(occasion, reader))

    def hold(self, occasion: Occasion, reader: Reader) -> Ack:
        """The acknowledgement of what is not finished: a form stays open, waiting, so that nothing typed in it is lost."""
        if occasion.kind != "submission":
            return None
        return {"response_action": "update", "view": self._waiting(occasion, reader)}

    async def late(self, occasion: Occasion, answer: Answer | None, reader: Reader, waiting: Waiting | None) -> None:
        """The answer to what has been acknowledged without one."""
        told = Toast(line("好。")) if answer is None or answer == Toast("") else answer
        if answer is None and waiting is None and occasion.kind != "submission":
            return
        if occasion.kind == "submission" and occasion.view is not None:
            await asyncio.sleep(OVERTAKEN)
            await self._update(text(occasion.view, "id"), "", self._next_view(occasion, occasion.view, told, reader))
        elif waiting is not None:
            filled = self._form(occasion, told.form, reader) if isinstance(told, Ask) else self._card(occasion, as_card(told), reader)
            await self._update(waiting.view, waiting.hash, filled)
        else:
            await self.say(occasion, told, reader)

    def _waiting(self, occasion: Occasion, reader: Reader) -> dict[str, Any]:
        told = line("正在办，一会儿就好，不用再按。")
        return self._card(occasion, Card(line("稍等"), (Words(told),), alone=told), reader)

    # --- Slack's calls ------------------------------------------------------------------------------------------------------

    async def _opened(self, occasion: Occasion, view: dict[str, Any]) -> Waiting | None:
        """None where the modal could not be opened: the trigger lives for three seconds and opens one modal."""
        method = "views.push" if occasion.in_modal else "views.open"
        try:
            answer = await self._web.call(method, trigger_id=occasion.trigger, view=view)
        except (Later, Never) as trouble:
            log.warning("%s for %s: %s", method, occasion.user, trouble)
            return None
        opened = answer.get("view")
        found: Mapping[str, Any] = opened if isinstance(opened, Mapping) else {}
        return Waiting(str(found.get("id", "")), str(found.get("hash", "")))

    async def _update(self, view_id: str, seen: str, view: Mapping[str, Any]) -> None:
        """`seen` is the view's hash: one that has changed since shows something newer, or is closed."""
        try:
            await self._web.call("views.update", view_id=view_id, hash=seen or None, view=view)
        except (Later, Never) as trouble:
            log.warning("views.update: %s", trouble)

    async def tell(self, occasion: Occasion, drawn: Drawn) -> None:
        """To this person alone: where they are, else in the room, else in their own chat with the bot."""
        if occasion.direct:
            await self._post(occasion, occasion.room, drawn)
        elif not (occasion.respond and await self._respond(occasion.respond, drawn)) and not await self._whisper(occasion, drawn):
            await self._post(occasion, occasion.user, drawn)

    async def _respond(self, url: str, drawn: Drawn) -> bool:
        said = {"response_type": "ephemeral", "replace_original": False, "text": drawn.text, "blocks": list(drawn.blocks)}
        client = self._web.client
        try:
            assert client.session is not None
            async with client.session.post(url, json=said, proxy=client.proxy) as answer:
                done = answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as broken:
            log.warning("response_url: %s", type(broken).__name__)
            return False
        if not done:
            log.warning("response_url: HTTP %s", answer.status)
        return done

    async def _whisper(self, occasion: Occasion, drawn: Drawn) -> bool:
        """Whether there is nothing more to try: also when it may have been heard."""
        if not occasion.room:
            return False
        try:
            await self._web.call(
                "chat.postEphemeral", channel=occasion.room, user=occasion.user, thread_ts=occasion.thread or None, text=drawn.text,
                blocks=list(drawn.blocks),
            )  # fmt: skip
        except Never as never:
            log.info("chat.postEphemeral: %s", never)
            return False
        except Later as later:
            log.warning("chat.postEphemeral: %s", later)
            return later.seconds is None
        return True

    async def _post(self, occasion: Occasion, room: str, drawn: Drawn) -> None:
        metadata = {"event_type": "fenghuo", "event_payload": {"key": f"{occasion.key}:answer"}}
        try:
            await self._web.call(
                "chat.postMessage", channel=room, text=drawn.text, blocks=list(drawn.blocks), metadata=metadata,
                thread_ts=(occasion.thread or None) if occasion.direct else None, unfurl_links=False, unfurl_media=False,
            )  # fmt: skip
        except (Later, Never) as trouble:
            log.warning("an answer to %s is lost: %s", occasion.user, trouble)

    # --- drawing ------------------------------------------------------------------------------------------------------------

    def _drawn(self, occasion: Occasion, answer: Said, reader: Reader) -> Drawn:
        match answer:
            case Toast(text=told):
                return line_of(told, reader)
            case Refusal(text=told, fix=fix):
                return with_buttons(line_of(told, reader), fix, reader)
            case Private(card=card):
                return message(card, reader, slot=self._keep(occasion, card))
            case _:
                assert_never(answer)

    def _card(self, occasion: Occasion, card: Card, reader: Reader) -> dict[str, Any]:
        return card_view(card, reader, meta={**occasion.meta, "slot": self._keep(occasion, card)})

    def _form(self, occasion: Occasion, form: Form, reader: Reader) -> dict[str, Any]:
        meta = {key: value for key, value in occasion.meta.items() if key != "slot"}
        return form_view(form, reader, people(reader), meta)

    def _keep(self, occasion: Occasion, card: Card) -> str:
        slot = f"~{occasion.key}"
        self._cards.put(slot, card)
        return slot


# --- without a call -----------------------------------------------------------------------------------------------------------


def silent(answer: Answer) -> bool:
    """The card that was pressed shows it already, or there is nothing to say."""
    return isinstance(answer, Toast) and (answer.shown or answer.text == "")


def spoken(answer: Toast | Private | Refusal | Invalid | Ask) -> Said:
    """The answer as something that can be said outside a form."""
    match answer:
        case Toast() | Private() | Refusal():
            return answer
        case Invalid(errors=errors):
            return Refusal(joined(tuple(errors.values()), "；"))
        case Ask(form=form):
            return Refusal(form.title)
        case _:
            assert_never(answer)


def as_card(answer: Answer) -> Card:
    match spoken(answer):
        case Toast(text=told):
            return Card(line("好了"), (Words(told),), alone=told)
        case Refusal(text=told, fix=fix):
            blocks: tuple[Block, ...] = (Words(told, "warn"), *((Buttons(fix),) if fix else ()))
            return Card(line("还没办"), blocks, alone=told, tone="warn")
        case Private(card=card):
            return card
        case never:
            assert_never(never)


def with_buttons(drawn: Drawn, buttons: Sequence[Button], reader: Reader) -> Drawn:
    return replace(drawn, blocks=tuple(with_row(list(drawn.blocks), buttons, reader)))


def with_row(blocks: Sequence[dict[str, Any]], buttons: Sequence[Button], reader: Reader) -> list[dict[str, Any]]:
    """The blocks and a row of buttons, told apart from any that are there; one that carries more than Slack takes is left out."""
    drawn = [
        e.button(plain(button.label, reader), button.press, button.style if button.style in ("primary", "danger") else None)
        for button in buttons
        if carried(button.press)
    ]
    told_apart = [button | {"action_id": f"{button['action_id']}#{number}"} for number, button in enumerate(drawn[: limits.ACTIONS], 9001)]
    return [*blocks, *([e.actions(told_apart) | {"block_id": f"{NOTED}.fix"}] if told_apart else [])]


def noted(view: Body, answer: Toast | Refusal, reader: Reader) -> dict[str, Any]:
    """The same view with the answer above it, in place of an earlier one."""
    told = [block | {"block_id": f"{NOTED}.{number}"} for number, block in enumerate(e.sections(words(answer.text, reader)))]
    above = with_row(told, answer.fix if isinstance(answer, Refusal) else (), reader)
    kept = {name: view[name] for name in OWN if view.get(name)}
    return kept | {"blocks": [*above, *unnoted(view)][: limits.VIEW_BLOCKS]}


def unnoted(view: Body) -> list[dict[str, Any]]:
    """The blocks of a view without what an earlier answer has added."""
    return [dict(block) for block in view.get("blocks", ()) if not str(block.get("block_id", "")).startswith(f"{NOTED}.")]


def inputs(view: Body) -> frozenset[str]:
    """The fields at which Slack can show an error."""
    return frozenset(str(block.get("block_id")) for block in view.get("blocks", ()) if block.get("type") == "input")


def people(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Those of the plan, for choosing among."""
    return tuple((person, name) for person, name in reader.names.items() if not person.startswith("slack:"))
