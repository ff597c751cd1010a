"""views.*: modals on a stack of three, and the Home."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.slack.double import blocks as judge
from tests.slack.double.api_chat import spoken, with_ids
from tests.slack.double.args import Args
from tests.slack.double.controls import HELD, controls, entry_of, initial, lacking, stateful
from tests.slack.double.model import ApiError, Json, Sent, View
from tests.slack.double.workspace import Workspace

STACK_MOST = 3


def checked(ws: Workspace, method: str, view: Any, kind: str) -> Json:
    """A view with every id set, or what is wrong with it."""
    if isinstance(view, dict) and isinstance(view.get("blocks"), list):
        ws.sent.append(Sent(method, kind, "", view["blocks"], view))
    faults = judge.view_faults(view)
    if not faults and view["type"] != kind:
        faults = [("/view/type", f"must be {kind}")]
    if faults:
        ws.frown("blocks", method, f"{faults[0][1]} at {faults[0][0]}")
        raise ApiError("invalid_arguments", *(f"[ERROR] {what} [json-pointer:{where}]" for where, what in faults))
    if judge.bytes_of(view) > judge.VIEW_BYTES:
        raise ApiError("view_too_large")
    spoken(ws, method, "", [view])
    return {**view, "blocks": with_ids(view["blocks"])}


def _unique(ws: Workspace, body: Json, but: str = "") -> None:
    wanted = body.get("external_id")
    if wanted and any(view.body.get("external_id") == wanted for view in ws.views.values() if view.id != but):
        raise ApiError("duplicate_external_id")


def _hash(ws: Workspace, id: str) -> str:
    return f"{ws.ts().partition('.')[0]}.{hashlib.sha256((id + ws.ts()).encode()).hexdigest()[:8]}"


def show(ws: Workspace, user: str, body: Json, below: View | None) -> View:
    """A new modal on somebody's screen, alone or on top of another."""
    id = ws.id("V")
    made = View(id, user, body, _hash(ws, id), below.root if below else id, below.id if below else None, initial(body["blocks"]))
    if below is None:
        clear(ws, user)
    ws.views[id] = made
    ws.screens[user].append(id)
    return made


def clear(ws: Workspace, user: str) -> None:
    for id in ws.screens.pop(user, []):
        ws.views.pop(id, None)


def refill(ws: Workspace, view: View, body: Json) -> None:
    """Replace a view; what was filled in stays where block id, action id and kind stay."""
    fresh = initial(body["blocks"])
    for block, element in stateful(body["blocks"]):
        kept = view.values.get(block["block_id"], {}).get(element["action_id"])
        if kept is not None and kept["type"] == element["type"] and entry_of(element) == entry_of_old(view, block, element):
            fresh.setdefault(block["block_id"], {})[element["action_id"]] = kept
    view.body, view.values, view.errors, view.hash = body, fresh, {}, _hash(ws, view.id)


def entry_of_old(view: View, block: Json, element: Json) -> Json:
    """The initial entry that the same element had before."""
    for old_block, old in stateful(view.blocks):
        if (old_block["block_id"], old["action_id"]) == (block["block_id"], element["action_id"]):
            return entry_of(old)
    return {}


def open_(args: Args) -> Json:
    ws = args.ws
    trigger = ws.exchange(args.text("trigger_id"))
    body = checked(ws, args.method, args.data("view"), "modal")
    _unique(ws, body)
    return {"view": ws.view(show(ws, trigger.user, body, None))}


def push(args: Args) -> Json:
    ws = args.ws
    trigger = ws.exchange(args.text("trigger_id"))
    body = checked(ws, args.method, args.data("view"), "modal")
    _unique(ws, body)
    stack = ws.screens[trigger.user]
    if not stack:
        raise ApiError("view_not_found")
    if len(stack) >= STACK_MOST:
        raise ApiError("push_limit_reached")
    return {"view": ws.view(show(ws, trigger.user, body, ws.views[stack[-1]]))}


def update(args: Args) -> Json:
    ws = args.ws
    by_external = next((view for view in ws.views.values() if view.body.get("external_id") == args.text("external_id", "-")), None)
    found = ws.views.get(args.text("view_id")) or by_external
    if found is None:
        raise ApiError("not_found")
    if args.text("hash") and args.text("hash") != found.hash:
        raise ApiError("hash_conflict")
    body = checked(ws, args.method, args.data("view"), found.body["type"])
    _unique(ws, body, found.id)
    refill(ws, found, body)
    return {"view": ws.view(found)}


def publish(args: Args) -> Json:
    ws, user = args.ws, args.text("user_id")
    if user not in ws.users or ws.users[user].deleted or ws.users[user].is_bot:
        raise ApiError("user_not_found")
    body, home = checked(ws, args.method, args.data("view"), "home"), ws.homes.get(user)
    if args.text("hash") and home and args.text("hash") != home.hash:
        raise ApiError("hash_conflict")
    if home is None:
        id = ws.id("V")
        home = ws.homes[user] = View(id, user, body, _hash(ws, id), id, None, initial(body["blocks"]))
        ws.views[id] = home
    else:
        refill(ws, home, body)
    return {"view": ws.view(home)}


def lacks(view: View) -> dict[str, str]:
    """What the client refuses to submit, by block id."""
    found = {}
    for control in controls(view.blocks):
        if control.kind in HELD and control.block["type"] == "input":
            why = lacking(control, view.values[control.block["block_id"]][control.element["action_id"]])
            if why:
                found[control.block["block_id"]] = why
    return found
