"""A modal on somebody's screen: fields by their labels, and what a submission's answer does to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.slack.double import api_views
from tests.slack.double.controls import HELD, Control, controls, entry
from tests.slack.double.model import ApiError, View
from tests.slack.double.screen import NotThere
from tests.slack.double.workspace import Workspace

if TYPE_CHECKING:
    from tests.slack.double.person import Person, Seen


class Modal:
    """`modal.fill("标题", "…").submit()`; `errors` and `values` go by label."""

    def __init__(self, person: Person, view: View) -> None:
        self.person, self.view = person, view

    @property
    def title(self) -> str:
        return str(self.view.body["title"]["text"])

    @property
    def words(self) -> str:
        return self.person.reads(self.view)

    @property
    def open(self) -> bool:
        return self.view.id in self.person.ws.views

    @property
    def labels(self) -> list[str]:
        return [control.label for control in controls(self.view.blocks)]

    @property
    def values(self) -> dict[str, Any]:
        """What is filled in now: text, option values, ids."""
        found: dict[str, Any] = {}
        for control in controls(self.view.blocks):
            if control.kind in HELD:
                held = self.view.values[control.block["block_id"]][control.element["action_id"]][HELD[control.kind][0]]
                found[control.label] = _plain(held)
        return found

    @property
    def errors(self) -> Mapping[str, str]:
        """By label."""
        labels = {control.block["block_id"]: control.label for control in controls(self.view.blocks)}
        return {labels.get(block, block): text for block, text in self.view.errors.items()}

    def field(self, label: str) -> Control:
        for control in controls(self.view.blocks):
            if control.kind in HELD and control.called(label):
                return control
        raise NotThere(f"no field {label!r} in {self.title!r}, but {self.labels}")

    def fill(self, label: str, value: Any) -> Modal:
        """Put something into a field: text; the words or values of options; ids of people and rooms. None empties it."""
        control = self.field(label)
        if control.block["type"] == "input" and not control.block.get("dispatch_action"):
            self.view.values[control.block["block_id"]][control.element["action_id"]] = entry(control, self.person.picked(control, value))
        else:
            self.person.selects(self, label, value)
        return self

    def clicks(self, what: str, *, near: str = "") -> Seen:
        return self.person.clicks(self.view, what, near=near)

    def submit(self, **fields: Any) -> Seen:
        for label, value in fields.items():
            self.fill(label, value)
        return self.person.submits(self.view)

    def close(self) -> None:
        self.person.closes(self.view)


def _plain(held: Any) -> Any:
    match held:
        case {"value": value, "text": _}:
            return value
        case list():
            return [_plain(item) for item in held]
    return held


def answered(ws: Workspace, view: View, body: Any) -> str | None:
    """What the answer to a submission does; an error code when Slack cannot make anything of it, and the modal stays."""
    stack = ws.screens[view.user]
    if not body:
        if view.id in stack:
            stack.remove(view.id)
            ws.views.pop(view.id, None)
        return None
    if not isinstance(body, dict):
        ws.frown("answer", "view_submission", f"not an answer: {body!r}")
        return "invalid_response"
    try:
        match body.get("response_action"):
            case "errors":
                return _errors(ws, view, body.get("errors"))
            case "clear":
                api_views.clear(ws, view.user)
            case "update":
                api_views.refill(ws, view, api_views.checked(ws, "view_submission", body.get("view"), "modal"))
            case "push":
                if len(stack) >= api_views.STACK_MOST:
                    raise ApiError("push_limit_reached")
                api_views.show(ws, view.user, api_views.checked(ws, "view_submission", body.get("view"), "modal"), view)
            case other:
                raise ApiError(f"invalid response_action {other!r}")
    except ApiError as error:
        ws.frown("answer", "view_submission", f"{error.code} {' '.join(error.messages)}")
        return error.code
    return None


def _errors(ws: Workspace, view: View, errors: Any) -> str | None:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        ws.frown("answer", "view_submission", f"errors must name input blocks, not {errors!r}")
        return "invalid_errors"
    view.errors = {str(block): str(text) for block, text in errors.items()}
    return None
