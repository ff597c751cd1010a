"""Somebody at their Feishu window: what they see, and what they do to it. Everything returns once the bot has answered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.feishu.double import cards, payloads
from tests.feishu.double.form import Form
from tests.feishu.double.model import ApiError, Chat, Ephemeral, Json, Message, Sent, Toast, Urgent
from tests.feishu.double.screen import Control, NotThere, Screen, Where
from tests.feishu.double.tags import INPUTS
from tests.feishu.double.tenant import CARD_SECONDS

if TYPE_CHECKING:
    from tests.feishu.double.delivery import Reply
    from tests.feishu.double.server import FeishuServer

Place = Chat | str
CLICKED = frozenset(["button", "interactive_container"])
CHOSEN = INPUTS - {"checker", "input"}


@dataclass(frozen=True)
class Seen:
    """What a doing put on the screen: `error` as the client says it, the toast, ephemeral cards, and what the client asked first."""

    error: str | None = None
    toasts: tuple[Toast, ...] = ()
    ephemerals: tuple[Ephemeral, ...] = ()
    direct: tuple[Message, ...] = ()
    words: str = ""
    asked: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def toast(self) -> str:
        return self.toasts[-1].content if self.toasts else ""


class Person:
    """One person; make it with `server.person("张三")`."""

    def __init__(self, server: FeishuServer, id: str) -> None:
        self._server, self.ws, self.id = server, server.tenant, id

    # --- looking ------------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.ws.users[self.id].name

    @property
    def chats(self) -> list[Chat]:
        return [chat for chat in self.ws.chats.values() if self.id in chat.members and not chat.dissolved]

    @property
    def bot_chat(self) -> Chat:
        """The direct chat with the bot."""
        return self.ws.direct(self.id)

    @property
    def toasts(self) -> list[Toast]:
        return list(self.ws.toasts[self.id])

    @property
    def urgents(self) -> list[Urgent]:
        """加急 received, by app, SMS and phone."""
        return list(self.ws.urgents[self.id])

    def room(self, place: Place) -> Chat:
        """A chat by itself, its id or its name."""
        if isinstance(place, Chat):
            return place
        named = [chat for chat in self.ws.chats.values() if place in (chat.id, chat.name)]
        if not named:
            raise NotThere(f"no chat {place}")
        return named[-1]

    def sees(self, place: Place) -> list[Message]:
        """The messages of a chat they are in, the oldest first."""
        room = self._inside(place)
        return sorted((it for it in room.messages.values() if not it.recalled), key=lambda message: message.created)

    def reads(self, where: Where | Form) -> str:
        """A message or card as words, with names for ids."""
        return Screen(self.ws, where.where if isinstance(where, Form) else where).words

    def labels(self, where: Where) -> list[str]:
        """What can be pressed, chosen or filled in there."""
        return [control.label for control in Screen(self.ws, where).controls()]

    def ephemerals(self, place: Place | None = None) -> list[Ephemeral]:
        room = None if place is None else self.room(place).id
        return [it for it in self.ws.ephemerals if it.user == self.id and not it.gone and room in (None, it.chat)]

    def message(self, place: Place, words: str) -> Message:
        """The newest message of a chat in which these words stand."""
        for found in reversed(self.sees(place)):
            if words in self.reads(found):
                return found
        raise NotThere(f"nothing in {self.room(place).name or self.room(place).id} says {words!r}")

    def form(self, where: Where | None = None) -> Form:
        """The form in a card; without one, the newest open form in the direct chat with the bot."""
        if where is not None:
            return Form(self, self._screen(where))
        for found in reversed(self.sees(self.bot_chat)):
            form = Form(self, found)
            if found.card is not None and form.open:
                return form
        raise NotThere("no form in the direct chat")

    # --- saying -------------------------------------------------------------------------------------------------------------

    def says(self, place: Place, text: str, above: Message | None = None) -> Message:
        """A message; `@name` of a person or the bot becomes a mention, `@所有人` everybody."""
        room = self._inside(place)
        if not self._may_speak(room):
            raise NotThere(f"{room.name} is silenced")
        with self._server.doing():
            shown, mentions = self._mentions(text)
            content = json.dumps({"text": shown}, ensure_ascii=False)
            message = Message(self.ws.id("om"), room.id, self.id, "text", content, self.ws.now(), mentions=mentions)
            if above is not None:
                message.root, message.parent, message.thread = above.root or above.id, above.id, above.thread
            return self.ws.post(room, message)

    def _mentions(self, text: str) -> tuple[str, list[Json]]:
        mentions: list[Json] = []
        people = [(user.name, user.open_id) for user in self.ws.users.values()] + [(self.ws.bot_name, "")]
        text = text.replace("@所有人", "@_all")
        for name, open_id in sorted(people, key=lambda it: -len(it[0])):
            if re.search(rf"@{re.escape(name)}", text):
                key = f"@_user_{len(mentions) + 1}"
                ids = self.ws.ids(open_id or "bot")
                mentions.append({"key": key, "id": ids, "name": name, "tenant_key": self.ws.tenant_key})
                text = text.replace(f"@{name}", key)
        return text, mentions

    def mentions_bot(self, place: Place, text: str, above: Message | None = None) -> Message:
        return self.says(place, f"@{self.ws.bot_name} {text}", above)

    def tells_bot(self, text: str, above: Message | None = None) -> Message:
        """A direct message."""
        return self.says(self.bot_chat, text, above)

    def sends(self, place: Place, kind: str, content: Json) -> Message:
        """Anything but text: `image`, `file`, `post`, `sticker`…"""
        room = self._inside(place)
        with self._server.doing():
            message = Message(self.ws.id("om"), room.id, self.id, kind, json.dumps(content, ensure_ascii=False), self.ws.now())
            return self.ws.post(room, message)

    def recalls(self, message: Message) -> None:
        with self._server.doing():
            self.ws.recall(message)

    def reacts(self, message: Message, emoji: str) -> None:
        self._inside(message.chat)
        with self._server.doing():
            self.ws.react(message, emoji, self.id)

    def unreacts(self, message: Message, emoji: str) -> None:
        with self._server.doing():
            self.ws.react(message, emoji, self.id, added=False)

    # --- coming and going ---------------------------------------------------------------------------------------------------

    def joins(self, place: Place) -> None:
        with self._server.doing():
            self.ws.join(self.room(place), [self.id], self.id)

    def leaves(self, place: Place) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.leave(room, [self.id], self.id)

    def invites(self, place: Place, user: str) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.join(room, [self.ws.by_name(user).open_id], self.id)

    def kicks(self, place: Place, user: str) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.leave(room, [self.ws.by_name(user).open_id], self.id)

    def adds_bot(self, place: Place) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.admit(room, self.id)

    def removes_bot(self, place: Place) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.admit(room, self.id, came=False)

    def renames(self, place: Place, name: str) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.change(room, self.id, name=name)

    def disbands(self, place: Place) -> None:
        room = self._inside(place)
        with self._server.doing():
            self.ws.disband(room, self.id)

    def opens_bot_chat(self) -> Chat:
        with self._server.doing():
            chat = self.bot_chat
            event = {"chat_id": chat.id, "operator_id": self.ws.ids(self.id), "last_message_id": "", "last_message_create_time": "0"}
            self.ws.happen("im.chat.access_event.bot_p2p_chat_entered_v1", event)
        return chat

    def menu(self, key: str) -> Seen:
        """An item of the bot's menu, in the direct chat."""
        before = self._before()
        with self._server.doing():
            self.ws.happen("application.bot.menu_v6", payloads.menu(self.ws, self.id, key))
        return self._seen(None, before)

    def _inside(self, place: Place) -> Chat:
        room = self.room(place)
        if self.id not in room.members or room.dissolved:
            raise NotThere(f"{self.name} is not in {room.name or room.id}")
        return room

    def _may_speak(self, room: Chat) -> bool:
        match room.moderation:
            case "only_owner":
                return room.owner == self.id or self.id in room.managers
            case "moderator_list":
                return self.id in (room.owner, *room.moderators)
        return True

    # --- pressing and choosing ----------------------------------------------------------------------------------------------

    def clicks(self, where: Where, what: str, *, near: str = "", confirm: bool = True, host: str = "im_message") -> Seen:
        """Press a button, by its words; `near` picks among several by the words above it or of its row. Questions are said yes to."""
        control = Screen(self.ws, self._screen(where)).find(what, CLICKED, near)
        if control.element.get("form_action_type") == "submit":
            return self.submits(Form(self, where), what)
        asked = "\n".join(Screen(self.ws, where).lines(control.element.get("confirm", {})))
        if asked and not confirm:
            return Seen(asked=asked)
        for behaviour in control.element.get("behaviors", []):
            if behaviour["type"] == "callback":
                return self._act(where, control, {"value": behaviour["value"]}, asked, host)
        return Seen(asked=asked)

    def selects(self, where: Where, what: str, value: Any, *, near: str = "") -> Seen:
        """Choose in a select, date or time picker outside of a form, by words; people by name."""
        control = Screen(self.ws, self._screen(where)).find(what, CHOSEN, near)
        picked = self.picked(control, value)
        self._hold(where, control, picked)
        return Seen() if control.form is not None else self._act(where, control, {"option": picked})

    def ticks(self, where: Where, what: str, on: bool = True, *, near: str = "") -> Seen:
        """A checker; it calls back only when it has behaviors, and not in a form."""
        control = Screen(self.ws, self._screen(where)).find(what, {"checker"}, near)
        self._hold(where, control, on)
        if control.form is not None or not control.element.get("behaviors"):
            return Seen()
        return self._act(where, control, {"checked": on})

    def types(self, where: Where, what: str, text: str, *, near: str = "") -> Seen:
        """An input outside of a form."""
        control = Screen(self.ws, self._screen(where)).find(what, {"input"}, near)
        self._hold(where, control, text)
        return Seen() if control.form is not None else self._act(where, control, {"input_value": text})

    def chooses(self, where: Where, option: str, *, near: str = "") -> Seen:
        """An option of an overflow menu, by its words."""
        for control in Screen(self.ws, self._screen(where)).controls():
            if control.kind == "overflow" and option in control.options and near in control.above:
                return self._act(where, control, {"option": control.value(option)})
        raise NotThere(f"no menu offers {option!r}")

    def picked(self, control: Control, value: Any) -> Any:
        """Words as what the component holds: people by name become ids, dates get their offset."""
        if control.kind in ("select_person", "multi_select_person"):
            many = list(value) if isinstance(value, list | tuple) else [value]
            ids = [self.ws.by_name(it).open_id for it in many]
            offered = [it["value"] for it in control.element.get("options", [])]
            if offered and not set(ids) <= set(offered):
                raise NotThere(f"{control.label!r} offers only {offered}")
            return ids if control.kind.startswith("multi") else ids[0]
        if control.kind == "multi_select_static":
            return control.value([value] if isinstance(value, str) else list(value))
        if control.kind in ("date_picker", "picker_time", "picker_datetime"):
            return f"{value} +0800"
        return control.value(value)

    def _hold(self, where: Where, control: Control, value: Any) -> None:
        if control.form is not None:
            with self.ws.lock:
                self.ws.typed.setdefault((self.id, where.id), {})[control.name] = value

    def submits(self, form: Form, button: str = "") -> Seen:
        where = self._screen(form.where)
        pressed = form.submitter(button)
        lacking = form.lacking()
        if lacking:
            return Seen(error="required", errors=lacking)
        asked = "\n".join(Screen(self.ws, where).lines(pressed.element.get("confirm", {})))
        return self._act(where, pressed, form.action(pressed), asked)

    def _screen(self, where: Where) -> Where:
        """What they look at, if they can, and what can still be used."""
        if isinstance(where, Ephemeral):
            if where.user != self.id or where.gone:
                raise NotThere("not on this person's screen")
            return where
        self._inside(where.chat)
        if where.recalled:
            raise NotThere("the message is gone")
        return where

    def _act(self, where: Where, control: Control, more: Json, asked: str = "", host: str = "im_message") -> Seen:
        if control.element.get("disabled"):
            raise NotThere(f"{control.label!r} cannot be pressed")
        if isinstance(where, Message) and self.ws.clock() * 1000 - where.created > CARD_SECONDS * 1000:
            return Seen(error="expired")
        action = {"tag": control.kind, **({"name": control.name} if control.name else {}), **more}
        values = [it["value"] for it in control.element.get("behaviors", []) if it["type"] == "callback"]
        if values and "value" not in action:
            action["value"] = values[0]
        before = self._before()
        with self.ws.lock:
            payload = payloads.pressed(self.ws, self.id, where, action, host)
        reply = self._server.deliver("callback", payload)
        error = reply.error
        if error is None:
            with self.ws.lock:
                error = self.answered(where, reply)
                self.ws.presses[payload["event"]["token"]].answered = True
        return self._seen(error, before, asked, where)

    def answered(self, where: Where, reply: Reply) -> str | None:
        """What the bot's answer to a press does to the screen; an error when the client cannot make sense of it."""
        body = reply.body if reply.body is not None else {}
        frown = self.ws.frown
        if not isinstance(body, dict) or not set(body) <= {"toast", "card"}:
            frown("answer", "card.action.trigger", f"Feishu cannot show {body!r}")
            return "failed"
        toast, card = body.get("toast"), body.get("card")
        if toast is not None:
            known = isinstance(toast, dict) and set(toast) <= {"type", "content", "i18n"} and isinstance(toast.get("content"), str)
            if not known or toast.get("type", "info") not in ("info", "success", "error", "warning"):
                frown("answer", "card.action.trigger", f"no such toast: {toast!r}")
                return "failed"
            self.ws.toasts[self.id].append(Toast(toast.get("type", "info"), toast["content"], self.ws.clock()))
        if card is None:
            return None
        if not isinstance(card, dict) or card.get("type") != "raw" or not isinstance(card.get("data"), dict):
            frown("answer", "card.action.trigger", f"no such card: {card!r}")
            return "failed"
        try:
            cards.check(card["data"], lambda words: frown("size", "card.action.trigger", words))
        except ApiError as error:
            frown("answer", "card.action.trigger", f"the card cannot be drawn: {error}")
            return "failed"
        self.ws.sent.append(Sent("card.action.trigger", "answer", card["data"]))
        if isinstance(where, Message):
            self.ws.draw(where, card["data"])
        else:
            where.card = card["data"]
        return None

    # --- inside -------------------------------------------------------------------------------------------------------------

    def _before(self) -> tuple[int, int, int]:
        return len(self.ws.toasts[self.id]), len(self.ws.ephemerals), self.ws.now()

    def _seen(self, error: str | None, before: tuple[int, int, int], asked: str = "", where: Where | None = None) -> Seen:
        toasts = tuple(self.ws.toasts[self.id][before[0] :])
        ephemerals = tuple(it for it in self.ws.ephemerals[before[1] :] if it.user == self.id and not it.gone)
        direct = tuple(it for it in self.sees(self.bot_chat) if it.created > before[2] and it.sender != self.id)
        shown: list[Where] = [*ephemerals, *direct]
        words = [*(it.content for it in toasts), *(self.reads(it) for it in shown)]
        errors = Form(self, where).errors if where is not None and where.card is not None else {}
        return Seen(error, toasts, ephemerals, direct, "\n".join(words), asked, errors)
