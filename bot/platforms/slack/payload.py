"""What Slack sends, read as checked values: who did what where, and by which ways an answer can reach them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.platforms.spoken import storable

Body = Mapping[str, Any]
Kind = Literal["command", "press", "home", "shortcut", "submission", "event"]
FORM = "form"  # which form of the modal it is, from the second one on
PINS = frozenset({"pushpin", "round_pushpin"})
TALK = frozenset({None, "file_share", "thread_broadcast"})
"""The subtypes under which a person says something; all others are Slack's own remarks, or changes to what was said before."""
MARKS = re.compile(r"<([@#!][^<>\n]+|[A-Za-z][\w+.-]*:[^<>\n]+)>")
PEOPLE = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>\n]*)?>")
ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class Malformed(ValueError):
    """A payload without what every payload of its kind has; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One thing a person did in Slack.

    key: what the request is known by, the same when Slack sends it again. room: the channel's id, "" in App Home and global shortcuts.
    message: the ref of the message pressed on. respond: the response_url. view: the modal it was done in. meta: the ids that a modal
    carries (room, record, slot). line: what was said to the bot, to be said again by a button.
    """

    kind: Kind
    key: str
    user: str
    room: str = ""
    message: str = ""
    thread: str = ""
    trigger: str = ""
    respond: str = ""
    view: Body | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    line: str = ""

    @property
    def in_modal(self) -> bool:
        return self.view is not None and self.kind != "home"

    @property
    def direct(self) -> bool:
        """In the person's own chat with the bot, where every message is for this person anyway."""
        return self.room.startswith("D")


def text(body: Body, *path: str, otherwise: str | None = None) -> str:
    """The string at the end of the path; malformed where there is none, unless something else will do."""
    found: object = body
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, str) and (found or otherwise is not None):
        return found
    if otherwise is None:
        raise Malformed(".".join(path))
    return otherwise


def part(body: Body, name: str) -> Body:
    """The object under the name, empty where there is none."""
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def command(body: Body) -> Occasion:
    trigger = text(body, "trigger_id")
    return Occasion(
        "command", f"slack:{trigger}", text(body, "user_id"), text(body, "channel_id"), trigger=trigger,
        respond=text(body, "response_url", otherwise=""),
    )  # fmt: skip


def shortcut(body: Body) -> Occasion:
    trigger, room = text(body, "trigger_id"), text(body, "channel", "id", otherwise="")
    return Occasion(
        "shortcut", f"slack:{trigger}", text(body, "user", "id"), room, trigger=trigger, respond=text(body, "response_url", otherwise="")
    )


def pressed(body: Body) -> Occasion:
    """A press on a message, in a modal or in App Home. A modal says by its metadata from which room it was opened."""
    trigger, user = text(body, "trigger_id"), text(body, "user", "id")
    if view := part(body, "view"):
        kind: Kind = "home" if view.get("type") == "home" else "press"
        meta = carried(view)
        return Occasion(kind, f"slack:{trigger}", user, meta.get("room", ""), trigger=trigger, view=view, meta=meta)
    room = text(body, "channel", "id", otherwise="") or text(body, "container", "channel_id")
    sent = text(body, "container", "message_ts", otherwise="") or text(body, "message", "ts")
    thread = text(body, "message", "thread_ts", otherwise="") or text(body, "container", "thread_ts", otherwise="")
    return Occasion(
        "press", f"slack:{trigger}", user, room, f"{room}/{sent}", "" if thread == sent else thread, trigger,
        text(body, "response_url", otherwise=""),
    )  # fmt: skip


def control(body: Body) -> Body:
    """The one control that was used; Slack sends a list of one."""
    actions = body.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], Mapping):
        raise Malformed("actions")
    return actions[0]


def submitted(body: Body) -> Occasion:
    """A modal is answered once for each form shown in it, so its id and the form's number in it are the key."""
    view = part(body, "view")
    meta = carried(view)
    key = ":".join(filter(None, ("slack:view", text(view, "id"), meta.get(FORM))))
    return Occasion(
        "submission", key, text(body, "user", "id"), meta.get("room", ""), trigger=text(body, "trigger_id", otherwise=""), view=view,
        meta=meta,
    )  # fmt: skip


def carried(view: Body) -> Mapping[str, str]:
    """The ids that a modal carries beside the arguments of its form. Slack keeps them for us; rights are asked anew all the same."""
    try:
        found = json.loads(text(view, "private_metadata", otherwise="") or "{}")
    except json.JSONDecodeError as wrong:
        raise Malformed("private_metadata") from wrong
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def next_form(meta: Mapping[str, str]) -> Mapping[str, str]:
    """What the form carries that follows another one in the same modal."""
    return {**meta, FORM: str(int(meta.get(FORM, "1")) + 1) if meta.get(FORM, "1").isdigit() else "2"}


@dataclass(frozen=True, slots=True)
class Message:
    """What a person said in a room or to the bot. `spoken` is as Slack wrote it, with its marks."""

    occasion: Occasion
    spoken: str
    mention: bool


def said(body: Body) -> Message | None:
    """A line of a person in a message or mention; None for what bots and Slack itself say, and for changes to what was said."""
    event = part(body, "event")
    if event.get("subtype") not in TALK or event.get("bot_id") or event.get("edited") or event.get("hidden"):
        return None
    user, room, at = (text(event, name, otherwise="") for name in ("user", "channel", "ts"))
    if not (user and room and at):
        return None
    thread = text(event, "thread_ts", otherwise="")
    occasion = Occasion("event", f"slack:{room}:{at}", user, room, thread="" if thread == at else thread)
    return Message(occasion, text(event, "text", otherwise=""), event.get("type") == "app_mention")


def happened(body: Body, *room: str) -> Occasion:
    """Any other event that a person caused; `room` is the path of the channel's id in it."""
    event = part(body, "event")
    return Occasion("event", f"slack:{text(body, 'event_id')}", text(event, "user"), text(event, *room) if room else "")


# --- what was typed -----------------------------------------------------------------------------------------------------------


def mentioned(spoken: str) -> tuple[str, ...]:
    """The users mentioned in a text, each once."""
    return tuple(dict.fromkeys(PEOPLE.findall(spoken)))


def typed(spoken: str, called: Callable[[str], str | None]) -> str:
    """What was typed, from the way Slack writes it: people by `called` (a name for a user id), links and rooms by their words."""
    plain = MARKS.sub(lambda mark: _unmarked(mark[1], called), spoken)
    for escape, sign in ESCAPES:
        plain = plain.replace(escape, sign)
    return storable(plain)


def _unmarked(mark: str, called: Callable[[str], str | None]) -> str:
    target, _, label = mark.partition("|")
    match target[:1]:
        case "@":
            return f"@{called(target[1:]) or label.removeprefix('@') or target[1:]}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return label or "@" + target[1:].partition("^")[0]
        case _:
            return _link(target, label)


def _link(target: str, label: str) -> str:
    """Slack makes links of addresses by itself; a link that somebody gave other words keeps both."""
    if not label:
        return target
    address = urlsplit(target.replace("&amp;", "&"))
    bare = (address.netloc + address.path).rstrip("/") or target
    return label if label.rstrip("/") in (target, bare, target.rstrip("/")) else f"{label} {target}"


def without(spoken: str, user: str) -> str:
    """A line to the bot without the mention that called it; where the bot's own id is not known yet, without the first one."""
    mark = re.compile(rf"<@{re.escape(user)}(?:\|[^<>\n]*)?>\s*[,，:：]?" if user else PEOPLE.pattern + r"\s*[,，:：]?")
    return mark.sub(" ", spoken, count=0 if user else 1).strip()


def shown(message: Body) -> str:
    """What a message says, as Slack writes it; the first of its attachments where other programs put all of it."""
    attached = message.get("attachments")
    parts = [message, *(part for part in attached if isinstance(part, Mapping))] if isinstance(attached, list) else [message]
    found = (text(part, name, otherwise="") for part in parts for name in ("text", "fallback", "title"))
    return next((each for each in found if each.strip()), "")


def link(team_url: str, room: str, at: str, thread: str = "") -> str:
    """The address of a message, made without asking Slack; "" where the team's own address is not known."""
    if not team_url or not at:
        return ""
    found = f"{team_url.rstrip('/')}/archives/{room}/p{at.replace('.', '')}"
    return f"{found}?thread_ts={thread}&cid={room}" if thread and thread != at else found
