"""How blocks look on a screen: their words, and the control that a person means."""

from __future__ import annotations

from typing import Any

from tests.slack.double import mrkdwn
from tests.slack.double.controls import Control, controls
from tests.slack.double.model import Ephemeral, Message, View
from tests.slack.double.workspace import Workspace


class NotThere(AssertionError):
    """The person cannot see this, or it has no such control."""


class Screen:
    """A message, ephemeral or view as words, one line for each text, with names for ids."""

    def __init__(self, ws: Workspace, where: Message | Ephemeral | View) -> None:
        self._ws, self._where = ws, where

    @property
    def words(self) -> str:
        where = self._where
        if isinstance(where, View):
            title = where.body.get("title")
            return "\n".join([*([title["text"]] if title else []), *self.lines(where.blocks)])
        if where.blocks and not all(block["type"] == "rich_text" for block in where.blocks):
            return "\n".join(self.lines(where.blocks))
        return mrkdwn.read(where.text, self._name)

    def lines(self, node: Any) -> list[str]:
        """Texts in the order of the screen; an image reads its description."""
        match node:
            case {"type": "plain_text", "text": str() as text}:
                return [text]
            case {"type": "mrkdwn", "text": str() as text}:
                return [mrkdwn.read(text, self._name)]
            case {"type": "text" | "raw_text" | "markdown", "text": str() as text}:
                return [text]
            case {"type": "image", "alt_text": str() as text}:
                return [text]
            case dict():
                order = ("label", "title", "text", "fields", "rows", "elements", "element", "accessory", "hint", "options", "placeholder")
                return [line for key in order if key in node for line in self.lines(node[key])]
            case list():
                return [line for item in node for line in self.lines(item)]
        return []

    def _name(self, id: str) -> str:
        ws = self._ws
        if id in ws.users:
            return ws.users[id].real_name
        if id in ws.groups:
            return ws.groups[id].handle
        return ws.channels[id].name if id in ws.channels else id


def find(ws: Workspace, where: Message | Ephemeral | View, what: str, kinds: set[str], near: str) -> Control:
    """The control called `what`. Several of that name need `near`: words of its own block or of the last text above."""
    found, above = [], ""
    heard = list(controls(where.blocks))
    for block in where.blocks:
        if block["type"] != "actions":
            above = "\n".join(Screen(ws, where).lines(block))
        here = (control for control in heard if control.block is block and control.kind in kinds)
        found += [control for control in here if control.called(what) and near in above]
    if not found:
        raise NotThere(f"no {what!r}{' near ' + repr(near) if near else ''} here, but {[control.label for control in heard]}")
    if len({str(control.element) for control in found}) > 1:
        raise NotThere(f"{len(found)} controls are called {what!r}; say near=…")
    return found[0]
