"""Somebody at their Feishu: what they see is all they can press, and what they read is what the bot has said to them.

What a room has no place for comes into their own chat with the bot: answers to what they said, forms, long cards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.feishu.double import BOT, Chat, Form, Message, Seen
from tests.feishu.double import NotThere as NotOnScreen
from tests.feishu.double import Person as Human
from tests.feishu.double.model import Json
from tests.feishu.double.screen import Control, Screen
from tests.flows.anywhere import NotThere, TurnedAway, refused

if TYPE_CHECKING:
    from tests.feishu.house import FeishuHouse

WHOLE, NEXT, TICK = "看全部", "下一页", "打勾"
MARK = re.compile(r"k[0-9a-f]{18}")
STEP = re.compile(r"(?:\S )?\d+\. ")
"""How a step of a list begins, ticked or not."""


@dataclass(frozen=True)
class Person:
    """Somebody of the plan at their Feishu window."""

    house: FeishuHouse
    id: str

    @property
    def human(self) -> Human:
        return self.house.human(self.id)

    # --- doing --------------------------------------------------------------------------------------------------------------

    def says(self, text: str, at: str = "war", fill: Mapping[str, str] | None = None) -> str:
        """A line to the bot (with a slash: by mentioning it) or a plain one, in a room or ("direct") in its own chat."""
        if at == "direct":
            return self._did(lambda: self.human.tells_bot(text.removeprefix("/")), fill)
        room = self.house.chat(at)
        self._must_be_in(room)
        if text.startswith("/"):
            return self._did(lambda: self.human.mentions_bot(room, text[1:]), fill)
        return self._did(lambda: self.human.says(room, text), fill)

    def presses(self, label: str, on: str = "status", step: str = "", **fill: str) -> str:
        """Press what is called so on the card that stands in this slot; `step`: what stands beside that line of a list."""
        where, control = self._find(self.sees(on), label, step)
        said = self._did(lambda: self._use(where, control), fill or None)
        return said or self.card(on)

    def chooses(self, option: str, label: str, on: str = "status", **fill: str) -> str:
        """Choose an option of a select on a card."""
        card = self.sees(on)
        return self._did(lambda: self._picks(card, label, option), fill or None) or self.card(on)

    def ticks(self, text: str, on: str, **fill: str) -> str:
        """Tick the line of a list that has these words in it."""
        return self.presses(TICK, on, text, **fill)

    def presses_whisper(self, label: str, **fill: str) -> str:
        """Press a button on the last thing that only this person was shown."""
        shown = self.house.whispers.get(self.id)
        if shown is None:
            raise NotThere(f"{self.id} was shown nothing alone")
        where, control = self._find(shown, label, "")
        return self._did(lambda: self._use(where, control), fill or None)

    def mends(self, label: str, refused: TurnedAway, at: str = "war", **fill: str) -> str:
        """Press the button of a refusal that opens the way."""
        if not isinstance(refused.shown, Message):
            raise NotThere(f"the refusal offers nothing, not {label}")
        where, control = self._find(refused.shown, label, "")
        return self._did(lambda: self._use(where, control), fill or None)

    def is_refused(self, deed: Callable[[], str]) -> TurnedAway:
        return refused(deed, self.id)

    def answers(self) -> str:
        """Answer the call: the message to them alone that says they are needed."""
        self.house.settle()
        calls = [it for it in self.human.sees(self.human.bot_chat) if "现在需要你" in self.human.reads(it)]
        if not calls:
            raise NotThere(f"{self.id} is not called")
        where, control = self._find(calls[-1], "我到了", "")
        return self._did(lambda: self._use(where, control), None)

    def pins(self, words: str, at: str = "war") -> str:
        """📌 on a message with these words."""
        message = self.human.message(self.house.chat(at), words)
        return self._did(lambda: self.human.reacts(message, "Pin"), None)

    # --- seeing -------------------------------------------------------------------------------------------------------------

    def sees(self, slot: str) -> Message:
        """The card in a slot, if this person is in the room where it stands."""
        self.house.settle()
        message = self.house.feishu.tenant.message(self.house.ref(slot))
        self._must_be_in(self.house.feishu.tenant.chats[message.chat])
        if message.recalled:
            raise NotThere(f"the card {slot} is gone")
        return message

    def card(self, slot: str) -> str:
        return self.house.reads(self.sees(slot))

    def rooms(self) -> list[Chat]:
        self.house.settle()
        return [chat for chat in self.human.chats if not chat.p2p]

    def form(self) -> Form:
        """The newest open form in their chat with the bot."""
        self.house.hear()
        return self.human.form()

    # --- inside -------------------------------------------------------------------------------------------------------------

    def _must_be_in(self, room: Chat) -> None:
        if self.human.id not in room.members:
            raise NotThere(f"{self.id} is not in {room.name or room.id}")

    def _find(self, card: Message, label: str, step: str) -> tuple[Message, Control]:
        """The button or tick of this name; of a long card, on whichever page it stands."""
        where, tried = card, 0
        while (found := control_on(self.house, where, label, step)) is None and tried < 9:
            on = control_on(self.house, where, WHOLE if tried == 0 else NEXT, "")
            if on is None:
                break
            before = self._shown()
            self.human.clicks(where, on.label)
            self.house.hear()
            fresh = [it for it, shown in self._shown().items() if before.get(it) != shown]
            assert fresh, f"{on.label} opened nothing"
            where, tried = self.house.feishu.tenant.messages[fresh[-1]], tried + 1
        if found is None:
            there = self.human.labels(card)
            raise NotThere(f"no {label}{' near ' + step if step else ''}; there are {there} on:\n{self.house.reads(card)}")
        return where, found

    def _use(self, where: Message, control: Control) -> Seen:
        if control.element.get("form_action_type") == "submit":
            return self.human.submits(Form(self.human, where), control.label)
        more: Json = {"checked": True} if control.kind == "checker" else {}
        return self.human._act(where, control, more)

    def _picks(self, card: Message, label: str, option: str) -> Seen:
        offered = [it for it in Screen(self.human.ws, card).controls() if it.called(label) and it.options]
        words = [it for select in offered for it in select.options if it == option or it.startswith(f"{option} ·")]
        if not words:
            raise NotThere(f"{label} does not offer {option}, but {[select.options for select in offered]}")
        return self.human.selects(card, label, words[0])

    def _did(self, deed: Callable[[], object], fill: Mapping[str, str] | None) -> str:
        """Do it, wait for the answer, fill in what it asks, and read what it says."""
        before, turned_away = self._shown(), self.house.log.count
        try:
            seen = deed()
        except NotOnScreen as gone:
            raise NotThere(str(gone)) from gone
        self.house.hear()
        toast = ""
        if isinstance(seen, Seen):
            if seen.error == "required":
                raise TurnedAway("; ".join(f"{name}: {error}" for name, error in seen.errors.items()))
            assert seen.error is None, f"Feishu shows {seen.error}"
            toast = seen.toast
        fresh = [self.house.feishu.tenant.messages[it] for it, looks in self._shown().items() if before.get(it) != looks]
        shown = fresh[-1] if fresh else None
        if shown is not None:
            self.house.whispers[self.id] = shown
        words = "" if shown is None else self.house.reads(shown)
        said = "\n".join(filter(None, (toast if toast not in words else "", words)))
        if self.house.log.count > turned_away:
            assert said, f"{self.id} was refused without a word: {self.house.log.lines[-1]}"
            raise TurnedAway(said, () if shown is None else offered(self.house, shown), shown)
        if shown is not None and Form(self.human, shown).open:
            return self._fills(Form(self.human, shown), fill or {})
        assert not fill, f"no form was opened for {fill}, but: {said}"
        return said

    def _fills(self, form: Form, fill: Mapping[str, str]) -> str:
        """What stands in the form already is sent with what is typed; a choice must be one that is offered."""
        fields = {field.name: field for field in form.fields}
        for key, value in fill.items():
            if key not in fields:
                raise NotThere(f"the form {form.title} does not ask {key}, but {[*fields]}")
            form.fill(key, value.split(",") if fields[key].kind.startswith("multi_") else value)
        return self._did(form.submit, None)

    def _shown(self) -> dict[str, int]:
        """How often what is said to this person alone was drawn: the answers in their chat with the bot, by message."""
        mine = [it for it in self.human.sees(self.human.bot_chat) if it.sender == BOT]
        return {it.id: len(it.looks) for it in mine if it.card is not None and not mark_of(it)}


def mark_of(message: Message) -> str:
    """Our mark of a card that an effect put there; answers to somebody have none."""
    elements = (message.card or {}).get("body", {}).get("elements", [])
    return next((id for it in elements if MARK.fullmatch(id := it.get("element_id", ""))), "")


def offered(house: FeishuHouse, where: Message) -> tuple[str, ...]:
    """The words of the buttons on a card that are not a form's own."""
    found = Screen(house.feishu.tenant, where).controls()
    return tuple(it.label for it in found if it.kind == "button" and it.form is None)


def control_on(house: FeishuHouse, where: Message, label: str, step: str) -> Control | None:
    """A button of this name, or (打勾) the tick of the step with these words; `step`: of the step with these words, or below them."""
    screen = Screen(house.feishu.tenant, where)
    by_element = {id(it.element): it for it in screen.controls()}
    beside = ""
    for element in (where.card or {}).get("body", {}).get("elements", []):
        said = unmarked("\n".join(screen.lines(element)))
        beside = said if element["tag"] == "checker" or STEP.match(said) or "margin" not in element else f"{beside}\n{said}"
        for control in (by_element[id(it)] for it in flat(element) if id(it) in by_element):
            pressed = control.kind == "button" and label == control.label
            ticked = control.kind == "checker" and (label == TICK or label in control.label)
            if (pressed or ticked) and step in beside and not control.element.get("disabled"):
                return control
    return None


def flat(element: Json) -> list[Json]:
    inner = [*element.get("elements", ()), *element.get("columns", ())]
    return [element, *(each for it in inner for each in flat(it))]


def unmarked(text: str) -> str:
    """The words with plain spaces."""
    return text.replace("\u00a0", " ").replace("\u200b", "").replace("\u3000", " ")


def user_of(person: str) -> str:
    return f"ou_{person}"
