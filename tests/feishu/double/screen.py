"""How a card or message looks: its words, its controls by what they say, and what stands in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.feishu.double import api_messages, cards, markdown
from tests.feishu.double.model import BOT, Ephemeral, Json, Message
from tests.feishu.double.tags import INPUTS
from tests.feishu.double.tenant import Tenant

Where = Message | Ephemeral
PRESSED = frozenset(["button", "overflow", "interactive_container", *INPUTS])


class NotThere(AssertionError):
    """The person cannot see this, or it has no such control."""


@dataclass(frozen=True)
class Control:
    """A component that a person can use. `label` is what they call it; `above` the last text before it; `form` the form around it."""

    element: Json
    label: str
    above: str
    form: Json | None

    @property
    def kind(self) -> str:
        return str(self.element["tag"])

    @property
    def name(self) -> str:
        return str(self.element.get("name", ""))

    @property
    def required(self) -> bool:
        return bool(self.element.get("required"))

    def called(self, word: str) -> bool:
        texts = (self.element.get(key, {}).get("content") for key in ("label", "text", "placeholder"))
        known = (self.label, self.name, self.element.get("element_id"), *texts)
        return word in known or (self.kind in INPUTS and word == bare(self.above))

    @property
    def asked_above(self) -> bool:
        """Whether the text above is its label, as it has none of its own."""
        return self.kind in INPUTS and not self.element.get("label", {}).get("content") and not self.element.get("text", {}).get("content")

    @property
    def options(self) -> list[str]:
        return [option.get("text", {}).get("content", option.get("value", "")) for option in self.element.get("options", [])]

    def value(self, words: Any) -> Any:
        """What the component holds when a person puts these words there: option texts become values."""
        if self.kind in ("select_static", "multi_select_static", "overflow"):
            return [self._option(word) for word in words] if isinstance(words, list | tuple) else self._option(words)
        return words

    def _option(self, word: Any) -> str:
        for option in self.element["options"]:
            if word in (option.get("text", {}).get("content"), option.get("value")):
                return str(option.get("value", ""))
        raise NotThere(f"{self.label!r} offers no {word!r}, but {self.options}")

    @property
    def initial(self) -> Any:
        """What stands there before anybody touched it; None when nothing does."""
        element = self.element
        match self.kind:
            case "input":
                return element.get("default_value", "")
            case "checker":
                return element.get("checked", False)
            case "multi_select_static" | "multi_select_person":
                return element.get("selected_values")
            case "date_picker" | "picker_time" | "picker_datetime":
                found = element.get(f"initial_{self.kind.removeprefix('picker_').removesuffix('_picker')}")
                return found and f"{found} +0800"
        if element.get("initial_index"):
            return element["options"][element["initial_index"] - 1]["value"]
        return element.get("initial_option")


def bare(text: str) -> str:
    """A label without the marks around it, and without what is explained in the lines below or, after a wide space, beside it."""
    return text.strip().partition("\n")[0].partition("\u3000")[0].strip().strip("*＊：: ").strip()


class Screen:
    """What somebody reads: one line for each text, with names for ids."""

    def __init__(self, tenant: Tenant, where: Where) -> None:
        self._tenant, self._where = tenant, where

    @property
    def words(self) -> str:
        where = self._where
        if isinstance(where, Message) and where.recalled:
            return ""
        if where.card is not None:
            return "\n".join(self.lines([where.card.get("header", {}), where.card.get("body", {})]))
        assert isinstance(where, Message)
        return self._text(where)

    @property
    def title(self) -> str:
        """What old clients and the list of chats show."""
        card = self._where.card or {}
        return str(card.get("header", {}).get("title", {}).get("content", ""))

    def _text(self, message: Message) -> str:
        text = str(json.loads(message.content).get("text", message.content))
        for mention in message.mentions:
            text = text.replace(mention["key"], f"@{mention['name']}")
        text = text.replace("@_all", "@所有人")
        return api_messages.AT.sub(lambda it: f"@{self.name(it[1])}", text)

    def lines(self, node: Any) -> list[str]:
        """Texts in the order of the screen."""
        match node:
            case {"tag": "plain_text", "content": str() as text}:
                return [text] if text else []
            case {"tag": "markdown" | "lark_md", "content": str() as text}:
                return [markdown.read(text, self.name)]
            case {"tag": "img", "alt": alt}:
                return self.lines(alt)
            case {"tag": "person", "user_id": str() as id}:
                return [self.name(id)]
            case {"tag": "person_list", "persons": persons}:
                return [" ".join(self.name(it["id"]) for it in persons)]
            case {"tag": "table", "columns": columns, "rows": rows}:
                head = " ".join(str(it.get("display_name", it["name"])) for it in columns)
                return [head, *(" ".join(self._cell(row.get(it["name"])) for it in columns) for row in rows)]
            case dict():
                order = (
                    "title",
                    "subtitle",
                    "text_tag_list",
                    "header",
                    "label",
                    "text",
                    "fields",
                    "columns",
                    "elements",
                    "placeholder",
                    "options",
                )
                held = [node["default_value"]] if node.get("default_value") else []
                return [line for key in order if key in node for line in self.lines(node[key])] + held
            case list():
                return [line for item in node for line in self.lines(item)]
        return []

    def _cell(self, value: Any) -> str:
        if isinstance(value, list):
            return " ".join(self._cell(it.get("text", it) if isinstance(it, dict) else it) for it in value)
        return markdown.read(value, self.name) if isinstance(value, str) else str(value if value is not None else "")

    def name(self, id: str) -> str:
        if id == "all":
            return "所有人"
        if id in (self._tenant.bot_open_id, BOT):
            return self._tenant.bot_name
        return self._tenant.users[id].name if id in self._tenant.users else id

    # --- controls -----------------------------------------------------------------------------------------------------------

    def controls(self) -> list[Control]:
        """Everything that can be pressed, chosen or filled in, from the top down."""
        card = self._where.card or {}
        return list(self._controls(card.get("body", {}).get("elements", []), None, [""]))

    def _controls(self, node: Any, form: Json | None, above: list[str]) -> Iterator[Control]:
        for element in node:
            tag = element["tag"]
            if tag in PRESSED:
                yield Control(element, self._label(element, above[0]), above[0], form)
            elif tag not in ("column_set", "column", "form"):
                lines = self.lines({**element, "elements": []})
                above[0] = lines[-1] if lines else above[0]
            inner = element.get("columns", element.get("elements", [])) if tag != "table" else []
            yield from self._controls(inner, element if tag == "form" else form, above)

    def _label(self, element: Json, above: str) -> str:
        for key in ("label", "text"):
            if element.get(key, {}).get("content"):
                return self.lines(element[key])[0]
        if element["tag"] in INPUTS and above:
            return bare(above)
        if element["tag"] == "interactive_container":
            return " ".join(self.lines(element["elements"]))
        return str(element.get("placeholder", {}).get("content", "") or element.get("name", ""))

    def find(self, what: str, kinds: frozenset[str] | set[str], near: str = "") -> Control:
        """The control called `what`. Several of that name need `near`: words of the text above them, or of their own row."""
        heard = self.controls()
        found = [it for it in heard if it.kind in kinds and it.called(what) and (not near or near in it.above or near in self._row(it))]
        if not found:
            raise NotThere(f"no {what!r}{' near ' + repr(near) if near else ''} here, but {[it.label for it in heard]}")
        if len({str(it.element) for it in found}) > 1:
            raise NotThere(f"{len(found)} controls are called {what!r}; say near=…")
        return found[0]

    def _row(self, control: Control) -> str:
        """The words of the smallest row that holds a control."""
        card = self._where.card or {}
        rows = [
            it for it in cards.walk(card.get("body", {})) if it.get("tag") in ("column_set", "interactive_container", "collapsible_panel")
        ]
        holding = [it for it in rows if any(node is control.element for node in cards.walk(it))]
        return "\n".join(self.lines(holding[-1])) if holding else ""
