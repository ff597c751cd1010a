"""Somebody at their Slack: what they see is all they can press, and what they read is what the bot has said to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.flows.anywhere import NotThere, TurnedAway, refused
from tests.slack.double import Channel, Ephemeral, Message, Modal, Seen, View
from tests.slack.double import Person as Human
from tests.slack.double.controls import Control, controls

if TYPE_CHECKING:
    from tests.slack.house import SlackHouse

Screen = Message | Ephemeral | View
WHOLE, NEXT, TICK, OPEN = "看全部", "下一页", "打勾", "打开表单"


@dataclass(frozen=True)
class Person:
    """Somebody of the plan at their Slack window."""

    house: SlackHouse
    id: str

    @property
    def human(self) -> Human:
        return self.house.human(self.id)

    # --- doing --------------------------------------------------------------------------------------------------------------

    def says(self, text: str, at: str = "war", fill: Mapping[str, str] | None = None) -> str:
        """A line to the bot (with a slash: /incident) or a plain one, in a room or ("direct") in its own chat."""
        if at == "direct":
            return self._did(lambda: self.human.tells_bot(text.removeprefix("/")), fill)
        channel = self.house.channel(at)
        if text.startswith("/"):
            self._must_be_in(channel)
            return self._did(lambda: self.human.command(f"/incident {text[1:]}", channel), fill)
        return self._did(lambda: self.human.says(channel, text), fill)

    def presses(self, label: str, on: str = "status", step: str = "", **fill: str) -> str:
        """Press what is called so on the card that stands in this slot; `step`: what stands beside that line of a list."""
        card = self.sees(on)
        where, control = self._find(card, label, step)
        said = self._did(lambda: self._use(where, control, label), fill or None)
        return said or self.house.reads(self.sees(on))

    def chooses(self, option: str, label: str, on: str = "status", **fill: str) -> str:
        """Choose an option of a select on a card."""
        card = self.sees(on)
        return self._did(lambda: self.human.selects(card, label, option), fill or None) or self.house.reads(self.sees(on))

    def ticks(self, text: str, on: str, **fill: str) -> str:
        """Tick the line of a list that has these words in it."""
        return self.presses(TICK, on, text, **fill)

    def presses_whisper(self, label: str, **fill: str) -> str:
        """Press a button on the last thing that only this person was shown."""
        shown = self.house.whispers.get(self.id)
        if shown is None:
            raise NotThere(f"{self.id} was shown nothing alone")
        where, control = self._find(shown, label, "")
        return self._did(lambda: self._use(where, control, label), fill or None)

    def mends(self, label: str, refused: TurnedAway, at: str = "war", **fill: str) -> str:
        """Press the button of a refusal that opens the way."""
        shown = refused.shown
        if not isinstance(shown, Message | Ephemeral | View):
            raise NotThere(f"the refusal offers nothing, not {label}")
        where, control = self._find(shown, label, "")
        return self._did(lambda: self._use(where, control, label), fill or None)

    def is_refused(self, deed: Callable[[], str]) -> TurnedAway:
        return refused(deed, self.id)

    def answers(self) -> str:
        """Answer the call: the message to them alone that says they are needed."""
        self.house.settle()
        calls = [message for message in self.human.sees(self.human.bot_dm) if "现在需要你" in self.human.reads(message)]
        if not calls:
            raise NotThere(f"{self.id} is not called")
        where, control = self._find(calls[-1], "我到了", "")
        return self._did(lambda: self._use(where, control, "我到了"), None)

    def pins(self, words: str, at: str = "war") -> str:
        """📌 on a message with these words."""
        message = self.human.message(self.house.channel(at), words)
        return self._did(lambda: self.human.reacts(message, "pushpin"), None)

    # --- seeing -------------------------------------------------------------------------------------------------------------

    def sees(self, slot: str) -> Message:
        """The card in a slot, if this person is in the room where it stands."""
        self.house.settle()
        channel, _, ts = self.house.ref(slot).partition("/")
        room = self.house.slack.workspace.channels[channel]
        self._must_be_in(room)
        if ts not in room.messages:
            raise NotThere(f"the card {slot} is gone")
        return room.messages[ts]

    def card(self, slot: str) -> str:
        return self.house.reads(self.sees(slot))

    def rooms(self) -> list[Channel]:
        self.house.settle()
        return [channel for channel in self.human.channels if not channel.im]

    # --- inside -------------------------------------------------------------------------------------------------------------

    def _must_be_in(self, channel: Channel) -> None:
        if self.human.id not in channel.members:
            raise NotThere(f"{self.id} is not in {channel.name or channel.id}")

    def _find(self, card: Screen, label: str, step: str) -> tuple[Screen, Control]:
        """The button or menu entry of this name; of a long card, on whichever page it stands."""
        where, tried = card, 0
        while (found := control_on(where, label, step)) is None and tried < 9:
            on = control_on(where, NEXT if isinstance(where, View) else WHOLE, "")
            if on is None:
                break
            self.human.clicks(where, on.label)
            self.house.hear()
            assert self.human.modal is not None, f"{on.label} opened nothing"
            where, tried = self.human.modal.view, tried + 1
        if found is None:
            there = [each.label for each in controls(card.blocks)]
            raise NotThere(f"no {label}{' near ' + step if step else ''}; there are {there} on:\n{self.house.reads(card)}")
        return where, found

    def _use(self, where: Screen, control: Control, label: str) -> Seen:
        if control.kind == "overflow":
            chosen = next(option for option in control.options if option["text"]["text"] == label)
            return self.human._act(where, control, {"selected_option": chosen})
        return self.human._act(where, control, {})

    def _did(self, deed: Callable[[], object], fill: Mapping[str, str] | None) -> str:
        """Do it, wait for the answer, fill in what it asks, and read what it says."""
        before, turned_away = self._shown(), self.house.log.count
        seen = deed()
        self.house.hear()
        if isinstance(seen, Seen):
            assert seen.error is None, f"Slack shows {seen.error}"
            if seen.errors:
                raise TurnedAway("; ".join(f"{name}: {error}" for name, error in seen.errors.items()), (), None)
        fresh = [screen for key, screen in self._shown().items() if key not in before]
        modal = next((screen for screen in fresh if isinstance(screen, View)), None)
        shown = modal or next(iter(fresh[::-1]), None)
        said = "" if shown is None else self.house.reads(shown)
        if self.house.log.count > turned_away:
            assert shown is not None, f"{self.id} was refused without a word: {self.house.log.lines[-1]}"
            self.house.whispers[self.id] = shown
            raise TurnedAway(said, tuple(each.label for each in controls(shown.blocks)), shown)
        if modal is not None and modal.body.get("submit") is not None:
            return self._fills(Modal(self.human, modal), fill or {})
        if fill and shown is not None and control_on(shown, OPEN, ""):
            control = control_on(shown, OPEN, "")
            assert control is not None
            return self._did(lambda: self._use(shown, control, OPEN), fill)
        assert not fill, f"no form was opened for {fill}, but: {said}"
        if shown is not None:
            self.house.whispers[self.id] = shown
        return said

    def _fills(self, modal: Modal, fill: Mapping[str, str]) -> str:
        """What stands in the form already is sent with what is typed; a choice must be one that is offered."""
        for key, value in fill.items():
            field = modal.field(key)
            many = field.kind.startswith("multi_") or field.kind == "checkboxes"
            if field.kind.endswith("external_select"):
                self.human.options(modal, key, value)
            modal.fill(key, value.split(",") if many else value)
        return self._did(modal.submit, None)

    def _shown(self) -> dict[tuple[str, str], Screen]:
        """What is before this person alone: ephemerals, the modal, and the answers in their chat with the bot."""
        found: dict[tuple[str, str], Screen] = {("ephemeral", each.ts + each.text): each for each in self.human.ephemerals()}
        direct = self.human.sees(self.human.bot_dm)
        found |= {("direct", each.ts): each for each in direct if each.metadata and key_of(each).endswith(":answer")}
        modal = self.human.modal
        return found | ({("modal", f"{modal.view.id}{modal.view.hash}"): modal.view} if modal is not None else {})


def key_of(message: Message) -> str:
    return "" if message.metadata is None else str(message.metadata["event_payload"]["key"])


def control_on(where: Screen, label: str, step: str) -> Control | None:
    """A button of this name, or a menu with such an entry; `step`: in the block with these words or the next one below."""
    above = ""
    by_block: dict[int, list[Control]] = {}
    for control in controls(where.blocks):
        by_block.setdefault(id(control.block), []).append(control)
    for block in where.blocks:
        text = block.get("text")
        above = text["text"] if isinstance(text, dict) else "" if block["type"] == "context" else above
        for control in by_block.get(id(block), []):
            names = [option["text"]["text"] for option in control.options] if control.kind == "overflow" else [control.label]
            if control.kind in ("button", "overflow") and label in names and step in above:
                return control
    return None


def unmarked(text: str) -> str:
    """The words without the stars of bold and with plain spaces."""
    return text.replace("*", "").replace("\u00a0", " ").replace("\u200b", "").replace("\u3000", " ")


def user_of(person: str) -> str:
    return f"U{person.upper()}"
