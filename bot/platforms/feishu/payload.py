"""What Feishu sends, read as checked values: who did what where, and by which ways an answer can reach them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.platforms.spoken import storable

Body = Mapping[str, Any]
Ack = dict[str, Any] | None
"""What goes back to Feishu: a card callback's toast and card; nothing for an event."""
Kind = Literal["said", "menu", "happened", "press", "form"]
PINS = frozenset({"Pin"})
"""The emoji types by which a message is put into the timeline; 📌 is `Pin` in Feishu."""
PLACEHOLDER = re.compile(r"@_user_\d+|@_all")
EVERYBODY = "所有人"
PATH = re.compile(r"\s*[/／][\x21-\x7e]*[/.][\x21-\x7e]*(?:\s|$)")
"""A line that begins with a path of some machine, which is no command."""
DAY = 86_400_000  # milliseconds


class Malformed(ValueError):
    """A payload without what every payload of its kind has; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """One thing a person did in Feishu.

    key: what the request is known by, the same when Feishu sends it again. user: an open_id. room: the chat's id, "" where the event
    names none. message: the message that was pressed on. card: the key of the card that stands there (record/slot). line: what was said
    to the bot, to be said again by a button. direct: in the person's own chat with the bot.
    """

    kind: Kind
    key: str
    user: str
    room: str = ""
    message: str = ""
    card: str = ""
    line: str = ""
    direct: bool = False

    @property
    def event(self) -> bool:
        """Feishu sends it again until it hears 200; a press comes once, and its answer is shown."""
        return self.kind in ("said", "menu", "happened")

    @property
    def record(self) -> str | None:
        """The record of the card that was pressed on."""
        record, slash, _ = self.card.partition("/")
        return record if slash and record else None


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


def part(body: Body, *path: str) -> Body:
    """The object at the end of the path, empty where there is none."""
    found: object = body
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def parts(body: Body, name: str) -> list[Body]:
    """The objects of a list; what is none is left out."""
    found = body.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def kind_of(body: Body) -> str:
    """The type of an event or callback, "" for what is neither (or of the old protocol, which nobody subscribes)."""
    return text(body, "header", "event_type", otherwise="")


# --- what was done ------------------------------------------------------------------------------------------------------------


def happened(body: Body, kind: Kind, *user: str) -> Occasion:
    """Any event that a person caused; `user` is the path of their open_id in it."""
    event = part(body, "event")
    key = f"feishu:{text(body, 'header', 'event_id')}"
    return Occasion(kind, key, text(event, *user), text(event, "chat_id", otherwise=""))


def pressed(body: Body) -> Occasion:
    """A press on a card. Older payloads have their context beside the event."""
    event = part(body, "event")
    context = part(event, "context") or part(body, "context")
    return Occasion(
        "press", f"feishu:{text(body, 'header', 'event_id')}", text(event, "operator", "open_id"),
        text(context, "open_chat_id", otherwise=""), text(context, "open_message_id", otherwise=""),
    )  # fmt: skip


def users(body: Body) -> tuple[str, ...]:
    """The open_ids of those who came or went."""
    found = (text(user, "user_id", "open_id", otherwise="") for user in parts(part(body, "event"), "users"))
    return tuple(dict.fromkeys(filter(None, found)))


def quiet_since(body: Body, now: float) -> bool:
    """Whether nothing was said for a day in the chat that somebody has opened. `now` in seconds."""
    last = text(body, "event", "last_message_create_time", otherwise="")
    return not (last.isascii() and last.isdigit()) or now * 1000 - int(last[:16]) > DAY


# --- what was said ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who is mentioned: the placeholder in the text, the open_id, the name they go by in Feishu."""

    mark: str
    user: str
    name: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a person said in a room or to the bot; `spoken` has placeholders for who is mentioned."""

    occasion: Occasion
    spoken: str
    mentions: tuple[Mention, ...]


def said(body: Body) -> Message | None:
    """A message of a person; None for what bots say."""
    event = part(body, "event")
    message = part(event, "message")
    if text(event, "sender", "sender_type", otherwise="user") != "user":
        return None
    user, room, id_ = text(event, "sender", "sender_id", "open_id"), text(message, "chat_id"), text(message, "message_id")
    direct = text(message, "chat_type", otherwise="group") == "p2p"
    occasion = Occasion("said", f"feishu:{id_}", user, room, id_, direct=direct)
    spoken = words(text(message, "message_type", otherwise=""), text(message, "content", otherwise=""))
    return Message(occasion, spoken, mentions(message))


def mentions(message: Body) -> tuple[Mention, ...]:
    """Events give an object of ids, messages that are asked for give one id."""
    found = []
    for each in parts(message, "mentions"):
        id_ = each.get("id")
        user = id_ if isinstance(id_, str) else text(each, "id", "open_id", otherwise="")
        found.append(Mention(text(each, "key", otherwise=""), user, text(each, "name", otherwise="")))
    return tuple(found)


def words(kind: str, content: str) -> str:
    """The words of a message by its type; pictures, cards and the like have none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    match kind:
        case "text":
            return text(found, "text", otherwise="")
        case "post":
            return "\n".join(filter(None, _post(found)))
        case "file":
            return text(found, "file_name", otherwise="")
        case _:
            return ""


def _post(content: Body) -> Iterator[str]:
    """A text of paragraphs, as it stands or (sent by some clients) under its language."""
    inner = content if isinstance(content.get("content"), list) else next((it for it in content.values() if isinstance(it, Mapping)), {})
    yield text(inner, "title", otherwise="")
    rows = inner.get("content")
    for row in rows if isinstance(rows, list) else []:
        yield "".join(_spoken(piece) for piece in row if isinstance(piece, Mapping)) if isinstance(row, list) else ""


def _spoken(piece: Body) -> str:
    match piece.get("tag"):
        case "at":
            mark = text(piece, "user_id", otherwise="")
            return mark if PLACEHOLDER.fullmatch(mark) else f"@{text(piece, 'user_name', otherwise=mark)}"
        case "a":
            label, href = text(piece, "text", otherwise=""), text(piece, "href", otherwise="")
            return label if label in (href, "") or not href else f"{label} {href}"
        case _:
            return text(piece, "text", otherwise="")


def typed(spoken: str, mentioned: Sequence[Mention], called: Callable[[str], str | None]) -> str:
    """What was typed: people by `called` (a name for an open_id), else by the name that Feishu shows."""
    names = {each.mark: called(each.user) or each.name or each.user for each in mentioned}
    names["@_all"] = EVERYBODY
    return storable(PLACEHOLDER.sub(lambda found: f"@{names[found[0]]}" if found[0] in names else found[0], spoken))


def without(spoken: str, mentioned: Sequence[Mention], bot: str) -> str:
    """A line to the bot without the mentions that called it."""
    for each in mentioned:
        if each.user == bot and each.mark:
            spoken = re.sub(rf"{re.escape(each.mark)}(?!\d)\s*[,，:：]?", " ", spoken)
    return spoken.strip()


def link(domain: str, room: str) -> str:
    """The address that opens a chat in the client; Feishu has none for a single message."""
    host = "applink.larksuite.com" if "larksuite" in domain else "applink.feishu.cn"
    return f"https://{host}/client/chat/open?openChatId={room}"
