"""A form in a card, as somebody fills it in: what they typed stays until the card is drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.feishu.double.markdown import RED, read
from tests.feishu.double.model import Json
from tests.feishu.double.screen import Control, NotThere, Screen, Where
from tests.feishu.double.tags import INPUTS

if TYPE_CHECKING:
    from tests.feishu.double.person import Person, Seen

REQUIRED = "此项为必填项"


class Form:
    """Get it with `person.form(message)`; it is always what stands in the card now."""

    def __init__(self, person: Person, where: Where) -> None:
        self._person, self.where = person, where

    @property
    def _screen(self) -> Screen:
        return Screen(self._person.ws, self.where)

    @property
    def open(self) -> bool:
        """Whether there is still something to fill in."""
        return any(it.form is not None for it in self._screen.controls())

    @property
    def title(self) -> str:
        return self._screen.title

    @property
    def words(self) -> str:
        return self._screen.words

    @property
    def fields(self) -> list[Control]:
        return [it for it in self._screen.controls() if it.form is not None and it.kind in INPUTS]

    @property
    def labels(self) -> list[str]:
        return [it.label for it in self.fields]

    @property
    def values(self) -> dict[str, Any]:
        """What stands in each field, by label."""
        held = self._held()
        return {it.label: held.get(it.name) for it in self.fields}

    @property
    def errors(self) -> dict[str, str]:
        """Red words in the form, by the field in whose label they stand, else under which (or above, before the first one)."""
        found: dict[str, str] = {}
        pending, last, nodes = "", "", self._nodes()
        by_element = {id(it.element): it for it in self.fields}
        for node, after in zip(nodes, [*nodes, {}][1:], strict=True):
            below = by_element.get(id(after))
            if id(node) in by_element:
                last = by_element[id(node)].label
                if pending:
                    found[last], pending = pending, ""
            elif node["tag"] == "markdown" and (words := self._red(node["content"])):
                if below is not None and below.asked_above and last:
                    found[below.label] = words
                elif last:
                    found[last] = words
                else:
                    pending = words
        return found

    def _red(self, content: str) -> str:
        """What is said in red; the star of what must be answered says nothing."""
        read_red = (read(red, self._screen.name) for red in RED.findall(content))
        return " ".join(words for words in read_red if words.strip("*＊ "))

    def _nodes(self) -> list[Json]:
        def flat(items: Any) -> list[Json]:
            return [it for item in items for it in [item, *flat(item.get("columns", item.get("elements", [])))]]

        form = next((it.form for it in self._screen.controls() if it.form is not None), None)
        return flat(form["elements"]) if form is not None else []

    def _held(self) -> dict[str, Any]:
        """By name, as `form_value` has it: empty inputs are empty words, what was never chosen is not there."""
        typed = self._person.ws.typed.get((self._person.id, self.where.id), {})
        found = {it.name: typed.get(it.name, it.initial) for it in self.fields}
        return {name: value for name, value in found.items() if value is not None}

    def fill(self, label: str, value: Any) -> Form:
        """Type, choose (by the words of the option), pick a date (`2024-04-01`) or tick (a bool); people by name."""
        control = self._screen.find(label, INPUTS)
        if control.form is None:
            raise NotThere(f"{label!r} stands in no form")
        if control.element.get("disabled"):
            raise NotThere(f"{label!r} cannot be changed")
        most = control.element.get("max_length", 1000)
        if control.kind == "input" and len(value) > most:
            raise NotThere(f"{label!r} takes {most} characters")
        with self._person.ws.lock:
            typed = self._person.ws.typed.setdefault((self._person.id, self.where.id), {})
            typed[control.name] = self._person.picked(control, value)
        return self

    def submit(self, button: str = "") -> Seen:
        """Press the button that submits; what the client itself refuses never leaves it."""
        return self._person.submits(self, button)

    def lacking(self) -> dict[str, str]:
        held = self._held()
        return {it.label: REQUIRED for it in self.fields if it.required and held.get(it.name) in (None, "", [], False)}

    def action(self, button: Control) -> Json:
        found: Json = {"tag": "button", "name": button.name, "form_value": self._held()}
        values = [it["value"] for it in button.element.get("behaviors", []) if it["type"] == "callback"]
        return found | ({"value": values[0]} if values else {})

    def submitter(self, words: str) -> Control:
        found = [it for it in self._screen.controls() if it.element.get("form_action_type") == "submit" and (not words or it.called(words))]
        if len(found) != 1:
            raise NotThere(f"{len(found)} buttons submit{' ' + repr(words) if words else ''}")
        return found[0]
